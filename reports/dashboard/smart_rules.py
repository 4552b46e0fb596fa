"""Rules of smart playlists in words, and why a track is among the tracks that they choose: in one clause."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from playlists.arrangement.schedule import version_of_day
from playlists.inspection.values import shown_value
from playlists.language.condition_wording import condition_words
from playlists.language.definition import LONGEST_SLUG
from playlists.language.document import RuleError
from playlists.language.fields import FIELDS
from playlists.language.kinds import OF_LISTS, Context, Kind
from playlists.language.model import Condition, Definition, Filter
from playlists.language.other_lists import referenced_lists
from playlists.language.wording import Line, definition_lines
from playlists.selection.lists import whole_filter
from playlists.selection.stored import stored_definition
from playlists.selection.verdicts import Verdict, judge
from reports.dashboard.scope import Source

LONGEST_CLAUSE = 160  # characters, of the rules as a whole
SAYS_THE_REST = "the order, the caps or the limit decides"
_FROM_LIBRARY = "From your library, "
_ALL_HOLD = (" of which all of this holds:", " of which this holds:")
_WITHOUT_VALUE = (Kind.TEXT, Kind.TEXTS, Kind.YES_NO, *OF_LISTS)  # the words of the condition say it


@dataclass
class Words:
    """A line, and the lines in it."""

    text: str
    lines: list["Words"] = field(default_factory=list)


def definition_of(slug: str, name: str, rules: str) -> Definition | None:
    """What is stored as rules; None where this version does not understand it."""
    try:
        return stored_definition(
            slug[:LONGEST_SLUG], name, rules
        )  # a list of a template may have a longer slug
    except (RuleError, ValueError):
        return None


def nested(lines: Sequence[Line]) -> list[Words]:
    """The lines, each in the one that it belongs to."""
    whole = Words("")
    path = [whole]
    for line in lines:
        del path[line.depth + 1 :]
        words = Words(line.text)
        path[-1].lines.append(words)
        path.append(words)
    return whole.lines


def clause(definition: Definition) -> str:
    """The rules in one line, `tracks never played; at most 100 tracks`: what it begins with, as far as there is room."""
    first, *others = map(_in_one_line, nested(definition_lines(definition)))
    first = first.removeprefix(_FROM_LIBRARY)
    said = "; ".join([first[0].lower() + first[1:], *(each[0].lower() + each[1:] for each in others)])
    if len(said) <= LONGEST_CLAUSE:
        return said
    return f"{said[:LONGEST_CLAUSE].rsplit(' ', 1)[0].rstrip(',;')} …"


def _in_one_line(words: Words) -> str:
    """A line with those in it: behind it where all of them hold, else in brackets, so that they cannot be read for that."""
    if not words.lines:
        return words.text
    inner = ", ".join(map(_in_one_line, words.lines))
    for end in _ALL_HOLD:
        if words.text.endswith(end):
            return f"{words.text.removesuffix(end)} {inner}"
    return f"{words.text.removesuffix(':')} ({inner})"


def reasons(
    source: Source, definition: Definition, came: Sequence[str], went: Sequence[str]
) -> Mapping[str, str]:
    """track_id → why it came, or why it went, as far as the conditions say. Empty where they ask what other lists hold.

    The values are those of today: the list may have been made earlier.
    """
    if referenced_lists(definition) or not (came or went):
        return {}
    scope = source.scope
    definition = version_of_day(definition, scope.now.astimezone(scope.zone).date())
    context = Context(scope.user_id, scope.now, scope.zone, {})
    match = whole_filter(definition)
    judged = judge(source.cursor, match, context, [*came, *went], source=definition.source)
    found = {}
    for track_id in (*came, *went):
        if track_id not in judged:
            found[track_id] = "not in the library any more" if track_id in went else ""
            continue
        verdict = judged[track_id].verdict
        if verdict.holds:
            found[track_id] = SAYS_THE_REST if track_id in went else why(match, verdict, scope.zone)
        else:
            begin = "no longer in" if track_id in went else "today it would not come"
            found[track_id] = f"{begin}, {why_not(match, verdict, scope.zone)}"
    return found


def why(match: Filter, verdict: Verdict, zone: ZoneInfo) -> str:
    """What holds of a track that the filter chooses: all conditions of `all`, and of `any` the first that holds."""
    if isinstance(match, Condition):
        return _condition(match, verdict, zone)
    if match.kind == "none":
        return "none of: " + ", ".join(_plain(member) for member in match.members)
    parts = zip(match.members, verdict.members, strict=True)
    chosen = [why(member, each, zone) for member, each in parts if each.holds]
    return "; ".join(filter(None, chosen if match.kind == "all" else chosen[:1])) or "every track is chosen"


def why_not(match: Filter, verdict: Verdict, zone: ZoneInfo) -> str:
    """The first condition that keeps a track out, with the value that it has: behind `it is not in, `."""
    if isinstance(match, Condition):
        return f"as this is not so: {_condition(match, verdict, zone)}"
    parts = zip(match.members, verdict.members, strict=True)
    if match.kind == "none":
        return "as it is excluded: " + next(why(member, each, zone) for member, each in parts if each.holds)
    return next(
        (why_not(member, each, zone) for member, each in parts if not each.holds), "as nothing of it holds"
    )


def _condition(condition: Condition, verdict: Verdict, zone: ZoneInfo) -> str:
    words = condition_words(condition)
    if FIELDS[condition.expression.field].kind in _WITHOUT_VALUE:
        return words
    return f"{words} ({shown_value(condition.expression, verdict.actual, zone)})"


def _plain(match: Filter) -> str:
    return condition_words(match) if isinstance(match, Condition) else ", ".join(map(_plain, match.members))
