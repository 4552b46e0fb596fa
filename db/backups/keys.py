"""The key that a backup is encrypted with: from BACKUP_KEY, or typed; never on a command line."""

import secrets
from argparse import ArgumentParser
from collections.abc import Mapping

from utils.errors import SettingsError
from utils.terminal import Terminal

VARIABLE = "BACKUP_KEY"
SHORTEST = 12  # characters: what strangers may have can be tried at leisure


def add_key(parser: ArgumentParser) -> None:
    """Add --key."""
    parser.add_argument(
        "--key", action="store_true", help=f"ask for the key, hidden, instead of taking it from {VARIABLE}"
    )


def new_key() -> str:
    """A key that nobody guesses: 192 bits."""
    return secrets.token_hex(24)


def key_to_write(environ: Mapping[str, str], terminal: Terminal, *, asks: bool) -> str:
    """The key for a new backup; empty where there is none. Raises SettingsError for one that could be guessed."""
    key = environ.get(VARIABLE, "").strip()
    if asks:
        key = terminal.ask_secret("Key of the backup (not shown): ").strip()
        if key != terminal.ask_secret("The same once more: ").strip():
            raise SettingsError("The two keys are not the same.", "Nothing was written; try again.")
        if not key:
            raise SettingsError("There is no key.", "Type one, or leave out --key.")
    if key and len(key) < SHORTEST:
        raise SettingsError(
            f"The key has fewer than {SHORTEST} characters: whoever has the file could guess it.",
            "Take a longer one: ./run backup --new-key makes one.",
        )
    return key


def key_to_read(environ: Mapping[str, str], terminal: Terminal, *, asks: bool) -> str:
    """The key of a backup that has one. Raises SettingsError where there is none to be had."""
    key = "" if asks else environ.get(VARIABLE, "").strip()
    if not key:
        try:
            key = terminal.ask_secret("Key of the backup (not shown): ").strip()
        except SettingsError:
            raise SettingsError(
                "The backup is encrypted, and there is neither a key nor a terminal to ask for it on.",
                f"Put the key into {VARIABLE}.",
            ) from None
    if not key:
        raise SettingsError("The backup is encrypted, and there is no key.", f"Put it into {VARIABLE}.")
    return key
