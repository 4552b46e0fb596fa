"""Smart playlists of beets: the `smartplaylist` part of its configuration, with queries."""

import re
import shlex
from collections.abc import Mapping, Sequence

from playlists.importing.beets_terms import PREFIXES, term
from playlists.importing.conditions import NO_FILE, why_not
from playlists.importing.draft import Draft, Lost, Member, Unreadable, together, without_placeholders
from playlists.importing.order import set_order

TOOL = "beets"
_ORDER_FIELDS = {
    **{name: name for name in ("title", "album", "year", "label", "play_count", "last_played", "skip_count")},
    **{
        "artist": "main_artist",
        "albumartist": "main_artist",
        "artist_sort": "main_artist",
        "length": "duration",
    },
    **{"original_year": "year", "track": "track_number", "disc": "disc_number", "added": "added_at"},
    **{"albumtype": "album_type", "loved": "liked", "random": "random"},
}
# Its own order where a query has none: the setting sort_item.
_DEFAULT_ORDER = "artist+ album+ disc+ track+"
_TEMPLATES = {
    **{
        "year": "year",
        "original_year": "year",
        "genre": "genre",
        "artist": "artist",
        "albumartist": "artist",
    },
    **{
        "album": "album",
        "decade": "decade",
        "label": "label",
        "albumtype": "album_type",
        "disc": "disc_number",
    },
}
_NO_FUZZY = "a search for what is nearly the same is none here"
_PLACEHOLDER = re.compile(r"\$\{?(\w+)\}?")


def read(document: Mapping[str, object], stem: str) -> list[Draft]:
    """The lists of a configuration, of its `smartplaylist` part, or a single one. Raises Unreadable where it has none."""
    part = document.get("smartplaylist", document)
    found = part.get("playlists", [part]) if isinstance(part, Mapping) else part
    if not isinstance(found, list) or not found:
        raise Unreadable("there are no playlists in it")
    return [_list(one, stem) for one in found]


def _list(entry: object, stem: str) -> Draft:
    if not isinstance(entry, Mapping) or not {"query", "album_query"} & set(entry):
        raise Unreadable("each list has a name, and a query or an album_query")
    draft = Draft("", TOOL)
    queries, order = _filters(entry.get("query"), of_albums=False)
    of_albums, order_of_albums = _filters(entry.get("album_query"), of_albums=True)
    filters = [*queries, *of_albums]
    has_all = any(one is None for one in filters)
    draft.match = "everything" if has_all else together("any", [one for one in filters if one is not None])
    keys = [*order, *order_of_albums] or _DEFAULT_ORDER.split()
    set_order(draft, [(key[:-1], _ORDER_FIELDS.get(key[:-1]), key[-1] == "-") for key in keys], decides=False)
    _read_name(str(entry.get("name") or stem), draft)
    return draft


def _filters(queries: object, *, of_albums: bool) -> tuple[list[Member | None], list[str]]:
    """The filter of each query, None for one that selects everything, and the keys of the order in them."""
    if queries is None:
        return [], []
    filters: list[Member | None] = []
    order: list[str] = []
    for query in queries if isinstance(queries, list) else [queries]:
        try:
            words = shlex.split(str(query))
        except ValueError as error:
            raise Unreadable(f"the query {query!r} cannot be read: {error}") from None
        order += [word for word in words if _is_order(word)]
        filters.append(_filter([word for word in words if not _is_order(word)], of_albums=of_albums))
    return filters, order


def _is_order(word: str) -> bool:
    return len(word) > 1 and word[-1] in "+-" and ":" not in word


def _filter(words: Sequence[str], *, of_albums: bool) -> Member | None:
    """Words stand for "and", a comma at the end of one for "or". None: no words, so everything."""
    alternatives: list[list[Member]] = [[]]
    for word in words:
        if word.rstrip(","):
            alternatives[-1].append(_term(word.removesuffix(","), of_albums=of_albums))
        if word.endswith(","):
            alternatives.append([])
    given = [terms for terms in alternatives if terms]
    return together("any", [together("all", terms) for terms in given]) if given else None


def _term(word: str, *, of_albums: bool) -> Member:
    bare = word.lstrip("^-") if word[:1] in ("^", "-") else word
    if bare.startswith(("/", "~")):
        return Lost(word, NO_FILE if bare.startswith(("/", "~/")) else _NO_FUZZY)
    field, colon, value = bare.partition(":")
    if value.startswith("~"):
        return Lost(word, _NO_FUZZY)
    if not colon or bare[:1] in PREFIXES:
        return term(word, "", bare, is_negated=bare != word)
    if of_albums and field not in (
        "albumartist",
        "album",
        "year",
        "label",
        "genre",
        "genres",
        "albumtype",
        "comp",
    ):
        return Lost(word, "it is a field of albums that has none here")
    return term(word, field, value, is_negated=bare != word)


def _read_name(name: str, draft: Draft) -> None:
    """`ReleasedIn$year.m3u` is a template: one list per year."""
    name = re.sub(r"\.m3u8?$", "", name)
    wanted = list(dict.fromkeys(_PLACEHOLDER.findall(name)))
    draft.name = without_placeholders(_PLACEHOLDER.sub(r"<\1>", name))
    if not wanted:
        return
    by = _TEMPLATES.get(wanted[0])
    if by is None or len(wanted) > 1:
        why = "lists are made by one field" if len(wanted) > 1 else why_not(wanted[0])
        draft.lost.append(Lost(f"one list per {' and '.join(wanted)}", why))
        return
    draft.options["for_each"] = {"by": by, "max_lists": 100}
    draft.name = draft.name.replace(f"<{wanted[0]}>", "{value}")
