"""The settings a listener can change at run time: table `app_settings`, read at the start of every job.

Each has a type, a default, bounds and a sentence. An unknown key or a value that does not fit is refused where it is
set; one that is in the table all the same (written by hand, or by another version) fails the job with its name.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor

from utils import public_sections
from utils.clock import Clock
from utils.database.statements import statement
from utils.errors import SettingsError, suggestion

Value = bool | int | str

COUNTED_FROM = "plays.counted_from_seconds"  # decides which plays count


class Setting(NamedTuple):
    """One key. Numbers lie between `least` and `most`; `read` raises SettingsError for a text that cannot be meant."""

    key: str
    default: Value
    about: str
    least: int = 0
    most: int = 1_000_000
    read: Callable[[str], object] = str

    def parse(self, text: str) -> Value:
        """A value as typed by a person. Raises SettingsError that names key, value and what is allowed."""
        if isinstance(self.default, bool):
            lowered = text.strip().lower()
            if lowered in ("true", "on", "yes", "1", "false", "off", "no", "0"):
                return lowered in ("true", "on", "yes", "1")
            raise SettingsError(f"{self.key} is {text!r}; it is true or false.")
        if isinstance(self.default, str):
            return self.check(text.strip())
        if re.fullmatch(r"-?[0-9]{1,18}", text.strip()):
            return self.check(int(text))
        raise SettingsError(f"{self.key} is {text!r}; it is a whole number from {self.least} to {self.most}.")

    def check(self, value: object) -> Value:
        """A value as stored. Raises SettingsError likewise."""
        if isinstance(self.default, bool):
            if isinstance(value, bool):
                return value
            raise SettingsError(f"{self.key} is {value!r}; it is true or false.")
        if isinstance(self.default, str):
            if not isinstance(value, str):
                raise SettingsError(f"{self.key} is {value!r}; it is a text.")
            self.read(value)
            return value
        if isinstance(value, int) and not isinstance(value, bool) and self.least <= value <= self.most:
            return value
        raise SettingsError(
            f"{self.key} is {value!r}; it is a whole number from {self.least} to {self.most}."
        )


def _minutes(key: str, default: int, what: str) -> Setting:
    return Setting(key, default, f"minutes between two syncs of {what}", 0, 10_080)


SETTINGS: Mapping[str, Setting] = {
    setting.key: setting
    for setting in (
        Setting("spotify.auto_sync_enabled", True, "copy anything at all"),
        Setting("spotify.auto_sync_artists", True, "copy followed artists and artists' details"),
        Setting("spotify.auto_sync_playlists", True, "copy playlists"),
        Setting("spotify.auto_sync_liked_songs", True, "copy liked tracks"),
        Setting("spotify.auto_sync_saved_albums", True, "copy saved albums and their tracks"),
        _minutes("spotify.artists_sync_interval_minutes", 5, "followed artists"),
        _minutes("spotify.playlists_sync_interval_minutes", 10, "playlists"),
        Setting("spotify.download_images", True, "download cover images"),
        Setting("spotify.remove_unfollowed_artists", True, "mark artists that are followed no more"),
        Setting("spotify.remove_unfollowed_playlists", False, "mark playlists that are followed no more"),
        Setting(
            "spotify.auto_sync_artist_albums", True, "copy the albums of followed artists, little by little"
        ),
        _minutes("spotify.artist_albums_sync_interval_minutes", 2, "artists' albums"),
        Setting("spotify.artist_albums_per_cycle", 5, "artists whose albums are copied per cycle", 1, 100),
        Setting(
            "plays.match_tolerance_seconds",
            150,
            "how far the moments of one play may lie apart in two sources",
            0,
            3_600,
        ),
        Setting(
            COUNTED_FROM,
            30,
            "a play counts from so many seconds on, or heard to its end",
            0,
            3_600,
        ),
        Setting("plays.sync_tracks", True, "copy the details of tracks that an imported history only names"),
        Setting("playlists.create", True, "make smart playlists, and Exclusions, before you ask for them"),
        Setting("images.download_artists", True, "download images of artists"),
        Setting("images.download_albums", True, "download images of albums"),
        Setting("images.download_playlists", True, "download images of playlists"),
        Setting("images.seconds_per_run", 15, "seconds of a run for covers; 0: to the end", 0, 86_400),
        Setting("sync.full_pass_interval_days", 7, "days between two passes over the whole library", 1, 365),
        Setting(
            "sync.availability_interval_days", 7, "days between two checks of a track's availability", 1, 365
        ),
        Setting(
            "sync.manual_cooldown_minutes", 60, "minutes between two manual runs of everything", 0, 10_080
        ),
        Setting(
            "sync.pages_at_once",
            4,
            "pages of a library that are asked for at once; a kill asks for as many again",
            1,
            8,
        ),
        Setting(
            "sync.pages_per_commit",
            1,
            "pages of 50 that are stored, with the checkpoint, in one transaction",
            1,
            20,
        ),
        Setting(
            "sync.incremental_interval_hours",
            6,
            "hours after which sync.after_activity copies also what nobody has played",
            1,
            168,
        ),
        Setting(
            "sync.after_activity",
            False,
            "copy what has changed behind a look for plays that has found something new",
        ),
        Setting(
            "sync.max_removed_percent",
            50,
            "of liked tracks, albums, artists or playlists that may go at once; more is held back",
            1,
            100,
        ),
        Setting("sync.max_consecutive_errors", 5, "failed runs in a row that open the circuit", 1, 100),
        Setting(
            "sync.daily_requests_per_group", 600, "requests of one endpoint group in 24 hours", 50, 1_000_000
        ),
        Setting(
            public_sections.SETTING,
            "",
            "pages that ./run dashboard --public shows to strangers, such as overview,top#months; empty: none",
            read=public_sections.read_public_sections,
        ),
        Setting(
            "reports.release_calendar", False, "a calendar of followed artists' releases beside the site"
        ),
        Setting(
            "database.statement_timeout_seconds", 900, "seconds for one statement; 0: no limit", 0, 86_400
        ),
        Setting(
            "database.plan_megabytes",
            0,
            "megabytes that your database's plan holds, for ./run doctor; 0: not known",
        ),
        Setting("database.lock_timeout_seconds", 60, "seconds of waiting for a lock; 0: no limit", 0, 86_400),
    )
}
LISTED_FIRST = tuple(key for key in SETTINGS if key.startswith("spotify."))  # the thirteen of old


class AppSettings:
    """The values in force for one listener: what is stored, else the defaults."""

    def __init__(self, stored: Mapping[str, Value] | None = None) -> None:
        self._stored = dict(stored or {})

    def is_on(self, key: str) -> bool:
        """A switch."""
        return bool(self._stored.get(key, SETTINGS[key].default))

    def number(self, key: str) -> int:
        """A number."""
        return int(self._stored.get(key, SETTINGS[key].default))

    def text(self, key: str) -> str:
        """A text."""
        return str(self._stored.get(key, SETTINGS[key].default))

    def all(self) -> dict[str, Value]:
        """Every key with its value, in the order of SETTINGS."""
        return {key: self._stored.get(key, setting.default) for key, setting in SETTINGS.items()}

    def listed(self) -> dict[str, Value]:
        """The thirteen of old, by the names that they had before there were others."""
        values = self.all()
        return {key.removeprefix("spotify."): values[key] for key in LISTED_FIRST}


def load_app_settings(connection: Connection, user_id: str, now: datetime | None = None) -> AppSettings:
    """Read a listener's settings; for '*', those of the listener last active, where it is `now`.

    Raises SettingsError on a stored value that does not fit.
    """
    with connection, connection.cursor() as cursor:
        if user_id == "*":
            cursor.execute(statement("users.last_active"), {"now": now or Clock().now()})
            user_id, *_ = cursor.fetchone() or (user_id,)
        return load_app_settings_in(cursor, user_id)


def load_app_settings_in(cursor: Cursor, user_id: str) -> AppSettings:
    """A listener's settings, within a transaction. Raises SettingsError likewise."""
    is_known = user_id not in ("", "*")
    cursor.execute(
        statement("app_settings.load") if is_known else statement("app_settings.load_unclaimed"),
        {"user_id": user_id},
    )
    return settings_from(dict(cursor.fetchall()))


def settings_from(stored: Mapping[str, object] | None) -> AppSettings:
    """What is stored, by key; keys of another version are left out. Raises SettingsError likewise."""
    values = sorted((stored or {}).items())
    return AppSettings({key: SETTINGS[key].check(value) for key, value in values if key in SETTINGS})


def save_app_setting(connection: Connection, user_id: str, key: str, value: Value) -> None:
    """Store one value, already checked; without a `user_id`, for the first listener."""
    name = "app_settings.set" if user_id else "app_settings.set_unclaimed"
    with connection, connection.cursor() as cursor:
        cursor.execute(statement(name), {"user_id": user_id, "key": key, "value": json.dumps(value)})


def reset_app_settings(connection: Connection, user_id: str, key: str | None) -> int:
    """Back to the default, for one key or for all; the number of values forgotten. `user_id` likewise."""
    name = "app_settings.reset" if user_id else "app_settings.reset_unclaimed"
    with connection, connection.cursor() as cursor:
        cursor.execute(statement(name), {"user_id": user_id, "key": key})
        return int(cursor.rowcount)


def known(key: str) -> Setting:
    """The setting of that key, with or without what stands before its dot.

    Raises SettingsError that says what was probably meant, and what there is.
    """
    words = {name.rpartition(".")[2]: name for name in SETTINGS}
    if key in SETTINGS or key in words:
        return SETTINGS[words.get(key, key)]
    shown = repr(key if len(key) <= 60 else f"{key[:59]}…")
    meant = suggestion(key, SETTINGS) if "." in key else suggestion(key, words)
    raise SettingsError(f"There is no setting {shown}{meant}.", f"There are: {', '.join(SETTINGS)}.")
