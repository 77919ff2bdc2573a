#!/usr/bin/env python3
"""A full zone: registrations are refused with a reason, everything else goes
on, and what is given back is there to be used again.  Limits of instances."""

import concurrent.futures
import gzip
import hashlib
import http.client
import json

from persist import JSON, Registry, document
from rtalpha import Checks, get, request

EACH = 1600         # bytes of metadata
SETTINGS = 'eureka.server.enable-self-preservation: false\n'


def big(app, name, size=EACH, **lease):
    body = document(app, name, **{'durationInSecs': 600, **lease})
    noise = hashlib.sha256(name.encode()).hexdigest()
    body['instance']['metadata'] = {'m': (noise * (size // 64 + 1))[:size]}
    return body


def send(conn, method, path, body=None):
    """One request on a connection that is kept; the answer's body."""

    headers = {}
    if body is not None:
        body = json.dumps(body)
        headers = {'Content-Type': 'application/json'}
    conn.request(method, path, body=body, headers=headers)
    answer = conn.getresponse()
    return answer, answer.read().decode()


def fill(reg, prefix='i', most=20000, **lease):
    """Registers until refused 20 times; names of those taken, the refusal."""

    conn = http.client.HTTPConnection('127.0.0.1', reg.port, timeout=30)
    names, refused, last = [], 0, None

    for i in range(most):
        name = f'{prefix}{i}'
        answer, text = send(conn, 'POST', f'/eureka/apps/APP{i % 50}',
                            big(f'APP{i % 50}', name, **lease))
        if answer.status == 204:
            names.append((f'APP{i % 50}', name))
            continue
        refused += 1
        last = answer, text
        if refused == 20:
            break

    conn.close()
    return names, last


def each(reg, method, names, suffix=''):
    """The statuses of one request for each of them."""

    conn = http.client.HTTPConnection('127.0.0.1', reg.port, timeout=30)
    found = {}

    for app, name in names:
        answer, _ = send(conn, method, f'/eureka/apps/{app}/{name}{suffix}')
        found[answer.status] = found.get(answer.status, 0) + 1

    conn.close()
    return found


def lists_agree(checks, reg, want, when):
    """Every form of the list shows the same instances."""

    plain = get(reg.port, '/eureka/apps', headers=JSON, timeout=60)
    checks.equal(plain.status, 200, f'{when}: the list')
    code = f'UP_{want}_' if want else ''
    found = [i for app in plain.json()['applications']['application']
             for i in app['instance']]
    checks.equal(len(found), want, f'{when}: instances in it')
    checks.equal(plain.json()['applications']['apps__hashcode'], code,
                 f'{when}: their hash code')

    packed = get(reg.port, '/eureka/apps', timeout=60,
                 headers={**JSON, 'Accept-Encoding': 'gzip'})
    checks.equal(packed.status, 200, f'{when}: the compressed list')
    checks.equal(gzip.decompress(packed.body), plain.body,
                 f'{when}: is the same')

    xml = get(reg.port, '/eureka/apps', timeout=60,
              headers={'Accept': 'application/xml'})
    checks.equal(xml.body.count(b'<instanceId>'), want,
                 f'{when}: the XML list')

    delta = get(reg.port, '/eureka/apps/delta', headers=JSON, timeout=60)
    checks.equal(delta.json()['applications']['apps__hashcode'], code,
                 f'{when}: the delta')


def check_full(checks):
    reg = Registry(SETTINGS, zone='8m').begin()

    # with rendered forms in the zone, which give way to registrations

    first, _ = fill(reg, 'f', most=500)
    lists_agree(checks, reg, 500, 'before')
    names, (answer, text) = fill(reg)
    names = first + names
    total = len(names)

    checks.ok(total > 1500, 'so many go in', total)
    checks.equal(answer.status, 503, 'then they are refused')
    checks.ok('the registry is full' in text and 'rtalpha_zone' in text,
              'with the reason', text)
    checks.equal(answer.headers.get('Retry-After'), '30',
                 'and a time to try again')
    checks.equal(reg.metric('rtalpha_registry_full'), 1, 'a metric says so')
    checks.ok(reg.metric('rtalpha_registry_full_total{reason="memory"}')
              >= 20, 'and counts the refusals')
    health = get(reg.admin, '/_rtalpha/health').json()
    checks.equal(health['roles']['registry']['full'], True, 'so does health')

    # everything but new registrations goes on

    checks.equal(each(reg, 'PUT', names), {200: total}, 'heartbeats')
    lists_agree(checks, reg, total, 'full')
    checks.ok(reg.metric('rtalpha_registry_answers_apart_total') > 0,
              'answers are made aside')
    app, name = names[0]
    checks.equal(get(reg.port, f'/eureka/apps/{app}', headers=JSON).status,
                 200, 'an application')
    checks.equal(request(reg.port, 'POST', f'/eureka/apps/{app}',
                         big(app, name)).status, 204,
                 'an instance registers again')
    path = f'/eureka/apps/{app}/{name}'
    checks.equal(request(reg.port, 'PUT',
                         f'{path}/status?value=OUT_OF_SERVICE').status, 200,
                 'an override')
    checks.equal(request(reg.port, 'DELETE',
                         f'{path}/status?value=UP').status, 200, 'its end')

    # many clients at once do no harm either

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        done = list(pool.map(
            lambda i: get(reg.port, '/eureka/apps', headers=JSON,
                          timeout=60).status, range(16)))
    checks.equal(set(done), {200}, 'sixteen readers')

    # a reload finds it as full as it was, and loses nothing

    reg.reload()
    lists_agree(checks, reg, total, 'after a reload')
    more, _ = fill(reg, 'more', most=400)
    checks.ok(len(more) < 400, 'and is full soon', len(more))
    names += more
    total = len(names)

    # every cancel works, and makes room at once

    gone, names = names[:total // 2], names[total // 2:]
    checks.equal(each(reg, 'DELETE', gone), {200: len(gone)}, 'cancels')
    again, _ = fill(reg, 'again', most=len(gone) // 2)
    checks.ok(len(again) > len(gone) * 0.45, 'and others take their places',
              (len(again), len(gone)))
    lists_agree(checks, reg, len(names) + len(again), 'after that')
    checks.equal(each(reg, 'DELETE', names + again),
                 {200: len(names) + len(again)}, 'everybody goes')
    lists_agree(checks, reg, 0, 'empty')
    checks.clean(reg)


def check_evict(checks):
    """Leases end in a full zone as in any other."""

    reg = Registry(SETTINGS, zone='8m').begin()
    fill(reg, durationInSecs=8)
    checks.comes(lambda: reg.metric('rtalpha_registry_instances'
                                     '{status="UP"}') == 0,
                 'all leases end', 60)
    again, _ = fill(reg, 'again', most=1000)
    checks.ok(len(again) > 900, 'and there is room', len(again))
    reg.saved()
    checks.ok(not reg.stop(), 'nothing bad in the log')

    reg.begin()
    checks.equal(len(reg.apps()), len(again), 'it is on disk')
    checks.clean(reg)


def check_limits(checks):
    reg = Registry('rtalpha.registry.max-instances: 12\n'
                   'rtalpha.registry.max-instances-per-application: 5\n'
                   'rtalpha.registry.max-instances-per-address: 8\n').begin()

    def register(app, name):
        answer = request(reg.port, 'POST', f'/eureka/apps/{app}',
                         document(app, name))
        return answer.status, answer.text()

    for i in range(5):
        checks.equal(register('ONE', f'o{i}')[0], 204, 'of one application')

    status, text = register('ONE', 'o5')
    checks.ok(status == 503 and 'max-instances-per-application' in text,
              'one more is refused', (status, text))
    checks.equal(register('ONE', 'o4')[0], 204, 'one that is there is not')

    for i in range(3):
        checks.equal(register('TWO', f't{i}')[0], 204, 'another one')

    status, text = register('TWO', 't3')
    checks.ok(status == 503 and 'max-instances-per-address' in text,
              'the address has enough', (status, text))

    # a peer is one address, and tells of many clients

    def batch(app, name):
        items = {'replicationList': [{
            'appName': app, 'id': name, 'action': 'Register',
            'lastDirtyTimestamp': 1, 'status': 'UP',
            'instanceInfo': document(app, name)['instance']}]}
        return request(reg.port, 'POST', '/eureka/peerreplication/batch/',
                       items, headers=JSON).json()['responseList']

    checks.equal(batch('TWO', 't3'), [{'statusCode': 200}],
                 "a peer's instance is of no address")
    checks.equal(request(reg.port, 'POST', '/eureka/apps/TWO',
                         document('TWO', 't4'),
                         headers={'x-netflix-discovery-replication': 'true'}
                         ).status, 204, 'nor is one outside of a batch')
    checks.equal(batch('ONE', 'o5'), [{'statusCode': 500}],
                 'other limits count for it')
    checks.equal(register('THREE', 'h0')[0], 503,
                 'the address still has enough')

    for reason, count in (('application', 2), ('address', 2),
                          ('instances', 0), ('memory', 0)):
        checks.equal(
            reg.metric(f'rtalpha_registry_full_total{{reason="{reason}"}}'),
            count, f'refusals counted as {reason}')

    checks.equal(request(reg.port, 'DELETE', '/eureka/apps/TWO/t0').status,
                 200, 'one of them goes')
    checks.equal(register('THREE', 'h0')[0], 204, 'there is room for one')
    checks.equal(reg.metric('rtalpha_registry_addresses'), 1,
                 'of one address')
    checks.clean(reg)


def main():
    checks = Checks()
    check_limits(checks)
    check_full(checks)
    check_evict(checks)
    checks.done()


if __name__ == '__main__':
    main()
