"""Run sync_images again and again, killed (SIGKILL) after its first file or commit, then after its second, …, until it lives.

After each kill, every row with a path has to have its file. Prints how often it was killed. Each run is forked from
this process, which has nothing open.
"""

import os
import signal
import sys
from contextlib import closing
from itertools import count
from pathlib import Path

import psycopg2
from psycopg2.extensions import connection

from api_syncs import covers as images
from api_syncs import sync_images
from utils.job.declaration import Options
from utils.job.lifecycle import run_job

sys.path.insert(0, str(Path(__file__).parents[3]))
from tests.connections import wait_until_alone

connect = psycopg2.connect
replace = Path.replace
images.BATCH = 3


def run(number):
    """One run, which dies after its n-th file or commit."""
    events = count(1)

    def die_in_time():
        if next(events) == number:
            os.kill(os.getpid(), signal.SIGKILL)

    class Killing(connection):
        """Counts the commits of the whole process."""

        def commit(self):
            super().commit()
            die_in_time()

    def replace_and_count(path, target):
        replace(path, target)
        die_in_time()

    psycopg2.connect = lambda *args, **kwargs: connect(*args, connection_factory=Killing, **kwargs)
    Path.replace = replace_and_count
    return run_job(sync_images.JOB, Options(force=True)).exit_code


def check():
    """No row without its file."""
    with closing(connect(os.environ["DATABASE_URL"])) as opened, opened.cursor() as cursor:
        cursor.execute("SELECT path FROM images WHERE path IS NOT NULL")
        for (path,) in cursor.fetchall():
            assert Path(os.environ["ARTWORK_DIR"], *Path(path).parts[1:]).is_file(), path


for number in count(1):
    child = os.fork()
    if child == 0:
        os._exit(run(number))
    _, status = os.waitpid(child, 0)
    wait_until_alone(os.environ["DATABASE_URL"])
    check()
    if not os.WIFSIGNALED(status):
        sys.stdout.write(f"\nkilled {number - 1} times\n")
        sys.exit(os.waitstatus_to_exitcode(status))
