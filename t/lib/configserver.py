"""A config server for tests, with the admin pages beside it."""

from rtalpha import Nginx, free_ports, get, write


class ConfigServer(Nginx):
    """settings: text of the settings file, which is in the folder place, as
    the state is unless another folder is named; more: of the http block."""

    def __init__(self, settings, place, state=None, zone='32m', more='',
                 workers=2):
        self.port, self.admin = free_ports(2)
        self.place = place
        self.state = state or f'{place}/state'
        self.source = f'{place}/config-server.yml'
        write(self.source, settings)
        super().__init__(f'''
    rtalpha_zone {zone};
    rtalpha_state {self.state};
    {more}
    server {{
        listen 127.0.0.1:{self.port};
        location / {{ rtalpha_config_server settings=file:{self.source}; }}
    }}
    server {{
        listen 127.0.0.1:{self.admin};
        location / {{ rtalpha_admin; }}
    }}
''', workers=workers)
        self.start(self.port)

    def metric(self, name):
        """The value of one without labels; None: it is not there."""

        for line in get(self.admin, '/_rtalpha/metrics').text().split('\n'):
            if line.startswith(f'{name} '):
                return int(line.split()[1])
        return None
