"""Files for the listener's own calendar, as RFC 5545 says them: a reminder that the consent ends, and what followed artists have released.

What a file says hangs on its events alone, so that it is the same as long as they are.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unicodedata import category

REMIND_DAYS = (30, 7)  # before
LONGEST_LINE = 75  # bytes
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})


def reminder(began_at: datetime, ends_at: datetime, login: str = "./run login") -> bytes:
    """One event at the moment at which the consent ends, with an alarm some days before. Moments are aware; `login` is the command that renews it."""
    alarms = [
        line
        for days in REMIND_DAYS
        for line in (
            "BEGIN:VALARM",
            "ACTION:DISPLAY",
            f"DESCRIPTION:The consent for the Spotify library mirror ends in {days} days: {login}",
            f"TRIGGER:-P{days}D",
            "END:VALARM",
        )
    ]
    event = [
        f"UID:consent-{_utc(began_at)}@spotify-library-mirror",
        f"DTSTAMP:{_utc(began_at)}",
        f"DTSTART:{_utc(ends_at)}",
        "SUMMARY:The consent for the Spotify library mirror ends",
        f"DESCRIPTION:Run {login} before\\, or nothing new is copied from Spotify any more.",
        "TRANSP:TRANSPARENT",
        *alarms,
    ]
    return _calendar("consent", [event])


def releases(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """An event of a whole day per album: rows of the view new_releases. What is dated by its month, or its year, alone is left out.

    Empty without any: a calendar of no event is none.
    """
    events = list(_released(rows))
    return _calendar("releases", events) if events else b""


def _released(rows: Sequence[Mapping[str, Any]]) -> Iterator[list[str]]:
    for row in rows:
        try:
            day = date.fromisoformat(row["release_date"])
        except ValueError:
            continue
        yield [
            f"UID:release-{row['album_id']}@spotify-library-mirror",
            f"DTSTAMP:{day:%Y%m%d}T000000Z",
            f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_text(row['artist_name'])}: {_text(row['album_name'])}",
            f"URL:https://open.spotify.com/album/{row['album_id']}",
            "TRANSP:TRANSPARENT",
        ]


def _calendar(name: str, events: Sequence[Sequence[str]]) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:-//spotify-library-mirror//{name}//EN"]
    for event in events:
        lines += ["BEGIN:VEVENT", *event, "END:VEVENT"]
    return b"".join(_folded(line) for line in [*lines, "END:VCALENDAR"])


def _text(value: str | None) -> str:
    """A name, with what has a meaning of its own in such a file escaped; control characters end no line, and joiners and wide spaces stay."""
    said = "".join(
        each for each in value or "" if each == "\n" or category(each) not in ("Cc", "Cs", "Zl", "Zp")
    )
    return said.translate(_ESCAPED) if said.strip() else "name unknown"


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _folded(line: str) -> bytes:
    """A line with its end, cut where it is too long, between letters: what goes on begins with a blank."""
    parts, part = [], b""
    for letter in line:
        added = letter.encode()
        if len(part) + len(added) > LONGEST_LINE:
            parts.append(part)
            part = b" "
        part += added
    return b"".join(each + b"\r\n" for each in [*parts, part])
