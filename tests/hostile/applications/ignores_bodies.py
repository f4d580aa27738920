"""An application that ignores request bodies and keeps its connections: the bytes of a body are its next request (CL.0).

`/_seen` answers with how many requests it saw for /admin, and how many of these named a user that the body of a request forged.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

seen = {"admin": 0, "forged": 0, "requests": 0}
lock = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        user = self.headers.get("X-Forwarded-User", "")
        if self.path == "/_seen":
            body = json.dumps(seen).encode()
        else:
            with lock:
                seen["requests"] += 1
                if self.path.startswith("/admin"):
                    seen["admin"] += 1
                    seen["forged"] += user == "alice" and self.headers.get("X-Forged") == "yes"
            body = f"user={user} path={self.path}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_DELETE = do_OPTIONS = do_POST = do_PUT = do_PATCH = answer

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024

    def handle_error(self, *_):
        """A connection that the gateway resets is no fault of this application."""


server = Server(("127.0.0.1", 0), Handler)
print(json.dumps({"port": server.server_address[1]}), flush=True)
server.serve_forever()
