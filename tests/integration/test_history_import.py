"""The import of a privacy export, from the file to the tables."""

from datetime import UTC, datetime

from simulator.exports.export import write_export

IMPORT = "db.import_streaming_history"


def test_an_export_is_imported_once(make_world, tmp_path):
    world = make_world(liked=130, albums=20, plays=60)
    assert world.run("api_syncs.track_plays").status == "done"
    with world.sim.edit() as library:
        written = write_export(library, tmp_path, datetime.now(UTC), rows=3_000, years=3)
    print(written)
    first = world.call("-m", IMPORT, *map(str, written.paths))
    print(first.stdout, first.stderr)
    assert first.returncode == 0, first.stderr
    print(world.rows("SELECT source, count(*) FROM plays GROUP BY 1"), world.rows("SELECT * FROM imports"))
    second = world.call("-m", IMPORT, *map(str, written.paths))
    print(second.stdout)
    third = world.call("-m", IMPORT, "--aside")
    print(third.stdout)
    play = world.run("api_syncs.track_plays")
    print(play.tally)
    assert 0
