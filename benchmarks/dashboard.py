"""Measures the building of the site over 1,000,000 plays, with a cover for every artist and album: time, memory, and how much each page weighs; and building it again unchanged.

Run it with `python -m benchmarks.dashboard`; `--keep FOLDER` leaves the site there, for a browser. Beside it, in the same run, one plain statement that reads every
play once, and the processor's own time, of the build and of the database's part in it (Linux): on a machine that does something else, too, it says more than the
clock. The targets: 15 s and 600 MB, 1.5 MB a page as it is sent (compressed), nothing written the second time, and every page: of the ten years, of a hundred artists
and a hundred albums.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import argparse
import gzip
import os
import re
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg2
from PIL import Image
from psycopg2.extensions import connection as Connection

from benchmarks.large_library import NOW, large_library, normal
from benchmarks.results import Result
from benchmarks.world import peak_mb, say
from reports.dashboard.build import PAGES, Request, build_site
from utils.database.views import create_views, load_views

PLAIN = "SELECT day, count(*), sum(heard_ms) FROM play_facts WHERE user_id = 'u' GROUP BY day"
TARGET_S, TARGET_MB, TARGET_PAGE_MB = 15, 600, 1.5
FAMILIES = {
    "year": 11,
    "artist": 100,
    "album": 100,
}  # how many pages each has: a record of ten years begins in the first of eleven
# Pixels, as sync_images stores them; and of what.
COVERS = {
    "albums": (500, "SELECT album_id FROM albums"),
    "artists": (300, "SELECT artist_id FROM artists"),
}
_OF_FAMILY = re.compile(rf"({'|'.join(FAMILIES)})-.+\.html")


@dataclass(frozen=True)
class Built:
    """What a build has cost, and how many pages it has written. Processor times in seconds; that of the database 0 where the system does not tell."""

    seconds: float
    own_cpu_s: float
    database_cpu_s: float
    peak_mb: float
    written: int


def main() -> int:
    """Print the figures. Exit codes: 0 all targets are met · 1 not."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--keep", type=Path, help="a folder for the site, which stays")
    kept = parser.parse_args().keep
    with large_library() as (connection, dsn), tempfile.TemporaryDirectory() as folder:
        make_ready(connection)
        put_covers(connection, Path(folder) / "artwork")
        plain_s = scan_s(connection)
        request = Request(NOW, kept or Path(folder) / "site", Path(folder) / "artwork")
        first, again = build_apart(dsn, request), build_apart(dsn, request)
        version = connection.server_version // 10000
        say(f"1,000,000 plays, 20,000 tracks of the library, PostgreSQL {version}")
        say(f"  a plain statement over all plays  {plain_s:6.2f} s")
        say(f"  the site                          {told_of(first)}   (targets: {TARGET_S} s, {TARGET_MB} MB)")
        say(f"  ratio                             {first.seconds / plain_s:6.2f}")
        say(f"  again, unchanged                  {told_of(again)}")
        families, largest = weigh(request.folder)
    is_whole = families == FAMILIES and first.written == len(PAGES) + sum(FAMILIES.values())
    if not is_whole:
        say(f"  pages are missing: {families} of {FAMILIES}, and {len(PAGES)} others")
    is_met = (
        first.seconds <= TARGET_S
        and first.peak_mb <= TARGET_MB
        and largest <= TARGET_PAGE_MB
        and not again.written
    )
    return 0 if is_met and is_whole else 1


def results(scale: int) -> list[Result]:
    """The site of a library of that size, without covers, and again.

    The limit: one statement that reads every play once. No plain client makes such pages.
    """
    with large_library(**normal(scale)) as (connection, dsn), tempfile.TemporaryDirectory() as folder:
        make_ready(connection)
        limit_s = scan_s(connection)
        request = Request(NOW, Path(folder) / "site", Path(folder) / "artwork")
        first = build_apart(dsn, request)
        again = build_apart(dsn, request)
        size = sum(path.stat().st_size for path in request.folder.rglob("*") if path.is_file())
    return [
        Result("dashboard", scale, first.seconds, limit_s, peak_mb=first.peak_mb, stored_bytes=size),
        Result("dashboard, unchanged", scale, again.seconds, limit_s, peak_mb=again.peak_mb),
    ]


def make_ready(connection: Connection) -> None:
    """Make the views, and let nothing be left for the server to tidy up in between, which changes the sizes that the site tells of."""
    with connection, connection.cursor() as cursor:
        create_views(cursor, load_views())
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    connection.autocommit = False


def scan_s(connection: Connection) -> float:
    """Seconds of one statement that reads every play."""
    started = time.perf_counter()
    with connection, connection.cursor() as cursor:
        cursor.execute(PLAIN)
    return time.perf_counter() - started


def put_covers(connection: Connection, artwork: Path) -> None:
    """A cover for each artist and album, of the size and about the weight of a real one: all of a kind are one picture."""
    with connection, connection.cursor() as cursor:
        for kind, (side, ids) in COVERS.items():
            folder = artwork / "spotify" / kind
            folder.mkdir(parents=True)
            picture = folder / "picture"
            Image.effect_noise((side // 12, side // 12), 80).resize((side, side)).convert("RGB").save(
                picture, "WEBP", quality=82
            )
            cursor.execute(ids)
            for (item_id,) in cursor:
                (folder / f"{item_id}.webp").hardlink_to(picture)


def told_of(built: Built) -> str:
    """A build in a line."""
    of_database = f" + {built.database_cpu_s:.2f} s of the database" if built.database_cpu_s else ""
    return f"{built.seconds:6.2f} s   {built.peak_mb:4.0f} MB   {built.written} pages written   processor: {built.own_cpu_s:.2f} s{of_database}"


def weigh(site: Path) -> tuple[Counter[str], float]:
    """Print how large each file is, and of families the largest; how many pages each of these has, and the MB of the largest page as it is sent."""
    largest: dict[str, tuple[float, float, Path]] = {}
    families: Counter[str] = Counter()
    for path in site.rglob("*"):
        if path.is_file() and path.suffix in {".html", ".js", ".css"}:
            found = _OF_FAMILY.fullmatch(path.name)
            families.update(found.groups() if found else ())
            content = path.read_bytes()
            name = f"the largest {found[1]} page" if found else str(path.relative_to(site))
            weight = len(gzip.compress(content, 6)) / 1e6, len(content) / 1e6, path
            largest[name] = max(weight, largest.get(name, weight))
    for name, (sent_mb, mb, _) in sorted(largest.items()):
        say(f"  {name:33} {mb:6.2f} MB   {sent_mb:5.2f} MB as sent")
    covers = [path.stat().st_size for path in (site / "covers").rglob("*.webp")]
    say(f"  {len(covers)} copies of covers             {sum(covers) / 1e6:6.2f} MB")
    return families, max(sent for sent, _, path in largest.values() if path.suffix == ".html")


def build_apart(dsn: str, request: Request) -> Built:
    """Build in a process of its own."""
    reader, writer = os.pipe()
    started = time.perf_counter()
    child = os.fork()
    if child == 0:
        with closing(psycopg2.connect(dsn)) as connection, connection, connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            counts = build_site(cursor, request)
            database_s = cpu_of(connection.info.backend_pid)
        os.write(writer, f"{counts['new'] + counts['updated']} {database_s}".encode())
        os._exit(0)
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - started
    said = os.read(reader, 80).decode().split()
    os.close(reader)
    os.close(writer)
    if status:
        raise RuntimeError("the build has failed; its message is above")
    return Built(seconds, usage.ru_utime + usage.ru_stime, float(said[1]), peak_mb(usage), int(said[0]))


def cpu_of(process: int) -> float:
    """Seconds of a processor that a process of this machine has had, without those of its children; 0 where the system does not tell."""
    path = Path(f"/proc/{process}/stat")
    if not path.exists():
        return 0
    fields = path.read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    sys.exit(main())
