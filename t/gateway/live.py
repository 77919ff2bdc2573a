"""The gateway in one nginx with the other two roles: routes live from git,
instances from the registry, and what Test::Nginx cannot say: streams,
interim answers, WebSockets, bodies cut in two, connections reused.
"""

import http.server
import os
import socket
import socketserver
import sys
import threading
import time

from backends import listen
from rtalpha import Checks, System, free_ports, get, git_commit, request

ROUTES = '''zuul:
  routes:
    pms: /pms/**
    raw: {path: /raw/**, service-id: raw}
'''


class Backend(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def answer(self):
        length = int(self.headers.get('Content-Length') or 0)
        left = length
        while left:
            left -= len(self.rfile.read(min(left, 65536)))
        text = f'{self.server.name} {self.command} {self.path} {length}\n'
        body = text.encode()
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = answer

    def log_message(self, *args):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128


def backend(port, name):
    server = Server(('127.0.0.1', port), Backend)
    server.name = name
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def raw_backend(port):
    """Answers by hand: what is sent depends on the path."""

    def serve(conn):
        data = b''
        while b'\r\n\r\n' not in data:
            part = conn.recv(65536)
            if not part:
                return
            data += part
        path = data.split(b' ')[1]
        if path == b'/interim':
            conn.sendall(b'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'
                         b'HTTP/1.1 100 Continue\r\n\r\n'
                         b'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfinal')
        elif path == b'/events':
            conn.sendall(b'HTTP/1.1 200 OK\r\n'
                         b'Content-Type: text/event-stream\r\n\r\n'
                         b'data: one\n\n')
            time.sleep(3)
        elif path == b'/cut':
            conn.sendall(b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked'
                         b'\r\n\r\n5\r\nhello\r\n')
        elif path == b'/ws':
            assert b'\r\nupgrade: websocket\r\n' in data.lower()
            conn.sendall(b'HTTP/1.1 101 Switching Protocols\r\n'
                         b'Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
            while True:
                part = conn.recv(1024)
                if not part:
                    return
                conn.sendall(part)

    listen(port, serve)


def exchange(port, data, seconds=2, until=None):
    """What comes back for these bytes, until the end or a silence."""

    with socket.create_connection(('127.0.0.1', port), seconds) as sock:
        sock.sendall(data)
        got = b''
        sock.settimeout(seconds)
        try:
            while until is None or until not in got:
                part = sock.recv(65536)
                if not part:
                    break
                got += part
        except TimeoutError:
            pass
        return got


class Load(threading.Thread):
    """Requests one after the other; counts answers by status."""

    def __init__(self, port, path):
        super().__init__(daemon=True)
        self.port, self.path = port, path
        self.counts, self.going = {}, True
        self.start()

    def run(self):
        while self.going:
            try:
                status = get(self.port, self.path).status
            except OSError as e:
                status = repr(e)
            self.counts[status] = self.counts.get(status, 0) + 1

    def stop(self):
        self.going = False
        self.join(10)
        return self.counts


def routes_are_live(check, system):
    port = system.gateway

    check.equal(get(port, '/new/x').status, 404, 'no route yet')

    load = Load(port, '/pms/load')
    git_commit(system.repo, {'api-gateway.yml': ROUTES
                             + '    new: {path: /new/**, service-id: pms}\n'})
    check.comes(lambda: get(port, '/new/x').status == 200,
                'a committed route is served without a reload')

    # a tree with an error never replaces a good one
    git_commit(system.repo, {'api-gateway.yml':
                             'zuul.routes.bad.url: "http://:1"\n'})
    check.comes(lambda: 'not a URL' in system.nginx.log_text()
                or 'not a URL' in get(system.admin,
                                      '/_rtalpha/health').text(),
                'the error is told')
    check.equal(get(port, '/new/x').status, 200, 'the good routes stay')

    git_commit(system.repo, {'api-gateway.yml': ROUTES})
    check.comes(lambda: get(port, '/new/x').status == 404,
                'a route that is gone is gone')
    counts = load.stop()
    check.equal(set(counts), {200}, 'no request failed meanwhile')


def services_are_live(check, system, ports):
    port = system.gateway

    check.equal(system.register('pms', ports[1]), 204, 'a second instance')
    check.comes(lambda: {get(port, '/pms/a').text()[0] for _ in range(8)}
                == {'a', 'b'}, 'both are asked')

    names = [get(port, '/pms/a').text()[0] for _ in range(20)]
    check.ok(names.count('a') == 10, 'round robin is exact', names)

    # registered, but nobody listens: the other one answers
    check.equal(system.register('pms', ports[3]), 204, 'a dead instance')
    time.sleep(0.2)
    seen = [request(port, method, '/pms/a', body=body).status
            for method, body in (('GET', None), ('POST', b'x')) * 10]
    check.equal(set(seen), {200}, 'a refused connection is not seen')

    status = request(system.registry, 'DELETE',
                     f'/eureka/apps/PMS/pms:{ports[1]}').status
    check.equal(status, 200, 'the second one leaves')
    check.comes(lambda: {get(port, '/pms/a').text()[0] for _ in range(8)}
                == {'a'}, 'it is asked no more', 2)
    check.equal(get(port, '/PMS/a').status, 404, 'routes have a case')


def bytes_are_kept_apart(check, system):
    port = system.gateway
    inner = b'GET /pms/smuggled HTTP/1.1\r\nHost: x\r\n\r\n'

    for path in (b'/nothing', b'/nobody/x', b'/pms/a'):
        got = exchange(port, b'POST ' + path + b' HTTP/1.1\r\nHost: x\r\n'
                       b'Content-Length: %d\r\n\r\n' % len(inner) + inner
                       + b'GET /last HTTP/1.1\r\nHost: x\r\n'
                       b'Connection: close\r\n\r\n')
        check.ok(b'smuggled' not in got,
                 f'the body of {path} is no request', got)
        check.equal(got.count(b'HTTP/1.1 '), 2, f'two answers after {path}')

    got = exchange(port, b'POST /pms/a HTTP/1.1\r\nHost: x\r\n'
                   b'Transfer-Encoding: chunked\r\n\r\n'
                   b'5\r\nhello\r\n0\r\n\r\n'
                   b'GET /pms/b HTTP/1.1\r\nHost: x\r\n'
                   b'Connection: close\r\n\r\n')
    check.equal(got.count(b' 200 '), 2, 'a chunked body ends where it ends')

    got = exchange(port, b'GET /pms/a HTTP/1.1\r\nHost: x\r\n'
                   b'X-Fold: a\r\n b\r\nConnection: close\r\n\r\n')
    check.ok(b' 400 ' in got.split(b'\r\n')[0], 'folded lines are refused',
             got)

    got = exchange(port, b'GET /pms/old\r\n')
    check.ok(got and b'HTTP/1.1 5' not in got, 'HTTP/0.9 is answered', got)

    body = os.urandom(1024) * 20480
    answer = request(port, 'PUT', '/pms/big', body=body)
    check.ok(answer.status == 200 and answer.text().endswith(
        f'{len(body)}\n'), 'a body of 20 MB passes', answer.text())


def streams(check, system):
    port = system.gateway

    check.equal(get(port, '/raw/interim').text(), 'final',
                'interim answers are passed over')

    begun = time.monotonic()
    got = exchange(port, b'GET /raw/events HTTP/1.1\r\nHost: x\r\n\r\n',
                   until=b'data: one')
    check.ok(b'data: one' in got and time.monotonic() - begun < 2,
             'an event comes at once', got)

    got = exchange(port, b'GET /raw/cut HTTP/1.1\r\nHost: x\r\n\r\n')
    check.ok(b'hello' in got and not got.endswith(b'0\r\n\r\n'),
             'a cut body does not look whole', got)

    with socket.create_connection(('127.0.0.1', port), 5) as sock:
        sock.sendall(b'GET /raw/ws HTTP/1.1\r\nHost: x\r\n'
                     b'Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
        head = sock.recv(4096)
        check.ok(b' 101 ' in head, 'a WebSocket opens', head)
        git_commit(system.repo, {'api-gateway.yml': ROUTES
                                 + '    later: {path: /later/**, '
                                 'service-id: pms}\n'})
        check.comes(lambda: get(port, '/later/x').status == 200,
                    'routes change under it')
        sock.sendall(b'ping')
        check.equal(sock.recv(16), b'ping', 'and it goes on')


def counters_outlive_reloads(check, system):
    def names():
        return [line.rsplit(' ', 1)[0] for line in
                get(system.admin, '/_rtalpha/metrics').text().split('\n')
                if line.startswith('rtalpha_gateway_own_answers_total')]

    before = names()
    for _ in range(3):
        system.nginx.reload()
    check.ok(before, 'own answers are counted by reason')
    check.comes(lambda: names() == before, 'under the same names later')


def main():
    check = Checks()
    ports = free_ports(4)
    backend(ports[0], 'a')
    backend(ports[1], 'b')
    raw_backend(ports[2])

    system = System({'api-gateway.yml': ROUTES + '    nobody: /nobody/**\n'},
                    gateway='client_max_body_size 100m;').start()
    check.equal(system.register('pms', ports[0]), 204, 'an instance')
    check.equal(system.register('raw', ports[2]), 204, 'another service')
    check.comes(lambda: get(system.gateway, '/pms/a').status == 200,
                'a registered instance is asked')

    routes_are_live(check, system)
    services_are_live(check, system, ports)
    bytes_are_kept_apart(check, system)
    streams(check, system)
    counters_outlive_reloads(check, system)

    check.clean(system.nginx)
    check.done()


if __name__ == '__main__':
    sys.exit(main())
