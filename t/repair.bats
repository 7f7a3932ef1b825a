#!/usr/bin/env bats
# plog-check repair and digests: what they promise, a sentence a test.  Every bit
# and every call is in unit/repair and unit/repair_crash.

load helper/lib
setup() { new_store; }
teardown() { end_background; }

# damage FILE POSITION BYTE...: octal escapes over the bytes there.
damage() { printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none; }
part() { echo "$PLOG_DIR/topics/${1:-t}/0"; }
first() { echo "$(part)/00000000000000000000.$1"; }
# Batches of one record each.
batches() { local i; for ((i = 1; i <= $1; i++)); do echo "value $i" | plog-produce t; done; }
files() { (cd "$1" && find . -type f ! -name lock -exec cksum {} + | sort); }
read_all() { plog-consume -F '%o %v\n' t; }

@test "without --execute the table says what would be done, status 1, and nothing is changed" {
	batches 3
	at=$(($(stat -c %s "$(first log)") / 3))
	damage "$(first log)" $((at + 65)) X
	before=$(files "$PLOG_DIR")
	run --separate-stderr -1 plog-check repair --tsv
	assert_equal "$output" "set aside	t/0/00000000000000000000.log	$at	$at	-	-	no batch
note gap	t/0/00000000000000000000.log	-	-	1	2	these offsets are missing from then on"
	assert_equal "$stderr" "plog-check: nothing was changed: --execute does it"
	assert_equal "$(files "$PLOG_DIR")" "$before"
	run --separate-stderr -1 plog-check repair -J t
	assert_equal "$(jq -c '[.action,.path,.position,.bytes,.from,.next]' <<<"${lines[0]}")" \
		"[\"set aside\",\"t/0/00000000000000000000.log\",$at,$at,null,null]"
	run -1 plog-check repair
	[[ ${lines[0]} == "ACTION "* ]]
}

@test "damage is set aside with a copy and a note, what is valid before and behind stays, verify is clean, appending works" {
	batches 5
	size=$(($(stat -c %s "$(first log)") / 5))
	damage "$(first log)" $((size + 65)) X
	damage "$(first log)" $((3 * size + 66)) X
	dd if="$(first log)" of=bytes bs=1 skip=$size count=$size status=none
	run -0 plog-check repair --execute t
	run -0 plog-check
	assert_output ""
	run -0 read_all
	assert_output "0 value 1
2 value 3
4 value 5"
	cmp bytes "$(ls "$(part)"/quarantine/00000000000000000000.log.*"$size".* | grep -v note)"
	run cat "$(part)"/quarantine/00000000000000000000.log.*"$size".*.note
	assert_output --regexp "^[0-9-]+T[0-9:]+Z 00000000000000000000.log: bytes $size to $((2 * size)), repaired: no batch$"
	assert_equal "$(cat "$(part)/gaps")" "0
2
1 2
3 4"
	echo after | plog-produce t
	run -0 read_all
	assert_line "5 after"
	run -0 plog-check
}

@test "a store that is whole is left as it is, and a second repair changes nothing" {
	batches 3
	before=$(files "$PLOG_DIR")
	run --separate-stderr -0 plog-check repair --execute
	assert_equal "$output$stderr" ""
	assert_equal "$(files "$PLOG_DIR")" "$before"
	damage "$(first log)" 65 X
	run -0 plog-check repair --execute
	before=$(files "$PLOG_DIR")
	run --separate-stderr -0 plog-check repair --execute
	assert_equal "$output$stderr" ""
	assert_equal "$(files "$PLOG_DIR")" "$before"
}

@test "a file with the name of a later segment: writers go on behind it, and verify is clean" {
	for what in '' foo; do
		plog-topic create "t$what"
		seq 9 | plog-produce "t$what"
		printf %s "$what" >"$PLOG_DIR/topics/t$what/0/00000000000000000099.log"
		run -1 plog-check "t$what"
		run -0 plog-check repair --execute "t$what"
		run -0 plog-check "t$what"
		echo new | plog-produce "t$what"
		assert_equal "$(plog-consume -F '%o\n' "t$what" | tail -n 2 | tr '\n' ' ')" "8 99 "
		run -0 plog-check "t$what"
	done
}

@test "on a full disk a repair says so, changes nothing and leaves no halves in quarantine/" {
	needs unshare
	unshare -m true 2>/dev/null || plog_skip "no mounts here"
	plog-topic create -c internal.segment.bytes=60000 t
	seq -f '%0900.0f' 1 200 | plog-produce --batch-size=4K t
	printf X | dd of="$PLOG_DIR/topics/t/0/00000000000000000000.log" bs=1 seek=1000 conv=notrunc status=none
	cp -a "$PLOG_DIR" src
	run -0 unshare -m bash -c '
		mkdir small && mount -t tmpfs -o size=400k tmpfs small && cp -a src small/store || exit
		dd if=/dev/zero of=small/fill bs=1k status=none 2>/dev/null
		for i in 1 2; do
			plog-check -d small/store repair --execute t >/dev/null 2>err && exit 1
			grep "No space left" err || exit 1
		done
		ls small/store/topics/t/0/quarantine
		rm small/fill && plog-check -d small/store repair --execute t >/dev/null && plog-check -d small/store'
	assert_equal "${#lines[@]}" 2
}

@test "a torn tail is cut" {
	batches 2
	size=$(stat -c %s "$(first log)")
	head -c 30 "$(first log)" >tail
	cat tail >>"$(first log)"
	run -1 plog-check repair --tsv
	assert_output --partial "cut	t/0/00000000000000000000.log	$size	30	-	-	a writer died while it appended this"
	run -0 plog-check repair --execute
	assert_equal "$(stat -c %s "$(first log)")" "$size"
	cmp tail "$(part)"/quarantine/*[0-9]
	run -0 plog-check
}

@test "the next offset never moves back: what is gone from the end stays a gap" {
	batches 3
	truncate -s $(($(stat -c %s "$(first log)") / 3)) "$(first log)"
	run -1 plog-check repair --tsv
	assert_output --partial "keep end	t/0	-	-	1	3	the log goes on at offset 3, which was reached"
	run -0 plog-check repair --execute
	run -0 plog-check
	echo new | plog-produce t
	run -0 read_all
	assert_output "0 value 1
3 new"
}

@test "a lost segment, lost indexes, a lost lock, a damaged checkpoint: made good as far as it goes" {
	lines 40000 100 | plog-produce -c segment.bytes=1M -P 1 t
	mapfile -t logs < <(ls "$(part)" | grep 'log$')
	rm "$(part)/${logs[1]}" "$(part)/${logs[2]%log}index" "$(part)/lock"
	echo 'x' >"$(part)/leader-epoch-checkpoint"
	printf '\377' | dd of="$(part)/recovery-point" bs=1 seek=3 conv=notrunc status=none
	run -0 plog-check repair --execute --tsv
	assert_line --partial "renew	t/0/lock"
	assert_line --partial "renew	t/0/leader-epoch-checkpoint"
	assert_line --partial "renew	t/0/recovery-point"
	assert_line --partial "note gap	t/0/${logs[0]}	-	-	$((10#${logs[1]%.log}))	$((10#${logs[2]%.log}))"
	run -0 plog-check
	assert_output ""
	[ -e "$(part)"/quarantine/leader-epoch-checkpoint.*[0-9] ]
	lines 1000 100 | plog-produce t
	run -0 plog-check
}

@test "a damaged log-start-offset never hides a record, and a damaged cleaner-checkpoint lets compaction begin anew" {
	batches 3
	echo x1 >"$(part)/log-start-offset"
	echo y >"$(part)/cleaner-checkpoint"
	run -1 plog-consume t
	run -0 plog-check repair --execute
	assert_equal "$(cut -d ' ' -f 1 "$(part)/log-start-offset")" 0
	assert_equal "$(cat "$(part)"/quarantine/log-start-offset.*[0-9])" x1
	run -0 plog-check
	run -0 read_all
	assert_equal "${#lines[@]}" 3
}

@test "a digit of leader-epoch-checkpoint gone wrong costs no record" {
	batches 3
	printf '0\n1\n4 0\n' >"$(part)/leader-epoch-checkpoint"
	run -1 plog-check
	assert_output --partial "t/0/leader-epoch-checkpoint: offset 0: damage: the batches there have epoch 0, it says otherwise"
	run -0 plog-check repair --execute
	run -0 plog-check
	assert_equal "$(read_all | wc -l)" 3
	echo more | plog-produce t
	run -0 plog-check
}

@test "what cannot be repaired is said, with status 1, and the rest is done" {
	batches 2
	damage "$(first log)" 65 X
	echo x | plog-produce -P 2 u
	rm -r "$PLOG_DIR/topics/u/1"
	chmod 0400 "$PLOG_DIR/topics/u/0/00000000000000000000.log"
	run --separate-stderr -1 plog-check repair --execute --tsv
	assert_line --partial "leave	u/0/00000000000000000000.log	"
	[[ $stderr == *"plog-check: u/1: the partition is not there: it cannot be repaired"* ]]
	run -0 plog-check t
}

@test "a broker's directory is never repaired, a path is no operand, a cluster is not its business" {
	run -1 plog-check repair --execute -d "$PLOG_TOP/t/golden/rolled"
	assert_output --partial "read only"
	run -2 plog-check repair ./x
	run -2 plog-check repair -b localhost:1
	run -2 plog-check verify --execute
	run -2 plog-check stat --digest
}

@test "writers and readers go on while it is at work, and a group reads over the gap" {
	plog-topic create -c segment.bytes=1M t
	lines 100000 100 | plog-produce t
	plog-consume -g g -n 10 t >/dev/null
	mapfile -t logs < <(ls "$(part)" | grep 'log$')
	for f in "${logs[@]:1:3}"; do damage "$(part)/$f" 2000 '\377\377'; done
	mkfifo in
	background plog-produce t in
	background sh -c 'for i in $(seq 60); do seq 1 5000 || exit; done >in'
	for i in 1 2 3; do
		run -0 plog-check repair --execute
		run -0 plog-check t
		assert_output ""
		damage "$(part)/${logs[4 + i]}" 2000 '\377\377'
	done
	run -0 plog-check repair --execute
	finish "$bg"
	run -0 sh -c 'plog-consume -g g t 2>err | wc -l'
	[ "$output" -gt 300000 ]
	run cat err
	assert_output ""
}

@test "killed at any system call it leaves what others read and write, and run again it goes on" {
	needs strace
	local c n points=0 tried=0
	prepare() {
		rm -rf "$PLOG_DIR"
		plog-topic create -q t
		batches 5 2>/dev/null
		damage "$(first log)" $((2 * $(stat -c %s "$(first log)") / 5 + 65)) X
		head -c 20 "$(first log)" >>"$(first log)"
	}
	prepare
	local calls=openat,write,pwrite64,fsync,fdatasync,renameat,renameat2,ftruncate,unlinkat,mkdirat,linkat,fchmod,fcntl,close
	strace -f -qq -o ref -e trace=$calls plog-check repair --execute >/dev/null
	awk '{ sub(/^[0-9]+ +/, ""); if (match($0, /^[a-z0-9_]+\(/)) n[substr($0, 1, RLENGTH - 1)]++ }
		END { for (c in n) for (i = 1; i <= n[c]; i++) print c, i }' ref | sort >points
	while read -r c n; do
		((points++ % (PLOG_TORTURE ? 1 : 17))) && continue
		prepare
		{ strace -f -qq -o /dev/null -e "trace=$c" -e "inject=$c:signal=KILL:when=$n" plog-check repair --execute; } >/dev/null 2>&1 || :
		# the others, as they find it
		echo next | plog-produce t || { echo "killed at $c $n"; return 1; }
		plog-consume --on-damage=skip -F '%o %v\n' t >got 2>/dev/null || :
		assert_equal "$(cat got)" "0 value 1
1 value 2
3 value 4
4 value 5
5 next"
		plog-retain || { echo "killed at $c $n"; return 1; }
		plog-check repair --execute >/dev/null || { echo "killed at $c $n"; return 1; }
		run -0 plog-check
		assert_output ""
		tried=$((tried + 1))
	done <points
	[ $tried -gt 10 ]
}

@test "reindex --digest: a wrong bit that no checksum covers is found in a compacted log, and repaired without loss" {
	seq 1 2000 | awk '{ print "k" $1 % 7 "\tvalue " $1 }' >in
	plog-topic create -c cleanup.policy=compact -c min.cleanable.dirty.ratio=0.01 t
	split -l 100 in part.
	for f in part.*; do plog-produce -q -K '\t' t "$f"; done
	PLOG_TEST_NOW=$((($(date +%s) + 10 * 86400) * 1000)) plog-retain --now t
	echo 'k9	last' | plog-produce -K '\t' t
	run -0 plog-check
	run -0 plog-check reindex --digest
	[ -e "$(first digest)" ]
	run -0 plog-check
	before=$(read_all)
	# The base offset of the first batch that is left, one bit up: still a possible place.
	cp "$(first log)" keep
	flip=$(od -An -tu1 -j 7 -N 1 keep | awk '{ printf "%03o", ($1 % 2 == 0) ? $1 + 1 : $1 - 1 }')
	damage "$(first log)" 7 "\\$flip"
	cmp -s keep "$(first log)" && return 1
	run -1 plog-check
	assert_output --partial "the digest says "
	run -1 plog-check repair --tsv
	assert_output --partial "mend	t/0/00000000000000000000.log	0	"
	run -0 plog-check repair --execute
	cmp keep "$(first log)"
	assert_equal "$(read_all)" "$before"
	run -0 plog-check
	# The segment was replaced, so its digest is gone until the next one is made.
	[ ! -e "$(first digest)" ]
	run -0 plog-check reindex --digest
	[ -e "$(first digest)" ]
}

@test "no digest is made of a damaged segment; one that is damaged itself says nothing and is made anew" {
	lines 40000 100 | plog-produce -c segment.bytes=1M -P 1 t
	damage "$(first log)" 100 '\377'
	run -1 plog-check reindex --digest
	assert_output "plog-check: cannot make the digests of 't/0': the segment at offset 0 is damaged, and gets none"
	[ ! -e "$(first digest)" ]
	mapfile -t d < <(ls "$(part)" | grep 'digest$')
	[ ${#d[@]} -ge 2 ]
	run -0 plog-check repair --execute
	damage "$(part)/${d[0]}" 20 '\377\376'
	run -1 plog-check
	assert_output --partial "t/0/${d[0]}: stale cache: its checksum does not match (plog-check reindex --digest)"
	run -0 plog-check reindex --digest
	run -0 plog-check
}

@test "damaged in many places at once, segments, indexes and the files beside them: one repair makes it clean" {
	plog-topic create -q -c internal.segment.bytes=4000 -c segment.ms=1000d t
	python3 "$PLOG_TOP/t/helper/compact_model.py" grow "$(part)" 3 1790000000000
	printf 'last\tone\n' | plog-produce -q -K '\t' t
	plog-check reindex
	run -0 plog-check
	python3 "$PLOG_TOP/t/helper/repair_oracle.py" 1 $([ -z "${PLOG_TORTURE-}" ] && echo 12 || echo ${PLOG_SEEDS:-1000})
}
