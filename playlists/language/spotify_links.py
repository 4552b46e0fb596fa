"""Links and URIs of Spotify, as the app copies them."""

import re
from dataclasses import dataclass

LONGEST_LINK = 300
_LINK = re.compile(
    r"(?:https?://)?(?:open|play)\.spotify\.com/(?:intl-[a-z-]+/)?(?:embed/)?(?:user/[^/]+/)?(?P<kind>[a-z]+)/(?P<id>[0-9A-Za-z]{22})"
    r"(?:[/?#].*)?"
)
_URI = re.compile(r"spotify:(?:user:[^:]+:)?(?P<kind>[a-z]+):(?P<id>[0-9A-Za-z]{22})(?:[?#].*)?")


@dataclass(frozen=True)
class SpotifyLink:
    """What a link leads to. `kind`: track, album, artist, playlist, …, as Spotify calls it."""

    kind: str
    spotify_id: str

    @property
    def uri(self) -> str:
        """`spotify:playlist:…`."""
        return f"spotify:{self.kind}:{self.spotify_id}"

    def __str__(self) -> str:
        return f"the link of {'an' if self.kind[0] in 'aeiou' else 'a'} {self.kind}"


def link_in(text: str) -> SpotifyLink | None:
    """The link that a text is, or the URI; None: it is neither."""
    if len(text) > LONGEST_LINK:
        return None
    match = _LINK.fullmatch(text.strip()) or _URI.fullmatch(text.strip())
    return SpotifyLink(match["kind"], match["id"]) if match else None
