"""A listener of some years on a simulated Spotify, and the real scripts that copy, import, count and show what they heard.

What is known afterwards is what the simulator knows: `Told` has every listening that Spotify tells of, from the objects of which the files and the
answers are made; nothing is read from the database.
"""

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from simulator import Simulator, generate
from simulator.exports import HONEST, Habits, Mixed, listenings, mix
from simulator.exports.extended import offline_timestamp
from simulator.exports.listening import CLOSED, SECOND, TRACK, Listening, to_ms
from simulator.world.catalogue import Play
from simulator.world.library import Library
from tests.clock import FakeClock
from tests.conftest import World, new_database
from tests.imported_history import import_file
from utils.database.embedded.server import EmbeddedServer

NOW = datetime(2026, 11, 28, 21, 30, tzinfo=UTC)  # in Kathmandu it is tomorrow
SINCE = datetime(2022, 8, 20, tzinfo=UTC)
FIRST_LOOK, EXPORTED = NOW - timedelta(days=45), NOW - timedelta(days=20)
ROWS = 3_600
HABITS = Habits(pauses=0, overlaps=0, incognito=0.01, splits=0.01, spoken=0.1)
# Ends around which a day, a month or a year changes in one zone and not in another; a leap day; both nights of changed clocks.
EDGES = (
    "2023-12-31T18:10:00", "2023-12-31T22:59:30", "2023-12-31T23:00:30", "2024-02-28T23:30:00", "2024-02-29T12:00:00", "2024-02-29T22:59:10",
    "2024-02-29T23:00:50", "2025-03-29T23:30:00", "2025-03-30T00:59:20", "2025-03-30T01:05:00", "2025-10-26T00:30:00", "2025-10-26T01:30:00",
    "2025-12-31T18:20:00", "2025-12-31T22:58:00", "2025-12-31T23:02:00",
)  # fmt: skip
LOOK_EVERY = timedelta(days=2)
CHAIN = (
    "api_syncs.sync_liked_tracks",
    "api_syncs.sync_saved_albums",
    "api_syncs.sync_album_tracks",
    "api_syncs.sync_followed_artists",
    "api_syncs.sync_playlists",
    "api_syncs.sync_tracks",
    "api_syncs.sync_artists",
    "api_syncs.sync_artist_albums",
)


@dataclass(frozen=True)
class Told:
    """A listening that the export or the API tells of. `play`: as the API does, which says when it ended and from what it was started."""

    heard: Listening
    in_export: bool
    play: Play | None


def heard_in_years(library: Library) -> list[Listening]:
    """What was heard, in the order of the export, with plays at moments where something might go wrong."""
    rest = NOW - timedelta(hours=5)
    found = [
        _with_known_end(each)
        for each in listenings(library, SINCE, rest, rows=ROWS, seed=3, habits=HABITS, with_plays=False)
    ]
    favourite = next(each.item for each in found if each.item.kind == TRACK and each.ms_played > 100_000)
    for text in EDGES:
        ended = to_ms(datetime.fromisoformat(text).replace(tzinfo=UTC))
        began = ended - favourite.duration_ms
        found.append(
            Listening(favourite, began, ended, favourite.duration_ms, ended, "clickrow", "trackdone")
        )
    return sorted(found, key=lambda each: each.noted_ms)


def _with_known_end(heard: Listening) -> Listening:
    """The same; where the app was closed and no row says when the song began, Spotify has at least seen the end in time."""
    if heard.reason_end in CLOSED and not offline_timestamp(heard):
        return heard._replace(noted_ms=heard.ended_ms)
    return heard


def started_from(library: Library, mixed: Mixed) -> list[str | None]:
    """From what each play of the API was started: a sitting from one thing, without shuffle mostly from the album."""
    chance = random.Random(5)
    lists = [f"spotify:playlist:{name}" for name in library.user_playlists if name][:4]
    artists = [f"spotify:artist:{name}" for name in library.followed[:2]]
    elsewhere = [*lists, *lists, f"spotify:user:{library.user.id}:collection", *artists, None]
    heard_of = {
        play: heard for heard, play in zip(mixed.listenings, mixed.play_of, strict=True) if play is not None
    }
    found: list[str | None] = []
    before, source = 0, None
    for place in range(len(mixed.plays)):
        heard = heard_of[place]
        if heard.began_ms - before > 600 * SECOND:
            album = f"spotify:album:{heard.item.album_id}"
            source = album if not heard.shuffle and chance.random() < 0.8 else chance.choice(elsewhere)
        before = heard.ended_ms
        found.append(source)
    return found


def release_lately(library: Library, heard: list[Listening]) -> None:
    """Let every third album that was first heard in the second year and later have come out some days before."""
    first: dict[str, datetime] = {}
    for each in heard:
        if each.item.kind == TRACK:
            first.setdefault(library.tracks[each.item.id].album_id, each.ended)
    late = [(name, at) for name, at in first.items() if at > SINCE + timedelta(days=300)]
    for place, (name, at) in enumerate(late[::3]):
        library.albums[name].release_date = f"{at - timedelta(days=(place * place) % 150):%Y-%m-%d}"


def like_what_lists_brought(library: Library, told: list[Told]) -> None:
    """Like three tracks an hour after they were first heard, from a list."""
    heard: set[str | None] = set()
    found = []
    for each in sorted(told, key=lambda each: each.heard.ended_ms):
        isrc = library.tracks[each.heard.item.id].isrc if each.heard.item.kind == TRACK else None
        if isrc and isrc not in heard and each.play and ":playlist:" in (each.play.context_uri or ""):
            found.append((each.play.track_id, each.heard.ended + timedelta(hours=1)))
        heard.add(isrc)
    assert len(found) >= 3
    for track_id, at in found[:3]:
        library.like(track_id, at)


@dataclass
class Years:
    """The world, its site in each zone, and what was told."""

    world: World
    clock: FakeClock
    library: Library
    told: list[Told]

    def site(self, zone: str) -> Path:
        """Count and build for somebody who lives there."""
        folder = self.world.folder / zone.replace("/", "-")
        self.world.extra |= {"TIME_ZONE": zone, "DASHBOARD_DIR": str(folder)}
        for module in ("api_syncs.track_plays", "api_syncs.materialized_views", "reports.build_dashboard"):
            run(self.world, module, self.clock)
        return folder


def run(world: World, module: str, clock: FakeClock) -> None:
    """Run a script to its end."""
    outcome = world.run(module, clock=clock)
    assert outcome.status == "done", f"{module}: {outcome.status} {outcome.message}"


@contextmanager
def lived(server: EmbeddedServer, folder: Path) -> Iterator[Years]:
    """Somebody who has begun to look 45 days ago, has imported an export of 20 days ago, and looks every other day."""
    library = generate(
        seed=11, liked=170, albums=24, plays=0, playlists=7, followed=9, now=NOW - timedelta(days=1)
    )
    heard = heard_in_years(library)
    mixed = mix(
        library, heard, api=replace(HONEST, whole_seconds=0.1), seed=4,
        api_since=FIRST_LOOK - timedelta(days=2), export_until=EXPORTED,
    )  # fmt: skip
    contexts = started_from(library, mixed)
    mixed.plays[:] = [
        replace(play, context_uri=context) for play, context in zip(mixed.plays, contexts, strict=True)
    ]
    told = [
        Told(heard, row is not None, None if play is None else mixed.plays[play])
        for heard, row, play in zip(mixed.listenings, mixed.row_of, mixed.play_of, strict=True)
        if row is not None or play is not None
    ]
    release_lately(library, heard)
    like_what_lists_brought(library, told)
    clock = FakeClock(FIRST_LOOK)
    with new_database(server, "template0") as dsn, Simulator(library, "extended", clock=clock) as sim:
        world = World(sim, dsn, folder)
        world.extra |= {"SPOTIFY_MARKET": "DE", "TIME_ZONE": "Europe/Berlin"}
        run(world, "db.init_db", clock)
        is_imported = False
        while clock.moment < NOW:
            if clock.moment > EXPORTED and not is_imported:
                _import(world, mixed, clock)
                is_imported = True
            _look(world, mixed, clock)
            clock.moment = min(clock.moment + LOOK_EVERY, NOW)
        _look(world, mixed, clock)
        for module in CHAIN:
            run(world, module, clock)
        yield Years(world, clock, library, told)
    assert sim.errors == [], "the simulator itself had trouble"


def _look(world: World, mixed: Mixed, clock: FakeClock) -> None:
    """Look at the last fifty plays, of which some arrive late: every fifth evening was without a connection until the next look."""
    with world.sim.edit() as library:
        mixed.give_plays(library, clock.moment)
        library.plays = [
            play
            for play in library.plays
            if play.played_at.day % 5 or clock.moment - play.played_at > timedelta(hours=20)
        ]
    run(world, "api_syncs.track_plays", clock)


def _import(world: World, mixed: Mixed, clock: FakeClock) -> None:
    file = world.folder / "Streaming_History_Audio_2022-2026_0.json"
    file.write_text(json.dumps(mixed.rows, ensure_ascii=False), encoding="utf-8")
    import_file(world, file, clock=clock)
