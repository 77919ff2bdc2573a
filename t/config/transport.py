#!/usr/bin/env python3
"""Origins behind ssh, https and proxies: keys, passphrases, host keys, logins.

Each kind of origin is a repository with a pattern in one server, in front of
a local one: where an origin cannot be read, the local one answers and health
says why.  No secret may show in a command line, a log, a page or an error.
"""

import base64
import glob
import http.server
import os
import select
import shutil
import socket
import ssl
import stat
import subprocess
import threading
from urllib.parse import urlsplit

from rtalpha import (Checks, Failed, Nginx, folder, free_ports, get, git,
                     git_commit, git_repo, wait, write)

USER, PASSWORD = 'reader', 'pass-w0rd:/@%'
PHRASE, TOKEN = 'phr4se of the key', 't0ken%2Fin%2Furi'
SECRETS = ['pass-w0rd', 'phr4se', 't0ken', 'wr0ng', 'pr0xy',
           base64.b64encode(f'{USER}:{PASSWORD}'.encode()).decode()]


class Backend(http.server.BaseHTTPRequestHandler):
    """git http-backend for those who know a login."""

    protocol_version = 'HTTP/1.1'
    root, logins, seen = '', set(), []

    def log_message(self, *args):
        pass

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get('Content-Length') or 0))
        login = self.headers.get('Authorization', '')
        self.seen.append((self.server.server_port, login))
        url = urlsplit(self.path)
        if url.path.startswith('/elsewhere/'):
            self.send_response(302)
            self.send_header('Location', self.server.elsewhere
                             + self.path[len('/elsewhere'):])
            self.send_header('Content-Length', '0')
            self.end_headers()
            return
        if login not in self.logins:
            self.send_response(401)
            self.send_header('WWW-Authenticate', 'Basic realm="git"')
            self.send_header('Content-Length', '0')
            self.end_headers()
            return
        env = dict(os.environ, GIT_PROJECT_ROOT=self.root,
                   GIT_HTTP_EXPORT_ALL='1', PATH_INFO=url.path,
                   QUERY_STRING=url.query, REQUEST_METHOD=self.command,
                   REMOTE_USER='x', REMOTE_ADDR='127.0.0.1',
                   CONTENT_LENGTH=str(len(body)),
                   CONTENT_TYPE=self.headers.get('Content-Type', ''),
                   HTTP_CONTENT_ENCODING=self.headers.get(
                       'Content-Encoding', ''),
                   GIT_PROTOCOL=self.headers.get('Git-Protocol', ''),
                   GIT_CONFIG_COUNT='1', GIT_CONFIG_KEY_0='safe.directory',
                   GIT_CONFIG_VALUE_0='*')
        out = subprocess.run(['git', 'http-backend'], input=body, env=env,
                             capture_output=True, check=False).stdout
        head, _, content = out.partition(b'\r\n\r\n')
        status = 200
        fields = []
        for line in head.decode().split('\r\n'):
            name, _, value = line.partition(': ')
            if name == 'Status':
                status = int(value.split()[0])
            elif name:
                fields.append((name, value))
        self.send_response(status)
        for name, value in fields:
            self.send_header(name, value)
        self.send_header('Content-Length', str(len(content)))
        self.end_headers()
        try:
            self.wfile.write(content)
        except OSError:
            self.close_connection = True

    do_POST = do_GET


def basic(user, password):
    return 'Basic ' + base64.b64encode(f'{user}:{password}'.encode()).decode()


def serve(port, root, context=None):
    Backend.root = root
    server = http.server.ThreadingHTTPServer(('127.0.0.1', port), Backend)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class Proxy(http.server.BaseHTTPRequestHandler):
    """CONNECT for those who know the proxy's own login."""

    protocol_version = 'HTTP/1.1'
    seen = []

    def log_message(self, *args):
        pass

    def do_CONNECT(self):
        self.seen.append(self.path)
        if self.headers.get('Proxy-Authorization') != basic('prox', 'pr0xy@'):
            self.send_response(407)
            self.send_header('Proxy-Authenticate', 'Basic realm="proxy"')
            self.send_header('Content-Length', '0')
            self.end_headers()
            return
        host, port = self.path.rsplit(':', 1)
        with socket.create_connection((host, int(port)), 10) as far:
            self.send_response(200)
            self.end_headers()
            ends = [self.connection, far]
            self.close_connection = True
            while True:
                for end in select.select(ends, [], [], 30)[0]:
                    data = end.recv(65536)
                    if not data:
                        return
                    ends[1 - ends.index(end)].sendall(data)


class Sshd:
    """A real sshd on loopback that lets one key in."""

    def __init__(self, place, port):
        self.place, self.port = place, port
        self.binary = shutil.which('sshd', path='/usr/sbin:/usr/local/sbin')
        if self.binary is None:
            raise Failed('sshd is not installed (Debian: openssh-server)')
        self.key('host_ed25519', 'ed25519')
        self.key('host_rsa', 'rsa')
        self.key('other_ed25519', 'ed25519')
        self.key('plain', 'ed25519')
        self.key('locked', 'rsa', PHRASE, 'PEM')
        self.key('stranger', 'ed25519')
        with open(f'{place}/authorized', 'w', encoding='ascii') as f:
            f.write(self.read('plain.pub') + self.read('locked.pub'))
        write(f'{place}/config', f'''
Port {port}
ListenAddress 127.0.0.1
HostKey {place}/host_ed25519
HostKey {place}/host_rsa
PidFile {place}/pid
AuthorizedKeysFile {place}/authorized
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
MaxStartups 200
''')
        if os.getuid() == 0:
            os.makedirs('/run/sshd', mode=0o755, exist_ok=True)
        self.process = subprocess.Popen(
            [self.binary, '-D', '-e', '-f', f'{place}/config'],
            stderr=open(f'{place}/log', 'w', encoding='utf-8'))
        wait(lambda: socket.create_connection(('127.0.0.1', port), 1),
             'sshd starts')

    def key(self, name, kind, phrase='', form=None):
        subprocess.run(['ssh-keygen', '-q', '-t', kind, '-N', phrase, '-C',
                        'test', *(['-m', form] if form else []), '-f',
                        f'{self.place}/{name}'], check=True)

    def read(self, name):
        with open(f'{self.place}/{name}', encoding='ascii') as f:
            return f.read()

    def host_key(self, name):
        kind, key, _ = self.read(f'{name}.pub').split()
        return {'host-key': key, 'host-key-algorithm': kind}

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Watch(threading.Thread):
    """Looks for secrets in the command lines of all processes."""

    def __init__(self):
        super().__init__(daemon=True)
        self.stopped = threading.Event()
        self.found, self.children = [], set()

    def run(self):
        while not self.stopped.wait(0.002):
            for path in glob.glob('/proc/[0-9]*/cmdline'):
                try:
                    with open(path, 'rb') as f:
                        line = f.read().decode('utf-8', 'replace')
                except OSError:
                    continue
                if line.startswith(('git', 'ssh\0')):
                    self.children.add(line.split('\0')[0])
                self.found += [line for s in SECRETS
                               if s in line and 'python' not in line]


def yaml(settings, indent):
    """Settings of one repository; several lines become a block."""

    out = ''
    for key, value in settings.items():
        if isinstance(value, dict):
            out += f'{indent}{key}:\n' + yaml(value, indent + '  ')
        elif isinstance(value, str) and '\n' in value:
            out += f'{indent}{key}: |\n' + ''.join(
                f'{indent}  {line}\n' for line in value.splitlines())
        elif isinstance(value, bool):
            out += f'{indent}{key}: {str(value).lower()}\n'
        else:
            out += f"{indent}{key}: '{value}'\n"
    return out


class Server(Nginx):
    def __init__(self, default, repos, state=None):
        self.port, self.admin = free_ports(2)
        self.place = folder('transport')
        self.state = state or f'{self.place}/state'
        self.source = f'{self.place}/config-server.yml'
        self.settings(default, repos)
        super().__init__(f'''
    rtalpha_zone 32m;
    rtalpha_state {self.state};
    server {{
        listen 127.0.0.1:{self.port};
        location / {{
            rtalpha_config_server settings=file:{self.source};
        }}
    }}
    server {{
        listen 127.0.0.1:{self.admin};
        location / {{ rtalpha_admin; }}
    }}
''', workers=1)

    def settings(self, default, repos):
        text = f'spring.cloud.config.server.git:\n  uri: {default}\n'
        text += '  refresh-rate: 1\n'
        if repos:
            text += '  repos:\n'
        for name, settings in repos.items():
            text += f'    {name}:\n' + yaml(settings, '      ')
        write(f'{self.source}.new', text)
        os.rename(f'{self.source}.new', self.source)

    def who(self, name, label='main'):
        answer = get(self.port, f'/{name}/default/{label}', timeout=60)
        if answer.status != 200:
            return answer.status
        sources = answer.json()['propertySources']
        return sources[0]['source'].get('who') if sources else None

    def health(self):
        return get(self.admin, '/_rtalpha/health').json()

    def errors(self):
        return {r['uri']: r.get('error', '') for r in
                self.health()['roles']['config']['repositories']}


def origins(sshd, remote, https, proxy):
    """name: (settings, who answers, what the error holds)."""

    user = os.environ.get('USER') or 'root'
    at = f'ssh://{user}@127.0.0.1:{sshd.port}{remote}'
    to = f'https://127.0.0.1:{https}'
    key = {'private-key': sshd.read('plain'), 'timeout': '30',
           'ignore-local-ssh-settings': True}
    login = {'username': USER, 'password': PASSWORD, 'timeout': '30',
             'skip-ssl-validation': True}
    through = {'proxy': {'https': {'host': '127.0.0.1', 'port': proxy,
                                   'username': 'prox',
                                   'password': 'pr0xy@'}}}
    host = sshd.host_key('host_ed25519')
    known = f'{sshd.place}/known'
    write(known, f'[127.0.0.1]:{sshd.port} ' + sshd.read('host_rsa.pub'))

    return {
        'ssh-key': ({**key, **host, 'uri': at + '/a.git'}, 'origin', ''),
        'ssh-scp': ({**key, **host,
                     'uri': f'[{user}@127.0.0.1:{sshd.port}]:'
                            f'{remote}/b.git'}, 'origin', ''),
        'ssh-user': ({**key, **host, 'username': user,
                      'uri': (at + '/m.git').replace(f'{user}@', '')},
                     'origin', ''),
        'ssh-rsa-host': ({**key, **sshd.host_key('host_rsa'),
                          'uri': at + '/c.git'}, 'origin', ''),
        'ssh-phrase': ({**host, 'private-key': sshd.read('locked'),
                        'passphrase': PHRASE,
                        'preferred-authentications': 'publickey',
                        'uri': at + '/d.git'}, 'origin', ''),
        'ssh-no-phrase': ({**host, 'private-key': sshd.read('locked'),
                           'passphrase': 'wr0ng',
                           'ignore-local-ssh-settings': True,
                           'uri': at + '/e.git'},
                          'default', 'Permission denied'),
        'ssh-stranger': ({**host, 'private-key': sshd.read('stranger'),
                          'ignore-local-ssh-settings': True,
                          'uri': at + '/f.git'},
                         'default', 'Permission denied'),
        'ssh-wrong-way': ({**key, **host,
                           'preferred-authentications': 'password',
                           'uri': at + '/g.git'},
                          'default', 'Permission denied'),
        'ssh-unknown': ({**key, 'known-hosts-file': '/dev/null',
                         'uri': at + '/h.git'}, 'default', 'Host key'),
        'ssh-other-host': ({**key, **sshd.host_key('other_ed25519'),
                            'uri': at + '/i.git'}, 'default', 'Host key'),
        'ssh-loose': ({**key, 'strict-host-key-checking': False,
                       'uri': at + '/j.git'}, 'origin', ''),
        'ssh-known': ({**key, 'known-hosts-file': known,
                       'uri': at + '/k.git'}, 'origin', ''),
        'https-login': ({**login, 'uri': to + '/a.git'}, 'origin', ''),
        'https-in-uri': ({'uri': f'https://{USER}:{TOKEN}@127.0.0.1:{https}'
                                 '/b.git', 'skip-ssl-validation': True},
                         'origin', ''),
        'https-wrong': ({**login, 'password': 'wr0ng', 'uri': to + '/c.git'},
                        'default', 'Authentication failed'),
        'https-none': ({'uri': to + '/d.git', 'skip-ssl-validation': True},
                       'default', 'Authentication failed'),
        'https-untrusted': ({**login, 'skip-ssl-validation': False,
                             'uri': to + '/e.git'}, 'default', 'certificate'),
        'https-redirect': ({**login, 'uri': to + '/elsewhere/f.git'},
                           'default', ''),
        'https-proxy': ({**login, **through, 'uri': to + '/g.git'},
                        'origin', ''),
        'https-direct': ({**login, 'uri': to + '/h.git',
                          'proxy': {'https': {'host': '127.0.0.1', 'port': 9,
                                              'non-proxy-hosts':
                                              'localhost|127.0.*'}}},
                         'origin', ''),
        'https-no-proxy': ({**login, 'uri': to + '/i.git',
                            'proxy': {'https': {'host': '127.0.0.1',
                                                'port': 9}}},
                           'default', 'Failed to connect'),
    }


def certificate(place):
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes',
                    '-days', '2', '-subj', '/CN=127.0.0.1', '-keyout',
                    f'{place}/tls.key', '-out', f'{place}/tls.pem'],
                   check=True, stderr=subprocess.DEVNULL)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f'{place}/tls.pem', f'{place}/tls.key')
    return context


def check_origins(checks, server, wanted):
    answers = {}
    threads = [threading.Thread(target=lambda n=name: answers.__setitem__(
        n, server.who(n))) for name in wanted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    errors = server.errors()
    for name, (settings, who, error) in wanted.items():
        checks.equal(answers[name], who, name)
        uri = settings['uri'].replace(f'{USER}:{TOKEN}@', '')
        checks.ok(uri in errors, f'{name}: in health', list(errors))
        checks.ok(error in errors.get(uri, ''), f'{name}: {error!r} is told',
                  errors.get(uri))
        checks.equal(bool(errors.get(uri)), who == 'default',
                     f'{name}: an error or none')


def check_secrets(checks, server, watch):
    watch.stopped.set()
    watch.join()
    checks.ok(watch.children, 'children have been seen')
    checks.equal(watch.found, [], 'no secret in a command line')
    pages = {'log': server.log_text()}
    for page in ('health', 'metrics', 'api/settings'):
        pages[page] = get(server.admin, f'/_rtalpha/{page}').text()
    for name in ('ssh-key', 'https-in-uri', 'https-wrong'):
        pages[name] = get(server.port, f'/{name}/default').text()
    for name, text in pages.items():
        checks.equal([s for s in SECRETS + ['PRIVATE KEY'] if s in text], [],
                     f'no secret in {name}')
    keys = glob.glob(f'{server.state}/git/keys/*')
    checks.ok(len(keys) > 10, 'files with keys', keys)
    checks.equal([k for k in keys if stat.S_IMODE(os.stat(k).st_mode)
                  != (0o700 if k.endswith('askpass') else 0o600)], [],
                 'modes of the files')
    mirrors = subprocess.run(
        ['grep', '-rlF', *[f'-e{s}' for s in SECRETS],
         f'{server.state}/git', '--include=config'],
        capture_output=True, check=False).stdout
    checks.equal(mirrors, b'', 'no secret in the mirrors')


def check_branches(checks, server, wanted, remote):
    """Deleted branches stay unless the settings say otherwise; one that is in
    the way of a new one goes."""

    kept, gone = wanted['https-login'][0], wanted['ssh-known'][0]
    server.settings(server.default, {
        'https-login': kept,
        'ssh-known': {**gone, 'delete-untracked-branches': True}})
    for name, bare in (('https-login', 'a'), ('ssh-known', 'k')):
        git(f'{remote}/{bare}.git', 'branch', 'old', 'main')
        checks.comes(lambda n=name: server.who(n, 'old') == 'origin',
                     f'{name}: a new branch', 30)
        git(f'{remote}/{bare}.git', 'branch', '-D', 'old')
    checks.comes(lambda: server.who('ssh-known', 'old') != 'origin',
                 'a deleted branch goes', 30)
    checks.equal(server.who('https-login', 'old'), 'origin',
                 'a deleted branch stays')
    git(f'{remote}/a.git', 'branch', 'old/new', 'main')
    checks.comes(lambda: server.who('https-login', 'old(_)new') == 'origin',
                 'a deleted branch is no obstacle', 30)
    checks.comes(lambda: len({os.path.basename(k)[:40] for k in glob.glob(
        f'{server.state}/git/keys/*.*')}) == 2,
        'files of former settings are removed')


def check_silent(checks, port, default):
    """An origin that accepts connections and says nothing is given up."""

    with socket.create_server(('127.0.0.1', port)):
        server = Server(default, {'silent': {
            'uri': f'ssh://x@127.0.0.1:{port}/a.git', 'timeout': '1',
            'private-key': '-----BEGIN OPENSSH PRIVATE KEY-----\nx\n',
            'strict-host-key-checking': False}})
        server.start(server.port)
        checks.equal(server.who('silent'), 'default', 'a silent origin')
        checks.equal(server.stop(), [], 'nothing bad in the log')


def check_refused(checks, default):
    """Settings that ssh could misunderstand are refused by nginx -t."""

    for settings, text in (
            ({'host-key-algorithm': 'none', 'host-key': 'x'},
             'host-key-algorithm'),
            ({'host-key': 'x'}, 'needs a host-key-algorithm'),
            ({'private-key': 'no key'}, 'private-key'),
            ({'username': 'a b'}, 'username'),
            ({'preferred-authentications': 'a b'}, 'preferred'),
            ({'known-hosts-file': 'a"\nProxyCommand x'}, 'known-hosts')):
        server = Server(default, {'x': {'uri': 'ssh://h/x', **settings}})
        result = subprocess.run(
            [os.environ.get('TEST_BINARY', '/usr/sbin/nginx'), '-t', '-p',
             server.dir, '-c', server.conf], capture_output=True, check=False)
        checks.ok(result.returncode and text in result.stderr.decode(),
                  f'{settings} is refused', result.stderr)


def main():
    checks = Checks()
    place = folder('origins')
    remote = f'{place}/remote'
    default = git_repo(f'{place}/default', {'application.yml':
                                            'who: default\n'})
    origin = git_repo(f'{place}/origin', {'application.yml': 'who: origin\n'})
    for name in 'abcdefghijkm':
        subprocess.run(['git', 'clone', '-q', '--mirror', origin,
                        f'{remote}/{name}.git'], check=True)
    ssh_port, https_port, other_port, proxy_port, silent = free_ports(5)
    sshd = Sshd(folder('sshd'), ssh_port)
    context = certificate(place)
    Backend.logins = {basic(USER, PASSWORD), basic(USER, 't0ken/in/uri')}
    https = serve(https_port, remote, context)
    serve(other_port, remote, context)
    https.elsewhere = f'https://127.0.0.1:{other_port}'
    proxy = http.server.ThreadingHTTPServer(('127.0.0.1', proxy_port), Proxy)
    threading.Thread(target=proxy.serve_forever, daemon=True).start()

    wanted = origins(sshd, remote, https_port, proxy_port)
    server = Server(default, {n: w[0] for n, w in wanted.items()})
    server.default = default
    watch = Watch()
    watch.start()
    try:
        server.start(server.port)
        check_origins(checks, server, wanted)
        checks.ok(Proxy.seen, 'the proxy has been asked')
        checks.equal([s for s in Backend.seen if s[0] == other_port and s[1]],
                     [], 'no login goes to where a redirect leads')
        checks.ok(other_port in [s[0] for s in Backend.seen],
                  'the redirect was followed')
        git_commit(origin, {'application.yml': 'who: later\n'})
        for name in 'ak':
            git(f'{remote}/{name}.git', 'fetch', '-q', 'origin',
                '+main:main')
        for name in ('https-login', 'ssh-known'):
            checks.comes(lambda n=name: server.who(n) == 'later',
                         f'{name}: a commit arrives', 30)
        git_commit(origin, {'application.yml': 'who: origin\n'})
        for name in 'ak':
            git(f'{remote}/{name}.git', 'fetch', '-q', 'origin',
                '+main:main')
        check_secrets(checks, server, watch)
        check_branches(checks, server, wanted, remote)
        checks.equal(server.stop(), [], 'nothing bad in the log')
        check_silent(checks, silent, default)
        check_refused(checks, default)
    finally:
        watch.stopped.set()
        sshd.stop()
    checks.done()


main()
