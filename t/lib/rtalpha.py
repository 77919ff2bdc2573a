"""What test programs need: nginx with a configuration, HTTP, waiting, checks.

Standard library only.  Nothing here sleeps for a fixed time: wait() polls a
condition and says what it last saw when the time is over.
"""

import atexit
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BINARY = os.environ.get('TEST_BINARY', '/usr/sbin/nginx')
MODULE = os.environ.get(
    'TEST_MODULE', os.path.join(ROOT, 'build/dynamic/ngx_rtalpha_module.so'))
BAD_LOG = ('[alert]', '[crit]', '[emerg]', 'Sanitizer', 'runtime error:')


class Failed(Exception):
    """A condition that did not come true in time."""


def folder(name='test'):
    """A folder that nginx's workers can read, removed at the end."""

    path = tempfile.mkdtemp(prefix=f'{name}-', dir=os.environ.get('TEST_TMP'))
    os.chmod(path, 0o755)
    if not os.environ.get('TEST_KEEP'):
        atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text)


given_ports = set()


def free_ports(count):
    """Ports that nobody listens on, outside the range for outgoing ones, and
    that no earlier call has given away."""

    with open('/proc/sys/net/ipv4/ip_local_port_range',
              encoding='ascii') as f:
        low = int(f.read().split()[0])
    ports, held = [], []
    first = int(os.environ.get('TEST_PORTS', 20000 + os.getpid() % 8000))

    for port in range(first, low if low > first else 65536):
        if port in given_ports:
            continue
        sock = socket.socket()
        try:
            sock.bind(('127.0.0.1', port))
        except OSError:
            sock.close()
            continue
        held.append(sock)
        ports.append(port)
        given_ports.add(port)
        if len(ports) == count:
            break

    for sock in held:
        sock.close()
    return ports


def wait(condition, what, seconds=10, every=0.02):
    """Returns condition()'s first true value."""

    end = time.monotonic() + seconds
    last = None

    while True:
        try:
            value = condition()
            if value:
                return value
            last = value
        except (OSError, http.client.HTTPException, ValueError) as e:
            last = repr(e)
        if time.monotonic() > end:
            raise Failed(f'{what}: not within {seconds} s (last: {last})')
        time.sleep(every)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)

    def text(self):
        return self.body.decode('utf-8', 'replace')


def request(port, method, path, body=None, headers=None, timeout=10):
    """One request on a connection of its own."""

    conn = http.client.HTTPConnection('127.0.0.1', port, timeout=timeout)
    try:
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
            headers = {'Content-Type': 'application/json', **(headers or {})}
        conn.request(method, path, body=body, headers=headers or {})
        res = conn.getresponse()
        return Answer(res.status, res.headers, res.read())
    finally:
        conn.close()


def get(port, path, **kwargs):
    return request(port, 'GET', path, **kwargs)


def git(path, *args):
    env = dict(os.environ, GIT_CONFIG_GLOBAL='/dev/null',
               GIT_CONFIG_SYSTEM='/dev/null')
    subprocess.run(['git', '-C', path, '-c', 'safe.directory=*',
                    '-c', 'user.name=test',
                    '-c', 'user.email=test@example.org', *args],
                   check=True, env=env, stdout=subprocess.DEVNULL)


def git_repo(path, files=None, copy=None):
    """A repository with one commit in branch main."""

    if copy:
        shutil.copytree(copy, path)
    os.makedirs(path, exist_ok=True)
    git(path, 'init', '-q', '-b', 'main')
    git_commit(path, files or {})
    return path


def git_commit(path, files):
    for name, text in files.items():
        if text is None:
            os.unlink(os.path.join(path, name))
        else:
            write(os.path.join(path, name), text)
    git(path, 'add', '-A')
    git(path, 'commit', '-q', '--allow-empty', '-m', 'change')


class Nginx:
    """nginx in a folder of its own.

    http is the content of the http block, main what stands before it.  stop()
    ends it and returns the lines of the error log that no test may cause.
    """

    def __init__(self, http, main='', workers=2, env=None):
        self.dir = folder('nginx')
        self.conf = os.path.join(self.dir, 'nginx.conf')
        self.log = os.path.join(self.dir, 'error.log')
        self.pidfile = os.path.join(self.dir, 'nginx.pid')
        self.env = dict(os.environ, **(env or {}))
        self.process = None
        self.stopped = False
        self.http = http
        self.command = []           # what stands before nginx: valgrind
        self.configure(http, main, workers)

    def configure(self, http, main='', workers=2):
        load = f'load_module {MODULE};' if MODULE else ''
        temp = '\n'.join(
            f'    {name}_temp_path {self.dir}/{name};' for name in
            ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'))
        write(self.conf, f'''{load}
worker_processes {workers};
daemon off;
pid {self.pidfile};
error_log {self.log} info;
{main}
events {{ worker_connections 4096; }}
http {{
    access_log off;
{temp}
{http}
}}
''')

    def start(self, port=None):
        self.stopped = False
        # a session of its own: Ctrl-C in a terminal is ours to pass on
        self.process = subprocess.Popen(
            self.command + [BINARY, '-p', self.dir, '-c', self.conf,
                            '-e', self.log],
            env=self.env, stdin=subprocess.DEVNULL, start_new_session=True,
            stderr=subprocess.PIPE)
        atexit.register(self.stop)
        wait(self._listening(port), 'nginx starts')
        return self

    def _listening(self, port):
        def check():
            if self.process.poll() is not None:
                raise Failed('nginx does not start: '
                             + self.process.stderr.read().decode()
                             + self.log_text()[-2000:])
            if not os.path.exists(self.pidfile):
                return False
            if port is None:
                return True
            socket.create_connection(('127.0.0.1', port), 1).close()
            return True
        return check

    @property
    def pid(self):
        return self.process.pid

    def workers(self):
        """Pids of the workers that are not shutting down."""

        pids = []
        with open(f'/proc/{self.pid}/task/{self.pid}/children',
                  encoding='ascii') as f:
            children = f.read().split()
        for pid in children:
            try:
                with open(f'/proc/{pid}/cmdline', 'rb') as f:
                    title = f.read()
            except OSError:
                continue
            if title.startswith(b'nginx: worker process') \
                    and b'shutting' not in title:
                pids.append(int(pid))
        return pids

    def reload(self):
        """Waits until no worker of before takes new requests."""

        before = set(self.workers())
        os.kill(self.pid, signal.SIGHUP)
        wait(lambda: self.workers() and not before & set(self.workers()),
             'reload')

    def log_text(self):
        try:
            with open(self.log, encoding='utf-8', errors='replace') as f:
                return f.read()
        except OSError:
            return ''

    def stop(self, sig=signal.SIGQUIT, seconds=10):
        if self.process is None or self.stopped:
            return []
        self.stopped = True
        if self.process.poll() is None:
            self.process.send_signal(sig)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGTERM)
                self.process.wait(seconds)
        self.process.stderr.close()
        return [line for line in self.log_text().split('\n')
                if any(bad in line for bad in BAD_LOG)]


class System:
    """The three roles in one nginx, and the repository that drives them.

    files are those of the repository; the gateway's routes and the registry's
    settings are api-gateway.yml and registry.yml in it.  main, extra and
    gateway are more lines of nginx.conf: at the top, in http, in the server
    of the gateway.  refresh: seconds between two looks at the repository.
    """

    REGISTRY = ('eureka:\n  server:\n    enable-self-preservation: false\n'
                '    eviction-interval-timer-in-ms: 1000\n')

    def __init__(self, files, copy=None, workers=2, extra='', gateway='',
                 main='', refresh=1, zone='64m'):
        self.dir = folder('system')
        self.repo = git_repo(os.path.join(self.dir, 'repo'),
                             {'registry.yml': self.REGISTRY, **files}, copy)
        (self.config, self.registry, self.gateway,
         self.admin) = self.ports = free_ports(4)
        write(os.path.join(self.dir, 'config-server.yml'),
              'spring.cloud.config.server.git:\n'
              f'  uri: {self.repo}\n  default-label: main\n'
              f'  refresh-rate: {refresh}\n')
        self.log = os.path.join(self.dir, 'registry.log')
        conf = os.path.join(ROOT, 'conf')
        self.nginx = Nginx(f'''
    log_format requests '$msec $request_method $uri $status';
    rtalpha_zone  {zone};
    rtalpha_state {self.dir}/state;
    include       {conf}/rtalpha_http.conf;

    server {{
        listen 127.0.0.1:{self.config};
        location / {{
            rtalpha_config_server settings=file:{self.dir}/config-server.yml;
        }}
    }}

    server {{
        listen 127.0.0.1:{self.registry};
        access_log {self.log} requests;
        location / {{ rtalpha_registry settings=config:registry; }}
    }}

    server {{
        listen  127.0.0.1:{self.gateway};
        include {conf}/rtalpha_server.conf;
        location / {{ rtalpha_gateway settings=config:api-gateway; }}
        {gateway}
    }}

    server {{
        listen 127.0.0.1:{self.admin};
        location / {{ rtalpha_admin; }}
    }}
    {extra}
''', main=main, workers=workers)

    def start(self):
        self.nginx.start(self.config)
        wait(lambda: get(self.admin, '/_rtalpha/health').status == 200,
             'every role is ready')
        return self

    def instance(self, app, port, name='', **lease):
        """An instance document, as a client would send it."""

        return {'instance': {
            'instanceId': name or f'{app}:{port}', 'app': app.upper(),
            'hostName': '127.0.0.1', 'ipAddr': '127.0.0.1',
            'vipAddress': app, 'secureVipAddress': app, 'status': 'UP',
            'port': {'$': port, '@enabled': 'true'},
            'securePort': {'$': 443, '@enabled': 'false'},
            'dataCenterInfo': {
                '@class': 'com.netflix.appinfo.InstanceInfo$'
                          'DefaultDataCenterInfo', 'name': 'MyOwn'},
            'leaseInfo': {'renewalIntervalInSecs': 30,
                          'durationInSecs': 90, **lease},
            'metadata': {}}}

    def register(self, app, port, name='', **lease):
        """Returns the status of the answer."""

        return request(self.registry, 'POST', f'/eureka/apps/{app.upper()}',
                       self.instance(app, port, name, **lease)).status

    def apps(self):
        """What the registry lists: {application: {instance id: instance}}."""

        answer = get(self.registry, '/eureka/apps',
                     headers={'Accept': 'application/json'}).json()
        return {app['name']: {i['instanceId']: i for i in app['instance']}
                for app in answer['applications']['application']}

    def requests(self, method, contains):
        """Requests to the registry: [(time, uri, status)]."""

        found = []
        with open(self.log, encoding='utf-8') as f:
            for line in f:
                when, name, uri, status = line.split()
                if name == method and contains in uri:
                    found.append((float(when), uri, int(status)))
        return found


class Checks:
    """Counts checks and prints the failed ones; done() ends the program."""

    def __init__(self):
        self.passed = self.failed = 0

    def ok(self, condition, what, seen=None):
        if condition:
            self.passed += 1
        else:
            self.failed += 1
            print(f'failed: {what}' + ('' if seen is None
                                       else f' (seen: {seen!r})'))
        return bool(condition)

    def equal(self, got, want, what):
        return self.ok(got == want, f'{what}: want {want!r}', got)

    def comes(self, condition, what, seconds=10):
        try:
            wait(condition, what, seconds)
        except Failed as e:
            return self.ok(False, str(e))
        return self.ok(True, what)

    def clean(self, nginx):
        """Ends nginx; its log must hold nothing bad."""

        bad = nginx.stop()
        return self.ok(not bad, 'nothing bad in the error log', bad[:5])

    def done(self):
        print(f'{self.passed} passed, {self.failed} failed')
        sys.exit(0 if self.passed and not self.failed else 1)
