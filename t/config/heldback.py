#!/usr/bin/env python3
"""A commit that cannot be used for an application is not served to it."""

import subprocess

from configserver import ConfigServer
from rtalpha import Checks, folder, get, git, git_commit, git_repo, wait

BROKEN = 'v: [1\n'


class Server(ConfigServer):
    def __init__(self, repo, settings='', state=None):
        self.repo = repo
        super().__init__(
            f'spring.cloud.config.server.git.uri: {repo}\n' + settings,
            folder('heldback'), state)

    def ask(self, path):
        """(status, value of v of the first source, version)"""

        answer = get(self.port, path)
        body = answer.json()
        if answer.status != 200:
            return (answer.status, body.get('reason'), None)
        sources = body['propertySources']
        return (200, sources[0]['source'].get('v') if sources else None,
                body['version'])

    def is_(self, path, value):
        return lambda: self.ask(path)[:2] == (200, value)

    def health(self):
        return get(self.admin, '/_rtalpha/health').json()['roles']['config'][
            'heldBack']

    def gauge(self):
        return self.metric('rtalpha_config_held_back')


def head(repo, revision='HEAD'):
    return subprocess.run(['git', '-C', repo, 'rev-parse', revision],
                          stdout=subprocess.PIPE, check=True
                          ).stdout.decode().strip()


def test_held(checks, server, repo):
    good = head(repo)
    checks.equal(server.ask('/foo/default'), (200, 1, good), 'good')
    git_commit(repo, {'foo.yml': BROKEN, 'bar.yml': 'v: 2\n'})
    bad = head(repo)
    checks.comes(server.is_('/bar/default', 2), 'others get the commit')
    checks.equal(server.ask('/foo/default'), (200, 1, good),
                 'the broken one keeps the last good commit')
    checks.equal(server.ask('/foo/default/main'), (200, 1, good),
                 'also by its label')
    checks.equal(get(server.port, '/foo-default.yml').text(), 'w: 0\nv: 1\n',
                 'also as text')

    held = {h['label'] + ' ' + h['application']: h for h in server.health()}
    checks.equal(list(held), ['main foo'], 'health tells')
    one = held.get('main foo', {})
    checks.equal((one.get('commit'), one.get('served')), (bad, good),
                 'which commits')
    checks.ok(one.get('error', '').startswith('foo.yml: line '), 'and why',
              one.get('error'))
    checks.equal(server.gauge(), 1, 'the metric')
    checks.ok(f'{bad} of "{repo}" is held back for "foo"'
              in server.log_text(), 'the log')
    return good


def test_more(checks, server, repo, good):
    """Another file breaks, then the first one once more."""

    git_commit(repo, {'application.yml': 'a: "\n', 'bar.yml': 'v: 3\n'})
    before = head(repo, 'HEAD^')
    checks.comes(lambda: len(server.health()) >= 1 and server.ask(
        '/bar/default') == (200, 2, before), 'all are held back')
    checks.equal(server.ask('/foo/default'), (200, 1, good),
                 'what was broken before stays where it was')
    git_commit(repo, {'foo.yml': BROKEN + '#\n'})
    wait(lambda: any(h['commit'] == head(repo) for h in server.health()),
         'the next commit')
    checks.equal(server.ask('/foo/default'), (200, 1, good), 'once more')
    git(repo, 'tag', 'bad')
    checks.comes(lambda: server.ask('/foo/default/bad')
                 == (500, 'unusable-file', None), 'a tag is what it is')
    checks.equal(server.ask(f'/foo/default/{head(repo)}')[0], 500,
                 'so is a commit id')


def test_restart(checks, server, repo, good):
    for state, what in ((server.state, 'after a restart'),
                        (None, 'on a new node')):
        again = Server(repo, state=state)
        checks.equal(again.ask('/foo/default'), (200, 1, good), what)
        checks.equal(len(again.health()), 1, what + ' health tells')
        if state:
            test_repair(checks, again, repo)
            git(repo, 'reset', '-q', '--hard', 'HEAD^')
        checks.clean(again)


def test_repair(checks, server, repo):
    git_commit(repo, {'foo.yml': 'v: 4\n', 'application.yml': 'w: 1\n'})
    checks.comes(server.is_('/foo/default', 4), 'a repair is served')
    checks.comes(lambda: server.health() == [] and server.gauge() == 0,
                 'nothing is held back any more')


def test_java(checks, repo):
    server = Server(repo, 'rtalpha.config.compat.java-errors: true\n')
    wait(lambda: server.ask('/bar/nobody')[0] != 503, 'content')
    checks.equal(server.ask('/foo/default')[0], 404,
                 'with java-errors it is what the Java server says')
    checks.clean(server)


def main():
    checks = Checks()
    repo = git_repo(folder('repo') + '/r', {
        'application.yml': 'w: 0\n', 'foo.yml': 'v: 1\n', 'bar.yml': 'v: 1\n'})
    server = Server(repo)
    good = test_held(checks, server, repo)
    test_more(checks, server, repo, good)
    checks.clean(server)
    test_restart(checks, server, repo, good)
    test_java(checks, repo)
    checks.done()


main()
