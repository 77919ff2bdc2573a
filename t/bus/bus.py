#!/usr/bin/env python3
"""Spring Cloud Bus over a real RabbitMQ: who is told of a commit, what a
broker costs that is down, stopped or started again, acknowledgements."""

import json
import os
import signal
import subprocess
import time

from rtalpha import Checks, Nginx, folder, free_ports, get, git_commit, \
    git_repo, wait, write

SERVER = '/usr/lib/rabbitmq/bin/rabbitmq-server'
EXCHANGE = 'springCloudBus'


class Broker:
    """rabbitmq-server in a folder of its own."""

    def __init__(self):
        self.port, self.dist, self.epmd = free_ports(3)
        self.dir = folder('rabbit')
        self.url = f'amqp://guest:guest@127.0.0.1:{self.port}'
        self.process = None

    def start(self):
        env = dict(
            os.environ, HOME=self.dir,
            RABBITMQ_NODE_IP_ADDRESS='127.0.0.1',
            RABBITMQ_NODE_PORT=str(self.port),
            RABBITMQ_DIST_PORT=str(self.dist),
            ERL_EPMD_ADDRESS='127.0.0.1', ERL_EPMD_PORT=str(self.epmd),
            RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel '
            'inet_dist_use_interface {127,0,0,1}',
            RABBITMQ_NODENAME=f'bus{self.port}@localhost',
            RABBITMQ_MNESIA_BASE=self.dir + '/mnesia',
            RABBITMQ_LOG_BASE=self.dir + '/log')
        self.process = subprocess.Popen(
            [SERVER], env=env, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True)
        wait(self._up, 'the broker starts', 60)
        return self

    def _up(self):
        return subprocess.run(
            ['amqp-declare-queue', '-u', self.url, '-q', 'probe'],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL).returncode == 0

    def signal(self, sig):
        os.killpg(self.process.pid, sig)

    def stop(self):
        if self.process:
            self.signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def end(self):
        self.stop()

        # it refuses to end for a while after a node was killed

        wait(self._epmd_ends, 'epmd ends')

    def _epmd_ends(self):
        epmd = ['epmd', '-port', str(self.epmd)]
        subprocess.run(epmd + ['-kill'], stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
        return subprocess.run(epmd + ['-names'], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL).returncode != 0


class Listener:
    """One client of the bus: a queue of its own, as Spring makes it."""

    def __init__(self, broker):
        self.broker = broker
        self.file = os.path.join(folder('listener'), 'messages')
        write(self.file, '')
        script = self.file + '.sh'
        write(script, f'#!/bin/sh\ncat >> {self.file}\necho >> {self.file}\n')
        os.chmod(script, 0o755)
        self.process = subprocess.Popen(
            ['amqp-consume', '-u', broker.url, '-e', EXCHANGE, '-r', '#',
             '-A', script],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def messages(self):
        with open(self.file, encoding='utf-8') as f:
            return [json.loads(line) for line in f if line.strip()]

    def told(self):
        return sorted(m['destinationService'] for m in self.messages()
                      if m['type'] == 'RefreshRemoteApplicationEvent')

    def publish(self, message):
        subprocess.run(
            ['amqp-publish', '-u', self.broker.url, '-e', EXCHANGE, '-r',
             EXCHANGE, '-C', 'application/json', '-b', json.dumps(message)],
            check=True)

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Server(Nginx):
    def __init__(self, repo, broker):
        self.port, self.admin = free_ports(2)
        self.state = folder('state')
        self.settings = os.path.join(self.state, 'config.yml')
        write(self.settings, f'''
spring:
  cloud.config.server.git.uri: file://{repo}
  rabbitmq: {{host: 127.0.0.1, port: {broker.port}, requested-heartbeat: 2}}
''')
        super().__init__(f'''
    rtalpha_zone 32m;
    rtalpha_state {self.state}/state;
    server {{
        listen 127.0.0.1:{self.port};
        location / {{
            rtalpha_config_server settings=file:{self.settings};
        }}
    }}
    server {{
        listen 127.0.0.1:{self.admin};
        location / {{ rtalpha_admin; }}
    }}
''', workers=1)

    def bus(self):
        health = get(self.admin, '/_rtalpha/health').json()
        return find(health, 'bus') or {}


def find(value, key):
    if isinstance(value, dict):
        if key in value:
            return value[key]
        value = list(value.values())
    if isinstance(value, list):
        for member in value:
            found = find(member, key)
            if found is not None:
                return found
    return None


def read(server, path):
    return get(server.port, path).json()


def test_told(checks, server, listener, repo):
    for path in ('/foo/dev', '/foo/default', '/bar/default', '/foo/a,b',
                 '/x:y/dev'):
        read(server, path)

    git_commit(repo, {'foo-dev.yml': 'v: 2\n'})
    checks.comes(lambda: listener.told() == ['foo:dev:**'],
                 'a profile file: that profile alone is told')

    git_commit(repo, {'README': 'nothing\n'})
    git_commit(repo, {'foo.yml': 'w: 2\n'})
    checks.comes(lambda: listener.told() == sorted(
        ['foo:dev:**'] * 2 + ['foo:*:*', 'foo:a,b:**']),
        "an application's file: its profiles; a file of none: nobody")

    git_commit(repo, {'application.yml': 'z: 2\n'})
    checks.comes(lambda: 'bar:*:*' in listener.told()
                 and len(listener.told()) == 8,
                 'a file of all: everybody who has asked')
    checks.ok(not any('x:y' in d for d in listener.told()),
              'a name that would be a pattern is told nothing')

    message = listener.messages()[0]
    checks.equal(sorted(message), ['destinationService', 'id',
                                   'originService', 'timestamp', 'type'],
                 'members of a notice')
    checks.ok(len(message['id']) == 36
              and abs(message['timestamp'] / 1000 - time.time()) < 60,
              'id and time of a notice')


def test_acknowledged(checks, server, listener):
    known = listener.messages()[0]['id']
    for number in (known, '0' * 36):
        listener.publish({
            'type': 'AckRemoteApplicationEvent', 'timestamp': 1,
            'originService': 'foo:8080:1', 'destinationService': '**',
            'id': '1', 'ackId': number, 'ackDestinationService': 'foo:**',
            'event': 'org.springframework.cloud.bus.event.'
                     'RefreshRemoteApplicationEvent'})
    checks.comes(lambda: server.bus().get('acknowledged') == 1,
                 'acknowledgements of our notices are counted')
    checks.equal(server.bus().get('waiting'), 0, 'all confirmed')


def test_stopped(checks, server, broker, listener, repo):
    """A broker that answers nothing, then goes on."""

    broker.signal(signal.SIGSTOP)
    before = len(listener.told())
    git_commit(repo, {'foo.yml': 'w: 3\n'})
    checks.comes(lambda: find(read(server, '/foo/dev'), 'w') == 3,
                 'the commit is served while the broker is stopped')
    start = time.time()
    for _ in range(20):
        read(server, '/foo/dev?n=%d' % _)
    checks.ok(time.time() - start < 2, 'requests do not wait for it')
    broker.signal(signal.SIGCONT)
    checks.comes(lambda: len(listener.told()) >= before + 3,
                 'notices are sent when it goes on', 20)


def test_killed(checks, server, broker, listener, repo):
    broker.stop()
    listener.stop()
    checks.comes(lambda: not server.bus().get('connected'),
                 'a broker that is gone is noticed')
    git_commit(repo, {'foo.yml': 'w: 4\n'})
    checks.comes(lambda: find(read(server, '/foo/dev'), 'w') == 4,
                 'the commit is served without a broker')
    checks.comes(lambda: server.bus().get('waiting', 0) >= 3,
                 'notices are kept')
    broker.start()
    checks.comes(lambda: server.bus().get('connected')
                 and server.bus().get('waiting') == 0,
                 'they are sent to the broker that is back', 30)


def test_reload(checks, server, broker, repo):
    listener = Listener(broker)
    wait(lambda: listener.process.poll() is None, 'listener')
    server.reload()
    checks.comes(lambda: server.bus().get('connected'),
                 'the worker after a reload has a session')
    checks.comes(lambda: _told_after(listener, repo),
                 'and tells of commits', 20)
    listener.stop()


def _told_after(listener, repo):
    git_commit(repo, {'foo-dev.yml': f'v: {time.time()}\n'})
    time.sleep(0.3)
    return 'foo:dev:**' in listener.told()


def main():
    checks = Checks()
    broker = Broker()
    repo = git_repo(folder('repo') + '/r', {
        'application.yml': 'z: 1\n', 'foo.yml': 'w: 1\n',
        'foo-dev.yml': 'v: 1\n'})
    server = Server(repo, broker).start()

    try:
        wait(lambda: get(server.port, '/foo/dev').status == 200, 'answer')
        checks.comes(lambda: server.bus().get('error', '') != '',
                     'a broker that is not there is an error in health')
        broker.start()
        checks.comes(lambda: server.bus().get('connected'),
                     'it is found when it comes', 20)
        listener = Listener(broker)
        time.sleep(1)
        test_told(checks, server, listener, repo)
        test_acknowledged(checks, server, listener)
        test_stopped(checks, server, broker, listener, repo)
        test_killed(checks, server, broker, listener, repo)
        test_reload(checks, server, broker, repo)
    finally:
        broker.end()

    checks.clean(server)
    checks.done()


if __name__ == '__main__':
    main()
