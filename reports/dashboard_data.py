"""Reads the data of the dashboard: SELECTs only, all in the one transaction of the caller."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from psycopg2.extensions import cursor as Cursor

from reports.stored_facts import EVER, Coverage, Gap, JobRun, read_copied, read_coverage, read_gaps, read_runs
from utils.clock import believed
from utils.job.app_settings import load_app_settings_in
from utils.job.pauses import Pause, read_pauses
from utils.job.users import find_meant
from utils.mirror.exclusions import EXCLUSIONS
from utils.spotify.tokens import consent_ends_at

CHART_DAYS = 90
RECENT_DAYS = 30
TOP = 10

_VIEWS_EXIST = """
SELECT count(to_regclass(name)) = count(*)
FROM unnest(ARRAY['play_facts', 'unified_tracks', 'daily_metrics', 'artist_stats']) AS name
"""

_LIBRARY = """
SELECT
    (SELECT count(*) FROM unified_tracks WHERE user_id = %(user_id)s),
    (SELECT count(*) FROM unified_tracks AS u
     JOIN recording_of AS r ON r.user_id = u.user_id AND r.played_id = u.track_id
     WHERE u.user_id = %(user_id)s AND NOT EXISTS (
         SELECT 1 FROM recording_of AS o
         JOIN track_plays AS p ON p.user_id = o.user_id AND p.track_id = o.played_id
         WHERE o.user_id = r.user_id AND o.track_id = r.track_id AND p.play_count > 0)),
    (SELECT count(*) FROM artist_stats WHERE user_id = %(user_id)s AND track_count > 0),
    (SELECT count(*) FROM artist_stats WHERE user_id = %(user_id)s AND track_count = 0 AND play_count > 0)
"""

# Jobs that change nothing that the views count.
_JOBS_WITHOUT_EFFECT_ON_VIEWS = (
    "update_dynamic_playlists",
    "playlist_sync",
    "generate_playlist",
    "sync_images",
    "clean",
    "run_all",
)
_REFRESH = """
SELECT
    refreshed.at,
    EXISTS (
        SELECT 1 FROM sync_history
        WHERE user_id = %(user_id)s AND finished_at > refreshed.at AND new_items + updated_items + removed_items > 0
          AND job <> ALL(%(after_the_views)s)
    )
FROM (
    SELECT max(started_at) AS at FROM sync_history
    WHERE user_id IN (%(user_id)s, '*') AND job = 'materialized_views' AND status = 'done'
) AS refreshed
"""

_DAYS = """
SELECT
    day,
    play_count,
    skip_count,
    inferred_count,
    export_count,
    without_track_count,
    heard_ms,
    first_played_at,
    last_played_at
FROM daily_metrics
WHERE user_id = %(user_id)s
ORDER BY day
"""

# One pass over the plays for all four rankings. What is one recording is one track (recording_of). Every artist who is credited on
# what was played counts, each once per play.
_TOPS = """
WITH played AS MATERIALIZED (
    SELECT
        track_id,
        count(*) FILTER (WHERE is_counted) AS plays,
        COALESCE(sum(heard_ms), 0)::bigint AS heard_ms,
        count(*) FILTER (WHERE is_counted AND day >= %(since)s) AS recent_plays,
        COALESCE(sum(heard_ms) FILTER (WHERE day >= %(since)s), 0)::bigint AS recent_heard_ms
    FROM play_facts
    WHERE user_id = %(user_id)s AND track_id IS NOT NULL
    GROUP BY track_id
),
spans AS (
    SELECT 'all_time' AS span, track_id, plays, heard_ms FROM played
    UNION ALL
    SELECT 'recent', track_id, recent_plays, recent_heard_ms FROM played WHERE recent_plays > 0 OR recent_heard_ms > 0
),
credits AS (
    SELECT DISTINCT track_id, artist_id FROM track_artists JOIN played USING (track_id)
),
items AS (
    SELECT s.span, 'track' AS kind, t.track_id AS item_id, t.name, sum(s.plays)::bigint AS plays, sum(s.heard_ms)::bigint AS heard_ms
    FROM spans AS s
    LEFT JOIN recording_of AS r ON r.user_id = %(user_id)s AND r.played_id = s.track_id
    JOIN tracks AS t ON t.track_id = COALESCE(r.track_id, s.track_id)
    GROUP BY s.span, t.track_id
    UNION ALL
    SELECT span, 'artist', artist_id, a.name, sum(plays)::bigint, sum(heard_ms)::bigint
    FROM spans
    JOIN credits USING (track_id)
    JOIN artists AS a USING (artist_id)
    GROUP BY span, artist_id, a.name
),
ranked AS (
    SELECT *, row_number() OVER (
        PARTITION BY span, kind
        ORDER BY plays DESC, heard_ms DESC, name COLLATE "C", item_id COLLATE "C") AS rank
    FROM items
    WHERE plays > 0
)
SELECT
    span,
    kind,
    name,
    CASE kind WHEN 'track' THEN ARRAY(
        SELECT a.name FROM track_artists AS ta JOIN artists AS a USING (artist_id)
        WHERE ta.track_id = item_id ORDER BY ta.position) END,
    plays,
    heard_ms
FROM ranked
WHERE rank <= %(limit)s
ORDER BY span, kind, rank
"""

_CHECKED = """
SELECT max(h.started_at), max((h.started_at AT TIME ZONE u.time_zone)::date)
FROM sync_history AS h
JOIN users AS u USING (user_id)
WHERE user_id = %(user_id)s AND h.job = 'track_plays' AND h.status = 'done'
  AND believed(h.started_at, %(now)s) IS NOT NULL
"""

# The database indents the rules: its own numbers and texts, exactly as they are kept.
_SMART_PLAYLISTS = """
SELECT slug, name, playlist_id, status, is_dynamic, track_count, last_synced_at, rules::text
FROM playlist_mappings
WHERE user_id = %(user_id)s AND slug <> %(exclusions)s
"""


@dataclass(frozen=True)
class Listener:
    """The listener whose page it is. `time_zone` decides what a day is."""

    user_id: str
    display_name: str | None
    time_zone: str
    authorized_at: datetime | None
    auth_status: str
    today: date

    @property
    def consent_ends_at(self) -> datetime | None:
        """When the consent ends; None where its beginning is unknown."""
        return consent_ends_at(self.authorized_at) if self.authorized_at else None


@dataclass(frozen=True)
class Library:
    """Numbers about the library. The materialized views count them, so they are as old as the last refresh."""

    tracks: int
    never_played: int
    artists: int
    artists_only_played: int
    refreshed_at: datetime | None = None
    is_outdated: bool = False


@dataclass(frozen=True)
class Day:
    """The plays of one day of the listener's time zone; what was too short to count as one is in heard_ms and skips."""

    day: date
    plays: int
    skips: int
    estimated: int  # plays whose time heard is inferred
    from_export: int
    without_track: int
    heard_ms: int
    first_played_at: datetime
    last_played_at: datetime


@dataclass(frozen=True)
class TopItem:
    """A track with its artists, or an artist with none."""

    name: str | None
    artists: tuple[str | None, ...]
    plays: int
    heard_ms: int


@dataclass(frozen=True)
class Rankings:
    """The most played tracks and artists of one stretch of time, the most played first."""

    tracks: tuple[TopItem, ...] = ()
    artists: tuple[TopItem, ...] = ()


@dataclass(frozen=True)
class SmartPlaylist:
    """A smart playlist; `rules` is its definition as JSON. One that is not dynamic is an archive, which is made once."""

    slug: str
    name: str
    playlist_id: str | None
    status: str  # creating, active, missing, retired
    is_dynamic: bool
    track_count: int | None
    last_synced_at: datetime | None
    rules: str


@dataclass(frozen=True)
class Dashboard:
    """The data of the page, as of one moment."""

    built_at: datetime
    listener: Listener | None = None
    liked_tracks: int = 0
    saved_albums: int = 0
    known_plays: int = 0
    library: Library | None = None  # None: the views do not exist, and everything derived is unknown
    days: tuple[Day, ...] = ()  # on which something was heard, oldest first
    gaps: tuple[Gap, ...] = ()  # not filled, newest first
    checked_at: datetime | None = None  # when Spotify was last asked for plays
    coverage: Coverage | None = None  # of the time since the first play
    checked_day: date | None = None
    counted_from_seconds: int = 0  # what is shorter is heard, and no play
    recent: Rankings = Rankings()
    all_time: Rankings = Rankings()
    smart_playlists: tuple[SmartPlaylist, ...] = ()  # by name, without the exclusions
    runs: tuple[JobRun, ...] = ()  # newest first
    pauses: tuple[Pause, ...] = ()


def read_dashboard(cursor: Cursor, now: datetime, under_way: Sequence[UUID], named: str = "") -> Dashboard:
    """Read the data of the page. `under_way`: the run that builds it, and the one that has started that.

    They are not shown as the last runs of their jobs, as which they would never end.
    The page shows the listener who is `named`, else the one last active.

    The transaction has to be REPEATABLE READ, so that all data is of one moment.
    """
    listener = _listener_meant(cursor, now, named)
    parameters = {
        "user_id": listener.user_id if listener else None,
        "now": now,
        "after_the_views": list(_JOBS_WITHOUT_EFFECT_ON_VIEWS),
    }
    runs = read_runs(
        cursor, listener.user_id if listener else None, now, [str(run_id) for run_id in under_way]
    )
    pauses = read_pauses(cursor, listener.user_id if listener else None, now)
    if listener is None:
        return Dashboard(built_at=now, runs=runs, pauses=pauses)
    copied = read_copied(cursor, listener.user_id)
    checked_at, checked_day = _fetch_row(cursor, _CHECKED, parameters)
    library: Library | None = None
    days: tuple[Day, ...] = ()
    recent = all_time = Rankings()
    if _fetch_row(cursor, _VIEWS_EXIST, {})[0]:
        library = Library(
            *_fetch_row(cursor, _LIBRARY, parameters), *_fetch_row(cursor, _REFRESH, parameters)
        )
        days = tuple(Day(*each) for each in _fetch_rows(cursor, _DAYS, parameters))
        recent, all_time = _rankings(cursor, listener)
    return Dashboard(
        built_at=now,
        listener=listener,
        liked_tracks=copied.liked_tracks,
        saved_albums=copied.saved_albums,
        known_plays=copied.plays,
        library=library,
        days=days,
        gaps=read_gaps(cursor, listener.user_id),
        checked_at=checked_at,
        coverage=read_coverage(cursor, listener.user_id, EVER, now, checked_at),
        checked_day=checked_day,
        counted_from_seconds=load_app_settings_in(cursor, listener.user_id).number(
            "plays.counted_from_seconds"
        ),
        recent=recent,
        all_time=all_time,
        smart_playlists=_smart_playlists(cursor, listener),
        runs=runs,
        pauses=pauses,
    )


def _listener_meant(cursor: Cursor, now: datetime, named: str) -> Listener | None:
    found = find_meant(cursor, now, named)
    if found is None:
        return None
    today = now.astimezone(ZoneInfo(found.time_zone)).date()
    return Listener(
        found.user_id,
        found.display_name,
        found.time_zone,
        believed(found.authorized_at, now),
        found.auth_status,
        today,
    )


def _rankings(cursor: Cursor, listener: Listener) -> tuple[Rankings, Rankings]:
    """The rankings of the last RECENT_DAYS days, and those of all known plays."""
    values = {
        "user_id": listener.user_id,
        "since": listener.today - timedelta(days=RECENT_DAYS - 1),
        "limit": TOP,
    }
    items: dict[tuple[str, str], list[TopItem]] = {}
    for span, kind, name, artists, plays, heard_ms in _fetch_rows(cursor, _TOPS, values):
        items.setdefault((span, kind), []).append(TopItem(name, tuple(artists or ()), plays, heard_ms))
    recent, all_time = (
        Rankings(tuple(items.get((span, "track"), ())), tuple(items.get((span, "artist"), ())))
        for span in ("recent", "all_time")
    )
    return recent, all_time


def _smart_playlists(cursor: Cursor, listener: Listener) -> tuple[SmartPlaylist, ...]:
    """The smart playlists by name, without regard to case, then by slug. Python sorts: it needs no collation."""
    values = {"user_id": listener.user_id, "exclusions": EXCLUSIONS}
    playlists = (SmartPlaylist(*each) for each in _fetch_rows(cursor, _SMART_PLAYLISTS, values))
    return tuple(sorted(playlists, key=lambda each: (each.name.casefold(), each.slug)))


def _fetch_rows(cursor: Cursor, query: str, values: Mapping[str, object]) -> Sequence[tuple]:  # type: ignore[type-arg]
    cursor.execute(query, values)
    return cursor.fetchall()


def _fetch_row(cursor: Cursor, query: str, values: Mapping[str, object]) -> tuple:  # type: ignore[type-arg]
    cursor.execute(query, values)
    row = cursor.fetchone()
    assert row is not None  # these statements aggregate: they always have a row
    return row
