"""Finds playlists, albums and artists whose plays a definition counts, and that neither a play nor the library knows."""

from itertools import chain

from psycopg2.extensions import cursor as Cursor

from playlists.language.model import Definition, expressions_of
from playlists.language.values import CONTEXTS
from playlists.selection.window import forms_of_uri
from utils.database.statements import statement


def unknown_contexts(cursor: Cursor, user_id: str, definition: Definition) -> list[str]:
    """The URIs, in order, each once: what is counted of them is 0, perhaps because their link is a wrong one.

    None of a list of several listeners: one may know what another one does not.
    """
    uris = _contexts_of(definition)
    if not uris or definition.listeners:
        return []
    forms = [(uri, form) for uri in uris for form in forms_of_uri(uri)]
    values = {"user_id": user_id, "uris": [uri for uri, _ in forms], "forms": [form for _, form in forms]}
    cursor.execute(statement("smart_playlists.unknown_contexts"), values)
    unknown = {uri for (uri,) in cursor}
    return [uri for uri in uris if uri in unknown]


def context_line(uri: str) -> str:
    """What to say of one of them."""
    return f"no play is known from {uri}, and your library does not know it, so what is counted of it is 0: is the link right?"


def _contexts_of(definition: Definition) -> list[str]:
    found: dict[str, None] = {}
    for version in definition.versions:
        sorted_by = (arrangement.expressions for arrangement in version.arrangements)
        for expression in chain(*map(expressions_of, version.filters), *sorted_by):
            contexts = dict(expression.options).get("context", ())
            assert isinstance(contexts, tuple)
            found |= dict.fromkeys(uri for uri in contexts if uri not in CONTEXTS)
    return [*found]
