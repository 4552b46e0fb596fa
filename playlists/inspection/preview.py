"""What a smart playlist would hold now, as a table."""

from collections.abc import Sequence

from playlists.arrangement.track import Track
from playlists.inspection.text_table import length, playing_time, text_table
from playlists.selection.smart_list import Listener, SmartList


def preview(smart: SmartList, listener: Listener) -> str:
    """Name, description, size and playing time, and one line per track."""
    name, description = smart.texts(listener)
    tracks = smart.tracks
    total = playing_time(sum(track.duration_ms or 0 for track in tracks))
    head = f"{name} ({smart.slug}): {len(tracks):,} tracks, {total}\n{description}\n"
    return (
        f"{head}\n{track_table(tracks, listener)}"
        if tracks
        else f"{head}\nNo track is in it at the moment.\n"
    )


def track_table(tracks: Sequence[Track], listener: Listener) -> str:
    """One line per track, numbered from 1; days are the listener's."""
    rows = [
        (
            number,
            track.name or track.track_id,
            ", ".join(track.artists),
            track.album_name,
            length(track.duration_ms),
            track.play_count,
            track.added_at.astimezone(listener.zone).date().isoformat() if track.added_at else None,
        )
        for number, track in enumerate(tracks, start=1)
    ]
    return text_table(("#", "title", "artists", "album", "length", "plays", "added"), rows)
