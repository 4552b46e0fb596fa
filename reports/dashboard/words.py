"""Numbers, durations, moments and changes as a page says them: filters of the templates.

A number and a moment are elements that carry their machine-readable value, so that the page can say them as the reader's own locale does; what stands in them
is for those who read without a script.
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from urllib.parse import quote

from markupsafe import Markup, escape

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
LONG_MS = 48 * HOUR_MS - MINUTE_MS // 2  # from here on, whole hours are said
_SPOTIFY_ID = re.compile(r"[0-9A-Za-z]{22}")
SEARCHED = ("genre", "label")
REMEMBERED = 20_000  # days and names, which stand on many pages
NO_PERCENTAGE_BELOW = 20  # plays: a change of so few is no share of anything


def number(value: float) -> Markup:
    """`1,234` or `99.3`, as an element `data`."""
    return _data(value, f"{value:,}".removesuffix(".0"))


def _data(value: object, text: str) -> Markup:
    """A number as an element: there is nothing to escape in one."""
    return Markup(f'<data value="{value}">{text}</data>')  # noqa: S704 - a number


def counted(value: float, one: str, many: str = "") -> Markup:
    """`1 day`, `1,234 days`; `many` is the plural where it is not `one` with an s."""
    return Markup("{} {}").format(number(value), one if value == 1 else many or one + "s")


def average_text(value: float) -> str:
    """`8.6`; from ten on whole: `12`."""
    return f"{value:.1f}" if value < 9.95 else f"{value:,.0f}"


def average(value: float) -> Markup:
    """As `average_text`, as an element `data`."""
    text = average_text(value)
    return _data(text.replace(",", ""), text)


def duration_text(milliseconds: int) -> str:
    """`42 min` below an hour, `5 h 12 min` below two days, then `1,565 h`. Half minutes, and half hours, are rounded up."""
    minutes = (milliseconds + MINUTE_MS // 2) // MINUTE_MS
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h {minutes % 60} min".removesuffix(" 0 min")
    return f"{(milliseconds + HOUR_MS // 2) // HOUR_MS:,} h"


def duration(milliseconds: int) -> Markup:
    """As `duration_text`, with the large number as an element."""
    if milliseconds < LONG_MS:
        return escape(duration_text(milliseconds))
    return number((milliseconds + HOUR_MS // 2) // HOUR_MS) + " h"


def to_the_minute(milliseconds: int) -> Markup:
    """As `duration`, but with the minutes of however many hours: for times whose difference is said beside them."""
    if milliseconds < LONG_MS:
        return duration(milliseconds)
    hours, minutes = divmod((milliseconds + MINUTE_MS // 2) // MINUTE_MS, 60)
    return Markup("{} h {} min").format(number(hours), minutes) if minutes else number(hours) + " h"


def size(value: int) -> Markup:
    """Bytes as `512 B`, `4.2 kB`, `38 MB`: by thousands, as disks are sold."""
    amount, units = float(value), ["B", "kB", "MB", "GB"]
    while amount >= 999.5 and len(units) > 1:
        amount, units = amount / 1000, units[1:]
    is_small = amount < 9.95 and units[0] != "B"
    return Markup("{} {}").format(number(round(amount, 1) if is_small else round(amount)), units[0])


def share(part: float, whole: float) -> str:
    """`12 %`; `<1 %` where it is not nothing; empty where there is no whole."""
    if not whole:
        return ""
    percent = 100 * part / whole
    if 0 < percent < 1:
        return "<1 %"
    return "99 %" if 99 < percent < 100 else f"{percent:.0f} %"


def percent(part: float) -> str:
    """A part of 1 as a length of a drawing, `12.34%`: no less than nothing, no more than all."""
    return f"{100 * min(max(part, 0), 1):.2f}%"


@lru_cache(REMEMBERED)
def day(value: date, *, weekday: bool = False) -> Markup:
    """`28 Nov 2026`, or `Sat, 28 Nov 2026`, as an element `time`."""
    text = f"{value:%a}, " if weekday else ""
    return Markup('<time datetime="{}" data-form="{}">{}</time>').format(
        value.isoformat(), "weekday" if weekday else "day", f"{text}{value.day} {value:%b} {value.year}"
    )


@lru_cache(REMEMBERED)
def month(value: date) -> Markup:
    """`Nov 2026`, as an element `time`."""
    return Markup('<time datetime="{}" data-form="month">{}</time>').format(
        f"{value:%Y-%m}", f"{value:%b} {value.year}"
    )


def hour_span(begin: int, count: int = 1, between: str = " to ") -> str:
    """`17:00 to 18:00`: from a full hour of the clock on so many hours, which may go beyond midnight."""
    return f"{begin}:00{between}{(begin + count) % 24}:00"


def month_name(value: date) -> Markup:
    """`Nov`, as an element `time`."""
    return Markup('<time datetime="{}" data-form="month name">{}</time>').format(
        f"{value:%Y-%m}", f"{value:%b}"
    )


def days(first: date, last: date) -> Markup:
    """`1 Nov 2026 to 28 Nov 2026`; one of them where they are the same."""
    return day(first) if first == last else Markup("{} to {}").format(day(first), day(last))


def moment(value: datetime, zone: tzinfo, *, form: str = "moment") -> Markup:
    """`28 Nov 2026, 21:30` in the zone. With form `ago`, a page with a script says `5 minutes ago` for a week."""
    local = value.astimezone(zone)
    machine = value.astimezone(UTC).isoformat(timespec="seconds")
    text = f"{local.day} {local:%b} {local.year}, {local:%H:%M}"
    return Markup('<time datetime="{}" data-form="{}">{}</time>').format(machine, form, text)


def change(value: int, before: int, unit: str = "play") -> Markup:
    """`38 plays more (12 %)`: against a value of before; no share of so few that it would say nothing."""
    if value == before:
        return Markup("as many")
    more = "more" if value > before else "fewer"
    said = Markup("{} {}").format(counted(abs(value - before), unit), more)
    if before < NO_PERCENTAGE_BELOW:
        return said
    return Markup('{} <span class="count">({})</span>').format(said, share(abs(value - before), before))


def capitalize_first(value: str) -> Markup:
    """With a capital at the beginning, which may stand within an element."""
    text = escape(value)
    place = (
        next((at for at, letter in enumerate(text) if letter.isalpha()), None)
        if not text.startswith("<")
        else None
    )
    return text if place is None else Markup(text[:place] + text[place].upper() + text[place + 1 :])  # noqa: S704 - escaped above


def name(value: str | None) -> Markup:
    """A name of any script and direction; one that Spotify has left empty is said to be unknown."""
    if not value or not value.strip():
        return Markup('<span class="unknown">name unknown</span>')
    return Markup("<bdi>{}</bdi>").format(value)


def address(item_id: str | None, kind: str, value: str | None = None) -> str | None:
    """Where Spotify shows a track, album, artist or playlist; None where the id is not well-formed. A genre or a label has no id, but a name that is searched for."""
    if kind in SEARCHED:
        place, item_id = "search", quote(f'{kind}:"{value}"', safe="") if value and value.strip() else None
    else:
        place, item_id = kind, item_id if item_id and _SPOTIFY_ID.fullmatch(item_id) else None
    return f"https://open.spotify.com/{place}/{item_id}" if item_id else None


@lru_cache(REMEMBERED)
def linked(value: str | None, kind: str, item_id: str | None = None) -> Markup:
    """A name as a link to what it names on Spotify, where there is such a place."""
    to = address(item_id, kind, value)
    if to is None:
        return name(value)
    return Markup('<a href="{}" rel="noreferrer">{}</a>').format(to, name(value))


def credited(artists: Iterable[tuple[str | None, str | None]]) -> Markup:
    """Artists after each other, each a pair of name and id."""
    return Markup(", ").join(linked(named, "artist", artist_id) for named, artist_id in artists)


def released(value: str | None) -> Markup | str:
    """A release date as exact as it is given: `15 Dec 1981`, `Dec 1981`, `1981`; empty where there is none."""
    if not value or value.startswith("0000"):
        return ""
    try:
        if len(value) == 10:
            return day(date.fromisoformat(value))
        return month(date.fromisoformat(f"{value}-01")) if len(value) == 7 else value
    except ValueError:
        return value


def released_text(value: str | None) -> str:
    """The same as plain text."""
    said = released(value)
    return said.striptags() if isinstance(said, Markup) else said


def album_kind(value: str | None) -> str:
    """What kind of album it is, as Spotify says it, written as people do: `EP`; an album where it does not."""
    return {"ep": "EP"}.get((value or "").lower(), value or "album")


def code_name(value: str) -> Markup:
    """A name such as `track_availability`, which a narrow line breaks behind an underscore."""
    return escape(value).replace("_", Markup("_<wbr>"))


def initial(value: str | None) -> str:
    """What stands in place of a cover: the first letter or digit of the name."""
    return next((letter.upper() for letter in value or "" if letter.isalnum()), "\N{EIGHTH NOTE}")


def tint(value: str | None) -> int:
    """One of the five heat colours, always the same for a name."""
    return sum((value or "").encode()) % 5 + 1


FILTERS = {
    "number": number,
    "counted": counted,
    "average": average,
    "duration": duration,
    "size": size,
    "share": share,
    "percent": percent,
    "day": day,
    "days": days,
    "hour_span": hour_span,
    "month": month,
    "month_name": month_name,
    "address": address,
    "moment": moment,
    "change": change,
    "capitalize_first": capitalize_first,
    "name": name,
    "linked": linked,
    "credited": credited,
    "released": released,
    "initial": initial,
    "kind": album_kind,
    "code_name": code_name,
    "tint": tint,
    "text": escape,
}
