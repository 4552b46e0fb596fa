"""`./run backup` and `./run restore`: everything in one file, and back, whole or not at all."""

import json
import signal
import subprocess
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib import import_module
from pathlib import Path

import psycopg2
import pytest
from psycopg2.extensions import make_dsn

from db.backups import age
from tests.conftest import execute
from tests.connections import PATIENCE_S, wait_until_alone
from tests.databases import ask, everything
from utils.database.migrate import load_migrations, migrate
from utils.terminal import Terminal
from utils.whole_file import remove_left_behind

pytestmark = pytest.mark.slow(1)

KEY = "a key that is long enough"
NEWEST = load_migrations()[-1]
PLAYS = 60_000


@pytest.fixture
def world(full_world, monkeypatch):
    """Its folder is where commands are started."""
    monkeypatch.chdir(full_world.folder)
    monkeypatch.setattr(age, "_WORK", 1)  # a real one takes half a second
    return full_world


def backup(world, *options: str, code: int = 0) -> str:
    done = world.call("-m", "db.backup", *options)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout if code == 0 else done.stderr


def restored(world, target: str, *options: str, code: int = 0) -> str:
    """What it says that restores into another database: what it was told, and what it complains of."""
    here, world.dsn = world.dsn, target
    done = world.call("-m", "db.restore", *options)
    world.dsn = here
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout if code == 0 else done.stderr


@pytest.fixture
def file(world) -> Path:
    """A backup."""
    backup(world, "all.zip")
    return world.folder / "all.zip"


def test_everything_comes_back_and_scripts_go_on_with_it(world, target) -> None:
    before = everything(world.dsn)
    said = backup(world, "all.zip")
    assert everything(world.dsn) == before, "a backup writes nothing"
    assert "among them 20 plays, in all.zip" in said
    assert "not encrypted" in said
    path = world.folder / "all.zip"
    assert (path.stat().st_mode & 0o777, [each.name for each in world.folder.glob("*.part")]) == (0o600, [])
    said = restored(world, target, "all.zip")
    assert "all are equal to the backup" in said
    assert everything(target) == before
    assert "equal: " in restored(world, target, "--compare", "all.zip")
    world.dsn = target
    assert world.run("api_syncs.sync_liked_tracks").status == "done"
    assert world.run("api_syncs.materialized_views").status == "done"


def test_what_differs_is_named(world, target, file) -> None:
    restored(world, target, "all.zip")
    execute(target, "UPDATE plays SET source = 'lastfm' WHERE item_key = (SELECT min(item_key) FROM plays)")
    done = world.call("-m", "db.restore", "--compare", "all.zip")
    assert (done.returncode, "equal: " in done.stdout) == (0, True)
    world.dsn = target
    done = world.call("-m", "db.restore", "--compare", "all.zip")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (1, "not equal: plays")


def test_others_can_open_it(world, file) -> None:
    """docs/operations.md says so: a zip of tables as COPY writes them, and a manifest."""
    with zipfile.ZipFile(file) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        (plays,) = [each for each in manifest["tables"] if each["name"] == "plays"]
        rows = archive.read(plays["file"]).decode()
        assert "COPY" in archive.read("about.txt").decode()
    assert manifest["migrations"][-1]["name"] == NEWEST.name
    assert len(rows.splitlines()) == plays["rows"] == 20
    assert len(rows.splitlines()[0].split("\t")) == len(plays["columns"])


@pytest.fixture
def many_plays(world) -> None:
    """Odd ones."""
    world.change(
        "INSERT INTO plays (user_id, played_at, item_key, source, context_uri) SELECT user_id, "
        "'2015-01-01Z'::timestamptz + n * interval '7 minutes', E'odd \\\\ \\t\\n\\r ü \\\\. \\\\N ' || n, 'api', nullif(mod(n, 3), 0)::text "
        f"FROM users, generate_series(1, {PLAYS}) AS n"
    )


def test_many_odd_plays_are_equal_encrypted_too(world, many_plays, target) -> None:
    world.extra["BACKUP_KEY"] = KEY
    said = backup(world)
    (path,) = world.folder.glob("backup-*.zip.age")
    assert "It is encrypted" in said
    assert KEY not in said
    assert b"odd" not in path.read_bytes()
    assert f"{PLAYS + 20:,} plays" in restored(world, target, path.name)
    both = "SELECT count(*), md5(string_agg(p::text, '' ORDER BY played_at, item_key)) FROM plays AS p"
    assert ask(target, both) == world.rows(both)


# What is no backup, or none any more


@pytest.mark.once
def test_a_damaged_file_is_refused_and_nothing_is_touched(world, target, file) -> None:
    whole = file.read_bytes()
    with zipfile.ZipFile(file) as archive:
        places = [
            info.header_offset + 100 for info in archive.infolist() if info.compress_size > 100
        ]  # within what is kept of it
    for size in (0, 1, 100, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:size])
        said = restored(world, target, "all.zip", code=1 if size >= 4 else 2)
        assert len(said.splitlines()) == 1, said
    for place in [*places, len(whole) - 10]:
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert "The backup is damaged" in restored(world, target, "all.zip", code=1), place
    assert ask(target, "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace") == [(0,)]
    file.write_bytes(whole)
    restored(world, target, "all.zip")


@pytest.mark.once
def test_of_an_encrypted_one_each_part_counts(world, many_plays, target) -> None:
    world.extra["BACKUP_KEY"] = KEY
    backup(world, "all.age")
    path = world.folder / "all.age"
    whole = path.read_bytes()
    head = whole.index(b"---")
    begin = whole.index(b"\n", head) + 1 + 16
    chunk = age.CHUNK + 16
    first, second = whole[begin : begin + chunk], whole[begin + chunk : begin + 2 * chunk]
    rest = whole[begin + 2 * chunk :]
    assert rest
    bad = {
        "cut off at a chunk": whole[: begin + chunk],
        "cut off": whole[:-1],
        "in another order": whole[:begin] + second + first + rest,
        "without one": whole[:begin] + second + rest,
        "longer": whole + b"x",
        "another bit": whole[: begin + 99] + bytes([whole[begin + 99] ^ 1]) + whole[begin + 100 :],
        "another head": whole[: head + 6]
        + (b"B" if whole[head + 6] == ord("A") else b"A")
        + whole[head + 7 :],
    }
    for name, content in bad.items():
        path.write_bytes(content)
        assert "The backup is damaged" in restored(world, target, "all.age", code=1), name
    path.write_bytes(whole)
    world.extra["BACKUP_KEY"] = "another key than the one"
    assert "does not open this backup" in restored(world, target, "all.age", code=2)
    world.extra["BACKUP_KEY"] = ""
    assert "neither a key nor a terminal" in restored(world, target, "all.age", code=2)
    assert ask(target, "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace") == [(0,)]


def changed(path: Path, change) -> None:
    """The archive with another manifest, or more in it."""
    with zipfile.ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(held["manifest.json"])
    change(manifest, held)
    held["manifest.json"] = json.dumps(manifest).encode() if manifest else held["manifest.json"]
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in held.items():
            archive.writestr(name, content)


def newer(manifest: dict, _: dict) -> None:
    number = len(manifest["migrations"]) + 1
    manifest["migrations"].append({"version": number, "name": f"{number:04}_new.sql", "checksum": "x"})


def of_the_table(**changed: object):
    return lambda manifest, _: manifest["tables"][0].update(changed)


@pytest.mark.once
@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        (newer, 2, "git pull"),
        (lambda manifest, _: manifest.update(version=2), 2, "git pull"),
        (lambda manifest, _: manifest["migrations"][2].update(checksum="x"), 2, "another text of migration"),
        (lambda manifest, _: manifest.update(form="of another"), 2, "no backup of this program"),
        (lambda _, held: held.update({"tables/more.tsv": b""}), 1, "damaged"),
        (lambda _, held: held.update({"tables/plays.tsv": b""}), 1, "damaged"),
        (of_the_table(columns=None), 1, "damaged"),
        (of_the_table(rows="many"), 1, "damaged"),
        (of_the_table(digest="7"), 1, "did not come as it was written"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_to_do(world, target, file, change, code, said) -> None:
    changed(file, change)
    done = restored(world, target, "all.zip", code=code)
    assert said in done
    assert len(done.splitlines()) == 1
    assert ask(target, "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace") == [(0,)]


@pytest.mark.once
def test_other_files_are_refused(world, target, file) -> None:
    (world.folder / "notes.txt").write_text("nothing")
    with zipfile.ZipFile(world.folder / "artifact.zip", "w") as archive:
        archive.write(file, "backup-2026-11-29.zip.age")
    with zipfile.ZipFile(world.folder / "other.zip", "w") as archive:
        archive.writestr("a.txt", "a")
    for name, said in (
        ("notes.txt", "no backup of this program"),
        ("other.zip", "no backup of this program"),
        ("artifact.zip", "Unpack it, and name 'backup-2026-11-29.zip.age'"),
        ("nowhere.zip", "No such file"),
        (".", "Is a directory"),
    ):
        assert said in restored(world, target, name, code=2)


# Where it may go


def test_a_database_with_data_is_left_as_it_is_unless_it_may_be_replaced(world, target, file) -> None:
    restored(world, target, "all.zip")
    execute(target, "DELETE FROM plays")
    before = everything(target)
    assert "1 listener and 0 plays" in restored(world, target, "all.zip", code=2)
    here, world.dsn = world.dsn, target
    assert "nobody to ask" in world.call("db/restore.py", "--replace", str(file)).stderr
    world.dsn = here
    answers, asked = iter(["n", "y"]), []
    terminal = Terminal(asked.append, lambda _: next(answers), lambda _: "")
    main = import_module("db.restore").main
    world.dsn = target
    with world.settings():
        assert main(["--replace", "all.zip"], terminal) == 1
        assert everything(target) == before
        assert main(["--replace", "all.zip"], terminal) == 0
    world.dsn = here
    assert everything(target) == everything(world.dsn)
    execute(target, "DELETE FROM plays")
    restored(world, target, "--replace", "--yes", "all.zip")
    assert everything(target) == everything(world.dsn)


def test_what_fails_leaves_the_old_data_where_it_was(world, target, file) -> None:
    restored(world, target, "all.zip")
    execute(target, "DELETE FROM liked_tracks")
    execute(
        target,
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'disk full'; END $$",
    )
    execute(target, "CREATE TRIGGER full_disk BEFORE INSERT ON plays FOR EACH ROW EXECUTE FUNCTION refuse()")
    before = everything(target)
    here, world.dsn = world.dsn, make_dsn(target, password="s3cret-word")
    said = restored(world, world.dsn, "--replace", "--yes", "all.zip", code=2)
    world.dsn = here
    assert "disk full" in said
    assert "nothing was restored" in said
    assert "s3cret-word" not in said
    assert everything(target) == before


def test_tables_of_something_else_and_ones_own_are_left_alone(world, target) -> None:
    execute(world.dsn, "CREATE TABLE mine AS SELECT 1 AS n")
    assert "your own: mine" in backup(world, "all.zip")
    execute(target, "CREATE TABLE plays (of_another int)")
    assert "tables of something else" in restored(world, target, "all.zip", code=2)
    execute(target, "DROP TABLE plays")
    execute(target, "CREATE TABLE mine AS SELECT 2 AS n")
    restored(world, target, "all.zip")
    assert ask(target, "SELECT n FROM mine") == [(2,)]


def test_while_a_script_runs_nothing_is_restored(world, target, file) -> None:
    restored(world, target, "all.zip")
    (user_id,) = world.rows("SELECT user_id FROM users")[0]
    lock = import_module("api_syncs.track_plays").JOB.lock_of(user_id)
    with closing(psycopg2.connect(target)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (lock,))
        said = restored(world, target, "--replace", "--yes", "all.zip", code=1)
    assert "track_plays: running now, so nothing was restored" in said


def test_a_backup_is_of_one_moment_and_keeps_nobody_waiting(world, target) -> None:
    """A play that comes while it is read is not in it, nor what came with it."""
    before = everything(world.dsn)
    with closing(psycopg2.connect(world.dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("LOCK TABLE plays IN EXCLUSIVE MODE")  # as of a script that writes
        cursor.execute("DELETE FROM plays")
        backup(world, "all.zip")
        connection.rollback()
    restored(world, target, "all.zip")
    assert everything(target) == before


def at_work(dsn: str, what: str) -> bool:
    return (
        ask(
            dsn,
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            f"AND query LIKE '{what}'",
        )
        != []
    )


def wait(process, dsn: str, what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not at_work(dsn, what):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_a_restore_that_is_stopped_leaves_nothing(world, many_plays, target, number, code) -> None:
    backup(world, "all.zip")
    here, world.dsn = world.dsn, target
    process = world.start("-m", "db.restore", str(world.folder / "all.zip"))
    wait(process, target, 'COPY "plays"%')
    process.send_signal(number)
    _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == code
    assert said == ("restore: stopped by Ctrl-C (SIGINT); nothing was restored.\n" if code == 130 else "")
    wait_until_alone(target)
    world.dsn = here
    assert ask(target, "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace") == [(0,)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_backup_that_is_stopped_leaves_no_file(world, many_plays, number) -> None:
    """It waits for a table that somebody changes."""
    with closing(psycopg2.connect(world.dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("LOCK TABLE plays IN ACCESS EXCLUSIVE MODE")
        process = world.start("-m", "db.backup", str(world.folder / "all.zip"))
        wait(process, world.dsn, "LOCK TABLE%ACCESS SHARE%")
        process.send_signal(number)
        process.communicate(timeout=PATIENCE_S)
    assert process.returncode != 0
    assert [each.name for each in world.folder.iterdir() if "zip" in each.name] == []


@pytest.mark.once
def test_what_a_killed_backup_has_left_the_next_one_removes_and_says_so(world, many_plays) -> None:
    """But neither what somebody is writing just now, nor another program's."""
    others = ["backup-2026-01-01.zip.0123456z.part", "film.mkv.01234567.part", "backup-2026-01-01.zip.part"]
    for name in others:
        (world.folder / name).touch()

    def parts() -> set[str]:
        return {each.name for each in world.folder.glob("*.part")} - {*others}

    @contextmanager
    def held() -> Iterator[subprocess.Popen[str]]:
        """A backup that waits for a table that somebody changes."""
        with closing(psycopg2.connect(world.dsn)) as connection, connection.cursor() as cursor:
            cursor.execute("LOCK TABLE plays IN ACCESS EXCLUSIVE MODE")
            process = world.start("-m", "db.backup", str(world.folder))
            wait(process, world.dsn, "LOCK TABLE%ACCESS SHARE%")
            yield process

    with held() as killed:
        killed.kill()
        killed.communicate(timeout=PATIENCE_S)
    wait_until_alone(world.dsn)
    (left,) = parts()
    with held() as process:
        (begun,) = parts()
        assert begun != left
        assert remove_left_behind(world.folder, begun.rpartition(".zip")[0] + ".zip") == []
    said, _ = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, parts()) == (0, set())
    assert f"{left} was removed: a run that was killed had left it there" in said
    assert all((world.folder / name).exists() for name in others)


# The file


@pytest.mark.once
def test_a_file_that_is_there_stays_unless_told(world, file) -> None:
    before = file.read_bytes()
    assert "is there already" in backup(world, "all.zip", code=2)
    assert file.read_bytes() == before
    backup(world, "--overwrite", "all.zip")
    assert "There is no folder" in backup(world, "nowhere/all.zip", code=2)
    (world.folder / "kept").mkdir()
    backup(world, "kept")
    assert len(list((world.folder / "kept").glob("backup-????-??-??.zip"))) == 1


@pytest.mark.once
def test_status_names_the_last_one_made_here_but_not_to_strangers(world, file) -> None:
    def status(*options: str) -> str:
        return world.call("-m", "reports.sync_status", *options).stdout

    assert str(file) in " ".join(status().split())
    assert json.loads(status("--json"))["last_backup"]["file"] == str(file)
    file.unlink()
    assert "there no more" in " ".join(status().split())
    assert json.loads(status("--json"))["last_backup"]["is_there"] is False
    world.extra["GITHUB_ACTIONS"] = "true"
    assert (file.name in status(), json.loads(status("--json"))["last_backup"]) == (False, None)
    (world.folder / "last-backup.json").write_text("{")
    world.extra["GITHUB_ACTIONS"] = ""
    assert "Backup" not in status(), "what cannot be read is not known"


def test_nothing_to_back_up_is_said(world, empty_dsn) -> None:
    here, world.dsn = world.dsn, empty_dsn
    assert "nothing to back up" in backup(world, "all.zip", code=2)
    with closing(psycopg2.connect(empty_dsn)) as connection:
        migrate(connection)
    assert "nothing to back up" in backup(world, "all.zip", code=2)
    execute(empty_dsn, "INSERT INTO schema_migrations VALUES (999, '0999_new.sql', 'x')")
    assert "git pull" in backup(world, "all.zip", code=2)
    world.dsn = here
    assert not (world.folder / "all.zip").exists()


@pytest.mark.once
def test_a_key_is_made_asked_for_and_not_too_short(world, target) -> None:
    done = world.call("-m", "db.backup", "--new-key")
    key = done.stdout.strip()
    assert len(key) == 48
    assert "BACKUP_KEY" in done.stderr
    world.extra["BACKUP_KEY"] = "short"
    assert "fewer than 12" in backup(world, "all.age", code=2)
    said: list[str] = []
    answers = iter(["this is a long key", "this is another one", key, key, key])
    terminal = Terminal(said.append, lambda _: "", lambda _: next(answers))
    with world.settings():
        assert import_module("db.backup").main(["--key", "all.age"], terminal) == 2
        assert import_module("db.backup").main(["--key", "all.age"], terminal) == 0
    world.dsn = target
    with world.settings():
        assert import_module("db.restore").main(["--key", "all.age"], terminal) == 0
    assert key not in "".join(said)


@pytest.mark.once
def test_on_github_nothing_is_kept_without_a_key(world) -> None:
    world.extra["GITHUB_ACTIONS"] = "true"
    assert "No backup was kept: there is no secret BACKUP_KEY" in backup(world)
    assert [each.name for each in world.folder.iterdir() if "zip" in each.name] == []


def test_a_database_that_only_reads_is_enough(world) -> None:
    world.change(
        "ALTER DATABASE "
        + psycopg2.extensions.parse_dsn(world.dsn)["dbname"]
        + " SET default_transaction_read_only = on"
    )
    backup(world, "all.zip")
