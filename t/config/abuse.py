#!/usr/bin/env python3
"""What clients and repositories should not do, against limits: large files,
bombs, nesting, padding, links, traversal, invented names, huge prefixes."""

import os
import socket
import time

from configserver import ConfigServer
from rtalpha import BINARY, Checks, folder, get, git_repo, request, wait

MB = 1024 * 1024

# AddressSanitizer keeps what has been freed: 256 MB of it
with open(BINARY, 'rb') as binary:
    KEPT = 512 * MB if b'__asan_init' in binary.read() else 0


class Config(ConfigServer):
    def __init__(self, settings):
        super().__init__(settings, folder('abuse'),
                         more='client_max_body_size 8m;', workers=1)

    def ask(self, path):
        return get(self.port, path, timeout=60)

    def reason(self, path):
        """Status, and why."""

        answer = self.ask(path)
        if answer.status == 200:
            return 200, ''
        body = answer.json() if answer.body else {}
        return answer.status, body.get('reason', '')

    def raw(self, target):
        """A target that no library would send."""

        with socket.create_connection(('127.0.0.1', self.port), 10) as sock:
            sock.sendall(b'GET ' + target + b' HTTP/1.1\r\nHost: x\r\n'
                         b'Connection: close\r\n\r\n')
            data = b''
            while True:
                more = sock.recv(65536)
                if not more:
                    return data
                data += more

    def memory(self):
        pid, = wait(self.workers, 'a worker')
        with open(f'/proc/{pid}/status', encoding='ascii') as f:
            return {line.split(':')[0]: int(line.split()[1]) * 1024
                    for line in f if line.startswith(('VmRSS', 'VmHWM'))}

    def metric(self, name):
        for line in get(self.admin, '/_rtalpha/metrics').text().split('\n'):
            if line.startswith(name):
                return float(line.rsplit(' ', 1)[1])
        return None


def bomb():
    """Nine levels of ten aliases each: a billion strings."""

    text = 'a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n'
    for n in range(1, 10):
        text += f'a{n}: &a{n} [' + ', '.join([f'*a{n - 1}'] * 10) + ']\n'
    return text


def repository():
    """One commit: there is no better one before it to be held back to."""

    repo = os.path.join(folder('repo'), 'r')
    os.makedirs(repo)
    os.symlink('/etc/passwd', f'{repo}/link.txt')
    os.symlink('/etc/passwd', f'{repo}/link.yml')
    os.symlink('/etc', f'{repo}/dir')
    for name in ('huge.yml', 'huge.txt'):
        with open(f'{repo}/{name}', 'wb') as f:
            f.truncate(100 * MB)
    return git_repo(repo, {
        'good.yml': 'a: 1\n', 'bomb.yml': bomb(),
        'deep.yml': 'a: ' + '[' * 5000 + ']' * 5000 + '\n',
        'nest.yml': ''.join('  ' * n + f'k{n}:\n' for n in range(200)),
        'wide.yml': ''.join(f'k{n}: v\n' for n in range(3000)),
        'pad.properties': 'l[2000000000]=x\n',
        'pads.properties': ''.join(f'l{n}[65000]=x\n' for n in range(300)),
        'text.txt': 'fine\n'})


def check_files(checks, server):
    before = server.memory()['VmRSS']
    for name in ('huge', 'bomb', 'deep', 'nest', 'wide'):
        start = time.monotonic()
        checks.equal(server.reason(f'/{name}/default'),
                     (500, 'unusable-file'), f'{name}.yml is refused')
        checks.ok(time.monotonic() - start < 20, f'{name}: soon',
                  time.monotonic() - start)
    checks.ok('file-size' in server.ask('/huge/default').json()['message'],
              'which limit')
    checks.equal(server.ask('/good/default/main/huge.txt').status, 500,
                 'a huge text')
    checks.equal(server.ask('/good/default').status, 200, 'others are served')
    grown = server.memory()['VmHWM'] - before
    checks.ok(grown < 64 * MB + KEPT, 'memory is bounded', grown)
    checks.ok(server.metric('rtalpha_config_too_large_total') >= 2,
              'large files are counted')


def check_lists(checks, server):
    """Padding is only written where a document is rendered."""

    before = server.memory()['VmRSS']
    checks.equal(server.ask('/pad/default').status, 200, 'the key as it is')
    for name in ('pad', 'pads'):
        for kind in ('yml', 'json', 'properties'):
            answer = server.ask(f'/{name}-default.{kind}')
            checks.ok(answer.status in (200, 400, 500)
                      and len(answer.body) < 8 * MB,
                      f'{name}.{kind}', (answer.status, len(answer.body)))
    grown = server.memory()['VmHWM'] - before
    checks.ok(grown < 256 * MB + KEPT, 'memory is bounded', grown)


def check_links(checks, server):
    for path in ('link.txt', 'dir/passwd', 'dir', '.git/config', '.git/HEAD',
                 'text.txt/../.git/config'):
        answer = server.ask(f'/good/default/main/{path}')
        checks.ok(answer.status in (400, 404), f'{path} is not there',
                  (answer.status, answer.body[:80]))
    answer = server.ask('/link/default')
    checks.equal((answer.status, answer.json().get('propertySources')),
                 (200, []), 'a linked file is none')


def check_traversal(checks, server):
    up = [b'..', b'%2e%2e', b'.%2e', b'%2E.', b'%252e%252e', b'..%00',
          b'%c0%ae%c0%ae', b'..%5c', b'..\\', b'%2e%2e%2f', b'..;x=1',
          b'(_)..', b'..(_)', b'%uff0e%uff0e', b'....//']
    for dots in up:
        for target in (b'/good/default/main/' + b'/'.join([dots] * 8)
                       + b'/etc/passwd',
                       b'/' + dots + b'/default/main/etc/passwd',
                       b'/good/' + dots + b'/main/etc/passwd',
                       b'/good/default/' + dots + b'/etc/passwd',
                       b'/good/default/main(_)' + dots + b'/passwd',
                       b'/good/default/etc(_)' + dots + b'?useDefaultLabel'):
            data = server.raw(target)
            status = data[9:12]
            checks.ok(status in (b'400', b'404', b'405', b'500')
                      and b'root:' not in data
                      or status == b'200' and b'"propertySources":[]' in data,
                      f'{target!r}', data[:120])


def check_names(checks, server):
    """Labels that clients invent cost little, and nothing for ever."""

    for n in range(100):
        server.ask(f'/good/default/label{n}')
    for n in range(40):
        checks.equal(server.reason(f'/good/default/{n:040x}'),
                     (404, 'no-such-label'), f'an invented id {n}')
    checks.equal(server.reason('/good/default/' + ','.join(['main'] * 100)),
                 (400, 'too-many-labels'), 'a list of labels')
    checks.ok(server.ask('/' + 'x' * 6000 + '/default').status
              in (200, 400, 404, 414), 'a long name')
    checks.ok(server.ask('/good/' + ','.join(f'p{n}' for n in range(1000)))
              .status in (200, 400, 414, 500), 'a list of profiles')
    checks.equal(server.ask('/good/default').status, 200, 'still there')


def check_prefixes(checks, server):
    for body in ('{key:' + 'k' * 500000 + '}00', '{a:b}' * 100000 + '00',
                 '{' * 500000, '{key:' * 100000, '{plain}' * 70000):
        for what in ('encrypt', 'decrypt'):
            start = time.monotonic()
            answer = request(server.port, 'POST', f'/{what}', body,
                             {'Content-Type': 'text/plain'}, timeout=60)
            checks.ok(answer.status in (200, 400, 413, 500)
                      and time.monotonic() - start < 10,
                      f'{what} {body[:12]}…', (answer.status,
                                               time.monotonic() - start))


def check_applications(checks):
    """Clients that invent repositories do not keep others out for ever."""

    place = folder('many')
    for name in ('one', 'two'):
        git_repo(f'{place}/{name}', {'application.yml': f'who: {name}\n'})
    server = Config('spring.cloud.config.server.git:\n'
                    f"  uri: '{place}/{{application}}'\n"
                    'rtalpha.config.limits.repositories: 8\n')
    checks.equal(server.ask('/one/default').status, 200, 'one')
    for n in range(30):
        status, reason = server.reason(f'/invented{n}/default')
        checks.ok((status, reason) in ((503, 'no-repository'),
                                       (503, 'too-many-repositories')),
                  f'invented {n}', (status, reason))
    checks.equal(server.metric('rtalpha_config_repositories '), 8.0,
                 'no more than the limit')
    checks.equal(server.ask('/one/default').status, 200, 'one is still there')
    checks.comes(lambda: server.ask('/two/default').status == 200,
                 'a place is free again', 100)
    checks.equal(server.stop(), [], 'nothing bad in the log')


def main():
    checks = Checks()
    repo = repository()
    server = Config(f'spring.cloud.config.server.git.uri: {repo}\n'
                    'encrypt.key: k\n'
                    'rtalpha.config.limits: {nodes: 2000, depth: 40}\n')
    check_files(checks, server)
    check_lists(checks, server)
    check_links(checks, server)
    check_traversal(checks, server)
    check_names(checks, server)
    check_prefixes(checks, server)
    checks.equal(server.stop(), [], 'nothing bad in the log')
    check_applications(checks)
    checks.done()


main()
