"""The difference between a smart playlist now and what the playlist on Spotify held when it was last looked at."""

from collections import Counter
from collections.abc import Container, Mapping, Sequence

from playlists.arrangement.track import Track
from utils.text_table import cell_text


def difference(tracks: Sequence[Track], held_uris: Sequence[str], names: Mapping[str, str]) -> str:
    """One line per track that comes (+) or goes (-), and how many of those that stay change places.

    `names`: URI → name, of what the playlist holds.
    """
    wanted_uris = [track.uri for track in tracks]
    added = Counter(wanted_uris) - Counter(held_uris)
    removed = Counter(held_uris) - Counter(wanted_uris)
    titles = {track.uri: f"{', '.join(track.artists)} - {track.name}" for track in tracks}
    added_uris, kept = _divide(wanted_uris, added)
    removed_uris, kept_before = _divide(held_uris, removed)
    lines = [f"+ {cell_text(titles.get(uri) or uri)}" for uri in added_uris]
    lines += [f"- {cell_text(names.get(uri) or uri)}" for uri in removed_uris]
    if kept != kept_before:
        lines.append(f"~ {len(kept):,} that stay come in another order")
    return "".join(f"{line}\n" for line in lines) or "nothing changes\n"


def _divide(uris: Sequence[str], changed: Container[str]) -> tuple[list[str], list[str]]:
    """The URIs that are among the changed ones, and the others, both in order."""
    return [uri for uri in uris if uri in changed], [uri for uri in uris if uri not in changed]
