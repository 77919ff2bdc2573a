#!/usr/bin/env python3
"""The registry at sizes a factor of ten apart, and beside a Java server.

    registry.py [--sizes N,N,...] [--seconds S] [--java COMMAND]

For each size one nginx with one worker on the first core, wrk on the second;
all figures are CPU time of the worker, not rates.  Printed are

    bytes           of the zone an instance takes, without rendered answers
    register        µs for a registration that changes an instance
    heartbeat       µs, and 'return 200' in the same nginx divided by it
    gzip, delta     µs for a full list and a delta that have been made
    change          µs from a change to the next full list, all but sending
    ... one app     the same with all instances in one application
    start           seconds of CPU from nginx' start to its first answer
    lock            sections longer than 200 µs of CPU with the zone locked,
                    by what was done meanwhile, and the longest so far

A figure that misses its goal counts as failed.

--java COMMAND starts a Java Eureka server in the foreground on the port that
replaces {port}; both servers then take 10 000 instances in the same run, and
the ratios of their CPU time, memory and time of start are printed.
"""

import argparse
import http.client
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '../t/lib'))

from rtalpha import (Checks, Failed, Nginx, folder, free_ports,  # noqa: E402
                     get, wait, write)

APPS = 300
BATCH = 500
JSON = {'Accept': 'application/json'}
GZIP = {**JSON, 'Accept-Encoding': 'gzip'}

SETTINGS = '''
eureka.server.enable-self-preservation: false
eureka.server.retention-time-in-m-s-in-delta-queue: {keep}
eureka.server.delta-retention-timer-interval-in-ms: 1000
rtalpha.registry.max-instances-per-address: 100000000
rtalpha.registry.max-instances: 100000000
rtalpha.registry.max-instances-per-application: 100000000
'''

BODY = (
    '{"instanceId":"%(id)s","hostName":"host-%(i)06d.cluster.internal",'
    '"app":"%(app)s","ipAddr":"10.0.%(a)d.%(b)d","status":"UP",'
    '"overriddenStatus":"UNKNOWN","port":{"$":8080,"@enabled":"true"},'
    '"securePort":{"$":443,"@enabled":"false"},"countryId":1,'
    '"dataCenterInfo":{"@class":"com.netflix.appinfo.'
    'InstanceInfo$DefaultDataCenterInfo","name":"MyOwn"},'
    '"leaseInfo":{"renewalIntervalInSecs":30,"durationInSecs":36000},'
    '"metadata":{"management.port":"8080","zone":"zone-1",'
    '"version":"1.1.0"},'
    '"homePageUrl":"http://host-%(i)06d.cluster.internal:8080/",'
    '"statusPageUrl":"http://host-%(i)06d.cluster.internal:8080/actuator/'
    'info",'
    '"healthCheckUrl":"http://host-%(i)06d.cluster.internal:8080/actuator/'
    'health","vipAddress":"%(vip)s","secureVipAddress":"%(vip)s",'
    '"lastDirtyTimestamp":"%(dirty)d"}')

ITEM = ('{"appName":"%(app)s","id":"%(id)s","lastDirtyTimestamp":%(dirty)d,'
        '"status":"UP","instanceInfo":' + BODY + ',"action":"Register"}')

# wrk draws instances at random: neighbours in memory are no help
LUA = '''
local instances, apps, prefix = %(n)d, %(apps)d, "%(prefix)s"

local function pick()
    local i = math.random(0, instances - 1)
    local app = i %% apps
    return i, app, string.format(
        "host-%%06d.cluster.internal:%%s-%%d:8080", i, prefix:lower(), app)
end
'''

RENEW = LUA + '''
function request()
    local i, app, id = pick()
    return wrk.format("PUT", string.format("/eureka/apps/%%s-%%d/%%s",
        prefix, app, id), {["Content-Length"] = "0"})
end
'''

REGISTER = LUA + '''
local body = [[{"instance":%(body)s}]]
local dirty = %(dirty)d

function request()
    local i, app, id = pick()
    dirty = dirty + 1
    local text = body:gsub("@i@", string.format("%%06d", i))
                     :gsub("@id@", id):gsub("@app@", prefix .. "-" .. app)
                     :gsub("@vip@", prefix:lower() .. "-" .. app)
                     :gsub("@dirty@", tostring(dirty))
    return wrk.format("POST", "/eureka/apps/" .. prefix .. "-" .. app,
        {["Content-Type"] = "application/json"}, text)
end
'''

EMPTY = '''
function request()
    return wrk.format("PUT", "/empty", {["Content-Length"] = "0"})
end
'''

READ = '''
function request()
    return wrk.format("GET", "%(path)s", {["Accept"] = "application/json",
                                          ["Accept-Encoding"] = "gzip"})
end
'''


def fields(i, apps, prefix, dirty):
    app = i % apps
    vip = f'{prefix.lower()}-{app}'
    return {'i': i, 'app': f'{prefix}-{app}', 'vip': vip, 'dirty': dirty,
            'id': f'host-{i:06d}.cluster.internal:{vip}:8080',
            'a': i // 256 % 256, 'b': i % 256}


def template():
    """The body with places for Lua to fill in."""

    text = BODY
    for name in ('id', 'app', 'vip', 'dirty'):
        text = re.sub(rf'%\({name}\)\w+', f'@{name}@', text)
    text = re.sub(r'%\(i\)\w+', '@i@', text)
    return re.sub(r'%\([ab]\)d', '1', text)


class Connection(http.client.HTTPConnection):
    def ask(self, method, path, body=None, headers=None):
        headers = dict(headers or {})
        if body is not None:
            headers['Content-Type'] = 'application/json'
        self.request(method, path, body=body, headers=headers)
        answer = self.getresponse()
        return answer.status, answer.read()


def fill(port, count, apps, prefix, dirty=1):
    """Registers instances in batches, as a peer does."""

    conn = Connection('127.0.0.1', port, timeout=120)

    for first in range(0, count, BATCH):
        items = ','.join(ITEM % fields(i, apps, prefix, dirty)
                         for i in range(first, min(first + BATCH, count)))
        status, text = conn.ask('POST', '/eureka/peerreplication/batch/',
                                '{"replicationList":[' + items + ']}', JSON)
        if status != 200 or text.count(b'200') < min(BATCH, count - first):
            raise Failed(f'a batch is answered {status} {text[:200]}')
    conn.close()


def cpu_of(pid, tasks=None):
    """Seconds of CPU of a process, or of some of its threads."""

    total = 0
    for task in tasks or os.listdir(f'/proc/{pid}/task'):
        try:
            with open(f'/proc/{pid}/task/{task}/schedstat',
                      encoding='ascii') as f:
                total += int(f.read().split()[0])
        except OSError:
            pass
    return total / 1e9


def memory_of(pid):
    """Resident bytes of its own, without pages shared with others."""

    total = 0
    with open(f'/proc/{pid}/smaps_rollup', encoding='ascii') as f:
        for line in f:
            if line.startswith('Pss:'):
                total += int(line.split()[1]) * 1024
    return total


class Ours:
    """nginx with a registry, and 'return 200' beside it."""

    def __init__(self, size, keep=1000):
        self.dir = folder('bench')
        self.port, self.plain, self.admin = free_ports(3)
        self.zone = 64 + size * 5 // 1024
        write(os.path.join(self.dir, 'registry.yml'),
              SETTINGS.format(keep=keep))
        self.nginx = Nginx(self.http(''), main='worker_cpu_affinity 01;',
                           workers=1)

    def http(self, timed):
        return f'''
    rtalpha_zone  {self.zone}m{timed};
    rtalpha_state {self.dir}/state;
    keepalive_requests 100000000;
    client_body_buffer_size 1m;
    server {{
        listen 127.0.0.1:{self.port};
        location / {{
            rtalpha_registry settings=file:{self.dir}/registry.yml;
        }}
    }}
    server {{
        listen 127.0.0.1:{self.plain};
        location / {{ return 200; }}
    }}
    server {{
        listen 127.0.0.1:{self.admin};
        location / {{ rtalpha_admin; }}
    }}
'''

    def start(self):
        self.nginx.start(self.port)
        return self

    def timed(self):
        """Measures the lock from now on."""

        self.nginx.configure(self.http(' timed'),
                             main='worker_cpu_affinity 01;', workers=1)
        self.nginx.reload()

    def worker(self):
        return wait(lambda: self.nginx.workers(), 'a worker', 60)[0]

    def cpu(self):
        return cpu_of(self.worker())

    def memory(self):
        return sum(memory_of(p) for p in [self.nginx.pid]
                   + self.nginx.workers())

    def metrics(self):
        found = {}
        for line in get(self.admin, '/_rtalpha/metrics',
                        timeout=60).text().split('\n'):
            if line and not line.startswith('#'):
                name, value = line.rsplit(' ', 1)
                found[name] = int(value)
        return found

    def settle(self):
        """Waits until everything is on disk and the log is empty."""

        def quiet():
            m = self.metrics()
            return m['rtalpha_registry_saved'] == m['rtalpha_registry_version']
        wait(quiet, 'everything is on disk', 300, 0.2)
        wait(lambda: json.loads(get(self.port, '/eureka/apps/delta',
                                    headers=JSON, timeout=60).body)
             ['applications']['application'] == [], 'the log is empty', 300,
             0.2)


class Java:
    """What COMMAND starts."""

    def __init__(self, command, port):
        self.port = port
        self.begun = time.monotonic()
        self.process = subprocess.Popen(
            command.replace('{port}', str(port)), shell=True,
            start_new_session=True, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        wait(lambda: get(port, '/eureka/apps', timeout=5).status == 200,
             'the Java server answers', 300, 0.05)
        self.start = time.monotonic() - self.begun
        self.pid = self.java()
        self.start_cpu = cpu_of(self.pid)

    def java(self):
        """The process below the shell that has used the most memory."""

        best, size = None, -1
        for name in os.listdir('/proc'):
            if not name.isdigit():
                continue
            try:
                if os.getsid(int(name)) == self.process.pid:
                    with open(f'/proc/{name}/statm', encoding='ascii') as f:
                        pages = int(f.read().split()[1])
                    if pages > size:
                        best, size = int(name), pages
            except OSError:
                pass
        return best

    def cpu(self):
        return cpu_of(self.pid)

    def memory(self):
        return memory_of(self.pid)

    def stop(self):
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(30)


def load(server, port, script, seconds, connections=16):
    """Runs wrk; CPU seconds of the server for a request."""

    lua = os.path.join(folder('wrk'), 'wrk.lua')
    write(lua, script)
    before = server.cpu()
    out = subprocess.run(
        ['taskset', '-c', '1', 'wrk', '-t1', f'-c{connections}',
         f'-d{seconds}s', '--timeout', '30s', '-s', lua,
         f'http://127.0.0.1:{port}/'],
        stdout=subprocess.PIPE, check=True).stdout.decode()
    used = server.cpu() - before
    done = int(re.search(r'(\d+) requests in', out).group(1))

    if 'Non-2xx' in out or not done:
        raise Failed(out)
    return used / done


def change(server, port, count, apps, prefix, turns):
    """CPU seconds for a changed instance and the list that shows it."""

    conn = Connection('127.0.0.1', port, timeout=120)
    costs = []

    for turn in range(turns + 1):
        before = server.cpu()
        one = fields(turn * 7919 % count, apps, prefix, 4 * 10 ** 12 + turn)
        status, _ = conn.ask('POST', f'/eureka/apps/{one["app"]}',
                             '{"instance":' + BODY % one + '}')
        if status != 204:
            raise Failed(f'a registration is answered {status}')
        status, _ = conn.ask('HEAD', '/eureka/apps', headers=GZIP)
        if status != 200:
            raise Failed(f'the list is answered {status}')
        costs.append(server.cpu() - before)
    conn.close()
    return statistics.median(costs[1:])


def script(text, count, apps, prefix, dirty=0):
    return text % {'n': count, 'apps': apps, 'prefix': prefix,
                   'body': template(), 'dirty': dirty}


class Table:
    """Prints figures and compares them with their goals."""

    def __init__(self, checks):
        self.checks = checks

    def row(self, what, value, unit='', goal=None, most=True):
        text = f'    {what:34}{value:12.2f} {unit:12}'
        if goal is not None:
            good = value <= goal if most else value >= goal
            text += f'{"at most" if most else "at least"} {goal:g}'
            self.checks.ok(good, f'{what}: {value:.2f} {unit}')
            text += '' if good else '   MISSED'
        print(text, flush=True)


def start_again(ours, table, count):
    """Stops nginx and starts it: what is on disk is there again."""

    ours.nginx.stop(seconds=60)
    begun = time.monotonic()
    ours.nginx.stopped = False
    ours.start()
    wait(lambda: get(ours.admin, '/_rtalpha/health', timeout=60).json()
         ['roles']['registry']['instances'] == count, 'it is read', 120)
    table.row('start from disk', cpu_of(ours.nginx.pid), 's of CPU',
              5 if count >= 1000000 else None)
    table.row('... until it answered', time.monotonic() - begun, 's')


def held(ours, before):
    """Sections longer than 200 µs since then, and the longest of all."""

    now = ours.metrics()
    name = 'rtalpha_zone_hold_microseconds'
    long = {when[f'{name}_count'] - when[f'{name}_bucket{{le="200"}}']
            if f'{name}_count' in when else 0: when
            for when in (now,)}
    earlier = (before[f'{name}_count'] - before[f'{name}_bucket{{le="200"}}']
               if f'{name}_count' in before else 0)
    return (list(long)[0] - earlier,
            now.get('rtalpha_zone_hold_longest_microseconds', 0))


def locks(ours, table, count, apps, prefix, seconds):
    """Every kind of work once more, with the lock's clock on."""

    ours.timed()
    conn = Connection('127.0.0.1', ours.port, timeout=120)
    phases = {
        'start of a worker, snapshot': ours.settle,
        'heartbeats': lambda: load(
            ours, ours.port, script(RENEW, count, apps, prefix), seconds),
        'registrations': lambda: load(
            ours, ours.port, script(REGISTER, count, apps, prefix,
                                    2 * 10 ** 12), seconds),
        'batches': lambda: fill(ours.port, min(count, 20000), apps, prefix,
                                3 * 10 ** 12),
        'full lists': lambda: [conn.ask('HEAD', '/eureka/apps', None, h)
                               for h in (JSON, GZIP)],
        'delta': lambda: conn.ask('GET', '/eureka/apps/delta', None, GZIP),
        'one application': lambda: conn.ask(
            'GET', f'/eureka/apps/{prefix}-1', None, JSON),
        'a filter': lambda: conn.ask(
            'GET', '/eureka/apps?status=DOWN', None, JSON),
        'evictions': lambda: evictions(ours, min(count, 100000)),
    }

    for phase, work in phases.items():
        before = ours.metrics()
        work()
        over, longest = held(ours, before)
        table.row(f'lock over 200 µs: {phase}', over, f'({longest} µs)', 0)


def evictions(ours, count):
    """As many leases end at once."""

    conn = Connection('127.0.0.1', ours.port, timeout=120)
    before = ours.metrics()['rtalpha_registry_evictions_total']

    for first in range(0, count, BATCH):
        items = ','.join(
            (ITEM % fields(i, APPS, 'DYING', 1)).replace('36000', '3')
            for i in range(first, min(first + BATCH, count)))
        conn.ask('POST', '/eureka/peerreplication/batch/',
                 '{"replicationList":[' + items + ']}', JSON)
    wait(lambda: ours.metrics()['rtalpha_registry_evictions_total']
         >= before + count, 'all of them are evicted', 300, 0.2)


def one_size(count, args, table):
    print(f'{count} instances', flush=True)
    ours = Ours(count).start()
    empty = ours.metrics()['rtalpha_zone_free_bytes']
    before = ours.cpu()
    fill(ours.port, count, APPS, 'SERVICE')
    table.row('registered in batches',
              (ours.cpu() - before) / count * 1e6, 'µs')
    ours.settle()
    free = ours.metrics()['rtalpha_zone_free_bytes']
    table.row('memory an instance', (empty - free) / count, 'bytes', 1024)

    renew = script(RENEW, count, APPS, 'SERVICE')
    pairs = []
    for _ in range(args.pairs):
        cost = load(ours, ours.port, renew, args.seconds)
        base = load(ours, ours.plain, EMPTY, args.seconds)
        pairs.append((base / cost, cost))
    table.row('heartbeat',
              statistics.median(c for _, c in pairs) * 1e6, 'µs')
    table.row("... 'return 200' / heartbeat",
              statistics.median(r for r, _ in pairs), '', 0.6, False)
    table.row('register', load(
        ours, ours.port, script(REGISTER, count, APPS, 'SERVICE', 10 ** 12),
        args.seconds) * 1e6, 'µs')
    table.row('delta, gzip', load(
        ours, ours.port, READ % {'path': '/eureka/apps/delta'},
        args.seconds, 4) * 1e6, 'µs')

    conn = Connection('127.0.0.1', ours.port, timeout=600)
    used, begun = ours.cpu(), time.monotonic()
    status, body = conn.ask('GET', '/eureka/apps', None, GZIP)
    table.row('first full list, gzip', ours.cpu() - used, 's of CPU')
    table.row('... until it was read', time.monotonic() - begun, 's')
    table.row('... its length', len(body) / 1e6, 'MB')
    if status != 200:
        raise Failed(f'the list is answered {status}')
    table.row('full list, gzip', load(
        ours, ours.port, READ % {'path': '/eureka/apps'}, args.seconds, 2)
        * 1e6, 'µs')
    table.cost = change(ours, ours.port, count, APPS, 'SERVICE', 15) * 1e6
    table.row('a change and the next list', table.cost, 'µs')
    ours.settle()
    start_again(ours, table, count)
    locks(ours, table, count, APPS, 'SERVICE', 2)
    table.checks.clean(ours.nginx)


def one_application(count, table):
    ours = Ours(count).start()
    fill(ours.port, count, 1, 'SERVICE')
    ours.settle()
    Connection('127.0.0.1', ours.port, timeout=600).ask(
        'HEAD', '/eureka/apps', None, GZIP)
    table.row('a change, all in one application',
              change(ours, ours.port, count, 1, 'SERVICE', 15) * 1e6, 'µs')
    table.row('heartbeat, all in one application', load(
        ours, ours.port, script(RENEW, count, 1, 'SERVICE'), 2) * 1e6, 'µs')
    ours.timed()
    conn = Connection('127.0.0.1', ours.port, timeout=600)
    for what, path in (('the application', '/eureka/apps/SERVICE-0'),
                       ('the list', '/eureka/apps')):
        before = ours.metrics()
        conn.ask('HEAD', path, None, GZIP)
        over, longest = held(ours, before)
        table.row(f'lock over 200 µs: {what}', over, f'({longest} µs)', 0)
    table.checks.clean(ours.nginx)


def beside_java(args, table):
    count, apps, seconds = 10000, APPS, args.seconds
    print(f'{count} instances, beside a Java server', flush=True)
    ours = Ours(count, keep=180000)
    begun = time.monotonic()
    ours.start()
    wait(lambda: get(ours.port, '/eureka/apps').status == 200, 'it answers',
         every=0.002)
    start = time.monotonic() - begun
    java = Java(args.java, free_ports(1)[0])
    table.row('start: Java / ours', java.start / start, '', 20, False)
    results = {}

    for server in (ours, java):
        port = server.port
        fill(port, count, apps, 'SERVICE')
        found = results[server] = {}
        for name, lua, connections in (
                ('heartbeats', script(RENEW, count, apps, 'SERVICE'), 16),
                ('registrations', script(REGISTER, count, apps, 'SERVICE',
                                         10 ** 12), 16),
                ('full gzip reads', READ % {'path': '/eureka/apps'}, 8),
                ('gzip deltas', READ % {'path': '/eureka/apps/delta'}, 8)):
            load(server, port, lua, args.warm if server is java else 1,
                 connections)
            found[name] = load(server, port, lua, seconds, connections)
        found['memory'] = server.memory()

    for name, goal in (('heartbeats', 4), ('registrations', 4),
                       ('full gzip reads', 3), ('gzip deltas', None),
                       ('memory', 20)):
        table.row(f'{name}: Java / ours',
                  results[java][name] / results[ours][name], '', goal, False)
        unit = ('MB', 1e-6) if name == 'memory' else ('µs', 1e6)
        table.row('... Java', results[java][name] * unit[1], unit[0])
        table.row('... ours', results[ours][name] * unit[1], unit[0])
    java.stop()
    table.checks.clean(ours.nginx)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__.split('\n')[0])
    parser.add_argument('--sizes', default='1000,10000,100000,1000000')
    parser.add_argument('--seconds', type=int, default=3)
    parser.add_argument('--pairs', type=int, default=3)
    parser.add_argument('--warm', type=int, default=20,
                        help='seconds before a figure of the Java server')
    parser.add_argument('--java', metavar='COMMAND')
    args = parser.parse_args()

    for tool in ('wrk', 'taskset'):
        if not shutil.which(tool):
            sys.exit(f'bench needs {tool}; run: ./build.sh deps')
    checks = Checks()
    table = Table(checks)
    sizes = [int(s) for s in args.sizes.split(',') if s]
    costs = []

    for size in sizes:
        one_size(size, args, table)
        costs.append(table.cost)
    if sizes:
        one_application(sizes[-1], table)
    if args.java:
        beside_java(args, table)
    checks.done()


if __name__ == '__main__':
    main()
