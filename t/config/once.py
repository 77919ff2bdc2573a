#!/usr/bin/env python3
"""Two nodes on one bus see the same commit: one of them tells of it, where
they have a Redis in common; both do without."""

import subprocess

from configserver import ConfigServer
from rtalpha import (Checks, Failed, folder, free_ports, get, git_commit,
                     git_repo, wait)


class Node(ConfigServer):
    """A config server with one worker; its broker is down, so that notices
    wait where they can be counted."""

    def __init__(self, repo, broker, redis):
        super().__init__(
            f'spring.cloud.config.server.git.uri: {repo}\n', folder('once'),
            more=f'rtalpha_bus amqp://guest:guest@127.0.0.1:{broker};'
            + (f'rtalpha_redis 127.0.0.1:{redis};' if redis else ''),
            workers=1)

    def ask(self):
        return get(self.port, '/foo/dev').json()['propertySources'][0][
            'source'].get('v')

    def gauge(self, name):
        return self.metric(f'rtalpha_config_bus_{name}') or 0


def start_redis():
    """(process, port)"""

    port, = free_ports(1)
    process = subprocess.Popen(
        ['redis-server', '--port', str(port), '--bind', '127.0.0.1',
         '--save', '', '--dir', folder('redis')],
        stdout=subprocess.DEVNULL, start_new_session=True)
    wait(lambda: subprocess.run(
        ['redis-cli', '-p', str(port), 'ping'], stdout=subprocess.PIPE,
        check=False).stdout == b'PONG\n', 'Redis')
    return process, port


def total(nodes, name):
    return sum(node.gauge(name) for node in nodes)


def change(nodes, repo, value):
    """A commit, and that both nodes have it."""

    git_commit(repo, {'foo.yml': f'v: {value}\n'})
    wait(lambda: all(node.ask() == value for node in nodes), 'the commit')


def test_together(checks, repo, broker, port):
    nodes = [Node(repo, broker, port) for _ in range(2)]
    wait(lambda: all(node.ask() == 1 for node in nodes), 'content')

    # Redis may not be connected yet when the first commits come
    value = 1
    while total(nodes, 'left') == 0 and value < 20:
        value += 1
        change(nodes, repo, value)
        try:
            wait(lambda: total(nodes, 'left'), 'left', 2)
        except Failed:
            continue

    checks.equal(total(nodes, 'left'), 1, 'one node leaves it to the other')
    checks.ok(total(nodes, 'waiting') >= 1, 'which tells')
    for n in (1, 2):
        change(nodes, repo, value + n)
        checks.comes(lambda n=n: total(nodes, 'left') == 1 + n,
                     'so each time')
    return nodes


def main():
    checks = Checks()
    repo = git_repo(folder('repo') + '/r', {'foo.yml': 'v: 1\n'})
    broker, = free_ports(1)
    redis, port = start_redis()
    try:
        nodes = test_together(checks, repo, broker, port)
    finally:
        redis.terminate()
        redis.wait()

    change(nodes, repo, 100)
    checks.comes(lambda: all(node.gauge('waiting') for node in nodes),
                 'without Redis both tell')
    for node in nodes:
        checks.clean(node)

    git_commit(repo, {'foo.yml': 'v: 1\n'})
    nodes = [Node(repo, broker, None) for _ in range(2)]
    wait(lambda: all(node.ask() == 1 for node in nodes), 'content')
    change(nodes, repo, 5)
    checks.comes(lambda: all(node.gauge('waiting') == 1 for node in nodes),
                 'never had one: both tell')
    for node in nodes:
        checks.clean(node)
    checks.done()


main()
