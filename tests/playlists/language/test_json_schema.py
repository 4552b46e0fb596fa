"""Editors are told by a schema what the parser takes; it comes from the same registries, so it cannot drift."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from playlists.language.definition import BLOCK_KEYS, DEFINITION_KEYS, DEFINITIONS, parse_definition
from playlists.language.document import RuleError
from playlists.language.fields import FIELDS
from playlists.language.json_schema import schema, schema_text

COMMITTED = DEFINITIONS.parent / "definition.schema.json"
GOOD = (Path(__file__).parent / "good_documents.txt").read_text(encoding="utf-8").split("\n---\n")
VALIDATOR = Draft202012Validator(schema())


def instance(document):
    """As editors see it: `yes` is a text in today's YAML, and so in our canonical JSON."""
    return json.loads(document)


def test_the_committed_schema_is_the_one_of_the_code():
    assert COMMITTED.read_text(encoding="utf-8") == schema_text(), (
        "Run: python -m playlists.language.json_schema > playlists/definition.schema.json"
    )


def test_it_is_printed():
    shown = subprocess.run(
        [sys.executable, "-m", "playlists.language.json_schema"],
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    assert json.loads(shown.stdout) == schema()


def test_it_is_a_schema():
    Draft202012Validator.check_schema(schema())


def test_it_knows_every_key_field_and_operator_with_a_word_about_each():
    found = schema()
    assert tuple(found["properties"]) == DEFINITION_KEYS
    assert tuple(found["properties"]["blocks"]["items"]["properties"]) == BLOCK_KEYS
    members = found["$defs"]["member"]["properties"]
    assert set(members) == {*FIELDS, "all", "any", "none"}
    for part in (found["properties"], members):
        assert all(one["description"] for one in part.values())


@pytest.mark.parametrize("document", GOOD)
def test_what_the_parser_takes_is_valid(document):
    found = parse_definition("mine", document, "mine.yml")
    errors = [error.message for error in VALIDATOR.iter_errors(instance(found.document))]
    assert errors == []


@pytest.mark.parametrize(
    "document",
    [
        {"match": "everything"},
        {"name": "A"},
        {"name": "A", "match": "all"},
        {"name": "A", "match": None},
        {"name": "A", "match": {}},
        {"name": "A", "match": {"all": []}},
        {"name": "A", "match": {"liked": True}},
        {"name": "A", "match": {"all": [{"liked": True}], "any": [{"liked": True}]}},
        {"name": "A", "match": {"all": [{"playcount": 1}]}},
        {"name": "A", "match": {"all": [{"liked": True, "explicit": True}]}},
        {"name": "A", "match": {"all": [{"play_count": {"gtt": 1}}]}},
        {"name": "A", "match": {"all": [{"play_count": {}}]}},
        {"name": "A", "match": {"all": [{"play_count": {"gt": "5 tracks"}}]}},
        {"name": "A", "match": {"all": [{"play_count": {"gt": True}}]}},
        {"name": "A", "match": {"all": [{"play_count": {"gt": None}}]}},
        {"name": "A", "match": {"all": [{"title": ""}]}},
        {"name": "A", "match": {"all": [{"liked": "maybe"}]}},
        {"name": "A", "match": {"all": [{"plays_in": {"gte": 3}}]}},
        {"name": "A", "match": {"all": [{"last_played": {"in_last": "30 days"}}]}},
        {"name": "A", "match": {"all": [{"year": {"between": [1990]}}]}},
        {"name": "A", "match": {"all": [{"play_count": {"top_percent": 0}}]}},
        {"name": "A", "match": "everything", "sorted": "title"},
        {"name": "A", "match": "everything", "sort": "playcount"},
        {"name": "A", "match": "everything", "sort": {"by": "artist"}},
        {"name": "A", "match": "everything", "sort": {"by": "plays_in"}},
        {"name": "A", "match": "everything", "sort": []},
        {"name": "A", "match": "everything", "limit": 0},
        {"name": "A", "match": "everything", "limit": {"count": 5, "percent": 5}},
        {"name": "A", "match": "everything", "limit": {"percent": 0}},
        {"name": "A", "match": "everything", "shuffle": "always"},
        {"name": "A", "match": "everything", "shuffle": {"strength": 1}},
        {"name": "A", "match": "everything", "blocks": [{"match": "everything"}]},
        {"name": "A", "blocks": [{"limit": 5}]},
        {"name": "A", "match": "everything", "mode": "swap"},
        {"name": "A", "match": "everything", "guard": {}},
        {"name": "A", "match": "everything", "public": "maybe"},
        {"name": "A", "match": "everything", "refresh": "hourly"},
        {"name": "A", "match": "everything", "weekdays": ["saturn"]},
        {"name": "A", "match": "everything", "for_each": "duration"},
        {"name": "A", "match": "everything", "for_each": "liked_at"},
        {"name": "A", "match": "everything", "for_each": {"by": "label", "per": "month"}},
    ],
)
def test_what_is_wrong_for_an_editor_is_wrong_for_the_parser(document):
    assert not VALIDATOR.is_valid(document)
    with pytest.raises(RuleError):
        parse_definition("mine", json.dumps(document), "mine.yml")
