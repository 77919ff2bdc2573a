"""Redis: calls, scripts and subscriptions against real servers.

Through the handlers of t/module.
"""

import atexit
import os
import re
import signal
import socket
import subprocess
import threading
import time

import testmodule
from rtalpha import Checks, Nginx, folder, free_ports, get, wait
from testmodule import later

VERBS = 'redis eval many messages redis_state empty'.split()


class Redis:
    """A server in a folder of its own."""

    def __init__(self, *options, port=None):
        self.port = port or free_ports(1)[0]
        self.dir = folder('redis')
        self.options = options
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            ['redis-server', '--port', str(self.port), '--bind', '127.0.0.1',
             '--save', '', '--dir', self.dir, '--logfile', f'{self.dir}/log',
             *self.options],
            stdout=subprocess.DEVNULL)
        atexit.register(self.stop)
        wait(lambda: self.cli('PING').strip(), 'redis starts')
        return self

    def cli(self, *args):
        return subprocess.run(['redis-cli', '-p', str(self.port), *args],
                              capture_output=True,
                              timeout=10).stdout.decode()

    def stop(self, sig=signal.SIGKILL):
        if self.process.poll() is None:
            self.process.send_signal(sig)
            self.process.wait()


class Sentinel(Redis):
    def __init__(self, master, name='mymaster'):
        self.dir = folder('sentinel')
        self.options = ()
        self.port = free_ports(1)[0]
        with open(f'{self.dir}/sentinel.conf', 'w', encoding='ascii') as f:
            f.write(f'sentinel monitor {name} 127.0.0.1 {master} 1\n'
                    f'sentinel down-after-milliseconds {name} 500\n'
                    f'sentinel failover-timeout {name} 2000\n')
        args = ['redis-server', f'{self.dir}/sentinel.conf', '--sentinel',
                '--port', str(self.port), '--bind', '127.0.0.1',
                '--logfile', f'{self.dir}/log']
        self.process = subprocess.Popen(args, stdout=subprocess.DEVNULL)
        atexit.register(self.stop)
        wait(lambda: self.cli('PING').strip(), 'sentinel starts')


def start(text, workers=1):
    port = free_ports(1)[0]
    locations = '\n'.join(
        f'location /{verb} {{ rtalpha_test {verb}; }}' for verb in VERBS)
    nginx = Nginx(f'''
    rtalpha_state {folder('state')};
    rtalpha_redis "{text}";
    server {{
        listen 127.0.0.1:{port};
        location /_rtalpha/ {{ rtalpha_admin; }}
        {locations}
    }}''',
                  main=f'load_module {TEST_MODULE};', workers=workers)
    return nginx.start(port), port


def up(port, seconds=10):
    wait(lambda: get(port, '/redis_state').text().startswith('up'),
         'redis is up', seconds)


def down(port, seconds=10):
    wait(lambda: get(port, '/redis_state').text().startswith('down'),
         'redis is down', seconds)


def call(port, words, key=None):
    a = get(port, f'/redis?w={words}' + (f'&key={key}' if key else ''))
    return a.text() if a.status == 200 else a.json()['reason']


def calls(t):
    redis = Redis()
    nginx, port = start(f'127.0.0.1:{redis.port}')
    up(port)

    t.equal(call(port, 'SET,k,value'), '5 OK\n', 'a status')
    t.equal(call(port, 'GET,k'), '1 value\n', 'a string')
    t.equal(call(port, 'GET,none'), '4 \n', 'nil')
    t.equal(call(port, 'INCRBY,n,-7'), '3 -7\n', 'an integer')
    t.equal(call(port, 'RPUSH,l,a,b,c'), '3 3\n', 'a list')
    t.equal(call(port, 'LRANGE,l,0,-1'), '3 elements, last: c\n', 'an array')
    t.equal(call(port, 'LRANGE,nothing,0,-1'), '0 elements, last: GET\n',
            'an empty array')
    t.ok(call(port, 'LPUSH,k,a').startswith('6 WRONGTYPE'), 'an error')
    t.equal(call(port, 'SET,e,'), '5 OK\n', 'an empty word')
    t.equal(call(port, 'GET,e'), '1 \n', 'an empty string')

    t.ok(re.match(r'1 \d+-\d+\n', call(port, 'XADD,s,*,f,v')), 'XADD')
    t.equal(call(port, 'XREAD,COUNT,10,STREAMS,s,0'),
            '1 elements, last: \n', 'XREAD')

    # so many calls of one turn leave in few writes

    before = int(re.search(r'total_reads_processed:(\d+)',
                           redis.cli('INFO')).group(1))
    t.equal(get(port, '/many?n=5000').text(), '5000 good, 0 bad\n', 'many')
    after = int(re.search(r'total_reads_processed:(\d+)',
                          redis.cli('INFO')).group(1))
    t.ok(after - before < 100, 'many in few writes', after - before)

    big = 'x' * 6000
    for i in range(4):
        call(port, f'APPEND,big,{big}')
    t.ok(len(redis.cli('GET', 'big')) == 24001, 'a long word')

    # who waits may go

    redis.cli('CLIENT', 'PAUSE', '150')
    for _ in range(20):
        conn = socket.create_connection(('127.0.0.1', port))
        conn.sendall(b'GET /redis?w=PING HTTP/1.1\r\nHost: x\r\n\r\n')
        conn.close()
    t.equal(call(port, 'PING'), '5 PONG\n', 'after clients that have gone')
    t.clean(nginx)
    redis.stop()


def scripts(t):
    redis = Redis()
    nginx, port = start(f'redis://127.0.0.1:{redis.port}/3')
    up(port)

    for i in range(3):
        t.equal(get(port, '/eval?key=k&by=5').text(), f'3 {5 * i + 5}\n',
                'a script')
    stats = redis.cli('INFO', 'commandstats')
    t.equal(sorted(re.findall(r'cmdstat_(eval|evalsha):calls=(\d+)',
                              stats)),
            [('eval', '1'), ('evalsha', '3')], 'its source goes once')

    redis.cli('SCRIPT', 'FLUSH')
    t.equal(get(port, '/eval?key=k&by=5').text(), '3 20\n',
            'a script that was forgotten')
    t.equal(redis.cli('-n', '3', 'GET', 'k').strip(), '20', 'in database 3')

    redis.cli('SET', 'k', 'text')
    redis.cli('-n', '3', 'SET', 'k', 'text')
    t.ok(get(port, '/eval?key=k&by=5').text().startswith('6 ERR'),
         'a script that fails')
    t.clean(nginx)
    redis.stop()


def messages(t):
    redis = Redis()
    nginx, port = start(f'127.0.0.1:{redis.port}')
    heard = lambda: get(port, '/messages').text()
    t.comes(lambda: heard() == 'one stands\ntwo stands\n', 'subscribed')

    redis.cli('PUBLISH', 'one', 'first')
    redis.cli('PUBLISH', 'two', 'second')
    redis.cli('PUBLISH', 'three', 'other')
    t.comes(lambda: heard().endswith('one=first\ntwo=second\n'), 'messages')

    # pings keep an idle subscription; a lost one comes back and says so

    time.sleep(1)
    t.ok(heard().count('stands') == 2, 'one idle for a while')
    redis.cli('CLIENT', 'KILL', 'TYPE', 'pubsub')
    t.comes(lambda: heard().count('stands') == 4, 'it stands again')
    redis.cli('PUBLISH', 'one', 'third')
    t.comes(lambda: heard().endswith('one=third\n'), 'and hears')

    # a server that says nothing any more

    redis.process.send_signal(signal.SIGSTOP)
    t.comes(lambda: 'is silent' in nginx.log_text(), 'silence is noticed')
    redis.process.send_signal(signal.SIGCONT)
    t.comes(lambda: heard().count('stands') >= 6, 'it is back')
    t.clean(nginx)
    redis.stop()


def failures(t):
    redis = Redis()
    nginx, port = start(f'127.0.0.1:{redis.port}')
    up(port)

    redis.stop()
    down(port)
    begin = time.monotonic()
    t.equal(call(port, 'PING'), 'down', 'a call while it is down')
    t.ok(time.monotonic() - begin < 0.2, 'which fails at once')
    t.equal(get(port, '/empty').status, 200, 'the rest goes on')
    redis.start()
    up(port)
    t.equal(call(port, 'PING'), '5 PONG\n', 'it is back')

    # one that does not answer takes its connection with it

    redis.process.send_signal(signal.SIGSTOP)
    begin = time.monotonic()
    t.equal(call(port, 'PING'), 'no-reply', 'a call that times out')
    t.ok(0.25 < time.monotonic() - begin < 2, 'in its time')
    down(port)
    t.equal(get(port, '/many?n=10').status, 503, 'many while it is down')
    redis.process.send_signal(signal.SIGCONT)
    up(port)
    t.equal(call(port, 'ECHO,mine'), '1 mine\n',
            'no reply of before is taken for a new one')

    # killed while many wait

    redis.cli('CLIENT', 'PAUSE', '10000')
    waiting = [later(get, port, '/many?n=100') for _ in range(5)]
    time.sleep(0.1)
    redis.stop()
    t.equal({w().text() for w in waiting}, {'0 good, 100 bad\n'},
            'all who wait are told')
    redis.start()
    up(port)
    t.equal(get(port, '/many?n=100').text(), '100 good, 0 bad\n', 'back')

    text = get(port, '/_rtalpha/metrics').text()
    for name, least in (('calls_total{result="replied"}', 102),
                        ('calls_total{result="failed"}', 501),
                        ('calls_total{result="refused"}', 11),
                        ('failures_total', 3)):
        n = re.search(rf'rtalpha_redis_{re.escape(name)} (\d+)', text)
        t.ok(n and int(n.group(1)) >= least, f'{name} counts', n and n[0])

    t.equal([line for line in nginx.stop() if 'connect()' not in line], [],
            'nothing bad in the log')
    redis.stop()


def fake(answers):
    """A server that says what it is told, byte by byte."""

    sock = socket.socket()
    sock.bind(('127.0.0.1', 0))
    sock.listen(16)

    def serve():
        while True:
            conn, _ = sock.accept()
            threading.Thread(target=one, args=(conn,), daemon=True).start()

    def one(conn):
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for text in answers:
                if not conn.recv(65536):
                    return
                for byte in text:
                    conn.sendall(bytes([byte]))
            conn.recv(1)
        except OSError:
            pass
        finally:
            conn.close()

    threading.Thread(target=serve, daemon=True).start()
    return sock.getsockname()[1]


def away(t):
    """Nobody is there: each connection says so once, with the reason."""

    server, = free_ports(1)
    nginx, _ = start(f'127.0.0.1:{server}')
    said = f'redis 127.0.0.1:{server}: cannot connect: Connection refused'

    def lines(level):
        return [line for line in nginx.log_text().split('\n')
                if f'[{level}]' in line and said in line]

    t.comes(lambda: len(lines('info')) >= 3, 'it is tried again and again')
    t.ok(1 <= len(lines('error')) <= 8, 'but not told of each time',
         lines('error'))
    t.clean(nginx)


def nonsense(t):
    for what, answers in (
            ('no RESP2', [b'HTTP/1.1 200 OK\r\n\r\n']),
            ('more than was asked', [b'+PONG\r\n+PONG\r\n+PONG\r\n']),
            ('an array without end', [b'*2000000000\r\n']),
            ('an array too deep', [b'*1\r\n' * 40]),
            ('an error at the start', [b'-LOADING soon\r\n']),
            ('a negative length', [b'$-5\r\n'])):
        server = fake(answers)
        nginx, port = start(f'127.0.0.1:{server}')
        t.comes(lambda: f'redis 127.0.0.1:{server}: ' in nginx.log_text(),
                what)
        t.equal(get(port, '/empty').status, 200, f'alive after {what}')
        t.clean(nginx)

    # what is right, also in pieces of one byte

    server = fake([b'+PONG\r\n', b'*3\r\n$3\r\none\r\n:2\r\n$5\r\nthree\r\n'])
    nginx, port = start(f'127.0.0.1:{server}')
    up(port)
    t.equal(call(port, 'ANY'), '3 elements, last: three\n', 'bytes')
    t.clean(nginx)


def passwords(t):
    redis = Redis('--requirepass', 'p:a/s@s')
    for text, good in ((f'redis://:p%3Aa%2Fs%40s@127.0.0.1:{redis.port}', 1),
                       (f'redis://default:p%3Aa%2Fs%40s@127.0.0.1:'
                        f'{redis.port}', 1),
                       (f'redis://:wrong@127.0.0.1:{redis.port}', 0),
                       (f'127.0.0.1:{redis.port}', 0)):
        nginx, port = start(text)
        if good:
            up(port)
            t.equal(call(port, 'PING'), '5 PONG\n', 'with its password')
        else:
            t.comes(lambda: re.search('refuses us|does not serve',
                                      nginx.log_text()), 'refused')
            t.equal(call(port, 'PING'), 'down', 'without its password')
        t.clean(nginx)
    t.ok('s@s' not in nginx.log_text(), 'no password in the log')
    redis.stop()


def texts(t):
    """What the configuration refuses."""

    for text, error in (('redis://user@127.0.0.1', 'without a password'),
                        ('redis://127.0.0.1/x', 'no number'),
                        ('sentinel://127.0.0.1', 'no master'),
                        ('sentinel://127.0.0.1/', 'no master'),
                        ('cluster://127.0.0.1/2', 'clusters do not'),
                        ('cluster://127.0.0.1,', 'no server'),
                        ('rediss://127.0.0.1', 'TLS'),
                        ('127.0.0.1:0', 'port'),
                        ('127.0.0.1:99999', 'port'),
                        ('redis://', 'no server'),
                        ('no.such.host.invalid', 'not found')):
        try:
            nginx, _ = start(text)
            nginx.stop()
            t.ok(False, f'{text} is taken')
        except Exception as e:
            t.ok(error in str(e), f'{text}: {error}', str(e)[-200:])


def quitting(t):
    """A worker that shuts down is not held by its connections."""

    redis = Redis()
    nginx, port = start(f'127.0.0.1:{redis.port}')
    up(port)
    old = nginx.workers()
    nginx.reload()
    t.comes(lambda: not any(os.path.exists(f'/proc/{p}') for p in old),
            'the old worker is gone')
    up(port)
    redis.cli('CLIENT', 'PAUSE', '150')
    waiting = later(call, port, 'ECHO,late')
    time.sleep(0.05)
    os.kill(nginx.pid, signal.SIGQUIT)
    t.equal(waiting(), '1 late\n', 'who waits is answered')
    t.comes(lambda: nginx.process.poll() is not None, 'then it ends', 3)
    t.clean(nginx)
    redis.stop()


def sentinel(t):
    master, other = Redis(), Redis()
    other.cli('REPLICAOF', '127.0.0.1', str(master.port))
    wait(lambda: 'master_link_status:up' in other.cli('INFO'), 'replica')
    watch = Sentinel(master.port)
    wait(lambda: 'num-slaves\n1' in watch.cli('SENTINEL', 'MASTER',
                                              'mymaster'), 'sentinel sees')
    dead = free_ports(1)[0]
    nginx, port = start(f'sentinel://127.0.0.1:{dead},127.0.0.1:{watch.port}'
                        '/mymaster')
    up(port)
    t.equal(call(port, 'SET,k,v'), '5 OK\n', 'the master takes it')
    t.equal(master.cli('GET', 'k').strip(), 'v', 'the right one')
    wait(lambda: other.cli('GET', 'k').strip() == 'v', 'replicated')

    master.stop()
    t.comes(lambda: call(port, 'SET,k,after') == '5 OK\n', 'failed over', 30)
    t.equal(other.cli('GET', 'k').strip(), 'after', 'to the other')
    bad = [line for line in nginx.stop() if 'connect()' not in line]
    t.equal(bad, [], 'nothing bad in the log')
    watch.stop()
    other.stop()

    lone = Sentinel(master.port, 'another')
    nginx, port = start(f'sentinel://127.0.0.1:{lone.port}/mymaster')
    t.comes(lambda: 'knows no master "mymaster"' in nginx.log_text(),
            'a sentinel that does not know it')
    t.clean(nginx)
    lone.stop()


def is_free(port):
    with socket.socket() as sock:
        try:
            sock.bind(('127.0.0.1', port))
        except OSError:
            return False
    return True


def cluster_ports(count):
    """Ports of nodes: the bus is 10 000 above, and no outgoing connection
    may have that one either."""

    first = 11000 + os.getpid() % 9000
    return [p for p in range(first, 22000)
            if is_free(p) and is_free(p + 10000)][:count]


def cluster(t):
    nodes = [Redis('--cluster-enabled', 'yes', '--cluster-node-timeout',
                   '1000', port=p) for p in cluster_ports(3)]
    subprocess.run(['redis-cli', '--cluster', 'create',
                    *[f'127.0.0.1:{n.port}' for n in nodes],
                    '--cluster-yes'], check=True, stdout=subprocess.DEVNULL)
    wait(lambda: all('cluster_state:ok' in n.cli('CLUSTER', 'INFO')
                     for n in nodes), 'cluster', 30)

    nginx, port = start(f'cluster://127.0.0.1:{nodes[0].port}')
    up(port)

    for i in range(60):
        key = f'k{i}'
        wait(lambda: call(port, f'SET,{key},{i}', key) == '5 OK\n',
             f'{key} is set')
    sizes = [int(n.cli('DBSIZE')) for n in nodes]
    t.equal((sum(sizes), min(sizes) > 5), (60, True), 'keys are spread')
    t.equal([call(port, f'GET,k{i}', f'k{i}') for i in range(60)],
            [f'1 {i}\n' for i in range(60)], 'keys are found')
    t.equal(get(port, '/many?n=1000').text(), '1000 good, 0 bad\n', 'many')

    # the wrong node says so

    t.equal(call(port, 'GET,k1', 'k2'), '1 1\n', 'a key of another slot')
    for i in range(4):
        t.ok(get(port, f'/eval?key=s{i}&by=2').text() == '3 2\n',
             'a script on its node')

    # slots move: first on their way (ASK), then for good (MOVED)

    slot = nodes[0].cli('CLUSTER', 'KEYSLOT', 'k1').strip()
    ids = {n.port: n.cli('CLUSTER', 'MYID').strip() for n in nodes}
    source = next(n for n in nodes
                  if not n.cli('GET', 'k1').startswith('MOVED'))
    target = next(n for n in nodes if n is not source)
    target.cli('CLUSTER', 'SETSLOT', slot, 'IMPORTING', ids[source.port])
    source.cli('CLUSTER', 'SETSLOT', slot, 'MIGRATING', ids[target.port])
    keys = source.cli('CLUSTER', 'GETKEYSINSLOT', slot, '100').split()
    source.cli('MIGRATE', '127.0.0.1', str(target.port), '', '0', '5000',
               'KEYS', *keys)
    t.equal(call(port, 'GET,k1', 'k1'), '1 1\n', 'a key on its way')
    for n in nodes:
        n.cli('CLUSTER', 'SETSLOT', slot, 'NODE', ids[target.port])
    t.equal(call(port, 'GET,k1', 'k1'), '1 1\n', 'a key that has moved')
    t.equal(call(port, 'GET,k1', 'k1'), '1 1\n', 'and again')

    # messages come from any node

    nodes[2].cli('PUBLISH', 'one', 'x')
    t.comes(lambda: 'one=x' in get(port, '/messages').text(), 'a message')

    # a node dies: its keys fail, the others go on

    nodes[1].stop()
    answers = [call(port, f'PING', f'k{i}') for i in range(30)]
    t.ok('5 PONG\n' in answers and ('down' in answers
                                    or 'no-reply' in answers),
         'keys of the others are served', set(answers))
    nodes[1].start()
    t.comes(lambda: all(call(port, f'GET,k{i}', f'k{i}')[:2] in ('1 ', '4 ')
                        for i in range(30)), 'it comes back', 30)
    bad = [line for line in nginx.stop() if 'connect()' not in line]
    t.equal(bad, [], 'nothing bad in the log')
    for n in nodes:
        n.stop()


def main():
    global TEST_MODULE

    t = Checks()
    TEST_MODULE = testmodule.build()

    for part in (texts, calls, scripts, messages, failures, away, nonsense,
                 passwords, quitting, sentinel, cluster):
        part(t)
    t.done()


if __name__ == '__main__':
    main()
