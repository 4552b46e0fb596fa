"""What each table is where the database is spread over several servers by `user_id`: `db/placement.txt` says it once, for all who ask."""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache

from utils import ROOT

PLACEMENT = ROOT / "db" / "placement.txt"
KEY = "user_id"  # what the distributed tables are distributed by
# What a refresh of the views keeps of plays: where any of it is gone, it is counted again from them.
KEPT_OF_PLAYS = ("heard_before", "heard_since", "heard_until", "personality_artists", "personality_months")


class Place(StrEnum):
    """Where the rows of a table are."""

    DISTRIBUTED = "distributed"  # each listener's on one server
    REFERENCE = "reference"  # all of them on every server
    LOCAL = "local"  # on the first server alone


@cache
def placement() -> Mapping[str, Place]:
    """The place of each table. Raises ValueError where the file says no place, or one twice."""
    places: dict[str, Place] = {}
    place: Place | None = None
    for line in PLACEMENT.read_text(encoding="utf-8").splitlines():
        text = line.partition("#")[0]
        if not text.strip():
            continue
        if text[0] != " ":
            place = Place(text.strip())
        elif place is None or text.strip() in places:
            raise ValueError(f"{PLACEMENT.name}: {text.strip()} stands under no place, or twice")
        else:
            places[text.strip()] = place
    return places


def tables_at(place: Place) -> list[str]:
    """The names of the tables there, sorted."""
    return sorted(name for name, where in placement().items() if where is place)
