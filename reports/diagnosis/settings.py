"""Checks of what is set: the environment and the settings file, and the packages that are installed."""

import os
import re
import stat
from collections.abc import Iterator, Mapping
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version

from db.backups.keys import SHORTEST
from db.backups.keys import VARIABLE as BACKUP_KEY
from playlists.language.definition import load_definitions
from playlists.selection.stored import definitions_folder
from reports.diagnosis.finding import Finding, NotChecked, fault, fault_of, ok, warning
from reports.diagnosis.situation import Situation
from utils import ROOT
from utils.config import load_settings, settings_file
from utils.errors import SettingsError, SettingsFileError
from utils.github.settings import SPOTIFY_SECRETS
from utils.login.callback import parse_redirect_uri
from utils.setting_names import DATABASE_PARTS, is_given, meant_by
from utils.words import counted

NEEDED = "requirements.txt"
_NEEDED = ("DATABASE_URL", *DATABASE_PARTS, *SPOTIFY_SECRETS)
_SEE = "docs/settings.md has all names and what each may be."
_PIN = re.compile(r"([A-Za-z0-9._-]+)==(\S+)")


def check_settings_file(at: Situation) -> Iterator[Finding]:
    """Whether it can be read, line by line, and no name in it is misspelt."""
    for error in at.wrong:
        yield fault_of("settings-file", error, "Every script ends with that.")
    if not at.wrong:
        path = settings_file(os.environ)
        yield ok(
            f"The settings file {path} is in order."
            if path is not None and path.is_file()
            else "There is no settings file; all settings are the environment's."
        )


def check_settings_file_is_private(at: Situation) -> Iterator[Finding]:  # noqa: ARG001 - as all checks
    """Whether other accounts of this machine can read the secrets in it."""
    path = settings_file(os.environ)
    if path is None or not path.is_file():
        raise NotChecked("there is no settings file")
    mode = stat.S_IMODE(path.stat().st_mode)
    if os.name == "posix" and mode & 0o077:
        yield warning(
            "settings-readable",
            f"Other accounts of this machine can read {path} (mode {mode:03o}), and your secrets in it.",
            f"chmod 600 {path}",
        )
    else:
        yield ok("Only you can read the settings file.")


def check_settings(at: Situation) -> Iterator[Finding]:
    """Whether all that is needed is there, and of the right form: all that is wrong at once."""
    # A consent alone that is missing may be stored instead: check_has_consent knows. With more, all is named at once.
    try:
        load_settings({**at.environ, **told_elsewhere(at)}, needs_spotify=True, needs_consent=False)
    except SettingsError as error:
        yield fault_of("settings", error, "Until that is put right no script copies anything.")
    else:
        yield ok("All settings that are needed are there.")


def told_elsewhere(at: Situation) -> dict[str, str]:
    """What is missing, but stands under a wrong name, or perhaps in a file that cannot be read: that is told as such."""
    told = {setting: at.environ[name] for name, setting in _misspelt(at.environ)}
    if any(isinstance(error, SettingsFileError) for error in at.wrong):
        told |= {name: "unread" for name in SPOTIFY_SECRETS if not at.given(name)}
    return told


def _misspelt(environ: Mapping[str, str]) -> list[tuple[str, str]]:
    """Names that are no settings, and the setting that each stands for, which has no value."""
    found = [(name, meant_by(name)) for name, value in sorted(environ.items()) if value.strip()]
    return [
        (name, setting)
        for name, setting in found
        # libpq's own names, which other programs need, are no slips.
        if setting and not name.startswith("PG") and not is_given(setting, environ)
    ]


def check_other_settings(at: Situation) -> Iterator[Finding]:
    """Whether those that only some commands read are of the right form."""
    found = False
    if uri := at.given("SPOTIFY_REDIRECT_URI"):
        try:
            parse_redirect_uri(uri)
        except SettingsError as error:
            found = True
            yield fault_of("settings", error, "./run login cannot ask for a consent so.")
    if not _is_moment(at.given("SPOTIFY_AUTHORIZED_AT")):
        found = True
        yield warning(
            "settings",
            "SPOTIFY_AUTHORIZED_AT is no moment with its zone, so it is not known when the consent ends.",
            "Write it as in 2026-11-21T12:00:00+00:00, or run ./run login, which writes it.",
        )
    if 0 < len(at.given(BACKUP_KEY)) < SHORTEST:
        found = True
        yield fault(
            "settings",
            f"{BACKUP_KEY} has fewer than {SHORTEST} characters, so no backup is written: whoever has the file could guess it.",
            "./run backup --new-key",
        )
    if not found:
        yield ok("What else is set has the right form.")


def check_definitions(at: Situation) -> Iterator[Finding]:
    """Whether the definitions of smart playlists can be read."""
    folder = definitions_folder(None, at.environ)
    if not folder.is_dir():
        yield fault(
            "definitions",
            f"There is no folder {folder}, so no smart playlist is kept up to date.",
            "Correct PLAYLIST_DEFINITIONS, or leave it unset for playlists/definitions.",
        )
        return
    loaded = load_definitions(folder)
    for error in loaded.errors:
        yield warning(
            "definitions",
            f"A smart playlist cannot be read, and stays as it was on Spotify: {str(error).splitlines()[0]}",
            "./run playlists check",
        )
    if not loaded.errors:
        yield ok(
            f"{counted(len(loaded.definitions), 'definition')} of smart playlists in {folder} can be read."
        )


def _is_moment(text: str) -> bool:
    """Whether a text is empty, or a moment with its zone."""
    try:
        return not text or datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def check_names(at: Situation) -> Iterator[Finding]:
    """Whether the environment has a name that is none of ours, in place of one that has no value."""
    wrong = [(name, setting) for name, setting in _misspelt(at.environ) if os.environ.get(name)]
    if not wrong:
        yield ok("No setting of the environment is misspelt.")
        return
    shown = ", ".join(f"{name} (did you mean {setting}?)" for name, setting in wrong)
    what = f"The environment has what is no setting, and so has no effect: {shown}."
    remedy = f"Correct the name, or leave it if another program needs it. {_SEE}"
    if any(setting in _NEEDED for _, setting in wrong):
        yield fault("settings-name", what, remedy)
    else:
        yield warning("settings-name", what, remedy)


def check_database_is_named_once(at: Situation) -> Iterator[Finding]:
    """Whether settings contradict each other: DATABASE_URL goes before its parts."""
    parts = [name for name in DATABASE_PARTS if at.given(name)]
    if at.given("DATABASE_URL") and parts:
        yield warning(
            "settings-twice",
            f"DATABASE_URL and {', '.join(parts)} are both set: the first alone counts, which may not be the database that is meant.",
            f"Leave out {', '.join(parts)}.",
        )
    else:
        yield ok("The database is named in one way.")


def check_packages(at: Situation) -> Iterator[Finding]:  # noqa: ARG001 - as all checks
    """Whether the packages are there, in the versions that this checkout was tested with."""
    missing, others = [], []
    for path in sorted(ROOT.glob("requirements*.txt")):
        for name, wanted in _PIN.findall(path.read_text(encoding="utf-8")):
            try:
                installed = version(name)
            except PackageNotFoundError:
                missing += [name] if path.name == NEEDED else []  # others are for some commands alone
            else:
                others += [f"{name} {installed} instead of {wanted}"] if installed != wanted else []
    if missing:
        yield fault(
            "packages",
            f"Packages are missing, and scripts cannot start without them: {', '.join(missing)}.",
            f"./run setup (or: python -m pip install -r {NEEDED})",
        )
    if others:
        yield warning(
            "packages",
            f"Packages of other versions than those tested with this checkout: {', '.join(dict.fromkeys(others))}.",
            f"./run setup (or: python -m pip install -r {NEEDED})",
        )
    if not missing and not others:
        pins = _PIN.findall((ROOT / NEEDED).read_text(encoding="utf-8"))
        yield ok(f"{counted(len(pins), 'package')} of {NEEDED}, all in the versions wanted.")
