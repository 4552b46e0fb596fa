"""Checks of the folders of covers and site."""

from collections.abc import Iterator

from api_syncs.covers import SIDES, Artwork
from reports.diagnosis.finding import Finding, NotChecked, fault, ok, warning
from reports.diagnosis.places import why_not_writable
from reports.diagnosis.situation import Situation
from utils.config import artwork_folder, site_folder
from utils.database.statements import statement
from utils.words import counted

_COVERS = "./run sync_images --all"


def check_artwork(at: Situation) -> Iterator[Finding]:
    """Whether covers can be written, and how much they take."""
    folder = artwork_folder(at.environ)
    if at.is_on_github and not at.given("ARTWORK_DIR"):
        raise NotChecked("no covers on GitHub")
    if at.app_settings is not None and not at.app_settings.is_on("spotify.download_images"):
        raise NotChecked("covers are switched off (spotify.download_images)")
    if wrong := why_not_writable(folder):
        yield fault(
            "artwork-folder",
            f"No covers are kept: {wrong}.",
            f"Give yourself access (chmod u+rwx), or name another folder than {folder} in ARTWORK_DIR.",
        )
        return
    files = [file for kind in SIDES for file in (folder / "spotify" / kind).glob("*.webp")]
    size = sum(file.stat().st_size for file in files)
    yield ok(f"{counted(len(files), 'cover')} in {folder}, {size / 1_000_000:,.1f} MB.")


def check_covers(at: Situation) -> Iterator[Finding]:
    """Whether the covers that are stored have their files."""
    if at.is_on_github:
        raise NotChecked("no covers on GitHub")
    folder = artwork_folder(at.environ)
    with at.stored() as cursor:
        cursor.execute(statement("images.stored"))
        stored = cursor.fetchall()
    if why_not_writable(folder):
        raise NotChecked("their folder cannot be used")
    lost = Artwork(folder).lost(stored)
    if lost:
        yield warning(
            "artwork-missing",
            f"{len(lost):,} of {counted(len(stored), 'cover')} have no file in {folder}, so the site shows none for them.",
            f"{_COVERS} (if they lie elsewhere: name that folder in ARTWORK_DIR)",
        )
    else:
        yield ok("Each cover that is stored has its file.")


def check_site(at: Situation) -> Iterator[Finding]:
    """Whether the site can be written."""
    folder = site_folder(at.environ)
    if wrong := why_not_writable(folder):
        yield fault(
            "site-folder",
            f"The site cannot be built: {wrong}.",
            f"Give yourself access (chmod u+rwx), or name another folder than {folder} in DASHBOARD_DIR.",
        )
    elif (folder / "index.html").is_file():
        yield ok(f"The site is in {folder}.")
    else:
        yield ok(f"The site can be written to {folder}; it is not built yet (./run dashboard).")
