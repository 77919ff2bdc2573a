#!/usr/bin/env python3
"""POST /monitor: whom it trusts, what it does, and that it is not there for
anybody else."""

import base64
import hashlib
import hmac
import json
import os
import time

from rtalpha import Checks, Nginx, folder, free_ports, get, git_commit, \
    git_repo, request, wait, write

SECRET = 'not for everybody'


class Server(Nginx):
    def __init__(self, uri, settings):
        self.port, = free_ports(1)
        self.state = folder('state')
        self.settings = os.path.join(self.state, 'config.yml')
        write(self.settings, f'''
spring.cloud.config.server.git: {{uri: "{uri}", refresh-rate: 3600}}
''' + settings)
        super().__init__(f'''
    rtalpha_zone 32m;
    rtalpha_state {self.state}/state;
    server {{
        listen 127.0.0.1:{self.port};
        location / {{
            rtalpha_config_server settings=file:{self.settings};
        }}
    }}
''')
        self.start(self.port)
        wait(lambda: get(self.port, '/foo/dev').status == 200, 'answer')

    def value(self):
        sources = get(self.port, '/foo/dev').json()['propertySources']
        return sources[0]['source']['v']

    def post(self, body, headers=None, path='/monitor'):
        return request(self.port, 'POST', path, body=body.encode(),
                       headers=dict({'Content-Type': 'application/json'},
                                    **(headers or {})))


def push(*files):
    return json.dumps({'commits': [{'added': [], 'modified': list(files)}]})


def signature(body, secret=SECRET):
    return hmac.new(secret.encode(), body.encode(),
                    hashlib.sha256).hexdigest()


def github(body, secret=SECRET):
    return {'X-Github-Event': 'push',
            'X-Hub-Signature-256': 'sha256=' + signature(body, secret)}


def test_secret(checks, server, repo):
    body = push('foo-dev.yml', 'application.yml')
    checks.equal(server.post(body).status, 401, 'no proof')
    checks.equal(server.post(body, github(body, 'x')).status, 401,
                 'signed with another secret')
    checks.equal(server.post(body + ' ', github(body)).status, 401,
                 'another body than the signed one')
    checks.equal(get(server.port, '/monitor').status, 405, 'GET')

    first = server.post(body, github(body))
    checks.equal((first.status, first.json()), (200, ['foo-dev', 'foo', '*']),
                 'signed by GitHub: the names')
    checks.equal(server.post(body, github(body)).status, 409,
                 'the same event again')

    git_commit(repo, {'application.yml': 'v: 2\n'})
    body = push('application.yml', 'x')
    checks.equal(server.post(body, {
        'X-Gitea-Event': 'push',
        'X-Gitea-Signature': signature(body)}).status, 200, 'Gitea')
    checks.comes(lambda: server.value() == 2,
                 'the commit is fetched at once')
    checks.equal(server.post(push('a.yml'), {
        'X-Gitlab-Event': 'Push Hook',
        'X-Gitlab-Token': SECRET}).status, 200, 'GitLab: the token')
    checks.equal(server.post(push('b.yml'), {
        'X-Gitlab-Event': 'Push Hook', 'X-Gitlab-Token': 'x'}).status, 401,
        'GitLab: another token')

    for _ in range(2):
        checks.equal(server.post('{"path": "*"}', {
            'X-Gitlab-Token': SECRET}).json(), ['*'],
            'by hand, as often as wanted')


def test_providers(checks, server):
    """A secret for each provider, and providers that are switched off."""

    body = push('foo.yml')
    checks.equal(server.post(body, github(body, 'gh')).json(), ['foo'],
                 'GitHub: its own secret')
    body = push('bar.yml')
    checks.equal(server.post(body, github(body)).status, 401,
                 'and no other')
    checks.equal(server.post(body, {
        'X-Gitlab-Event': 'Push Hook', 'X-Gitlab-Token': SECRET}).status, 200,
        'GitLab: the secret of all')
    checks.equal(server.post(push('x.yml'), {
        'X-Gitea-Event': 'push', 'X-Github-Event': 'push',
        'X-Gitea-Signature': signature(push('x.yml'), 'gh')}).status, 401,
        'Gitea is not GitHub')
    body = push('off.yml')
    checks.equal(server.post(body, {
        'X-Gogs-Event': 'push',
        'X-Gogs-Signature': signature(body)}).json(), [],
        'Gogs is switched off')


def test_signed(checks, server):
    """What is signed besides the body."""

    now = str(int(time.time() * 1000))
    sign = base64.b64encode(hmac.new(
        SECRET.encode(), f'{now}\n{SECRET}'.encode(),
        hashlib.sha256).digest()).decode()
    headers = {'X-Git-Oschina-Event': 'Push Hook', 'X-Gitee-Token': sign,
               'X-Gitee-Timestamp': now}
    checks.equal(server.post(push('gitee.yml'), headers).json(), ['gitee'],
                 'Gitee: a signature')
    headers['X-Gitee-Timestamp'] = str(int(now) - 1)
    checks.equal(server.post(push('gitee2.yml'), headers).status, 401,
                 'of another time')

    body, now = push('standard.yml'), str(int(time.time()))
    sign = base64.b64encode(hmac.new(
        SECRET.encode(), f'id.{now}.{body}'.encode(),
        hashlib.sha256).digest()).decode()
    headers = {'X-Gitlab-Event': 'Push Hook', 'Webhook-Id': 'id',
               'Webhook-Timestamp': now, 'Webhook-Signature': f'v1,{sign}'}
    checks.equal(server.post(body + ' ', headers).status, 401,
                 'GitLab: another body than the signed one')
    checks.equal(server.post(body, headers).json(), ['standard'],
                 'GitLab: a signing token')


def test_quiet(checks, repo, uri):
    """realtime: false looks at nothing by itself."""

    for where in (uri, repo):
        server = Server(where, 'rtalpha.config: {realtime: false, '
                        'monitor.unauthenticated: true}\n')
        before = server.value()
        git_commit(repo, {'application.yml': f'v: {before + 1}\n'})
        settings = server.settings
        with open(settings, encoding='utf-8') as f:
            text = f.read()
        write(settings, text + 'spring.cloud.config.server.overrides.o: 1\n')
        wait(lambda: get(server.port, '/foo/dev').json()['propertySources'][
            0]['name'] == 'overrides', 'time has passed')
        write(settings, text)
        wait(lambda: get(server.port, '/foo/dev').json()['propertySources'][
            0]['name'] != 'overrides', 'more time')
        checks.equal(server.value(), before, 'the commit is not looked for')
        server.post('{"path": "*"}')
        checks.comes(lambda: server.value() == before + 1, 'until asked')
        checks.clean(server)


def main():
    checks = Checks()
    repo = git_repo(folder('repo') + '/r', {'application.yml': 'v: 1\n'})
    uri = 'file://' + repo

    server = Server(uri, f'rtalpha.config.monitor.secret: {SECRET}\n')
    test_secret(checks, server, repo)
    checks.ok(SECRET not in server.log_text(), 'the secret is not logged')
    checks.clean(server)

    server = Server(uri, f"""
rtalpha.config.monitor: {{secret: {SECRET}, github.secret: gh}}
spring.cloud.config.server.monitor.gogs.enabled: false
""")
    test_providers(checks, server)
    test_signed(checks, server)
    checks.clean(server)
    test_quiet(checks, repo, uri)

    server = Server(uri, 'spring.cloud.config.monitor.endpoint.path: /hook\n')
    for path in ('/monitor', '/hook'):
        checks.equal(server.post('{"path": "*"}', path=path).status, 404,
                     'without a secret there is no ' + path)
    checks.clean(server)
    checks.done()


main()
