"""What the sections of the dashboard are made of: texts that stay texts, names, numbers, moments."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, tzinfo
from html import escape

UNKNOWN = "\N{EN DASH}"


def escaped(value: object) -> str:
    """Any text, safe between tags and in quoted attributes."""
    return escape(str(value), quote=True)


def name_of(name: str | None) -> str:
    """A name of any script and direction, kept from turning what stands around it."""
    if not name or not name.strip():
        return '<span class="unknown">name unknown</span>'
    return f'<bdi class="name">{escaped(name)}</bdi>'


def section(anchor: str, title: str, body: str) -> str:
    return (
        f'<section id="{anchor}" aria-labelledby="{anchor}-heading">\n'
        f'<h2 id="{anchor}-heading">{title}</h2>\n{body}\n</section>\n'
    )


def list_items(lines: Iterable[str]) -> str:
    return "".join(f"<li>{line}</li>" for line in lines)


def counted(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def day_text(day: date) -> str:
    return f"{day.day} {day:%b} {day.year}"


def time_of(moment: datetime, zone: tzinfo) -> str:
    """A moment in the listener's time zone."""
    local = moment.astimezone(zone)
    machine = moment.astimezone(UTC).isoformat(timespec="seconds")
    return f'<time datetime="{machine}">{day_text(local.date())}, {local:%H:%M}</time>'
