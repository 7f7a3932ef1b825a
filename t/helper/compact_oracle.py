#!/usr/bin/env python3
# compact_oracle.py - what compaction must leave of a log, slowly and independently.
#
#	compact_oracle.py BEFORE AFTER BASE HOW
#
# BEFORE and AFTER are plog-consume -J of one partition, BASE is where its active
# segment begins.  Records from BASE on must all be there, of the others the last
# of each key, none without a key, in the same order, with the same offset, time,
# key, value and headers.  HOW:
#	kept	tombstones that are the last of their key are there
#	gone	they are not
#	part	as kept, but others of BEFORE may still be there
import json
import sys

before, after = ([json.loads(line) for line in open(f)] for f in sys.argv[1:3])
base, how = int(sys.argv[3]), sys.argv[4]


def ident(r):
    return json.dumps([r["offset"], r["timestamp"], r["key"], r["value"], r.get("headers", [])], sort_keys=True)


last = {}
for r in before:
    if r["key"] is not None and r["offset"] < base:
        last[json.dumps(r["key"])] = r["offset"]
want = [ident(r) for r in before if r["offset"] >= base or
        r["key"] is not None and last[json.dumps(r["key"])] == r["offset"] and
        not (r["value"] is None and how == "gone")]
got = [ident(r) for r in after]
if how == "part":
    all_of_them = [ident(r) for r in before]
    there = set(got)
    if got == [r for r in all_of_them if r in there] and there.issuperset(want):
        sys.exit(0)
elif want == got:
    sys.exit(0)
sys.exit("missing: %s\nnot wanted: %s\n%d wanted, %d there" % (
    [r for r in want if r not in set(got)][:5], [r for r in got if r not in set(want)][:5], len(want), len(got)))
