#!/usr/bin/env python3
# agent_latency.py - how soon plog-agent does something, in microseconds (t/agent_speed.bats, t/bench/agent.bash).
#
#	agent_latency.py ready N	N times: from the start of the process to the first OK of its netcat source
#	agent_latency.py event N	N events, one each 5 ms: from the send to the line of its logger sink
#
# In the current directory: a.conf, agent a with a netcat source r at $PORT of loopback; for `event` a logger sink. Prints
# the least, the middle and the 99th percentile.
import os, signal, socket, subprocess, sys, time

what, n = sys.argv[1], int(sys.argv[2])
port = int(os.environ["PORT"])


def agent(err):
    return subprocess.Popen(["plog-agent", "-f", "a.conf", "-n", "a"], stdin=subprocess.DEVNULL, stderr=err)


def connect(end):
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), 10)
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise


def ended(p):
    p.send_signal(signal.SIGTERM)
    if p.wait(20) != 0:
        sys.exit("the agent ended with status %d" % p.returncode)


def ready():
    with open("agent.log", "ab") as log:
        start = time.monotonic()
        p = agent(log)
        s = connect(start + 10)
        s.sendall(b"x\n")
        assert s.recv(9) == b"OK\n"
        took = time.monotonic() - start
    s.close()
    ended(p)
    return took


def events():
    p = agent(subprocess.PIPE)
    s = connect(time.monotonic() + 10)
    text, took = b"", []
    for i in range(n):
        time.sleep(0.005)
        start = time.monotonic()
        s.sendall(b"e%06d.\n" % i)
        while text.find(b"e%06d. }" % i) == -1:
            text = text[-100:] + os.read(p.stderr.fileno(), 65536)
        took.append(time.monotonic() - start)
        assert s.recv(9) == b"OK\n"
    s.close()
    p.stderr.close()
    ended(p)
    return took


took = sorted(int(t * 1000000) for t in (events() if what == "event" else [ready() for _ in range(n)]))
print(took[0], took[len(took) // 2], took[len(took) * 99 // 100])
