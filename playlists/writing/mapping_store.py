"""What the writer reads from, and stores in, the row of playlist_mappings of a smart playlist."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from playlists.writing.replaced import Replaced
from playlists.writing.target import Target
from utils.clock import believed, cannot_be
from utils.job.spotify_run import SpotifyRun
from utils.mirror.made_once import Intended
from utils.mirror.own_playlists import OwnList
from utils.mirror.playlist_mappings import PlaylistMapping

PROVEN_EVERY = timedelta(days=7)  # so often at most all of a list is read that is otherwise read in parts
REFUSED_FOR = timedelta(days=30)  # after that, a refused URI is tried again
REPLACED_FOR = timedelta(
    days=30
)  # so long it is remembered what an id became that is not wanted at the moment


def is_proof_due(since: datetime | None, now: datetime) -> bool:
    """Whether all of a list has to be read, of which `since` then only parts were."""
    return since is not None and (cannot_be(since, now) or now - since >= PROVEN_EVERY)


def is_refused(mapping: PlaylistMapping, uri: str, now: datetime) -> bool:
    """Whether Spotify refused a URI lately, so that it is not tried again yet."""
    stored = mapping.refused.get(uri)
    refused_at = believed(datetime.fromisoformat(stored), now) if stored is not None else None
    return refused_at is not None and now - refused_at < REFUSED_FOR


def replaced_to_store(
    mapping: PlaylistMapping, replaced: Replaced, wanted: Iterable[str], now: datetime
) -> dict[str, dict[str, str]]:
    """What is shown as another URI, as the row keeps it: what is wanted, and what was lately seen."""
    wanted_uris = set(wanted)
    kept: dict[str, dict[str, str]] = {}
    for uri, other in replaced.shown_as.items():
        known = mapping.replaced.get(uri, {})
        since = known["since"] if known.get("uri") == other else now.isoformat()
        if uri in wanted_uris or now - datetime.fromisoformat(since) < REPLACED_FOR:
            kept[uri] = {"uri": other, "since": since}
    return kept


def says_what_target_says(mapping: PlaylistMapping, target: Target) -> bool:
    """Whether the row holds the rules, the kind and the details that the target has now."""
    is_of_file = target.rules_source == "file"
    return (
        mapping.status == "active"
        and (mapping.rules_source, mapping.is_dynamic) == (target.rules_source, target.is_dynamic)
        and (not is_of_file or mapping.rules == json.loads(target.rules))
        and mapping.details == target.details
        and mapping.out_of_season == target.out_of_season
    )


def intended(target: Target) -> Intended:
    """The row of a target whose playlist is about to be created or taken over."""
    return Intended(
        target.slug,
        str(target.details["name"]),
        target.rules,
        target.rules_source,
        target.is_dynamic,
        target.details,
    )


def before_adoption(listed: OwnList, held: Sequence[str]) -> Mapping[str, object]:
    """What a list is before it is taken over, as the row keeps it so that it can be put back."""
    return {
        "uris": list(held),
        "name": listed.name,
        "description": listed.description,
        "public": bool(listed.is_public),
        "collaborative": bool(listed.is_collaborative),
    }


def keep_before_adoption(run: SpotifyRun, slug: str, before: Mapping[str, object]) -> None:
    """Store what a list was that somebody has mapped by hand, before anything is written."""
    values = {**_key(run, slug), "before_adoption": json.dumps(before)}
    run.execute("playlist_mappings.keep_before_adoption", values)


def forget_list(run: SpotifyRun, slug: str) -> None:
    """Forget a playlist: it is the listener's own again."""
    run.execute("playlist_mappings.forget", _key(run, slug))


def intend_contents(run: SpotifyRun, slug: str, before: Sequence[str], wanted: Sequence[str]) -> None:
    """Store that a change of the contents begins, what they are before it, and what they should be afterwards."""
    values = {
        **_key(run, slug),
        "contents": json.dumps(before),
        "wanted_uris": json.dumps(wanted),
        "now": run.clock.now(),
    }
    run.execute("playlist_mappings.intend_contents", values)


def store_details(run: SpotifyRun, target: Target) -> None:
    """Store the details that were set on Spotify."""
    values = {**_key(run, target.slug), "details": json.dumps(target.details)}
    run.execute("playlist_mappings.detailed", values)


def store_shown_public(run: SpotifyRun, slug: str, *, is_public: bool | None) -> None:
    """Store whether Spotify shows the playlist as public, once that was set."""
    run.execute("playlist_mappings.shown_public", {**_key(run, slug), "is_public": is_public})


def store_refused(run: SpotifyRun, slug: str, uris: Iterable[str]) -> dict[str, str]:
    """Store the URIs that Spotify has just refused; the same as `PlaylistMapping.refused` has them."""
    refused = dict.fromkeys(uris, run.clock.now().isoformat())
    run.execute("playlist_mappings.refused", {**_key(run, slug), "refused_uris": json.dumps(refused)})
    return refused


def store_synced(
    run: SpotifyRun,
    target: Target,
    contents: Sequence[str],
    snapshot_id: str,
    refused: dict[str, str],
    replaced: dict[str, dict[str, str]],
    unproven_since: datetime | None,
) -> None:
    """Store that the playlist agrees with the target, and that no change is under way any more."""
    values = {
        **intended(target).values(run),
        "track_count": len(contents),
        "now": run.clock.now(),
        "hash": content_hash(contents),
        "snapshot_id": snapshot_id,
        "contents": json.dumps(contents),
        "refused_uris": json.dumps(refused),
        "replaced_uris": json.dumps(replaced),
        "unproven_since": unproven_since,
        "out_of_season": target.out_of_season,
    }
    run.execute("playlist_mappings.agreed", values)


def store_missing(run: SpotifyRun, slug: str) -> None:
    """Store that Spotify does not show the playlist at the moment."""
    run.execute("playlist_mappings.missing", _key(run, slug))


def store_out_of_season(run: SpotifyRun, slug: str, state: Literal["hiding", "hidden"]) -> None:
    """Store that the playlist is about to be hidden, or is."""
    run.execute("playlist_mappings.out_of_season", {**_key(run, slug), "state": state})


def store_shown(run: SpotifyRun, slug: str) -> None:
    """Store that the playlist is in the listener's library again, and is still to be made."""
    run.execute("playlist_mappings.shown", _key(run, slug))


def retire(run: SpotifyRun, slug: str) -> None:
    """Store that the playlist was deleted on Spotify."""
    run.execute("playlist_mappings.retire", _key(run, slug))


def content_hash(uris: Sequence[str]) -> str:
    """A hash of the contents, as `last_synced_hash` keeps it."""
    return hashlib.sha256("\n".join(uris).encode()).hexdigest()


def _key(run: SpotifyRun, slug: str) -> dict[str, object]:
    return {"user_id": run.user.user_id, "slug": slug}
