"""An application with eight threads that reads a whole request body before it answers, as WSGI servers do."""

import json
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = f"user={self.headers.get('X-Forwarded-User', '')}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = answer

    def log_message(self, *_):
        pass


class Server(HTTPServer):
    request_queue_size = 1024
    threads = ThreadPoolExecutor(8)

    def process_request(self, request, client_address):
        self.threads.submit(self.work, request, client_address)

    def work(self, request, client_address):
        try:
            self.finish_request(request, client_address)
        except (OSError, ValueError):
            pass
        finally:
            self.shutdown_request(request)


server = Server(("127.0.0.1", 0), Handler)
print(json.dumps({"port": server.server_address[1]}), flush=True)
server.serve_forever()
