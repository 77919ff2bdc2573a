#!/usr/bin/env python3
"""The config server over repositories of growing size.

    config_scale.py [--quick]

Makes repositories with 1 000, 10 000 and 100 000 files of 10 KB, in folders of
100, with 2, 20 and 200 branches that differ in one file of ten folders each,
and measures for each of them:

    mirror     seconds until the mirror has its objects
    label      milliseconds to the first answer of a label never asked for:
               the slowest
    commit     milliseconds from POST /monitor to the answer of a new commit
    new        CPU milliseconds of a worker for an answer of 200 keys that
               nobody has asked for, its files parsed
    cached     CPU microseconds for one that has been
    hits       share of answers from the cache when one of the branches gets
               a commit every 50 requests
    memory     bytes of the cache by bytes of the files that answers use
    evicted    things thrown out when the cache may hold 8 MB only
    stall      CPU milliseconds that the event loop was away at most, while
               labels are loaded, a commit comes and answers are made: the
               largest that a probe every 2 ms has met

--quick leaves out the largest.  A figure that misses its goal is marked and
the program fails.
"""

import os
import statistics
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                '../t/lib'))

from rtalpha import (Nginx, folder, free_ports, get, git,  # noqa: E402
                     request, wait, write)

SIZE, FOLDER, KEYS = 10000, 100, 200
GOALS = {'label': 2000, 'commit': 1000, 'new': 2.0, 'memory': 3.0,
         'stall': 5.0}


def yaml(app, label):
    """A file of 200 keys, 50 bytes each."""

    lines = [f'name: {app}', f'label: {label}'] + [
        f'group{i % 20}.key{i}: value {i} of {app} '
        for i in range(KEYS - 2)]
    return ''.join(line.ljust(SIZE // KEYS - 1, 'x') + '\n' if i > 1
                   else line + '\n' for i, line in enumerate(lines))


def make(path, files, labels):
    """A bare repository, by fast-import."""

    subprocess.run(['git', 'init', '-q', '--bare', '-b', 'main', path],
                   check=True)
    with subprocess.Popen(
            ['git', '-C', path, '-c', 'core.compression=1', 'fast-import',
             '--quiet'], stdin=subprocess.PIPE) as importer:
        out = importer.stdin

        def commit(branch, parent, changes):
            out.write(f'commit refs/heads/{branch}\ncommitter t <t@t> '
                      f'1700000000 +0000\ndata 1\nx\n'.encode())
            if parent:
                out.write(f'from refs/heads/{parent}\n'.encode())
            for name, text in changes:
                data = text.encode()
                out.write(f'M 100644 inline {name}\ndata {len(data)}\n'
                          .encode() + data + b'\n')

        def everything():
            for n in range(files):
                app = f'app{n // FOLDER}'
                if n % FOLDER == 0:
                    yield f'{app}/{app}.yml', yaml(app, 'main')
                else:
                    yield (f'{app}/file{n % FOLDER}.txt',
                           f'{n} '.ljust(SIZE, 'y'))

        commit('main', None, everything())
        for n in range(labels):
            commit(f'b{n}', 'main',
                   [(f'app{a}/app{a}.yml', yaml(f'app{a}', f'b{n}'))
                    for a in range(10)])
    return path


class Server(Nginx):
    def __init__(self, repo, limits=''):
        self.port, self.admin = free_ports(2)
        self.place = folder('scale')
        source = f'{self.place}/config-server.yml'
        write(source, 'spring.cloud.config.server.git:\n'
              f'  uri: {repo}\n  refresh-rate: 36000\n'
              "  search-paths: ['{application}']\n"
              f'rtalpha.config:\n  monitor.unauthenticated: true\n{limits}')
        super().__init__(f'''
    rtalpha_zone 512m;
    rtalpha_state {self.place}/state;
    server {{
        listen 127.0.0.1:{self.port};
        keepalive_requests 1000000;
        location / {{ rtalpha_config_server settings=file:{source}; }}
    }}
    server {{
        listen 127.0.0.1:{self.admin};
        location / {{ rtalpha_admin; }}
        location = /probe {{ return 200; }}
    }}
''', workers=1)

    def ask(self, app, label, tail=''):
        answer = get(self.port, f'/app{app}/default/{label}{tail}',
                     timeout=120)
        if answer.status != 200:
            raise SystemExit(f'{answer.status}: {answer.text()}')
        return answer.body

    def metric(self, name):
        for line in get(self.admin, '/_rtalpha/metrics').text().split('\n'):
            if line.startswith(name):
                return float(line.rsplit(' ', 1)[1])
        return 0.0

    def cpu(self):
        """Nanoseconds of the event loop's thread."""

        pid, = self.workers()
        with open(f'/proc/{pid}/task/{pid}/schedstat', encoding='ascii') as f:
            return int(f.read().split()[0])


class Stall(threading.Thread):
    """What the event loop computes while a probe waits for it."""

    def __init__(self, server):
        super().__init__(daemon=True)
        pid, = server.workers()
        self.path = f'/proc/{pid}/task/{pid}/schedstat'
        self.port, self.over = server.admin, threading.Event()
        self.seen = []

    def cpu(self):
        with open(self.path, encoding='ascii') as f:
            return int(f.read().split()[0])

    def run(self):
        while not self.over.wait(0.002):
            before = self.cpu()
            get(self.port, '/probe', timeout=60)
            self.seen.append((self.cpu() - before) / 1e6)

    def stop(self):
        self.over.set()
        self.join()
        return max(self.seen)


def measure(files, labels):
    repo = make(f"{folder('repo')}/r.git", files, labels)
    apps = min(files // FOLDER, 10)
    server = Server(repo)
    row = {'files': files, 'labels': labels}

    start = time.monotonic()
    server.start(server.port)
    server.ask(0, 'main')
    row['mirror'] = time.monotonic() - start

    stall = Stall(server)
    stall.start()
    times = []
    for n in range(labels):
        start = time.monotonic()
        server.ask(n % apps, f'b{n}')
        times.append(1000 * (time.monotonic() - start))
    row['label'] = max(times)
    row['median'] = statistics.median(times)
    for n in range(labels):
        for app in range(apps):
            server.ask(app, f'b{n}')

    row['memory'] = server.metric('rtalpha_config_cache_bytes') / (
        (labels * apps + 1) * SIZE)
    row['commit'] = commit(server, repo)
    row['hits'] = hits(server, repo, labels, apps)
    row['stall'] = stall.stop()
    row['new'] = cost(server, lambda n: server.ask(0, 'b0', f'?n={n}')) / 1e6
    row['cached'] = cost(server, lambda n: server.ask(0, 'b0')) / 1e3
    server.stop()
    row['evicted'] = evict(repo, labels, apps)
    return row


def change(repo, label, text):
    """A commit in a bare repository that changes app0."""

    work = folder('work')
    git(work, 'clone', '-q', '--no-checkout', '-b', label, repo, '.')
    git(work, 'reset', '-q')
    write(f'{work}/app0/app0.yml', yaml('app0', text))
    git(work, 'add', 'app0/app0.yml')
    git(work, 'commit', '-q', '-m', text)
    git(work, 'push', '-q', 'origin', label)


def commit(server, repo):
    change(repo, 'b1', 'changed')
    start = time.monotonic()
    request(server.port, 'POST', '/monitor', {'path': '*'})
    wait(lambda: b'"changed"' in server.ask(0, 'b1'), 'the commit', 30, 0.002)
    return 1000 * (time.monotonic() - start)


def hits(server, repo, labels, apps):
    """Requests for all labels while one of them changes."""

    cached = 'rtalpha_config_requests_total{result="cached"}'
    before, asked = server.metric(cached), 0
    for n in range(5):
        change(repo, 'b0', f'round {n}')
        request(server.port, 'POST', '/monitor', {'path': '*'})
        for k in range(50):
            server.ask(k % apps, f'b{k % labels}')
            asked += 1
    return (server.metric(cached) - before) / asked


def cost(server, ask, times=500):
    before = server.cpu()
    for n in range(times):
        ask(n)
    return (server.cpu() - before) / times


def evict(repo, labels, apps):
    server = Server(repo, '  limits.cache-size: 8MB\n')
    server.start(server.port)
    for n in range(labels):
        for app in range(apps):
            if f'"name":"app{app}"'.encode() not in server.ask(app, f'b{n}'):
                raise SystemExit('a wrong answer under the limit')
    size = server.metric('rtalpha_config_cache_bytes')
    if size > 8 * 1024 * 1024:
        raise SystemExit(f'{size} bytes in a cache of 8 MB')
    evicted = server.metric('rtalpha_config_cache_evicted')
    server.stop()
    return evicted


def main():
    sizes = [(1000, 2), (10000, 20), (100000, 200)]
    if '--quick' in sys.argv:
        sizes = sizes[:2]
    columns = [('files', 7, 0), ('labels', 6, 0), ('mirror', 7, 1),
               ('label', 7, 0), ('median', 7, 0), ('commit', 7, 0),
               ('new', 6, 2), ('cached', 7, 0), ('hits', 5, 2),
               ('memory', 7, 2), ('evicted', 8, 0), ('stall', 6, 1)]
    print(' '.join(name.rjust(width) for name, width, _ in columns))
    missed = []
    for files, labels in sizes:
        row = measure(files, labels)
        print(' '.join(f'{row[name]:{width}.{digits}f}'
                       for name, width, digits in columns), flush=True)
        missed += [f'{name} at {files} files: {row[name]:.2f}, at most {goal}'
                   for name, goal in GOALS.items() if row[name] > goal]
    for line in missed:
        print(f'missed: {line}')
    sys.exit(1 if missed else 0)


main()
