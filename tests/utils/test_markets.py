"""A time zone suggests a market, from the tz database's own table; nothing is made up where it does not say one."""

import zoneinfo

import pytest

from utils import markets
from utils.config import is_time_zone, parse_market
from utils.markets import market_hint, market_of, meant_market, meant_time_zones, time_zone_hint


@pytest.fixture(params=["the system's", "the package's"], autouse=True)
def table(request, monkeypatch):
    """Both places that Python takes time zones from."""
    if request.param == "the package's":
        pytest.importorskip("tzdata")
        monkeypatch.setattr(zoneinfo, "TZPATH", ())
    caches = [each for each in vars(markets).values() if hasattr(each, "cache_clear")]
    for cached in caches:
        cached.cache_clear()
    yield request.param
    for cached in caches:
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
    assert parse_market("uk") == "UK", "nobody knows better"
    assert market_hint("Germany") == ""
    assert time_zone_hint("Germany") == ""


@pytest.mark.parametrize(
    ("text", "market", "zones"),
    [
        ("Germany", "DE", ["Europe/Berlin"]),
        (" germany ", "DE", ["Europe/Berlin"]),
        ("Germny", "DE", ["Europe/Berlin"]),
        ("Berlin", "DE", ["Europe/Berlin"]),
        ("Berlin, Germany", "DE", ["Europe/Berlin"]),
        ("europe/berlin", "DE", ["Europe/Berlin"]),
        ("de_DE.UTF-8", "DE", ["Europe/Berlin"]),
        ("New York", "US", ["America/New_York"]),
        ("São Paulo", "BR", ["America/Sao_Paulo"]),
        ("Calcutta", "IN", ["Asia/Calcutta"]),
        ("UK", "GB", ["Europe/London"]),
        ("Norway", "NO", ["Europe/Oslo"]),
        ("South Korea", "KR", ["Asia/Seoul"]),
        ("Spain", "ES", ["Europe/Madrid", "Africa/Ceuta", "Atlantic/Canary"]),
        ("utc", None, ["UTC"]),
        *(
            (text, None, [])
            for text in ("", " ", "Moon", "Korea", "CEST", "UTC+2", "GMT+1", "EU", "1", "ÄÖ", "/", ",")
        ),
        ("x" * 100_000, None, []),
    ],
)
def test_what_was_meant_by_another_text(text, market, zones):
    assert meant_market(text) == market
    assert meant_time_zones(text) == zones


def test_hints():
    assert market_hint("Germany") == " (did you mean DE?)"
    assert market_hint("Moon") == time_zone_hint("Moon") == ""
    assert time_zone_hint("Berlin") == " (did you mean Europe/Berlin?)"
    assert time_zone_hint("USA").startswith(" (did you mean one of America/New_York, America/")
    assert time_zone_hint("USA").endswith(", …?)")


def test_every_country_and_city_is_found_by_its_own_name():
    for code, name in markets._names().items():
        assert meant_market(name) == code
        assert all(map(is_time_zone, meant_time_zones(name)))
    for zone in markets._countries():
        assert zone.rpartition("/")[2] in meant_time_zones(zone.rpartition("/")[2].upper())[0]


@pytest.mark.parametrize("code", ["UK", "EU", "EN", "SP", "AA"])
def test_two_letters_that_are_no_country(code):
    assert parse_market(code) is None


def test_what_spotify_serves_without_iso():
    assert parse_market("xk") == "XK"
