"""`./run control`: pause, resume, reset, show. Checklist S2-26."""

import shutil
from contextlib import closing
from datetime import timedelta
from importlib import import_module

import psycopg2
import pytest
from psycopg2.extensions import parse_dsn

from api_syncs.run_all import CHAIN
from simulator import Simulator, generate
from tests.conftest import new_database
from tests.connections import PATIENCE_S, wait_until_alone
from tests.made_once import alike_covers
from tests.repository.test_names import SCRIPTS, module_of
from tests.stages import contents, difference, world_at, world_of
from utils.job.run import Run
from utils.job.scripts import jobs

pytestmark = pytest.mark.once
SCRIPT = "db.control"
LIKED = "api_syncs.sync_liked_tracks"
PLAYS = "api_syncs.track_plays"
VIEWS = "api_syncs.materialized_views"
ALIEN = "Alien".ljust(22, "0")
HOSTILE = (
    "--help",
    "--",
    "-x",
    "--user=other",
    "; rm -rf /",
    "$(id)",
    "a\n::error::b",
    "nul\0",
    "\udcff",
    "*",
)


@pytest.fixture
def world(make_world):
    world = make_world(liked=10, plays=20)
    assert world.run(PLAYS).status == "done"
    world.sim.clear_requests()
    return world


def control(world, *arguments, code=0):
    """What it says."""
    process = world.call("-m", SCRIPT, *arguments)
    assert process.returncode == code, process.stdout + process.stderr
    assert "Traceback" not in process.stderr
    return process.stdout if code == 0 else process.stderr


def status(world, module, *, force=True):
    return world.run(module, force=force).status


def controls(world):
    return world.rows("SELECT job, is_paused FROM job_controls WHERE is_paused ORDER BY 1")


# Which jobs there are


def test_the_jobs_are_those_of_the_scripts():
    declared = [module for module in map(module_of, SCRIPTS) if hasattr(import_module(module), "JOB")]
    assert list(jobs()) == sorted(module.rpartition(".")[2] for module in declared)


# Pause and resume


@pytest.mark.parametrize("times", [1, 2])
def test_a_paused_job_is_not_run_and_asks_nothing(world, times):
    for _ in range(times):
        assert control(world, "pause", "--job", "sync_liked_tracks") == "sync_liked_tracks is paused\n"
    outcome = world.run(LIKED)
    assert (outcome.status, outcome.exit_code) == ("paused", 0)
    assert "./run control resume" in outcome.message
    assert world.asked(tokens=True) == []
    assert status(world, PLAYS) == "done", "only that one"
    for _ in range(times):
        assert control(world, "resume", "--job=sync_liked_tracks") == "sync_liked_tracks goes on\n"
    assert status(world, LIKED) == "done"
    world.assert_library_equal()


@pytest.mark.parametrize("job", [(), ("--job=",)], ids=["left out", "empty"])
def test_without_a_name_all_scripts_are_paused(world, job):
    """Those that ask only the database, and the chain, too."""
    assert control(world, "pause", *job) == "all scripts are paused\n"
    modules = [*(step.module for step in CHAIN), "api_syncs.run_all", "playlists.update_dynamic_playlists"]
    assert {module: status(world, module) for module in modules} == dict.fromkeys(modules, "paused")
    assert world.asked(tokens=True) == []
    assert control(world, "resume", *job) == "all scripts go on\n"
    assert status(world, LIKED) == status(world, VIEWS) == "done"


def test_a_job_that_asks_only_the_database_can_be_paused(world):
    control(world, "pause", "--job", "clean")
    assert (status(world, "db.clean"), status(world, VIEWS)) == ("paused", "done")
    control(world, "resume", "--job", "clean")
    assert status(world, "db.clean") == "done"


def test_one_does_not_go_on_while_all_are_paused(world):
    control(world, "pause")
    control(world, "pause", "--job", "sync_liked_tracks")
    for name in ("sync_liked_tracks", "clean"):
        assert "paused with all scripts" in control(world, "resume", "--job", name, code=2)
    assert controls(world) == [("*", True), ("sync_liked_tracks", True)]
    control(world, "resume")
    assert controls(world) == []


def test_a_pause_that_a_hand_has_written_for_everybody_is_lifted(world):
    world.change("INSERT INTO job_controls (user_id, job, is_paused) VALUES ('*', 'clean', true)")
    assert "clean" in control(world, "show")
    control(world, "resume", "--job", "clean")
    assert status(world, "db.clean") == "done"


def test_a_pause_is_one_listeners(world):
    """Chores of the others are still done."""
    world.change("INSERT INTO users (user_id, spotify_id) VALUES ('other-id', 'other-name')")
    world.change(
        "INSERT INTO plays (user_id, played_at, item_key, source) SELECT 'other-id', played_at, item_key, source FROM plays"
    )
    world.change("INSERT INTO played_tracks SELECT 'other-id', track_id FROM played_tracks")
    control(world, "pause", "--user", "other-name")
    assert world.rows("SELECT user_id, job FROM job_controls WHERE is_paused") == [("other-id", "*")]
    assert status(world, LIKED) == "done"
    world.extra["SPOTIFY_REFRESH_TOKEN"] = ""  # then it is everybody's run
    assert status(world, VIEWS) == "done"
    assert world.rows("SELECT count(*) FROM daily_listening WHERE user_id = 'other-id'") == [(0,)]
    assert world.rows("SELECT count(*) > 0 FROM daily_listening") == [(True,)]
    assert world.call("-m", VIEWS, "--user", "other-id").stdout.count("paused by you") == 1
    control(world, "resume", "--user", "other-id")
    assert status(world, VIEWS) == "done"
    assert world.rows("SELECT count(*) > 0 FROM daily_listening WHERE user_id = 'other-id'") == [(True,)]


# While a script runs


def controlled(world, *arguments, at="50", module=LIKED):
    """Run a script, and have somebody say this when it asks for that page, behind the first batch; how it ended, and what was said."""
    said = []

    def act(request):
        if request.path == "/me/tracks" and request.query.get("offset") == at and not said:
            with world.start("-m", SCRIPT, *arguments) as process:
                said.append(process.communicate(timeout=PATIENCE_S)[0])

    world.sim.on_request = act
    with world.start("-m", module, "--force") as process:
        output = "".join(process.communicate(timeout=PATIENCE_S))
    world.sim.on_request = None
    assert said, output
    return process.returncode, output, said[0]


@pytest.fixture
def larger(make_world):
    world = make_world(liked=330, plays=20, playlists=0, followed=0, odd=False)
    assert world.run(PLAYS).status == "done"
    assert world.call("-m", "db.settings", "set", "spotify.download_images", "false").returncode == 0
    return world


def history(world, job="sync_liked_tracks"):
    return world.rows("SELECT status FROM sync_history WHERE job = %s ORDER BY started_at", job)


def offsets(world):
    return [int(each.query["offset"]) for each in world.sim.requests if each.path == "/me/tracks"]


@pytest.mark.parametrize("job", [(), ("--job=sync_liked_tracks",)], ids=["all", "one"])
def test_a_pause_ends_what_runs_at_its_next_batch_and_holds(larger, job):
    code, output, _ = controlled(larger, "pause", *job)
    assert (code, history(larger)) == (0, [("paused",)])
    assert "paused by you; ./run control resume lets it go on; 50 of 330 done, the next run goes on" in output
    assert larger.rows("SELECT status, last_synced_offset FROM sync_state") == [("paused", 50)]
    assert len(larger.liked()) == 50
    assert status(larger, LIKED) == "paused"
    control(larger, "resume", *job)
    larger.sim.clear_requests()
    assert status(larger, LIKED) == "done"
    assert min(offsets(larger)) == 50
    larger.assert_library_equal()


@pytest.mark.parametrize("job", [(), ("--job=sync_liked_tracks",)], ids=["all", "one"])
def test_a_cancel_ends_what_runs_at_its_next_batch_and_nothing_later(larger, job):
    code, output, said = controlled(larger, "cancel", *job)
    assert said == "sync_liked_tracks ends at its next batch; its next start goes on from there\n"
    assert (code, history(larger)) == (0, [("cancelled",)])
    assert (
        "cancelled by you (./run control cancel); 50 of 330 done, the next run goes on from there" in output
    )
    assert larger.rows("SELECT status, last_synced_offset FROM sync_state") == [("cancelled", 50)]
    larger.sim.clear_requests()
    assert larger.run(LIKED, force=False).status == "done", "neither a cooldown nor a pause"
    assert min(offsets(larger)) == 50
    larger.assert_library_equal()


@pytest.mark.slow(6)
def test_a_cancelled_chain_begins_nothing_more(larger):
    code, output, said = controlled(larger, "cancel", module="api_syncs.run_all")
    assert "run_all ends at its next batch" in said
    assert "sync_liked_tracks ends at its next batch" in said
    assert (code, history(larger), history(larger, "run_all")) == (0, [("cancelled",)], [("cancelled",)])
    ran = {job for (job,) in larger.rows("SELECT DISTINCT job FROM sync_history")}
    assert ran == {"run_all", "init_db", "track_plays", "sync_liked_tracks"}
    assert output.count("not run") == len(CHAIN) - 3


@pytest.mark.slow(6)
def test_one_step_of_a_chain_can_be_cancelled_alone_and_so_can_the_chain(larger):
    code, _, _ = controlled(larger, "cancel", "--job=sync_liked_tracks", module="api_syncs.run_all")
    assert (code, history(larger)) == (0, [("cancelled",)])
    assert history(larger, "run_all") == history(larger, "build_dashboard") == [("done",)]
    control(larger, "reset", "--job=sync_liked_tracks")
    controlled(larger, "cancel", "--job=run_all", module="api_syncs.run_all")
    assert history(larger)[-1] == history(larger, "run_all")[-1] == ("cancelled",)


def test_where_a_script_was_cancelled_with_all_others_a_workflow_begins_none(larger, tmp_path):
    larger.extra["RUN_REPORT"] = str(tmp_path / "report.jsonl")
    controlled(larger, "cancel")
    outcome = larger.run("api_syncs.sync_saved_albums")
    assert (outcome.status, outcome.exit_code) == ("skipped", 0)
    assert outcome.message == "sync_liked_tracks was cancelled, and all that was started with it"


def test_what_does_not_run_cannot_be_cancelled(larger):
    assert control(larger, "cancel") == "nothing is running\n"
    assert control(larger, "cancel", "--job=clean") == "clean is not running\n"
    larger.change("UPDATE sync_history SET status = 'running', finished_at = NULL")  # it was killed
    assert control(larger, "cancel") == "nothing is running\n"
    assert status(larger, PLAYS) == "done"


def test_show_names_what_runs_and_is_cancelled(larger):
    _, _, said = controlled(larger, "show")
    assert "running           sync_liked_tracks\n" in said


def test_looking_costs_a_statement_for_each_batch_but_the_first(larger):
    """So a run of one batch, such as that of the plays, has no more statements than ever."""
    looks = []
    execute = Run._obey
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Run, "_obey", lambda run, cursor: (looks.append(run.job), execute(run, cursor)))
        assert status(larger, PLAYS) == status(larger, LIKED) == "done"
    assert looks.count("track_plays") == 0
    [(batches,)] = larger.rows("SELECT batch_number FROM sync_history WHERE job = 'sync_liked_tracks'")
    assert looks.count("sync_liked_tracks") == batches - 1


# What is refused


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("pause", "--job", "sync_like_tracks"), "did you mean sync_liked_tracks?"),
        (("resume", "--job", "clear"), "did you mean clean?"),
        (("pause", "--job", "settings"), "There are: build_dashboard, "),
        (("reset", "--entity", "liked_track"), "did you mean liked_tracks?"),
        (("reset", "--entity", "unheard_of"), "There are: album_tracks, "),
        (("reset", "--job", "sync_playlists", "--entity", "details"), "It copies playlists, playlist_items."),
        (("reset", "--job", "clean", "--entity", "details"), "nothing that has a checkpoint"),
        (("pause", "--entity", "details"), "--entity is for reset"),
        (("pause", "--user", "nobody"), "'nobody'"),
        (("stop",), "invalid choice"),
    ],
    ids=str,
)
def test_what_is_unknown_is_refused_by_name(world, arguments, said):
    assert said in control(world, *arguments, code=2)
    assert controls(world) == []


@pytest.mark.parametrize("place", ["--job={}", "--entity={}", "--user={}", "action"])
def test_whatever_is_given_is_no_option_and_does_nothing(world, place):
    """As a workflow gives it: `--job="$JOB" -- "$ACTION"`."""
    before = world.rows("SELECT * FROM sync_state"), world.rows("SELECT * FROM job_controls")
    for text in HOSTILE:
        given = ["--", text] if place == "action" else [place.format(text), "--", "reset"]
        said = control(world, *given, code=2)
        assert not [line for line in said.splitlines() if line.startswith("::")], ascii(text)
        after = world.rows("SELECT * FROM sync_state"), world.rows("SELECT * FROM job_controls")
        assert after == before, ascii(text)


@pytest.mark.parametrize("action", ["pause", "resume", "cancel", "reset", "show"])
def test_before_the_first_run_there_is_nobody_to_pause(make_world, action):
    said = control(make_world(), action, code=2)
    assert "no listener in the database yet" in said
    assert "Run ./run sync first" in said


# Show


def test_it_shows_what_keeps_scripts_from_running(world):
    [(user_id,)] = world.rows("SELECT user_id FROM users")
    assert control(world, "show") == (
        f"listener          {user_id}\n"
        "running           nothing\n"
        "paused            nothing\n"
        "open circuits     none\n"
        "Spotify's pauses  none\n"
    )
    control(world, "pause", "--job", "sync_top_items")
    control(world, "pause", "--job", "clean")
    world.change(
        "INSERT INTO job_controls (user_id, job, consecutive_failures, circuit_open_until) VALUES "
        "(%s, 'sync_artists', 5, now() + interval '30 minutes'), "
        "(%s, 'sync_playlists', 5, now() - interval '30 minutes'), "
        "(%s, 'sync_exclusions', 5, now() + interval '30 days'), "
        "('*', 'sync_artist_albums', 5, now() + interval '30 minutes'), "
        "('*', 'materialized_views', 5, now() + interval '30 minutes')",
        *[user_id] * 3,
    )
    world.change(
        "INSERT INTO sync_pauses (client_id, endpoint_group, reason, hit_at, until) "
        "VALUES ('app', 'library', 'quota used up', now(), now() + interval '5 hours'), "
        "('app', 'plays', 'over', now() - interval '5 hours', now() - interval '1 hour')"
    )
    said = control(world, "show")
    assert "paused            clean, sync_top_items\n" in said
    assert said.count("after 5 failures in a row") == 2, "not what is over, cannot be, or says nothing"
    assert "sync_artists, after" in said
    assert "materialized_views, after" in said
    assert "no requests of group library before" in said
    assert "(quota used up)" in said
    assert "plays" not in said


# Reset


@pytest.fixture(scope="module")
def whole_copy(server, template, tmp_path_factory):
    """Everything has been copied, and another chain has nothing to do: a database, and the state of its Spotify."""
    folder = tmp_path_factory.mktemp("copied")
    library = generate(seed=1, liked=120, albums=58, plays=40, playlists=5, followed=5, odd=False)
    with (
        new_database(server, template) as dsn,
        Simulator(library, "extended", state_file=folder / "state.json") as sim,
        alike_covers(),
    ):
        world = world_of(sim, dsn, folder)
        with world.sim.edit() as library:
            for tracks in (51, 120):
                library.save_album(library.new_album(tracks=tracks))
        chain(world)
        with world.sim.edit() as library:
            [exclusions] = [each.id for each in library.playlists.values() if each.name == "Exclusions"]
            library.playlist_add(exclusions, list(library.liked_rows())[:3])
        chain(world)
        chain(world)
        sim.save()
        wait_until_alone(dsn)
        yield parse_dsn(dsn)["dbname"], folder / "state.json"


@pytest.fixture
def copied(server, whole_copy, tmp_path):
    """A world of its own, in which that was done."""
    shutil.copytree(whole_copy[1].parent / "artwork", tmp_path / "artwork")
    with world_at(server, whole_copy, tmp_path, mode="extended") as world:
        yield world


def chain(world, *, force=True, without=""):
    for step in CHAIN:
        if step.module == without:
            continue
        outcome = world.run(step.module, force=force and step.can_be_forced)
        assert outcome.exit_code == 0, f"{step.module}: {outcome.message}"
    assert status(world, VIEWS) == "done"  # what is cleaned after them


def all_but_events(world):
    found = contents(world, with_times=False)
    del found["library_events"], found["playlist_versions"]

    return found


# Each leaves what a chain looks at as it was: the numbers fit, the stamps are new, the versions are those of Spotify.
DAMAGE = {
    "liked_tracks": "UPDATE liked_tracks SET track_id = '{alien}' "
    "WHERE liked_at = (SELECT min(liked_at) FROM liked_tracks)",
    "saved_albums": "UPDATE saved_albums SET album_id = '{alien}' "
    "WHERE added_at = (SELECT min(added_at) FROM saved_albums)",
    "album_tracks": "DELETE FROM album_tracks WHERE (album_id, track_id) IN (SELECT album_id, max(track_id) FROM "
    "album_tracks JOIN albums USING (album_id) WHERE total_tracks > 50 AND track_number > 50 GROUP BY 1)",
    "playlist_items": "UPDATE playlist_items SET item_uri = 'spotify:track:{alien}'",
    "excluded_tracks": "DELETE FROM excluded_tracks WHERE track_id = (SELECT min(track_id) FROM excluded_tracks)",
    "top_items": "DELETE FROM top_items WHERE rank = 3",
    "artists": "UPDATE artists SET genres = CASE WHEN genres <> '{{}}' THEN ARRAY['silence'] ELSE genres END, popularity = 1",
    "albums": "UPDATE albums SET label = 'nobody' WHERE album_id NOT IN (SELECT album_id FROM saved_albums) "
    "AND album_id <> '{alien}' AND label IS NOT NULL",
    "artist_albums": "DELETE FROM artist_albums WHERE (artist_id, album_id) IN "
    "(SELECT artist_id, max(album_id) FROM artist_albums GROUP BY 1)",
    "track_availability": "UPDATE track_availability SET is_playable = NOT is_playable",
}


@pytest.mark.slow(8, together=True)
def test_after_a_reset_everything_is_read_and_the_copy_equals_the_library(copied):
    world = copied
    whole = all_but_events(world)
    world.change("INSERT INTO tracks (track_id) VALUES (%s)", ALIEN)
    world.change("INSERT INTO albums (album_id) VALUES (%s)", ALIEN)
    for sql in DAMAGE.values():
        world.change(sql.format(alien=ALIEN))
    chain(world, without="playlists.update_dynamic_playlists")  # it would make lists of the damage
    assert set(DAMAGE) <= set(difference(whole, all_but_events(world))), "a chain alone does not notice"
    damaged = all_but_events(world)

    for _ in range(2):
        said = control(world, "reset")
    for job in jobs().values():
        for entity in job.entities:
            assert f"{entity.name}" in next(
                line for line in said.splitlines() if line.startswith(f"{job.name}:")
            )
    changed = set(difference(damaged, all_but_events(world)))
    assert changed <= {"playlists", "playlist_mappings", "refusals"}, "only when something was read"
    chain(world, force=False)
    world.assert_library_equal()
    for table, of in (("liked_tracks", "track_id"), ("saved_albums", "album_id")):
        gone = f"SELECT removed_at IS NOT NULL FROM {table} WHERE {of} = %s"
        assert world.rows(gone, ALIEN) == [(True,)], "asked about, and marked"
        world.change(f"DELETE FROM {table} WHERE {of} = %s", ALIEN)
    for table, of in (("tracks", "track_id"), ("albums", "album_id"), ("refusals", "item_id")):
        world.change(f"DELETE FROM {table} WHERE {of} = %s", ALIEN)
    assert status(world, VIEWS) == "done"
    assert difference(whole, all_but_events(world)) == {}
    events = world.rows("SELECT event, item_type FROM library_events WHERE event IN ('unliked', 'removed')")
    assert sorted(events) == [("removed", "album"), ("unliked", "track")]
    assert world.rows("SELECT count(*) FROM sync_seen") == [(0,)]


@pytest.mark.slow(4, together=True)
def test_a_reset_costs_what_the_first_reading_did(copied):
    """Of each entity alone; the others are left as they are."""
    world = copied
    entities = {
        e.name: job for job in jobs().values() for e in job.entities if job.name != "sync_liked_tracks_full"
    }
    assert {name for (name,) in world.rows("SELECT DISTINCT entity_type FROM sync_state")} == set(entities)
    asked = {}
    for entity, job in entities.items():
        stamps = contents(world)
        control(world, "reset", "--entity", entity)
        changed = difference(stamps, contents(world)).keys()
        assert changed <= {"albums", "artists", "playlists", "playlist_mappings", "track_replacements"}
        left = {name for (name,) in world.rows("SELECT DISTINCT entity_type FROM sync_state")}
        assert left == set(entities) - {entity}
        world.sim.clear_requests()
        assert status(world, job.work.__module__, force=False) == "done"
        asked[entity] = len(world.asked())
        assert status(world, job.work.__module__, force=False) in ("done", "skipped")
    with world.sim.edit() as library:
        long = [len(library.album_track_ids(album_id)) for album_id in library.saved_album_rows()]
    assert asked["liked_tracks"] == 3
    assert asked["saved_albums"] == 2
    assert asked["album_tracks"] == sum((tracks - 1) // 50 for tracks in long) == 3
    assert asked["top_items"] == 6
    assert asked["playlist_items"] > asked["playlists"] == 1
    assert asked["exclusions"] == 2
    assert asked["availability"] > 5
    assert asked["details"] > 1
    assert asked["artist_albums"] >= 5


def test_a_reset_closes_the_circuit_and_ends_the_cooldown(world):
    world.sim.faults.add("status", match="/me/tracks", status=400, times=None)
    for _ in range(5):
        assert status(world, LIKED) == "failed"
    world.sim.faults.clear()
    assert status(world, LIKED, force=False) == "paused"
    assert (
        control(world, "reset", "--job", "sync_liked_tracks")
        == "sync_liked_tracks: reads liked_tracks again\n"
    )
    assert status(world, LIKED, force=False) == "done"
    assert status(world, LIKED, force=False) == "skipped", "the cooldown"
    control(world, "reset", "--job", "sync_liked_tracks")
    assert status(world, LIKED, force=False) == "done"
    assert world.rows("SELECT consecutive_failures FROM job_controls WHERE job = 'sync_liked_tracks'") == [
        (0,)
    ]


def test_what_is_paused_stays_so_and_what_spotify_wants_too(world):
    control(world, "pause", "--job", "sync_liked_tracks")
    world.change(
        "INSERT INTO sync_pauses (client_id, endpoint_group, reason, hit_at, until) "
        "VALUES (%s, 'library', 'quota', now(), now() + interval '5 hours')",
        world.sim.client_id,
    )
    control(world, "reset")
    assert controls(world) == [("sync_liked_tracks", True)]
    assert world.rows("SELECT count(*) FROM sync_pauses") == [(1,)]
    assert status(world, "api_syncs.sync_saved_albums", force=False) == "paused"


def test_a_job_without_a_checkpoint_may_run_at_once(small_world):
    world = small_world(liked=10)
    assert status(world, "api_syncs.run_all", force=False) == "done"
    assert status(world, "api_syncs.run_all", force=False) == "skipped"
    assert "keeps no checkpoint" in control(world, "reset", "--job", "run_all")
    assert status(world, "api_syncs.run_all", force=False) == "done"


def test_a_pass_under_way_begins_anew(small_world):
    """What it has met so far is forgotten with its position: else all before that would seem to be missing."""
    world = small_world(liked=230)
    world.sim.faults.add("quota", match="/me/tracks", after=3, times=None)
    assert status(world, LIKED) == "paused"
    assert world.rows("SELECT count(*) > 0 FROM sync_seen") == [(True,)]
    control(world, "reset", "--entity", "liked_tracks")
    assert world.rows("SELECT count(*) FROM sync_seen") == [(0,)]
    world.sim.faults.clear()
    world.change("DELETE FROM sync_pauses")
    world.sim.clear_requests()
    outcome = world.run(LIKED)
    assert (outcome.status, outcome.tally.removed_items) == ("done", 0)
    assert world.asked().count("GET /me/tracks") == 5
    assert "GET /me/library/contains" not in world.asked()
    world.assert_library_equal()


def test_a_running_job_is_left_as_it_is_and_named(world):
    """It would store its checkpoint again."""
    assert status(world, LIKED) == status(world, "api_syncs.sync_saved_albums") == "done"
    [(user_id,)] = world.rows("SELECT user_id FROM users")
    with closing(psycopg2.connect(world.dsn)) as other, other.cursor() as cursor:
        lock = f"sync_liked_tracks:{user_id}"
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", (lock,))
        said = control(world, "reset", code=1)
        assert "sync_liked_tracks, sync_liked_tracks_full: running now" in said
        assert world.rows("SELECT entity_type FROM sync_state ORDER BY 1") == [("liked_tracks",)]
        control(world, "reset", "--job", "sync_saved_albums")
        other.rollback()
    control(world, "reset")
    assert world.rows("SELECT entity_type FROM sync_state") == []


def test_exclusions_that_were_emptied_meanwhile_are_empty_after_a_reset(world):
    """An empty list says nothing when it is read for the first time, and a reset does not make it that."""
    script = "api_syncs.sync_exclusions"
    assert status(world, LIKED) == status(world, script) == "done"
    with world.sim.edit() as library:
        [exclusions] = [each.id for each in library.playlists.values() if each.name == "Exclusions"]
        tracks = list(library.liked_rows())[:3]
        library.playlist_add(exclusions, tracks)
    assert status(world, script) == "done"
    assert world.rows("SELECT count(*) FROM excluded_tracks") == [(3,)]
    with world.sim.edit() as library:
        library.playlist_remove(exclusions, [f"spotify:track:{track_id}" for track_id in tracks])
    control(world, "reset", "--job", "sync_exclusions")
    assert status(world, script, force=False) == "done"
    assert world.rows("SELECT count(*) FROM excluded_tracks") == [(0,)]
    world.sim.clear_requests()
    assert status(world, script) == "done"
    assert len(world.asked()) == 1, "it is known again"


def test_a_reset_is_one_listeners(world):
    assert status(world, LIKED) == "done"
    world.change("INSERT INTO users (user_id, spotify_id) VALUES ('other-id', 'other-name')")
    world.change(
        "INSERT INTO sync_state (user_id, entity_type, phase, status, started_at, last_updated_at) "
        "SELECT 'other-id', entity_type, phase, status, started_at, last_updated_at FROM sync_state"
    )
    before = world.rows("SELECT count(*) FROM sync_state")
    assert before == [(2,)]
    control(world, "reset", "--user", "other-name")
    assert world.rows("SELECT user_id <> 'other-id' FROM sync_state") == [(True,)]


def test_ids_that_spotify_did_not_know_are_asked_for_again(world):
    """Each kind of question is of one entity."""
    kinds = [kind for job in jobs().values() for entity in job.entities for kind in entity.refusals]
    assert sorted(kinds) == [
        "album",
        "album_details",
        "album_tracks",
        "artist",
        "artist_albums",
        "playlist_version",
        "track",
        "track_details",
        "track_fields",
    ]
    moment = "now() - interval '3 days'"
    for kind in kinds:
        world.change(
            f"INSERT INTO refusals (kind, item_id, first_at, last_at, times) VALUES (%s, 'x', {moment}, {moment}, 3)",
            kind,
        )
    control(world, "reset", "--entity", "details")
    assert world.rows("SELECT kind FROM refusals ORDER BY 1") == [
        (kind,) for kind in sorted(kinds) if kind not in ("artist", "album")
    ]
    control(world, "reset")
    assert world.rows("SELECT count(*) FROM refusals") == [(0,)]


@pytest.mark.slow(1, together=True)
def test_long_albums_count_as_complete_until_they_are_read_again(copied):
    """Else what is only shown with an album would be in the library meanwhile."""
    members = copied.rows("SELECT user_id, track_id, source FROM library_members ORDER BY 1, 2, 3")
    control(copied, "reset")
    assert copied.rows("SELECT user_id, track_id, source FROM library_members ORDER BY 1, 2, 3") == members
    old = "SELECT count(*) > 0, bool_and(tracks_synced_at < now() - %s) FROM albums WHERE total_tracks > 50"
    assert copied.rows(old + " AND album_id IN (SELECT album_id FROM saved_albums)", timedelta(days=90)) == [
        (True, True)
    ]
