#!/usr/bin/env python3
"""What a registry must not lose, and when it must let go: restarts, reloads,
killed workers, exact leases, self-preservation, death notices."""

import os
import signal
import socket
import threading
import time

from rtalpha import Checks, Nginx, folder, free_ports, get, request, wait, \
    write

CLASS = 'com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo'
JSON = {'Accept': 'application/json'}


def document(app, name, zone='z1', **lease):
    return {'instance': {
        'instanceId': name, 'app': app, 'hostName': '127.0.0.1',
        'ipAddr': '127.0.0.1', 'status': 'UP', 'vipAddress': app.lower(),
        'port': {'$': 8080, '@enabled': 'true'},
        'dataCenterInfo': {'@class': CLASS, 'name': 'MyOwn'},
        'leaseInfo': {'renewalIntervalInSecs': 30, 'durationInSecs': 90,
                      **lease},
        'metadata': {'zone': zone, 'k': 'v' * 40}}}


class Registry(Nginx):
    def __init__(self, settings='', zone='64m'):
        self.port, self.admin = free_ports(2)
        self.state = folder('registry')
        self.source = os.path.join(self.state, 'registry.yml')
        write(self.source, settings)
        super().__init__(f'''
    rtalpha_zone {zone};
    rtalpha_state {self.state}/state;
    server {{
        listen 127.0.0.1:{self.port};
        location / {{ rtalpha_registry settings=file:{self.source}; }}
    }}
    server {{
        listen 127.0.0.1:{self.admin};
        location / {{ rtalpha_admin; }}
    }}
''')

    def begin(self):
        self.stopped = False
        return self.start(self.port)

    def register(self, app, name, **more):
        return request(self.port, 'POST', f'/eureka/apps/{app}',
                       document(app, name, **more)).status

    def renew(self, app, name):
        return request(self.port, 'PUT', f'/eureka/apps/{app}/{name}').status

    def apps(self, path='/eureka/apps'):
        answer = get(self.port, path, headers=JSON).json()['applications']
        return {i['instanceId']: i for app in answer['application']
                for i in app['instance']}

    def metric(self, name):
        for line in get(self.admin, '/_rtalpha/metrics').text().split('\n'):
            if line.startswith(name + ' '):
                return int(line.split()[-1])
        return None

    def saved(self):
        """Waits until the journal holds what is registered."""

        wait(lambda: self.metric('rtalpha_registry_saved')
             == self.metric('rtalpha_registry_version'),
             'the journal is written', 30)


def check_restart(checks):
    reg = Registry().begin()

    for i in range(300):
        reg.register(f'APP{i % 7}', f'i{i}')

    for i in range(0, 300, 3):
        request(reg.port, 'DELETE', f'/eureka/apps/APP{i % 7}/i{i}')

    request(reg.port, 'PUT',
            '/eureka/apps/APP1/i1/status?value=OUT_OF_SERVICE')
    request(reg.port, 'PUT', '/eureka/apps/APP2/i2/metadata?colour=blue')
    reg.saved()

    before = reg.apps()
    checks.equal(len(before), 200, 'instances before the restart')
    checks.ok(not reg.stop(), 'nothing bad in the log')

    reg.begin()
    after = reg.apps()
    checks.equal(set(after), set(before), 'instances after the restart')
    checks.equal(after['i1']['status'], 'OUT_OF_SERVICE', 'override is kept')
    checks.equal(after['i1']['overriddenStatus'], 'OUT_OF_SERVICE',
                 'overridden status is kept')
    checks.equal(after['i2']['metadata'].get('colour'), 'blue',
                 'changed metadata is kept')
    checks.equal(reg.renew('APP1', 'i1'), 200, 'a client goes on renewing')
    checks.equal(reg.register('APP1', 'i1'), 204, 'and registering')
    checks.equal(reg.apps()['i1']['status'], 'OUT_OF_SERVICE',
                 'the override still counts')

    # a torn end of the journal costs what was torn, nothing else

    reg.saved()
    reg.stop()
    path = f'{reg.state}/state/registry.journal'
    os.truncate(path, os.path.getsize(path) - 7)
    reg.begin()
    checks.ok(len(reg.apps()) >= 199, 'a torn journal is read up to the tear',
              len(reg.apps()))
    checks.clean(reg)


def check_snapshot(checks):
    """A new journal is written beside the old one while changes go on."""

    reg = Registry('rtalpha.registry.persist: true\n').begin()
    path = f'{reg.state}/state/registry.journal'
    register = [{'appName': f'APP{i % 50}', 'id': f'i{i}',
                 'action': 'Register', 'lastDirtyTimestamp': 1,
                 'status': 'UP', 'instanceInfo':
                 document(f'APP{i % 50}', f'i{i}',
                          durationInSecs=3600)['instance']}
                for i in range(10000)]

    def send(items):
        for i in range(0, len(items), 500):
            answer = request(reg.port, 'POST',
                             '/eureka/peerreplication/batch/',
                             {'replicationList': items[i:i + 500]},
                             headers=JSON, timeout=60)
            if answer.status != 200:
                return answer.status
        return 200

    checks.equal(send(register), 200, 'ten thousand instances')
    reg.saved()
    node = os.stat(path).st_ino

    # changes while it is written, until it has taken the journal's place

    turns = 0

    while os.stat(path).st_ino == node and turns < 40:
        send(register[:2000])
        reg.register('LATE', f't{turns}', durationInSecs=3600)
        request(reg.port, 'DELETE', f'/eureka/apps/APP{turns % 50}/i{turns}')
        turns += 1

    checks.ok(os.stat(path).st_ino != node, 'another file took its place',
              turns)
    reg.saved()
    before = set(reg.apps())
    checks.ok(not os.path.exists(path + '.next'), 'nothing is left beside it')
    checks.ok(not reg.stop(), 'nothing bad in the log')
    reg.begin()
    checks.equal(set(reg.apps()) ^ before, set(), 'nothing is missing')
    checks.clean(reg)


class Mute:
    """A peer that takes every request and answers none, until it goes."""

    def __init__(self):
        self.asked = []
        self.port = free_ports(1)[0]
        self.sock = None

    def come(self):
        self.sock = socket.create_server(('127.0.0.1', self.port))
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                self.asked.append(self.sock.accept()[0])
            except OSError:
                return

    def go(self):
        self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()
        for sock in self.asked:
            sock.close()


def check_refused(checks):
    """What no job can be had for is written later."""

    peer = Mute()
    reg = Registry('eureka.client.service-url.defaultZone: '
                   f'http://127.0.0.1:{peer.port}/eureka/\n')
    reg.configure('    rtalpha_jobs 1;\n' + reg.http, workers=1)
    reg.begin()

    def refused():
        return reg.metric('rtalpha_background_jobs_total{result="refused"}')

    # once there is a whole journal, changes alone are written

    reg.register('LATER', 'first')
    reg.saved()
    peer.come()
    n = 1
    end = time.monotonic() + 30
    while refused() < 20 and time.monotonic() < end:
        checks.equal(reg.register('LATER', f'l{n}'), 204, 'registered')
        n += 1
        time.sleep(0.05)

    checks.ok(refused() >= 20, 'jobs are refused', refused())
    peer.go()
    checks.equal(reg.register('LATER', 'last'), 204, 'and one more')
    reg.saved()
    reg.stop()
    reg.begin()
    checks.equal(len(reg.apps()), n + 1, 'all of them are in the journal')
    checks.clean(reg)


def check_reload(checks):
    reg = Registry().begin()

    for i in range(100):
        reg.register('KEPT', f'k{i}')

    reg.reload()
    checks.equal(len(reg.apps()), 100, 'a reload loses nothing')

    for turn in range(4):
        for pid in reg.workers():
            os.kill(pid, signal.SIGKILL)
        wait(lambda: len(reg.workers()) == 2, 'workers are back')
        checks.equal(reg.register('KEPT', f'new{turn}'), 204,
                     'registered after a kill')
        checks.equal(len(reg.apps()), 101 + turn,
                     'killed workers lose nothing')

    checks.equal(reg.renew('KEPT', 'k99'), 200, 'renewed after the kills')
    reg.stop()


def check_leases(checks):
    reg = Registry('eureka.server.enable-self-preservation: true\n').begin()

    # leases are exact: not doubled by a renewal, seen within a second

    start = time.monotonic()
    reg.register('LEASE', 'short', durationInSecs=2, renewalIntervalInSecs=1)
    reg.register('LEASE', 'long', durationInSecs=60)
    wait(lambda: time.monotonic() - start > 1, 'a second')
    checks.equal(reg.renew('LEASE', 'short'), 200, 'renewed')
    renewed = time.monotonic()

    wait(lambda: 'short' not in reg.apps(), 'the lease ends', 10)
    took = time.monotonic() - renewed
    checks.ok(1.9 < took < 3.0, 'a lease of 2 s ends 2 to 3 s after its '
              'renewal', took)
    delta = reg.apps('/eureka/apps/delta')
    checks.equal(delta['short']['actionType'], 'DELETED',
                 'the delta tells the death')
    checks.equal(reg.renew('LEASE', 'short'), 404, 'it is told to register')

    # a long poll hears of it when it happens

    tag = get(reg.port, '/eureka/apps', headers=JSON).headers['ETag']
    reg.register('LEASE', 'third', durationInSecs=1)
    registered = time.monotonic()
    tag = get(reg.port, '/eureka/apps/LEASE', headers=JSON).headers['ETag']
    answer = get(reg.port, '/eureka/apps/LEASE',
                 headers={**JSON, 'If-None-Match': tag,
                          'Prefer': 'respond-async, wait=8'})
    took = time.monotonic() - registered
    checks.equal(answer.status, 200, 'the long poll answers')
    checks.ok(0.9 < took < 2.0, 'within a second of the death', took)
    checks.ok(b'third' not in answer.body, 'and shows it')
    checks.clean(reg)


def check_preservation(checks):
    reg = Registry('rtalpha.registry.self-preservation.floor: 3\n').begin()

    # one zone goes silent as a whole: it is kept; the other one's single
    # death is a death

    for i in range(12):
        reg.register('MANY', f'a{i}', zone='cut', durationInSecs=3,
                     renewalIntervalInSecs=1)
        reg.register('MANY', f'b{i}', zone='fine', durationInSecs=3,
                     renewalIntervalInSecs=1)

    end = time.monotonic() + 14

    while time.monotonic() < end:
        for i in range(11):
            reg.renew('MANY', f'b{i}')
        time.sleep(0.5)

    found = reg.apps()
    checks.ok('b11' not in found, 'one that died alone is evicted')
    checks.ok(sum(1 for name in found if name.startswith('b')) == 11,
              'those that renew are there')
    checks.ok(sum(1 for name in found if name.startswith('a')) > 3,
              'a zone that is cut off is kept', sorted(found))

    health = get(reg.admin, '/_rtalpha/health').json()
    zones = {z['zone']: z for z in health['roles']['registry']['zones']}
    checks.equal(zones['cut']['preserved'], True, 'health says which')
    checks.equal(zones['fine']['preserved'], False, 'and which not')
    checks.clean(reg)


def main():
    checks = Checks()
    check_restart(checks)
    check_snapshot(checks)
    check_refused(checks)
    check_reload(checks)
    check_leases(checks)
    check_preservation(checks)
    checks.done()


if __name__ == '__main__':
    main()
