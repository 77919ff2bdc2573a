"""Instances and clients that mean no good, or do not know better.

What an instance sends and is no answer ends in our own 502; what a client
sends and could be taken for two requests, or for another path at the
instance than the one that was matched, ends in 400 or goes on in one form
only.
"""

import json
import socket
import sys
import time

from backends import listen
from rtalpha import Checks, System, free_ports, get, git_commit, wait

ROUTES = '''hystrix.command.default.circuitBreaker.enabled: false
zuul:
  sensitive-headers: Authorization
  routes:
    raw: /raw/**
    admin: {path: /admin/**, service-id: raw}
    keep: {path: /keep/**, service-id: raw, strip-prefix: false}
    self: {path: /self/**, service-id: self, strip-prefix: false}
'''

OK = b'HTTP/1.1 200 OK\r\n'

# what an instance answers by the path, and the status that must come of it
ANSWERS = {
    # no status line, or none of HTTP
    b'/bytes': (b'hello', 502),
    b'/noise': (bytes(range(1, 255)), 502),
    b'/line-only': (b'\r\n\r\n', 502),
    b'/ssh': (b'SSH-2.0-OpenSSH_9.2\r\n', 502),
    b'/status-text': (b'HTTP/1.1 abc OK\r\n\r\n', 502),
    b'/html': (b'<html><body>an old server</body></html>', 502),

    # statuses
    b'/status-0': (b'HTTP/1.1 000 X\r\nContent-Length: 0\r\n\r\n', 502),
    b'/status-99': (b'HTTP/1.1 099 X\r\nContent-Length: 0\r\n\r\n', 502),
    b'/status-600': (b'HTTP/1.1 600 X\r\nContent-Length: 0\r\n\r\n', 502),
    b'/status-999': (b'HTTP/1.1 999 X\r\nContent-Length: 0\r\n\r\n', 502),
    b'/status-599': (b'HTTP/1.1 599 X\r\nContent-Length: 0\r\n\r\n', 599),
    b'/switch': (b'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n'
                 b'Connection: Upgrade\r\n\r\nGET /raw/x HTTP/1.1\r\n\r\n',
                 502),

    # lengths
    b'/length-twice': (OK + b'Content-Length: 5\r\nContent-Length: 6\r\n\r\n'
                       b'hello', 502),
    b'/length-list': (OK + b'Content-Length: 5, 5\r\n\r\nhello', 502),
    b'/length-minus': (OK + b'Content-Length: -5\r\n\r\nhello', 502),
    b'/length-huge': (OK + b'Content-Length: 99999999999999999999\r\n\r\nx',
                      502),
    b'/both': (OK + b'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n'
               b'5\r\nhello\r\n0\r\n\r\n', 502),
    b'/coding': (OK + b'Transfer-Encoding: gzip, chunked\r\n\r\n'
                 b'5\r\nhello\r\n0\r\n\r\n', 502),
    b'/chunk-word': (OK + b'Transfer-Encoding: chunked\r\n\r\nhello', 502),
    b'/chunk-huge': (OK + b'Transfer-Encoding: chunked\r\n\r\n'
                     b'fffffffffffffffff\r\nx', 502),
    b'/chunk-end': (OK + b'Transfer-Encoding: chunked\r\n\r\n'
                    b'5\r\nhelloworld\r\n0\r\n\r\n', 502),
    b'/chunk-good': (OK + b'Transfer-Encoding: chunked\r\n\r\n'
                     b'5;a=b\r\nhello\r\n0\r\n\r\n', 200),

    # lines
    b'/fold': (OK + b'X-A: b\r\n c\r\nContent-Length: 0\r\n\r\n', 502),
    b'/space': (OK + b'Content-Length : 0\r\n\r\n', 502),
    b'/nul': (OK + b'X-A: b\0c\r\nContent-Length: 0\r\n\r\n', 502),

    # interim answers
    b'/interim': (b'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'
                  b'HTTP/1.1 100 Continue\r\n\r\n'
                  b'HTTP/1.1 102 Processing\r\n\r\n'
                  + OK + b'Content-Length: 5\r\n\r\nfinal', 200),
    b'/interim-ever': (b'HTTP/1.1 100 Continue\r\n\r\n' * 50, 502),
    b'/interim-junk': (b'HTTP/1.1 100 Continue\r\n\r\nhello\r\n\r\n', 502),
}


def raw_backend(port, seen):
    """Answers by path; /echo/... tells what came, keeping the connection."""

    def serve(conn):
        data = b''
        while True:
            while b'\r\n\r\n' not in data:
                part = conn.recv(65536)
                if not part:
                    return
                data += part
            head, data = data.split(b'\r\n\r\n', 1)
            lines = head.split(b'\r\n')
            path = lines[0].split(b' ')[1]
            seen.append(head)
            if path in ANSWERS:
                conn.sendall(ANSWERS[path][0])
                return
            if path == b'/no-content':
                conn.sendall(b'HTTP/1.1 204 No Content\r\n'
                             b'Content-Length: 5\r\n\r\nhello')
                continue
            length = 0
            for line in lines[1:]:
                name, value = line.split(b':', 1)
                if name.lower() == b'content-length':
                    length = int(value)
            while len(data) < length:
                data += conn.recv(65536)
            data = data[length:]
            body = json.dumps({
                'path': path.decode('latin-1'),
                'headers': [line.decode('latin-1') for line in lines[1:]],
            }).encode()
            conn.sendall(OK + b'Content-Length: %d\r\n\r\n' % len(body)
                         + body)

    listen(port, serve)


def exchange(port, data, seconds=10):
    """All that comes back until the other side closes."""

    with socket.create_connection(('127.0.0.1', port), seconds) as sock:
        sock.sendall(data)
        got = b''
        try:
            while True:
                part = sock.recv(65536)
                if not part:
                    break
                got += part
        except OSError:
            pass
        return got


def ask(port, path, lines=b'', method=b'GET', body=b''):
    """Status and body of one request on a connection that is then closed."""

    got = exchange(port, method + b' ' + path + b' HTTP/1.1\r\nHost: x\r\n'
                   + lines + b'Connection: close\r\n\r\n' + body)
    head, _, rest = got.partition(b'\r\n\r\n')
    status = int(head[9:12]) if head.startswith(b'HTTP/1.1 ') else 0
    return status, head, rest


def answers_that_are_none(check, port):
    for path, (_, status) in ANSWERS.items():
        got, head, body = ask(port, b'/raw' + path)
        if not check.equal(got, status, f'{path.decode()}: status'):
            continue
        if status != 502:
            continue
        error = json.loads(body)
        check.equal((error['status'], error['reason']),
                    (502, 'invalid-answer'), f'{path.decode()}: body')
        check.ok(b'Content-Type: application/json' in head,
                 f'{path.decode()}: our own head', head)

    # the same for those who speak HTTP/1.0, and for an unknown version
    got = exchange(port, b'GET /raw/bytes HTTP/1.0\r\n\r\n')
    check.ok(got.startswith(b'HTTP/1.1 502 '), 'a head for HTTP/1.0', got)

    # another protocol than the one that was asked for
    for line in (b'Upgrade: h2c\r\n', b'Upgrade: h2c, websocket\r\n'):
        got = ask(port, b'/raw/switch', line)
        check.equal(got[0], 502, f'101 after {line}')
    got = exchange(port, b'GET /raw/switch HTTP/1.0\r\n'
                   b'Upgrade: websocket\r\nConnection: upgrade\r\n\r\n')
    check.ok(got.startswith(b'HTTP/1.1 502 '), '101 to HTTP/1.0', got)

    # 204 has no length, and what follows it is no answer
    for _ in range(3):
        got, head, body = ask(port, b'/raw/no-content')
        check.ok(got == 204 and b'content-length' not in head.lower()
                 and not body, '204 has no body', head + body)
        check.equal(ask(port, b'/raw/echo')[0], 200, 'the next one is whole')


def requests_in_requests(check, port, seen):
    inner = b'GET /admin/smuggled HTTP/1.1\r\nHost: x\r\n\r\n'
    chunk = b'%x\r\n' % len(inner) + inner + b'\r\n0\r\n\r\n'
    last = b'GET /raw/last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'

    def post(lines, body, path=b'/raw/in', status=(200, 400, 501)):
        del seen[:]
        got = exchange(port, b'POST ' + path + b' HTTP/1.1\r\nHost: x\r\n'
                       + lines + b'\r\n' + body + last)
        what = f'{path} {lines}'
        check.ok(got[:9] == b'HTTP/1.1 ' and int(got[9:12]) in status,
                 f'{what}: status', got[:60])
        wait(lambda: b'smuggled' not in b''.join(seen), 'nothing', 1)
        check.ok(not any(b'/smuggled' in head.split(b'\r\n')[0]
                         for head in seen), f'{what}: one request', seen)

    length = b'Content-Length: %d\r\n' % len(inner)
    bad = (400, 501)

    post(length, inner, status=(200,))
    post(length, inner, path=b'/nothing', status=(404,))
    post(b'Transfer-Encoding: chunked\r\n', chunk, status=(200,))
    post(b'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n', chunk,
         status=bad)
    post(b'Transfer-Encoding: chunked\r\nContent-Length: 4\r\n', chunk,
         status=bad)
    post(b'Transfer-Encoding: xchunked\r\n' + length, inner, status=bad)
    post(b'Transfer-Encoding: chunked, identity\r\n' + length, inner,
         status=bad)
    post(b'Transfer-Encoding : chunked\r\n' + length, inner, status=bad)
    post(b'Transfer-Encoding\t: chunked\r\n' + length, inner, status=bad)
    post(b'X: y\r\n Transfer-Encoding: chunked\r\n' + length, inner,
         status=bad)
    post(b'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n',
         chunk, status=bad)
    post(length + b'Content-Length: 0\r\n', inner, status=bad)
    post(b'Content-Length: +%d\r\n' % len(inner), inner, status=bad)
    post(b'Content-Length: %d, %d\r\n' % (len(inner), len(inner)), inner,
         status=bad)
    post(b'Content-Length: 0x5\r\n', inner, status=bad)

    # a field name with an underscore is not what it looks like
    post(length + b'Transfer_Encoding: chunked\r\n', inner, status=(200,))
    check.ok(not any(b'transfer' in head.lower() for head in seen),
             'it does not reach the instance', seen)


def one_path_for_both(check, port):
    def sent(path):
        status, _, body = ask(port, path)
        return json.loads(body)['path'] if status == 200 else status

    # matched in its normal form, and that is what the instance gets
    for path, want in (
            (b'/raw/a/../b', '/b'),
            (b'/raw/../admin/x', '/x'),
            (b'/raw/%2e%2e/admin/x', '/x'),
            (b'/raw/.%2E/admin/x', '/x'),
            (b'/keep/./a', '/keep/a'),
            (b'/keep/a/..;x=1/b', '/keep/b'),

            # one decoding only
            (b'/keep/%252e%252e/admin', '/keep/%252e%252e/admin'),
            (b'/keep/%252fadmin', '/keep/%252fadmin'),

            # an encoded slash is no separator, here or there
            (b'/keep%2fa', 404),
            (b'/keep/%2fadmin', '/keep/%2fadmin'),
            (b'/keep/a%2fb', '/keep/a%2fb'),

            (b'/../admin', 400),
            (b'/keep/../../admin', 400),
            (b'/keep/%2e%2e/%2e%2e/x', 400),
            (b'/keep/%2f..%2f..%2fadmin', 400),
            (b'/keep\\..\\admin', 400),
            (b'/keep/%5c..%5cadmin', 400),
            (b'/keep/a%00b', 400),
            (b'/keep/a%0', 400),
            (b'/keep/a%zz', 400)):
        check.equal(sent(path), want, f'{path.decode()}: the path there')

    # no bytes of the path become lines of the head
    status, _, body = ask(port, b'/keep/a%0d%0aX-Evil:%20yes?q=%0d%0aX-E:1')
    if check.equal(status, 200, 'encoded line ends pass as they are'):
        told = json.loads(body)
        check.ok(not any('x-e' in line.lower()[:4] for line in
                         told['headers']), 'and make no line', told)


def untrue_fields(check, system, port):
    lines = (b'X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-Host: evil\r\n'
             b'X-Forwarded-Anything: evil\r\nForwarded: for=evil\r\n')

    def told(text, path=b'/raw/echo'):
        body = ask(port, path, text)[2]
        return [line for line in json.loads(body)['headers']
                if 'forwarded' in line.lower()]

    check.ok(any('1.1.1.1' in line for line in told(lines)),
             'loopback is trusted where nothing is said')

    # some others are trusted: the client is not
    git_commit(system.repo, {'api-gateway.yml': '''
spring.cloud.gateway:
  trusted-proxies: '10[.].*'
  routes:
  - {id: raw, uri: 'lb://raw', predicates: [Path=/raw/**], filters:
     [StripPrefix=1]}
'''})
    check.comes(lambda: ask(port, b'/admin/x')[0] == 404, 'another tree')
    check.comes(lambda: not any('evil' in line or '1.1.1.1' in line
                                for line in told(lines)),
                'nobody else says who came before')
    git_commit(system.repo, {'api-gateway.yml': ROUTES})
    check.comes(lambda: any('1.1.1.1' in line for line in told(lines)),
                'as before')


def loops(check, port):
    begun = time.monotonic()
    status, _, body = ask(port, b'/self/x')
    check.equal(status, 508, 'a route to itself ends')
    check.ok(b'"status":508' in body, 'and says so', body)
    check.ok(time.monotonic() - begun < 10, 'soon')


def captured_lines(check, system, port):
    """Variables of a path in header values."""

    git_commit(system.repo, {'api-gateway.yml': '''
spring.cloud.gateway.routes:
- id: raw
  uri: lb://raw
  predicates: ["Path=/var/{v}"]
  filters:
  - AddRequestHeader=X-Var, {v}
  - AddResponseHeader=X-Back, {v}
  - SetPath=/set/{v}
- id: re
  uri: lb://raw
  predicates: ["Path=/re/**"]
  filters: ["RewritePath=/re/(?<x>.*), /$\\\\{x}"]
'''})

    def there():
        return ask(port, b'/var/a')[0] == 200

    if not check.comes(there, 'a route with variables'):
        return
    for path in (b'/var/a%0d%0aX-Evil:%20yes', b'/var/a%0aX-Evil:yes',
                 b'/var/%0d%0a%0d%0aGET%20/smuggled'):
        status, head, body = ask(port, path)
        check.ok(b'\r\nX-Evil' not in head and b'\nX-Evil' not in head,
                 f'{path.decode()}: no line in the answer', head)
        if status == 200:
            told = json.loads(body)
            check.ok(not any(line.startswith(('X-Evil', 'GET'))
                             for line in told['headers']),
                     f'{path.decode()}: no line in the request', told)
            check.ok('\r' not in told['path'] and '\n' not in told['path'],
                     f'{path.decode()}: no line in the path', told)
    status, _, body = ask(port, b'/re/a%0d%0aX-Evil:%20yes%20HTTP/1.1')
    check.ok(status in (200, 400) and b'"X-Evil' not in body,
             'nor by an expression', body)


def main():
    check = Checks()
    seen = []
    port = free_ports(1)[0]
    raw_backend(port, seen)

    # one worker: what one has been told of, all have
    system = System({'api-gateway.yml': ROUTES}, workers=1).start()
    check.equal(system.register('raw', port), 204, 'an instance')
    check.equal(system.register('self', system.gateway), 204, 'ourselves')
    check.comes(lambda: get(system.gateway, '/raw/echo').status == 200,
                'it is asked')

    answers_that_are_none(check, system.gateway)
    requests_in_requests(check, system.gateway, seen)
    one_path_for_both(check, system.gateway)
    untrue_fields(check, system, system.gateway)
    loops(check, system.gateway)
    captured_lines(check, system, system.gateway)

    check.equal(get(system.config, '/x/default').status, 200,
                'nobody was hurt')
    check.clean(system.nginx)
    check.done()


if __name__ == '__main__':
    sys.exit(main())
