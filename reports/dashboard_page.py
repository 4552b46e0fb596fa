"""Renders the dashboard as HTML: a pure function of its data.

Every text that comes from the database passes `escaped`, `name_of` or the charts' own escaping. The page has no script,
loads nothing, and its policy allows nothing but its own style sheet, by hash.
"""

import hashlib
import math
from base64 import b64encode
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from reports.dashboard_data import (
    CHART_DAYS,
    RECENT_DAYS,
    Dashboard,
    Day,
    Rankings,
    TopItem,
)
from reports.html_parts import (
    UNKNOWN,
    day_text,
    escaped,
    hours_text,
    list_items,
    name_of,
    section,
    time_of,
)
from reports.playlists_section import playlists_section
from reports.stored_facts import Gap, JobRun
from reports.svg_charts import Bar, day_bars, meter, swatch
from utils.errors import Status
from utils.job.pauses import Pause
from utils.spotify.tokens import WARN_DAYS
from utils.words import counted

STYLE = Path(__file__).with_name("dashboard.css").read_text(encoding="utf-8")
MESSAGE_LENGTH = 300
GAPS_IN_SIGHT = 5
_STATUSES = frozenset(Status)
_MARKS = {
    "gap": "plays may be missing",
    "untracked": "not tracked yet",
    "unchecked": "not looked at yet",
}
_SECTIONS = (
    ("overview", "At a glance"),
    ("days", "Plays per day"),
    ("top", "Most played"),
    ("coverage", "How much is known"),
    ("playlists", "Smart playlists"),
    ("sync", "Sync"),
)


def render_page(dashboard: Dashboard, time_zone: str | None) -> str:
    """Render the whole page. `time_zone` is the setting TIME_ZONE; without it, the page says how to show other times than UTC."""
    page = _Page(dashboard, time_zone)
    style = STYLE.strip()
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<meta name="robots" content="noindex">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{page.title()}</title>\n<style>{style}</style>\n</head>\n<body>\n"
        '<a class="skip" href="#content">Skip to the content</a>\n<div class="page">\n'
        f'{page.header()}\n<main id="content">\n{page.content()}\n</main>\n{page.footer()}\n</div>\n</body>\n</html>\n'
    )


class _Page:
    """The parts of one page. Each method returns HTML."""

    def __init__(self, dashboard: Dashboard, time_zone: str | None) -> None:
        self.data = dashboard
        self.listener = dashboard.listener
        self.zone = ZoneInfo(self.listener.time_zone if self.listener else time_zone or "UTC")
        self.zone_is_default = self.zone.key == "UTC" and time_zone is None
        self.is_empty = not (dashboard.known_plays or dashboard.liked_tracks or dashboard.saved_albums)

    def title(self) -> str:
        name = self.listener.display_name if self.listener else None
        return f"Listening history: \u2068{escaped(name)}\u2069" if name else "Listening history"

    def header(self) -> str:
        name = self.listener.display_name if self.listener else None
        heading = (
            f'<p class="eyebrow">Listening history</p>\n<h1>{name_of(name)}</h1>'
            if name
            else '<p class="eyebrow">Kept by you</p>\n<h1>Listening history</h1>'
        )
        zone = f"Times in {escaped(self.zone.key)}"
        if self.zone_is_default:
            zone += "; set <code>TIME_ZONE</code> to have them, and the days, in yours"
        links = "" if self.is_empty else self.navigation()
        return f'<header>\n{heading}\n<p class="made">Built {self.time(self.data.built_at)}. {zone}.</p>\n</header>\n{links}'

    def navigation(self) -> str:
        """Links to the sections of the page."""
        links = "".join(
            f'<li><a href="#{anchor}">{title}</a></li>'
            for anchor, title in _SECTIONS
            if anchor != "playlists" or self.data.smart_playlists
        )
        return f'<nav aria-label="Sections"><ul>{links}</ul></nav>'

    def content(self) -> str:
        if self.is_empty:
            return self.first_steps() + self.playlists() + (self.sync() if self.data.runs else "")
        parts = (self.overview, self.per_day, self.most_played, self.coverage, self.playlists, self.sync)
        return "".join(part() for part in parts)

    def footer(self) -> str:
        return (
            "<footer><p>A static page from your own database. It holds no script, loads nothing and tells nobody "
            "that it was read.</p></footer>"
        )

    # Sections

    def first_steps(self) -> str:
        steps = [
            ("login", "gives consent once, and stores it. Skip it where the settings are in place."),
            ("track_plays", "copies the plays that Spotify remembers, which are the last fifty."),
            ("sync_liked_tracks", "copies the liked tracks."),
            ("sync_saved_albums", "copies the saved albums."),
            ("materialized_views", "counts what was copied."),
            ("build_dashboard", "builds this page again."),
        ]
        items = "".join(f"<li><code>./run {command}</code> {why}</li>" for command, why in steps)
        who = "nobody has given consent" if self.listener is None else "nothing has been copied"
        return section(
            "start",
            "Nothing here yet",
            f'<p class="lead">The database is ready, but {who} yet. These steps fill it:</p>\n'
            f'<ol class="steps">{items}</ol>',
        )

    def overview(self) -> str:
        data, days, library = self.data, self.data.days, self.data.library
        heard = _minutes(sum(day.heard_ms for day in days))
        hours, minutes = divmod(heard, 60)
        cards = [
            _card("plays known", data.known_plays, self._counted_text()),
            _card(
                "minutes heard", heard if library else None, self._duration_text(f"{hours:,} h {minutes} min")
            ),
            _card("days with plays", self._days_with_plays() if library else None, self._span_text()),
        ]
        if library is None:
            needs = "counted by <code>./run materialized_views</code>"
            cards += [_card("tracks never played", None, needs)]
        else:
            share = f"of {library.tracks:,}, as far as plays are known"
            cards += [_card("tracks never played", library.never_played, share)]
        cards += [
            _card("liked tracks", data.liked_tracks),
            _card("saved albums", data.saved_albums),
            _card(
                "tracks in the library",
                library.tracks if library else None,
                "liked, on a saved album, or in a playlist of your own",
            ),
            _card(
                "artists in the library", library.artists if library else None, self._played_artists_text()
            ),
        ]
        as_of = ""
        if library and library.refreshed_at:
            as_of = f'<p class="lead">The library was counted {self.time(library.refreshed_at)}.</p>'
        return section(
            "overview", "At a glance", f'{as_of}{self.callouts()}<dl class="cards">{"".join(cards)}</dl>'
        )

    def callouts(self) -> str:
        """Notes about what the listener should do, or wait for."""
        notes = [*self._consent_notes(), *map(self._pause_note, self.data.pauses)]
        if self.data.library is None:
            notes.append(
                "<strong>Nothing is counted yet.</strong> Run <code>./run materialized_views</code>, then "
                "<code>./run build_dashboard</code>."
            )
        elif self.data.library.is_outdated:
            notes.append(
                "<strong>The library has changed since it was counted.</strong> Run "
                "<code>./run materialized_views</code>, then <code>./run build_dashboard</code>."
            )
        checked = self.data.checked_at
        if checked and self.data.built_at - checked > timedelta(days=1):
            notes.append(
                f"<strong>Nobody has looked for plays since {self.time(checked)}.</strong> Spotify remembers only "
                "the last fifty: run <code>./run track_plays</code>."
            )
        failed = [escaped(run.job) for run in self.data.runs if run.status in (Status.FAILED, Status.KILLED)]
        if failed:
            notes.append(
                f'<strong>Did not end well the last time:</strong> {", ".join(failed)}. See <a href="#sync">Sync</a>.'
            )
        return f'<ul class="callouts">{list_items(notes)}</ul>' if notes else ""

    def per_day(self) -> str:
        heading = "Plays per day"
        if self.listener is None or not self.data.days:
            return section("days", heading, self._no_plays_note())
        bars = self._bars(self.listener.today)
        first, last = bars[0].day, bars[-1].day
        total, most = sum(bar.value for bar in bars), max(bars, key=lambda bar: bar.value)
        title = f"Plays per day, {day_text(first)} to {day_text(last)}"
        summary = f"{counted(total, 'play')} in the last {CHART_DAYS} days"
        if total:
            summary += f"; most on {day_text(most.day)}: {counted(most.value, 'play')}"
        marks = [mark for mark in _MARKS if any(bar.mark == mark for bar in bars)]
        described = "".join(
            f". {counted(sum(bar.mark == mark for bar in bars), 'day')} marked: {_MARKS[mark]}"
            for mark in marks
        )
        legend = list_items([f"{swatch('')}plays", *(f"{swatch(mark)}{_MARKS[mark]}" for mark in marks)])
        gaps = [gap for gap in self.data.gaps if gap.last_day >= first]
        return section(
            "days",
            heading,
            f'<p class="lead">{summary}. Today is not over.</p>'
            f"{day_bars(bars, title, f'{summary}{described}.')}"
            f'<ul class="legend">{legend}</ul>{self._gap_list(gaps)}{self._day_table(bars)}',
        )

    def most_played(self) -> str:
        heading = "Most played"
        if self.listener is None or not self.data.days:
            return section("top", heading, self._no_plays_note())
        recent = day_text(self.listener.today - timedelta(days=RECENT_DAYS - 1))
        lead = (
            "Minutes are estimated where Spotify does not say how long was heard. A play counts for every artist of its "
            "track. Equal plays: more minutes first, then by name."
        )
        return section(
            "top",
            heading,
            f'<p class="lead">{lead}</p>'
            f"{self._ranking_tables(self.data.recent, f'last {RECENT_DAYS} days, since {recent}')}"
            f"{self._ranking_tables(self.data.all_time, f'all known plays, since {day_text(self.data.days[0].day)}')}",
        )

    def coverage(self) -> str:
        facts = [("Known since", self._known_since_text()), ("Complete?", self._gaps_text())]
        days = self.data.days
        plays, estimated = sum(day.plays for day in days), sum(day.estimated for day in days)
        if plays:
            minutes = (
                "Spotify does not say how long was heard. It is inferred: no longer than the track, and no longer "
                f"than the time since the play before. Estimated for {estimated:,} of {counted(plays, 'play')}."
            )
            counting = "A repeat is a play. A skip was heard for less than 30 % of its track."
            if least := self.data.counted_from_seconds:
                counting += f" What was heard for less than {least} seconds, and not to its end, is in the minutes and is no play."
            without = sum(day.without_track for day in days)
            if without:
                counting += f" {counted(without, 'play')} of no Spotify track (local files, episodes) stand in no ranking."
            facts += [("Minutes", minutes), ("Counting", counting)]
        body = "".join(f'<div><h3>{title}</h3><p class="note">{text}</p></div>' for title, text in facts)
        lead = '<p class="lead">What these numbers are made of, and what they cannot know.</p>'
        return section("coverage", "How much is known", f'{lead}<div class="facts">{body}</div>')

    def playlists(self) -> str:
        return playlists_section(self.data.smart_playlists, self.zone)

    def sync(self) -> str:
        lead = f'<p class="lead">{self._consent_text()} {self._pauses_text()}</p>'
        if not self.data.runs:
            return section("sync", "Sync", f'{lead}<p class="note">No job has run yet.</p>')
        head = "".join(
            f'<th role="columnheader" scope="col"{kind}>{title}</th>'
            for title, kind in (
                ("Job", ""),
                ("Last run", ""),
                ("Status", ""),
                *((title, ' class="count"') for title in ("New", "Updated", "Removed", "Requests")),
                ("Message", ""),
            )
        )
        rows = "".join(map(self._run_row, self.data.runs))
        return section(
            "sync",
            "Sync",
            f'{lead}<div class="runs"><table role="table" aria-labelledby="sync-heading">'
            f'<thead role="rowgroup"><tr role="row">{head}</tr></thead>'
            f'<tbody role="rowgroup">{rows}</tbody></table></div>',
        )

    # Parts

    def time(self, moment: datetime) -> str:
        """A moment in the listener's time zone."""
        return time_of(moment, self.zone)

    def _counted_text(self) -> str:
        """How many of the known plays count, where not all do, and how many were skipped."""
        plays, skips = sum(day.plays for day in self.data.days), sum(day.skips for day in self.data.days)
        parts = []
        if self.data.days and plays != self.data.known_plays:
            parts.append(f"{plays:,} of them count")
        if skips:
            parts.append(f"{skips:,} {'were' if parts else 'of them'} skipped")
        return ", ".join(parts)

    def _days_with_plays(self) -> int:
        return sum(day.plays > 0 for day in self.data.days)

    def _duration_text(self, duration: str) -> str:
        plays = sum(day.plays for day in self.data.days)
        estimated = sum(day.estimated for day in self.data.days)
        if not estimated:
            return duration if plays else ""
        return (
            f"{duration}, estimated"
            if estimated == plays
            else f"{duration}, estimated for {estimated:,} of {plays:,} plays"
        )

    def _span_text(self) -> str:
        if self.listener is None or not self.data.days:
            return ""
        first = self.data.days[0].day
        span = (self.listener.today - first).days + 1
        return f"of {span:,} since {day_text(first)}" if span >= self._days_with_plays() else ""

    def _played_artists_text(self) -> str:
        library = self.data.library
        return (
            f"and {library.artists_only_played:,} only played"
            if library and library.artists_only_played
            else ""
        )

    def _no_plays_note(self) -> str:
        if self.data.known_plays and self.data.library is None:
            return '<p class="note">Counted by <code>./run materialized_views</code>.</p>'
        return (
            '<p class="note">No play is known yet. <code>./run track_plays</code> copies the last fifty.</p>'
        )

    def _bars(self, today: date) -> list[Bar]:
        days = {day.day: day for day in self.data.days}
        first_known = self.data.days[0].day
        last_known = max(self.data.days[-1].day, self.data.checked_day or date.min)
        bars = []
        for back in range(CHART_DAYS - 1, -1, -1):
            day = today - timedelta(days=back)
            mark = ""
            if day < first_known:
                mark = "untracked"
            elif any(gap.first_day <= day <= gap.last_day for gap in self.data.gaps):
                mark = "gap"
            elif day > last_known:
                mark = "unchecked"
            plays = days.get(day)
            bars.append(Bar(day, plays.plays if plays else 0, _day_label(day, plays, mark), mark))
        return bars

    def _gap_list(self, gaps: Sequence[Gap]) -> str:
        """A line per gap; all but the newest are folded away."""
        if not gaps:
            return ""
        lines = [
            f"Plays may be missing between {self.time(gap.start)} and {self.time(gap.end)} ({escaped(gap.reason)})."
            for gap in gaps
        ]
        shown, folded = lines[:GAPS_IN_SIGHT], lines[GAPS_IN_SIGHT:]
        more = (
            f'<details><summary>{len(folded):,} more</summary><ul class="gaps">{list_items(folded)}</ul></details>'
            if folded
            else ""
        )
        return f'<ul class="gaps note">{list_items(shown)}</ul>{more}'

    def _day_table(self, bars: Sequence[Bar]) -> str:
        days = {day.day: day for day in self.data.days}
        rows = []
        for bar in reversed(bars):
            day = days.get(bar.day)
            note = _MARKS.get(bar.mark, "")
            is_unknown = bar.mark in ("untracked", "unchecked")
            plays, minutes = (UNKNOWN, UNKNOWN) if is_unknown else (f"{bar.value:,}", _minutes_text(day))
            rows.append(
                f'<tr><th scope="row"><time datetime="{bar.day.isoformat()}">{bar.day:%a} {day_text(bar.day)}</time></th>'
                f'<td class="count">{plays}</td><td class="count">{minutes}</td><td>{note}</td></tr>'
            )
        return (
            "<details><summary>The same as a table</summary>"
            '<div class="scroll" role="region" aria-label="Plays per day" tabindex="0"><table><thead><tr>'
            '<th scope="col">Day</th><th scope="col" class="count">Plays</th><th scope="col" class="count">Minutes</th>'
            f'<th scope="col">Note</th></tr></thead><tbody>{"".join(rows)}</tbody></table></div></details>'
        )

    def _ranking_tables(self, tops: Rankings, when: str) -> str:
        tables = _ranking_table("Tracks", when, tops.tracks) + _ranking_table("Artists", when, tops.artists)
        return f'<div class="tops">{tables}</div>'

    def _known_since_text(self) -> str:
        days = self.data.days
        if not days:
            return (
                f"{'Not counted yet' if self.data.known_plays else 'No play is known yet'}. Spotify gives only the last "
                "fifty plays, and nothing of before."
            )
        first = min(day.first_played_at for day in days)
        last = max(day.last_played_at for day in days)
        text = f"The first known play ended {self.time(first)}, the last one {self.time(last)}."
        exported = sum(day.from_export for day in days)
        if exported:
            text += f" {counted(exported, 'play')} came from the privacy export."
        text += " Spotify itself gives only the last fifty plays, and nothing of before."
        return text + ("" if exported else " Your privacy export would have the years before.")

    def _gaps_text(self) -> str:
        gaps, checked = self.data.gaps, self.data.checked_at
        last_check = f"Spotify was last asked for plays {self.time(checked)}." if checked else ""
        if not self.data.days:
            return last_check or "Spotify was not asked for plays yet."
        if gaps:
            lost = hours_text(sum((gap.end - gap.start).total_seconds() for gap in gaps))
            coverage = self.data.coverage
            share = (
                f" {math.floor(1_000 * coverage.share) / 1_000:.1%} of the time since the first play was observed."
                if coverage
                else ""
            )
            text = f"No. In {counted(len(gaps), 'stretch', 'stretches')}, {lost} in all, plays may have been lost.{share} {last_check}"
            return text + self._older_gaps_text()
        return (
            f"No gap was noticed. {last_check} Plays in a private session, and of devices that were long offline, may never "
            "arrive."
        )

    def _older_gaps_text(self) -> str:
        """How many gaps lie before the days of the chart; empty where none does."""
        if self.listener is None:
            return ""
        start = self.listener.today - timedelta(days=CHART_DAYS - 1)
        older = sum(gap.last_day < start for gap in self.data.gaps)
        return f" {older:,} of them, from before the chart." if older else ""

    def _consent_text(self) -> str:
        if self.listener is None:
            return "Nobody has given consent yet: <code>./run login</code>."
        ends = self.listener.consent_ends_at
        if ends is None:
            return "When the consent ends is unknown."
        left = _days_left(ends, self.data.built_at)
        if ends <= self.data.built_at:
            return f"The consent ended {self.time(ends)}."
        return f"The consent lasts until {self.time(ends)}: {counted(left, 'day')} left."

    def _consent_notes(self) -> Iterable[str]:
        if self.listener is None:
            return
        renew = "Run <code>./run login</code>, and put the new refresh token where the old one is."
        ends, now = self.listener.consent_ends_at, self.data.built_at
        if self.listener.auth_status != "ok":
            status = escaped(self.listener.auth_status)
            yield f"<strong>Spotify did not accept the consent the last time ({status}).</strong> {renew}"
        elif ends and ends <= now:
            yield f"<strong>The consent has ended.</strong> {renew}"
        elif ends and _days_left(ends, now) <= WARN_DAYS:
            yield f"<strong>The consent ends in {counted(_days_left(ends, now), 'day')}.</strong> {renew}"

    def _pause_note(self, pause: Pause) -> str:
        what = "everything" if pause.what == "*" else escaped(pause.what)
        until = f" until {self.time(pause.until)}" if pause.until else ""
        if pause.kind == "spotify":
            return (
                f"<strong>Spotify wants no requests{until}</strong> ({what}: {escaped(pause.reason)}). The jobs go on by "
                "themselves."
            )
        if pause.kind == "listener":
            return f"<strong>Paused by you:</strong> {what}."
        return f"<strong>Not tried again{until}</strong>: {what} has failed again and again."

    def _pauses_text(self) -> str:
        count = len(self.data.pauses)
        return (
            f"{counted(count, 'pause')} in force, see above."
            if count and not self.is_empty
            else "No pause is in force."
        )

    def _run_row(self, run: JobRun) -> str:
        known = run.status if run.status in _STATUSES else ""
        message = run.message or ""
        if len(message) > MESSAGE_LENGTH:
            message = message[:MESSAGE_LENGTH] + "…"
        success = ""
        if run.status != Status.DONE and run.last_success_at:
            success = f"<small>last done {self.time(run.last_success_at)}</small>"
        counts = (
            ("New", run.new_items),
            ("Updated", run.updated_items),
            ("Removed", run.removed_items),
            ("Requests", run.requests),
        )
        numbers = "".join(
            f'<td role="cell" class="count" data-label="{label}">{number:,}</td>' for label, number in counts
        )
        return (
            f'<tr role="row"><th role="rowheader" scope="row">{escaped(run.job)}</th>'
            f'<td role="cell" class="when">{self.time(run.started_at)}{success}</td>'
            f'<td role="cell" class="state"><span class="status {known}">{escaped(run.status)}</span></td>'
            f'{numbers}<td role="cell" class="message">{escaped(message)}</td></tr>'
        )


def _card(label: str, number: int | None, more: str = "") -> str:
    shown = UNKNOWN if number is None else f"{number:,}"
    below = f'<dd class="more">{more}</dd>' if more else ""
    return f'<div><dt>{label}</dt><dd class="number">{shown}</dd>{below}</div>'


def _ranking_table(title: str, when: str, items: Sequence[TopItem]) -> str:
    """A ranking with a thin bar per row, in the order given."""
    if not items:
        return f'<div class="top"><h3>{title}: {when}</h3><p class="note">Nothing was played.</p></div>'
    largest = max(item.plays for item in items)
    rows = []
    for rank, item in enumerate(items, start=1):
        artists = ", ".join(
            f"<bdi>{escaped(artist)}</bdi>" if artist else "unknown" for artist in item.artists
        )
        by = f'<div class="by"><span class="name">{artists}</span></div>' if artists else ""
        rows.append(
            f'<tr><td class="rank">{rank}</td><th scope="row"><div class="what">{name_of(item.name)}</div>{by}'
            f'{meter(item.plays, largest)}</th><td class="count">{item.plays:,}</td>'
            f'<td class="count">{_minutes(item.heard_ms):,}</td></tr>'
        )
    return (
        f'<table class="top"><caption>{title} <span>{when}</span></caption><thead><tr>'
        '<th scope="col" class="rank"><span aria-hidden="true">#</span></th>'
        f'<th scope="col">{title.removesuffix("s")}</th><th scope="col" class="count">Plays</th>'
        f'<th scope="col" class="count">Minutes</th></tr></thead><tbody>{"".join(rows)}</tbody></table>'
    )


def _day_label(day: date, plays: Day | None, mark: str) -> str:
    """The label that a pointer on a day shows."""
    label = f"{day:%a} {day_text(day)}: "
    if mark in ("untracked", "unchecked"):
        return label + _MARKS[mark]
    if plays is None:
        label += "no plays"
    else:
        label += f"{counted(plays.plays, 'play')}, {_minutes_text(plays)} min"
    return f"{label}; {_MARKS[mark]}" if mark else label


def _minutes_text(day: Day | None) -> str:
    """The minutes heard on a day: `81`, or `~81` where they are estimated."""
    if day is None:
        return "0"
    return f"{'~' if day.estimated else ''}{_minutes(day.heard_ms):,}"


def _minutes(milliseconds: int) -> int:
    return round(milliseconds / 60_000)


def _days_left(ends: datetime, now: datetime) -> int:
    return max((ends - now).days, 0)
