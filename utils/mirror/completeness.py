"""Whether a pass has met all of a listing: only then does what it has not met say that it is gone.

A page without `next` proves nothing: Spotify has answered with short and with empty pages in the middle of a list.
"""

from utils.job.run import Run


def is_whole(run: Run, what: str, entries: int, total: int | None) -> bool:
    """True when as many entries have come, null ones counted, as Spotify says there are. Else it is said so."""
    if entries == total:
        return True
    run.log.warning(
        "%s: %d of %s entries have come; nothing is taken for removed, and all is read again next time",
        what,
        entries,
        total,
    )
    return False
