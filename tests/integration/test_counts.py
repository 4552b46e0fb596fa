"""What each script says that it has read, and what became of it, adds up to what the library on Spotify says.

All scripts run one after the other; then the listener changes something of everything, and all run again.
"""

import json
from collections import Counter
from dataclasses import dataclass

import pytest

from api_syncs.chain import CHAIN
from reports.dashboard.build import PAGES
from reports.dashboard.own_pages import MOST
from simulator import Simulator, generate
from tests.conftest import World, execute, new_database
from utils.database.migrate import MIGRATIONS
from utils.job.scripts import jobs

pytestmark = [pytest.mark.slow(0.5, together=True), pytest.mark.once]

EXPORT = "the file"  # of what the API has told in the first round
# Those of the chain, and the others with what they take; the chain as a whole comes last.
COMMANDS = (
    *((step.module,) for step in CHAIN),
    ("db.import_streaming_history", EXPORT),
    ("api_syncs.sync_liked_tracks_full",),
    ("playlists.playlist_sync", "never_played"),
    ("playlists.generate_playlist", "never_played"),
    ("reports.check_schedules",),
    ("api_syncs.run_all",),
)
NAMES = [command[0].rpartition(".")[2] for command in COMMANDS]
NUMBERS = ("read", "new", "updated", "unchanged", "removed")


@dataclass(frozen=True)
class Truth:
    """What the library says before a round. Of what has a number, that is of its tracks, albums or entries."""

    likes: set[str]
    albums: dict[str, int]
    followed: dict[str, int]
    lists: dict[str, int]  # 0: they may not be read
    tracks: set[str]  # liked, on saved albums, or in own lists
    catalogue: set[str]  # the tracks, albums and artists that anything in the library leads to
    singly: set[str]  # albums and artists of which no list that is read anyway says everything
    covers: set[str]  # those albums and artists, and the lists
    plays: int
    tops: int
    exclusions: str | None  # that list
    edited: str | None  # a list that has lost an entry and got another
    families: int  # artists, albums and years with plays, each with a page of the site


@dataclass(frozen=True)
class Round:
    """What the library says, each script's numbers and requests, and the paths of what was asked of Spotify meanwhile."""

    truth: Truth
    numbers: dict[str, dict[str, int]]
    requests: dict[str, int]
    asked: dict[str, list[str]]


def credits_of(library, tracks, albums):
    """The artists that these are credited to."""
    named = [library.tracks[track].artist_ids for track in tracks] + [
        library.albums[album].artist_ids for album in albums
    ]
    return {artist for ids in named for artist in ids}


def leads_to(library, shown, saved, tops):
    """The tracks, albums and artists that the library leads to, and those of them that are asked for one by one.

    `shown`: the tracks that a list shows. Albums of followed artists are wanted whole.
    """
    of_followed = {album.id for album in library.albums.values() if {*album.artist_ids} & {*library.followed}}
    albums = {library.tracks[track].album_id for track in shown}
    artists = credits_of(library, shown, albums) | {*library.followed, *tops}
    singly = (albums - saved) | (artists - {*library.followed, *tops})
    tracks = shown.union(*(library.album_track_ids(album) for album in of_followed))
    albums |= of_followed | saved
    return tracks | albums | artists | credits_of(library, tracks, albums), singly


def look(library, made, edited):
    by_artist = Counter(artist for album in library.albums.values() for artist in album.artist_ids)
    saved = library.saved_album_rows()
    lists = {each: library.playlists[each] for each in library.user_playlists if each}
    in_lists = {
        item.id
        for playlist_id, each in lists.items()
        if each.owner_id == library.user.id and playlist_id not in made.values()
        for item in each.items
        if item.kind == "track" and item.id
    }
    tops = [*library.top_artists.values(), *library.top_tracks.values()]
    plays = {track for _, track in library.play_rows()}
    top_artists, top_tracks = (
        {each for ids in ranked.values() for each in ids[:50]}
        for ranked in (library.top_artists, library.top_tracks)
    )
    of_saved = {track for album in saved for track in library.album_track_ids(album)}
    shown = {*library.liked_rows(), *of_saved, *in_lists, *plays, *top_tracks}
    catalogue, singly = leads_to(library, shown, {*saved}, top_artists)
    return Truth(
        set(library.liked_rows()),
        {album: len(library.album_track_ids(album)) for album in saved},
        {artist: by_artist[artist] for artist in library.followed},
        {each: len(known.items) * library.may_read_items(each) for each, known in lists.items()},
        {*library.liked_rows(), *in_lists, *of_saved},
        catalogue,
        singly,
        catalogue.difference(library.tracks).union(lists),
        len(library.play_rows()),
        sum(len(ids[:50]) for ids in tops),
        made.get("exclusions"),
        edited,
        sum(
            min(len(each), MOST)
            for each in (
                credits_of(library, plays, ()),
                {library.tracks[each].album_id for each in plays},
                {at.year for at, _ in library.play_rows()},
            )
        ),
    )


def change(library, exclusions, made):
    """Something of everything comes, goes, or is another; the list that was edited."""
    stranger = next(artist for artist in library.artists if artist not in library.followed)
    album = library.new_album(tracks=60, artist_id=stranger)
    first, second, third, *_ = library.album_track_ids(album)
    library.unlike(next(iter(library.liked_rows())))  # of which nothing else is here, see `rounds`
    library.unlike(list(library.liked_rows())[-1])
    library.like(first)
    library.save_album(album)
    library.unsave_album(list(library.saved_album_rows())[-1])
    newcomer = library.new_artist()
    library.new_album(tracks=2, artist_id=newcomer)
    library.follow(newcomer)
    library.unfollow(library.followed[-1])
    edited = next(
        each
        for each in library.user_playlists
        if each not in made and library.may_read_items(each) and len(library.playlists[each].items) > 3
    )
    library.playlist_remove(edited, [library.playlists[edited].items[1].uri])
    library.playlist_add(edited, [second], position=0)
    library.play(first)
    ranks = library.top_tracks["short_term"]
    ranks[:2] = reversed(ranks[:2])
    library.playlist_add(exclusions, [third])
    return edited


@pytest.fixture(scope="module")
def rounds(server, tmp_path_factory):
    """The two rounds, and the database as it is then."""
    folder = tmp_path_factory.mktemp("counts")
    library = generate(seed=3, liked=130, albums=12, plays=30, playlists=8, followed=5, odd=False)
    library.like(
        library.album_track_ids(library.new_album(tracks=3, artist_id=library.new_artist("Alone")))[0]
    )
    found = []
    with new_database(server, "template0") as dsn, Simulator(library) as sim:
        world = World(sim, dsn, folder)
        world.extra.update(SPOTIFY_MARKET="DE", RUN_REPORT=str(folder / "report"))
        made, edited = {}, None
        while len(found) < 2:
            with sim.edit() as library:
                if found:
                    edited = change(library, made["exclusions"], made.values())
                truth = look(library, made, edited)
            ended = Round(truth, {}, {}, {})
            export = export_of(library, folder)
            for name, command in zip(NAMES, COMMANDS, strict=True):
                command = [export if word == EXPORT else word for word in command]
                prepare(name, world, made, is_first=not found)
                line = said_by(world, folder / "report", command)
                ended.numbers[name] = {number: line[number] for number in NUMBERS}
                ended.requests[name] = line["requests"]
                ended.asked[name] = [each.path for each in sim.requests if each.kind != "token"]
            found.append(ended)
            made = dict(world.rows("SELECT slug, playlist_id FROM playlist_mappings"))
        yield *found, world


def export_of(library, folder):
    """The plays of the library as the privacy export has them, written once."""
    file = folder / "Streaming_History_Audio_2026_0.json"
    if not file.exists():
        rows = [
            {
                "ts": f"{play.played_at:%Y-%m-%dT%H:%M:%SZ}",
                "ms_played": 40_000,
                "spotify_track_uri": f"spotify:track:{play.track_id}",
            }
            for play in library.plays
        ]
        file.write_text(json.dumps(rows))
    return str(file)


def prepare(name, world, made, *, is_first):
    """Give something to do to those who would find nothing."""
    if name == "clean" and not is_first:  # what was removed stays for some days
        for table in (
            "liked_tracks",
            "saved_albums",
            "followed_artists",
            "playlist_item_history",
            "playlists",
        ):
            execute(world.dsn, f"UPDATE {table} SET removed_at = removed_at - interval '100 days'")
    if name in ("playlist_sync", "generate_playlist") and is_first:
        with world.sim.edit() as library:  # somebody takes an entry out of the list
            [(listed,)] = world.rows("SELECT playlist_id FROM playlist_mappings WHERE slug = 'never_played'")
            library.playlist_remove(listed, [library.playlists[listed].items[0].uri])


def said_by(world, report, command):
    """Run a script as a person does; its line of the report."""
    report.unlink(missing_ok=True)
    world.sim.clear_requests()
    ended = world.call("-m", *command, "--force")
    assert ended.returncode == 0, ended.stderr
    return [json.loads(line) for line in report.read_text().splitlines()][-1]


def numbers(new=0, updated=0, unchanged=0, removed=0):
    return dict(zip(NUMBERS, (new + updated + unchanged, new, updated, unchanged, removed), strict=True))


def compared(before, after):
    """Both are read in whole: what came is new, what went is removed."""
    before, after = set(before), set(after)
    return numbers(len(after - before), 0, len(after & before), len(before - after))


def long_ones(albums):
    """How many tracks are behind the first 50."""
    return sum(max(length - 50, 0) for length in albums.values())


def expected(name, first, second, world):
    """The numbers of a script in both rounds."""
    before, after = first.truth, second.truth
    match name:
        case "init_db":
            count = len(list(MIGRATIONS.glob("*.sql")))
            return numbers(new=count), numbers(unchanged=count)
        case "track_plays":
            return numbers(new=before.plays), numbers(new=1, unchanged=after.plays - 1)
        case "import_streaming_history":
            return numbers(updated=before.plays), numbers(unchanged=before.plays)
        case "sync_liked_tracks":
            return compared([], before.likes), compared(before.likes, after.likes)
        case "sync_liked_tracks_full":
            return compared(before.likes, before.likes), compared(after.likes, after.likes)
        case "sync_saved_albums":
            return compared([], before.albums), compared(before.albums, after.albums)
        case "sync_album_tracks":
            came = {album: after.albums[album] for album in after.albums.keys() - before.albums.keys()}
            return numbers(new=long_ones(before.albums)), numbers(new=long_ones(came))
        case "sync_followed_artists":
            return compared([], before.followed), compared(before.followed, after.followed)
        case "sync_playlists":
            # What was made is copied by the chain at the end of the round. Then two lists have one more entry, one of
            # them without another.
            changed = {after.edited, after.exclusions}
            same = len(after.lists) - len(changed) + sum(after.lists[each] - 1 for each in changed)
            first_ones = len(before.lists) + sum(before.lists.values())
            return numbers(new=first_ones), numbers(2, len(changed), same, 1)
        case "sync_top_items":
            return numbers(new=before.tops), numbers(updated=2, unchanged=after.tops - 2)
        case "sync_exclusions":
            return numbers(), numbers(new=1)
        case "check_track_availability":
            return compared([], before.tracks), {**compared(before.tracks, after.tracks), "removed": 0}
        case "sync_tracks":  # nothing was imported
            return numbers(), numbers()
        case "sync_artists":
            return numbers(new=len(before.singly)), numbers(new=len(after.singly - before.catalogue))
        case "sync_artist_albums":
            came = after.followed.keys() - before.followed.keys()
            return numbers(new=sum(before.followed.values())), numbers(
                new=sum(after.followed[artist] for artist in came)
            )
        case "materialized_views":
            [(count,)] = world.rows("SELECT count(*) + 2 FROM pg_matviews")  # daily_listening, personalities
            # Nothing is left out of statistics: what says what is (uncounted_keys) is as it was.
            return numbers(new=count), numbers(updated=count - 1, unchanged=1)
        case "update_dynamic_playlists":
            return numbers(new=1), numbers(updated=1)
        case "playlist_sync" | "generate_playlist":
            return numbers(updated=1), numbers(unchanged=1)
        case "clean":
            return numbers(), numbers(removed=len(before.catalogue - after.catalogue))
        case "sync_images":
            # The lists that were made are copied, with their covers, by the chain at the end of the round.
            came = after.covers - before.covers - after.lists.keys()
            return numbers(new=len(before.covers)), numbers(
                new=len(came), removed=len(before.covers - after.covers)
            )
        case "build_dashboard":  # a play has come, which every page says
            pages = len(PAGES) + before.families
            return numbers(new=pages), numbers(new=after.families - before.families, updated=pages)
        case (
            "check_schedules"
        ):  # the runs so far, this one with them; the first round has the chain's once more
            scripts, again = len(COMMANDS) - 1, len(CHAIN) + 1
            return numbers(unchanged=scripts), numbers(unchanged=2 * scripts + again)
    raise AssertionError(f"{name}: say what it has to count")


def test_every_script_is_looked_at():
    assert {*NAMES} == set(jobs())
    assert all(job.counts for job in jobs().values())


@pytest.mark.parametrize("name", [name for name in NAMES if name != "run_all"])
def test_it_adds_up(rounds, name):
    first, second, world = rounds
    assert (first.numbers[name], second.numbers[name]) == expected(name, first, second, world)


@pytest.mark.parametrize("name", NAMES)
def test_the_requests_are_those_that_spotify_has_got(rounds, name):
    """Covers are no requests to the Web API."""
    for each in rounds[:2]:
        assert each.requests[name] == sum(not path.startswith("/image/") for path in each.asked[name])


def test_the_numbers_of_the_chain_are_those_of_its_steps(rounds):
    first, _, world = rounds
    ran = world.rows(
        "SELECT started_at, finished_at, items_processed, new_items, updated_items, removed_items, requests "
        "FROM sync_history WHERE job = 'run_all' ORDER BY started_at LIMIT 1"
    )
    [(begun, ended, *counted)] = ran
    steps = world.rows(
        "SELECT sum(items_processed), sum(new_items), sum(updated_items), sum(removed_items), sum(requests) "
        "FROM sync_history WHERE job <> 'run_all' AND started_at BETWEEN %s AND %s",
        begun,
        ended,
    )
    assert steps == [tuple(counted)]
    own = first.numbers["run_all"]
    assert [own[name] for name in ("read", "new", "updated", "removed")] == counted[:-1]
    assert first.requests["run_all"] == counted[-1] > 0
