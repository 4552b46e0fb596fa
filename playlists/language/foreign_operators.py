"""What stands behind a field in the words of other tools, as a whole: `{from: 2020, to: 2021}` is `{between: [2020, 2021]}`.

Only for messages. A hint carries the person's own values, in the form that our operator takes.
"""

import re
from collections.abc import Callable, Mapping, Sequence

from playlists.language.bounds import NUMBERS
from playlists.language.document import ListNode, Mistake, Node, ScalarNode
from playlists.language.foreign_forms import format_node, pair_meant
from playlists.language.foreign_options import words_meant
from playlists.language.foreign_values import (
    LONG_AGO,
    is_length_of_time,
    length_of_time_meant,
    number_meant,
    percentage_meant,
    year_meant,
)
from playlists.language.kinds import Field, Kind, Takes
from playlists.language.operators import OPERATORS
from playlists.language.synonyms import Words, targets_of, word_meant
from playlists.language.texts import LONGEST
from playlists.language.times import day_meant, read_day, read_decade, span_meant
from playlists.language.values import format_text, read_value

DATES = (Kind.DAY, Kind.MOMENT)
NUMBERS_TAKEN = (Takes.NUMBER, Takes.NUMBERS, Takes.TWO_NUMBERS)
PAIRS = (Takes.TWO_NUMBERS, Takes.TWO_DURATIONS, Takes.TWO_DAYS)
CanBeRead = Callable[[str], bool]  # whether a condition is one of the language
_SINCE_OR_UNTIL = ("since", "from", "starting", "until", "till", "to", "up_to")
_OF_DAYS = ("days_since_played", "release_age")
_SUGGESTED = re.compile(r"did you mean ([^ ?,]+)(?:\?|, )")


def is_share(field: Field) -> bool:
    """Whether the field goes up to a hundred, and not to one."""
    return field.name in NUMBERS and bool(NUMBERS[field.name].scale)


def is_end_of_days(field: Field, word: str) -> bool:
    """Whether a word is "at least" or "at most" of a date, which has them in a range only."""
    return field.kind in DATES and bool({"gte", "lte"} & {*targets_of(Words.OPERATOR, word)})


def says_since_or_until(word: str) -> bool:
    """Whether a word is of a date, and not of the time that has gone by since: `since`, but not `>=`."""
    return word.casefold().replace(" ", "_") in _SINCE_OR_UNTIL


def operators_meant(
    field: Field, beside: Mapping[str, Node], known: Sequence[str], can_be_read: CanBeRead
) -> str:
    """What goes behind a field, where it takes more than other words for the operators; else empty.

    `beside`: all that stands there. `known`: the field's operators and options.
    """
    since = until = ""
    parts: list[str] = []
    is_more = False
    for word, node in beside.items():
        if is_end_of_days(field, word):
            is_since = "gte" in targets_of(Words.OPERATOR, word)
            day = end_of_days_meant(node, is_last=not is_since)
            if not day or (since if is_since else until):
                return ""
            since, until = (day, until) if is_since else (since, day)
            continue
        meant = word if word in known else word_meant(Words.OPERATOR, word, known)
        value = value_meant(field, meant, node, can_be_read) if meant else ""
        if not value:
            return ""
        is_more |= value != format_node(node)
        parts.append(f"{meant}: {value}")
    if since or until:
        parts.insert(0, f"between: [{since or LONG_AGO}, {until or 'today'}]")
    whole = f"{{{', '.join(parts)}}}"
    return whole if (is_more or since or until) and can_be_read(f"{field.name}: {whole}") else ""


def value_meant(field: Field, name: str, node: Node, can_be_read: CanBeRead) -> str:
    """A value as an operator or an option of the field takes it, on one line; empty where nobody can tell."""
    operator = OPERATORS[field.kind].get(name)
    takes = operator.takes if operator else dict(field.options)[name]
    written = format_node(node)
    forms: tuple[str, ...] = (written,)
    if isinstance(node, ScalarNode):
        forms = (written, value_in_our_form(field, name, takes, node.text), _suggested(takes, node))
    elif takes in PAIRS:
        forms = (written, *pairs_meant(field, node))
    elif takes is Takes.SPAN:
        forms = (written, length_of_time_meant(node))

    def fits(form: str) -> bool:
        if operator is None:
            return can_be_read(f"{field.name}: {{{name}: {form}, gte: 1}}")
        return can_be_read(
            f"{field.name}: {{{f'{field.option}, ' if field.needs_option else ''}{name}: {form}}}"
        )

    return next((form for form in forms if form and fits(form)), "")


def value_in_our_form(field: Field, operator: str, takes: Takes, text: str) -> str:
    """One value in the form that an operator takes: `1,000` → 1000, `0.5` → 50 of a percentage; else empty."""
    if takes not in NUMBERS_TAKEN:
        return words_meant(takes, text)
    if field.name == "year" and year_meant(text, operator):
        return year_meant(text, operator)
    if is_share(field):
        number = number_meant(text) or text
        return as_percent(number) if _is_part(number) else percentage_meant(text) or number_meant(text)
    days = re.fullmatch(r"([1-9]\d{0,4})d", span_meant(text)) if field.name in _OF_DAYS else None
    return days[1] if days else number_meant(text)


def like_meant(field: Field, word: str, node: Node) -> str:
    """`{contains: love}` for SQL's `{like: "%love%"}`: here % is a letter like others; else empty."""
    text = node.text if isinstance(node, ScalarNode) else ""
    found = re.fullmatch(r"(%?)([^%]+)(%?)", text) if word.casefold() in ("like", "ilike") else None
    if not found or not (found[1] or found[3]) or field.kind not in (Kind.TEXT, Kind.TEXTS):
        return ""
    operator = "contains" if found[1] and found[3] else "ends_with" if found[1] else "starts_with"
    if field.kind is Kind.TEXTS:
        operator = "any_contains" if operator == "contains" else ""
    return f"{{{operator}: {format_text(found[2])}}}" if operator else ""


def pairs_meant(field: Field, node: Node) -> tuple[str, ...]:
    """What two values were perhaps meant as, in order, the likeliest first: of shares of 1, percentages."""
    if isinstance(node, ListNode) and is_share(field):
        texts = [item.text for item in node.items if isinstance(item, ScalarNode)]
        numbers = [percentage_meant(text) or number_meant(text) or text for text in texts]
        if len(numbers) == len(node.items) == 2 and any(map(_is_part, numbers)):
            are_parts = not any(_is_more_than_all(number) for number in numbers)
            ours = [as_percent(number) if are_parts or _is_part(number) else number for number in numbers]
            return f"[{ours[0]}, {ours[1]}]", f"[{ours[1]}, {ours[0]}]"
        return f"[{', '.join(numbers)}]", f"[{', '.join(reversed(numbers))}]"
    return (pair_meant(node),)


def as_percent(number: str) -> str:
    """`0.5` → 50; what is no number stays as it is."""
    return f"{100 * float(number):g}" if re.fullmatch(r"[0-9.]{1,20}", number) and number != "." else number


def _is_part(number: str) -> bool:
    return bool(re.fullmatch(r"0?\.\d{0,5}[1-9]\d{0,5}|1\.0+", number))


def _is_more_than_all(number: str) -> bool:
    return bool(re.fullmatch(r"\d{1,9}(\.\d{1,9})?", number)) and float(number) > 1


def _suggested(takes: Takes, node: ScalarNode) -> str:
    """What the message about a value that cannot be read suggests, where that is one thing."""
    try:
        read_value(takes, node)
    except Mistake as mistake:
        found = _SUGGESTED.search(mistake.problem.text)
        return found[1] if found else ""
    return ""


def end_of_days_meant(node: Node, *, is_last: bool = False) -> str:
    """The day, month or year that a range begins or ends with: the person's own; empty where it is none."""
    text = node.text.strip().casefold() if isinstance(node, ScalarNode) else ""
    if not text or len(text) > LONGEST:
        return ""
    if re.fullmatch(r"\d0s|[12]\d{2}0s", text):
        return str(read_decade(text) + (9 if is_last else 0))
    if is_length_of_time(text) or re.fullmatch(r"[1-9][0-9]{0,2}", text):
        text = f"-{span_meant(text) or text}"
    try:
        read_day(text)
    except ValueError:
        return day_meant(text)
    return text
