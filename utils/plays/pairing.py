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
4. of all ways to do that, the likeliest is taken (`_Habits`), then the one with the least distance in time, ids that are equal
   going first.

The result depends on the sightings alone, not on the order in which they came to be known.
"""

import math
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import NamedTuple

TOLERANCE_S = 150  # clocks that differ by two minutes, and half a minute for what is rounded
PAUSE = timedelta(minutes=30)  # behind the end, until the next song: what may have been counted in
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = 1_000_000  # microseconds, as all that begins here counts in
_PAUSE = PAUSE // timedelta(microseconds=1)
_NEARBY = 3 * 86_400 * _SECOND
_AGREE_S = 3  # rounded seconds, and a clock that drifts
TOLD_FROM_MS = 30_000  # the API hardly tells of what was heard for less
_SHORT = 3.0  # how much less likely such a row is
_CROSSFADE = 15 * _SECOND  # by which the next song may begin before the end
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
    sides = _Sides(spans, moments, tolerance_s)
    sure: list[tuple[int, int]] = []
    doubtful = []
    for span_group, moment_group in _groups(spans, moments):
        for some_spans, some_moments in _neighbours(sides, span_group, moment_group):
            if sides.are_sure(some_spans, some_moments):
                sure += zip(some_moments, some_spans, strict=True)
            else:
                doubtful.append((some_spans, some_moments))
    found = dict(sure)
    habits = _Habits(sides, sure)
    for some_spans, some_moments in doubtful:
        found |= _dealt_out(sides, some_spans, some_moments, habits)
    return found


class _Sides:
    """All spans and moments, by index, with their times as whole microseconds: to compare and subtract those takes a third of the time."""

    def __init__(self, spans: Sequence[Span], moments: Sequence[Moment], tolerance_s: float) -> None:
        self.spans, self.moments = spans, moments
        self.tolerance = _microseconds(timedelta(seconds=tolerance_s))
        self.began = [_since_epoch(span.began_at) for span in spans]
        self.ended = [_since_epoch(span.ended_at) for span in spans]
        self.stamped = [
            ended if span.stamped_at is span.ended_at else _since_epoch(span.stamped_at)
            for span, ended in zip(spans, self.ended, strict=True)
        ]
        # When it may have begun, and what may be of it at the latest.
        self.first = [
            began if span.earliest is span.began_at else min(began, _since_epoch(span.earliest))
            for span, began in zip(spans, self.began, strict=True)
        ]
        self.last = [
            max(ended + _PAUSE, stamped) for ended, stamped in zip(self.ended, self.stamped, strict=True)
        ]
        self.at = [_since_epoch(moment.at) for moment in moments]

    def are_sure(self, some_spans: Sequence[int], some_moments: Sequence[int]) -> bool:
        """Whether these go together one by one, as they follow each other: as many as there are of each, and nothing is left to choose."""
        if len(some_spans) != len(some_moments):
            return False
        for span_index, moment_index in zip(some_spans, some_moments, strict=True):
            if not self._fit(span_index, moment_index):
                return False
        return True

    def distance_s(self, span_index: int, moment_index: int) -> float | None:
        """How far a moment is from where it is expected, in seconds; None where it cannot be of this play."""
        if not self._fit(span_index, moment_index):
            return None
        span, moment, at = self.spans[span_index], self.moments[moment_index], self.at[moment_index]
        near = (
            min(
                abs(at - self.ended[span_index]),
                abs(at - self.began[span_index]),
                abs(at - self.stamped[span_index]),
            )
            / _SECOND
        )
        if moment.item_key != span.item_key:
            near += _OTHER_ID_S
        if moment.ms_played is not None and span.ms_played is not None:
            near += abs(moment.ms_played - span.ms_played) / 1000
        return near

    def _fit(self, span_index: int, moment_index: int) -> bool:
        """Whether a moment can be of this play."""
        span, moment, at = self.spans[span_index], self.moments[moment_index], self.at[moment_index]
        first, last = self._reach(span, span_index, moment.is_begin)
        if at < first - self.tolerance - round(moment.behind_s * _SECOND):
            return False
        if (
            span.ms_played is None or span.ms_played >= TOLD_FROM_MS
        ):  # nobody pauses what was left after moments
            last += _PAUSE if moment.pause is PAUSE else _microseconds(moment.pause)
        if not moment.is_begin and span.ends is None and self.stamped[span_index] > last:
            last = self.stamped[span_index]
        return at <= last + self.tolerance + round(moment.before_s * _SECOND)

    def _reach(self, span: Span, index: int, is_begin: bool | None) -> tuple[int, int]:
        """The first and the last moment that a source may have given that tells of the beginning, the end, or some moment."""
        own = None if is_begin is None else span.begins if is_begin else span.ends
        if own is None:
            return self.first[index], self.ended[index]
        return _since_epoch(own[0]), _since_epoch(own[1])


def _since_epoch(moment: datetime) -> int:
    return _microseconds(moment - _EPOCH)


def _microseconds(span: timedelta) -> int:
    return (span.days * 86_400 + span.seconds) * _SECOND + span.microseconds


class _Habits:
    """How moments lie to their plays where there is no doubt, which tells how they do nearby where there is.

    A device follows one convention for long, and its clock is wrong by about the same: so of all the ways to read a moment,
    the one that was often right around that time is the likely one.
    """

    def __init__(self, sides: _Sides, sure: Iterable[tuple[int, int]]) -> None:
        self._sides, self._sure = sides, sure
        self._begins = sorted(sides.began)

    @cached_property
    def _known(self) -> tuple[dict[int, list[int]], ...]:
        """When the sure pairs were, in order, that lie to each other like this: of each of the offsets, by its whole seconds."""
        of_end, of_begin, of_next = (defaultdict[int, list[int]](list) for _ in range(3))
        at = self._sides.at
        for moment, span in sorted(self._sure, key=lambda pair: at[pair[0]]):
            from_end, from_begin, from_next = self._offsets(span, at[moment])
            of_end[from_end].append(at[moment])
            of_begin[from_begin].append(at[moment])
            of_next[from_next].append(at[moment])
        return of_end, of_begin, of_next

    def likelihood(self, span: int, moment: int) -> float:
        """The logarithm of one and how many of the sure pairs within a few days lie to each other as these would do.

        Takes hardly longer where there are many: it is asked for each pair that is in doubt.
        """
        at = self._sides.at[moment]
        most = 0
        for known, offset in zip(self._known, self._offsets(span, at), strict=True):
            agreeing = 0
            for seconds in range(offset - _AGREE_S, offset + _AGREE_S + 1):
                if seconds in known:
                    moments = known[seconds]
                    agreeing += bisect_right(moments, at + _NEARBY) - bisect_left(moments, at - _NEARBY)
            most = max(most, agreeing)
        return math.log(1 + most) - (_SHORT if _is_short(self._sides.spans[span]) else 0.0)

    def _offsets(self, span: int, at: int) -> tuple[int, int, int]:
        """Whole seconds from the end, from the beginning, and from the beginning of what was played next."""
        began, ended = self._sides.began[span], self._sides.ended[span]
        place = bisect_left(self._begins, max(ended - _CROSSFADE, began + _SECOND))
        following = self._begins[place] if place < len(self._begins) else ended
        return (
            round((at - ended) / _SECOND),
            round((at - began) / _SECOND),
            round((at - following) / _SECOND),
        )


def _is_short(span: Span) -> bool:
    """Whether it was heard for less than what the API tells of."""
    return span.ms_played is not None and span.ms_played < TOLD_FROM_MS


def _groups(spans: Sequence[Span], moments: Sequence[Moment]) -> list[tuple[list[int], list[int]]]:
    """Spans and moments of one recording each, as far as both have some."""
    # Many are of the same id and the same names: what holds them together is looked at once.
    alike: dict[tuple[str, frozenset[Hashable]], tuple[list[int], list[int]]] = {}
    for index, span in enumerate(spans):
        alike.setdefault((span.item_key, span.names), ([], []))[0].append(index)
    for index, moment in enumerate(moments):
        alike.setdefault((moment.item_key, moment.names), ([], []))[1].append(index)
    parents: dict[Hashable, Hashable] = {}

    def root(name: Hashable) -> Hashable:
        found = name
        while parents.setdefault(found, found) != found:
            found = parents[found]
        while parents[name] != found:
            parents[name], name = found, parents[name]
        return found

    for item_key, names in alike:
        first = root(item_key)
        for name in names:
            parents[root(name)] = first = root(first)
    groups: dict[Hashable, tuple[list[int], list[int]]] = {}
    for (item_key, _), sides in alike.items():
        group = groups.setdefault(root(item_key), ([], []))
        for own, some in zip(group, sides, strict=True):
            own.extend(some)
    return [group for group in groups.values() if all(group)]


def _neighbours(
    sides: _Sides, span_group: Iterable[int], moment_group: Iterable[int]
) -> list[tuple[list[int], list[int]]]:
    """The groups, cut where nothing on one side can belong to anything on the other."""
    tolerance, first, last, at = sides.tolerance, sides.first, sides.last, sides.at
    reaches = [(first[index] - tolerance, last[index] + tolerance, 0, index) for index in span_group]
    for index in moment_group:
        moment = sides.moments[index]
        reaches.append(
            (
                at[index] - round(moment.before_s * _SECOND),
                at[index] + round(moment.behind_s * _SECOND),
                1,
                index,
            )
        )
    found: list[tuple[list[int], list[int]]] = []
    reach: int | None = None
    for begin, end, place, index in sorted(reaches):
        if reach is None or begin > reach:
            found.append(([], []))
        reach = end if reach is None else max(reach, end)
        found[-1][place].append(index)
    cuts = [cut for cut in found if all(cut)]
    for some_spans, some_moments in cuts:
        if len(some_spans) > 1:
            some_spans.sort(
                key=lambda index: (
                    sides.ended[index],
                    sides.began[index],
                    sides.spans[index].item_key,
                    index,
                )
            )
        if len(some_moments) > 1:
            some_moments.sort(key=lambda index: (at[index], sides.moments[index].item_key, index))
    return cuts


def _dealt_out(
    sides: _Sides, some_spans: Sequence[int], some_moments: Sequence[int], habits: _Habits
) -> dict[int, int]:
    """The best way to deal moments out to spans in their order: the most pairs, the likeliest, then the least distance in all."""
    # best[j]: (pairs, likelihood, -distance) of the spans so far and the first j moments; one row of choices per span.
    best = [(0, 0.0, 0.0)] * (len(some_moments) + 1)
    choices: list[list[str]] = []
    behind = sides.tolerance + round(max(sides.moments[index].behind_s for index in some_moments) * _SECOND)
    before = sides.tolerance + round(max(sides.moments[index].before_s for index in some_moments) * _SECOND)
    ats = [sides.at[moment] for moment in some_moments]
    for span in some_spans:
        # Most moments of a loop are far from one of its plays. Of those before it the choice is as it was: it has none of them.
        near = bisect_left(ats, sides.first[span] - behind)
        far = bisect_right(ats, sides.last[span] + before)
        row, chosen = best[: near + 1], ["span"] * (near + 1)
        for place in range(near + 1, far + 1):
            moment = some_moments[place - 1]
            value, choice = best[place], "span"  # the span has none
            if row[place - 1] > value:
                value, choice = row[place - 1], "moment"  # the moment has none
            distance = sides.distance_s(span, moment)
            if distance is not None:
                pairs, likelihood, total = best[place - 1]
                likely = round(likelihood + habits.likelihood(span, moment), 6)
                if (pairs + 1, likely, total - distance) > value:
                    value, choice = (pairs + 1, likely, total - distance), "pair"
            row.append(value)
            chosen.append(choice)
        # Behind it the more moments there are, the better can it be without this span, from some moment on better than with it.
        better = bisect_left(best, row[far], far + 1)
        row += [row[far]] * (better - far - 1) + best[better:]
        chosen += ["moment"] * (better - far - 1) + ["span"] * (len(best) - better)
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
