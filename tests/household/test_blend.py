"""A smart playlist of several listeners: on Spotify it holds what plain Python makes of what each hears, as far as each has agreed to it."""

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta

import psycopg2
import pytest

from playlists.language.definition import parse_definition
from playlists.selection.lists import make_lists
from playlists.selection.smart_list import listener_meant
from tests.household.conftest import Household
from utils.errors import ExitCode
from utils.job.declaration import Options
from utils.job.lifecycle import run_job

pytestmark = [pytest.mark.once, pytest.mark.slow(12)]
UPDATE, GENERATE = "playlists.update_dynamic_playlists", "playlists.generate_playlist"
NAME = "What we hear"
BLEND = f"name: {NAME}\nlisteners: [anna, ben]\nmatch:\n  all:\n    - liked: yes\nsort: play_count desc\nlimit: 16\n"
PAIRS = ("anna ben", "ben anna")


class Blend:
    """Anna and ben, whose likes and plays are copied, the listener of the environment, and a folder of definitions."""

    def __init__(self, household: Household, folder) -> None:
        self.household, self.world, self.sim = household, household.world, household.sim
        self.folder = folder
        folder.mkdir()
        self.world.extra["PLAYLIST_DEFINITIONS"] = str(folder)
        with self.sim.edit() as library:
            ids = sorted(library.tracks)[:40]
        # Six tracks both like; of two recordings each likes another release.
        self.likes = {"anna": ids[:20], "ben": [*ids[14:20], *ids[20:36]]}
        self.twins = {ids[0]: ids[20], ids[1]: ids[21]}
        for name, likes in self.likes.items():
            self.sim.add_account(name)
            household.join(name, time_zone="Europe/Berlin")
            with self.sim.edit(name) as library:
                for number, track_id in enumerate(likes):
                    library.like(track_id)
                    for _ in range(2 if number % 3 == 0 else number % 2):
                        library.play(track_id)
        self.world.extra["SPOTIFY_MARKET"] = "DE"
        for module in ("api_syncs.track_plays", "api_syncs.sync_liked_tracks"):
            for user in ("anna", "ben", ""):
                self.run(module, user)
        self.same(*self.twins.items())

    def run(self, module: str, user: str = "", code: int = ExitCode.OK):
        from importlib import import_module

        with self.world.settings():
            outcome = run_job(import_module(module).JOB, Options(force=True, user=user))
        assert outcome.exit_code == code, outcome.message
        return outcome

    def same(self, *pairs: tuple[str, str]) -> None:
        """Of one recording; and the views are as of now."""
        for number, pair in enumerate(pairs):
            self.world.change(
                "UPDATE tracks SET isrc = %s WHERE track_id = ANY(%s)", f"TWIN{number}", list(pair)
            )
        self.refresh()

    def refresh(self) -> None:
        self.run("api_syncs.materialized_views")

    def define(self, text: str, slug: str = "ours") -> None:
        (self.folder / f"{slug}.yml").write_text(text, encoding="utf-8")

    def call(self, *words: str, code: int = ExitCode.OK) -> str:
        done = self.world.call("-m", *words)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def agree(self, *pairs: str, word: str = "agree") -> None:
        for pair in pairs:
            self.call("db.users", word, *pair.split())

    def parts(self, order: str = "play_count DESC") -> dict[str, list[str]]:
        """What each of them likes, in order."""
        return {
            name: [
                track_id
                for (track_id,) in self.world.rows(
                    f'SELECT track_id FROM unified_tracks JOIN users AS w USING (user_id) WHERE w.name = %s AND is_liked ORDER BY {order}, track_id COLLATE "C"',
                    name,
                )
            ]
            for name in self.likes
        }

    def expected(self, parts: Sequence[Sequence[str]], limit: int = 16) -> list[str]:
        """One of each in turn; of a recording the release that comes first."""
        recording = {other: one for one, other in self.twins.items()}
        waiting, taken, seen = [list(part) for part in parts], [], set()
        while any(waiting):
            for part in waiting:
                while part:
                    track_id = part.pop(0)
                    if recording.get(track_id, track_id) not in seen:
                        seen.add(recording.get(track_id, track_id))
                        taken.append(track_id)
                        break
        return taken[:limit]

    def made(self, **documents: str) -> dict[str, list[str]]:
        """What lists of anna's would hold, by slug."""
        definitions = [parse_definition(slug, text, slug) for slug, text in documents.items()]
        with (
            closing(psycopg2.connect(self.world.dsn)) as connection,
            connection,
            connection.cursor() as cursor,
        ):
            lists = make_lists(cursor, definitions, listener_meant(cursor, datetime.now(UTC), "run", "anna"))
        assert [one.error for one in lists if one.error] == []
        return {one.slug: [track.track_id for track in one.tracks] for one in lists}

    def held(self, name: str | None = None, title: str = NAME) -> list[str] | None:
        """What the list of an account on Spotify holds; None where it has none."""
        with self.sim.edit(name) as library:
            found = [
                one
                for one in library.playlists.values()
                if one.name == title and one.id in library.user_playlists
            ]
            assert len(found) <= 1
            return [item.uri.removeprefix("spotify:track:") for item in found[0].items] if found else None

    def rows_of(self, name: str) -> list[tuple]:
        """What is stored of a listener beside what runs note."""
        tables = (
            "liked_tracks",
            "plays",
            "playlists",
            "playlist_mappings",
            "library_events",
            "excluded_tracks",
            "listener_agreements",
        )
        return [
            row
            for table in tables
            for row in self.world.rows(
                f"SELECT '{table}', t::text FROM {table} AS t JOIN users AS w USING (user_id) WHERE w.name = %s ORDER BY 2",
                name,
            )
        ]


@pytest.fixture
def blend(make_world, tmp_path) -> Blend:
    household = Household(make_world(liked=45, albums=1, plays=5, playlists=0, followed=0, odd=False))
    return Blend(household, tmp_path / "definitions")


def test_what_each_hears_comes_in_turn_and_a_recording_once(blend) -> None:
    blend.define(BLEND)
    blend.agree(*PAIRS)
    others = blend.rows_of("ben")
    assert blend.run(UPDATE, "anna").tally.new_items == 0, "it is made when its owner asks for it"
    dry = blend.call(GENERATE, "ours", "--user", "anna", "--dry-run")
    assert ("would be created" in dry, blend.held("anna")) == (True, None)
    blend.call(GENERATE, "ours", "--user", "anna")
    parts = blend.parts()
    expected = blend.expected([parts["anna"], parts["ben"]])
    assert blend.held("anna") == expected
    assert len({*expected} - {*parts["anna"]}) >= 4
    assert len({*expected} - {*parts["ben"]}) >= 4
    assert not any({*pair} <= {*expected} for pair in blend.twins.items())
    assert (blend.held("ben"), blend.held()) == (None, None), "it is on the owner's account alone"
    assert blend.rows_of("ben") == others, "what is another's is only read"
    blend.sim.clear_requests()
    assert blend.run(UPDATE, "anna").tally.unchanged_items == 1
    assert [line for line in blend.world.asked() if not line.startswith("GET")] == []
    assert blend.run(UPDATE, "ben").tally.new_items == 0

    # What is new of the other one comes with the next update.
    with blend.sim.edit("ben") as library:
        for _ in range(5):
            library.play(parts["ben"][-1])
    blend.run("api_syncs.track_plays", "ben")
    blend.same(*blend.twins.items())  # Spotify says other ISRCs
    blend.run(UPDATE, "anna")
    after = blend.parts()
    assert after["ben"][0] == parts["ben"][-1]
    assert blend.held("anna") == blend.expected([after["anna"], after["ben"]])
    said = blend.call("playlists", "explain", "ours", after["ben"][0], "--user", "anna")
    assert "ben:\n  ✓" in said
    assert "It is in the list." in said
    assert "Of anna and ben in turn" in blend.call("playlists", "explain", "ours", "--user", "anna")


def test_the_owner_need_not_be_one_of_them_and_has_to_be_let_see(blend) -> None:
    """The listener of the environment, who has no name."""
    blend.define(BLEND.replace("sort: play_count desc", "sort: liked_at\nmin_tracks: 3"))
    blend.agree(*PAIRS)
    owner = blend.sim.account().account_id
    refused = blend.call(GENERATE, "ours", code=ExitCode.FAILED)
    assert f"./run users agree anna {owner}" in refused
    blend.agree(f"anna {owner}", f"ben {owner}")
    blend.call(GENERATE, "ours")
    parts = blend.parts("liked_at")
    assert blend.held() == blend.expected([parts["anna"], parts["ben"]])
    assert (
        blend.world.rows(
            "SELECT 1 FROM playlist_mappings JOIN users AS w USING (user_id) WHERE w.name IS NOT NULL"
        )
        == []
    )


def test_without_a_word_the_list_stays_as_it_is_and_the_others_are_made(blend) -> None:
    blend.define(BLEND.replace("limit", "create: at_once\nlimit"))
    blend.define("name: Other\nmatch: everything\nlimit: 3\n", "other")
    blend.agree("anna ben")
    said = blend.call(UPDATE, "--user", "anna", "--force", code=ExitCode.FAILED)
    assert said.count("ben has not agreed to share with anna") == 1
    assert "./run users agree ben anna" in said
    assert (blend.held("anna"), len(blend.held("anna", "Other") or ())) == (None, 3)
    assert "ben has not agreed" in blend.call("playlists", "check", "--user", "anna", code=ExitCode.SETTINGS)
    blend.agree("ben anna")
    blend.run(UPDATE, "anna")
    before = blend.held("anna")
    assert before
    assert "2 definitions are good" in blend.call("playlists", "check", "--user", "anna")
    blend.define(BLEND.replace("ben]", "ben, dora]").replace(NAME, "Of three"), "of_three")
    refused = blend.call(GENERATE, "of_three", "--user", "anna", code=ExitCode.FAILED)
    assert "there is no listener 'dora'" in refused
    assert (blend.held("anna"), blend.held("anna", "Of three")) == (before, None)


def test_what_is_taken_back_leaves_with_the_next_update_whatever_guards_and_days_say(blend) -> None:
    another_day = f"{datetime.now(UTC) + timedelta(days=3):%a}".lower()
    blend.define(
        f"{BLEND}guard: {{never_empty: yes, max_removed_percent: 10}}\nmin_tracks: 12\nweekdays: {another_day}\n"
    )
    blend.agree(*PAIRS)
    blend.call(GENERATE, "ours", "--user", "anna")
    parts = blend.parts()
    blend.agree("ben anna", word="disagree")
    assert "ben shares no more with anna" in blend.call("playlists", "preview", "ours", "--user", "anna")
    said = blend.call(UPDATE, "--user", "anna")
    assert said.count("none of their tracks is in it") == 1
    assert "./run users agree ben anna" in said
    assert blend.held("anna") == parts["anna"][:16]
    blend.agree("anna ben", word="disagree")
    blend.call(UPDATE, "--user", "anna", "--force")
    assert blend.held("anna") == [], "nobody's is in it any more"
    blend.agree(*PAIRS)
    blend.call(UPDATE, "--user", "anna", "--force")
    assert blend.held("anna") == blend.expected([parts["anna"], parts["ben"]])
    blend.call("db.users", "remove", "ben", "--yes")
    assert blend.world.rows("SELECT 1 FROM listener_agreements") == []
    assert "there is no listener 'ben' any more" in blend.call(UPDATE, "--user", "anna", "--force")
    assert blend.held("anna") == parts["anna"][:16]


def test_of_who_is_paused_the_list_holds_what_is_stored(blend) -> None:
    """A pause ends the copying, not the agreement; of a paused owner nothing is written."""
    blend.define(BLEND)
    blend.agree(*PAIRS)
    blend.call(GENERATE, "ours", "--user", "anna")
    parts = blend.parts()
    with blend.sim.edit("ben") as library:
        for _ in range(5):
            library.play(parts["ben"][-1])
    blend.call("db.users", "pause", "ben")
    paused = blend.call("api_syncs.track_plays", "--user", "ben", "--force")
    assert "ben is paused" in paused
    blend.sim.clear_requests()
    blend.call(UPDATE, "--user", "anna", "--force")
    assert blend.held("anna") == blend.expected([parts["anna"], parts["ben"]])
    assert [line for line in blend.world.asked() if not line.startswith("GET")] == []
    blend.call("db.users", "pause", "anna")
    assert "anna is paused" in blend.call(UPDATE, "--user", "anna", "--force")
    for name in ("anna", "ben"):
        blend.call("db.users", "resume", name)
    blend.run("api_syncs.track_plays", "ben")
    blend.same(*blend.twins.items())
    blend.call(UPDATE, "--user", "anna", "--force")
    after = blend.parts()
    assert after["ben"][0] == parts["ben"][-1]
    assert blend.held("anna") == blend.expected([after["anna"], after["ben"]])


def test_what_one_of_them_excludes_or_the_owner_cannot_play_is_not_in_it(blend) -> None:
    """And what can be played is said of the owner's country, not of the other's."""
    blend.define(
        BLEND.replace("ben]", "ben]\nfrom: library").replace("limit: 16", "limit: 100\nper_artist: 50")
    )
    blend.agree(*PAIRS)
    parts = blend.parts()
    mine, unplayable, elsewhere = (
        next(one for one in parts["anna"][place:] if one not in parts["ben"]) for place in (4, 7, 10)
    )
    blend.world.change(
        "UPDATE users SET market = CASE name WHEN 'anna' THEN 'DE' ELSE 'FR' END WHERE name IS NOT NULL"
    )
    for market, track_id in (("DE", unplayable), ("FR", elsewhere)):
        blend.world.change(
            "INSERT INTO track_availability (market, track_id, is_playable, checked_at) VALUES (%s, %s, false, now()) "
            "ON CONFLICT (market, track_id) DO UPDATE SET is_playable = false",
            market, track_id,
        )  # fmt: skip
    blend.world.change(
        "INSERT INTO excluded_tracks SELECT user_id, %s, now() FROM users WHERE name = 'ben'", mine
    )
    blend.refresh()
    blend.call(GENERATE, "ours", "--user", "anna")
    left = blend.parts()
    gone = {mine, unplayable}
    assert len({mine, unplayable, elsewhere}) == 3
    expected = blend.expected(
        [[one for one in left[name] if one not in gone] for name in ("anna", "ben")], limit=100
    )
    assert blend.held("anna") == expected
    assert elsewhere in expected


def test_other_lists_are_the_owners_and_blocks_and_twins_are_as_in_any_list(blend) -> None:
    blend.agree(*PAIRS)
    parts = blend.parts("liked_at")
    first = "name: First\nmatch: {all: [{liked: yes}]}\nsort: liked_at\nlimit: 17\n"
    ours = "name: Ours\nlisteners: [anna, ben]\n"
    rest = f"{ours}match: {{all: [{{liked: yes}}]}}\nsort: liked_at\nminus: first\n"
    made = blend.made(first=first, rest=rest)
    assert made["first"] == parts["anna"][:17], "three of these ben likes, too"
    assert made["rest"] == blend.expected(
        [[one for one in part if one not in made["first"]] for part in parts.values()], 100
    )

    rule = "match: {all: [{liked: yes}]}, sort: "
    blocks = f"{ours}blocks: [{{{rule}liked_at, limit: 2}}, {{{rule}liked_at desc, limit: 1}}]\n"
    assert blend.made(ours=blocks)["ours"] == blend.expected(
        [[*part[:2], part[-1]] for part in parts.values()]
    )

    gone = parts["anna"][0]
    twin = blend.twins[gone]
    blend.world.change("UPDATE users SET market = 'DE'")
    for track_id, is_playable in ((gone, False), (twin, True)):
        blend.world.change(
            "INSERT INTO track_availability (market, track_id, is_playable, checked_at) VALUES ('DE', %s, %s, now()) "
            "ON CONFLICT (market, track_id) DO UPDATE SET is_playable = EXCLUDED.is_playable",
            track_id, is_playable,
        )  # fmt: skip
    blend.refresh()
    whole = f"{ours}match: {{all: [{{liked: yes}}]}}\nsort: liked_at\n"
    without, instead = blend.made(ours=whole)["ours"], blend.made(ours=f"{whole}substitute: twin\n")["ours"]
    assert gone not in (*without, *instead)
    assert instead[0] == twin, "it stands in the place of what it stands in for"
    assert without[0] == parts["anna"][1]

    empty = f"{ours}match: {{all: [{{liked: yes}}, {{year: 1900}}]}}\n"
    blend.define(empty)
    assert "ben\n  liked: yes: 22 tracks by itself" in blend.call(
        "playlists", "preview", "ours", "--user", "anna"
    )


def test_a_public_list_that_is_taken_over_is_public_no_more(blend) -> None:
    with blend.sim.edit("anna") as library:
        playlist_id = library.new_playlist("By hand", public=True)
    blend.define(BLEND)
    blend.agree(*PAIRS)
    blend.call(GENERATE, "ours", "--user", "anna", "--playlist", playlist_id, "--yes")
    with blend.sim.edit("anna") as library:
        assert library.playlists[playlist_id].public is False
    assert blend.held("anna")
