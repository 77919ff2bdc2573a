#!/usr/bin/env python3
"""Recorded answers of the stock Eureka server, replayed against the registry:
every scenario of t/golden/eureka/open under the settings of its set-up, what
is replicated to a peer, and what a peer sends.  The set-ups run side by side:
one of them waits for a cache of 30 seconds.
"""

import os
import subprocess
import sys
import threading

from rtalpha import Checks, Nginx, ROOT, folder, free_ports, write

TOOLS = os.path.join(ROOT, 't/golden/eureka')

# what the stock server's habits are switched on with: see docs/deviations.md
SETTINGS = {
    'single': '',
    'single-defaults':
        'eureka.server.use-read-only-response-cache: true\n',
    'fast-evict':
        'eureka.server:\n'
        '  enable-self-preservation: false\n'
        '  eviction-interval-timer-in-ms: 1000\n'
        'rtalpha.registry.compat: {double-lease: true, '
        'eviction-share: 0.15}\n',
    'peer':
        'eureka.client.service-url.defaultZone: '
        'http://127.0.0.1:%d/eureka/\n'
        'eureka.server.peer-node-read-timeout-ms: 2000\n'
}


def registry(settings, port):
    place = folder('golden')
    source = os.path.join(place, 'registry.yml')
    write(source, settings)
    nginx = Nginx(f'''
    rtalpha_zone 64m;
    rtalpha_state {place}/state;
    client_max_body_size 8m;

    server {{
        listen 127.0.0.1:{port};
        location / {{ rtalpha_registry settings=file:{source}; }}
    }}
''')
    return nginx.start(port)


def run(results, name, tool, *args, env=None):
    done = subprocess.run(
        [sys.executable, os.path.join(TOOLS, tool), *map(str, args)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env={**os.environ, **(env or {})})
    results[name] = done.stdout
    return done.returncode


def scenarios(results, setup, port):
    nginx = registry(SETTINGS[setup], port)
    run(results, setup, 'check.py', '--base', f'http://127.0.0.1:{port}',
        '--setup', setup)
    results[setup, 'log'] = nginx.stop()


def peer(results, base, port):
    nginx = registry(SETTINGS['peer'] % port, base)
    run(results, 'peer', 'peer_stub.py', 'check', '--base',
        f'http://127.0.0.1:{base}', '--port', port,
        env={'PEER_QUIET': '0.8'})
    run(results, 'accept', 'peer_stub.py', 'accept', '--base',
        f'http://127.0.0.1:{base}')
    results['peer', 'log'] = nginx.stop()


def main():
    results, checks, ports = {}, Checks(), free_ports(5)
    threads = [threading.Thread(target=scenarios, args=(results, setup, port))
               for setup, port in zip(
                   ('single', 'single-defaults', 'fast-evict'), ports)]
    threads.append(threading.Thread(target=peer, args=(results, *ports[3:])))

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    for name, output in results.items():
        if isinstance(name, tuple):
            checks.ok(not output, f'{name[0]}: nothing bad in the log',
                      output[:3])
            continue

        words = output.strip().split('\n')[-1].split()
        if len(words) != 4 or not words[0].isdigit():
            checks.ok(False, f'{name}: {output[-500:]}')
            continue

        checks.passed += int(words[0])
        if int(words[2]):
            checks.failed += int(words[2])
            print(f'{name}:\n{output}')

    checks.ok(len(results) == 9, 'every set-up has been run', list(results))
    checks.done()


if __name__ == '__main__':
    main()
