"""The artists and albums that have a page of their own, and the links that lead there instead of to Spotify."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from reports.dashboard.scope import Source

KINDS = ("artist", "album")
MOST = 100  # artists, and albums, by plays of all time
_ON_SPOTIFY = re.compile(
    r'href="https://open\.spotify\.com/(artist|album)/([0-9A-Za-z]{22})" rel="noreferrer"'
)
Row = Mapping[str, Any]


def artists_of_note(source: Source) -> Sequence[Row]:
    """Those played most, in this order; `item_id` is well-formed."""
    return source.kept("site_own_pages.artists", most=MOST) if source.scope.plays else []


def albums_of_note(source: Source) -> Sequence[Row]:
    """The same of albums."""
    return source.kept("site_own_pages.albums", most=MOST) if source.scope.plays else []


def address_of(kind: str, item_id: str) -> str:
    """The page of an artist or an album, where it has one."""
    return f"{kind}-{item_id}.html"


def home_links(source: Source, kinds: Collection[str] = KINDS) -> Callable[[str], str]:
    """Turns what a page says: a name whose artist or album has a page here leads to that, and not away. `kinds`: those that have pages at all.

    The link to Spotify on such a page itself is written in another order, and stays.
    """
    rows = {"artist": artists_of_note(source), "album": albums_of_note(source)}
    own = {(kind, row["item_id"]) for kind in kinds for row in rows[kind]}

    def home(found: re.Match[str]) -> str:
        kind, item_id = found.groups()
        return f'href="{address_of(kind, item_id)}"' if (kind, item_id) in own else found[0]

    return lambda text: _ON_SPOTIFY.sub(home, text)
