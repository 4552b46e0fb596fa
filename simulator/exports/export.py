"""A whole download, written at once: a history that fits a library, in the shape of a certain age."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain, takewhile
from pathlib import Path

from simulator.exports.account_data import account_data, account_form_of
from simulator.exports.extended import FORMS, Form, extended_history, form_of
from simulator.exports.habits import USUAL, Habits
from simulator.exports.listening import Listening, Truth, to_ms
from simulator.exports.package import Member, pdf, write_members
from simulator.exports.personal import technical_log
from simulator.exports.retold import retold
from simulator.exports.years import listenings
from simulator.world.library import Library

ACCOUNT, EXTENDED, ALL = "account", "extended", "all"
KINDS = (EXTENDED, ACCOUNT, ALL, *FORMS)
DAYS_OF_A_YEAR = 365.25


@dataclass(frozen=True)
class Written:
    """What was written, in order, and what it holds. The truth is of the extended history, where there is one."""

    paths: list[Path]
    truth: Truth


def write_export(
    library: Library,
    path: Path,
    now: datetime,
    *,
    form: str = EXTENDED,
    rows: int = 30_000,
    years: float = 8,
    seed: int = 1,
    habits: Habits = USUAL,
    as_zip: bool = True,
    file_bytes: int | None = None,
    asked_at: datetime | None = None,
    retold_share: float = 0,
) -> Written:
    """Write the export that the listener of `library` asked for at `now` (aware) into the folder `path`.

    It holds `rows` rows of the `years` before, and of `library.plays` exactly those that ended before `now`. `form` is extended
    (in the shape of that day), account, all (both, and the technical log), or the year of an old shape. The same arguments write the same
    bytes. As a zip it is called `my_spotify_data.zip`. `file_bytes`: another size of the history's files. `asked_at`: an earlier
    download of the same history, which has the rows that were noted before. `retold_share`: such a share of tracks and rows is told in
    other words than in the download without it.
    """
    since = now - timedelta(days=years * DAYS_OF_A_YEAR)

    asked = now if asked_at is None else asked_at

    def heard() -> Iterator[Listening]:
        everything = listenings(library, since, now, rows=rows, seed=seed, habits=habits)
        before = takewhile(lambda listening: listening.noted_ms < to_ms(asked), everything)
        return retold(before, retold_share, seed) if retold_share else before

    truth = Truth()
    parts: list[Iterator[Member]] = []
    if form != ACCOUNT:
        shape = FORMS[form] if form in FORMS else form_of(asked)
        parts.append(_extended(truth.watch(heard()), _sized(shape, file_bytes)))
    if form in (ACCOUNT, ALL):
        parts.append(_account(library, heard(), asked, truth, is_alone=form == ACCOUNT))
    if form == ALL:
        parts.append(iter(technical_log()))
    return Written(write_members(chain.from_iterable(parts), path, asked, as_zip=as_zip), truth)


def _sized(form: Form, file_bytes: int | None) -> Form:
    return replace(form, file_bytes=file_bytes) if file_bytes else form


def _extended(heard: Iterator[Listening], form: Form) -> Iterator[Member]:
    yield from extended_history(heard, form)
    yield Member(f"{form.folder}/ReadMeFirst_ExtendedStreamingHistory.pdf", pdf("Extended streaming history"))


def _account(
    library: Library, heard: Iterator[Listening], asked: datetime, truth: Truth, *, is_alone: bool
) -> Iterator[Member]:
    since = to_ms(asked - timedelta(days=365))
    last_year = (listening for listening in heard if listening.noted_ms >= since)
    counted = truth.watch(last_year) if is_alone else last_year
    yield from account_data(library, counted, asked, truth)
    yield Member(f"{account_form_of(asked).folder}/ReadMeFirst.pdf", pdf("Account data"))
