#!/usr/bin/env python3
"""Real, unmodified config clients against the config server.

    config.py CLIENT ...       python, node, java, java27

Values, labels, {cipher}, basic authentication, refresh after a commit, a
server that is away at the start (Java), and with Java a server that is found
in the registry.
"""

import os
import signal
import socket
import sys
import threading
import time
from urllib.parse import quote

from harness import HERE, Service, build

from rtalpha import (ROOT, Checks, Failed, Nginx, folder, free_ports, get,
                     git, git_commit, git_repo, request, wait, write)

KEY = 'drive-secret-key'
USER, PASSWORD = 'configuser', 'config-pass'
MAIN = os.path.join(HERE, 'fixture')
BLUE = 'sample:\n  greeting: hello-blue\n  value: blue\n'


class Servers:
    """A config server, one with a password, and a registry."""

    def __init__(self):
        self.dir = folder('config')
        self.repo = git_repo(os.path.join(self.dir, 'repo'), copy=MAIN)
        self.config, self.secured, self.registry = free_ports(3)
        write(f'{self.dir}/server.yml',
              'spring.cloud.config.server.git:\n'
              f'  uri: {self.repo}\n'
              f'encrypt.key: {KEY}\n')
        write(f'{self.dir}/secured.yml',
              'spring:\n'
              f'  security.user: {{name: {USER}, password: {PASSWORD}}}\n'
              '  cloud.config.server.git:\n'
              f'    uri: {self.repo}\n'
              f'encrypt.key: {KEY}\n')
        write(f'{self.dir}/registry.yml',
              'eureka.server.enable-self-preservation: false\n')
        self.log = f'{self.dir}/access.log'
        self.nginx = Nginx(f'''
    log_format requests '$status $request_method $uri "$http_accept"';
    rtalpha_zone  32m;
    rtalpha_state {self.dir}/state;
    server {{
        listen 127.0.0.1:{self.config};
        access_log {self.log} requests;
        location / {{
            rtalpha_config_server settings=file:{self.dir}/server.yml;
        }}
    }}
    server {{
        listen 127.0.0.1:{self.secured};
        access_log {self.log} requests;
        location / {{
            rtalpha_config_server name=secured
                                  settings=file:{self.dir}/secured.yml;
        }}
    }}
    server {{
        listen 127.0.0.1:{self.registry};
        location / {{ rtalpha_registry settings=file:{self.dir}/registry.yml; }}
    }}
''')

    def start(self):
        self.nginx.start(self.config)
        secret = request(self.config, 'POST', '/encrypt', 's3cret-value',
                         {'Content-Type': 'text/plain'}).text()
        git_commit(self.repo, {
            'application.yml': "sample:\n  shared: from-application\n"
                               f"  secret: '{{cipher}}{secret}'\n"})
        git(self.repo, 'checkout', '-q', '-b', 'feature/blue')
        git_commit(self.repo, {'sample-service.yml': BLUE})
        git(self.repo, 'checkout', '-q', 'main')
        wait(lambda: 'sample.secret' in get(
            self.config, '/sample-service/dev').text()
            and get(self.config, '/a/b/feature(_)blue').status == 200,
             'the commits are served', 20)
        return self

    def seen(self, *parts):
        with open(self.log, encoding='utf-8') as f:
            return [line for line in f if all(p in line for p in parts)]


class Gate:
    """A port that refuses, answers 503, or passes on to a server."""

    def __init__(self, target):
        self.target, self.mode, self.refused = target, 'unavailable', 0
        self.port = free_ports(1)[0]
        self.sock = socket.create_server(('127.0.0.1', self.port))
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                client, _ = self.sock.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,),
                             daemon=True).start()

    def serve(self, client):
        try:
            with client:
                if self.mode == 'unavailable':
                    client.recv(65536)
                    self.refused += 1
                    client.sendall(b'HTTP/1.1 503 x\r\nContent-Length: 0\r\n'
                                   b'Connection: close\r\n\r\n')
                    return
                with socket.create_connection(
                        ('127.0.0.1', self.target)) as server:
                    threading.Thread(target=self.pump, args=(client, server),
                                     daemon=True).start()
                    self.pump(server, client)
        except OSError:
            pass

    @staticmethod
    def pump(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Drive:
    def __init__(self, clients):
        self.checks, self.services, self.clients = Checks(), [], clients
        self.servers = Servers()
        self.command = None

    def main(self):
        try:
            self.servers.start()
            for client in self.clients:
                self.command = build(client)
                self.drive(client)
        except (Failed, OSError) as e:
            self.checks.ok(False, str(e))
        finally:
            for service in self.services:
                service.stop(signal.SIGKILL)
            self.checks.clean(self.servers.nginx)
        self.checks.done()

    def start(self, client, tag='', **extra):
        service = Service(self.servers, client, self.command, tag, extra)
        self.services.append(service)
        return service

    def drive(self, client):
        first = self.start(client)
        if not self.checks.comes(first.ready, f'{client}.start', 90):
            print(first.tail())
            return
        self.cipher(first)
        if client.startswith('java'):
            self.sources(first)
        else:
            self.fetches(first)
        if client == 'python':
            self.python(first)
        self.refresh(first)
        first.stop(signal.SIGKILL)
        if client.startswith('java'):
            self.retry(client)
            self.authorized(client)
            self.discovered(client)

    def cipher(self, s):
        answer = s.get('/property?key=sample.secret')
        self.checks.equal(answer.json().get('value'), 's3cret-value',
                          f'{s.client}.cipher')

    def fetch(self, s, keys, **query):
        return s.get(f'/fetch?keys={keys}&' + '&'.join(
            f'{k}={quote(v, safe="")}' for k, v in query.items()))

    def fetches(self, s):
        """By clients that fetch what they are told to."""

        self.checks.equal(
            self.fetch(s, 'sample.greeting,sample.value', profile='default',
                       label='feature(_)blue').json(),
            {'sample.greeting': 'hello-blue', 'sample.value': 'blue'},
            f'{s.client}.label')
        self.checks.equal(
            self.fetch(s, 'sample.greeting', profile='nosuch,dev').json(),
            {'sample.greeting': 'hello-dev'}, f'{s.client}.two-profiles')
        self.checks.equal(self.fetch(s, 'a', label='no-such-label').status,
                          500, f'{s.client}.unknown-label')
        self.checks.ok(self.servers.seen('404 GET', 'no-such-label'),
                       f'{s.client}.unknown-label is 404')

        url = f'http://{USER}:%s@127.0.0.1:{self.servers.secured}'
        self.checks.equal(
            self.fetch(s, 'sample.greeting', url=url % PASSWORD).json(),
            {'sample.greeting': 'hello-dev'}, f'{s.client}.auth')
        self.checks.equal(
            self.fetch(s, 'sample.greeting', url=url % 'wrong').status, 500,
            f'{s.client}.auth-wrong')
        self.checks.ok(self.servers.seen('401 GET'),
                       f'{s.client}.auth-wrong is 401')

    def python(self, s):
        self.checks.equal(s.get('/file?file=notes.txt').text(),
                          'plain text for hello-dev\n', 'python.file')
        answer = s.get('/crypt?text=' + quote('p\u00e4ss word')).json()
        self.checks.equal(answer.get('plain'), 'p\u00e4ss word',
                          'python.encrypt-decrypt')

    def sources(self, s):
        names = [n for n in s.get('/sources').json()
                 if n.startswith('configserver:') and 'class path' not in n]
        at = [min((i for i, n in enumerate(names) if want in n), default=99)
              for want in ('sample-service-dev.yml', 'sample-service.yml',
                           'application.')]
        self.checks.ok(at == sorted(at) and 99 not in at,
                       f'{s.client}.precedence', names)
        self.checks.ok(self.servers.seen('200 GET /sample-service/dev',
                                         'config-server.v2+json'),
                       f'{s.client}.media-type')

    def refresh(self, s):
        """Not seen before the client refreshes, and seen then."""

        name, new = f'{s.client}.refresh', f'two-{s.client}'
        path = os.path.join(self.servers.repo, 'sample-service.yml')
        with open(path, encoding='utf-8') as f:
            text = f.read()
        self.checks.equal(s.get('/value').text(), 'one', f'{name}: before')
        git_commit(self.servers.repo, {
            'sample-service.yml': text.replace('value: one',
                                               f'value: {new}')})
        wait(lambda: new in get(self.servers.config,
                                '/sample-service/dev').text(), name)
        self.checks.equal(s.get('/value').text(), 'one', f'{name}: not asked')

        if s.client.startswith('java'):
            answer = request(s.port, 'POST', '/actuator/refresh', {},
                             timeout=30)
            self.checks.ok('sample.value' in answer.text(),
                           f'{name}: names the key', answer.text())
        else:
            s.get('/refresh')
        self.checks.equal(s.get('/value').text(), new, name)
        git_commit(self.servers.repo, {'sample-service.yml': text})
        wait(lambda: new not in get(self.servers.config,
                                    '/sample-service/dev').text(), name)

    def retry(self, client):
        """Two answers 503, then it starts; with a label with a slash."""

        gate = Gate(self.servers.config)
        s = self.start(client, '-b', CONFIG_URL=f'http://127.0.0.1:{gate.port}',
                       SPRING_CLOUD_CONFIG_FAIL_FAST='true',
                       SPRING_CLOUD_CONFIG_RETRY_MAX_ATTEMPTS='60',
                       SPRING_CLOUD_CONFIG_RETRY_INITIAL_INTERVAL='300',
                       SPRING_PROFILES_ACTIVE='default',
                       SPRING_CLOUD_CONFIG_LABEL='feature/blue')
        self.checks.comes(lambda: gate.refused >= 2,
                          f'{client}.retry-at-start: asks again', 60)
        gate.mode = 'up'
        if self.checks.comes(s.ready, f'{client}.retry-at-start', 90):
            self.checks.equal(s.get('/value').text(), 'blue',
                              f'{client}.label')
        s.stop(signal.SIGKILL)
        gate.sock.close()

    def authorized(self, client):
        """The second of two URLs answers; a wrong password ends it."""

        dead = free_ports(1)[0]
        url = f'http://{USER}:%s@127.0.0.1:{self.servers.secured}'
        s = self.start(client, '-auth', SPRING_CLOUD_CONFIG_FAIL_FAST='true',
                       CONFIG_URL=f'http://127.0.0.1:{dead},'
                                  + url % PASSWORD)
        if self.checks.comes(s.ready, f'{client}.auth, second URL', 90):
            self.checks.equal(s.get('/hello').json()['greeting'],
                              'hello-dev', f'{client}.auth: values')
        s.stop(signal.SIGKILL)

        w = self.start(client, '-wrong', SPRING_CLOUD_CONFIG_FAIL_FAST='true',
                       SPRING_CLOUD_CONFIG_RETRY_MAX_ATTEMPTS='1',
                       CONFIG_URL=url % 'wrong')
        self.checks.comes(lambda: w.process.poll() not in (None, 0),
                          f'{client}.auth-wrong', 90)

    def discovered(self, client):
        """The config server is found in the registry by its name."""

        apps = f'/eureka/apps/CONFIGSERVER/configserver:{self.servers.config}'
        request(self.servers.registry, 'POST', '/eureka/apps/CONFIGSERVER', {
            'instance': {
                'instanceId': f'configserver:{self.servers.config}',
                'app': 'CONFIGSERVER', 'hostName': '127.0.0.1',
                'ipAddr': '127.0.0.1', 'vipAddress': 'configserver',
                'status': 'UP',
                'port': {'$': self.servers.config, '@enabled': 'true'},
                'dataCenterInfo': {
                    '@class': 'com.netflix.appinfo.InstanceInfo$'
                              'DefaultDataCenterInfo', 'name': 'MyOwn'},
                'leaseInfo': {'renewalIntervalInSecs': 300,
                              'durationInSecs': 900}, 'metadata': {}}})
        self.checks.equal(get(self.servers.registry, apps).status, 200,
                          f'{client}.discovery-first: it is there')
        s = self.start(client, '-disc',
                       SPRING_CLOUD_CONFIG_DISCOVERY_ENABLED='true',
                       SPRING_CLOUD_CONFIG_FAIL_FAST='true',
                       CONFIG_URL=f'http://127.0.0.1:{free_ports(1)[0]}')
        if self.checks.comes(s.ready, f'{client}.discovery-first', 120):
            self.checks.equal(s.get('/hello').json()['greeting'],
                              'hello-dev', f'{client}.discovery-first: values')
        else:
            print(s.tail())
        s.stop(signal.SIGKILL)


if __name__ == '__main__':
    Drive(sys.argv[1:] or ['python']).main()
