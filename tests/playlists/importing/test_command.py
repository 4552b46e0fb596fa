"""`./run playlists import`: shows a list of another tool as a definition, and writes it only where nothing of it is lost."""

import os
import re
import shutil
from pathlib import Path

import pytest

from playlists.__main__ import main
from playlists.language.definition import load_definitions

FILES = Path(__file__).parent / "files"
COMPLETE = "navidrome/favourites.nsp"
INCOMPLETE = "navidrome/loved_eighties.nsp"


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "definitions"
    folder.mkdir()
    return folder


@pytest.fixture
def ask(folder, capsys, monkeypatch):
    """`ask(file, *options)`: the exit code, and what is written to the two outputs. No database is there."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")

    def run(name, *options):
        path = name if isinstance(name, Path) else FILES / name
        code = main(["import", str(path), "--definitions", str(folder), *options])
        return code, *capsys.readouterr()

    return run


def nested(depth):
    """A list of Navidrome with groups so deep within one another."""
    return b'{"all": [' + b'{"any": [' * depth + b'{"is": {"loved": true}}' + b"]}" * depth + b"]}"


def written(folder):
    return sorted(path.name for path in folder.iterdir())


def test_it_is_shown_and_nothing_is_written(ask, folder):
    code, out, err = ask(COMPLETE)
    assert (code, err, written(folder)) == (0, "", [])
    assert "- liked: yes" in out
    assert "sort: [liked_at desc, title]" in out


def test_it_is_written_where_asked_and_can_be_read(ask, folder):
    code, out, err = ask(COMPLETE, "--write")
    assert (code, written(folder)) == (0, ["favourites.yml"])
    assert (folder / "favourites.yml").read_text(encoding="utf-8") in out
    assert "./run playlists preview favourites" in err
    [definition] = load_definitions(folder).definitions
    assert (definition.name, definition.create) == ("Favourites", "on_request")


def test_the_slug_can_be_given(ask, folder):
    assert ask(COMPLETE, "--write", "--as", "liked_best")[0] == 0
    assert written(folder) == ["liked_best.yml"]


def test_a_slug_that_is_none_is_refused(ask, folder):
    code, _, err = ask(COMPLETE, "--write", "--as", "../Best")
    assert (code, written(folder)) == (2, [])
    assert "try best" in err


@pytest.mark.parametrize("suffix", ["yml", "yaml", "json"])
def test_no_definition_is_written_over(ask, folder, suffix):
    (folder / f"favourites.{suffix}").write_text("mine", encoding="utf-8")
    code, out, err = ask(COMPLETE, "--write")
    assert (code, out) == (2, "")
    assert "--as SLUG" in err
    assert (folder / f"favourites.{suffix}").read_text(encoding="utf-8") == "mine"


def test_what_is_lost_is_named_and_nothing_is_written(ask, folder):
    code, out, err = ask(INCOMPLETE, "--write")
    assert (code, written(folder)) == (1, [])
    assert "rating gt 3: Spotify has no ratings" in err
    assert "untranslated: rating gt 3" in out
    assert "--drop" in err


def test_who_copies_what_is_shown_gets_an_error_and_no_wider_list(ask, folder):
    _, out, _ = ask(INCOMPLETE)
    (folder / "copied.yml").write_text(out, encoding="utf-8")
    loaded = load_definitions(folder)
    assert not loaded.definitions
    assert "untranslated" in str(loaded.errors[0])


def test_it_is_left_out_where_asked(ask, folder):
    code, out, err = ask(INCOMPLETE, "--write", "--drop")
    assert (code, written(folder)) == (0, ["loved_or_five_stars_of_the_80s.yml"])
    assert "# rating gt 3: Spotify has no ratings" in out
    assert "rating gt 3" in err
    assert len(load_definitions(folder).definitions) == 1


def test_a_list_of_which_nothing_would_be_left_is_not_one_of_everything(ask, folder):
    code, out, err = ask("navidrome/of_files.nsp", "--write", "--drop")
    assert (code, written(folder)) == (1, [])
    assert "nothing would be left" in err
    assert "match: everything" not in out


def test_of_a_library_each_list_is_written_that_is_complete(ask, folder):
    code, out, err = ask("itunes/whole_library.xml", "--write")
    assert (code, written(folder)) == (1, ["loved.yml"])
    assert re.findall(r"^# (\w+)\.yml$", out, re.MULTILINE) == [
        "loved",
        "loved_not_for_parties",
        "podcasts_to_hear",
    ]
    assert "there is only music here" in err


def test_one_list_of_several_can_be_named(ask, folder):
    assert ask("itunes/whole_library.xml", "--list", "loved", "--as", "hearts", "--write")[0] == 0
    assert written(folder) == ["hearts.yml"]
    code, _, err = ask("itunes/whole_library.xml", "--list", "Lovd")
    assert code == 2
    assert "Loved" in err
    assert ask("itunes/whole_library.xml", "--as", "hearts")[0] == 2


def test_two_lists_of_one_name_get_two_files(ask, folder, tmp_path):
    file = tmp_path / "two.yaml"
    lists = "".join(f"  - {{name: Same.m3u, query: 'year:{year}'}}\n" for year in (1990, 1991))
    file.write_text(f"playlists:\n{lists}", encoding="utf-8")
    assert ask(file, "--write")[0] == 0
    assert written(folder) == ["same.yml", "same_2.yml"]


def test_what_our_check_refuses_is_not_written(ask, folder, tmp_path):
    file = tmp_path / "never.nsp"
    file.write_text('{"all": [{"gt": {"year": 1990}}, {"lt": {"year": 1980}}]}', encoding="utf-8")
    code, _, err = ask(file, "--write", "--drop")
    assert (code, written(folder)) == (1, [])
    assert "never hold together" in err


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.nsp", b"{", "is not JSON"),
        ("a.nsp", b"[]", "holds no smart playlist"),
        ("a.json", b'{"x": 1}', "is of no tool that is known"),
        ("a.yaml", b"a: [", "is not YAML in line 1"),
        ("a.yaml", b"smartplaylist: {playlists: []}", "there are no playlists in it"),
        ("a.xml", b"<?xml version='1.0'?><plist", "neither a property list nor JSON nor YAML"),
        ("a.xml", b"<?xml version='1.0'?><plist version='1.0'><dict><key>Playlists</key><array/></dict></plist>", "no smart playlist"),
        ("a.nsp", b"\xff\xfe", "neither a property list nor JSON nor YAML"),
        ("a.nsp", b'{"all": [{"sounds": {"title": "x"}}]}', "'sounds' is no operator of Navidrome"),
        ("a.yaml", b"query: 'artist:\"x'", "cannot be read"),
        ("a.yaml", b"a: &a [x, x]\nquery: *a", "has an alias (*name) in line 2"),
        ("a.nsp", nested(70), "is nested too deeply"),
        ("a.nsp", nested(400), "is nested too deeply"),
        ("a.nsp", nested(90_000), "neither a property list nor JSON nor YAML"),
        ("a.nsp", b" " * 5_000_001, "is larger than 5,000,000 bytes"),
    ],
)  # fmt: skip
def test_another_file_is_refused_with_a_reason(ask, tmp_path, name, content, said):
    file = tmp_path / name
    file.write_bytes(content)
    code, out, err = ask(file)
    assert (code, out) == (2, "")
    assert said in err


def test_few_lines_that_stand_for_endless_ones_are_refused(ask, tmp_path):
    file = tmp_path / "a.yaml"
    doubled = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
    file.write_text(f"a0: &a0 x\n{doubled}query: *a29\n", encoding="utf-8")
    assert ask(file)[0] == 2


def test_what_is_no_file_is_refused_unread(ask, tmp_path):
    os.mkfifo(tmp_path / "a.nsp")
    for path in (tmp_path / "a.nsp", tmp_path):
        code, out, err = ask(path)
        assert (code, out) == (2, "")
        assert "is no file" in err


def test_a_file_that_is_not_there_is_refused(ask, tmp_path):
    code, _, err = ask(tmp_path / "gone.nsp")
    assert code == 2
    assert "gone.nsp cannot be read" in err


def test_a_query_alone_needs_no_configuration(ask, tmp_path):
    file = tmp_path / "old.yaml"
    shutil.copy(FILES / "beets" / "chronological.yaml", file)
    file.write_text("name: Old\nquery: year:..1969\n", encoding="utf-8")
    code, out, _ = ask(file)
    assert code == 0
    assert "- year: {lte: 1969}" in out
