"""What the listener should do, or wait for: notes as data, for every page that shows them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from markupsafe import Markup

from reports.dashboard.scope import Scope, Source
from reports.dashboard.words import counted, moment, number
from reports.status.facts import Consent, is_over, script_of
from reports.stored_facts import Phase
from reports.watch.report import WatchedSchedule
from reports.watch.schedule_history import History, look, read_history
from utils.config import environment
from utils.errors import SettingsError
from utils.github.schedules import are_on, schedules
from utils.job.attempt import NOBODY
from utils.job.pauses import Pause
from utils.spotify.consents import WARN_DAYS

LOOKED_WITHIN = timedelta(days=1)  # Spotify remembers only the last fifty plays
# Scripts that change nothing that the views count.
WITHOUT_EFFECT_ON_VIEWS = (
    "build_dashboard",
    "clean",
    "generate_playlist",
    "init_db",
    "materialized_views",
    "playlist_sync",
    "run_all",
    "sync_images",
    "update_dynamic_playlists",
)


@dataclass(frozen=True)
class Note:
    """What needs attention. `kind`: consent, looking, failed, schedule, removal, pause, circuit, counting. `command`: what puts it right, where one does."""

    kind: str
    text: str | Markup
    command: str = ""
    link: str = ""  # where on the site there is more of it


def attention(source: Source) -> list[Note]:
    """Everything that needs attention, the most urgent first; none where all is well."""
    standing = source.standing
    if not standing.user_id:
        return []
    return [
        *(_of_consent(standing.consent) if standing.consent else ()),
        *_of_looking(source),
        *_of_failures(source),
        *_of_schedules(source),
        *_of_removals(standing.phases),
        *(_of_pause(each, source.scope) for each in standing.pauses),
        *_of_counting(source),
    ]


@dataclass(frozen=True)
class Watched:
    """What was seen of the schedules that are on: none where they are off here. `wrong`: variables that choose no line of theirs."""

    history: History
    schedules: Sequence[WatchedSchedule]
    wrong: Sequence[SettingsError]


def watched(source: Source) -> Watched:
    """Whether what GitHub is to start was started."""
    history = read_history(source.cursor, [source.scope.user_id, NOBODY], source.scope.now)
    return Watched(history, *look(environment(), history, source.scope.now))


def title_of(schedule: WatchedSchedule) -> str:
    """How its workflow is called."""
    return next((each.title for each in schedules() if each.file == schedule.file), schedule.file)


def _of_consent(consent: Consent) -> Iterator[Note]:
    where = "status.html#consent"
    if consent.state != "ok":
        yield Note(
            "consent",
            f"Spotify did not accept the consent the last time ({consent.state}): nothing new can be copied. {consent.elsewhere}".rstrip(),
            "" if consent.elsewhere else consent.login,
            where,
        )
    elif is_over(consent):
        yield Note("consent", "The consent has ended: nothing new can be copied.", consent.login, where)
    elif consent.days_left is not None and consent.days_left <= WARN_DAYS:
        days = "1 day" if consent.days_left == 1 else f"{consent.days_left} days"
        yield Note("consent", f"The consent ends in {days}.", consent.login, where)


def _of_looking(source: Source) -> Iterator[Note]:
    looked_at, scope = source.standing.looked_at, source.scope
    if looked_at is not None and scope.now - looked_at > LOOKED_WITHIN:
        yield Note(
            "looking",
            Markup("Nobody has looked for plays since {}, and Spotify remembers only the last fifty.").format(
                moment(looked_at, scope.zone)
            ),
            "./run track_plays",
            "about.html#gaps",
        )


def _of_pause(pause: Pause, scope: Scope) -> Note:
    until = Markup(" until {}").format(moment(pause.until, scope.zone)) if pause.until else ""
    what = "everything" if pause.what == "*" else pause.what
    if pause.kind == "spotify":
        return Note(
            "pause",
            Markup("Spotify wants no requests{} ({}: {}). The scripts go on by themselves.").format(
                until, what, pause.reason
            ),
            "",
            "status.html#budget",
        )
    if pause.kind == "listener":
        return Note("pause", f"Paused by you: {what}.", "./run control resume")
    times = f" {pause.failures} times in a row" if pause.failures else " again and again"
    return Note(
        "circuit",
        Markup("Not tried again{}: {} has failed{}.").format(until, what, times),
        f"./run logs --job {pause.what} --level warning",
        "status.html#scripts",
    )


def _of_removals(phases: Sequence[Phase]) -> Iterator[Note]:
    for each in phases:
        if each.held_back:
            yield Note(
                "removal",
                f"{each.held_back:,} of {each.entity} are missing at Spotify. So many at once are not believed before a second "
                "look, six hours later; here they stay until then.",
                f"./run {script_of(each)} --force",
                "status.html#scripts",
            )


def _of_failures(source: Source) -> Iterator[Note]:
    failed = [each.job for each in source.standing.failed]
    if failed:
        yield Note(
            "failed", f"Did not end well the last time: {', '.join(failed)}.", "", "status.html#scripts"
        )


def _of_schedules(source: Source) -> Iterator[Note]:
    if not are_on(environment()):
        return
    found = [title_of(each) for each in watched(source).schedules if each.has_stopped or each.cron is None]
    if found:
        yield Note(
            "schedule", f"GitHub does not start any more: {', '.join(found)}.", "", "status.html#consent"
        )


def _of_counting(source: Source) -> Iterator[Note]:
    found = source.row("site_status.counted", without_effect=list(WITHOUT_EFFECT_ON_VIEWS))
    if found["counted_at"] is None:
        yield Note("counting", "Nothing is counted yet.", "./run materialized_views")
        return
    since, plays = moment(found["counted_at"], source.scope.zone), source.scope.plays
    if found["is_outdated"]:
        said = Markup("The library has changed since it was counted ({}).").format(since)
    elif found["plays"] != plays:
        said = Markup(
            "What counts as a play was changed, by a setting or by hand: {} {} now, and {} did when the library was counted ({}), "
            "whose figures are still of these."
        ).format(counted(plays, "play"), "counts" if plays == 1 else "count", number(found["plays"]), since)
    else:
        return
    yield Note("counting", said, "./run materialized_views")
