# bash completion for plog-group(1).  It asks the tools: nothing about groups,
# topics or partitions is known here.

_plog_group() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words='' i command='' group='' topic='' where=() kept=()

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
		--groups)	kept=(--groups="${COMP_WORDS[i+1]/#=/"${COMP_WORDS[i+2]}"}") ;;
		-* | '=')	;;
		*)
			[[ ${COMP_WORDS[i-1]} == -[dbXpoBAF] || ${COMP_WORDS[i-1]} == '=' ]] && continue
			if [[ -z $command ]]; then command=${COMP_WORDS[i]}
			elif [[ -z $group ]]; then group=${COMP_WORDS[i]}
			else topic=${COMP_WORDS[i]}; fi ;;
		esac
	done
	case $prev in
	-d | --dir | --groups)
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		compopt -o filenames 2>/dev/null
		return ;;
	--from-file)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		compopt -o filenames 2>/dev/null
		return ;;
	-o | --offset)		words='earliest latest @-1h @-1d' ;;
	-p | --partition)	words=$(plog-topic "${where[@]}" offsets "$topic" 2>/dev/null | cut -f 2) ;;
	--to-group)		words=$(plog-group "${where[@]}" "${kept[@]}" list 2>/dev/null) ;;
	-[bXBAF] | --bootstrap-server | --property | --before | --after | --format | --lag | --timeout | --shift-by)
		return ;;
	*)
		if [[ $cur == -* ]]; then
			words=$(plog-group --help 2>/dev/null | grep -oE -- '(^|[] |,[(])--?[A-Za-z][a-z-]*=?' | tr -d '[] ,|(' | sort -u)
			compopt -o nospace 2>/dev/null
		elif [[ -z $command ]]; then
			words=$(plog-group --help 2>/dev/null | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p')
		else
			case $command:$group in
			commit:?* | delete-offsets:?* | peek:?* | reset:?*)
				words=$(plog-topic "${where[@]}" list 2>/dev/null) ;;
			*)	words=$(plog-group "${where[@]}" "${kept[@]}" list 2>/dev/null) ;;
			esac
		fi ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
} &&
complete -F _plog_group plog-group
