#!/usr/bin/env bats
# Groups of a cluster: membership by the broker's protocol, commands whose success is the commit, plog-group beside
# Kafka's own tool.

load ../helper/lib
load peers/kafka/kafka

setup_file() { kafka_fetch && kafka_shared "$BATS_FILE_TMPDIR/broker"; }
teardown_file() { kafka_down "$BATS_FILE_TMPDIR/broker"; }
setup() {
	new_store
	export PLOG_BOOTSTRAP_SERVER=$KAFKA
	t=group-$BATS_TEST_NUMBER-$$
	g=g-$t
}

spread() { plog-produce --partitioner=roundrobin "$t"; }
lag() { plog-group describe --state --tsv "$g" | cut -f 6; }
caught_up() { [ "$(lag)" = 0 ]; }
members() { [ "$(plog-group describe --members --tsv "$g" 2>/dev/null | awk -F '\t' -v n="$1" '$5 == n' | wc -l)" = "$2" ]; }

@test "positions are kept, read on from, shown, moved and taken away; Kafka's tool agrees" {
	plog-topic create -P 2 "$t"
	seq 1 100 | spread
	run -0 --separate-stderr plog-consume -g "$g" "$t"
	assert_equal "$(sort -n <<<"$output")" "$(seq 1 100)"
	[[ $stderr == *"has no position in '$t' partition"* ]]
	run -0 plog-consume -g "$g" "$t"
	assert_output ''
	seq 101 110 | spread
	kafka consumer.group.ConsumerGroupCommand --bootstrap-server "$KAFKA" --describe --group "$g" 2>/dev/null |
		awk -v t="$t" '$2 == t { print $3, $4, $5, $6 }' | sort >theirs
	plog-group describe --tsv "$g" | awk -v t="$t" '$2 == t { print $3, $4, $5, $6 }' | sort >ours
	cmp theirs ours
	assert_equal "$(cat ours)" $'0 50 55 5\n1 50 55 5'
	run -0 plog-group describe "$g"
	assert_output --partial Empty
	run -0 plog-group list "$g*"
	assert_output "$g"
	run -0 plog-group export "$g"
	assert_output "$t,0,50"$'\n'"$t,1,50"
	run -0 plog-group peek -p 0 "$g" "$t"
	assert_output --partial '101'
	run -0 --separate-stderr plog-group reset -o 10 "$g" "$t"
	[[ $stderr == *'--execute does it'* ]]
	assert_equal "$(lag)" 10
	plog-group reset -o 10 --execute "$g" "$t" >/dev/null
	assert_equal "$(lag)" 90
	run -0 plog-group metrics "$g"
	assert_output --partial "group=\"$g\""
	run -1 plog-group wait --timeout=300ms "$g"
	assert_output --partial 'has not caught up: lag 90'
	run -0 plog-consume -g "$g" "$t"
	[ ${#lines[@]} = 90 ]
	plog-group wait --timeout=5s "$g"
	plog-group commit -o 5 -p 1 "$g" "$t"
	assert_equal "$(lag)" 50
	plog-group delete-offsets "$g" "$t"
	run -0 plog-group describe --tsv "$g"
	assert_output ''
	plog-group delete "$g"
	run -1 plog-group describe "${g}"
	assert_output --partial "group '$g' does not exist"
	run -1 plog-group delete "$g"
}

@test "two members share, one goes, the other has all: each assignor" {
	local s a b
	plog-topic create -P 4 "$t"
	for s in cooperative-sticky range roundrobin; do
		g=$t-$s
		plog-topic create -q -P 4 "$t.$s" && t2=$t.$s
		seq 1 400 | plog-produce --partitioner=roundrobin "$t2"
		background plog-consume -q -f --assignor=$s -g "$g" "$t2" >a.$s
		a=$bg
		wait_until 20 has_lines a.$s 400
		background plog-consume -q -f --assignor=$s -g "$g" "$t2" >b.$s
		b=$bg
		wait_until 30 members 2 2
		assert_equal "$(plog-group describe --state --tsv "$g" | cut -f 2,3)" "$s	Stable"
		seq 401 800 | plog-produce --partitioner=roundrobin "$t2"
		wait_until 20 caught_up
		stop "$a"
		assert_equal $status 143
		wait_until 30 members 4 1
		seq 801 1000 | plog-produce --partitioner=roundrobin "$t2"
		wait_until 20 caught_up
		stop "$b"
		# Both ended in order: nothing twice.
		assert_equal "$(sort -n a.$s b.$s)" "$(seq 1 1000)"
		[ "$(wc -l <b.$s)" -ge 300 ]
	done
}

@test "plog and kcat are members of one group" {
	plog-topic create -P 4 "$t"
	background kcat -b "$KAFKA" -X auto.offset.reset=earliest -X partition.assignment.strategy=range -G "$g" "$t" >theirs 2>err
	background plog-consume -q -f --assignor=range -g "$g" "$t" >ours
	wait_until 30 members 2 2
	seq 1 200 | spread
	# librdkafka writes kcat's output when it has much, or at the end; its positions are on the way each 5 s.
	wait_until 20 has_lines ours 100
	wait_until 20 caught_up
}

@test "-- COMMAND: committed only after exit 0; retries; dead letters go to a topic of the cluster" {
	plog-topic create -P 2 "$t"
	seq 1 50 | spread
	run -1 plog-consume -q -g "$g" --retries=0 "$t" -- false
	run -0 plog-group describe --tsv "$g"
	refute_output --regexp "$t	[01]	[0-9]"
	run -0 --separate-stderr plog-consume -q -g "$g" -1 --retries=1 --backoff=10ms --dead-letter="$t.dead" "$t" -- \
		sh -c 'read l; [ "$l" != 13 ] || { echo bad luck >&2; exit 7; }; echo "$l"'
	assert_equal "$(sort -n <<<"$output")" "$(seq 1 50 | grep -vx 13)"
	assert_equal "$(lag)" 0
	run -0 plog-consume -J "$t.dead"
	assert_equal "$(jq -r .value <<<"$output")" 13
	assert_equal "$(jq -c '[.headers[] | select(.[0] == "plog.exit.status" or .[0] == "__dlq.errors.message")]' <<<"$output")" \
		'[["__dlq.errors.message","bad luck"],["plog.exit.status","7"]]'
}

@test "a command that takes longer than the session keeps its partitions, and another member takes nothing of them" {
	plog-topic create -P 1 "$t"
	seq 1 3 | plog-produce "$t"
	background plog-consume -q -g "$g" -1 -f --session-timeout=6s --max-poll-interval=6s "$t" -- sh -c 'read l; echo "$l" >>done; exec timeout 9 tail -f /dev/null || :' 2>err
	wait_until 10 has_lines done 1
	background plog-consume -q -f -g "$g" --session-timeout=6s "$t" >other
	wait_until 20 members 0 1
	wait_until 25 has_lines done 2
	# timeout(1) ends with 124, so what ran is tried again: the same record, by the same member.
	assert_equal "$(sort -u done)" 1
	[ ! -s other ]
}

@test "killed with -9: what was not committed comes again to another member, in order; nothing else does" {
	plog-topic create -P 2 "$t"
	seq 1 200 | spread
	background plog-consume -q -f -g "$g" --session-timeout=6s -1 "$t" -- sh -c 'read l; echo "$l" >>first; [ "$(wc -l <first)" -lt 60 ] || kill -9 $PPID'
	wait_until 20 is_gone "$bg"
	run -0 plog-group describe --tsv "$g"
	committed=$(awk -F '\t' '{ n += $4 } END { print n }' <<<"$output")
	[ "$committed" = 59 ]
	background plog-consume -q -f -g "$g" "$t" >second
	wait_until 30 has_lines second 141
	sort -n first second | uniq -d >twice
	assert_equal "$(wc -l <twice)" 1
	assert_equal "$(sort -nu first second)" "$(seq 1 200)"
}

@test "a static member keeps its partitions while it is away" {
	plog-topic create -P 2 "$t"
	seq 1 10 | spread
	background plog-consume -q -f -g "$g" --instance=one --session-timeout=30s "$t" >a
	wait_until 20 has_lines a 10
	stop "$bg"
	seq 11 20 | spread
	run -0 plog-group describe --members --tsv "$g"
	assert_equal "$(cut -f 6 <<<"$output")" one
	background plog-consume -q -f -g "$g" --instance=one --session-timeout=30s "$t" >>a
	wait_until 10 has_lines a 20
	assert_equal "$(sort -n a)" "$(seq 1 20)"
}

@test "reset is refused while there are members; so is delete" {
	plog-topic create "$t"
	echo x | plog-produce "$t"
	background plog-consume -q -f -g "$g" "$t" >out
	wait_until 20 has_lines out 1
	run -1 plog-group reset -o 0 --execute "$g" "$t"
	assert_output --partial 'its positions are set when it has none'
	run -1 plog-group delete "$g"
	assert_output --partial "cannot delete group '$g'"
}

@test "--auto-offset-reset: latest, none; a position that retention overtook" {
	plog-topic create "$t"
	seq 1 10 | plog-produce "$t"
	run -0 --separate-stderr plog-consume -g "$g" --auto-offset-reset=latest "$t"
	assert_output ''
	run -1 plog-consume -g "$g.n" --auto-offset-reset=none "$t"
	assert_output --partial "group '$g.n' has no position in '$t' partition 0, and --auto-offset-reset=none"
	plog-group reset -q -o 3 --execute "$g" "$t" >/dev/null
	plog-topic trim -o 5 --execute "$t" >/dev/null
	run -0 --separate-stderr plog-consume -g "$g" "$t"
	assert_output "$(seq 6 10)"
	[[ $stderr == *'has a position outside of the log'* ]]
}

@test "a glob subscribes to topics that come" {
	plog-topic create "$t.a"
	echo a | plog-produce "$t.a"
	background plog-consume -q -f -g "$g" "$t.*" >out
	wait_until 20 has_line out a
	plog-topic create "$t.b"
	echo b | plog-produce "$t.b"
	wait_until 30 has_line out b
}

@test "from a store to the cluster by a group, interrupted and gone on with" {
	seq 1 500 | sed 's/.*/k&:v&/' | plog-produce -d "$PLOG_DIR" -K: -P 3 src
	plog-topic create -P 3 "$t"
	plog-consume -d "$PLOG_DIR" -q -g move --batch=100 -J src -- sh -c "[ -e once ] && [ ! -e twice ] && { touch twice; exit 1; }; touch once
		exec plog-produce -q -b '$KAFKA' -J --partitioner=murmur2 '$t'" 2>err
	plog-consume -F '%p %k %v\n' "$t" | sort -u >got
	plog-consume -d "$PLOG_DIR" -F '%p %k %v\n' src | sort >want
	cmp want got
	assert_equal "$(plog-consume "$t" | wc -l)" 500
}
