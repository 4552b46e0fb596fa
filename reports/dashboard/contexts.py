"""Where listening comes from: what plays were started from, as far as Spotify has said it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports.dashboard.scope import Source

SHOWN = 10
KINDS = (  # in the order in which they stand where they have as many plays
    ("playlist", "Playlists"),
    ("album", "Albums"),
    ("artist", "Artists"),
    ("liked", "Liked songs"),
    ("other", "Elsewhere"),
)
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Contexts:
    """Plays by what they were started from."""

    known: int  # plays of which it is known
    kinds: Sequence[tuple[str, int]]  # name and plays, most first
    first: Sequence[Row]  # what most plays were started from
    others: int  # how many more there are
    other_plays: int  # that were started from these
    of_lists: Mapping[str, int]  # playlist_id → plays that were started from it


def read_contexts(source: Source) -> Contexts:
    """Count them."""
    rows = source.kept("site_playlists.contexts", limit=SHOWN)
    of_kind = {row["kind"]: row["of_kind"] for row in rows}
    known = sum(of_kind.values())
    first = [row for row in rows if row["place"] <= SHOWN]
    kinds = [(name, of_kind[kind]) for kind, name in KINDS if kind in of_kind]
    return Contexts(
        known=known,
        kinds=sorted(kinds, key=lambda pair: -pair[1]),
        first=first,
        others=rows[0]["contexts"] - len(first) if rows else 0,
        other_plays=known - sum(row["plays"] for row in first),
        of_lists={row["item_id"]: row["plays"] for row in rows if row["kind"] == "playlist"},
    )
