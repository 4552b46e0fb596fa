"""A time zone suggests a market, from the tz database's own table; nothing is made up where it does not say one."""

import zoneinfo

import pytest

from utils import markets
from utils.config import parse_market
from utils.markets import market_of


@pytest.fixture(params=["the system's", "the package's"], autouse=True)
def table(request, monkeypatch):
    """Both places that Python takes time zones from."""
    if request.param == "the package's":
        pytest.importorskip("tzdata")
        monkeypatch.setattr(zoneinfo, "TZPATH", ())
    for cached in (markets._countries, markets._new_names):
        cached.cache_clear()
    yield request.param
    for cached in (markets._countries, markets._new_names):
        cached.cache_clear()


@pytest.mark.parametrize(
    ("zone", "market"),
    [
        *(
            ("Europe/Berlin", "DE"),
            ("Europe/Oslo", "NO"),
            ("Europe/Amsterdam", "NL"),
            ("Europe/London", "GB"),
        ),
        *(
            ("America/New_York", "US"),
            ("America/Sao_Paulo", "BR"),
            ("Asia/Tokyo", "JP"),
            ("Australia/Sydney", "AU"),
        ),
        *(("Asia/Calcutta", "IN"), ("US/Pacific", "US"), ("Europe/Kiev", "UA"), ("Asia/Saigon", "VN")),
        *(("UTC", None), ("Etc/GMT+3", None), ("Nowhere/City", None), ("", None), ("../x", None)),
    ],
)
def test_what_a_time_zone_suggests(zone, market):
    assert market_of(zone) == market


def test_every_suggestion_is_a_market_as_settings_write_it():
    found = {market_of(zone) for zone in zoneinfo.available_timezones()} - {None}
    assert len(found) > 200
    assert all(parse_market(market) == market for market in found)


def test_without_a_table_there_is_no_suggestion(monkeypatch):
    monkeypatch.setattr(markets, "_lines", lambda _: iter(()))
    assert market_of("Europe/Berlin") is None
