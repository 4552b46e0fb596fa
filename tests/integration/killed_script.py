"""Run a script again and again, killed (SIGKILL) at its first commit, then at its second, …, until it lives.

`killed_script.py before|after module [options]`: `before`: the rows of the N-th commit are written, but not committed;
`after`: they are, and nothing more happens. Each run is a process of its own, forked from this one, which has nothing
open. `each:api_syncs.run_all`: that is done with one script of the chain after the other, instead of the chain as a whole,
which does everything that is done already again after each kill. Prints how often something was killed; the exit code is
that of the run that lived, or of the first that lived and failed.
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

moment, wanted, *options = sys.argv[1:]
connect = psycopg2.connect
whole = importlib.import_module(wanted.removeprefix("each:"))
scripts = [whole]
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
if hasattr(whole, "CHAIN"):
    whole.CHAIN = tuple(step for step in whole.CHAIN if step.module.rpartition(".")[2] in KEPT)
    steps = [importlib.import_module(step.module) for step in whole.CHAIN]
    scripts = steps if wanted.startswith("each:") else scripts


def run(script, number):
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
    sys.argv = [script.__name__, *options]
    return script.main(script.JOB)


def kill_until_one_lives(script):
    """How often it was killed, and the exit code of the run that lived."""
    for number in count(1):
        child = os.fork()
        if child == 0:
            code = run(script, number)
            sys.stdout.flush()
            os._exit(code)
        _, status = os.waitpid(child, 0)
        wait_until_alone(os.environ["DATABASE_URL"])
        if not os.WIFSIGNALED(status):
            return number - 1, os.waitstatus_to_exitcode(status)
    raise AssertionError


killed, code = 0, 0
for script in scripts:
    kills, code = kill_until_one_lives(script)
    killed += kills
    if code:
        break
sys.stdout.write(f"\nkilled {killed} times\n")
sys.exit(code)
