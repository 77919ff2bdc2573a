#!/usr/bin/env python3
"""CPU time per request of our answers, in ratios to bare nginx.

    bench.py [--pairs N] [--seconds S] [NAME ...]
    bench.py --instructions [--keep] [NAME ...]

Short answers are compared with "return 200" of the same bytes, the registry's
long one with the same bytes in one shared buffer (bench/buffer), the gateway
with proxy_pass.  One nginx worker is pinned to the first core; wrk, and the server behind the
gateway, to the second.  Runs of ours and of the base alternate, each pair
gives a ratio of CPU time per request (base / ours, from the worker's
/proc/PID/schedstat), and the median of all pairs is printed: 1.00 costs as
much as bare nginx, 0.50 twice as much.  Rates are not compared: on a busy
machine they differ more than what is to be measured.

--instructions counts user-space instructions per request with callgrind,
which repeat to about 0.1 %, and compares them with those kept in
bench/instructions.txt: growth of more than 3 % fails.  --keep writes the file.
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '../t/lib'))

import rtalpha  # noqa: E402
from rtalpha import (Checks, Nginx, System, folder, free_ports,  # noqa: E402
                     get, request, wait, write)

KEPT = os.path.join(HERE, 'instructions.txt')
GROWTH = 0.03
INSTANCES = 1000
LOAD = f'load_module {os.environ["BENCH_MODULE"]};'
MAIN = f'worker_cpu_affinity 01; {LOAD}'

PUT = 'wrk.method = "PUT"\nwrk.headers["Content-Length"] = "0"\n'
JSON = 'wrk.headers["Accept"] = "application/json"\n'


# routes in a table, the last of which is asked for; and all there is to ask of
# a request, with five edits of headers
TABLES = ('1', '10000', '100000', 'conditions')

CONDITIONS = '''
rtalpha.gateway.routes.all:
  host: "**.0.1"
  path: "/svc/**"
  methods: [GET, POST]
  headers: {User-Agent: "*", Accept: ".*json"}
  query: {q: "a|b"}
  cookies: {c: "[0-9]+"}
  remote: 127.0.0.0/8
  after: "2020-01-01T00:00:00Z"
  url: BACK
  strip: 1
  filters:
  - AddRequestHeader=X-A, a
  - SetRequestHeader=X-B, b
  - RemoveRequestHeader=X-C
  - AddResponseHeader=X-D, d
  - RemoveResponseHeader=Server
'''

CONDITION_HEADERS = ('wrk.headers["User-Agent"] = "wrk"\n'
                     'wrk.headers["Accept"] = "application/json"\n'
                     'wrk.headers["Cookie"] = "c=1"\n')


class Case:
    """Something of ours and what it is compared with, by port and path."""

    def __init__(self, name, goal, ours, base, script='', method='GET'):
        self.name, self.goal, self.script = name, goal, script
        self.ours, self.base, self.method = ours, base, method


class Bench:
    """All that is measured, in one nginx."""

    refresh = 1
    names = TABLES

    def __init__(self):
        self.dir = folder('bench')
        self.plain, self.back, *self.many = free_ports(2 + len(self.names))
        self.backend = Nginx(f'''
    keepalive_requests 1000000;
    server {{
        listen 127.0.0.1:{self.back};
        location / {{ return 200 "{'x' * 500}"; }}
    }}''', main='worker_cpu_affinity 10;', workers=1)
        self.body = os.path.join(self.dir, 'plain.conf')
        self.apps = os.path.join(self.dir, 'apps.json')
        write(self.body, '')
        files = {
            'application.yml': ''.join(
                f'shared.key{i}: a value of some length, number {i}\n'
                for i in range(18)),
            'bench.yml': ''.join(
                f'own.key{i}: another value of some length, {i}\n'
                for i in range(18)),
            'api-gateway.yml': 'zuul:\n  routes:\n    svc: /svc/**\n',
        }
        tables = ''
        for (name, text), port in zip(self.tables(), self.many):
            write(os.path.join(self.dir, f'{name}.yml'), text)
            tables += f'''
    server {{
        listen 127.0.0.1:{port};
        include {rtalpha.ROOT}/conf/rtalpha_server.conf;
        location / {{
            rtalpha_gateway settings=file:{self.dir}/{name}.yml;
        }}
    }}
'''
        self.system = System(files, workers=1, refresh=self.refresh,
                             zone='512m',
                             main=MAIN, extra=f'''
    keepalive_requests 1000000;

    upstream bare {{
        server 127.0.0.1:{self.back};
        keepalive 128;
        keepalive_requests 1000000;
    }}

    server {{
        listen 127.0.0.1:{self.plain};
        include {self.body};
        default_type application/json;

        location = /empty {{ return 200; }}

        location /svc/ {{
            proxy_pass http://bare/;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }}

    }}
{tables}
''')

    def tables(self):
        """Trees of many routes, and one with all conditions."""

        back = f'http://127.0.0.1:{self.back}'
        for name in self.names:
            if name == 'conditions':
                yield name, CONDITIONS.replace('BACK', back)
            else:
                yield name, 'zuul:\n  routes:\n' + ''.join(
                    f'    r{i}: "/svc{i}/**={back}"\n'
                    for i in range(int(name)))

    def start(self):
        self.backend.start(self.back)
        self.system.start()
        self.populate()
        self.copy_answers()

    def populate(self):
        s = self.system

        for i in range(INSTANCES):
            s.register(f'app{i % 50}', 10000 + i, f'host-{i}:{10000 + i}',
                       durationInSecs=3600)
        s.register('svc', self.back, durationInSecs=3600)
        wait(lambda: get(s.gateway, '/svc/').status == 200,
             'the gateway knows the service', 60)

    def copy_answers(self):
        """The same bytes, from nginx itself."""

        s = self.system
        config = get(s.config, '/bench/default').text()
        apps = get(s.registry, '/eureka/apps',
                   headers={'Accept': 'application/json'}).body

        with open(self.apps, 'wb') as f:
            f.write(apps)
        quoted = config.replace('\\', '\\\\').replace("'", "\\'")
        write(self.body,
              f"location = /config {{ return 200 '{quoted}'; }}\n"
              f'location = /apps {{ bench_buffer {self.apps}; }}\n')
        s.nginx.reload()
        wait(lambda: get(self.plain, '/config').text() == config,
             'nginx gives the same bytes')
        self.sizes = {'config': len(config), 'apps': len(apps)}

    def cases(self):
        s = self.system
        return [
            Case('config answer', 0.85, (s.config, '/bench/default'),
                 (self.plain, '/config')),
            Case('registry apps', 0.85, (s.registry, '/eureka/apps'),
                 (self.plain, '/apps'), JSON),
            Case('heartbeat', 0.60, (s.registry, '/eureka/apps/APP7/'
                                     'host-7:10007'),
                 (self.plain, '/empty'), PUT, 'PUT'),
            Case('gateway', 0.95, (s.gateway, '/svc/'),
                 (self.plain, '/svc/')),
        ] + [
            Case(f'{name} routes', 0.94, (port, f'/svc{int(name) - 1}/'),
                 (self.plain, '/svc/'))
            for name, port in zip(self.names, self.many)
            if name.isdigit()
        ] + [
            Case('conditions', 0.90, (self.many[-1], '/svc/?q=a'),
                 (self.plain, '/svc/'), CONDITION_HEADERS)
        ]

    def stop(self, checks):
        checks.clean(self.system.nginx)
        checks.clean(self.backend)


def cpu_time(pid):
    """Seconds of CPU that all threads of a process have used."""

    total = 0
    for task in os.listdir(f'/proc/{pid}/task'):
        with open(f'/proc/{pid}/task/{task}/schedstat',
                  encoding='ascii') as f:
            total += int(f.read().split()[0])
    return total / 1e9


def load(bench, where, script, seconds):
    """One run of wrk; returns CPU seconds of nginx's worker per request."""

    port, path = where
    lua = os.path.join(bench.dir, 'wrk.lua')
    write(lua, script)
    worker = bench.system.nginx.workers()[0]
    before = cpu_time(worker)
    out = subprocess.run(
        ['taskset', '-c', '1', 'wrk', '-t1', '-c16', f'-d{seconds}s', '-s',
         lua, f'http://127.0.0.1:{port}{path}'],
        stdout=subprocess.PIPE, check=True).stdout.decode()
    used = cpu_time(worker) - before
    done = int(re.search(r'(\d+) requests in', out).group(1))

    if 'Non-2xx' in out or 'Socket errors' in out or not done:
        raise rtalpha.Failed(f'{path}: {out}')
    return used / done


def ratios(bench, case, pairs, seconds):
    found, ours, base = [], [], []
    load(bench, case.ours, case.script, 1)
    load(bench, case.base, case.script, 1)

    for n in range(pairs):
        order = (case.ours, case.base) if n % 2 else (case.base, case.ours)
        cost = {w: load(bench, w, case.script, seconds) for w in order}
        ours.append(cost[case.ours])
        base.append(cost[case.base])
        found.append(cost[case.base] / cost[case.ours])

    return (statistics.median(found), min(found), max(found),
            statistics.median(ours) * 1e6, statistics.median(base) * 1e6)


def measure(args, checks):
    for tool in ('wrk', 'taskset'):
        if not shutil.which(tool):
            sys.exit(f'bench needs {tool}; run: ./build.sh deps')
    bench = Bench()
    bench.start()
    print(f'config answer {bench.sizes["config"]} bytes, registry apps of '
          f'{INSTANCES} instances {bench.sizes["apps"]} bytes; '
          f'{args.pairs} pairs of {args.seconds} s')
    print(f'{"":16}{"ratio":>7}{"min":>7}{"max":>7}{"goal":>7}'
          f'{"ours µs":>10}{"nginx µs":>10}')

    for case in bench.cases():
        if args.names and not any(n in case.name for n in args.names):
            continue
        ratio, low, high, ours, base = ratios(bench, case, args.pairs,
                                              args.seconds)
        print(f'{case.name:16}{ratio:7.2f}{low:7.2f}{high:7.2f}'
              f'{case.goal:7.2f}{ours:10.2f}{base:10.2f}', flush=True)
        checks.ok(ratio >= case.goal, f'{case.name}: {ratio:.2f} is below '
                                      f'{case.goal}')
    bench.stop(checks)

    if not args.names or 'memory' in args.names:
        memory(checks)


def memory(checks):
    """Private memory of a worker for each route of a table."""

    used = []
    for count in (1, 100000):
        where = folder('memory')
        write(os.path.join(where, 'zuul.yml'), 'zuul:\n  routes:\n' + ''.join(
            f'    r{i}: "/svc{i}/**=app{i % 1000}"\n'
            for i in range(count)))
        nginx = Nginx(f'''
    rtalpha_zone 512m;
    rtalpha_state {where}/state;
    include {rtalpha.ROOT}/conf/rtalpha_http.conf;
    server {{
        listen 127.0.0.1:{free_ports(1)[0]};
        include {rtalpha.ROOT}/conf/rtalpha_server.conf;
        location / {{ rtalpha_gateway settings=file:{where}/zuul.yml; }}
    }}''', workers=1)
        nginx.start()
        pid = wait(lambda nginx=nginx: nginx.workers(), 'a worker', 60)[0]

        def private(pid=pid):
            with open(f'/proc/{pid}/smaps_rollup', encoding='ascii') as f:
                return sum(int(line.split()[1]) for line in f
                           if line.startswith('Private_'))

        wait(lambda nginx=nginx, n=count: f'{n} routes of' in
             nginx.log_text(), 'the routes are there', 60)
        used.append(private() * 1024)
        nginx.stop()
    each = (used[1] - used[0]) / 100000
    print(f'a route takes {each:.0f} bytes of a worker (goal 1024)')
    checks.ok(each <= 1024, 'a route takes at most 1 KB of a worker', each)


def ask(port, path, method, count):
    """Requests on one connection."""

    import http.client
    conn = http.client.HTTPConnection('127.0.0.1', port, timeout=60)
    for _ in range(count):
        conn.request(method, path, headers={
            'Accept': 'application/json',
            **({'User-Agent': 'bench', 'Cookie': 'c=1'}
               if '?' in path else {})})
        answer = conn.getresponse()
        answer.read()
        if answer.status != 200:
            raise rtalpha.Failed(f'{path}: status {answer.status}')
    conn.close()


class Callgrind(Bench):
    """The same with nginx under callgrind, which controls one process only:
    after the answers were copied, nginx runs without a master.

    Only the thread of the event loop is counted, the repository is left in
    peace, and what timers cost meanwhile is measured without requests and
    taken off: so the figures of two runs differ by less than 1 %."""

    refresh = 3600
    names = ('1', '10000', 'conditions')

    def start(self):
        super().start()
        nginx = self.system.nginx
        nginx.stop()
        nginx.configure(nginx.http, f'master_process off; {LOAD}', 1)
        nginx.command = ['valgrind', '--tool=callgrind', '-q',
                         '--separate-threads=yes',
                         f'--callgrind-out-file={self.dir}/callgrind.out']
        self.system.start()
        self.populate()
        self.idle = self.measure_idle(4)

    def measure_idle(self, seconds):
        """Instructions of a second in which nobody asks for anything."""

        self.control('-z')
        begin = time.monotonic()
        time.sleep(seconds)
        return self.dump() / (time.monotonic() - begin)

    def count(self, where, method, requests):
        """Instructions of nginx for a request."""

        ask(where[0], where[1], method, 200)
        self.control('-z')
        begin = time.monotonic()
        ask(where[0], where[1], method, requests)
        spent = time.monotonic() - begin
        return (self.dump() - self.idle * spent) / requests

    def control(self, option):
        subprocess.run(['callgrind_control', option,
                        str(self.system.nginx.pid)],
                       stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, check=True)

    def dump(self):
        before = set(os.listdir(self.dir))
        self.control('-d')

        def written():
            for name in set(os.listdir(self.dir)) - before:
                if not name.endswith('-01'):
                    continue            # another thread
                with open(os.path.join(self.dir, name),
                          encoding='utf-8') as f:
                    found = re.search(r'^(?:totals|summary): (\d+)', f.read(),
                                      re.M)
                if found:
                    return int(found.group(1))
            return None

        return wait(written, 'callgrind writes its counts', 30)


def kept():
    try:
        with open(KEPT, encoding='utf-8') as f:
            lines = [line.split('\t') for line in f
                     if not line.startswith('#')]
        return {name: int(count) for name, count in lines}
    except OSError:
        return {}


def instructions(args, checks):
    if not shutil.which('valgrind'):
        sys.exit('bench --instructions needs valgrind; run: ./build.sh deps')
    bench, before, now = Callgrind(), kept(), kept()
    bench.start()
    print(f'{"":16}{"instructions":>14}{"kept":>10}{"growth":>9}'
          f'{"above nginx":>13}')

    for case in bench.cases():
        if args.names and not any(n in case.name for n in args.names):
            continue
        counts = [round(statistics.median(
                      bench.count(w, case.method, 400) for _ in range(3)))
                  for w in (case.ours, case.base)]
        was = before.get(case.name)
        growth = counts[0] / was - 1 if was else 0
        now[case.name] = counts[0]
        print(f'{case.name:16}{counts[0]:14}{was or "-":>10}{growth:9.1%}'
              f'{counts[0] - counts[1]:13}', flush=True)
        checks.ok(growth <= GROWTH,
                  f'{case.name}: {counts[0]} instructions, {was} kept')
        if case.name == 'gateway':
            checks.ok(counts[0] - counts[1] <= 3000,
                      'the gateway costs at most 3 000 instructions more '
                      'than proxy_pass', counts[0] - counts[1])
    bench.stop(checks)

    if args.keep:
        write(KEPT, '# Instructions per request, written by '
                    './build.sh bench --instructions --keep\n'
              + ''.join(f'{k}\t{v}\n' for k, v in sorted(now.items())))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--instructions', action='store_true')
    parser.add_argument('--keep', action='store_true')
    parser.add_argument('--pairs', type=int, default=10)
    parser.add_argument('--seconds', type=int, default=2)
    parser.add_argument('names', nargs='*')
    args = parser.parse_args()
    checks = Checks()
    try:
        (instructions if args.instructions else measure)(args, checks)
    except rtalpha.Failed as e:
        checks.ok(False, str(e))
    checks.done()


if __name__ == '__main__':
    main()
