"""What a list on Spotify should be, and what has come of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from playlists.writing.steps import Plan
from utils.errors import JobError
from utils.exclusions import SLUG as EXCLUSIONS
from utils.mirror.own_playlists import OwnList

Status = Literal["created", "adopted", "updated", "unchanged", "guarded", "missing", "retired"]
Details = Mapping[str, object]  # name, description, public, collaborative: as Spotify calls them


class ListError(JobError):
    """One list cannot be written; the others can. It is as it was, or as the next run will find and mend it."""


def _always(_old: int, _removed: int, _new: int) -> str | None:
    return None


@dataclass(frozen=True)
class Target:
    """A list as its definition wants it now, with the texts filled in.

    `wanted`: the URIs, in order, from those that the list holds now, which only lists that append or rotate look at:
    they say so in `needs_current`. It may be called more than once. `guard`: from the number of items before, of
    those that would go, and of those afterwards, a reason to leave the list as it is; None where there is none.
    `rules`: JSON, kept with the mapping unless they come from there (`rules_source`).
    """

    slug: str
    name: str
    description: str
    wanted: Callable[[Sequence[str]], Sequence[str]]
    needs_current: bool = False
    is_public: bool = False
    is_collaborative: bool = False
    guard: Callable[[int, int, int], str | None] = _always
    rules: str = "{}"
    rules_source: Literal["file", "database"] = "file"
    is_dynamic: bool = True

    @property
    def details(self) -> Details:
        """What is set beside the contents. Spotify takes no line breaks in texts."""
        return {
            "name": " ".join(self.name.split()),
            "description": " ".join(self.description.split()),
            "public": self.is_public,
            "collaborative": self.is_collaborative,
        }


@dataclass(frozen=True)
class Result:
    """What has been done to a list, or with `dry_run` would be.

    `plan`: the calls for its contents, as first planned. `refused`: wanted URIs that Spotify does not take.
    `message`: what to tell the listener, where there is something to tell.
    """

    slug: str
    status: Status
    playlist_id: str | None
    plan: Plan = field(default_factory=Plan)
    details: Details = field(default_factory=dict)  # what was set of it
    refused: tuple[str, ...] = ()
    message: str = ""

    @property
    def added(self) -> int:
        """Items that came."""
        return self.plan.added

    @property
    def removed(self) -> int:
        """Items that went."""
        return self.plan.removed


def check_details(target: Target) -> None:
    """Raise ListError for what Spotify would refuse, before anything is written."""
    if target.slug == EXCLUSIONS:
        raise ListError(
            f"The slug {target.slug} belongs to the list of excluded tracks.", "Choose another one."
        )
    if target.is_public and target.is_collaborative:
        raise ListError(
            f"{target.slug}: a list that others may edit (collaborative) cannot be public.",
            "Take one of the two out of its definition.",
        )
    if not target.details["name"]:
        raise ListError(f"{target.slug}: the list has no name.", "Give its definition a name.")


def details_to_set(target: Target, shown: OwnList, last_set: Details | None) -> Details:
    """What has to be sent: what differs from what Spotify shows and from what we set last.

    The second keeps a text that Spotify stores in its own way from being sent for ever. It also means that a name
    given by hand in the app stays until the definition's own changes. An empty description is never sent: Spotify
    refuses it.
    """
    seen: Details = {
        "name": shown.name,
        "description": shown.description,
        "public": shown.is_public,
        "collaborative": shown.is_collaborative,
    }
    set_before = last_set or {}
    changed = {
        key: value
        for key, value in target.details.items()
        if value not in (seen[key], set_before.get(key)) and value != ""
    }
    if "public" in changed or "collaborative" in changed:  # one is only valid with the other
        changed |= {key: target.details[key] for key in ("public", "collaborative")}
    return changed
