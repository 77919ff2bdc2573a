#!/usr/bin/env python3
"""Routes replaced under load.

    replace.py [SECONDS [ROUTES [SOCKETS]]]

Once a second the whole tree is another one: all routes but two have new
paths.  Meanwhile clients send requests through a route that is in every tree,
and WebSockets stay open and are used now and then.  What must hold:

  - no request fails: each is answered 200 by the service;
  - no WebSocket is closed, and each echoes what it is sent;
  - the workers' memory does not grow from tree to tree;
  - trees are put in place as they come: the newest is in use at the end.

The CPU time that nginx takes for a request, with changes and without, is
printed, not judged: it is the machine's as much as ours.
"""

import http.client
import os
import selectors
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                '../lib'))

from rtalpha import (Checks, Failed, Nginx, folder, free_ports,  # noqa: E402
                     get, wait, write, ROOT)

ARGS = [int(arg) for arg in sys.argv[1:]]
SECONDS = ARGS[0] if ARGS else int(os.environ.get('TEST_SECONDS', 8))
ROUTES = ARGS[1] if len(ARGS) > 1 else (10000 if SECONDS > 20 else 2000)
SOCKETS = ARGS[2] if len(ARGS) > 2 else (1000 if SECONDS > 20 else 200)
CLIENTS = 4
LOST = (OSError, http.client.HTTPException)


class Echo(threading.Thread):
    """The WebSockets' server: a 101, then what it gets."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.selector = selectors.DefaultSelector()
        self.listener = socket.create_server(('127.0.0.1', port), backlog=512)
        self.listener.setblocking(False)
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.fresh = set()
        self.start()

    def run(self):
        while True:
            for key, _ in self.selector.select():
                if key.fileobj is self.listener:
                    conn = self.listener.accept()[0]
                    self.fresh.add(conn)
                    self.selector.register(conn, selectors.EVENT_READ)
                    continue
                self.serve(key.fileobj)

    def serve(self, conn):
        try:
            data = conn.recv(65536)
            if data and conn in self.fresh:
                self.fresh.discard(conn)
                data = (b'HTTP/1.1 101 Switching Protocols\r\n'
                        b'Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
            if data:
                conn.sendall(data)
                return
        except OSError:
            pass
        self.selector.unregister(conn)
        conn.close()


class Client(threading.Thread):
    def __init__(self, test):
        super().__init__(daemon=True)
        self.test, self.answered, self.failed = test, 0, []
        self.start()

    def run(self):
        conn = http.client.HTTPConnection('127.0.0.1', self.test.port,
                                          timeout=30)
        while not self.test.over.is_set():
            try:
                conn.request('GET', '/svc/hello')
                answer = conn.getresponse()
                answer.read()
                if answer.status == 200:
                    self.answered += 1
                else:
                    self.failed.append(answer.status)
            except LOST as e:
                self.failed.append(repr(e))
                conn.close()


class Replace:
    def __init__(self):
        self.checks, self.over = Checks(), threading.Event()
        self.backend_port, self.echo_port, self.port, self.admin = \
            free_ports(4)
        self.dir = folder('replace')
        self.routes = os.path.join(self.dir, 'routes.properties')
        self.generation = 0
        self.replace()
        self.backend = Nginx(
            f'server {{ listen 127.0.0.1:{self.backend_port}; '
            'keepalive_requests 10000000; '
            'location / { return 200 "ok"; } }', workers=1)
        conf = os.path.join(ROOT, 'conf')
        self.nginx = Nginx(f'''
    rtalpha_zone 256m;
    rtalpha_state {self.dir}/state;
    include {conf}/rtalpha_http.conf;
    keepalive_requests 10000000;
    server {{
        listen 127.0.0.1:{self.port} backlog=1024;
        include {conf}/rtalpha_server.conf;
        location / {{ rtalpha_gateway settings=file:{self.routes}; }}
    }}
    server {{
        listen 127.0.0.1:{self.admin};
        location / {{ rtalpha_admin; }}
    }}
''')
        self.sockets = []

    def replace(self):
        """Written beside and moved: nobody sees half of a tree."""

        self.generation += 1
        g = self.generation
        lines = ['zuul.ignored-services=*',
                 f'svc.ribbon.listOfServers=127.0.0.1:{self.backend_port}',
                 f'ws.ribbon.listOfServers=127.0.0.1:{self.echo_port}',
                 'ribbon.ReadTimeout=30000',
                 'zuul.routes.svc=/svc/**', 'zuul.routes.ws=/ws/**']
        lines += [f'zuul.routes.r{i}.path=/g{g}/r{i}/**\n'
                  f'zuul.routes.r{i}.service-id=svc' for i in range(ROUTES)]
        write(self.routes + '.new', '\n'.join(lines) + '\n')
        os.rename(self.routes + '.new', self.routes)

    def current(self):
        """Is the newest tree in use, in every worker."""

        return all(get(self.port, f'/g{self.generation}/r1/x').status == 200
                   for _ in range(8))

    def connect(self):
        for i in range(SOCKETS):
            sock = socket.create_connection(('127.0.0.1', self.port), 10)
            sock.sendall(b'GET /ws/x HTTP/1.1\r\nHost: x\r\n'
                         b'Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
            got = b''
            while b'\r\n\r\n' not in got:
                part = sock.recv(4096)
                if not part:
                    raise Failed(f'WebSocket {i} is closed: {got!r}')
                got += part
            if not got.startswith(b'HTTP/1.1 101'):
                raise Failed(f'WebSocket {i}: {got!r}')
            self.sockets.append(sock)

    def echoes(self):
        """Sockets that give back what they are sent."""

        good = 0
        for sock in self.sockets:
            try:
                sock.sendall(b'ping')
                good += (sock.recv(4) == b'ping')
            except OSError:
                pass
        return good

    def cpu(self):
        """Seconds of all workers."""

        ticks = 0
        for pid in self.nginx.workers():
            with open(f'/proc/{pid}/stat', encoding='ascii') as f:
                fields = f.read().rsplit(')', 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf('SC_CLK_TCK')

    def memory(self):
        """KB of the largest worker, without what is shared."""

        most = 0
        for pid in self.nginx.workers():
            with open(f'/proc/{pid}/status', encoding='ascii') as f:
                for line in f:
                    if line.startswith('RssAnon'):
                        most = max(most, int(line.split()[1]))
        return most

    def load(self, seconds, changing):
        """Clients for some seconds; gives requests and CPU seconds."""

        self.over.clear()
        clients = [Client(self) for _ in range(CLIENTS)]
        begin, used, memory = time.monotonic(), self.cpu(), []
        while time.monotonic() - begin < seconds:
            if changing:
                self.replace()
                memory.append(self.memory())
            self.over.wait(max(0, 1 - (time.monotonic() - begin) % 1))
        used = self.cpu() - used
        self.over.set()
        for client in clients:
            client.join(40)
        failed = [what for client in clients for what in client.failed]
        self.checks.equal(failed[:5], [], 'no request fails')
        return sum(client.answered for client in clients), used, memory

    def main(self):
        check = self.checks
        echo = Echo(self.echo_port)
        try:
            self.backend.start(self.backend_port)
            self.nginx.start(self.port)
            wait(lambda: get(self.admin, '/_rtalpha/health').status == 200,
                 'it is ready', 30)
            self.connect()
            check.equal(self.echoes(), SOCKETS, 'WebSockets are open')

            calm, calm_cpu, _ = self.load(max(3, SECONDS / 4), False)
            number, cpu, memory = self.load(SECONDS, True)

            check.comes(self.current, 'the newest tree is in use', 60)
            check.equal(self.echoes(), SOCKETS, 'WebSockets are still open')
            third = len(memory) // 3
            early, late = max(memory[:third * 2]), max(memory[third * 2:])
            check.ok(late < early * 1.25 + 4096, 'memory does not grow',
                     memory)
            print(f'{self.generation} trees of {ROUTES} routes, {number} '
                  f'requests, {SOCKETS} WebSockets; CPU a request '
                  f'{cpu / max(number, 1) * 1e6:.0f} us with changes, '
                  f'{calm_cpu / max(calm, 1) * 1e6:.0f} without; '
                  f'memory {early} KB, then {late}')
        except Failed as e:
            check.ok(False, str(e))
        self.over.set()
        for sock in self.sockets:
            sock.close()
        check.ok(echo.is_alive(), 'the echo server lives')
        check.clean(self.nginx)
        self.backend.stop()
        check.done()


if __name__ == '__main__':
    sys.exit(Replace().main())
