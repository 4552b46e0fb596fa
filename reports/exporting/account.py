"""What was written, and what was left out and why."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from reports.exporting.plays import Play

SHORT = "heard for less than 30 seconds and less than half (--all takes them in)"
NAMELESS = "without a name of title or artist, which this form needs"
NO_LINK = "podcasts and audiobooks that this form cannot tell from songs"


@dataclass
class Account:
    """How many plays a file has, of which time, and those that it lacks by their reason."""

    written: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    left_out: Counter[str] = field(default_factory=Counter)

    def counted(self, plays: Iterable[Play]) -> Iterator[Play]:
        """The plays that are written, each counted once it was taken."""
        for play in plays:
            self.written += 1
            self.first_at = self.first_at or play.played_at
            self.last_at = play.played_at
            yield play

    def listened(self, plays: Iterable[Play]) -> Iterator[Play]:
        """Those that count as listened to."""
        for play in plays:
            if play.is_listen:
                yield play
            else:
                self.left_out[SHORT] += 1

    def named(self, plays: Iterable[Play]) -> Iterator[Play]:
        """Those with a title and an artist."""
        for play in plays:
            if play.name and (play.artist_names or play.kind != "track"):
                yield play
            else:
                self.left_out[NAMELESS] += 1
