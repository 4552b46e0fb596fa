"""Covers on pages: small copies of the WebP files that `sync_images` has stored, made once per file and size."""

import io
from pathlib import Path

from PIL import Image

from reports.dashboard.files import SiteFolder

SMALL, LARGE = 96, 320  # pixels: in lists, where 48 are shown; and what stands alone
QUALITY, METHOD = 80, 1  # of WebP: from 0 to 6, of which the usual 4 takes twice as long for as many bytes


class Covers:
    """Gives the address of a cover within the site, and puts the file there; None where none is stored."""

    def __init__(self, site: SiteFolder, artwork: Path) -> None:
        self.site, self.artwork = site, artwork

    def small(self, kind: str, item_id: str | None) -> str | None:
        """For a row of a list. `kind`: artists, albums, playlists."""
        return self._copy(kind, item_id, SMALL)

    def large(self, kind: str, item_id: str | None) -> str | None:
        """For what is shown large."""
        return self._copy(kind, item_id, LARGE)

    def _copy(self, kind: str, item_id: str | None, side: int) -> str | None:
        if item_id is None:
            return None
        source = self.artwork / "spotify" / kind / f"{item_id}.webp"
        if not source.is_file():
            return None
        name = f"covers/{side}/{item_id}.webp"
        copied = self.site.path / name
        if not (
            copied.exists() and copied.stat().st_mtime >= source.stat().st_mtime and self.site.keep(name)
        ):
            self.site.put(name, smaller(source, side))
        return name


def smaller(path: Path, side: int) -> bytes:
    """The picture with no side longer than `side` pixels, as WebP."""
    with Image.open(path) as picture:
        picture.thumbnail((side, side))
        to = io.BytesIO()
        picture.save(to, "WEBP", quality=QUALITY, method=METHOD)
    return to.getvalue()
