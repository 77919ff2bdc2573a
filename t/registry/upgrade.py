#!/usr/bin/env python3
"""A binary upgrade (SIGUSR2): both masters serve, the journal is handed
over, and nothing that was on disk is lost."""

import atexit
import os
import signal
import subprocess

from persist import Registry
from rtalpha import BINARY, BAD_LOG, Checks, wait, write


def pid_in(path):
    try:
        with open(path, encoding='ascii') as f:
            return int(f.read())
    except (OSError, ValueError):
        return 0


def gone(pid):
    """Has it ended (or is it waiting to be seen to have)."""

    try:
        with open(f'/proc/{pid}/stat', encoding='ascii') as f:
            return f.read().rsplit(')', 1)[1].split()[0] == 'Z'
    except OSError:
        return True


class Daemon(Registry):
    """nginx upgrades only as a daemon, which is nobody's child."""

    def begin(self):
        with open(self.conf, encoding='utf-8') as f:
            write(self.conf, f.read().replace('daemon off;', 'daemon on;'))
        subprocess.run([BINARY, '-p', self.dir, '-c', self.conf, '-e',
                        self.log], check=True, stdin=subprocess.DEVNULL)
        atexit.register(self.end)
        wait(lambda: self.apps() is not None, 'nginx starts', 30)
        return self

    def end(self):
        for path in (self.pidfile, self.pidfile + '.oldbin'):
            pid = pid_in(path)
            if pid and not gone(pid):
                os.kill(pid, signal.SIGQUIT)
                wait(lambda: gone(pid), 'nginx ends', 30)


def main():
    checks = Checks()
    reg = Daemon().begin()
    old = pid_in(reg.pidfile)

    for i in range(200):
        reg.register(f'APP{i % 5}', f'i{i}', durationInSecs=600)
    reg.saved()

    os.kill(old, signal.SIGUSR2)
    wait(lambda: pid_in(reg.pidfile) not in (0, old), 'another master', 60)
    checks.equal(pid_in(reg.pidfile + '.oldbin'), old, 'beside the old one')
    checks.equal(len(reg.apps()), 200, 'both know what was on disk')

    os.kill(old, signal.SIGQUIT)
    checks.comes(lambda: gone(old), 'the old master ends', 60)
    checks.equal(len(reg.apps()), 200, 'the new one goes on')

    for i in range(50):
        reg.register('LATER', f'l{i}', durationInSecs=600)
    checks.equal(reg.renew('APP1', 'i1'), 200, 'with heartbeats')
    reg.saved()
    checks.ok(True, 'it writes the journal')
    reg.end()

    reg.begin()
    checks.equal(len(reg.apps()), 250, 'all of it is on disk')
    reg.end()
    bad = [line for line in reg.log_text().split('\n')
           if any(word in line for word in BAD_LOG)]
    checks.ok(not bad, 'nothing bad in the error log', bad[:5])
    checks.done()


if __name__ == '__main__':
    main()
