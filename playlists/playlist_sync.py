"""Bring some smart playlists up to date on Spotify, at once, whatever their refresh says.

./run playlist_sync never_played most_played
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

from argparse import ArgumentParser

from playlists.update import READS, WRITES, add_arguments, update_lists
from utils.job.lifecycle import leave, main
from utils.job.spotify_run import SpotifyJob, SpotifyRun


def arguments(parser: ArgumentParser) -> None:
    """Add the slugs, and the options of all scripts that write playlists."""
    parser.add_argument("slugs", nargs="+", metavar="SLUG", help="the name of a definition's file")
    add_arguments(parser)


def work(run: SpotifyRun) -> None:
    """Update the lists that are named."""
    update_lists(run, only=run.options.arguments.slugs)


JOB = SpotifyJob(
    name="playlist_sync",
    work=work,
    about=__doc__,
    reads=READS,
    writes=WRITES,
    counts="smart playlists",
    groups=("playlists", "library"),
    lock="update_dynamic_playlists",
    arguments=arguments,
)

if __name__ == "__main__":
    leave(main(JOB))
