#!/usr/bin/env python3
"""Repositories that change, disappear and come back while they are served;
workers that are killed and reloaded."""

import os
import signal
import threading
import time

from configserver import ConfigServer
from rtalpha import (Checks, Nginx, folder, free_ports, get, git, git_commit,
                     git_repo, request, wait, write)

V2 = 'application/vnd.spring-cloud.config-server.v2+json'


class Config(ConfigServer):
    """One config server over one repository."""

    def __init__(self, repo, settings='', uri=None, zone='32m', state=None,
                 workers=2):
        super().__init__(
            f'spring.cloud.config.server.git.uri: {uri or repo}\n'
            + settings, folder('config'), state, zone, workers=workers)

    def ask(self, path, **headers):
        return get(self.port, path, headers=headers)

    def value(self, path, key):
        """The first source's value of a key."""

        for source in self.ask(path).json()['propertySources']:
            if key in source['source']:
                return source['source'][key]
        return None


def end(checks, server):
    checks.equal(server.stop(), [], 'no alert in the log')


def check_first(checks):
    """The very first request waits for the clone and is answered."""

    repo = git_repo(os.path.join(folder('repo'), 'r'), {
        'application.yml': 'a: 1\nwho: app\n', 'foo.yml': 'who: foo\n',
        'foo-dev.properties': 'who=dev\n', 'note.txt': 'who=${who}\n'})
    server = Config(repo)
    answer = server.ask('/foo/dev')
    checks.equal(answer.status, 200, 'first answer')
    body = answer.json()
    checks.equal([s['name'].rsplit('/', 1)[1]
                  for s in body['propertySources']],
                 ['foo-dev.properties', 'foo.yml', 'application.yml'],
                 'order of the sources')
    checks.equal((body['label'], body['state'], body['profiles']),
                 (None, '', ['dev']), 'label, state, profiles')
    checks.equal(len(body['version']), 40, 'version is a commit')
    checks.equal(server.ask('/foo/dev', Accept=V2).json()
                 ['propertySources'][1]['source'],
                 {'who': {'value': 'foo', 'origin': '1:6'}}, 'origins in v2')
    checks.equal(get(server.port, '/foo/dev/main/note.txt').body,
                 b'who=dev\n', 'a file with a placeholder')
    checks.equal(server.ask('/foo/dev/nolabel').status, 404, 'no such label')
    checks.equal(server.ask('/nobody/dev').status, 200,
                 'an unknown application is no error')
    end(checks, server)
    return repo


def check_etag(checks, repo):
    server = Config(repo)
    first = server.ask('/foo/dev')
    tag = first.headers['ETag']
    checks.ok(tag, 'an answer has an ETag')
    again = get(server.port, '/foo/dev', headers={'If-None-Match': tag})
    checks.equal((again.status, again.body), (304, b''), 'If-None-Match')
    checks.equal(request(server.port, 'HEAD', '/foo/dev').headers['ETag'],
                 tag, 'HEAD has the same')
    git_commit(repo, {'foo.yml': 'who: changed\n'})
    checks.comes(lambda: get(server.port, '/foo/dev', headers={
        'If-None-Match': tag}).status == 200, 'a new one after a commit')
    end(checks, server)


def check_commit(checks, repo):
    """A commit in a local repository is served within a second, and no
    request waits for it."""

    server = Config(repo)
    server.ask('/foo/default')
    slowest = 0.0
    for n in range(5):
        git_commit(repo, {'foo.yml': f'who: commit{n}\n'})
        start = time.monotonic()
        while True:
            before = time.monotonic()
            value = server.value('/foo/default', 'who')
            slowest = max(slowest, time.monotonic() - before)
            if value == f'commit{n}' or time.monotonic() - start > 5:
                break
            time.sleep(0.01)
        checks.ok(time.monotonic() - start < 1.0, f'commit {n} within 1 s',
                  time.monotonic() - start)
    checks.ok(slowest < 0.5, 'no request waits', slowest)
    for label, value in (('main', None), ('v1.0', 'inline;filename=f.txt'),
                         ('v1.txt', None)):
        checks.equal(server.ask(f'/foo/default/{label}').headers.get(
            'Content-Disposition'), value, f'Content-Disposition of {label}')
    git(repo, 'tag', 'v1')
    checks.comes(lambda: server.ask('/foo/default/v1').status == 200,
                 'a new tag is served')
    git(repo, 'branch', 'feature/x')
    checks.comes(lambda: server.ask('/foo/default/feature(_)x').status == 200,
                 'a new branch is served')
    git(repo, 'branch', '-D', 'feature/x')
    checks.comes(lambda: server.ask('/foo/default/feature(_)x').status == 404,
                 'a deleted branch is gone')
    end(checks, server)


def check_origin_gone(checks):
    """The last good content is served for ever, says how old it is, survives
    a restart, and the origin's return is noticed."""

    place = folder('gone')
    repo = git_repo(os.path.join(place, 'r'), {'foo.yml': 'who: foo\n'})
    server = Config(repo)
    checks.equal(server.value('/foo/default', 'who'), 'foo', 'before')
    os.rename(repo, repo + '.away')
    wait(lambda: server.ask('/foo/default').headers['RTalpha-Config-Age'],
         'the age is told', 15)
    checks.equal(server.value('/foo/default', 'who'), 'foo', 'while away')
    health = get(server.admin, '/_rtalpha/health').json()
    checks.ok('"reachable": false' in str(health).replace("'", '"').replace(
        'False', 'false'), 'health tells', health)
    end(checks, server)
    server = Config(repo, state=server.state)
    checks.equal(server.value('/foo/default', 'who'), 'foo',
                 'after a restart from disk')
    os.rename(repo + '.away', repo)
    git_commit(repo, {'foo.yml': 'who: back\n'})
    checks.comes(lambda: server.value('/foo/default', 'who') == 'back',
                 'the origin is back', 15)
    checks.ok(server.ask('/foo/default').headers['RTalpha-Config-Age'] is None,
              'no age any more')
    end(checks, server)


def check_never_there(checks):
    server = Config('/nowhere/at/all')
    answer = server.ask('/foo/default')
    checks.equal((answer.status, answer.json()['reason']),
                 (503, 'no-repository'), 'no repository is 503, not 404')
    end(checks, server)


def check_broken(checks):
    """An unusable file is an error with a reason, not a missing label."""

    repo = git_repo(os.path.join(folder('broken'), 'r'),
                    {'foo.yml': 'a: [1\n', 'ok.yml': 'a: 1\n'})
    git(repo, 'branch', 'master')
    server = Config(repo)
    answer = server.ask('/foo/default')
    checks.equal((answer.status, answer.json()['reason']),
                 (500, 'unusable-file'), 'broken file')
    checks.ok('foo.yml' in answer.json()['message'], 'names the file')
    checks.equal(server.ask('/ok/default').status, 200, 'others are served')
    git_commit(repo, {'foo.yml': 'a: 2\n'})
    checks.comes(lambda: server.ask('/foo/default').status == 200, 'repaired')
    end(checks, server)


def check_health(checks, repo):
    """/actuator/health looks up the environments of the settings."""

    server = Config(repo, """
management.endpoint.health.show-details: always
spring.cloud.config.server.health:
  down-health-status: OUT_OF_SERVICE
  repositories:
    one: {name: foo, profiles: dev}
    two: {label: v1}
    three: {label: "${THREE:main}"}
""")
    def asked():
        return server.ask('/actuator/health').json()['components'][
            'configServer']

    wait(lambda: server.ask('/actuator/health').status == 200, 'health')
    checks.equal([(r['name'], r['profiles'], r['label'])
                  for r in asked()['details']['repositories']],
                 [('foo', ['dev'], None), ('two', ['default'], 'v1'),
                  ('three', ['default'], 'main')], 'what is looked up')
    with open(server.source, encoding='utf-8') as f:
        text = f.read()
    write(server.source, text.replace('label: v1', 'label: nolabel'))
    checks.comes(lambda: server.ask('/actuator/health').status == 503,
                 'a label that is not there')
    checks.equal(server.ask('/actuator/health').json()['status'],
                 'OUT_OF_SERVICE', 'has the status of the settings')
    checks.equal(asked()['details']['repository'],
                 {'application': 'two', 'profiles': 'default'},
                 'and says which')
    end(checks, server)


def check_reload_and_kill(checks, repo):
    """No failed request while workers are reloaded and killed."""

    server = Config(repo)
    server.ask('/foo/dev')
    stop = threading.Event()
    bad, done = [], [0]

    def ask():
        while not stop.is_set():
            try:
                status = server.ask('/foo/dev').status
                done[0] += 1
                if status != 200:
                    bad.append(status)
            except OSError as e:
                # the connection of a killed worker
                if 'kill' not in phase:
                    bad.append(repr(e))

    phase = ['reload']
    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        server.reload()
    phase[0] = 'kill'
    for n in range(4):
        before = set(server.workers())
        os.kill(min(before), signal.SIGKILL)
        wait(lambda: len(set(server.workers()) - before) == 1, 'a new worker')
        git_commit(repo, {'foo-dev.properties': f'who=kill{n}\n'})
        checks.comes(lambda: server.value('/foo/dev', 'who') == f'kill{n}',
                     f'a commit after kill {n}')
    stop.set()
    for thread in threads:
        thread.join()
    checks.equal(bad, [], f'failures of {done[0]} requests')
    lines = [line for line in server.stop() if 'exited on signal 9' not in line
             and 'was locked by' not in line]
    checks.equal(lines, [], 'no alert in the log')


def check_directives(checks, repo):
    """Without any Spring file, below a location of its own."""

    port, = free_ports(1)
    server = Nginx(f'''
    rtalpha_zone 16m;
    rtalpha_state {folder('directives')}/state;
    server {{
        listen 127.0.0.1:{port};
        location /config/ {{
            rtalpha_config_server;
            rtalpha_config_git_uri {repo};
        }}
    }}
''').start(port)
    checks.equal(get(port, '/config/foo/dev').status, 200, 'below a location')
    checks.equal(get(port, '/config/foo-dev.json').json()['a'], 1, 'a format')
    end(checks, server)


def check_settings_change(checks, repo):
    """A change of the settings file is live without a reload."""

    server = Config(repo)
    checks.equal(server.ask('/foo/dev').status, 200, 'before')
    write(server.source, f'spring.cloud.config.server:\n'
          f'  prefix: /cfg\n  git.uri: {repo}\n')
    checks.comes(lambda: server.ask('/cfg/foo/dev').status == 200,
                 'a prefix is live')
    end(checks, server)


def check_many_labels(checks):
    """Labels side by side, each asked for by several clients at once."""

    repo = git_repo(os.path.join(folder('labels'), 'r'), {'foo.yml': 'n: -1\n'})
    for n in range(20):
        git(repo, 'checkout', '-q', '-b', f'b{n}')
        git_commit(repo, {'foo.yml': f'n: {n}\n'})
    server = Config(repo)
    seen, threads = {}, []

    def ask(n):
        seen.setdefault(n, set()).add(server.value(f'/foo/default/b{n}', 'n'))

    for n in list(range(20)) * 3:
        thread = threading.Thread(target=ask, args=(n,))
        thread.start()
        threads.append(thread)
    for thread in threads:
        thread.join()
    checks.equal(seen, {n: {n} for n in range(20)}, 'each label its own')
    end(checks, server)


def check_other_labels(checks):
    """A commit in one branch leaves the answers of others in the cache."""

    repo = git_repo(os.path.join(folder('others'), 'r'), {'foo.yml': 'n: 0\n'})
    for name in ('a', 'b'):
        git(repo, 'branch', name)
    git(repo, 'checkout', '-q', 'a')
    server = Config(repo)

    def metric(name):
        for line in get(server.admin, '/_rtalpha/metrics').text().split('\n'):
            if line.startswith(name):
                return float(line.split()[-1])
        return None

    made = 'rtalpha_config_requests_total{result="made"}'
    paths = ['/foo/default/b', '/foo/default/main', '/foo/default',
             '/foo/default/main,b', '/b/foo-default.yml',
             f"/foo/default/{server.ask('/foo/default/b').json()['version']}"]
    tags = {path: server.ask(path).headers['ETag'] for path in paths}
    server.ask('/foo/default/a')
    for n in range(3):
        git_commit(repo, {'foo.yml': f'n: {n + 1}\n'})
        checks.comes(lambda want=n + 1: server.value('/foo/default/a', 'n')
                     == want, f'commit {n} is served')
    before, outlived = metric(made), metric('rtalpha_config_outlived_total')
    checks.equal({path: server.ask(path).headers['ETag'] for path in paths},
                 tags, 'ETags of other labels stay')
    checks.equal(metric(made), before, 'and their answers are not made again')
    checks.ok(metric('rtalpha_config_outlived_total') >= outlived + len(paths),
              'which is counted', (outlived,
                                   metric('rtalpha_config_outlived_total')))
    git(repo, 'tag', '-f', 'b')
    checks.comes(lambda: server.value('/foo/default/b', 'n') == 3,
                 'a tag that hides a branch is seen')
    end(checks, server)


def main():
    checks = Checks()
    repo = check_first(checks)
    check_etag(checks, repo)
    check_commit(checks, repo)
    check_origin_gone(checks)
    check_never_there(checks)
    check_broken(checks)
    check_health(checks, repo)
    check_reload_and_kill(checks, repo)
    check_directives(checks, repo)
    check_settings_change(checks, repo)
    check_many_labels(checks)
    check_other_labels(checks)
    checks.done()


main()
