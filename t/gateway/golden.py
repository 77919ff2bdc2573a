#!/usr/bin/env python3
"""Recorded answers of Zuul and Spring Cloud Gateway, replayed against ours.

usage: golden.py [-v] [SET-UP ...]      such as scg-filters; all by default

Each set-up's own file is the settings, unchanged.  A case passes as it was
recorded, or with the differences that t/golden/gateway/deviations.jsonl gives
it, with the class and the reason beside them: what is listed there and
passes as recorded all the same is a failure, too.

The set-ups name the addresses of their backends, so that only one replay
can run on a machine: others wait for it.
"""

import argparse
import copy
import fcntl
import json
import lzma
import os
import socket
import subprocess
import sys
import tempfile

from rtalpha import Nginx, ROOT, free_ports, wait

HERE = os.path.join(ROOT, 't/golden/gateway')
sys.path.insert(0, HERE)

import check                                            # noqa: E402

# policies that need their own part of the gateway: rate limits, caches
LATER = ('scg-ratelimit', 'scg-cache')

# what the recording application answered itself: targets of forward:
#
# There it gave way to a catch-all route, while nginx's locations come first:
# a set-up with such a route and no forward: is better off without.
CATCH_ALL = ('zuul-ignore-all',)

LOCAL = '''
        location ~ ^/(local|fallback)(/|$) {
            default_type application/json;
            return 200 '{"local":"$uri","query":$query_text,"method":"$request_method"}';
        }
'''


def gateway(setup, port):
    conf = os.path.join(ROOT, 'conf')
    nginx = Nginx('')
    nginx.configure(f'''
    rtalpha_zone  32m;
    rtalpha_state {nginx.dir}/state;
    merge_slashes off;
    underscores_in_headers on;
    large_client_header_buffers 4 16k;
    include       {conf}/rtalpha_http.conf;
    map $args $query_text {{
        ''      null;
        default '"$args"';
    }}

    server {{
        listen  127.0.0.1:{port};
        include {conf}/rtalpha_server.conf;
        location / {{
            rtalpha_gateway settings=file:{HERE}/setups/{setup}.yml;
        }}
{'' if setup in CATCH_ALL else LOCAL}
    }}
''', workers=1)
    return nginx.start(port)


def cases(setup):
    name = os.path.join(HERE, f'open-{setup}.jsonl.xz')
    with lzma.open(name, 'rt', encoding='utf-8') as lines:
        return [json.loads(line) for line in lines if line.strip()]


def deviations():
    """{case id: {"class", "why", "set": {"step.path": value}}}"""

    found = {}
    with open(os.path.join(HERE, 'deviations.jsonl'),
              encoding='utf-8') as lines:
        for line in lines:
            if line.strip():
                entry = json.loads(line)
                found[entry['id']] = entry
    return found


def put(node, path, value):
    """Sets one member of an expectation; null takes it out."""

    *way, last = path
    for name in way:
        node = node[int(name) if isinstance(node, list) else name]
    if isinstance(node, list):
        last = int(last)
        if last == len(node):
            node.append(value)
        elif value is None:
            del node[last]
        else:
            node[last] = value
    elif value is None:
        node.pop(last, None)
    else:
        node[last] = value


def ours(case, entry):
    """The case with the answer that our rule gives."""

    case = copy.deepcopy(case)
    for path, value in entry['set'].items():
        number, *way = path.split('/')
        put(case['steps'][int(number)]['expect'], way, value)
    return case


def replay(case, base, nonce):
    """Differences, as a list of texts."""

    bad = []
    for number, step in enumerate(case['steps']):
        try:
            got = check.observe(base, check.CONTROL, step,
                                f'{nonce}.{number}', nonce)
        except OSError as e:
            return bad + [f'step {number + 1}: {e}']
        bad += [f'step {number + 1}: {text}' for text in
                check.differences(step.get('expect'), got, False)]
    return bad


class Replay:
    def __init__(self, verbose):
        self.verbose = verbose
        self.deviations = deviations()
        self.passed = self.failed = self.deviating = 0

    def judge(self, case, base):
        entry = self.deviations.get(case['id'])
        want = ours(case, entry) if entry else case
        bad = replay(want, base, check.run_nonce())

        if not bad and entry and want == case:
            bad = ['is listed as a deviation and changes nothing']
        if not bad:
            self.passed += 1
            self.deviating += bool(entry)
            return
        self.failed += 1
        print(f'FAIL {case["id"]}  ({case.get("why", "")})'
              + (' quirk' if case.get('quirk') else '')
              + (f' [{entry["class"]}]' if entry else ''))
        for text in bad:
            print('      ' + text)

    def run(self, setup):
        before = self.passed, self.failed, self.deviating
        port = free_ports(1)[0]
        nginx = gateway(setup, port)
        try:
            for case in cases(setup):
                self.judge(case, ('127.0.0.1', port))
        finally:
            bad = nginx.stop()
        for line in bad[:5]:
            print(f'FAIL {setup}: {line}')
        self.failed += bool(bad)
        if self.verbose:
            print('%-24s %4d passed (%d of them by our rule), %d failed' % (
                setup, self.passed - before[0],
                self.deviating - before[2], self.failed - before[1]),
                flush=True)


def backends():
    echo = subprocess.Popen([sys.executable, os.path.join(HERE, 'echo.py')])
    wait(lambda: socket.create_connection(('127.0.0.1', 18080), 1).close()
         or True, 'the backends listen')
    return echo


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('-v', action='store_true')
    parser.add_argument('setups', nargs='*')
    args = parser.parse_args()

    names = args.setups or sorted(
        name[:-4] for name in os.listdir(os.path.join(HERE, 'setups'))
        if name[:-4] not in LATER)
    lock = open(os.path.join(tempfile.gettempdir(), 'rtalpha-golden.lock'),
                'w', encoding='ascii')
    fcntl.flock(lock, fcntl.LOCK_EX)
    run = Replay(args.v)
    echo = backends()
    try:
        for name in names:
            run.run(name)
    finally:
        echo.terminate()
        echo.wait()
    print(f'{run.passed} passed, {run.failed} failed')
    sys.exit(0 if run.passed and not run.failed else 1)


if __name__ == '__main__':
    main()
