#!/usr/bin/env python3
"""Long polls: If-None-Match with "Prefer: wait" until the answer changes."""

import http.client
import os
import threading
import time

from rtalpha import (Checks, Nginx, folder, free_ports, get, git_commit,
                     git_repo, wait, write)


class Server(Nginx):
    def __init__(self, repo, parked=4096, workers=1):
        self.port, self.admin = free_ports(2)
        place = folder('poll')
        self.settings = os.path.join(place, 'config.yml')
        self.first = (f'spring.cloud.config.server.git.uri: {repo}\n'
                      'rtalpha.config.limits.hold: 100s\n')
        write(self.settings, self.first)
        super().__init__(f'''
    rtalpha_zone 32m;
    rtalpha_state {place}/state;
    rtalpha_parked {parked};
    server {{
        listen 127.0.0.1:{self.port};
        location / {{
            rtalpha_config_server settings=file:{self.settings};
        }}
    }}
    server {{
        listen 127.0.0.1:{self.admin};
        location / {{ rtalpha_admin; }}
    }}
''', workers=workers)
        self.start(self.port)
        wait(lambda: get(self.port, '/foo/dev').status == 200, 'content')

    def tag(self, path):
        return get(self.port, path).headers['ETag']

    def held(self):
        for line in get(self.admin, '/_rtalpha/metrics').text().split('\n'):
            if line.startswith('rtalpha_config_held_total'):
                return int(line.split()[1])
        return 0


class Poll(threading.Thread):
    """One long poll; answer is None while it is held."""

    def __init__(self, server, path, seconds=60, tag=None):
        super().__init__(daemon=True)
        self.server, self.path, self.seconds = server, path, seconds
        self.tag = tag or server.tag(path)
        self.answer = None
        self.conn = http.client.HTTPConnection('127.0.0.1', server.port,
                                               timeout=120)

    def run(self):
        try:
            self.conn.request('GET', self.path, headers={
                'If-None-Match': self.tag, 'Prefer': f'wait={self.seconds}'})
            answer = self.conn.getresponse()
            self.headers, self.body = answer.headers, answer.read()
        except (OSError, http.client.HTTPException):
            return                      # cut off by the test
        self.answer = answer.status
        self.conn.close()

    def begin(self):
        """Returns when the server holds it."""

        before = self.server.held()
        self.start()
        wait(lambda: self.answer or self.server.held() > before, 'held')
        return self


def test_change(checks, server, repo):
    env = Poll(server, '/foo/dev').begin()
    text = Poll(server, '/foo-dev.yml').begin()
    file = Poll(server, '/foo/dev/main/note.txt').begin()
    other = Poll(server, '/bar/dev', 1).begin()
    git_commit(repo, {'README.md': 'nothing'})
    wait(lambda: get(server.port, '/foo/dev/main/README.md').body
         == b'nothing', 'the commit is served')
    checks.equal((text.answer, file.answer), (None, None),
                 'a commit that changes other files')

    # the version is part of an environment: every commit changes it
    checks.comes(lambda: env.answer == 200, 'an environment')
    checks.equal(env.headers['Preference-Applied'], 'wait=60', 'says so')

    git_commit(repo, {'foo.yml': 'v: 2\n'})
    checks.comes(lambda: text.answer == 200, 'a change')
    checks.equal(text.body, b'v: 2\n', 'its new value')
    checks.ok(text.headers['ETag'] != text.tag, 'its new ETag')
    git_commit(repo, {'note.txt': 'new'})
    checks.comes(lambda: file.answer == 200, 'a file')
    checks.equal(file.body, b'new', 'its new text')
    other.join(30)
    checks.ok(other.answer in (200, 304), 'every poll ends', other.answer)


def test_time(checks, server):
    poll = Poll(server, '/foo-dev.yml', 1)
    start = time.monotonic()
    poll.start()
    poll.join(30)
    checks.equal(poll.answer, 304, 'nothing has changed')
    checks.ok(time.monotonic() - start > 0.9, 'after the time')
    checks.equal(poll.body, b'', 'without a body')
    checks.equal(poll.headers['Preference-Applied'], 'wait=1', 'told')
    checks.equal(poll.headers['ETag'], poll.tag, 'with its ETag')

    for seconds, applied in ((0, None), ('x', None), (100000, 'wait=100')):
        poll = Poll(server, '/foo-dev.yml', seconds, '"another"')
        poll.start()
        poll.join(30)
        checks.equal((poll.answer, poll.headers['Preference-Applied']),
                     (200, applied), f'wait={seconds} with another tag')
    checks.equal(get(server.port, '/foo-dev.yml', headers={
        'Prefer': 'wait=60'}).status, 200, 'without a tag')


def test_settings(checks, server):
    """Other settings are other answers, or none."""

    poll = Poll(server, '/foo-dev.yml').begin()
    write(server.settings, server.first
          + 'spring.cloud.config.server.overrides.o: 1\n')
    checks.comes(lambda: poll.answer == 200, 'overrides')
    checks.ok(b'o: ' in poll.body, 'are in the answer', poll.body)

    poll = Poll(server, '/foo-dev.yml').begin()
    write(server.settings, server.first
          + 'spring.security.user.password: secret\n')
    checks.comes(lambda: poll.answer == 401, 'a password')
    write(server.settings, server.first)
    wait(lambda: get(server.port, '/foo/dev').status == 200, 'open again')


def test_many(checks, server, repo):
    """A commit that changes all of them answers all of them."""

    polls = [Poll(server, f'/a{n}-dev.yml', tag=server.tag(f'/a{n}-dev.yml'))
             for n in range(100)]
    before = server.held()
    for poll in polls:
        poll.start()
    wait(lambda: server.held() >= before + 100, 'all are held', 30)
    git_commit(repo, {'application.yml': 'w: 1\n'})
    checks.comes(lambda: all(p.answer == 200 for p in polls), 'all', 30)
    checks.ok(all(b'w: 1' in p.body for p in polls), 'with the new value')


def test_reload(checks, server):
    poll = Poll(server, '/foo-dev.yml').begin()
    server.reload()
    checks.comes(lambda: poll.answer == 304, 'a reload answers')
    checks.equal(get(server.port, '/foo/dev').status, 200, 'and goes on')


def test_gone(checks, repo):
    """A client that goes gives its place back."""

    server = Server(repo, parked=2)
    first = [Poll(server, '/foo-dev.yml').begin() for _ in range(2)]
    full = Poll(server, '/foo-dev.yml')
    full.start()
    full.join(30)
    checks.equal(full.answer, 503, 'too many wait')
    for poll in first:
        poll.conn.sock.shutdown(2)

    def placed():
        poll = Poll(server, '/foo-dev.yml', 1)
        poll.start()
        poll.join(30)
        return poll.answer == 304

    checks.comes(placed, 'places are free again')
    checks.clean(server)


def main():
    checks = Checks()
    repo = git_repo(folder('repo') + '/r', {'foo.yml': 'v: 1\n',
                                            'note.txt': 'old'})
    server = Server(repo)
    test_change(checks, server, repo)
    test_time(checks, server)
    test_settings(checks, server)
    test_many(checks, server, repo)
    test_reload(checks, server)
    checks.clean(server)
    test_gone(checks, repo)
    checks.done()


main()
