#!/usr/bin/env python3
"""./build.sh run, as somebody would use it who sees it for the first time.

Every line that it tells the reader to type is typed, in order, and Ctrl-C
must leave nothing behind.
"""

import glob
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                '../lib'))

from rtalpha import ROOT, Checks, Failed, free_ports, wait  # noqa: E402

PORTS = (8888, 8761, 8080, 8090, 8101, 8102)
COMMAND = re.compile(r'^ +((?:curl|cd|sed|git|sleep|kill) .*)$')

# what is typed last of each kind, and what must come back
EXPECTED = (
    (r'curl http\S+/pms/dev$', r'"product\.limit":5\b'),
    (r'curl -H .*/eureka/apps$', r'"PMS"'),
    (r'curl http\S+/pms/hello$', r'"says": "Hello from Projects".*"/pms"'),
    (r'.*curl http\S+/pms/default$', r'"greeting":"Good day"'),
    (r'.*curl http\S+/projects/hello$', r'"calledBelow": "/projects"'),
    (r'curl http\S+/ems/hello$', r'"service": "ums"'),
    (r'curl http\S+\.xml$', r'<configuration>'),
    (r'.*curl -i http\S+/projects/hello$', r'^HTTP/1\.1 503 '),
)


class Run:
    def __init__(self, offset):
        self.lines, self.times = [], []
        # in a session of its own, so that the signal goes where Ctrl-C would
        self.process = subprocess.Popen(
            [os.path.join(ROOT, 'build.sh'), 'run', f'--offset={offset}'],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.times.append(time.monotonic())
            self.lines.append(line.decode().rstrip('\n'))

    def running(self):
        if self.process.poll() is not None:
            raise Failed('run ended: ' + '\n'.join(self.lines[-5:]))
        return 'Ctrl-C stops everything.' in self.lines

    def seconds(self):
        """From the end of the build until everything answered."""

        return (self.times[self.lines.index('rtalpha is running.')]
                - max(t for t, line in zip(self.times, self.lines)
                      if line.startswith(('built ', 'build/'))))

    def interrupt(self):
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(20)


def offset():
    """How far to move the demo's ports so that all are free."""

    for _ in range(100):
        base = free_ports(1)[0]
        if base < 20000 or base > 31000:
            base = 20000
        try:
            for port in PORTS:
                with socket.socket() as sock:
                    sock.bind(('127.0.0.1', base - 8000 + port))
            return base - 8000
        except OSError:
            continue
    raise Failed('no free ports')


def folders():
    return set(glob.glob('/tmp/rtalpha-run-*'))


def type_all(checks, lines):
    """Types what is printed, each line in the folder of the last "cd"."""

    where, missing = ROOT, list(EXPECTED)

    for line in lines:
        match = COMMAND.match(line)
        if not match:
            continue
        command = match.group(1)
        if command.startswith('cd '):
            where = command[3:]
            continue
        done = subprocess.run(
            ['bash', '-c', command], cwd=where, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out = done.stdout.decode()
        checks.equal(done.returncode, 0, command)
        for pattern in missing[:]:
            if re.match(pattern[0], command):
                missing.remove(pattern)
                checks.ok(re.search(pattern[1], out, re.S | re.M), command,
                          out[:300])

    checks.ok(not missing, 'every line was there to be typed', missing)


def main():
    checks, before = Checks(), folders()
    moved = offset()
    run = Run(moved)

    try:
        wait(run.running, 'the demo runs', 120)
        checks.ok(run.seconds() <= 2, 'ready within 2 s of the build',
                  run.seconds())
        type_all(checks, run.lines)
        second(checks, moved)
    except Failed as e:
        checks.ok(False, str(e))
    finally:
        status = run.interrupt()

    checks.equal(status, 0, 'Ctrl-C is a normal end')
    checks.equal(folders() - before, set(), 'no folder is left')
    for port in PORTS:
        with socket.socket() as sock:
            checks.ok(sock.connect_ex(('127.0.0.1', moved + port)) != 0,
                      f'nobody listens on {moved + port} any more')
    checks.done()


def second(checks, moved):
    """A second demo on the same ports says so in one line."""

    run = Run(moved)
    wait(lambda: run.process.poll() is not None, 'the second one ends', 60)
    wait(lambda: run.lines and 'taken' in run.lines[-1], 'it says why', 5)
    checks.equal((run.process.returncode, run.lines[-1]),
                 (1, f'build.sh: port {moved + 8888} is taken; free it, or '
                     'move all ports: ./build.sh run --offset=10000'),
                 'a taken port')


if __name__ == '__main__':
    main()
