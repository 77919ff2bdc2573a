#!/usr/bin/env python3
"""A mirror: a node that only reads another registry, as a gateway's node
does.  It follows within a second and is never emptied by its source."""

import json
import time

from persist import JSON, Registry
from rtalpha import Checks, get, request


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


def main():
    checks = Checks()
    check_secrets(checks)
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
