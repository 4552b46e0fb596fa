"""update_dynamic_playlists, playlist_sync and generate_playlist, with definitions of the test's own."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.clock import FakeClock
from tests.stages import copied, world_at

pytestmark = pytest.mark.once

SYNCS = ("api_syncs.track_plays", "api_syncs.sync_liked_tracks", "api_syncs.materialized_views")
UPDATE = "playlists.update_dynamic_playlists"
WRITES = ("POST", "PUT", "DELETE")


@pytest.fixture(scope="module")
def behind_syncs(server, template, tmp_path_factory):
    with copied(
        server,
        template,
        tmp_path_factory.mktemp("copied"),
        SYNCS,
        liked=130,
        albums=0,
        plays=60,
        odd=False,
        playlists=3,
    ) as found:
        yield found


@pytest.fixture
def world(server, behind_syncs, tmp_path):
    with world_at(server, behind_syncs, tmp_path) as world:
        del world.extra["SPOTIFY_MARKET"]
        folder = tmp_path / "definitions"
        folder.mkdir()
        world.extra["PLAYLIST_DEFINITIONS"] = str(folder)
        world.define = lambda slug, text: (folder / f"{slug}.yml").write_text(text, encoding="utf-8")
        world.forget = lambda slug: (folder / f"{slug}.yml").unlink()
        yield world


def held(world, name):
    """URIs of the only own list of that name on Spotify; None where there is none."""
    with world.sim.edit() as library:
        lists = [
            one for one in library.playlists.values() if one.name == name and one.id in library.user_playlists
        ]
        assert len(lists) <= 1
        return [item.uri for item in lists[0].items] if lists else None


def library_of(world, where="true", order="added_at", limit=1000):
    rows = world.rows(
        f"SELECT track_id FROM unified_tracks WHERE {where} ORDER BY {order}, track_id LIMIT {limit}"
    )
    return [f"spotify:track:{track_id}" for (track_id,) in rows]


def writes(world):
    return [line for line in world.asked() if line.startswith(WRITES)]


def age(world, days):
    """Let the lists have been made so long ago."""
    world.change("UPDATE playlist_mappings SET last_synced_at = last_synced_at - %s", timedelta(days=days))


def test_each_list_holds_what_its_definition_selects(world):
    world.define("first", "name: First\nmatch: everything\nsort: [{by: added_at}]\nlimit: 10\n")
    world.define("heard", "name: Heard\nmatch: {all: [{play_count: {gte: 1}}]}\nsort: [{by: title}]\n")
    outcome = world.run(UPDATE)
    assert (outcome.status, outcome.tally.new_items) == ("done", 2)
    assert held(world, "First") == library_of(world, limit=10)
    assert set(held(world, "Heard")) == set(library_of(world, "play_count > 0"))
    world.sim.clear_requests()
    again = world.run(UPDATE)
    assert (again.tally.unchanged_items, again.requests) == (2, 1), "the listing, and nothing else"
    assert world.asked() == ["GET /me/playlists"]


def test_forty_unchanged_lists_cost_one_request(world):
    for number in range(40):
        world.define(
            f"list_{number:02}", f"name: List {number}\nmatch: everything\nshuffle: {number}\nlimit: 15\n"
        )
    assert world.run(UPDATE).tally.new_items == 40
    world.sim.clear_requests()
    assert world.run(UPDATE).tally.unchanged_items == 40
    assert world.asked() == ["GET /me/playlists"]


def test_a_list_that_names_others_comes_after_them(world):
    world.define("a_rest", "name: Rest\nmatch: everything\nminus: z_first\nsort: [{by: added_at}]\n")
    world.define("z_first", "name: First\nmatch: everything\nsort: [{by: added_at}]\nlimit: 10\n")
    assert world.run(UPDATE).status == "done"
    assert held(world, "Rest") == library_of(world)[10:]


def test_one_failing_list_does_not_stop_the_others(world):
    world.define("broken", "name: Broken\nmatch: {all: [{loudness: 3}]}\n")
    world.define("circle", "name: Circle\nmatch: {all: [{playlist: {in: spiral}}]}\n")
    world.define("spiral", "name: Spiral\nmatch: {all: [{playlist: {in: circle}}]}\n")
    world.define("lost", "name: Lost\nmatch: {all: [{playlist: {in: Nowhere}}]}\n")
    world.define("needs", "name: Needs\nmatch: {all: [{playlist: {not_in: lost}}]}\n")
    world.define("good", "name: Good\nmatch: everything\nlimit: 5\n")
    outcome = world.run(UPDATE)
    assert (outcome.status, outcome.exit_code) == ("failed", 1)
    assert "5 smart playlists" in outcome.message
    for slug in ("broken", "circle", "spiral", "lost", "needs"):
        assert slug in outcome.message
    assert len(held(world, "Good")) == 5
    assert held(world, "Needs") is None, "no wider list for a name that means nothing"


def test_a_refused_list_does_not_stop_the_others(world):
    for name in ("A", "B", "C"):
        world.define(name.lower(), f"name: {name}\nmatch: everything\nlimit: 5\n")
    world.sim.faults.add("status", match="POST /me/playlists", times=1, status=400)
    outcome = world.run(UPDATE)
    assert (outcome.status, outcome.tally.new_items) == ("failed", 2)
    assert world.run(UPDATE).status == "done"
    assert [len(held(world, name)) for name in ("A", "B", "C")] == [5, 5, 5]


def test_a_dry_run_shows_the_calls_and_writes_nothing(world):
    world.define("first", "name: First\nmatch: everything\nlimit: 10\n")
    process = world.call("-m", UPDATE, "--dry-run")
    assert process.returncode == 0, process.stderr
    assert "first: would be created" in process.stdout
    assert writes(world) == []
    assert world.rows("SELECT count(*) FROM playlist_mappings") == [(0,)]
    assert held(world, "First") is None


def test_logs_hold_no_names(world):
    """The logs of a public repository can be read by anyone."""
    world.define("secret", "name: My secret list\ndescription: Nobody knows\nmatch: everything\nlimit: 10\n")
    process = world.call("-m", UPDATE)
    assert process.returncode == 0
    names = [name for (name,) in world.rows("SELECT name FROM unified_tracks")]
    shown = (
        process.stdout + process.stderr + " ".join(row[0] for row in world.rows("SELECT message FROM logs"))
    )
    assert "secret: created" in shown
    assert not [name for name in (*names, "My secret list", "Nobody knows") if name in shown]


def test_on_request_means_not_before_it_is_asked_for(world):
    world.define("later", "name: Later\ncreate: on_request\nmatch: everything\nlimit: 10\n")
    assert world.run(UPDATE).tally.new_items == 0
    assert held(world, "Later") is None
    assert world.call("-m", "playlists.generate_playlist", "later").returncode == 0
    assert len(held(world, "Later")) == 10
    world.define("later", "name: Later\ncreate: on_request\nmatch: everything\nlimit: 12\n")
    assert world.run(UPDATE).tally.updated_items == 1
    assert len(held(world, "Later")) == 12


def test_a_template_makes_one_list_per_value_and_only_once_it_is_asked_for(world):
    text = 'name: "Decade {value}"\nfor_each: {by: decade, min_tracks: 5, max_lists: 3}\nmatch: everything\n'
    world.define("years", text)
    assert (world.run(UPDATE).status, world.run(UPDATE).tally.new_items) == ("done", 0)
    assert world.rows("SELECT * FROM playlist_mappings") == []
    assert world.call("-m", "playlists.generate_playlist", "years").returncode == 0
    decades = world.rows(
        "SELECT substr(release_date, 1, 3) || '0s', count(*) FROM unified_tracks "
        "WHERE release_date ~ '^[12]\\d{3}' GROUP BY 1 HAVING count(*) >= 5 ORDER BY 2 DESC, 1 LIMIT 3"
    )
    assert decades
    for decade, count in decades:
        assert len(held(world, f"Decade {decade}")) == count
    slugs = {slug for (slug,) in world.rows("SELECT slug FROM playlist_mappings")}
    assert slugs == {f"years_{decade}" for decade, _ in decades}
    world.define("years", f"{text}limit: 3\n")
    assert world.run(UPDATE).tally.updated_items == len(decades), "what is made stays up to date"


def test_a_template_may_say_that_it_is_made_at_once(world):
    world.define(
        "years",
        'name: "{value}"\ncreate: at_once\nfor_each: {by: decade, max_lists: 2}\nmatch: everything\n',
    )
    assert world.run(UPDATE).tally.new_items == 2


def test_no_list_is_made_unasked_where_the_setting_says_no(world):
    world.define("made", "name: Made\nmatch: everything\nlimit: 5\n")
    assert world.run(UPDATE).tally.new_items == 1
    assert world.call("-m", "db.settings", "set", "playlists.create", "false").returncode == 0
    world.define("made", "name: Made\nmatch: everything\nlimit: 6\n")
    world.define("new", "name: New\nmatch: everything\nlimit: 5\n")
    outcome = world.run(UPDATE)
    assert (outcome.tally.new_items, outcome.tally.updated_items) == (0, 1)
    assert held(world, "New") is None
    assert world.call("-m", "playlists.generate_playlist", "new").returncode == 0
    assert len(held(world, "New")) == 5
    world.define("new", "name: New\nmatch: everything\nlimit: 4\n")
    assert world.run(UPDATE).tally.updated_items == 1


def test_private_in_a_definition_wins_over_a_change_by_hand(world):
    world.define("quiet", "name: Quiet\npublic: no\nmatch: everything\nlimit: 5\n")
    world.define("open", "name: Open\nmatch: everything\nlimit: 5\n")
    world.run(UPDATE)
    with world.sim.edit() as library:
        for one in [one for one in library.playlists.values() if one.name in ("Quiet", "Open")]:
            library.playlist_change(one.id, public=True)
    assert world.run(UPDATE).tally.updated_items == 1
    with world.sim.edit() as library:
        public = {one.name: one.public for one in library.playlists.values() if one.name in ("Quiet", "Open")}
    assert public == {"Quiet": False, "Open": True}, "the other one does not say"


def test_a_weekly_list_waits_a_week(world):
    text = "name: Weekly\nrefresh: weekly\nmatch: everything\nshuffle: {seed: run}\nlimit: 20\n"
    world.define("weekly", text)
    world.run(UPDATE)
    before = held(world, "Weekly")
    world.sim.clear_requests()
    assert world.run(UPDATE, force=False).tally.unchanged_items == 1
    assert world.asked() == []
    age(world, 7)
    assert world.run(UPDATE, force=False).tally.updated_items == 1
    assert held(world, "Weekly") != before
    after = held(world, "Weekly")
    assert world.call("-m", "playlists.playlist_sync", "weekly").returncode == 0, (
        "asked for by name, it is made at once"
    )
    assert held(world, "Weekly") != after


def test_outside_of_its_season_a_list_is_left_as_it_is(world):
    today = datetime.now(UTC).date()
    first, last = today + timedelta(days=60), today + timedelta(days=90)
    world.define(
        "season", f"name: Season\nactive: [{{from: {first:%m-%d}, to: {last:%m-%d}}}]\nmatch: everything\n"
    )
    assert world.run(UPDATE, force=False).tally.new_items == 0
    assert held(world, "Season") is None


def test_a_list_is_made_anew_when_other_rules_come_into_force(world):
    """Whatever its refresh: on the first of some days, and after the last of them."""
    saturday = datetime(2026, 12, 5, 8, tzinfo=UTC)
    variant = "variants: {weekdays: [sat, sun], sort: title desc, limit: 7}\n"
    world.define("turn", f"name: Turn\nrefresh: monthly\nmatch: everything\nsort: title\nlimit: 5\n{variant}")
    updates = []
    for day in range(-1, 5):
        clock = FakeClock(saturday + timedelta(days=day))
        outcome = world.run(UPDATE, force=False, clock=clock)
        updates.append((outcome.tally.new_items, outcome.tally.updated_items, len(held(world, "Turn"))))
    assert updates == [(1, 0, 5), (0, 1, 7), (0, 0, 7), (0, 1, 5), (0, 0, 5), (0, 0, 5)]


def test_what_only_a_variant_names_is_checked_too(world):
    world.define("a", "name: A\nmatch: everything\nvariants: {weekdays: [sat], minus: [Nowhere at all]}\n")
    process = world.call("-m", "playlists", "check")
    assert process.returncode == 2
    assert "there is no list 'Nowhere at all'" in process.stdout
    world.define("a", "name: A\nmatch: everything\nvariants: {weekdays: [sat], minus: [b]}\n")
    world.define("b", "name: B\nmatch: {all: [{playlist: a}]}\n")
    assert "in a circle" in world.call("-m", "playlists", "check").stdout


def test_append_keeps_what_is_there(world):
    world.define(
        "heard", "name: Heard\nmode: append\nmatch: {all: [{play_count: {gte: 1}}]}\nsort: [{by: added_at}]\n"
    )
    world.run(UPDATE)
    before = held(world, "Heard")
    with world.sim.edit() as library:
        library.play(library_of(world, "play_count = 0")[0].rpartition(":")[2])
        library.unlike(before[0].rpartition(":")[2])
    for script in SYNCS:
        world.run(script)
    world.run(UPDATE)
    after = held(world, "Heard")
    assert after[: len(before)] == before
    assert len(after) == len(before) + 1


def test_rotate_exchanges_a_part(world):
    world.define(
        "turn",
        "name: Turn\nmode: rotate\nkeep_percent: 50\nmatch: everything\nsort: [{by: added_at}]\nlimit: 20\n",
    )
    seen = set()
    for _ in range(13):
        world.run(UPDATE)
        now = held(world, "Turn")
        assert len(now) == len(set(now)) == 20
        seen |= set(now)
    assert seen == set(library_of(world)), "every track gets its turn"


def test_an_archive_is_a_new_list_each_period(world):
    world.define(
        "kept", 'name: "Kept {date}"\nmode: archive\nrefresh: weekly\nmatch: everything\nlimit: 10\n'
    )
    world.run(UPDATE, force=False)
    [(slug, name, dynamic)] = world.rows("SELECT slug, name, is_dynamic FROM playlist_mappings")
    monday = datetime.now(UTC).date() - timedelta(days=datetime.now(UTC).weekday())
    assert (slug, name, dynamic) == (f"kept_{monday:%Y_%m_%d}", f"Kept {monday}", False)
    assert len(held(world, f"Kept {monday}")) == 10
    world.sim.clear_requests()
    assert world.run(UPDATE, force=False).tally.new_items == 0
    assert writes(world) == []


def test_a_guard_leaves_the_list_as_it_is_and_says_so(world):
    text = "name: Guarded\nguard: {never_empty: yes, max_removed_percent: 40}\nmatch: {all: [{liked: yes}]}\n"
    world.define("guarded", text)
    world.run(UPDATE)
    before = held(world, "Guarded")
    with world.sim.edit() as library:
        for track_id in list(library.liked_rows())[:70]:
            library.unlike(track_id)
    for script in SYNCS:
        world.run(script)
    assert world.run(UPDATE).status == "done"
    assert held(world, "Guarded") == before
    assert "max_removed_percent" in " ".join(row[0] for row in world.rows("SELECT message FROM logs"))


def test_rules_in_the_database_are_served_the_same_way(world):
    rules = {"match": {"all": [{"liked": True}]}, "sort": [{"by": "added_at"}], "limit": 5}
    world.change(
        "INSERT INTO playlist_mappings (user_id, slug, name, rules) SELECT user_id, 'mine', 'Mine', %s FROM users",
        json.dumps(rules),
    )
    assert world.run(UPDATE).tally.new_items == 1
    assert held(world, "Mine") == library_of(world, "is_liked", limit=5)
    assert world.rows("SELECT rules, rules_source FROM playlist_mappings") == [(rules, "database")]


def test_a_file_that_is_gone_leaves_its_list_as_it_is(world):
    world.define("old", "name: Old\nmatch: everything\nlimit: 5\n")
    world.run(UPDATE)
    world.forget("old")
    world.sim.clear_requests()
    outcome = world.run(UPDATE)
    assert outcome.status == "done"
    assert writes(world) == []
    assert len(held(world, "Old")) == 5
    assert "its file is gone" in " ".join(row[0] for row in world.rows("SELECT message FROM logs"))


def test_a_list_deleted_in_the_app_is_retired_and_its_rules_are_kept(world):
    """Checklist S1-52."""
    world.define("gone", "name: Gone\nmatch: everything\nlimit: 5\n")
    world.run(UPDATE)
    [(playlist_id, rules)] = world.rows("SELECT playlist_id, rules FROM playlist_mappings")
    with world.sim.edit() as library:
        library.unfollow_playlist(playlist_id)
    world.sim.clear_requests()
    assert world.run(UPDATE).status == "done"
    assert writes(world) == []
    assert world.rows("SELECT status, rules FROM playlist_mappings") == [("retired", rules)]
    assert world.call("-m", "playlists.generate_playlist", "gone").returncode == 0
    assert len(held(world, "Gone")) == 5
    assert world.rows("SELECT status FROM playlist_mappings") == [("active",)]


@pytest.mark.usefixtures("quick_retries")
@pytest.mark.parametrize("fault", [
    {"kind": "status", "status": 500}, {"kind": "status", "status": 403}, {"kind": "status", "status": 404}, {"kind": "reset"},
    {"kind": "quota"}, {"kind": "truncated"},
])  # fmt: skip
def test_trouble_while_listing_playlists_deletes_no_rules(world, fault):
    """Case 1."""
    world.define("kept", "name: Kept\nmatch: everything\nlimit: 5\n")
    world.run(UPDATE)
    before = world.rows("SELECT slug, playlist_id, rules, status FROM playlist_mappings")
    world.sim.faults.add(fault.pop("kind"), match="GET /me/playlists", times=None, **fault)
    assert world.run(UPDATE).status in ("failed", "paused")
    assert world.rows("SELECT slug, playlist_id, rules, status FROM playlist_mappings") == before
    assert len(held(world, "Kept")) == 5


def test_a_missing_scope_deletes_no_rules(world):
    """Case 2: without playlist-read-private a private list is not among those that are listed."""
    world.define("kept", "name: Kept\nmatch: everything\nlimit: 5\n")
    world.run(UPDATE)
    before = world.rows("SELECT slug, playlist_id, rules FROM playlist_mappings")
    scopes = "user-library-read user-read-recently-played playlist-modify-private playlist-modify-public"
    world.sim.new_consent(scopes.split())
    world.run(UPDATE)
    assert (
        world.rows("SELECT slug, playlist_id, rules FROM playlist_mappings WHERE status <> 'retired'")
        == before
    )
    assert len(held(world, "Kept")) == 5


def test_generate_adopts_a_list_of_ones_own(world):
    with world.sim.edit() as library:
        playlist_id = library.new_playlist(
            name="By hand", description=None, public=False, collaborative=False
        )
        library.playlist_replace(playlist_id, library_of(world)[:3])
    world.define("taken", "name: Taken over\nmatch: everything\nsort: [{by: added_at}]\nlimit: 6\n")
    link = f"https://open.spotify.com/intl-de/playlist/{playlist_id}?si=0123456789abcdef"
    process = world.call("-m", "playlists.generate_playlist", "taken", "--playlist", link)
    assert process.returncode == 0, process.stdout + process.stderr
    assert held(world, "Taken over") == library_of(world, limit=6)
    assert world.rows("SELECT playlist_id FROM playlist_mappings") == [(playlist_id,)]
    world.define("other", "name: Other\nmatch: everything\nlimit: 6\n")
    refused = world.call("-m", "playlists.generate_playlist", "other", "--playlist", link)
    assert refused.returncode == 1
    assert held(world, "Other") is None


def test_generate_makes_private_lists_unless_told_otherwise(world):
    world.define("quiet", "name: Quiet\nmatch: everything\nlimit: 5\n")
    world.define("loud", "name: Loud\npublic: yes\nmatch: everything\nlimit: 5\n")
    for slug in ("quiet", "loud"):
        assert world.call("-m", "playlists.generate_playlist", slug).returncode == 0
    with world.sim.edit() as library:
        public = {one.name: one.public for one in library.playlists.values() if one.name in ("Quiet", "Loud")}
    assert public == {"Quiet": False, "Loud": True}


@pytest.mark.parametrize("slug", ["--", "--help", "-x", "$(id)"])
def test_a_slug_from_a_form_is_data(world, slug):
    process = world.call("-m", "playlists.generate_playlist", "--", slug)
    assert process.returncode == 2
    assert f"There is no definition {slug!r}" in process.stderr


@pytest.mark.parametrize("script", ["playlists.generate_playlist", "playlists.playlist_sync"])
def test_an_unknown_slug_is_refused_before_anything_is_asked(world, script):
    world.define("known", "name: Known\nmatch: everything\n")
    world.sim.clear_requests()
    process = world.call("-m", script, "knwon")
    assert process.returncode == 2
    assert "did you mean known?" in process.stdout + process.stderr
    assert world.asked() == []


def test_an_empty_list_is_not_made_unless_it_is_asked_for(world):
    world.define("empty", "name: Empty\nmatch: {all: [{play_count: {gt: 100000}}]}\n")
    assert world.run(UPDATE).tally.new_items == 0
    assert held(world, "Empty") is None
    assert world.rows("SELECT count(*) FROM playlist_mappings") == [(0,)]
    assert world.call("-m", "playlists.generate_playlist", "empty").returncode == 0
    assert held(world, "Empty") == []
    world.define("empty", "name: Empty\nmatch: everything\nlimit: 3\n")
    world.run(UPDATE)
    assert len(held(world, "Empty")) == 3
    world.define("empty", "name: Empty\nmatch: {all: [{play_count: {gt: 100000}}]}\n")
    world.run(UPDATE)
    assert held(world, "Empty") == [], "what is there becomes empty, if that is what its definition says"


def test_a_template_value_that_has_gone_leaves_its_list(world):
    text = (
        'name: "Decade {value}"\ncreate: at_once\nfor_each: {by: decade, min_tracks: %s}\nmatch: everything\n'
    )
    world.define("years", text % 1)
    world.run(UPDATE)
    count = world.rows("SELECT count(*) FROM playlist_mappings")
    world.define("years", text % 10000)
    world.sim.clear_requests()
    assert world.run(UPDATE).status == "done"
    assert writes(world) == []
    assert world.rows("SELECT count(*) FROM playlist_mappings") == count
    assert "too few tracks for its template" in " ".join(
        row[0] for row in world.rows("SELECT message FROM logs")
    )


def test_a_file_that_is_broken_for_a_while_loses_nothing(world):
    world.define("mine", "name: Mine\nmatch: everything\nlimit: 5\n")
    world.run(UPDATE)
    before = world.rows("SELECT playlist_id, rules, status FROM playlist_mappings")
    world.define("mine", "name: Mine\nmatch: {all: []}\n")
    world.sim.clear_requests()
    outcome = world.run(UPDATE)
    assert (outcome.status, writes(world)) == ("failed", [])
    assert world.rows("SELECT playlist_id, rules, status FROM playlist_mappings") == before
    assert len(held(world, "Mine")) == 5


def test_an_archive_on_request_goes_on_once_it_was_asked_for(world):
    text = 'name: "Kept {date}"\nmode: archive\ncreate: on_request\nmatch: everything\nlimit: 10\n'
    world.define("kept", text)
    assert world.run(UPDATE).tally.new_items == 0
    assert world.call("-m", "playlists.generate_playlist", "kept").returncode == 0
    world.change("UPDATE playlist_mappings SET slug = 'kept_2020_01_01', name = 'Kept 2020-01-01'")
    assert world.run(UPDATE, force=False).tally.new_items == 1


def test_a_template_on_request_is_not_taken_for_made_by_another_list(world):
    world.define("top_year", "name: Top\nmatch: everything\nlimit: 5\n")
    world.define("top", 'name: "Top {value}"\ncreate: on_request\nfor_each: decade\nmatch: everything\n')
    assert world.run(UPDATE).tally.new_items == 1
    assert world.run(UPDATE).tally.new_items == 0
    assert world.rows("SELECT slug FROM playlist_mappings") == [("top_year",)]
