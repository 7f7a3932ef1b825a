#!/usr/bin/env python3
"""posts.py FILE >port: takes POSTs; each is a line of FILE: status, Content-Type, Accept, body.

The status of an answer is the first line of FILE.status, which is taken out; 200 when there is none. "drop" closes the connection.
"""
import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

name = sys.argv[1]
log = open(name, "a", buffering=1)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status = "200"
        if os.path.exists(name + ".status"):
            lines = open(name + ".status").read().splitlines()
            if lines:
                status = lines.pop(0)
                with open(name + ".status", "w") as f:
                    f.write("".join(x + "\n" for x in lines))
        log.write("%s %s %s %s\n" % (status, self.headers["Content-Type"], self.headers["Accept"], body.decode()))
        if status == "drop":
            self.close_connection = True
            return
        self.send_response(int(status))
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")


server = HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
