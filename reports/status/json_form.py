"""How things stand, for programs. Times are ISO 8601, UTC; what is not known is null."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from reports.status.facts import Standing
from reports.stored_facts import Phase
from utils.config import is_time_zone
from utils.job.last_backup import LastBackup
from utils.job.scripts import jobs

# The phases as they were called from the beginning; others go by their own names.
PHASES: Mapping[str, str] = {
    "liked_tracks": "tracks",
    "followed_artists": "artists",
    "saved_albums": "albums",
    "playlists": "playlists",
}


def as_json(standing: Standing, *, is_public: bool) -> dict[str, Any]:
    """The object. `is_public`: strangers may read it, so it says nothing of who listens, and when."""
    latest = standing.running[:1] or list(standing.runs[:1])
    copied, consent = standing.copied, standing.consent
    daily = standing.settings.number("sync.daily_requests_per_group")
    return {
        "status": standing.overall,
        "as_of": _text(standing.as_of),
        "time_zone": standing.time_zone,
        "user_id": None if is_public or not standing.user_id else standing.user_id,
        "history_id": latest[0].run_id if latest else None,
        "started_at": _text(latest[0].started_at) if latest else None,
        "phases": {PHASES.get(each.entity, each.entity): _phase(standing, each) for each in standing.phases},
        "running": [{"script": each.job, "since": _text(each.started_at)} for each in standing.running],
        "pauses": [
            {
                "kind": each.kind,
                "what": each.what,
                "reason": each.reason,
                "until": _text(each.until),
                "until_local": _local(each.until, standing.time_zone),
            }
            for each in standing.pauses
        ],
        "consent": consent
        and {
            "state": consent.state,
            "began_at": _text(consent.began_at),
            "ends_at": _text(consent.ends_at),
            "days_left": consent.days_left,
        },
        "library": copied
        and {
            "liked_tracks": copied.liked_tracks,
            "saved_albums": copied.saved_albums,
            "followed_artists": copied.followed_artists,
            "playlists": copied.playlists,
            "plays": copied.plays,
            "episode_plays": copied.episodes,
            "first_played_at": None if is_public else _text(copied.first_played_at),
            "last_played_at": None if is_public else _text(copied.last_played_at),
        },
        "coverage": standing.coverage
        and {
            "share": round(standing.coverage.share, 6),
            "unobserved_seconds": round(standing.coverage.unobserved_s),
            "of_seconds": round(standing.coverage.of_s),
        },
        "gaps": {
            "count": len(standing.gaps),
            "stretches": []
            if is_public
            else [{"start": _text(each.start), "end": _text(each.end)} for each in standing.gaps],
        },
        "scripts": {
            each.job: {
                "last_success_at": _text(each.last_success_at),
                "last_started_at": _text(each.started_at),
                "last_status": each.status,
                "last_error": each.message,
            }
            for each in sorted(standing.runs, key=lambda each: each.job)
        },
        "requests": {
            each.endpoint_group: {
                "used": each.calls,
                "left": max(daily - each.calls, 0),
                "of": daily,
                "back_from": _text(each.back_from),
            }
            for each in standing.spent
        },
        "runs_of_30_days": {
            "worked": standing.green.worked,
            "went_well": standing.green.worked - standing.green.failed,
            "share": None if standing.green.share is None else round(standing.green.share, 6),
        },
        "last_backup": None if is_public else _backup(standing.backup),
        "next": [{"what": each.what, "at": _text(each.at), "by": each.by} for each in standing.due],
    }


def _backup(backup: LastBackup | None) -> dict[str, Any] | None:
    if backup is None:
        return None
    return {"file": str(backup.path), "made_at": _text(backup.made_at), "is_there": backup.is_there}


def _phase(standing: Standing, phase: Phase) -> dict[str, Any]:
    groups = {
        group
        for job in jobs().values()
        if any(entity.name == phase.entity for entity in job.entities)
        for group in (*job.groups, "*")
    }
    resets = [
        each.until
        for each in standing.pauses
        if each.kind == "spotify" and each.what in groups and each.until
    ]
    return {
        "entity": phase.entity,
        "phase": phase.phase,
        "status": phase.status,
        "current_offset": phase.offset,
        "total_items": phase.total,
        "items_processed": phase.done,
        "batch": phase.batch[0] if phase.batch else None,
        "batches": phase.batch[1] if phase.batch else None,
        "days_left": phase.days_left(standing.as_of),
        "percent": round(100 * phase.share, 1),
        "last_error": phase.message,
        "held_back_removals": phase.held_back,
        "rate_limit_reset_at": _text(max(resets, default=None)),
        "eta": _text(eta(standing, phase)),
    }


def eta(standing: Standing, phase: Phase) -> datetime | None:
    """When it will be complete at the pace so far, where it is being copied at this moment."""
    working = {each.job for each in standing.running}
    at_work = any(
        job.name in working and any(entity.name == phase.entity for entity in job.entities)
        for job in jobs().values()
    )
    if phase.is_complete or not at_work or not phase.total or not phase.offset:
        return None
    return standing.as_of + (phase.last_updated_at - phase.started_at) / phase.offset * max(
        phase.total - phase.offset, 0
    )


def _local(moment: datetime | None, zone: str) -> str | None:
    """In the listener's zone, with its offset; UTC where this machine does not know it."""
    if moment is None:
        return None
    return moment.astimezone(ZoneInfo(zone) if is_time_zone(zone) else UTC).isoformat(timespec="seconds")


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds")
