"""What the site says, for programs: files beside the pages, each the same as long as what it says is; and those for a calendar."""

import json
from typing import Any

from reports.dashboard.calendars import releases, reminder
from reports.dashboard.scope import Source
from reports.status.json_form import as_json
from utils.mirror.stored_counts import catalogue_stats, image_stats

UNSTEADY = ("as_of", "coverage", "requests", "runs_of_30_days")
REMINDER, RELEASES = "consent.ics", "releases.ics"
WANTS_RELEASES = "reports.release_calendar"  # the setting
RANKINGS = "top.json"  # written by the page Top, where plays are known
MOST_RELEASES = 1_000  # in a calendar
# In the order in which the page lists them, with what they are.
TWINS = {
    "sync-status.json": "how things stand, as ./run status --json says it",
    "settings.json": "the settings of spotify.*, and image statistics",
    "image_stats.json": "bytes and numbers of the covers",
    "db-stats.json": "how many artists, albums, tracks and playlists there are",
    RANKINGS: "the rankings of the page Top, as it opens and of all time",
}


def put_twins(source: Source) -> None:
    """Write them."""
    standing, images = source.standing, image_stats(source.cursor)
    said = as_json(standing, is_public=False)
    # They say nothing but that time has gone by, where all the rest is the same.
    put_json(source, "sync-status.json", said, {**said, **dict.fromkeys(UNSTEADY)})
    put_json(source, "settings.json", {"settings": standing.settings.listed(), "image_stats": images})
    put_json(source, "image_stats.json", images)
    put_json(source, "db-stats.json", catalogue_stats(source.cursor))
    consent = standing.consent
    if consent and consent.began_at and consent.ends_at:
        source.site.put(REMINDER, reminder(consent.began_at, consent.ends_at, consent.login))
    if standing.settings.is_on(WANTS_RELEASES):
        calendar = releases(source.rows("site_library.releases", limit=MOST_RELEASES))
        if calendar:
            source.site.put(RELEASES, calendar)


def put_json(source: Source, name: str, said: dict[str, Any], same_as: dict[str, Any] | None = None) -> None:
    """Let the site have it; `same_as`: what is compared with the build before, where a part changes with each."""
    source.site.put(name, _bytes(said), same_as=None if same_as is None else _bytes(same_as))


def _bytes(said: dict[str, Any]) -> bytes:
    return f"{json.dumps(said, indent=2)}\n".encode()
