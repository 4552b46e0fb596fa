"""The four axes of a listening personality: their poles, and the numbers in their formulas (docs/personality.md).

They follow what Spotify published of its own in 2022 ("What's a Listening Personality?", engineering.atspotify.com), as far as what is stored says it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

METHOD = 1  # changes with any number or formula, so that no history mixes two
MONTHS = 12  # that a row tells of
UNSETTLED = 3  # first months of the record, in which every artist seems new
HALF_PLAYS = 5  # how often an artist was heard besides in these months, to count as half explored
HALF_DAYS = 730  # the age of a song that counts as half new
FEWEST_IN_MONTH = 30  # plays, for the month's variety
FEWEST_OF_AXIS = 30  # plays, before its number is said
FEWEST_OF_TYPE = 300  # plays of each axis that the type has a letter of


@dataclass(frozen=True)
class Axis:
    """`low`, `high`: the poles, at 0 and 1."""

    key: str  # a column of the table personalities
    low: str
    high: str
    letters: str  # of the poles
    is_needed: bool = True  # for a type


AXES = (
    Axis("exploration", "Familiarity", "Exploration", "FE"),
    Axis("newness", "Timelessness", "Newness", "TN"),
    Axis("variety", "Loyalty", "Variety", "LV"),
    Axis("uniqueness", "Commonality", "Uniqueness", "CU", is_needed=False),
)


def numbers() -> Mapping[str, int]:
    """What the statements of `personalities.sql` compute with."""
    return {
        "method": METHOD,
        "months": MONTHS,
        "unsettled": UNSETTLED,
        "half_plays": HALF_PLAYS,
        "half_days": HALF_DAYS,
        "fewest_in_month": FEWEST_IN_MONTH,
        "fewest_of_type": FEWEST_OF_TYPE,
    }
