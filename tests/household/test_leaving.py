"""A listener leaves with all of their data, and comes back elsewhere: two listeners, copied by the whole chain."""

import re
import time
import zipfile
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from importlib import import_module
from pathlib import Path

import psycopg2
import pytest

from db.listeners.exporting import OF_CONSENTS
from reports.build_dashboard import folder_of
from tests.clock import START, FakeClock
from tests.connections import BY_HAND, PATIENCE_S, wait_until_alone
from tests.databases import ask, everything
from tests.household.conftest import KEY, LEFT_OUT, STEPS, Household
from tests.stages import difference
from utils.clock import Clock
from utils.errors import ExitCode
from utils.job.declaration import Options
from utils.job.lifecycle import run_job
from utils.job.users import meant
from utils.sealing import unseal

pytestmark = pytest.mark.once

OF_HERE = {*LEFT_OUT, *OF_CONSENTS}
CONSENT = {"token_fingerprint", "refresh_token_encrypted", "consent_flow"} | {
    "granted_scopes",
    "authorized_at",
    "auth_status",
}


def copy(household: Household, clock: FakeClock, *whose: str) -> None:
    """The chain for these."""
    for module in STEPS:
        for user in whose:
            with household.world.settings():
                outcome = run_job(import_module(module).JOB, Options(force=True, user=user), clock)
            assert outcome.exit_code == ExitCode.OK, (module, user, outcome.message)


def rows_of(dsn: str, user_id: str, left_out: set[str] = OF_HERE) -> dict[str, Counter]:
    """table or view → its rows of a listener."""
    found = {}
    columns = ask(
        dsn,
        "SELECT c.relname, array_agg(a.attname ORDER BY a.attnum) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
        "AND a.attnum > 0 AND NOT a.attisdropped WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'm', 'v') "
        "GROUP BY 1 HAVING bool_or(a.attname = 'user_id')",
    )
    for table, names in columns:
        if table not in left_out:
            kept = ", ".join(name for name in names if table != "users" or name not in CONSENT)
            found[table] = Counter(
                row
                for (row,) in ask(dsn, f"SELECT ROW({kept})::text FROM {table} WHERE user_id = '{user_id}'")
            )
    return found


def users(household: Household, *options: str) -> str:
    done = household.world.call("-m", "db.users", *options)
    assert done.returncode == ExitCode.OK, done.stdout + done.stderr
    return done.stdout


def members(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_one_leaves_and_comes_back_elsewhere(make_world, empty_dsn) -> None:
    clock = FakeClock()
    world = make_world(liked=12, albums=3, plays=60, playlists=3, followed=3, now=START, clock=clock)
    household = Household(world)
    world.extra["SPOTIFY_MARKET"] = "DE"
    anna = household.sim.add_account("anna", liked=14, albums=4, plays=40, playlists=2, followed=3)
    household.join("anna", market="DE")
    copy(household, clock, "anna", "")
    copy(household, clock, "anna", "")
    before, anna_before = everything(world.dsn), rows_of(world.dsn, anna.account_id, set())
    assert {"liked_tracks", "plays", "playlist_items", "top_items", "personalities", "unified_tracks"} <= {
        table for table, rows in anna_before.items() if rows
    }

    file = world.folder / "anna.zip"
    users(household, "export", "anna", str(file))
    held = members(file)
    assert_no_secret(household, held)
    assert_nothing_of_others(household, held, anna_before)

    users(household, "remove", "anna", "--yes")
    after = everything(world.dsn)
    of_others = {
        name: [row for row in rows if anna.account_id not in row[0]] for name, rows in before.items()
    }
    assert {name for name in before if after[name] != of_others[name]} == set()

    here, world.dsn = world.dsn, empty_dsn
    assert world.call("-m", "db.restore", str(file)).returncode == ExitCode.OK
    restored = rows_of(empty_dsn, anna.account_id, {"known_tracks"})
    assert difference(without(anna_before, "known_tracks", *OF_CONSENTS), restored) == {}
    assert {name for (name,) in world.rows("SELECT name FROM users")} == {"anna"}

    household.without_environment()
    household.join("anna")
    copy(household, clock, "anna")
    assert difference(without(anna_before, *OF_HERE), rows_of(empty_dsn, anna.account_id)) == {}
    world.dsn = here


def without(held: dict[str, Counter], *names: str) -> dict[str, Counter]:
    return {table: rows for table, rows in held.items() if table not in names}


def assert_no_secret(household: Household, held: dict[str, str]) -> None:
    """Neither tokens, as they are and as they are stored, nor what opens them."""
    sealed = [text for (text,) in household.world.rows("SELECT refresh_token_encrypted FROM users") if text]
    assert sealed
    tokens = {
        token
        for account in (household.sim.account(), household.sim.account("anna"))
        for consent in account.consents
        for token in consent.refresh_tokens
    }
    assert any(unseal(text, (KEY,), household.sim.client_secret) in tokens for text in sealed)
    fingerprints = {text for (text,) in household.world.rows("SELECT token_fingerprint FROM users")}
    for text in held.values():
        assert not any(
            secret in text for secret in (*tokens, *sealed, *fingerprints, KEY, household.sim.client_secret)
        )


def assert_nothing_of_others(household: Household, held: dict[str, str], hers: dict[str, Counter]) -> None:
    """No id that only the other one's library has, and nothing that tells what another one follows."""
    text, anna = "".join(held.values()), household.sim.account("anna").account_id
    assert household.sim.account().account_id not in text
    own = ids(row for table, rows in hers.items() if table != "known_tracks" for row in rows)
    of_followed = household.world.rows(
        "SELECT m.track_id FROM followed_artists JOIN artist_albums USING (artist_id) JOIN album_tracks AS m USING (album_id) "
        "WHERE user_id = %s",
        anna,
    )
    theirs = household.world.rows(
        "SELECT track_id FROM liked_tracks WHERE user_id <> %(anna)s UNION SELECT album_id FROM saved_albums WHERE user_id <> %(anna)s "
        "UNION SELECT artist_id FROM followed_artists WHERE user_id <> %(anna)s "
        "UNION SELECT playlist_id FROM playlists WHERE user_id <> %(anna)s".replace("%(anna)s", f"'{anna}'")
    )
    strange = {item for (item,) in theirs} - own - {item for (item,) in of_followed}
    assert len(strange) > 10
    assert {item for item in strange if item in text} == set()
    followed = {row.split("\t")[1] for row in held["tables/followed_artists.tsv"].splitlines()}
    stamped = {
        row.split("\t")[0] for row in held["tables/artists.tsv"].splitlines() if row.split("\t")[7] != r"\N"
    }  # albums_synced_at
    assert stamped == followed
    assert {row.split("\t")[0] for row in held["tables/artist_albums.tsv"].splitlines()} <= followed


def ids(rows: Iterable[str]) -> set[str]:
    return {item for row in rows for item in re.findall(r"\w{22}", row)}


def test_killed_while_it_removes(household) -> None:
    """All or nothing: it waits for a row that somebody holds, and is ended there."""
    world = household.world
    household.sim.add_account("anna", liked=4)
    household.join("anna")
    for user in ("anna", ""):
        with world.settings():
            job = import_module("api_syncs.sync_liked_tracks").JOB
            assert run_job(job, Options(force=True, user=user)).status == "done"
    before = everything(world.dsn)
    other = psycopg2.connect(world.dsn, application_name=BY_HAND)
    with other.cursor() as cursor:
        cursor.execute("SELECT 1 FROM users WHERE name = 'anna' FOR KEY SHARE")
        process = world.start("-m", "db.users", "remove", "anna", "--yes")
        waiting = (
            "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' "
            "AND query LIKE 'DELETE FROM%'"
        )
        until = time.monotonic() + PATIENCE_S
        while ask(world.dsn, waiting) == []:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < until
        process.kill()
        process.communicate()
    other.close()
    wait_until_alone(world.dsn)
    assert everything(world.dsn) == before
    users(household, "remove", "anna", "--yes")
    assert ask(world.dsn, "SELECT name FROM users") == [(None,)]
    assert household.liked(None) == set()  # NULL equals nothing


def test_the_listener_of_the_environment_would_come_back(household) -> None:
    world = household.world
    assert world.run("api_syncs.sync_liked_tracks").status == "done"
    (user_id,) = world.rows("SELECT user_id FROM users")[0]
    before = everything(world.dsn)
    refused = world.call("-m", "db.users", "remove", user_id)
    assert (refused.returncode, "SPOTIFY_REFRESH_TOKEN" in refused.stderr) == (ExitCode.SETTINGS, True)
    assert everything(world.dsn) == before
    assert "the next run" in users(household, "remove", user_id, "--yes")
    assert world.rows("SELECT 1 FROM liked_tracks") == []
    assert world.run("api_syncs.sync_liked_tracks").status == "done"
    assert len(world.rows("SELECT 1 FROM liked_tracks")) == 6


def test_whose_history_was_kept_comes_back_to_it(household) -> None:
    household.sim.add_account("anna", liked=2, plays=9)
    household.join("anna")
    world = household.world
    job = import_module("api_syncs.track_plays").JOB
    with world.settings():
        assert run_job(job, Options(force=True, user="anna")).status == "done"
    plays = world.rows("SELECT * FROM plays ORDER BY played_at")
    assert len(plays) == 9
    users(household, "remove", "anna", "--keep-history", "--yes")
    assert world.rows("SELECT * FROM plays ORDER BY played_at") == plays
    with closing(psycopg2.connect(world.dsn)) as connection, connection, connection.cursor() as cursor:
        listener = meant(cursor, Clock().now(), "anna")
    assert folder_of(Path("site"), listener) == Path("site.anna"), "never that of the environment's listener"
    household.join("anna")
    users(household, "resume", "anna")
    with world.settings():
        assert run_job(job, Options(force=True, user="anna")).status == "done"
    assert world.rows("SELECT * FROM plays ORDER BY played_at") == plays
