"""What a playlist holds at the moment, as one version of it."""

from dataclasses import dataclass

from playlists.writing.target import ListError
from utils.errors import PayloadError, Stopped
from utils.job.spotify_run import SpotifyRun
from utils.spotify.payloads import page, playlist_entry_uri, text

READINGS = 3  # of a list that is edited while it is read
SETTLING_S = 1.0  # Spotify may show the state before a write for a moment


@dataclass(frozen=True)
class Contents:
    """The URIs in order, '' for an entry without content; and the version that they are of."""

    uris: list[str]
    snapshot_id: str


def read_contents(run: SpotifyRun, playlist_id: str) -> Contents:
    """Read a list: one request for the first 100 entries, then one per 50, and one to see that nothing moved.

    Raises ListError where it is edited again and again meanwhile, NotFoundError and UnavailableError where Spotify
    does not show it.
    """
    for _ in range(READINGS):
        payload = run.spotify.playlist(playlist_id)
        snapshot = text(payload, "snapshot_id")
        if snapshot is None:
            raise PayloadError(f"Spotify answered with playlist {playlist_id} without a snapshot_id.")
        embedded = payload.get("items") or payload.get("tracks")
        first = page(embedded) if isinstance(embedded, dict) and "items" in embedded else None
        uris = [playlist_entry_uri(entry) or "" for entry in first.items] if first else []
        more = first is None or first.has_next
        while more:  # the embedded page's own link leads to a limit that Spotify refuses
            content = page(run.spotify.playlist_items(playlist_id, len(uris)))
            uris += [playlist_entry_uri(entry) or "" for entry in content.items]
            more = content.has_next and bool(content.items)
        if (first and not first.has_next) or run.spotify.playlist_snapshot(playlist_id) == snapshot:
            return Contents(uris, snapshot)
    raise ListError(
        f"Playlist {playlist_id} was edited {READINGS} times while it was read.",
        "It is left as it is; the next run tries again.",
    )


def read_after_write(run: SpotifyRun, playlist_id: str, expected: Contents) -> Contents:
    """Read a list that was just written. Another state than expected is looked at twice, a second apart."""
    found = read_contents(run, playlist_id)
    if found.uris == expected.uris or found.snapshot_id == expected.snapshot_id:
        return found
    if run.clock.sleep(SETTLING_S):
        raise Stopped("stopped while a playlist settled")
    if run.spotify.playlist_snapshot(playlist_id) == found.snapshot_id:
        return found
    return read_contents(run, playlist_id)
