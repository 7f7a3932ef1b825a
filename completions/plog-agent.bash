# bash completion for plog-agent(1).  The names of agents come from the files.

_plog_agent() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words='' i files=()

	# --name=value comes as three words.
	if [[ $cur == '=' ]]; then
		cur=
	elif [[ $prev == '=' ]]; then
		prev=${COMP_WORDS[COMP_CWORD-2]}
	fi
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-f | --conf-file)
			if [[ ${COMP_WORDS[i+1]} == '=' ]]; then files+=("${COMP_WORDS[i+2]}"); else files+=("${COMP_WORDS[i+1]}"); fi ;;
		esac
	done
	case $prev in
	-f | --conf-file | -u | --conf-uri | -F | --filename | -R | --headerFile | -P | --rpcProps)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		compopt -o filenames 2>/dev/null
		return ;;
	-c | --conf | --dir | --dirname)
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		compopt -o filenames 2>/dev/null
		return ;;
	-n | --name)	words=$(sed -nE 's/^[[:space:]]*([A-Za-z0-9_-]+)\.(sources|channels|sinks)[[:space:]]*[=:].*/\1/p' "${files[@]}" 2>/dev/null | sort -u) ;;
	--drain)	words='0 10s 30s 1m' ;;
	-i | --poll-interval)	words='5 30 300' ;;
	-D)		words='flume.root.logger=DEBUG,console propertiesImplementation=org.apache.flume.node.EnvVarResolverProperties' ;;
	*)
		if [[ $cur == -* ]]; then
			words=$(plog-agent $([[ ${COMP_WORDS[1]} != avro-client ]] || echo avro-client) --help 2>/dev/null | grep -oE -- '(^|[ ,])--?[A-Za-z][A-Za-z-]*=?' | tr -d ' ,')
			compopt -o nospace 2>/dev/null
		else
			words='agent avro-client help version'
		fi ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
} &&
complete -F _plog_agent plog-agent
