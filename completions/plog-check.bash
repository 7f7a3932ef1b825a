# bash completion for plog-check(1).  It asks the tools.

_plog_check() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} words='' i where=()

	if [[ $cur == '=' ]]; then
		cur=
	elif [[ $prev == '=' ]]; then
		prev=${COMP_WORDS[COMP_CWORD-2]}
	fi
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-d)		where+=(-d "${COMP_WORDS[i+1]}") ;;
		--dir)		where+=(-d "${COMP_WORDS[i+1]/#=/"${COMP_WORDS[i+2]}"}") ;;
		esac
	done
	case $prev in
	-d | --dir)
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		compopt -o filenames 2>/dev/null
		return ;;
	-p | --partition | -j | --jobs | -o | --offset | --filter-key)
		return ;;
	esac
	if [[ $cur == -* ]]; then
		words=$(plog-check --help 2>/dev/null | grep -oE -- '(^|[] |,[])--?[A-Za-z][a-z-]*=?' | tr -d '[] ,|' | sort -u)
		compopt -o nospace 2>/dev/null
	elif [[ $cur == */* ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		compopt -o filenames 2>/dev/null
		return
	else
		words=$(plog-topic "${where[@]}" list 2>/dev/null)
		((COMP_CWORD > 1)) || words+=" $(plog-check --help 2>/dev/null | sed -n 's/^  \([a-z][a-z]*\) .*/\1/p')"
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
} &&
complete -F _plog_check plog-check
