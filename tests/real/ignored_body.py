"""An application as many are: it keeps connections open, believes a header about the user, and never reads a body."""

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Application(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        user = self.headers.get("X-Forwarded-User", "none")
        print(f"{self.command} {self.path} {user}", flush=True)
        body = f"{self.path} {user}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_DELETE = do_OPTIONS = do_POST = do_PUT = do_PATCH = answer

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Application).serve_forever()
