#!/usr/bin/env python3
"""slowly.py COUNT BATCH SECONDS: the numbers from 1 to COUNT, BATCH of them at a time, SECONDS between."""
import sys
import time

count, batch, pause = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
for start in range(1, count + 1, batch):
    sys.stdout.write("".join("%d\n" % i for i in range(start, min(start + batch, count + 1))))
    sys.stdout.flush()
    time.sleep(pause)
