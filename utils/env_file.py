"""Edits a `.env` file: some keys get new values, every other line stays as it is."""

import io
import os
import re
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import parse_stream

from utils.errors import JobError, SettingsError

# One assignment as python-dotenv reads it: what stands before the `=`, the value, and the rest of the line.
_ASSIGNMENT = re.compile(
    r"""(?P<name>\s*(?:export[^\S\r\n]+)?(?:'[^']+'|[^=#\s]+)[^\S\r\n]*)
    (?:=(?:[^\S\r\n]*(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")|[^\r\n]*?))?
    (?P<rest>(?:[^\S\r\n]+\#[^\r\n]*)?[^\S\r\n]*(?:\r\n|\n|\r|$))""",
    re.VERBOSE | re.DOTALL,
)


def with_values(text: str, values: Mapping[str, str]) -> str:
    """The text of a `.env` file with these values: keys in the text are replaced in place, new ones come at the end.

    Raises SettingsError where python-dotenv would not read the values back, because another line is broken.
    """
    bom = "\ufeff" if text.startswith("\ufeff") else ""
    newline = "\r\n" if "\r\n" in text else "\n"
    parts, left = [bom], dict(values)
    for binding in parse_stream(io.StringIO(text, newline="")):
        original = binding.original.string
        match = _ASSIGNMENT.fullmatch(original) if binding.key in values else None
        if binding.key is not None and match:
            original = f"{match['name']}={_quoted(values[binding.key])}{match['rest']}"
            left.pop(binding.key, None)
        parts.append(original)
    if left and not parts[-1].endswith(("\n", "\r")) and parts[-1] not in ("", bom):
        parts.append(newline)
    parts += [f"{name}={_quoted(value)}{newline}" for name, value in left.items()]
    new = "".join(parts)
    read_back = dotenv_values(stream=io.StringIO(new))
    if any(read_back.get(name) != value for name, value in values.items()):
        raise SettingsError(
            "The settings file has a line that cannot be read, perhaps a quote that is never closed.",
            "Correct it, then run this again; nothing was written.",
        )
    return new


def check_writable(path: Path) -> None:
    """Raise SettingsError where `write_env_file` would fail, so that nobody gives consent in vain."""
    target = path.resolve()
    if target.exists() and not target.is_file():
        raise SettingsError(f"{target} is not a file.", "Set ENV_FILE to the path of a file.")
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise SettingsError(
            f"The folder {target.parent} does not exist or cannot be written to.",
            "Create it, or set ENV_FILE to another path.",
        )


def write_env_file(path: Path, values: Mapping[str, str]) -> None:
    """Set these values in the file, in one step; afterwards only its owner can read it.

    If the path is a symbolic link, the file that it names is written. Raises SettingsError or JobError.
    """
    target = path.resolve()
    temporary = None
    try:
        text = ""
        if target.exists():
            with target.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
                text = file.read()
        new = with_values(text, values)
        descriptor, name = tempfile.mkstemp(prefix=f"{target.name}.", dir=target.parent)  # mode 0600
        temporary = Path(name)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
            file.write(new)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
        temporary = None
        if os.name == "posix":
            folder = os.open(target.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
    except OSError as error:
        raise JobError(
            f"{target} cannot be written: {error.strerror}.", "Make room or allow it, then run this again."
        ) from error
    finally:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink()


def _quoted(value: str) -> str:
    """The value in quotes, as python-dotenv reads it; `${` would be replaced even within them."""
    if not value.isprintable():
        raise SettingsError("A value holds a control character.", "Enter it again.")
    escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("${", "${:-$}{")
    return f"'{escaped}'"
