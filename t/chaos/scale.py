#!/usr/bin/env python3
"""A service that grows and shrinks, and instances that die, under load.

    scale.py [SECONDS]

A service goes from one instance to 200 and to three; then instances are ended
by SIGKILL, one every three seconds (in a short run every second), and others
are started in their place.  What is dead stays in the registry until its
lease ends.  Meanwhile clients send requests that may be repeated, GET and PUT
with a body.  What must hold:

  - none of them fails;
  - in the end every instance that lives is asked.
"""

import http.client
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                '../lib'))

from rtalpha import (Checks, Failed, Nginx, System, free_ports,  # noqa: E402
                     get, request, wait)

SECONDS = int(sys.argv[1]) if len(sys.argv) > 1 \
    else int(os.environ.get('TEST_SECONDS', 8))
EVERY = 3 if SECONDS > 20 else 1
MANY, CLIENTS, ALIVE = 200, 4, 6
LOST = (OSError, http.client.HTTPException)

# an instance in a process of its own: answers with its port and the body
INSTANCE = '''
import os, socket, sys, threading
listener = socket.create_server(('127.0.0.1', int(sys.argv[1])), backlog=128)
def serve(conn):
    data = b''
    while True:
        while b'\\r\\n\\r\\n' not in data:
            part = conn.recv(65536)
            if not part:
                return
            data += part
        head, _, data = data.partition(b'\\r\\n\\r\\n')
        length = 0
        for line in head.lower().split(b'\\r\\n'):
            if line.startswith(b'content-length:'):
                length = int(line.split(b':')[1])
        while len(data) < length:
            data += conn.recv(65536)
        body, data = data[:length], data[length:]
        body = sys.argv[1].encode() + b' ' + body
        conn.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n'
                     % len(body) + body)
def one(conn):
    try:
        serve(conn)
    except OSError:
        pass
    conn.close()
while True:
    threading.Thread(target=one, args=(listener.accept()[0],),
                     daemon=True).start()
'''


class Client(threading.Thread):
    def __init__(self, test, number):
        super().__init__(daemon=True)
        self.test, self.answered, self.failed = test, 0, []
        self.method = 'PUT' if number % 2 else 'GET'
        self.start()

    def run(self):
        conn = http.client.HTTPConnection('127.0.0.1',
                                          self.test.system.gateway,
                                          timeout=30)
        body = b'some body' if self.method == 'PUT' else None
        while not self.test.over.is_set():
            try:
                conn.request(self.method, self.test.path, body)
                answer = conn.getresponse()
                text = answer.read()
                if answer.status != 200 or (body and body not in text):
                    self.failed.append((answer.status, text[:200]))
                self.answered += 1
            except LOST as e:
                self.failed.append(repr(e))
                conn.close()


class Scale:
    def __init__(self):
        self.checks, self.over = Checks(), threading.Event()
        self.random = random.Random(2)
        self.ports = free_ports(MANY)
        self.backend = Nginx(''.join(
            f'server {{ listen 127.0.0.1:{port}; '
            f'location / {{ return 200 "{port} some body"; }} }}\n'
            for port in self.ports), workers=1)
        self.system = System({'api-gateway.yml':
                              'zuul:\n  routes:\n    svc: /svc/**\n'
                              '    frail: /frail/**\n'
                              'ribbon.ReadTimeout: 20000\n'})
        self.path, self.alive, self.kills = '/svc/x', {}, 0

    def clients(self):
        self.over.clear()
        return [Client(self, i) for i in range(CLIENTS)]

    def settle(self, clients, what):
        self.over.set()
        for client in clients:
            client.join(40)
        failed = [f for client in clients for f in client.failed]
        number = sum(client.answered for client in clients)
        self.checks.equal((len(failed), failed[:3]), (0, []),
                          f'{what}: of {number} requests none fails')
        return number

    def asked(self, app, n):
        return {get(self.system.gateway, f'/{app}/x').text().split()[0]
                for _ in range(n)}

    def scale(self):
        """1, 200, 3."""

        check, system = self.checks, self.system
        system.register('svc', self.ports[0], 'svc-0')
        wait(lambda: get(system.gateway, '/svc/x').status == 200, 'one')
        clients = self.clients()
        for i in range(1, MANY):
            if system.register('svc', self.ports[i], f'svc-{i}') != 204:
                check.ok(False, f'svc-{i} registers')
        seen = set()
        check.comes(lambda: seen.update(self.asked('svc', MANY))
                    or len(seen) == MANY, f'all {MANY} are asked', 60)
        for i in range(3, MANY):
            request(system.registry, 'DELETE', f'/eureka/apps/SVC/svc-{i}')
        check.comes(lambda: self.asked('svc', 30)
                    == {str(port) for port in self.ports[:3]},
                    'three are left', 30)
        print(f'1, {MANY}, 3: {self.settle(clients, "scaling")} requests')

    def begin(self):
        """One more instance."""

        port = free_ports(1)[0]
        process = subprocess.Popen([sys.executable, '-c', INSTANCE,
                                    str(port)])
        self.alive[port] = process

        def listens():
            socket.create_connection(('127.0.0.1', port), 1).close()
            return True

        wait(listens, 'an instance starts', 20)
        self.system.register('frail', port, durationInSecs=8)

    def beats(self):
        while not self.ended.wait(2):
            for port in list(self.alive):
                try:
                    request(self.system.registry, 'PUT',
                            f'/eureka/apps/FRAIL/frail:{port}')
                except OSError:
                    pass

    def die(self):
        check = self.checks
        self.path, self.ended = '/frail/x', threading.Event()
        for _ in range(ALIVE):
            self.begin()
        wait(lambda: len(self.asked('frail', 4 * ALIVE)) == ALIVE,
             'all are asked')
        threading.Thread(target=self.beats, daemon=True).start()
        clients = self.clients()
        begin = time.monotonic()
        while time.monotonic() - begin < SECONDS:
            port = self.random.choice(list(self.alive))
            process = self.alive.pop(port)
            process.send_signal(signal.SIGKILL)
            process.wait()
            self.kills += 1
            self.begin()
            self.over.wait(EVERY)
        number = self.settle(clients, f'{self.kills} instances killed')
        check.comes(lambda: self.asked('frail', 8 * ALIVE)
                    == {str(port) for port in self.alive},
                    'those that live are asked, and nobody else', 60)
        self.ended.set()
        print(f'{self.kills} killed: {number} requests')

    def main(self):
        try:
            self.backend.start(self.ports[0])
            self.system.start()
            self.scale()
            self.die()
        except Failed as e:
            self.checks.ok(False, str(e))
        self.over.set()
        for process in self.alive.values():
            process.kill()
            process.wait()
        self.checks.clean(self.system.nginx)
        self.backend.stop()
        self.checks.done()


if __name__ == '__main__':
    sys.exit(Scale().main())
