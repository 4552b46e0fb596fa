"""The listener's market and time zone: given, proposed, or asked for."""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from utils.config import MARKET_FORM, TIME_ZONE_FORM, is_time_zone, parse_market
from utils.errors import SettingsError
from utils.markets import market_hint, meant_market, meant_time_zones, time_zone_hint
from utils.terminal import Terminal


def preset_value(
    name: str, flag: str, option: str | None, environ: Mapping[str, str], *, yes: bool
) -> str | None:
    """The value of the option, else of the environment; None: the listener is asked for one.

    Raises SettingsError for a malformed value of the option, and of the environment where nobody can be asked.
    """
    text = environ.get(name) if option is None else option
    if text is None:
        return None
    text = text.strip()
    parse = parse_market if name == "SPOTIFY_MARKET" else _parse_time_zone
    value = parse(text)
    if value is None and (yes or option is not None):
        is_market = name == "SPOTIFY_MARKET"
        form = MARKET_FORM if is_market else TIME_ZONE_FORM
        hint = market_hint(text) if is_market else time_zone_hint(text)
        raise SettingsError(
            f"{name if option is None else flag} is {text!r}, not {form}{hint}.",
            f"Use {flag}." if option is None else "",
        )
    return value


def ask_market(terminal: Terminal, default: str | None) -> str | None:
    """Ask until the answer is a country code, or `-` for None. What was probably meant is taken by an empty answer."""
    terminal.say(
        "The market is the country in whose catalogue is looked what can be played; without one, that stays unknown."
    )
    while True:
        text = terminal.ask(f"Market, a country code such as DE, or - for none [{default or '-'}]: ").strip()
        if text == "-" or not (text or default):
            return None
        market = parse_market(text or default or "")
        if market:
            return market
        default = meant_market(text) or default
        terminal.say(f"That is not {MARKET_FORM}{market_hint(text)}.")


def ask_time_zone(terminal: Terminal, default: str) -> str:
    """Ask until the answer is an IANA time zone that this machine knows; what was probably meant likewise."""
    while True:
        text = (
            terminal.ask(f"Time zone, in which days and hours are counted [{default}]: ").strip() or default
        )
        if is_time_zone(text):
            return text
        meant = meant_time_zones(text)
        default = meant[0] if len(meant) == 1 else default
        terminal.say(f"That is not {TIME_ZONE_FORM}{time_zone_hint(text)}.")


def system_time_zone(link: Path = Path("/etc/localtime")) -> str:
    """This machine's time zone: from TZ or the link, else UTC."""
    names = [os.environ.get("TZ", "").removeprefix(":")]
    with suppress(OSError):
        names.append(str(link.readlink()))
    for name in names:
        short = name.rpartition("zoneinfo/")[2]
        if short and not short.startswith(("/", ".")) and is_time_zone(short):
            return short
    return "UTC"


def _parse_time_zone(text: str) -> str | None:
    return text if is_time_zone(text) else None
