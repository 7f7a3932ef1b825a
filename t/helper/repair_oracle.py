#!/usr/bin/env python3
# repair_oracle.py - a partition damaged in many places at once, then repaired once.
#
#	repair_oracle.py FROM COUNT
#
# $PLOG_DIR has topic t with partition 0, whole.  For each seed from FROM on: one to six of its files get a bit, a block of
# zeros, of rubbish, of themselves, are cut, or are gone.  Then plog-check says what it finds, a reader that skips damage
# and one after the repair see records that were there, at their offsets, in order; one repair makes it clean, and a writer
# goes on.
import glob
import os
import random
import shutil
import subprocess
import sys

whole = os.environ["PLOG_DIR"]
store = whole + ".damaged"


def plog(*words, given=None):
    p = subprocess.run(words, env=dict(os.environ, PLOG_DIR=store), input=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return p.returncode, p.stdout.decode(errors="replace"), p.stderr.decode(errors="replace")


def records(*options):
    rc, out, words = plog("plog-consume", *options, "-F", "%o %k %v\\n", "t")
    return rc, out.splitlines(), words


def untrue(before, lines):
    """What is wrong about these records, if anything."""
    for line in lines:
        if line not in before:
            return "it was never there: " + line
    offsets = [int(line.split(" ")[0]) for line in lines]
    if offsets != sorted(set(offsets)):
        return "offsets do not rise"
    return None


def damage(r):
    files = sorted(f for f in glob.glob(store + "/topics/t/0/*") if os.path.isfile(f) and os.path.getsize(f))
    logs = [f for f in files if f.endswith(".log")]
    done = []
    for _ in range(r.randint(1, 6)):
        f = r.choice(files if r.random() < 0.3 else logs)
        b = bytearray(open(f, "rb").read())
        at = r.randrange(len(b) + 1)
        n = min(len(b) - at, r.choice([1, 4, 50, 500, 5000]))
        how = r.choice(["bit", "zeros", "rubbish", "twice", "more", "less", "cut", "gone"])
        rubbish = bytes(r.randrange(256) for _ in range(n))
        done.append("%s of %s at %d, %d bytes" % (how, os.path.basename(f), at, n))
        if how == "gone" and len(logs) > 1 and r.random() < 0.5:
            os.unlink(f)
            files = [x for x in files if x != f]
            logs = [x for x in logs if x != f]
            continue
        if how == "bit" and at < len(b):
            b[at] ^= 1 << r.randrange(8)
        elif how == "zeros":
            b[at:at + n] = bytes(n)
        elif how == "rubbish":
            b[at:at + n] = rubbish
        elif how == "twice":
            b[at:at] = b[at:at + n]
        elif how == "more":
            b[at:at] = rubbish
        elif how == "less":
            del b[at:at + n]
        elif how == "cut":
            del b[at:]
        open(f, "wb").write(b)
    return done


def wrong(before):
    rc, out, words = plog("plog-check")
    if rc not in (0, 1):
        return "plog-check: status %d\n%s" % (rc, words)
    # Before it is repaired, with what is damaged left out.
    rc, skipped, words = records("--on-damage=skip")
    if rc not in (0, 1) or untrue(before, skipped):
        return "plog-consume --on-damage=skip: status %d %s\n%s" % (rc, untrue(before, skipped), words)
    rc, said, words = plog("plog-check", "repair", "--execute")
    if rc != 0:
        return "repair: status %d\n%s" % (rc, words)
    rc, out, words = plog("plog-check")
    if rc != 0:
        return "repaired, and plog-check has status %d\n%s%s\nrepair said\n%s" % (rc, out, words, said)
    rc, out, words = plog("plog-produce", "-q", "-K", "\\t", "t", given=b"new\tone\n")
    if rc != 0:
        return "plog-produce: status %d\n%s" % (rc, words)
    rc, after, words = records()
    if rc != 0:
        return "plog-consume: status %d\n%s" % (rc, words)
    if not after or not after[-1].endswith(" new one"):
        return "the new record is not the last one"
    return untrue(before, after[:-1])


def copy():
    shutil.rmtree(store, ignore_errors=True)
    shutil.copytree(whole, store)


copy()
there = set(records()[1])
for seed in range(int(sys.argv[1]), int(sys.argv[1]) + int(sys.argv[2])):
    copy()
    done = damage(random.Random(seed))
    what = wrong(there)
    if what is not None:
        sys.exit("seed %d: %s\n%s" % (seed, "; ".join(done), what))
