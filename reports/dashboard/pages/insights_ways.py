"""The ways of listening: where plays come from, which lists make favourites, albums against shuffle, hours and weekdays."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from markupsafe import Markup

from reports.dashboard.charts import Chart
from reports.dashboard.contexts import read_contexts
from reports.dashboard.heat_map import days_between
from reports.dashboard.insight import OF_PLAYS, Block, Fact, Later, part_known
from reports.dashboard.pages.history_months import WEEKDAYS
from reports.dashboard.scope import Source
from reports.dashboard.words import counted, hour_span, linked, number, share
from reports.dashboard.words import day as day_said

FEWEST_PLAYS = 20  # of fewer, a share says nothing
FAVOURITE, MAKERS, UNOPENED = 10, 6, 12  # plays; rows
IN_ORDER, WHOLE_FROM, ALBUMS = 3, 5, 6  # plays of a run; tracks of an album; rows
FEWEST_IN_ORDER = 100  # plays, before albums are set against the rest
COUNTED_BELOW = 56  # days of the record: of more, two of seven are of weekends
STRETCH = 4  # hours, of which the fullest are said
Row = Mapping[str, Any]


def contexts(source: Source) -> Block | Later:
    """What plays were started from."""
    scope, found = source.scope, read_contexts(source)
    if found.known < FEWEST_PLAYS:
        known = (
            Markup("known of {} so far").format(counted(found.known, "play"))
            if found.known
            else "not known of any play yet"
        )
        return Later(
            "Where listening comes from",
            Markup(
                "{}; from {} on. Spotify says it of what is seen soon after it was played, and no export does"
            ).format(known, FEWEST_PLAYS),
        )
    name, plays = found.kinds[0]
    finding = Markup(
        "{} of the plays for which it is known began in {}: Spotify says it of what is seen soon after it was played, and no export does."
    ).format(share(plays, found.known), name.lower())
    return Block(
        "contexts", "Where listening comes from", share(plays, found.known), finding, found.known, found.known / scope.plays, OF_PLAYS,
        shown={"contexts": found}, fact=_begun_most(found.first),
    )  # fmt: skip


def _begun_most(first: Sequence[Row]) -> Fact | None:
    """What most plays were started from, of what has a name and a picture; None where that is not known. Liked songs have neither."""
    is_behind = first[0]["kind"] == "liked" and len(first) > 1
    row = first[is_behind]
    if not row["name"] or row["kind"] in ("liked", "other"):
        return None
    said = counted(row["plays"], "play") + Markup(" from here")
    text = Markup("most began here, but for Liked songs") if is_behind else Markup("most began here")
    return Fact(f"{row['kind']}s", row["item_id"], row["album_id"], row["name"], said, text)


def makers(source: Source) -> Block | Later:
    """Which list made a song a favourite."""
    title = "Lists that make favourites"
    found = source.rows("site_insights.makers", plays=FAVOURITE, limit=MAKERS)
    if not found:
        return Later(
            title,
            Markup(
                "as soon as it is known of a favourite that its first play was started from a list; a favourite was liked after its first play, or heard {} times"
            ).format(FAVOURITE),
        )
    first = found[0]
    name = (
        linked(first["name"], "playlist", first["playlist_id"])
        if first["name"]
        else Markup("A list that you do not have")
    )
    finding = Markup("{} has made {}: {} most of all. Of {} the first play is known to have been started from something, of {} from a list.").format(
        name, counted(first["tracks"], "song a favourite", "songs favourites"),
        linked(first["track"], "track", first["track_id"]), counted(first["favourites"], "favourite"), number(first["of_lists"]),
    )  # fmt: skip
    fact = Fact(
        "playlists",
        first["playlist_id"],
        first["album_id"],
        first["name"],
        Markup("made {}").format(counted(first["tracks"], "favourite")),
        Markup("favourites"),
    )
    return Block(
        "favourites", title, counted(first["of_lists"], "favourite"), finding, sum(row["plays"] for row in found),
        first["of_lists"] / first["favourites"], "of the favourites", shown={"makers": found}, fact=fact,
    )  # fmt: skip


def unopened(source: Source) -> Block | Later:
    """Own lists from which nothing was started."""
    title, found = "Lists never opened", read_contexts(source)
    every = [row for row in source.kept("site_playlists.others") if row["is_own"]]
    own = [row for row in every if row["track_count"]]
    if found.known < FEWEST_PLAYS or not own:
        return Later(
            title,
            f"from {FEWEST_PLAYS} plays on of which it is known what they were started from"
            if own
            else "you have no list of your own with something in it",
        )
    closed = [row for row in own if not found.of_lists.get(row["playlist_id"])]
    since = source.row("site_insights.told")["day"]
    finding = Markup(
        "{} of {} of your own{}: no play was started from {}, as far as it is known since {}."
    ).format(
        number(len(closed)) if closed else "None",
        counted(len(own), "list"),
        Markup(" (without {})").format(counted(len(every) - len(own), "empty one"))
        if len(every) > len(own)
        else "",
        "it" if len(closed) == 1 else "them",
        day_said(since),
    )
    return Block(
        "unopened", title, counted(len(closed), "list"), finding, found.known, found.known / source.scope.plays, OF_PLAYS,
        shown={"closed": closed[:UNOPENED], "more": len(closed) - UNOPENED},
    )  # fmt: skip


def albums(source: Source) -> Block | Later:
    """Albums heard in their order, against shuffle; which were heard as a whole, and which were begun and not finished."""
    scope, title = source.scope, "Albums and shuffle"
    if scope.plays < FEWEST_IN_ORDER:
        return Later(title, f"from {FEWEST_IN_ORDER} plays on")
    row = source.kept("site_insights.orders", fewest=IN_ORDER)[0]
    whole = source.kept("site_insights.whole_albums", tracks=WHOLE_FROM, limit=ALBUMS)
    unfinished = source.rows("site_insights.unfinished", limit=ALBUMS)
    said = row["shuffled"] + row["straight"]
    finding = Markup("{} of the plays follow the order of their album, at least {} in a row.").format(
        share(row["in_order"], scope.plays), IN_ORDER
    )
    if said:
        finding += Markup(" For {} it is known whether shuffle was on: it was for {}.").format(
            counted(said, "play"), share(row["shuffled"], said)
        )
    if whole:
        finding += Markup(" {} heard as a whole, {} in all.").format(
            counted(whole[0]["total"], "album was", "albums were"), counted(whole[0]["all_times"], "time")
        )
    parts = [
        ("in the order of an album", row["in_order"]),
        ("with shuffle", row["shuffled"]),
        ("otherwise", scope.plays - row["in_order"] - row["shuffled"]),
    ]
    fact = whole and Fact(
        "albums",
        whole[0]["album_id"],
        None,
        whole[0]["name"],
        Markup("heard whole {}").format(counted(whole[0]["times"], "time")),
        Markup("whole albums"),
    )
    return Block(
        "whole-albums", title, share(row["in_order"], scope.plays), finding, scope.plays, part_known(source),
        shown={"parts": parts if said or row["in_order"] else [], "whole": whole, "unfinished": unfinished}, fact=fact or None,
    )  # fmt: skip


def day_parts(source: Source) -> Block | Later:
    """The hours of the day, and the weekdays."""
    scope = source.scope
    if scope.plays < FEWEST_PLAYS:
        return Later("Times of the day", f"from {FEWEST_PLAYS} plays on")
    found = source.kept("site_history.hours")
    hours = [sum(int(row["plays"]) for row in found if row["hour"] == hour) for hour in range(24)]
    weekdays = [sum(int(row["plays"]) for row in found if row["weekday"] == day) for day in range(1, 8)]
    begin = fullest(hours)
    finding = Markup("{} of the plays end between {}; {} at a weekend, which is {}.").format(
        share(sum(hours[(begin + each) % 24] for each in range(STRETCH)), scope.plays),
        hour_span(begin, STRETCH, " and "),
        share(weekdays[5] + weekdays[6], scope.plays),
        weekends_of(scope.first_day, scope.today),
    )
    by_hour = Chart(
        "hours_of_all_days", finding, ("hour", "plays", "when", "part"),
        [(hour, plays, hour_span(hour), share(plays, scope.plays)) for hour, plays in enumerate(hours)],
        ("Hour", "Plays"), [(f"{hour}:00", number(plays)) for hour, plays in enumerate(hours)], parameters={"zone": f"hour, {scope.zone.key}"},
    )  # fmt: skip
    most = max(range(7), key=lambda each: weekdays[each])
    by_day = Chart(
        "weekday_bars", Markup("Most on a {}: {}.").format(WEEKDAYS[most], counted(weekdays[most], "play")), ("weekday", "plays", "when", "part"),
        [(day, plays, WEEKDAYS[day - 1], share(plays, scope.plays)) for day, plays in enumerate(weekdays, 1)],
        ("Weekday", "Plays"), [(WEEKDAYS[place], number(plays)) for place, plays in enumerate(weekdays)],
    )  # fmt: skip
    return Block(
        "day-parts", "Times of the day", share(sum(hours[(begin + each) % 24] for each in range(STRETCH)), scope.plays), finding, scope.plays, part_known(source),
        about="days", charts=[("Plays in each hour of all days, today as far as it has come.", by_hour, None), (by_day.finding, by_day, None)],
    )  # fmt: skip


def weekends_of(first: date, last: date) -> Markup:
    """How much of the days are weekends, both ends included: of a short record counted, since it may have a weekend more or less."""
    days = list(days_between(first, last))
    if len(days) >= COUNTED_BELOW:
        return Markup("two days of seven (29 %)")
    at_weekends = sum(day.isoweekday() > 5 for day in days)
    return Markup("{} of the record's {} ({})").format(
        number(at_weekends), counted(len(days), "day"), share(at_weekends, len(days))
    )


def fullest(hours: Sequence[int]) -> int:
    """The hour at which the fullest stretch of the day begins; it may go beyond midnight."""
    return max(range(24), key=lambda begin: sum(hours[(begin + each) % 24] for each in range(STRETCH)))
