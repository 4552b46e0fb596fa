"""Search: every artist, album and track that was played, by name; without a script, what has a page of its own from A to Z."""

import json
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from reports.dashboard.files import version_of
from reports.dashboard.listening import packed_call
from reports.dashboard.own_pages import albums_of_note, artists_of_note
from reports.dashboard.page import Page
from reports.dashboard.scope import Source

FILE = "data/search.js"
MOST = 5_000  # of each kind; the files of Top have all
Row = Mapping[str, Any]


def read(source: Source) -> Mapping[str, object]:
    """What the template shows."""
    of_note = {"artist": artists_of_note(source), "album": albums_of_note(source)}
    address, names = put_index(source, of_note) if source.scope.plays else ("", 0)
    return {
        "address": address,
        "names": names,
        "letters": from_a_to_z(of_note),
        "covers": source.covers,
    }


def put_index(source: Source, of_note: Mapping[str, Sequence[Row]]) -> tuple[str, int]:
    """Let the site have what the search looks in; its address, and how many names it has.

    Per kind (artists, albums, tracks) four columns: names, names of artists, ids, plays, the most played first; and which ids have a page and
    which of these a cover.
    """
    found = source.rows("site_own_pages.found", most=MOST)
    kinds: list[list[list[Any]]] = [[[], [], [], []] for _ in range(3)]
    for row in found:
        columns = kinds[row["kind"]]
        for column, value in zip(
            columns, (row["name"], row["artists"], row["item_id"], row["plays"]), strict=True
        ):
            column.append(value)
    pages = {
        row["item_id"]: int(bool(source.covers.small(f"{kind}s", row["item_id"])))
        for kind, rows in of_note.items()
        for row in rows
    }
    content = packed_call(
        "searched", json.dumps({"kinds": kinds, "pages": pages}, separators=(",", ":"), ensure_ascii=False)
    )
    source.site.put(FILE, content)
    return f"{FILE}?{version_of(content)}", len(found)


def from_a_to_z(of_note: Mapping[str, Sequence[Row]]) -> list[tuple[str, list[Row]]]:
    """What has a page, by the first letter of its name, without accents; what begins with none stands under #. `is_shared`: another of its kind is called the same."""
    names = Counter(_called(kind, row) for kind, rows in of_note.items() for row in rows)
    named = [
        {**row, "kind": kind, "is_shared": names[_called(kind, row)] > 1}
        for kind, rows in of_note.items()
        for row in rows
        if row["name"] and row["name"].strip()
    ]
    named.sort(
        key=lambda row: (
            _letter(row["name"]) == "#",
            _letter(row["name"]),
            _folded(row["name"]),
            row["kind"],
            row["item_id"],
        )
    )
    return [(letter, list(rows)) for letter, rows in groupby(named, key=lambda row: _letter(row["name"]))]


def _called(kind: str, row: Row) -> tuple[str, str, str]:
    """What the list says of it: of an album its artists, too."""
    return kind, _folded(row["name"] or ""), str(row.get("artists", ""))


def _folded(name: str) -> str:
    """Without accents and case."""
    return (
        "".join(each for each in unicodedata.normalize("NFKD", name) if not unicodedata.combining(each))
        .casefold()
        .strip()
    )


def _letter(name: str) -> str:
    first = _folded(name)[:1].upper()
    return first if first.isalpha() else "#"


PAGE = Page("search", "Search", "Search", read, under="search")
