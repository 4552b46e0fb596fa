"""For how long Spotify wants no requests: what its header Retry-After says, and what of that is believed."""

from datetime import timedelta

UNKNOWN_PAUSE = timedelta(hours=24)  # where Spotify does not say how long
LONGEST_PAUSE = timedelta(days=30)  # a longer one is not believed
LONGEST_PAUSE_S = LONGEST_PAUSE.total_seconds()


def seconds_of(header: str | None) -> float | None:
    """Its seconds, as many as are believed; None where it is missing, or holds anything else, such as a date."""
    return min(float(header), LONGEST_PAUSE_S) if header is not None and header.strip().isdecimal() else None
