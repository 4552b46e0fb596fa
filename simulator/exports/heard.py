"""What was heard, where only the API's list of it is known: the last months of an export."""

import random
from datetime import datetime

from simulator.exports.listening import COUNTS_FROM_MS, EPISODE, MINUTE, SECOND, Listening, to_ms
from simulator.exports.repertoire import Repertoire, item_of
from simulator.world.library import Library

NEW_SESSION_AFTER = 5 * MINUTE


def heard_of_plays(library: Library, until: datetime) -> list[Listening]:
    """The tracks of `library.plays` that ended before `until` (aware), oldest first, each with its play.

    `played_at` is the end. A track was heard from the end of the one before, at most its length, at least 30 s.
    """
    found: list[Listening] = []
    before = 0
    for play in reversed(library.plays):
        track = library.tracks.get(play.track_id)
        if play.kind != "track" or track is None or play.played_at >= until:
            continue
        item, ended = item_of(library, track), to_ms(play.played_at)
        began = max(before, ended - item.duration_ms)
        if ended - began < COUNTS_FROM_MS:
            began = ended - COUNTS_FROM_MS - SECOND
        is_first = began - before > NEW_SESSION_AFTER or not found
        found.append(
            Listening(
                item,
                began,
                ended,
                ended - began,
                ended,
                "clickrow" if is_first else found[-1].reason_end,
                "trackdone" if ended - began >= item.duration_ms else "fwdbtn",
                platform="android",
                shuffle=not (play.context_uri or ":album:").rpartition(":")[0].endswith(":album"),
                play=play,
            )
        )
        before = ended
    return found


def after_the_api(heard: list[Listening], repertoire: Repertoire, rng: random.Random) -> list[Listening]:
    """The same, with what the API leaves out: songs that were skipped at once, and episodes of podcasts."""
    found: list[Listening] = []
    before = 0
    for listening in heard:
        room = listening.began_ms - before
        if found and room > 5 * MINUTE and rng.random() < 0.5:
            found.append(_skipped(listening, repertoire, rng))
        if found and room > 110 * MINUTE and rng.random() < 0.2:
            found.insert(len(found) - (found[-1].play is None), _episode(before, repertoire, rng))
        found.append(listening)
        before = listening.ended_ms
    return found


def _skipped(after: Listening, repertoire: Repertoire, rng: random.Random) -> Listening:
    played = rng.randrange(COUNTS_FROM_MS)
    ended = after.began_ms - rng.randint(0, SECOND)
    return after._replace(
        item=rng.choice(repertoire.others),
        began_ms=ended - played,
        ended_ms=ended,
        noted_ms=ended,
        ms_played=played,
        reason_start="clickrow",
        reason_end="fwdbtn",
        play=None,
    )


def _episode(before: int, repertoire: Repertoire, rng: random.Random) -> Listening:
    item = rng.choice(rng.choice(repertoire.shows))
    began = before + 3 * MINUTE
    ended = began + item.duration_ms
    assert item.kind == EPISODE
    return Listening(item, began, ended, item.duration_ms, ended, "clickrow", "trackdone", "android")
