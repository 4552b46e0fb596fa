"""What a consent is for, how one is told from another, and when it ends."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from utils.config import SpotifySettings
from utils.spotify.consents import SCOPES, authorize_url, consent_ends_at, fingerprint

ACCOUNTS = "http://127.0.0.1:8098"
SETTINGS = SpotifySettings("client", "client-secret", "refresh-1", accounts_url=ACCOUNTS)


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("2026-01-15", "2026-07-15"),
        ("2026-08-31", "2027-02-28"),
        ("2027-08-31", "2028-02-29"),
        ("2026-08-29", "2027-02-28"),
        ("2028-02-29", "2028-08-29"),
        ("2026-03-31", "2026-09-30"),
        ("2026-05-31", "2026-11-30"),
        ("2026-06-30", "2026-12-30"),
        ("2026-07-01", "2027-01-01"),
        ("2026-12-31", "2027-06-30"),
    ],
)
def test_a_consent_ends_six_calendar_months_later(begin, end):
    at = "T23:30:00+00:00"
    assert consent_ends_at(datetime.fromisoformat(begin + at)) == datetime.fromisoformat(end + at)


def test_every_day_of_four_years_has_an_end_within_half_a_year():
    day = datetime(2026, 1, 1, tzinfo=UTC)
    for _ in range(4 * 366):
        assert timedelta(days=180) < consent_ends_at(day) - day < timedelta(days=185)
        day += timedelta(days=1)


def test_the_login_page_is_asked_for_exactly_our_scopes():
    url = authorize_url(SETTINGS, "http://127.0.0.1:8888/callback", "state&1")
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    assert url.startswith(f"{ACCOUNTS}/authorize?")
    assert query == {
        "client_id": "client",
        "response_type": "code",
        "redirect_uri": "http://127.0.0.1:8888/callback",
        "scope": " ".join(SCOPES),
        "state": "state&1",
        "show_dialog": "true",
    }
    assert {"user-library-read", "user-read-recently-played", "playlist-read-private"} <= set(SCOPES)
    assert "client-secret" not in url
    assert "refresh-1" not in url


def test_a_fingerprint_tells_consents_apart_without_giving_them_away():
    same = SpotifySettings("client", "another secret", "refresh-1")
    other = SpotifySettings("client", "client-secret", "refresh-2")
    another_app = SpotifySettings("client2", "client-secret", "refresh-1")
    assert fingerprint(SETTINGS) == fingerprint(same)
    assert len({fingerprint(SETTINGS), fingerprint(other), fingerprint(another_app)}) == 3
    assert "refresh-1" not in fingerprint(SETTINGS)
