#!/usr/bin/env python3
"""group_oracle.py [-s SEED] [-r REBALANCES] [-k KILLS] [-t SECONDS] [-p PARTITIONS]

A group under load in $PLOG_DIR: a producer appends all the time; members join,
leave, are killed, stopped and continued at random, until there were so many
rebalances and kills.  They write to a file, to a pipe that is read slowly, or
give their batches to a command.  Checked:

 - at every look one owner a partition: within a generation it never changes
   but to nobody, generations and committed positions never move back;
 - what was delivered has no gap up to the end, and nothing was invented;
 - records come again only after a kill or a fence: at most the batch in hand
   each time, to a pipe what the pipe held and the batch behind it.

Prints one line of figures; status 1 and what is wrong otherwise.
"""
import argparse
import os
import random
import select
import signal
import struct
import subprocess
import sys
import threading
import time

GROUP, TOPIC = "storm", "load"
HEAD, SLOT = 128, 128
RECORD = "%p %o\\n"
BATCH = 64                      # records that the producer puts at a time, at most
PIPE = 65536

TABLE = []
for n in range(256):
    for _ in range(8):
        n = (n >> 1) ^ (0x82F63B78 if n & 1 else 0)
    TABLE.append(n)


def crc32c(data):
    c = 0xFFFFFFFF
    for b in data:
        c = TABLE[(c ^ b) & 255] ^ (c >> 8)
    return c ^ 0xFFFFFFFF


class Wrong(Exception):
    pass


class Watch(threading.Thread):
    """Looks at the slots all the time."""

    def __init__(self, path, partitions):
        super().__init__(daemon=True)
        self.path, self.n = path, partitions
        self.last = {}
        self.wrong = []
        self.looks = self.claims = 0
        self.go_on = True

    def look(self):
        try:
            with open(self.path, "rb") as f:
                data = f.read()
        except FileNotFoundError:
            return
        self.looks += 1
        for p in range(min(self.n, (len(data) - HEAD) // (2 * SLOT))):
            at = HEAD + p * 2 * SLOT
            two = (data[at:at + SLOT], data[at + SLOT:at + 2 * SLOT])
            best = max(two, key=lambda s: s[:8])
            seen = self.last.get(p)
            if seen is not None and seen[0] == best[:8]:
                continue
            if crc32c(best[:-4]) != int.from_bytes(best[-4:], "big"):
                continue        # read while it was written
            seq, gen, owner = struct.unpack(">QqQ", best[:24])
            offset = struct.unpack(">q", best[40:48])[0]
            if seen is not None:
                _, lseq, lgen, lowner, loffset = seen
                if offset < loffset:
                    self.wrong.append(f"partition {p}: the position went from {loffset} to {offset}")
                if gen < lgen:
                    self.wrong.append(f"partition {p}: the generation went from {lgen} to {gen}")
                if gen == lgen and owner not in (0, lowner):
                    self.wrong.append(f"partition {p}: generation {gen} has the owners {lowner:x} and {owner:x}")
                self.claims += gen - lgen
            self.last[p] = (best[:8], seq, gen, owner, offset)

    def run(self):
        while self.go_on:
            self.look()
            time.sleep(0.002)


class Member:
    count = 0

    def __init__(self, kind, work):
        Member.count += 1
        self.kind, self.log = kind, os.path.join(work, f"got.{Member.count}.{kind}")
        args = ["plog-consume", "-q", "-f", "-g", GROUP, "--max-poll-interval=1s", "--backoff=1ms", "--drain=2s", "-F", RECORD, TOPIC]
        self.err = open(os.path.join(work, f"err.{Member.count}"), "wb")
        self.stopped, self.long = 0, False
        self.reader = None
        if kind == "file":
            with open(self.log, "ab") as out:
                self.proc = subprocess.Popen(args, stdout=out, stderr=self.err)
        elif kind == "pipe":
            self.proc = subprocess.Popen(args, stdout=subprocess.PIPE, stderr=self.err, bufsize=0)
            self.reader = threading.Thread(target=self.read, daemon=True)
            self.reader.start()
        else:
            self.proc = subprocess.Popen(args + ["--", "dd", "status=none", "oflag=append", "conv=notrunc", "bs=1M", "of=" + self.log],
                                         stderr=self.err)

    def read(self):
        with open(self.log, "ab", buffering=0) as out:
            while True:
                data = self.proc.stdout.read(random.choice((100, 4096, 65536)))
                if not data:
                    return
                out.write(data)
                if random.random() < 0.3:
                    time.sleep(0.002)

    def signal(self, sig):
        self.proc.send_signal(sig)

    def end(self):
        """Its exit status, once all it said was read."""
        status = self.proc.wait(30)
        if self.reader is not None:
            self.reader.join(10)
        self.err.close()
        return status


class Producer(threading.Thread):
    def __init__(self):
        super().__init__(daemon=True)
        self.proc = subprocess.Popen(["plog-produce", "-q", "--partitioner=roundrobin", "--acks=1", TOPIC], stdin=subprocess.PIPE)
        self.n = 0
        self.go_on = True

    def run(self):
        while self.go_on:
            n = random.randint(1, BATCH)
            self.proc.stdin.write(b"".join(b"%d\n" % (self.n + i) for i in range(n)))
            self.proc.stdin.flush()
            self.n += n
            time.sleep(random.uniform(0.001, 0.01))


class Storm:
    def __init__(self, o, work):
        self.o, self.work = o, work
        self.members = []
        self.joins = self.leaves = self.kills = self.stops = self.fences = 0
        self.pipe_kills = 0

    def ended(self, m, killed):
        status = m.end()
        if status == 1:
            self.fences += 1
            with open(m.err.name) as f:
                text = f.read()
            if "fenced" not in text:
                raise Wrong(f"a member ended with status 1: {text}")
        elif status != (-signal.SIGKILL if killed else -signal.SIGTERM):
            with open(m.err.name) as f:
                raise Wrong(f"a member ended with status {status}: {f.read()}")
        if killed and m.kind == "pipe":
            self.pipe_kills += 1

    def step(self):
        for m in [m for m in self.members if m.proc.poll() is not None]:
            self.members.remove(m)
            self.ended(m, False)
        for m in self.members:
            if m.stopped and time.monotonic() > m.stopped:
                m.signal(signal.SIGCONT)
                m.stopped, m.long = 0, False
        what = random.random()
        if len(self.members) < 2 or (what < 0.45 and len(self.members) < 6):
            self.members.append(Member(random.choice(("file", "pipe", "command")), self.work))
            self.joins += 1
            return
        # Who stands still for long is mostly left to be fenced, by the oldest, who mostly lives on.
        calm = [m for i, m in enumerate(self.members) if (i > 0 and not m.long) or random.random() < 0.005]
        if not calm:
            return
        m = random.choice(calm)
        if what < 0.80:
            m.signal(signal.SIGKILL)
            self.members.remove(m)
            self.ended(m, True)
            self.kills += 1
        elif what < 0.92:
            if m.stopped:
                m.signal(signal.SIGCONT)
            m.signal(signal.SIGTERM)
            self.members.remove(m)
            self.ended(m, False)
            self.leaves += 1
        elif not m.stopped:
            m.signal(signal.SIGSTOP)
            pause = random.choice((0.05, 0.3, 4))
            m.long = pause > 1
            m.stopped = time.monotonic() + pause
            self.stops += 1

    def run(self):
        end = time.monotonic() + self.o.seconds
        while time.monotonic() < end or self.kills < self.o.kills or self.joins + self.leaves + self.kills < self.o.rebalances:
            self.step()
            time.sleep(random.uniform(0, 0.06))
        for m in self.members:
            m.signal(signal.SIGCONT)
        for m in self.members:
            m.signal(signal.SIGTERM)
            self.ended(m, False)


def deliveries(work):
    """Of each partition, how often each offset was delivered; a line cut short by a kill is none."""
    seen = {}
    for name in sorted(os.listdir(work)):
        if not name.startswith("got."):
            continue
        with open(os.path.join(work, name), "rb") as f:
            data = f.read()
        for line in data[:data.rfind(b"\n") + 1].splitlines():
            p, _, o = line.partition(b" ")
            if not (p.isdigit() and o.isdigit()):
                raise Wrong(f"{name}: a torn line: {line!r}")
            d = seen.setdefault(int(p), {})
            d[int(o)] = d.get(int(o), 0) + 1
    return seen


def main():
    a = argparse.ArgumentParser()
    a.add_argument("-s", dest="seed", type=int, default=0)
    a.add_argument("-r", dest="rebalances", type=int, default=100)
    a.add_argument("-k", dest="kills", type=int, default=200)
    a.add_argument("-t", dest="seconds", type=float, default=0)
    a.add_argument("-p", dest="partitions", type=int, default=6)
    o = a.parse_args()
    seed = o.seed or random.SystemRandom().randrange(1, 1 << 31)
    random.seed(seed)
    work = os.path.join(os.environ.get("TMPDIR", "/tmp"), "oracle")
    os.mkdir(work)
    subprocess.run(["plog-topic", "-q", "create", "-P", str(o.partitions), TOPIC], check=True)
    watch = Watch(os.path.join(os.environ["PLOG_DIR"], "groups", GROUP, "offsets", TOPIC), o.partitions)
    producer, storm = Producer(), Storm(o, work)
    watch.start()
    producer.start()
    began = time.monotonic()
    try:
        storm.run()
        producer.go_on = False
        producer.join()
        producer.proc.stdin.close()
        if producer.proc.wait(30) != 0:
            raise Wrong("the producer failed")
        # What is left goes to a last member, once.
        with open(os.path.join(work, "got.last"), "wb") as out:
            last = subprocess.run(["plog-consume", "-q", "-g", GROUP, "-F", RECORD, TOPIC], stdout=out, timeout=60)
        if last.returncode != 0:
            raise Wrong(f"the last member ended with status {last.returncode}")
        watch.go_on = False
        watch.join()
        watch.look()
        if watch.wrong:
            raise Wrong("\n".join(watch.wrong[:10]))
        ends = {int(w[1]): int(w[2]) for w in (line.split("\t") for line in subprocess.run(
            ["plog-topic", "offsets", "--tsv", TOPIC], check=True, capture_output=True, text=True).stdout.splitlines())}
        seen = deliveries(work)
        repeats = 0
        for p, end in sorted(ends.items()):
            d = seen.get(p, {})
            missing = [i for i in range(end) if i not in d]
            if missing:
                raise Wrong(f"partition {p}: of {end} records {len(missing)} were never delivered, the first is {missing[0]}")
            if max(d, default=-1) >= end:
                raise Wrong(f"partition {p}: offset {max(d)} was delivered, the log ends at {end}")
            if watch.last[p][4] != end:
                raise Wrong(f"partition {p}: {watch.last[p][4]} is committed, the log ends at {end}")
            repeats += sum(n - 1 for n in d.values())
        total = sum(ends.values())
        if total != producer.n:
            raise Wrong(f"{producer.n} records were produced, the log has {total}")
        # In hand is a batch, which here has far less than the 500 records that a command may get.
        bound = (storm.kills + storm.fences) * 500 + (storm.pipe_kills + storm.fences) * PIPE // 4
        if repeats > bound:
            raise Wrong(f"{repeats} records came again, at most {bound} may")
    except (Wrong, subprocess.SubprocessError) as e:
        print(f"seed {seed}: {e}")
        return 1
    finally:
        producer.go_on = False
        for m in storm.members:
            if m.proc.poll() is None:
                m.proc.kill()
    print(f"seed {seed}: {total} records, {storm.joins} joins, {storm.leaves} leaves, {storm.kills} kills, {storm.stops} stops, "
          f"{storm.fences} fenced, {watch.claims} claims, {watch.looks} looks, {repeats} came again, {time.monotonic() - began:.0f} s")
    return 0


sys.exit(main())
