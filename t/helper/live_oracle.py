#!/usr/bin/env python3
# live_oracle.py - what readers saw of a log while it was written to, retained and compacted, against each other.
#
#	live_oracle.py delete|compact LAST FILE...
#
# FILE is plog-consume -F '%o %k %v\n', several runs of it one behind the other, each begun by a line "run".  The first FILE
# is of the log at the end.  In a run offsets rise, in `delete` by one; the same offset holds the same in all of them.
# delete: the end is a last part of all there was.  compact: each key at the end has the value LAST, and no run leaves
# out a key's last value up to where it ended.
import sys

how, last, files = sys.argv[1], sys.argv[2], sys.argv[3:]
at, runs = {}, []
for name in files:
    runs.append((name, []))
    with open(name) as f:
        for line in f:
            # A run that was ended may have been in a line.
            if not line.endswith("\n"):
                continue
            if line == "run\n":
                runs.append((name, []))
                continue
            o, k, v = line.rstrip("\n").split(" ", 2)
            if at.setdefault(int(o), (k, v)) != (k, v):
                sys.exit("offset %s of %s is %s, and was %s" % (o, name, (k, v), at[int(o)]))
            runs[-1][1].append(int(o))
runs = [r for r in runs if r[1]]
for name, offsets in runs:
    for a, b in zip(offsets, offsets[1:]):
        if b <= a or (how == "delete" and b != a + 1):
            sys.exit("%s: offset %d behind %d" % (name, b, a))
end = runs[0][1]
if how == "delete":
    if end[-1] != max(at) or len(at) < len(end):
        sys.exit("the log ends at %d, %d was read" % (end[-1], max(at)))
else:
    newest = {}
    for o in sorted(at):
        newest[at[o][0]] = o
    values = {at[o][0]: at[o][1] for o in end}
    wrong = [k for k in newest if values.get(k) != last]
    if wrong:
        sys.exit("not the last value: %s" % [(k, values.get(k)) for k in wrong[:5]])
    for name, offsets in runs:
        seen = {}
        for o in offsets:
            seen[at[o][0]] = o
        for k, o in newest.items():
            if offsets[0] <= o <= offsets[-1] and seen.get(k) != o:
                sys.exit("%s left out offset %d, the last of key %s" % (name, o, k))
