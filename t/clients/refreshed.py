#!/usr/bin/env python3
"""A commit makes a Spring Boot client with spring-cloud-starter-bus-amqp
refresh its @RefreshScope bean by itself, through a real RabbitMQ; nobody calls
/actuator/refresh.  Then the broker is away while a commit is made.

    refreshed.py  needs JDK 17, Maven, rabbitmq-server
"""

import os
import re
import signal
import sys
import time

from harness import HERE, Service, build

from rtalpha import (Checks, Failed, Nginx, folder, free_ports, get,
                     git_commit, git_repo, wait, write)

sys.path.insert(0, os.path.join(HERE, '../bus'))

from bus import Broker  # noqa: E402

LIMIT = 60


class Server:
    def __init__(self, broker):
        self.dir = folder('bus')
        self.repo = git_repo(os.path.join(self.dir, 'repo'),
                             copy=os.path.join(HERE, 'fixture'))
        self.config, self.admin = free_ports(2)
        self.registry = free_ports(1)[0]        # nobody listens there
        write(f'{self.dir}/server.yml',
              'spring:\n'
              f'  rabbitmq: {{host: 127.0.0.1, port: {broker.port}}}\n'
              '  cloud.config.server.git:\n'
              f'    uri: {self.repo}\n')
        self.log = f'{self.dir}/access.log'
        self.nginx = Nginx(f'''
    log_format    requests '$status $request_method $uri';
    rtalpha_zone  32m;
    rtalpha_state {self.dir}/state;
    server {{
        listen 127.0.0.1:{self.config};
        access_log {self.log} requests;
        location / {{
            rtalpha_config_server settings=file:{self.dir}/server.yml;
        }}
    }}
    server {{
        listen 127.0.0.1:{self.admin};
        location / {{ rtalpha_admin; }}
    }}
''')

    def set_value(self, value):
        path = os.path.join(self.repo, 'sample-service.yml')
        with open(path, encoding='utf-8') as f:
            text = f.read()
        git_commit(self.repo, {'sample-service.yml': re.sub(
            r'\n  value: .*', f'\n  value: {value}', text)})

    def acknowledged(self):
        """As the health page shows it."""

        text = get(self.admin, '/_rtalpha/health').text()
        found = re.search(r'"acknowledged":\s*(\d+)', text)
        return int(found.group(1)) if found else 0


def refreshed(checks, server, service, value):
    """How long it takes from the commit to the bean."""

    began = time.monotonic()
    server.set_value(value)
    if checks.comes(lambda: service.get('/value').text() == value,
                    f'the bean has {value}', LIMIT):
        print(f'commit to bean, {value}: '
              f'{time.monotonic() - began:.2f} s')


def run(checks, broker, services):
    server = Server(broker)
    server.nginx.start(server.config)
    service = Service(server, 'java-amqp', build('java-amqp'), '', {
        'SPRING_PROFILES_ACTIVE': 'dev,amqp', 'RABBIT_PORT': broker.port,
        # the bus knows it by the name that it asks configuration for
        'APP_NAME': 'sample-service', 'EUREKA_CLIENT_ENABLED': 'false'})
    services.append(service)

    try:
        if not checks.comes(service.ready, 'the client starts', 120):
            print(service.tail())
            return
        checks.equal(service.get('/value').text(), 'one', 'at the start')
        before = server.acknowledged()
        refreshed(checks, server, service, 'two')
        checks.comes(lambda: server.acknowledged() > before,
                     'the acknowledgement is counted and shown', LIMIT)
        print(f'acknowledged: {server.acknowledged()}')

        # the broker is away: requests go on, the notice waits

        broker.stop()
        server.set_value('three')
        checks.comes(lambda: 'three' in get(
            server.config, '/sample-service/dev', timeout=5).text(),
            'a commit is served without a broker', LIMIT)
        checks.equal(service.get('/value').text(), 'two',
                     'nobody is told without a broker')
        broker.start()
        checks.comes(lambda: service.get('/value').text() == 'three',
                     'the bean has three, with the broker back', 2 * LIMIT)
    finally:
        service.stop(signal.SIGKILL)
        checks.clean(server.nginx)


def main():
    checks, broker, services = Checks(), Broker(), []
    try:
        broker.start()
        run(checks, broker, services)
    except (Failed, OSError) as e:
        checks.ok(False, str(e))
    finally:
        for service in services:
            service.stop(signal.SIGKILL)
        broker.end()
    checks.done()


if __name__ == '__main__':
    main()
