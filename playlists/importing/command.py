"""`./run playlists import FILE`: shows lists of other tools as definitions, and writes them where asked."""

import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from playlists.importing.draft import Draft, as_yaml
from playlists.importing.reading import read_lists
from playlists.language.definition import SUFFIXES, fitting_slug, parse_definition
from playlists.language.document import RuleError
from utils.errors import ExitCode, SettingsError, suggestion
from utils.terminal import printable

_INCOMPLETE = "This definition is not complete: no update makes a list of it. --drop leaves out what cannot be translated."


def import_file(
    path: Path,
    folder: Path,
    *,
    slug: str = "",
    name: str = "",
    is_written: bool = False,
    is_dropping: bool = False,
) -> ExitCode:
    """Show the definitions that a file of another tool makes, and write them into the folder where `is_written`.

    `slug`: that of the definition, if not made from the name; `name`: the list that is meant, of several. Where something that
    decides which tracks are in cannot be said, and `is_dropping` does not leave it out, nothing of that list is written, and
    the exit code is FAILED. Raises SettingsError, before anything is written.
    """
    drafts = _chosen(read_lists(path), name, path)
    if slug and len(drafts) > 1:
        raise SettingsError(
            f"{path} holds {len(drafts)} lists.", "Name one of them with --list NAME beside --as."
        )
    slugs = [slug] if slug else _slugs(drafts)
    if slug:
        parse_definition(slug, "name: any\nmatch: everything", "--as")  # whether it is a slug
    if is_written:
        _refuse_existing(folder, slugs)
    are_complete = [
        _show(draft, one, folder, is_written=is_written, is_dropping=is_dropping)
        for draft, one in zip(drafts, slugs, strict=True)
    ]
    return ExitCode.OK if all(are_complete) else ExitCode.FAILED


def _chosen(drafts: list[Draft], name: str, path: Path) -> list[Draft]:
    chosen = [draft for draft in drafts if not name or draft.name.casefold() == name.casefold()]
    if not chosen:
        names = [draft.name for draft in drafts]
        raise SettingsError(
            f"{path} holds no list {name!r}{suggestion(name, names)}.", f"It holds: {', '.join(names[:20])}."
        )
    return chosen


def _slugs(drafts: Sequence[Draft]) -> list[str]:
    """A slug for each list; of two with the same one, the later gets a number."""
    slugs: list[str] = []
    for draft in drafts:
        plain = fitting_slug(re.sub(r"\{\w+\}", "", draft.name)) or "imported"
        numbered = (f"{plain[:50]}_{number}" for number in range(2, len(drafts) + 2))
        slugs.append(plain if plain not in slugs else next(one for one in numbered if one not in slugs))
    return slugs


def _refuse_existing(folder: Path, slugs: Sequence[str]) -> None:
    for slug in slugs:
        for there in (folder / f"{slug}{suffix}" for suffix in SUFFIXES):
            if there.exists():
                raise SettingsError(
                    f"{there} is there already, and is not written over.", "Give another slug: --as SLUG."
                )


def _show(draft: Draft, slug: str, folder: Path, *, is_written: bool, is_dropping: bool) -> bool:
    """Show one definition, and write it where it is complete. Whether it is."""
    target = folder / f"{slug}.yml"
    lost = draft.all_lost()
    reasons = [str(one) for one in lost]
    if lost and is_dropping:
        try:
            draft, lost = draft.dropped(), []
        except ValueError as error:
            reasons.append(f"{error}, so that the list cannot be made")
    draft = replace(draft, options={**draft.options, "create": "on_request"})
    text = as_yaml(draft)
    if not lost:
        reasons += _refused(slug, text, target)
    sys.stdout.write(printable(f"# {target.name}\n{text}\n"))
    for reason in reasons:
        sys.stderr.write(printable(f"{slug}: {reason}\n"))
    is_complete = not lost and not _refused(slug, text, target)
    if not is_complete:
        sys.stderr.write(f"{slug}: {_INCOMPLETE}\n")
    elif is_written:
        _write(target, text)
        sys.stderr.write(
            f"Written: {target}. ./run playlists preview {slug} shows what would be in it; "
            f"./run generate_playlist {slug} makes it.\n"
        )
    return is_complete


def _refused(slug: str, text: str, target: Path) -> list[str]:
    """What our own check has against a definition."""
    try:
        parse_definition(slug, text, target.name)
    except RuleError as error:
        return [f"{problem.text}" for problem in error.problems]
    return []


def _write(target: Path, text: str) -> None:
    try:
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise SettingsError(
            f"{target} cannot be written: {error.strerror}.", "Look at the folder and its rights."
        ) from None
