"""The difference between a smart playlist now and what the playlist on Spotify held when it was last looked at."""

from collections import Counter
from collections.abc import Mapping, Sequence

from playlists.arrangement.track import Track
from playlists.inspection.text_table import cell_text


def difference(tracks: Sequence[Track], held_uris: Sequence[str], names: Mapping[str, str]) -> str:
    """One line per track that comes (+) or goes (-), and how many of those that stay change places.

    `names`: URI → name, of what the playlist holds.
    """
    wanted_uris = [track.uri for track in tracks]
    added = Counter(wanted_uris) - Counter(held_uris)
    removed = Counter(held_uris) - Counter(wanted_uris)
    titles = {track.uri: f"{', '.join(track.artists)} - {track.name}" for track in tracks}
    lines = [f"+ {cell_text(titles.get(uri) or uri)}" for uri in wanted_uris if uri in added]
    lines += [f"- {cell_text(names.get(uri) or uri)}" for uri in held_uris if uri in removed]
    kept = [uri for uri in wanted_uris if uri not in added]
    if kept != [uri for uri in held_uris if uri not in removed]:
        lines.append(f"~ {len(kept):,} that stay come in another order")
    return "".join(f"{line}\n" for line in lines) or "nothing changes\n"
