"""The module of the tests' own (t/module), and threads whose result comes
later."""

import os
import subprocess
import threading

import rtalpha


def build():
    """Beside the module, or the binary, that is under test; gives its path.

    From then on rtalpha.Nginx loads no module by itself.
    """

    place = rtalpha.MODULE or rtalpha.BINARY
    kind = os.path.relpath(place, os.path.join(rtalpha.ROOT, 'build'))
    out = os.path.join(rtalpha.folder('module'), 'test.so')
    subprocess.run([os.path.join(rtalpha.ROOT, 't/module/build.sh'),
                    kind.split('/')[0], out], check=True)
    rtalpha.MODULE = ''
    return out


def later(function, *args, **kwargs):
    """Calls it in a thread; result() waits for what it gives."""

    box = []

    def run():
        try:
            box.append(function(*args, **kwargs))
        except Exception as e:              # the check says what it saw
            box.append(e)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    def result(seconds=15):
        thread.join(seconds)
        return box[0] if box else None

    return result
