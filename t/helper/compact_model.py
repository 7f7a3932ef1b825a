#!/usr/bin/env python3
# compact_model.py - random logs with transactions, and what Kafka's cleaner must leave of one, slowly and independently.
#
#	compact_model.py grow PARTITION SEED NOW [CODEC...]	more batches, in new segments; word of the gaps in `gaps`
#	compact_model.py dump PARTITION RECORDS			the batches that are there, a line each and one a record
#	compact_model.py want PARTITION RECORDS NOW RETENTION SEGMENT_BYTES	the same of what a run must leave
#
# RECORDS is plog-consume -J of the partition; headers of batches and control records are read here.  NOW and RETENTION
# (delete.retention.ms) are milliseconds.  The log is as before the run in `want`, and cleaner-checkpoint says what is dirty.
import json
import os
import random
import struct
import sys
import zlib

TABLE = []
for i in range(256):
    for _ in range(8):
        i = i >> 1 ^ (0x82f63b78 if i & 1 else 0)
    TABLE.append(i)
CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
DAY = 86400000


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 255]
    return crc ^ 0xffffffff


def varint(v):
    u = v << 1 if v >= 0 else (-v << 1) - 1
    out = b""
    while u >= 128:
        out += bytes([u & 127 | 128])
        u >>= 7
    return out + bytes([u])


def sized(b):
    return varint(-1) if b is None else varint(len(b)) + b


def record(delta, ts, key, value, headers):
    body = b"\0" + varint(ts) + varint(delta) + sized(key) + sized(value) + varint(len(headers))
    for name, val in headers:
        body += sized(name) + sized(val)
    return varint(len(body)) + body


# Each codec's framing around bytes that are not made smaller.
def pack(codec, data):
    if codec == 1:
        z = zlib.compressobj(wbits=31)
        return z.compress(data) + z.flush()
    if codec == 2:
        size, u = b"", len(data)
        while u >= 128:
            size, u = size + bytes([u & 127 | 128]), u >> 7
        block = size + bytes([u]) + b"\xf4" + struct.pack("<H", len(data) - 1) + data
        return b"\x82SNAPPY\0" + struct.pack(">iii", 1, 1, len(block)) + block
    if codec == 3:
        return b"\x04\x22\x4d\x18\x60\x40\x82" + struct.pack("<I", len(data) | 1 << 31) + data + b"\0\0\0\0"
    if codec == 4:
        return b"\x28\xb5\x2f\xfd\0\x58" + struct.pack("<I", len(data) << 3 | 1)[:3] + data
    return data


def batch(base, last, attrs, base_ts, max_ts, pid, epoch, seq, count, payload):
    tail = struct.pack(">hiqqqhii", attrs, last, base_ts, max_ts, pid, epoch, seq, count) + payload
    return struct.pack(">qiibI", base, len(tail) + 9, 0, 2, crc32c(tail)) + tail


def segments(d):
    return sorted(int(f[:-4]) for f in os.listdir(d) if f.endswith(".log"))


def read(d):
    """The headers, in order, with the type of control records; and the segments' bases."""
    out = []
    for seg in segments(d):
        with open("%s/%020d.log" % (d, seg), "rb") as f:
            data = f.read()
        at = 0
        while at < len(data):
            base, length, _, _, _ = struct.unpack_from(">qiibI", data, at)
            attrs, last, bts, mts, pid, epoch, seq, count = struct.unpack_from(">hiqqqhii", data, at + 21)
            b = dict(base=base, last=base + last, attrs=attrs, bts=bts, mts=mts, pid=pid, epoch=epoch, seq=seq,
                     count=count, seg=seg, records=[], type=None)
            if attrs & 32 and count:
                # length, attributes, two deltas of any size, key length 4, version, type
                p = at + 61
                for skip in range(4):
                    if skip == 1:
                        p += 1
                        continue
                    while data[p] & 128:
                        p += 1
                    p += 1
                b["type"] = struct.unpack_from(">hh", data, p + 1)[1]
            out.append(b)
            at += 12 + length
    return out


def fill(batches, file):
    """The records that plog-consume -J gave, in their batches."""
    i = 0
    with open(file) as f:
        for line in f:
            r = json.loads(line)
            while batches[i]["last"] < r["offset"]:
                i += 1
            batches[i]["records"].append(r)
    for b in batches:
        if not b["attrs"] & 32 and len(b["records"]) != b["count"]:
            sys.exit("batch at %d: %d records of %d" % (b["base"], len(b["records"]), b["count"]))
    return batches


def show(batches):
    for b in batches:
        print("batch", b["base"], b["last"], "segment", b["seg"], "count", b["count"], "attributes", hex(b["attrs"]), "times",
              b["bts"], b["mts"], "producer", b["pid"], b["epoch"], b["seq"], "type", b["type"])
        for r in b["records"]:
            print("  ", json.dumps([r["offset"], r["timestamp"], r["key"], r["value"], r.get("headers", [])]))


def grow(d, seed, now, codecs):
    rnd = random.Random(seed)
    old = read(d)
    at = old[-1]["last"] + 1 if old else 0
    is_open, epochs, gaps, out = {}, {}, [], b""
    for b in old:
        if b["pid"] >= 0:
            epochs[b["pid"]] = b["epoch"]
            if b["attrs"] & 32:
                if b["type"] is not None:
                    is_open.pop(b["pid"], None)
            elif b["attrs"] & 16:
                is_open[b["pid"]] = True
    base = at

    def end(pid):
        nonlocal at, out
        if rnd.random() < 0.4:
            epochs[pid] += 1
        is_open.pop(pid)
        kind = rnd.randrange(2)
        ts = now - rnd.randrange(5000)
        out += batch(at, 0, 0x30, ts, ts, pid, epochs[pid], -1, 1,
                     record(0, 0, struct.pack(">hh", 0, kind), struct.pack(">hi", 0, 0), []))
        at += 1

    def data():
        nonlocal at, out
        pid = rnd.choice([-1, -1, 1, 1, 2, 3, 4, 5, 100 + seed, 200 + seed])
        if pid >= 0 and pid not in epochs:
            epochs[pid] = 0
        if pid in (4, 5) and rnd.random() < 0.1:
            epochs[pid] += 1
        attrs = CODECS[rnd.choice(codecs)]
        if pid in (1, 2, 3, 200 + seed):
            attrs |= 16
            is_open[pid] = True
        if rnd.random() < 0.1:
            attrs |= 8
        n = rnd.randrange(1, 7)
        first = now - rnd.randrange(60000) - (2 * DAY if rnd.random() < 0.1 else 0)
        ts = [first] + [first + rnd.randrange(-300, 300) for _ in range(n - 1)]
        payload = b""
        for i in range(n):
            key = None if rnd.random() < 0.03 else b"key %d" % rnd.randrange(25)
            value = None if rnd.random() < 0.2 else b"value %d" % (at + i) + b"." * rnd.randrange(30)
            headers = [(b"h", b"%d" % at), (b"n", None)] if rnd.random() < 0.1 else []
            payload += record(i, ts[i] - first, key, value, headers)
        out += batch(at, n - 1, attrs, first, now if attrs & 8 else max(ts), pid, epochs.get(pid, -1),
                     -1 if pid < 0 else at, n, pack(attrs & 7, payload))
        at += n

    def roll():
        nonlocal base, out
        if out:
            with open("%s/%020d.log" % (d, base), "wb") as f:
                f.write(out)
        base, out = at, b""

    for _ in range(160):
        what = rnd.random()
        if what < 0.12 and is_open:
            end(rnd.choice(sorted(is_open)))
        elif what < 0.16:
            n = rnd.randrange(1, 6)
            gaps.append((at, at + n))
            at += n
        elif what < 0.24:
            roll()
        else:
            data()
    if rnd.random() < 0.6:
        for pid in sorted(is_open):
            end(pid)
    data()
    roll()
    try:
        with open(d + "/gaps") as f:
            gaps = [tuple(map(int, line.split())) for line in f.read().split("\n")[2:-1]] + gaps
    except FileNotFoundError:
        pass
    with open(d + "/gaps", "w") as f:
        f.write("0\n%d\n%s" % (len(gaps), "".join("%d %d\n" % g for g in gaps)))
    # What the last writer noted is of another log.
    os.truncate(d + "/lock", 0)


def transactions(batches):
    """Who aborted what, the last stable offset, and by which batch each producer is known."""
    begun, aborted, producers = {}, [], {}
    for b in batches:
        if b["pid"] < 0 or (b["attrs"] & 32 and b["type"] not in (0, 1)):
            continue
        p = producers.setdefault(b["pid"], dict(data=None, epoch=None))
        if p["epoch"] != b["epoch"]:
            p["data"], p["epoch"] = None, b["epoch"]
        p["ts"] = b["mts"]
        if b["attrs"] & 32:
            first = begun.pop(b["pid"], None)
            if first is not None and b["type"] == 0:
                aborted.append((b["pid"], first, b["base"]))
        else:
            p["data"] = b["last"]
            if b["attrs"] & 16:
                begun.setdefault(b["pid"], b["base"])
    return aborted, min(begun.values(), default=1 << 62), producers, begun


def clean(batches, bases, dirty, now, retention):
    aborted, stable, producers, begun = transactions(batches)
    until = max(b for b in bases if b <= stable)

    def is_aborted(b):
        return b["attrs"] & 48 == 16 and any(p == b["pid"] and f <= b["base"] <= e for p, f, e in aborted)

    if until <= dirty:
        return batches, until
    last = {}
    for b in batches:
        if b["base"] < until and not is_aborted(b):
            for r in b["records"]:
                if r["key"] is not None and r["offset"] >= dirty:
                    last[r["key"]] = r["offset"]
    out, seen = [], set()
    for b in batches:
        if b["base"] >= until:
            out.append(b)
            continue
        control, horizon = b["attrs"] & 32, b["bts"] if b["attrs"] & 64 else None
        over = horizon is not None and horizon <= now
        idle = False
        if control:
            idle = b["type"] is None or (b["type"] in (0, 1) and b["pid"] not in seen)
            seen.discard(b["pid"])
            count = 0 if b["type"] is None or (idle and over) else 1
            kept = []
        else:
            if b["attrs"] & 16:
                seen.add(b["pid"])
            kept = [] if is_aborted(b) else [
                r for r in b["records"] if r["key"] is not None and r["offset"] >= last.get(r["key"], -1) and
                not (r["value"] is None and over)]
            count = len(kept)
        if count == 0:
            p = producers.get(b["pid"])
            known = p is not None and (b["pid"] in begun or now - p["ts"] < DAY) and (
                b["last"] == p["data"] if p["data"] is not None else control and b["epoch"] == p["epoch"])
            if known or b["last"] + 1 == until:
                out.append(dict(b, count=0, attrs=b["attrs"] & ~71, bts=-1, records=[], type=None))
            continue
        wanted = horizon is None and (idle or any(r["value"] is None for r in kept))
        if count == b["count"] and not wanted:
            out.append(b)
            continue
        n = dict(b, count=count, records=kept)
        if wanted:
            n["bts"], n["attrs"] = now + retention, b["attrs"] | 64
        elif horizon is None:
            n["bts"] = kept[0]["timestamp"]
        if not control and not b["attrs"] & 8:
            n["mts"] = max(r["timestamp"] for r in kept)
        out.append(n)
    return out, until


def group(d, bases, until, most):
    """Which segment each one below until becomes part of."""
    home, first, size = {}, None, 0
    for base in bases:
        n = os.path.getsize("%s/%020d.log" % (d, base))
        if base >= until or first is None or size + n > most:
            first, size = base, 0
        size += n
        home[base] = first
    return home


def main():
    what, d = sys.argv[1:3]
    if what == "grow":
        grow(d, int(sys.argv[3]), int(sys.argv[4]), sys.argv[5:] or ["none"])
        return
    batches = fill(read(d), sys.argv[3])
    if what == "want":
        now, retention, most = map(int, sys.argv[4:7])
        try:
            with open(d + "/cleaner-checkpoint") as f:
                dirty = int(f.readline())
        except FileNotFoundError:
            dirty = 0
        bases = segments(d)
        batches, until = clean(batches, bases, dirty, now, retention)
        home = group(d, bases, until, most) if until > dirty else {b: b for b in bases}
        for i, b in enumerate(batches):
            batches[i] = dict(b, seg=home[b["seg"]])
    show(batches)


main()
