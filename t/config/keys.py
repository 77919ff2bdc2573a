#!/usr/bin/env python3
"""Key stores of both kinds, opened and used off the event loop."""

import hashlib
import os
import struct
import subprocess

from rtalpha import (Checks, Nginx, folder, free_ports, get, git_commit,
                     git_repo, request, wait, write)

VALUES = 300


def run(*args, **kwargs):
    return subprocess.run(args, capture_output=True, check=True,
                          **kwargs).stdout


def jks(path, keys, password):
    """Writes a key store as Java does: {alias: (PKCS#8, password)}."""

    def wide(text):
        return text.encode('utf-16-be')

    def der(tag, body):
        if len(body) < 128:
            return bytes([tag, len(body)]) + body
        size = (len(body).bit_length() + 7) // 8
        return (bytes([tag, 0x80 + size]) + len(body).to_bytes(size, 'big')
                + body)

    out = struct.pack('>III', 0xfeedfeed, 2, len(keys))
    for alias, (plain, secret) in keys.items():
        salt = digest = os.urandom(20)
        coded = b''
        for i in range(0, len(plain), 20):
            digest = hashlib.sha1(wide(secret) + digest).digest()
            coded += bytes(a ^ b for a, b in zip(plain[i:i + 20], digest))
        check = hashlib.sha1(wide(secret) + plain).digest()
        info = der(0x30, bytes.fromhex('300e060a2b060104012a021101010500')
                   + der(0x04, salt + coded + check))
        name = alias.encode()
        out += (struct.pack('>IH', 1, len(name)) + name + struct.pack('>Q', 0)
                + struct.pack('>I', len(info)) + info + struct.pack('>I', 0))
    out += hashlib.sha1(wide(password) + b'Mighty Aphrodite' + out).digest()
    with open(path, 'wb') as f:
        f.write(out)


def stores(place):
    """The same RSA key in a JKS and in a PKCS#12 store."""

    key = f'{place}/key.pem'
    run('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days',
        '2', '-subj', '/CN=x', '-keyout', key, '-out', f'{place}/cert.pem')
    der = run('openssl', 'pkcs8', '-topk8', '-nocrypt', '-outform', 'DER',
              '-in', key)
    other = run('openssl', 'genpkey', '-algorithm', 'RSA', '-outform', 'DER')
    run('openssl', 'pkcs12', '-export', '-in', f'{place}/cert.pem', '-inkey',
        key, '-name', 'mine', '-out', f'{place}/p12', '-passout',
        'pass:letmein')
    jks(f'{place}/jks', {'mine': (der, 'geheim'), 'other': (other, 'x')},
        'letmein')
    for name in ('p12', 'jks'):
        os.chmod(f'{place}/{name}', 0o644)


class Server(Nginx):
    def __init__(self, repo, store):
        self.port, self.admin = free_ports(2)
        self.place = folder('keys')
        self.repo = repo
        self.source = f'{self.place}/config-server.yml'
        self.settings(store)
        super().__init__(f'''
    rtalpha_zone 32m;
    rtalpha_state {self.place}/state;
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
        self.start(self.port)

    def settings(self, store):
        write(f'{self.source}.new',
              f'spring.cloud.config.server.git.uri: {self.repo}\n'
              f'encrypt.key-store: {store}\n')
        os.rename(f'{self.source}.new', self.source)

    def crypt(self, what, text):
        answer = request(self.port, 'POST', f'/{what}', text,
                         {'Content-Type': 'text/plain'}, timeout=60)
        return answer.text() if answer.status == 200 else answer.status

    def values(self, name):
        answer = get(self.port, f'/{name}/default', timeout=60).json()
        sources = answer['propertySources']
        return sources[0]['source'] if sources else {}

    def ticks(self):
        """CPU time of the event loop and of all threads."""

        pid, = self.workers()
        def of(path):
            with open(path, encoding='ascii') as f:
                fields = f.read().rsplit(')', 1)[1].split()
            return int(fields[11]) + int(fields[12])
        return of(f'/proc/{pid}/task/{pid}/stat'), of(f'/proc/{pid}/stat')


def check_store(checks, repo, place, kind, secret):
    server = Server(repo, f'{{location: "file:{place}/{kind}", password: '
                          f'letmein, alias: Mine, {secret}}}')
    key = get(server.port, '/key').text()
    checks.ok(key.startswith('ssh-rsa '), f'{kind}: the public key', key)
    coded = server.crypt('encrypt', 'hello')
    checks.equal(server.crypt('decrypt', coded), 'hello', f'{kind}: decrypted')
    checks.equal(server.crypt('decrypt', coded[:-8] + 'AAAAAAA='), 400,
                 f'{kind}: a damaged text is refused')
    checks.equal(server.crypt('decrypt', server.crypt('encrypt', '{plain}')),
                 '', f'{kind}: the empty text')
    return server, key, coded


def check_many(checks, server, repo):
    """Many values: none is decrypted in the event loop."""

    coded = [server.crypt('encrypt', f'value {n}') for n in range(VALUES)]
    before = server.ticks()
    git_commit(repo, {'many.yml': ''.join(
        f"k{n}: '{{cipher}}{text}'\n" for n, text in enumerate(coded))
        + "bad: '{cipher}AAAA'\nplain: text\n"})
    wait(lambda: 'plain' in server.values('many'), 'the commit', 30)
    values = server.values('many')
    checks.equal(values, {'plain': 'text', 'invalid.bad': '<n/a>',
                          **{f'k{n}': f'value {n}' for n in range(VALUES)}},
                 'every value')
    after = server.ticks()
    loop, whole = (after[i] - before[i] for i in (0, 1))
    checks.ok(loop * 2 < whole, 'the thread has decrypted', (loop, whole))


def check_change(checks, server, place, coded):
    """A store that cannot be opened any more leaves its keys in use."""

    server.settings(f'{{location: "file:{place}/jks", password: wrong, '
                    'alias: mine, secret: geheim}')
    checks.comes(lambda: 'rtalpha_config_keystores_failed 1' in get(
        server.admin, '/_rtalpha/metrics').text(), 'a wrong password is told',
        20)
    checks.equal(server.crypt('decrypt', coded), 'hello', 'keys of before')
    server.settings(f'{{location: "file:{place}/jks", password: letmein, '
                    'alias: mine, secret: wrong}')
    checks.comes(lambda: server.log_text().count('cannot be opened') >= 2,
                 'a wrong secret is told', 20)
    checks.equal(server.crypt('decrypt', coded), 'hello', 'still')
    server.settings(f'{{location: "file:{place}/p12", password: letmein, '
                    'alias: mine}')
    checks.comes(lambda: server.crypt('decrypt', '{secret:letmein}' + coded)
                 == 'hello', 'another store with the same key', 20)


def check_shared(checks, repo, place):
    """Servers that share a store under other aliases, or fail to open it."""

    names = ('one', 'two', 'three')
    jks(f'{place}/shared', {name: (
        run('openssl', 'genpkey', '-algorithm', 'RSA', '-outform', 'DER'),
        name) for name in names}, 'letmein')
    os.chmod(f'{place}/shared', 0o644)
    here = folder('shared')
    ports = dict(zip(names, free_ports(len(names))))

    def settings(name, secret):
        write(f'{here}/{name}.new',
              f'spring.cloud.config.server.git.uri: {repo}\n'
              f'encrypt.key-store: {{location: "file:{place}/shared", '
              f'password: letmein, alias: {name}, secret: {secret}}}\n')
        os.rename(f'{here}/{name}.new', f'{here}/{name}.yml')

    for name in names:
        settings(name, name)

    nginx = Nginx(f'    rtalpha_zone 32m;\n    rtalpha_state {here}/state;\n'
                  + ''.join(f'''
    server {{
        listen 127.0.0.1:{ports[name]};
        location / {{
            rtalpha_config_server name={name} settings=file:{here}/{name}.yml;
        }}
    }}
''' for name in names), workers=1)
    nginx.start(ports['one'])

    def ask(method, name, path, text=None):
        answer = request(ports[name], method, path, text,
                         {'Content-Type': 'text/plain'}, timeout=60)
        return answer.text() if answer.status == 200 else answer.status

    coded = {}
    for name in names:
        checks.comes(lambda: ask('GET', name, '/key') != 503,
                     f'the key of {name} is there', 20)
        coded[name] = ask('POST', name, '/encrypt', name)
    checks.equal({name: ask('POST', name, '/decrypt', coded[name])
                  for name in names}, {name: name for name in names},
                 'one store, three aliases')
    keys = [ask('GET', name, '/key') for name in names]
    checks.equal(len(set(keys)), 3, 'three keys')
    git_commit(repo, {f'of-{name}.yml': f"v: '{{cipher}}{coded[name]}'\n"
                      for name in names})
    for name in names:
        checks.comes(lambda: f'"v":"{name}"' in str(ask(
            'GET', name, f'/of-{name}/default')), f'a value under {name}', 30)

    settings('two', 'wrong')
    checks.comes(lambda: 'cannot be opened' in nginx.log_text(),
                 'a wrong secret is told', 20)
    checks.comes(lambda: ask('GET', 'two', '/key') == keys[1],
                 'and leaves the keys of the same server', 20)
    checks.equal(ask('POST', 'two', '/decrypt', coded['two']), 'two',
                 'which still decrypt')
    checks.equal(nginx.stop(), [], 'nothing bad in the log')


def main():
    checks = Checks()
    place = folder('stores')
    stores(place)
    repo = git_repo(os.path.join(folder('repo'), 'r'), {'foo.yml': 'a: 1\n'})
    server, key, coded = check_store(checks, repo, place, 'p12', 'type: jks')
    checks.equal(server.stop(), [], 'nothing bad in the log')
    server, other, _ = check_store(checks, repo, place, 'jks',
                                   'secret: geheim')
    checks.equal(other, key, 'the same key from both')
    checks.equal(server.crypt('decrypt', coded), 'hello',
                 'a text that was encrypted by the other')
    check_many(checks, server, repo)
    check_change(checks, server, place, coded)
    checks.equal(server.stop(), [], 'nothing bad in the log')
    check_shared(checks, repo, place)
    checks.done()


main()
