"""What the checks look at, found out once: the settings, the database, and whose installation it is.

What cannot be had is kept as the reason why, so that each check that needs it can say so. Only SELECTs, in read-only transactions.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeVar, cast

import psycopg2
import psycopg2.errors
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from reports.diagnosis.finding import NotChecked
from utils.clock import Clock
from utils.config import Settings, SpotifySettings, load_settings
from utils.database.connection import Database, EmbeddedDatabase, database_from
from utils.database.migrate import Migration, applied, load_migrations, refuse_foreign
from utils.database.statements import statement
from utils.errors import DatabaseError, DatabaseSettingsError, JobError, Paused, SchemaError, SettingsError
from utils.job.app_settings import AppSettings, load_app_settings_in
from utils.job.consents import chosen_consent
from utils.job.users import Meant, User, find_meant, find_user

_OF_SPOTIFY = (
    "SPOTIFY_CLIENT_ID",
    "SPOTIFY_CLIENT_SECRET",
    "SPOTIFY_REFRESH_TOKEN",
    "SPOTIFY_AUTHORIZED_AT",
    "SPOTIFY_API_URL",
    "SPOTIFY_ACCOUNTS_URL",
    "TOKEN_ENCRYPTION_KEY",
)

_SECRET = (
    "DATABASE_URL",
    "DB_PASSWORD",
    "SPOTIFY_CLIENT_SECRET",
    "SPOTIFY_REFRESH_TOKEN",
    "TARGET_DATABASE_URL",
    "BACKUP_KEY",
    "TOKEN_ENCRYPTION_KEY",
)

T = TypeVar("T")


class Schema(StrEnum):
    """How the tables stand to this checkout."""

    NONE = "none"
    BEHIND = "behind"
    CURRENT = "current"
    FOREIGN = "foreign"  # ahead, or made from other files


@dataclass
class Situation:
    """An installation. `wrong`: what is wrong with its settings file; `named`: whose, where somebody is named.

    `connection` is open for as long as the checks are made; where it is not, `out_of_reach` is the error, and `not_opened` says why.
    """

    environ: Mapping[str, str]
    clock: Clock
    wrong: Sequence[SettingsError] = ()
    named: str = ""
    is_offline: bool = False
    connection: Connection | None = None
    reached: Database | None = None  # what the connection leads to
    out_of_reach: DatabaseError | None = None
    no_consent: str = "the settings of Spotify are missing or malformed"
    not_opened: str = "the database is out of reach"
    secrets: list[str] = field(default_factory=list)  # beside those of the settings, learnt on the way
    _made: dict[object, object] = field(default_factory=dict, repr=False)

    def once(self, make: Callable[["Situation"], T]) -> T:
        """What `make` gives, made the first time that a check wants it; where it cannot be made, its error, each time."""
        if make not in self._made:
            try:
                self._made[make] = make(self)
            except (NotChecked, JobError, psycopg2.Error, OSError) as error:
                self._made[make] = error
        made = self._made[make]
        if isinstance(made, Exception):
            raise made
        return cast(T, made)

    @property
    def now(self) -> datetime:
        """The moment, aware, UTC."""
        return self.clock.now()

    @property
    def is_on_github(self) -> bool:
        """Whether this is a machine of GitHub Actions, whose disk is thrown away."""
        return self.given("GITHUB_ACTIONS") == "true"

    def given(self, name: str) -> str:
        """A setting without blanks around it; empty where it is not given."""
        return self.environ.get(name, "").strip()

    @cached_property
    def database(self) -> Database | EmbeddedDatabase | None:
        """The database that the settings name; None where they name none that can be one."""
        try:
            return database_from(self.environ)
        except DatabaseSettingsError:
            return None

    @property
    def embedded(self) -> EmbeddedDatabase:
        """The embedded database. Raises NotChecked where the settings name another one."""
        if not isinstance(self.database, EmbeddedDatabase):
            raise NotChecked("the settings name another database than the embedded one")
        return self.database

    @cached_property
    def app(self) -> Settings | None:
        """The app of the environment, with its consent where it has one, whatever else is wrong there; None where it is missing or malformed."""
        of_spotify = {name: self.given(name) for name in _OF_SPOTIFY if self.given(name)}
        try:
            return load_settings(of_spotify, needs_spotify=True, needs_consent=False)
        except SettingsError:
            return None

    @cached_property
    def spotify(self) -> SpotifySettings | None:
        """App and consent that a run would take: the environment's, or a stored one; None where it could take none, and why in `no_consent`."""
        if self.app is None or self.app.spotify is None:
            return None
        chosen = self.app
        if self.connection is not None and self.is_stored:
            try:
                chosen = chosen_consent(self.connection, self.app, self.named)
            except (SettingsError, Paused) as why:
                self.no_consent = f"{why}".rstrip(".")
                return None
        return chosen.spotify if chosen.spotify and chosen.spotify.refresh_token else None

    @property
    def login(self) -> str:
        """The command that renews the consent."""
        return self.spotify.login if self.spotify else "./run login"

    def all_secrets(self) -> list[str]:
        """What must never be shown, also of settings that are malformed."""
        secrets = [
            part.strip()
            for name in _SECRET
            for part in (self.given(name), *self.given(name).split(","))
            if part.strip()
        ]
        if isinstance(self.database, Database):
            secrets += self.database.secrets()
        return [*secrets, *self.secrets]

    # The database

    @contextmanager
    def cursor(self) -> Iterator[Cursor]:
        """A read-only transaction. Raises NotChecked where the database is out of reach."""
        if self.connection is None or self.connection.closed:
            raise NotChecked(self.not_opened)
        with self.connection, self.connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute(statement("transactions.begin_unwatched"), {"statement": "60s", "lock": "10s"})
            yield cursor

    def row(self, name: str, /, **values: object) -> tuple[Any, ...]:
        """The one row of a named statement. Raises NotChecked likewise."""
        (row,) = self.rows(name, **values)
        return row

    def rows(self, name: str, /, **values: object) -> list[tuple[Any, ...]]:
        """The rows of a named statement. Raises NotChecked likewise."""
        with self.cursor() as cursor:
            cursor.execute(statement(name), values)
            return cursor.fetchall()

    @property
    def encoding(self) -> str | None:
        """The database's, as PostgreSQL calls it. Raises NotChecked likewise."""
        with self.cursor() as cursor:
            return cursor.connection.get_parameter_status("server_encoding")

    @cached_property
    def migrations(self) -> list[Migration]:
        """Those of this checkout."""
        return load_migrations()

    @cached_property
    def applied(self) -> dict[int, tuple[str, str]]:
        """Those of the database. Raises NotChecked where it is out of reach."""
        try:
            with self.cursor() as cursor:
                return applied(cursor)
        except psycopg2.errors.UndefinedTable:
            return {}

    @cached_property
    def foreign(self) -> SchemaError | None:
        """What does not fit together: the database and this checkout. Raises NotChecked likewise."""
        try:
            refuse_foreign(self.applied, self.migrations)
        except SchemaError as error:
            return error
        return None

    @property
    def schema(self) -> Schema:
        """How the tables stand. Raises NotChecked likewise."""
        if not self.applied:
            return Schema.NONE
        if self.foreign is not None:
            return Schema.FOREIGN
        return Schema.CURRENT if len(self.applied) == len(self.migrations) else Schema.BEHIND

    @property
    def is_stored(self) -> bool:
        """Whether the database is reached, with the tables of this checkout."""
        try:
            return self.schema is Schema.CURRENT
        except NotChecked:
            return False

    def needs_stored(self) -> None:
        """Raise NotChecked where the tables are not those that this checkout knows."""
        if self.schema is Schema.NONE:
            raise NotChecked("nothing is stored yet")
        if self.schema is not Schema.CURRENT:
            raise NotChecked("the tables are not those of this checkout")

    @contextmanager
    def stored(self) -> Iterator[Cursor]:
        """A read-only transaction over the tables. Raises NotChecked likewise."""
        self.needs_stored()
        with self.cursor() as cursor:
            yield cursor

    # The listener

    @cached_property
    def user(self) -> User | None:
        """The listener whose consent it is; None where that is not known yet. Raises NotChecked likewise."""
        self.needs_stored()
        if self.spotify is None or self.connection is None:
            return None
        return find_user(self.connection, self.spotify)

    @cached_property
    def listener(self) -> Meant:
        """Who is named, else whose consent it is, else who was active last.

        Raises NotChecked where there is nobody, or nobody of that name.
        """
        user = None if self.named else self.user
        with self.stored() as cursor:
            try:
                found = find_meant(cursor, self.now, self.named or (user.user_id if user else ""))
            except SettingsError as error:
                raise NotChecked(f"{error}".rstrip(".")) from None
        if found is None:
            raise NotChecked("no listener is stored yet")
        return found

    @cached_property
    def app_settings(self) -> AppSettings | None:
        """The listener's settings; None where there is no listener to be seen, or one of them does not fit."""
        try:
            user_id = self.listener.user_id
            with self.stored() as cursor:
                return load_app_settings_in(cursor, user_id)
        except (NotChecked, SettingsError):
            return None

    @property
    def is_environments(self) -> bool:
        """Whether the listener is the one whose market and time zone the environment has. Raises NotChecked likewise."""
        is_of_environment = self.spotify is not None and self.spotify.stored_as is None
        return is_of_environment and self.is_of_consent

    @property
    def is_of_consent(self) -> bool:
        """Whether the consent is the listener's. Raises NotChecked likewise."""
        return self.user is not None and self.user.user_id == self.listener.user_id
