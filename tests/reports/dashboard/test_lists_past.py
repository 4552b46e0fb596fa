"""The past of lists: how large they were, what was in them after each change, and what there is room for; against a plain recomputation."""

import base64
import json
import random
import re
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from reports.dashboard import lists_past
from reports.dashboard.lists_past import Change, History, carried
from reports.dashboard.pages import playlists, time_machine
from tests.reports.dashboard.reading import HOSTILE, read, render
from tests.reports.dashboard.test_playlists import FIRST, NOW, entry, section, smart


def history(*changes: tuple[int, int], first: int = 10) -> History:
    """Of a list that was copied with so many entries and has changed so each day, the newest last."""
    size, found = first, []
    for day, (came, went) in enumerate(changes, 1):
        size += came - went
        found.append(Change("list", FIRST + timedelta(days=day), came, went, size))
    return History(FIRST, first, found[::-1], len(found))


class MadeUp:
    """Lists with a past, known to the test and to the database: each entry with when it came and went."""

    def __init__(self, rows, seed: int) -> None:
        luck = random.Random(seed)
        self.lists: dict[str, list[tuple[str, datetime, datetime | None]]] = {}
        for place in range(4):
            playlist_id = f"list{place}"
            rows.playlist(playlist_id, name=f"List {place}", position=place)
            moments = sorted(
                {FIRST + timedelta(hours=luck.randint(1, 1400)) for _ in range(luck.choice([2, 7, 12]))}
            )
            held = {f"{place}n{each}": FIRST for each in range(luck.randint(3, 9))}
            stays, past = {f"{place}stays": FIRST}, []
            for number, moment in enumerate(moments):
                for gone in luck.sample(sorted(held), min(len(held), luck.randint(0, 2))):
                    past.append((gone, held.pop(gone), moment))
                back = [name for name, _, to in past if to != moment and name not in held]
                for name in [f"{place}m{number}", *luck.sample(sorted(set(back)), min(1, len(set(back))))]:
                    held[name] = moment
            self.lists[playlist_id] = [*past, *((name, at, None) for name, at in (held | stays).items())]
            for name, came, went in self.lists[playlist_id]:
                entry(rows, playlist_id, name, came=came, went=went)

    def moments(self, playlist_id: str) -> list[datetime]:
        """The first copy, and each change."""
        return sorted({at for _, *both in self.lists[playlist_id] for at in both if at})

    def held(self, playlist_id: str, at: datetime) -> set[str]:
        """What was in a list from a moment on."""
        return {
            name for name, came, went in self.lists[playlist_id] if came <= at and (not went or went > at)
        }


def read_steps(connection, folder):
    """What the page has to choose from."""
    return read(connection, folder, NOW, time_machine.PAGE)["choices"]


def data_of(folder: Path) -> dict:
    """What the site's script of lists brings."""
    [packed] = re.findall(r'^lists\("([^"]*)"\);\n$', (folder / "site" / lists_past.FILE).read_text())
    return json.loads(zlib.decompress(base64.b64decode(packed)))


@pytest.mark.parametrize("seed", range(3))
def test_what_was_in_a_list_after_each_change_is_carried(rows, connection, tmp_path, seed):
    made_up = MadeUp(rows, seed)
    shown = read_steps(connection, tmp_path)
    data = data_of(tmp_path)
    names, artists, ids = data["tracks"]
    assert set(artists) == {"Somebody"}
    assert ids == names  # the tests' ids are names
    assert set(data["lists"]) == set(made_up.lists) == {each.id for each in shown}
    for playlist_id, found in data["lists"].items():
        moments = made_up.moments(playlist_id)
        assert found["at"] == [int(each.timestamp()) for each in moments]
        tracks, came, went = found["entries"]
        for step, moment in enumerate(moments):
            held = {
                names[track]
                for track, first, last in zip(tracks, came, went, strict=True)
                if first <= step and (last == 0 or last > step)
            }
            assert held == made_up.held(playlist_id, moment)
    newest = [made_up.moments(each.id)[-1] for each in shown]
    assert newest == sorted(newest, reverse=True)


@pytest.mark.parametrize("seed", range(3))
def test_sizes_are_those_after_each_change(rows, connection, tmp_path, seed):
    made_up = MadeUp(rows, seed)
    rows.do("UPDATE users SET time_zone = 'Asia/Kathmandu'")
    zone = ZoneInfo("Asia/Kathmandu")
    drawn = read(connection, tmp_path, NOW, playlists.PAGE)["sizes"]
    counts = {each: len(made_up.moments(each)) - 1 for each in made_up.lists}
    assert [counts[each] for each, _ in drawn] == sorted(
        (count for count in counts.values() if count >= 5), reverse=True
    )
    for playlist_id, chart in drawn:
        moments = made_up.moments(playlist_id)
        sizes = [len(made_up.held(playlist_id, at)) for at in moments]
        by_day = dict(
            zip((each.astimezone(zone).date() for each in moments), sizes, strict=True)
        )  # the last of each
        tomorrow = NOW.astimezone(zone).date() + timedelta(days=1)
        expected = [*by_day.items(), (tomorrow, sizes[-1])]
        assert [(row[0], row[2]) for row in chart.rows] == [(on.isoformat(), size) for on, size in expected]
        signs = [
            sum(map(int, re.findall(r"[+-]\d+", row[3].replace("\N{MINUS SIGN}", "-")))) for row in chart.rows
        ]
        assert sum(signs[:-1]) == sizes[-1] - sizes[0]
        assert chart.finding.striptags() == (
            f"{len(moments) - 1} changes; {min(sizes)} to {max(sizes)} entries, now {sizes[-1]}."
        )
        assert chart.parameters["last"] == datetime(2024, 11, 4, tzinfo=UTC).timestamp() * 1000
    assert len({chart.parameters["first"] for _, chart in drawn}) <= 1, "one time for all"


def test_a_list_that_changed_four_times_is_a_sentence_and_those_of_others_are_not_stepped_through(
    rows, connection, tmp_path
):
    rows.playlist("four", name="Four")
    rows.playlist("theirs", name="Theirs", owner_id="somebody else", position=1)
    for playlist_id, changes in (("four", 4), ("theirs", 9)):
        entry(rows, playlist_id, "first")
        for day in range(changes):
            entry(rows, playlist_id, f"{playlist_id}{day}", came=FIRST + timedelta(days=day + 1))
    page = render(connection, tmp_path, NOW, playlists.PAGE)
    assert "No list has changed five times" in section(page, "sizes")
    assert 'href="time-machine.html#past=four"' in page
    assert 'href="time-machine.html#past=theirs"' not in page
    assert "vega" not in page
    page = render(connection, tmp_path, NOW, time_machine.PAGE)
    assert re.findall(r'<option value="(\w+)"', page) == ["four"]
    assert "./run playlists restore four --on " in page


def test_smart_lists_are_stepped_through_too_and_say_that_rules_make_them(rows, connection, tmp_path):
    smart(rows)
    rows.playlist("id of rainy", name="rainy")
    entry(rows, "id of rainy", "first")
    entry(rows, "id of rainy", "second", came=NOW)
    page = render(connection, tmp_path, NOW, time_machine.PAGE)
    assert "Rules make it. To let go of it first: ./run playlists forget" in page
    assert "playlists restore" not in page
    assert data_of(tmp_path)["lists"]["id of rainy"] == {
        "at": [int(FIRST.timestamp()), int(NOW.timestamp())],
        "entries": [[0, 1], [0, 1], [0, 0]],
    }


def test_with_one_version_nothing_is_carried_and_there_is_nothing_to_step_through(rows, connection, tmp_path):
    rows.playlist("list", name="Mine")
    entry(rows, "list", "first")
    for shown in (playlists.PAGE, time_machine.PAGE):
        page = render(connection, tmp_path, NOW, shown)
        assert not (tmp_path / "site" / lists_past.FILE).exists()
        assert "past-date" not in page
        assert "<figure" not in page
        assert "lists.js" not in page
    assert "No change yet" in page
    assert "1 list has been kept since" in re.sub(r"<[^>]+>", "", page)
    assert "There is one version of each list" in page


def test_without_a_script_the_list_that_changed_last_is_shown_as_it_was_before_that(
    rows, connection, tmp_path
):
    made_up = MadeUp(rows, 1)
    page = render(connection, tmp_path, NOW, time_machine.PAGE)
    newest = max(made_up.lists, key=lambda each: made_up.moments(each)[-1])
    at = made_up.moments(newest)[-2]
    held = made_up.held(newest, at)
    now = made_up.held(newest, NOW)
    shown = page[page.index('<section id="past"') :].split("</section>")[0]
    entries = shown[shown.index('id="past-entries"') : shown.rindex("</ol>")]
    assert entries.count("<li>") == len(held)
    assert entries.count("gone since") == len(held - now)
    told = re.sub(r"<[^>]+>", "", shown)
    assert f"{len(held)} entries from " in told
    zone = ZoneInfo("UTC")
    assert f"./run playlists restore {newest} --on {at.astimezone(zone):%Y-%m-%dT%H:%M}" in told


@pytest.mark.parametrize("seed", range(3))
def test_how_long_entries_stayed_is_drawn_of_those_that_came_last(rows, connection, tmp_path, seed):
    made_up = MadeUp(rows, seed)
    found = read(connection, tmp_path, NOW, time_machine.PAGE)
    newest = max(made_up.lists, key=lambda each: made_up.moments(each)[-1])
    moments = made_up.moments(newest)
    first, last = moments[0], moments[-1]
    whole = (last - first) / 12 * 13
    spans = sorted(made_up.lists[newest], key=lambda each: each[1], reverse=True)
    assert [each["came"] for each in found["stays"]] == [
        came.date() if came > first else None for _, came, _ in spans
    ]
    assert {(each["name"], each["came"], each["went"]) for each in found["stays"]} == {
        (name, came.date() if came > first else None, went.date() if went else None)
        for name, came, went in spans
    }
    by_name = {(name, came.date() if came > first else None): (came, went) for name, came, went in spans}
    for each in found["stays"]:
        came, went = by_name[each["name"], each["came"]]
        assert each["at"] == pytest.approx((came - first) / whole)
        assert each["at"] + each["part"] == pytest.approx((went - first) / whole if went else 1)


def test_likes_and_albums_are_stepped_through_by_day(rows, connection, tmp_path):
    rows.do("UPDATE users SET time_zone = 'Asia/Kathmandu'")
    zone = ZoneInfo("Asia/Kathmandu")
    luck = random.Random(4)
    true: list[tuple[str, datetime, datetime | None]] = []
    for number in range(40):
        came = FIRST + timedelta(hours=luck.randint(-900, 900))
        went = came + timedelta(hours=luck.randint(1, 400)) if number % 3 == 0 else None
        if went and went <= FIRST:
            continue  # gone before the first copy: nobody knows of it
        name = f"like{number:02}"
        rows.track(name)
        seen = max(came, FIRST)
        event(rows, "liked", name, came, seen)
        if went:
            event(rows, "unliked", name, None, went)
        true.append((name, came, went))
    read(connection, tmp_path, NOW, time_machine.PAGE)
    found = data_of(tmp_path)["lists"]["likes"]
    assert found["kind"] == "track"
    names = data_of(tmp_path)["tracks"][0]
    for step, second in enumerate(found["at"]):
        at = datetime.fromtimestamp(second + 1 if step else second, UTC)
        held = {
            names[track]
            for track, first, last in zip(*found["entries"], strict=True)
            if first <= step and (not last or last > step)
        }
        assert held == {name for name, came, went in true if came <= at and (not went or went > at)}, at
        assert not step or at.astimezone(zone).hour == 0
    page = render(connection, tmp_path, NOW, time_machine.PAGE)
    assert 'data-command="./run library restore likes --on "' in page


def event(rows, kind, item_id, happened_at, seen_at):
    rows.do(
        "INSERT INTO library_events (user_id, event, item_type, item_id, happened_at, seen_at) "
        "SELECT user_id, %s, 'track', %s, %s, %s FROM users",
        kind,
        item_id,
        happened_at,
        seen_at,
    )


def test_as_many_changes_of_each_list_are_carried_as_there_is_room_for():
    first = history((2, 1), (0, 3), (5, 0))  # 10, 11, 8, 13
    second = history((1, 0), (1, 1), first=4)  # 4, 5, 5
    assert [
        (each.playlist_id, each.since, each.size, len(each.changes)) for each in carried([("a", first)], 15)
    ] == [("a", FIRST + timedelta(days=2), 8, 1)], (
        "13 that are in it, and the 3 that went the day before would be too many"
    )
    assert [
        (each.playlist_id, each.size, len(each.changes))
        for each in carried([("a", first), ("b", second)], 23)
    ] == [
        ("a", 10, 3),
        ("b", 4, 2),
    ]
    assert [each.playlist_id for each in carried([("a", first), ("b", second)], 12)] == ["b"]


def test_what_is_carried_of_a_list_is_bounded(monkeypatch):
    monkeypatch.setattr(lists_past, "STEPS_CARRIED", 2)
    [found] = carried([("a", history((2, 1), (0, 3), (5, 0)))], 100)
    assert (found.since, found.size, [each.came for each in found.changes]) == (
        FIRST + timedelta(days=1),
        11,
        [0, 5],
    )


def test_artists_of_what_was_in_a_list_are_carried_once_with_their_ids(rows, connection, tmp_path):
    rows.playlist("list", name="Mine")
    for name in ("one", "two"):
        rows.track(name, artists=("a", "b"))
        entry(rows, "list", name, artists="As they were called")
    entry(rows, "list", "unknown", artists="Somebody")
    entry(rows, "list", "three", came=FIRST + timedelta(days=1))
    read(connection, tmp_path, NOW, time_machine.PAGE)
    data = data_of(tmp_path)
    assert data["artists"][1] == ["a", "b"]
    said = dict(zip(data["tracks"][0], data["tracks"][1], strict=True))
    assert (said["one"], said["two"], said["unknown"]) == ([0, 1], [0, 1], "Somebody")


def test_of_lists_that_are_too_large_the_page_says_where_they_are(rows, connection, tmp_path, monkeypatch):
    monkeypatch.setattr(time_machine, "ENTRIES", 1)
    MadeUp(rows, 2)
    page = render(connection, tmp_path, NOW, time_machine.PAGE)
    assert "too large to be carried by a page" in section(page, "past")
    assert not (tmp_path / "site" / lists_past.FILE).exists()


def test_only_the_newest_changes_are_drawn(rows, connection, tmp_path, monkeypatch):
    monkeypatch.setattr(lists_past, "STEPS_DRAWN", 6)
    rows.playlist("list", name="Mine")
    for day in range(10):
        entry(rows, "list", f"day{day}", came=FIRST + timedelta(days=day))
    [(_, chart)] = read(connection, tmp_path, NOW, playlists.PAGE)["sizes"]
    assert [row[2] for row in chart.rows] == [5, 6, 7, 8, 9, 10, 10]
    assert chart.finding.striptags() == "9 changes; 5 to 10 entries, now 10. The newest 6 are drawn."


def test_names_in_the_past_are_text(rows, connection, tmp_path):
    rows.playlist("list", name=HOSTILE)
    entry(rows, "list", "first", artists=HOSTILE)
    for day in range(6):
        entry(rows, "list", f"{day}{HOSTILE}", came=FIRST + timedelta(days=day + 1))
    for shown in (playlists.PAGE, time_machine.PAGE):
        page = render(connection, tmp_path, NOW, shown)
        assert "<script>alert" not in page
        assert "<img src=x" not in page
    assert "<" not in (tmp_path / "site" / lists_past.FILE).read_text()
