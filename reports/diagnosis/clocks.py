"""Checks of time and place: the clocks of this machine, the database and Spotify; the listener's time zone and market."""

import os
from collections.abc import Iterator
from datetime import timedelta

from reports.diagnosis.asking import asked
from reports.diagnosis.finding import Finding, NotChecked, fault, ok, warning
from reports.diagnosis.situation import Situation
from utils.clock import CLOCK_TOLERANCE, SIMULATED
from utils.config import is_time_zone, parse_market
from utils.errors import ExitCode
from utils.words import hours_text

_SET_CLOCK = "timedatectl set-ntp true (Linux), or let this machine set its clock by itself in its settings"


def check_clock(at: Situation) -> Iterator[Finding]:
    """Whether this machine's clock goes as the database's and Spotify's do."""
    if os.environ.get(SIMULATED, "").strip():
        raise NotChecked(f"{SIMULATED} sets the clock")
    others: dict[str, timedelta] = {}
    if at.connection is not None:
        (theirs,) = at.row("doctor.clock")
        others["the database"] = theirs - at.now
    if (answered := at.once(asked).answered_at) is not None:
        others["Spotify"] = answered[0] - answered[1]
    if not others:
        raise NotChecked("neither the database nor Spotify was asked")
    wrong = {who: by for who, by in others.items() if abs(by) > CLOCK_TOLERANCE}
    if not wrong:
        yield ok(f"This machine's clock agrees with that of {' and '.join(others)}.")
    elif len(wrong) == len(others):
        yield fault(
            "clock",
            f"This machine's clock is wrong: {_off(next(iter(wrong.values())))} by that of {' and '.join(others)}. Pauses, cooldowns and the "
            "end of the consent are judged by it.",
            _SET_CLOCK,
            ExitCode.FAILED,
        )
    else:
        ((who, by),) = wrong.items()
        yield warning(
            "clock",
            f"The clock of {who} is {_off(by, 'ahead', 'behind')}. This machine's is right; what {who} dates by itself is not.",
            "Tell whoever runs the database's server."
            if who != "Spotify"
            else "Check the network's proxy, which may answer in Spotify's place.",
        )


def _off(by: timedelta, before: str = "behind", after: str = "ahead") -> str:
    """`3 h 10 m behind`."""
    return f"{hours_text(abs(by).total_seconds())} {before if by > timedelta(0) else after}"


def _given(at: Situation, name: str) -> str:
    """What the environment says of the listener: nothing of one whose consent is stored."""
    return at.given(name) if at.listener.is_of_environment else ""


def _put(at: Situation, setting: str, option: str) -> str:
    """How it is given: of the environment's listener as a setting, of another one with the consent."""
    if at.listener.is_of_environment:
        return f"Put {setting} into .env (on GitHub: a variable of that name)."
    return f"./run login --user {at.listener.name} {option} (with a new consent)"


def check_time_zone(at: Situation) -> Iterator[Finding]:
    """Whether the listener's time zone is given, known to the database, and the same everywhere."""
    stored, given = at.listener.time_zone, _given(at, "TIME_ZONE")
    if given and not is_time_zone(given):
        raise NotChecked("TIME_ZONE is malformed")
    (is_known,) = at.row("doctor.knows_time_zone", name=given or stored)
    if not is_known:
        yield fault(
            "time-zone",
            f"The database does not know the time zone {given or stored}, in which days are counted.",
            "Name one by its usual name in TIME_ZONE, such as Europe/Berlin.",
        )
    elif given and given != stored and at.is_environments:
        yield warning(
            "time-zone",
            f"TIME_ZONE is {given}, and the listener's is {stored}: the next run that asks Spotify takes the former, and days are counted anew.",
            "Correct TIME_ZONE if that is not meant; else: ./run track_plays, then ./run materialized_views",
        )
    elif not given and stored == "UTC":
        yield warning(
            "time-zone",
            "No time zone is given, so days and hours of listening are those of UTC.",
            _put(
                at,
                "TIME_ZONE=Europe/Berlin, or where you live,",
                "--time-zone Europe/Berlin, or where they live",
            ),
        )
    else:
        yield ok(f"Days are counted in {stored}.")


def check_market(at: Situation) -> Iterator[Finding]:
    """Whether the market is given, and the same everywhere."""
    stored, given = at.listener.market, _given(at, "SPOTIFY_MARKET")
    market = parse_market(given) if given else None
    if given and market is None:
        raise NotChecked("SPOTIFY_MARKET is malformed")
    if market and stored and market != stored and at.is_environments:
        yield warning(
            "market",
            f"SPOTIFY_MARKET is {market}, and the listener's is {stored}: the next run takes the former, and asks again what can be played there.",
            "Correct SPOTIFY_MARKET if that is not meant; else: ./run sync",
        )
    elif not market and not stored:
        yield warning(
            "market",
            "No market is given, so it stays unknown which of your tracks can be played.",
            _put(at, "SPOTIFY_MARKET=DE, or your country,", "--market DE, or their country"),
        )
    else:
        yield ok(f"Availability is that of {market or stored}.")
