"""Groups tracks by artist, album, genre, year or decade: for caps, round robin, and groups drawn by chance."""

import re
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Sequence

from playlists.arrangement.order import Chance
from playlists.arrangement.track import Track
from playlists.language.model import Grouping, RandomGroup

_DATE = re.compile(r"([1-9]\d{3})(?:-\d\d){0,2}", re.ASCII)


def main_artist(track: Track) -> str | None:
    """The id of the artist credited first, or the name where there is no id. None: no artist is known."""
    ids = track.artist_ids
    if ids and ids[0]:
        return ids[0]
    return (track.artists[0] or None) if track.artists else None


def artist_or_itself(track: Track) -> str:
    """The main artist, or a key of its own for a track without one, so that such tracks count as by different artists."""
    return main_artist(track) or f"track {track.track_id}"


def album_or_itself(track: Track) -> str:
    """The album, or a key of its own for a track without one, so that such tracks count as of different albums."""
    return track.album_id or f"track {track.track_id}"


def release_year(track: Track) -> int | None:
    """The year of the release date as Spotify gives it; None for `0000` and for what is no date."""
    match = _DATE.fullmatch(track.release_date or "")
    return int(match[1]) if match else None


def group_of(track: Track, by: Grouping) -> str | None:
    """The group that a track belongs to; of several genres the first by name. None: not known."""
    if by == "artist":
        return main_artist(track)
    if by == "album":
        return track.album_id
    if by == "genre":
        return min(track.genres, default=None)
    year = release_year(track)
    if year is None:
        return None
    return str(year if by == "year" else year // 10 * 10)


def at_most(tracks: Sequence[Track], count: int, group: Callable[[Track], str]) -> list[Track]:
    """Keep the first `count` tracks of each group; the order stays."""
    taken: dict[str, int] = {}
    kept = []
    for track in tracks:
        key = group(track)
        number = taken.get(key, 0)
        if number < count:
            taken[key] = number + 1
            kept.append(track)
    return kept


def round_robin(tracks: Sequence[Track], by: Grouping) -> list[Track]:
    """Take one track of each group in turn: groups by first appearance, tracks within a group in the order given.

    Tracks whose group is not known form one group.
    """
    waiting: dict[str | None, deque[Track]] = defaultdict(deque)
    for track in tracks:
        waiting[group_of(track, by)].append(track)
    turns = deque(waiting.values())
    taken = []
    while turns:
        group = turns.popleft()
        taken.append(group.popleft())
        if group:
            turns.append(group)
    return taken


def random_group(tracks: Sequence[Track], options: RandomGroup, chance: Chance) -> list[Track]:
    """Keep the tracks of groups that are drawn by chance; the order stays. Empty where no group is large enough.

    Tracks whose group is not known are never drawn.
    """
    groups = [group_of(track, options.by) for track in tracks]
    sizes = Counter(group for group in groups if group is not None)
    large = [group for group, size in sizes.items() if size >= options.min_tracks]
    drawn = sorted(large, key=lambda group: (chance.key(options.seed, f"{options.by} {group}"), group))
    chosen = set(drawn[: options.count])
    return [track for track, group in zip(tracks, groups, strict=True) if group in chosen]
