#!/usr/bin/env python3
"""Shallow and partial mirrors: every label is served, also one whose commit
or files the mirror has not got yet."""

import glob
import os
import subprocess

from rtalpha import (Checks, Nginx, folder, free_ports, get, git, git_commit,
                     git_repo, write)


class Config(Nginx):
    def __init__(self, settings):
        self.port, = free_ports(1)
        self.place = folder('clones')
        self.state = f'{self.place}/state'
        self.source = f'{self.place}/config-server.yml'
        self.settings(settings)
        super().__init__(f'''
    rtalpha_zone 32m;
    rtalpha_state {self.state};
    server {{
        listen 127.0.0.1:{self.port};
        location / {{
            rtalpha_config_server settings=file:{self.source};
        }}
    }}
''')
        self.start(self.port)

    def settings(self, settings):
        write(f'{self.source}.new',
              f'spring.cloud.config.server.git: {settings}\n')
        os.rename(f'{self.source}.new', self.source)

    def n(self, label):
        answer = get(self.port, f'/foo/default/{label}', timeout=60)
        if answer.status != 200:
            return answer.status
        return answer.json()['propertySources'][0]['source']['n']

    def git(self, *args):
        mirror, = glob.glob(f'{self.state}/git/*.git')
        return subprocess.run(
            ['git', '-c', 'safe.directory=*', '-C', mirror, *args],
            capture_output=True, text=True, check=True).stdout.split()


def origin():
    repo = git_repo(os.path.join(folder('origin'), 'r'),
                    {'foo.yml': 'n: 0\n', 'big.txt': 'x' * 10000})
    git(repo, 'config', 'uploadpack.allowFilter', 'true')
    ids = []
    for n in range(1, 8):
        git_commit(repo, {'foo.yml': f'n: {n}\n', 'big.txt': str(n) * 10000})
        ids.append(subprocess.run(
            ['git', '-C', repo, 'rev-parse', 'HEAD'], capture_output=True,
            text=True, check=True).stdout.strip())
    git(repo, 'tag', 'light', ids[0])
    git(repo, 'tag', '-a', '-m', 'x', 'heavy', ids[1])
    git(repo, 'branch', 'old', ids[2])
    return repo, ids


def check_labels(checks, server, repo, ids, what):
    checks.equal([server.n(label) for label in
                  ('main', 'old', 'light', 'heavy', ids[6], ids[0])],
                 [7, 3, 1, 2, 7, 1], f'{what}: branches, tags, ids of both')
    git_commit(repo, {'foo.yml': 'n: 8\n'})
    checks.comes(lambda: server.n('main') == 8, f'{what}: a commit', 20)


def check_shallow(checks, depth_off):
    repo, ids = origin()
    server = Config(f'{{uri: {repo}, clone.depth: 1}}')
    check_labels(checks, server, repo, ids, 'shallow')
    checks.equal(server.git('rev-parse', '--is-shallow-repository'), ['true'],
                 'the mirror is shallow')
    checks.equal(server.n(ids[3][:10]), 404, 'digits of an unknown commit')
    checks.equal(server.n(ids[3]), 4, 'a commit outside, by its whole id')
    checks.equal(server.n('0' * 39 + '1'), 404, 'an id of nothing')
    checks.equal(server.n('old'), 3, 'the branch still')
    if depth_off:
        server.settings(f'{{uri: {repo}}}')
        checks.comes(lambda: server.n(ids[4][:9]) == 5,
                     'without a depth the mirror becomes whole', 20)
        checks.equal(server.git('rev-parse', '--is-shallow-repository'),
                     ['false'], 'the mirror is not shallow')
    checks.equal(server.stop(), [], 'nothing bad in the log')


def check_partial(checks, kind):
    repo, ids = origin()
    server = Config(f"{{uri: {repo}, clone.filter: '{kind}'}}")
    check_labels(checks, server, repo, ids, kind)
    missing = [o for o in server.git('rev-list', '--objects', '--all',
                                     '--missing=print') if o[0] == '?']
    checks.ok(missing, f'{kind}: the mirror lacks what nobody asked for')
    checks.equal(get(server.port, '/foo/default/light/big.txt').text(),
                 '1' * 10000, f'{kind}: a file that it lacked')
    os.rename(repo, repo + '.away')
    checks.equal(server.n('old'), 3, f'{kind}: what it had is still there')
    checks.equal(server.stop(), [], 'nothing bad in the log')


def main():
    checks = Checks()
    check_shallow(checks, True)
    check_partial(checks, 'blob:none')
    check_partial(checks, 'tree:0')
    checks.done()


main()
