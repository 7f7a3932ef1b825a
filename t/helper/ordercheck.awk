# ordercheck.awk - reads strace -f -y of one writer and says where something is
# promised before it is on disk.  Silent, status 0, when all is well.
#
#	strace -f -y -qq -o trace -e trace=openat,write,pwrite64,fsync,fdatasync,renameat,renameat2,unlinkat logtool ...
#	awk -f ordercheck.awk [-v acks=all] trace
#
# Rules: a file is renamed when it is synced; a segment is made when all that
# was written to the one before is synced; with acks=all an acknowledgement (a
# write to descriptor 1) comes when each .log was synced by the descriptor that
# wrote it and its directory since it was made; the process ends (acks=0 or 1
# too) in the same state.  Indexes, lock and recovery-point may be dirty.

function say(what) { print "line " NR ": " what ": " $0; bad = 1 }
# The N-th "fd<path>" of the line.
function file(n,    s, i) {
	s = $0
	for (i = 1; i <= n; i++) {
		if (!match(s, /[0-9]+<[^>]*>/)) return ""
		fd = substr(s, RSTART, RLENGTH)
		s = substr(s, RSTART + RLENGTH)
	}
	path = fd
	sub(/^[0-9]+</, "", path)
	sub(/>$/, "", path)
	sub(/<.*/, "", fd)
	return path
}
function name(n,    v) { split($0, v, "\""); return v[2 * n] }
function dir_of(p) { sub(/\/[^\/]*$/, "", p); return p }
function is_log(p) { return p ~ /\/[0-9]+\.log$/ }
function check_clean(why,    p) {
	for (p in dirty)
		if (is_log(p) && dirty[p] != "") say(why " before a sync of " p)
	for (p in entry)
		if (entry[p]) say(why " before a sync of the directory of " p)
}
{ sub(/^[0-9]+ +/, "") }
/ = -1 / || /unfinished|resumed/ { next }
/^(pwrite64|write)\(/ {
	file(1)
	if (fd == 1) {
		acked = 1
		if (acks == "all") check_clean("acknowledged")
	} else if (fd > 2)
		dirty[path] = fd
	next
}
/^(fdatasync|fsync)\(/ {
	file(1)
	if (dirty[path] == fd) dirty[path] = ""
	for (p in entry)
		if (dir_of(p) == path) entry[p] = 0
	next
}
/^openat\(/ && /O_CREAT/ {
	p = file(1) "/" name(1)
	if (is_log(p)) {
		for (q in dirty)
			if (is_log(q) && dirty[q] != "") say("a segment is made before a sync of " q)
		entry[p] = 1
	}
	next
}
/^renameat2?\(/ {
	p = file(1) "/" name(1)
	if (dirty[p] != "") say("renamed before a sync")
	delete entry[p]
	entry[file(2) "/" name(2)] = 1
	next
}
END {
	if (!acked && NR == 0) { print "nothing was traced"; bad = 1 }
	check_clean("the end")
	exit bad
}
