#!/usr/bin/env python3
"""Runs real, unmodified client libraries against the three roles.

    drive.py CLIENT ...        python, java

Each client takes its configuration from the config server, registers, is
found and called by another process of its kind, shuts down gracefully, and
is killed.  What the registry was asked stands in nginx's access log.  The
clients are built once, below build/clients.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from urllib.parse import quote

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                '../lib'))

from rtalpha import (ROOT, Checks, Failed, System, folder,  # noqa: E402
                     free_ports, get, wait)

HERE = os.path.dirname(os.path.abspath(__file__))
NOTE = 'a<b & "c" \u00e9'
RENEW, EXPIRE, FETCH = 2, 6, 2

# the registry evicts once a second, and the client's clock is not ours
LATE = 2.5

JVM = ['java', '-Xmx256m', '-Xss512k', '-XX:TieredStopAtLevel=1',
       '-XX:+UseSerialGC', '-jar']


def build(client):
    """Returns the command that starts a client."""

    source = os.path.join(HERE, client)
    digest = hashlib.sha256()
    for base, dirs, files in sorted(os.walk(source)):
        dirs[:] = sorted(d for d in dirs if d != '__pycache__')
        for name in sorted(files):
            with open(os.path.join(base, name), 'rb') as f:
                digest.update(name.encode() + f.read())

    where = os.path.join(ROOT, 'build/clients',
                         f'{client}-{digest.hexdigest()[:12]}')
    if not os.path.exists(where):
        shutil.rmtree(where + '.new', ignore_errors=True)
        shutil.copytree(source, where + '.new')
        if client == 'python':
            run([sys.executable, '-m', 'venv', '--copies', 'venv'], where)
            run(['venv/bin/python', '-m', 'pip', '-q', 'install', '-r',
                 'requirements.txt'], where)
        else:
            run(['mvn', '-B', '-q', '-DskipTests', 'package'], where)
        os.rename(where + '.new', where)

    if client == 'python':
        return [f'{where}/venv/bin/python', f'{where}/app.py']
    return JVM + [f'{where}/target/sample-service.jar']


def run(command, where):
    done = subprocess.run(command, cwd=where + '.new', check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise Failed(f'{" ".join(command[:4])}: '
                     + done.stdout.decode('utf-8', 'replace')[-1500:])


class Service:
    """One process of a client."""

    def __init__(self, system, client, command, tag=''):
        self.client, self.system = client, system
        self.app = f'drive-{client}{tag}'
        self.port = free_ports(1)[0]
        self.id = f'{self.app}:{self.port}'
        self.log = os.path.join(folder('client'), self.app + '.log')
        env = {
            'APP_NAME': self.app, 'PORT': self.port, 'INSTANCE_ID': self.id,
            'CONFIG_NAME': 'sample-service', 'CONFIG_PROFILE': 'dev',
            'CONFIG_LABEL': 'main', 'SPRING_PROFILES_ACTIVE': 'dev',
            'CONFIG_URL': f'http://127.0.0.1:{system.config}',
            'EUREKA_URL': f'http://127.0.0.1:{system.registry}/eureka/',
            'RENEW_SECONDS': RENEW, 'EXPIRE_SECONDS': EXPIRE,
            'FETCH_SECONDS': FETCH, 'INITIAL_SECONDS': 0,
            'REPLICATE_SECONDS': 2,
        }
        with open(self.log, 'wb') as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True,
                env={**os.environ, **{k: str(v) for k, v in env.items()}})

    def ready(self):
        if self.process.poll() is not None:
            raise Failed(f'{self.app} ended: {self.tail()}')
        return self.get('/hello').status == 200

    def get(self, path):
        return get(self.port, path)

    def tail(self):
        with open(self.log, encoding='utf-8', errors='replace') as f:
            return f.read()[-1500:]

    def stop(self, sig=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(sig)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode

    def listed(self):
        return self.system.apps().get(self.app.upper(), {}).get(self.id)

    def renewed(self):
        """Of the instance itself: a renewal does not make lists stale."""

        answer = get(self.system.registry,
                     f'/eureka/apps/{self.app.upper()}/{quote(self.id)}',
                     headers={'Accept': 'application/json'})
        return answer.json()['instance']['leaseInfo']['lastRenewalTimestamp']

    def renewals(self, since):
        return [r for r in self.system.requests('PUT', f'/{self.id}')
                if r[0] >= since and r[2] == 200]

    def sees(self, other):
        """Instances of another service, as this client knows them."""

        answer = self.get('/discover/' + other.app)
        return answer.json() if answer.status == 200 else []


class Drive:
    def __init__(self, clients):
        self.checks, self.services, self.clients = Checks(), [], clients
        self.commands = {}
        routes = ''.join(f'    drive-{c}{t}: /drive-{c}{t}/**\n'
                         for c in clients for t in ('', '-b', '-c'))
        self.system = System({'api-gateway.yml': f'zuul:\n  routes:\n{routes}'},
                             copy=os.path.join(HERE, 'fixture'))

    def check(self, name, condition, seconds):
        return self.checks.comes(condition, name, seconds)

    def start(self, client, tag=''):
        service = Service(self.system, client, self.commands[client], tag)
        self.services.append(service)
        return service

    def main(self):
        for client in self.clients:
            try:
                self.commands[client] = build(client)
            except (Failed, OSError) as e:
                self.checks.ok(False, f'{client}: cannot be built: {e}')
        try:
            self.system.start()
            for client in self.commands:
                self.drive(client)
            self.unknown()
        except Failed as e:
            self.checks.ok(False, str(e))
        finally:
            for service in self.services:
                service.stop(signal.SIGKILL)
            self.checks.clean(self.system.nginx)
        self.checks.done()

    def drive(self, client):
        first = self.start(client)
        second = self.start(client, '-b')

        if not all([self.check(f'{s.app}.start', s.ready, 90)
                    for s in (first, second)]):
            print(first.tail(), second.tail())
            return

        self.config_profile(first)
        self.register(first)
        self.heartbeat(first)
        self.discover_and_call(first, second)
        self.route(first)
        self.graceful_shutdown(first, second)
        self.expiry_after_kill(first, self.start(client, '-c'))

    def config_profile(self, s):
        want = {'greeting': 'hello-dev', 'shared': 'from-application',
                'only-dev': 'yes-dev', 'props': 'from-properties',
                'unicode': '\u017c\u00f3\u0142w \u2603', 'number': '42'}
        got = {}
        for key in want:
            answer = s.get('/property?key=sample.' + quote(key))
            got[key] = str(answer.json().get('value'))
        self.checks.equal(got, want, f'{s.client}.config.profile')

    def register(self, s):
        name = f'{s.client}.register'
        if not self.check(name, s.listed, 30):
            return
        i = s.listed()
        self.checks.equal(
            {key: i.get(key) for key in ('app', 'ipAddr', 'hostName', 'status',
                                         'vipAddress')},
            {'app': s.app.upper(), 'ipAddr': '127.0.0.1',
             'hostName': '127.0.0.1', 'status': 'UP', 'vipAddress': s.app},
            name)
        self.checks.equal((int(i['port']['$']), str(i['port']['@enabled'])),
                          (s.port, 'true'), f'{name}: port')
        self.checks.equal((i['leaseInfo']['renewalIntervalInSecs'],
                           i['leaseInfo']['durationInSecs']),
                          (RENEW, EXPIRE), f'{name}: lease')
        self.checks.equal((i['metadata'].get('language'),
                           i['metadata'].get('note')), (s.client, NOTE),
                          f'{name}: metadata')
        posts = self.system.requests('POST', f'/apps/{s.app.upper()}')
        self.checks.ok(posts and all(p[2] == 204 for p in posts),
                       f'{name}: answered 204', posts)

    def heartbeat(self, s):
        """Three renewals, and it outlives two leases."""

        name, since = f'{s.client}.heartbeat', time.time()
        before = s.renewed()

        self.check(name, lambda: len(s.renewals(since)) >= 3, RENEW * 6)
        self.check(f'{name}: lastRenewalTimestamp moves',
                   lambda: s.renewed() > before, 5)
        gone = []

        def outlived():
            if s.listed() is None:
                gone.append(time.time() - since)
            return time.time() > since + 2 * EXPIRE + 1

        wait(outlived, name, 3 * EXPIRE, every=0.2)
        self.checks.ok(not gone, f'{name}: never out of the registry', gone)

    def discover_and_call(self, s, other):
        def discovered():
            got = s.sees(other)
            return (len(got) == 1 and int(got[0]['port']) == other.port
                    and got[0]['host'] == '127.0.0.1'
                    and got[0]['metadata'].get('note') == NOTE)

        def called():
            answer = s.get('/call/' + other.app)
            return (answer.status == 200
                    and answer.json()['instance'] == other.id)

        self.check(f'{s.client}.discover', discovered, 25)
        self.check(f'{s.client}.call', called, 15)

    def route(self, s):
        def routed():
            answer = get(self.system.gateway, f'/{s.app}/hello')
            return (answer.status == 200
                    and answer.json()['instance'] == s.id)

        self.check(f'gateway.route.{s.client}', routed, 10)

    def unknown(self):
        answer = get(self.system.gateway, '/drive-nobody/hello')
        self.checks.equal(answer.status, 404, 'gateway.unknown')

    def graceful_shutdown(self, s, leaving):
        """Gone at once, sooner than its lease could have expired."""

        name = f'{s.client}.graceful-shutdown'
        status = leaving.stop()
        self.checks.ok(status in (0, 143, -15), f'{name}: exit', status)
        deletes = self.system.requests('DELETE', f'/{leaving.id}')
        self.checks.ok(deletes and deletes[-1][2] == 200,
                       f'{name}: DELETE is answered 200', deletes)
        self.check(name, lambda: leaving.listed() is None, 1)
        self.check(f'{name}: the other drops it',
                   lambda: not s.sees(leaving), 25)

    def expiry_after_kill(self, s, victim):
        """Gone when its lease is over: not before, and not much after."""

        name = f'{s.client}.expiry-after-kill'
        if not (self.check(f'{name}: start', victim.ready, 90)
                and self.check(f'{name}: registered', victim.listed, 30)
                and self.check(f'{name}: seen', lambda: s.sees(victim), 25)
                and self.check(f'{name}: renewed',
                               lambda: victim.renewals(0), 3 * RENEW + 3)):
            return
        victim.stop(signal.SIGKILL)
        renewed = victim.renewals(0)[-1][0]
        if not self.check(f'{name}: still there', victim.listed, 1):
            return
        if self.check(name, lambda: victim.listed() is None,
                      EXPIRE + LATE + 1):
            lived = time.time() - renewed
            self.checks.ok(EXPIRE <= lived + 0.05 <= EXPIRE + LATE,
                           f'{name}: within its lease of {EXPIRE} s',
                           round(lived, 2))
        self.check(f'{name}: the other drops it',
                   lambda: not s.sees(victim), 25)


if __name__ == '__main__':
    Drive(sys.argv[1:] or ['python']).main()
