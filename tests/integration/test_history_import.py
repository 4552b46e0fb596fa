"""The import of a privacy export, from the file to the tables."""

import re
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import psycopg2
import pytest

from simulator.exports.export import write_export

pytestmark = pytest.mark.once

KILLED = str(Path(__file__).with_name("killed_script.py"))
IMPORT = "db.import_streaming_history"


@pytest.fixture
def world(make_world):
    world = make_world(liked=130, albums=20, plays=60)
    assert world.run("api_syncs.track_plays").status == "done"
    return world


@pytest.fixture
def written(world, tmp_path):
    """An export of three years, which has the plays that the API tells."""
    with world.sim.edit() as library:
        return write_export(library, tmp_path, datetime.now(UTC), rows=3_000, years=3)


def spoken_of(written):
    """How many rows are podcasts and audiobooks."""
    return written.truth.by_kind["episode"] + written.truth.by_kind["chapter"]


def said(world, *words):
    ended = world.call("-m", IMPORT, *map(str, words))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_every_row_is_accounted_for_and_every_play_is_there_once(world, written):
    truth, spoken = written.truth, spoken_of(written)
    text = said(world, *written.paths)
    empty = truth.by_kind["nothing"]
    assert (
        f"3,000 rows = {truth.plays - 50:,} new plays + 50 merged with plays that another source had told of + "
        + (f"{truth.copies} already known + " if truth.copies else "")  # what is none is not said
        + f"{spoken} of podcasts and audiobooks"
        + (f" + {empty} set aside" if empty else "")
    ) in text
    assert truth.plays + truth.copies + spoken + empty == 3_000
    assert world.rows("SELECT source, count(*) FROM plays GROUP BY 1 ORDER BY 1") == [
        ("both", 50),
        ("export", truth.plays - 50),
    ]
    assert world.rows("SELECT count(*) FROM episode_plays") == [(spoken,)]


def test_the_same_export_again_adds_nothing_and_neither_does_the_api(world, written):
    said(world, *written.paths)
    plays = "SELECT * FROM plays ORDER BY played_at, item_key, part"
    before = world.rows(plays)
    known = 3_000 - written.truth.by_kind["nothing"]
    assert f"3,000 rows = 0 new plays + {known:,} already known" in said(world, *written.paths)
    world.change("DELETE FROM import_rows_aside")
    world.change("DELETE FROM imports")  # as if the file's content were another
    text = said(world, *written.paths)
    spoken = spoken_of(written)
    assert f"3,000 rows = 0 new plays + {known - spoken:,} already known + {spoken} of podcasts" in text
    outcome = world.run("api_syncs.track_plays")
    assert (outcome.tally.new_items, outcome.tally.updated_items, outcome.tally.unchanged_items) == (0, 0, 50)
    assert world.rows(plays) == before


def test_what_is_older_than_what_is_there_leaves_no_half_empty_pages(world, written):
    """The plays of the API come first, and with them every page of the key would be split in two by what is put before it."""
    size = "SELECT pg_relation_size('plays_key')"
    said(world, *written.paths)
    ((imported,),) = world.rows(size)
    world.change("REINDEX INDEX plays_key")
    assert world.rows(size) == [(imported,)]


def test_an_import_is_done_where_its_pages_cannot_be_tidied_up(world, written):
    """Somebody else is writing plays, and does not end."""
    assert world.call("-m", "db.settings", "set", "database.lock_timeout_seconds", "1").returncode == 0
    with closing(psycopg2.connect(world.dsn)) as other, other.cursor() as cursor:
        cursor.execute("DELETE FROM plays WHERE played_at = '-infinity'")
        ended = world.call("-m", IMPORT, *map(str, written.paths))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert (
        "takes more room than it has to, and was not built anew: others are writing"
        in ended.stdout + ended.stderr
    )
    assert world.rows("SELECT count(*) FROM plays") == [(written.truth.plays,)]


def test_an_import_that_is_little_beside_what_is_there_builds_nothing_anew(world, written):
    said(world, *written.paths)
    world.change(
        "INSERT INTO plays (user_id, played_at, item_key, part, source) SELECT user_id, played_at - n * interval '4 years', item_key, part, source FROM plays, generate_series(1, 3) AS n WHERE source = 'export'"
    )
    world.change("ANALYZE plays")
    place = "SELECT pg_relation_filenode('plays_key')"
    before = world.rows(place)
    with world.sim.edit() as library:
        more = write_export(
            library, written.paths[0].parent / "more", datetime.now(UTC), rows=200, years=1, seed=2
        )
    said(world, *more.paths)
    assert world.rows(place) == before


@pytest.mark.parametrize("moment", ["before", "after"])
def test_killed_at_each_commit_it_comes_to_the_same_end(world, tmp_path, moment):
    with world.sim.edit() as library:
        written = write_export(
            library, tmp_path, datetime.now(UTC), rows=900, years=3, as_zip=False, file_bytes=150_000
        )
    process = world.call(KILLED, moment, IMPORT, str(written.paths[0].parent))
    assert process.returncode == 0, process.stderr
    assert int(process.stdout.split()[-2]) >= 10, "how often it was killed"
    assert world.rows("SELECT count(*), count(*) FILTER (WHERE source = 'both') FROM plays") == [
        (written.truth.plays, 50)
    ]
    accounts = "SELECT sum(rows_done), sum(new_plays + merged + known + episodes + aside) FROM imports"
    assert world.rows(accounts) == [(900, 900)]
    assert world.rows("SELECT count(*) FROM imports WHERE finished_at IS NULL") == [(0,)]


def test_stopped_between_two_batches_it_says_how_far_it_is_and_goes_on(world, written, monkeypatch):
    monkeypatch.setattr("db.importing.files.ROWS_AT_ONCE", 500)
    world.extra["JOB_TIME_BUDGET_MINUTES"] = (
        "0.0001"  # spent after some batch: the first is written however late it is
    )
    text = said(world, *written.paths)
    kept = re.search(r"kept of what came before the end: ([\d,]+) rows = [\d,]+ new plays", text)
    assert kept, text
    assert world.rows("SELECT sum(rows_done) FROM imports") == [(int(kept[1].replace(",", "")),)]
    ((rows_done,),) = world.rows("SELECT rows_done FROM imports WHERE finished_at IS NULL")
    assert rows_done % 500 == 0, "batches were kept as a whole"
    assert int(kept[1].replace(",", "")) < written.truth.rows
    del world.extra["JOB_TIME_BUDGET_MINUTES"]
    said(world, *written.paths)
    assert world.rows("SELECT count(*) FROM plays") == [(written.truth.plays,)]
