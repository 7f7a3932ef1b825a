# bash completion for plog-produce(1).  It asks the tools: nothing about
# topics, partitions or configs is known here.

_plog_produce() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words='' i topic='' where=()

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
		-* | '=')	;;
		*)	[[ -n $topic || ${COMP_WORDS[i-1]} == -[dbXDFkKHpzRPc] || ${COMP_WORDS[i-1]} == '=' ]] || topic=${COMP_WORDS[i]} ;;
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
	-p | --partition)	words=$(plog-topic "${where[@]}" offsets "$topic" 2>/dev/null | cut -f 2) ;;
	-c | --config)
		words=$(plog-topic configs 2>/dev/null)
		mapfile -t COMPREPLY < <(compgen -S = -W "$words" -- "$cur")
		compopt -o nospace 2>/dev/null
		return ;;
	-z | --compression)	words='none gzip snappy lz4 zstd' ;;
	--partitioner)		words='murmur2 sticky roundrobin random crc32' ;;
	--acks)			words='0 1 all' ;;
	--on-full)		words='fail wait' ;;
	--on-error)		words='stop skip' ;;
	--missing-key)		words='error null' ;;
	-b | -X | -D | -F | -k | -K | -H | -R | -P | --bootstrap-server | --property | --delimiter | --format | --key | \
	--key-delimiter | --header | --report | --partitions | --null-marker | --timestamp | --linger | --batch-size | \
	--lock-timeout | --delivery-timeout | --transactional | --every)
		return ;;
	*)
		if [[ $cur == -* ]]; then
			words=$(plog-produce --help 2>/dev/null | grep -oE -- '(^|[ ,(])--?[A-Za-z0-9][a-z-]*=?' | tr -d ' ,(' | sort -u)
			compopt -o nospace 2>/dev/null
		elif [[ -z $topic ]]; then
			words=$(plog-topic "${where[@]}" list 2>/dev/null)
		else
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
			compopt -o filenames 2>/dev/null
			return
		fi ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
} &&
complete -F _plog_produce plog-produce
