"""Makes the tables of docs/rules.md from the registries, so that they agree with the language.

python -m playlists.language.reference     writes them into docs/rules.md
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 3)[0] + "/utils/start.py")

import re
import sys
from collections.abc import Sequence
from functools import partial

from playlists.language.fields import FIELDS
from playlists.language.json_schema import schema
from playlists.language.kinds import Kind
from playlists.language.operators import OPERATORS
from utils import ROOT

PAGE = ROOT / "docs" / "rules.md"


def fields_table() -> str:
    """The table of all fields: name, kind, meaning."""
    rows = []
    for field in FIELDS.values():
        options = ", ".join(f"`{name}`" for name, _ in field.options)
        about = f"{field.about} Options: {options}." if options else field.about
        rows.append((f"`{field.name}`", field.kind.value, about))
    return _table(("field", "kind", "what it is"), rows)


def operators_table() -> str:
    """The table of all operators, by kind; * marks those that hold where the value is not known."""
    rows = []
    for kind in Kind:
        for operator in OPERATORS[kind].values():
            mark = " *" if operator.holds_for_null else ""
            rows.append((kind.value, f"`{operator.name}`{mark}", operator.takes.value, operator.about))
    return _table(("kind", "operator", "value", "holds when the field"), rows)


DEFAULTS = {
    "name": "required",
    "description": "made from the name",
    "listeners": "the list's owner alone",
    "from": "library",
    "match": "required, unless there are blocks",
    "mix": "in_turn",
    "limit": "none; a playlist takes 10,000 tracks",
    "dedupe": "id; with listeners: recording",
    "keep_percent": "70",
    "mode": "replace",
    "refresh": "always: with every run",
    "out_of_season": "keep",
    "for_each": "min_tracks 1, max_lists 20: the values with the most tracks",
    "create": "at_once; with for_each or listeners: on_request",
    "include_unplayable": "no",
    "public": "no",
    "collaborative": "no",
}


def options_table() -> str:
    """The table of all keys of a definition; a key without a default has no effect unless it is given."""
    properties = schema()["properties"]
    assert isinstance(properties, dict)
    rows = [(f"`{key}`", DEFAULTS.get(key, ""), value["description"]) for key, value in properties.items()]
    return _table(("key", "default", "what it does"), rows)


def with_renewed_tables(page: str) -> str:
    """The page with new tables between its markers. Raises ValueError where a marker is missing."""
    for name, text in (
        ("fields", fields_table()),
        ("operators", operators_table()),
        ("options", options_table()),
    ):
        pattern = re.compile(rf"(<!-- {name}:[^>]*-->\n).*?(<!-- /{name} -->)", re.DOTALL)
        if not pattern.search(page):
            raise ValueError(f"docs/rules.md has no place for the {name}.")
        page = pattern.sub(partial(_between, text), page)
    return page


def _between(text: str, match: re.Match[str]) -> str:
    return f"{match[1]}\n{text}\n{match[2]}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(with_renewed_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"{PAGE.relative_to(ROOT)}: {len(FIELDS)} fields\n")
