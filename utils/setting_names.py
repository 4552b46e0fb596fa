"""What can be set: the names that the environment and `.env` may hold; and which of them a name that is none stands for."""

from collections.abc import Mapping

DATABASE_PARTS = ("DB_HOST", "DB_NAME", "DB_USER", "DB_PASSWORD", "DB_PORT", "DB_SSLMODE")
# In the order of docs/settings.md, which says what each is for.
NAMES = (
    "DATABASE_URL",
    *DATABASE_PARTS,
    "SPOTIFY_CLIENT_ID",
    "SPOTIFY_CLIENT_SECRET",
    "SPOTIFY_REFRESH_TOKEN",
    "SPOTIFY_AUTHORIZED_AT",
    "TOKEN_ENCRYPTION_KEY",
    "SPOTIFY_MARKET",
    "TIME_ZONE",
    "SPOTIFY_REDIRECT_URI",
    "SPOTIFY_API_URL",
    "SPOTIFY_ACCOUNTS_URL",
    "JOB_TIME_BUDGET_MINUTES",
    "MANUAL_START",
    "EMBEDDED_POSTGRES_DIR",
    "PGBIN",
    "PLAYLIST_DEFINITIONS",
    "DASHBOARD_DIR",
    "ARTWORK_DIR",
    "TARGET_DATABASE_URL",
    "BACKUP_KEY",
    "STATUS_FILE",
    "SIMULATED_NOW",
    "ENV_FILE",
)
# What must never be shown.
SECRETS = (
    "DATABASE_URL",
    "DB_PASSWORD",
    "SPOTIFY_CLIENT_SECRET",
    "SPOTIFY_REFRESH_TOKEN",
    "TOKEN_ENCRYPTION_KEY",
    "TARGET_DATABASE_URL",
    "BACKUP_KEY",
    "GITHUB_TOKEN",
)
# What other programs and providers call these, where it is not like ours.
_ELSEWHERE = {
    "POSTGRES_URL": "DATABASE_URL",
    "POSTGRESQL_URL": "DATABASE_URL",
    "DB_URL": "DATABASE_URL",
    "PGHOST": "DB_HOST",
    "PGPORT": "DB_PORT",
    "PGDATABASE": "DB_NAME",
    "PGUSER": "DB_USER",
    "PGPASSWORD": "DB_PASSWORD",
    "PGSSLMODE": "DB_SSLMODE",
    "DB_HOSTNAME": "DB_HOST",
    "DB_DATABASE": "DB_NAME",
    "DB_USERNAME": "DB_USER",
    "DB_PASS": "DB_PASSWORD",
    "SPOTIFY_ID": "SPOTIFY_CLIENT_ID",
    "SPOTIFY_SECRET": "SPOTIFY_CLIENT_SECRET",
    "SPOTIFY_TOKEN": "SPOTIFY_REFRESH_TOKEN",
    "SPOTIFY_COUNTRY": "SPOTIFY_MARKET",
    "MARKET": "SPOTIFY_MARKET",
}
_LIKE = 0.85  # of difflib; our own names are less like each other


def meant_by(name: str) -> str | None:
    """The setting that a name stands for which is none; None for a setting, and for what is like none of them.

    A name that holds a setting's whole name (OLD_DATABASE_URL) was made so by a person.
    """
    capitals = name.upper()
    if name in NAMES:
        return None
    if capitals in NAMES:
        return capitals
    if any(f"_{known}_" in f"_{capitals}_" for known in NAMES):
        return None
    found = _ELSEWHERE.get(capitals)
    import difflib  # only where there is such a name

    near = [found] if found else difflib.get_close_matches(capitals[:100], NAMES, n=1, cutoff=_LIKE)
    return near[0] if near and near[0] != "ENV_FILE" else None  # in the file itself, that one means nothing


def is_given(name: str, environ: Mapping[str, str]) -> bool:
    """Whether a setting has a value, or another one that goes before it or takes its place."""
    instead = ("DATABASE_URL",) if name in DATABASE_PARTS else ("DB_HOST",) if name == "DATABASE_URL" else ()
    return any(environ.get(each, "").strip() for each in (name, *instead))
