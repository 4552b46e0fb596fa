"""Why a track came into a smart playlist, or left it, in one clause: for the command and the site."""

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from psycopg2.extensions import cursor as Cursor

from playlists.arrangement.schedule import version_of_day
from playlists.inspection.values import shown_value
from playlists.language.condition_wording import condition_words
from playlists.language.definition import LONGEST_SLUG
from playlists.language.document import RuleError
from playlists.language.fields import FIELDS
from playlists.language.kinds import OF_LISTS, Context, Kind
from playlists.language.model import Condition, Definition, Filter
from playlists.language.other_lists import referenced_lists
from playlists.selection.lists import whole_filter
from playlists.selection.stored import stored_definition
from playlists.selection.verdicts import Verdict, judge

SAYS_THE_REST = "the order, the caps or the limit decides"
_WITHOUT_VALUE = (Kind.TEXT, Kind.TEXTS, Kind.YES_NO, *OF_LISTS)  # the words of the condition say it


def definition_of(slug: str, name: str, rules: str) -> Definition | None:
    """What is stored as rules; None where this version does not understand it."""
    try:
        return stored_definition(
            slug[:LONGEST_SLUG], name, rules
        )  # a list of a template may have a longer slug
    except (RuleError, ValueError):
        return None


def reasons(
    cursor: Cursor, definition: Definition, context: Context, came: Sequence[str], went: Sequence[str]
) -> Mapping[str, str]:
    """track_id → why it came, or why it went, as far as the conditions say. Empty where they ask what other lists hold, or are of several listeners.

    The values are those of today: the list may have been made earlier.
    """
    if referenced_lists(definition) or definition.listeners or not (came or went):
        return {}
    definition = version_of_day(definition, context.now.astimezone(context.zone).date())
    match = whole_filter(definition)
    judged = judge(cursor, match, context, [*came, *went], source=definition.source)
    found = {}
    for track_id in (*came, *went):
        if track_id not in judged:
            found[track_id] = "not in the library any more" if track_id in went else ""
            continue
        verdict = judged[track_id].verdict
        if verdict.holds:
            found[track_id] = SAYS_THE_REST if track_id in went else why(match, verdict, context.zone)
        else:
            begin = "no longer in" if track_id in went else "today it would not come"
            found[track_id] = f"{begin}, {why_not(match, verdict, context.zone)}"
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
