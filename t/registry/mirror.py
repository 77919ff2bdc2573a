#!/usr/bin/env python3
"""A mirror: a node that only reads another registry, as a gateway's node
does.  It follows within a second and is never emptied by its source."""

import http.server
import json
import threading
import time

from persist import JSON, Registry, document
from rtalpha import Checks, free_ports, get, request


def statuses(reg):
    return {name: i['status'] for name, i in reg.apps().items()}


def check_secrets(checks):
    """A peer's password is shown nowhere."""

    nobody = Registry()
    reg = Registry('eureka.client.service-url.defaultZone: '
                   f'http://joe:s3cret@127.0.0.1:{nobody.port}/eureka/\n')
    reg.begin()
    reg.register('SHOP', 's1')

    page = get(reg.port, '/').text()
    checks.ok(f'<td>127.0.0.1:{nobody.port}/eureka/' in page, 'the page of '
              'peers', page)
    checks.ok('s3cret' not in page, 'without a password')
    checks.comes(lambda: 'cannot be told' in reg.log_text(),
                 'the log tells that it is away', 20)
    reg.stop()
    checks.ok('s3cret' not in reg.log_text(), 'without a password, too')


class Source:
    """A registry made of answers: what is asked of it, and what a mirror
    makes of answers that do not fit together."""

    def __init__(self, barred=False):
        self.port = free_ports(1)[0]
        self.instances, self.delta, self.asked = {}, {}, []
        self.wrong, self.barred = False, barred
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.answer(self)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(
            ('127.0.0.1', self.port), Handler)
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    def answer(self, handler):
        delta = handler.path.endswith('/delta')
        self.asked.append('delta' if delta else 'apps')
        if delta and self.barred:
            handler.send_response(403)
            handler.send_header('Content-Length', '0')
            handler.end_headers()
            return

        counts = {}
        for i in self.instances.values():
            counts[i['status']] = counts.get(i['status'], 0) + 1
        code = ''.join(f'{k}_{counts[k]}_' for k in sorted(counts))
        if delta and self.wrong:
            code = 'UP_4711_'
        shown = list((self.delta if delta else self.instances).values())
        body = json.dumps({'applications': {
            'versions__delta': '1', 'apps__hashcode': code, 'application': [
                {'name': 'SHOP', 'instance': shown}] if shown else []}})
        handler.send_response(200)
        handler.send_header('Content-Type', 'application/json')
        handler.send_header('Content-Length', str(len(body)))
        handler.end_headers()
        handler.wfile.write(body.encode())

    def put(self, name, action='ADDED', status='UP'):
        i = {**document('SHOP', name)['instance'], 'status': status,
             'lastDirtyTimestamp': '1700000000000', 'actionType': action,
             'overriddenstatus': 'UNKNOWN'}
        self.delta[name] = i
        if action == 'DELETED':
            self.instances.pop(name, None)
        else:
            self.instances[name] = i


def check_deltas(checks):
    """Deltas, as long as their hash code fits."""

    source = Source()
    for i in range(30):
        source.put(f's{i}')
    source.delta = {}
    mirror = Registry('rtalpha.registry.mirror: true\n'
                      'eureka.client.registry-fetch-interval-seconds: 1\n'
                      'eureka.client.service-url.defaultZone: '
                      f'http://127.0.0.1:{source.port}/eureka/\n')
    mirror.begin()
    checks.comes(lambda: len(mirror.apps()) == 30, 'the whole list')
    checks.comes(lambda: 'delta' in source.asked, 'then deltas')

    for i in range(30, 50):
        source.put(f's{i}')
    source.put('s0', 'DELETED')
    source.put('s1', 'MODIFIED', 'DOWN')
    checks.comes(lambda: len(mirror.apps()) == 49
                 and statuses(mirror)['s1'] == 'DOWN', 'a delta')
    source.put('s0')
    checks.comes(lambda: 's0' in mirror.apps(), 'one is back')
    checks.comes(lambda: len(source.asked) > 6, 'some more questions', 20)
    checks.equal(source.asked.count('apps'), 1, 'one whole list')
    checks.equal(set(mirror.apps()), set(source.instances), 'all the same')

    # what is in no delta any more is missed: the hash code tells

    source.instances['lost'] = {**source.instances['s2'],
                                'instanceId': 'lost'}
    source.delta = {}
    checks.comes(lambda: 'lost' in mirror.apps(), 'a delta that does not fit')
    checks.equal(source.asked.count('apps'), 2, 'is followed by a whole list')
    checks.comes(lambda: source.asked[-1] == 'delta', 'then deltas again')

    # most are said to be deleted at once: that is no word to go by

    for i in range(40):
        source.put(f's{i}', 'DELETED')
    source.instances = {}
    checks.comes(lambda: 'are kept for now' in mirror.log_text(),
                 'a delta that deletes most')
    checks.equal(len(mirror.apps()), 51, 'empties nothing')

    source.delta = {}
    for i in range(50):
        source.put(f's{i}')
    source.delta = {}
    checks.comes(lambda: source.asked[-1] == 'delta', 'it recovers', 20)
    checks.clean(mirror)

    # one that never fits, and one that gives none: whole lists it is

    for what, source in (('wrong codes', Source()), ('no deltas',
                                                     Source(barred=True))):
        source.wrong = not source.barred
        source.put('s0')
        mirror = Registry('rtalpha.registry.mirror: true\n'
                          'eureka.client.registry-fetch-interval-seconds: 1\n'
                          'eureka.client.service-url.defaultZone: '
                          f'http://127.0.0.1:{source.port}/eureka/\n')
        mirror.begin()
        checks.comes(lambda: 's0' in mirror.apps(), f'{what}: the list')
        source.put('s1')
        checks.comes(lambda: 's1' in mirror.apps(), f'{what}: a change', 20)
        began, before = time.monotonic(), len(source.asked)
        checks.comes(lambda: len(source.asked) > before + 6,
                     f'{what}: it goes on', 30)
        checks.ok(time.monotonic() - began > 1.5, f'{what}: and in peace',
                  time.monotonic() - began)
        checks.clean(mirror)


def check_zones(checks):
    """URLs of one's own zone are asked first, then those of the others."""

    near, far, other = sources = Source(), Source(), Source()
    for i, source in enumerate(sources):
        source.put(f's{i}')

    def mirror(more):
        m = Registry(
            'rtalpha.registry.mirror: true\n'
            'eureka.client.region: eu\n'
            'eureka.client.availability-zones.eu: z1, z2\n'
            f'{more}'
            'eureka.client.service-url:\n'
            f'  defaultZone: http://127.0.0.1:{other.port}/eureka/\n'
            f'  z2: http://127.0.0.1:{far.port}/eureka/\n'
            f'  z1: http://127.0.0.1:{near.port}/eureka/\n')
        m.begin()
        return m

    for what, want, more in (
            ('one\'s own', 's0', ''),
            ('another, if that is wanted', 's1',
             'eureka.client.prefer-same-zone-eureka: false\n')):
        m = mirror(more)
        checks.comes(lambda m=m: len(m.apps()) == 1, f'{what}: a list', 20)
        checks.equal(set(m.apps()), {want}, what)
        checks.clean(m)

    near.server.shutdown()
    near.server.server_close()
    m = mirror('')
    checks.comes(lambda: set(m.apps()) == {'s1'}, 'then the next one', 20)
    checks.clean(m)


def main():
    checks = Checks()
    check_zones(checks)
    check_secrets(checks)
    check_deltas(checks)
    away = Registry()
    source = Registry('rtalpha.registry.persist: false\n').begin()
    mirror = Registry(
        'rtalpha.registry.mirror: true\n'
        'eureka.client.service-url.defaultZone: '
        f'http://127.0.0.1:{away.port}/eureka/,'
        f'http://127.0.0.1:{source.port}/eureka/\n')

    for i in range(20):
        source.register('SHOP', f's{i}', durationInSecs=600)

    mirror.begin()

    # the first URL does not answer, the second one does

    checks.comes(lambda: len(mirror.apps()) == 20, 'the list is taken over')
    checks.equal(mirror.apps()['s1']['metadata'],
                 source.apps()['s1']['metadata'], 'with all that is in it')

    began = time.monotonic()
    source.register('PAY', 'p1', durationInSecs=1)
    checks.comes(lambda: 'p1' in mirror.apps(), 'a registration')
    checks.comes(lambda: 'p1' not in mirror.apps(), 'and a death')
    took = time.monotonic() - began
    checks.ok(0.9 < took < 2.2, 'within a second of it', took)

    path = '/eureka/apps/SHOP/s3'
    request(source.port, 'PUT', f'{path}/status?value=OUT_OF_SERVICE')
    checks.comes(lambda: statuses(mirror)['s3'] == 'OUT_OF_SERVICE',
                 'an override')
    request(source.port, 'DELETE', f'{path}/status?value=UP')
    checks.comes(lambda: statuses(mirror)['s3'] == 'UP', 'and its end')
    request(source.port, 'DELETE', path)
    checks.comes(lambda: len(mirror.apps()) == 19, 'a cancellation')

    checks.equal(mirror.register('SHOP', 'mine'), 405, 'it is not written to')
    checks.equal(mirror.renew('SHOP', 's4'), 405, 'nor renewed at')

    # the source restarts and knows nobody: nobody is lost

    source.stop()
    source.begin()
    time.sleep(3)
    checks.equal(len(mirror.apps()), 19, 'an empty list empties nothing')

    source.register('SHOP', 's4', durationInSecs=600)
    source.register('SHOP', 'new', durationInSecs=600)
    checks.comes(lambda: 'new' in mirror.apps(), 'who is new is taken', 35)
    checks.equal(len(mirror.apps()), 20, 'the others are kept')

    # a start without any source: the last good copy is on disk

    source.stop()
    time.sleep(0.3)     # changes are on disk some 50 ms later
    mirror.stop()
    mirror.begin()
    checks.equal(len(mirror.apps()), 20, 'the last good copy')

    answer = get(mirror.port, '/eureka/apps/SHOP/new', headers=JSON)
    checks.equal(json.loads(answer.body)['instance']['status'], 'UP',
                 'as it was')

    mirror.stop()
    text = mirror.log_text()
    checks.ok('does not answer' in text and 'are kept for now' in text,
              'the log tells both')
    checks.done()


if __name__ == '__main__':
    main()
