#!/usr/bin/env python3
"""A tiny service, as a Spring Boot one would behave, without libraries.

    service.py NAME PORT CONFIG_SERVER_URL

It takes its configuration from the config server and the registry's address
out of that, registers itself, sends heartbeats, answers

    /hello          a greeting made from the configuration
    /config         the configuration that it was started with
    /friends        who else is registered

and takes itself out of the registry when it is told to stop.
"""

import http.server
import json
import signal
import socketserver
import sys
import threading
import urllib.error
import urllib.request

NAME, PORT, CONFIG_SERVER = sys.argv[1], int(sys.argv[2]), sys.argv[3]
HEARTBEAT = 5
LEASE = 15


def call(method, url, body=None):
    """Returns the status and the JSON of an answer."""

    req = urllib.request.Request(url, method=method, headers={
        'Accept': 'application/json', 'Content-Type': 'application/json'})
    data = None if body is None else json.dumps(body).encode()

    try:
        with urllib.request.urlopen(req, data, timeout=5) as res:
            text = res.read()
            return res.status, json.loads(text) if text else None
    except urllib.error.HTTPError as e:
        return e.code, None


class Config:
    def __init__(self):
        _, answer = call('GET', f'{CONFIG_SERVER}/{NAME}/default')
        self.values = {}

        # the first source wins
        for source in reversed(answer['propertySources']):
            self.values.update(source['source'])

    def get(self, key, default=''):
        return self.values.get(key, default)


class Registration:
    """The lease of this process in the registry."""

    def __init__(self, url):
        self.apps = url.rstrip('/') + '/apps'
        self.id = f'{NAME}:127.0.0.1:{PORT}'
        self.url = f'{self.apps}/{NAME.upper()}'

    def register(self):
        status, _ = call('POST', self.url, {'instance': {
            'instanceId': self.id,
            'hostName': '127.0.0.1',
            'ipAddr': '127.0.0.1',
            'app': NAME.upper(),
            'vipAddress': NAME,
            'secureVipAddress': NAME,
            'status': 'UP',
            'port': {'$': PORT, '@enabled': 'true'},
            'securePort': {'$': 443, '@enabled': 'false'},
            'homePageUrl': f'http://127.0.0.1:{PORT}/hello',
            'dataCenterInfo': {
                '@class': 'com.netflix.appinfo.InstanceInfo$'
                          'DefaultDataCenterInfo',
                'name': 'MyOwn'},
            'leaseInfo': {'renewalIntervalInSecs': HEARTBEAT,
                          'durationInSecs': LEASE},
            'metadata': {'example': 'true'},
        }})
        print(f'{NAME}: registered ({status})', flush=True)

    def renew(self):
        """404 means that the registry does not know us (any more)."""

        status, _ = call('PUT', f'{self.url}/{self.id}')
        if status == 404:
            self.register()

    def cancel(self):
        status, _ = call('DELETE', f'{self.url}/{self.id}')
        print(f'{NAME}: unregistered ({status})', flush=True)

    def friends(self):
        _, answer = call('GET', self.apps)
        return {app['name']: [i['instanceId'] for i in app['instance']]
                for app in answer['applications']['application']}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_GET(self):
        path = self.path.split('?')[0]

        if path == '/hello':
            prefix = self.headers.get('X-Forwarded-Prefix', '')
            self.answer({'service': NAME, 'port': PORT,
                         'says': f'{config.get("greeting")} from '
                                 f'{config.get("product.name", NAME)}',
                         'calledBelow': prefix})
        elif path == '/config':
            self.answer(config.values)
        elif path == '/friends':
            self.answer(registration.friends())
        else:
            self.answer({'error': f'{NAME} has no {path}'}, 404)

    def answer(self, value, status=200):
        body = (json.dumps(value) + '\n').encode()
        self.send_response(status)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    allow_reuse_address = True


def heartbeats(stopped):
    while not stopped.wait(HEARTBEAT):
        try:
            registration.renew()
        except OSError as e:
            print(f'{NAME}: no heartbeat: {e}', flush=True)


def main():
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    signal.signal(signal.SIGINT, lambda *_: stopped.set())

    server = Server(('127.0.0.1', PORT), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    registration.register()
    threading.Thread(target=heartbeats, args=(stopped,), daemon=True).start()

    stopped.wait()
    registration.cancel()
    server.shutdown()


config = Config()
registration = Registration(config.get('eureka.client.service-url.defaultZone'))
main()
