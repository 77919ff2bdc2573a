"""What the gateway does when instances fail: tries, their budget and their
times, breakers, fallbacks, deadlines, limits of bodies, draining.
"""

import socket
import sys
import threading
import time

from backends import backend
from rtalpha import Checks, ROOT, System, free_ports, get, request

ROUTES = '''zuul:
  sensitive-headers: ""
  ignored-services: waits,nginx
  routes:
    plain: /plain/**
    spend: {path: /spend/**, retryable: true}
    broken: /broken/**
    text: /text/**
    other: /other/**
    late: /late/**
    small: /small/**
    drain: /drain/**
    moving: /moving/**
ribbon:
  ReadTimeout: 20000
  MaxAutoRetriesNextServer: 3
  retryableStatusCodes: 503
hystrix.command.default.circuitBreaker.enabled: false
rtalpha.gateway.services:
  spend: {retry-budget: 10, retry-budget-minimum: 0, retry-budget-burst: 5}
  broken:
    breaker: {error-share: 50, minimum-requests: 4, open-time: 2s,
              trial-requests: 1, recovery: 2s}
    fallback: {status: 203, body: "not now", content-type: text/x-fallback}
  text: {fallback: {status: 200, body: "[]", content-type: application/json}}
  other: {fallback: {service: spare}}
  late: {deadline-header: X-Time-Left, response-timeout: 10s}
  small: {max-body: 1000, response-timeout: 500ms}
spring.cloud.gateway.routes:
- id: nginx
  uri: lb://nginx
  predicates: [Path=/nginx/**]
- id: waits
  uri: lb://waits
  predicates: [Path=/waits/**]
  filters:
  - name: Retry
    args:
      retries: 3
      methods: GET,POST
      statuses: SERVICE_UNAVAILABLE
      backoff: {firstBackoff: 100ms, maxBackoff: 10s, factor: 3}
      jitter: {randomFactor: 0}
'''


class Resilience:
    def __init__(self):
        self.check = Checks()
        self.ports = free_ports(6)
        self.refused = self.ports[4]
        self.servers = [backend(port, name)
                        for port, name in zip(self.ports, 'abcd')]
        with open(f'{ROOT}/conf/rtalpha_server.conf', encoding='utf-8') as f:
            locations = f.read()
        self.system = System({'api-gateway.yml': ROUTES}, gateway='''
            recursive_error_pages on;
        ''', extra=f'''
    server {{
        listen 127.0.0.1:{self.ports[5]};
        {locations.replace("_upstream error;", "_upstream error http_503;")}
        location / {{ rtalpha_gateway settings=config:api-gateway; }}
    }}
''').start()

    def register(self, app, which):
        port = self.ports[which]
        name = f'{app}-{"abcdx"[which]}'
        status = self.system.register(app, port, name)
        self.check.equal(status, 204, f'{name} registers')

    def known(self, app, names):
        self.check.comes(
            lambda: {self.get(app).text() for _ in range(12)} == set(names),
            f'{names} of {app} are known')
        self.forget()

    def forget(self):
        for server in self.servers:
            server.seen = []

    def get(self, app, path='x', **kwargs):
        return get(self.system.gateway, f'/{app}/{path}', **kwargs)

    def seen(self):
        return sum(len(server.seen) for server in self.servers)

    def metric(self, name):
        text = get(self.system.admin, '/_rtalpha/metrics').text()
        for line in text.split('\n'):
            if line.startswith(name + ' '):
                return int(line.split()[-1])
        return None

    def refusals(self):
        """Refused connections cost nothing, for any method."""

        check = self.check
        self.register('plain', 0)
        self.register('plain', 4)
        self.check.comes(lambda: self.get('plain').text() == 'a', 'known')
        answers = [request(self.system.gateway, 'POST', '/plain/x', 'body')
                   for _ in range(10)]
        check.equal([a.status for a in answers], [200] * 10,
                    'a refused connection is no failure')
        check.equal({a.text() for a in answers}, {'body'}, 'the body is whole')

        self.register('plain', 1)
        request(self.system.registry, 'DELETE', '/eureka/apps/PLAIN/plain-x')
        self.known('plain', 'ab')
        self.servers[0].close = self.servers[1].close = 10
        check.equal(self.get('plain').status, 502, 'two close: no third')
        self.servers[0].close, self.servers[1].close = 2, 0
        check.equal([self.get('plain').status for _ in range(2)], [200, 200],
                    'GET goes on when the connection is closed')
        self.servers[0].close = self.servers[1].close = 10
        answer = request(self.system.gateway, 'POST', '/plain/x', 'body')
        check.equal(answer.status, 502, 'POST does not')
        check.equal(answer.json().get('reason'), 'closed', 'and says why')
        self.servers[0].close = self.servers[1].close = 0

    def waits(self):
        check = self.check
        self.register('waits', 0)
        self.known('waits', 'a')
        server = self.servers[0]
        before = self.metric('rtalpha_gateway_retry_waits_total')

        server.fail = 2
        answer = request(self.system.gateway, 'POST', '/waits/x', 'again' * 99)
        check.equal((answer.status, answer.text()), (200, 'again' * 99),
                    'the third try is answered, with its body')
        times = [seen[0] for seen in server.seen]
        check.equal(len(times), 3, 'three tries')
        if len(times) == 3:
            check.ok(times[1] - times[0] >= 0.095, 'a tenth of a second',
                     times[1] - times[0])
            check.ok(times[2] - times[1] >= 0.29, 'then three',
                     times[2] - times[1])
        check.equal(self.metric('rtalpha_gateway_retry_waits_total'),
                    before + 2, 'two waits are counted')

        server.seen, server.fail = [], 9
        answer = self.get('waits')
        check.equal((answer.status, answer.text()), (503, 'a'),
                    'the last answer is passed on')
        check.equal(len(server.seen), 4, 'after four tries')

        server.seen, server.fail = [], 2
        answer = request(self.system.gateway, 'DELETE', '/waits/x')
        check.equal((answer.status, len(server.seen)), (503, 1),
                    'a method that the route does not name is tried once')

        # the client goes while its request waits
        server.seen, server.fail = [], 9
        with socket.create_connection(('127.0.0.1',
                                       self.system.gateway)) as sock:
            sock.sendall(b'GET /waits/x HTTP/1.1\r\nHost: x\r\n\r\n')
            check.comes(lambda: len(server.seen) == 2, 'two tries')
        server.fail = 0
        check.equal(self.get('waits').status, 200, 'all is well afterwards')

    def budget(self):
        check = self.check
        self.register('spend', 0)
        self.register('spend', 1)
        self.known('spend', 'ab')
        denied = self.metric('rtalpha_gateway_retries_denied_total')
        for server in self.servers:
            server.fail = 10 ** 6
        for _ in range(100):
            self.get('spend')
        for server in self.servers:
            server.fail = 0
        tries = self.seen() - 100

        # five that it holds, a tenth of the requests, and those of before
        check.ok(5 <= tries <= 20, '100 failures cost few tries', tries)
        check.ok(self.metric('rtalpha_gateway_retries_denied_total')
                 >= denied + 80, 'what was denied is counted')

    def breaker(self):
        check = self.check
        self.register('broken', 0)
        self.known('broken', 'a')
        server = self.servers[0]
        opened = self.metric('rtalpha_gateway_breakers_opened_total')
        server.close = 10 ** 6
        check.comes(
            lambda: self.get('broken').text() == 'not now'
            and self.metric('rtalpha_gateway_breakers_opened_total')
            == opened + 1, 'failures open it')
        server.seen = []
        answers = [self.get('broken') for _ in range(20)]
        check.equal({(a.status, a.text(), a.headers.get('Content-Type'))
                     for a in answers}, {(203, 'not now', 'text/x-fallback')},
                    'then the fallback answers')
        check.ok(len(server.seen) <= 1, 'open in both workers at once',
                 len(server.seen))
        check.ok(self.metric('rtalpha_gateway_breakers_refused_total') > 0,
                 'which is counted')
        server.close = 0
        check.comes(lambda: self.get('broken').text() == 'a',
                    'after its time a trial call passes')
        check.comes(lambda: all(self.get('broken').text() == 'a'
                                for _ in range(20)), 'until all pass')

    def fallbacks(self):
        check = self.check
        self.register('text', 4)
        check.comes(lambda: self.get('text').text() == '[]',
                    'a text instead of a failure')
        answer = self.get('text')
        check.equal((answer.status, answer.headers.get('Content-Type')),
                    (200, 'application/json'), 'with its status and type')

        self.register('other', 4)
        self.register('spare', 2)
        check.comes(lambda: self.get('other').text() == 'c',
                    'another service instead of a failure')
        self.forget()
        answer = request(self.system.gateway, 'PUT', '/other/y?z=1', 'text')
        check.equal((answer.status, answer.text()), (200, 'text'),
                    'gets the body')
        _, method, path, headers, _ = self.servers[2].seen[-1]
        check.equal((method, path, headers.get('Host')),
                    ('PUT', '/y?z=1', f'127.0.0.1:{self.ports[2]}'),
                    'and all else, with its own Host')
        request(self.system.registry, 'DELETE', '/eureka/apps/OTHER/other-x')
        self.spare_refuses()
        check.comes(lambda: [self.get('other').text() for _ in range(4)]
                    == ['c'] * 4, 'also when there is no instance')
        request(self.system.registry, 'DELETE', '/eureka/apps/SPARE/spare-c')
        check.comes(lambda: self.get('other').status == 503,
                    'until that one has none')

    def spare_refuses(self):
        """The first service has had its try: it gets no second one."""

        check = self.check
        self.register('other', 1)
        check.comes(lambda: self.get('other').text() == 'b', 'back again')
        self.register('spare', 4)
        request(self.system.registry, 'DELETE', '/eureka/apps/SPARE/spare-c')
        self.servers[1].close = 10 ** 6

        def refused():
            self.forget()
            answer = request(self.system.gateway, 'POST', '/other/x', 'body')
            return answer.status == 502 and not self.servers[2].seen

        check.comes(refused, 'both fail')
        check.equal(len(self.servers[1].seen), 1, 'one try of the first')
        self.servers[1].close = 0
        self.register('spare', 2)
        request(self.system.registry, 'DELETE', '/eureka/apps/SPARE/spare-x')
        request(self.system.registry, 'DELETE', '/eureka/apps/OTHER/other-b')

    def conditions(self):
        """nginx's own conditions, which it looks at behind the head."""

        check = self.check
        for which in (0, 1):
            self.register('nginx', which)
        self.known('nginx', 'ab')

        def ask():
            return get(self.ports[5], '/nginx/x')

        for server in self.servers[:2]:
            server.fail = 10 ** 6
        answer = ask()
        check.equal((answer.status, self.seen()), (503, 2),
                    'http_503: both are asked')
        self.servers[0].fail = 0
        check.equal([ask().text() for _ in range(4)], ['a'] * 4,
                    'and the one that is well answers')
        self.servers[1].fail = 0

    def deadlines(self):
        check = self.check
        self.register('late', 0)
        self.known('late', 'a')
        told = self.get('late', 'headers',
                        headers={'X-Time-Left': '8000'}).json()
        check.ok(1000 < int(told.get('X-Time-Left', 0)) <= 8000,
                 'what is left is told', told)
        check.ok('X-Time-Left' not in self.get('late', 'headers').json(),
                 'nothing is invented')
        check.equal(self.get('late', headers={'X-Time-Left': '0'}).status, 504,
                    'no time: no try')
        begin = time.monotonic()
        answer = self.get('late', headers={'X-Time-Left': '300',
                                           'X-Sleep': '5'}, timeout=20)
        check.equal(answer.status, 504, 'it ends in time')
        check.ok(time.monotonic() - begin < 4.5, 'not when the instance does')

        self.register('small', 0)
        self.known('small', 'a')
        check.equal(self.get('small', headers={'X-Sleep': '5'}).status, 504,
                    "the service's own time")
        check.equal(request(self.system.gateway, 'POST', '/small/x',
                            'x' * 1000).status, 200, 'a body within its limit')
        check.equal(request(self.system.gateway, 'POST', '/small/x',
                            'x' * 1001).status, 413, 'a larger one')
        chunk = b'190\r\n' + b'x' * 400 + b'\r\n'
        for n, status in ((2, b'200'), (3, b'413')):
            with socket.create_connection(('127.0.0.1',
                                           self.system.gateway), 10) as sock:
                sock.sendall(b'DELETE /small/x HTTP/1.1\r\nHost: x\r\n'
                             b'Transfer-Encoding: chunked\r\n\r\n'
                             + chunk * n + b'0\r\n\r\n')
                got = sock.recv(4096)
            check.equal(got[9:12], status, f'{n} chunks of 400 bytes')

    def drains(self):
        check = self.check
        self.register('drain', 0)
        self.register('drain', 1)
        self.known('drain', 'ab')
        slow = []
        threads = [threading.Thread(target=lambda: slow.append(
            self.get('drain', headers={'X-Sleep': '2'}).status))
            for _ in range(4)]
        for t in threads:
            t.start()
        check.comes(lambda: self.servers[0].active >= 1
                    and self.servers[1].active >= 1, 'both are busy')
        request(self.system.registry, 'PUT',
                '/eureka/apps/DRAIN/drain-a/status?value=OUT_OF_SERVICE')
        check.comes(lambda: [self.get('drain').text() for _ in range(8)]
                    == ['b'] * 8, 'no new requests for one out of service')
        for t in threads:
            t.join(20)
        check.equal(slow, [200] * 4, 'those under way are not cut')
        request(self.system.registry, 'DELETE',
                '/eureka/apps/DRAIN/drain-a/status?value=UP')
        check.comes(lambda: 'a' in [self.get('drain').text()
                                    for _ in range(8)], 'until it is back')

    def moves(self):
        """The whole list is another one when a try fails."""

        check = self.check
        self.register('moving', 0)
        self.known('moving', 'a')
        self.servers[0].close = 10
        answers = []
        thread = threading.Thread(target=lambda: answers.append(
            self.get('moving', headers={'X-Sleep': '2'})))
        thread.start()
        check.comes(lambda: self.servers[0].seen, 'a request is under way')
        self.register('moving', 3)
        request(self.system.registry, 'DELETE', '/eureka/apps/MOVING/moving-a')
        thread.join(20)
        self.servers[0].close = 0
        check.equal([(a.status, a.text()) for a in answers], [(200, 'd')],
                    'it goes to an instance that came later')

    def main(self):
        self.refusals()
        self.waits()
        self.budget()
        self.breaker()
        self.fallbacks()
        self.conditions()
        self.deadlines()
        self.drains()
        self.moves()
        self.check.clean(self.system.nginx)
        self.check.done()


if __name__ == '__main__':
    sys.exit(Resilience().main())
