#!/usr/bin/env python3
"""A pair of stock Eureka servers, and ours as the third: each the others'
peer.  What clients do with one of them is seen with all."""

import os
import re
import signal
import subprocess
import sys
import threading
import time

from harness import HERE, build

sys.path.insert(0, os.path.join(HERE, '../registry'))

from persist import JSON, Registry, document                  # noqa: E402
from rtalpha import Checks, Failed, folder, free_ports, get, \
    request, wait                                             # noqa: E402

# a batch waits half a second in a Java server, a loaded machine longer
SOON = 30


class Eureka:
    """A Java server.  It takes a URL with its own host name for itself, so
    that one calls itself localhost and the other 127.0.0.1."""

    def __init__(self, command, port, host, peers):
        self.command, self.port = command, port
        self.log = os.path.join(folder('eureka'), 'log')
        other = {'localhost': '127.0.0.1', '127.0.0.1': 'localhost'}[host]
        self.env = {**os.environ, 'PORT': str(port), 'HOST': host,
                    'PEERS': ','.join(f'http://{other}:{p}/eureka/'
                                      for p in peers)}
        self.process = None

    def begin(self):
        with open(self.log, 'wb') as log:
            self.process = subprocess.Popen(
                self.command, env=self.env, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True)

    def ready(self):
        if self.process.poll() is not None:
            with open(self.log, encoding='utf-8', errors='replace') as f:
                raise Failed('the Java server ends: ' + f.read()[-1500:])
        return get(self.port, '/eureka/apps', headers=JSON).status == 200

    def apps(self):
        answer = get(self.port, '/eureka/apps', headers=JSON, timeout=30)
        return {i['instanceId']: i
                for app in answer.json()['applications']['application']
                for i in app['instance']}

    def end(self, sig=signal.SIGKILL):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(sig)
            self.process.wait()


def register(server, name, app='SHOP', replica=False, dirty=None, **lease):
    body = document(app, name, **lease)
    if dirty:
        body['instance']['lastDirtyTimestamp'] = str(dirty)
        body['instance']['metadata']['dirty'] = str(dirty)
    body['instance']['leaseInfo'] = {'renewalIntervalInSecs': 30,
                                     'durationInSecs': 90, **lease}
    headers = {'x-netflix-discovery-replication': 'true'} if replica else {}
    return request(server.port, 'POST', f'/eureka/apps/{app}', body,
                   headers=headers, timeout=30).status


def ask(server, method, path):
    return request(server.port, method, f'/eureka/apps/{path}',
                   timeout=30).status


class Renewals:
    """An instance that renews with one server, twice a second."""

    def __init__(self, server, path):
        self.on, self.statuses = True, set()

        def run():
            while self.on:
                self.statuses.add(ask(server, 'PUT', path))
                time.sleep(0.5)

        self.thread = threading.Thread(target=run, daemon=True)
        self.thread.start()

    def stop(self):
        self.on = False
        self.thread.join()
        return self.statuses


class Peers:
    def __init__(self, command):
        self.checks = Checks()
        pa, pb, pc = self.ports = free_ports(3)
        self.java = [Eureka(command, pa, '127.0.0.1', (pb, pc)),
                     Eureka(command, pb, 'localhost', (pa, pc))]
        ours = Registry(
            'eureka.server.enable-self-preservation: false\n'
            'eureka.server.peer-node-read-timeout-ms: 2000\n'
            'rtalpha.registry.persist: false\n'
            'eureka.client.service-url.defaultZone: '
            f'http://127.0.0.1:{pa}/eureka/,http://127.0.0.1:{pb}/eureka/\n')
        ours.http = (
            "    log_format times '$request_time $status $uri';\n"
            + ours.http.replace(
                f'listen 127.0.0.1:{ours.port};',
                f'listen 127.0.0.1:{pc};\n'
                f'        access_log {ours.dir}/access.log times;'))
        ours.port = pc
        ours.configure(ours.http)
        self.ours = ours
        self.all = [*self.java, ours]

    def everywhere(self, what, condition, seconds=SOON, servers=None):
        for i, server in enumerate(servers or self.all):
            self.checks.comes(lambda server=server: condition(server.apps()),
                              f'{what}, at {i}', seconds)

    def start(self):
        for server in self.java:
            server.begin()
        for server in self.java:
            wait(server.ready, 'a Java server answers', 180, 0.2)
        a, b = self.java
        wait(lambda: register(a, 'early') == 204, 'it takes writes', 60)
        self.everywhere('the pair works', lambda apps: 'early' in apps, 60,
                        self.java)
        self.ours.begin()
        self.everywhere('what was there is taken over',
                        lambda apps: 'early' in apps, SOON, [self.ours])

    def writes(self):
        a, b, ours = self.all
        for i, server in enumerate(self.all):
            self.checks.equal(register(server, f'w{i}'), 204, 'registered')
        for i in range(3):
            self.everywhere(f'a registration with {i}',
                            lambda apps, i=i: f'w{i}' in apps)

        self.checks.equal(ask(ours, 'PUT', 'SHOP/w0/status?value='
                              'OUT_OF_SERVICE'), 200, 'override here')
        self.checks.equal(ask(a, 'PUT', 'SHOP/w1/status?value=DOWN'), 200,
                          'override there')
        self.everywhere('an override of ours', lambda apps:
                        apps['w0']['status'] == 'OUT_OF_SERVICE')
        self.everywhere('an override of theirs', lambda apps:
                        apps['w1']['status'] == 'DOWN')
        self.checks.equal(ask(ours, 'DELETE', 'SHOP/w0/status?value=UP'), 200,
                          'its end')
        self.checks.equal(ask(b, 'DELETE', 'SHOP/w1/status?value=UP'), 200,
                          'its end there')
        self.everywhere('no override any more', lambda apps:
                        apps['w0']['status'] == 'UP'
                        and apps['w1']['status'] == 'UP')

        self.checks.equal(ask(ours, 'DELETE', 'SHOP/w1'), 200, 'cancelled')
        self.checks.equal(ask(b, 'DELETE', 'SHOP/w2'), 200, 'there, too')
        self.everywhere('cancels', lambda apps:
                        'w1' not in apps and 'w2' not in apps)

    def heartbeats(self):
        """Leases of three seconds (a Java server doubles them) that are
        renewed with one server are kept by all."""

        a, b, ours = self.all
        register(a, 'theirs', durationInSecs=3, renewalIntervalInSecs=1)
        register(ours, 'mine', durationInSecs=3, renewalIntervalInSecs=1)
        renewals = [Renewals(a, 'SHOP/theirs'), Renewals(ours, 'SHOP/mine')]
        self.everywhere('both', lambda apps: {'theirs', 'mine'} <= set(apps))

        for _ in range(10):
            time.sleep(1)
            for server in self.all:
                self.checks.ok({'theirs', 'mine'} <= set(server.apps()),
                               'who renews elsewhere is kept')
        self.checks.equal([r.stop() for r in renewals], [{200}, {200}],
                          'and told so')
        self.everywhere('their deaths', lambda apps:
                        not {'theirs', 'mine'} & set(apps))

    def conflicts(self):
        """Whose word is newer counts, whoever hears of it first."""

        a, b, ours = self.all
        now = int(time.time() * 1000)
        for name, first in (('c1', ours), ('c2', a)):
            register(a, name, dirty=now)
            self.everywhere(name, lambda apps, name=name: name in apps)
            register(first, name, replica=True, dirty=now + 5000)
            second = a if first is ours else ours
            self.checks.equal(ask(second, 'PUT', f'SHOP/{name}'), 200,
                              'renewed where it is older')
            self.everywhere(
                f'the newer word ({name})', lambda apps, name=name:
                apps[name]['metadata'].get('dirty') == str(now + 5000),
                SOON, [ours, a])

    def partition(self):
        """A peer that does not answer holds nobody up, and catches up."""

        a, b, ours = self.all
        b.process.send_signal(signal.SIGSTOP)
        slowest = 0
        try:
            for i in range(60):
                began = time.monotonic()
                register(ours, f'p{i}', 'PART')
                slowest = max(slowest, time.monotonic() - began)
            self.everywhere('who answers is told', lambda apps:
                            sum(n.startswith('p') for n in apps) == 60, SOON,
                            [a])
            ask(ours, 'DELETE', 'PART/p0')
            register(a, 'there', 'PART')
            self.everywhere('who answers is heard', lambda apps:
                            'there' in apps, SOON, [ours])
            for i in range(1, 60):
                ask(ours, 'PUT', f'PART/p{i}')
        finally:
            b.process.send_signal(signal.SIGCONT)
        self.checks.ok(slowest < 2, 'nobody waits for it', slowest)

        def caught_up(apps):
            ask(ours, 'PUT', 'PART/p1')         # clients go on renewing
            return {f'p{i}' for i in range(1, 60)} <= set(apps) \
                and 'p0' not in apps

        self.everywhere('it catches up', caught_up, 90, [b])

    def restart(self):
        """Ours comes back with nothing, and takes over what there is."""

        a, b, ours = self.all
        before = set(a.apps())
        self.checks.clean(ours)
        self.checks.equal(register(a, 'while'), 204, 'registered meanwhile')
        ours.begin()
        self.everywhere('all is taken over', lambda apps:
                        before | {'while'} <= set(apps), SOON, [ours])

    def times(self):
        with open(f'{self.ours.dir}/access.log', encoding='ascii') as f:
            batches = [(float(t), status) for t, status, uri in
                       (line.split(None, 2) for line in f)
                       if 'peerreplication/batch' in uri]
        times = sorted(t for t, _ in batches)
        if not self.checks.ok(len(times) > 10, 'batches came', len(times)):
            return
        self.checks.equal({s for _, s in batches}, {'200'}, 'and were taken')
        print(f'{len(times)} batches answered, the slowest after '
              f'{times[-1]:.3f} s')
        self.checks.ok(times[len(times) * 9 // 10] < 0.2, 'in time', times)

        page = get(self.ours.port, '/').text()
        waiting = [int(n) for n in re.findall(
            r'<td>[^<]*/eureka/<td>(\d+)', page)]
        self.checks.equal(len(waiting), 2, 'peers on the page')
        self.checks.comes(lambda: all(
            int(n) == 0 for n in re.findall(
                r'<td>[^<]*/eureka/<td>(\d+)',
                get(self.ours.port, '/').text())), 'nothing waits', SOON)

    def main(self):
        try:
            self.start()
            for part in (self.writes, self.heartbeats, self.conflicts,
                         self.partition, self.restart, self.times):
                began = time.monotonic()
                part()
                print(f'{part.__name__}: {time.monotonic() - began:.0f} s')
        except Failed as e:
            self.checks.ok(False, str(e))
        finally:
            for server in self.java:
                server.end()
        self.checks.clean(self.ours)
        self.checks.done()


if __name__ == '__main__':
    Peers(build('eureka')).main()
