"""Export, import and remove, table by table: with a row of two listeners in every table there is, which a new table joins by itself."""

import hashlib
import json
import re
import zipfile
from contextlib import closing

import psycopg2
import pytest

from db.copying.tables import read_our_tables
from db.copying.target import make_views
from db.listeners import exporting, removing
from tests.connections import BY_HAND
from tests.databases import ask, everything
from tests.old_rows import fill, spotify_id
from utils.errors import ExitCode

pytestmark = pytest.mark.once

CONSENT = ("token_fingerprint", "refresh_token_encrypted", "consent_flow")
# Of the installation or an app of Spotify's, whoever uses it.
OF_NOBODY = {
    *("api_calls", "api_capabilities", "sync_pauses", "refusals", "seen_schedules"),
    *("unclaimed_settings", "unclaimed_tokens", "schema_migrations", "derived_from", "distribution"),
}


@pytest.fixture
def world(make_world, monkeypatch):
    """Two listeners, anna (u1) and ben (u2), each with a row in every table; the views are as of now."""
    made = make_world()
    with (
        closing(psycopg2.connect(made.dsn, application_name=BY_HAND)) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("INSERT INTO tracks (track_id) VALUES (%s)", (spotify_id("t", 5),))
        for number, name in ((1, "anna"), (2, "ben")):
            fill(cursor, number)
            cursor.execute("UPDATE users SET name = %s WHERE user_id = %s", (name, f"u{number}"))
        make_views(cursor, read_our_tables(cursor)[0])
    monkeypatch.chdir(made.folder)
    made.extra["SPOTIFY_REFRESH_TOKEN"] = ""
    return made


def users(world, *options: str, code: int = 0) -> str:
    """What ./run users says."""
    done = world.call("-m", "db.users", *options)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def tables(world, *, personal: bool) -> set[str]:
    found = world.rows(
        "SELECT t.table_name, bool_or(c.column_name = 'user_id') FROM information_schema.tables AS t "
        "JOIN information_schema.columns AS c USING (table_schema, table_name) "
        "WHERE t.table_schema = 'public' AND t.table_type = 'BASE TABLE' GROUP BY 1"
    )
    return {name for name, has_listener in found if has_listener == personal}


def with_rows(world, user_id: str) -> set[str]:
    return {
        name
        for name in tables(world, personal=True)
        if world.rows(f"SELECT 1 FROM {name} WHERE user_id = %s LIMIT 1", user_id)
    }


def without_consent(held: dict) -> dict:
    """Everything but the rows of users, which lose their consent on the way, and whose consent is whose."""
    return {name: rows for name, rows in held.items() if name not in ("users", *exporting.OF_CONSENTS)}


def test_every_table_is_a_listeners_or_the_catalogues_or_nobodys(world) -> None:
    assert with_rows(world, "u1") == tables(world, personal=True), "each has a row to be removed"
    assert tables(world, personal=False) == (set(exporting.SELECTED) - {"users"}) | OF_NOBODY
    assert tables(world, personal=True) >= removing.HISTORY


def test_all_of_one_goes_and_nothing_of_anybody_else(world) -> None:
    before = everything(world.dsn)
    said = users(world, "remove", "anna", "--yes")
    assert "./run users export anna" in said
    assert with_rows(world, "u1") == set()
    after = everything(world.dsn)
    gone = {name: set(before[name]) - set(after[name]) for name in before}
    assert {name for name, rows in gone.items() if rows} >= tables(world, personal=True)
    assert all("u1" in row for rows in gone.values() for (row,) in rows)
    assert {name: set(after[name]) - set(before[name]) for name in before} == {name: set() for name in before}


def test_the_history_alone_is_kept(world) -> None:
    before = everything(world.dsn)
    users(world, "remove", "anna", "--keep-history", "--yes")
    assert with_rows(world, "u1") == removing.HISTORY
    after = everything(world.dsn)
    assert all(after[name] == before[name] for name in removing.HISTORY - {"users"})
    assert world.rows(f"SELECT {', '.join(CONSENT)}, is_active FROM users WHERE user_id = 'u1'") == [
        (None, None, None, False)
    ]
    assert "none, paused" in users(world)
    users(world, "remove", "anna", "--yes")
    assert with_rows(world, "u1") == set()


def test_what_was_exported_and_removed_comes_back_among_others(world) -> None:
    before = everything(world.dsn)
    said = users(world, "export", "anna", "anna.zip")
    assert "not encrypted" in said
    assert (world.folder / "anna.zip").stat().st_mode & 0o777 == 0o600
    assert everything(world.dsn) == before, "an export writes nothing"
    assert "is here already" in users(world, "import", "anna.zip", code=ExitCode.SETTINGS)
    users(world, "remove", "anna", "--yes")
    users(world, "import", "anna.zip")
    assert without_consent(everything(world.dsn)) == without_consent(before)
    assert world.rows(f"SELECT {', '.join(CONSENT)}, name FROM users WHERE user_id = 'u1'") == [
        (None, None, None, "anna")
    ]


def test_what_is_here_of_the_catalogue_is_left_as_it_is(world) -> None:
    users(world, "export", "anna", "anna.zip")
    users(world, "remove", "anna", "--yes")
    track, artist = spotify_id("t", 1), spotify_id("r", 2)
    world.change("UPDATE tracks SET name = 'newer' WHERE track_id = %s", track)
    world.change("UPDATE track_artists SET position = 7, artist_id = %s WHERE track_id = %s", artist, track)
    world.change("DELETE FROM track_availability")
    users(world, "import", "anna.zip", "--name", "Anne")
    assert world.rows("SELECT name FROM tracks WHERE track_id = %s", track) == [("newer",)]
    assert world.rows("SELECT position, artist_id FROM track_artists WHERE track_id = %s", track) == [
        (7, artist)
    ]
    assert world.rows("SELECT track_id FROM track_availability") == [(track,)]
    assert world.rows("SELECT name FROM users ORDER BY 1") == [("anne",), ("ben",)]


def test_an_export_holds_nothing_of_others(world) -> None:
    users(world, "export", "anna", "anna.zip")
    with zipfile.ZipFile("anna.zip") as archive:
        held = {name: archive.read(name).decode() for name in archive.namelist()}
    written = {
        name.removeprefix("tables/").removesuffix(".tsv") for name in held if name.startswith("tables/")
    }
    assert written == (tables(world, personal=True) | set(exporting.SELECTED)) - set(exporting.OF_CONSENTS)
    assert held["tables/users.tsv"].count("\n") == 1
    for name, text in held.items():
        assert "u2" not in text, name
        assert not any(spotify_id(letter, 2) in text for letter in "tarp"), name
        assert "refresh_token_encrypted 1" not in text


def agreements(dsn: str) -> set[tuple]:
    return {tuple(row) for row in ask(dsn, "SELECT user_id, with_user_id FROM listener_agreements")}


def test_who_leaves_is_named_in_nobodys_agreement_any_more(world) -> None:
    """Anna's with ben goes with ben, and hers with others stays; so it is where his history is kept."""
    world.change("INSERT INTO listener_agreements VALUES ('u1', 'u2', now()), ('u2', 'u1', now())")
    others = {("u1", "with_user_id 1")}
    users(world, "remove", "ben", "--keep-history", "--yes")
    assert agreements(world.dsn) == others
    world.change("INSERT INTO listener_agreements VALUES ('u1', 'u2', now()), ('u2', 'u1', now())")
    assert re.search(r"listener_agreements +2\n", users(world, "remove", "ben", "--yes"))
    assert agreements(world.dsn) == others


def test_an_export_holds_ones_own_agreements_and_takes_them_where_the_other_is_not(world, empty_dsn) -> None:
    world.change("INSERT INTO listener_agreements VALUES ('u1', 'u2', now()), ('u2', 'u1', now())")
    users(world, "export", "anna", "anna.zip")
    with zipfile.ZipFile("anna.zip") as archive:
        rows = archive.read("tables/listener_agreements.tsv").decode().splitlines()
    assert sorted(row.split("\t")[:2] for row in rows) == [["u1", "u2"], ["u1", "with_user_id 1"]]
    world.dsn = empty_dsn
    users(world, "import", "anna.zip")
    assert agreements(empty_dsn) == {("u1", "u2"), ("u1", "with_user_id 1")}
    assert "anna shares with u2, since" in users(world)


def test_what_is_known_for_anothers_sake_counts_as_not_read(world) -> None:
    """Ben has saved the album that anna knows a track of, and follows its artist: her export does not tell, and her next run reads them."""
    album, track, other, artist = (spotify_id(*each) for each in (("a", 1), ("t", 1), ("t", 2), ("r", 1)))
    world.change("INSERT INTO album_tracks (album_id, track_id) VALUES (%s, %s)", album, other)

    def exported() -> tuple[set[str], str, str]:
        """The tracks of that album; when it and its artist were read."""
        users(world, "export", "anna", "anna.zip", "--overwrite")
        with zipfile.ZipFile("anna.zip") as archive:
            held = {
                name: [line.split("\t") for line in archive.read(f"tables/{name}.tsv").decode().splitlines()]
                for name in ("album_tracks", "albums", "artists")
            }
        (of_album,) = [row[10] for row in held["albums"] if row[0] == album]
        (of_artist,) = [row[7] for row in held["artists"] if row[0] == artist]
        return {row[1] for row in held["album_tracks"] if row[0] == album}, of_album, of_artist

    read_at = "2020-01-02 12:00:00+00"
    assert exported() == ({track, other}, read_at, read_at)
    world.change("UPDATE saved_albums SET user_id = 'u2' WHERE user_id = 'u1'")
    world.change("UPDATE followed_artists SET user_id = 'u2' WHERE user_id = 'u1'")
    assert exported() == ({track}, r"\N", r"\N")


# What is refused, and changes nothing


@pytest.mark.parametrize("command", [["remove", "anna", "--yes"], ["import", "anna.zip"]])
def test_while_a_script_runs(world, command) -> None:
    from api_syncs.track_plays import JOB

    users(world, "export", "anna", "anna.zip")
    if command[0] == "import":
        users(world, "remove", "anna", "--yes")
    before = everything(world.dsn)
    whose = "u1" if command[0] == "remove" else "u2"
    with closing(psycopg2.connect(world.dsn, application_name=BY_HAND)) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (JOB.lock_of(whose),))
        assert "track_plays: running now" in users(world, *command, code=ExitCode.FAILED)
    assert everything(world.dsn) == before


def test_a_running_script_of_another_listener_keeps_nobody_from_leaving(world) -> None:
    from api_syncs.track_plays import JOB

    with closing(psycopg2.connect(world.dsn, application_name=BY_HAND)) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (JOB.lock_of("u2"),))
        users(world, "remove", "anna", "--yes")


def test_whoever_is_not_asked_or_says_no_removes_nothing(world) -> None:
    from db import users as module
    from utils.login.consent import Terminal

    before = everything(world.dsn)
    assert "nobody to ask" in world.call("db/users.py", "remove", "anna").stderr
    said: list[str] = []
    terminal = Terminal(lambda text, *_: said.append(text), lambda _: "n", lambda _: "", lambda _: True)
    with world.settings():
        assert module.main(["remove", "anna"], terminal) == ExitCode.FAILED
    assert "liked_tracks" in said[0]
    assert everything(world.dsn) == before


def test_names_and_files_that_do_not_fit(world) -> None:
    before = everything(world.dsn)
    assert "no listener 'carl'" in users(world, "remove", "carl", "--yes", code=ExitCode.SETTINGS)
    assert "no listener 'carl'" in users(world, "export", "carl", code=ExitCode.SETTINGS)
    assert world.call("-m", "db.backup", "all.zip").returncode == 0
    assert "./run restore" in users(world, "import", "all.zip", code=ExitCode.SETTINGS)
    assert "cannot be a listener's name" in users(
        world, "import", "all.zip", "--name", "../x", code=ExitCode.SETTINGS
    )
    assert everything(world.dsn) == before
    users(world, "export", "anna", "anna.zip")
    users(world, "remove", "anna", "--yes")
    world.change("UPDATE users SET name = 'anna'")
    assert "Another listener has the name anna" in users(world, "import", "anna.zip", code=ExitCode.SETTINGS)
    assert with_rows(world, "u1") == set()


def test_an_encrypted_export_needs_its_key(world, monkeypatch) -> None:
    from db.backups import age

    monkeypatch.setattr(age, "_WORK", 1)  # a real one takes half a second
    world.extra["BACKUP_KEY"] = "a key that is long enough"
    assert ".zip.age" in users(world, "export", "anna")
    (path,) = world.folder.glob("anna-*.zip.age")
    users(world, "remove", "anna", "--yes")
    world.extra["BACKUP_KEY"] = "another key than the one"
    assert "does not open" in users(world, "import", path.name, code=ExitCode.SETTINGS)
    world.extra["BACKUP_KEY"] = "a key that is long enough"
    users(world, "import", path.name)
    assert ask(world.dsn, "SELECT count(*) FROM plays") == [(2,)]


def test_into_an_empty_database(world, empty_dsn) -> None:
    users(world, "export", "anna", "anna.zip")
    here = {
        name: world.rows(f"SELECT t::text FROM {name} AS t WHERE user_id = 'u1'")
        for name in tables(world, personal=True) - {"users", *exporting.OF_CONSENTS}
    }
    world.dsn = empty_dsn
    users(world, "import", "anna.zip", "--name", "me")
    there = {name: rows for name, rows in everything(empty_dsn).items() if name in here}
    assert there == here
    assert world.rows("SELECT user_id, name FROM users") == [("u1", "me")]
    assert world.rows("SELECT count(*) FROM track_plays") == [(1,)]


def test_an_older_export_is_not_put_among_others(world, monkeypatch) -> None:
    from db.backups.manifest import Manifest

    users(world, "export", "anna", "anna.zip")
    users(world, "remove", "anna", "--yes")
    before = everything(world.dsn)
    monkeypatch.setattr(Manifest, "version", property(lambda each: max(each.migrations) - 1))
    assert "./run restore puts it into an empty database" in users(
        world, "import", "anna.zip", code=ExitCode.SETTINGS
    )
    assert everything(world.dsn) == before


def test_a_changed_file_is_not_taken(world) -> None:
    """Rows of somebody else in it: they would not be those of the listener who comes."""
    users(world, "export", "anna", "anna.zip")
    users(world, "remove", "anna", "--yes")
    before = everything(world.dsn)
    with zipfile.ZipFile("anna.zip") as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(held["manifest.json"])
    likes = held["tables/liked_tracks.tsv"] = held["tables/liked_tracks.tsv"].replace(b"u1", b"u2")
    for table in manifest["tables"]:
        if table["name"] == "liked_tracks":
            table["sha256"] = hashlib.sha256(likes).hexdigest()
    held["manifest.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile("anna.zip", "w") as archive:
        for name, content in held.items():
            archive.writestr(name, content)
    assert "did not come as it was written" in users(world, "import", "anna.zip", code=ExitCode.FAILED)
    assert everything(world.dsn) == before
