"""Run a script again and again, killed (SIGKILL) at its first commit, then at its second, …, until it lives.

`killed_script.py before|after module [options]`: `before`: the rows of the N-th commit are written, but not committed;
`after`: they are, and nothing more happens. Each run is a process of its own, forked from this one, which has nothing
open. Prints how often it was killed; the exit code is that of the run that lived.
"""

import importlib
import os
import signal
import sys
from itertools import count
from pathlib import Path

import psycopg2
from psycopg2.extensions import connection

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.connections import wait_until_alone

moment, module, *options = sys.argv[1:]
connect = psycopg2.connect
script = importlib.import_module(module)
# The chain without the queues that take days, the images and the reports: they have such tests of their own.
KEPT = (
    "init_db",
    "track_plays",
    "sync_liked_tracks",
    "sync_saved_albums",
    "sync_album_tracks",
    "sync_followed_artists",
    "sync_playlists",
    "sync_exclusions",
    "materialized_views",
    "update_dynamic_playlists",
)
if hasattr(script, "CHAIN"):
    script.CHAIN = tuple(step for step in script.CHAIN if step.module.rpartition(".")[2] in KEPT)
    for step in script.CHAIN:
        importlib.import_module(step.module)


def run(number):
    """One run, which dies at its n-th commit."""
    commits = count(1)

    class Killing(connection):
        """Counts the commits of the whole process."""

        def commit(self):
            is_last = next(commits) == number
            if moment == "before" and is_last:
                os.kill(os.getpid(), signal.SIGKILL)
            super().commit()
            if moment == "after" and is_last:
                os.kill(os.getpid(), signal.SIGKILL)

    psycopg2.connect = lambda *args, **kwargs: connect(*args, connection_factory=Killing, **kwargs)
    sys.argv = [module, *options]
    return script.main(script.JOB)


for number in count(1):
    child = os.fork()
    if child == 0:
        code = run(number)
        sys.stdout.flush()
        os._exit(code)
    _, status = os.waitpid(child, 0)
    wait_until_alone(os.environ["DATABASE_URL"])
    if not os.WIFSIGNALED(status):
        sys.stdout.write(f"\nkilled {number - 1} times\n")
        sys.exit(os.waitstatus_to_exitcode(status))
