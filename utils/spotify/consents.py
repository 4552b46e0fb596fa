"""The listener's consent: what it is for, how one is told from another, and how long it lasts. Nothing is asked here.

A refresh token dies six months after the listener gave consent; refreshing does not extend it.
"""

import calendar
import hashlib
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlencode

from utils.config import SpotifySettings

READ_SCOPES = (
    "user-library-read",
    "user-follow-read",
    "playlist-read-private",
    "playlist-read-collaborative",
    "user-read-recently-played",
    "user-top-read",
    "user-read-private",
)
WRITE_SCOPES = ("playlist-modify-private", "playlist-modify-public")
SCOPES = READ_SCOPES + WRITE_SCOPES
LIBRARY_SCOPES = ("user-library-modify",)  # asked for only where somebody wants it: ./run login --library
CONSENT_MONTHS = 6
WARN_DAYS = 30
# What is wrong with an account or with the app, of which the consent knows nothing: `auth_status` → what puts it right.
PUT_RIGHT_ELSEWHERE = {
    "not_allowlisted": "Add it at developer.spotify.com/dashboard → your app → User Management.",
    "premium_lapsed": "Renew Premium for the account that owns the app; it can take some hours until Spotify notices.",
}


def fingerprint(settings: SpotifySettings) -> str:
    """Tells one consent from another without giving the token away; a stored one keeps that of the token it began with."""
    if settings.stored_as is not None:
        return settings.stored_as
    return hashlib.sha256(f"{settings.client_id}:{settings.refresh_token}".encode()).hexdigest()[:32]


def consent_ends_at(authorized_at: datetime) -> datetime:
    """Six calendar months after the consent was given."""
    months = authorized_at.month - 1 + CONSENT_MONTHS
    year, month = authorized_at.year + months // 12, months % 12 + 1
    day = min(authorized_at.day, calendar.monthrange(year, month)[1])
    return authorized_at.replace(year=year, month=month, day=day)


def authorize_url(
    settings: SpotifySettings,
    redirect_uri: str,
    state: str,
    scopes: Sequence[str] = SCOPES,
    challenge: str = "",
) -> str:
    """Where the listener gives consent, for exactly the scopes that the scripts use. `challenge`: of PKCE, S256."""
    query = {
        "client_id": settings.client_id,
        "response_type": "code",
        "redirect_uri": redirect_uri,
        "scope": " ".join(scopes),
        "state": state,
        "show_dialog": "true",
    }
    if challenge:
        query |= {"code_challenge_method": "S256", "code_challenge": challenge}
    return f"{settings.accounts_url}/authorize?{urlencode(query)}"
