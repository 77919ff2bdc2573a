#!/usr/bin/env python3
"""What docs/deviations.md says of the config server: one check for each."""

import os

from rtalpha import (Checks, Nginx, folder, free_ports, get, git, git_repo,
                     request, wait, write)

FILES = {
    'application.yml': 'z: 1\n', 'foo.yml': 'a: 1\n',
    'broken.yml': 'a: [1\n', 'circle.yml': 'a: ${b}\nb: ${a}\n',
    'circle.txt': '${a}\n', 'plain.txt': 'z is ${z}\n'}
UNKNOWN = 'deadbeef' * 5
BASIC = {'Authorization': 'Basic dXNlcjpwYXNz', 'Content-Type': 'text/plain'}


class Server(Nginx):
    def __init__(self):
        self.base = folder('deviations')
        self.repo = git_repo(self.base + '/repo', FILES)
        git(self.repo, 'branch', 'feature/x')
        git(self.repo, 'branch', 'master')
        self.folder = self.base + '/native'
        write(self.folder + '/application.yml', 'z: 1\n')
        write(self.folder + '/other/foo.yml', 'a: secret\n')
        os.chmod(self.base, 0o755)
        self.ports = free_ports(3)
        settings = [
            f'spring.cloud.config.server.git.uri: {self.repo}\n',
            'spring:\n  profiles.active: native\n'
            '  cloud.config.server.native.search-locations: '
            f'file:{self.folder}/\n',
            'spring:\n  security.user: {name: user, password: pass}\n'
            f'  cloud.config.server.git.uri: {self.repo}\n'
            'encrypt.key: k\n']
        servers = ''
        for n, text in enumerate(settings):
            write(f'{self.base}/s{n}.yml', text)
            servers += f'''
    server {{
        listen 127.0.0.1:{self.ports[n]};
        location / {{
            rtalpha_config_server name=s{n} settings=file:{self.base}/s{n}.yml;
        }}
    }}
'''
        super().__init__(f'''
    rtalpha_zone  32m;
    rtalpha_state {self.base}/state;
{servers}''')


def status(port, path, **headers):
    answer = get(port, path, headers={
        name.replace('_', '-'): value for name, value in headers.items()})
    reason = answer.json().get('reason') if answer.status >= 400 \
        and answer.body else None
    return answer.status, reason


def test_git(checks, port):
    for path, want in (
            ('/broken/dev', (500, 'unusable-file')),
            ('/a/b/main/.git/config', (404, None)),
            ('/a/b/main/.git/HEAD', (404, None)),
            ('/foo/dev/' + UNKNOWN, (404, 'no-such-label')),
            ('/foo/dev/feature%2Fx', (200, None)),
            ('/circle/dev/main/circle.txt', (400, 'circular-placeholder')),
            ('/foo/dev/a.lock/plain.txt', (404, None))):
        checks.equal(status(port, path), want, path)

    path = '/broken/dev/main/plain.txt?resolvePlaceholders=false'
    checks.equal(get(port, path).text(), 'z is ${z}\n', path)
    checks.equal(get(port, '/broken/dev/main/plain.txt', headers={
        'Accept': 'application/octet-stream'}).text(), 'z is ${z}\n',
        'a binary file beside an unusable environment')
    checks.equal(status(port, '/foo/dev/main/plain.txt',
                        Accept_Charset='utf-8, *;q=0.1'), (200, None),
                 'Accept-Charset that is no name')
    checks.equal(status(port, '/foo/dev/main/plain.txt',
                        Accept='text/plain;charset=windows-1252')[0], 406,
                 'a charset that cannot be written')
    checks.ok(get(port, '/foo/dev').headers.get('ETag'), 'ETag')
    checks.equal(request(port, 'POST', '/encrypt', 'x',
                         {'Content-Type': 'text/plain'}).json()['status'],
                 'NO_KEY', 'no key')
    checks.equal(request(port, 'TRACE', '/foo/dev').status, 405, 'TRACE')


def test_native(checks, port):
    for label in ('*', 'other%3Bx'):
        body = get(port, f'/foo/dev/{label}').text()
        checks.ok('secret' not in body and '"z":1' in body,
                  f'label {label} is a name', body)


def test_basic(checks, port):
    checks.equal(request(port, 'POST', '/encrypt', 'x', BASIC).status, 200,
                 'POST with Basic')
    checks.equal(request(port, 'FOO', '/foo/dev', headers=BASIC).status, 405,
                 'a method that HTTP does not know')
    checks.equal(status(port, '/foo/dev', Accept='text/html')[0], 401,
                 'a browser without credentials')


def main():
    checks = Checks()
    server = Server()
    server.start(server.ports[0])
    for port in server.ports:
        wait(lambda port=port: get(port, '/foo/dev', headers=BASIC).status
             == 200, 'answers', 30)
    test_git(checks, server.ports[0])
    test_native(checks, server.ports[1])
    test_basic(checks, server.ports[2])
    checks.clean(server)
    checks.done()


if __name__ == '__main__':
    main()
