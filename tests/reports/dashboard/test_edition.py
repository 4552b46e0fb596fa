"""The public edition: what strangers may see, and above all what they cannot."""

import re
import zlib
from base64 import b64decode
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import psycopg2
import pytest

from tests.api_syncs.test_personalities import compute
from tests.conftest import execute, new_database
from tests.reports.dashboard.made_up_listening import NOW, store, years_of_listening
from tests.reports.dashboard.reading import build
from utils.errors import SettingsError
from utils.job.app_settings import SETTINGS, save_app_setting
from utils.public_sections import ALONGSIDE, NOTHING, SECTIONS, SETTING, read_public_sections

pytestmark = pytest.mark.once

EVERYTHING = ",".join(SECTIONS)
# A time of day as people write it, or as machines do.
TIME_OF_DAY = re.compile(r"(?<![\d:])(?:[01]?\d|2[0-3]):[0-5]\d(?!\d)|\d{4}-\d\d-\d\dT\d\d")
SECRETS = ("Robin", "Europe/Berlin", "Brief words of a log", "a night without a look")


@pytest.fixture(scope="module")
def database(server, template):
    """A listener with years, a name, a zone, settings, a log, a gap and a consent."""
    with new_database(server, template) as dsn:
        store(dsn, years_of_listening())
        execute(
            dsn,
            "UPDATE users SET authorized_at = now() - interval '14 days', auth_status = 'valid' WHERE user_id = 'u'",
        )
        execute(
            dsn,
            "INSERT INTO play_gaps (user_id, gap_start, gap_end, reason) VALUES "
            "('u', '2025-05-03 01:23:00+00', '2025-05-03 04:56:00+00', 'a night without a look')",
        )
        execute(
            dsn,
            "INSERT INTO logs (user_id, run_id, line_number, logged_at, source, level, message) VALUES "
            "('u', gen_random_uuid(), 1, now(), 'track_plays', 'INFO', 'Brief words of a log')",
        )
        with closing(psycopg2.connect(dsn)) as connection:
            compute(connection)  # the personality
        execute(dsn, "UPDATE users SET spotify_id = 'u'")
        execute(
            dsn,
            "INSERT INTO playlists (user_id, playlist_id, owner_id, name, position) VALUES ('u', 'list', 'u', 'Mine', 0)",
        )
        execute(
            dsn,
            "INSERT INTO playlist_item_history (user_id, playlist_id, item_uri, first_seen_at) "
            "SELECT 'u', 'list', 'spotify:track:' || n, timestamptz '2026-01-01 12:34:56+00' + n * interval '13 hours' FROM generate_series(1, 12) AS n",
        )
        yield dsn


@pytest.fixture(scope="module")
def build_edition(database, tmp_path_factory):
    """Builds both sites of what a setting names; the folders of the whole one and of the edition."""
    folder = tmp_path_factory.mktemp("sites")

    def of(named: str, now=NOW) -> tuple[Path, Path]:
        with closing(psycopg2.connect(database)) as connection:
            save_app_setting(connection, "u", SETTING, named)
        build(database, folder / "site", now, public_folder=folder / "site-public")
        return folder / "site", folder / "site-public"

    return of


def texts(folder: Path) -> dict[str, str]:
    """Every file of text that holds data, with what is packed in scripts."""
    found = {}
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if (
            path.is_file()
            and (not name.startswith("assets/") or name.endswith("built.js"))
            and path.suffix != ".webp"
        ):
            text = path.read_text(encoding="utf-8")
            for packed in re.findall(r'"([\w+/=]{60,})"', text) if name.startswith("data/") else ():
                text += zlib.decompress(b64decode(packed)).decode()
            found[name] = text
    return found


def test_whatever_is_named_no_time_of_day_and_nothing_private_is_in_it(build_edition):
    whole, public = build_edition(EVERYTHING)
    private, shown = texts(whole), texts(public)
    assert set(shown) >= {
        "index.html",
        "history.html",
        "top.html",
        "insights.html",
        "personality.html",
        "library.html",
        "playlists.html",
        "about.html",
    }
    assert "Size over time" in shown["playlists.html"]
    assert '"columns": ["at", "when", "entries", "change"]' in shown["playlists.html"]
    for name, text in shown.items():
        assert not TIME_OF_DAY.findall(text), name
        assert not [word for word in (*SECRETS, *SETTINGS) if word in text]
    # So the search can find what it looks for: the whole site has it.
    everything = "".join(private.values())
    assert TIME_OF_DAY.search(everything)
    assert all(
        word in everything
        for word in ("Robin", "Europe/Berlin", "Brief words of a log", "a night without a look")
    )


def test_no_file_is_in_it_that_no_page_of_it_refers_to(build_edition):
    _, public = build_edition("history#albums,library")
    names = {path.relative_to(public).as_posix() for path in public.rglob("*") if path.is_file()} - {".site"}
    pages = "".join(text for name, text in texts(public).items() if name.endswith(".html"))
    assert {name for name in names if name.endswith(".html")} == {
        "index.html",
        "history.html",
        "library.html",
        "about.html",
    }
    assert all(name in pages for name in names if not name.endswith(".html"))
    assert not [
        name for name in names if name.endswith((".json", ".ics", ".csv")) or name.startswith("data/")
    ]


def test_findings_are_in_it_without_the_hours(build_edition):
    whole, public = build_edition("insights,personality")
    found, shown = (
        {
            page: set(re.findall(r'<section id="([^"]+)"', (folder / f"{page}.html").read_text()))
            for page in ("insights", "personality")
        }
        for folder in (whole, public)
    )
    assert found["insights"] - shown["insights"] <= {"day-parts", "later"}
    assert {"variety", "whole-albums"} <= shown["insights"]
    assert found["personality"] - shown["personality"] == {"traits"}
    assert "axes" in shown["personality"]
    for folder in (whole, public):  # each leads to the other
        assert 'href="personality.html"' in (folder / "insights.html").read_text()
        assert 'href="insights.html"' in (folder / "personality.html").read_text()
    for page in shown:
        text = (public / f"{page}.html").read_text()
        assert not re.search(r"\b(hour|weekend|Owl|Lark)\b|<code>", text), page


def test_a_page_whose_own_page_is_left_out_stands_in_the_navigation(build_edition):
    _, public = build_edition("overview,personality,artists")
    for page in ("index", "personality"):
        nav = (public / f"{page}.html").read_text().partition("<nav")[2].partition("</nav>")[0]
        assert re.findall(r'href="([^"]+)"', nav) == ["index.html", "personality.html", "about.html"]


def test_only_the_sections_that_are_named_are_in_it(build_edition):
    _, public = build_edition("history#albums,history#years,top#months")
    found = {
        page: set(re.findall(r'<section id="([^"]+)"', (public / f"{page}.html").read_text()))
        for page in ("history", "top", "about")
    }
    assert found == {"history": {"albums", "years"}, "top": {"months"}, "about": set(ALONGSIDE["about"])}
    assert not (public / "overview.html").exists()
    assert 'url=history.html"' in (public / "index.html").read_text()


@pytest.mark.parametrize(
    "named",
    [EVERYTHING, "overview", "history#years", "insights", "personality,library", "top#months,library#genres"],
)
def test_every_link_in_it_leads_somewhere(build_edition, named):
    _, public = build_edition(named)
    pages = {name: text for name, text in texts(public).items() if name.endswith(".html")}
    for name, text in pages.items():
        for address in re.findall(r'(?:href|src)="([^":]+)"', text):
            path, _, anchor = address.partition("#")
            target = path.partition("?")[0] or name
            assert (public / target).is_file(), f"{name}: {address}"
            if anchor and not anchor.startswith("range="):
                assert f'id="{anchor}"' in pages[target], f"{name}: {address}"
            assert not anchor.startswith("range=") or "top.html" in pages


def test_it_is_written_again_only_where_it_changes_and_goes_with_its_setting(
    build_edition, database, tmp_path
):
    def counts(now):
        return build(database, tmp_path / "site", now, public_folder=tmp_path / "site-public")

    build_edition("overview,library")  # the setting
    first = counts(NOW)
    again = counts(NOW + timedelta(minutes=1))
    whole, public = len(list((tmp_path / "site").glob("*.html"))), 3
    assert first["new"] == whole + public
    assert again == {"unchanged": whole + public, "removed": 0}
    build_edition("")
    assert counts(NOW)["removed"] == 3
    assert not list((tmp_path / "site-public").rglob("*.html"))


def test_nothing_is_public_by_default():
    assert SETTINGS[SETTING].default == ""
    assert read_public_sections("") is NOTHING


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("status", "'status' is no page that strangers may be shown"),
        ("histroy", "did you mean history?"),
        ("history#hours", "'history#hours' is no section that strangers may be shown"),
        ("insights#day-parts", "'insights#day-parts' is no section that strangers may be shown"),
        ("personality#traits", "'personality#traits' is no section that strangers may be shown"),
        ("overview,history#yaers", "did you mean years?"),
        ("about", "'about' is no page"),
    ],
)
def test_what_is_never_public_cannot_be_set(named, said):
    with pytest.raises(SettingsError, match=re.escape(said)) as refused:
        SETTINGS[SETTING].parse(named)
    assert "There are:" in refused.value.remedy or "there are:" in refused.value.remedy
