"""The rows of playlist_mappings: which playlist on Spotify a slug is, and what a job knows of it from earlier runs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from utils.database.rows import read
from utils.database.statements import statement
from utils.job.spotify_run import SpotifyRun
from utils.mirror.exclusions import EXCLUSIONS, NAME


@dataclass(frozen=True)
class PlaylistMapping:
    """One row. `playlist_id` is None while the playlist is being created.

    `contents` are the URIs of the version `snapshot_id`, as they were written; None: not known. With `wanted_uris` a change was begun and not
    finished: `contents` are then those before it. `details`: the texts and the visibility that were last set.
    `unproven_since`: when for the first time only parts of the list were read since all of it was; None: all of it was.
    """

    playlist_id: str | None
    status: str
    rules: object = None
    rules_source: str = "file"
    is_dynamic: bool = True
    snapshot_id: str | None = None
    details: Mapping[str, object] | None = None
    contents: list[str] | None = None
    wanted_uris: list[str] | None = None
    refused: dict[str, str] = field(default_factory=dict)  # URI → when Spotify refused it, ISO 8601
    replaced: dict[str, dict[str, str]] = field(default_factory=dict)  # URI → `uri` shown instead, `since`
    last_synced_at: datetime | None = None
    shown_public: bool | None = None  # how Spotify showed it after that was last set; None: not looked at
    before_adoption: Mapping[str, object] | None = (
        None  # uris, name and description of a list that was taken over
    )
    unproven_since: datetime | None = None
    out_of_season: str | None = None  # emptied, hiding or hidden; None: neither


def find_mapping(run: SpotifyRun, slug: str) -> PlaylistMapping | None:
    """The listener's row of a slug; None: no job has made or adopted such a playlist."""
    with run.transaction() as cursor:
        cursor.execute(statement("playlist_mappings.find"), {"user_id": run.user.user_id, "slug": slug})
        return next(iter(read(cursor, PlaylistMapping)), None)


class OtherRow(NamedTuple):
    """The row of another slug, as far as it can be in the way of a list."""

    slug: str
    playlist_id: str | None
    name: str
    status: str


def load_other_rows(run: SpotifyRun, slug: str) -> list[OtherRow]:
    """All other rows of the listener, that of the exclusions included."""
    with run.transaction() as cursor:
        cursor.execute(statement("playlist_mappings.others"), {"user_id": run.user.user_id, "slug": slug})
        return [OtherRow(*row) for row in cursor.fetchall()]


class NamedRow(Protocol):
    """What of a row says whether its list is in the way of another one."""

    @property
    def slug(self) -> str:
        """Its slug."""

    @property
    def name(self) -> str:
        """What its list is called."""

    @property
    def status(self) -> str:
        """What has become of its list."""


def slug_of_same_name(slug: str, name: str, rows: Iterable[NamedRow]) -> str:
    """The slug of another list that has the name already, so that a new list of `slug` may not have it; empty: none.

    The name of the exclusions is taken before there are any: they find their list by it.
    """
    if name == NAME:
        return EXCLUSIONS
    taken = (row.slug for row in rows if row.slug != slug and row.name == name and row.status != "retired")
    return next(taken, "")


def ways_to_let_go(slug: str, *, was_adopted: bool) -> str:
    """What a person does about the list that a slug has, so that it may have another one."""
    as_it_is = f"./run playlists forget {slug} --yes leaves it to you as it is"
    if not was_adopted:
        return f"{as_it_is}."
    return f"./run playlists put-back {slug} --yes makes it what it was before, and leaves it to you; {as_it_is}."
