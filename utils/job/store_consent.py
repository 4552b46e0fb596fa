"""Storing the consent of a listener beside the environment's: `./run login --user` and `./run users add`."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from utils.config import SpotifySettings
from utils.database.statements import statement
from utils.errors import ConsentError, SettingsError
from utils.job.consents import KEYS
from utils.job.users import NAME_FORM, Me, is_name
from utils.sealing import seal
from utils.spotify.consents import fingerprint


@dataclass(frozen=True)
class NewConsent:
    """A consent that was just given. `spotify` is the app with its refresh token; `authorized_at` is aware."""

    spotify: SpotifySettings
    me: Me
    authorized_at: datetime
    granted_scopes: str | None
    market: str | None
    time_zone: str | None


def check_name(name: str) -> str:
    """The name of a listener, as it is stored. Raises SettingsError for what cannot be one."""
    small = name.strip().lower()
    if not is_name(small):
        raise SettingsError(f"{name!r} cannot be a listener's name.", f"A name is {NAME_FORM}, such as anna.")
    return small


def check_free(cursor: Cursor, name: str, environment: SpotifySettings) -> None:
    """Raise SettingsError where that listener's consent is the environment's: it would be stored for nothing."""
    cursor.execute(statement("users.named_exactly"), {"name": name})
    found = cursor.fetchone()
    if found is not None and found[1] and environment.refresh_token:
        raise _of_environment(name)


def store_consent(
    connection: Connection, name: str, new: NewConsent, settings_now: Callable[[], SpotifySettings]
) -> str:
    """Store the consent under that name, in one transaction; the user_id.

    `settings_now` reads the environment and its keys once nobody can replace them any more: who gave the consent may have taken days.
    Raises SettingsError where there is no key to seal it with, or the listener's consent is the environment's; ConsentError where it
    is another account's than the one that has the name, or that of a listener with another name.
    """
    spotify = replace(new.spotify, stored_as=None)
    me = new.me
    values: dict[str, object] = {
        "name": name,
        "account_id": me.account_id,
        "spotify_id": me.spotify_id,
        "display_name": me.display_name,
        "market": new.market or me.country,
        "time_zone": new.time_zone,
        "fingerprint": fingerprint(spotify),
        "authorized_at": new.authorized_at,
        "granted_scopes": new.granted_scopes,
        "consent_flow": "pkce" if spotify.is_pkce else "code",
    }
    with connection, connection.cursor() as cursor:
        cursor.execute(statement("users.lock_names"))
        environment = settings_now()
        if not environment.token_keys:
            raise SettingsError(
                f"{KEYS} is missing, without which no consent is stored.", "./run users new-key makes one."
            )
        values["sealed"] = seal(spotify.refresh_token, environment.token_keys, spotify.client_secret)
        cursor.execute(statement("users.known_account"), values)
        known = cursor.fetchone()
        cursor.execute(statement("users.named_exactly"), values)
        named = cursor.fetchone()
        user_id = known[0] if known else me.account_id or me.spotify_id
        if named is not None and named[0] != user_id:
            raise ConsentError(
                f"The consent was given by another account than that of {name}. Nothing was changed.",
                "Log out at accounts.spotify.com and run it again, or choose another name.",
                "suspect",
            )
        if known is not None and known[1] not in (None, name):
            raise ConsentError(
                f"The consent was given by the account of {known[1]}, who is here already. Nothing was changed.",
                f"./run login --user {known[1]} renews it; for somebody else, log out at accounts.spotify.com first.",
                "suspect",
            )
        if known is not None and environment.refresh_token and known[2] == fingerprint(environment):
            raise _of_environment(name)
        cursor.execute(statement("users.store_consent"), {**values, "user_id": user_id})
        cursor.execute(statement("users.note_consent"), {**values, "user_id": user_id})
        cursor.execute(statement("app_settings.claim"), {"user_id": user_id})
    return str(user_id)


def _of_environment(name: str) -> SettingsError:
    return SettingsError(
        f"The consent of {name} is the one in the environment (SPOTIFY_REFRESH_TOKEN).",
        "./run login renews it. To have it stored instead, take SPOTIFY_REFRESH_TOKEN out of .env and of the secrets on GitHub first.",
    )
