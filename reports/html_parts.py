"""Parts of the dashboard's HTML that several sections use: escaped texts, names, numbers, moments."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, tzinfo
from html import escape

from utils.words import counted

UNKNOWN = "\N{EN DASH}"


def escaped(value: object) -> str:
    """A value as text that is safe between tags and in quoted attributes."""
    return escape(str(value), quote=True)


def name_of(name: str | None) -> str:
    """A name of any script and direction, isolated so that it does not turn the text around it."""
    if not name or not name.strip():
        return '<span class="unknown">name unknown</span>'
    return f'<bdi class="name">{escaped(name)}</bdi>'


def section(anchor: str, title: str, body: str) -> str:
    """A section with a heading that the anchor leads to."""
    return (
        f'<section id="{anchor}" aria-labelledby="{anchor}-heading">\n'
        f'<h2 id="{anchor}-heading">{title}</h2>\n{body}\n</section>\n'
    )


def list_items(lines: Iterable[str]) -> str:
    """The items of a list, which may hold HTML."""
    return "".join(f"<li>{line}</li>" for line in lines)


def hours_text(seconds: float) -> str:
    """`50 minutes`, `3 h 10 m`, `12 days`: as exact as anybody wants to know it."""
    minutes = round(seconds / 60)
    if minutes < 60:
        return counted(minutes, "minute")
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} m".removesuffix(" 0 m")
    return counted(round(minutes / 1440), "day")


def day_text(day: date) -> str:
    """`21 Nov 2026`."""
    return f"{day.day} {day:%b} {day.year}"


def time_of(moment: datetime, zone: tzinfo) -> str:
    """A moment as an element `time`, shown in the zone."""
    local = moment.astimezone(zone)
    machine = moment.astimezone(UTC).isoformat(timespec="seconds")
    return f'<time datetime="{machine}">{day_text(local.date())}, {local:%H:%M}</time>'
