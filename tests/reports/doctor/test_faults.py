"""Faults, put in one at a time: the doctor finds each, and nothing else. Checklist S4-16."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from datetime import date, timedelta
from inspect import signature
from types import SimpleNamespace

import psycopg2
import pytest
from psycopg2.extensions import make_dsn, parse_dsn

from tests.conftest import World, execute, new_database
from tests.reports.doctor.conftest import doctor

pytestmark = [pytest.mark.once, pytest.mark.slow(40, together=True)]
FAULT, WARNING = "fault", "warning"
LISTENER = "(SELECT user_id FROM users LIMIT 1)"


@contextmanager
def changed(world: World, change: str, undo: str) -> Iterator[None]:
    """The database is another one while the body runs."""
    world.change(change)
    try:
        yield
    finally:
        world.change(undo)


Put = Callable[..., object]  # (world, monkeypatch, folder) → None, or a context in which the fault is there
FAULTS: dict[str, tuple[Put, str, str, int]] = {}  # name → how it is put in, code, severity, exit code


def fault(code: str, severity: str = FAULT, exit_code: int = 0) -> Callable[[Put], Put]:
    """Register one. Where no exit code is said: 2 of a fault, 1 of a warning."""

    def register(put: Put) -> Put:
        assert put.__name__ not in FAULTS
        FAULTS[put.__name__] = (put, code, severity, exit_code or (2 if severity == FAULT else 1))
        return put

    return register


def environment(code: str, severity: str = FAULT, exit_code: int = 0, **settings: dict[str, str]) -> None:
    """Register faults that are settings."""
    for name, values in settings.items():

        def put(world, _monkeypatch, _folder, values=values):
            world.extra |= values

        put.__name__ = name
        fault(code, severity, exit_code)(put)


# Settings

environment(
    "settings",
    a_secret_is_missing={"SPOTIFY_CLIENT_SECRET": ""},
    the_consent_is_missing={"SPOTIFY_REFRESH_TOKEN": ""},
    everything_of_spotify_is_missing=dict.fromkeys(
        ("SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET", "SPOTIFY_REFRESH_TOKEN"), ""
    ),
    a_place_is_left_to_be_filled_in={"SPOTIFY_REFRESH_TOKEN": "your-refresh-token"},
    the_market_is_a_name={"SPOTIFY_MARKET": "Germany"},
    the_time_zone_is_none={"TIME_ZONE": "Berlin"},
    the_address_of_the_database_is_none={"DATABASE_URL": "https://console.neon.tech/app"},
    the_database_is_named_in_part={"DATABASE_URL": "", "DB_HOST": "db.example.org"},
    the_redirect_is_localhost={"SPOTIFY_REDIRECT_URI": "http://localhost:8888/callback"},
    the_key_of_backups_is_short={"BACKUP_KEY": "short"},
)
environment("definitions", the_definitions_are_nowhere={"PLAYLIST_DEFINITIONS": "/nowhere/definitions"})
environment("settings", WARNING, the_consents_date_is_none={"SPOTIFY_AUTHORIZED_AT": "last week"})
environment("settings-name", WARNING, a_setting_is_misspelt={"SPOTIFY_MARKET": "", "SPOTIFY_MARKT": "DE"})
environment("settings-twice", WARNING, the_database_is_named_twice={"DB_HOST": "db.example.org"})
environment(
    "settings-file",
    the_settings_file_is_not_there={"ENV_FILE": "/nowhere/.env"},
    the_settings_file_is_not_there_and_nothing_else_names_the_app={
        "ENV_FILE": "/nowhere/.env",
        "SPOTIFY_CLIENT_SECRET": "",
        "SPOTIFY_REFRESH_TOKEN": "",
    },
)


def settings_file(world, folder, text: str, mode: int = 0o600) -> None:
    path = folder / ".env"
    path.write_text(text)
    path.chmod(mode)
    world.extra["ENV_FILE"] = str(path)


@fault("settings-file")
def a_name_in_the_settings_file_is_misspelt(world, _monkeypatch, folder):
    world.extra["TIME_ZONE"] = ""
    settings_file(world, folder, "TIME_ZNE=Europe/Berlin\n")


@fault("settings-file")
def a_line_of_the_settings_file_is_no_setting(world, _monkeypatch, folder):
    settings_file(world, folder, "TIME_ZONE=Europe/Berlin\nwhat is this\n")


@fault("settings-file")
def a_secrets_line_lacks_its_sign(world, _monkeypatch, folder):
    secret = world.environment()["SPOTIFY_CLIENT_SECRET"]
    world.extra["SPOTIFY_CLIENT_SECRET"] = ""
    settings_file(world, folder, f"SPOTIFY_CLIENT_SECRET {secret}\n")


@fault("settings-readable", WARNING)
def others_can_read_the_settings_file(world, _monkeypatch, folder):
    settings_file(world, folder, "TIME_ZONE=Europe/Berlin\n", 0o644)


@fault("settings-name")
def a_secret_is_misspelt(world, _monkeypatch, _folder):
    world.extra["SPOTIFY_CLIENT_SECRT"] = world.environment()["SPOTIFY_CLIENT_SECRET"]
    world.extra["SPOTIFY_CLIENT_SECRET"] = ""


@fault("definitions", WARNING)
def a_definition_cannot_be_read(world, _monkeypatch, folder):
    (folder / "mine.yml").write_text("name: Mine\nmatch: {heard: often}\n")
    world.extra["PLAYLIST_DEFINITIONS"] = str(folder)


@fault("settings-file")
def a_secret_in_the_settings_file_is_misspelt(world, _monkeypatch, folder):
    secret = world.environment()["SPOTIFY_CLIENT_SECRET"]
    world.extra["SPOTIFY_CLIENT_SECRET"] = ""
    settings_file(world, folder, f"SPOTIFY_CLIENT_SECRT={secret}\n")


@fault("packages", WARNING)
def a_package_is_of_another_version(_world, monkeypatch, _folder):
    from reports.diagnosis import settings

    right = settings.version
    monkeypatch.setattr(settings, "version", lambda name: "0.1" if name == "requests" else right(name))


# The database

environment(
    "database-unreachable",
    no_server_answers={"DATABASE_URL": "postgresql://listener:hunter-22-of-the-database@127.0.0.1:1/mirror"},
)


@fault("database-unreachable")
def the_database_has_another_name(world, _monkeypatch, _folder):
    world.extra["DATABASE_URL"] = make_dsn(world.dsn, dbname="another")


@fault("database-old")
def the_server_is_too_old(_world, monkeypatch, _folder):
    monkeypatch.setattr("utils.database.connection.OLDEST_SERVER", 99)


@fault("encoding")
@contextmanager
def the_encoding_is_not_utf8(world, _monkeypatch, _folder):
    execute(
        world.dsn,
        "CREATE DATABASE in_ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C' LOCALE_PROVIDER libc",
    )
    world.extra["DATABASE_URL"] = make_dsn(world.dsn, dbname="in_ascii")
    yield
    execute(world.dsn, "DROP DATABASE in_ascii WITH (FORCE)")


@fault("nothing-stored", WARNING)
@contextmanager
def nothing_is_stored(world, _monkeypatch, _folder, server):
    with new_database(server, "template0") as dsn:
        world.extra["DATABASE_URL"] = dsn
        yield


@fault("schema-behind", WARNING)
def a_migration_is_pending(world, _monkeypatch, _folder):
    return changed(
        world,
        "CREATE TABLE kept AS SELECT * FROM schema_migrations ORDER BY version DESC LIMIT 1; "
        "DELETE FROM schema_migrations WHERE version IN (SELECT version FROM kept)",
        "INSERT INTO schema_migrations SELECT * FROM kept; DROP TABLE kept",
    )


@fault("schema-foreign")
def the_database_is_ahead(world, _monkeypatch, _folder):
    return changed(
        world,
        "INSERT INTO schema_migrations VALUES (9999, '9999_of_tomorrow.sql', '')",
        "DELETE FROM schema_migrations WHERE version = 9999",
    )


@fault("schema-foreign")
def a_migration_was_edited(world, _monkeypatch, _folder):
    return changed(
        world,
        "UPDATE schema_migrations SET checksum = 'x' || checksum WHERE version = 7",
        "UPDATE schema_migrations SET checksum = substr(checksum, 2) WHERE version = 7",
    )


@fault("read-only")
def the_database_is_read_only(world, _monkeypatch, _folder):
    name = parse_dsn(world.dsn)["dbname"]
    return changed(
        world,
        f"ALTER DATABASE {name} SET default_transaction_read_only = on",
        f"SET TRANSACTION READ WRITE; ALTER DATABASE {name} RESET default_transaction_read_only",
    )


@contextmanager
def as_role(world, options: str, grant: str) -> Iterator[None]:
    """The settings name a login of its own."""
    world.change(f"CREATE ROLE somebody LOGIN {options}; {grant}")
    world.extra["DATABASE_URL"] = make_dsn(world.dsn, user="somebody")
    try:
        yield
    finally:
        world.change("DROP OWNED BY somebody; DROP ROLE somebody")


@fault("rights")
def the_login_may_only_read(world, _monkeypatch, _folder):
    return as_role(world, "", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO somebody")


@fault("rights")
def the_login_may_not_make_temporary_tables(world, _monkeypatch, _folder):
    name = parse_dsn(world.dsn)["dbname"]

    @contextmanager
    def put():
        with (
            changed(
                world,
                f"REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC",
                f"GRANT TEMPORARY ON DATABASE {name} TO PUBLIC",
            ),
            as_role(world, "", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO somebody"),
        ):
            yield

    return put()


@fault("connections")
def there_are_too_few_connections(world, _monkeypatch, _folder):
    return as_role(world, "CONNECTION LIMIT 1", "GRANT postgres TO somebody")


@fault("transactions")
def a_pooler_divides_transactions(_world, monkeypatch, _folder, server):
    def elsewhere(_database, stack):
        return stack.enter_context(closing(psycopg2.connect(make_dsn(server.dsn, dbname="postgres"))))

    monkeypatch.setattr("reports.diagnosis.database._connected", elsewhere)


def plan(world, share: float):
    """The plan is so full."""
    ((size,),) = world.rows("SELECT pg_database_size(current_database())")
    megabytes = round(size / 1_000_000 / share)
    return changed(
        world,
        f"INSERT INTO app_settings VALUES ({LISTENER}, 'database.plan_megabytes', '{megabytes}')",
        "DELETE FROM app_settings WHERE key = 'database.plan_megabytes'",
    )


@fault("space", exit_code=1)
def the_plan_is_full(world, _monkeypatch, _folder):
    return plan(world, 1.0)


@fault("space", WARNING)
def the_plan_is_nearly_full(world, _monkeypatch, _folder):
    return plan(world, 0.87)


@fault("tls")
def the_connection_is_not_encrypted(_world, monkeypatch, _folder):
    monkeypatch.setattr("reports.diagnosis.database.is_local", lambda _host: False)


# The app and the consent


@fault("app-refused")
def the_apps_secret_is_another_one(world, _monkeypatch, _folder):
    world.extra["SPOTIFY_CLIENT_SECRET"] = "0123456789abcdef0123456789abcdef"


@contextmanager
def consent(world, **changes: object) -> Iterator[None]:
    """Spotify has the consent otherwise."""
    given = world.sim.account().consents[-1]
    before = {name: getattr(given, name) for name in changes}
    for name, value in changes.items():
        setattr(given, name, value)
    yield
    for name, value in before.items():
        setattr(given, name, value)


@fault("consent-revoked", exit_code=3)
def the_consent_was_withdrawn(world, _monkeypatch, _folder):
    return consent(world, revoked=True)


@fault("consent-expired", exit_code=3)
def the_consent_is_over_at_spotify(world, _monkeypatch, _folder):
    return consent(world, expired=True)


@fault("scopes", exit_code=3)
def a_scope_is_missing(world, _monkeypatch, _folder):
    scopes = world.sim.account().consents[-1].scopes
    return consent(world, scopes=scopes - {"user-top-read"})


@contextmanager
def at_spotify(world, **switches: object) -> Iterator[None]:
    for name, value in switches.items():
        setattr(world.sim, name, value)
    yield
    for name in switches:
        setattr(world.sim, name, False)


@fault("consent-not-allowlisted", exit_code=3)
def the_account_is_not_on_the_list(world, _monkeypatch, _folder):
    return at_spotify(world, user_not_allowlisted=True)


@fault("premium-lapsed", exit_code=3)
def the_owners_premium_is_over(world, _monkeypatch, _folder):
    return at_spotify(world, premium_lapsed=True)


@fault("spotify-unreachable", exit_code=1)
def spotify_does_not_answer(world, monkeypatch, _folder):
    monkeypatch.setattr("utils.spotify.tokens.ATTEMPTS", 1)
    world.extra["SPOTIFY_ACCOUNTS_URL"] = "http://127.0.0.1:1"


@fault("spotify-pause", WARNING)
def spotify_wants_a_pause_now(world, _monkeypatch, _folder):
    world.sim.faults.add("quota", "GET /v1/me")


def consent_of(world, days: int):
    return changed(
        world,
        f"UPDATE users SET authorized_at = authorized_at - interval '{days} days'",
        f"UPDATE users SET authorized_at = authorized_at + interval '{days} days'",
    )


@fault("consent-ends", WARNING)
def the_consent_ends_soon(world, _monkeypatch, _folder):
    return consent_of(world, 165)


@fault("consent-expired", exit_code=3)
def the_consent_is_older_than_six_months(world, _monkeypatch, _folder):
    return consent_of(world, 190)


@fault("spotify-pause", WARNING)
def a_pause_is_in_force(world, _monkeypatch, _folder):
    return changed(
        world,
        "INSERT INTO sync_pauses VALUES ('any app', 'library', 'quota used up', now(), now() + interval '5 hours')",
        "DELETE FROM sync_pauses",
    )


@fault("too-many-listeners", exit_code=1)
def more_listeners_than_development_mode_serves(world, _monkeypatch, _folder):
    return changed(
        world,
        "INSERT INTO users (user_id, spotify_id) SELECT 'u' || n, 'u' || n FROM generate_series(1, 5) AS n",
        "DELETE FROM users WHERE user_id ~ '^u[1-5]$'",
    )


# Time and place


@fault("clock", exit_code=1)
def the_clock_is_an_hour_ahead(_world, monkeypatch, _folder):
    monkeypatch.setattr("utils.clock.simulated_shift", lambda: timedelta(hours=1))


environment("time-zone", WARNING, the_time_zone_is_not_the_listeners={"TIME_ZONE": "Asia/Tokyo"})
environment("market", WARNING, the_market_is_not_the_listeners={"SPOTIFY_MARKET": "FR"})


@fault("time-zone", WARNING)
def no_time_zone_is_given(world, _monkeypatch, _folder):
    world.extra["TIME_ZONE"] = ""
    return changed(
        world, "UPDATE users SET time_zone = 'UTC'", "UPDATE users SET time_zone = 'Europe/Berlin'"
    )


@fault("market", WARNING)
def no_market_is_given(world, _monkeypatch, _folder):
    world.extra["SPOTIFY_MARKET"] = ""
    return changed(world, "UPDATE users SET market = NULL", "UPDATE users SET market = 'DE'")


# The scripts


@fault("settings-stored")
def a_stored_setting_does_not_fit(world, _monkeypatch, _folder):
    return changed(
        world,
        f"INSERT INTO app_settings VALUES ({LISTENER}, 'sync.pages_at_once', '\"many\"')",
        "DELETE FROM app_settings WHERE key = 'sync.pages_at_once'",
    )


@fault("paused-by-you", WARNING)
def the_listener_has_paused_everything(world, _monkeypatch, _folder):
    return changed(
        world,
        f"INSERT INTO job_controls (user_id, job, is_paused) VALUES ({LISTENER}, '*', true)",
        "DELETE FROM job_controls WHERE job = '*'",
    )


@fault("circuit-open", exit_code=1)
def a_circuit_is_open(world, _monkeypatch, _folder):
    return changed(
        world,
        "UPDATE job_controls SET consecutive_failures = 5, circuit_open_until = now() + interval '1 hour' "
        "WHERE job = 'sync_playlists'",
        "UPDATE job_controls SET consecutive_failures = 0, circuit_open_until = NULL",
    )


@fault("job-failed", WARNING)
def the_last_run_of_a_script_has_failed(world, _monkeypatch, _folder):
    return changed(
        world,
        "UPDATE sync_history SET status = 'failed', error_message = 'the answer was no list' WHERE job = 'sync_playlists'",
        "UPDATE sync_history SET status = 'done', error_message = NULL WHERE job = 'sync_playlists'",
    )


@fault("overdue", WARNING)
def a_script_has_not_run_for_days(world, _monkeypatch, _folder):
    return changed(
        world,
        "UPDATE sync_history SET started_at = started_at - interval '3 days' WHERE job = 'sync_liked_tracks'",
        "UPDATE sync_history SET started_at = started_at + interval '3 days' WHERE job = 'sync_liked_tracks'",
    )


@fault("not-looked-for-plays", WARNING)
def nobody_looks_for_plays(world, _monkeypatch, _folder):
    return changed(
        world,
        "UPDATE job_controls SET last_success_at = last_success_at - interval '2 days' WHERE job = 'track_plays'",
        "UPDATE job_controls SET last_success_at = last_success_at + interval '2 days' WHERE job = 'track_plays'",
    )


@fault("gaps", WARNING)
def plays_were_lost_lately(world, _monkeypatch, _folder):
    return changed(
        world,
        f"INSERT INTO play_gaps VALUES ({LISTENER}, now() - interval '3 days', now() - interval '2 days', 'rate limit')",
        "DELETE FROM play_gaps",
    )


@fault("backup-old", WARNING)
def the_last_backup_is_old(_world, _monkeypatch, folder):
    (folder / f"backup-{date.today() - timedelta(days=60)}.zip.age").touch()  # noqa: DTZ011 - some day or other


# Folders


@fault("artwork-folder")
def no_cover_can_be_written(world, _monkeypatch, folder):
    (folder / "file").touch()
    world.extra["ARTWORK_DIR"] = str(folder / "file" / "artwork")


@fault("artwork-missing", WARNING)
def the_covers_lie_elsewhere(world, _monkeypatch, folder):
    world.extra["ARTWORK_DIR"] = str(folder / "artwork")


@fault("site-folder")
def the_site_cannot_be_written(world, _monkeypatch, folder):
    (folder / "file").touch()
    world.extra["DASHBOARD_DIR"] = str(folder / "file" / "site")


# The embedded database, without starting it


def embedded(world, folder, pgbin, **more: str) -> None:
    world.extra |= {
        "DATABASE_URL": "",
        "EMBEDDED_POSTGRES_DIR": str(folder / "postgres"),
        "PGBIN": str(pgbin),
        **more,
    }


def made(folder, pgbin, mode: int = 0o700):
    """As if it had been made, by these programs."""
    from utils.database.embedded.programs import major_of

    data = folder / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text(f"{major_of(pgbin)}\n")
    data.chmod(mode)
    return data


@fault("embedded-programs")
def there_are_no_programs_for_it(world, _monkeypatch, folder, pgbin):
    embedded(world, folder, folder)


@fault("embedded-folder")
def its_folder_cannot_be_made(world, _monkeypatch, folder, pgbin):
    (folder / "postgres").touch()
    embedded(world, folder, pgbin)


@fault("embedded-folder")
def its_folder_is_damaged(world, _monkeypatch, folder, pgbin):
    (made(folder, pgbin) / "PG_VERSION").write_text("\x00")
    embedded(world, folder, pgbin)


@fault("embedded-folder")
def others_may_enter_its_folder(world, _monkeypatch, folder, pgbin):
    made(folder, pgbin, 0o755)
    embedded(world, folder, pgbin)


@fault("embedded-busy", exit_code=1)
@contextmanager
def somebody_else_is_starting_it(world, monkeypatch, folder, pgbin):
    made(folder, pgbin)
    embedded(world, folder, pgbin)
    monkeypatch.setattr("reports.diagnosis.embedded.PATIENCE_S", 0.0)
    lock = os.open(folder / "postgres" / "start.lock", os.O_RDWR | os.O_CREAT)
    fcntl.flock(lock, fcntl.LOCK_EX)
    yield
    os.close(lock)


@fault("disk", exit_code=1)
def its_disk_is_full(world, monkeypatch, folder, pgbin):
    embedded(world, folder, pgbin)
    monkeypatch.setattr("shutil.disk_usage", lambda _path: SimpleNamespace(free=100_000_000))


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_found_and_nothing_else(world, name, monkeypatch, tmp_path, request) -> None:
    put, code, severity, exit_code = FAULTS[name]
    wanted = signature(put).parameters
    more = {fixture: request.getfixturevalue(fixture) for fixture in ("server", "pgbin") if fixture in wanted}
    context = put(world, monkeypatch, tmp_path, **more)
    with context or nullcontext():
        told = doctor(world)
    assert told.wrong == [(code, severity)], told.findings
    assert (told.exit_code, told.worst) == (exit_code, severity)
