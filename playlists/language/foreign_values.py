"""Values in the forms of other tools, and how they are written here: `50%`, `1,000`, `>= 1990 and < 2000`, `1990..1999`.

Only for messages. Nothing here knows whether a field can have the value: who shows it reads it first.
"""

import re

from playlists.language.document import ListNode, MappingNode, Node, ScalarNode
from playlists.language.kinds import Field, Kind
from playlists.language.operators import OPERATORS
from playlists.language.synonyms import operator_of_sign
from playlists.language.texts import LONGEST, of_short_texts
from playlists.language.times import RELATIVE_DAYS, duration_meant, read_decade, span_meant

_END = r"(\d[\d.:/]{0,19}s?|\d{4}-\d\d(?:-\d\d)?)"
_RANGE = re.compile(
    rf"(?:from |between )?\s*{_END}\s{{0,9}}(?:-|\u2013|\.\.|to|and)\s{{0,9}}{_END}\s*", re.IGNORECASE
)
_SIGN = r"[<>=!≤≥≠]{1,3}"
_WORDS = "gte|lte|gt|lt|eq|since|from|after|before|until|over|under|(?:more|less|greater|fewer|older|newer|longer|shorter) than|at least|at most"
_COMPARISON = re.compile(rf"\s*({_SIGN}|(?:{_WORDS})\b)\s*([^<>=!≤≥≠&,]{{1,20}}?)\s*", re.IGNORECASE)
_BETWEEN_COMPARISONS = re.compile(rf"\s*(?:\band\b|&&?|,)\s*|(?<=\w)\s+(?={_SIGN})", re.IGNORECASE)
_OPEN_END = re.compile(r"(\d[\d:.]{0,19})\s*(?:\+|\.\.|-|or more|and up|or later)", re.IGNORECASE)
_PERCENT = re.compile(r"(\d{0,3}(?:[.,]\d+)?)\s*(?:%|percent|per cent)", re.IGNORECASE)
_THOUSANDS = re.compile(r"\d{1,3}(?:[,_' ]\d{3})+")
_DECIMAL = re.compile(r"([+-]?)(\d*)[.,](\d*)")
_IN_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_DATE_KINDS = (Kind.DAY, Kind.MOMENT)
_SPAN_OPERATORS = ("in_last", "not_in_last")
LONG_AGO = "1000"  # a year before anything


@of_short_texts
def number_meant(text: str) -> str:
    """A number as it is written here: `1,000` → 1000, `.9` → 0.9, `five` → 5; empty where it is none."""
    plain = text.strip().casefold()
    if plain in _IN_WORDS:
        return str(_IN_WORDS.index(plain))
    if _THOUSANDS.fullmatch(plain):
        return re.sub(r"\D", "", plain)
    decimal = _DECIMAL.fullmatch(plain)
    if decimal and (decimal[2] or decimal[3]):
        fraction = decimal[3].rstrip("0")
        return f"{decimal[1].strip('+')}{int(decimal[2] or 0)}{f'.{fraction}' if fraction else ''}"
    times = re.fullmatch(r"(\d{1,9})\s*(?:x|times?|plays?|tracks?|songs?|days?)", plain)
    if times:
        return str(int(times[1]))
    return str(int(plain)) if re.fullmatch(r"0\d{1,9}", plain) else ""


@of_short_texts
def percentage_meant(text: str) -> str:
    """The number of `50%` or `50 percent`; empty where it is none."""
    found = _PERCENT.fullmatch(text.strip())
    return (number_meant(found[1]) or found[1]) if found else ""


@of_short_texts
def year_meant(text: str, operator: str) -> str:
    """A year for `'94`, or for a decade behind a comparison: its first or its last one; empty where it is none."""
    short = re.fullmatch(r"['\u2019](\d\d)", text)
    if short:
        return f"{19 if int(short[1]) >= 30 else 20}{short[1]}"
    if operator in ("gt", "gte", "lt", "lte") and re.fullmatch(r"\d0s|[12]\d{2}0s", text):
        return str(read_decade(text) + (9 if operator in ("gt", "lte") else 0))
    return ""


def is_length_of_time(text: str) -> bool:
    """Whether a text is a length of time, `30d` or `30 days ago`, and not a date or a number of days."""
    if len(text) > LONGEST:
        return False
    return bool(re.search(r"[a-z]", text) and span_meant(text.casefold())) or bool(
        re.fullmatch(r"[1-9]\d{0,5}[hdwmy]", text)
    )


def longer_or_shorter_ago(text: str) -> str:
    """What to write for a comparison with a length of time: `>` may be of the date, or of the time that has gone by."""
    span = span_meant(text) or text
    return f" (longer ago: {{not_in_last: {span}}}; since then: {{in_last: {span}}})"


def length_of_time_meant(node: Node) -> str:
    """`30d` for `{days: 30}` or `[30, days]`; empty for anything else."""
    if isinstance(node, MappingNode) and len(node.entries) == 1:
        key, value = node.entries[0]
        return span_meant(f"{value.text} {key.text}") if isinstance(value, ScalarNode) else ""
    texts = (
        [item.text for item in node.items if isinstance(item, ScalarNode)]
        if isinstance(node, ListNode)
        else []
    )
    return span_meant(" ".join(texts)) if len(texts) == 2 else ""


@of_short_texts
def condition_meant(field: Field, text: str, *, is_alone: bool = True) -> str:
    """What goes behind a field for a range or comparisons in one text: `{gte: 1990, lt: 2000}`; empty where it is none.

    `is_alone`: the text stands behind the field, and not behind an operator that says what it is for.
    """
    if field.kind not in (Kind.NUMBER, Kind.DURATION, *_DATE_KINDS):
        return ""
    share = percentage_meant(re.sub(r"(?i)^(?:the )?top ", "", text))
    if share:
        return f"{{top_percent: {share}}}"
    best = re.fullmatch(r"(?i)(?:the )?top (\d{1,4})", text)
    if best and field.name.startswith("top_rank_"):
        return f"{{lte: {best[1]}}}"
    if field.kind in _DATE_KINDS and not is_alone and re.fullmatch(r"\d0s|[12]\d{2}0s", text):
        return f"{{decade: {read_decade(text)}s}}"
    ends, open_end = _RANGE.fullmatch(text), _OPEN_END.fullmatch(text.strip())
    if (
        is_alone
        and re.fullmatch(r"\d0s|\d{3}0s", text)
        and field.name != "decade"
        and field.kind is not Kind.DURATION
    ):
        first = read_decade(text)
        return (
            f"{{decade: {first}s}}" if field.kind in _DATE_KINDS else f"{{between: [{first}, {first + 9}]}}"
        )
    if (
        field.kind in _DATE_KINDS
        and re.match(r"(?i)(?:in |the )*(?:last|past) |\d+ ?[a-z]", text)
        and span_meant(text)
    ):
        # `last month` is a month of the calendar, and `30 days ago` a day.
        is_day = re.sub(r"[\s-]+", "_", text.casefold()) in RELATIVE_DAYS or text.endswith(("ago", "back"))
        return "" if is_day else f"{{in_last: {span_meant(text)}}}"
    listed = re.split(r"\s*(?:,|\||\bor\b)\s*", text.strip())
    if is_alone and field.kind is Kind.NUMBER and len(listed) > 1 and all(listed):
        return f"{{in: [{', '.join(listed)}]}}"
    if ends:
        return _range(field, ends[1], ends[2])
    return _compared(field, ">=", open_end[1]) if open_end else _comparisons(field, text)


def _range(field: Field, first: str, last: str) -> str:
    if not field.is_decade:
        return f"{{between: [{first}, {last}]}}"
    low, high = _decade(first), _decade(last)
    return low if low == high else f"{{between: [{low}, {high}]}}"


def _decade(text: str) -> str:
    try:
        return str(read_decade(text))
    except ValueError:
        return f"{text[:3]}0"


def _comparisons(field: Field, text: str) -> str:
    parts = [_COMPARISON.fullmatch(part) for part in _BETWEEN_COMPARISONS.split(text.strip())]
    found = [_compared(field, part[1], part[2]) for part in parts if part]
    if not found or len(found) < len(parts) or not all(found):
        return ""
    return f"{{{', '.join(one[1:-1] for one in found)}}}"


def _compared(field: Field, sign: str, value: str) -> str:
    """`{gte: 5}`; dates have no "at least", which is a range to today."""
    word = sign.casefold()
    if field.kind in _DATE_KINDS and word in (">=", "≥", "=>", "since", "from", "at least"):
        return f"{{between: [{value}, today]}}"
    if field.kind in _DATE_KINDS and word in ("<=", "≤", "=<", "until", "at most"):
        return f"{{between: [{LONG_AGO}, {value}]}}"
    operator = operator_of_sign(sign, OPERATORS[field.kind])
    if operator in _SPAN_OPERATORS:
        value = span_meant(value) or value
    elif field.kind is Kind.DURATION:
        value = duration_meant(value.casefold()) or value
    elif field.kind is Kind.NUMBER:
        value = number_meant(value) or value
    return f"{{{operator}: {value}}}" if operator else ""
