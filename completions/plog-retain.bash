# bash completion for plog-retain(1).  It asks the tools: nothing about topics
# is known here.

_plog_retain() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words='' i where=()

	# --name=value comes as three words.
	if [[ $cur == '=' ]]; then
		cur=
	elif [[ $prev == '=' ]]; then
		prev=${COMP_WORDS[COMP_CWORD-2]}
	fi
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-d)		where=(-d "${COMP_WORDS[i+1]}") ;;
		--dir)		where=(-d "${COMP_WORDS[i+1]/#=/"${COMP_WORDS[i+2]}"}") ;;
		esac
	done
	case $prev in
	-d | --dir)
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		compopt -o filenames 2>/dev/null
		return ;;
	--keep-unread)	words=$(plog-group "${where[@]}" list 2>/dev/null) ;;
	--group-expiry | --quarantine)	words='7d 30d' ;;
	-j | --jobs)	words="1 2 4 $(nproc 2>/dev/null)" ;;
	--retention)	words='1h 1d 7d 30d' ;;
	--memory)	words='128M 512M 1G' ;;
	--io-rate)	words='10M 50M 100M' ;;
	--max-size)	words='100M 1G 10G 100G' ;;
	*)
		if [[ $cur == -* ]]; then
			words=$(plog-retain --help 2>/dev/null | grep -oE -- '(^|[ ,])--?[A-Za-z][a-z-]*=?' | tr -d ' ,')
			compopt -o nospace 2>/dev/null
		else
			words=$(plog-topic "${where[@]}" list 2>/dev/null)
		fi ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
} &&
complete -F _plog_retain plog-retain
