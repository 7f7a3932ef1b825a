# group.awk: what members said (groupmember: "T word ..."), as lines "MEMBER T word ...", in order of T in microseconds.
# For each partition of a member that died: how many milliseconds until another owned it ("again MS"); at the end the
# time from the last "joined" to the last claim behind it ("settled MS") and how many partitions are owned ("owned N").
$3 == "joined"		{ joined = $2; claimed = $2 }
$3 == "assigned"	{ p = $4 "/" $5
			  if (p in dead) { printf "again %.3f\n", ($2 - dead[p]) / 1000; delete dead[p] }
			  owner[p] = $1; claimed = $2 }
$3 == "gave" || $3 == "lost" { p = $4 "/" $5; if (owner[p] == $1) delete owner[p] }
$3 == "dying"		{ for (p in owner) if (owner[p] == $1) { dead[p] = $2; delete owner[p] } }
END			{ printf "settled %.3f\n", (claimed - joined) / 1000; n = 0; for (p in owner) n++; print "owned", n }
