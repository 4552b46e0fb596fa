"""Cover images: where they may come from, what is made of them, and where they lie.

A cover comes from outside: its host, its weight and its size are checked before it is decoded. Pillow, which decodes
it, is only imported then.
"""

import re
import threading
import time
import warnings
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.cookiejar import DefaultCookiePolicy
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

from psycopg2.extensions import cursor as Cursor

from utils.clock import Clock
from utils.database.rows import Row, upsert
from utils.database.statements import statement
from utils.errors import SettingsError, TransientError
from utils.job.run import Run
from utils.spotify.in_order import in_order
from utils.spotify.lean_requests import requests
from utils.spotify.transport import WORKERS
from utils.stopping import GivenUp, in_own_thread

SIDES = {"artists": 300, "albums": 500, "playlists": 300}  # pixels
HOSTS = frozenset(
    {
        "i.scdn.co",
        "mosaic.scdn.co",
        "daily-mix.scdn.co",
        "lineup-images.scdn.co",
        "thisis-images.scdn.co",
        "charts-images.scdn.co",
        "image-cdn-ak.spotifycdn.com",
        "image-cdn-fa.spotifycdn.com",
        "blend-playlist-covers.spotifycdn.com",
        "mixed-media-images.spotifycdn.com",
        "wrapped-images.spotifycdn.com",
    }
)
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MAX_BYTES = 10_000_000
MAX_PIXELS = 50_000_000
LARGE_PIXELS = 2_000_000  # above that one at a time is decoded: it takes much memory
TIMEOUT_S = (5.0, 15.0)  # to connect, between two pieces
LONGEST_S = 60.0  # for all pieces together
PIECE = 65_536
QUALITY = 82
METHOD = 1  # of WebP's 0 to 6: half the time of the usual 4, for as many bytes
BATCH = 20  # covers per transaction
NAMED = 20  # of the covers that could not be had, at most, in the warning
_URL = re.compile(r"(https?://[a-z0-9.-]+(?::[0-9]+)?)/[!-~]*")
_FILE = re.compile(r"([0-9A-Za-z]{22})\.webp(\.part)?")


class CoverError(Exception):
    """A cover could not be had."""


class BadImage(CoverError):
    """Asking again soon will not help: it is refused, or no image. `status`: the refusal's, else 0."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class NoAnswer(CoverError):
    """The next try may succeed: an outage, or a rate limit."""


class Image(Row, table="images", key=("kind", "spotify_id")):
    """A cover that was asked for. Without a path: it could not be had."""

    kind: str
    spotify_id: str
    source_url: str
    path: str | None
    bytes: int | None
    width: int | None
    height: int | None
    fetched_at: datetime


@dataclass(frozen=True)
class Cover:
    """An image that is wanted. `has_file`: there is an older one."""

    kind: str
    spotify_id: str
    url: str
    has_file: bool

    def has_expired(self, error: CoverError) -> bool:
        """URLs of playlists' covers live for less than a day: a refusal is no fault."""
        return self.kind == "playlists" and isinstance(error, BadImage) and 400 <= error.status < 500

    def row(self, now: datetime, size: int | None) -> Image:
        """The row, with so many bytes stored; None: it could not be had."""
        side = SIDES[self.kind] if size is not None else None
        path = f"artwork/spotify/{self.kind}/{self.spotify_id}.webp" if size is not None else None
        return Image(self.kind, self.spotify_id, self.url, path, size, side, side, now)


class Downloads(requests.Session):
    """Thread-safe: a few covers at a time are fetched through one instance. No token, no cookie, no redirect."""

    def __init__(self, clock: Clock, api_url: str | None) -> None:
        super().__init__()
        self._clock = clock
        self._decoding_large = threading.Lock()
        parts = urlsplit(api_url or "")
        is_local = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")
        self._simulator = f"http://{parts.netloc}" if is_local else None
        self.headers["Accept-Encoding"] = "identity"
        self.auth = lambda request: request  # keeps .netrc out
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("https://", "http://"):
            self.mount(scheme, requests.adapters.HTTPAdapter(pool_maxsize=WORKERS, pool_block=True))

    def get_redirect_target(self, resp: requests.Response) -> None:
        """A redirect is not followed, nor is its body read."""

    def may_come_from(self, url: str) -> bool:
        """True for Spotify's image hosts; where the API is a simulator on loopback, also for that."""
        found = _URL.fullmatch(url)
        return found is not None and (
            found[1].removeprefix("https://") in HOSTS or found[1] == self._simulator
        )

    def webp(self, cover: Cover) -> bytes | CoverError:
        """The cover as it is stored, or why there is none."""
        try:
            return to_webp(self.fetch(cover.url), SIDES[cover.kind], self._decoding_large)
        except CoverError as error:
            return error

    def fetch(self, url: str) -> bytes:
        """What lies there, whatever it is. Raises BadImage or NoAnswer."""
        if not self.may_come_from(url):
            raise BadImage("its URL is not one of Spotify's image hosts")
        try:
            return in_own_thread(lambda: self._read(url), lambda: self._clock.is_interrupted)
        except GivenUp:
            raise NoAnswer("not complete in time") from None

    def _read(self, url: str) -> bytes:
        begun = time.monotonic()
        body = bytearray()
        try:
            with self.get(url, stream=True, timeout=TIMEOUT_S) as response:
                status = response.status_code
                if status >= 500 or status in (408, 429):
                    raise NoAnswer(f"status {status}")
                if status != 200:
                    raise BadImage(f"status {status}", status)
                for piece in response.iter_content(PIECE):
                    body += piece
                    if len(body) > MAX_BYTES:
                        raise BadImage(f"more than {MAX_BYTES:,} bytes")
                    if time.monotonic() - begun > LONGEST_S:
                        raise NoAnswer("not complete in time")
        except requests.RequestException as error:
            raise NoAnswer(f"connection broken ({type(error).__name__})") from error
        return bytes(body)


def to_webp(body: bytes, side: int, large: AbstractContextManager[object] | None = None) -> bytes:
    """A square WebP: the middle of the image, exactly `side` pixels wide, the first frame, with its transparency.

    `large`: entered while a large one is decoded. Raises BadImage for what is no image, is broken, or would be too large when decoded.
    """
    try:
        from PIL import Image, ImageOps
    except ImportError:
        remedy = "pip install -r requirements-images.txt, or ./run settings set download_images false"
        raise SettingsError("Pillow, which turns covers into WebP, is not installed.", remedy) from None
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    content = BytesIO()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(body), formats=FORMATS) as image:
                is_large = image.width * image.height > LARGE_PIXELS
                image.draft("RGB", (side, side))  # a JPEG is decoded no larger than is needed
                with large if large and is_large else nullcontext():
                    whole = image.convert("RGBA" if image.has_transparency_data else "RGB")
        square = ImageOps.fit(whole, (side, side), Image.Resampling.LANCZOS)
        square.save(content, "WEBP", quality=QUALITY, method=METHOD)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise BadImage(f"more than {MAX_PIXELS:,} pixels") from None
    except Exception as error:  # noqa: BLE001 - a decoder that is fed nonsense may raise anything
        raise BadImage(f"not an image that can be read ({type(error).__name__})") from None
    return content.getvalue()


class Artwork:
    """The folder that the covers lie in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def file(self, kind: str, spotify_id: str) -> Path:
        """Where that cover lies."""
        return self.folder / "spotify" / kind / f"{spotify_id}.webp"

    def write(self, cover: Cover, content: bytes) -> None:
        """All of it, or nothing. Raises SettingsError where the folder cannot be written."""
        file = self.file(cover.kind, cover.spotify_id)
        part = file.with_name(f"{file.name}.part")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(content)
            part.replace(file)
        except OSError as error:
            raise SettingsError(
                f"{file.parent} cannot be written ({error.strerror}).", "ARTWORK_DIR names another folder."
            ) from error

    def remove(self, cover: Cover) -> None:
        """Let it be gone."""
        self.file(cover.kind, cover.spotify_id).unlink(missing_ok=True)

    def lost(self, stored: Collection[tuple[str, str]]) -> list[tuple[str, str]]:
        """Which of these (kind, id) have no file."""
        return sorted(key for key in stored if not self.file(*key).is_file())

    def remove_kind(self, kind: str) -> int:
        """Remove every cover of a kind, and what a kill left half-written; how many covers. Other files stay."""
        removed = 0
        for file, found in self._files(kind):
            file.unlink()
            removed += not found[2]
        return removed

    def prune(self, stored: Collection[tuple[str, str]]) -> int:
        """Remove the covers that are not among these, and what a kill left half-written; how many. Others stay."""
        removed = 0
        for kind in SIDES:
            for file, found in self._files(kind):
                if found[2] or (kind, found[1]) not in stored:
                    file.unlink()
                    removed += 1
        return removed

    def _files(self, kind: str) -> Iterator[tuple[Path, re.Match[str]]]:
        """The files of ours among those of a kind, and the parts of their names."""
        for file in (self.folder / "spotify" / kind).glob("*.webp*"):
            found = _FILE.fullmatch(file.name)
            if found and file.is_file():
                yield file, found


def prune(run: Run, artwork: Artwork, kinds: list[str]) -> None:
    """Remove the covers of these kinds: rows first, then files, so that a kill leaves none that the next time misses."""
    with run.transaction() as cursor:
        cursor.execute(statement("images.forget_kinds"), {"kinds": kinds})
    if not kinds:
        run.log.info("no kind of cover is switched off: there is nothing to prune")
    for kind in kinds:
        removed = artwork.remove_kind(kind)
        run.tally.removed_items += removed
        run.log.info("covers of %s, which are switched off, removed: %s", kind, f"{removed:,}")


def tidy(run: Run, artwork: Artwork) -> None:
    """Make rows and files agree: rows go first, so that none is ever without its file."""
    with run.transaction() as cursor:
        cursor.execute(statement("images.orphans"))
        orphans = set(cursor.fetchall())
        cursor.execute(statement("images.stored"))
        stored = set(cursor.fetchall()) - orphans
        gone = sorted(orphans | set(artwork.lost(stored)))
        ids = {"kinds": [kind for kind, _ in gone], "spotify_ids": [spotify_id for _, spotify_id in gone]}
        cursor.execute(statement("images.delete"), ids)
    run.tally.removed_items += artwork.prune(stored)


def download(run: Run, artwork: Artwork, wanted: list[Cover], seconds: int) -> int:
    """Fetch a few at a time, and store a batch at a time, for so long (0: to the end); how many are left.

    Says at the end what could not be had.
    """
    until = run.clock.now() + timedelta(seconds=seconds) if seconds else None
    api_url = run.settings.spotify.api_url if run.settings.spotify else None
    batch: list[tuple[Cover, bytes | CoverError]] = []
    failed: list[str] = []
    silent = 0  # covers in a row without an answer
    with closing(Downloads(run.clock, api_url)) as downloads:
        try:
            for done, (cover, found) in enumerate(in_order(downloads.webp, wanted), start=1):
                run.check_stop()
                is_last = done == len(wanted) or (until is not None and run.clock.now() >= until)
                if isinstance(found, CoverError) and not cover.has_expired(found):
                    failed.append(f"{cover.kind} {cover.spotify_id} ({found})")
                batch.append((cover, found))
                if len(batch) == BATCH or is_last:
                    save_covers(run, artwork, batch)
                    batch.clear()
                run.progress(done, len(wanted))
                silent = silent + 1 if isinstance(found, NoAnswer) else 0
                if silent == BATCH:
                    raise TransientError(
                        f"The image hosts gave no answer for {BATCH} covers in a row.",
                        "The next run goes on with them; where it stays so, see whether this network lets you to i.scdn.co.",
                    )
                if is_last:
                    return len(wanted) - done
        finally:
            run.tally.bad_items += len(failed)
            if failed:
                more = f" and {len(failed) - NAMED} more" if len(failed) > NAMED else ""
                run.log.warning("covers that could not be had: %s%s", ", ".join(failed[:NAMED]), more)
    return 0


def save_covers(run: Run, artwork: Artwork, batch: Sequence[tuple[Cover, bytes | CoverError]]) -> None:
    """Files first, then their rows; where there is no image, the row first, then the old file goes."""
    now = run.clock.now()
    images = [(cover, found) for cover, found in batch if isinstance(found, bytes)]
    without = [
        cover
        for cover, found in batch
        if isinstance(found, BadImage) and not (cover.has_file and cover.has_expired(found))
    ]

    def write(cursor: Cursor) -> None:
        for cover, content in images:
            artwork.write(cover, content)
        rows = [cover.row(now, len(content)) for cover, content in images]
        upsert(cursor, rows + [cover.row(now, None) for cover in without])

    run.write(write)
    for cover in without:
        artwork.remove(cover)
    replaced = sum(cover.has_file for cover, _ in images)
    run.tally.updated_items += replaced
    run.tally.new_items += len(images) - replaced
    run.tally.unchanged_items += sum(
        isinstance(found, CoverError) and cover.has_expired(found) for cover, found in batch
    )
