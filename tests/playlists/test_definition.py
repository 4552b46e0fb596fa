"""Definitions are read fail-closed: a mistake is an error that names it, never a wider list (case 25)."""

import pytest

from playlists.definition import load_definitions, parse_definition
from utils.errors import SettingsError

GOOD = """
name: Never played
match:
  all:
    - {field: play_count, operator: eq, value: 0}
sort:
  - {by: added_at, dir: desc}
limit: 20
"""


def test_the_shipped_definitions_are_good():
    assert [definition.slug for definition in load_definitions()] == ["never_played"]


def test_values_become_parameters():
    sql, parameters = parse_definition("mine", GOOD).statement("listener")
    assert parameters == ["listener", 0, 20]
    assert "play_count = %s" in sql
    assert sql.endswith("ORDER BY added_at DESC NULLS LAST, track_id LIMIT %s")


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("name: Never played", "title: Never played", "title"),
        ("name: Never played", "name: ''", "name"),
        ("field: play_count", "field: playcount", "playcount"),
        ("field: play_count", "field: '1=1; DROP TABLE plays; --'", "DROP TABLE"),
        ("operator: eq", "operator: is", "'is'"),
        ("value: 0", "value: '0'", "'0'"),
        ("value: 0", "value: true", "True"),
        (", value: 0", "", "value"),
        ("by: added_at", "by: random()", "random()"),
        ("dir: desc", "dir: sideways", "sideways"),
        ("limit: 20", "limit: 0", "limit"),
        ("limit: 20", "limit: no_limit", "no_limit"),
        ("limit: 20", "limits: 20", "limits"),
        ("  all:", "  any:", "any"),
        ("name: Never played", "name: !!python/object/apply:os.system ['true']", "YAML"),
    ],
)
def test_a_mistake_is_named(old, new, named):
    assert old in GOOD
    with pytest.raises(SettingsError) as caught:
        parse_definition("mine", GOOD.replace(old, new))
    assert named in str(caught.value)
    assert "playlists/definitions/mine.yml" in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "name: x", "a: b: c", "name: [1]\nmatch: {all: []}"])
def test_what_is_no_definition_is_refused(text):
    with pytest.raises(SettingsError):
        parse_definition("mine", text)
