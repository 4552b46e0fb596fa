"""Measures the building of the site over 1,000,000 plays: time, memory, and how much each page weighs; and building it again unchanged.

Run it with `python -m benchmarks.dashboard`. Beside it, in the same run, one plain statement that reads every play once. The targets: 15 s and 600 MB, 1.5 MB
a page as it is sent (compressed), and nothing written the second time.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import gzip
import os
import resource
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import psycopg2

from benchmarks.large_library import NOW, large_library
from benchmarks.world import say
from reports.dashboard.build import Request, build_site
from utils.database.views import create_views, load_views

PLAIN = "SELECT day, count(*), sum(heard_ms) FROM play_facts WHERE user_id = 'u' GROUP BY day"
TARGET_S, TARGET_MB, TARGET_PAGE_MB = 15, 600, 1.5


def main() -> int:
    """Print the figures. Exit codes: 0 all targets are met · 1 not."""
    with large_library() as (connection, dsn), tempfile.TemporaryDirectory() as folder:
        with connection, connection.cursor() as cursor:
            create_views(cursor, load_views())
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(
                "VACUUM ANALYZE"
            )  # else the server does it in between, which changes the sizes that the site tells of
        connection.autocommit = False
        started = time.perf_counter()
        with connection, connection.cursor() as cursor:
            cursor.execute(PLAIN)
        plain_s = time.perf_counter() - started
        site = Path(folder) / "site"
        seconds, peak_mb, _ = build_apart(dsn, site)
        again_s, _, written = build_apart(dsn, site)
        say("1,000,000 plays, 20,000 tracks of the library")
        say(f"  a plain statement over all plays  {plain_s:6.2f} s")
        say(
            f"  the site                          {seconds:6.2f} s   {peak_mb:4.0f} MB   (targets: {TARGET_S} s, {TARGET_MB} MB)"
        )
        say(f"  ratio                             {seconds / plain_s:6.2f}")
        say(f"  again, unchanged                  {again_s:6.2f} s   {written} pages written")
        largest = 0.0
        for path in sorted(site.rglob("*")):
            if path.is_file() and path.suffix in {".html", ".js", ".css"}:
                content = path.read_bytes()
                sent_mb = len(gzip.compress(content, 6)) / 1e6
                largest = max(largest, sent_mb) if path.suffix == ".html" else largest
                say(
                    f"  {path.relative_to(site)!s:33} {len(content) / 1e6:6.2f} MB   {sent_mb:5.2f} MB as sent"
                )
    is_met = seconds <= TARGET_S and peak_mb <= TARGET_MB and largest <= TARGET_PAGE_MB and not written
    return 0 if is_met else 1


def build_apart(dsn: str, site: Path) -> tuple[float, float, int]:
    """Build in a process of its own: seconds, peak memory in MB, and how many pages were written."""
    reader, writer = os.pipe()
    started = time.perf_counter()
    child = os.fork()
    if child == 0:
        with closing(psycopg2.connect(dsn)) as connection, connection, connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            counts = build_site(cursor, Request(NOW, site, site / "no artwork"))
        os.write(writer, str(counts["new"] + counts["updated"]).encode())
        os._exit(0)
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - started
    written = int(os.read(reader, 20)) if status == 0 else -1
    os.close(reader)
    os.close(writer)
    if status:
        raise RuntimeError("the build has failed; its message is above")
    return seconds, peak_mb(usage), written


def peak_mb(usage: resource.struct_rusage) -> float:
    """Peak memory of a process that has ended; the kernel counts in KiB, macOS in bytes."""
    return usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    sys.exit(main())
