#!/usr/bin/env python3
"""What stops or spoils the Java server does neither here; hostile bodies,
ids and names; lists of one application, small and large, compressed."""

import gzip
import json
import time
import urllib.parse
import xml.etree.ElementTree as ET

from persist import CLASS, JSON, Registry, document
from rtalpha import Checks, get, request

XML = {'Accept': 'application/xml'}
GZIP = {'Accept-Encoding': 'gzip'}


def post(reg, app, body, kind='application/json', timeout=5):
    if isinstance(body, (dict, list)):
        body = json.dumps(body)
    return request(reg.port, 'POST', f'/eureka/apps/{app}', body,
                   headers={'Content-Type': kind}, timeout=timeout)


def whole(checks, reg, when):
    """The lists are whole in both languages; instance ids of the first."""

    ids = None
    for path in ('/eureka/apps', '/eureka/apps/delta'):
        answer = get(reg.port, path, headers=JSON)
        try:
            apps = answer.json()['applications']['application']
            found = {i['instanceId'] for a in apps for i in a['instance']}
        except (ValueError, KeyError) as e:
            checks.ok(False, f'{when}: JSON of {path}', repr(e))
            continue
        checks.ok(True, f'{when}: JSON of {path}')
        ids = found if ids is None else ids
        try:
            root = ET.fromstring(get(reg.port, path, headers=XML).body)
            checks.equal({e.text for e in root.iter('instanceId')}, found,
                         f'{when}: XML of {path}')
        except ET.ParseError as e:
            checks.ok(False, f'{when}: XML of {path}', repr(e))
    return ids


def check_java(checks, reg):
    # arrays where objects should be: an endless loop there

    for name, body in (
            ('instance', {'instance': []}),
            ('metadata', {'instance': {**document('A', 'x')['instance'],
                                       'metadata': ['a', 'b']}}),
            ('dataCenterInfo', {'instance': {
                **document('A', 'x')['instance'], 'dataCenterInfo': []}}),
            ('leaseInfo', {'instance': {
                **document('A', 'x')['instance'], 'leaseInfo': [1]}})):
        begun = time.monotonic()
        answer = post(reg, 'A', body)
        checks.equal(answer.status, 400, f'an array as {name}')
        checks.ok(time.monotonic() - begun < 5, 'is refused at once')

    # the default class with Amazon's name: every list is empty there

    body = document('AMAZON', 'amazon')
    body['instance']['dataCenterInfo'] = {'@class': CLASS, 'name': 'Amazon'}
    status = post(reg, 'AMAZON', body).status
    checks.ok(status in (204, 400), "Amazon's name with the default class",
              status)
    post(reg, 'GOOD', document('GOOD', 'good'))
    checks.ok('good' in whole(checks, reg, 'after that'), 'lists are full')

    # keys and values that no XML can hold

    body = document('KEYS', 'keys')
    body['instance']['metadata'] = {
        'a:b': '1', '': '2', 'c\x01d': 'v\x00\x02', '<&>"\'': '<&>"\'',
        '1st': '3', 'with space': '4', 'é\ufffe': '\ud83d\ude00\ufffe',
        'a/b': '5', '-': '6', '@class': '7', '$': '8'}
    checks.equal(post(reg, 'KEYS', body).status, 204, 'odd metadata')
    checks.ok('keys' in whole(checks, reg, 'odd metadata'), 'is listed')
    one = get(reg.port, '/eureka/apps/KEYS/keys', headers=JSON).json()
    checks.equal(one['instance']['metadata'].get('a:b'), '1', 'and kept')
    request(reg.port, 'DELETE', '/eureka/apps/KEYS/keys')
    whole(checks, reg, 'in the delta after it has gone')

    # addresses: no list is older than the last write

    def vip(name):
        apps = get(reg.port, f'/eureka/vips/{name}', headers=JSON).json()
        return {i['instanceId'] for a in apps['applications']['application']
                for i in a['instance']}

    body = document('VIPS', 'v1')
    body['instance']['vipAddress'] = 'one,two'
    post(reg, 'VIPS', body)
    checks.equal((vip('one'), vip('two'), vip('three')),
                 ({'v1'}, {'v1'}, set()), 'two addresses')
    body['instance']['vipAddress'] = 'two,three'
    body['instance']['lastDirtyTimestamp'] = '99999999999999'
    post(reg, 'VIPS', body)
    checks.equal((vip('one'), vip('two'), vip('three')),
                 (set(), {'v1'}, {'v1'}), 'and others')
    request(reg.port, 'DELETE', '/eureka/apps/VIPS/v1')
    checks.equal((vip('two'), vip('three')), (set(), set()), 'and none')

    # statuses that crash it

    for path, want in (
            ('/eureka/apps/GOOD/good/status?value=NONSENSE', 400),
            ('/eureka/apps/GOOD/good/status', 400),
            ('/eureka/apps/NOBODY/good/status?value=UP', 404)):
        checks.equal(request(reg.port, 'PUT', path).status, want, path)
    checks.equal(get(reg.port, '/eureka/status', headers=JSON).status, 404,
                 'there is no status as JSON, which is torn there')


def check_bodies(checks, reg):
    bomb = ('<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "' + 'x' * 1000
            + '">' + ''.join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in
                             zip('abcdefgh', 'bcdefghi'))
            + ']><instance><hostName>&i;</hostName></instance>')
    outside = ('<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM '
               '"file:///etc/passwd">]><instance><hostName>&a;</hostName>'
               '<ipAddr>1.2.3.4</ipAddr></instance>')

    for name, body, kind in (
            ('an entity bomb', bomb, 'application/xml'),
            ('an entity from a file', outside, 'application/xml'),
            ('XML that is deep', '<a>' * 100000, 'application/xml'),
            ('JSON that is deep', '{"instance":' + '{"x":' * 100000,
             'application/json'),
            ('arrays that are deep', '[' * 500000, 'application/json'),
            ('half a text', '{"instance":{"hostName":"', 'application/json'),
            ('a wrong escape', '{"instance":{"hostName":"\\ud800\\x"}}',
             'application/json'),
            ('no text', b'\xff\xfe\x00\x01' * 1000, 'application/json'),
            ('nothing', '', 'application/json'),
            ('a gzip bomb said to be JSON', gzip.compress(b'{' * 10000000),
             'application/json')):
        begun = time.monotonic()
        answer = post(reg, 'EVIL', body, kind, 15)
        checks.ok(400 <= answer.status < 500, name, answer.status)
        checks.ok(b'root:' not in answer.body, f'{name}: tells nothing')
        checks.ok(time.monotonic() - begun < 10, f'{name}: at once')

    packed = gzip.compress(b'{"instance":{"a":"' + b'x' * 50000000)
    answer = request(reg.port, 'POST', '/eureka/apps/EVIL', packed,
                     headers={'Content-Type': 'application/json',
                              'Content-Encoding': 'gzip'})
    checks.equal(answer.status, 400, 'a gzip bomb')

    many = document('MANY', 'many')
    many['instance']['metadata'] = {f'k{i}': 'v' for i in range(1025)}
    checks.equal(post(reg, 'MANY', many).status, 400, '1 025 entries')
    many['instance']['metadata'] = {'k': 'v' * 1000000}
    checks.equal(post(reg, 'MANY', many).status, 204, 'a megabyte')
    checks.ok('many' in whole(checks, reg, 'a megabyte'), 'is listed')
    many['instance']['metadata'] = {'k': 'v' * 3000000}
    checks.equal(post(reg, 'MANY', many).status, 413, 'three megabytes')
    checks.equal(request(reg.port, 'DELETE', '/eureka/apps/MANY/many').status,
                 200, 'it goes')

    batch = {'replicationList': [{'appName': 'X', 'id': 'x',
                                  'action': 'Register',
                                  'instanceInfo': {'metadata': ['a']}}]}
    for name, body in (('an array in it', batch), ('nothing', {}),
                       ('deep', '{"replicationList":' + '[' * 100000),
                       ('null', {'replicationList': [None]})):
        answer = request(reg.port, 'POST', '/eureka/peerreplication/batch/',
                         body, headers={'Content-Type': 'application/json'})
        checks.equal(answer.status, 400, f'a batch: {name}')


def check_ids(checks, reg):
    for name in ('a/b', 'a\\b', '..', '.', 'a b', 'é', 'a;b=c', 'a?b', 'a#b',
                 'a%b', 'a%2Fb', '*', '"', "'", '<x>', '{}', 'a\tb', 'ü' * 500,
                 'x' * 1200):
        shown = name[:20]
        checks.equal(post(reg, 'IDS', document('IDS', name)).status, 204,
                     f'{shown!r} is registered')
        path = '/eureka/apps/IDS/' + urllib.parse.quote(name, safe='')
        listed = whole(checks, reg, repr(shown))
        checks.ok(name in listed, f'{shown!r} is listed')
        status = request(reg.port, 'PUT', path).status
        checks.ok(status in (200, 400, 404), f'{shown!r} by path', status)
        batch = {'replicationList': [
            {'appName': 'IDS', 'id': name, 'action': 'Cancel'}]}
        answer = request(reg.port, 'POST', '/eureka/peerreplication/batch/',
                         batch, headers=JSON)
        checks.equal(answer.json()['responseList'], [{'statusCode': 200}],
                     f'{shown!r} is cancelled')

    for name in ('x' * 1201, 'ü' * 601):
        answer = post(reg, 'IDS', document('IDS', name))
        checks.equal(answer.status, 400, 'an id that is too long')
    answer = post(reg, 'A' * 1201, document('A' * 1201, 'x'))
    checks.ok(answer.status in (400, 414), "an application's name, too",
              answer.status)


def fill(reg, app, count):
    for first in range(0, count, 500):
        items = [{'appName': app, 'id': f'{app}-{i}', 'action': 'Register',
                  'lastDirtyTimestamp': 1, 'status': 'UP', 'instanceInfo':
                  document(app, f'{app}-{i}')['instance']}
                 for i in range(first, min(first + 500, count))]
        request(reg.port, 'POST', '/eureka/peerreplication/batch/',
                {'replicationList': items}, headers=JSON, timeout=60)


def check_application(checks, reg, app, count):
    """The list of one application is that part of the whole one."""

    fill(reg, app, count)
    path = f'/eureka/apps/{app}'
    plain = get(reg.port, path, headers=JSON, timeout=60)
    found = plain.json()['application']
    checks.equal(found['name'], app, f'{count}: its name')
    checks.equal({i['instanceId'] for i in found['instance']},
                 {f'{app}-{i}' for i in range(count)}, f'{count}: all of it')

    for kind in (JSON, XML):
        plain = get(reg.port, path, headers=kind, timeout=60)
        packed = get(reg.port, path, headers={**kind, **GZIP}, timeout=60)
        checks.equal(packed.headers.get('Content-Encoding'), 'gzip',
                     f'{count}: compressed')
        checks.equal(gzip.decompress(packed.body), plain.body,
                     f'{count}: to the same')
    root = ET.fromstring(plain.body)
    checks.equal((root.tag, len(root.findall('instance'))),
                 ('application', count), f'{count}: the XML')

    tag = packed.headers['ETag']
    again = get(reg.port, path, headers={**XML, **GZIP, 'If-None-Match': tag})
    checks.equal(again.status, 304, f'{count}: not modified')
    request(reg.port, 'DELETE', f'{path}/{app}-0')
    checks.comes(lambda: len(get(reg.port, path, headers=JSON, timeout=60)
                             .json()['application']['instance'])
                 == count - 1, f'{count}: one goes')


def main():
    checks = Checks()
    reg = Registry().begin()
    check_java(checks, reg)
    check_bodies(checks, reg)
    check_ids(checks, reg)
    check_application(checks, reg, 'SMALL', 20)
    check_application(checks, reg, 'LARGE', 6000)
    checks.clean(reg)
    checks.done()


if __name__ == '__main__':
    main()
