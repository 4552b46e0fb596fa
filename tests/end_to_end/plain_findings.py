"""What Insights and Personality find, in plain Python, by docs/reports.md and docs/personality.md."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import ceil, exp, log

from tests.end_to_end.plain_figures import Plain
from tests.end_to_end.plain_plays import ONE, Play, Span, grouped, month_of

FEWEST_OF_A_MONTH, NEW_AFTER, A_YEAR = 30, 90 * ONE, 365 * ONE


def as_varied_as(counts: Iterable[int]) -> float:
    """How many, heard equally often, would be as varied: e to the power of the entropy of the shares."""
    known = list(counts)
    return exp(-sum(each / sum(known) * log(each / sum(known)) for each in known))


def half_lives(plain: Plain) -> dict[str, int]:
    """Of each track with five plays in its first 365 days: after how many days half of them were past."""
    found = {}
    for track, days in plain.days_by("tracks").items():
        of_first_year = [day for day in days if day - days[0] < A_YEAR]
        is_new = days[0] >= plain.first_day + NEW_AFTER and days[0] <= plain.today - A_YEAR
        if is_new and len(of_first_year) >= 5:
            found[track] = (of_first_year[ceil(len(of_first_year) / 2) - 1] - days[0]).days
    return found


def quarter_of(day: date) -> int:
    """Quarters since the year 0."""
    return 4 * day.year + (day.month - 1) // 3


def retention(plain: Plain) -> dict[tuple[int, int], tuple[int, int]]:
    """(quarter in which tracks were first heard, how many later) → (how many tracks, how many of them heard then); of whole quarters."""
    firsts = plain.first_days("tracks")
    heard = {track: {quarter_of(day) for day in days} for track, days in plain.days_by("tracks").items()}
    first = quarter_of(plain.first_day + NEW_AFTER - ONE) + 1
    found = {}
    for cohort in range(first, quarter_of(plain.today)):
        tracks = [track for track, day in firsts.items() if quarter_of(day) == cohort]
        for later in range(1, quarter_of(plain.today) - cohort):
            found[cohort, later] = len(tracks), sum(cohort + later in heard[track] for track in tracks)
    return found


@dataclass(frozen=True)
class Silence:
    """An artist's: the days before and after it, and how many plays since."""

    artist: str
    last: date
    first: date
    since: int


def comebacks(plain: Plain) -> list[Silence]:
    """Five plays, then none for more than 365 days, then three and more; of each artist the longest silence."""
    found = []
    for artist, days in plain.days_by("artists").items():
        silences = [
            Silence(artist, before, after, len(days) - place - 1)
            for place, (before, after) in enumerate(pairwise(days))
            if place + 1 >= 5 and after - before > A_YEAR and len(days) - place - 1 >= 3
        ]
        if silences:
            found.append(max(silences, key=lambda each: each.first - each.last))
    return found


@dataclass(frozen=True)
class Seasonal:
    """An artist whose plays lie in three months of the year, the first of which is `month`; in how many years."""

    artist: str
    month: int
    plays: int
    of: int
    years: int


def seasonal(plain: Plain) -> list[Seasonal]:
    """50 plays, half of them in the same three months, twice their share of all plays, in each of two years a tenth of these and five plays."""
    of_all = Counter(play.day.month for play in plain.plays)
    found = []
    for artist, days in plain.days_by("artists").items():
        for month in range(1, 13):
            months = [(month + each - 1) % 12 + 1 for each in range(3)]
            there = [day for day in days if day.month in months]
            # The months of one season: January belongs to the November before it.
            years = Counter(day.year - (day.month < month) for day in there)
            full = [year for year, plays in years.items() if plays >= max(5, len(there) / 10)]
            share = sum(of_all[each] for each in months) / len(plain.plays)
            if len(days) >= 50 and len(there) / len(days) >= max(0.5, 2 * share) and len(full) >= 2:
                found.append(Seasonal(artist, month, len(there), len(days), len(full)))
    return found


def in_order(plain: Plain) -> list[list[Play]]:
    """Plays that follow each other in the order of their album, three and more, none known to be shuffled."""
    runs: list[list[Play]] = []
    before: Play | None = None
    for play in plain.plays:
        if before and _follows(plain, before, play):
            runs[-1].append(play)
        else:
            runs.append([play])
        before = play
    return [run for run in runs if len(run) >= 3]


def _follows(plain: Plain, before: Play, play: Play) -> bool:
    if play.shuffle or before.shuffle or play.album != before.album:
        return False
    return _place(before) < _place(play)


def _place(play: Play) -> tuple[int, int]:
    return play.track.disc_number, play.track.track_number


def whole_albums(plain: Plain) -> Counter[str]:
    """How often each album was heard as a whole: a run that leaves out one track in ten, of five and more, not started from something else."""
    found = Counter[str]()
    for run in in_order(plain):
        album = plain.library.albums[run[0].album]
        of = len(album.track_ids)
        elsewhere = any(play.context not in (None, f"spotify:album:{album.id}") for play in run)
        if of >= 5 and len({play.recording for play in run}) >= 0.9 * of and not elsewhere:
            found[album.id] += 1
    return found


def unfinished_albums(plain: Plain) -> dict[str, tuple[int, int]]:
    """Saved albums of which from a fifth to less than all tracks were heard: how many, of how many."""
    return {album: (own, of) for album, (own, of) in _heard_of_saved(plain).items() if 0.2 * of <= own < of}


def begun_albums(plain: Plain) -> dict[str, tuple[int, int]]:
    """The same of those with five tracks of which any was heard."""
    return {album: (own, of) for album, (own, of) in _heard_of_saved(plain).items() if own and of >= 5}


def _heard_of_saved(plain: Plain) -> dict[str, tuple[int, int]]:
    heard = {play.recording for play in plain.plays}
    albums = {album: plain.library.albums[album].track_ids for album in plain.library.saved_album_rows()}
    return {
        album: (sum(plain.recordings[each] in heard for each in ids), len(ids))
        for album, ids in albums.items()
    }


# Personality


@dataclass(frozen=True)
class Axis:
    """The mean, and of how many plays."""

    mean: float
    of: int


def axes(plain: Plain, month: Span) -> dict[str, Axis]:
    """The first three axes of the twelve months that end with one."""
    first = month_of(_months_before(month[0], 11))[0]
    plays = plain.within((first, month[1]))
    by_month = grouped(plays, lambda play: play.day.replace(day=1))
    full = [found for found in by_month.values() if len(found) >= FEWEST_OF_A_MONTH]
    new_again = _months_before(plain.first_day.replace(day=1), -3)
    values = {
        "exploration": [5 / (5 + _besides(plain, play)) for play in plays if play.day >= new_again],
        "newness": [730 / (730 + days) for found in by_month.values() for play in found if (days := _age(plain, play, found)) is not None],
        "variety": [1 / found_of for found in full for found_of in _times(found)],
    }  # fmt: skip
    return {name: Axis(sum(found) / len(found) if found else 0, len(found)) for name, found in values.items()}


def is_of_whole_months(plain: Plain, month: Span) -> bool:
    """Whether the twelve months that end with one lie in the record as a whole, and are over."""
    return _months_before(month[0], 11) >= plain.first_day and month[1] < plain.today


def _months_before(first: date, months: int) -> date:
    number = 12 * first.year + first.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)


def _besides(plain: Plain, play: Play) -> int:
    """How often its main artist was heard besides in the twelve months that end with its own."""
    span = _months_before(play.day.replace(day=1), 11), month_of(play.day)[1]
    return plain.of_main_artist(play.track.artist_ids[0], span) - 1


def _age(plain: Plain, play: Play, of_month: list[Play]) -> int | None:
    """Days from the release to the first day of the month on which it was heard; None where there is no date."""
    released = plain.library.albums[plain.stands_for(play).album_id].release_date
    if released.startswith("0000"):
        return None
    day = date.fromisoformat(f"{released}-01-01"[:10])
    return max(0, (min(each.day for each in of_month if each.recording == play.recording) - day).days)


def _times(plays: list[Play]) -> list[int]:
    """Of each play, how often its recording was heard."""
    times = Counter(play.recording for play in plays)
    return [times[play.recording] for play in plays]


def started(plain: Plain) -> dict[str, list[Play]]:
    """The plays of which it is known from what they were started, by that."""
    found: defaultdict[str, list[Play]] = defaultdict(list)
    for play in plain.plays:
        if play.context:
            found[play.context].append(play)
    return found
