"""What a playlist on Spotify should be (`Target`), and what was done to it (`Result`)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from playlists.writing.steps import Plan
from utils.errors import JobError
from utils.mirror.exclusions import EXCLUSIONS
from utils.mirror.own_playlists import OwnList

Status = Literal[
    "created",
    "adopted",
    "updated",
    "shown",
    "unchanged",
    "emptied",
    "hidden",
    "guarded",
    "missing",
    "retired",
]
Details = Mapping[str, object]  # name, description, public, collaborative: as Spotify calls them


class ListError(JobError):
    """One list cannot be written; the others can. The list is as it was, or the next run corrects it."""


def _no_objection(_old: int, _removed: int, _new: int) -> str | None:
    return None


@dataclass(frozen=True)
class Target:
    """A playlist as its definition wants it now, with the texts filled in.

    `wanted(current)` gives the URIs that the list should hold, in order, from those that it holds; it may be called more
    than once. Only with `needs_current` do they depend on the current ones. `selects()` gives all URIs that the rules select, also
    those beyond a limit. `guard(before, removed, afterwards)` takes
    numbers of items, and gives a reason to leave the list as it is, or None. `rules`: JSON, which is stored in the row
    unless it comes from there (`rules_source`). `says_public`: `is_public` is written in the definition, so it wins over a
    change made by hand. `out_of_season`: the list is empty because its season is over.
    """

    slug: str
    name: str
    description: str
    wanted: Callable[[Sequence[str]], Sequence[str]]
    needs_current: bool = False
    is_public: bool = False
    says_public: bool = False
    is_collaborative: bool = False
    selects: Callable[[], Collection[str]] = tuple
    guard: Callable[[int, int, int], str | None] = _no_objection
    rules: str = "{}"
    rules_source: Literal["file", "database"] = "file"
    is_dynamic: bool = True
    out_of_season: Literal["emptied"] | None = None

    @property
    def details(self) -> Details:
        """The details as Spotify calls them. Line breaks become spaces: Spotify does not accept them."""
        return {
            "name": " ".join(self.name.split()),
            "description": " ".join(self.description.split()),
            "public": self.is_public,
            "collaborative": self.is_collaborative,
        }


@dataclass(frozen=True)
class Result:
    """What was done to a list, or with `dry_run` what would be done.

    `plan`: the calls for its contents, as first planned. `details`: those that were set. `refused`: wanted URIs that Spotify
    does not take. `message`: what the listener should know; may be empty.
    """

    slug: str
    status: Status
    playlist_id: str | None
    plan: Plan = field(default_factory=Plan)
    details: Details = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    message: str = ""

    @property
    def added(self) -> int:
        """How many items were added."""
        return self.plan.added

    @property
    def removed(self) -> int:
        """How many items were removed."""
        return self.plan.removed


def check_details(target: Target) -> None:
    """Raise ListError for a target that Spotify would refuse, or whose slug is taken, before anything is written."""
    if target.slug == EXCLUSIONS:
        raise ListError(
            f"The slug {target.slug} belongs to the list of excluded tracks.", "Choose another one."
        )
    if target.is_public and target.is_collaborative:
        raise ListError(
            "A list that others may edit (collaborative) cannot be public.",
            "Take one of the two out of its definition.",
        )
    if not target.details["name"]:
        raise ListError("The list has no name.", "Give its definition a name.")


def details_to_set(target: Target, listed: OwnList, last_set: Details | None) -> Details:
    """The details to send: those that differ both from what Spotify shows and from what was set last.

    Because of the latter, a text that Spotify stores in its own way is not sent again and again, and a name given by hand
    in the app stays until the name in the definition changes. An empty description is never sent: Spotify refuses it. A
    list that is taken over stays public, or open to others, where its definition says nothing of that.
    """
    seen: Details = {
        "name": listed.name,
        "description": listed.description,
        "public": listed.is_public,
        "collaborative": listed.is_collaborative,
    }
    set_before = last_set or {}
    changed = {
        key: value
        for key, value in target.details.items()
        if value not in (seen[key], set_before.get(key)) and value != ""
    }
    if last_set is None and not (target.says_public or target.is_public or target.is_collaborative):
        return {key: value for key, value in changed.items() if key not in ("public", "collaborative")}
    if "public" in changed or "collaborative" in changed:  # one is only valid with the other
        changed |= {key: target.details[key] for key in ("public", "collaborative")}
    return changed
