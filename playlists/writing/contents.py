"""Reads all that a playlist on Spotify holds, as one version of it."""

from dataclasses import dataclass

from playlists.writing.target import ListError
from utils.errors import PayloadError, Stopped
from utils.job.spotify_run import SpotifyRun
from utils.mirror.reading import Reader
from utils.spotify.payloads import Page, page, snapshot_of
from utils.spotify.playlist_payloads import playlist_entry_uri

READINGS = 3  # of a list that is edited while it is read
SETTLING_S = 1.0  # for a moment, Spotify may show the state before a write


@dataclass(frozen=True)
class Contents:
    """The URIs in order, with '' for an entry without content, and the version of the playlist that holds them."""

    uris: list[str]
    snapshot_id: str


def read_contents(run: SpotifyRun, playlist_id: str) -> Contents:
    """Read a list: one request for the first 100 entries, one per 50 further ones, and one to see that nothing has moved.

    Raises ListError where the list is edited again and again meanwhile, NotFoundError and UnavailableError where
    Spotify does not show it, PayloadError where too much of it could not be read.
    """
    for _ in range(READINGS):
        payload = run.spotify.playlist(playlist_id)
        snapshot = snapshot_of(payload)
        if snapshot is None:
            raise PayloadError(f"Spotify answered with playlist {playlist_id} without a snapshot_id.")
        reader = Reader(run)
        embedded = payload.get("items") or payload.get("tracks")
        first = page(embedded) if isinstance(embedded, dict) and "items" in embedded else None
        uris = read_entries(reader, first) if first else []
        if first is None or first.has_next:
            uris += _read_from(reader, playlist_id, len(uris))
        reader.check_readable()
        if first is not None and not first.has_next:
            return Contents(uris, snapshot)
        if run.spotify.playlist_snapshot(playlist_id) == snapshot:
            return Contents(uris, snapshot)
    raise ListError(
        f"Playlist {playlist_id} was edited {READINGS} times while it was read.",
        "It is left as it is; the next run tries again.",
    )


def _read_from(reader: Reader, playlist_id: str, offset: int) -> list[str]:
    """The URIs of all entries from a place on. The link in the embedded page leads to a limit that Spotify refuses."""
    uris: list[str] = []
    while True:
        content = page(reader.run.spotify.playlist_items(playlist_id, offset + len(uris)))
        uris += read_entries(reader, content)
        if not content.has_next or not content.items:
            return uris


def read_entries(reader: Reader, content: Page) -> list[str]:
    """The URIs on a page, one for every place: '' where an entry has no content, or could not be read."""
    found = dict(reader.read(content.items, playlist_entry_uri).numbered)
    return [found.get(place, "") for place in range(len(content.items))]


def read_after_write(run: SpotifyRun, playlist_id: str, expected: Contents) -> Contents:
    """Read a list that was just written; once more, a second later, where it holds something else than expected."""
    contents = read_contents(run, playlist_id)
    if contents.uris == expected.uris or contents.snapshot_id == expected.snapshot_id:
        return contents
    if run.clock.sleep(SETTLING_S):
        raise Stopped("stopped while a playlist settled")
    if run.spotify.playlist_snapshot(playlist_id) == contents.snapshot_id:
        return contents
    return read_contents(run, playlist_id)
