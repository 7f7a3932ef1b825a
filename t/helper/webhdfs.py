#!/usr/bin/env python3
"""A WebHDFS server for tests of what goes wrong: its files are in ROOT, what it is to do wrong stands in ROOT.faults.

    webhdfs.py ROOT >port

Prints its port. A line of ROOT.faults is "OP STEP ACTION"; the first one that fits a request is taken out and done. OP is
CREATE, APPEND ...; STEP is name (the NameNode's part) or data (the DataNode's). Each request is a line of ROOT.log.
"""
import json
import os
import socket
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

root = sys.argv[1]
lock = threading.Lock()
log = open(root + ".log", "a", buffering=1)

EXCEPTIONS = {
    "standby": (403, "StandbyException", "Operation category WRITE is not supported in state standby"),
    "safemode": (403, "SafeModeException", "Cannot create file. Name node is in safe mode.\nIt was turned on manually."),
    "held": (403, "AlreadyBeingCreatedException", "Failed to APPEND_FILE because this file lease is currently owned by DFSClient_1"),
    "recovery": (403, "RecoveryInProgressException", "lease recovery is in progress. Try again later."),
    "denied": (403, "AccessControlException", "Permission denied: user=u, access=WRITE\n\tat org.apache.hadoop.Secret"),
    "quota": (403, "DSQuotaExceededException", "The DiskSpace quota of /q is exceeded"),
    "nodatanode": (403, "IOException", "Failed to find datanode, suggest to check cluster health. excludeDatanodes=null"),
    "exists": (403, "FileAlreadyExistsException", "it already exists"),
    "error": (500, "RuntimeException", "something broke"),
}


def fault(op, step):
    with lock:
        try:
            lines = open(root + ".faults").read().splitlines()
        except FileNotFoundError:
            return None
        for i, line in enumerate(lines):
            words = line.split()
            if words[:2] == [op, step]:
                del lines[i]
                with open(root + ".faults.new", "w") as f:
                    f.write("".join(x + "\n" for x in lines))
                os.rename(root + ".faults.new", root + ".faults")
                return words[2]
        return None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, status, body=b"", **headers):
        if isinstance(body, dict):
            body = json.dumps(body).encode()
            headers["Content_Type"] = "application/json"
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def exception(self, what):
        status, name, message = EXCEPTIONS[what]
        self.answer(status, {"RemoteException": {"exception": name, "javaClassName": "x." + name, "message": message}})

    def wrong(self, what, where):
        """True when the request is answered by it."""
        if what in EXCEPTIONS:
            self.exception(what)
        elif what == "missing":
            self.answer(404, {"RemoteException": {"exception": "FileNotFoundException", "message": "File does not exist"}})
        elif what == "loop":
            self.answer(307, Location="http://%s%s&x=1" % (self.headers["Host"], self.path))
        elif what == "elsewhere":
            self.answer(307, Location="file:///etc/passwd")
        elif what == "nobody":
            with socket.socket() as s:
                s.bind(("127.0.0.1", 0))
                port = s.getsockname()[1]
            self.answer(307, Location="http://127.0.0.1:%d%s" % (port, self.path))
        elif what == "garbage":
            self.answer(200, b"<html>[[[[" * 100)
        elif what == "huge":
            self.answer(200, b"x" * (2 << 20))
        elif what == "drop":
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        else:
            return False
        return True

    def do(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        op = query.get("op", "?")
        data = url.path.startswith("/data/")
        path = urllib.parse.unquote(url.path[len("/data/" if data else "/webhdfs/v1/") :])
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        what = fault(op, "data" if data else "name")
        log.write("%s %s /%s user=%s %s\n" % (op, "data" if data else "name", path, query.get("user.name"), what or ""))
        file = os.path.join(root, path)
        if what in ("half", "all"):
            # the bytes are there, in part or all of them, but nobody says so
            with open(file, "ab") as f:
                f.write(body if what == "all" else body[: len(body) // 2])
            what = "drop"
        if what and self.wrong(what, path):
            return
        if op in ("CREATE", "APPEND") and not data:
            self.answer(307, Location="http://%s/data/%s?%s" % (self.headers["Host"], urllib.parse.quote(path), url.query))
        elif op == "CREATE":
            if os.path.exists(file):
                self.exception("exists")
                return
            os.makedirs(os.path.dirname(file), exist_ok=True)
            with open(file, "wb") as f:
                f.write(body)
            self.answer(201, Location="hdfs://x/" + path)
        elif not os.path.exists(file) and op not in ("DELETE", "RENAME"):
            self.wrong("missing", path)
        elif op == "APPEND":
            with open(file, "ab") as f:
                f.write(body)
            self.answer(200)
        elif op == "RENAME":
            to = root + query["destination"]
            done = os.path.exists(file) and not os.path.exists(to)
            if done:
                os.rename(file, to)
            self.answer(200, {"boolean": done})
        elif op == "DELETE":
            there = os.path.exists(file)
            if there:
                os.unlink(file)
            self.answer(200, {"boolean": there})
        elif op == "TRUNCATE":
            os.truncate(file, int(query["newlength"]))
            self.answer(200, {"boolean": True})
        elif op == "GETFILESTATUS":
            self.answer(200, {"FileStatus": {"length": os.path.getsize(file), "type": "FILE", "pathSuffix": ""}})
        else:
            self.answer(400, {"RemoteException": {"exception": "IllegalArgumentException", "message": "op " + op}})

    do_GET = do_PUT = do_POST = do_DELETE = do


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(server.server_port, flush=True)
server.serve_forever()
