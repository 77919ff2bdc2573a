#!/usr/bin/env python3
"""Settings: files and remote config servers, live, through the gateway role.

A good change is live in every worker without a reload; a bad one changes
nothing and says why; the last good tree of a remote config server outlives
both servers.
"""

import http.server
import json
import os
import socket
import threading

from rtalpha import Checks, Nginx, ROOT, folder, free_ports, get, wait, write


class Remote:
    """A config server: answers one environment, with an ETag."""

    def __init__(self, port):
        self.source, self.status, self.seen = {}, 200, []
        remote = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = json.dumps({'name': 'gw', 'propertySources': [
                    {'name': 'x', 'source': remote.source}]}).encode()
                tag = f'"{hash(body)}"'
                same = self.headers.get('If-None-Match') == tag
                status = remote.status
                if status == 200 and same:
                    status = 304
                remote.seen.append(status)
                self.send_response(status)
                self.send_header('ETag', tag)
                self.send_header('Content-Length',
                                 str(len(body) if status == 200 else 0))
                self.end_headers()
                if status == 200:
                    self.wfile.write(body)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', port),
                                                      Handler)
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()


def zuul(port, *routes):
    return 'zuul:\n  routes:\n' + ''.join(
        f'    {r}:\n      path: /{r}/**\n      url: http://127.0.0.1:{port}/\n'
        for r in routes)


def report(admin, name):
    for settings in get(admin, '/_rtalpha/api/settings').json():
        if settings['name'].startswith(name):
            return settings
    return None


def everywhere(port, path, status):
    """Several connections, so that every worker is asked."""

    return all(get(port, path).status == status for _ in range(12))


def listen(port):
    """A stream of events: a file of its lines."""

    sock = socket.create_connection(('127.0.0.1', port), 10)
    sock.sendall(b'GET /_rtalpha/events?settings HTTP/1.1\r\n'
                 b'Host: localhost\r\n\r\n')
    lines = sock.makefile('rb')
    while lines.readline().strip():
        pass
    return lines


def conf(source, gateway, admin, state):
    return f'''
    rtalpha_zone  16m;
    rtalpha_state {state};
    include       {ROOT}/conf/rtalpha_http.conf;
    server {{
        listen  127.0.0.1:{gateway};
        include {ROOT}/conf/rtalpha_server.conf;
        location / {{ rtalpha_gateway settings={source}; }}
    }}
    server {{
        listen 127.0.0.1:{admin};
        location / {{ rtalpha_admin; }}
        location /backend {{ return 200 backend; }}
    }}
'''


def test_file(checks):
    gateway, admin = free_ports(2)
    home = folder('settings')
    path = os.path.join(home, 'gateway.yml')

    def change(text):
        write(path + '.new', text)
        os.rename(path + '.new', path)

    change(zuul(admin, 'backend'))
    nginx = Nginx(conf(f'file:{path}', gateway, admin, home + '/state'))
    nginx.start(admin)

    checks.comes(lambda: get(gateway, '/backend/backend').status == 200,
                 'a route of the file')
    before = report(admin, 'gateway')
    checks.ok(before and before['version'] > 0, 'a version', before)
    checks.ok(any(k['verdict'] == 'used' for k in before['keys']),
              'the report says what is used', before)

    events = listen(admin)

    change(zuul(admin, 'backend', 'more'))
    checks.comes(lambda: everywhere(gateway, '/more/backend', 200),
                 'a change of the file is live in every worker')

    text = b''
    while b'event: settings' not in text:
        line = events.readline()
        if not line:
            break
        text += line
    checks.ok(b'event: settings' in text and b'id: ' in text,
              'the change is an event', text)

    version = report(admin, 'gateway')['version']
    change('zuul: [broken\n')
    checks.comes(lambda: 'gateway.yml:' in get(
        admin, '/_rtalpha/health').text(), 'a broken file is in the health')
    checks.equal(report(admin, 'gateway')['version'], version,
                 'and changes nothing')
    checks.ok(everywhere(gateway, '/more/backend', 200), 'routes stay')

    change('zuul.retryable: false\nzuul.host.connect-timeout-millis: soon\n')
    checks.comes(lambda: f'soon\\" (file:{path}, line 2)' in get(
        admin, '/_rtalpha/health').text(), 'a wrong value has its place')

    change(zuul(admin, 'backend'))
    checks.comes(lambda: everywhere(gateway, '/more/backend', 404),
                 'repaired and changed')
    checks.comes(lambda: 'error' not in get(admin, '/_rtalpha/health').text(),
                 'the error is gone from the health')
    checks.ok('": good now' in nginx.log_text(), 'and the log says so')

    change(zuul(admin, 'backend', 'third'))
    nginx.reload()
    checks.ok(everywhere(gateway, '/third/backend', 200),
              'a reload reads the file before the workers start')
    checks.clean(nginx)


def test_remote(checks):
    gateway, admin, port = free_ports(3)
    home = folder('remote')
    remote = Remote(port)
    remote.source = {'zuul.routes.a.path': '/a/**',
                     'zuul.routes.a.url': f'http://127.0.0.1:{admin}/'}
    text = conf(f'http://127.0.0.1:{port}/gw/default', gateway, admin,
                home + '/state')

    nginx = Nginx(text).start(admin)
    checks.comes(lambda: everywhere(gateway, '/a/backend', 200),
                 'a route of a remote config server')
    checks.comes(lambda: 304 in remote.seen,
                 'it is asked with If-None-Match', 15)

    remote.source = dict(remote.source, **{
        'zuul.routes.b.path': '/b/**',
        'zuul.routes.b.url': f'http://127.0.0.1:{admin}/'})
    checks.comes(lambda: everywhere(gateway, '/b/backend', 200),
                 'its change is live', 15)

    remote.status = 500
    checks.comes(lambda: 'it answers 500' in get(
        admin, '/_rtalpha/health').text(), 'its failure is in the health', 15)
    checks.ok(everywhere(gateway, '/b/backend', 200), 'routes stay')
    checks.clean(nginx)

    again = Nginx(text).start(admin)
    checks.comes(lambda: everywhere(gateway, '/b/backend', 200),
                 'a new nginx has the last good ones from disk')
    checks.clean(again)
    remote.server.shutdown()

    first = Nginx(conf(f'http://127.0.0.1:{port}/gw/default', gateway, admin,
                       home + '/other')).start(admin)
    checks.equal(get(gateway, '/a/backend').status, 503,
                 'without any tree the gateway is not ready')
    checks.equal(get(admin, '/_rtalpha/health').status, 503,
                 'and health says so')
    checks.clean(first)


def main():
    checks = Checks()
    test_file(checks)
    test_remote(checks)
    checks.done()


main()
