"""`./run playlists …`: looking at smart playlists without sending anything to Spotify."""

import json

import pytest

from tests.stages import copied, world_at

pytestmark = pytest.mark.once

SYNCS = (
    "api_syncs.track_plays",
    "api_syncs.sync_liked_tracks",
    "api_syncs.sync_saved_albums",
    "api_syncs.materialized_views",
)


@pytest.fixture(scope="module")
def behind_syncs(server, template, tmp_path_factory):
    with copied(
        server,
        template,
        tmp_path_factory.mktemp("copied"),
        SYNCS,
        liked=60,
        albums=10,
        plays=40,
        odd=False,
        playlists=0,
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
        world.define(
            "unheard", "name: Not heard\nmatch: {all: [{play_count: 0}]}\nsort: [{by: added_at}]\nlimit: 20\n"
        )
        yield world


def ask(world, *arguments):
    world.sim.clear_requests()
    process = world.call("-m", "playlists", *arguments)
    assert world.asked(tokens=True) == [], "nothing is asked of Spotify"
    assert "Traceback" not in process.stderr
    return process


def test_check_names_file_line_and_what_was_meant(world):
    assert ask(world, "check").returncode == 0
    world.define("broken", "name: Broken\nmatch:\n  all:\n    - playcount: 0\n")
    process = ask(world, "check")
    assert process.returncode == 2
    assert "broken.yml:4:7" in process.stdout
    assert "did you mean play_count?" in process.stdout
    assert "1 definition is good: unheard" in process.stdout


def test_check_needs_no_database(world):
    world.dsn = "postgresql://nobody@127.0.0.1:1/nothing"
    assert ask(world, "check").returncode == 0


def test_check_finds_circles(world):
    world.define("one", "name: One\nmatch: {all: [{playlist: {in: two}}]}\n")
    world.define("two", "name: Two\nmatch: {all: [{playlist: {in: one}}]}\n")
    process = ask(world, "check")
    assert process.returncode == 2
    assert "one → two → one" in process.stdout


def test_preview_shows_the_tracks_in_order(world):
    wanted = world.rows(
        "SELECT name FROM unified_tracks WHERE play_count = 0 ORDER BY added_at, track_id LIMIT 20"
    )
    process = ask(world, "preview", "unheard")
    assert process.returncode == 0, process.stderr
    lines = process.stdout.splitlines()
    assert lines[0].startswith(f"Not heard (unheard): {len(wanted)} tracks")
    shown = [line.split("  ")[0].split() for line in lines if line.strip()[:1].isdigit()]
    assert len(shown) == len(wanted)
    for (name,), line in zip(wanted, [line for line in lines if line.strip()[:1].isdigit()], strict=True):
        assert name[:30] in line


def test_preview_works_without_spotify(world):
    for name in ("SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET", "SPOTIFY_REFRESH_TOKEN"):
        world.extra[name] = ""
    world.sim.stop()
    assert world.call("-m", "playlists", "preview", "unheard").returncode == 0


def test_an_unknown_slug_is_an_error_with_what_was_meant(world):
    process = ask(world, "preview", "unherd")
    assert process.returncode == 2
    assert "did you mean unheard?" in process.stderr


def test_a_name_cannot_command_the_terminal(world):
    world.change("UPDATE tracks SET name = E'\\x1b[2J' || name || E'\\u202E\\r\\n'")
    world.run("api_syncs.materialized_views")
    process = ask(world, "preview", "unheard")
    assert process.returncode == 0
    assert not set(process.stdout) & set("\x1b\u202e\r")
    world.change("UPDATE tracks SET name = E'\\x1b[2Jsame'")
    world.run("api_syncs.materialized_views")
    process = ask(world, "explain", "unheard", "same")
    assert (process.returncode, "may be several tracks" in process.stderr) == (2, True)
    assert "\x1b" not in process.stderr


def test_list_shows_what_is_defined_and_what_was_made(world):
    world.define("later", "name: Later\ncreate: on_request\nmatch: everything\n")
    assert world.run("playlists.update_dynamic_playlists").status == "done"
    process = ask(world, "list")
    assert process.returncode == 0
    rows = {line.split()[0]: line for line in process.stdout.splitlines()[1:]}
    assert "active" in rows["unheard"]
    [(playlist_id,)] = world.rows("SELECT playlist_id FROM playlist_mappings")
    assert rows["unheard"].endswith(f"https://open.spotify.com/playlist/{playlist_id}"), "it can be clicked"
    assert "on request" in rows["later"]
    assert "never" in rows["later"]


def test_diff_shows_what_comes_and_goes(world):
    assert "not on Spotify yet" in ask(world, "diff", "unheard").stdout
    assert world.run("playlists.update_dynamic_playlists").status == "done"
    assert ask(world, "diff", "unheard").stdout == "nothing changes\n", "before the playlist is copied, too"
    assert world.run("api_syncs.sync_playlists").status == "done"
    assert ask(world, "diff", "unheard").stdout == "nothing changes\n"
    [(first, name)] = world.rows(
        "SELECT track_id, name FROM unified_tracks WHERE play_count = 0 ORDER BY added_at, track_id LIMIT 1"
    )
    with world.sim.edit() as library:
        library.play(first)
    for script in SYNCS:
        world.run(script)
    lines = ask(world, "diff", "unheard").stdout.splitlines()
    assert any(line.startswith("-") and name[:20] in line for line in lines)
    assert [line[0] for line in lines] in (["+", "-"], ["-"])
    assert ask(world, "diff").stdout.startswith("unheard:\n")


def test_an_id_that_spotify_shows_as_another_one_is_no_difference(world):
    assert world.run("playlists.update_dynamic_playlists").status == "done"
    [(playlist_id, [_, uri, *_])] = world.rows("SELECT playlist_id, contents FROM playlist_mappings")
    track_id = uri.rpartition(":")[2]
    with world.sim.edit() as library:
        library.replaced_ids[track_id] = library.new_track()
        library.touch_playlist(playlist_id)
    assert world.run("playlists.update_dynamic_playlists").status == "done"
    assert world.run("api_syncs.sync_playlists").status == "done"
    assert world.rows("SELECT replaced_uris <> '{}' FROM playlist_mappings") == [(True,)]
    assert ask(world, "diff", "unheard").stdout == "nothing changes\n"
    assert ask(world, "explain", "unheard", track_id).stdout.endswith("It is in the list.\n")


def explained(world, slug, track_id):
    process = ask(world, "explain", slug, track_id)
    assert process.returncode == 0, process.stderr
    assert ask(world, "preview", slug, "--explain", track_id).stdout == process.stdout
    return process.stdout


def test_explain_says_condition_by_condition(world):
    [(played, count)] = world.rows(
        "SELECT track_id, play_count FROM unified_tracks WHERE play_count > 0 ORDER BY play_count DESC LIMIT 1"
    )
    text = explained(world, "unheard", played)
    assert f"✗ play_count: 0   (it is {count})" in text
    assert text.endswith("It is not in the list.\n")
    order = world.rows("SELECT track_id FROM unified_tracks WHERE play_count = 0 ORDER BY added_at, track_id")
    text = explained(world, "unheard", order[2][0])
    assert "✓ it is number 3 of 20" in text
    assert text.endswith("It is in the list.\n")
    assert "after the limit" in explained(world, "unheard", f"spotify:track:{order[-1][0]}")


def test_explain_says_the_rules_in_words(world):
    assert ask(world, "explain", "unheard").stdout == (
        "Not heard (unheard)\nSmart playlist Not heard\n\n"
        "From your library, tracks of which all of this holds:\n  never played\n"
        "In order of date added to your library (the earliest first)\nAt most 20 tracks\n"
    )
    assert "did you mean unheard?" in ask(world, "explain", "unherd").stderr
    world.define("broken", "name: Broken\nmatch: {all: []}\n")
    assert "broken.yml:2:14" in ask(world, "explain", "broken").stderr


def test_explain_names_exclusion_availability_and_caps(world):
    order = [
        row[0]
        for row in world.rows(
            "SELECT track_id FROM unified_tracks WHERE play_count = 0 ORDER BY added_at, track_id"
        )
    ]
    world.change(
        "INSERT INTO excluded_tracks (user_id, track_id, excluded_at) SELECT user_id, %s, now() FROM users",
        order[0],
    )
    world.change("UPDATE users SET market = 'NL'")
    world.change(
        "INSERT INTO track_availability (market, track_id, is_playable, checked_at) VALUES ('NL', %s, false, now())",
        order[1],
    )
    world.run("api_syncs.materialized_views")
    assert "it is excluded" in explained(world, "unheard", order[0])
    assert "cannot be played" in explained(world, "unheard", order[1])
    [(artist,)] = world.rows(
        "SELECT artist_ids[1] FROM unified_tracks GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
    )
    tracks = [
        row[0] for row in world.rows("SELECT track_id FROM unified_tracks WHERE artist_ids[1] = %s", artist)
    ]
    assert len(tracks) > 1
    world.define("capped", "name: Capped\nmatch: everything\nper_artist: 1\nsort: [{by: added_at}]\n")
    texts = [explained(world, "capped", track) for track in tracks if track not in order[:2]]
    assert sum("per_artist" in text for text in texts) == len(texts) - 1


def test_explain_takes_a_part_of_a_title_and_asks_back(world):
    [(track_id,)] = world.rows("SELECT track_id FROM unified_tracks ORDER BY track_id LIMIT 1")
    world.change("UPDATE tracks SET name = 'Only One Ünïque Title' WHERE track_id = %s", track_id)
    world.run("api_syncs.materialized_views")
    assert track_id in explained(world, "unheard", "one unique TITLE")
    process = ask(world, "explain", "unheard", "e")
    assert process.returncode == 2
    assert "tracks" in process.stderr
    assert ask(world, "explain", "unheard", "no such title at all").returncode == 2


def test_rules_in_the_database_are_lists_too(world):
    rules = {"match": {"all": [{"liked": True}]}, "limit": 5}
    world.change(
        "INSERT INTO playlist_mappings (user_id, slug, name, rules) SELECT user_id, 'kept_here', 'Kept here', %s FROM users",
        json.dumps(rules),
    )
    assert ask(world, "preview", "kept_here").stdout.startswith("Kept here (kept_here): 5 tracks")
    world.change('UPDATE playlist_mappings SET rules = \'{"match": {"all": []}}\'')
    process = ask(world, "preview", "kept_here")
    assert process.returncode == 2
    assert "playlist_mappings.rules of kept_here" in process.stderr


def test_check_takes_slugs(world):
    world.define("broken", "name: Broken\nmatch: {all: []}\n")
    assert ask(world, "check", "unheard").returncode == 0
    assert ask(world, "check", "broken").returncode == 2
    assert "did you mean unheard?" in ask(world, "check", "unherd").stderr


def nothing_there(world):
    """A database that is not there: what is said without one."""
    world.dsn = "postgresql://nobody@127.0.0.1:1/nothing"


def test_check_looks_for_lists_in_the_database(world):
    world.define("outer", "name: Outer\nmatch: everything\nminus: [Liked Song, unherd]\n")
    world.define("fine", "name: Fine\nmatch: everything\nminus: [Liked Songs, unheard]\n")
    process = ask(world, "check")
    assert process.returncode == 2
    assert "outer.yml: there is no list 'Liked Song' (did you mean Liked Songs?)." in process.stdout
    assert "outer.yml: there is no list 'unherd' (did you mean unheard?)." in process.stdout
    assert "2 definitions are good: fine, unheard" in process.stdout
    nothing_there(world)
    process = ask(world, "check")
    assert process.returncode == 0
    assert "outer.yml: not looked for: 'Liked Song', 'unherd' (did you mean unheard?)" in process.stdout
    assert "Only the database knows whether there are such playlists." in process.stdout
    assert "cannot be reached" in process.stdout


@pytest.mark.parametrize(
    "condition",
    [
        "playlists: Roadtrip",
        "playlists: [Roadtrip, Road trip]",
        "playlists: {none_is: [Roadtrip]}",
        "playlists: {not_in: Roadtrip}",
        "playlists: {all_are: [Roadtrip]}",
        "any: [{liked: yes}, {playlists: {in: [Roadtrip]}}]",
    ],
)
def test_check_looks_for_own_playlists_in_every_condition(world, condition):
    own_playlist(world, "Road trip")
    world.define("outer", f"name: Outer\nmatch: {{all: [{{{condition}}}]}}\n")
    process = ask(world, "check", "outer")
    assert process.returncode == 2
    assert "outer.yml: there is no list 'Roadtrip' (did you mean Road trip?)." in process.stdout
    nothing_there(world)
    process = ask(world, "check", "outer")
    assert process.returncode == 0
    assert "outer.yml: not looked for: 'Roadtrip'" in process.stdout


def own_playlist(world, name):
    world.change(
        "INSERT INTO playlists (user_id, playlist_id, name, owner_id, position) "
        "SELECT user_id, %s, %s, spotify_id, 0 FROM users",
        "7" * 22,
        name,
    )


def test_check_knows_own_playlists_by_their_names_and_says_where_the_others_are_asked_for(world):
    own_playlist(world, "Röad trip")
    world.define(
        "fine", "name: Fine\nmatch: {all: [{playlists: road trip}, {playlists: {any_contains: zzz}}]}\n"
    )
    assert ask(world, "check", "fine").returncode == 0
    for name, what in (
        ("unheard", "a smart playlist"),
        ("Not heard", "a smart playlist"),
        ("Liked Songs", "no playlist of your own"),
    ):
        world.define("outer", f"name: Outer\nmatch: {{all: [{{playlists: {name}}}]}}\n")
        process = ask(world, "check", "outer")
        assert process.returncode == 2
        assert f"outer.yml: {name!r} is {what}, and `playlists` holds your own others only." in process.stdout
        assert "Ask for it with the field `playlist`." in process.stdout


@pytest.mark.parametrize("has_database", [True, False])
def test_no_list_is_told_that_it_may_have_meant_itself(world, has_database):
    world.define("rainy_sunday", "name: A\nmatch: everything\nminus: rainy_sundays\n")
    if not has_database:
        nothing_there(world)
    shown = ask(world, "check").stdout
    assert (
        "there is no list 'rainy_sundays'" if has_database else "not looked for: 'rainy_sundays'"
    ) in shown
    assert "did you mean" not in shown


def test_the_name_of_a_list_that_is_there_is_not_asked_for_again(world):
    """A definition may have been called so before the name was taken: its playlist is kept up to date."""
    world.define("called", "name: Exclusions\nmatch: everything\n")
    world.change(
        "INSERT INTO playlist_mappings (user_id, slug, name, rules, rules_source, status, playlist_id) "
        "SELECT user_id, 'called', 'Exclusions', '{}', 'file', 'active', %s FROM users",
        "4" * 22,
    )
    assert ask(world, "check").returncode == 0


@pytest.mark.parametrize("has_database", [True, False])
def test_a_list_that_cannot_be_read_is_not_said_to_be_unknown(world, has_database):
    world.define("broken", "name: Broken\nmatch:\n  all:\n    - playcount: 0\n")
    world.define("outer", "name: Outer\nmatch: {all: [{playlist: {not_in: broken}}]}\n")
    if not has_database:
        nothing_there(world)
    process = ask(world, "check")
    assert process.returncode == 2
    assert "the list broken, which it names, cannot be read: " in process.stdout
    assert process.stdout.count("broken.yml:4:7") == 2
    assert "no list" not in process.stdout
    assert "not looked for" not in process.stdout
    if has_database:
        assert "cannot be read: " in ask(world, "preview", "outer").stderr
        outcome = world.run("playlists.update_dynamic_playlists")
        assert "2 smart playlists could not be updated: broken, outer" in outcome.message


@pytest.mark.parametrize("has_database", [True, False])
def test_check_refuses_what_every_update_refuses(world, has_database):
    world.define("one", "name: The same\nmatch: everything\n")
    world.define("two", "name: The  same\nmatch: everything\ncreate: on_request\n")
    world.define("exclusions", "name: Mine\nmatch: everything\n")
    world.define("called", "name: Exclusions\nmatch: everything\n")
    world.define("years", 'name: "Years {value}"\ncreate: at_once\nfor_each: decade\nmatch: everything\n')
    [(decade,)] = world.rows(
        "SELECT substr(release_date, 1, 3) || '0s' FROM unified_tracks WHERE release_date ~ '^[12]' LIMIT 1"
    )
    world.define(f"years_{decade}", "name: By hand\nmatch: everything\n")
    world.define("named", 'name: "{value}"\nfor_each: decade\nmatch: {all: [{playlist: unheard}]}\n')
    if not has_database:
        nothing_there(world)
    process = ask(world, "check")
    assert process.returncode == 2
    for slug, other in (("one", "two"), ("two", "one")):
        assert f"{slug}.yml: the list of " in process.stdout
        assert f"{other}.yml has the same name, 'The same'. Give one of them another name." in process.stdout
    assert "exclusions.yml:1:1: the slug exclusions belongs to the list of what you exclude" in process.stdout
    assert f"both make a list with the slug years_{decade}. Rename one of the files." in process.stdout
    assert "named.yml:2:1: a template (for_each) cannot name other lists" in process.stdout
    assert "1 definition is good: unheard" in process.stdout
    assert ask(world, "check", f"years_{decade}").returncode == 2
    assert "called.yml: the list of what you exclude has the same name, 'Exclusions'." in process.stdout
    if has_database:
        outcome = world.run("playlists.update_dynamic_playlists")
        assert outcome.status == "failed"
        assert "called" in outcome.message
        assert "exclusions" in outcome.message
        assert f"years_{decade}" in outcome.message


def test_check_knows_the_lists_that_a_template_makes(world):
    """By genre, artist or album only the database knows which."""
    [(name,)] = world.rows("SELECT artists[1] FROM unified_tracks GROUP BY 1 ORDER BY count(*) DESC LIMIT 1")
    world.define("by", 'name: "{value}"\nfor_each: {by: artist, max_lists: 3}\nmatch: everything\n')
    slug = next(line for line in ask(world, "diff", "by").stdout.splitlines() if line.startswith("by_"))[:-1]
    world.define(slug, f"name: {json.dumps(name)}\nmatch: everything\n")
    process = ask(world, "check")
    assert process.returncode == 2
    assert f"both make a list with the slug {slug}" in process.stdout
    world.define("outer", f"name: Outer\nmatch: everything\nminus: {slug}\n")
    assert "outer.yml" not in ask(world, "check").stdout


def test_check_looks_at_rules_in_the_database_and_at_lists_without_a_definition(world):
    world.change(
        "INSERT INTO playlist_mappings (user_id, slug, name, rules) SELECT user_id, 'kept_here', 'Kept', %s FROM users",
        json.dumps({"match": {"all": []}}),
    )
    world.change(
        "INSERT INTO playlist_mappings (user_id, slug, name, rules, rules_source, status) "
        "SELECT user_id, 'gone', 'Old name', '{}', 'file', 'active' FROM users"
    )
    world.define("again", "name: Old name\nmatch: everything\n")
    process = ask(world, "check")
    assert process.returncode == 2
    assert "playlist_mappings.rules of kept_here:1:" in process.stdout
    assert (
        "again.yml: the list gone, whose definition is gone, has the same name, 'Old name'." in process.stdout
    )


def test_check_makes_no_database(world, tmp_path):
    world.dsn = ""
    world.extra["EMBEDDED_POSTGRES_DIR"] = str(tmp_path / "postgres")
    world.define("outer", "name: Outer\nmatch: everything\nminus: [My other list]\n")
    process = ask(world, "check")
    assert process.returncode == 0, process.stderr
    assert "There is no database yet." in process.stdout
    assert not (tmp_path / "postgres").exists()


def test_an_empty_list_says_what_each_condition_finds(world):
    world.define("narrow", "name: Narrow\nmatch: {all: [{play_count: 0}, {artist: nobody at all}]}\n")
    count = world.rows("SELECT count(*) FROM unified_tracks WHERE play_count = 0")[0][0]
    lines = ask(world, "preview", "narrow").stdout.splitlines()
    assert f"  play_count: 0: {count} tracks by itself" in lines
    assert "  artist: nobody at all: 0 tracks by itself" in lines


def test_values_are_explained_as_people_write_them(world):
    text = "name: Values\nmatch: {all: [{liked: yes}, {duration: {gte: 0:30}}, {year: {gt: 1000}}, {last_played: {not_in_last: 1d}}, {title: {contains: a}}]}\n"
    world.define("values", text)
    rows = world.rows(
        "SELECT track_id, name, duration_ms FROM unified_tracks WHERE play_count = 0 AND is_liked LIMIT 1"
    )
    [(track_id, name, duration)] = rows
    shown = ask(world, "explain", "values", track_id).stdout
    assert "liked: yes   (it is yes)" in shown
    assert f"(it is {duration // 60000}:{duration // 1000 % 60:02})" in shown
    assert "(it is never)" in shown
    assert f"(it is {name[:30]}" in shown
    assert "," not in shown.split("year:")[1].splitlines()[0]


def test_lists_of_a_template_are_told_apart(world):
    world.define("years", 'name: "Decade {value}"\nfor_each: {by: decade, max_lists: 3}\nmatch: everything\n')
    lines = ask(world, "diff", "years").stdout.splitlines()
    slugs = [line for line in lines if line.startswith("years_")]
    assert len(slugs) == 3
    assert len(set(slugs)) == 3


PLAYLIST = "37i9dQZF1DXcBWIGoYBM5M"


def test_a_heading_of_an_order_is_as_a_definition_has_it(world):
    order = (
        f"{{by: plays_in, context: 'https://open.spotify.com/playlist/{PLAYLIST}', window: 30d, dir: desc}}"
    )
    world.define("there", f"name: There\nmatch: everything\nsort: {order}\nlimit: 3\n")
    head = ask(world, "preview", "there").stdout
    assert 'plays_in (context: "spotify:playlist:' in head
    assert "('" not in head


def test_plays_from_what_nobody_knows_are_said_to_be_none(world):
    text = "name: There\nmatch: {{all: [{{plays_in: {{context: {}, gte: 1}}}}]}}\n"
    world.define("there", text.format(f"[spotify:playlist:{PLAYLIST}, liked]"))
    for command in ("check", "preview"):
        process = ask(world, command, "there")
        assert f"o play is known from spotify:playlist:{PLAYLIST}" in process.stdout
        assert process.returncode == 0, "it is no mistake"
    with world.sim.edit() as library:
        album = library.albums[library.saved_albums[0].album_id].id
    world.define("there", text.format(f"spotify:album:{album}"))
    assert "no play is known" not in ask(world, "check", "there").stdout.lower()
    world.define("there", text.format(f"spotify:playlist:{PLAYLIST}"))
    world.change("UPDATE plays SET context_uri = %s", f"spotify:user:someone:playlist:{PLAYLIST}")
    assert "no play is known" not in ask(world, "preview", "there").stdout.lower()


def test_artists_of_a_list_are_explained_by_their_names(world):
    world.define("their", "name: Their\nmatch: {all: [{artist_in: [unheard]}]}\n")
    track_id, artists = world.rows(
        "SELECT track_id, artists FROM unified_tracks WHERE play_count = 0 ORDER BY added_at, track_id LIMIT 1"
    )[0]
    assert (
        f"artist_in: unheard   (it is {', '.join(artists)})"
        in ask(world, "explain", "their", track_id).stdout
    )
