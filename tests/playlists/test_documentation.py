"""docs/rules.md and the README: the tables are those of the code, and every example is executed."""

import re
from contextlib import closing
from datetime import UTC, datetime

import psycopg2
import pytest

from playlists.language.definition import DEFINITIONS, load_definitions, parse_definition
from playlists.language.reference import PAGE, with_renewed_tables
from playlists.selection.lists import make_lists
from playlists.selection.smart_list import listener_meant
from utils import ROOT

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
SYNCS = (
    "track_plays",
    "sync_liked_tracks",
    "sync_saved_albums",
    "sync_playlists",
    "sync_top_items",
    "materialized_views",
)


def examples(page):
    """(line, text) of each YAML block, without the indentation of a list around it."""
    text = page.read_text(encoding="utf-8")
    for found in re.finditer(r"^( *)```yaml\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE):
        lines = [line.removeprefix(found[1]) for line in found[2].splitlines()]
        yield text[: found.start()].count("\n") + 1, "\n".join(lines) + "\n"


EXAMPLES = [
    pytest.param(text, id=f"{page.name}:{line}")
    for page in (PAGE, ROOT / "README.md")
    for line, text in examples(page)
]


def whole(text):
    """Parts of definitions are shown without a name."""
    return text if re.search(r"^name:", text, re.MULTILINE) else f"name: Example\n{text}"


def test_there_are_examples():
    assert len(EXAMPLES) > 20


def test_the_tables_are_those_of_the_code():
    page = PAGE.read_text(encoding="utf-8")
    assert with_renewed_tables(page) == page, "run: python -m playlists.language.reference"


@pytest.fixture
def cursor(make_world):
    world = make_world(liked=80, albums=10, plays=50, playlists=2)
    for script in SYNCS:
        assert world.run(f"api_syncs.{script}").status == "done"
    with closing(psycopg2.connect(world.dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.execute("SELECT playlist_id FROM playlists ORDER BY position")
        for name, (playlist_id,) in zip(("Road trip", "Party"), cursor.fetchall(), strict=False):
            cursor.execute("UPDATE playlists SET name = %s WHERE playlist_id = %s", (name, playlist_id))
        for name in ("anna", "ben"):
            cursor.execute(
                "INSERT INTO users (user_id, spotify_id, name) VALUES (%(name)s, %(name)s, %(name)s)",
                {"name": name},
            )
        cursor.execute(
            "INSERT INTO listener_agreements SELECT u.user_id, w.user_id, now() FROM users AS u, users AS w WHERE u.user_id <> w.user_id"
        )
        yield cursor


@pytest.mark.parametrize("text", EXAMPLES)
def test_an_example_can_be_read(text):
    definition = parse_definition("example", whole(text), "docs/rules.md")
    assert parse_definition("example", definition.document, "docs/rules.md") == definition


def test_every_example_makes_a_list(cursor):
    """All at once: they share a library. None fails, and most find something in it."""
    shipped = load_definitions(DEFINITIONS).definitions
    given = [
        parse_definition(f"example_{number}", whole(one.values[0]), one.id)
        for number, one in enumerate(EXAMPLES)
    ]
    lists = make_lists(cursor, [*shipped, *given], listener_meant(cursor, NOW, "run"))
    made = {smart_list.slug: smart_list for smart_list in lists}
    assert [f"{smart_list.slug}: {smart_list.error}" for smart_list in lists if smart_list.error] == []
    templates = {definition.slug for definition in given if definition.for_each}
    assert {definition.slug for definition in given} - templates <= set(made)
    found = [
        smart_list for smart_list in lists if smart_list.slug.startswith("example_") and smart_list.tracks
    ]
    assert len(found) > len(given) / 2


def test_the_readme_tells_how_many_definitions_there_are():
    loaded = load_definitions(DEFINITIONS)
    assert not loaded.errors
    words = {18: "Eighteen", 6: "six"}
    at_once = [definition for definition in loaded.definitions if definition.create == "at_once"]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"{words[len(loaded.definitions)]} definitions come with" in readme
    assert f"{words[len(at_once)]} are made by themselves" in readme


@pytest.mark.parametrize("path", sorted(DEFINITIONS.glob("*.yml")), ids=lambda path: path.stem)
def test_each_definition_says_what_it_is_for(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "# yaml-language-server: $schema=../definition.schema.json"
    assert re.fullmatch(r"# [A-Z].*", lines[1])
    assert lines[1].count(". ") <= 1
    assert re.search(r"[.?]", lines[1])
