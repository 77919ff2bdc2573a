#!/usr/bin/env python3
"""The protocol in several steps: what hurt users of the stock server and must
not happen here, limits, filtered reads, compressed answers, large lists."""

import gzip
import http.client
import json
import os
import socket
import xml.etree.ElementTree as ET

from rtalpha import Checks, Nginx, folder, free_ports, get, request, write

CLASS = 'com.netflix.appinfo.MyDataCenterInfo'
JSON = {'Accept': 'application/json'}


class Registry(Nginx):
    def __init__(self, settings='', workers=2):
        self.port, = free_ports(1)
        self.place = folder('registry')
        source = os.path.join(self.place, 'registry.yml')
        write(source, settings)
        super().__init__(f'''
    rtalpha_zone 128m;
    rtalpha_state {self.place}/state;
    client_max_body_size 8m;
    server {{
        listen 127.0.0.1:{self.port};
        keepalive_requests 1000000;
        location / {{ rtalpha_registry settings=file:{source}; }}
    }}
''', workers=workers)
        self.start(self.port)
        self.conn = http.client.HTTPConnection('127.0.0.1', self.port)

    def register(self, name, app='A', **more):
        body = {'instance': {
            'instanceId': name, 'hostName': 'h', 'app': app,
            'ipAddr': '1.2.3.4',
            'dataCenterInfo': {'@class': CLASS, 'name': 'MyOwn'}, **more}}
        self.conn.request('POST', f'/eureka/apps/{app}', json.dumps(body),
                          {'Content-Type': 'application/json'})
        answer = self.conn.getresponse()
        answer.read()
        return answer.status

    def apps(self, query='', path='/eureka/apps'):
        return get(self.port, path + query, headers=JSON).json()[
            'applications']

    def ids(self, query='', path='/eureka/apps'):
        return sorted(i['instanceId'] for app in self.apps(
            query, path)['application'] for i in app['instance'])


def check_faults(checks, reg):
    """Faults of the stock server."""

    for body in ('{"instance":[]}',
                 '{"instance":{"app":"A","metadata":["a","b"]}}'):
        answer = request(reg.port, 'POST', '/eureka/apps/A', body,
                         {'Content-Type': 'application/json'}, timeout=5)
        checks.equal(answer.status, 400, f'{body} ends, and with 400')

    checks.equal(reg.register('amazon', dataCenterInfo={
        '@class': 'com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo',
        'name': 'Amazon'}), 400, 'Amazon in name only is refused')
    checks.equal(reg.ids(), [], 'and lists are whole')

    checks.equal(reg.register('odd', metadata={
        'a:b': '\x01', '': 'x', '1/2': '<&>'}), 204, 'odd metadata')

    for path in ('/eureka/apps', '/eureka/apps/delta', '/eureka/apps/A',
                 '/eureka/instances/odd'):
        text = get(reg.port, path).body
        ET.fromstring(text)
        checks.ok(b'a_.003ab' in text, f'{path} is well-formed XML')

    reg.register('moves', vipAddress='x,y')
    checks.equal(reg.ids(path='/eureka/vips/y'), ['moves'], 'listed')
    reg.register('moves', vipAddress='x,z')
    checks.equal(reg.ids(path='/eureka/vips/y'), [],
                 'an address that is left is left at once')
    checks.equal(reg.ids(path='/eureka/vips/z'), ['moves'], 'for the new one')

    bomb = ('<!DOCTYPE x [<!ENTITY a "' + 'x' * 100 + '">'
            + ''.join(f'<!ENTITY b{i} "{"&a;" * 100}">' for i in range(9))
            + ']><instance><app>&b8;</app></instance>')
    checks.equal(request(reg.port, 'POST', '/eureka/apps/A', bomb,
                         {'Content-Type': 'application/xml'}).status, 400,
                 'an entity bomb')
    checks.equal(request(reg.port, 'POST', '/eureka/apps/A', '{' * 100000,
                         {'Content-Type': 'application/json'}).status, 400,
                 'depth without end')

    for name in ('odd', 'moves'):
        request(reg.port, 'DELETE', f'/eureka/apps/A/{name}')


def check_bodies_discarded(checks, reg):
    """A body that nobody reads is not the next request."""

    inner = b'GET /eureka/apps/X HTTP/1.1\r\nHost: a\r\n\r\n'
    sock = socket.create_connection(('127.0.0.1', reg.port), 5)
    sock.sendall(b'PUT /eureka/apps/A/nobody HTTP/1.1\r\nHost: a\r\n'
                 b'Content-Length: %d\r\n\r\n%sGET /eureka/vips/none HTTP/1.1'
                 b'\r\nHost: a\r\nConnection: close\r\n\r\n'
                 % (len(inner), inner))
    text = b''
    while True:
        part = sock.recv(65536)
        if not part:
            break
        text += part
    sock.close()
    checks.equal(text.count(b'HTTP/1.1 '), 2, 'two requests, two answers')


def check_filters(checks, reg):
    for name, app, status, zone in (('one', 'A', 'UP', 'z1'),
                                    ('two', 'B', 'DOWN', 'z2'),
                                    ('three', 'C', 'UP', 'z2')):
        reg.register(name, app, status=status, metadata={'zone': zone})

    checks.equal(reg.ids('?app=a,b'), ['one', 'two'], 'by application')
    checks.equal(reg.ids('?status=DOWN'), ['two'], 'by status')
    checks.equal(reg.ids('?zone=z2&status=UP'), ['three'], 'by both')
    checks.equal(reg.ids('?regions=x'), ['one', 'three', 'two'],
                 'regions are not filters')
    checks.equal(reg.apps('?app=a')['apps__hashcode'], 'UP_1_',
                 'with its own hash code')
    checks.equal(get(reg.port, '/eureka/apps?status=junk').status, 400,
                 'a status that is none')

    for name, app in (('one', 'A'), ('two', 'B'), ('three', 'C')):
        request(reg.port, 'DELETE', f'/eureka/apps/{app}/{name}')


def check_many(checks, reg):
    """Answers of many segments: all applications small, one large, changes,
    and every form the same content."""

    for i in range(3000):
        reg.register(f'i{i}', f'APP{i % 200}' if i % 3 else 'LARGE',
                     metadata={'n': str(i), 'pad': 'x' * (i % 300)})

    for i in range(0, 3000, 5):
        request(reg.port, 'DELETE',
                f'/eureka/apps/{f"APP{i % 200}" if i % 3 else "LARGE"}/i{i}')

    for i in range(1, 3000, 7):
        if i % 5:
            reg.register(f'i{i}', f'APP{i % 200}' if i % 3 else 'LARGE',
                         metadata={'n': str(i), 'pad': 'y' * (i % 2000)})

    want = sorted(f'i{i}' for i in range(3000) if i % 5)
    plain = get(reg.port, '/eureka/apps', headers=JSON)
    apps = plain.json()['applications']
    checks.equal(sorted(i['instanceId'] for a in apps['application']
                        for i in a['instance']), want, 'every instance once')
    checks.equal(len({a['name'] for a in apps['application']}),
                 len(apps['application']), 'every application once')
    checks.equal(apps['apps__hashcode'], f'UP_{len(want)}_', 'hash code')

    packed = get(reg.port, '/eureka/apps',
                 headers={**JSON, 'Accept-Encoding': 'gzip'})
    checks.equal(packed.headers['Content-Encoding'], 'gzip', 'compressed')
    checks.ok(gzip.decompress(packed.body) == plain.body,
              'parts of gzip are one stream with the same text')

    root = ET.fromstring(get(reg.port, '/eureka/apps').body)
    checks.equal(sorted(i.findtext('instanceId') for i in root.iter(
        'instance')), want, 'the same in XML')

    compact = get(reg.port, '/eureka/apps',
                  headers={**JSON, 'X-Eureka-Accept': 'compact'})
    checks.equal(sorted(i['instanceId'] for a in compact.json()[
        'applications']['application'] for i in a['instance']), want,
        'the same compact')

    large = get(reg.port, '/eureka/apps/LARGE', headers=JSON).json()
    checks.equal(sorted(i['instanceId'] for i in large['application'][
        'instance']), sorted(n for n in want if int(n[1:]) % 3 == 0),
        'a large application alone')

    delta = reg.apps(path='/eureka/apps/delta')
    states = {i['instanceId']: i['actionType'] for a in delta['application']
              for i in a['instance']}
    ours = {n: s for n, s in states.items() if n[1:].isdigit()}
    checks.equal(len(ours), 3000, 'the delta has every change once')
    checks.equal(sum(1 for s in ours.values() if s == 'DELETED'), 600,
                 'and the deleted ones')

    reg.register('last', 'LARGE')
    checks.ok('last' in reg.ids(), 'one more change is seen')
    checks.equal(len(reg.ids()), len(want) + 1, 'with all the rest')


def check_limits(checks):
    reg = Registry('rtalpha.registry.max-instances: 2\n')
    checks.equal(reg.register('one'), 204, 'within the limit')
    checks.equal(reg.register('two'), 204, 'up to the limit')
    checks.equal(reg.register('three'), 503, 'over the limit')
    checks.equal(reg.register('one'), 204, 'those that are there go on')
    checks.equal(reg.ids(), ['one', 'two'], 'what was there is there')
    checks.clean(reg)


def main():
    checks = Checks()
    reg = Registry()

    check_faults(checks, reg)
    check_bodies_discarded(checks, reg)
    check_filters(checks, reg)
    check_many(checks, reg)
    checks.clean(reg)
    check_limits(checks)
    checks.done()


if __name__ == '__main__':
    main()
