"""Copy the tracks of saved albums that did not come with the album itself: those beyond the first 50.

Only albums that lack tracks cost requests: one per 50 tracks missing.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from api_syncs.album_pages import AlbumPage, AlbumTracksState, save_page
from utils.database.statements import statement
from utils.errors import NotFoundError
from utils.job.declaration import Entity, Renewal
from utils.job.lifecycle import leave, main
from utils.job.spotify_run import SpotifyJob, SpotifyRun
from utils.mirror.catalogue import save_catalogue
from utils.mirror.passes import Batch, Pass
from utils.mirror.refusals import Refusals
from utils.spotify.fields import Payload
from utils.spotify.payloads import PAGE, AlbumPayload

REFUSED = "album_tracks"  # the kind of question
ALBUM_TRACKS = Entity(
    "album_tracks",
    (Renewal(statement("albums.read_long_ago"), statement("availability.long_albums")),),
    refusals=(REFUSED,),
)
DOUBTED_AFTER = timedelta(days=7)  # an album that has more tracks than it says
READ_AGAIN_AFTER = timedelta(days=90)  # a long album: the number does not say whether an id was replaced


def work(run: SpotifyRun) -> None:
    """Store the missing tracks of every saved album; go on where a killed run left off."""
    with run.transaction() as cursor:
        now = run.clock.now()
        which = {"user_id": run.user.user_id, "now": now, "page": PAGE}
        which |= {"doubted_before": now - DOUBTED_AFTER, "old_before": now - READ_AGAIN_AFTER}
        cursor.execute(statement("albums.lacking_tracks"), which)
        lacking: list[tuple[str, int, int]] = cursor.fetchall()
    reading = Pass(run, ALBUM_TRACKS.name, AlbumTracksState)
    if reading.is_complete:
        reading.begin(AlbumTracksState())
    refusals = Refusals(run, REFUSED, "is unknown to Spotify, or does not come whole")
    refused = refusals.lasting() if lacking else set()
    lacking = [album for album in lacking if album[0] not in refused]
    begun = reading.state.album_id
    unknown = [album_id for album_id, _, stored in lacking if not stored and album_id != begun]
    done_with, came_along = save_whole_albums(reading, refusals, unknown)
    wanted = [
        page
        for album_id, total, stored in lacking
        if album_id not in done_with
        for page in missing_pages(reading, album_id, total, came_along.get(album_id, stored))
    ]
    reading.total = len(wanted)

    def fetch(wanted: AlbumPage) -> Payload | None:
        try:
            return run.spotify.album_tracks(wanted.album_id, wanted.offset)
        except NotFoundError:
            return None

    for done, (each, payload) in enumerate(run.in_order(fetch, wanted), start=1):
        if payload is None and each.album_id not in done_with:
            done_with.add(each.album_id)  # its further pages would stamp it
            reading.state = AlbumTracksState()
            reading.write(partial(note_unknown, refusals=refusals, album_id=each.album_id))
        elif payload is not None and each.album_id not in done_with:
            save_page(reading, refusals, each, payload)
        run.progress(done, len(wanted))
    reading.state = AlbumTracksState()
    with reading.last_batch():
        pass


def note_unknown(batch: Batch, refusals: Refusals, album_id: str) -> None:
    """Spotify does not know this album."""
    refusals.note(batch.cursor, [album_id])


def missing_pages(
    reading: Pass[AlbumTracksState], album_id: str, total_tracks: int, stored: int
) -> Iterator[AlbumPage]:
    """The pages to fetch: all but the first where that came with the album, and what no killed run has fetched."""
    start = PAGE if stored >= PAGE else 0
    if reading.state.album_id == album_id:
        start = reading.state.offset
    offsets = range(start, max(total_tracks, start + 1), PAGE)
    return (AlbumPage(album_id, offset, offset == offsets[-1]) for offset in offsets)


def save_whole_albums(
    reading: Pass[AlbumTracksState], refusals: Refusals, album_ids: list[str]
) -> tuple[set[str], dict[str, int]]:
    """Albums of which no track is known: as whole objects, many per request where the app's mode has that.

    Returns the ids of those that are complete now, or unknown to Spotify; and how many tracks came with the others.
    """
    run = reading.run
    done_with: set[str] = set()
    came_along: dict[str, int] = {}
    for album_id, payload in run.spotify.albums(album_ids):
        if payload is None:
            done_with.add(album_id)
            reading.write(partial(note_unknown, refusals=refusals, album_id=album_id))
            continue
        for album in reading.read_albums([payload]).entries:

            def write(batch: Batch, album: AlbumPayload = album, album_id: str = album_id) -> None:
                batch.counts += save_catalogue(batch.cursor, [], [album], batch.now)
                refusals.note(batch.cursor, [], [album_id])

            reading.write(write)
            came_along[album_id] = len(album.tracks)
            if album.has_all_tracks:
                done_with.add(album_id)
    return done_with, came_along


JOB = SpotifyJob(
    name="sync_album_tracks",
    work=work,
    about=__doc__,
    reads="GET /albums/{id}/tracks, GET /albums",
    writes="album_tracks, tracks, artists, their credits, albums (tracks_synced_at), refusals",
    counts="tracks of long albums",
    groups=("catalogue",),
    setting="spotify.auto_sync_saved_albums",
    cooldown=timedelta(minutes=10),
    entities=(ALBUM_TRACKS,),
)

if __name__ == "__main__":
    leave(main(JOB))
