"""What a file is by how it begins. The first look reads every byte once, so that a fault is found before anything is kept."""

import codecs
import hashlib
import io
import re
from typing import BinaryIO, NamedTuple

from utils.history.json_stream import CHUNK, members
from utils.history.names import Kind, is_library_name, is_video_name
from utils.history.refusals import BrokenFileError, RefusedExportError, refuse

_HEAD = 1 << 17  # bytes that the shape is told from
_LOOKED_AT = 30  # values
_AGAIN = "Unpack or download the export again, and give what Spotify sent."
_SAVE_AGAIN = "Give the file as it was sent, or open it in the program that has saved it, choose 'Save as' and the encoding UTF-8."
_OWN_CSV = b"kind,played_at,played_at_local,"
_BLANK = b" \t\r\n"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_BOM = b"\xef\xbb\xbf"


class Look(NamedTuple):
    """What the first look has found. `kind`: None for a file that is JSON or CSV, but no history."""

    kind: Kind | None
    size: int
    sha256: str


def look(stream: BinaryIO, name: str, base: str) -> Look:
    """Read a file once. Raises RefusedExportError where it is cut off, or is not what its name says."""
    head, tail, size, digest, signs = b"", b"", 0, hashlib.sha256(), _Signs()
    while chunk := stream.read(CHUNK):
        digest.update(chunk)
        signs.add(chunk)
        size += len(chunk)
        if len(head) < _HEAD:
            head += chunk[: _HEAD - len(head)]
        tail = chunk.rstrip(_BLANK)[-1:] or tail
    signs.add(b"", is_end=True)
    kind = _kind(head, tail, name, base)
    if kind is not None and signs.fault:
        raise refuse(name, signs.fault, _SAVE_AGAIN)
    return Look(kind, size, digest.hexdigest())


class _Signs:
    """Whether bytes are UTF-8, as every known tool writes its history: another encoding would damage names without a word."""

    def __init__(self) -> None:
        self.fault = ""
        self._decode = codecs.getincrementaldecoder("utf-8")().decode
        self._bytes, self._lines = 0, 0  # that were passed

    def add(self, chunk: bytes, *, is_end: bool = False) -> None:
        """The bytes that follow."""
        if self.fault:
            return
        try:
            self._decode(chunk, is_end)
        except UnicodeDecodeError as error:
            before = len(error.object) - len(chunk)  # of a sign that had begun in an earlier chunk
            line = self._lines + error.object.count(b"\n", 0, error.start) + 1
            byte = self._bytes - before + error.start + 1
            self.fault = (
                f"it is not UTF-8, so names would be damaged: line {line:,} has the byte "
                f"{error.object[error.start]:#04x} (byte {byte:,} of the file)"
            )
        self._bytes += len(chunk)
        self._lines += chunk.count(b"\n")


def _kind(head: bytes, tail: bytes, name: str, base: str) -> Kind | None:
    if head.startswith(_UTF16) or b"\0" in head[:4]:
        raise refuse(name, "it is UTF-16, as some editors save it, and not UTF-8", _SAVE_AGAIN)
    text = head.removeprefix(_BOM).lstrip(_BLANK)
    if not text:
        raise refuse(name, "it is empty", _AGAIN)
    if text.startswith(_OWN_CSV):
        raise own_export(name)
    if base.lower().endswith(".csv"):
        return Kind.LASTFM_CSV if is_scrobbles_csv(text) else None
    first = text[:1]
    if first not in (b"[", b"{"):
        shown = text[:20].decode("ascii", "replace").split("\n")[0]
        raise refuse(name, f"it is not JSON: it begins with {shown!r}", _AGAIN)
    if tail != {b"[": b"]", b"{": b"}"}[first]:
        raise refuse(name, "it is cut off: its last sign closes nothing", _AGAIN)
    return _json_kind(text, first, base)


def own_export(name: str) -> RefusedExportError:
    """For what `./run export` has written in a form that nothing reads back."""
    return refuse(
        name,
        "./run export has written it in a form that is not read back",
        "Export the plays once more with --form listenbrainz or --form lastfm: both come back.",
    )


def _json_kind(text: bytes, first: bytes, base: str) -> Kind | None:
    """By the keys of the first values; of an empty list, by the name."""
    outer: set[str] = set()
    inner: set[str] = set()
    seen = 0
    try:
        # What is no UTF-8 is refused as that, and not as another file; the head may end within a sign.
        for key, value in members(io.BytesIO(text.decode(errors="replace").encode()), base):
            outer.add(key)
            seen += 1
            if isinstance(value, dict):
                inner |= {each.strip() for each in value}
            if seen >= _LOOKED_AT:
                break
    except BrokenFileError:
        pass  # the head ends somewhere; the reading says what is wrong with the rest
    if first == b"{":
        return _object_kind(outer, inner, text)
    if not inner:
        return _long_item_kind(text) or (_empty_kind(base) if seen == 0 else None)
    return _row_kind(inner, base) or _long_item_kind(text)


_LINES: tuple[tuple[frozenset[str], Kind], ...] = (
    (frozenset({"listened_at", "track_metadata"}), Kind.LISTENBRAINZ),
    (frozenset({"played_at", "durationMs", "id"}), Kind.YOUR_SPOTIFY),
)
_ROWS: tuple[tuple[frozenset[str], Kind], ...] = (
    *_LINES,
    (frozenset({"ts", "ms_played"}), Kind.EXTENDED_AUDIO),
    (frozenset({"endTime", "msPlayed", "podcastName"}), Kind.ACCOUNT_PODCAST),
    (frozenset({"endTime", "msPlayed", "audiobookName"}), Kind.ACCOUNT_AUDIOBOOK),
    (frozenset({"endTime", "msPlayed"}), Kind.ACCOUNT_MUSIC),
    (frozenset({"name", "artist", "date"}), Kind.LASTFM_JSON),
)
_OBJECTS: tuple[tuple[frozenset[str], Kind], ...] = (
    (frozenset({"maloja", "scrobbles"}), Kind.MALOJA),
    (frozenset({"version", "listens"}), Kind.KOITO),
    (frozenset({"playlists"}), Kind.PLAYLISTS),
)
_LIBRARY_KEYS = frozenset(
    {"tracks", "albums", "shows", "episodes", "artists", "bannedTracks", "bannedArtists"}
)


def _row_kind(keys: set[str], base: str) -> Kind | None:
    kind = next((kind for wanted, kind in _ROWS if wanted <= keys), None)
    return Kind.EXTENDED_VIDEO if kind is Kind.EXTENDED_AUDIO and is_video_name(base) else kind


def _object_kind(keys: set[str], inner: set[str], text: bytes) -> Kind | None:
    found = next((kind for wanted, kind in (*_OBJECTS, *_LINES) if wanted <= keys), None)
    if found:
        return found
    # Empty lists are no members; a long first list hides the keys behind it.
    named = keys | set(re.findall(r'"(\w+)"\s*:\s*\[', text.decode("utf-8", "replace")))
    is_library = len(_LIBRARY_KEYS & named) > 1 or ("tracks" in keys and {"track", "uri"} <= inner)
    return Kind.LIBRARY if is_library else _of_lists(named)


def _of_lists(named: set[str]) -> Kind | None:
    if {"playlists"} <= named:
        return Kind.PLAYLISTS
    return Kind.LASTFM_JSON if "track" in named else None


def _long_item_kind(text: bytes) -> Kind | None:
    """Pages of Last.fm are longer than the head."""
    begins = re.match(
        rb'\[\s*(?:\{\s*(?:"recenttracks"\s*:\s*\{\s*)?"track"\s*:\s*\[|\[\s*\{\s*"artist")', text
    )
    return Kind.LASTFM_JSON if begins else None


def _empty_kind(base: str) -> Kind | None:
    """`[]`, under a name of Spotify's: a history without rows."""
    name = base.lower()
    if is_library_name(base):
        return None
    if name.startswith(("streaming_history_", "end")):
        return Kind.EXTENDED_VIDEO if is_video_name(base) else Kind.EXTENDED_AUDIO
    kinds = {"podcast": Kind.ACCOUNT_PODCAST, "audiobook": Kind.ACCOUNT_AUDIOBOOK}
    if name.startswith("streaminghistory"):
        return next((kind for word, kind in kinds.items() if word in name), Kind.ACCOUNT_MUSIC)
    return None


def is_scrobbles_csv(text: bytes) -> bool:
    """Last.fm's plays as one of the known tools writes them: with a header that has `uts`, or four columns of which the last is a date."""
    line = text.splitlines()[0].decode("utf-8", "replace")
    columns = [column.strip(' "') for column in line.lower().split(",")]
    return {"uts", "artist", "track"} <= set(columns) or bool(
        re.search(r',\s*"?\d{1,2} [A-Za-z]{3} \d{4},? \d{2}:\d{2}"?\s*$', line)
    )
