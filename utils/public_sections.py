"""What of the site strangers may be shown, where the listener says so: the sections of each page without a time of day, a gap's hours, a setting or a log.

A section that does not stand here is in no public edition, whatever is asked for: so one that is new is not, until somebody has thought of it.
"""

from collections.abc import Mapping

from utils.errors import SettingsError, suggestion

SETTING = "reports.public_sections"  # of a listener (utils/job/app_settings.py)
NOTHING: Mapping[str, frozenset[str]] = {}
# By the names of pages in their addresses; `about` comes with any other, since each figure leads to what it means.
SECTIONS: Mapping[str, tuple[str, ...]] = {
    "overview": ("now", "rotation", "year", "library"),
    "history": ("albums", "average", "years", "over-time", "months", "first-listens"),
    "top": ("rankings", "ranks", "months", "number-ones", "credited", "labels", "spotify"),
    "artists": ("glance", "over-time", "tracks", "ranks", "albums", "neighbours"),
    "albums": ("glance", "over-time", "tracks", "ranks", "neighbours"),
    "years": (
        "years",
        "covers",
        "story",
        "months",
        "tracks",
        "artists",
        "albums",
        "discoveries",
        "streaks",
        "changes",
        "seasons",
        "ranks",
        "before",
    ),
    "insights": (
        "facts",
        "whole-albums",
        "variety",
        "retention",
        "half-life",
        "seasons",
        "comebacks",
        "contexts",
        "favourites",
        "unopened",
    ),
    "personality": ("most", "axes", "history", "types"),
    "library": (
        "figures",
        "newest",
        "growth",
        "decades",
        "albums",
        "genres",
        "artists",
        "first-plays",
        "completeness",
        "releases",
        "editions",
    ),
    "playlists": ("smart", "newest", "sizes", "health"),
}
ALONGSIDE: Mapping[str, tuple[str, ...]] = {"about": ("figures", "unknown")}


def read_public_sections(text: str) -> Mapping[str, frozenset[str]]:
    """The sections that a setting names, by page: `overview, top#months` is all that may be shown of Overview, and one section of Top.

    Nothing where it names nothing. Raises SettingsError for a name that there is not, or that is never shown.
    """
    found: dict[str, set[str]] = {}
    for name in filter(None, (each.strip() for each in text.split(","))):
        page, _, section = name.partition("#")
        if page not in SECTIONS:
            raise SettingsError(
                f"{name!r} is no page that strangers may be shown{suggestion(page, SECTIONS)}.",
                f"There are: {', '.join(SECTIONS)}; and each one's sections, such as top#months.",
            )
        if section and section not in SECTIONS[page]:
            raise SettingsError(
                f"{name!r} is no section that strangers may be shown{suggestion(section, SECTIONS[page])}.",
                f"Of {page} there are: {', '.join(SECTIONS[page])}.",
            )
        found.setdefault(page, set()).update([section] if section else SECTIONS[page])
    if not found:
        return NOTHING
    return {page: frozenset(sections) for page, sections in {**ALONGSIDE, **found}.items()}
