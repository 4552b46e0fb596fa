"""Cover images: a small symmetric pattern per id as PNG, or the JPEG that was uploaded.

Spotify reference, "Images": a key is 40 hex digits, the first 16 (12 for a user's playlist) tell kind and size.
"""

import re
import struct
import zlib
from functools import lru_cache

from simulator.answers import Answer, not_found
from simulator.library import Library
from simulator.payloads import ALBUM_IMAGES, ARTIST_IMAGES, PLAYLIST_IMAGE, image_key

SIZES = {**dict(ALBUM_IMAGES), **dict(ARTIST_IMAGES), PLAYLIST_IMAGE: 640}
KEY = re.compile(r"/image/([0-9a-f]{40})")
CELLS = 8


def answer_image(library: Library, path: str) -> Answer:
    """Return the image bytes for a path like `/image/{40 hex}`."""
    found = KEY.fullmatch(path)
    prefix = next((known for known in SIZES if found and found[1].startswith(known)), None)
    if found is None or prefix is None:
        raise not_found()
    if prefix == PLAYLIST_IMAGE:
        for playlist in library.playlists.values():
            if playlist.image is not None and image_key(prefix, playlist.id) == found[1]:
                return Answer(200, playlist.image, content_type="image/jpeg")
    return Answer(200, pattern_png(found[1][len(prefix) :], SIZES[prefix]), content_type="image/png")


@lru_cache(maxsize=1024)
def pattern_png(digits: str, size: int) -> bytes:
    """Draw the pattern of `digits`; the same digits look the same in every size."""
    seed = bytes.fromhex(digits[:24])
    palette = bytes(channel // 2 + shift for shift in (16, 96, 127) for channel in seed[:3])
    rows = []
    for cell in range(CELLS):
        bits = seed[3 + cell]
        half = [bits >> column & 1 and 1 + (bits >> (column + 4) & 1) for column in range(CELLS // 2)]
        whole = half + half[::-1]
        rows.append(bytes([0, *(whole[x * CELLS // size] for x in range(size))]))
    pixels = b"".join(rows[y * CELLS // size] for y in range(size))
    header = struct.pack(">IIBBBBB", size, size, 8, 3, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(pixels, 1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
