"""The table of docs/rules.md about other tools: its words are words of the language, and those of our translations are in it."""

import re

import pytest

from playlists.language.fields import FIELDS
from playlists.language.json_schema import schema
from playlists.language.operators import OPERATORS
from playlists.language.reference import PAGE
from tests.playlists.importing.test_files import FILES, TRANSLATED

TABLE = re.search(r"<!-- others: .*?-->(.*)<!-- /others -->", PAGE.read_text(encoding="utf-8"), re.DOTALL)[1]
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in TABLE.strip().splitlines()[2:]]


def words_of_the_language():
    """Every key, field, operator and choice that a definition may hold."""
    found = {"desc"}

    def walk(node):
        if isinstance(node, dict):
            found.update(node.get("properties", {}))
            found.update(word for word in node.get("enum", ()) if isinstance(word, str))
            found.update({node["const"]} if isinstance(node.get("const"), str) else ())
        for each in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            walk(each)

    walk(schema())
    return found


@pytest.mark.parametrize("row", [row for row in ROWS if not row[0].startswith("**")], ids=lambda row: row[0])
def test_each_row_says_who_has_it_and_what_it_is_here(row):
    has, who, here = row
    assert has
    assert who == "all" or re.fullmatch(r"[NBSJI]( [NBSJI])*", who)
    assert here
    assert {word for word in re.findall(r"`([^`]+)`", here) if word not in words_of_the_language()} == set()


def test_each_word_that_a_translation_needs_is_in_the_table():
    known = {*FIELDS, *(name for some in OPERATORS.values() for name in some), *schema()["properties"]}
    texts = [(FILES / f"{name}.expected").read_text(encoding="utf-8") for name in TRANSLATED]
    used = {word for text in texts for word in re.findall(r"(?<![\w\"])(\w+):", text)} & known
    used |= {
        word
        for text in texts
        for line in re.findall(r"^ *sort: .*$", text, re.MULTILINE)
        for word in re.findall(r"\w+", line)
    } & known
    assert used - set(re.findall(r"`([^`]+)`", TABLE)) - {"match", "count"} == set()
    assert len(used) > 50
