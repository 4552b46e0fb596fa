"""What `check_schedules` has found, on its way to `tell_github`: names of workflows, times, counts and commands.

Nothing in it is secret, and nothing personal but what a listener whose consent ends is called here: the log of a public repository shows it.
"""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class WatchedSchedule:
    """A schedule that is on. `cron` None: its variable names no cron line of it, so nothing starts it."""

    file: str
    cron: str | None
    planned: int = 0  # starts that should have been, within the days that are looked at
    seen: int = 0  # how many of them were kept
    last_seen_at: datetime | None = None
    has_stopped: bool = False
    on_since: datetime | None = None  # it was off until then, within these days


@dataclass(frozen=True)
class WatchReport:
    """All that was found. Times are aware, UTC."""

    schedules: tuple[WatchedSchedule, ...] = ()  # none where the schedules are off
    consent_ends_at: datetime | None = None  # of the listener whose consent ends first; None: not known
    is_consent_over: bool = False  # Spotify has said so
    logins: tuple[str, ...] = ()  # what renews the consents that are over, or end within thirty days
    failing: tuple[
        str, ...
    ] = ()  # scripts that have failed three times in a row; others may be held back by their circuit
    gaps: int = 0  # stretches of these days in which plays may have been lost

    def to_json(self) -> str:
        """One line. Times to the second: GitHub withholds a text that holds a secret, be it the digits of DB_PORT."""
        return json.dumps(asdict(self), default=_text)

    @classmethod
    def from_json(cls, text: str) -> "WatchReport":
        """Raises ValueError for what is no report."""
        try:
            said = json.loads(text)
            schedules = tuple(
                WatchedSchedule(**entry | {key: _moment(entry[key]) for key in ("last_seen_at", "on_since")})
                for entry in said["schedules"]
            )
            ends_at = _moment(said["consent_ends_at"])
            texts = {key: tuple(map(str, said[key])) for key in ("failing", "logins")}
            return cls(**{**said, "schedules": schedules, "consent_ends_at": ends_at, **texts})
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"no report of check_schedules ({type(error).__name__})") from error


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
