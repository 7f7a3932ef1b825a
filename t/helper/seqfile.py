#!/usr/bin/env python3
"""seqfile.py FILE...: Hadoop SequenceFiles as lines "key<TAB>value", read by the format's description alone.

A first line "# key class, value class, codec" for each file. Block compression of gzip (GzipCodec), zlib (DefaultCodec), and
bzip2; any other codec is told and its blocks are counted.
"""
import bz2
import gzip
import struct
import sys
import zlib

UNPACK = {
    "org.apache.hadoop.io.compress.GzipCodec": gzip.decompress,
    "org.apache.hadoop.io.compress.DefaultCodec": zlib.decompress,
    "org.apache.hadoop.io.compress.DeflateCodec": zlib.decompress,
    "org.apache.hadoop.io.compress.BZip2Codec": bz2.decompress,
}


class Input:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        if n < 0 or self.at + n > len(self.data):
            raise SystemExit("the file ends in the middle of something")
        self.at += n
        return self.data[self.at - n : self.at]

    def int(self):
        return struct.unpack(">i", self.take(4))[0]

    def vint(self):
        first = struct.unpack(">b", self.take(1))[0]
        if first >= -112:
            return first
        n = -112 - first if first >= -120 else -120 - first
        v = int.from_bytes(self.take(n), "big")
        return ~v if first < -120 else v

    def text(self):
        return self.take(self.vint()).decode()


def value_of(kind, raw):
    i = Input(raw)
    body = i.take(i.vint() if kind.endswith(".Text") else i.int())
    assert i.at == len(raw), "a value has %d bytes too many" % (len(raw) - i.at)
    return body


def read(name):
    i = Input(open(name, "rb").read())
    assert i.take(4) == b"SEQ\x06", "no SequenceFile of version 6"
    key, value, packed, blocks = i.text(), i.text(), i.take(1)[0], i.take(1)[0]
    codec = i.text() if packed else ""
    print("#", key, value, codec, sep=" " if codec else " ")
    assert key == "org.apache.hadoop.io.LongWritable" and packed == blocks
    assert i.int() == 0, "metadata"
    sync = i.take(16)
    out = sys.stdout.buffer
    sys.stdout.flush()
    while i.at < len(i.data):
        n = i.int()
        if n == -1:
            assert i.take(16) == sync, "a wrong sync"
            if not blocks:
                continue
            count = i.vint()
            key_lengths, keys, value_lengths, values = (Input(UNPACK[codec](i.take(i.vint()))) for _ in range(4))
            for _ in range(count):
                k = keys.take(key_lengths.vint())
                out.write(b"%d\t%s\n" % (struct.unpack(">q", k)[0], value_of(value, values.take(value_lengths.vint()))))
            assert keys.at == len(keys.data) and values.at == len(values.data)
            continue
        assert not blocks and i.int() == 8, "a key is not 8 bytes"
        k = struct.unpack(">q", i.take(8))[0]
        out.write(b"%d\t%s\n" % (k, value_of(value, i.take(n - 8))))


for f in sys.argv[1:]:
    read(f)
