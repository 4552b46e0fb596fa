"""ListenBrainz's export: JSON Lines in a zip, formerly one list.

`listened_at` is the start, but ListenBrainz's own import and poll of Spotify write the end. `duration_ms` is the track's; how
long it was played is known only of what came from Spotify's export (`ms_played`).
"""

from datetime import datetime
from typing import BinaryIO

from utils.history.json_stream import Progress, records, silent
from utils.history.rows import (
    Aside,
    Item,
    ItemKind,
    Listen,
    Row,
    Rows,
    Stamp,
    moment_of_seconds,
    rows_of,
    scrobble,
    text_of,
    uri,
    value_of,
    whole,
)

# Those of its clients that write the end of what was heard at Spotify. Others begin with its name as well (listenbrainz-mpd).
_ENDS = frozenset({"listenbrainz", "listenbrainz archive importer"})


def read_listenbrainz(stream: BinaryIO, name: str, now: datetime, progress: Progress = silent) -> Rows:
    """The rows of a file, in its order. Raises BrokenFileError behind what stood before the fault."""
    return rows_of(records(stream, name, progress), parse_row, now)


def parse_row(number: int, row: Row, latest: datetime) -> Listen | Aside:
    """One listen. `latest`: what is stamped later cannot be."""
    metadata = row.get("track_metadata")
    info = value_of(metadata, "additional_info")
    is_end = (
        text_of(info, "music_service") == "spotify.com"
        and (text_of(info, "submission_client") or "").lower() in _ENDS
    )
    return scrobble(
        number,
        moment_of_seconds(row.get("listened_at")),
        Stamp.END if is_end else Stamp.START,
        latest,
        _item_of(metadata, info),
        ms_played=whole(value_of(info, "ms_played")),
        length_ms=whole(value_of(info, "duration_ms")),
    )


def _item_of(metadata: object, info: object) -> Item:
    """A track, or an episode where the link says so."""
    link = text_of(info, "spotify_id") or text_of(info, "origin_url")
    track_uri = uri_of_link(link, "track") or uri(value_of(info, "spotify_track_uri"), "track")
    episode_uri = uri_of_link(link, "episode")
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
