"""Make one smart playlist on Spotify, private unless its definition says otherwise, or adopt a list that exists.

./run generate_playlist rediscover
./run generate_playlist rediscover --playlist https://open.spotify.com/playlist/…

An adopted list holds what the rules select. What it held is kept: ./run playlists put-back rediscover brings it back.
From then on it is kept up to date with the others. A list that was deleted on Spotify is made anew.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

from argparse import ArgumentParser

from playlists.update import READS, WRITES, add_arguments, update_lists
from utils.job.command_line import Text
from utils.job.lifecycle import leave, main
from utils.job.spotify_run import SpotifyJob, SpotifyRun


def arguments(parser: ArgumentParser) -> None:
    """Add the slug, the playlist to adopt, and the options of all scripts that write playlists."""
    parser.add_argument("slug", action=Text, metavar="SLUG", help="the name of a definition's file")
    parser.add_argument(
        "--playlist", action=Text, metavar="LINK", help="one of your playlists to take over: id, link or URI"
    )
    parser.add_argument(
        "--yes", action="store_true", help="take it over although it loses more than it keeps"
    )
    add_arguments(parser)


def work(run: SpotifyRun) -> None:
    """Create or update the list of the slug, or all lists of a template."""
    arguments = run.options.arguments
    update_lists(run, only=[arguments.slug], create=True, playlist=arguments.playlist, is_sure=arguments.yes)


JOB = SpotifyJob(
    name="generate_playlist",
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
