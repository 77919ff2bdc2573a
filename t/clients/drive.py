#!/usr/bin/env python3
"""Runs real, unmodified client libraries against the three roles.

    drive.py CLIENT ...        python, node, java, java27

Each client takes its configuration from the config server, registers, is
found and called by another process of its kind, shuts down gracefully, and
is killed.  What the registry was asked stands in nginx's access log.
"""

import os
import signal
import sys
import time
from urllib.parse import quote

from harness import EXPIRE, HERE, NOTE, RENEW, Service, build

from rtalpha import Checks, Failed, System, get, wait

# the registry evicts once a second, and the client's clock is not ours
LATE = 2.5


class Drive:
    def __init__(self, clients):
        self.checks, self.services, self.clients = Checks(), [], clients
        self.commands = {}
        routes = ''.join(f'    drive-{c}{t}: /drive-{c}{t}/**\n'
                         for c in clients for t in ('', '-b', '-c'))
        self.system = System({'api-gateway.yml': f'zuul:\n  routes:\n{routes}'},
                             copy=os.path.join(HERE, 'fixture'))

    def check(self, name, condition, seconds):
        return self.checks.comes(condition, name, seconds)

    def start(self, client, tag=''):
        service = Service(self.system, client, self.commands[client], tag)
        self.services.append(service)
        return service

    def main(self):
        for client in self.clients:
            try:
                self.commands[client] = build(client)
            except (Failed, OSError) as e:
                self.checks.ok(False, f'{client}: cannot be built: {e}')
        try:
            self.system.start()
            for client in self.commands:
                self.drive(client)
            self.unknown()
        except Failed as e:
            self.checks.ok(False, str(e))
        finally:
            for service in self.services:
                service.stop(signal.SIGKILL)
            self.checks.clean(self.system.nginx)
        self.checks.done()

    def drive(self, client):
        first = self.start(client)
        second = self.start(client, '-b')

        if not all([self.check(f'{s.app}.start', s.ready, 90)
                    for s in (first, second)]):
            print(first.tail(), second.tail())
            return

        self.config_profile(first)
        self.register(first)
        self.heartbeat(first)
        self.discover_and_call(first, second)
        self.route(first)
        self.graceful_shutdown(first, second)
        self.expiry_after_kill(first, self.start(client, '-c'))

    def config_profile(self, s):
        want = {'greeting': 'hello-dev', 'shared': 'from-application',
                'only-dev': 'yes-dev', 'props': 'from-properties',
                'unicode': '\u017c\u00f3\u0142w \u2603', 'number': '42'}
        got = {}
        for key in want:
            answer = s.get('/property?key=sample.' + quote(key))
            got[key] = str(answer.json().get('value'))
        self.checks.equal(got, want, f'{s.client}.config.profile')

    def register(self, s):
        name = f'{s.client}.register'
        if not self.check(name, s.listed, 30):
            return
        i = s.listed()
        self.checks.equal(
            {key: i.get(key) for key in ('app', 'ipAddr', 'hostName', 'status',
                                         'vipAddress')},
            {'app': s.app.upper(), 'ipAddr': '127.0.0.1',
             'hostName': '127.0.0.1', 'status': 'UP', 'vipAddress': s.app},
            name)
        self.checks.equal((int(i['port']['$']), str(i['port']['@enabled'])),
                          (s.port, 'true'), f'{name}: port')
        self.checks.equal((i['leaseInfo']['renewalIntervalInSecs'],
                           i['leaseInfo']['durationInSecs']),
                          (RENEW, EXPIRE), f'{name}: lease')
        self.checks.equal((i['metadata'].get('language'),
                           i['metadata'].get('note')),
                          (s.client.replace('27', ''), NOTE),
                          f'{name}: metadata')
        posts = [post for app in (s.app, s.app.upper())
                 for post in self.system.requests('POST', f'/apps/{app}')]
        self.checks.ok(posts and all(p[2] == 204 for p in posts),
                       f'{name}: answered 204', posts)

    def heartbeat(self, s):
        """Three renewals, and it outlives two leases."""

        name, since = f'{s.client}.heartbeat', time.time()
        before = s.renewed()

        self.check(name, lambda: len(s.renewals(since)) >= 3, RENEW * 6)
        self.check(f'{name}: lastRenewalTimestamp moves',
                   lambda: s.renewed() > before, 5)
        gone = []

        def outlived():
            if s.listed() is None:
                gone.append(time.time() - since)
            return time.time() > since + 2 * EXPIRE + 1

        wait(outlived, name, 3 * EXPIRE, every=0.2)
        self.checks.ok(not gone, f'{name}: never out of the registry', gone)

    def discover_and_call(self, s, other):
        def discovered():
            got = s.sees(other)
            return (len(got) == 1 and int(got[0]['port']) == other.port
                    and got[0]['host'] == '127.0.0.1'
                    and got[0]['metadata'].get('note') == NOTE)

        def called():
            answer = s.get('/call/' + other.app)
            return (answer.status == 200
                    and answer.json()['instance'] == other.id)

        self.check(f'{s.client}.discover', discovered, 25)
        self.check(f'{s.client}.call', called, 15)

    def route(self, s):
        def routed():
            answer = get(self.system.gateway, f'/{s.app}/hello')
            return (answer.status == 200
                    and answer.json()['instance'] == s.id)

        self.check(f'gateway.route.{s.client}', routed, 10)

    def unknown(self):
        answer = get(self.system.gateway, '/drive-nobody/hello')
        self.checks.equal(answer.status, 404, 'gateway.unknown')

    def graceful_shutdown(self, s, leaving):
        """Gone at once, sooner than its lease could have expired."""

        name = f'{s.client}.graceful-shutdown'
        status = leaving.stop()
        self.checks.ok(status in (0, 143, -15), f'{name}: exit', status)
        deletes = self.system.requests('DELETE', f'/{leaving.id}')
        self.checks.ok(deletes and deletes[-1][2] == 200,
                       f'{name}: DELETE is answered 200', deletes)
        self.check(name, lambda: leaving.listed() is None, 1)
        self.check(f'{name}: the other drops it',
                   lambda: not s.sees(leaving), 25)

    def expiry_after_kill(self, s, victim):
        """Gone when its lease is over: not before, and not much after."""

        name = f'{s.client}.expiry-after-kill'
        if not (self.check(f'{name}: start', victim.ready, 90)
                and self.check(f'{name}: registered', victim.listed, 30)
                and self.check(f'{name}: seen', lambda: s.sees(victim), 25)
                and self.check(f'{name}: renewed',
                               lambda: victim.renewals(0), 3 * RENEW + 3)):
            return
        victim.stop(signal.SIGKILL)
        renewed = victim.renewals(0)[-1][0]
        if not self.check(f'{name}: still there', victim.listed, 1):
            return
        if self.check(name, lambda: victim.listed() is None,
                      EXPIRE + LATE + 1):
            lived = time.time() - renewed
            self.checks.ok(EXPIRE <= lived + 0.05 <= EXPIRE + LATE,
                           f'{name}: within its lease of {EXPIRE} s',
                           round(lived, 2))
        self.check(f'{name}: the other drops it',
                   lambda: not s.sees(victim), 25)


if __name__ == '__main__':
    Drive(sys.argv[1:] or ['python']).main()
