"""Answers, request bodies, parked requests and background jobs of the core.

Through the handlers of t/module, since what a role does with them is its own
tests' business.
"""

import os
import re
import signal
import socket
import subprocess
import time

import rtalpha
import testmodule
from rtalpha import Checks, Nginx, folder, free_ports, get, request, wait
from testmodule import later

VERBS = ('empty bytes blob problem echo park body_park ring parked job child '
         'http').split()


def http_block(port, http2_port, extra):
    page = folder('page')
    rtalpha.write(f'{page}/page', '<!--# include virtual="/bytes" -->'
                  '<!--# include virtual="/park?t=50" -->'
                  '<!--# include virtual="/blob?len=3" -->'
                  '<!--# include virtual="/empty" -->.')
    locations = '\n'.join(
        f'location /{verb} {{ rtalpha_test {verb}; }}' for verb in VERBS)
    return f'''
    rtalpha_state {folder('state')};
    {extra}
    client_body_buffer_size 1k;
    client_max_body_size 300k;
    server {{
        listen 127.0.0.1:{port};
        location /_rtalpha/ {{ rtalpha_admin; }}
        location /sub/ {{
            ssi on;
            ssi_types *;
            alias {page}/;
        }}
        {locations}
    }}
    server {{
        listen 127.0.0.1:{http2_port} http2;
        {locations}
    }}'''


def start(extra='', workers=1, main=''):
    port, http2_port = free_ports(2)
    main = f'load_module {TEST_MODULE};\n' + main
    nginx = Nginx(http_block(port, http2_port, extra), main=main,
                  workers=workers)
    nginx.http2_port = http2_port
    return nginx.start(port), port


class Raw:
    """A connection that is written to and read from byte by byte."""

    def __init__(self, port):
        self.sock = socket.create_connection(('127.0.0.1', port), 10)

    def send(self, text):
        self.sock.sendall(text.encode('latin-1'))
        return self

    def all(self, seconds=10):
        """What comes until the other side closes."""

        data = b''
        self.sock.settimeout(seconds)
        try:
            while True:
                more = self.sock.recv(65536)
                if not more:
                    return data.decode('latin-1')
                data += more
        except socket.timeout:
            return data.decode('latin-1') + '<open>'
        except ConnectionResetError:
            return data.decode('latin-1') + '<reset>'

    def close(self):
        self.sock.close()


def raw(port, text, seconds=10):
    conn = Raw(port).send(text)
    try:
        return conn.all(seconds)
    finally:
        conn.close()


def post_http2(port, path, body):
    """Block of headers and body of an answer over HTTP/2.

    By hand: curl loses an answer that comes while it still sends.
    """

    def frame(kind, flags, stream, data):
        return (len(data).to_bytes(3, 'big') + bytes((kind, flags))
                + stream.to_bytes(4, 'big') + data)

    # :method POST, :scheme http, :path and :authority as literals

    head = b'\x83\x86' + b''.join(
        bytes((index, len(value))) + value.encode()
        for index, value in ((4, path), (1, 'x')))

    sock = socket.create_connection(('127.0.0.1', port), 10)
    sock.sendall(b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' + frame(4, 0, 0, b'')
                 + frame(1, 4, 1, head) + frame(0, 1, 1, body))
    stream = sock.makefile('rb')
    headers = data = b''

    while True:
        size, kind, flags = (lambda h: (int.from_bytes(h[:3], 'big'),
                                        h[3], h[4]))(stream.read(9))
        payload = stream.read(size)
        if kind == 1:
            headers += payload
        elif kind == 0:
            data += payload
        if kind in (0, 1) and flags & 1:
            sock.close()
            return headers, data


def parked(port):
    return int(get(port, '/parked').text().split()[0])


def answers(t, port):
    a = get(port, '/bytes')
    t.equal((a.status, a.body), (200, b'hello\n'), 'bytes')
    t.equal(a.headers['Content-Type'], 'text/html; charset=utf-8', 'type')
    t.equal(a.headers['Content-Length'], '6', 'length')
    t.equal(a.headers['ETag'], '"v1"', 'etag')
    t.equal(a.headers['X-A'], 'none', 'a header that was not sent')
    t.equal(a.headers['X-Bad'], None, 'a header with a line break')

    a = get(port, '/bytes', headers={'X-a': 'one', 'X-B': 'two'})
    t.equal(a.headers['X-A'], 'one', 'a request header, any case')

    for status in (200, 201, 202, 400, 404, 409, 500, 503):
        a = get(port, f'/bytes?status={status}')
        t.equal((a.status, a.body), (status, b'hello\n'),
                f'{status} with a body of ours')
        a = get(port, f'/empty?status={status}')
        t.equal((a.status, a.body, a.headers['Content-Length']),
                (status, b'', '0'), f'{status} without a body')
        t.equal(a.headers['Content-Type'], None, f'{status} without a type')

    a = get(port, '/empty?status=204')
    t.equal((a.status, a.headers['Content-Length']), (204, None), '204')

    a = get(port, '/blob?len=70000')
    t.equal((a.status, len(a.body)), (200, 70000), 'a blob of many pages')
    t.ok(all(c == ord('a') + i % 23 for i, c in enumerate(a.body)),
         'the bytes of the blob')
    t.equal(get(port, '/blob?len=0').body, b'', 'an empty blob')

    for path, length in (('/bytes', '6'), ('/blob?len=70000', '70000'),
                         ('/empty?status=404', '0')):
        a = request(port, 'HEAD', path)
        t.equal((a.body, a.headers['Content-Length']), (b'', length),
                f'HEAD {path}')


def problems(t, port):
    a = get(port, '/problem?status=422&x=%22y')
    t.equal(a.status, 422, 'problem')
    t.equal(a.headers['Content-Type'], 'application/problem+json', 'its type')
    t.equal(a.json(), {
        'type': 'about:blank', 'title': 'Unprocessable Content',
        'status': 422, 'detail': 'no "status=422&x=%22y" here',
        'instance': '/problem', 'reason': 'test-reason'}, 'its members')

    long = 'x' * 3000
    a = get(port, f'/problem/{long}?{long}')
    t.equal((a.status, len(a.json()['instance']) <= 1024,
             len(a.json()['detail']) <= 1024), (404, True, True),
            'a long problem is cut')

    text = raw(port, 'GET /problem?\xff\xfe\x01 HTTP/1.0\r\n\r\n')
    t.ok('\\ufffd' in text or '\xef\xbf\xbd' in text
         or text.startswith('HTTP/1.1 400'), 'bytes that are no text', text)


def etags(t, port):
    for value, status in (
            ('"v1"', 304), ('W/"v1"', 304), ('*', 304), ('"a", "v1"', 304),
            ('"a",W/"v1" , "b"', 304), ('"v"', 200), ('"v1x"', 200),
            ('v1', 200), ('"', 200), ('W/', 200), ('', 200), (', ,', 200),
            ('"a" "v1', 200)):
        a = get(port, '/bytes', headers={'If-None-Match': value})
        t.equal(a.status, status, f'If-None-Match: {value}')
        t.equal(a.headers['ETag'], '"v1"', f'ETag beside {value}')
        if status == 304:
            t.equal((a.body, a.headers['Content-Length']), (b'', None),
                    'nothing but headers in 304')

    a = get(port, '/bytes', headers={'If-Match': '"other"'})
    t.equal(a.status, 200, "conditions are the endpoints' own")


def old_protocols(t, port):
    t.equal(raw(port, 'GET /bytes\r\n'), 'hello\n', 'HTTP/0.9')
    t.equal(raw(port, 'GET /blob?len=3\r\n'), 'abc', 'a blob over HTTP/0.9')
    t.equal(raw(port, 'GET /empty\r\n'), '', 'nothing over HTTP/0.9')

    text = raw(port, 'GET /bytes HTTP/1.0\r\n\r\n')
    t.ok(text.startswith('HTTP/1.1 200') and text.endswith('\r\n\r\nhello\n')
         and 'Connection: close' in text, 'HTTP/1.0', text)

    later(lambda: (wait(lambda: parked(port), 'parked'), get(port, '/ring')))
    t.equal(raw(port, 'GET /park\r\n'), 'woken\n', 'parked over HTTP/0.9')


def smuggling(t, port):
    """A body, read or not, is never the next request."""

    hidden = 'GET /empty?status=418 HTTP/1.1\r\nHost: x\r\n\r\n'
    chunk = f'{len(hidden):x}\r\n{hidden}\r\n0\r\n\r\n'
    after = ('GET /bytes?status=202 HTTP/1.1\r\nHost: x\r\n'
             'Connection: close\r\n\r\n')

    for path in ('/empty', '/bytes', '/blob', '/problem', '/echo',
                 '/echo?max=3', '/park?t=20', '/body_park?t=20', '/ring',
                 '/empty?status=204'):
        for head, body in ((f'Content-Length: {len(hidden)}', hidden),
                           ('Transfer-Encoding: chunked', chunk)):
            text = raw(port, f'POST {path} HTTP/1.1\r\nHost: x\r\n'
                             f'{head}\r\n\r\n{body}{after}')
            t.ok('418' not in re.findall(r'HTTP/1.1 (\d+)', text),
                 f'POST {path} with {head}', text)
            if '413' not in text:
                t.ok('HTTP/1.1 202' in text,
                     f'the request after POST {path} with {head}', text)

    # the body comes after the answer

    conn = Raw(port).send('POST /bytes HTTP/1.1\r\nHost: x\r\n'
                          f'Content-Length: {len(hidden)}\r\n\r\n')
    wait(lambda: conn.sock.recv(4096, socket.MSG_PEEK), 'an answer')
    conn.send(hidden + after)
    text = conn.all()
    conn.close()
    t.ok('418' not in text and 'HTTP/1.1 202' in text, 'a late body', text)


def bodies(t, port):
    t.equal(request(port, 'POST', '/echo', body=b'').body, b'', 'no body')

    for size in (1, 900, 5000, 99999, 100000):
        body = os.urandom(size)
        a = request(port, 'POST', '/echo', body=body)
        t.ok(a.body == body, f'a body of {size}', a.status)
        a = request(port, 'POST', '/echo', body=iter([body[:size // 2],
                                                      body[size // 2:]]))
        t.ok(a.body == body, f'a chunked body of {size}', a.status)

    # slowly: memory, file and memory

    body = os.urandom(30000)
    conn = Raw(port).send('POST /echo HTTP/1.1\r\nHost: x\r\nConnection: '
                          f'close\r\nContent-Length: {len(body)}\r\n\r\n')
    for i in range(0, len(body), 997):
        conn.send(body[i:i + 997].decode('latin-1'))
        time.sleep(0.001)
    t.ok(conn.all().split('\r\n\r\n', 1)[1].encode('latin-1') == body,
         'a body in many pieces')
    conn.close()

    for body in (b'x' * 100001, iter([b'x' * 100000, b'y'])):
        a = request(port, 'POST', '/echo', body=body)
        t.equal((a.status, a.headers['Content-Type']),
                (413, 'application/problem+json'), 'a body too long')
        t.equal(a.json()['reason'], 'body-too-large', 'its reason')

    text = raw(port, 'POST /echo HTTP/1.1\r\nHost: x\r\n'
                     'Transfer-Encoding: chunked\r\n\r\nzz\r\n')
    t.ok(text.startswith('HTTP/1.1 400'), 'a malformed body', text)

    text = raw(port, 'POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue'
                     '\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi')
    t.ok('HTTP/1.1 100' in text and text.endswith('\r\n\r\nhi'),
         'a client that expects to be asked', text)

    conn = Raw(port).send('POST /echo HTTP/1.1\r\nHost: x\r\n'
                          'Content-Length: 1000\r\n\r\nhalf')
    conn.close()
    t.equal(get(port, '/bytes').status, 200, 'a body cut off')


def subrequests(t, port):
    a = get(port, '/sub/page')
    t.equal(a.body, b'hello\nlast\nabc.', 'answers as parts of another')

    conn = Raw(port).send('GET /sub/page HTTP/1.0\r\n\r\n')
    conn.close()
    t.comes(lambda: parked(port) == 0, 'its client has gone')


def http2(t, port, http2_port):
    def curl(*args, **kwargs):
        return subprocess.run(
            ['curl', '-s', '-i', '--http2-prior-knowledge', '--max-time',
             '10', *args], capture_output=True, **kwargs).stdout.decode(
                 'latin-1')

    url = f'http://127.0.0.1:{http2_port}'
    text = curl(f'{url}/bytes')
    t.ok(text.startswith('HTTP/2 200') and text.endswith('hello\n')
         and 'etag: "v1"' in text, 'HTTP/2', text)
    t.ok('HTTP/2 204' in curl(f'{url}/empty?status=204'), '204 over HTTP/2')
    t.ok('HTTP/2 200' in curl('-I', f'{url}/blob'), 'HEAD over HTTP/2')

    text = curl('--data-binary', '@-', f'{url}/echo', input=b'z' * 50000)
    t.ok(text.endswith('z' * 50000), 'a body over HTTP/2')

    headers, data = post_http2(http2_port, '/bytes', b'z' * 9000)
    t.equal((headers[:1], data), (b'\x88', b'hello\n'),
            'a body left unread over HTTP/2')

    headers, data = post_http2(http2_port, '/echo?max=10', b'z' * 9000)
    t.ok(b'413' in headers and b'body-too-large' in data,
         'too long over HTTP/2', headers)

    woken = later(curl, f'{url}/park')
    wait(lambda: parked(port), 'parked')
    get(port, '/ring')
    t.ok(str(woken()).endswith('woken\n'), 'parked over HTTP/2')

    client = subprocess.Popen(
        ['curl', '-s', '--http2-prior-knowledge', f'{url}/park'],
        stdout=subprocess.DEVNULL)
    wait(lambda: parked(port), 'parked')
    client.kill()
    client.wait()
    t.comes(lambda: parked(port) == 0, 'an HTTP/2 client that has gone')


def parking(t, port):
    waiting = [later(get, port, '/park') for _ in range(20)]
    wait(lambda: parked(port) == 20, 'twenty are parked')
    get(port, '/ring')
    t.equal([w().body for w in waiting], [b'woken\n'] * 20, 'all are woken')
    t.equal(parked(port), 0, 'nobody is left')

    begin = time.monotonic()
    t.equal(get(port, '/park?t=300').body, b'last\n', 'a timeout')
    t.ok(0.28 < time.monotonic() - begin < 5, 'when it is over')
    t.equal(get(port, '/park?t=0').body, b'last\n', 'no time to wait')

    # parked again and again; the first park's timer must not end the last

    for rounds in (1, 2, 5):
        waiting = later(get, port, f'/park?rounds={rounds}')
        wait(lambda: parked(port), 'parked')
        for _ in range(rounds):
            get(port, '/ring')
            t.equal(parked(port), 1, 'it is parked again')
        get(port, '/ring')
        t.equal(waiting().body, b'woken again\n', f'parked {rounds} times')

    # many of them are asked less often, but none is forgotten

    waiting = [later(get, port, '/park?rounds=1') for _ in range(150)]
    wait(lambda: parked(port) == 150, '150 are parked')
    get(port, '/ring')
    get(port, '/ring')
    t.equal({w().text() for w in waiting}, {'woken again\n'}, 'all of many')

    waiting = later(request, port, 'POST', '/body_park', body=b'x' * 50000)
    wait(lambda: parked(port), 'parked')
    get(port, '/ring')
    t.equal(waiting().body, b'woken\n', 'parked after its body')

    conns = [Raw(port).send('GET /park HTTP/1.1\r\nHost: x\r\n\r\n')
             for _ in range(10)]
    wait(lambda: parked(port) == 10, 'ten are parked')
    for conn in conns:
        conn.close()
    t.comes(lambda: parked(port) == 0, 'clients that have gone')

    # two on one connection

    conn = Raw(port).send('GET /park HTTP/1.1\r\nHost: x\r\n\r\n'
                          'GET /park HTTP/1.1\r\nHost: x\r\n'
                          'Connection: close\r\n\r\n')
    wait(lambda: parked(port), 'parked')
    get(port, '/ring')
    wait(lambda: parked(port), 'the second is parked')
    get(port, '/ring')
    t.equal(conn.all().count('woken\n'), 2, 'a pipelined request')
    conn.close()


def churn(t, port):
    """Requests that come, go, wake and park again, all at once."""

    stop = time.monotonic() + 2
    seen = []

    def one(i):
        while time.monotonic() < stop:
            if i % 4 == 0:
                get(port, '/ring')
            elif i % 4 == 1:
                conn = Raw(port).send('GET /park HTTP/1.1\r\nHost: x\r\n\r\n')
                time.sleep(0.001 * i)
                conn.close()
            else:
                seen.append(get(port, f'/park?t={i}&rounds={i % 3}').text())

    threads = [later(one, i) for i in range(24)]
    for thread in threads:
        thread()
    t.ok(seen and set(seen) <= {'woken\n', 'woken again\n', 'last\n'},
         'churn', set(seen))
    t.comes(lambda: parked(port) == 0, 'nobody is left after it')


def jobs(t, port):
    t.equal(get(port, '/job').body, b'slept 0\n', 'a job')
    t.equal(get(port, '/child').body,
            b'status 3 timed out 0: 0 1 2 3 \n', 'a child')
    a = get(port, '/child?run=30&timeout=100')
    t.equal(a.body, b'status 137 timed out 1: \n', 'a child killed')

    # children run beside jobs, not behind them

    begin = time.monotonic()
    waiting = [later(get, port, '/child?run=0.5') for _ in range(8)]
    slept = get(port, '/job?sleep=10')
    t.equal(slept.body, b'slept 10\n', 'a job beside children')
    t.ok(time.monotonic() - begin < 0.45, 'it did not wait for them')
    for w in waiting:
        t.equal(w().body, b'status 3 timed out 0: 0 1 2 3 \n',
                'a child beside others')
    t.ok(time.monotonic() - begin < 3, 'children at once')

    url = f'http://127.0.0.1:{port}/bytes'
    t.equal(get(port, f'/http?url={url}').body, b'status 200: hello\n',
            'an HTTP request to ourselves')
    a = get(port, '/http?url=http://127.0.0.1:1/').text()
    t.ok(a.startswith('status 0: Failed to connect'), 'one that fails', a)

    # who waits may go

    conns = [Raw(port).send(f'GET /job?sleep={n} HTTP/1.1\r\nHost: x\r\n\r\n')
             for n in (50, 60)]
    wait(lambda: parked(port) == 2, 'two wait')
    for conn in conns:
        conn.close()
    t.comes(lambda: get(port, '/parked').text().startswith(
        '0 parked, 0 jobs, '), 'jobs whose clients have gone')

    text = get(port, '/_rtalpha/metrics').text()
    for name in ('rtalpha_background_jobs_total{result="done"}',
                 'rtalpha_background_children_total{result="failed"}',
                 'rtalpha_background_transfers_total{result="ok"}',
                 'rtalpha_background_transfers_total{result="failed"}',
                 'rtalpha_parked_requests_total{result="parked"}'):
        n = re.search(re.escape(name) + r' (\d+)', text)
        t.ok(n and int(n.group(1)) > 0, f'{name} counts', text)


def limits(t):
    nginx, port = start('rtalpha_parked 3;')
    waiting = [later(get, port, '/park') for _ in range(3)]
    wait(lambda: parked(port) == 3, 'three are parked')
    a = get(port, '/park')
    t.equal((a.status, a.json()['reason']), (503, 'too-many-waiting'),
            'one too many')
    get(port, '/ring')
    for w in waiting:
        t.equal(w().status, 200, 'the others are served')
    t.equal(get(port, '/park?t=10').status, 200, 'there is room again')
    t.clean(nginx)

    nginx, port = start('rtalpha_jobs 2;')
    waiting = [later(get, port, '/job?sleep=300') for _ in range(2)]
    wait(lambda: parked(port) == 2, 'two jobs wait')
    a = get(port, '/job')
    t.equal((a.status, a.json()['reason']), (503, 'refused'), 'one too many')
    for w in waiting:
        t.equal(w().body, b'slept 300\n', 'the others are done')
    t.equal(get(port, '/job').status, 200, 'there is room again')
    t.clean(nginx)


def quitting(t, sig):
    """A worker that shuts down answers whom it keeps waiting, at once."""

    nginx, port = start()
    waiting = [later(get, port, '/park') for _ in range(5)]
    child = later(get, port, '/child?run=27.1828')
    slow = later(get, port, f'/http?url=http://127.0.0.1:{port}/park')
    wait(lambda: parked(port) == 8, 'eight are parked')
    job = later(get, port, '/job?sleep=8000')
    wait(lambda: parked(port) == 9, 'nine are parked')
    old = nginx.workers()
    begin = time.monotonic()

    if sig == signal.SIGHUP:
        nginx.reload()
        t.equal(get(port, '/bytes').status, 200, 'the new worker serves')

    else:
        os.kill(nginx.pid, sig)

    for w in waiting + [job, child, slow]:
        t.equal(getattr(w(), 'body', None), b'last\n', f'answered at {sig}')
    t.comes(lambda: not any(os.path.exists(f'/proc/{pid}') for pid in old),
            'the worker is gone')
    t.ok(time.monotonic() - begin < 4, 'without waiting for its jobs',
         time.monotonic() - begin)
    t.comes(lambda: not running(b'27.1828'), 'its child is gone')
    t.clean(nginx)


def running(word):
    for pid in os.listdir('/proc'):
        if pid.isdigit():
            try:
                with open(f'/proc/{pid}/cmdline', 'rb') as f:
                    if word in f.read().split(b'\0'):
                        return pid
            except OSError:
                pass
    return None


def fast_end(t):
    """SIGTERM: no request is answered, but the thread is ended in order."""

    nginx, port = start()
    later(get, port, '/child?run=16.1803')
    wait(lambda: running(b'16.1803'), 'the child runs')
    later(get, port, '/job?sleep=8000')
    wait(lambda: parked(port) == 2, 'two wait')
    begin = time.monotonic()
    bad = nginx.stop(signal.SIGTERM)
    t.equal(bad, [], 'nothing bad at SIGTERM')
    t.ok(time.monotonic() - begin < 4, 'SIGTERM is fast')
    t.comes(lambda: not running(b'16.1803'), 'the child is gone')


def killed_worker(t):
    nginx, port = start()
    later(get, port, '/job?sleep=100')
    wait(lambda: parked(port), 'one waits')
    old = nginx.workers()
    os.kill(old[0], signal.SIGKILL)
    t.comes(lambda: nginx.workers() not in ([], old), 'a new worker')
    t.equal(get(port, '/job?sleep=1').body, b'slept 1\n', 'with a thread')
    bad = [line for line in nginx.stop() if 'exited on signal 9' not in line]
    t.equal(bad, [], 'nothing bad but the kill')


def one_process(t):
    nginx, port = start(main='master_process off;')
    t.equal(get(port, '/job?sleep=5').body, b'slept 5\n',
            'a job without a master')
    t.equal(get(port, '/child').body, b'status 3 timed out 0: 0 1 2 3 \n',
            'a child without a master')
    waiting = later(get, port, '/park')
    wait(lambda: parked(port), 'parked')
    get(port, '/ring')
    t.equal(waiting().body, b'woken\n', 'parked without a master')
    t.clean(nginx)


def cache_processes(t):
    """The cache manager and loader have no thread and no harm."""

    cache = folder('cache')
    os.chmod(cache, 0o777)
    nginx, port = start(f'proxy_cache_path {cache} keys_zone=c:1m;')
    t.equal(get(port, '/job').status, 200, 'beside a cache manager')
    t.clean(nginx)


def main():
    global TEST_MODULE

    t = Checks()
    TEST_MODULE = testmodule.build()

    nginx, port = start()
    for part in (answers, problems, etags, old_protocols, smuggling, bodies,
                 subrequests, parking, churn, jobs):
        part(t, port)
    http2(t, port, nginx.http2_port)
    t.clean(nginx)

    limits(t)
    for sig in (signal.SIGQUIT, signal.SIGHUP):
        quitting(t, sig)
    fast_end(t)
    killed_worker(t)
    one_process(t)
    cache_processes(t)
    t.done()


if __name__ == '__main__':
    main()
