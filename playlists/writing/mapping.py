"""What the writer knows of a smart playlist from earlier runs: its row of playlist_mappings."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from playlists.writing.target import Details, Target
from utils.database.statements import statement
from utils.job.spotify_run import SpotifyRun

REFUSED_FOR = timedelta(days=30)  # then a refused URI is tried again


@dataclass(frozen=True)
class Mapping:
    """A row. `contents` are those of the version `snapshot_id`; None: not known.

    With `wanted_uris` a change was begun and not finished: `contents` are then those before it.
    """

    playlist_id: str | None
    status: str
    rules: object = None
    rules_source: str = "file"
    is_dynamic: bool = True
    snapshot_id: str | None = None
    details: Details | None = None
    contents: list[str] | None = None
    wanted_uris: list[str] | None = None
    refused: dict[str, str] = field(default_factory=dict)  # URI → when, ISO 8601
    last_synced_at: datetime | None = None

    def is_refused(self, uri: str, now: datetime) -> bool:
        """Whether Spotify refused it lately, so that it is not tried again yet."""
        refused_at = self.refused.get(uri)
        return refused_at is not None and now - datetime.fromisoformat(refused_at) < REFUSED_FOR

    def knows(self, target: Target) -> bool:
        """Whether the row says of the definition what the target does."""
        of_file = target.rules_source == "file"
        return (
            self.status == "active"
            and (self.rules_source, self.is_dynamic) == (target.rules_source, target.is_dynamic)
            and (not of_file or self.rules == json.loads(target.rules))
            and self.details == target.details
        )


def find_mapping(run: SpotifyRun, slug: str) -> Mapping | None:
    """The row of a slug."""
    with run.batch() as cursor:
        cursor.execute(statement("playlist_mappings.find"), _key(run, slug))
        row = cursor.fetchone()
    return Mapping(*row) if row else None


def other_lists(run: SpotifyRun, slug: str) -> list[tuple[str, str | None, str, str]]:
    """Slug, playlist_id, name and status of the listener's other rows, that of the exclusions too."""
    with run.batch() as cursor:
        cursor.execute(statement("playlist_mappings.others"), _key(run, slug))
        return cursor.fetchall()


def intend_list(run: SpotifyRun, target: Target) -> None:
    """Store that a list is about to be created, before it is."""
    with run.batch() as cursor:
        cursor.execute(statement("playlist_mappings.intend_list"), _of_target(run, target))


def map_list(run: SpotifyRun, target: Target, playlist_id: str, details: Details | None) -> None:
    """Store which list it is. `details`: what it is known to have been made with."""
    values = {
        **_key(run, target.slug),
        "playlist_id": playlist_id,
        "details": None if details is None else json.dumps(details),
    }
    with run.batch() as cursor:
        cursor.execute(statement("playlist_mappings.map_list"), values)


def take_over_list(run: SpotifyRun, target: Target, playlist_id: str) -> None:
    """Store a list that exists as this one, together."""
    values = {**_of_target(run, target), "playlist_id": playlist_id}
    with run.batch() as cursor:
        cursor.execute(statement("playlist_mappings.intend_list"), values)
        cursor.execute(statement("playlist_mappings.map_list"), {**values, "details": None})


def intend_contents(run: SpotifyRun, slug: str, before: Sequence[str], wanted: Sequence[str]) -> None:
    """Store that a change begins, and where it leads."""
    values = {
        **_key(run, slug),
        "contents": json.dumps(before),
        "wanted_uris": json.dumps(wanted),
        "now": run.clock.now(),
    }
    with run.batch() as cursor:
        cursor.execute(statement("playlist_mappings.intend_contents"), values)


def store_details(run: SpotifyRun, target: Target) -> None:
    """Store what has been set on Spotify."""
    values = {**_key(run, target.slug), "details": json.dumps(target.details)}
    with run.batch() as cursor:
        cursor.execute(statement("playlist_mappings.detailed"), values)


def store_refused(run: SpotifyRun, slug: str, uris: Iterable[str]) -> dict[str, str]:
    """Store which URIs Spotify has just refused; the same as a mapping has them."""
    refused = dict.fromkeys(uris, run.clock.now().isoformat())
    with run.batch() as cursor:
        values = {**_key(run, slug), "refused_uris": json.dumps(refused)}
        cursor.execute(statement("playlist_mappings.refused"), values)
    return refused


def store_agreed(
    run: SpotifyRun, target: Target, contents: Sequence[str], snapshot_id: str, refused: dict[str, str]
) -> None:
    """Store that the list is as wanted; an intent is fulfilled with that."""
    values = {
        **_of_target(run, target),
        "track_count": len(contents),
        "now": run.clock.now(),
        "hash": content_hash(contents),
        "snapshot_id": snapshot_id,
        "contents": json.dumps(contents),
        "refused_uris": json.dumps(refused),
    }
    with run.batch() as cursor:
        cursor.execute(statement("playlist_mappings.agreed"), values)


def store_missing(run: SpotifyRun, slug: str) -> None:
    """Store that Spotify does not show the list at the moment."""
    with run.batch() as cursor:
        cursor.execute(statement("playlist_mappings.missing"), _key(run, slug))


def retire(run: SpotifyRun, slug: str) -> None:
    """Store that the list was deleted on Spotify."""
    with run.batch() as cursor:
        cursor.execute(statement("playlist_mappings.retire"), _key(run, slug))


def content_hash(uris: Sequence[str]) -> str:
    """Tells one list of items from another."""
    return hashlib.sha256("\n".join(uris).encode()).hexdigest()


def _key(run: SpotifyRun, slug: str) -> dict[str, object]:
    return {"user_id": run.user.user_id, "slug": slug}


def _of_target(run: SpotifyRun, target: Target) -> dict[str, object]:
    return {
        **_key(run, target.slug),
        "name": target.details["name"],
        "rules": target.rules,
        "rules_source": target.rules_source,
        "is_dynamic": target.is_dynamic,
        "details": json.dumps(target.details),
    }
