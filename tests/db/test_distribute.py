"""`./run db distribute`: everything at its place, in steps each of which may be the last for now, and back again; and what is derived is the same.

Citus is none of the tests' servers; `tests/citus.py` refuses what it would refuse. `./run test --citus URL` asks a real one.
"""

from contextlib import closing, suppress
from importlib import import_module

import psycopg2
import pytest

from db.distributing import steps
from db.distributing.steps import distribute, take_back
from tests.citus import pretend
from tests.databases import ask, everything
from utils.database import distributed
from utils.database.connection import Database
from utils.database.migrate import Migration, load_migrations, migrate
from utils.database.placement import KEPT_OF_PLAYS, Place, placement, tables_at
from utils.database.views import load_views, refresh_view, views_here

pytestmark = [pytest.mark.once, pytest.mark.slow(6)]

STORED = sorted(view.name for view in load_views() if view.is_materialized)
DISTRIBUTE = ("-m", "db", "distribute")
KEYS = "SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE contype = 'f' ORDER BY 1, 2"
POLICIES = "SELECT tablename, cmd, qual FROM pg_policies ORDER BY 1"
SECURED = "SELECT relname FROM pg_class WHERE relrowsecurity ORDER BY 1"


@pytest.fixture
def world(make_world):
    """A library with two listeners in it: the second one has rows of their own, and some of the first one's tracks."""
    world = make_world(liked=40, albums=4, plays=30, playlists=3, followed=5)
    for module in (
        *("track_plays", "sync_liked_tracks", "sync_saved_albums", "sync_followed_artists", "sync_playlists"),
        "materialized_views",
    ):
        assert world.run(f"api_syncs.{module}").status == "done"
    world.change("INSERT INTO users (user_id, spotify_id, time_zone) VALUES ('other', 'other', 'Asia/Tokyo')")
    world.change(
        "INSERT INTO liked_tracks SELECT 'other', track_id, liked_at FROM liked_tracks ORDER BY track_id LIMIT 9"
    )
    world.change(
        "INSERT INTO plays (user_id, played_at, item_key, source) SELECT 'other', played_at - interval '3 h', item_key, source FROM plays"
    )
    world.change("INSERT INTO played_tracks SELECT DISTINCT 'other', track_of(item_key) FROM plays")
    world.change(
        "INSERT INTO uncounted_items (user_id, kind, item_id, name, added_at) SELECT 'other', 'track', min(track_id), 'x', now() FROM played_tracks"
    )
    assert world.run("api_syncs.materialized_views").status == "done"
    pretend(world.dsn)
    return world


@pytest.fixture
def bare(make_world):
    """Without a row."""
    world = make_world()
    pretend(world.dsn)
    return world


def of_views(world) -> dict[str, list[tuple]]:
    return {name: rows for name, rows in everything(world.dsn).items() if name in STORED}


def without_notes(world) -> dict[str, list[tuple]]:
    """What a listener has. The plan is no part of it, nor what is kept of plays, and counted again from them, nor from what the views were made."""
    return {
        name: rows
        for name, rows in everything(world.dsn).items()
        if name not in ("distribution", "derived_from", *KEPT_OF_PLAYS)
    }


def placed(world) -> dict[str, str]:
    return dict(ask(world.dsn, "SELECT logicalrelid::text, partmethod::text FROM pg_dist_partition"))


def call(world, *options: str, code: int = 0) -> str:
    done = world.call(*DISTRIBUTE, *options)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout if code == 0 else done.stderr


def test_everything_comes_to_its_place_and_back(world):
    before, keys, policies = without_notes(world), ask(world.dsn, KEYS), ask(world.dsn, POLICIES)
    secured = ask(world.dsn, SECURED)
    said = call(world, "--yes")
    assert "Citus 14 with 2 servers for rows" in said
    where = placed(world)
    personal = {view.name for view in load_views() if view.is_materialized and "user_id" in view.unique}
    assert {name for name, method in where.items() if method == "h"} == {
        *tables_at(Place.DISTRIBUTED),
        *personal,
    }
    assert {name for name, method in where.items() if method == "n"} == {
        *tables_at(Place.REFERENCE),
        *(set(STORED) - personal),
    }
    assert without_notes(world) == before
    assert ask(world.dsn, KEYS) == keys
    assert "Everything is spread already." in call(world, "--yes")

    assert "one server again" in call(world, "--back", "--yes")
    assert placed(world) == {}
    assert without_notes(world) == before
    assert ask(world.dsn, KEYS) == keys
    assert ask(world.dsn, POLICIES) == policies
    assert ask(world.dsn, SECURED) == secured
    assert ask(world.dsn, "SELECT * FROM distribution") == []
    assert "nothing to take back" in call(world, "--back")


class Killed(BaseException):
    """What ends a process at once, as far as its transactions go."""


def killed_after(world, monkeypatch, count: int, act=distribute) -> bool:
    """Let it die in the midst of its next step but so many; whether it did."""
    left = [count]
    carry_out = steps._carry_out

    def dying(connection, database, step, command, *, is_done):
        if not left[0]:
            with suppress(psycopg2.Error), connection.cursor() as cursor:  # done, and not committed
                if command and not command.startswith("@"):
                    cursor.execute(command)
            connection.close()
            raise Killed
        left[0] -= 1
        carry_out(connection, database, step, command, is_done=is_done)

    with monkeypatch.context() as patch:
        patch.setattr(steps, "_carry_out", dying)
        try:
            act(Database(world.dsn, "this one"), lambda _: None)
        except Killed:
            return True
    return False


@pytest.mark.search("stride", [7], [1, 2, 3])
def test_killed_in_a_step_it_goes_on_there(world, monkeypatch, stride):
    """On the way there and on the way back; and then one way is left for the other."""
    before = without_notes(world)
    deaths = sum(iter(lambda: killed_after(world, monkeypatch, stride), False))
    [(count,)] = ask(world.dsn, "SELECT count(*) FROM distribution")
    assert deaths == (count - 1) // stride > 150 // stride
    assert without_notes(world) == before
    deaths = sum(iter(lambda: killed_after(world, monkeypatch, stride, take_back), False))
    assert deaths == (count - 1) // stride
    assert placed(world) == {}
    assert without_notes(world) == before

    assert killed_after(world, monkeypatch, 120)
    refused = world.call("-m", "api_syncs.track_plays")
    assert refused.returncode == 2
    assert "has not come to its end" in refused.stderr
    assert "it goes on where it was ended" in call(world, "--dry-run")
    call(world, "--back", "--yes")
    assert without_notes(world) == before
    assert world.run("api_syncs.track_plays").status == "done"


def test_it_says_what_it_would_do_and_asks(world):
    said = call(world, "--dry-run")
    for line in ("spread plays by listener", "copy tracks to every server", "make tables of what is derived"):
        assert line in said
    assert placed(world) == {}
    with world.start(*DISTRIBUTE) as process:
        _, said = process.communicate()
    assert process.returncode == 2
    assert "--yes" in said
    assert placed(world) == {}


def of_other(rows: dict[str, list[tuple]]) -> dict[str, list[tuple]]:
    return {name: [row for row in found if row[0].startswith("(other,")] for name, found in rows.items()}


def test_one_listener_is_refreshed_and_the_rows_are_those_of_the_views(world):
    """The views, computed for everybody at once, are the witness."""
    call(world, "--yes")
    world.change(
        "INSERT INTO plays (user_id, played_at, item_key, source) SELECT user_id, played_at - interval '400 d', item_key, source FROM plays"
    )
    for order in ("min", "max"):
        world.change(
            f"UPDATE liked_tracks SET removed_at = now() WHERE track_id IN (SELECT {order}(track_id) FROM liked_tracks)"
        )
    world.change(
        "INSERT INTO recording_merges SELECT user_id, min(track_id), max(track_id), now() FROM played_tracks GROUP BY 1"
    )
    stale = of_views(world)
    assert world.run("api_syncs.materialized_views").status == "done"
    fresh = of_views(world)
    assert of_other(fresh) == of_other(stale)
    assert fresh["track_plays"] != stale["track_plays"]

    with closing(psycopg2.connect(world.dsn)) as connection, connection, connection.cursor() as cursor:
        for view in views_here(cursor):
            if view.is_table:
                refresh_view(cursor, view, ["other"])
    both = of_views(world)
    assert of_other(both) != of_other(stale)
    call(world, "--back", "--yes")
    assert both == of_views(world)


def test_a_refresh_writes_what_differs(world, written):
    call(world, "--yes")
    world.run("api_syncs.materialized_views")
    before = written(world, tuple(STORED))
    world.run("api_syncs.materialized_views")
    assert written(world, tuple(STORED)) == before


def test_who_leaves_leaves_the_derived_tables_too(world):
    call(world, "--yes")
    done = world.call("-m", "db.users", "remove", "other", "--yes")
    assert done.returncode == 0, done.stderr
    for name, rows in everything(world.dsn).items():
        assert not [row for row in rows if "(other," in row[0]], name


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("DROP FUNCTION citus_fake.create_distributed_table(regclass, text, text)", "has no Citus"),
        (
            "CREATE OR REPLACE FUNCTION citus_fake.citus_version() RETURNS text LANGUAGE sql AS $$ SELECT 'Citus 11.3.0' $$",
            "Citus 14 or newer",
        ),
        (
            "CREATE TABLE notes (track_id text REFERENCES tracks, user_id text REFERENCES users)",
            "notes_user_id_fkey of notes",
        ),
        (
            "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$; "
            "CREATE TRIGGER mine AFTER INSERT ON plays FOR EACH ROW EXECUTE FUNCTION nothing()",
            "have triggers",
        ),
    ],
)
def test_what_is_in_the_way_is_said_before_anything_is_changed(bare, sql, said):
    bare.change(sql)
    assert said in call(bare, "--yes", code=2)
    assert ask(bare.dsn, "SELECT * FROM distribution") == []
    assert bare.run("api_syncs.track_plays").status == "done"


def test_roles_that_only_read_are_in_the_way(bare):
    bare.change("CREATE ROLE only_for_this_test")
    try:
        bare.change("CREATE SCHEMA mirror_reader; GRANT USAGE ON SCHEMA mirror_reader TO only_for_this_test")
        assert "only_for_this_test --remove" in call(bare, "--yes", code=2)
    finally:
        bare.change("DROP SCHEMA mirror_reader CASCADE; DROP ROLE only_for_this_test")


def test_nothing_is_moved_while_a_script_runs(bare):
    with closing(psycopg2.connect(bare.dsn)) as other, other.cursor() as cursor:
        lock = import_module("db.clean").JOB.lock_of("*")
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (lock,))
        assert "running now, so nothing was distributed" in call(bare, "--yes", code=1)
    assert placed(bare) == {}


def test_a_table_of_a_later_migration_comes_to_its_place_and_its_policy_back_with_it(bare, monkeypatch):
    call(bare, "--yes")
    sql = (
        "CREATE TABLE moods (user_id text PRIMARY KEY, mood text);"
        "CREATE POLICY of_session ON moods FOR SELECT USING (user_id = (SELECT session_listener()));"
        "ALTER TABLE moods ENABLE ROW LEVEL SECURITY"
    )
    new = Migration(len(load_migrations()) + 1, "new", sql)
    policies = "SELECT count(*) FROM pg_policies WHERE tablename = 'moods'"
    monkeypatch.setattr(distributed, "placement", lambda: {**placement(), "moods": Place.DISTRIBUTED})
    with closing(psycopg2.connect(bare.dsn)) as connection:
        assert migrate(connection, [*load_migrations(), new]) == ["new"]
    assert placed(bare)["moods"] == "h"
    assert bare.rows(policies) == [(0,)], "Citus takes none with a subquery"
    with closing(psycopg2.connect(bare.dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM schema_migrations WHERE name = 'new'")
    call(bare, "--back", "--yes")
    assert (placed(bare), bare.rows(policies)) == ({}, [(1,)])


def test_no_role_that_only_reads_is_made_of_it(bare):
    call(bare, "--yes")
    done = bare.call("-m", "db", "reader", "reports")
    assert done.returncode == 2
    assert "spread over several servers" in done.stderr
