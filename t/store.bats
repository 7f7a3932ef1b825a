#!/usr/bin/env bats
# A store on disk: layout, modes, names, symbolic links, what is damaged, a
# broker's directory, and deaths at every system call of create, alter, delete.

load helper/lib
setup() { new_store; }

topic() { plog-topic "$@"; }
mode() { stat -c %a "$1"; }

@test "a store is version, topics/ and groups/, and a topic has the files that the manual names" {
	topic create -P 2 orders
	assert_equal "$(ls -A "$PLOG_DIR" | sort | tr '\n' ' ')" "groups topics version "
	assert_equal "$(ls -A "$PLOG_DIR/topics/orders" | sort | tr '\n' ' ')" "0 1 topic.properties "
	[ -e "$PLOG_DIR/topics/orders/1/lock" ]
	[ -e "$PLOG_DIR/topics/orders/1/00000000000000000000.log" ]
	assert_equal "$(cat "$PLOG_DIR/topics/orders/1/leader-epoch-checkpoint")" $'0\n1\n0 0'
}

@test "without a store commands that read or change say so, and make none" {
	for c in list describe 'alter -P 2 x' 'delete x' 'offsets x' metrics 'trim -o 1 x' 'alter --defaults -c num.partitions=2'; do
		run --separate-stderr -1 topic $c
		assert_equal "$stderr" "plog-topic: no store at $PLOG_DIR"
		[ ! -e "$PLOG_DIR" ]
	done
}

@test "the store is -d, else PLOG_DIR, else below XDG_STATE_HOME, else below HOME" {
	topic -d "$PWD/a" create in-a
	[ -e a/version ]
	env -u PLOG_DIR XDG_STATE_HOME="$PWD/x" plog-topic create in-x
	[ -e x/plog/version ]
	env -u PLOG_DIR HOME="$PWD/h" plog-topic create in-h
	[ -e h/.local/state/plog/version ]
	run --separate-stderr -1 env -u PLOG_DIR -u HOME plog-topic list
	assert_equal "$stderr" "plog-topic: no store was named: give -d DIR or set PLOG_DIR"
}

@test "a directory that is something else is never made a store" {
	mkdir other && echo mine >other/file
	run --separate-stderr -1 topic -d other create t
	assert_equal "$stderr" "plog-topic: 'other' is not a store"
	assert_equal "$(ls other)" file
	mkdir empty empty/lost+found
	topic -d empty create t
}

@test "a store of a newer plog, and a damaged version file, are refused" {
	topic create t
	echo 'plog 2' >"$PLOG_DIR/version"
	run --separate-stderr -1 topic list
	assert_equal "$stderr" "plog-topic: '$PLOG_DIR' was made by a newer plog (store version 2, this one knows 1)"
	for v in '' 'plog' 'plog x' 'plog 1' 'plog 1 2\n' 'kafka 1\n'; do
		printf "$v" >"$PLOG_DIR/version"
		run --separate-stderr -1 topic create u
		assert_equal "$stderr" "plog-topic: '$PLOG_DIR/version' is damaged"
	done
}

@test "a damaged topic.properties is said and nothing is done with the topic, but it can be deleted" {
	topic create -P 2 -c retention.ms=7d orders
	file=$PLOG_DIR/topics/orders/topic.properties
	cp "$file" good
	for damage in 's/604800000/104800000/' 's/partitions=2/partitions=0/' '/topic.id/d' '/partitions/d' 's/retention.ms/retention.xs/'; do
		sed "$damage" good >"$file"
		run --separate-stderr -1 topic describe orders
		[[ "$stderr" == "plog-topic: topic.properties of 'orders' is damaged: "* ]]
		run -1 topic alter -P 5 orders
		run -1 plog-produce orders <<<x
	done
	rm "$file"
	run --separate-stderr -1 topic describe orders
	assert_equal "$stderr" "plog-topic: topic.properties of 'orders' is missing"
	[ -e "$PLOG_DIR/topics/orders/0/lock" ]
	topic delete orders
	[ ! -e "$PLOG_DIR/topics/orders" ]
}

@test "a topic.properties written by hand, without checksum, is read" {
	topic create orders
	sed -i -e '$d' -e 's/partitions=1/partitions = 1/' "$PLOG_DIR/topics/orders/topic.properties"
	printf '# mine\nretention.ms = 5\n' >>"$PLOG_DIR/topics/orders/topic.properties"
	run -0 topic describe -J orders
	assert_equal "$(jq -c .configs <<<"$output")" '{"retention.ms":"5"}'
}

@test "a mistake in store.properties is said with its line, and nothing is made" {
	topic create a
	printf '# ours\nnum.partitions=3\nlog.retention.sm=5\n' >"$PLOG_DIR/store.properties"
	run --separate-stderr -1 topic create b
	assert_equal "$stderr" "plog-topic: store.properties line 3: unknown default 'log.retention.sm', did you mean 'log.retention.ms'?"
	printf 'num.partitions = 3\nlog.retention.hours=2\nlog.retention.minutes=1\n' >"$PLOG_DIR/store.properties"
	topic create b
	run -0 topic describe -J b
	assert_equal "$(jq -c '[.partition_count, .configs]' <<<"$output")" '[3,{"retention.ms":"60000"}]'
}

@test "-d may be a symbolic link, nothing below it" {
	topic -d real create t
	ln -s real link
	topic -d link create u
	assert_equal "$(topic -d real list)" $'t\nu'
	mkdir outside && touch outside/keep
	ln -s "$PWD/outside" real/topics/v
	run -0 topic -d real list
	assert_output $'t\nu'
	run --separate-stderr -1 topic -d real describe v
	assert_equal "$stderr" "plog-topic: 'real/topics/v' is no directory (symbolic links are not followed here)"
	run -1 topic -d real create v
	ln -s "$PWD/outside" real/topics/t/inner
	topic -d real delete t
	[ -e outside/keep ]
	mv real/topics elsewhere && ln -s ../elsewhere real/topics
	run -1 topic -d real list
}

@test "umask counts for a new store only: afterwards modes follow the directory" {
	(umask 027 && plog-topic create a)
	assert_equal "$(mode "$PLOG_DIR") $(mode "$PLOG_DIR/topics") $(mode "$PLOG_DIR/groups")" "750 750 750"
	(umask 0 && plog-topic create b)
	assert_equal "$(mode "$PLOG_DIR/topics/b") $(mode "$PLOG_DIR/topics/b/0")" "750 750"
	assert_equal "$(mode "$PLOG_DIR/topics/b/topic.properties") $(mode "$PLOG_DIR/topics/b/0/lock")" "640 600"
	assert_equal "$(mode "$PLOG_DIR/topics/~lock") $(mode "$PLOG_DIR/version")" "600 640"
	(umask 077 && plog-topic alter -P 2 -c retention.ms=5 b)
	assert_equal "$(mode "$PLOG_DIR/topics/b/1") $(mode "$PLOG_DIR/topics/b/topic.properties")" "750 640"
}

@test "--mode is the mode of the topic, and its files follow" {
	(umask 022 && plog-topic create --mode=2770 shared)
	assert_equal "$(mode "$PLOG_DIR/topics/shared") $(mode "$PLOG_DIR/topics/shared/0")" "2770 2770"
	assert_equal "$(mode "$PLOG_DIR/topics/shared/0/lock") $(mode "$PLOG_DIR/topics/shared/topic.properties")" "660 660"
}

# as USER-ID COMMAND...: as another user, in no group.
as() {
	local id=$1
	shift
	setpriv --reuid="$id" --regid="$id" --clear-groups "$@"
}
needs_root() {
	needs setpriv
	[ "$(id -u)" = 0 ] || plog_skip "needs root to become other users"
	# The directories above are the tester's own.
	local d=$BATS_TEST_TMPDIR
	while [ "$d" != / ]; do
		chmod o+x "$d"
		d=$(dirname "$d")
	done
}

@test "a user who may only read can list and describe, and is told what else needs" {
	needs_root
	(umask 022 && plog-topic create orders)
	echo v | plog-produce orders
	assert_equal "$(as 4001 plog-topic list)" orders
	assert_equal "$(as 4001 plog-topic offsets orders)" $'orders\t0\t1'
	as 4001 plog-topic describe orders >/dev/null
	for c in 'create x' 'alter -P 2 orders' 'delete orders' 'trim -o 1 --execute orders' 'alter --defaults -c num.partitions=2'; do
		run -1 as 4001 plog-topic $c
		assert_output --partial "Permission denied"
	done
	run as 4001 test -r "$PLOG_DIR/topics/orders/0/lock"
	assert_failure
	assert_equal "$(topic offsets orders)" $'orders\t0\t1'
}

@test "what root makes in a user's store belongs to that user, who can use it" {
	needs_root
	mkdir store && chown 4001:4001 store
	plog-topic -d store create -P 2 orders
	echo one | plog-produce -d store -p 0 orders
	assert_equal "$(find store -printf '%U:%G\n' | sort -u)" 4001:4001
	echo two | as 4001 plog-produce -d store -p 0 orders
	as 4001 plog-topic -d store alter -P 3 orders 2>/dev/null
	as 4001 plog-topic -d store create more
	as 4001 plog-topic -d store delete orders
	assert_equal "$(as 4001 plog-topic -d store list)" more
}

@test "a topic is made whole: nobody sees one that lacks anything" {
	topic create first
	background bash -c 'for i in 1 2 3 4 5 6 7 8 9 10 11 12; do plog-topic create -P 5 t$i; plog-topic delete t$i; done'
	maker=$bg
	while kill -0 "$maker" 2>/dev/null; do
		topic describe --tsv >seen 2>err || { cat err; false; }
		awk -F '\t' '$1 != "first" { n[$1]++ } END { for (t in n) if (n[t] != 5) { print t, n[t]; exit 1 } }' seen
	done
	finish "$maker"
	assert_equal "$status" 0
}

@test "many who make the same topic at once make one; who was slower is told" {
	pids=()
	for i in 1 2 3 4 5 6 7 8; do
		background plog-topic create -P 2 orders 2>"err$i"
		pids+=("$bg")
	done
	made=0
	for p in "${pids[@]}"; do
		finish "$p"
		[ "$status" -ne 0 ] || made=$((made + 1))
	done
	assert_equal "$made" 1
	assert_equal "$(cat err* | sort -u)" "plog-topic: topic 'orders' exists already"
	assert_equal "$(ls -A "$PLOG_DIR/topics" | sort | tr '\n' ' ')" "orders ~lock "
}

@test "a lock with a second name is refused: another store may use it" {
	topic create orders
	cp -al "$PLOG_DIR" copy
	run --separate-stderr -1 topic -d copy delete orders
	[[ "$stderr" == *"'orders/0/lock' has 2 names"* ]]
	assert_equal "$(topic -d copy list)" orders
	# The original was not marked through it.
	rm -rf copy
	echo v | plog-produce orders
}

@test "a copy of a store is a store" {
	topic create -P 2 orders
	echo v | plog-produce orders
	cp -a "$PLOG_DIR" copy
	assert_equal "$(topic -d copy describe -J | jq -cS .)" "$(topic describe -J | jq -cS .)"
	echo w | plog-produce -d copy orders
	topic -d copy delete orders
	assert_equal "$(topic list)" orders
}

# calls TRACE: the system calls that change or open something, with how often.
calls='openat|mkdirat|write|pwrite64|fsync|fdatasync|syncfs|renameat|renameat2|unlinkat|fchmod|fchown|fcntl|close'
points() {
	sed -E 's/^[0-9]+ +//' "$1" | grep -oE "^($calls)\(" | tr -d '(' | sort | uniq -c | awk '{ print $2, $1 }'
}

# die_at_each STRIDE BASE CHECK COMMAND...: kill -9 before every STRIDEth call of the command, on a copy of BASE.
die_at_each() {
	local stride=$1 base=$2 check=$3 s n i k=0
	shift 3
	rm -rf "$PLOG_DIR"; [ -z "$base" ] || cp -a "$base" "$PLOG_DIR"
	strace -f -qq -o ref -e trace="${calls//|/,}" "$@" >/dev/null
	points ref >pairs
	[ -s pairs ]
	while read -r s n; do
		for ((i = 1; i <= n; i++)); do
			((k++ % stride == 0)) || continue
			rm -rf "$PLOG_DIR"; [ -z "$base" ] || cp -a "$base" "$PLOG_DIR"
			{ strace -f -qq -o /dev/null -e trace="$s" -e inject="$s:signal=KILL:when=$i" "$@" || :; } >/dev/null 2>&1
			$check >why 2>&1 || { echo "killed at $s $i:"; cat why; return 1; }
		done
	done <pairs
	echo "$k points, each ${stride}th"
	[ "$k" -gt 20 ]
}

no_leftovers() { [ "$(ls -A "$PLOG_DIR/topics" | grep -c '^~[ng]')" = 0 ]; }

check_create() {
	# Whole or absent, and either way the next one goes on.
	if plog-topic list 2>/dev/null | grep -qx orders; then
		[ "$(plog-topic describe --tsv orders | wc -l)" = 2 ] || return
	fi
	plog-topic create --if-not-exists -P 2 orders && plog-topic create later &&
		echo v | plog-produce -p 1 orders && [ "$(plog-topic offsets -p 1 orders)" = $'orders\t1\t1' ] && no_leftovers
}

check_alter() {
	local n
	n=$(plog-topic describe --tsv orders | wc -l) || return
	{ [ "$n" = 2 ] || [ "$n" = 3 ]; } || return
	plog-topic alter -q -P 3 -c retention.ms=5 orders && [ "$(plog-topic describe --tsv orders | wc -l)" = 3 ] &&
		echo w | plog-produce -p 2 orders && [ "$(plog-topic offsets orders | cut -f 3 | tr '\n' ' ')" = "1 0 1 " ]
}

check_delete() {
	# Still there, going, or gone: a second delete, or another create, ends it.
	plog-topic delete --if-exists orders && [ -z "$(plog-topic list)" ] && no_leftovers &&
		plog-topic create orders && echo v | plog-produce orders
}

@test "kill -9 at the system calls of create: a topic is whole or absent, and the next one goes on" {
	needs strace
	die_at_each "${PLOG_STRIDE:-5}" '' check_create plog-topic create -P 2 orders
}

@test "kill -9 at the system calls of alter: the old topic or the new one, nothing lost" {
	needs strace
	topic create -P 2 orders
	echo v | plog-produce -p 0 orders
	cp -a "$PLOG_DIR" base
	die_at_each "${PLOG_STRIDE:-5}" base check_alter plog-topic alter -q -P 3 -c retention.ms=5 orders
}

@test "kill -9 at the system calls of delete: the next delete or create ends it" {
	needs strace
	topic create -P 2 orders
	echo v | plog-produce -p 0 orders
	cp -a "$PLOG_DIR" base
	die_at_each "${PLOG_STRIDE:-5}" base check_delete plog-topic delete orders
}

@test "a delete that was cut short is ended by a create of that name" {
	needs strace
	topic create -P 2 orders
	strace -qq -o /dev/null -e trace=renameat2 -e inject=renameat2:signal=KILL:when=1 plog-topic delete orders || :
	assert_equal "$(topic list)" orders
	run --separate-stderr -1 plog-produce orders <<<x
	[[ "$stderr" == *"topic 'orders' was deleted"* ]]
	topic create orders
	echo v | plog-produce orders
	assert_equal "$(topic offsets orders)" $'orders\t0\t1'
}

@test "an error at any call of create is one message, and leaves nothing" {
	needs strace
	topic create first
	for s in mkdirat:1 fsync:1 fsync:4 write:1 fchmod:2 renameat2:1 renameat:1; do
		run -1 strace -f -qq -o /dev/null -e trace="${s%:*}" -e inject="${s%:*}:error=ENOSPC:when=${s#*:}" plog-topic create orders
		assert_output --regexp "^plog-topic: .*No space left on device$"
		assert_equal "${#lines[@]}" 1
		assert_equal "$(ls -A "$PLOG_DIR/topics" | sort | tr '\n' ' ')" "first ~lock "
	done
}

@test "a broker's directory is listed and described, and never written" {
	cp -a "$PLOG_TOP/t/golden/log-dirs" broker
	find broker -type f -exec sha256sum {} + | sort >before
	run --separate-stderr -0 topic -d broker list
	assert_line orders
	refute_line __cluster_metadata
	[[ "$stderr" == "plog-topic: 3 replicas are left out (being deleted or moved, or stray)" ]]
	run --separate-stderr -0 topic -q -d broker offsets orders
	assert_output $'orders\t0\t24\norders\t1\t10\norders\t2\t0'
	assert_equal "$stderr" ""
	run --separate-stderr -0 topic -q -d broker describe --tsv orders
	assert_equal "$(cut -f 1-5 <<<"$output")" $'orders\t0\t0\t24\t24\norders\t1\t0\t10\t10\norders\t2\t0\t0\t0'
	for c in 'create x' 'alter -P 9 orders' 'delete orders' 'trim -o 1 --execute orders' 'alter --defaults -c num.partitions=2'; do
		run --separate-stderr -1 topic -d broker $c
		assert_equal "$stderr" "plog-topic: 'broker' is a Kafka broker's directory, read only"
	done
	find broker -type f -exec sha256sum {} + | sort | cmp - before
}

@test "a broker's log start offset is taken from its checkpoint, and damage there is said" {
	cp -a "$PLOG_TOP/t/golden/trimmed" broker
	run -0 topic -q -d broker offsets -o earliest sensor
	assert_output $'sensor\t0\t34'
	printf '0\n1\nsensor 0' >broker/log-start-offset-checkpoint
	run --separate-stderr -1 topic -q -d broker list
	[[ "$stderr" == "plog-topic: 'broker/log-start-offset-checkpoint' is damaged"* ]]
}

@test "several log.dirs are one store, any subset of partitions will do" {
	mkdir a b
	cp -a "$PLOG_TOP"/t/golden/log-dirs/{meta.properties,orders-0,log-start-offset-checkpoint,replication-offset-checkpoint} a/
	cp -a "$PLOG_TOP"/t/golden/log-dirs/{meta.properties,orders-2} b/
	run -0 topic -d a -d b offsets orders
	assert_output $'orders\t0\t24\norders\t2\t0'
	run --separate-stderr -1 topic -d a -d b offsets -p 1 orders
	assert_equal "$stderr" "plog-topic: partition 1 of topic 'orders' is not in 'a'"
	cp -a a/orders-0 b/
	run --separate-stderr -1 topic -d a -d b list
	assert_equal "$stderr" "plog-topic: 'orders-0' is in two of the directories: are they of one broker?"
	topic -d s create t
	run --separate-stderr -1 topic -d a -d s list
	[[ "$stderr" == *"'s' is not one" ]]
}

@test "a broker's directory without meta.properties is known by its replicas" {
	mkdir a
	cp -a "$PLOG_TOP/t/golden/log-dirs/orders-1" a/
	run -0 topic -d a offsets orders
	assert_output $'orders\t1\t10'
}
