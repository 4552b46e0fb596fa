"""Bring the smart playlists of playlists/definitions up to date on Spotify.

A list that does not exist yet is created, private. One list's failure does not stop the others.
"""

import sys

from playlists.definition import load_definitions
from playlists.playlist_sync import ListError, sync_playlist
from utils.errors import JobError, PayloadError, RefusedError, UnknownOutcomeError
from utils.job import Job, Run, main


def work(run: Run) -> None:
    """All definitions, by slug."""
    definitions = load_definitions()
    failed: list[str] = []
    for definition in definitions:
        try:
            result = sync_playlist(run, definition)
        except (ListError, PayloadError, RefusedError, UnknownOutcomeError) as error:
            failed.append(definition.slug)
            run.log.error("%s: %s %s", definition.slug, error, error.remedy)  # noqa: TRY400 - one line, no traceback
            continue
        run.log.info("%s: %s", definition.slug, result)
        run.tally.items_processed += 1
        run.tally.new_items += result == "created"
        run.tally.updated_items += result == "updated"
        run.tally.unchanged_items += result in ("unchanged", "missing")
    if failed:
        raise JobError(
            f"{len(failed)} of {len(definitions)} smart playlists could not be updated: {', '.join(failed)}.",
            "Run again: what was done is kept, and the rest is made up for.",
        )


JOB = Job(
    name="update_dynamic_playlists",
    work=work,
    about=__doc__,
    reads="unified_tracks, playlists/definitions/*.yml, GET /playlists/{id} (scope playlist-read-private)",
    writes="playlists on Spotify (scopes playlist-modify-private and -public), playlist_mappings",
    groups=("playlists", "library"),
)

if __name__ == "__main__":
    sys.exit(main(JOB))
