"""How things stand, for people: some twenty lines, in the listener's own time zone."""

import math
import textwrap
from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from reports.status.facts import REMEMBERED, Consent, Standing, is_over, script_of
from reports.stored_facts import Phase
from utils.config import is_time_zone
from utils.spotify.consents import WARN_DAYS
from utils.terminal import one_printable_line
from utils.words import counted, hours_text

WIDTH = 100
INDENT = 13
MOST = 4  # gaps, errors and the like that are told one by one


def as_text(standing: Standing, *, is_public: bool) -> str:
    """The text. `is_public`: strangers may read it, so it says nothing of who listens, and when."""
    if not standing.user_id:
        return _first_use(standing)
    return "".join(_wrapped(label, text) for label, text in entries(standing, is_public=is_public))


def entries(standing: Standing, *, is_public: bool) -> Iterator[tuple[str, str]]:
    """Label and text of what there is to say, in its order; nothing in it controls a terminal. A listener has to be stored."""
    for label, text in _lines(standing, is_public=is_public):
        if text:
            yield label, one_printable_line(text, len(text))


def _first_use(standing: Standing) -> str:
    failed = "".join(
        _wrapped("Failed", one_printable_line(text, len(text)))
        for text in _failures(standing, Moments(standing))
    )
    if standing.has_consent:
        return f"Nothing is stored yet. Your consent is there: ./run sync copies your library.\n{failed}"
    return failed + (
        "Nothing is stored yet.\n"
        "  1. ./run login   your consent; it tells how to register the app\n"
        "  2. ./run sync    copies your library\n"
        "To look around first, without an account: ./run demo\n"
    )


def _lines(standing: Standing, *, is_public: bool) -> Iterator[tuple[str, str]]:
    """Label and text of each entry, in their order."""
    say = Moments(standing)
    copied = standing.copied
    assert copied is not None, "a listener is stored"
    of = "" if is_public else f", of {one_printable_line(standing.name or standing.user_id, 60)}"
    yield (
        "Status",
        f"{standing.overall}{of}; times are of {standing.time_zone}, now is {say.full(standing.as_of)}",
    )
    yield (
        "Library",
        f"{counted(copied.liked_tracks, 'liked track')}, {counted(copied.saved_albums, 'saved album')}, "
        f"{counted(copied.followed_artists, 'followed artist')}, {counted(copied.playlists, 'playlist')}",
    )
    since = ""
    if copied.first_played_at and copied.last_played_at and not is_public:
        since = f" since {say.day(copied.first_played_at)}, the last one {say(copied.last_played_at)}"
    spoken = f"; {copied.episodes:,} of podcasts and audiobooks" if copied.episodes else ""
    yield "Plays", f"{copied.plays:,}{since}{spoken}"
    if standing.coverage and standing.coverage.unobserved_s >= REMEMBERED.total_seconds():
        yield (
            "Observed",
            f"{math.floor(10_000 * standing.coverage.share) / 10_000:.2%} of that time; in {hours_text(standing.coverage.unobserved_s)} plays may have been lost",
        )
    if standing.gaps:
        last = "" if is_public else f", the last {say(standing.gaps[0].start)} to {say(standing.gaps[0].end)}"
        yield "Gaps", f"plays may be missing in {counted(len(standing.gaps), 'stretch', 'stretches')}{last}"
    yield "Consent", _consent(standing.consent, say)
    yield (
        "Copying",
        ", ".join(_copying(each, standing.as_of) for each in standing.phases if not each.is_complete),
    )
    yield (
        "Running",
        ", ".join(f"{each.job} since {say(each.started_at)}" for each in standing.running) or "nothing",
    )
    if standing.spent:
        daily = standing.settings.number("sync.daily_requests_per_group")
        left = [f"{each.endpoint_group} {max(daily - each.calls, 0):,}" for each in standing.spent]
        yield "Requests", f"left of {daily:,} in 24 hours: {', '.join(left)}"
    yield "Held back", "; ".join(_pauses(standing, say)) or "nothing"
    done = [(each.job, each.last_success_at) for each in standing.runs if each.last_success_at]
    newest = sorted(done, key=lambda each: (each[1], each[0]), reverse=True)
    yield "Last done", ", ".join(f"{job} {say(at)}" for job, at in newest) or "nothing yet"
    for text in _failures(standing, say):
        yield "Failed", text
    if standing.green.share is not None:
        well = standing.green.worked - standing.green.failed
        yield (
            "Runs",
            f"{well:,} of {standing.green.worked:,} went well in 30 days, {math.floor(1000 * standing.green.share) / 1000:.1%}",
        )
    yield "Next", _next(standing, say)
    if standing.backup and not is_public:
        gone = "" if standing.backup.is_there else ", which is there no more"
        yield "Backup", f"{say(standing.backup.made_at)}: {standing.backup.path}{gone}"


def _copying(phase: Phase, now: datetime) -> str:
    """`liked_tracks 30% of 750 (batch 5 of 15), done in about 2 days`."""
    of = f" of {phase.total:,}" if phase.total else ""
    batch = f" (batch {phase.batch[0]} of {phase.batch[1]})" if phase.batch else ""
    days = phase.days_left(now)
    return f"{phase.entity} {phase.percent}%{of}{batch}" + (
        f", done in about {counted(days, 'day')}" if days else ""
    )


def _failures(standing: Standing, say: "Moments") -> Iterator[str]:
    for each in standing.failed[:MOST]:
        message = one_printable_line(each.message or "it went away without a word", 160)
        yield f"{each.job} {say(each.started_at)}: {message}"
    if len(standing.failed) > MOST:
        yield f"and {len(standing.failed) - MOST} more: sync_history has them all"


def _consent(consent: Consent | None, say: "Moments") -> str:
    assert consent is not None
    if consent.state != "ok":
        return f"not accepted by Spotify the last time ({one_printable_line(consent.state, 40)}): {consent.elsewhere or consent.login}"
    if consent.ends_at is None or consent.days_left is None:
        return f"its end is not known; {consent.login} renews it"
    if is_over(consent):
        return f"over since {say.day(consent.ends_at)}: {consent.login}"
    soon = f"; {consent.login} renews it" if consent.days_left <= WARN_DAYS else ""
    return f"until {say.day(consent.ends_at)}, {counted(consent.days_left, 'day')} left{soon}"


def _pauses(standing: Standing, say: "Moments") -> Iterator[str]:
    for phase in standing.phases:
        if phase.held_back:
            yield (
                f"{phase.held_back:,} of {phase.entity} are missing at Spotify, too many to be believed at once "
                f"(./run {script_of(phase)} --force believes it)"
            )
    for each in standing.pauses:
        until = f" until {say(each.until)}" if each.until else ""
        if each.kind == "spotify":
            what = "" if each.what == "*" else f" of group {each.what}"
            yield f"Spotify wants no requests{what}{until} ({each.reason})"
        elif each.kind == "circuit":
            yield f"{each.what}{until}, after {each.failures} failures in a row"
        else:
            what = "everything" if each.what == "*" else each.what
            yield f"{what} paused by you (./run control resume)"


def _next(standing: Standing, say: "Moments") -> str:
    if not standing.due:
        return "nothing that is known of here starts by itself; ./run sync copies everything"
    shown = ", ".join(f"{each.what} {say(each.at)}" for each in standing.due)
    if standing.due[0].by == "cooldown":
        return f"done a moment ago, again from: {shown}"
    unsure = ", if its variables choose nothing else" if standing.due[0].by == "default" else ""
    return f"by GitHub's schedule, when it has room{unsure}: {shown}"


def _wrapped(label: str, text: str) -> str:
    lines: Sequence[str] = textwrap.wrap(
        text,
        WIDTH,
        initial_indent=label.ljust(INDENT),
        subsequent_indent=" " * INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "".join(f"{line}\n" for line in lines)


class Moments:
    """Moments in the listener's time zone: the time alone for today, else with the day."""

    def __init__(self, standing: Standing) -> None:
        # Stored by a machine that may know more zones than this one.
        self._zone = ZoneInfo(standing.time_zone if is_time_zone(standing.time_zone) else "UTC")
        self._today = standing.as_of.astimezone(self._zone).date()

    def __call__(self, moment: datetime | None) -> str:
        if moment is None:
            return ""
        local = moment.astimezone(self._zone)
        if local.date() == self._today:
            return f"{local:%H:%M}"
        return f"{local:%d %b %H:%M}" if local.year == self._today.year else f"{local:%d %b %Y %H:%M}"

    def day(self, moment: datetime) -> str:
        return f"{moment.astimezone(self._zone):%d %b %Y}"

    def full(self, moment: datetime) -> str:
        return f"{moment.astimezone(self._zone):%d %b %Y %H:%M}"
