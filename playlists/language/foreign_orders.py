"""Orders in the forms of other tools, and how they are written here: `-play_count`, `title, year DESC`, `most recently added`.

Only for messages.
"""

import re
from collections.abc import Mapping

from playlists.language.document import ListNode, MappingNode, Node, ScalarNode
from playlists.language.fields import FIELDS
from playlists.language.synonyms import (
    NOT_GIVEN,
    Words,
    field_meant,
    is_not_given,
    targets_of,
    word_meant,
)
from playlists.language.texts import LONGEST, of_short_texts

RANDOM = "random"  # no field: chance as a key of an order
DIRECTIONS = ("asc", "desc")
SORTABLE = (*(name for name, field in FIELDS.items() if field.can_sort and not field.needs_option), RANDOM)
_NULLS = re.compile(r"(?P<key>.+?)\s+nulls\s+(?P<nulls>first|last)", re.IGNORECASE)
# "Selected by" of iTunes, and the orders of Plex and Spotify: words, with blanks or signs between them → ours.
_PHRASES = {
    "most often played|most played|often played|highest play count|most plays|most listened": "play_count desc",
    "least often played|least played|lowest play count|fewest plays": "play_count",
    "most recently played|recently played|last played first": "last_played desc",
    "least recently played|longest unplayed|longest not played": "last_played",
    "most recently added|recently added|newest added|newest|date added desc|latest": "added_at desc",
    "least recently added|oldest added|oldest": "added_at",
    "most recently released|newest release|release date desc": "release_date desc",
    "most popular|highest popularity": "popularity desc",
    "least popular|lowest popularity": "popularity",
    "most skipped|most often skipped": "skip_count desc",
    "longest": "duration desc",
    "shortest": "duration",
    "alphabetical|alphabetically|a z": "title",
}
_BY_PHRASE = {phrase: ours for phrases, ours in _PHRASES.items() for phrase in phrases.split("|")}


def order_meant(node: Node) -> str:
    """An order as it is written here: `play_count desc`, or `[year desc, title]` for several keys; empty: it is none."""
    if isinstance(node, ListNode):
        keys = [_key_meant(item) for item in node.items]
    elif isinstance(node, ScalarNode):
        parts = node.text.split(",") if len(node.text) < 5 * LONGEST else []
        keys = [_text_meant(part.strip()) for part in parts]
    else:
        keys = [_key_meant(node)]
    if not keys or not all(keys):
        return ""
    return keys[0] if len(keys) == 1 else f"[{', '.join(keys)}]"


def option_for_order(word: str, entries: Mapping[str, Node], known: tuple[str, ...]) -> str:
    """` (write sort: play_count desc)` for an option that is another tool's for an order; empty for any other one.

    `known`: the options of the place. `entries`: the values of all of them, by their words.
    """
    node, limit, targets = entries[word], entries.get("limit"), targets_of(Words.OPTION, word)
    option = next((name for name in ("sort", "by") if name in known and name in targets), "")
    if not option or "dir" in known:  # a key of an order: its word may be that for the direction
        return ""
    ours = _with_the_field_beside(node, entries) or order_meant(node)
    if not ours:
        return _why_no_order(option, node.text) if isinstance(node, ScalarNode) else ""
    is_choice = targets[0] == "by"  # `selected by` is what is chosen, not how it is shown
    if is_choice and "limit" in known and isinstance(limit, ScalarNode) and limit.text.isdecimal():
        return f" (write limit: {{count: {limit.text}, by: {ours}}})"
    return f" (write {option}: {ours})"


def _why_no_order(option: str, text: str) -> str:
    if _direction(text):  # alone: the field is anybody's guess
        return ""
    is_missing = is_not_given(text.strip("+-").partition(" ")[0])
    return f" (did you mean {option}?){f', and no order by that: {NOT_GIVEN}' if is_missing else ''}"


def _with_the_field_beside(node: Node, entries: Mapping[str, Node]) -> str:
    """The order of `sort: play_count` with `order: desc` beside it, which has only the direction."""
    direction = _direction(node.text) if isinstance(node, ScalarNode) else ""
    if not direction:
        return ""
    beside = (other for word, other in entries.items() if other is not node and _is_order(word))
    fields = [order_meant(other) for other in beside]
    return next((_directed(field, direction) for field in fields if re.fullmatch(r"\w+", field)), "")


def _is_order(word: str) -> bool:
    return "sort" in (word, *targets_of(Words.OPTION, word))


def _key_meant(node: Node) -> str:
    """One key: a text, `{by: year, dir: desc}` under any words, or `{year: desc}`."""
    if isinstance(node, ScalarNode):
        return _text_meant(node.text)
    if not isinstance(node, MappingNode):
        return ""
    texts = {key.text: value.text for key, value in node.entries if isinstance(value, ScalarNode)}
    if len(texts) != len(node.entries):
        return ""
    if len(texts) == 1:
        ((word, text),) = texts.items()
        direction = _direction(text)
        if direction and _field(word):
            return _directed(_field(word), direction)
    field = next((text for word, text in texts.items() if "by" in (word, _option(word))), "")
    way = next((text for word, text in texts.items() if "dir" in (word, _option(word))), "")
    return _directed(_field(field), _direction(way)) if _field(field) else ""


def _option(word: str) -> str:
    return word_meant(Words.OPTION, word, ("by", "dir", "nulls"))


@of_short_texts
def _text_meant(text: str) -> str:
    phrase = _BY_PHRASE.get(" ".join(re.findall(r"[a-z]+", text.casefold())), "")
    if phrase:
        return phrase
    nulls = _NULLS.fullmatch(text.strip())
    key = nulls["key"] if nulls else text.strip()
    is_down = key.startswith("-") or key.endswith("-")
    words = re.split(r"\s*:\s*|\s+", key.strip("+-").strip())
    way = _direction(words[-1]) if len(words) > 1 else ""
    if way:
        words.pop()
    field = _field(" ".join(words))
    if not field or (is_down and way):
        return ""
    direction = DIRECTIONS[is_down or way == "desc"]
    return (
        f"{{by: {field}, dir: {direction}, nulls: {nulls['nulls'].casefold()}}}"
        if nulls
        else _directed(field, direction)
    )


def _field(word: str) -> str:
    """The field that an order may go by; of one that a track may have several of, the one that stands for it."""
    if word in SORTABLE:
        return word
    return "" if _direction(word) or is_not_given(word) else field_meant(word, SORTABLE)


def _direction(text: str) -> str:
    return text if text in DIRECTIONS else word_meant(Words.CHOICE, text, DIRECTIONS)


def _directed(field: str, direction: str) -> str:
    return f"{field} desc" if direction == "desc" and field != RANDOM else field
