"""Insights: findings, each with the plays it rests on and how much of them is known; the strongest evidence first."""

from collections.abc import Callable, Mapping

from reports.dashboard.insight import Block, Later
from reports.dashboard.page import Page
from reports.dashboard.pages.insights_seasons import seasons
from reports.dashboard.pages.insights_taste import comebacks, drift, half_life, retention
from reports.dashboard.pages.insights_ways import albums, contexts, day_parts, makers, unopened
from reports.dashboard.scope import Source

FINDINGS: tuple[Callable[[Source], Block | Later], ...] = (
    # In the order in which they stand where their evidence is equally strong.
    albums,
    day_parts,
    drift,
    retention,
    half_life,
    seasons,
    comebacks,
    contexts,
    makers,
    unopened,
)
FACTS = 6  # with covers, on top


def read(source: Source) -> Mapping[str, object]:
    """What the template shows."""
    found = [finding(source) for finding in FINDINGS] if source.scope.plays else []
    blocks = sorted((each for each in found if isinstance(each, Block)), key=lambda each: -each.strength)
    return {
        "blocks": blocks,
        "facts": [(each, each.fact) for each in blocks if each.fact][:FACTS],
        "later": [each for each in found if isinstance(each, Later)],
        "covers": source.covers,
    }


PAGE = Page("insights", "Insights", "Insights", read)
