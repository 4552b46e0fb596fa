"""A real PgBouncer, in transaction mode where nothing else is said, in front of the tests' server."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psycopg2
import pytest
from psycopg2.extensions import make_dsn, parse_dsn

from tests.connections import PATIENCE_S
from utils.database.embedded.account import give_to, server_account

SETTINGS = """[databases]
* = host={socket} port=5432 user=postgres

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users.txt
pool_mode = {mode}
default_pool_size = {pool_size}
max_client_conn = 100
logfile = {folder}/pgbouncer.log
pidfile = {folder}/pgbouncer.pid
"""


def pgbouncer() -> str:
    """The program, which `.ci/run` installs; elsewhere its tests are skipped where it is missing."""
    found = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if found is None and not os.environ.get("CI"):
        pytest.skip("no PgBouncer: apt install pgbouncer")
    assert found, "PgBouncer is missing"
    return found


@contextmanager
def pooled(dsn: str, cluster: Path, pgbin: Path, pool_size: int, mode: str = "transaction") -> Iterator[str]:
    """The same database through a pooler with so many connections; yields its URL."""
    program = pgbouncer()
    account = server_account(cluster, cluster / "data", pgbin)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    parts = parse_dsn(dsn)
    folder = Path(tempfile.mkdtemp(prefix="pooler-", dir=cluster.parent))
    settings = SETTINGS.format(socket=parts["host"], port=port, folder=folder, pool_size=pool_size, mode=mode)
    (folder / "pgbouncer.ini").write_text(settings, encoding="utf-8")
    (folder / "users.txt").write_text('"postgres" ""\n', encoding="utf-8")
    give_to(account, folder)
    with (folder / "output").open("wb") as output:
        process = account.start([program, folder / "pgbouncer.ini"], output.fileno())
    try:
        url = f"postgresql://postgres@127.0.0.1:{port}/{parts['dbname']}"
        wait_until_there(url, process, folder)
        yield url
    finally:
        process.terminate()
        process.wait()


def wait_until_there(url: str, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    """Wait until it takes connections."""
    begun = time.monotonic()
    while time.monotonic() - begun < PATIENCE_S:
        assert process.poll() is None, (folder / "output").read_text()
        with suppress(psycopg2.OperationalError), closing(psycopg2.connect(make_dsn(url))):
            return
        time.sleep(0.02)
    raise AssertionError("PgBouncer takes no connections")
