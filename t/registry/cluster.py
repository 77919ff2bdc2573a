#!/usr/bin/env python3
"""Three registries that share what they know over one real Redis.

t/registry/cluster.py [--full]: with --full also Sentinel, a Redis Cluster of
six processes, and more rounds.
"""

import json
import os
import signal
import socket
import statistics
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                '../core'))

from persist import Registry                                  # noqa: E402
from redis import Redis, Sentinel, cluster_ports              # noqa: E402
from rtalpha import Checks, folder, free_ports, get, request, \
    wait                                                      # noqa: E402

# where the machine is loaded; what is asked of an idle one stands beside it
SOON = 5


class Proxy:
    """The way to Redis of one node, which can be cut: bytes go nowhere, and
    nobody is told."""

    def __init__(self, to):
        self.to = to
        self.cut = False
        self.pairs = []
        self.sock = socket.socket()
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.port = free_ports(1)[0]
        self.sock.bind(('127.0.0.1', self.port))
        self.sock.listen(64)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            near, _ = self.sock.accept()
            if self.cut:
                self.pairs.append((near,))
                continue
            try:
                far = socket.create_connection(('127.0.0.1', self.to), 2)
            except OSError:
                near.close()
                continue
            self.pairs.append((near, far))
            for a, b in ((near, far), (far, near)):
                threading.Thread(target=self.pump, args=(a, b),
                                 daemon=True).start()

    def pump(self, a, b):
        try:
            while True:
                data = a.recv(65536)
                if not data:
                    break
                if not self.cut:
                    b.sendall(data)
        except OSError:
            pass
        if not self.cut:
            for s in (a, b):
                try:
                    s.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def heal(self):
        """What was open while it was cut is not good any more."""

        self.cut = False
        for pair in self.pairs:
            for s in pair:
                try:
                    s.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
        self.pairs = []


class Node(Registry):
    def __init__(self, redis, settings='', workers=2):
        super().__init__('eureka.server.enable-self-preservation: false\n'
                         + settings)
        self.http = f'    rtalpha_redis "{redis}";\n' + self.http
        self.configure(self.http, workers=workers)

    def cluster(self):
        health = get(self.admin, '/_rtalpha/health').json()
        return health['roles']['registry']['cluster']

    def joined(self, nodes=None):
        c = self.cluster()
        return c['state'] == 'joined' and (nodes is None
                                           or c['nodes'] == nodes)

    def put(self, path):
        return request(self.port, 'PUT', f'/eureka/apps/{path}').status

    def delete(self, path):
        return request(self.port, 'DELETE', f'/eureka/apps/{path}').status

    def ids(self):
        return set(self.apps())

    def die(self):
        """At once: master and workers, as when the machine is gone."""

        pids = [self.pid, *self.workers()]
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self.process.stderr.close()
        self.stopped = True
        os.unlink(self.pidfile)


def lease(seconds):
    return {'durationInSecs': seconds, 'renewalIntervalInSecs': 1}


def seen(nodes, name, there=True, seconds=SOON):
    """How long until all nodes have it (or have it no more)."""

    began = time.monotonic()
    for node in nodes:
        wait(lambda node=node: (name in node.ids()) == there,
             f'{name} at all nodes', seconds, 0.002)
    return (time.monotonic() - began) * 1000


def same(nodes):
    """Do all nodes have the same instances in the same states?"""

    views = [{k: (i['status'], i['overriddenStatus'], i['metadata'],
                  i['lastDirtyTimestamp'], i['app'])
              for k, i in node.apps().items()} for node in nodes]
    return all(v == views[0] for v in views) and views[0]


def three(redis, settings='', **more):
    nodes = [Node(f'127.0.0.1:{p}' if isinstance(p, int) else p, settings,
                  **more) for p in redis]
    for node in nodes:
        node.begin()
    for node in nodes:
        wait(lambda node=node: node.joined(len(nodes)), 'joined', 20)
    return nodes


def check_writes(checks):
    """Every kind of write is seen everywhere."""

    redis = Redis()
    nodes = three([redis.port] * 3)
    a, b, c = nodes
    times = []

    for i in range(30):
        node = nodes[i % 3]
        checks.equal(node.register('SHOP', f's{i}'), 204, 'registered')
        times.append(seen(nodes, f's{i}'))

    print(f'a registration is seen by all after {statistics.median(times):.0f}'
          f' ms (median), {max(times):.0f} ms at most')
    checks.ok(statistics.median(times) < 1000, 'registrations', times)

    def status(node, name):
        i = node.apps()[name]
        return i['status'], i['overriddenStatus']

    a.put('SHOP/s1/status?value=OUT_OF_SERVICE')
    want = ('OUT_OF_SERVICE', 'OUT_OF_SERVICE')
    for node in nodes:
        checks.comes(lambda node=node: status(node, 's1') == want,
                     'an override', SOON)
    checks.equal(b.renew('SHOP', 's1'), 200, 'renewed elsewhere')
    checks.equal(c.register('SHOP', 's1'), 204, 'registered elsewhere')
    for node in nodes:
        checks.comes(lambda node=node: status(node, 's1') == want,
                     'it still counts', SOON)
    c.delete('SHOP/s1/status?value=UP')
    for node in nodes:
        checks.comes(lambda node=node: status(node, 's1')[0] == 'UP',
                     'its end', SOON)

    b.put('SHOP/s2/metadata?colour=blue')
    for node in nodes:
        checks.comes(lambda node=node: node.apps()['s2']['metadata']
                     .get('colour') == 'blue', 'metadata', SOON)

    for i in range(10):
        checks.equal(nodes[(i + 1) % 3].delete(f'SHOP/s{i}'), 200,
                     'cancelled elsewhere')
    for i in range(10):
        seen(nodes, f's{i}', False)
    checks.comes(lambda: same(nodes), 'all have the same', SOON)

    # one that was cancelled comes back with an older word of its own

    checks.equal(c.register('SHOP', 's0'), 204, 'again')
    seen(nodes, 's0')

    answer = get(b.port, '/eureka/apps/SHOP/s0',
                 headers={'Accept': 'application/json'})
    checks.equal(answer.status, 200, 'and is found by its id')
    checks.ok('Cluster: joined, 3 nodes' in get(a.port, '/').text(),
              'the page tells')
    text = get(b.admin, '/_rtalpha/metrics').text()
    checks.ok('rtalpha_registry_cluster_joined 1' in text
              and 'rtalpha_registry_cluster_nodes 3' in text, 'metrics')

    for node in nodes:
        checks.clean(node)
    redis.stop()


def main():
    checks = Checks()
    began = time.monotonic()
    check_writes(checks)
    print(f'{time.monotonic() - began:.0f} s')
    checks.done()


if __name__ == '__main__':
    main()
