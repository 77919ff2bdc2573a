#!/usr/bin/env python3
"""Who is told of an event: streams by their filters, parked requests by what
they wait for, and nobody else.
"""

import socket

import testmodule
from rtalpha import Checks, Nginx, folder, free_ports, get, wait
from testmodule import later

CONFIG, SERVICE, ROUTES, SETTINGS = 1, 2, 3, 4


def start(module, workers=1, more=''):
    port = free_ports(1)[0]
    locations = '\n'.join(
        f'location /{verb} {{ rtalpha_test {verb}; }}'
        for verb in ('park', 'ring', 'parked'))
    return Nginx(f'''
    rtalpha_state {folder('state')};
    {more}
    server {{
        listen 127.0.0.1:{port};
        location /_rtalpha/ {{ rtalpha_admin; }}
        {locations}
    }}''', main=f'load_module {module};', workers=workers).start(port), port


def ring(port, kind, text):
    get(port, f'/ring?type={kind}&text={text}')


def parked(port):
    return int(get(port, '/parked').text().split()[0])


def asked(port):
    return int(get(port, '/parked').text().split()[4])


class Stream:
    """An event stream; got() are the texts of its events so far."""

    def __init__(self, port, query='', last=None):
        self.sock = socket.create_connection(('127.0.0.1', port), 10)
        again = '' if last is None else f'Last-Event-ID: {last}\r\n'
        self.sock.sendall(f'GET /_rtalpha/events{query} HTTP/1.0\r\n{again}'
                          '\r\n'.encode())
        self.data = b''
        while b'\n\n' not in self.data:
            self.data += self.sock.recv(4096)
        self.sock.setblocking(False)

    def read(self):
        try:
            while True:
                more = self.sock.recv(65536)
                if not more:
                    break
                self.data += more
        except BlockingIOError:
            pass
        return self.data.decode()

    def got(self):
        return [line.split('"subject":"')[1].split('"')[0]
                for line in self.read().split('\n')
                if line.startswith('data: ')]

    def ids(self):
        return [int(line[4:]) for line in self.read().split('\n')
                if line.startswith('id: ')]

    def close(self):
        self.sock.close()


def filters(t, port):
    queries = {
        '': ['a', 'a/main', 'b', 'shop', 'SHOP/x', 'r', 'end'],
        '?config=a': ['a', 'a/main'],
        '?config=A%2Fmain': [],
        '?config=a/main': ['a/main'],
        '?service=shop': ['shop', 'SHOP/x'],
        '?service': ['shop', 'SHOP/x'],
        '?config=b&service=shop': ['b', 'shop', 'SHOP/x'],
        '?routes': ['r'],
        '?settings=end': ['end'],
    }
    streams = {q: Stream(port, q) for q in queries}

    for kind, text in ((CONFIG, 'a'), (CONFIG, 'a/main'), (CONFIG, 'b'),
                       (SERVICE, 'shop'), (SERVICE, 'SHOP/x'), (ROUTES, 'r'),
                       (SETTINGS, 'end')):
        ring(port, kind, text)

    t.comes(lambda: streams[''].got()[-1:] == ['end'], 'all events come')
    for query, want in queries.items():
        t.comes(lambda query=query, want=want: streams[query].got() == want,
                f'events of "{query}"')
        streams[query].close()


def many(t, port):
    """Each event reaches its own streams only, also after many others."""

    streams = [Stream(port, f'?service=s{i}') for i in range(300)]
    for text in range(600):
        ring(port, CONFIG, f'x{text}')
    ring(port, SERVICE, 's7')
    ring(port, SERVICE, 's7')
    ring(port, SERVICE, 's299')
    t.comes(lambda: streams[7].got() == ['s7', 's7'], 'its two events')
    t.comes(lambda: streams[299].got() == ['s299'], 'its one event')
    t.ok(not any(s.got() for i, s in enumerate(streams) if i not in (7, 299)),
         'nobody else is told, nor that the ring has gone on')

    last = streams[7].ids()[0]
    again = Stream(port, '?service=s7', last)
    t.comes(lambda: again.got() == ['s7'],
            'Last-Event-ID: what has come after it')

    everything = [Stream(port) for _ in range(300)]
    ring(port, ROUTES, 'all')
    t.comes(lambda: all(s.got() == ['all'] for s in everything),
            'more streams than are served in a turn')
    old = Stream(port, '', 1)
    t.comes(lambda: old.got()[-1:] == ['all'] and len(old.got()) > 500,
            'a stream that begins far back has all that is kept')
    t.ok('event: reset' in old.read(), 'and is told that more is not')

    for stream in streams + everything + [again, old]:
        stream.close()
    t.comes(lambda: get(port, '/ring').status == 204, 'they may all go')


def slow(t, port):
    """A client that reads nothing gets it all later."""

    stream = Stream(port, '?config=slow')
    stream.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    text = 'slow/' + 'x' * 200
    for _ in range(400):
        ring(port, CONFIG, text)
    t.comes(lambda: len(stream.got()) == 400, 'all of them')
    numbers = stream.ids()
    t.equal(numbers, sorted(set(numbers)), 'in their order, each once')
    stream.close()


def groups(t, port):
    waiting = {name: [later(get, port, f'/park?on={name}') for _ in range(20)]
               for name in 'ab'}
    wait(lambda: parked(port) == 40, 'forty are parked')
    before = asked(port)

    for _ in range(20):
        ring(port, SETTINGS, 'c')
    ring(port, SETTINGS, 'a')
    t.ok(all(w().body == b'woken\n' for w in waiting['a']),
         'those who wait for a')
    t.equal(parked(port), 20, 'the others wait on')
    t.equal(asked(port) - before, 20, 'and have not been asked')

    t.equal(get(port, '/park?on=b&t=100').body, b'last\n', 'a time-out')
    sock = socket.create_connection(('127.0.0.1', port), 10)
    sock.sendall(b'GET /park?on=gone HTTP/1.0\r\n\r\n')
    wait(lambda: parked(port) == 21, 'one more')
    sock.close()
    t.comes(lambda: parked(port) == 20, 'its client has gone')

    ring(port, SETTINGS, 'b')
    t.ok(all(w().body == b'woken\n' for w in waiting['b']),
         'those who wait for b')
    t.equal(parked(port), 0, 'nobody is left')

    waiting = later(get, port, '/park?on=d&rounds=1')
    wait(lambda: parked(port) == 1, 'it is parked')
    ring(port, SETTINGS, 'd')
    ring(port, SETTINGS, 'e')
    t.equal(waiting().body, b'woken again\n', 'parked anew without a group')


def quitting(t, module):
    nginx, port = start(module, workers=2)
    waiting = [later(get, port, f'/park?on={i}') for i in range(30)]
    streams = [Stream(port, f'?service=s{i}') for i in range(30)]
    for _ in range(5):
        ring(port, SETTINGS, '1')
    t.equal(waiting[1]().body, b'woken\n', 'a ring in any worker')
    rest = [w for i, w in enumerate(waiting) if i != 1]
    t.comes(lambda: len([w for w in rest if w(0)]) == 0, 'the rest waits')
    t.clean(nginx)
    t.ok(all(w() and w().body == b'last\n' for w in rest),
         'all are answered when nginx ends')
    for stream in streams:
        stream.close()


def main():
    t = Checks()
    module = testmodule.build()
    nginx, port = start(module)
    for part in (filters, many, slow, groups):
        part(t, port)
    t.clean(nginx)
    quitting(t, module)
    t.done()


if __name__ == '__main__':
    main()
