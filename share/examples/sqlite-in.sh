#!/bin/sh
# sqlite-in.sh DATABASE TABLE TOPIC: records of a topic go into a table, whole
# batches in one transaction, for as long as it runs.  Partition and offset are
# the row's name, so a batch that comes again changes nothing: exactly once.
set -eu
db=$1 table=$2 topic=$3
sqlite3 "$db" "create table if not exists \"$table\" (partition integer, offset integer, value text, primary key (partition, offset))"
exec plog-consume -f -g "sqlite-$table" -J "$topic" -- sqlite3 -bail "$db" \
	"create temp table line (j text)" '.mode ascii' '.separator "\037" "\n"' '.import /dev/stdin line' \
	"insert or ignore into \"$table\" select j ->> 'partition', j ->> 'offset', j ->> 'value' from line"
