"""What an update would change in a playlist, as far as the database knows what it holds."""

from collections import Counter
from collections.abc import Mapping, Sequence

from playlists.arrangement.track import Track
from playlists.inspection.text_table import shown


def difference(tracks: Sequence[Track], held: Sequence[str], names: Mapping[str, str]) -> str:
    """One line per track that comes (+) or goes (-), and how many change places. `held`: URIs; `names`: of those."""
    wanted = [track.uri for track in tracks]
    comes = Counter(wanted) - Counter(held)
    goes = Counter(held) - Counter(wanted)
    titles = {track.uri: f"{', '.join(track.artists)} - {track.name}" for track in tracks}
    lines = [f"+ {shown(titles.get(uri) or uri)}" for uri in wanted if uri in comes]
    lines += [f"- {shown(names.get(uri) or uri)}" for uri in held if uri in goes]
    stays = [uri for uri in wanted if uri not in comes], [uri for uri in held if uri not in goes]
    if stays[0] != stays[1]:
        lines.append(f"~ {len(stays[0]):,} that stay come in another order")
    return "".join(f"{line}\n" for line in lines) or "nothing changes\n"
