#!/usr/bin/env python3
"""Who has fetched what, and when; also after a restart."""

import os
import time

from configserver import ConfigServer
from rtalpha import Checks, folder, get, git_repo, request, wait

AUTH = {'Authorization': 'Basic ZGV2OnB3'}      # dev:pw


class Server(ConfigServer):
    def __init__(self, repo, place, settings=''):
        super().__init__(
            f'spring.cloud.config.server.git.uri: {repo}\n'
            'rtalpha.config:\n'
            '  users: [{name: dev, password: pw}]\n'
            '  access: [{principal: "*"}]\n' + settings, place)

    def clients(self):
        """{(name, path): record}"""

        return {(c['name'], c['path']): c for c in get(
            self.admin, '/_rtalpha/api/config/clients').json()['clients']}

    def gauge(self, name):
        return self.metric(f'rtalpha_config_{name}')


def test_seen(checks, server):
    before = int(time.time())
    for _ in range(3):
        get(server.port, '/foo/dev?x=1')
    get(server.port, '/foo-dev.yml', headers=AUTH)
    get(server.port, '/foo/dev/nolabel')
    get(server.port, '/actuator/health')
    request(server.port, 'POST', '/encrypt', 'x')
    clients = server.clients()
    checks.equal(sorted(clients), [('', '/foo/dev'), ('dev', '/foo-dev.yml')],
                 'who has fetched what')
    one = clients.get(('', '/foo/dev'), {})
    checks.equal((one.get('address'), one.get('count')), ('127.0.0.1', 3),
                 'from where, how often')
    checks.ok(before - 1 <= one['first'] <= one['last'] <= time.time() + 1,
              'and when', one)
    checks.equal(server.gauge('clients'), 2, 'the metric')
    return clients


def test_restart(checks, server, repo, place, seen):
    kept = os.path.join(place, 'state', 'config-clients')
    wait(lambda: os.path.exists(kept) and '/foo-dev.yml' in open(
        kept, encoding='utf-8').read(), 'written', 30)
    checks.clean(server)
    again = Server(repo, place)
    checks.comes(lambda: again.clients() == seen, 'after a restart')
    get(again.port, '/foo/dev')
    checks.equal(again.clients()[('', '/foo/dev')]['count'], 4, 'it goes on')
    checks.clean(again)


def test_limit(checks, repo):
    server = Server(repo, folder('small'),
                    '  limits.clients-size: 20KB\n')
    for n in range(300):
        get(server.port, f'/app{n}/dev')
    checks.ok(0 < server.gauge('clients') < 250, 'bounded',
              server.gauge('clients'))
    checks.ok(server.gauge('clients_evicted') > 50, 'the oldest went')
    checks.ok(('', '/app299/dev') in server.clients(), 'the newest is there')
    checks.clean(server)

    server = Server(repo, folder('off'), '  limits.clients-size: 0\n')
    get(server.port, '/foo/dev')
    checks.equal(server.clients(), {}, 'switched off')
    checks.clean(server)


def main():
    checks = Checks()
    place = folder('clients')
    repo = git_repo(folder('repo') + '/r', {'foo.yml': 'v: 1\n'})
    server = Server(repo, place)
    seen = test_seen(checks, server)
    test_restart(checks, server, repo, place, seen)
    test_limit(checks, repo)
    checks.done()


main()
