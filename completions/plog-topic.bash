# bash completion for plog-topic(1).  It asks the tool: nothing about topics,
# partitions or configs is known here.

_plog_topic() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words='' i command='' topic='' where=() defaults=()

	# --name=value comes as three words.
	if [[ $cur == '=' ]]; then
		cur=
	elif [[ $prev == '=' ]]; then
		prev=${COMP_WORDS[COMP_CWORD-2]}
	fi
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-d)		where+=(-d "${COMP_WORDS[i+1]}") ;;
		--dir)		where+=(-d "${COMP_WORDS[i+1]/#=/"${COMP_WORDS[i+2]}"}") ;;
		-b)		where+=(-b "${COMP_WORDS[i+1]}") ;;
		--bootstrap-server)	where+=(-b "${COMP_WORDS[i+1]/#=/"${COMP_WORDS[i+2]}"}") ;;
		--command-config)	where+=(--command-config "${COMP_WORDS[i+1]/#=/"${COMP_WORDS[i+2]}"}") ;;
		--defaults)	defaults=(--defaults) ;;
		-* | '=')	;;
		*)
			[[ ${COMP_WORDS[i-1]} == -[dbXPpco] || ${COMP_WORDS[i-1]} == '=' ]] && continue
			if [[ -z $command ]]; then command=${COMP_WORDS[i]}; else topic=${COMP_WORDS[i]}; fi ;;
		esac
	done
	case $prev in
	--command-config)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		compopt -o filenames 2>/dev/null
		return ;;
	-d | --dir)
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		compopt -o filenames 2>/dev/null
		return ;;
	-c | --config | --delete-config)
		words=$(plog-topic configs "${defaults[@]}" 2>/dev/null)
		[[ $prev == --delete-config ]] || { compopt -o nospace 2>/dev/null; words=${words//$'\n'/=$'\n'}=; } ;;
	-o | --offset)		words='earliest latest @-1h @-1d' ;;
	-p | --partition)	words=$(plog-topic "${where[@]}" offsets "$topic" 2>/dev/null | cut -f 2) ;;
	-b | -X | -P | --bootstrap-server | --property | --partitions | --replication-factor | --mode)
		return ;;
	*)
		if [[ $cur == -* ]]; then
			words=$(plog-topic --help 2>/dev/null | grep -oE -- '(^|[] |,[])--?[A-Za-z][a-z-]*=?' | tr -d '[] ,|' | sort -u)
			compopt -o nospace 2>/dev/null
		elif [[ -z $command ]]; then
			words=$(plog-topic --help 2>/dev/null | sed -n 's/^  \([a-z][a-z]*\) .*/\1/p' | sort -u)
		else
			case $command in
			create | configs)	return ;;
			export | import)
				[[ $command == import || -n $topic ]] && compopt -o filenames 2>/dev/null
				[[ $command == import || -n $topic ]] && words=$(compgen -d -- "$cur")
				[[ $command == export && -n $topic ]] || words+=$'\n'$(plog-topic "${where[@]}" list 2>/dev/null) ;;
			*)	words=$(plog-topic "${where[@]}" list 2>/dev/null) ;;
			esac
		fi ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
} &&
complete -F _plog_topic plog-topic
