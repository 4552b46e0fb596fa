"""Run a script that is killed (SIGKILL) at a commit: `killed_script.py before|after N module [options]`.

`before`: the rows of the N-th commit are written, but not committed; `after`: they are, and nothing more happens.
"""

import os
import runpy
import signal
import sys

import psycopg2
from psycopg2.extensions import connection

moment, number, module, *options = sys.argv[1:]
connect = psycopg2.connect
commits = 0


class Killing(connection):
    """Counts the commits of the whole process."""

    def commit(self):
        global commits
        commits += 1
        if moment == "before" and commits == int(number):
            os.kill(os.getpid(), signal.SIGKILL)
        super().commit()
        if moment == "after" and commits == int(number):
            os.kill(os.getpid(), signal.SIGKILL)


psycopg2.connect = lambda *args, **kwargs: connect(*args, connection_factory=Killing, **kwargs)
sys.argv = [module, *options]
runpy.run_module(module, run_name="__main__")
