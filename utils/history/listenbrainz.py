"""ListenBrainz's export: JSON Lines in a zip, formerly one list.

`listened_at` is the start, but ListenBrainz's own import and poll of Spotify write the end. A length is the track's.
"""

from datetime import datetime
from typing import BinaryIO

from utils.history.json_stream import Progress, records, silent
from utils.history.rows import (
    Aside,
    Item,
    ItemKind,
    Listen,
    Reason,
    Rows,
    Stamp,
    latest_of,
    moment_of_seconds,
    scrobble,
    text_of,
    uri,
)

_OWN = "listenbrainz"  # how its own clients begin


def read_listenbrainz(stream: BinaryIO, name: str, now: datetime, progress: Progress = silent) -> Rows:
    """The rows of a file, in its order. Raises BrokenFileError behind what stood before the fault."""
    latest = latest_of(now)
    for number, row in enumerate(records(stream, name, progress), 1):
        yield parse_row(number, row, latest)


def parse_row(number: int, row: object, latest: datetime) -> Listen | Aside:
    """One listen. `latest`: what is stamped later cannot be."""
    if not isinstance(row, dict):
        return Aside(number, Reason.NOT_A_ROW)
    metadata = row.get("track_metadata")
    client = (text_of(metadata, "additional_info", "submission_client") or "").lower()
    stamp = Stamp.END if client.startswith(_OWN) else Stamp.START
    return scrobble(number, moment_of_seconds(row.get("listened_at")), stamp, latest, _item_of(metadata))


def _item_of(metadata: object) -> Item:
    """A track, or an episode where the link says so."""
    link = text_of(metadata, "additional_info", "spotify_id") or text_of(
        metadata, "additional_info", "origin_url"
    )
    track_uri, episode_uri = uri_of_link(link, "track"), uri_of_link(link, "episode")
    return Item(
        ItemKind.EPISODE if episode_uri else ItemKind.TRACK,
        track_uri or episode_uri,
        text_of(metadata, "track_name"),
        text_of(metadata, "artist_name"),
        text_of(metadata, "release_name"),
    )


def uri_of_link(link: str | None, kind: str) -> str | None:
    """`https://open.spotify.com/track/<id>?..`, also with a language before the kind → `spotify:track:<id>`; None for anything else."""
    address, _, rest = (link or "").partition("open.spotify.com/")
    parts = rest.partition("?")[0].split("/")
    if address not in ("https://", "http://") or len(parts) < 2 or parts[-2] != kind:
        return None
    return uri(f"spotify:{kind}:{parts[-1]}", kind)
