"""Client libraries as processes: how each is built, started and asked.

The clients are built once, below build/clients, under a name with a digest of
their sources.  Nothing in them knows which server they talk to.
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

from rtalpha import ROOT, Failed, folder, free_ports, get  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
NOTE = 'a<b & "c" \u00e9'
RENEW, EXPIRE, FETCH = 2, 6, 2
JVM = ['java', '-Xmx256m', '-Xss512k', '-XX:TieredStopAtLevel=1',
       '-XX:+UseSerialGC', '-jar']


# where the sources are, what builds them, where, and what comes out
CLIENTS = {
    'python': (['python'], 'python', None),
    'node': (['node'], 'node', None),
    'java': (['java'], 'java', 'sample-service.jar'),
    'java27': (['java', 'java-2.7'], 'java-2.7', 'sample-service-2.7.jar'),
    'eureka': (['eureka'], 'eureka', 'eureka-server.jar'),
    'java-amqp': (['java'], 'java', 'sample-service.jar'),
}
GENERATED = {'__pycache__', 'node_modules', 'target'}


def digest_of(folders):
    digest = hashlib.sha256()
    for name in folders:
        for base, dirs, files in sorted(os.walk(os.path.join(HERE, name))):
            dirs[:] = sorted(d for d in dirs if d not in GENERATED)
            for file in sorted(files):
                with open(os.path.join(base, file), 'rb') as f:
                    digest.update(file.encode() + f.read())
    return digest.hexdigest()[:12]


def build(client):
    """Returns the command that starts a client, and the folder for it."""

    folders, main, jar = CLIENTS[client]
    where = os.path.join(ROOT, 'build/clients',
                         f'{client}-{digest_of(folders)}')
    home = os.path.join(where, main)

    if not os.path.exists(where):
        new = where + '.new'
        shutil.rmtree(new, ignore_errors=True)
        for name in folders:
            shutil.copytree(os.path.join(HERE, name), os.path.join(new, name),
                            ignore=shutil.ignore_patterns(*GENERATED))
        inside = os.path.join(new, main)
        if client == 'python':
            run([sys.executable, '-m', 'venv', '--copies', 'venv'], inside)
            run(['venv/bin/python', '-m', 'pip', '-q', 'install', '-r',
                 'requirements.txt'], inside)
        elif client == 'node':
            run(['npm', 'ci', '--no-audit', '--no-fund', '--silent'], inside)
        else:
            run(['mvn', '-B', '-q', '-DskipTests']
                + (['-Pamqp'] if client == 'java-amqp' else []) + ['package'],
                inside)
        os.rename(new, where)

    if client == 'python':
        return [f'{home}/venv/bin/python', f'{home}/app.py']
    if client == 'node':
        return ['node', f'{home}/app.js']
    return JVM + [f'{home}/target/{jar}']


def run(command, where):
    done = subprocess.run(command, cwd=where, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        raise Failed(f'{" ".join(command[:4])}: '
                     + done.stdout.decode('utf-8', 'replace')[-1500:])


class Service:
    """One process of a client."""

    def __init__(self, system, client, command, tag='', extra=None):
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
            'REPLICATE_SECONDS': 2, **(extra or {}),
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
