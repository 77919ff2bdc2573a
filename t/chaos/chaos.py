#!/usr/bin/env python3
"""Reloads and workers killed by SIGKILL, under load.

    chaos.py [SECONDS]

Clients with kept connections send requests through the gateway, instances
send heartbeats, and services come and go, while every second a reload or a
SIGKILL of a worker is sent.  What must hold:

  - no request through the gateway fails: each is answered 200;
  - no registration is lost: an instance that was answered 204 is listed by
    every worker from then on, and no heartbeat is answered 404.

A request that is inside a worker when the worker is killed cannot be
answered, so it is counted apart ("cut").  To count honestly each connection
first asks which worker it is at: only a connection that breaks at a worker
that was killed here is "cut"; there can be no more of them than clients times
kills.  One that a reload closes between two requests is "closed", and the
request, sent again on a new connection, must be answered.  Everything else
that is not 200 has failed.
"""

import http.client
import os
import random
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                '../lib'))

from rtalpha import (Checks, Failed, Nginx, System, free_ports,  # noqa: E402
                     get, request, wait)

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 20
CLIENTS, INSTANCES, BACKENDS = 8, 60, 3
LOST = (OSError, http.client.HTTPException)


class Client(threading.Thread):
    """Requests through the gateway, one after the other."""

    def __init__(self, chaos):
        super().__init__(daemon=True)
        self.chaos, self.conn, self.worker = chaos, None, None
        self.answered = self.cut = self.closed = self.connects = 0
        self.failed = []

    def connect(self):
        """A connection whose worker is known."""

        while not self.chaos.over.is_set():
            try:
                conn = http.client.HTTPConnection(
                    '127.0.0.1', self.chaos.system.gateway, timeout=10)
                conn.request('GET', '/which-worker')
                self.worker = int(conn.getresponse().read())
                if self.alive(conn):
                    self.conn = conn
                    self.connects += 1
                    return
            except LOST:
                pass

    def alive(self, conn):
        return conn.sock is not None

    def run(self):
        while not self.chaos.over.is_set():
            if self.conn is None:
                self.connect()
            else:
                self.ask()

    def ask(self):
        try:
            self.conn.request('GET', '/svc/hello')
            answer = self.conn.getresponse()
            answer.read()
        except LOST as e:
            self.lost(e)
            return

        if answer.status == 200:
            self.answered += 1
        else:
            self.failed.append(f'status {answer.status}')
        if not self.alive(self.conn):
            self.conn = None

    def lost(self, why):
        """The same request goes out again on the next connection."""

        self.conn = None
        if self.worker in self.chaos.killed:
            self.cut += 1
        elif self.worker in self.chaos.replaced and isinstance(
                why, (http.client.RemoteDisconnected, ConnectionError)):
            self.closed += 1
        else:
            self.failed.append(f'worker {self.worker}: {why!r}')


class Chaos:
    def __init__(self):
        self.checks, self.over = Checks(), threading.Event()
        self.killed, self.replaced = set(), set()
        self.kills = self.reloads = self.looks = self.beats = 0
        self.missing, self.lost_beats, self.lost_news = [], [], []
        self.news = 0
        self.clients = []
        self.random = random.Random(1)

        ports = free_ports(BACKENDS)
        self.backends = ports
        self.backend = Nginx(''.join(
            f'server {{ listen 127.0.0.1:{port}; '
            f'location / {{ return 200 "{port}"; }} }}\n'
            for port in ports), workers=1)
        self.system = System(
            {'api-gateway.yml': 'zuul:\n  routes:\n    svc: /svc/**\n'},
            gateway='location = /which-worker { return 200 $pid; }')

    def main(self):
        try:
            self.backend.start(self.backends[0])
            self.system.start()
            self.populate()
            self.storm()
        except Failed as e:
            self.checks.ok(False, str(e))
        self.over.set()
        self.end()

    def populate(self):
        """Some instances live, each at one of the backends."""

        for i in range(INSTANCES):
            status = self.system.register(
                'svc', self.backends[i % BACKENDS], f'svc-{i}',
                durationInSecs=30)
            self.checks.equal(status, 204, f'svc-{i} registers')
        wait(lambda: get(self.system.gateway, '/svc/hello').status == 200,
             'the gateway knows the service')

    def storm(self):
        self.clients = [Client(self) for _ in range(CLIENTS)]
        helpers = [threading.Thread(target=f, daemon=True)
                   for f in (self.heartbeats, self.watch, self.newcomers)]
        for thread in self.clients + helpers:
            thread.start()

        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            self.over.wait(0.5)
            self.reload()
            self.over.wait(0.5)
            self.kill()
        self.over.set()
        for thread in self.clients + helpers:
            thread.join(20)

    def reload(self):
        self.replaced.update(self.system.nginx.workers())
        self.system.nginx.reload()
        self.reloads += 1

    def kill(self):
        """The master starts another one in its place."""

        pid = self.random.choice(self.system.nginx.workers())
        self.killed.add(pid)
        os.kill(pid, signal.SIGKILL)
        self.kills += 1
        wait(lambda: len(self.system.nginx.workers()) == 2
             and pid not in self.system.nginx.workers(), 'a new worker')

    def persist(self, method, path, body=None):
        """The status, however often a worker is killed on the way."""

        while True:
            try:
                return request(self.system.registry, method, path, body)
            except LOST:
                if self.over.is_set():
                    return None

    def heartbeats(self):
        while not self.over.is_set():
            for i in range(INSTANCES):
                answer = self.persist('PUT', f'/eureka/apps/SVC/svc-{i}')
                if answer is None:
                    return
                self.beats += 1
                if answer.status != 200:
                    self.lost_beats.append((i, answer.status))
            self.over.wait(1)

    def watch(self):
        while not self.over.is_set():
            try:
                seen = len(self.system.apps().get('SVC', {}))
            except LOST + (ValueError, KeyError):
                continue
            self.looks += 1
            if seen != INSTANCES:
                self.missing.append(seen)
            self.over.wait(0.02)

    def newcomers(self):
        """What was answered 204 is there for whoever asks next."""

        while not self.over.is_set():
            path = f'/eureka/apps/NEWS/news-{self.news}'
            answer = self.persist('POST', '/eureka/apps/NEWS',
                                  self.system.instance(
                                      'news', 1, f'news-{self.news}'))
            if answer is None:
                return
            seen = self.persist('GET', path)
            if answer.status != 204 or seen and seen.status != 200:
                self.lost_news.append((self.news, answer.status,
                                       seen and seen.status))
            self.news += 1
            self.over.wait(0.02)

    def end(self):
        total = {name: sum(getattr(c, name) for c in self.clients)
                 for name in ('answered', 'cut', 'closed', 'connects')}
        failed = [f for c in self.clients for f in c.failed]

        try:
            listed = self.system.apps()
            self.checks.equal(len(listed.get('SVC', {})), INSTANCES,
                              'instances listed at the end')
            self.checks.equal(len(listed.get('NEWS', {})), self.news,
                              'newcomers listed at the end')
        except LOST + (ValueError, KeyError) as e:
            self.checks.ok(False, f'the registry answers at the end: {e!r}')

        print(f'{self.reloads} reloads, {self.kills} kills: '
              f'{total["answered"]} requests answered, {len(failed)} failed, '
              f'{total["cut"]} cut by a kill, {total["closed"]} closed by a '
              f'reload and sent again; {self.beats} heartbeats, '
              f'{len(self.lost_beats)} lost; {self.news} registrations, '
              f'{len(self.lost_news)} lost; {self.looks} looks, '
              f'{len(self.missing)} incomplete')
        self.judge(total, failed)
        self.log()
        self.checks.done()

    def judge(self, total, failed):
        self.checks.ok(total['answered'] > 100 and self.kills > 1
                       and self.reloads > 1, 'there was load and chaos')
        self.checks.ok(not failed, 'no request failed', failed[:5])
        self.checks.ok(total['cut'] <= CLIENTS * self.kills,
                       'no more cut than can have been in the killed worker',
                       total['cut'])
        self.checks.ok(self.beats and not self.lost_beats,
                       'no heartbeat is refused', self.lost_beats[:5])
        self.checks.ok(self.looks and not self.missing,
                       'no look finds an instance missing', self.missing[:5])
        self.checks.ok(self.news and not self.lost_news,
                       'no registration is lost', self.lost_news[:5])

    def log(self):
        """Of bad lines only those that tell of our own kills."""

        bad = [line for line in self.system.nginx.stop()
               if 'exited on signal 9' not in line]
        self.checks.ok(not bad, 'nothing else bad in the error log', bad[:5])
        self.checks.clean(self.backend)


if __name__ == '__main__':
    Chaos().main()
