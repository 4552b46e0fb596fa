"""The page: what is said for which data, and that nothing in the data can become markup."""

import hashlib
import re
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser

import pytest

from reports.dashboard_data import (
    Dashboard,
    Day,
    Library,
    Listener,
    Rankings,
    SmartPlaylist,
    TopItem,
)
from reports.dashboard_page import render_page
from reports.stored_facts import Gap, JobRun
from utils.job.pauses import Pause

NOW = datetime(2026, 10, 5, 12, 0, tzinfo=UTC)
TODAY = NOW.date()
HOSTILE = '</style></title><script>alert(\'1\')</script>" onload="x" & \u202edesrever <img src=x>'
VOID = {"meta", "link", "br", "img", "hr", "input"}


class Checker(HTMLParser):
    """Collects tags and attributes, and fails on tags that are not closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def listener(name: str | None = "Robin", time_zone: str = "Europe/Berlin", **more: object) -> Listener:
    given = Listener("u", name, time_zone, NOW - timedelta(days=30), "ok", TODAY)
    return replace(given, **more)  # type: ignore[arg-type]


def a_day(day: date, plays: int = 1, heard_ms: int = 180_000, estimated: int = 0) -> Day:
    at = datetime(day.year, day.month, day.day, 8, tzinfo=UTC)
    return Day(day, plays, 0, estimated, 0, 0, heard_ms, at, at)


def dashboard(**more: object) -> Dashboard:
    """One play of yesterday, and a small library."""
    given = Dashboard(
        built_at=NOW,
        listener=listener(),
        liked_tracks=3,
        saved_albums=2,
        known_plays=1,
        library=Library(30, 29, 12, 1),
        days=(a_day(TODAY - timedelta(days=1)),),
        checked_at=NOW,
        checked_day=TODAY,
        all_time=Rankings((TopItem("Song", ("Band",), 1, 180_000),), (TopItem("Band", (), 1, 180_000),)),
    )
    return replace(given, **more)  # type: ignore[arg-type]


def a_run(status: str = "done", message: str | None = None, job: str = "track_plays") -> JobRun:
    return JobRun(job, NOW, status, 1, 2, 3, 4, message, NOW - timedelta(days=2))


def a_list(slug: str = "rainy", name: str = "Rainy Sunday", **more: object) -> SmartPlaylist:
    given = SmartPlaylist(slug, name, "0aB" + "c" * 19, "active", True, 40, NOW, '{\n    "limit": 40\n}')
    return replace(given, **more)  # type: ignore[arg-type]


def navigation(page: str) -> list[str]:
    return re.findall(r'<li><a href="#(\w+)">', page.partition("<nav")[2].partition("</nav>")[0])


def words(page: str) -> str:
    """The page as text, without the style sheet."""
    body = page.partition("</head>")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", body))


def test_page_is_well_formed_and_loads_nothing() -> None:
    page = render_page(dashboard(runs=(a_run(),)), None)
    tags = Checker(page).tags
    assert {tag for tag, _ in tags}.isdisjoint({"script", "link", "img", "iframe", "form", "object"})
    for _, attributes in tags:
        assert not {"style", "src", "srcset"} & attributes.keys()
        assert not any(name.startswith("on") for name in attributes)
        assert (attributes.get("href") or "#").startswith("#")
    assert ("html", {"lang": "en"}) in tags
    assert ("meta", {"name": "referrer", "content": "no-referrer"}) in tags
    assert "http" not in re.sub(r'http-equiv="', "", page)


def test_only_smart_playlists_lead_out_of_the_page_and_only_to_spotify() -> None:
    page = render_page(dashboard(runs=(a_run(),), smart_playlists=(a_list(), a_list("other"))), None)
    tags = Checker(page).tags
    assert {tag for tag, _ in tags}.isdisjoint({"script", "link", "img", "iframe", "form", "object"})
    assert not any({"style", "src", "srcset"} & attributes.keys() for _, attributes in tags)
    out = [attributes for _, attributes in tags if not (attributes.get("href") or "#").startswith("#")]
    assert (
        out
        == [
            {"href": f"https://open.spotify.com/playlist/{a_list().playlist_id}", "rel": "noreferrer"},
        ]
        * 2
    )
    assert page.count("http") - page.count('http-equiv="') == 2


def test_policy_allows_the_style_sheet_alone() -> None:
    page = render_page(dashboard(), None)
    style = page.partition("<style>")[2].partition("</style>")[0]
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = next(
        attributes["content"]
        for tag, attributes in Checker(page).tags
        if tag == "meta" and "http-equiv" in attributes
    )
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_ids_are_unique_and_links_and_labels_lead_somewhere() -> None:
    lists = (a_list(playlist_id=None), a_list("other", playlist_id=None))
    tags = Checker(render_page(dashboard(runs=(a_run(),), smart_playlists=lists), None)).tags
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in tags:
        if "href" in attributes:
            assert (attributes["href"] or "")[1:] in ids
        for label in (attributes.get("aria-labelledby") or "").split():
            assert label in ids


def test_hostile_texts_stay_texts() -> None:
    tops = Rankings((TopItem(HOSTILE, (HOSTILE, None), 2, 1),), (TopItem(HOSTILE, (), 2, 1),))
    page = render_page(
        dashboard(
            listener=listener(HOSTILE, auth_status=HOSTILE),
            recent=tops,
            all_time=tops,
            gaps=(Gap(NOW - timedelta(hours=2), NOW, TODAY, TODAY, HOSTILE),),
            runs=(a_run(HOSTILE, HOSTILE, HOSTILE), a_run("failed", HOSTILE, HOSTILE)),
            pauses=tuple(Pause(kind, HOSTILE, HOSTILE, NOW) for kind in ("spotify", "listener", "circuit")),
            smart_playlists=(SmartPlaylist(HOSTILE, HOSTILE, HOSTILE, HOSTILE, True, 1, NOW, HOSTILE),),
        ),
        None,
    )
    tags = Checker(page).tags
    assert {tag for tag, _ in tags}.isdisjoint({"script", "img"})
    assert not any("onload" in attributes for _, attributes in tags)
    assert page.count("<style>") == page.count("</style>") == 1
    assert "&lt;script&gt;alert(&#x27;1&#x27;)&lt;/script&gt;" in page
    for name in re.findall(r"<th scope=\"row\"><div class=\"what\">(.*?)</div>", page):
        assert name.startswith("<bdi")


@pytest.mark.parametrize("name", [None, "", "  "])
def test_missing_names_are_said_to_be_missing(name: str | None) -> None:
    tops = Rankings((TopItem(name, (name,), 1, 0),), (TopItem(name, (), 1, 0),))
    page = render_page(dashboard(all_time=tops), None)
    assert page.count("name unknown") == 2
    Checker(page)


def test_database_without_a_listener_says_what_to_run() -> None:
    page = render_page(Dashboard(built_at=NOW), None)
    Checker(page)
    assert "nobody has given consent" in page
    for command in ("login", "track_plays", "sync_liked_tracks", "materialized_views"):
        assert f"<code>./run {command}</code>" in page


def test_failures_show_also_while_there_is_nothing_else() -> None:
    page = render_page(Dashboard(built_at=NOW, runs=(a_run("failed", "no consent"),)), None)
    assert "no consent" in page


def test_listener_without_anything_copied_gets_the_same_steps() -> None:
    page = render_page(Dashboard(built_at=NOW, listener=listener(), library=Library(0, 0, 0, 0)), None)
    Checker(page)
    assert "nothing has been copied" in page


def test_navigation_names_the_sections_in_their_order() -> None:
    page = render_page(dashboard(smart_playlists=(a_list(),)), None)
    assert navigation(page) == re.findall(r'<section id="(\w+)"', page)
    assert "playlists" in navigation(page)


def test_without_smart_playlists_there_is_no_section_and_no_link_to_it() -> None:
    page = render_page(dashboard(), None)
    assert navigation(page) == re.findall(r'<section id="(\w+)"', page)
    assert "Smart playlists" not in page


def test_smart_playlists_show_also_while_nothing_is_copied() -> None:
    page = render_page(Dashboard(built_at=NOW, listener=listener(), smart_playlists=(a_list(),)), None)
    Checker(page)
    assert "nothing has been copied" in page
    assert "Rainy Sunday" in page


def test_library_without_plays() -> None:
    page = render_page(dashboard(known_plays=0, days=(), all_time=Rankings(), checked_at=None), None)
    Checker(page)
    assert "No play is known yet" in page
    assert '<svg class="plot"' not in page


def test_missing_views_leave_numbers_unknown_not_zero() -> None:
    page = render_page(dashboard(library=None, days=(), all_time=Rankings(), known_plays=50), None)
    Checker(page)
    assert '<dt>minutes heard</dt><dd class="number">\N{EN DASH}</dd>' in page
    assert '<dt>plays known</dt><dd class="number">50</dd>' in page
    assert "Nothing is counted yet." in page
    assert "No play is known yet" not in page


def test_one_play() -> None:
    page = render_page(dashboard(), None)
    text = words(page)
    assert "1 play in the last 90 days; most on 4 Oct 2026: 1 play." in text
    assert "Sun 4 Oct 2026: 1 play, 3 min" in text
    assert "of 2 since 4 Oct 2026" in text
    assert "estimated for" not in text


def test_estimates_are_said_to_be_estimates() -> None:
    some = (a_day(TODAY - timedelta(days=1), 3, estimated=3), a_day(TODAY, 2))
    assert "estimated for 3 of 5 plays" in words(render_page(dashboard(days=some), None))
    assert "0 h 3 min, estimated<" in render_page(dashboard(days=(a_day(TODAY, 3, estimated=3),)), None)
    assert "3 plays, ~3 min" in render_page(dashboard(days=(a_day(TODAY, 3, estimated=3),)), None)


def test_days_before_the_first_play_are_not_zeros() -> None:
    page = render_page(dashboard(), None)
    assert "Sat 3 Oct 2026: not tracked yet" in page
    assert "Mon 5 Oct 2026: no plays" in page
    row = re.search(r'datetime="2026-10-03">.*?</tr>', page)
    assert row is not None
    assert '<td class="count">0</td>' not in row[0]


def test_days_after_the_last_look_are_not_zeros() -> None:
    days = (a_day(TODAY - timedelta(days=9)),)
    checked = NOW - timedelta(days=3)
    page = render_page(dashboard(days=days, checked_at=checked, checked_day=checked.date()), None)
    assert "Fri 2 Oct 2026: no plays" in page
    assert "Sat 3 Oct 2026: not looked at yet" in page
    assert "Nobody has looked for plays since" in page


def test_gaps_are_marked_on_each_day_they_touch_and_said_in_words() -> None:
    days = (a_day(TODAY - timedelta(days=20)), a_day(TODAY))
    gap = Gap(
        datetime(2026, 10, 1, 21, 30, tzinfo=UTC),
        datetime(2026, 10, 2, 22, 30, tzinfo=UTC),
        date(2026, 10, 1),
        date(2026, 10, 3),
        "more than 50 plays",
    )
    page = render_page(dashboard(days=days, gaps=(gap,)), None)
    marked = re.findall(r"<title>\w+ (\d+ \w+) 2026: no plays; plays may be missing</title>", page)
    assert marked == ["1 Oct", "2 Oct", "3 Oct"]
    assert (
        "Plays may be missing between 1 Oct 2026, 23:30 and 3 Oct 2026, 00:30 (more than 50 plays)."
        in words(page)
    )
    assert 'class="band" fill="url(#gap)"' in page
    assert "In 1 stretch, 25 h in all" in page


def test_many_gaps_are_all_there_the_older_ones_folded() -> None:
    gaps = tuple(
        Gap(NOW - timedelta(hours=n + 1), NOW - timedelta(hours=n), TODAY, TODAY, "more than 50 plays")
        for n in range(0, 40, 2)
    )
    page = render_page(dashboard(gaps=gaps), None)
    assert page.count("Plays may be missing between") == 20
    assert "<summary>15 more</summary>" in page


def test_ties_keep_the_order_of_the_data() -> None:
    tops = Rankings(tuple(TopItem(name, (), 5, 60_000) for name in ("Zebra", "Apple", "Mango")), ())
    page = render_page(dashboard(all_time=tops), None)
    assert re.findall(r'class="rank">(\d)</td>.*?<bdi class="name">(\w+)<', page) == [
        ("1", "Zebra"),
        ("2", "Apple"),
        ("3", "Mango"),
    ]


@pytest.mark.parametrize(
    ("time_zone", "setting", "is_hinted"),
    [("UTC", None, True), ("UTC", "UTC", False), ("Europe/Berlin", None, False)],
)
def test_time_zone_is_said(time_zone: str, setting: str | None, is_hinted: bool) -> None:
    page = render_page(dashboard(listener=listener(time_zone=time_zone)), setting)
    assert f"Times in {time_zone}" in page
    assert ("<code>TIME_ZONE</code>" in page) is is_hinted


def test_times_are_the_listeners_and_machine_readable() -> None:
    page = render_page(dashboard(), None)
    assert '<time datetime="2026-10-05T12:00:00+00:00">5 Oct 2026, 14:00</time>' in page


@pytest.mark.parametrize(
    ("authorized_at", "said"),
    [
        (datetime(2026, 4, 15, 12, tzinfo=UTC), "The consent ends in 10 days."),
        (datetime(2026, 4, 6, 13, tzinfo=UTC), "The consent ends in 1 day."),
        (datetime(2026, 4, 5, 12, tzinfo=UTC), "The consent has ended."),
        (None, "When the consent ends is unknown."),
        (datetime(2026, 10, 1, tzinfo=UTC), "177 days left"),
    ],
)
def test_consent(authorized_at: datetime | None, said: str) -> None:
    assert said in render_page(dashboard(listener=listener(authorized_at=authorized_at)), None)


def test_runs_show_their_numbers_and_cut_long_messages() -> None:
    page = render_page(dashboard(runs=(a_run("failed", "x" * 1000),)), None)
    assert 'class="status failed">failed<' in page
    assert "last done" in page
    assert "x" * 300 + "…" in page
    assert "x" * 301 not in page
    assert "Did not end well the last time" in page


def test_pauses_are_in_words() -> None:
    later = NOW + timedelta(hours=1)
    pauses = (
        Pause("spotify", "*", "QUOTA_EXCEEDED", later),
        Pause("listener", "sync_top_items", "", None),
        Pause("circuit", "sync_playlists", "", later),
    )
    text = words(render_page(dashboard(pauses=pauses), None))
    assert "Spotify wants no requests until 5 Oct 2026, 15:00 (everything: QUOTA_EXCEEDED)" in text
    assert "Paused by you: sync_top_items." in text
    assert "Not tried again until 5 Oct 2026, 15:00: sync_playlists has failed again and again." in text
    assert "3 pauses in force" in text


def test_outdated_library_says_so() -> None:
    page = render_page(dashboard(library=Library(30, 29, 12, 1, NOW, is_outdated=True)), None)
    assert "The library has changed since it was counted." in page
