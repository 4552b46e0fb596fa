"""Lists as other tools keep them, written after their documentation, and what becomes of each: `FILE.expected` stands beside it."""

from pathlib import Path

import pytest

from playlists.importing.draft import UNTRANSLATED, as_yaml
from playlists.importing.reading import read_lists
from playlists.language.definition import parse_definition
from playlists.language.document import RuleError
from utils.errors import SettingsError

FILES = Path(__file__).parent / "files"
REFUSED = {
    "navidrome/two_groups.nsp": "it has to have one group, all or any",
    "jellyfin/movies.json": "it is a list of Movie, not of music (Audio)",
    "smarter_playlists/in_a_circle.json": "its components follow one another without end",
}
AT_LEAST = {"navidrome": 10, "beets": 8, "smarter_playlists": 8, "itunes": 6, "jellyfin": 4}


def names():
    """Every file of another tool, by its path below FILES."""
    found = (path for path in FILES.rglob("*") if path.is_file() and path.suffix != ".expected")
    return sorted(path.relative_to(FILES).as_posix() for path in found)


TRANSLATED = [name for name in names() if name not in REFUSED]


def definitions(name):
    """The text of each definition that a file makes."""
    return [as_yaml(draft) for draft in read_lists(FILES / name)]


def test_there_are_enough_of_each_tool():
    counts = {tool: sum(name.startswith(f"{tool}/") for name in TRANSLATED) for tool in AT_LEAST}
    assert len(TRANSLATED) >= 40
    assert {tool for tool, count in counts.items() if count < AT_LEAST[tool]} == set()


@pytest.mark.parametrize("name", TRANSLATED)
def test_a_file_becomes_what_stands_beside_it(name):
    expected = FILES / f"{name}.expected"
    assert "\n".join(definitions(name)) == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", TRANSLATED)
def test_our_check_takes_what_is_complete_and_nothing_else(name):
    for draft, text in zip(read_lists(FILES / name), definitions(name), strict=True):
        if not draft.all_lost():
            definition = parse_definition("x", text, "x.yml")
            assert parse_definition("x", definition.document, "x.yml") == definition
        else:
            with pytest.raises(RuleError) as error:
                parse_definition("x", text, "x.yml")
            assert all(UNTRANSLATED in problem.text for problem in error.value.problems)


@pytest.mark.parametrize("name", TRANSLATED)
def test_what_is_dropped_stays_as_a_comment(name):
    for draft in read_lists(FILES / name):
        try:
            text = as_yaml(draft.dropped())
        except ValueError:
            assert draft.all_lost()
            continue
        parse_definition("x", text, "x.yml")
        comments = [line for line in text.splitlines() if line.startswith("# ")]
        assert all(any(lost.what in comment for comment in comments) for lost in draft.all_lost())


@pytest.mark.parametrize(("name", "reason"), REFUSED.items())
def test_what_is_no_list_of_music_is_refused(name, reason):
    with pytest.raises(SettingsError) as error:
        read_lists(FILES / name)
    assert reason in str(error.value)
    assert name in str(error.value)
    assert error.value.remedy
