"""A reminder for the listener's calendar that the consent ends: a file as RFC 5545 says it, always the same for a consent."""

from datetime import UTC, datetime

REMIND_DAYS = (30, 7)  # before
LONGEST_LINE = 75  # bytes


def reminder(began_at: datetime, ends_at: datetime) -> bytes:
    """One event at the moment at which the consent ends, with an alarm some days before. Moments are aware."""
    alarms = [
        line
        for days in REMIND_DAYS
        for line in (
            "BEGIN:VALARM",
            "ACTION:DISPLAY",
            f"DESCRIPTION:The consent for the Spotify library mirror ends in {days} days: ./run login",
            f"TRIGGER:-P{days}D",
            "END:VALARM",
        )
    ]
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//spotify-library-mirror//consent//EN",
        "BEGIN:VEVENT",
        f"UID:consent-{_utc(began_at)}@spotify-library-mirror",
        f"DTSTAMP:{_utc(began_at)}",
        f"DTSTART:{_utc(ends_at)}",
        "SUMMARY:The consent for the Spotify library mirror ends",
        "DESCRIPTION:Run ./run login before\\, or nothing new is copied from Spotify any more.",
        "TRANSP:TRANSPARENT",
        *alarms,
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return b"".join(_folded(line) for line in lines)


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _folded(line: str) -> bytes:
    """A line with its end, cut where it is too long: what goes on begins with a blank. The texts above are ASCII."""
    parts = [line[:LONGEST_LINE]]
    rest = line[LONGEST_LINE:]
    while rest:
        parts.append(" " + rest[: LONGEST_LINE - 1])
        rest = rest[LONGEST_LINE - 1 :]
    return "".join(f"{part}\r\n" for part in parts).encode("ascii")
