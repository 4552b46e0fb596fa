"""The list whose past is meant: by slug, name, id or link, smart or the listener's own, also one that is gone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg2.extensions import cursor as Cursor

from utils.database.rows import read
from utils.database.statements import statement
from utils.errors import SettingsError, suggestion
from utils.mirror.exclusions import EXCLUSIONS
from utils.spotify.links import playlist_id_in
from utils.terminal import one_printable_line

SHOWN = 10  # lists that a name may mean


@dataclass(frozen=True)
class PastList:
    """A list that was copied. `slug` and what follows: of one that is in playlist_mappings; `rules`: JSON."""

    playlist_id: str
    name: str | None
    removed_at: datetime | None  # when it was no longer among the listener's lists
    is_own: bool
    slug: str | None
    is_dynamic: bool | None
    status: str | None
    rules: str | None
    rules_name: str | None
    was_adopted: bool | None
    is_collaborative: bool | None

    @property
    def is_smart(self) -> bool:
        """Whether rules make it, or have made it."""
        return self.slug is not None and self.slug != EXCLUSIONS

    @property
    def title(self) -> str:
        """Its name on one line; its id where it has none."""
        return one_printable_line(self.name or "") or self.playlist_id

    @property
    def handle(self) -> str:
        """What names it in a command, whatever it is called."""
        return self.slug or self.playlist_id


def find_list(cursor: Cursor, user_id: str, wanted: str) -> PastList:
    """The list that somebody means. A slug goes before a name, a whole name before a part of one, and a list that is there before one that is gone.

    Raises SettingsError where it is none, or may be several.
    """
    cursor.execute(statement("list_past.lists"), {"user_id": user_id})
    lists = read(cursor, PastList)
    named = wanted.strip()
    folded, playlist_id = named.casefold(), playlist_id_in(named)
    ways = (
        [each for each in lists if each.playlist_id == playlist_id],
        [each for each in lists if each.slug == named],
        [each for each in lists if (each.name or "").casefold() == folded],
        [each for each in lists if folded and folded in (each.name or "").casefold()],
    )
    for way in ways:
        found = [each for each in way if each.removed_at is None] or way
        if len(found) == 1:
            return found[0]
        if found:
            raise SettingsError(
                f"{named!r} may be several lists, such as\n{_choices(found)}\n", "Give the id of one."
            )
    near = suggestion(named, [each.slug or each.name or "" for each in lists])
    raise SettingsError(
        f"No list that was copied is called {one_printable_line(named, 80)!r}{near}.",
        "Give its name, its slug, its id or its link; ./run sync copies your lists.",
    )


def _choices(lists: Sequence[PastList]) -> str:
    shown = [f"  {each.playlist_id}  {each.title}" for each in lists[:SHOWN]]
    return "\n".join(shown + ([f"  … {len(lists) - SHOWN:,} more"] if len(lists) > SHOWN else []))
