"""What is said to a person on the terminal, and asked of them there."""

import getpass
import sys
import unicodedata
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from utils.errors import SettingsError
from utils.redaction import remember

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True)
class Terminal:
    """The functions through which a command speaks to a person; tests give others."""

    say: Callable[[str], None]
    ask: Callable[[str], str]
    ask_secret: Callable[[str], str]


def say(text: str, stream: TextIO | None = None) -> None:
    """Write a text and the end of the line, with `?` for what the stream's encoding does not have."""
    out = stream or sys.stdout
    encoding = out.encoding or "utf-8"
    out.write(text.encode(encoding, "replace").decode(encoding) + "\n")
    out.flush()


def console_of(stream: TextIO) -> "Console | None":
    """rich's, where it is installed and a person looks; None: plain text. It takes no colours where NO_COLOR is set."""
    if not stream.isatty():
        return None
    try:
        from rich.console import Console  # takes a tenth of a second: only where there is something to draw
    except ImportError:
        return None
    return Console(file=stream, highlight=False, markup=False, emoji=False, soft_wrap=False)


def ask(prompt: str) -> str:
    """Read a line. Raises SettingsError where nobody answers."""
    try:
        return input(prompt)
    except EOFError:
        raise SettingsError(
            "There is nobody to ask.", "Use --yes, with the settings in the environment."
        ) from None


def ask_secret(prompt: str) -> str:
    """Read a secret without echo. Raises SettingsError where there is no terminal that can do that."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            typed = getpass.getpass(prompt)
        except (EOFError, getpass.GetPassWarning):
            raise SettingsError(
                "There is no terminal to ask for a secret on.",
                "Put it into .env; docs/settings.md names all that can stand there.",
            ) from None
    remember(typed)
    return typed


def agrees(terminal: Terminal, question: str, remedy: str) -> bool:
    """Whether a person says yes to what cannot be undone. Raises SettingsError with the remedy where there is nobody to ask."""
    try:
        return terminal.ask(f"{question} [y/N]: ").strip().lower() in ("y", "yes")
    except SettingsError:
        raise SettingsError("There is nobody to ask whether it may go.", remedy) from None


def one_printable_line(text: str, length: int = 200) -> str:
    """The first characters of a text on one line, without those that control a terminal."""
    return "".join(sign if sign.isprintable() else " " for sign in text)[:length]


def printable(text: str) -> str:
    """The text without characters that control a terminal; line feeds stay."""
    return "".join(
        " " if character in "\t\r" else character
        for character in text
        if character in "\t\n\r" or unicodedata.category(character) not in ("Cc", "Cf", "Cs")
    )


def width_of(text: str) -> int:
    """Columns of a terminal: East Asian wide characters take two, marks on a letter none."""
    return sum(
        0
        if unicodedata.category(character) in ("Mn", "Me")
        else 1 + (unicodedata.east_asian_width(character) in "WF")
        for character in text
    )


def clipped(text: str, columns: int) -> str:
    """The text, or as much of it as so many columns hold, and `…`."""
    width = 0
    for place, character in enumerate(text):
        width += width_of(character)
        if width > columns:
            kept = text[:place]
            while width_of(kept) > columns - 1:
                kept = kept[:-1]
            return f"{kept}…"
    return text
