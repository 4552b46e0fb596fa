"""Which sightings of two sources are the same play.

A play is seen by Spotify's Web API as one moment, and by the privacy export as a row with a beginning, an end and the
milliseconds that were heard. What is known of the API's moment (`played_at`; docs/history.md gives the evidence): it is the
end of a play since March 2019; before, on some devices, its beginning, or that of the next one, with a pause counted in. It comes from
another clock than the export's, and has milliseconds or not. So a moment fits a row of the same recording where it lies
between beginning and end, with a tolerance on both sides, and for a while behind the end.

A moment alone decides nothing where one song is played several times in a row: two plays of a song of 45 seconds are
closer to each other than two clocks may be. Therefore it is not asked which row is near, but how all moments of a recording
can be dealt out to its rows:

1. each row takes at most one moment, and each moment goes to at most one row, so that two plays never become one;
2. they keep their order, as both sources are in the order of time;
3. as many as possible find one another;
4. of all ways to do that, the likeliest is taken (`Habits`), then the one with the least distance in time, ids that are equal
   going first.

The result depends on the sightings alone, not on the order in which they came to be known.
"""

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

TOLERANCE_S = 150  # clocks that differ by two minutes, and half a minute for what is rounded
PAUSE = timedelta(minutes=30)  # behind the end, until the next song: what may have been counted in
_NEARBY_S = 3 * 86_400.0
_AGREE_S = 3  # rounded seconds, and a clock that drifts
TOLD_FROM_MS = 30_000  # the API hardly tells of what was heard for less
_SHORT = 3.0  # how much less likely such a row is
_CROSSFADE_S = 15.0  # by which the next song may begin before the end
_OTHER_ID_S = 1.0  # as if the moment were so much farther away


class Span(NamedTuple):
    """A play as a source tells it that knows how long it was. Moments are aware, UTC.

    `names`: whatever tells the recording, each enough by itself: its id, its ISRC, its folded names. `ended_at` is the end of
    the music; `stamped_at` what the source says, which may be later (when the app was seen again). `begins`, `ends`: the first and
    the last moment at which it may have begun and ended, where the source gives one of the two and not how long was heard.
    """

    item_key: str
    names: frozenset[Hashable]
    began_at: datetime
    ended_at: datetime
    stamped_at: datetime
    earliest: (
        datetime  # when it may have begun; before `began_at` where that is only `ms_played` before the end
    )
    ms_played: int | None = None
    begins: tuple[datetime, datetime] | None = None
    ends: tuple[datetime, datetime] | None = None

    def reach(self, is_begin: bool | None) -> tuple[datetime, datetime]:
        """The first and the last moment that a source may have given that tells of the beginning, the end, or some moment."""
        own = None if is_begin is None else self.begins if is_begin else self.ends
        return own or (min(self.began_at, self.earliest), self.ended_at)


class Moment(NamedTuple):
    """A play as a source tells it that knows one moment of it. `before`, `behind`: how far off that may be, beside the tolerance.

    A moment that was cut to the minute is up to 60 seconds before the end: `behind` is 60. `pause`: how long behind the end it may
    be, because a pause was counted in. `is_begin`: whether it is the beginning, or the end; None where it may be either.
    """

    item_key: str
    names: frozenset[Hashable]
    at: datetime
    before_s: float = 0.0
    behind_s: float = 0.0
    ms_played: int | None = None
    pause: timedelta = PAUSE
    is_begin: bool | None = None


def pair(
    spans: Sequence[Span], moments: Sequence[Moment], tolerance_s: float = TOLERANCE_S
) -> dict[int, int]:
    """The index of the span for the index of each moment that has one.

    Takes time in proportion to what is near each other, of the same recording.
    """
    cuts = [
        cut
        for span_group, moment_group in _groups(spans, moments)
        for cut in _neighbours(spans, moments, span_group, moment_group, tolerance_s)
    ]
    habits = Habits(spans)
    found: dict[int, int] = {}
    doubtful = []
    for some_spans, some_moments in cuts:
        together = list(zip(some_spans, some_moments, strict=False))
        if len(some_spans) == len(some_moments) and all(
            distance_s(spans[span], moments[moment], tolerance_s) is not None for span, moment in together
        ):
            for span, moment in together:
                found[moment] = span
                habits.learn(spans[span], moments[moment])
        else:
            doubtful.append((some_spans, some_moments))
    for some_spans, some_moments in doubtful:
        found |= _dealt_out(spans, moments, some_spans, some_moments, tolerance_s, habits)
    return found


class Habits:
    """How moments lie to their plays where there is no doubt, which tells how they do nearby where there is.

    A device follows one convention for long, and its clock is wrong by about the same: so of all the ways to read a moment,
    the one that was often right around that time is the likely one.
    """

    def __init__(self, spans: Sequence[Span]) -> None:
        self._begins = sorted(span.began_at.timestamp() for span in spans)
        # When the sure pairs were that lie to each other like this: (which of the offsets, its whole seconds).
        self._known: dict[tuple[int, int], list[float]] = defaultdict(list)
        self._is_sorted = True

    def learn(self, span: Span, moment: Moment) -> None:
        """This moment is of this play."""
        for place, offset in enumerate(self._offsets(span, moment)):
            self._known[place, round(offset)].append(moment.at.timestamp())
        self._is_sorted = False

    def likelihood(self, span: Span, moment: Moment) -> float:
        """The logarithm of one and how many of the sure pairs within a few days lie to each other as these would do.

        Takes hardly longer where there are many: it is asked for each pair that is in doubt.
        """
        if not self._is_sorted:
            for moments in self._known.values():
                moments.sort()
            self._is_sorted = True
        at = moment.at.timestamp()
        most = 0
        for place, offset in enumerate(self._offsets(span, moment)):
            agreeing = 0
            for seconds in range(round(offset) - _AGREE_S, round(offset) + _AGREE_S + 1):
                if known := self._known.get((place, seconds)):
                    agreeing += bisect_right(known, at + _NEARBY_S) - bisect_left(known, at - _NEARBY_S)
            most = max(most, agreeing)
        return math.log(1 + most) - (_SHORT if _is_short(span) else 0.0)

    def _offsets(self, span: Span, moment: Moment) -> tuple[float, ...]:
        """Seconds from the end, from the beginning, and from the beginning of what was played next."""
        at, ended = moment.at.timestamp(), span.ended_at.timestamp()
        place = bisect_left(self._begins, max(ended - _CROSSFADE_S, span.began_at.timestamp() + 1))
        following = self._begins[place] if place < len(self._begins) else ended
        return at - ended, at - span.began_at.timestamp(), at - following


def _is_short(span: Span) -> bool:
    """Whether it was heard for less than what the API tells of."""
    return span.ms_played is not None and span.ms_played < TOLD_FROM_MS


def distance_s(span: Span, moment: Moment, tolerance_s: float) -> float | None:
    """How far a moment is from where it is expected, in seconds; None where it cannot be of this play."""
    tolerance = timedelta(seconds=tolerance_s)
    first, last = span.reach(moment.is_begin)
    earliest = first - tolerance - timedelta(seconds=moment.behind_s)
    pause = timedelta(0) if _is_short(span) else moment.pause  # nobody pauses what was left after moments
    last += pause
    if not moment.is_begin and span.ends is None:
        last = max(last, span.stamped_at)
    latest = last + tolerance + timedelta(seconds=moment.before_s)
    if not earliest <= moment.at <= latest:
        return None
    near = min(
        abs((moment.at - expected).total_seconds())
        for expected in (span.ended_at, span.began_at, span.stamped_at)
    )
    if moment.item_key != span.item_key:
        near += _OTHER_ID_S
    if moment.ms_played is not None and span.ms_played is not None:
        near += abs(moment.ms_played - span.ms_played) / 1000
    return near


def _groups(spans: Sequence[Span], moments: Sequence[Moment]) -> list[tuple[list[int], list[int]]]:
    """Spans and moments of one recording each, as far as both have some."""
    parents: dict[Hashable, Hashable] = {}

    def root(name: Hashable) -> Hashable:
        found = name
        while parents.setdefault(found, found) != found:
            found = parents[found]
        while parents[name] != found:
            parents[name], name = found, parents[name]
        return found

    sightings: Sequence[Span | Moment] = [*spans, *moments]
    for sighting in sightings:
        first = root(sighting.item_key)
        for name in sighting.names:
            parents[root(name)] = first = root(first)
    groups: dict[Hashable, tuple[list[int], list[int]]] = {}
    for number, sighting in enumerate(sightings):
        is_moment = number >= len(spans)
        group = groups.setdefault(root(sighting.item_key), ([], []))
        group[is_moment].append(number - len(spans) if is_moment else number)
    return [group for group in groups.values() if all(group)]


def _neighbours(
    spans: Sequence[Span],
    moments: Sequence[Moment],
    span_group: Iterable[int],
    moment_group: Iterable[int],
    tolerance_s: float,
) -> list[tuple[list[int], list[int]]]:
    """The groups, cut where nothing on one side can belong to anything on the other."""
    tolerance = timedelta(seconds=tolerance_s)
    reaches = [
        (
            min(spans[index].began_at, spans[index].earliest) - tolerance,
            max(spans[index].ended_at + PAUSE, spans[index].stamped_at) + tolerance,
            0,
            index,
        )
        for index in span_group
    ] + [
        (
            moments[index].at - timedelta(seconds=moments[index].before_s),
            moments[index].at + timedelta(seconds=moments[index].behind_s),
            1,
            index,
        )
        for index in moment_group
    ]
    found: list[tuple[list[int], list[int]]] = []
    reach: datetime | None = None
    for begin, end, place, index in sorted(reaches):
        if reach is None or begin > reach:
            found.append(([], []))
        reach = end if reach is None else max(reach, end)
        found[-1][place].append(index)
    for some_spans, some_moments in found:
        some_spans.sort(
            key=lambda index: (spans[index].ended_at, spans[index].began_at, spans[index].item_key, index)
        )
        some_moments.sort(key=lambda index: (moments[index].at, moments[index].item_key, index))
    return [cut for cut in found if all(cut)]


def _dealt_out(
    spans: Sequence[Span],
    moments: Sequence[Moment],
    some_spans: Sequence[int],
    some_moments: Sequence[int],
    tolerance_s: float,
    habits: Habits,
) -> dict[int, int]:
    """The best way to deal moments out to spans in their order: the most pairs, the likeliest, then the least distance in all."""
    # best[j]: (pairs, likelihood, -distance) of the spans so far and the first j moments; one row of choices per span.
    best = [(0, 0.0, 0.0)] * (len(some_moments) + 1)
    choices: list[list[str]] = []
    behind = timedelta(seconds=tolerance_s + max(moments[index].behind_s for index in some_moments))
    before = timedelta(seconds=tolerance_s + max(moments[index].before_s for index in some_moments))
    for span_index in some_spans:
        # Most moments of a loop are far from one of its plays: that is seen at once.
        first = min(spans[span_index].began_at, spans[span_index].earliest) - behind
        last = max(spans[span_index].ended_at + PAUSE, spans[span_index].stamped_at) + before
        row, chosen = [(0, 0.0, 0.0)], [""]
        for place, moment_index in enumerate(some_moments, 1):
            span, moment = spans[span_index], moments[moment_index]
            value, choice = best[place], "span"  # the span has none
            if row[place - 1] > value:
                value, choice = row[place - 1], "moment"  # the moment has none
            distance = distance_s(span, moment, tolerance_s) if first <= moment.at <= last else None
            if distance is not None:
                pairs, likelihood, total = best[place - 1]
                likely = round(likelihood + habits.likelihood(span, moment), 6)
                if (pairs + 1, likely, total - distance) > value:
                    value, choice = (pairs + 1, likely, total - distance), "pair"
            row.append(value)
            chosen.append(choice)
        best = row
        choices.append(chosen)
    found: dict[int, int] = {}
    left, place = len(some_spans), len(some_moments)
    while left and place:
        choice = choices[left - 1][place]
        if choice == "pair":
            found[some_moments[place - 1]] = some_spans[left - 1]
        left -= choice != "moment"
        place -= choice != "span"
    return found
