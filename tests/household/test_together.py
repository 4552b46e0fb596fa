"""`./run together`: two listeners are compared as plain Python compares them, and only where each shares with the other."""

import json
import random
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import psycopg2
import pytest

from tests.conftest import execute, run_module
from tests.connections import BY_HAND
from tests.databases import ask
from tests.old_rows import spotify_id
from tests.reports.dashboard.reading import refresh
from tests.rows import Rows
from utils.errors import ExitCode

pytestmark = pytest.mark.once

BEGIN = datetime(2024, 1, 3, 12, tzinfo=UTC)
NAMES = ("anna", "ben", "carl")
TRACKS = 40
OTHER_RELEASES = range(
    8
)  # of these ben has heard other releases than anna: the same ISRC, or the same title and length
MERGED = (30, 31)  # anna has merged the first into the second, and ben has heard the first alone


class Play(NamedTuple):
    at: datetime
    recording: int
    ms: int


def release(number: int, name: str) -> str:
    return spotify_id("t", number + (100 if name == "ben" and number in OTHER_RELEASES else 0))


def artists_of(number: int) -> tuple[str, ...]:
    return tuple(
        spotify_id("r", each) for each in ((number % 9,) if number % 4 else (number % 9, 9 + number % 3))
    )


def heard_by(name: str) -> list[Play]:
    """A few hundred plays, some too short to count. Anna knows the first three quarters, ben the last; carl has hardly begun."""
    chance = random.Random(name)
    known = {"anna": range(31), "ben": [*range(4), *range(10, 31), *range(32, TRACKS)], "carl": range(5)}[
        name
    ]
    if name == "anna":
        known = [number for number in known if number != MERGED[0]] + [MERGED[1]]
    plays = []
    for number in range(7 if name == "carl" else 400):
        at = BEGIN + timedelta(hours=40 * number, minutes=chance.randrange(60))
        ms = chance.choice([5_000, 40_000, 120_000, 180_000])
        plays.append(Play(at, chance.choice(known), ms))
    return plays


HEARD = {name: heard_by(name) for name in NAMES}


@pytest.fixture(scope="module")
def dsn_of_three(server, template):
    """Anna, ben and carl with what they have heard; nobody has agreed to anything yet."""
    from tests.conftest import new_database

    with (
        new_database(server, template) as dsn,
        closing(psycopg2.connect(dsn, application_name=BY_HAND)) as connection,
    ):
        rows = Rows(connection)
        for name in NAMES:
            rows.add("users", user_id=f"id-{name}", spotify_id=f"spotify-{name}", name=name)
        rows.add("users", user_id="id-dora", spotify_id="spotify-dora", name="dora")  # has heard nothing
        rows.add("users", user_id="id-nameless", spotify_id="spotify-nameless", is_active=False)
        for number in range(TRACKS):
            by_isrc = number % 2 == 0
            for track_id in {release(number, "anna"), release(number, "ben")}:
                rows.track(track_id, artists=artists_of(number), ms=180_000)
                isrc = f"ISRC{number:08}" if by_isrc else None
                rows.do(
                    "UPDATE tracks SET name = %s, isrc = %s WHERE track_id = %s",
                    f"Song {number}",
                    isrc,
                    track_id,
                )
        rows.do("UPDATE artists SET name = 'Artist ' || artist_id")
        for name, plays in HEARD.items():
            for play in plays:
                rows.play(
                    release(play.recording, name),
                    play.at,
                    f"id-{name}",
                    source="export",
                    ms_played=play.ms,
                    part=play.ms,
                )
        merged = [release(number, "anna") for number in MERGED]
        rows.do("INSERT INTO recording_merges VALUES ('id-anna', %s, %s, now())", *merged)
        refresh(connection)
        yield dsn


@pytest.fixture
def world(dsn_of_three, monkeypatch):
    for name in ("GITHUB_ACTIONS", "RUN_REPORT", "SPOTIFY_CLIENT_ID", "SPOTIFY_REFRESH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATABASE_URL", dsn_of_three)
    monkeypatch.setenv("ENV_FILE", "")
    yield dsn_of_three
    execute(dsn_of_three, "DELETE FROM listener_agreements")


def call(*words: str, code: int = ExitCode.OK) -> str:
    done = run_module(*words)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def agree(*pairs: str, word: str = "agree") -> str:
    return "".join(call("db.users", word, *pair.split()) for pair in pairs)


def together(*words: str) -> dict:
    return json.loads(call("reports.together", *words, "--json"))


# What plain Python counts


def of_recording(number: int) -> int:
    """Under which recording the two stand: anna has said that these two are one."""
    return MERGED[1] if number == MERGED[0] else number


def sums(name: str, unit: str, of: Callable[[Play], int], is_in: Callable[[Play], bool]) -> Counter:
    found: Counter = Counter()
    for play in filter(is_in, HEARD[name]):
        for item in artists_of(play.recording) if unit == "artists" else (of_recording(play.recording),):
            found[item] += of(play)
    return found


MEASURES: dict[str, Callable[[Play], int]] = {
    "plays": lambda play: play.ms >= 30_000,
    "minutes": lambda play: play.ms,
}


def common(unit: str, measure: str, is_in: Callable[[Play], bool]) -> float:
    one, other = (sums(name, unit, MEASURES[measure], is_in) for name in ("anna", "ben"))
    return 100 * sum(min(one[item] / one.total(), other[item] / other.total()) for item in one)


RANGES: dict[str, Callable[[Play], bool]] = {
    "all": lambda _: True,
    "2025": lambda play: play.at.year == 2025,
    "2024-03-01..2024-12-24": lambda play: "2024-03-01" <= f"{play.at:%Y-%m-%d}" <= "2024-12-24",
}


@pytest.mark.parametrize("key", RANGES)
@pytest.mark.parametrize("by", MEASURES)
def test_two_listeners_are_compared_as_plain_python_compares_them(world, key, by):
    agree("anna ben", "ben anna")
    said = together("anna", "ben", "--range", key, "--by", by, "--limit", "100")
    for unit in ("artists", "tracks"):
        for measure in MEASURES:
            assert said["common"][unit][measure] == pytest.approx(
                common(unit, measure, RANGES[key]), abs=0.06
            )
            assert 5 < said["common"][unit][measure] < 95
    for unit in ("artists", "tracks"):
        one, other = (sums(name, unit, MEASURES["plays"], RANGES[key]) for name in ("anna", "ben"))
        heard = [sums(name, unit, MEASURES[by], RANGES[key]) for name in ("anna", "ben")]
        named = f"{unit[:-1].capitalize()} ".replace("Track", "Song")
        expected = {
            f"{named}{item}": (one[item], other[item])
            for item in heard[0]
            if heard[0][item] and heard[1][item]
        }
        assert {row["name"]: tuple(row["plays"]) for row in said["both"][unit]} == expected
    for side, name in enumerate(("anna", "ben")):
        assert said["listeners"][side]["plays"] == sum(
            map(MEASURES["plays"], filter(RANGES[key], HEARD[name]))
        )


def test_who_is_named_first_makes_no_difference(world):
    agree("anna ben", "ben anna")
    one, other = together("anna", "ben"), together("ben", "anna")
    assert one["common"] == other["common"]
    assert one["listeners"] == other["listeners"][::-1]
    assert one["might_like"] == {
        name: {
            unit: [{**row, "plays": row["plays"][::-1], "minutes": row["minutes"][::-1]} for row in rows]
            for unit, rows in each.items()
        }
        for name, each in other["might_like"].items()
    }
    assert [row["name"] for row in one["both"]["tracks"]] == [row["name"] for row in other["both"]["tracks"]]


def test_what_one_might_like_is_heard_much_by_the_other_and_never_was_heard(world):
    """Never at all, not only in the range."""
    agree("anna ben", "ben anna")
    said = together("anna", "ben", "--range", "2025", "--limit", "100")
    for name, other in (("anna", "ben"), ("ben", "anna")):
        ever = sums(name, "tracks", lambda _: 1, RANGES["all"])
        much = sums(other, "tracks", MEASURES["plays"], RANGES["2025"])
        expected = {f"Song {item}" for item, plays in much.items() if plays >= 5 and not ever[item]}
        assert {row["name"] for row in said["might_like"][name]["tracks"]} == expected
    assert said["might_like"]["anna"]["tracks"]
    assert {row["name"] for row in said["might_like"]["ben"]["tracks"]} >= {"Song 5"}


def test_two_releases_of_one_recording_are_one_track(world):
    agree("anna ben", "ben anna")
    both = Counter(row["name"] for row in together("anna", "ben", "--limit", "100")["both"]["tracks"])
    assert both.keys() >= {f"Song {number}" for number in range(4)}, "ben has heard other releases"
    assert both[f"Song {MERGED[1]}"] == 1, "anna has merged what ben has heard into what she has"
    assert set(both.values()) == {1}


def test_of_too_little_nothing_is_made(world):
    agree("anna carl", "carl anna")
    said = call("reports.together", "anna", "carl")
    assert "too little to say how much they have in common: 30 plays of each are needed" in said
    assert "%" not in said
    assert together("anna", "carl")["common"] is None


def test_of_who_has_heard_nothing_nothing_is_made(world):
    agree("anna dora", "dora anna")
    said = call("reports.together", "anna", "dora")
    assert "30 plays of each are needed" in said
    assert "%" not in said
    data = together("anna", "dora")
    assert (data["common"], data["both"]) == (None, {"artists": [], "tracks": []})
    assert [one["plays"] for one in data["listeners"]] == [
        sums("anna", "tracks", MEASURES["plays"], RANGES["all"]).total(),
        0,
    ]
    assert data["might_like"]["anna"] == {"artists": [], "tracks": []}
    assert data["might_like"]["dora"]["tracks"], "all that anna hears is new"
    assert call("reports.together", "dora", "anna", "--range", "2025")


def test_a_pause_ends_the_copying_and_not_the_agreement(world):
    agree("anna ben", "ben anna")
    before = together("anna", "ben")
    call("db.users", "pause", "ben")
    try:
        paused = together("anna", "ben")
    finally:
        call("db.users", "resume", "ben")
    assert before["both"]["tracks"]
    assert paused == before


def test_the_text_says_the_same(world):
    agree("anna ben", "ben anna")
    said, data = call("reports.together", "anna", "ben"), together("anna", "ben")
    for unit in ("artists", "tracks"):
        shares = data["common"][unit]
        assert (
            f"In common: {shares['plays']:.0f} % of the {unit} by plays, {shares['minutes']:.0f} % by minutes."
            in said
        )
    assert "For ben: tracks of anna's that ben has never heard" in said
    assert call("reports.together", "anna", "ben", "--range", "2031", code=ExitCode.SETTINGS).startswith(
        "together: Nothing is known"
    )


# Only where each has agreed


def test_nobody_is_compared_without_the_word_of_both(world):
    missing = call("reports.together", "anna", "ben", code=ExitCode.SETTINGS)
    assert "anna has not agreed to share with ben, and ben has not agreed to share with anna" in missing
    assert "./run users agree anna ben, ./run users agree ben anna" in missing
    assert "once ben agrees, too: ./run users agree ben anna" in agree("anna ben")
    half = call("reports.together", "ben", "anna", code=ExitCode.SETTINGS)
    assert "ben has not agreed to share with anna." in half
    assert "anna has not" not in half
    assert "anna and ben share with each other" in agree("ben anna").replace("ben and anna", "anna and ben")
    assert together("anna", "ben")["both"]["tracks"]
    assert "anna shares with ben, since" in call("db.users", "list")
    agree("anna ben", word="disagree")
    assert "anna has not agreed" in call("reports.together", "anna", "ben", code=ExitCode.SETTINGS)
    assert "anna shares with ben" not in call("db.users", "list")
    agree("anna ben")
    assert together("anna", "ben")["both"]["tracks"], "and agreed again"


def test_who_has_no_name_is_named_as_spotify_does(world):
    agree("spotify-nameless anna", "anna id-nameless")
    assert "too little" in call("reports.together", "spotify-nameless", "anna")


def test_who_cannot_be_meant(world):
    assert "no listener 'edda'" in call("db.users", "agree", "anna", "edda", code=ExitCode.SETTINGS)
    assert "no listener 'edda'" in call("reports.together", "edda", "anna", code=ExitCode.SETTINGS)
    for words in (("db.users", "agree", "anna", "id-anna"), ("reports.together", "anna", "ANNA")):
        assert "the same listener" in call(*words, code=ExitCode.SETTINGS)
    assert ask(world, "SELECT 1 FROM listener_agreements") == []


def test_on_github_nothing_is_shown(world, monkeypatch):
    agree("anna ben", "ben anna")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert "strangers may read" in call("reports.together", "anna", "ben", code=ExitCode.SETTINGS)
