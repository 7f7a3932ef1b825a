#!/usr/bin/env python3
# agent_soak.py - load on an agent for some time, and whether anything was lost or grew meanwhile (t/agent_soak.bats).
#
#	agent_soak.py SECONDS PID NETCAT HTTP
#
# In the current directory: a.conf, the agent's file, of which each `batchSize = N` of a sink is changed before a reload;
# log/, a directory that taildir reads; out/NAME/, where the flows end: file_roll with an interval of a second. Bodies are
# a letter and a number: n by netcat, h by http, l by a log; k is n once more, by a topic. Other bodies are of clients that
# misbehave, and count for nothing. The last line says what was seen; the status is 1 with a reason when a number is not
# there exactly once, when memory or descriptors grew, or memory was more than 32 MiB at any time.
import collections, http.client, json, os, random, re, signal, socket, struct, subprocess, sys, threading, time

seconds, pid, netcat, web = (int(a) for a in sys.argv[1:])
start = time.monotonic()
stop = threading.Event()
sent = collections.Counter()		# letter: numbers 0 ... that were acknowledged
seen = collections.defaultdict(bytearray)
failed = []


def until_stop(step, pause):
    def run():
        try:
            while not stop.is_set():
                step()
                stop.wait(pause)
        except Exception as e:
            failed.append("%s: %r" % (step.__name__, e))
            stop.set()
    t = threading.Thread(target=run)
    t.start()
    return t


def connect():
    s = socket.socket()
    s.settimeout(30)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # else no test may listen there for a minute
    s.connect(("127.0.0.1", netcat))
    return s


class Lines:
    """Lines answered one by one, on a connection that is a new one now and then."""
    lock = threading.Lock()

    def __init__(self):
        self.left = 0

    def step(self):
        if self.left == 0:
            self.s = connect()
            self.answers = self.s.makefile("rb")
            self.left = random.randrange(1, 200)
        with Lines.lock:
            first = sent["n"]
            sent["n"] += 100
        todo = list(range(first, first + 100))
        while todo:
            self.s.sendall(b"".join(b"n%d\n" % i for i in todo))
            todo = [i for i in todo if self.answers.readline() != b"OK\n"]
        self.left -= 1
        if self.left == 0:
            self.close()

    def close(self):
        self.left = 0
        self.answers.close()
        self.s.close()


odd = []


def misbehave():
    """Half a line and silence, a reset, answers that are not read."""
    s = connect()
    s.sendall(random.choice((b"half a li", b"x\n", b"x\n" * 1000, b"y" * 1000, b"\n\xff\n")))
    odd.append(s)
    if len(odd) > 40:
        s = odd.pop(random.randrange(len(odd)))
        if random.random() < 0.5:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        s.close()


poster = None


def post():
    global poster
    if poster is None:
        poster = http.client.HTTPConnection("127.0.0.1", web, timeout=30)
    first = sent["h"]
    poster.request("POST", "/", json.dumps([{"body": "h%d" % i} for i in range(first, first + 50)]))
    status = poster.getresponse()
    status.read()
    if status.status == 200:
        sent["h"] += 50
    elif status.status != 503:
        raise Exception("answered %d" % status.status)
    if random.random() < 0.02:
        poster.close()
        poster = None


log = open("log/app.log", "ab", 0)
old = []


def write_log():
    global log
    first = sent["l"]
    log.write(b"".join(b"l%d\n" % i for i in range(first, first + 100)))
    sent["l"] += 100
    if sent["l"] % 10000 == 0:
        old.append("log/app.log.%d" % sent["l"])
        os.rename("log/app.log", old[-1])
        log.close()
        log = open("log/app.log", "ab", 0)
        if len(old) > 4 and len(seen["l"]) > sent["l"] - 20000:
            os.unlink(old.pop(0))


reloads = 0


def reload():
    global reloads
    reloads += 1
    text = re.sub(r"(sinks\..*batchSize = )\d+", lambda m: m[1] + str(random.randrange(50, 1000)), open("a.conf").read())
    with open("new.conf", "w") as f:
        f.write(text)
    os.rename("new.conf", "a.conf")
    os.kill(pid, signal.SIGHUP)


def retain():
    subprocess.run(["plog-retain"], check=True)


def note(letter, body):
    m = re.fullmatch(rb"[nhl](\d+)", body)
    if m is None:
        return
    at, i = seen[letter], int(m[1])
    if i >= len(at):
        at.extend(bytes(i + 1 - len(at)))
    at[i] = min(at[i] + 1, 255)


def collect():
    """What is in the files that are whole, all but the newest; they go."""
    for letter in "nhlk":
        names = sorted(os.listdir("out/" + letter), key=lambda n: [int(x) for x in n.split("-")])
        for name in names[:-1]:
            path = "out/%s/%s" % (letter, name)
            with open(path, "rb") as f:
                for line in f:
                    note(letter, line.rstrip(b"\n"))
            os.unlink(path)


sizes = []		# time, KiB resident, descriptors


def measure():
    status = open("/proc/%d/status" % pid).read()
    sizes.append((time.monotonic() - start, int(re.search(r"VmRSS:\s*(\d+)", status)[1]), len(os.listdir("/proc/%d/fd" % pid))))


def lacking():
    """By letter: how many are not there, how many more than once; none is right."""
    odd = {}
    for c, n in dict(sent, k=sent["n"]).items():
        none, once = max(n - len(seen[c]), 0) + seen[c].count(0), seen[c].count(1)
        if none > 0 or once != len(seen[c]):
            odd[c] = "%d missing, %d more than once" % (none, len(seen[c]) - seen[c].count(0) - once)
    return odd


def settle(what, limit):
    late = time.monotonic() + limit
    while not failed and not what() and time.monotonic() < late:
        collect()
        time.sleep(0.1)


# Once round, so that all is open that will be.
clients = [Lines() for _ in range(4)]
for step in [clients[0].step, post, write_log]:
    step()
clients[0].close()
poster.close()
poster = None
settle(lambda: not lacking(), 30)
measure()
start = time.monotonic()
threads = [until_stop(c.step, 0.02) for c in clients]
threads += [until_stop(misbehave, 0.05), until_stop(post, 0.02), until_stop(write_log, 0.02), until_stop(retain, 10),
            until_stop(reload, 0.5 if seconds < 60 else 5), until_stop(collect, 0.3), until_stop(measure, 0.1 if seconds < 60 else 1)]
stop.wait(seconds)
stop.set()
for t in threads:
    t.join()
for c in clients:
    if c.left > 0:
        c.close()
for s in odd:
    s.close()
if poster is not None:
    poster.close()
settle(lambda: not lacking(), 30)
if lacking():
    failed.append("of %s: %s" % (dict(sent), lacking()))
measure()
first = sizes[0]
settle(lambda: measure() or sizes[-1][2] <= first[2], 10)		# what is idle is closed in its time
last = sizes[-1]
most = [max(kib for at, kib, _ in sizes if seconds * i / 3 <= at <= seconds * (i + 1) / 3) for i in range(3)]
print("%d s, %s events, %d reloads; KiB resident: at most %s in the thirds of the time; descriptors: %d before, at most %d, %d at the end" % (
    seconds, format(sum(sent.values()) + sent["n"], ","), reloads, most, first[2], max(n for _, _, n in sizes), last[2]))
if max(most) > 32768:
    failed.append("more than 32 MiB")
if seconds >= 60 and most[2] > most[1] + 1024:
    failed.append("memory grows")
if last[2] > first[2] + 1:
    failed.append("descriptors grow")
sys.exit("; ".join(failed) if failed else 0)
