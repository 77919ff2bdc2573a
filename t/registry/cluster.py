#!/usr/bin/env python3
"""Three registries that share what they know over one real Redis.

t/registry/cluster.py [--full]: with --full also Sentinel, a Redis Cluster of
six processes, and more rounds.
"""

import os
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                '../core'))

from persist import Registry                                  # noqa: E402
from redis import Redis, Sentinel, cluster_ports              # noqa: E402
from rtalpha import Checks, free_ports, get, request, wait    # noqa: E402

# where the machine is loaded; what is asked of an idle one stands beside it
SOON = 15

META = 'rt:{registry}:meta'


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


class Clients:
    """Instances that renew twice a second, as clients do: with the next node
    if one does not answer, and they register again after a 404."""

    def __init__(self, nodes, names, roam=False, seconds=30):
        self.nodes, self.names, self.roam = list(nodes), list(names), roam
        self.seconds = seconds
        self.again = 0              # registrations after a 404
        self.on = True
        for i, name in enumerate(self.names):
            self.nodes[i % len(self.nodes)].register('LIVE', name,
                                                     **lease(seconds))
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        turn = 0
        while self.on:
            for i, name in enumerate(self.names):
                for k in range(len(self.nodes)):
                    at = i + k + (turn if self.roam else 0)
                    node = self.nodes[at % len(self.nodes)]
                    try:
                        if node.renew('LIVE', name) == 404:
                            self.again += 1
                            node.register('LIVE', name,
                                          **lease(self.seconds))
                        break
                    except OSError:
                        continue
            turn += 1
            time.sleep(0.5)

    def stop(self):
        self.on = False
        self.thread.join()


def check_leases(checks):
    """Leases end everywhere, once, whoever has taken the renewals."""

    redis = Redis()
    nodes = three([redis.port] * 3)
    clients = Clients(nodes, [f'r{i}' for i in range(6)], roam=True,
                      seconds=5)
    nodes[0].register('SHOP', 'dies', **lease(2))
    seen(nodes, 'dies')
    checks.equal(nodes[1].renew('SHOP', 'dies'), 200, 'renewed elsewhere')
    began = time.monotonic()
    seen(nodes, 'dies', False, 20)
    took = time.monotonic() - began
    checks.ok(1.5 < took < 15, 'a death is known everywhere', took)

    time.sleep(6)           # longer than any lease
    checks.equal(clients.again, 0, 'who renews now here, now there is kept')
    clients.stop()

    for i in range(6):
        seen(nodes, f'r{i}', False, 20)

    # who renews with its owner costs no message

    steady = Clients([nodes[0]], [f'o{i}' for i in range(20)], seconds=60)
    seen(nodes, 'o19')

    def quiet():
        before = redis.cli('HGET', META, 'seq')
        time.sleep(2)
        return redis.cli('HGET', META, 'seq') == before

    checks.comes(quiet, 'renewals with the owner are told nobody', 20)
    steady.stop()

    # the dead are remembered, and nothing of theirs is left to be told

    for node in nodes:
        checks.comes(lambda node=node: node.cluster()['waiting'] == 0,
                     'nothing waits', SOON)
    for node in nodes:
        checks.clean(node)
    redis.stop()


def check_death(checks):
    """A node dies: its clients go to others, its instances have one lease of
    grace; it comes back and knows everything."""

    redis = Redis()
    nodes = three([redis.port] * 3)
    a, b, c = nodes
    clients = Clients([a], ['moves1', 'moves2'], seconds=12)
    a.register('SHOP', 'stays', **lease(4))
    b.register('SHOP', 'other', **lease(90))
    seen(nodes, 'stays')

    a.die()
    clients.nodes = [b, c]
    time.sleep(2)
    checks.ok('stays' in b.ids(), 'who renewed with the dead node is kept')
    seen([b, c], 'stays', False, 20)
    checks.ok({'moves1', 'moves2', 'other'} <= b.ids() & c.ids(),
              'those of who lives are not lost', (b.ids(), c.ids()))
    checks.equal(clients.again, 0, 'without a new registration')
    checks.comes(lambda: b.joined(2) and c.joined(2), 'two are left', 10)

    b.delete('SHOP/other')
    c.register('SHOP', 'new')
    a.begin()
    checks.comes(lambda: a.joined(3) and same(nodes), 'it is back', 10)
    checks.ok('other' not in a.ids() and 'new' in a.ids()
              and 'stays' not in a.ids(), 'and has what the others have',
              a.ids())
    clients.stop()
    a.log_text()
    for node in nodes:
        checks.clean(node)
    redis.stop()


def alone(nodes):
    for node in nodes:
        wait(lambda node=node: node.cluster()['state'] == 'alone', 'alone',
             10)


def check_redis(checks):
    """Redis dies and comes back, with its data and without."""

    for data in (True, False):
        redis = Redis(*(['--appendonly', 'yes'] if data else []))
        nodes = three([redis.port] * 3)
        a, b, c = nodes
        clients = Clients(nodes, [f'l{i}' for i in range(6)])
        for i in range(20):
            nodes[i % 3].register('SHOP', f's{i}')
        for i in range(20):
            seen(nodes, f's{i}')

        redis.stop()
        alone(nodes)
        checks.ok('this node goes on alone' in a.log_text(), 'the log tells')
        checks.ok('Cluster: alone' in get(a.port, '/').text(), 'so does the '
                  'page')
        checks.equal(a.register('SHOP', 'while'), 204, 'registered meanwhile')
        checks.equal(b.delete('SHOP/s1'), 200, 'cancelled meanwhile')
        checks.equal(b.put('SHOP/s2/status?value=OUT_OF_SERVICE'), 200,
                     'overridden meanwhile')
        checks.equal(len(c.ids()), 26, 'an outage empties nothing')
        time.sleep(1)

        redis.start()
        began = time.monotonic()
        for node in nodes:
            wait(node.joined, 'joined', 15)
        checks.comes(lambda: same(nodes) and 'while' in c.ids()
                     and 's1' not in c.ids()
                     and c.apps()['s2']['status'] == 'OUT_OF_SERVICE',
                     f'all agree again (data: {data})', 15)
        print(f'after Redis was back {"with" if data else "without"} data: '
              f'{time.monotonic() - began:.1f} s')
        checks.equal(len(a.ids()), 26, 'nobody is lost')
        checks.comes(lambda: int(redis.cli('HLEN', 'rt:{registry}:docs'))
                     >= 26, 'Redis has it all', SOON)
        checks.equal(clients.again, 0, 'no client had to register again')
        clients.stop()
        for node in nodes:
            bad = [line for line in node.stop() if 'connect()' not in line]
            checks.ok(not bad, 'nothing bad in the log', bad[:3])
        redis.stop()


def check_cut(checks):
    """A node is cut off, without being told, and comes back."""

    redis = Redis()
    ways = [Proxy(redis.port) for _ in range(3)]
    nodes = three([way.port for way in ways])
    a, b, c = nodes
    clients = Clients([a], ['mine'])
    for i in range(9):
        nodes[i % 3].register('SHOP', f's{i}')
    for i in range(9):
        seen(nodes, f's{i}')

    ways[0].cut = True
    a.register('SHOP', 'at-a')
    b.register('SHOP', 'at-b')
    b.delete('SHOP/s0')                 # a's own
    c.delete('SHOP/s1')
    a.delete('SHOP/s2')
    a.put('SHOP/s3/status?value=OUT_OF_SERVICE')
    b.put('SHOP/s4/status?value=DOWN')
    a.put('SHOP/s5/status?value=DOWN')
    time.sleep(0.05)
    b.put('SHOP/s5/status?value=OUT_OF_SERVICE')
    alone([a])
    checks.ok('at-b' not in a.ids() and 's0' in a.ids(), 'it hears nothing')
    checks.comes(lambda: b.joined(2), 'the others notice', 15)

    ways[0].heal()
    began = time.monotonic()
    wait(a.joined, 'joined', 15)
    checks.comes(lambda: same(nodes) and 'at-a' in b.ids()
                 and 's2' not in b.ids(), 'all agree again', 15)
    print(f'after a cut: {time.monotonic() - began:.1f} s')

    apps = b.apps()
    checks.equal(set(apps), {'at-a', 'at-b', 'mine', 's3', 's4', 's5', 's6',
                             's7', 's8'}, 'nobody is lost or has come back')
    checks.equal([apps[i]['status'] for i in ('s3', 's4')],
                 ['OUT_OF_SERVICE', 'DOWN'], 'overrides of both sides')
    checks.ok(apps['s5']['status'] in ('DOWN', 'OUT_OF_SERVICE'),
              'of two at once one counts, everywhere')
    clients.stop()
    checks.equal(clients.again, 0, 'no client had to register again')

    # one that stands still, as a machine does that swaps

    workers = a.workers()
    for pid in workers:
        os.kill(pid, signal.SIGSTOP)
    try:
        b.register('SHOP', 'late')
        c.delete('SHOP/s6')
        checks.comes(lambda: b.joined(2), 'its silence is noticed', 15)
    finally:
        for pid in workers:
            os.kill(pid, signal.SIGCONT)
    checks.comes(lambda: a.joined(3) and same(nodes), 'it is back', 15)
    checks.ok('late' in a.ids() and 's6' not in a.ids(), 'and knows')

    # a worker dies: another one leads on, under the same name

    before = a.cluster()['node']
    for pid in a.workers():
        os.kill(pid, signal.SIGKILL)
    checks.comes(lambda: a.register('SHOP', 'after') == 204, 'it serves', 15)
    checks.comes(lambda: 'after' in c.ids() and same(nodes), 'it leads', 15)
    checks.equal(a.cluster()['node'], before, 'the node is the same')
    a.reload()
    checks.equal(a.register('SHOP', 'reloaded'), 204, 'after a reload')
    checks.comes(lambda: 'reloaded' in c.ids() and same(nodes), 'likewise',
                 15)

    for node in nodes:
        bad = [line for line in node.stop()
               if 'connect()' not in line and 'exited on signal 9' not in line]
        checks.ok(not bad, 'nothing bad in the log', bad[:3])
    redis.stop()


def check_many(checks):
    """Redis comes back empty, and a new node comes to many instances."""

    count = 3000
    redis = Redis()
    nodes = three([redis.port] * 2)
    a, b = nodes

    def fill(node, first):
        for i in range(first, count, 2):
            node.register(f'APP{i % 50}', f'm{i}', **lease(600))

    threads = [threading.Thread(target=fill, args=(n, i))
               for i, n in enumerate(nodes)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    checks.comes(lambda: len(a.ids()) == len(b.ids()) == count, 'all there',
                 20)

    redis.stop()
    alone(nodes)
    redis.start()
    began = time.monotonic()
    checks.comes(lambda: int(redis.cli('HLEN', 'rt:{registry}:docs'))
                 == count, 'an empty Redis is filled again', 30)
    print(f'{count} instances are in Redis again after '
          f'{time.monotonic() - began:.1f} s')

    c = Node(f'127.0.0.1:{redis.port}')
    c.begin()
    began = time.monotonic()
    checks.comes(lambda: len(c.ids()) == count, 'a new node has all', 30)
    print(f'a new node has {count} after {time.monotonic() - began:.1f} s')
    for node in (a, b, c):
        bad = [line for line in node.stop() if 'connect()' not in line]
        checks.ok(not bad, 'nothing bad in the log', bad[:3])
    redis.stop()


def failover(checks, nodes, kill, what):
    """Clients renew while a master dies: nobody is lost, new ones come."""

    clients = Clients(nodes, [f'f{i}' for i in range(9)], seconds=20)
    for i in range(30):
        nodes[i % 3].register('SHOP', f's{i}')
    for i in range(30):
        seen(nodes, f's{i}')
    nodes[0].delete('SHOP/s29')
    seen(nodes, 's29', False)
    time.sleep(1.5)             # a replica has it, too

    kill()
    nodes[1].register('SHOP', 'meanwhile')
    nodes[2].delete('SHOP/s28')
    began = time.monotonic()
    checks.comes(lambda: all(n.joined() for n in nodes)
                 and 'meanwhile' in nodes[0].ids() & nodes[2].ids()
                 and not {'s28', 's29'} & (nodes[0].ids() | nodes[1].ids())
                 and same(nodes), f'{what}: all agree again', 60)
    print(f'{what}: all agree {time.monotonic() - began:.1f} s after the '
          'death of the master')
    checks.equal(len(nodes[0].ids()), 9 + 28 + 1, f'{what}: nobody is lost')
    nodes[0].register('SHOP', 'last')
    seen(nodes, 'last', True, 10)
    clients.stop()
    checks.equal(clients.again, 0, f'{what}: no client registered again')
    for node in nodes:
        bad = [line for line in node.stop() if 'connect()' not in line]
        checks.ok(not bad, 'nothing bad in the log', bad[:3])


def check_sentinel(checks):
    master, other = Redis(), Redis()
    other.cli('REPLICAOF', '127.0.0.1', str(master.port))
    wait(lambda: 'master_link_status:up' in other.cli('INFO'), 'replica')
    watch = Sentinel(master.port)
    wait(lambda: 'num-slaves\n1' in watch.cli('SENTINEL', 'MASTER',
                                              'mymaster'), 'it is seen')
    nodes = three([f'sentinel://127.0.0.1:{watch.port}/mymaster'] * 3)
    failover(checks, nodes, master.stop, 'Sentinel')
    watch.stop()
    other.stop()


def check_rediscluster(checks):
    redis = [Redis('--cluster-enabled', 'yes', '--cluster-node-timeout',
                   '1000', port=p) for p in cluster_ports(6)]
    subprocess.run(['redis-cli', '--cluster', 'create',
                    *[f'127.0.0.1:{r.port}' for r in redis],
                    '--cluster-replicas', '1', '--cluster-yes'], check=True,
                   stdout=subprocess.DEVNULL)
    wait(lambda: all('cluster_state:ok' in r.cli('CLUSTER', 'INFO')
                     and 'cluster_known_nodes:6' in r.cli('CLUSTER', 'INFO')
                     for r in redis), 'a cluster', 30)
    wait(lambda: sum('master_link_status:up' in r.cli('INFO')
                     for r in redis) == 3, 'replicas', 30)
    nodes = three([f'cluster://127.0.0.1:{redis[0].port},'
                   f'127.0.0.1:{redis[1].port}'] * 3)

    def kill():
        owner = next(r for r in redis if 'role:master' in r.cli('INFO')
                     and r.cli('EXISTS', META).strip() == '1')
        owner.stop()

    failover(checks, nodes, kill, 'Redis Cluster')
    for r in redis:
        r.stop()


PARTS = (check_writes, check_leases, check_death, check_redis, check_cut)
FULL = (check_many, check_sentinel, check_rediscluster)


def main():
    checks = Checks()
    only = [a for a in sys.argv[1:] if not a.startswith('-')]
    full = '--full' in sys.argv or os.environ.get('TEST_FULL')
    for part in PARTS + (FULL if full or only else ()):
        if only and part.__name__[6:] not in only:
            continue
        began = time.monotonic()
        part(checks)
        print(f'{part.__name__[6:]}: {time.monotonic() - began:.0f} s')
    checks.done()


if __name__ == '__main__':
    main()
