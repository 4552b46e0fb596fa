"""The listener on whose behalf a job runs: known by the consent in the environment, asked for once per consent."""

from dataclasses import dataclass
from datetime import datetime

from psycopg2.extensions import connection as Connection

from utils.config import Settings, SpotifySettings
from utils.database.statements import statement
from utils.errors import PayloadError
from utils.job.journal import Journal
from utils.spotify.client import Payload
from utils.spotify.payloads import text
from utils.spotify.tokens import consent_ends_at, fingerprint


@dataclass(frozen=True)
class User:
    """A row of `users`, as far as jobs need it. Times are aware, UTC."""

    user_id: str
    spotify_id: str
    display_name: str | None
    market: str | None
    time_zone: str
    refresh_token_encrypted: str | None
    authorized_at: datetime | None
    auth_status: str
    granted_scopes: str | None

    def consent_days_left(self, now: datetime) -> int | None:
        """Whole days until the consent ends, at least 0; None where its beginning is unknown."""
        if self.authorized_at is None:
            return None
        return max((consent_ends_at(self.authorized_at) - now).days, 0)


def find_user(connection: Connection, spotify: SpotifySettings) -> User | None:
    """Whose consent this is, without asking Spotify."""
    with connection, connection.cursor() as cursor:
        cursor.execute(statement("users.by_fingerprint"), {"fingerprint": fingerprint(spotify)})
        row = cursor.fetchone()
    return User(*row) if row else None


def register_user(
    journal: Journal, settings: Settings, me: Payload, granted_scopes: str | None, now: datetime
) -> None:
    """Store the listener that /me names. The user is known by `account_id`, which never changes, where given.

    A consent counts from when `./run login` got it, else from now, the first time that it is seen.
    """
    assert settings.spotify is not None
    spotify_id = text(me, "id")
    if spotify_id is None:
        raise PayloadError("/me answered without an id.")
    journal.run(
        (
            "users.register",
            {
                "user_id": text(me, "account_id") or spotify_id,
                "spotify_id": spotify_id,
                "display_name": text(me, "display_name"),
                "market": settings.market or text(me, "country"),
                "time_zone": settings.time_zone,
                "fingerprint": fingerprint(settings.spotify),
                "authorized_at": _authorized_at(settings.spotify, now),
                "granted_scopes": granted_scopes,
            },
        )
    )


def _authorized_at(spotify: SpotifySettings, now: datetime) -> datetime:
    try:
        given = datetime.fromisoformat(spotify.authorized_at or "")
    except ValueError:
        return now
    return given if given.tzinfo is not None and given <= now else now
