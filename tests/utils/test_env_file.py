"""Editing `.env`: what is not ours stays, what is ours is read back exactly, nobody else can read it."""

import io
import stat
from pathlib import Path

import pytest
from dotenv import dotenv_values

from utils.env_file import check_writable, with_values, write_env_file
from utils.errors import JobError, SettingsError


def read(text: str) -> dict[str, str | None]:
    return dotenv_values(stream=io.StringIO(text))


@pytest.mark.parametrize(
    "value",
    [
        "plain",
        "",
        "it's",
        'say "so"',
        "a\\b",
        "\\'",
        "tail\\",
        "# no comment",
        "a #b",
        "a=b",
        " spaces ",
        "ü→",
        "$HOME",
        "${HOME}",
        "${A:-b}",
        "${",
        "$${x}",
        "{}",
    ],
)
def test_a_value_is_read_back_exactly(value: str) -> None:
    text = with_values("A=1\n", {"KEY": value})
    assert read(text) == {"A": "1", "KEY": value}
    assert read(with_values(text, {"KEY": value, "A": value})) == {"A": value, "KEY": value}


def test_every_other_line_is_kept_in_order() -> None:
    before = (
        "# mine\n\nexport A='x y' # why\nSECOND = 2\n\n  KEY=old # the reason\nB=\"3\n4\"\nnonsense line\n"
    )
    after = with_values(before, {"KEY": "new", "SECOND": "zwei", "LAST": "z"})
    assert after == (
        "# mine\n\nexport A='x y' # why\nSECOND ='zwei'\n\n  KEY='new' # the reason\nB=\"3\n4\"\nnonsense line\n"
        "LAST='z'\n"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "KEY='v'\n"),
        ("A=1", "A=1\nKEY='v'\n"),
        ("A=1\r\nKEY=old\r\n", "A=1\r\nKEY='v'\r\n"),
        ("A=1\r\n", "A=1\r\nKEY='v'\r\n"),
        ("KEY", "KEY='v'"),
        ("KEY= # empty\n", "KEY='v' # empty\n"),
        ("KEY=\n", "KEY='v'\n"),
        ("KEY=a#b c # d\n", "KEY='v' # d\n"),
        ('export KEY="a # b"\n', "export KEY='v'\n"),
        ("#KEY=commented out\n", "#KEY=commented out\nKEY='v'\n"),
        ("KEY=1\nA=2\nKEY=3\n", "KEY='v'\nA=2\nKEY='v'\n"),
        ("\ufeffKEY=1\n", "\ufeffKEY='v'\n"),
        ("\ufeff", "\ufeffKEY='v'\n"),
        ("MY_KEY=1\n", "MY_KEY=1\nKEY='v'\n"),
    ],
)
def test_edits(before: str, after: str) -> None:
    assert with_values(before, {"KEY": "v"}) == after
    assert with_values(after, {"KEY": "v"}) == after


def test_a_file_that_would_swallow_the_new_line_is_refused() -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        with_values("A='never closed", {"KEY": "v", "A": "w"})


@pytest.mark.parametrize("value", ["two\nlines", "nul\0", "\x1b[2J"])
def test_control_characters_are_refused(value: str) -> None:
    with pytest.raises(SettingsError):
        with_values("", {"KEY": value})


def test_the_file_is_private_from_the_start(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    write_env_file(path, {"KEY": "v"})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    write_env_file(path, {"KEY": "w"})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert dotenv_values(path) == {"KEY": "w"}
    assert list(tmp_path.iterdir()) == [path]


def test_bytes_that_are_no_utf_8_survive(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_bytes(b"# caf\xe9\r\nKEY=1\r\n")
    write_env_file(path, {"KEY": "v"})
    assert path.read_bytes() == b"# caf\xe9\r\nKEY='v'\r\n"


def test_a_symbolic_link_stays_and_its_target_is_written(tmp_path: Path) -> None:
    (tmp_path / "safe").mkdir()
    target, link = tmp_path / "safe" / "settings", tmp_path / ".env"
    target.write_text("A=1\n")
    link.symlink_to(target)
    write_env_file(link, {"KEY": "v"})
    assert link.is_symlink()
    assert target.read_text() == "A=1\nKEY='v'\n"


def test_a_failure_leaves_the_old_file_and_no_rubbish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / ".env"
    path.write_text("KEY=old\n")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(JobError, match="No space left"):
        write_env_file(path, {"KEY": "v"})
    assert path.read_text() == "KEY=old\n"
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_written_is_said_beforehand(tmp_path: Path) -> None:
    check_writable(tmp_path / ".env")
    with pytest.raises(SettingsError, match="is not a file"):
        check_writable(tmp_path)
    with pytest.raises(SettingsError, match="does not exist"):
        check_writable(tmp_path / "nowhere" / ".env")
