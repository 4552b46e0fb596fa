"""The extended history: the keys, names and sizes of each age, and the same truth in all of them."""

import json
import zipfile
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from simulator import Library, generate
from simulator.exports.export import write_export
from simulator.exports.extended import FORMS, extended_history, form_of, rows
from simulator.exports.habits import Habits
from simulator.exports.listening import Truth, to_ms
from simulator.exports.personal import PERSONAL_MARKS
from simulator.exports.retold import retold
from simulator.exports.years import listenings

NOW = datetime(2026, 11, 20, 20, 0, tzinfo=UTC)
SINCE = NOW - timedelta(days=12 * 365)
NAMES = [
    "master_metadata_track_name",
    "master_metadata_album_artist_name",
    "master_metadata_album_album_name",
]
EPISODE = ["episode_name", "episode_show_name"]
END = ["reason_start", "reason_end", "shuffle", "skipped", "offline", "offline_timestamp", "incognito_mode"]
KEYS_21 = [
    *("ts", "username", "platform", "ms_played", "conn_country", "ip_addr_decrypted", "user_agent_decrypted"),
    *(*NAMES, "spotify_track_uri", *EPISODE, "spotify_episode_uri", *END),
]
KEYS_19 = [
    *("ts", "platform", "ms_played", "conn_country", "ip_addr"),
    *(*NAMES, "spotify_track_uri", *EPISODE, "spotify_episode_uri", *END),
]
BOOK = ["audiobook_title", "audiobook_uri", "audiobook_chapter_uri", "audiobook_chapter_title"]
KEYS = {
    "2020": [
        *KEYS_21[:7],
        *("city", "region", "metro_code", "latitude", "longitude"),
        *(*NAMES, *EPISODE, *END),
    ],
    "2021": KEYS_21,
    "2023": KEYS_21,
    "2024": KEYS_19,
    "2025": [*KEYS_19[:12], *BOOK, *KEYS_19[12:]],
}
PERSONAL_KEYS = {
    *("username", "conn_country", "ip_addr_decrypted", "ip_addr", "user_agent_decrypted"),
    *("city", "region", "metro_code", "latitude", "longitude"),
}


@pytest.fixture(scope="module")
def library():
    return generate(liked=300, albums=30, plays=150, now=NOW)


@pytest.fixture(scope="module")
def heard(library):
    """Twelve years in which everything happens often."""
    habits = Habits(videos=0.1, spoken=0.3, splits=0.05, same_second=0.01)
    return list(listenings(library, SINCE, NOW, rows=9000, habits=habits))


def read(members):
    return {m.name: json.loads(m.content) for m in members}


@pytest.mark.parametrize("name", KEYS)
def test_each_age_has_its_keys(heard, name):
    found = list(rows(heard, FORMS[name]))
    assert {tuple(row) for row in found} == {tuple(KEYS[name])}
    assert len(KEYS[name]) == {"2020": 24, "2021": 21, "2023": 21, "2024": 19, "2025": 23}[name]
    for row in found:
        assert datetime.fromisoformat(row["ts"]).tzinfo is not None
        assert row["ts"].endswith("Z")
        assert len(row["ts"]) == 20
        assert isinstance(row["ms_played"], int)
        assert isinstance(row["offline_timestamp"], int | None)
        assert all(
            isinstance(row[key], bool | None) for key in ("shuffle", "skipped", "offline", "incognito_mode")
        )
        texts = set(row) - {
            "ms_played",
            "offline_timestamp",
            "shuffle",
            "skipped",
            "offline",
            "incognito_mode",
        }
        assert all(isinstance(row[key], str | None) for key in texts)


@pytest.mark.parametrize("name", KEYS)
def test_what_is_personal_stands_in_its_fields_only(heard, name):
    for row in rows(heard[::50], FORMS[name]):
        rest = json.dumps({key: value for key, value in row.items() if key not in PERSONAL_KEYS})
        assert not [mark for mark in PERSONAL_MARKS if mark in rest]
        own = {value for key, value in row.items() if key in PERSONAL_KEYS - {"conn_country"}}
        assert own <= set(PERSONAL_MARKS)


@pytest.mark.parametrize(
    ("name", "audio", "video", "folder"),
    [
        ("2020", "endsong_{n}.json", "endvideo.json", "MyData"),
        ("2021", "endsong_{n}.json", "endvideo.json", "MyData"),
        ("2023", "Streaming_History_Audio_{y}_{n}.json", "Streaming_History_Video_{y}.json", "MyData"),
        (
            "2024",
            "Streaming_History_Audio_{y}_{n}.json",
            "Streaming_History_Video_{y}.json",
            "Spotify Extended Streaming History",
        ),
    ],
)
def test_names_of_files(library, heard, tmp_path, name, audio, video, folder):
    written = write_export(
        library, tmp_path, NOW, form=name, rows=4000, years=12, as_zip=False, file_bytes=600_000
    )
    files = {path.relative_to(tmp_path).as_posix(): path for path in written.paths}
    expected = {f"{folder}/ReadMeFirst_ExtendedStreamingHistory.pdf"}
    audio_files = [n for n in files if "endsong" in n or "Audio" in n]
    assert len(audio_files) > 2
    for file in files:
        if not file.endswith(".json"):
            continue
        content = files[file].read_text(encoding="utf-8")
        assert len(content.encode()) <= 600_100
        found = json.loads(content)
        years = sorted({row["ts"][:4] for row in found})
        y = years[0] if len(years) == 1 else f"{years[0]}-{years[-1]}"
        pattern = audio if file in audio_files else video
        number = audio_files.index(file) if file in audio_files else 0
        expected.add(f"{folder}/{pattern.format(y=y, n=number)}")
        assert content.startswith('[\n  {\n    "ts": "' if name == "2024" else '[{"ts":"')
        stamps = [row["ts"] for row in found]
        assert (stamps == sorted(stamps)) == FORMS[name].is_sorted
    assert set(files) == expected


def test_a_file_is_as_large_as_spotifys(library, tmp_path):
    written = write_export(library, tmp_path, NOW, as_zip=False)
    sizes = [path.stat().st_size for path in written.paths if "_Audio_" in path.name]
    assert 12_500_000 < sizes[0] <= 12_600_010
    assert len(sizes) == 2


def test_the_shape_goes_with_the_day():
    days = {
        "2020": (2020, 8, 1),
        "2021": (2022, 1, 1),
        "2023": (2023, 7, 1),
        "2024": (2024, 11, 1),
        "2025": (2026, 1, 1),
    }
    assert {name: form_of(datetime(*day, tzinfo=UTC)).name for name, day in days.items()} == {
        name: name for name in days
    }


@pytest.mark.parametrize("name", KEYS)
def test_the_truth_adds_up(heard, name):
    truth = Truth()
    files = read(extended_history(truth.watch(heard), FORMS[name]))
    found = [row for content in files.values() for row in content]
    assert len(found) == truth.rows == len(heard) == sum(truth.by_kind.values())
    kinds = Counter(kind_of(row) for row in found)
    as_episodes = {"2025": 0}.get(name, truth.by_kind["chapter"])
    assert kinds["track"] == truth.by_kind["track"]
    assert kinds["episode"] == truth.by_kind["episode"] + as_episodes
    assert kinds["chapter"] == truth.by_kind["chapter"] - as_episodes
    assert kinds["nothing"] == truth.by_kind["nothing"] > 0
    assert truth.by_kind["chapter"] > 0
    assert sum(len(content) for file, content in files.items() if "ideo" in file) == truth.videos > 0
    assert len(found) - len({json.dumps(row) for row in found}) == truth.copies > 0
    assert sum(row["ms_played"] for row in found) == truth.ms_played
    assert sum(kind_of(row) == "track" for row in found) - truth.copies == truth.plays
    assert truth.counted < truth.plays
    assert truth.late > 0
    assert truth.parts > 0


def kind_of(row):
    if row["master_metadata_track_name"] is not None:
        return "track"
    if row["episode_name"]:
        return "episode"
    return "chapter" if row.get("audiobook_title") else "nothing"


def test_uris(heard):
    for row in rows(heard):
        kind = kind_of(row)
        assert (row["spotify_track_uri"] or "").startswith("spotify:track:") == (kind == "track")
        assert (row["spotify_episode_uri"] or "").startswith("spotify:episode:") == (kind == "episode")
        if kind == "chapter":
            assert row["audiobook_uri"].startswith("spotify:show:")
            assert row["audiobook_chapter_uri"].startswith("spotify:episode:")
        if kind == "nothing":
            assert row["ms_played"] == 11458
            assert row["ts"][:4] in ("2022", "2023", "2024")


def test_when_it_began_stands_in_the_unit_of_its_time(heard):
    units = Counter()
    for each, row in zip(heard, rows(heard), strict=True):
        value, began = row["offline_timestamp"], each.began
        if not value:
            units[began.year, "unknown"] += 1
        elif value > 10**11:
            assert abs(value / 1000 - began.timestamp()) < 0.01
            units[began.year, "ms"] += 1
        else:
            assert value == int(began.timestamp())
            units[began.year, "s"] += 1
    assert all(units[year, "ms"] and not units[year, "s"] for year in range(2017, 2023))
    assert all(units[year, "s"] and not units[year, "ms"] for year in (2014, 2024, 2025, 2026))
    assert units[2023, "s"] > units[2023, "ms"] > 0
    assert not units[2015, "s"] + units[2015, "ms"] + units[2016, "s"] + units[2016, "ms"]


def test_what_skipped_says_has_changed(heard):
    said = Counter()
    for each, row in zip(heard, rows(heard), strict=True):
        said[each.ended.year, row["skipped"], each.is_skipped] += 1
    assert all(said[year, False, True] and not said[year, True, True] for year in range(2016, 2022))
    assert all(said[year, None, True] for year in range(2017, 2022))
    assert all(said[year, True, True] and not said[year, False, True] for year in (2023, 2024, 2025, 2026))
    assert not any(count for (_, value, is_skipped), count in said.items() if value and not is_skipped)


def test_platforms_became_families(heard):
    before = {each.platform for each in heard if each.ended.year < 2023}
    after = {each.platform for each in heard if each.ended.year > 2023}
    assert after <= {
        "android",
        "ios",
        "windows",
        "osx",
        "linux",
        "cast",
        "tizen",
        "playstation",
        "not_applicable",
    }
    assert any("(" in name for name in before)


def test_a_zip_is_named_and_made_as_spotifys(library, tmp_path):
    written = write_export(library, tmp_path / "a", NOW, rows=1000)
    assert [path.name for path in written.paths] == ["my_spotify_data.zip"]
    with zipfile.ZipFile(written.paths[0]) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert all(name.startswith("Spotify Extended Streaming History/") for name in names)
        assert archive.read(names[-1]).startswith(b"%PDF-")
        found = [row for name in names if name.endswith(".json") for row in json.loads(archive.read(name))]
    assert len(found) == written.truth.rows == 1000


def test_the_same_arguments_write_the_same_bytes(library, tmp_path):
    def content(folder, **details):
        (path,) = write_export(library, tmp_path / folder, NOW, rows=900, form="all", **details).paths
        return path.read_bytes()

    assert content("a") == content("b")
    assert content("c", seed=2) != content("a")


def test_an_earlier_download_of_the_same_history(library, tmp_path):
    """What was noted before; nothing else is different."""
    earlier = NOW - timedelta(days=40)

    def found(folder, **details):
        paths = write_export(library, tmp_path / folder, NOW, rows=2000, as_zip=False, **details).paths
        return [
            json.dumps(row)
            for path in paths
            if path.suffix == ".json"
            for row in json.loads(path.read_text(encoding="utf-8"))
        ]

    whole, part = found("whole"), found("part", asked_at=earlier)
    assert len(whole) == 2000
    limit = f"{earlier:%Y-%m-%dT%H:%M:%SZ}"
    assert Counter(part) == Counter(row for row in whole if json.loads(row)["ts"] < limit)
    assert 1000 < len(part) < 2000


def test_another_download_of_the_same_history_in_other_words(heard):
    changed = Counter()
    for before, after in zip(rows(heard), rows(retold(heard, 0.1)), strict=True):
        other = {key for key in before if before[key] != after[key]}
        changed.update(other)
        assert other <= {*NAMES[::2], "reason_start", "reason_end"}
    assert len(heard) > changed[NAMES[0]] == changed[NAMES[2]] > 100
    assert changed["reason_end"] > 100


def test_what_the_api_does_not_tell_lies_between_what_it_tells(library):
    habits = Habits(untold=20)
    every = list(listenings(library, SINCE, NOW, rows=6000, habits=habits))
    assert len(every) == 6000
    stamps = [each.noted_ms for each in every]
    assert stamps == sorted(stamps)
    assert stamps[-1] < to_ms(NOW)
    told = [each for each in every if each.play]
    assert [each.play for each in told] == library.plays[::-1]
    untold = [
        each
        for each in every
        if each.began_ms > told[0].began_ms
        and not each.play
        and each.item.kind == "track"
        and each.ms_played >= 30_000
    ]
    assert len(untold) > 800
    assert not [
        each
        for each in untold
        if any(each.began_ms < other.ended_ms and other.began_ms < each.ended_ms for other in told)
    ]


def test_the_end_of_it_are_the_plays_of_the_api(library):
    for until in (NOW, NOW - timedelta(days=30)):
        known = [play for play in reversed(library.plays) if play.played_at < until]
        every = list(listenings(library, SINCE, until, rows=2000))
        assert len(every) == 2000
        told = [(row, each) for each, row in zip(every, rows(every), strict=True) if each.play]
        assert [each.play for _, each in told] == known
        for row, each in told:
            assert row["ts"] == f"{each.play.played_at:%Y-%m-%dT%H:%M:%SZ}"
            assert row["spotify_track_uri"] == f"spotify:track:{each.play.track_id}"
            assert each.ended_ms == to_ms(each.play.played_at)
            assert each.ms_played >= 30_000
        since = told[0][1].began_ms
        others = [each for each in every if each.began_ms >= since and not each.play]
        assert others
        assert all(each.ms_played < 30_000 or each.item.kind == "episode" for each in others)
        assert max(each.noted_ms for each in every) < to_ms(until)


def test_an_account_without_anything_has_a_history_too(tmp_path):
    written = write_export(Library.empty(), tmp_path, NOW, rows=500, years=2)
    assert written.truth.rows == 500
    assert written.truth.from_api == 0
