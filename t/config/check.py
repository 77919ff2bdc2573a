#!/usr/bin/env python3
"""GET /_rtalpha/api/config/check: what a reference would change."""

import os

from rtalpha import (Checks, Nginx, folder, free_ports, get, git, git_commit,
                     git_repo, request, wait, write)

SECRET = 'correct horse'


class Server(Nginx):
    def __init__(self, repo):
        self.port, self.admin = free_ports(2)
        place = folder('check')
        path = os.path.join(place, 'config.yml')
        write(path, f'spring.cloud.config.server.git.uri: {repo}\n')
        super().__init__(f'''
    rtalpha_zone 32m;
    rtalpha_state {place}/state;
    server {{
        listen 127.0.0.1:{self.port};
        location / {{ rtalpha_config_server settings=file:{path}; }}
    }}
    server {{
        listen 127.0.0.1:{self.admin};
        location / {{ rtalpha_admin; }}
    }}
''')
        self.start(self.port)

    def check(self, query):
        return get(self.admin, '/_rtalpha/api/config/check' + query,
                   timeout=60)

    def served(self, label):
        wait(lambda: get(self.port, f'/foo/dev/{label}').status == 200,
             label)


def keys(list_):
    return [one['key'] for one in list_]


def by_name(answer):
    return {f'{a["application"]}/{a["profiles"]}': a
            for a in answer['applications']}


def branch(repo, name, files):
    git(repo, 'checkout', '-q', '--detach', 'main')
    git_commit(repo, files)
    git(repo, 'branch', name)
    git(repo, 'checkout', '-q', 'main')


def test_change(checks, server, repo):
    branch(repo, 'change', {
        'foo.yml': f'b: 2\nc: {SECRET}\n', 'bar-prod.yml': 'x: 1\n',
        'README.md': 'x', 'gone.yml': None})
    server.served('change')
    get(server.port, '/foo/dev')
    get(server.port, '/other/dev')
    answer = server.check('?ref=change')
    checks.equal(answer.status, 200, 'a change')
    body = answer.json()
    checks.equal((body['ref'], body['ok'], body['limited'], body['broken']),
                 ('change', True, False, []), 'nothing is broken')
    checks.equal([(f['path'], f['change'])
                  for f in body['repositories'][0]['files']],
                 [('README.md', 'added'), ('bar-prod.yml', 'added'),
                  ('foo.yml', 'changed'), ('gone.yml', 'removed')], 'files')
    apps = by_name(body)
    checks.equal(sorted(apps), ['bar-prod/default', 'bar/prod', 'foo/default',
                                'foo/dev', 'gone/default'],
                 'applications, asked for or named by a file')
    foo = apps.get('foo/dev', {})
    checks.equal((keys(foo['added']), keys(foo['removed']),
                  keys(foo['changed'])), (['c'], ['a'], ['b']), 'keys')
    checks.ok(foo['changed'][0]['was'] != foo['changed'][0]['is'],
              'digests differ')
    checks.ok(SECRET not in answer.text(), 'no value is shown')
    again = by_name(server.check('?ref=change').json())
    checks.ok(again['foo/dev']['added'][0]['is'] != foo['added'][0]['is'],
              'digests are of one answer')
    checks.equal(get(server.port, '/foo/dev').json()['propertySources'][0][
        'source'], {'a': 1, 'b': 1}, 'nothing has changed')


def test_broken(checks, server, repo):
    branch(repo, 'broken', {'foo.yml': 'a: [\n', 'bar.yml': 'b: 1\n'})
    server.served('main')
    wait(lambda: server.check('?ref=broken').status == 200, 'broken')
    body = server.check('?ref=broken').json()
    checks.equal(body['ok'], False, 'broken')
    broken = {b['application'] + '/' + b['profiles']: b['error']
              for b in body['broken']}
    checks.equal(sorted(broken), ['foo/default', 'foo/dev'], 'for whom')
    checks.ok(broken['foo/dev'].startswith('foo.yml: '), 'which file',
              broken['foo/dev'])
    checks.equal(sorted(by_name(body)), ['bar/default'], 'the others')


def test_against(checks, server, repo):
    body = server.check('?ref=main&against=change').json()
    checks.equal(keys(by_name(body)['foo/default']['added']), ['a'],
                 'the other way round')
    body = server.check('?ref=main').json()
    checks.equal((body['applications'], body['repositories'][0]['files']),
                 ([], []), 'against itself')


def test_errors(checks, server):
    for query, status, reason in (
            ('', 400, 'no-ref'), ('?ref=', 400, 'no-ref'),
            ('?ref=nothing', 404, 'no-such-label'),
            ('?ref=..%2Fx', 404, 'no-such-label'),
            ('?ref=main&server=x', 404, 'no-such-server')):
        answer = server.check(query)
        checks.equal((answer.status, answer.json()['reason']),
                     (status, reason), f'check{query}')
    checks.equal(request(server.admin, 'POST',
                         '/_rtalpha/api/config/check?ref=main',
                         'x').status, 405, 'POST')
    checks.equal(get(server.admin, '/_rtalpha/api/config/held').json(),
                 {'heldBack': []}, 'held')
    checks.equal(get(server.admin, '/_rtalpha/api/config/x').status, 404,
                 'no such page')


def test_many(checks, server, repo):
    """More than one turn of the event loop answers."""

    branch(repo, 'many', {f'app{n}.yml': f'v: {n}\n' for n in range(200)})
    wait(lambda: server.check('?ref=many').status == 200, 'many', 60)
    body = server.check('?ref=many').json()
    checks.equal(len(body['applications']), 200, 'each of them')


def main():
    checks = Checks()
    repo = git_repo(folder('repo') + '/r', {
        'application.yml': 'w: 0\n', 'foo.yml': 'a: 1\nb: 1\n',
        'gone.yml': 'g: 1\n'})
    server = Server(repo)
    server.served('main')
    test_change(checks, server, repo)
    test_broken(checks, server, repo)
    test_against(checks, server, repo)
    test_errors(checks, server)
    test_many(checks, server, repo)
    checks.clean(server)
    checks.done()


main()
