"""What becomes of the contents of a list that is taken over, as far as that can be said before anything is written."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from playlists.writing.plan import reachable_contents
from playlists.writing.steps import is_addressable
from playlists.writing.target import Target
from utils.words import counted


@dataclass(frozen=True)
class Adoption:
    """A list of the listener's own that is to be taken over: what it holds, and what it would hold."""

    slug: str
    playlist_id: str
    held: Sequence[str]
    wanted: Sequence[str]

    @property
    def removed(self) -> int:
        """How many items would go."""
        return (Counter(self.held) - Counter(self.wanted)).total()

    @property
    def added(self) -> int:
        """How many would come."""
        return (Counter(self.wanted) - Counter(self.held)).total()

    @property
    def kept(self) -> int:
        """How many would stay."""
        return len(self.held) - self.removed

    @property
    def loses_more_than_it_keeps(self) -> bool:
        """Whether the person who asks for this may not have meant it."""
        return self.removed > self.kept

    def __str__(self) -> str:
        """For the log: no names of tracks."""
        return (
            f"taking over playlist {self.playlist_id}, which holds {len(self.held):,}: "
            f"{counted(self.kept, 'stays', 'stay')}, {counted(self.removed, 'goes', 'go')}, "
            f"{counted(self.added, 'comes', 'come')}"
        )


Consent = Callable[[Adoption], None]  # raises where the listener does not want that


def consent_to_all(_adoption: Adoption) -> None:
    """Nobody has to be asked."""


def adoption_of(target: Target, playlist_id: str, held: Sequence[str]) -> Adoption:
    """What taking over a list would do to it: nothing, where the guard would leave it as it is."""
    wanted = reachable_contents(held, target.wanted(held))
    objection = target.guard(len(set(held)), len(set(held).difference(wanted)), len(wanted))
    return Adoption(target.slug, playlist_id, held, held if objection else wanted)


def is_mostly_selected(target: Target, held: Sequence[str]) -> bool:
    """Whether at least half of what a list holds is what the rules select: then it may be one that we have made.

    What they select is more than what they would put into the list now: another shuffle takes others of the same.
    """
    items = [uri for uri in held if is_addressable(uri)]
    selected = {*target.wanted(held), *target.selects()}
    return 2 * sum(uri in selected for uri in items) >= len(items)
