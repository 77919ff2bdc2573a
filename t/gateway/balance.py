"""How the gateway chooses among instances: algorithms, zones, cookies, slow
start, limits, ejection, against real backends, with two workers.
"""

import collections
import os
import signal
import sys
import threading

from backends import backend
from rtalpha import Checks, System, free_ports, get, request

ROUTES = '''zuul:
  sensitive-headers: ""
  routes:
    plain: /plain/**
    weighted: /weighted/**
    zoned: /zoned/**
    sticky: /sticky/**
    hashed: /hashed/**
    least: /least/**
    fast: /fast/**
    random: /random/**
    limited: /limited/**
    failing: /failing/**
    warming: /warming/**
    spring: /spring/**
rtalpha.gateway:
  zone: east
  services:
    weighted: {balance: weighted}
    zoned: {zone-preference: true, zone-overflow: false}
    sticky: {sticky-cookie: where}
    hashed: {balance: consistent-hash, hash-key: "header:X-User"}
    fast: {balance: two-choices}
    limited: {max-connections: 2}
    failing:
      outlier: {consecutive-errors: 3, ejection-time: 2s, max-ejected: 50}
    warming: {slow-start: 60s}
ribbon.ReadTimeout: 30000
least.ribbon:
  NFLoadBalancerRuleClassName: com.netflix.loadbalancer.BestAvailableRule
random.ribbon:
  NFLoadBalancerRuleClassName: com.netflix.loadbalancer.RandomRule
spring.cloud:
  loadbalancer.clients.spring.configurations: weighted
  discovery.client.simple.instances.spring:
  - {uri: "http://127.0.0.1:PORT0", metadata: {weight: 3}}
  - {uri: "http://127.0.0.1:PORT1"}
'''


class Balance:
    def __init__(self):
        self.check = Checks()
        self.ports = free_ports(4)
        self.servers = [backend(port, name)
                        for port, name in zip(self.ports, 'abcd')]
        routes = ROUTES
        for i, port in enumerate(self.ports):
            routes = routes.replace(f'PORT{i}', str(port))
        self.system = System({'api-gateway.yml': routes}).start()

    def register(self, app, which, **metadata):
        name = 'abcd'[which]
        doc = self.system.instance(app, self.ports[which], f'{app}-{name}')
        doc['instance']['metadata'] = metadata
        status = request(self.system.registry, 'POST',
                         f'/eureka/apps/{app.upper()}', doc).status
        self.check.equal(status, 204, f'{app}-{name} registers')

    def known(self, app, n):
        """All of them are asked by each worker."""

        self.check.comes(
            lambda: len(self.ask(app, 24, headers=None)) == n,
            f'{n} instances of {app} are known')

    def get(self, app, **kwargs):
        return get(self.system.gateway, f'/{app}/x', **kwargs)

    def ask(self, app, n, **kwargs):
        return collections.Counter(self.get(app, **kwargs).text()
                                   for _ in range(n))

    def together(self, app, n, **kwargs):
        """n requests at the same time: their answers."""

        answers = []

        def one():
            answers.append(self.get(app, **kwargs))

        threads = [threading.Thread(target=one) for _ in range(n)]
        for t in threads:
            t.start()
        for t in threads:
            t.join(20)
        return answers

    def metric(self, name):
        text = get(self.system.admin, '/_rtalpha/metrics').text()
        for line in text.split('\n'):
            if line.startswith(name + ' ') or line.startswith(name + '{'):
                return int(line.split()[-1])
        return None

    def rounds(self):
        check = self.check
        for i in range(3):
            self.register('plain', i)
            self.register('weighted', i, weight='42' if i else '126')
        self.known('plain', 3)
        check.equal(self.ask('plain', 30), dict(a=10, b=10, c=10),
                    'plain turns are exact over both workers')
        self.known('weighted', 3)
        check.equal(self.ask('weighted', 50), dict(a=30, b=10, c=10),
                    'weights of the metadata are exact over both workers')
        check.equal(self.ask('spring', 40), dict(a=30, b=10),
                    'weights as Spring has them, 1 where there is none')
        self.register('random', 0)
        self.register('random', 1)
        self.known('random', 2)
        seen = ''.join(self.get('random').text() for _ in range(60))
        check.ok('aaa' in seen and 'bbb' in seen, 'chance has no order', seen)

    def zones(self):
        check = self.check
        self.register('zoned', 0, zone='east')
        self.register('zoned', 1, zone='west')
        check.comes(lambda: self.ask('zoned', 10) == dict(a=10),
                    'instances of the own zone are preferred')
        before = self.metric('rtalpha_gateway_zone_overflows_total')
        request(self.system.registry, 'DELETE', '/eureka/apps/ZONED/zoned-a')
        check.comes(lambda: self.ask('zoned', 10) == dict(b=10),
                    'another zone helps when there is none')
        check.equal(self.metric('rtalpha_gateway_zone_overflows_total'),
                    before, 'a zone without instances is not preferred')

    def cookies(self):
        check = self.check
        for i in range(3):
            self.register('sticky', i)
        self.known('sticky', 3)
        answer = self.get('sticky')
        cookie = answer.headers.get('Set-Cookie') or ''
        check.equal(cookie, f'where=sticky-{answer.text()}; Path=/; HttpOnly',
                    'the client is told who answered')
        headers = {'Cookie': 'x=1; ' + cookie.split(';')[0]}
        check.equal(self.ask('sticky', 10, headers=headers),
                    {answer.text(): 10}, 'and comes back to it')
        again = self.get('sticky', headers=headers)
        check.ok('Set-Cookie' not in again.headers, 'without another cookie')
        name = f'sticky-{answer.text()}'
        request(self.system.registry, 'DELETE', f'/eureka/apps/STICKY/{name}')
        check.comes(lambda: answer.text() not in self.ask('sticky', 12),
                    'it is gone')
        moved = self.get('sticky', headers=headers)
        check.ok(moved.status == 200
                 and moved.headers.get('Set-Cookie', '').startswith('where='),
                 'then another one answers, and says so')

    def hashes(self):
        check = self.check
        for i in range(4):
            self.register('hashed', i)
        self.known('hashed', 4)
        where = {}
        for user in range(40):
            seen = self.ask('hashed', 3, headers={'X-User': f'u{user}'})
            check.equal(len(seen), 1, f'user {user} stays at one')
            where[user] = list(seen)[0]
        check.equal(len(set(where.values())), 4, 'users are spread')
        request(self.system.registry, 'DELETE',
                '/eureka/apps/HASHED/hashed-c')
        check.comes(lambda: 'c' not in self.ask('hashed', 24), 'c is gone')
        moved = {user: list(self.ask('hashed', 1,
                                     headers={'X-User': f'u{user}'}))[0]
                 for user in where}
        check.ok(all(moved[u] == where[u] for u in where if where[u] != 'c'),
                 'only the users of the one that went have moved')

    def loads(self):
        check = self.check
        for app in ('least', 'fast'):
            self.register(app, 0)
            self.register(app, 1)
            self.known(app, 2)

        # one is stuck with slow requests: the others go past it
        slow = [threading.Thread(target=self.get, args=('least',),
                                 kwargs=dict(headers={'X-Sleep': '2'}))
                for _ in range(3)]
        for t in slow:
            t.start()
        check.comes(lambda: self.servers[0].active + self.servers[1].active
                    == 3, 'three slow requests are under way')
        busy = 'a' if self.servers[0].active > self.servers[1].active else 'b'
        free = 'b' if busy == 'a' else 'a'
        check.equal(self.get('least').text(), free,
                    'the next goes to the one with fewer')
        for t in slow:
            t.join(10)

        self.servers[1].sleep = 0.05
        check.comes(lambda: self.ask('fast', 40)['b'] <= 4,
                    'the one that is slow is avoided', 20)
        self.servers[1].sleep = 0

    def limits(self):
        check = self.check
        self.register('limited', 2)
        self.known('limited', 1)
        self.servers[2].most = 0
        answers = self.together('limited', 6, headers={'X-Sleep': '2'})
        by = collections.Counter(a.status for a in answers)
        check.equal(by, {200: 2, 503: 4}, 'two at a time, over both workers')
        check.equal(self.servers[2].most, 2, 'no more than two arrived')
        busy = [a for a in answers if a.status == 503][0]
        check.equal(busy.json().get('reason'), 'busy', 'the reason is told')
        check.ok(self.metric('rtalpha_gateway_instance_limits_total') >= 4,
                 'and counted')
        check.comes(lambda: self.get('limited').status == 200,
                    'it is free again')
        check.equal(self.metric('rtalpha_gateway_instances_requests'), 0,
                    'nothing is under way any more')

    def ejects(self):
        check = self.check
        for i in range(2):
            self.register('failing', i)
        self.known('failing', 2)
        self.servers[1].status = 500
        check.comes(lambda: 'b' not in self.ask('failing', 6),
                    'one that fails three times is left out')
        check.ok(self.metric('rtalpha_gateway_ejections_total') >= 1
                 and self.metric('rtalpha_gateway_instances_ejected') == 1,
                 'which is counted')

        # half of them may be out: the other one stays, failing or not
        self.servers[0].status = 500
        check.equal(self.ask('failing', 6), dict(a=6), 'the other stays in')
        self.servers[0].status = self.servers[1].status = 200
        check.comes(lambda: self.ask('failing', 6)['b'] >= 2,
                    'it comes back by itself', 20)

    def warms(self):
        check = self.check
        self.register('warming', 0)
        self.known('warming', 1)
        check.comes(lambda: self.get('warming').text() == 'a', 'one')
        self.register('warming', 1)
        self.known('warming', 2)
        seen = self.ask('warming', 100)
        check.ok(seen['b'] >= 1, 'one that is new gets requests', seen)

    def forgets(self):
        """A worker that dies leaves no requests under way."""

        check = self.check
        thread = threading.Thread(
            target=self.quiet, args=('limited',), daemon=True)
        thread.start()
        check.comes(
            lambda: self.metric('rtalpha_gateway_instances_requests') == 1,
            'one request is under way')
        for pid in self.system.nginx.workers():
            os.kill(pid, signal.SIGKILL)
        check.comes(
            lambda: self.metric('rtalpha_gateway_instances_requests') == 0,
            'and none any more', 20)

    def quiet(self, app):
        try:
            self.get(app, headers={'X-Sleep': '30'})
        except OSError:
            pass

    def main(self):
        self.rounds()
        self.zones()
        self.cookies()
        self.hashes()
        self.loads()
        self.limits()
        self.ejects()
        self.warms()
        bad = [line for line in self.system.nginx.log_text().split('\n')
               if any(x in line for x in ('[alert]', '[crit]', '[emerg]'))]
        self.check.ok(not bad, 'nothing bad in the error log', bad)
        self.forgets()
        self.system.nginx.stop()
        self.check.done()


if __name__ == '__main__':
    sys.exit(Balance().main())
