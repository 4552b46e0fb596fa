"""The `platform` of a row: exact devices up to October 2023, families of them since."""

import random
from datetime import UTC, datetime

from simulator.exports.listening import to_ms

PHONE, DESKTOP, LIVING_ROOM = "phone", "desktop", "living room"
FAMILIES_SINCE_MS = to_ms(datetime(2023, 10, 19, tzinfo=UTC))
# Each device with the first year in which the listener had it.
DEVICES: dict[str, tuple[tuple[int, str], ...]] = {
    PHONE: (
        (0, "iOS 5.1.1 (iPhone4,1)"),
        (2014, "Android OS 4.4.2 API 19 (LGE, Nexus 5)"),
        (2017, "Android OS 7.0 API 24 (samsung, SM-G930F)"),
        (2020, "Android OS 10 API 29 (samsung, SM-G973F)"),
        (2022, "iOS 15.4.1 (iPhone14,5)"),
    ),
    DESKTOP: (
        (0, "Windows 7 (6.1.7601; x64; SP1; S)"),
        (2016, "OS X 10.11.6 [x86 8]"),
        (2020, "Linux [x86-64 0]"),
        (2022, "web_player osx 10.15.7;chrome 103.0.0.0;desktop"),
    ),
    LIVING_ROOM: (
        (0, "Windows 7 (6.1.7601; x64; SP1; S)"),
        (2018, "Partner google cast_tv;Chromecast;;"),
        (2021, "Partner samsung_tv samsung;tizen;tv"),
    ),
}
FAMILIES = {
    PHONE: ("ios", "ios", "android"),
    DESKTOP: ("windows", "osx", "linux"),
    LIVING_ROOM: ("cast", "tizen", "playstation", "not_applicable"),
}


def platform(kind: str, at_ms: int, year: int, rng: random.Random) -> str:
    """Name the device of a kind that the listener had then."""
    if at_ms >= FAMILIES_SINCE_MS:
        return rng.choice(FAMILIES[kind])
    return next(name for since, name in reversed(DEVICES[kind]) if since <= year)
