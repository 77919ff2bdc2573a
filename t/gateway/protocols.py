"""What passes through the gateway besides plain requests: TLS to instances,
WebSockets and streams that are silent for a while, gRPC, and bodies that are
larger than any memory that they may take.
"""

import os
import socket
import subprocess
import sys
import time

from backends import backend, listen
from rtalpha import (ROOT, Checks, Nginx, System, folder, free_ports, get,
                     request)

# a full run sends as much as no worker could hold
LARGE = int(os.environ.get('TEST_LARGE', 100)) * 1000 * 1000

ROUTES = '''zuul:
  sensitive-headers: ""
  ignored-services: "stream,grpc"
  routes:
    safe: /safe/**
    mixed: /mixed/**
    fake: /fake/**
    socket: {path: /socket/**, service-id: stream}
    sink: {path: /sink/**, service-id: sink}
ribbon: {ReadTimeout: 20000}
stream.ribbon.ReadTimeout: 500
hystrix.command.default.circuitBreaker.enabled: false
spring.cloud.gateway:
  routes:
  - id: events
    uri: lb://stream
    predicates: [Path=/events]
    metadata: {response-timeout: 500}
  - id: grpc
    uri: lb://grpc
    predicates: [Path=/pkg.Service/**]
    metadata: {response-timeout: 5000}
'''


def certificate(path, name, signer=None):
    """A key and a certificate for a name, signed by signer or by itself."""

    os.makedirs(path, exist_ok=True)
    run = dict(check=True, capture_output=True, cwd=path)
    key = ['-newkey', 'rsa:2048', '-nodes', '-keyout', f'{name}.key']
    if signer is None:
        subprocess.run(['openssl', 'req', '-x509', '-days', '2', *key,
                        '-out', f'{name}.crt', '-subj', f'/CN={name}'], **run)
        return
    subprocess.run(['openssl', 'req', *key, '-out', f'{name}.csr',
                    '-subj', f'/CN={name}'], **run)
    with open(os.path.join(path, 'ext'), 'w', encoding='ascii') as f:
        f.write(f'subjectAltName=DNS:{name}\n')
    subprocess.run(['openssl', 'x509', '-req', '-days', '2', '-in',
                    f'{name}.csr', '-CA', f'{signer}.crt', '-CAkey',
                    f'{signer}.key', '-CAcreateserial', '-extfile', 'ext',
                    '-out', f'{name}.crt'], **run)


def stream(port):
    """Events and messages with silence between them."""

    def serve(conn):
        data = b''
        while b'\r\n\r\n' not in data:
            part = conn.recv(65536)
            if not part:
                return
            data += part
        if b'upgrade: websocket' in data.lower():
            conn.sendall(b'HTTP/1.1 101 Switching Protocols\r\n'
                         b'Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
            while True:
                part = conn.recv(1024)
                if not part:
                    return
                conn.sendall(part)
        conn.sendall(b'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream'
                     b'\r\n\r\ndata: one\n\n')
        time.sleep(1.5)
        conn.sendall(b'data: two\n\n')

    listen(port, serve)


def sink(port):
    """Counts the body of a PUT; answers a GET with a body as large."""

    block = b'x' * (1 << 20)

    def serve(conn):
        data = b''
        while b'\r\n\r\n' not in data:
            data += conn.recv(65536)
        head, _, data = data.partition(b'\r\n\r\n')
        if head.startswith(b'GET'):
            conn.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n'
                         % LARGE)
            left = LARGE
            while left:
                part = block[:min(left, len(block))]
                conn.sendall(part)
                left -= len(part)
            return
        got, tail = len(data), data
        chunked = b'transfer-encoding: chunked' in head.lower()
        while (not tail.endswith(b'0\r\n\r\n') if chunked else got < LARGE):
            part = conn.recv(1 << 20)
            if not part:
                return
            got += len(part)
            tail = (tail + part)[-8:]
        text = b'%d' % got
        conn.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: %d\r\n'
                     b'Connection: close\r\n\r\n' % len(text) + text)

    listen(port, serve)


def call_h2(port, path, body):
    """One request over HTTP/2: kinds of the frames of the answer, its data.

    Kind 1 is a list of fields: the second one of an answer are trailers.
    """

    def frame(kind, flags, stream_id, payload):
        return (len(payload).to_bytes(3, 'big') + bytes([kind, flags])
                + stream_id.to_bytes(4, 'big') + payload)

    def read(n):
        got = b''
        while len(got) < n:
            part = sock.recv(n - len(got))
            if not part:
                raise OSError('the connection is closed')
            got += part
        return got

    fields = b''.join(
        bytes([0, len(name)]) + name + bytes([len(value)]) + value
        for name, value in ((b':method', b'POST'), (b':scheme', b'http'),
                            (b':path', path), (b':authority', b'example.org'),
                            (b'content-type', b'application/grpc'),
                            (b'te', b'trailers')))
    kinds, data = [], b''
    with socket.create_connection(('127.0.0.1', port), 10) as sock:
        sock.sendall(b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' + frame(4, 0, 0, b'')
                     + frame(1, 4, 1, fields) + frame(0, 1, 1, body))
        while True:
            head = read(9)
            payload = read(int.from_bytes(head[:3], 'big'))
            kind, flags = head[3], head[4]
            if int.from_bytes(head[5:], 'big') == 1:
                kinds.append(kind)
                data += payload if kind == 0 else b''
                if flags & 1 or kind == 3:
                    return kinds, data.decode()


class Protocols:
    def __init__(self):
        self.check = Checks()
        self.dir = folder('protocols')
        self.ports = free_ports(9)
        (self.plain, self.tls, self.stream, self.sink, self.h2, self.refused,
         self.front, self.fake, self.tls2) = self.ports
        backend(self.plain, 'plain')
        stream(self.stream)
        sink(self.sink)
        certificate(self.dir, 'authority')
        certificate(self.dir, 'one.example.org', 'authority')
        certificate(self.dir, 'two.example.org', 'authority')
        certificate(self.dir, 'stranger')
        servers = ''.join(f'''server {{
            listen 127.0.0.1:{port} ssl;
            server_name {name};
            ssl_certificate {self.dir}/{name}.crt;
            ssl_certificate_key {self.dir}/{name}.key;
            location / {{ return 200 "$ssl_server_name $http_host"; }}
        }}
        ''' for name, port in (('one.example.org', self.tls),
                              ('two.example.org', self.tls2)))
        self.backend = Nginx(servers + f'''server {{
            listen 127.0.0.1:{self.fake} ssl;
            ssl_certificate {self.dir}/stranger.crt;
            ssl_certificate_key {self.dir}/stranger.key;
            location / {{ return 200 "fake"; }}
        }}
        server {{
            listen 127.0.0.1:{self.h2} http2;
            add_trailer grpc-status 0;
            default_type application/grpc;
            location / {{
                return 200 "$server_protocol $request_uri $http_te $http_host";
            }}
        }}''', workers=1)
        conf = os.path.join(ROOT, 'conf')
        self.system = System({'api-gateway.yml': ROUTES}, gateway=f'''
            listen 127.0.0.1:{self.front} http2;
            include {conf}/rtalpha_grpc.conf;
            client_max_body_size 0;
            proxy_ssl_verify on;
            proxy_ssl_trusted_certificate {self.dir}/authority.crt;
        ''')

    def register(self, app, port, name='127.0.0.1', tls=None):
        doc = self.system.instance(app, port, f'{app}-{name}-{port}')
        inst = doc['instance']
        inst['hostName'] = name
        if tls:
            inst['securePort'] = {'$': tls, '@enabled': 'true'}
        status = request(self.system.registry, 'POST',
                         f'/eureka/apps/{app.upper()}', doc).status
        self.check.equal(status, 204, f'{app} {name} registers')

    def get(self, path, **kwargs):
        return get(self.system.gateway, path, **kwargs)

    def secure(self):
        check = self.check
        self.register('safe', 80, 'one.example.org', self.tls)
        self.register('safe', 80, 'two.example.org', self.tls2)
        want = {f'one.example.org one.example.org:{self.tls}',
                f'two.example.org two.example.org:{self.tls2}'}
        check.comes(lambda: {self.get('/safe/x').text() for _ in range(8)}
                    == want, 'TLS, with the name of each instance')

        # a certificate that nobody knows: as if it were not there
        self.register('fake', 80, 'three.example.org', self.fake)
        check.comes(lambda: self.get('/fake/x').status == 502,
                    'an unknown certificate is refused')
        self.register('fake', 80, 'one.example.org', self.tls)
        check.comes(lambda: [self.get('/fake/x').status for _ in range(6)]
                    == [200] * 6, 'the next instance answers')

        # plain and TLS in one service, from one to the other
        self.register('mixed', self.refused)
        self.register('mixed', 80, 'one.example.org', self.tls)
        check.comes(lambda: self.get('/mixed/x').status == 200, 'mixed')
        answers = [request(self.system.gateway, 'POST', '/mixed/x', 'body')
                   for _ in range(6)]
        check.equal({(a.status, a.text().split()[0]) for a in answers},
                    {(200, 'one.example.org')},
                    'a refused plain one is followed by one with TLS')
        self.register('mixed', self.plain)
        name = f'mixed-127.0.0.1-{self.refused}'
        request(self.system.registry, 'DELETE', f'/eureka/apps/MIXED/{name}')
        check.comes(lambda: {self.get('/mixed/x').text().split()[0]
                             for _ in range(8)}
                    == {'plain', 'one.example.org'}, 'both kinds answer')

    def silence(self):
        check = self.check
        self.register('stream', self.stream)
        check.comes(lambda: self.get('/events').status == 200, 'known')
        check.equal(self.get('/events').text(),
                    'data: one\n\ndata: two\n\n',
                    "a stream may be silent for longer than the route's time")
        with socket.create_connection(('127.0.0.1', self.system.gateway),
                                      10) as sock:
            sock.sendall(b'GET /socket/x HTTP/1.1\r\nHost: x\r\nConnection: '
                         b'Upgrade\r\nUpgrade: websocket\r\n\r\n')
            got = b''
            while b'\r\n\r\n' not in got:
                got += sock.recv(4096) or b'\r\n\r\n'
            check.ok(got.startswith(b'HTTP/1.1 101'), 'a WebSocket', got)
            for text in (b'first', b'second'):
                time.sleep(1.5)
                sock.sendall(text)
                check.equal(sock.recv(100), text, 'silent, and still open')

    def grpc(self):
        check = self.check
        self.register('grpc', self.h2)

        want = ([1, 0, 1],
                f'HTTP/2.0 /pkg.Service/Call trailers 127.0.0.1:{self.h2}')

        def call():
            kinds, data = call_h2(self.front, b'/pkg.Service/Call', b'message')
            kinds = [k for i, k in enumerate(kinds)
                     if k != 0 or i == 0 or kinds[i - 1] != 0]
            return kinds, data

        check.comes(lambda: call()[1] == want[1],
                    'gRPC is passed as HTTP/2, asking for trailers')
        check.equal(call(), want, 'fields, a message, trailers')

    def memory(self):
        """KB of all workers."""

        total = 0
        for pid in self.system.nginx.workers():
            with open(f'/proc/{pid}/status', encoding='ascii') as f:
                total += sum(int(line.split()[1]) for line in f
                             if line.startswith('RssAnon'))
        return total

    def large(self):
        check = self.check
        self.register('sink', self.sink)
        check.comes(lambda: self.system.apps().get('SINK'), 'known')
        before, block = self.memory(), b'x' * (1 << 20)

        for chunked in (False, True):
            with socket.create_connection(('127.0.0.1',
                                           self.system.gateway), 60) as sock:
                length = b'Transfer-Encoding: chunked' if chunked \
                    else b'Content-Length: %d' % LARGE
                sock.sendall(b'PUT /sink/x HTTP/1.1\r\nHost: x\r\n' + length
                             + b'\r\n\r\n')
                left = LARGE
                while left:
                    part = block[:min(left, len(block))]
                    sock.sendall(b'%x\r\n%s\r\n' % (len(part), part)
                                 if chunked else part)
                    left -= len(part)
                if chunked:
                    sock.sendall(b'0\r\n\r\n')
                got = sock.recv(65536)
                check.ok(got.startswith(b'HTTP/1.1 200'), 'a large body up',
                         got[:100])
                number = int(got.rsplit(b'\r\n', 1)[1])
                check.ok(number >= LARGE, 'all of it arrives', number)

        with socket.create_connection(('127.0.0.1', self.system.gateway),
                                      60) as sock:
            sock.sendall(b'GET /sink/x HTTP/1.1\r\nHost: x\r\n'
                         b'Connection: close\r\n\r\n')
            got, part = 0, b'x'
            while part:
                part = sock.recv(1 << 20)
                got += len(part)
            check.ok(got > LARGE, 'a large body down', got)

        grown = self.memory() - before
        check.ok(grown < 16384, 'with little memory', grown)
        temp = sum(os.path.getsize(os.path.join(path, name))
                   for path, _, names in os.walk(self.system.nginx.dir)
                   for name in names if 'log' not in name)
        check.ok(temp < 1 << 20, 'and nothing on disk', temp)

    def main(self):
        self.backend.start(self.tls)
        self.system.start()
        self.secure()
        self.silence()
        self.grpc()
        self.large()
        self.check.clean(self.system.nginx)
        self.backend.stop()
        self.check.done()


if __name__ == '__main__':
    sys.exit(Protocols().main())
