#!/usr/bin/env python3
"""Recorded answers of the stock server, all set-ups (t/golden/config)."""

import os
import sys

from rtalpha import BINARY, MODULE, ROOT, folder, free_ports

os.environ.pop('TEST_KEEP', None)
run = os.path.join(ROOT, 't/golden/config/run.py')
os.execv(sys.executable, [
    sys.executable, run, BINARY, '--work', folder('golden'),
    '--port', str(free_ports(1)[0]),
    *(['--module', MODULE] if MODULE else [])])
