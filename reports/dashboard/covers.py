"""Covers on pages: small copies of the WebP files that `sync_images` has stored, made once per file and size."""

import io
import os
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from PIL import Image

from reports.dashboard.files import SiteFolder

SMALL, LARGE = 96, 320  # pixels: in lists, where 48 are shown; and what stands alone
NICE = 10  # of the threads that make copies, as `nice` has it
QUALITY, METHOD = 80, 1  # of WebP: from 0 to 6, of which the usual 4 takes twice as long for as many bytes


class Covers:
    """Gives the address of a cover within the site, and lets the site have the file; None where none is stored.

    Copies are made aside, in as many threads as there are processors, until `finish`; on Linux with what the pages and the database leave of these.
    """

    def __init__(self, site: SiteFolder, artwork: Path) -> None:
        self.site, self.artwork = site, artwork
        self._addresses: dict[tuple[str, str, int], str | None] = {}
        self._makers = ThreadPoolExecutor(os.cpu_count(), initializer=_behind_all_else)
        self._copies: list[Future[str]] = []

    def small(self, kind: str, item_id: str | None) -> str | None:
        """For a row of a list. `kind`: artists, albums, playlists."""
        return self._address(kind, item_id, SMALL)

    def large(self, kind: str, item_id: str | None) -> str | None:
        """For what is shown large."""
        return self._address(kind, item_id, LARGE)

    def finish(self) -> None:
        """Wait for the copies. OSError where one cannot be read or written."""
        for copy in self._copies:
            copy.result()

    def stop(self) -> None:
        """Begin no further copy."""
        self._makers.shutdown(cancel_futures=True)

    def _address(self, kind: str, item_id: str | None, side: int) -> str | None:
        if item_id is None:
            return None
        key = kind, item_id, side
        if key not in self._addresses:
            self._addresses[key] = self._copy(*key)
        return self._addresses[key]

    def _copy(self, kind: str, item_id: str, side: int) -> str | None:
        source = self.artwork / "spotify" / kind / f"{item_id}.webp"
        if not source.is_file():
            return None
        name = f"covers/{side}/{item_id}.webp"
        copied = self.site.path / name
        if not (
            copied.exists() and copied.stat().st_mtime >= source.stat().st_mtime and self.site.keep(name)
        ):
            self._copies.append(self._makers.submit(lambda: self.site.put(name, smaller(source, side))))
        return name


def _behind_all_else() -> None:
    """This thread waits for all others; elsewhere than on Linux a thread has no priority of its own."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)


def smaller(path: Path, side: int) -> bytes:
    """The picture with no side longer than `side` pixels, as WebP: as it is stored, where that is no longer."""
    with Image.open(path) as picture:
        if max(picture.size) <= side and picture.format == "WEBP":
            return path.read_bytes()
        picture.thumbnail((side, side))
        to = io.BytesIO()
        picture.save(to, "WEBP", quality=QUALITY, method=METHOD)
    return to.getvalue()
