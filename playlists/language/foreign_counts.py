"""Counts of a length of time in the forms of other tools, and how they are written here: `skips: {in: 30d, gte: 2}`.

Only for messages.
"""

import re
from collections.abc import Mapping

from playlists.language.document import Node, ScalarNode
from playlists.language.fields import FIELDS
from playlists.language.foreign_forms import format_node
from playlists.language.foreign_values import is_length_of_time
from playlists.language.operators import OPERATORS
from playlists.language.synonyms import Words, word_meant
from playlists.language.times import span_meant

_IN_WINDOW = {
    "play_count": "plays_in",
    "skip_count": "skips_in",
    "artist_play_count": "artist_plays_in",
    "album_play_count": "album_plays_in",
}
_COMPARISONS = ("eq", "ne", "gt", "gte", "lt", "lte", "between", "not_between")


def count_in_window(name: str, beside: Mapping[str, Node]) -> str:
    """`skips_in: {window: 30d, gte: 2}` for the field `skip_count` with a length of time among what stands behind it; else empty.

    `beside`: all that stands behind the field, by its words.
    """
    field = FIELDS.get(_IN_WINDOW.get(name, name))
    if field is None or field.name not in _IN_WINDOW.values():
        return ""
    known = OPERATORS[field.kind]
    spans, others = [], []
    for word, node in beside.items():
        meant = word if word in known else word_meant(Words.OPERATOR, word, known)
        span = "" if word in dict(field.options) or meant in _COMPARISONS else _span(word, node)
        if span and name == field.name and word not in known:
            return ""  # another word for the window, as for any option
        if span:
            spans.append(span)
        elif meant or word in dict(field.options):
            others.append(f"{meant or word}: {format_node(node)}")
        else:
            return ""
    if len(spans) != 1:
        return ""
    return f"{field.name}: {{{', '.join([f'window: {spans[0]}', *(others or ['gte: 1'])])}}}"


def _span(word: str, node: Node) -> str:
    text = node.text.strip() if isinstance(node, ScalarNode) else ""
    unit = re.fullmatch(r"(hour|day|week|month|year)s?", word.casefold())
    if unit and re.fullmatch(r"[1-9][0-9]{0,4}", text):
        return f"{text}{unit[1][0]}"
    return (span_meant(text) or text) if is_length_of_time(text) else ""
