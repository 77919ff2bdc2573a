#!/usr/bin/env python3
"""Who may read what: rules over users of HTTP Basic and client certificates,
and what is not protected."""

import base64
import http.client
import os
import ssl
import subprocess

from rtalpha import (Checks, Failed, Nginx, folder, free_ports, get, git,
                     git_repo, request, wait, write)

RULES = '''
encrypt.key: for-tests
spring.security.user: {name: root, password: s3cret}
rtalpha.config:
  users:
  - {name: Dev, password: 'pass:word'}
  - {name: hook, password: h}
  - {name: ops, password: '{noop}o'}
  access:
  - principal: root
    operations: '*'
  - principal: dev
    applications: [foo, 'team-*']
    profiles: [default, dev]
    labels: [main, 'release/*']
  - principal: ops
    applications: foo
    operations: [read, files]
  - principal: anonymous
    applications: public
  - principal: hook
    operations: monitor
  - principal: 'subject:CN=good,*'
    applications: bar
  - principal: 'claim:role=x'
'''


class Server(Nginx):
    def __init__(self, repo, settings, tls=None, wrong=False):
        self.port, self.secure, self.admin = free_ports(3)
        place = folder('access')
        self.settings = os.path.join(place, 'config.yml')
        write(self.settings,
              f'spring.cloud.config.server.git.uri: {repo}\n' + settings)
        tls = f'''
    server {{
        listen 127.0.0.1:{self.secure} ssl;
        ssl_certificate     {tls}/server.pem;
        ssl_certificate_key {tls}/server.key;
        ssl_client_certificate {tls}/ca.pem;
        ssl_verify_client optional_no_ca;
        location / {{
            rtalpha_config_server name=tls settings=file:{self.settings};
        }}
    }}''' if tls else ''
        super().__init__(f'''
    rtalpha_zone 32m;
    rtalpha_state {place}/state;
    server {{
        listen 127.0.0.1:{self.port};
        location / {{
            rtalpha_config_server settings=file:{self.settings};
        }}
    }}
    {tls}
    server {{
        listen 127.0.0.1:{self.admin};
        location / {{ rtalpha_admin; }}
    }}
''')
        self.start(None if wrong else self.port)

    def as_(self, user, path, method='GET', body=None, **headers):
        headers = {k.replace('_', '-'): v for k, v in headers.items()}
        if user:
            headers['Authorization'] = 'Basic ' + base64.b64encode(
                user.encode()).decode()
        return request(self.port, method, path, body=body,
                       headers=headers).status

    def settled(self, user, path):
        """The answer when the content is there."""

        return wait(lambda: self.as_(user, path) not in (503,)
                    and self.as_(user, path), 'an answer')


ROOT, DEV, OPS, HOOK = 'root:s3cret', 'dEv:pass:word', 'ops:o', 'hook:h'


def test_read(checks, server):
    head = subprocess.run(['git', '-C', server.repo, 'rev-parse', 'HEAD'],
                          stdout=subprocess.PIPE, check=True
                          ).stdout.decode().strip()
    for user, path, status in (
            (ROOT, '/any/any', 200),
            (ROOT, f'/any/any/{head}', 200),
            ('ROOT:s3cret', '/any/any', 200),
            ('root:wrong', '/public/default', 401),
            (None, '/foo/default', 401),
            (None, '/public/default', 200),
            (None, '/public/default/main', 200),
            (None, '/public,foo/default', 401),
            (None, '/public/default/main/foo.yml', 401),
            (None, '/key', 401),
            (None, '/nothing', 404),
            (None, '/public/d!e', 400),
            (None, '/actuator/health', 200),

            # what only begins like a probe is an application
            (None, '/actuator/healthx', 401),
            (None, '/actuator/health,x', 401),
            (None, '/actuator/healthx/main/secret.yml', 401),
            (None, '/actuator/health,x/main/secret.yml', 401),
            (None, '/main/actuator-healthx.yml', 401),
            (DEV, '/foo/dev', 200),
            (DEV, '/foo/dev', 200),                 # from the cache
            (DEV, '/foo-dev.yml', 200),
            (DEV, '/main/foo-dev.properties', 200),
            (DEV, '/foo/dev,default', 200),
            (DEV, '/foo,team-x/dev', 200),
            (DEV, '/foo,secret/dev', 403),
            (DEV, '/foo,%20secret/dev', 403),
            (DEV, '/secret/dev', 403),
            (DEV, '/secret-dev.yml', 403),
            (DEV, '/foo/prod', 403),
            (DEV, '/foo/dev,prod', 403),
            (DEV, '/foo/dev/main', 200),
            (DEV, '/foo/dev/release(_)1', 200),
            (DEV, '/foo/dev/release%2F1', 200),
            (DEV, '/foo/dev/other', 403),
            (DEV, '/foo/dev/main,other', 403),
            (DEV, f'/foo/dev/{head}', 403),
            (DEV, f'/foo/dev/release(_)1-g{head}', 403),
            (DEV, '/foo/dev/refs(_)heads(_)other', 403),
            (DEV, '/foo/dev/main/secret.yml', 403),
            (DEV, '/foo/dev/secret.yml?useDefaultLabel', 403),
            (OPS, '/foo/prod/other', 200),
            (OPS, '/foo/dev/main/secret.yml', 200),
            (OPS, '/bar/dev', 403)):
        checks.equal(server.settled(user, path), status, f'{user} {path}')


def test_crypt(checks, server):
    plain = {'Content_Type': 'text/plain'}
    for user, path, status in (
            (ROOT, '/encrypt', 200),
            (DEV, '/encrypt/foo/dev', 200),
            (DEV, '/encrypt', 403),                 # for "application"
            (DEV, '/encrypt/secret/dev', 403),
            (OPS, '/encrypt/foo/dev', 403),
            (OPS, '/decrypt/foo/dev', 403),
            (None, '/encrypt/public/dev', 401),
            (None, '/decrypt/public/dev', 401),
            (DEV, '/decrypt/foo/dev', 400),         # allowed, and no cipher
            (DEV, '/decrypt/foo/prod', 403)):
        checks.equal(server.as_(user, path, 'POST', 'text', **plain), status,
                     f'{user} POST {path}')


def test_monitor(checks, server):
    hook = {'Content_Type': 'application/json'}
    for user, status in ((HOOK, 200), (ROOT, 200), (DEV, 401), (None, 401),
                         ('hook:x', 401)):
        checks.equal(server.as_(user, '/monitor', 'POST', '{"path": "*"}',
                                **hook), status, f'{user} POST /monitor')
    checks.equal(server.as_(HOOK, '/foo/default'), 403, 'and nothing else')


def openssl(*args):
    subprocess.run(['openssl', *args], check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def certificates():
    """A CA, a server, a client of the CA, one of nobody."""

    place = folder('tls')

    def path(name):
        return os.path.join(place, name)

    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt',
            'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj',
            '/CN=ca', '-keyout', path('ca.key'), '-out', path('ca.pem'))
    for name, subject in (('server', '/CN=localhost'),
                          ('good', '/O=test/CN=good')):
        openssl('req', '-newkey', 'ec', '-pkeyopt',
                'ec_paramgen_curve:prime256v1', '-nodes', '-subj', subject,
                '-keyout', path(name + '.key'), '-out', path(name + '.csr'))
        openssl('x509', '-req', '-in', path(name + '.csr'), '-CA',
                path('ca.pem'), '-CAkey', path('ca.key'), '-CAcreateserial',
                '-days', '2', '-out', path(name + '.pem'))
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt',
            'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj',
            '/O=test/CN=good', '-keyout', path('self.key'), '-out',
            path('self.pem'))
    return place


def test_subject(checks, server, tls):
    def ask(cert, path):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        if cert:
            context.load_cert_chain(f'{tls}/{cert}.pem', f'{tls}/{cert}.key')
        conn = http.client.HTTPSConnection('127.0.0.1', server.secure,
                                           context=context, timeout=10)
        try:
            conn.request('GET', path)
            return conn.getresponse().status
        finally:
            conn.close()

    wait(lambda: ask('good', '/bar/default') == 200, 'the certificate')
    checks.equal(ask('good', '/bar/default'), 200, 'by certificate')
    checks.equal(ask('good', '/foo/default'), 403, 'for bar only')
    checks.equal(ask(None, '/bar/default'), 401, 'without')
    checks.equal(ask('self', '/bar/default'), 401, 'signed by itself')


def test_report(checks, server):
    text = get(server.admin, '/_rtalpha/api/settings').text()
    checks.ok('claims of tokens are not read' in text, 'the report tells of '
              'the claim')
    checks.ok('s3cret' not in text and 'pass:word' not in text,
              'no password in the report')
    checks.ok('result="forbidden"' in get(server.admin,
                                          '/_rtalpha/metrics').text(),
              'refusals are counted')


def test_live(checks, server):
    """A rule that cannot be read changes nothing; a good one does at once."""

    with open(server.settings, encoding='utf-8') as f:
        text = f.read()
    write(server.settings, text.replace('applications: public',
                                        'application: public'))
    checks.comes(lambda: 'no member of an access rule' in server.log_text(),
                 'a misspelt list is an error')
    checks.equal(server.as_(None, '/foo/default'), 401, 'and grants nothing')
    checks.equal(server.as_(None, '/public/default'), 200, 'nor takes away')
    write(server.settings, text.replace('applications: public',
                                        'applications: foo'))
    checks.comes(lambda: server.as_(None, '/foo/default') == 200,
                 'a change of rules takes effect')
    checks.comes(lambda: server.as_(None, '/public/default') == 401,
                 'also where it takes away')


def test_users_only(checks, repo):
    server = Server(repo, 'rtalpha.config.users: '
                    '[{name: a, password: b}, {name: c, password: d}]\n')
    for user, status in (('a:b', 200), ('c:d', 200), ('a:d', 401),
                         (None, 401)):
        checks.equal(server.settled(user, '/foo/default'), status,
                     f'users without rules: {user}')
    for path, status in (('/actuator/health', 200), ('/actuator', 401),
                         ('/actuator/health/x', 404),
                         ('/actuator/healthx', 401),
                         ('/actuator/health,x/main/secret.yml', 401)):
        checks.equal(server.settled(None, path), status,
                     f'users without rules: nobody {path}')
    checks.clean(server)


def test_refused(checks, repo):
    for settings, what in (
            ('rtalpha.config.access: [{applications: x}]', 'a principal'),
            ('spring.security.user.password: "{bcrypt}$2a$10$x"',
             'no other encoding'),
            ('rtalpha.config.access: [{principal: x, operations: reed}]',
             'operation')):
        try:
            server = Server(repo, settings + '\n', wrong=True)
            server.stop()
            checks.ok(False, f'{settings}: started')
        except Failed as e:
            checks.ok(what in str(e), f'{settings}: {what}', str(e))


def main():
    checks = Checks()
    repo = git_repo(folder('repo') + '/r', {
        'application.yml': 'v: 1\n', 'foo.yml': 'a: 1\n',
        'secret.yml': 'a: 2\n', 'public.yml': 'a: 3\n'})
    for branch in ('release/1', 'other'):
        git(repo, 'branch', branch)
    tls = certificates()
    server = Server(repo, RULES, tls)
    server.repo = repo
    test_read(checks, server)
    test_crypt(checks, server)
    test_monitor(checks, server)
    test_subject(checks, server, tls)
    test_report(checks, server)
    test_live(checks, server)
    checks.clean(server)
    test_users_only(checks, repo)
    test_refused(checks, repo)
    checks.done()


main()
