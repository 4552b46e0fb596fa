"""The listener on whose behalf a job runs: known by the consent in the environment, asked for once per consent."""

import re
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from utils.clock import believed
from utils.config import Settings, SpotifySettings
from utils.database.rows import read
from utils.database.statements import statement
from utils.errors import PayloadError, SettingsError
from utils.job.journal import Journal
from utils.sealing import seal, unseal
from utils.spotify.consents import consent_ends_at, fingerprint
from utils.spotify.fields import Payload, as_given, text

if TYPE_CHECKING:  # it loads requests, which a script that asks only the database does without
    from utils.spotify.tokens import TokenSource


class User(NamedTuple):
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
    name: str | None  # our own, where the owner has given one

    def consent_days_left(self, now: datetime) -> int | None:
        """Whole days until the consent ends, negative once it has; None where its beginning is unknown."""
        authorized_at = believed(self.authorized_at, now)
        return (consent_ends_at(authorized_at) - now).days if authorized_at is not None else None

    def differs_from(self, settings: Settings) -> bool:
        """True where the environment names another market or time zone."""
        return (settings.market or self.market, settings.time_zone or self.time_zone) != (
            self.market,
            self.time_zone,
        )


class Meant(NamedTuple):
    """The listener whose data is meant, as far as it is needed without a consent. Times are aware, UTC.

    `name`: our own, where there is one. `is_of_environment`: neither is a consent stored, nor has it gone.
    """

    user_id: str
    name: str | None
    is_of_environment: bool
    display_name: str | None
    market: str | None
    time_zone: str
    authorized_at: datetime | None
    auth_status: str


NAME_FORM = "1 to 40 small letters, digits, - and _, beginning with a letter or a digit"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


def is_name(text: str) -> bool:
    """Whether a text can be a listener's name."""
    return _NAME.fullmatch(text) is not None


class Me(NamedTuple):
    """What /me says of an account."""

    spotify_id: str
    account_id: str | None  # never changes, where the mode gives it
    display_name: str | None
    country: str | None


def read_me(me: Payload) -> Me:
    """Raises PayloadError where /me has no id, or an account_id that cannot be one."""
    spotify_id, account_id = as_given(me, "id"), as_given(me, "account_id")
    if spotify_id is None:
        raise PayloadError("/me answered without an id that can be one.")
    if account_id is None and me.get("account_id") is not None:
        raise PayloadError("/me answered with an account_id that cannot be one.")
    return Me(spotify_id, account_id, text(me, "display_name"), text(me, "country"))


def find_meant(cursor: Cursor, now: datetime, named: str = "") -> Meant | None:
    """The listener who is `named` (by name, user_id or spotify_id), else the one last active; None while there is none.

    Raises SettingsError where somebody is named, and none has that name.
    """
    if named:
        cursor.execute(statement("users.named"), {"named": named})
    else:
        cursor.execute(statement("users.last_active"), {"now": now})
    row = cursor.fetchone()
    if row is not None:
        return Meant(*row)
    if not named:
        return None
    if not is_anybody_known(cursor):
        raise _nobody_yet()
    raise SettingsError(
        f"There is no listener {named!r} in the database.",
        "A listener goes by a name, a user id, or Spotify's name: ./run users list.",
    )


def meant(cursor: Cursor, now: datetime, named: str = "") -> Meant:
    """As `find_meant`. Raises SettingsError also while there is no listener."""
    found = find_meant(cursor, now, named)
    if found is None:
        raise _nobody_yet()
    return found


def is_anybody_known(cursor: Cursor) -> bool:
    """Whether there is a listener in the database, active or not."""
    cursor.execute(statement("users.all"))
    return cursor.fetchone() is not None


def _nobody_yet() -> SettingsError:
    return SettingsError("There is no listener in the database yet.", "Run ./run sync first.")


def check_consent(named: str, user_id: str, spotify_id: str, name: str | None) -> None:
    """Raise SettingsError where somebody is `named`, and the consent is another listener's."""
    if named and named not in (user_id, spotify_id) and named.lower() != name:
        raise SettingsError(
            f"This run is only for {named!r} (--user), and the consent in the environment is another listener's.",
            "./run login --user NAME stores that listener's consent beside it (or put it into SPOTIFY_REFRESH_TOKEN), or leave out --user.",
        )


def find_user(connection: Connection, spotify: SpotifySettings) -> User | None:
    """Whose consent this is, without asking Spotify; None also where there is none.

    The small table of consents says who, and then one listener is asked for. Where it does not know (a backup from before there was such a
    table), every listener is asked about, and it is told.
    """
    if not spotify.refresh_token:
        return None
    consent = {"fingerprint": fingerprint(spotify)}
    with connection, connection.cursor() as cursor:
        cursor.execute(statement("users.whose"), consent)
        row = cursor.fetchone()
        if row is not None:
            cursor.execute(statement("users.of_consent"), {**consent, "user_id": row[0]})
            found = read(cursor, User)
            if found:
                return found[0]
        cursor.execute(statement("users.by_fingerprint"), consent)
        user = next(iter(read(cursor, User)), None)
        if user is not None:
            cursor.execute(statement("users.note_consent"), {**consent, "user_id": user.user_id})
        return user


def listeners(
    connection: Connection, spotify: SpotifySettings | None, now: datetime, named: str = ""
) -> list[str]:
    """Whose chores a job does that asks only the database: the user_id of the listener whose consent the environment has.

    Without a consent, or with one that is not known yet, those of every listener. Where somebody is `named`, that
    listener's; raises SettingsError where there is none such.
    """
    if named:
        with connection, connection.cursor() as cursor:
            return [meant(cursor, now, named).user_id]
    user = find_user(connection, spotify) if spotify is not None else None
    if user is not None:
        return [user.user_id]
    with connection, connection.cursor() as cursor:
        cursor.execute(statement("users.all"))
        return [user_id for (user_id,) in cursor]


def stored_token(journal: Journal, spotify: SpotifySettings, user: User | None) -> str | None:
    """The refresh token that Spotify has given in place of the one in the environment; None where there is none."""
    if user is not None:
        sealed = user.refresh_token_encrypted
    else:
        unclaimed = journal.run(("users.unclaimed_token", {"fingerprint": fingerprint(spotify)}))
        sealed = unclaimed[0][0] if unclaimed else None
    return None if sealed is None else unseal(sealed, spotify.token_keys, spotify.client_secret)


def keep_token(journal: Journal, spotify: SpotifySettings, token: str) -> None:
    """Store a refresh token that Spotify has just given in place of the old one, which may be of no use any more."""
    sealed = seal(token, spotify.token_keys, spotify.client_secret)
    new: dict[str, object] = {"sealed": sealed, "fingerprint": fingerprint(spotify)}
    known = journal.run(("users.whose", new))
    if not known or not journal.run(("users.keep_rotated_token", {**new, "user_id": known[0][0]})):
        journal.run(("users.keep_unclaimed_token", new))


def note_scopes(journal: Journal, user: User, scopes: str) -> None:
    """Store what the consent lets us do, where Spotify says another thing than is stored; the order says nothing."""
    if set(scopes.split()) != set((user.granted_scopes or "").split()):
        journal.run(("users.set_granted_scopes", {"user_id": user.user_id, "granted_scopes": scopes}))


def update_user_settings(journal: Journal, settings: Settings, user: User) -> None:
    """Store the market and the time zone that the environment names."""
    new = {"market": settings.market, "time_zone": settings.time_zone, "user_id": user.user_id}
    journal.run(("users.update_settings", new))


def correct_consent(journal: Journal, spotify: SpotifySettings, user: User, now: datetime) -> User:
    """Store since when a consent counts that a wrong clock has put into the future; the listener with that."""
    authorized_at = _authorized_at(spotify, now)
    journal.run(("users.set_authorized_at", {"user_id": user.user_id, "authorized_at": authorized_at}))
    return user._replace(authorized_at=authorized_at)


def register_user(
    journal: Journal,
    settings: Settings,
    spotify: SpotifySettings,
    me: Payload,
    tokens: "TokenSource",
    now: datetime,
    named: str = "",
) -> str | None:
    """Store the listener that /me names; their name where this consent replaces one that was stored for them.

    Raises SettingsError, and stores nothing, where it is not the one who is `named`.

    A listener is known by `account_id`, which never changes, where it is given, else by the name; and keeps the user_id
    that they began with, also when the account_id is only learnt later. Raises PayloadError where /me has no name, or an
    account_id that cannot be one.
    A consent counts from when `./run login` got it, else from now, the first time that it is seen.
    """
    spotify_id, account_id, display_name, country = read_me(me)
    consent = {"fingerprint": fingerprint(spotify)}
    known = journal.run(("users.known", {**consent, "account_id": account_id, "spotify_id": spotify_id}))
    user_id = known[0][0] if known else account_id or spotify_id
    check_consent(named, user_id, spotify_id, known[0][2] if known else None)
    sealed = journal.run(("users.unclaimed_token", consent))
    journal.run(
        (
            "users.register",
            {
                "user_id": user_id,
                "account_id": account_id,
                "spotify_id": spotify_id,
                "display_name": display_name,
                "market": settings.market or country,
                "time_zone": settings.time_zone,
                **consent,
                "sealed": sealed[0][0] if sealed else None,
                "authorized_at": _authorized_at(spotify, now, known[0][1] if known else None),
                "granted_scopes": tokens.granted_scopes,
            },
        ),
        ("users.note_consent", {**consent, "user_id": user_id}),
        ("users.claim_token", consent),
        ("app_settings.claim", {"user_id": user_id}),
    )
    return known[0][2] if known and known[0][3] else None


def _authorized_at(spotify: SpotifySettings, now: datetime, before: datetime | None = None) -> datetime:
    """Since when a consent counts: as the settings say, unless that cannot be of a new one, and only the token was replaced.

    `before`: when the listener's last consent was given.
    """
    try:
        given = datetime.fromisoformat(spotify.authorized_at or "")
    except ValueError:
        return now
    is_old = given.tzinfo is None or given > now or consent_ends_at(given) <= now
    return now if is_old or (before is not None and given <= before) else given
