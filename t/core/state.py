#!/usr/bin/env python3
"""The state folder: who writes there, and what becomes of it.

A second nginx on the same folder says so and takes over when the first one
ends; a folder that is removed is made again with everything in it; what has
been acknowledged before a graceful stop is there after it.
"""

import os
import pwd
import signal
import threading

from rtalpha import Checks, Nginx, folder, free_ports, get, git_repo, \
    request, wait, write


class Node:
    """A registry and a config server on a state folder."""

    def __init__(self, state, repo):
        self.registry, self.config, self.admin = free_ports(3)
        own = folder('node')
        write(own + '/config.yml', 'spring.cloud.config.server.git:\n'
              f'  uri: file://{repo}\n  default-label: main\n')
        write(own + '/registry.yml', 'eureka.server:\n'
              '  enable-self-preservation: false\n')
        self.nginx = Nginx(f'''
    rtalpha_zone  16m;
    rtalpha_state {state};
    server {{
        listen 127.0.0.1:{self.registry};
        location / {{ rtalpha_registry settings=file:{own}/registry.yml; }}
    }}
    server {{
        listen 127.0.0.1:{self.config};
        location / {{ rtalpha_config_server settings=file:{own}/config.yml; }}
    }}
    server {{
        listen 127.0.0.1:{self.admin};
        location / {{ rtalpha_admin; }}
    }}
''')

    def start(self):
        self.nginx.start(self.admin)
        return self

    def register(self, app, name):
        return request(self.registry, 'POST', f'/eureka/apps/{app}', {
            'instance': {
                'instanceId': name, 'app': app, 'hostName': name,
                'ipAddr': '127.0.0.1', 'vipAddress': app, 'status': 'UP',
                'dataCenterInfo': {
                    '@class': 'com.netflix.appinfo.InstanceInfo$'
                              'DefaultDataCenterInfo', 'name': 'MyOwn'},
                'leaseInfo': {'durationInSecs': 900}}}).status

    def names(self):
        answer = get(self.registry, '/eureka/apps',
                     headers={'Accept': 'application/json'}).json()
        return {i['instanceId'] for app in answer['applications']['application']
                for i in app['instance']}

    def lock(self):
        return get(self.admin, '/_rtalpha/health').json()['state']['lock']

    def leads(self):
        return 'rtalpha_state_leader 1\n' in get(
            self.admin, '/_rtalpha/metrics').text()


def test_two(checks, repo):
    state = folder('two') + '/state'
    first, second = Node(state, repo).start(), Node(state, repo)
    checks.comes(lambda: first.lock() == 'held' and first.leads(),
                 'the first nginx holds the folder')
    second.start()
    checks.comes(lambda: second.lock() == 'elsewhere',
                 'the second one sees that it is held', 15)
    checks.ok(not second.leads(), 'and its metric says so')
    log = second.nginx.log_text()
    checks.ok(f'another nginx (process {first.nginx.pid}) writes to the state '
              'folder' in log, 'the log names the other process', log[-500:])
    checks.equal(log.count('another nginx'), 1, 'and says it once')

    checks.equal(second.register('LATE', 'late'), 204, 'it registers all the '
                 'same')
    checks.clean(first.nginx)
    checks.comes(lambda: second.lock() == 'held' and second.leads(),
                 'it takes over when the first one ends', 15)
    checks.clean(second.nginx)
    second.start()
    checks.ok('late' in second.names(), 'what it had is on disk then',
              second.names())
    checks.clean(second.nginx)


def registered(node, state):
    """The journal is there again, and holds the instance."""

    def look():
        with open(state + '/registry.journal', 'rb') as f:
            return node in f.read()
    return look


def test_removed(checks, repo):
    home = folder('removed')
    os.chmod(home, 0o777)
    state = home + '/state'
    node = Node(state, repo).start()
    checks.equal(node.register('OLD', 'before'), 204, 'a registration')
    checks.comes(registered(b'before', state), 'it is on disk')
    checks.comes(lambda: get(node.config, '/app/default').status == 200,
                 'an answer from git')

    # away at once: git may be writing there
    os.rename(state, home + '/away')
    checks.comes(registered(b'before', state),
                 'a folder that is removed is made and filled again', 20)
    checks.equal(node.lock(), 'held', 'and is held')
    checks.ok('has been removed' in node.nginx.log_text(), 'the log says so')
    checks.equal(node.register('NEW', 'after'), 204, 'one more registration')
    checks.comes(lambda: get(node.config, '/app/two').status == 200,
                 'what needs git again is answered again', 30)
    checks.clean(node.nginx)
    node.start()
    checks.equal(node.names(), {'before', 'after'}, 'both outlive a restart')
    checks.clean(node.nginx)


def test_missing(checks, repo):
    if os.geteuid() != 0:
        return
    home = folder('missing')
    state = home + '/state'
    node = Node(state, repo).start()
    checks.equal(node.register('OLD', 'before'), 204, 'a registration')
    checks.comes(registered(b'before', state), 'it is on disk')

    # the workers' user cannot make it here
    os.rename(state, home + '/away')
    checks.comes(lambda: node.lock() == 'missing',
                 'a folder that cannot be made is seen as missing', 20)
    checks.ok(f'mkdir() "{state}' in node.nginx.log_text(),
              'the log says what has failed')
    os.mkdir(state)
    os.chown(state, pwd.getpwnam('nobody').pw_uid, -1)
    checks.comes(registered(b'before', state),
                 'it is filled when somebody has made it', 20)
    checks.clean(node.nginx)


def test_stop(checks, repo, sig):
    """Clients register until the port is closed."""

    state = folder('stop') + '/state'
    node = Node(state, repo)
    known = set()

    for turn in range(3):
        node.start()
        checks.ok(known <= node.names(), f'{sig.name}: all acknowledged '
                  'registrations are there again', known - node.names())

        def client(number, turn=turn):
            try:
                for i in range(1000000):
                    name = f'i{turn}-{number}-{i}'
                    if node.register(f'APP{number}', name) != 204:
                        return
                    known.add(name)
            except OSError:
                return

        clients = [threading.Thread(target=client, args=(n,))
                   for n in range(3)]
        had = len(known)
        for thread in clients:
            thread.start()
        wait(lambda had=had: len(known) > had + 50, 'registrations', 30)
        checks.ok(not node.nginx.stop(sig), 'nothing bad in the error log')
        for thread in clients:
            thread.join(30)

    node.start()
    checks.ok(known <= node.names(), f'{sig.name}: the last ones too',
              known - node.names())
    checks.clean(node.nginx)


def main():
    checks = Checks()
    repo = git_repo(folder('repo') + '/repo', {'application.yml': 'a: 1\n'})
    test_two(checks, repo)
    test_removed(checks, repo)
    test_missing(checks, repo)
    test_stop(checks, repo, signal.SIGQUIT)
    test_stop(checks, repo, signal.SIGTERM)
    checks.done()


main()
