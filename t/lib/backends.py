"""Instances for tests of the gateway: they say who they are, and fail, wait or
close as they are told.
"""

import contextlib
import http.server
import json
import socket
import socketserver
import threading
import time


class Backend(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    wbufsize = 65536

    def answer(self):
        server = self.server
        server.active += 1
        server.most = max(server.most, server.active)
        try:
            self.reply(server)
        finally:
            server.active -= 1

    def reply(self, server):
        length = int(self.headers.get('Content-Length') or 0)
        body = self.rfile.read(length)
        server.seen.append((time.monotonic(), self.command, self.path,
                            dict(self.headers), body))
        time.sleep(float(self.headers.get('X-Sleep') or server.sleep))
        status = server.status
        if server.close > 0:
            server.close -= 1
            self.close_connection = True
            return
        if server.fail > 0:
            server.fail -= 1
            status = 503
        if self.path.endswith('/headers'):
            body = json.dumps(dict(self.headers)).encode()
        elif self.command == 'GET':
            body = server.name.encode()
        self.send_response(status)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = answer

    def log_message(self, *args):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """sleep: seconds before each answer; status: of answers; fail, close: so
    many of the next requests are answered 503, or not at all."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128
    sleep, status, active, most, fail, close = 0, 200, 0, 0, 0, 0

    def handle_error(self, *args):
        pass


def backend(port, name):
    server = Server(('127.0.0.1', port), Backend)
    server.name, server.seen = name, []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def listen(port, serve):
    """serve(conn) in a thread for each connection, closed behind it."""

    listener = socket.create_server(('127.0.0.1', port), backlog=64)

    def one(conn):
        with conn, contextlib.suppress(OSError):
            serve(conn)

    def loop():
        while True:
            conn = listener.accept()[0]
            threading.Thread(target=one, args=(conn,), daemon=True).start()

    threading.Thread(target=loop, daemon=True).start()
