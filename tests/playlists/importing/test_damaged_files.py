"""Whatever a damaged file holds: it is refused with a reason, or becomes a definition that our check takes or refuses, never wider."""

import json
import plistlib
import random
from copy import deepcopy

import pytest
import yaml

from playlists.importing.draft import as_yaml
from playlists.importing.itunes_criteria import read_criteria, read_info
from playlists.importing.reading import read_lists
from playlists.language.definition import parse_definition
from playlists.language.document import RuleError
from tests.playlists.importing import blobs
from tests.playlists.importing.test_files import FILES, TRANSLATED
from utils.errors import SettingsError

JUNK = (
    None,
    True,
    -1,
    0,
    3.5,
    10**30,
    "",
    "x",
    "{date}",
    "a: b\n- c",
    "\x00",
    [],
    ["x"],
    {},
    {"is": 1},
    "x" * 500,
)


def damaged(document, chance):
    """The document with one thing in it replaced or taken out."""
    places = []

    def walk(node):
        keys = node.keys() if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
        for key in list(keys):
            places.append((node, key))
            walk(node[key])

    walk(document)
    node, key = chance.choice(places)
    if isinstance(node, dict) and chance.random() < 0.2:
        del node[key]
    else:
        node[key] = deepcopy(chance.choice(JUNK))
    return document


def load(path):
    data = path.read_bytes()
    if path.suffix == ".xml":
        return plistlib.loads(data)
    return yaml.safe_load(data) if path.suffix == ".yaml" else json.loads(data)


def translated(path):
    """The lists of a file; none where it is refused."""
    try:
        return read_lists(path)
    except SettingsError:
        return []


def is_taken(draft):
    """Whether our check takes the definition."""
    try:
        parse_definition("x", as_yaml(draft), "x.yml")
    except RuleError:
        return False
    return True


@pytest.mark.parametrize(
    "name", [name for name in TRANSLATED if not name.endswith(("with_comments.nsp", ".xml"))]
)
def test_a_damaged_file_is_refused_or_translated(name, tmp_path):
    chance = random.Random(name)
    for number in range(10):
        path = tmp_path / f"{number}{(FILES / name).suffix}"
        document = damaged(load(FILES / name), chance)
        path.write_text(json.dumps(document), encoding="utf-8")  # of which YAML is a superset
        for draft in translated(path):
            assert not (draft.all_lost() and is_taken(draft)), as_yaml(draft)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        *(
            ("jellyfin/christmas.json", key)
            for key in ("VisibilitySchedules", "Schedules", "Order", "MediaTypes")
        ),
        *(("jellyfin/one_album.json", key) for key in ("RandomGroupSelection", "ExpressionSets", "MaxItems")),
    ],
)
def test_anything_may_stand_behind_a_key(name, key, tmp_path):
    for number, junk in enumerate(
        (*JUNK, *([junk] for junk in JUNK), {"Enabled": 1, "GroupBy": "Album", "MinimumItems": "x"})
    ):
        path = tmp_path / f"{number}.json"
        path.write_text(json.dumps({**load(FILES / name), key: junk}), encoding="utf-8")
        for draft in translated(path):
            assert not (draft.all_lost() and is_taken(draft)), as_yaml(draft)


CRITERIA = blobs.criteria(
    blobs.text(0x02, "contains", "x"), blobs.group(blobs.number(0x07, "between", 1990, 1999), is_any=True)
)


@pytest.mark.parametrize("length", range(0, len(CRITERIA), 7))
def test_rules_of_itunes_that_end_too_early_are_refused(length, tmp_path):
    document = {"Playlists": [{"Name": "x", "Smart Info": blobs.info(), "Smart Criteria": CRITERIA[:length]}]}
    path = tmp_path / "a.xml"
    path.write_bytes(plistlib.dumps(document))
    with pytest.raises(SettingsError) as error:
        read_lists(path)
    assert "Smart Criteria" in str(error.value)


def test_rules_of_itunes_read_as_they_were_written():
    rules = read_criteria(CRITERIA)
    assert (rules.is_any, len(rules.members)) == (False, 2)
    title, years = rules.members
    assert (title.field, title.meaning, title.text) == (0x02, "contains", "x")
    assert (years.is_any, years.members[0].numbers) == (True, (1990, 1999))
    ago = read_criteria(blobs.criteria(blobs.ago(0x10, 12, "months", is_negated=True))).members[0]
    assert (ago.meaning, ago.is_negated, ago.numbers) == ("in_last", True, (12, 2_628_000))
    info = read_info(blobs.info(90, "minutes", "recent", is_least=True, is_live=False))
    assert (info.limit, info.unit, info.order, info.is_least, info.is_live) == (
        90,
        "minutes",
        0x1A,
        True,
        False,
    )


def test_changed_bytes_in_the_rules_of_itunes_do_no_harm(tmp_path):
    chance = random.Random(1)
    for number in range(200):
        data = bytearray(CRITERIA)
        data[chance.randrange(len(data))] = chance.randrange(256)
        document = {"Playlists": [{"Name": "x", "Smart Info": blobs.info(), "Smart Criteria": bytes(data)}]}
        path = tmp_path / f"{number}.xml"
        path.write_bytes(plistlib.dumps(document))
        for draft in translated(path):
            assert not (draft.all_lost() and is_taken(draft)), as_yaml(draft)
