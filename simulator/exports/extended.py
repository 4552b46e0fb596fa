"""The extended streaming history, in the shape that it had in each age.

A file is an array of rows in the order of `ts`, but for the oldest shapes, which were not sorted. What follows is one row's text, made by hand because a million of them is
made. `ts` is the whole second, UTC, in which Spotify noted the end. `offline_timestamp` is when the row began: seconds, but
milliseconds from 2017 to January 2023; 0 or null where it is not known.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from json.encoder import encode_basestring

from simulator.exports import personal
from simulator.exports.listening import CHAPTER, DAY, EPISODE, SECOND, SKIPS, TRACK, Item, Listening, to_ms
from simulator.exports.package import Member

Json = dict[str, object]

_BEGINNING = ("ts", "username", "platform", "ms_played", "conn_country")
_ADDRESS = ("ip_addr_decrypted", "user_agent_decrypted")
_PLACE = ("city", "region", "metro_code", "latitude", "longitude")
_NAMES = (
    "master_metadata_track_name",
    "master_metadata_album_artist_name",
    "master_metadata_album_album_name",
)
_EPISODE = ("episode_name", "episode_show_name")
_AUDIOBOOK = ("audiobook_title", "audiobook_uri", "audiobook_chapter_uri", "audiobook_chapter_title")
_END = (
    "reason_start",
    "reason_end",
    "shuffle",
    "skipped",
    "offline",
    "offline_timestamp",
    "incognito_mode",
)
_WITH_URIS = (*_NAMES, "spotify_track_uri", *_EPISODE, "spotify_episode_uri")
_WITHOUT_USER = tuple(name for name in _BEGINNING if name != "username")


@dataclass(frozen=True)
class Form:
    """How extended histories looked at one age. `keys` are those of every row, in order; `until` is the age's last day.

    Where it is not `is_sorted`, a file's later half stands first. `audio` and `video` name the files; `{years}` are those of its rows, `{number}` counts the files from 0.
    """

    name: str
    keys: tuple[str, ...]
    until: date
    audio: str = "Streaming_History_Audio_{years}_{number}.json"
    video: str = "Streaming_History_Video_{years}.json"
    folder: str = "Spotify Extended Streaming History"
    is_indented: bool = False
    is_sorted: bool = True
    file_bytes: int = 12_600_000


FORMS = {
    form.name: form
    for form in (
        Form(
            "2020",
            (*_BEGINNING, *_ADDRESS, *_PLACE, *_NAMES, *_EPISODE, *_END),
            date(2020, 12, 31),
            "endsong_{number}.json",
            "endvideo.json",
            "MyData",
            is_sorted=False,
            file_bytes=10_500_000,
        ),
        Form(
            "2021",
            (*_BEGINNING, *_ADDRESS, *_WITH_URIS, *_END),
            date(2023, 5, 31),
            "endsong_{number}.json",
            "endvideo.json",
            "MyData",
            is_sorted=False,
            file_bytes=10_500_000,
        ),
        Form(
            "2023",
            (*_BEGINNING, *_ADDRESS, *_WITH_URIS, *_END),
            until=date(2024, 7, 31),
            folder="MyData",
        ),
        Form(
            "2024",
            (*_WITHOUT_USER, "ip_addr", *_WITH_URIS, *_END),
            until=date(2024, 12, 31),
            is_indented=True,
        ),
        Form(
            "2025",
            (*_WITHOUT_USER, "ip_addr", *_WITH_URIS, *_AUDIOBOOK, *_END),
            until=date.max,
            is_indented=True,
        ),
    )
}
NEWEST = FORMS["2025"]
_OF_THE_ITEM = frozenset((*_WITH_URIS, *_AUDIOBOOK))
_CONSTANT: dict[str, object] = {
    "username": personal.USER_NAME,
    "conn_country": "DE",
    "ip_addr_decrypted": personal.ADDRESS,
    "ip_addr": personal.ADDRESS,
    "user_agent_decrypted": personal.USER_AGENT,
    "city": personal.CITY,
    "region": personal.REGION,
    "metro_code": personal.METRO,
    "latitude": personal.LATITUDE,
    "longitude": personal.LONGITUDE,
}


def form_of(at: datetime) -> Form:
    """The form that an export had that was asked for at a moment."""
    return next(form for form in FORMS.values() if at.date() <= form.until)


# What a row says of a listening


def _ms(*day: int) -> int:
    return to_ms(datetime(*day, tzinfo=UTC))  # type: ignore[misc,arg-type] # year, month, day


NEVER_SKIPPED = (_ms(2015, 4, 13), _ms(2022, 10, 17))  # `skipped` is false in every row
UNKNOWN_SINCE, MILLISECONDS_SINCE, SECONDS_SINCE = _ms(2015, 1, 1), _ms(2017, 1, 1), _ms(2023, 2, 1)
VAGUE = (_ms(2017, 1, 1), _ms(2022, 1, 1))  # booleans are null in some rows


def skipped(heard: Listening) -> bool | None:
    """`skipped` as Spotify gave it for rows of that time: what it means has changed."""
    if VAGUE[0] <= heard.ended_ms < VAGUE[1] and heard.began_ms % 11 == 0:
        return None
    if NEVER_SKIPPED[0] <= heard.ended_ms < NEVER_SKIPPED[1]:
        return False
    return heard.reason_end in SKIPS


def offline_timestamp(heard: Listening) -> int | None:
    """When it began, in the unit of its time; one in forty says nothing (null or 0), as do those of 2015 and 2016."""
    began = heard.began_ms
    if began % 40 == 0 or UNKNOWN_SINCE <= began < MILLISECONDS_SINCE:
        return 0 if began % 3 else None
    return began if MILLISECONDS_SINCE <= began < SECONDS_SINCE else began // SECOND


def _flag(value: bool | None) -> str:
    return "null" if value is None else "true" if value else "false"


def _text(value: str | None) -> str:
    return "null" if value is None else encode_basestring(value)


def named(item: Item, keys: Iterable[str]) -> dict[str, str | None]:
    """The keys that say what was heard. Chapters were episodes before there were keys for them."""
    found: dict[str, str | None] = dict.fromkeys(key for key in keys if key in _OF_THE_ITEM)
    if item.kind == TRACK:
        values = (item.name, item.artist, item.album, f"spotify:track:{item.id}")
        known = dict(zip((*_NAMES, "spotify_track_uri"), values, strict=True))
    elif item.kind == CHAPTER and "audiobook_uri" in found:
        values = (item.album, f"spotify:show:{item.album_id}", f"spotify:episode:{item.id}", item.name)
        known = dict(zip(_AUDIOBOOK, values, strict=True))
    elif item.kind in (EPISODE, CHAPTER):
        three = (item.name, item.album, f"spotify:episode:{item.id}")
        known = dict(zip((*_EPISODE, "spotify_episode_uri"), three, strict=True))
    else:
        known = {}
    return {key: known.get(key) for key in found}


class RowTexts:
    """Makes the texts of rows of one form, without what separates them."""

    def __init__(self, form: Form) -> None:
        self.form = form
        colon, self._between = (": ", ",\n    ") if form.is_indented else (":", ",")
        self._colon = colon
        parts: list[str] = []
        for key in form.keys:
            if key in _OF_THE_ITEM:
                if not parts or parts[-1] != "%s":
                    parts.append("%s")  # all names and URIs together: they are made once per item
            elif key in _CONSTANT:
                parts.append(f'"{key}"{colon}{json.dumps(_CONSTANT[key])}'.replace("%", "%%"))
            else:
                parts.append(f'"{key}"{colon}%s')
        start, end = ("{\n    ", "\n  }") if form.is_indented else ("{", "}")
        self._template = start + self._between.join(parts) + end
        self._items: dict[Item, str] = {}
        self._days: dict[int, str] = {}

    def text(self, heard: Listening) -> str:
        """The row of one listening as JSON."""
        item = self._items.get(heard.item) or self._named(heard.item)
        is_vague = heard.began_ms % 37 == 0 and VAGUE[0] <= heard.ended_ms < VAGUE[1]
        return self._template % (
            self.moment(heard.noted_ms),
            _text(heard.platform),
            heard.ms_played,
            item,
            _text(heard.reason_start),
            _text(heard.reason_end),
            _flag(heard.shuffle),
            _flag(skipped(heard)),
            _flag(None if is_vague else heard.offline),
            json.dumps(offline_timestamp(heard)),
            _flag(None if is_vague else heard.incognito),
        )

    def _named(self, item: Item) -> str:
        pairs = named(item, self.form.keys).items()
        text = self._between.join(f'"{key}"{self._colon}{_text(value)}' for key, value in pairs)
        self._items[item] = text
        return text

    def moment(self, moment_ms: int) -> str:
        """`ts` as JSON: the second, cut."""
        day, rest = divmod(moment_ms, DAY)
        text = self._days.get(day)
        if text is None:
            text = (date(1970, 1, 1) + timedelta(days=day)).isoformat()
            self._days[day] = text
        minutes, seconds = divmod(rest // SECOND, 60)
        return f'"{text}T{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}Z"'


def rows(listenings: Iterable[Listening], form: Form = NEWEST) -> Iterator[Json]:
    """The rows of listenings as a program reads them from an export."""
    texts = RowTexts(form)
    for heard in listenings:
        yield json.loads(texts.text(heard))


# Files


class _File:
    """The file under way: rows until it is full. Not more than one file of each sort is kept in memory."""

    def __init__(self, form: Form, name: str) -> None:
        self.form, self.name = form, name
        self.number = self.size = 0
        self.rows: list[bytes] = []
        self.years: tuple[str, str] = ("", "")

    def add(self, text: str, year: str) -> Iterator[Member]:
        row = text.encode()
        if self.rows and self.size + len(row) > self.form.file_bytes:
            yield self.finished()
        self.years = (self.years[0] if self.rows else year, year)
        self.rows.append(row)
        self.size += len(row) + 4

    def finished(self) -> Member:
        first, last = self.years
        name = self.name.format(years=first if first == last else f"{first}-{last}", number=self.number)
        if self.number and "{number}" not in self.name:
            name = name.replace(".json", f"_{self.number}.json")
        start, between, end = (b"[\n  ", b",\n  ", b"\n]") if self.form.is_indented else (b"[", b",", b"]")
        if not self.form.is_sorted:
            self.rows = self.rows[len(self.rows) // 2 :] + self.rows[: len(self.rows) // 2]
        content = start + between.join(self.rows) + end
        self.rows, self.size = [], 0
        self.number += 1
        return Member(f"{self.form.folder}/{name}", content)


def extended_history(listenings: Iterable[Listening], form: Form = NEWEST) -> Iterator[Member]:
    """The files with the rows of `listenings`, which come in the order of `noted_ms`: those of sound, those of pictures.

    Each is handed out when it is full, so a history of any length needs the memory of two files.
    """
    texts = RowTexts(form)
    audio, video = _File(form, form.audio), _File(form, form.video)
    for heard in listenings:
        year = texts.moment(heard.noted_ms)[1:5]
        yield from (video if heard.is_video else audio).add(texts.text(heard), year)
    for file in (audio, video):
        if file.rows:
            yield file.finished()
