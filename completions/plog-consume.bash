# bash completion for plog-consume(1).  It asks the tools: nothing about
# topics, partitions or options is known here.

_plog_consume() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words='' i topic='' where=() kept=()

	# --name=value comes as three words.
	if [[ $cur == '=' ]]; then
		cur=
	elif [[ $prev == '=' ]]; then
		prev=${COMP_WORDS[COMP_CWORD-2]}
	fi
	for ((i = 1; i < COMP_CWORD; i++)); do
		# Behind -- stands a command, with completions of its own.
		if [[ ${COMP_WORDS[i]} == -- && -n $topic ]] && declare -F _command_offset >/dev/null; then
			_command_offset $((i + 1))
			return
		fi
		case ${COMP_WORDS[i]} in
		-d)		where+=(-d "${COMP_WORDS[i+1]}") ;;
		--dir)		where+=(-d "${COMP_WORDS[i+1]/#=/"${COMP_WORDS[i+2]}"}") ;;
		-b)		where+=(-b "${COMP_WORDS[i+1]}") ;;
		--bootstrap-server)	where+=(-b "${COMP_WORDS[i+1]/#=/"${COMP_WORDS[i+2]}"}") ;;
		--command-config)	where+=(--command-config "${COMP_WORDS[i+1]/#=/"${COMP_WORDS[i+2]}"}") ;;
		--groups)	kept=(--groups="${COMP_WORDS[i+1]/#=/"${COMP_WORDS[i+2]}"}") ;;
		-* | '=')	;;
		*)	[[ ${COMP_WORDS[i-1]} == -[dbXopnDKFgj] || ${COMP_WORDS[i-1]} == '=' ]] || topic=${COMP_WORDS[i]} ;;
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
	-o | --offset)		words='earliest latest @-1h @-1d' ;;
	-p | --partition)	words=$(plog-topic "${where[@]}" offsets "$topic" 2>/dev/null | cut -f 2) ;;
	-g | --group)		words=$(plog-group "${where[@]}" "${kept[@]}" list 2>/dev/null) ;;
	--sort)			words=time ;;
	--isolation-level)	words='read_uncommitted read_committed' ;;
	--on-damage)		words='stop skip' ;;
	--auto-offset-reset)	words='earliest latest none' ;;
	--assignor)		words='range roundrobin cooperative-sticky' ;;
	--dead-letter)		words=$(plog-topic "${where[@]}" list 2>/dev/null) ;;
	--groups)
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		compopt -o filenames 2>/dev/null
		return ;;
	-[bXnDKFj] | --member | --instance | --session-timeout | --max-poll-interval | --commit-timeout | --jobs | \
	--batch | --batch-size | --batch-wait | --retries | --backoff | --command-timeout | --drain | --bootstrap-server | --property | --max-messages | --delimiter | --key-delimiter | --format | \
	--tail | --idle | --filter-key | --filter-header | --grep | --null-literal)
		return ;;
	*)
		if [[ $cur == -* ]]; then
			words=$(plog-consume --help 2>/dev/null | grep -oE -- '(^|[] |,[])--?[A-Za-z0-9][a-z-]*=?' | tr -d '[] ,|' | sort -u)
			compopt -o nospace 2>/dev/null
		else
			words=$(plog-topic "${where[@]}" list 2>/dev/null)
		fi ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
} &&
complete -F _plog_consume plog-consume
