"""Covers as WebP files: what is downloaded, what is refused, what is kept, and what goes."""

import io
import sys
import threading
from argparse import Namespace
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import count
from pathlib import Path

import psycopg2
import pytest
from PIL import Image

from api_syncs import covers as images
from api_syncs import sync_images
from simulator.routes.images import ODD
from tests.clock import FakeClock
from tests.connections import PATIENCE_S
from utils.clock import Clock
from utils.database.statements import statement
from utils.job.declaration import Options
from utils.job.lifecycle import run_job
from utils.mirror.stored_counts import image_stats

pytestmark = pytest.mark.once
T0 = datetime(2026, 5, 1, 12, tzinfo=UTC)
SCRIPT = "api_syncs.sync_images"
KILLED = str(Path(__file__).with_name("killed_images.py"))
SIDES = {"artists": 300, "albums": 500, "playlists": 300}


# What is copied


def test_covers_become_square_webp_files_of_exact_sizes(gallery):
    outcome = gallery.run()
    rows = gallery.rows()
    assert outcome.status == "done"
    assert outcome.requests == 0, "image hosts are not the API"
    assert outcome.tally.new_items == len(rows) == len(gallery.asked()) == 8
    assert {kind for kind, _ in rows} == set(SIDES)
    gallery.agree()
    for (kind, key), file in gallery.files().items():
        path, size, width, height = rows[kind, key]
        assert path == f"artwork/spotify/{kind}/{key}.webp"
        assert file == gallery.folder / "spotify" / kind / f"{key}.webp"
        assert size == file.stat().st_size
        with Image.open(file) as image:
            assert image.format == "WEBP"
            assert image.size == (width, height) == (SIDES[kind], SIDES[kind])


def test_no_token_is_sent(gallery):
    gallery.run()
    for request in gallery.world.sim.requests:
        assert request.kind == "image"
        assert "authorization" not in request.headers
        assert "cookie" not in request.headers


def test_a_second_run_asks_nothing_and_writes_nothing(gallery):
    gallery.run()
    before = gallery.world.rows("SELECT xmin::text, * FROM images ORDER BY kind, spotify_id")
    times = {file: file.stat().st_mtime_ns for file in gallery.files().values()}
    outcome = gallery.run()
    assert outcome.status == "done"
    assert gallery.asked() == []
    assert gallery.world.rows("SELECT xmin::text, * FROM images ORDER BY kind, spotify_id") == before
    assert {file: file.stat().st_mtime_ns for file in gallery.files().values()} == times


def test_at_most_four_are_asked_for_at_once(gallery):
    first_two, number = threading.Barrier(2), count(1)
    gallery.world.sim.on_request = lambda _: next(number) <= 2 and first_two.wait(PATIENCE_S)
    gallery.run()
    assert 1 < gallery.world.sim.max_concurrent <= 4


def test_a_changed_cover_is_fetched_again_and_only_that(gallery):
    gallery.run()
    key = gallery.set_cover("transparent")
    before = gallery.files()["albums", key].read_bytes()
    outcome = gallery.run()
    assert gallery.asked() == [ODD["transparent"]]
    assert (outcome.tally.new_items, outcome.tally.updated_items) == (0, 1)
    assert gallery.files()["albums", key].read_bytes() != before
    gallery.agree()


def test_a_lost_file_is_fetched_again(gallery):
    gallery.run()
    gallery.files()["artists", "A" * 22].unlink()
    gallery.run()
    assert len(gallery.asked()) == 1
    gallery.agree()


def test_the_most_played_come_first_and_the_rest_waits_for_the_next_run(gallery, monkeypatch):
    monkeypatch.setattr(sync_images, "PER_RUN", 3)
    gallery.add("artist", "B" * 22, gallery.base + ODD["animated"])  # in nobody's library
    loved = gallery.album(3)
    gallery.world.change(
        "INSERT INTO plays (user_id, played_at, item_key, source) "
        "SELECT user_id, now(), 'spotify:track:' || track_id, 'api' FROM tracks, users WHERE album_id = %s",
        loved,
    )
    total = gallery.world.rows("SELECT count(*) FROM albums")[0][0] + 3
    gallery.run()
    assert ("albums", loved) in gallery.rows()
    assert len(gallery.rows()) == 3
    for stored in [*range(6, total, 3), total]:
        assert ("artists", "B" * 22) not in gallery.rows()
        gallery.run()
        assert len(gallery.rows()) == stored
    gallery.agree()


class TickingClock(FakeClock):
    """Every look at it takes a second."""

    def now(self):
        self.pass_time(seconds=1)
        return super().now()


def test_covers_take_a_share_of_the_time_and_the_next_run_goes_on(gallery):
    gallery.world.change(
        "INSERT INTO app_settings (user_id, key, value, updated_at) "
        "SELECT user_id, 'images.seconds_per_run', '4', now() FROM users"
    )
    stored = []
    while len(stored) < 8:
        outcome = gallery.world.run(SCRIPT, clock=TickingClock())
        assert outcome.status == "done"
        assert outcome.tally.new_items > 0
        stored += [outcome.tally.new_items]
        gallery.agree()
        if len(gallery.rows()) == 8:
            break
    assert 1 < len(stored) < 8, "several runs, each with some"
    said = gallery.world.rows(
        "SELECT message FROM logs WHERE message LIKE 'the time for covers%%' ORDER BY logged_at"
    )
    assert len(said) == len(stored) - 1
    assert said[0][0].startswith(f"the time for covers is over: {8 - stored[0]} are left")


def test_with_all_nothing_is_left_however_long_it_takes(gallery):
    gallery.world.change(
        "INSERT INTO app_settings (user_id, key, value, updated_at) "
        "SELECT user_id, 'images.seconds_per_run', '1', now() FROM users"
    )
    with gallery.world.settings():
        options = Options(arguments=Namespace(prune=False, all=True))
        outcome = run_job(sync_images.JOB, options, TickingClock())
    assert outcome.tally.new_items == 8


def test_what_is_in_an_own_list_comes_before_the_rest_of_the_catalogue(gallery, monkeypatch):
    monkeypatch.setattr(sync_images, "PER_RUN", 1)
    change = gallery.world.change
    change("UPDATE saved_albums SET removed_at = now()")
    first, listed, made = (gallery.album(number) for number in (0, 1, 2))
    change("UPDATE playlists SET image_url = NULL")
    for playlist_id, album_id in (("own", listed), ("made", made)):
        change(
            "INSERT INTO playlists (user_id, playlist_id, owner_id, position) "
            "SELECT user_id, %s, spotify_id, 1 FROM users",
            playlist_id,
        )
        change(
            "INSERT INTO playlist_items (user_id, playlist_id, position, item_type, track_id) "
            "SELECT user_id, %s, row_number() OVER (), 'track', track_id FROM users, tracks WHERE album_id = %s",
            playlist_id,
            album_id,
        )
    change(
        "INSERT INTO playlist_mappings (user_id, slug, name, playlist_id, rules) "
        "SELECT user_id, 'made', 'Made', 'made', '{}' FROM users"
    )
    for stored in ({listed}, {listed, first}):
        gallery.run()
        assert {spotify_id for kind, spotify_id in gallery.rows() if kind == "albums"} == stored


@pytest.mark.parametrize("is_known", [True, False])
def test_the_listeners_own_come_first_however_often_others_have_played_theirs(gallery, monkeypatch, is_known):
    """With a consent that nobody is known by it is the turn of every listener, one after the other; the rest of the catalogue comes last."""
    monkeypatch.setattr(sync_images, "PER_RUN", 1)
    change = gallery.world.change
    nobodys, others, own, shared = (gallery.album(number) for number in range(4))
    change("INSERT INTO users (user_id, spotify_id) VALUES ('~', '~')")  # sorted behind the listener
    change("DELETE FROM saved_albums WHERE album_id <> ALL(%s)", [own, shared])
    for album_id in (shared, others):
        change("INSERT INTO saved_albums VALUES ('~', %s, now())", album_id)
    change(
        "INSERT INTO plays (user_id, played_at, item_key, source) SELECT '~', now() + n * interval '1 second', "
        "'spotify:track:' || track_id, 'api' FROM tracks, generate_series(1, 5) AS n WHERE album_id = %s",
        others,
    )
    change("UPDATE albums SET image_url = NULL WHERE album_id <> ALL(%s)", [nobodys, others, own, shared])
    change("UPDATE artists SET image_url = NULL")
    change("UPDATE playlists SET image_url = NULL")
    if not is_known:
        gallery.world.extra["SPOTIFY_REFRESH_TOKEN"] = "of nobody known"
    order = []
    for _ in range(4):
        before = set(gallery.rows())
        gallery.run()
        order += [key for _, key in set(gallery.rows()) - before]
    assert len(order) == 4, "one per run"
    assert order == [own, shared, *([nobodys, others] if is_known else [others, nobodys])]
    gallery.run()
    assert gallery.asked() == []


def test_what_two_listeners_want_is_fetched_once_and_the_limit_is_that_of_the_run(gallery, monkeypatch):
    gallery.world.extra["SPOTIFY_REFRESH_TOKEN"] = "of nobody known"
    gallery.world.change("INSERT INTO users (user_id, spotify_id) VALUES ('~', '~')")
    gallery.world.change("INSERT INTO saved_albums SELECT '~', album_id, now() FROM saved_albums")
    gallery.add("artist", "B" * 22, gallery.base + ODD["animated"])
    monkeypatch.setattr(sync_images, "PER_RUN", 7)
    gallery.run()
    assert len(gallery.asked()) == len(gallery.rows()) == 7
    gallery.run()
    assert len(gallery.asked()) == 2
    assert len(gallery.rows()) == 9
    gallery.agree()


def test_no_play_of_another_listener_is_counted(rows):
    rows.add("users", user_id="v", spotify_id="v")
    rows.track("a", artists=("x" * 22,))
    rows.do("UPDATE artists SET image_url = 'https://i.scdn.co/image/1'")
    rows.do(
        "INSERT INTO plays (user_id, played_at, item_key, source) "
        "SELECT CASE WHEN n <= 10 THEN 'u' ELSE 'v' END, timestamptz '2026-05-01 12:00Z' + n * interval '1 hour', "
        "'spotify:track:a', 'api' FROM generate_series(1, 3000) AS n"
    )
    values = {"kinds": list(SIDES), "now": T0, "failed_before": T0, "limit": 10}
    for user_id, read in (("u", 10), (None, 0)):
        assert rows.rows_read(statement("images.wanted"), {**values, "user_id": user_id}, "plays") == read


def test_a_playlist_that_is_listed_no_more_is_not_asked_for(gallery):
    gallery.world.change("UPDATE playlists SET removed_at = now()")
    gallery.run()
    assert ("playlists", "P" * 22) not in gallery.rows()


# Settings


def test_a_kind_that_is_switched_off_is_left_alone(gallery):
    for kind in SIDES:
        gallery.world.change("DELETE FROM app_settings")
        gallery.world.change("DELETE FROM images")
        gallery.switch_off(f"images.download_{kind}")
        gallery.run()
        assert {found for found, _ in gallery.rows()} == set(SIDES) - {kind}


@pytest.mark.parametrize("key", ["spotify.download_images", "spotify.auto_sync_enabled"])
def test_all_of_it_can_be_switched_off(gallery, key):
    gallery.switch_off(key)
    outcome = gallery.run()
    assert (outcome.status, outcome.message) == ("skipped", f"switched off by the setting {key}")
    assert gallery.asked() == []


def prune(gallery):
    """`./run sync_images --prune`: what it says."""
    gallery.clear()
    process = gallery.world.call("-m", SCRIPT, "--prune")
    assert process.returncode == 0, process.stderr
    gallery.agree()
    return process.stdout


def last_run(gallery):
    return gallery.world.rows(
        "SELECT status, removed_items FROM sync_history WHERE job = 'sync_images' ORDER BY started_at DESC LIMIT 1"
    )[0]


@pytest.mark.parametrize("kind", SIDES)
def test_a_kind_that_is_switched_off_stays_until_it_is_pruned(gallery, kind):
    gallery.run()
    before = gallery.rows()
    gallery.switch_off(f"images.download_{kind}")
    assert gallery.run().tally.removed_items == 0
    assert gallery.rows() == before
    number = sum(found == kind for found, _ in before)
    half = gallery.folder / "spotify" / kind / f"{'Z' * 22}.webp.part"
    half.write_text("x")
    other = half.with_name("cover.jpg")
    other.write_text("x")
    assert f"covers of {kind}, which are switched off, removed: {number}\n" in prune(gallery)
    assert {found for found, _ in gallery.rows()} == set(SIDES) - {kind}
    assert (half.exists(), other.exists()) == (False, True)
    assert gallery.asked() == [], "the others are there already"
    assert last_run(gallery) == ("done", number)


def test_with_everything_switched_off_everything_is_pruned_and_nothing_downloaded(gallery):
    gallery.set_cover("html")
    gallery.run()
    assert None in gallery.rows().values(), "what could not be had is remembered"
    number = len(gallery.files())
    gallery.switch_off("spotify.download_images")
    said = prune(gallery)
    assert [said.count(f"covers of {kind}, which are switched off, removed: ") for kind in SIDES] == [1, 1, 1]
    assert (gallery.rows(), gallery.files(), gallery.asked()) == ({}, {}, [])
    assert last_run(gallery) == ("done", number)
    prune(gallery)
    assert last_run(gallery) == ("done", 0)


def test_where_no_kind_is_switched_off_a_run_that_prunes_is_like_any_other(gallery):
    assert "nothing to prune" in prune(gallery)
    assert len(gallery.asked()) == len(gallery.rows()) == 8
    gallery.switch_off("spotify.auto_sync_enabled")
    before = gallery.rows()
    prune(gallery)
    assert (gallery.rows(), gallery.asked()) == (before, [])


def test_the_disk_of_a_runner_is_not_pruned(gallery):
    """The rows are those of a folder elsewhere."""
    gallery.run()
    gallery.switch_off("spotify.download_images")
    gallery.world.extra["GITHUB_ACTIONS"] = "true"
    gallery.world.extra["ARTWORK_DIR"] = ""
    prune(gallery)
    assert last_run(gallery)[0] == "skipped"
    assert len(gallery.rows()) == 8


def test_the_option_is_said_in_the_help(gallery):
    said = gallery.world.call("-m", SCRIPT, "--help").stdout
    assert "--prune" in said
    for key in ("spotify.download_images", "images.download_artists"):
        assert key in said


def test_in_github_actions_a_folder_that_stays_has_to_be_named(gallery):
    gallery.world.extra["GITHUB_ACTIONS"] = "true"
    gallery.world.extra["ARTWORK_DIR"] = ""
    outcome = gallery.run()
    assert (outcome.status, outcome.exit_code) == ("skipped", 0)
    assert "on one of your own" in outcome.message
    assert gallery.asked() == []
    assert gallery.rows() == {}
    gallery.world.extra["ARTWORK_DIR"] = str(gallery.folder)
    assert gallery.run().status == "done"
    assert len(gallery.rows()) == 8


def test_without_a_listener_there_is_nothing_to_do(make_world, tmp_path):
    world = make_world()
    world.extra["ARTWORK_DIR"] = str(tmp_path / "artwork")
    assert world.run(SCRIPT).status == "done"
    assert not (tmp_path / "artwork").exists()


# What cannot be had


HOSTILE = {
    "gone": "status 404",
    "html": "not an image that can be read",
    "redirect": "status 302",
    "huge": "more than 50,000,000 pixels",
    "truncated": "not an image that can be read",
    "heavy": "more than 10,000,000 bytes",
    "empty": "not an image that can be read",
}


def test_hostile_covers_are_skipped_named_once_and_tried_again_after_a_week(gallery):
    keys = {name: f"{number:022}" for number, name in enumerate(sorted(HOSTILE))}
    for name, key in keys.items():
        gallery.add("artist", key, gallery.base + ODD[name])
    outcome = gallery.run()
    assert outcome.status == "done"
    assert outcome.tally.bad_items == len(HOSTILE)
    assert [key for (_, key), row in sorted(gallery.rows().items()) if row is None] == sorted(keys.values())
    gallery.agree()
    [warning] = gallery.warnings()
    for name, key in keys.items():
        assert f"artists {key} ({HOSTILE[name]}" in warning
    gallery.run()
    assert gallery.asked() == [], "not so soon"
    gallery.world.change("UPDATE images SET fetched_at = now() - interval '8 days'")
    gallery.run()
    assert sorted(gallery.asked()) == sorted(ODD[name] for name in HOSTILE)
    gallery.set_cover("transparent", "artist", keys["html"])
    gallery.run()
    assert gallery.asked() == [ODD["transparent"]]
    assert gallery.rows()["artists", keys["html"]] is not None
    gallery.agree()


def test_another_host_is_not_asked(gallery):
    key = gallery.set_cover("http://127.0.0.1:9/image/1")
    assert gallery.run().status == "done"
    assert gallery.rows()["albums", key] is None
    assert f"albums {key} (its URL is not one of Spotify's image hosts)" in gallery.warnings()[0]


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/image/1",
        "http://i.scdn.co/image/1",
        "https://i.scdn.co.example.org/image/1",
        "https://evil-i.scdn.co/image/1",
        "https://i.scdn.co:8443/image/1",
        "https://i.scdn.co@example.org/image/1",
        "https://example.org@i.scdn.co/image/1",
        "https://example.org\\@i.scdn.co/image/1",
        "https://i.scdn.co\n.example.org/image/1",
        "https://i.scdn.co/image/\n1",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "https://[",
        "i.scdn.co/image/1",
        "",
    ],
)
def test_what_is_no_url_of_spotifys_image_hosts(url):
    with pytest.raises(images.BadImage, match="not one of Spotify's image hosts"):
        images.Downloads(Clock(), "http://127.0.0.1:8080/v1").fetch(url)


def test_loopback_is_only_asked_where_the_api_is_there():
    real = images.Downloads(Clock(), "https://api.spotify.com/v1")
    simulated = images.Downloads(Clock(), "http://127.0.0.1:8080/v1")
    assert real.may_come_from("https://i.scdn.co/image/ab67616d0000b273")
    assert real.may_come_from("https://mosaic.scdn.co/640/abc")
    assert not real.may_come_from("http://127.0.0.1:8080/image/1")
    assert simulated.may_come_from("http://127.0.0.1:8080/image/1")
    assert not simulated.may_come_from("http://127.0.0.1:8081/image/1")
    assert not images.Downloads(Clock(), None).may_come_from("http://127.0.0.1:8080/image/1")


def test_a_cover_that_turns_bad_takes_the_old_file_with_it(gallery):
    gallery.run()
    key = gallery.set_cover("html")
    gallery.run()
    assert gallery.rows()["albums", key] is None
    gallery.agree()


def test_an_expired_playlist_url_is_no_fault_and_keeps_the_old_cover(gallery):
    gallery.add("playlist", "Q" * 22, gallery.base + ODD["gone"])
    gallery.run()
    assert gallery.rows()["playlists", "Q" * 22] is None
    gallery.set_cover("gone", "playlist", "P" * 22)
    outcome = gallery.run()
    assert gallery.rows()["playlists", "P" * 22] is not None
    assert (outcome.status, outcome.tally.bad_items, gallery.warnings()) == ("done", 0, [])
    gallery.agree()


@pytest.mark.parametrize("fault", ["reset", "truncated"])
def test_a_broken_connection_is_no_verdict(gallery, fault):
    gallery.world.sim.faults.add(fault, match="/image/")
    gallery.run()
    assert len(gallery.warnings()) == 1
    gallery.run()
    assert len(gallery.asked()) == 1
    assert None not in gallery.rows().values()
    gallery.agree()


def test_an_outage_ends_the_run_and_condemns_nothing(gallery, monkeypatch):
    monkeypatch.setattr(images, "BATCH", 4)
    gallery.world.sim.faults.add("status", match="/image/", times=None, status=503)
    outcome = gallery.run()
    assert (outcome.status, outcome.exit_code) == ("failed", 1)
    assert outcome.message == "The image hosts gave no answer for 4 covers in a row."
    assert gallery.rows() == {}


def test_a_slow_body_is_given_up(gallery, monkeypatch):
    monkeypatch.setattr(images, "LONGEST_S", 0.2)
    with dripping() as url, pytest.raises(images.NoAnswer, match="not complete in time"):
        images.Downloads(Clock(), url).fetch(f"{url}/image")


@contextmanager
def dripping():
    """A server that sends a byte now and then, without end."""

    class Drip(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            try:
                while not over.wait(0.02):
                    self.wfile.write(b"x" * images.PIECE)
            except OSError:
                pass

        def log_message(self, format, *args):
            pass

    over = threading.Event()
    with HTTPServer(("127.0.0.1", 0), Drip) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        over.set()
        server.shutdown()
        thread.join()


def test_a_folder_that_cannot_be_written_is_said(gallery):
    gallery.folder.write_text("a file")
    outcome = gallery.run()
    assert outcome.exit_code == 2
    assert "cannot be written" in outcome.message
    assert gallery.rows() == {}


def test_without_pillow_it_is_said_what_to_install(gallery, monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    outcome = gallery.run()
    assert (outcome.exit_code, outcome.message) == (
        2,
        "Pillow, which turns covers into WebP, is not installed.",
    )
    assert gallery.rows() == {}


# What is made of them


def picture(mode, size, color, image_format="PNG", **options):
    content = io.BytesIO()
    Image.new(mode, size, color).save(content, image_format, **options)
    return content.getvalue()


def read(body, side=300):
    image = Image.open(io.BytesIO(images.to_webp(body, side)))
    assert (image.format, image.size) == ("WEBP", (side, side))
    return image


def test_transparency_is_kept(gallery):
    key = gallery.set_cover("transparent")
    gallery.run()
    with Image.open(gallery.files()["albums", key]) as image:
        assert image.mode == "RGBA"
        assert image.getchannel("A").getextrema() == (0, 255)


def test_of_an_animation_the_first_frame_counts(gallery):
    key = gallery.set_cover("animated")
    gallery.run()
    with Image.open(gallery.files()["albums", key]) as image:
        assert getattr(image, "n_frames", 1) == 1
        red, green, blue = image.convert("RGB").getpixel((250, 250))
        assert red > 200
        assert green < 50
        assert blue < 50


@pytest.mark.parametrize("size", [(640, 640), (64, 64), (900, 300), (300, 900), (1, 1), (3000, 1)])
def test_any_shape_becomes_the_square(size):
    assert read(picture("RGB", size, "red")).mode == "RGB"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_any_kind_of_png_becomes_webp(mode):
    read(picture(mode, (320, 320), 1 if mode in ("1", "L", "P", "I;16") else None))


@pytest.mark.parametrize(
    ("mode", "image_format"),
    [("RGB", "JPEG"), ("CMYK", "JPEG"), ("L", "JPEG"), ("RGBA", "WEBP"), ("P", "GIF")],
)
def test_the_other_formats_are_read_too(mode, image_format):
    read(picture(mode, (320, 320), None, image_format))


@pytest.mark.parametrize("image_format", ["BMP", "TIFF", "ICO", "PPM", "TGA", "PDF"])
def test_no_other_format_is_decoded(image_format):
    with pytest.raises(images.BadImage, match="not an image"):
        images.to_webp(picture("RGB", (64, 64), "red", image_format), 300)


@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "GIF"])
def test_damage_of_any_kind_is_refused_or_read_but_never_raises_anything_else(image_format):
    body = picture("RGB", (64, 64), "red", image_format)
    for position in range(0, len(body), 5):
        damaged = bytearray(body)
        damaged[position] ^= 0xFF
        try:
            read(bytes(damaged), 8)
        except images.BadImage:
            continue


# What goes


def test_orphans_are_pruned_and_other_files_stay(gallery):
    gallery.run()
    gallery.world.change("DELETE FROM playlists")
    bare = gallery.album()
    gallery.world.change("UPDATE albums SET image_url = NULL WHERE album_id = %s", bare)
    albums = gallery.folder / "spotify" / "albums"
    for name in (f"{'Z' * 22}.webp", f"{'Z' * 22}.webp.part", "notes.webp", "cover.jpg", ".keep"):
        (albums / name).write_text("x")
    (albums / f"{'D' * 22}.webp").mkdir()
    outcome = gallery.run()
    assert outcome.status == "done"
    assert outcome.tally.removed_items == 4
    assert gallery.asked() == []
    assert ("playlists", "P" * 22) not in gallery.rows() | gallery.files()
    assert ("albums", bare) not in gallery.rows() | gallery.files()
    rest = {path.name for path in albums.iterdir()} - {f"{key}.webp" for _, key in gallery.rows()}
    assert rest == {"notes.webp", "cover.jpg", ".keep", f"{'D' * 22}.webp"}


def test_an_id_that_is_none_never_becomes_a_path(gallery):
    for key in ("../../../../etc/passwd", "short", "x" * 23, "..", "A" * 21 + "/", "A" * 22 + "\n"):
        gallery.add("artist", key, gallery.base + ODD["animated"])
    assert gallery.run().status == "done"
    assert ODD["animated"] not in gallery.asked()
    assert len(gallery.rows()) == len(gallery.files()) == 8


# Killed


def test_killed_after_every_file_and_every_commit(gallery):
    process = gallery.world.call(KILLED)
    assert process.returncode == 0, process.stderr
    assert int(process.stdout.split()[-2]) > 8
    assert len(gallery.rows()) == 8
    gallery.agree()


def test_a_file_without_its_row_is_fetched_anew(gallery, monkeypatch):
    def fail(*_):
        raise OSError("the process ends here")

    with monkeypatch.context() as patch:
        patch.setattr(images, "upsert", fail)
        assert gallery.run().status == "failed"
    assert gallery.files()
    assert gallery.rows() == {}
    assert gallery.run().status == "done"
    gallery.agree()


def test_a_signal_ends_the_run_with_what_is_complete(gallery, monkeypatch):
    monkeypatch.setattr(images, "BATCH", 2)
    child = gallery.world.start("-m", SCRIPT, "--force")
    gallery.world.sim.on_request = lambda request: request.n % 5 or child.terminate()
    out, err = child.communicate(timeout=PATIENCE_S)
    gallery.world.sim.on_request = None
    assert child.returncode == 0, out + err
    gallery.agree()


# How much there is


def test_bytes_and_counts_are_those_of_the_files(gallery):
    gallery.set_cover("html")
    gallery.run()
    sizes = {
        kind: [file.stat().st_size for (found, _), file in gallery.files().items() if found == kind]
        for kind in SIDES
    }
    with closing(psycopg2.connect(gallery.world.dsn)) as connection, connection.cursor() as cursor:
        stats = image_stats(cursor)
    assert stats == {
        **{f"{kind}_bytes": sum(found) for kind, found in sizes.items()},
        **{f"{kind}_count": len(found) for kind, found in sizes.items()},
        "total_bytes": sum(map(sum, sizes.values())),
    }


def test_a_file_that_is_gone_is_not_counted_once_a_run_has_seen_that(gallery):
    gallery.run()
    for kind in SIDES:
        gallery.switch_off(f"images.download_{kind}")
    for file in gallery.files().values():
        file.unlink()
    gallery.run()
    with closing(psycopg2.connect(gallery.world.dsn)) as connection, connection.cursor() as cursor:
        assert set(image_stats(cursor).values()) == {0}


def test_a_list_that_two_listeners_have_is_one_cover(gallery):
    change = gallery.world.change
    change("INSERT INTO users (user_id, spotify_id, last_active_at) VALUES ('v', 'v', '2020-01-01 00:00Z')")
    change(
        "INSERT INTO playlists (user_id, playlist_id, image_url, position) "
        "SELECT 'v', playlist_id, image_url, 0 FROM playlists"
    )
    gallery.run()
    assert len(gallery.asked()) == 8
    change("UPDATE playlists SET image_url = NULL WHERE user_id <> 'v'")
    assert gallery.run().tally.removed_items == 0
    assert ("playlists", "P" * 22) in gallery.files()
