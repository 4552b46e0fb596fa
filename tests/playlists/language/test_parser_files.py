"""A folder of definitions: one file that is wrong never hides the others."""

import pytest

from playlists.language.definition import load_definitions
from playlists.language.document import RuleError
from utils.errors import SettingsError


def write(folder, **files):
    for name, text in files.items():
        path = folder / name.replace("__", ".")
        path.write_bytes(text if isinstance(text, bytes) else text.encode())


def test_files_are_read_by_slug(tmp_path):
    write(tmp_path, b__yml="name: B\nmatch: everything", a__yaml="name: A\nmatch: everything")
    write(tmp_path, c__json='{"name": "C", "match": "everything"}', notes__txt="none", README__md="none")
    loaded = load_definitions(tmp_path)
    assert [definition.slug for definition in loaded.definitions] == ["a", "b", "c"]
    assert loaded.definitions[0].origin == (tmp_path / "a.yaml").as_posix()
    assert loaded.errors == []


def test_one_broken_file_hides_no_other(tmp_path):
    write(
        tmp_path,
        a__yml="name: A\nmatch: {all: []}",
        b__yml="name: B\nmatch: everything",
        c__yml=b"\xff",
        d__yml="",
    )
    loaded = load_definitions(tmp_path)
    assert [definition.slug for definition in loaded.definitions] == ["b"]
    assert [error.slug for error in loaded.errors] == ["a", "c", "d"]
    assert str(loaded.errors[0]).startswith(f"{(tmp_path / 'a.yml').as_posix()}:2:14: ")
    assert all(isinstance(error, RuleError) and error.remedy for error in loaded.errors)


def test_a_slug_that_two_files_have_is_an_error_of_both(tmp_path):
    write(tmp_path, a__yml="name: A\nmatch: everything", a__json='{"name": "A", "match": "everything"}')
    loaded = load_definitions(tmp_path)
    assert loaded.definitions == []
    assert ["a.json has the same slug" in str(error) for error in loaded.errors] == [False, True]
    assert ["a.yml has the same slug" in str(error) for error in loaded.errors] == [True, False]


def test_a_name_that_is_no_slug_is_an_error_that_says_what_would_be(tmp_path):
    (tmp_path / "My List.yml").write_text("name: A\nmatch: everything", encoding="utf-8")
    (error,) = load_definitions(tmp_path).errors
    assert "My List.yml:1:1: " in str(error)
    assert "try my_list" in str(error)


def test_what_cannot_be_opened_is_an_error_of_its_own(tmp_path):
    (tmp_path / "folder.yml").mkdir()
    (tmp_path / "gone.yml").symlink_to(tmp_path / "nowhere")
    write(tmp_path, a__yml="name: A\nmatch: everything", huge__yml="#" * 200_000)
    loaded = load_definitions(tmp_path)
    assert [definition.slug for definition in loaded.definitions] == ["a"]
    assert ["cannot be read" in str(error) for error in loaded.errors] == [True, True, False]
    assert "longer than" in str(loaded.errors[2])


def test_a_missing_folder_is_an_error_of_settings(tmp_path):
    with pytest.raises(SettingsError, match="There is no folder") as caught:
        load_definitions(tmp_path / "nowhere")
    assert "--definitions" in caught.value.remedy


def test_files_of_the_project_are_named_from_its_folder(monkeypatch, tmp_path):
    from playlists.language import definition

    monkeypatch.setattr(definition, "ROOT", tmp_path)
    (tmp_path / "playlists").mkdir()
    write(tmp_path / "playlists", a__yml="name: A")
    (error,) = load_definitions(tmp_path / "playlists").errors
    assert str(error).startswith("playlists/a.yml:1:1: `match` is missing")
