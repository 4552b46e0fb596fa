"""Download the covers of artists, albums and playlists, and keep them as square WebP files under artwork/.

Only what is new or has changed is downloaded, the most played first, for as long as the setting images.seconds_per_run
allows (15 s, so that nobody waits for covers; the next run goes on), or with --all to the end; 1,000 per run. What is in no
library of the listeners whose run it is comes last. Covers of what is gone are removed; those of a kind that was switched off stay until `--prune`
removes them.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

from argparse import ArgumentParser
from datetime import timedelta
from pathlib import Path

from api_syncs.covers import SIDES, Artwork, Cover, download, prune, tidy
from utils.config import artwork_folder, environment
from utils.database.rows import read
from utils.database.statements import statement
from utils.errors import Skipped
from utils.job.lifecycle import leave, main
from utils.job.run import DatabaseJob, Run

PER_RUN = 1000
FAILED_FOR = timedelta(days=7)  # then a cover that could not be had is tried again
SWITCHES = ("spotify.auto_sync_enabled", "spotify.download_images")


def arguments(parser: ArgumentParser) -> None:
    """Beside the usual."""
    parser.add_argument(
        "--all", action="store_true", help="download all that is wanted, however long it takes"
    )
    parser.add_argument(
        "--prune",
        action="store_true",
        help="first remove the covers of kinds that are switched off (settings spotify.download_images, "
        "images.download_artists, images.download_albums and images.download_playlists)",
    )


def work(run: Run) -> None:
    """Prune where that is asked for; tidy the folder, then download what is wanted."""
    prunes = getattr(run.options.arguments, "prune", False)
    off = [key for key in SWITCHES if not run.app_settings.is_on(key)]
    if off and not prunes:
        raise Skipped(f"switched off by the setting {off[0]}")
    artwork = Artwork(lasting_folder())
    kinds = wanted_kinds(run)
    if prunes:
        prune(run, artwork, [kind for kind in SIDES if kind not in kinds])
    if off:
        run.log.info("nothing is downloaded: switched off by the setting %s", off[0])
        return
    tidy(run, artwork)
    wanted = wanted_covers(run, kinds)
    takes_all = getattr(run.options.arguments, "all", False)
    seconds = 0 if takes_all else run.app_settings.number("images.seconds_per_run")
    left = download(run, artwork, wanted, seconds)
    if left:
        run.log.info(
            "the time for covers is over: %s are left for the next runs (./run sync_images --all downloads them at once)",
            f"{left:,}",
        )
    elif len(wanted) == PER_RUN:
        run.log.info("there may be more covers to download; the next run goes on with them")


def wanted_kinds(run: Run) -> list[str]:
    """The kinds of covers that are switched on."""
    if not run.app_settings.is_on("spotify.download_images"):
        return []
    return [kind for kind in SIDES if run.app_settings.is_on(f"images.download_{kind}")]


def lasting_folder() -> Path:
    """The folder that the covers lie in. Raises Skipped where it would not stay."""
    environ = environment()
    if environ.get("GITHUB_ACTIONS") == "true" and not environ.get("ARTWORK_DIR"):
        raise Skipped(
            "no covers on GitHub: the disk of its machines is thrown away. ./run sync_images keeps them on one of your own"
        )
    return artwork_folder(environ)


def wanted_covers(run: Run, kinds: list[str]) -> list[Cover]:
    """At most PER_RUN: of what the listeners have, of one after the other, then of the rest of the catalogue.

    What is common to two is met twice, and counts once: whenever PER_RUN are wanted, so many are found.
    """
    values = {"kinds": kinds, "now": run.started_at, "limit": PER_RUN}
    values["failed_before"] = run.started_at - FAILED_FOR
    wanted: dict[tuple[str, str], Cover] = {}
    for user_id in (*run.listeners(), None):
        if len(wanted) < PER_RUN:
            with run.transaction() as cursor:
                cursor.execute(statement("images.wanted"), {**values, "user_id": user_id})
                for cover in read(cursor, Cover):
                    wanted.setdefault((cover.kind, cover.spotify_id), cover)
    return list(wanted.values())[:PER_RUN]


JOB = DatabaseJob(
    name="sync_images",
    work=work,
    about=__doc__,
    reads="image_url of artists, albums and playlists; Spotify's image hosts, not its API",
    writes="images, artwork/spotify/{artists,albums,playlists}/*.webp (ARTWORK_DIR: another folder than artwork)",
    counts="covers",
    arguments=arguments,
)

if __name__ == "__main__":
    leave(main(JOB))
