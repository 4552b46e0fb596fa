"""Bring all smart playlists up to date on Spotify, those that others name first.

A list that does not exist yet is created, private. One list's failure does not stop the others.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")


from playlists.update import READS, WRITES, add_arguments, update_lists
from utils.job.lifecycle import leave, main
from utils.job.spotify_run import SpotifyJob, SpotifyRun


def work(run: SpotifyRun) -> None:
    """Update the lists of all definitions, in files and in the database."""
    update_lists(run)


JOB = SpotifyJob(
    name="update_dynamic_playlists",
    work=work,
    about=__doc__,
    reads=READS,
    writes=WRITES,
    counts="smart playlists",
    groups=("playlists", "library"),
    arguments=add_arguments,
)

if __name__ == "__main__":
    leave(main(JOB))
