#!/bin/sh
# sqlite-out.sh DATABASE TABLE TOPIC: rows that came since the last time go out
# of a table into a topic, a JSON object each with its rowid as the key; from
# cron, or in a loop.  How far it came is kept in the topic itself: the key of
# the last record.  Two at once would send rows twice: flock(1) it.
set -eu
db=$1 table=$2 topic=$3
last=$(plog-consume --tail=1 -F '%k\n' "$topic" 2>/dev/null || :)
columns=$(sqlite3 "$db" "select group_concat('''' || name || ''', \"' || name || '\"', ', ') from pragma_table_info('$table')")
sqlite3 -readonly -separator '	' "$db" \
	"select rowid, json_object($columns) from \"$table\" where rowid > ${last:-0} order by rowid" |
	plog-produce -q -K '\t' -P 1 "$topic"
