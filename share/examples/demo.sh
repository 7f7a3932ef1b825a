#!/bin/bash
# A log file flows through plog: in through a pipe, out through a pipe, live,
# with a format string, as JSON; and how fast that was.
#	make demo
#	share/examples/demo.sh [LOGFILE]	(after make install, too)
set -eu
top=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
[ ! -x "$top/plog-produce" ] || PATH=$top:$PATH
export PLOG_DIR LC_ALL=C.UTF-8
tmp=$(mktemp -d)
PLOG_DIR=$tmp/store
follower= tail=
cleanup() {
	for p in $follower $tail; do kill "$p" 2>/dev/null || :; done
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say() { printf '\n# %s\n' "$*"; }
show() { printf '$ %s\n' "$*"; eval "$*"; }
now() { echo "${EPOCHREALTIME/[.,]/}"; }
million() { awk -v n="$1" -v us="$2" 'BEGIN { printf "%.1f million records a second", n / us }'; }
# until_true COMMAND: tries again for five seconds.
until_true() {
	local end=$(($(now) + 5000000))
	until eval "$1"; do
		[ "$(now)" -lt "$end" ] || { echo "demo: gave up waiting for: $1" >&2; exit 1; }
		read -rt 0.02 <>"$tmp/pause" || :
	done
}
mkfifo "$tmp/pause"

log=${1-}
for f in /var/log/syslog /var/log/dpkg.log /var/log/bootstrap.log /var/log/apt/term.log; do
	[ -n "$log" ] || { [ -r "$f" ] && [ -s "$f" ] && log=$f; }
done
if [ -z "$log" ]; then
	log=$tmp/dmesg.log
	dmesg >"$log" 2>/dev/null || find /usr/share -type f | head -n 5000 >"$log"
fi
lines=$(wc -l <"$log")

say "A real log, $log of $lines lines, into the topic 'syslog'. It is made on the way."
show "plog-produce syslog <$log"
show "plog-topic describe syslog"

say "Out again: the same bytes."
show "plog-consume syslog | tail -n 2"
plog-consume syslog | cmp - <(sed -e '$a\' "$log")
echo "(compared with the file: all $lines lines are the same)"

say "Live. A follower waits; lines come through tail -F and arrive at once."
cp "$log" "$tmp/app.log"
echo '$ tail -n 0 -F app.log | plog-produce app &   plog-consume -f app | grep --line-buffered error &'
(exec tail -n 0 -F "$tmp/app.log" 2>/dev/null > >(exec plog-produce -q app)) &
tail=$!
(exec plog-consume -f app 2>/dev/null > >(exec grep --line-buffered error >"$tmp/seen")) &
follower=$!
# Lines go in until the first arrives: tail may not look at the file yet.
n=0
until_true '{ n=$((n + 1)); echo "warm up $n: error" >>"$tmp/app.log"; [ -s "$tmp/seen" ]; }'
t0=$(now)
echo 'all is well' >>"$tmp/app.log"
echo 'disk on fire: error 5' >>"$tmp/app.log"
until_true 'grep -q fire "$tmp/seen"'
t1=$(now)
grep fire "$tmp/seen"
echo "(seen $(((t1 - t0) / 1000)) ms after it was written to the file)"
kill "$tail" "$follower" 2>/dev/null || :
wait "$tail" "$follower" 2>/dev/null || :
tail= follower=

say "The last three records, with a format string and as JSON."
show "plog-consume -o -3 -F '%p:%o %T{iso} %v\n' syslog"
if command -v jq >/dev/null; then
	show "plog-consume -o -1 -J syslog | jq ."
else
	show "plog-consume -o -1 -J syslog"
fi

say "Keys, partitions, headers; a copy through JSON keeps every byte."
printf 'alice\tbuys a bicycle\nbob\tbuys bread\nalice\tsells the bicycle\n' >"$tmp/orders.tsv"
cd "$tmp"
show "plog-produce -q -K '\\t' -P 8 -H source=demo orders <orders.tsv"
show "plog-consume -J orders | plog-produce -q -J -P 8 copy"
show "plog-consume -F '%p:%o %k=%v %h\n' copy"
cd "$top"

say "How fast? The log again and again, to 200 MB."
size=$(stat -L -c %s "$log")
times=$((200000000 / (size + 1) + 1))
chunk=$((8000000 / (size + 1) + 1))
for ((i = 0; i < chunk; i++)); do sed -e '$a\' "$log"; done >"$tmp/chunk"
for ((i = 0; i < times; i += chunk)); do cat "$tmp/chunk"; done >"$tmp/big.log"
records=$(wc -l <"$tmp/big.log")
printf '%d lines, %d MB\n' "$records" $(($(stat -c %s "$tmp/big.log") / 1000000))
cat "$tmp/big.log" >"$tmp/warm" && rm "$tmp/warm"
t0=$(now)
show "plog-produce -q big <$tmp/big.log"
t1=$(now)
echo "  in, and synced to disk: $(million "$records" $((t1 - t0)))"
t0=$(now)
show "plog-consume big | wc -l"
t1=$(now)
echo "  out, through a pipe:    $(million "$records" $((t1 - t0)))"
t0=$(now)
cat "$tmp/big.log" | wc -l >/dev/null
t1=$(now)
echo "  (cat | wc -l:           $(million "$records" $((t1 - t0))))"
say "That was plog. Where to read on: man share/man/man7/plog.7, and README."
