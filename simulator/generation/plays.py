"""Play history and top lists for a generated library."""

import random
from collections import Counter
from datetime import datetime, timedelta

from simulator.world.catalogue import Play, to_millisecond
from simulator.world.library import TIME_RANGES, Library

DAYS = 90
MOST_PLAYS_A_DAY = 60
# How likely a session starts at each hour (UTC): the way to work, lunch, the evening.
HOURS = (1, 0, 0, 0, 0, 1, 4, 9, 9, 5, 4, 4, 6, 5, 4, 4, 6, 9, 10, 10, 11, 10, 7, 3)
TOP_SIZES = {"short_term": 50, "medium_term": 80, "long_term": 120}


def add_plays(library: Library, count: int, rng: random.Random, now: datetime, outside: list[str]) -> None:
    """Add `count` plays over about the last 90 days, in sessions, the newest within the last hours.

    `outside` are albums that are not saved. Some plays are skips (the next one ends earlier than its length
    allows), some repeats, some a re-release of a liked track.
    """
    if not count:
        return
    days = max(DAYS, count // MOST_PLAYS_A_DAY)
    sources = _sources(library, outside)
    re_releases = _re_releases(library)
    taken: set[tuple[int, int]] = set()
    plays: list[Play] = []
    first = True
    while len(plays) < count:
        day, hour = (0, 0) if first else (rng.randrange(days), rng.choices(range(24), HOURS)[0])
        # Two sessions never overlap: a session lasts under an hour and has its hour for itself.
        if (day, hour) in taken:
            continue
        taken.add((day, hour))
        start = now - timedelta(hours=1, minutes=10) if first else _start(now, day, hour, rng)
        first = False
        if start > now - timedelta(hours=1):
            continue
        plays += _session(library, rng, start, sources, re_releases)
    plays.sort(key=lambda play: play.played_at, reverse=True)
    library.plays = plays[:count]


def _start(now: datetime, day: int, hour: int, rng: random.Random) -> datetime:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=-day, hours=hour, seconds=rng.randint(0, 600))


def _sources(library: Library, outside: list[str]) -> list[tuple[str | None, list[str]]]:
    """Contexts to play from, each with its tracks."""
    found: list[tuple[str | None, list[str]]] = []
    for name in library.user_playlists:
        tracks = library.playlists[name].track_ids() if name else []
        if tracks:
            found.append((f"spotify:playlist:{name}", tracks))
    saved = [entry.album_id for entry in library.saved_albums if entry.album_id]
    # Few lists stand against many albums, yet half of listening starts from a list.
    found *= max(1, len(saved) // (2 * len(found) or 1))
    found += [(f"spotify:album:{name}", library.albums[name].track_ids) for name in saved + outside]
    liked = list(library.liked_rows())
    if liked:
        found += [(f"spotify:user:{library.user.id}:collection", liked), (None, liked)] * max(
            2, len(found) // 4
        )
    everything = [name for album in outside for name in library.albums[album].track_ids]
    return [*found, (None, everything)]


def _re_releases(library: Library) -> dict[str, str]:
    """Map a liked track to another, not liked track with the same ISRC."""
    liked = library.liked_rows()
    by_isrc = {library.tracks[name].isrc: name for name in liked if library.tracks[name].isrc}
    return {
        by_isrc[track.isrc]: track.id
        for track in library.tracks.values()
        if track.isrc in by_isrc and track.id not in liked
    }


def _session(
    library: Library,
    rng: random.Random,
    start: datetime,
    sources: list[tuple[str | None, list[str]]],
    re_releases: dict[str, str],
) -> list[Play]:
    context, tracks = rng.choice(sources)
    if context and ":album:" not in context and re_releases and rng.random() < 0.3:
        tracks = [*re_releases.values(), *tracks]
        first = 0
    else:
        first = rng.randrange(len(tracks))
    shuffled = context is None or ":album:" not in context
    plays: list[Play] = []
    at = start
    for number in range(rng.randint(1, 12)):
        track_id = rng.choice(tracks) if shuffled and number else tracks[(first + number) % len(tracks)]
        if plays and rng.random() < 0.05:
            track_id = plays[-1].track_id
        length = timedelta(milliseconds=library.tracks[track_id].duration_ms)
        skipped = rng.random() < 0.15
        at += timedelta(seconds=rng.randint(31, 44)) if skipped else length + timedelta(seconds=rng.random())
        if at - start > timedelta(minutes=48):
            break
        # One in eight has no fraction, as in real answers.
        plays.append(
            Play(track_id, at.replace(microsecond=0) if rng.random() < 0.125 else to_millisecond(at), context)
        )
    return plays


def add_top_lists(library: Library, now: datetime) -> None:
    """Rank tracks and artists by plays of each time range, filled up with liked and popular ones."""
    spans = {"short_term": 28, "medium_term": 182, "long_term": 3650}
    liked = sorted(library.liked_rows(), key=lambda name: -library.tracks[name].popularity)
    for time_range in TIME_RANGES:
        since = now - timedelta(days=spans[time_range])
        tracks = Counter(play.track_id for play in library.plays if play.played_at >= since)
        ranked = list(dict.fromkeys([name for name, _ in tracks.most_common()] + liked))
        library.top_tracks[time_range] = ranked[: TOP_SIZES[time_range]]
        artists = Counter[str]()
        for name, times in tracks.items():
            artists[library.tracks[name].artist_ids[0]] += times
        known = [name for name, _ in artists.most_common()] + library.followed
        library.top_artists[time_range] = list(dict.fromkeys(known))[: TOP_SIZES[time_range]]
