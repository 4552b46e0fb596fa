"""Whose consent a run uses: the one in the environment, or one that is stored with its listener (`users.consent_flow`)."""

from dataclasses import replace
from typing import NamedTuple

from psycopg2.extensions import connection as Connection

from utils.config import Settings, SpotifySettings
from utils.database.rows import read
from utils.database.statements import statement
from utils.errors import Paused, SettingsError
from utils.sealing import unseal

KEYS = "TOKEN_ENCRYPTION_KEY"


class StoredConsent(NamedTuple):
    """A consent that is stored: whose it is, and its refresh token, sealed. `consent_flow`: code or pkce."""

    user_id: str
    spotify_id: str
    name: str
    is_active: bool
    token_fingerprint: str
    refresh_token_encrypted: str
    consent_flow: str

    def named_as(self, named: str) -> int | None:
        """In which of the three ways this listener is the one who is named, the first of which goes before: our name, user_id, Spotify's."""
        ways = (named.lower() == self.name, named == self.user_id, named == self.spotify_id)
        return ways.index(True) if any(ways) else None


def chosen_consent(connection: Connection, settings: Settings, named: str) -> Settings:
    """The settings with the consent that a run for the listener who is `named`, or nobody in particular, uses.

    The environment's, unless somebody is named whose consent is stored, or there is none in the environment and one alone is
    stored. Then its market and time zone are not that listener's, and are left out. Nothing is asked of the database where nobody is
    named and the environment has a consent. Raises SettingsError where no consent can be chosen, Paused where its listener is paused.
    """
    spotify = settings.spotify
    if spotify is None:
        raise SettingsError("The three SPOTIFY_* settings are missing.", "Run `./run login`.")
    if not named and spotify.refresh_token:
        return settings
    stored = stored_consents(connection)
    if named:
        chosen = _meant(stored, named)
        if not chosen and spotify.refresh_token:
            return settings  # who that is will be seen
    else:
        chosen = stored
    if len(chosen) > 1:
        raise SettingsError(
            f"There are several listeners ({_names(stored)}), and no consent in the environment: say who is meant.",
            "--user NAME, or --all-users.",
        )
    if not chosen:
        raise _no_consent(named, stored)
    if not chosen[0].is_active:
        raise Paused(
            f"{chosen[0].name} is paused; ./run users resume {chosen[0].name} lets the copying go on"
        )
    return of_another(settings, with_stored(spotify, chosen[0]))


def stored_consents(connection: Connection) -> list[StoredConsent]:
    """All of them, by name."""
    with connection, connection.cursor() as cursor:
        cursor.execute(statement("users.stored_consents"))
        return read(cursor, StoredConsent)


def unreadable(stored: list[StoredConsent], spotify: SpotifySettings) -> list[str]:
    """The names of those whose consent cannot be read with the keys of the settings."""
    return [
        consent.name
        for consent in stored
        if unseal(consent.refresh_token_encrypted, spotify.token_keys, spotify.client_secret) is None
    ]


def with_stored(spotify: SpotifySettings, consent: StoredConsent) -> SpotifySettings:
    """The app with a stored consent. Raises SettingsError where it cannot be unsealed."""
    token = unseal(consent.refresh_token_encrypted, spotify.token_keys, spotify.client_secret)
    if token is None:
        why = "is not the one that it was sealed with" if spotify.token_keys else "is missing"
        raise SettingsError(
            f"The stored consent of {consent.name} cannot be read: {KEYS} {why}.",
            f"Put the key back to where it stood (.env, or the secrets on GitHub); if it is lost, ./run login --user {consent.name} "
            "stores a new consent.",
        )
    return replace(
        spotify,
        refresh_token=token,
        authorized_at=None,
        stored_as=consent.token_fingerprint,
        listener=consent.name,
        is_pkce=consent.consent_flow == "pkce",
    )


def of_another(settings: Settings, spotify: SpotifySettings | None) -> Settings:
    """The settings for a listener whose consent is not the environment's: its market and time zone are not theirs."""
    return settings._replace(spotify=spotify, market=None, time_zone=None)


def _meant(stored: list[StoredConsent], named: str) -> list[StoredConsent]:
    """The one who is named, as the statement `users.named` has it: a name of ours may be another listener's at Spotify. Nobody: empty."""
    ways = {consent: way for consent in stored if (way := consent.named_as(named)) is not None}
    return sorted(ways, key=lambda consent: ways[consent])[:1]


def _names(stored: list[StoredConsent]) -> str:
    return ", ".join(consent.name for consent in stored)


def _no_consent(named: str, stored: list[StoredConsent]) -> SettingsError:
    if not named:
        return SettingsError(
            "SPOTIFY_REFRESH_TOKEN is missing, and no consent is stored.",
            "Run `./run login`, which writes it to .env; on GitHub it is a secret. See docs/setup.md.",
        )
    who = f"Stored are those of {_names(stored)}." if stored else "None is stored."
    return SettingsError(
        f"There is no consent of {named!r} (--user). {who}",
        "./run login --user NAME stores one; ./run login puts the one of the listener alone into .env.",
    )
