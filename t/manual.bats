#!/usr/bin/env bats
# The manual is the specification: every command has its page, its completions
# and its line in README, and says in its usage line what the page says.

load helper/lib

commands() {
	local c
	for c in "$PLOG_TOP"/cmd/plog-*.c; do
		c=${c##*/}
		echo "${c%.c}"
	done
}

# The SYNOPSIS of a page as one line.
synopsis() {
	mandoc -T ascii -O width=900 "$PLOG_TOP/share/man/man1/$1.1" | sed 's/.\x08//g' |
		sed -n '/^SYNOPSIS/,/^DESCRIPTION/ { /^[A-Z]/d; p; }' | tr -s ' \n' ' ' | sed 's/^ //; s/ $//'
}

# The usage of a command: the first paragraph of -h, as one line.
usage() {
	"$1" -h | sed -n '1s/^usage://; /^$/q; p' | tr -s ' \n' ' ' | sed 's/^ //; s/ $//'
}

@test "the usage line of each command is the SYNOPSIS of its manual page" {
	needs mandoc
	local c bad=0
	for c in $(commands); do
		want=$(synopsis "$c")
		got=$(usage "$c")
		[ -n "$got" ] && [ "$got" = "$want" ] ||
			{ bad=1; printf '%s\n  usage:    %s\n  SYNOPSIS: %s\n' "$c" "$got" "$want"; }
	done
	[ $bad = 0 ]
}

@test "an option that does not exist is named on stderr, with status 2 and nothing on stdout" {
	local c o
	for c in $(commands); do
		for o in --no-such-option -'~'; do
			run -2 --separate-stderr "$c" $o </dev/null
			assert_equal "$output" ''
			[[ $stderr == "$c: "*"'$o'"* ]]
		done
	done
}

@test "-h and --help print the usage on stdout, -V and --version the version; all end with 0" {
	local c
	for c in $(commands); do
		for o in -h --help; do
			run -0 --separate-stderr "$c" $o </dev/null
			assert_equal "$stderr" ''
			[[ $output == "usage: $c"* ]]
		done
		for o in -V --version; do
			run -0 --separate-stderr "$c" $o </dev/null
			assert_equal "$stderr" ''
			[[ $output == "$c (plog) "[0-9]* ]]
		done
	done
}

@test "each command has a manual page with the sections people look for" {
	local c s bad=0
	for c in $(commands); do
		for s in NAME SYNOPSIS DESCRIPTION '"EXIT STATUS"|EXIT STATUS' EXAMPLES '"SEE ALSO"|SEE ALSO'; do
			grep -qE "^\.Sh ($s)\$" "$PLOG_TOP/share/man/man1/$c.1" || { bad=1; echo "$c.1: no section $s"; }
		done
	done
	[ $bad = 0 ]
}

@test "every long option a command takes is in its manual page" {
	local c o bad=0
	for c in $(commands); do
		# names in the tables of long options: { "name", required_argument, ...
		for o in $(cat "$PLOG_TOP/cmd/$c.c" $(find "$PLOG_TOP/cmd/${c#plog-}" -name '*.c' 2>/dev/null) |
			grep -oE '\{ *"[a-z0-9-]+", *(no|required|optional)_argument' | sed 's/^{ *"//; s/".*//' | sort -u); do
			sed 's/\\-/-/g' "$PLOG_TOP/share/man/man1/$c.1" | grep -qE "(-|Fl \\\\?-? ?|Fl Fl )$o([^a-z-]|\$)" ||
				{ bad=1; echo "$c.1: --$o is not there"; }
		done
	done
	[ $bad = 0 ]
}

@test "every long option of a table is in the usage, and all three shells complete it" {
	local c o bad=0 offered
	for c in $(commands); do
		"$c" --help >usage
		# The words that bash offers, by its own function.
		offered=$(bash -c '. "$1"; compopt() { :; }; COMP_WORDS=("$2" --) COMP_CWORD=1; "_${2//-/_}"; printf "%s\n" "${COMPREPLY[@]}"' - \
			"$PLOG_TOP/completions/$c.bash" "$c")
		for o in $(cat "$PLOG_TOP/cmd/$c.c" $(find "$PLOG_TOP/cmd/${c#plog-}" -name '*.c' 2>/dev/null) |
			grep -oE '\{ *"[a-z0-9-]+", *(no|required|optional)_argument' | sed 's/^{ *"//; s/".*//' | sort -u); do
			grep -qE -- "--$o([^a-z-]|\$)" usage || { bad=1; echo "$c -h: --$o is not there"; }
			grep -qE -- "^--$o=?\$" <<<"$offered" || { bad=1; echo "$c.bash: --$o is not offered"; }
			grep -qE -- "--$o([^a-z-]|\$)" "$PLOG_TOP/completions/_$c" || { bad=1; echo "_$c: --$o is not there"; }
			grep -qE -- "-l $o([^a-z-]|\$)" "$PLOG_TOP/completions/$c.fish" || { bad=1; echo "$c.fish: --$o is not there"; }
		done
	done
	[ $bad = 0 ]
}

@test "manual pages are clean mdoc, and what they refer to exists" {
	needs mandoc
	local p r bad=0
	for p in "$PLOG_TOP"/share/man/man?/*.[157]; do
		mandoc -T lint -W warning "$p" || bad=1
		for r in $(sed -nE 's/^\.Xr (plog[a-z-]*) ([157]).*/\1.\2/p' "$p"); do
			[ -e "$PLOG_TOP/share/man/man${r##*.}/$r" ] || { bad=1; echo "${p##*/}: $r does not exist"; }
		done
	done
	[ $bad = 0 ]
}

@test "each command has completions for bash, zsh and fish, and README names it" {
	local c bad=0
	for c in $(commands); do
		grep -qsw -- "$c" "$PLOG_TOP"/completions/*.bash || { bad=1; echo "$c: no bash completion"; }
		grep -qsw -- "$c" "$PLOG_TOP"/completions/_plog* || { bad=1; echo "$c: no zsh completion"; }
		grep -qsw -- "$c" "$PLOG_TOP"/completions/*.fish || { bad=1; echo "$c: no fish completion"; }
		grep -qsw -- "$c" "$PLOG_TOP/README" || { bad=1; echo "$c: not in README"; }
	done
	[ $bad = 0 ]
}

@test "completions parse" {
	local f
	for f in $(ls "$PLOG_TOP"/completions/*.bash 2>/dev/null); do bash -n "$f"; done
	! command -v zsh >/dev/null || for f in $(ls "$PLOG_TOP"/completions/_plog* 2>/dev/null); do zsh -n "$f"; done
	! command -v fish >/dev/null || for f in $(ls "$PLOG_TOP"/completions/*.fish 2>/dev/null); do fish -n "$f"; done
}

@test "completion in fish asks for topics and partitions" {
	needs fish
	local c f="$PLOG_TOP/completions"
	export HOME=$PWD
	new_store
	plog-topic create -P 2 orders
	for c in plog-consume 'plog-topic offsets' plog-produce; do
		run -0 fish -c "source $f/${c%% *}.fish; complete -C '$c ord'"
		[[ $output == orders* ]] || fail "$c: $output"
		run -0 fish -c "source $f/${c%% *}.fish; complete -C '$c orders -p ' | cut -f 1 | string join ' '"
		assert_equal "$output" "0 1"
	done
}

@test "completion in bash and fish asks for groups, in --groups too" {
	local f="$PLOG_TOP/completions"
	new_store
	export HOME=$PWD
	mkdir kept
	plog-topic create orders
	plog-group commit -o 0 -p 0 workers orders
	plog-group --groups=kept commit -o 0 -p 0 clerks orders
	complete() {	# COMMAND WORD...: what may stand for the last of them
		# shellcheck disable=SC2016
		bash -c '. "$1"; shift; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); "_${1/-/_}" 2>/dev/null; echo "${COMPREPLY[@]}"' - "$f/$1.bash" "$@"
	}
	assert_equal "$(complete plog-consume -g '')" workers
	assert_equal "$(complete plog-consume --groups = kept --group = '')" clerks
	assert_equal "$(complete plog-consume --groups kept -g '')" clerks
	assert_equal "$(complete plog-group describe '')" workers
	assert_equal "$(complete plog-group --groups = kept describe '')" clerks
	assert_equal "$(complete plog-group --groups kept reset --to-group = '')" clerks
	assert_equal "$(complete plog-group reset workers o)" orders
	needs fish
	while IFS='|' read -r typed want; do
		run -0 fish -c "source $f/plog-consume.fish; source $f/plog-group.fish; complete -C '$typed' | cut -f 1"
		[[ $output == *"$want"* ]] || fail "$typed: $output"
	done <<-EOF
		plog-consume -g |workers
		plog-consume --groups=kept -g |clerks
		plog-consume --dir=$PLOG_DIR --groups kept --group=|clerks
		plog-group describe |workers
		plog-group --groups=kept describe |clerks
		plog-group reset --to-group=|workers
	EOF
}

@test "completion in zsh asks for commands, groups, topics and partitions" {
	needs zsh
	local typed
	new_store
	plog-topic create -P 2 orders
	plog-group commit -o 0 -p 1 workers orders
	mkdir kept
	plog-group --groups=kept commit -o 0 -p 1 clerks orders
	cat >cases <<-EOF
		plog-consume or|plog-consume orders 
		plog-consume -g wo|plog-consume -g workers 
		plog-consume --groups=kept -g cl|plog-consume --groups=kept -g clerks 
		plog-consume orders --auto-offset-reset=no|plog-consume orders --auto-offset-reset=none 
		plog-topic offs|plog-topic offsets 
		plog-group descr|plog-group describe 
		plog-group describe wo|plog-group describe workers 
		plog-group reset --execute workers or|plog-group reset --execute workers orders 
		plog-group reset --to-group=w|plog-group reset --to-group=workers 
		plog-produce or|plog-produce orders 
		plog-topic delete -d elsewhere o|plog-topic delete -d elsewhere o
	EOF
	mapfile -t typed < <(cut -d '|' -f 1 cases)
	run -0 "$PLOG_TOP/t/helper/zshcomplete" "$PLOG_TOP/completions" "${typed[@]}"
	assert_equal "$output" "$(cut -d '|' -f 2 cases)"
}

@test "plog(7) has what to type for each option of Kafka's tools" {
	needs mandoc
	local tool options o
	new_store
	mandoc -T ascii "$PLOG_TOP/share/man/man7/plog.7" | sed 's/.\x08//g' >page
	while IFS=: read -r tool options; do
		sed -n "/^   $tool\$/,/^   [a-z]\|^[A-Z]/p" page >part
		for o in $options; do
			grep -qE -- "(^|[ ,])--$o([ ,]|\$)" part || fail "$tool: --$o is not there"
		done
	done <<-EOF
		kafka-topics:create list describe alter delete topic topic-id partitions replication-factor replica-assignment config delete-config if-not-exists if-exists exclude-internal topics-with-overrides under-replicated-partitions unavailable-partitions under-min-isr-partitions at-min-isr-partitions partition-size-limit-per-response command-config
		kafka-console-producer:topic sync compression-codec batch-size timeout request-required-acks request-timeout-ms message-send-max-retries retry-backoff-ms max-block-ms max-memory-bytes max-partition-memory-bytes metadata-expiry-ms socket-buffer-size line-reader reader-property reader-config command-property command-config
		kafka-console-consumer:topic include partition offset from-beginning max-messages timeout-ms skip-message-on-error group isolation-level formatter formatter-property formatter-config key-deserializer value-deserializer enable-systest-events command-property command-config
		kafka-get-offsets:topic partitions topic-partitions time exclude-internal-topics command-config
		kafka-delete-records:offset-json-file command-config
		kafka-dump-log:files print-data-log deep-iteration skip-record-metadata verify-index-only index-sanity-check max-message-size max-bytes key-decoder-class value-decoder-class offsets-decoder transaction-log-decoder cluster-metadata-decoder remote-log-metadata-decoder share-group-state-decoder
		kafka-consumer-groups:list describe group all-groups delete delete-offsets topic all-topics timeout offsets members state type verbose reset-offsets dry-run execute export to-earliest to-latest to-current to-offset shift-by to-datetime by-duration from-file validate-regex command-config
	EOF
	# a place is no flag
	run ! grep -n -- '-@' page
}
