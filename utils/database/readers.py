"""What roles that only read may read: the rows of one listener, the shared catalogue, and no secret. `./run db reader` makes such a role.

Tables have a policy (`of_session`, a migration gives it) that shows a session the rows of its listener. Views read with the rights of
their owner, whom no policy binds: so each has one of the same name in a schema of its own, first in the search path of these roles,
with the rows of that listener alone. Both are made anew whenever the views are, or a migration was applied.
"""

from collections.abc import Iterable

from psycopg2.extensions import cursor as Cursor
from psycopg2.sql import SQL, Composable, Identifier

from utils.database.statements import statement

SCHEMA = "mirror_reader"
SHARED_TABLES = (
    "album_artists",
    "album_tracks",
    "albums",
    "api_calls",
    "api_capabilities",
    "artist_albums",
    "artists",
    "distribution",
    "images",
    "refusals",
    "schema_migrations",
    "seen_schedules",
    "sync_pauses",
    "track_artists",
    "track_availability",
    "track_replacements",
    "tracks",
    "unclaimed_settings",
)
# What makes a consent, and what says of everybody together that something has changed.
HIDDEN_TABLES = ("unclaimed_tokens", "derived_from")
HIDDEN_OF_USERS = ("refresh_token_encrypted",)
SHOWN_OF_USERS = (
    "user_id",
    "account_id",
    "spotify_id",
    "name",
    "display_name",
    "market",
    "time_zone",
    "granted_scopes",
    "authorized_at",
    "auth_status",
    "is_active",
    "last_active_at",
    "consent_flow",
    "token_fingerprint",  # tells one consent from another, and gives nothing of it away
)
# Those that migrations make; all others are files of db/views.
VIEWS_OF_MIGRATIONS = (
    "album_members",
    "library_members",
    "merged_tracks",
    "own_playlists",
    "recordings_by_rule",
    "same_recordings",
)
# The pairs of the rule are everybody's: their user_id is NULL.
_FILTERS = {"same_recordings": "COALESCE(user_id, (SELECT session_listener())) = (SELECT session_listener())"}
_FILTER = "user_id = (SELECT session_listener())"


def drop_views(cursor: Cursor) -> None:
    """Take away the views of these roles, which depend on what a migration may drop."""
    cursor.execute(statement("readers.views"))
    for (name,) in cursor.fetchall():
        cursor.execute(SQL("DROP VIEW {}").format(Identifier(SCHEMA, name)))


def renew(cursor: Cursor, views: Iterable[str]) -> None:
    """Make the views of these roles anew, from those of db/views (`views`) and of migrations, and give each role its rights again.

    Nothing where there is no such role. The connection is the owner's.
    """
    cursor.execute(statement("readers.roles"))
    roles = [role for (role,) in cursor.fetchall()]
    if not roles:
        return
    drop_views(cursor)
    cursor.execute(statement("readers.personal_tables"))
    tables = [name for (name,) in cursor.fetchall() if name != "users"]
    readable: list[Composable] = [Identifier(name) for name in (*tables, *SHARED_TABLES)]
    cursor.execute(statement("readers.shown"), {"names": [*views, *VIEWS_OF_MIGRATIONS]})
    for name, is_personal in cursor.fetchall():
        if is_personal:
            readable.append(_view_of_one(cursor, name))
        else:
            readable.append(Identifier(name))
    columns = SQL(", ").join(map(Identifier, SHOWN_OF_USERS))
    for role in map(Identifier, roles):
        cursor.execute(SQL("GRANT SELECT ON {} TO {}").format(SQL(", ").join(readable), role))
        cursor.execute(SQL("GRANT SELECT ({}) ON users TO {}").format(columns, role))


def _view_of_one(cursor: Cursor, name: str) -> Identifier:
    """Make the view that shows one listener's rows of another view."""
    view = Identifier(SCHEMA, name)
    cursor.execute(
        SQL("CREATE VIEW {} WITH (security_barrier) AS SELECT * FROM {} WHERE {}").format(
            view, Identifier(name), SQL(_FILTERS.get(name, _FILTER))
        )
    )
    return view
