"""A new TOKEN_ENCRYPTION_KEY: made where there is none, else put in place of the old one.

While it is replaced, the settings file holds both, the new one first, and the old one goes only when the last token is sealed with the
new one: whatever ends it in between, every stored consent can be read, and the same command finishes it. No script runs meanwhile: it
would seal what Spotify gives it with the key that it began with.
"""

import os
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from psycopg2.extensions import cursor as Cursor

from db.copying.stillness import no_job_runs
from utils.config import environment, load_settings, settings_file
from utils.database.connection import open_database
from utils.database.migrate import migrate
from utils.database.statements import statement
from utils.env_file import check_writable, write_env_file
from utils.errors import SettingsError
from utils.job.consents import KEYS
from utils.sealing import new_key, seal, split_keys, unseal
from utils.terminal import Terminal


def replace_key(environ: Mapping[str, str], terminal: Terminal) -> None:
    """Make the key, or replace it. Raises JobError; then every token can still be read with what the settings file holds."""
    path = settings_file(environ)
    if path is None:
        raise SettingsError(
            "ENV_FILE is empty, which means no settings file, so there is nowhere to keep a key.",
            "Unset it, or let it name a file.",
        )
    check_writable(path)
    old = split_keys(environ.get(KEYS, ""))
    if old is None:
        load_settings(environ, needs_spotify=False)  # says what is wrong
    new = new_key()
    if os.environ.get(KEYS, "").strip():
        raise SettingsError(
            f"{KEYS} is set in the environment of this terminal, which goes before {path}: a new one there would be read by nobody.",
            f"Put it into {path} and unset it in the environment; then run this again.",
        )
    if not old:
        write_env_file(path, {KEYS: new})
        terminal.say(f"{KEYS} was made and written to {path}.{_github()}")
        return
    both = (new, *old)
    database = open_database(environ)
    with closing(database.connect()) as connection:
        migrate(connection)
    with no_job_runs(database, "sealed anew"), closing(database.connect()) as connection:
        with connection, connection.cursor() as cursor:
            cursor.execute(
                statement("users.lock_names")
            )  # a login reads the key and stores a consent behind it
            if split_keys(environment().get(KEYS, "")) != old:
                raise SettingsError(
                    f"{KEYS} was changed meanwhile, so nothing was sealed anew.", "Run this again."
                )
            write_env_file(path, {KEYS: ",".join(both)})
            _seal_anew(cursor, path, both, environ.get("SPOTIFY_CLIENT_SECRET", "").strip())
        write_env_file(path, {KEYS: new})
    terminal.say(f"{KEYS} was replaced in {path}; what was stored is sealed with the new one.{_github()}")


def _seal_anew(cursor: Cursor, path: Path, both: Sequence[str], secret: str) -> None:
    """Every stored token with the first of these keys. Raises SettingsError where none of them opens a consent.

    Each row is locked by itself: a lock of all is none that several servers give.
    """
    new = (both[0],)
    cursor.execute(statement("users.with_sealed_tokens"))
    for (user_id,) in cursor.fetchall():
        cursor.execute(statement("users.sealed_token"), {"user_id": user_id})
        sealed = cursor.fetchone()
        if sealed is None:  # forgotten meanwhile
            continue
        token = unseal(sealed[0], both, secret)
        if token is None:
            raise SettingsError(
                f"A stored consent cannot be read with {KEYS}: it was sealed with another key. Nothing was sealed anew.",
                f"Put that key behind the others in {path}, with a comma, and run it again; ./run users list and ./run login "
                "--user NAME store the consent anew where it is lost.",
            )
        cursor.execute(statement("users.seal_anew"), {"user_id": user_id, "sealed": seal(token, new, secret)})
    cursor.execute(statement("users.sealed_unclaimed"))
    for consent, sealed in cursor.fetchall():
        token = unseal(sealed, both, secret)
        if token is not None:  # else nobody could read it before, either
            cursor.execute(
                statement("users.seal_unclaimed_anew"),
                {"fingerprint": consent, "sealed": seal(token, new, secret)},
            )


def _github() -> str:
    return " Where GitHub does the copying, take it there: ./run setup-github, or the secret of that name."
