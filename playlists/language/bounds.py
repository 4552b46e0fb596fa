"""Which values a field can have at all: the range of its numbers, its only words, what its texts look like, whether it can be unknown.

A field of `fields.py` that is a number has its range here. A test holds all of it against libraries with everything odd.
"""

from dataclasses import dataclass

from playlists.language import times
from playlists.language.values import DAYPARTS, SOURCES


@dataclass(frozen=True)
class Range:
    """The numbers that a field can have, both ends included; None: no end. `scale`: of what goes up to a hundred, not to one."""

    low: float | None = None
    high: float | None = None
    is_whole: bool = True
    scale: str = ""

    def __str__(self) -> str:
        numbers = "whole numbers" if self.is_whole else "numbers"
        match self.low, self.high:
            case None, None:
                return numbers
            case low, None:
                return f"{numbers} from {low:g}"
        return f"{numbers} from {self.low:g} to {self.high:g}"


COUNT = Range(0)
PERCENT = Range(0, 100, is_whole=False, scale="percent")
_PLACE = Range(1)
_LONGEST_TOP = 50  # so many of each top list are copied
_TOP_PLACE = Range(1, _LONGEST_TOP)
_ANY = Range()
NUMBERS: dict[str, Range] = {
    **dict.fromkeys(("disc_number", "track_number", "position_in"), _PLACE),
    **dict.fromkeys(("top_rank_short", "top_rank_medium", "top_rank_long"), _TOP_PLACE),
    "top_rank_change": Range(1 - _LONGEST_TOP, _LONGEST_TOP - 1),
    **dict.fromkeys(("release_age", "trend"), _ANY),
    "days_since_played": COUNT,
    **dict.fromkeys(("year", "decade"), Range(times.FIRST_YEAR, times.LAST_YEAR)),
    "popularity": Range(0, 100, scale="0 to 100"),
    **dict.fromkeys(("artist_count", "album_total_tracks", "playlist_count", "artist_play_count"), COUNT),
    **dict.fromkeys(("artist_liked_count", "artist_track_count", "album_play_count", "play_count"), COUNT),
    **dict.fromkeys(("plays_in", "skips_in", "artist_plays_in", "album_plays_in"), COUNT),
    **dict.fromkeys(("skip_count", "distinct_days", "plays_on_this_day", "weeks_in_top"), COUNT),
    **dict.fromkeys(("album_completion", "album_liked_share", "skip_rate", "weekend_share"), PERCENT),
    "avg_completion": Range(
        0, is_whole=False, scale="percent"
    ),  # who goes back in a track hears more than all of it
}
# Folded, as texts are compared.
TEXTS: dict[str, tuple[str, ...]] = {
    "album_type": ("album", "single", "compilation"),
    "release_precision": ("day", "month", "year"),
    "dominant_daypart": DAYPARTS,
    "sources": ("liked", "album", "playlist", "history"),
    "play_source": SOURCES,
    "restriction_reason": ("market", "product", "explicit"),
}
MAY_GROW = frozenset(("restriction_reason",))  # Spotify may add words: a pattern may look for others


@dataclass(frozen=True)
class Form:
    """What the texts of a field look like, folded: as a whole, and in part. `about`: the same in words."""

    whole: str
    part: str
    about: str


FORMS = {
    "track_id": Form("[0-9a-z]{22}", "[0-9a-z]{1,22}", "an id of 22 letters and digits"),
    "isrc": Form(
        "[a-z]{2}[a-z0-9]{3}[0-9]{7}",
        "[a-z0-9]{1,12}",
        "a code of 12 letters and digits without dashes, such as USRC17607839",
    ),
    "recording_key": Form(
        "isrc [a-z0-9]+|.* / .*", ".+", "isrc and a code, or a title and its main artist: song / artist"
    ),
    "last_context": Form(
        "spotify:[^/]+",
        "[^/]+",
        "a URI such as spotify:playlist:37i9dQZF1DXcBWIGoYBM5M, not a name or a link",
    ),
}
FIRST_OF_MONTH = frozenset(("peak_month",))  # days that stand for their months
# Fields that have a value for every track: what was never played has the play_count 0.
ALWAYS_KNOWN = frozenset(
    (
        *("artist_count", "playlist_count", "artist_play_count", "artist_liked_count", "artist_track_count"),
        *("album_play_count", "play_count", "plays_in", "skip_count", "distinct_days", "plays_on_this_day"),
        *("skips_in", "artist_plays_in", "album_plays_in"),
        *("trend", "weeks_in_top", "listened", "is_feature", "album_saved", "liked", "in_library"),
        "artist_followed",
    )
)
