"""Cover images: a small symmetric pattern per id as PNG, or the JPEG that was uploaded; and odd ones on order.

Spotify reference, "Images": a key is 40 hex digits, the first 16 (12 for a user's playlist) tell kind and size.
"""

import hashlib
import re
import struct
import zlib
from functools import lru_cache

from simulator.api.answers import Answer, not_found
from simulator.api.payloads import ALBUM_IMAGES, ARTIST_IMAGES, PLAYLIST_IMAGE, image_key
from simulator.world.library import Library

SIZES = {**dict(ALBUM_IMAGES), **dict(ARTIST_IMAGES), PLAYLIST_IMAGE: 640}
KEY = re.compile(r"/image/([0-9a-f]{40})")
CELLS = 8
TOO_MANY_BYTES = 10_000_001
# One red pixel, then a blue one.
ANIMATED_GIF = (
    b"GIF89a\x01\0\x01\0\x80\0\0\xff\0\0\0\0\xff"
    b",\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0"
    b",\0\0\0\0\x01\0\x01\0\0\x02\x02L\x01\0;"
)
# Covers that are not as usual: their paths by name.
ODD = {
    name: f"/image/{hashlib.sha256(name.encode()).hexdigest()[:40]}"
    for name in ("transparent", "animated", "gone", "html", "redirect", "huge", "truncated", "heavy", "empty")
}


def answer_image(library: Library, path: str) -> Answer:
    """Return the image bytes for a path like `/image/{40 hex}`."""
    found = KEY.fullmatch(path)
    odd = next((name for name, its_path in ODD.items() if path == its_path), None)
    if odd is not None:
        return odd_answer(odd)
    prefix = next((known for known in SIZES if found and found[1].startswith(known)), None)
    if found is None or prefix is None:
        raise not_found()
    if prefix == PLAYLIST_IMAGE:
        for playlist in library.playlists.values():
            if playlist.image is not None and image_key(prefix, playlist.id) == found[1]:
                return Answer(200, playlist.image, content_type="image/jpeg")
    return Answer(200, pattern_png(found[1][len(prefix) :], SIZES[prefix]), content_type="image/png")


def odd_answer(name: str) -> Answer:
    """What a client must cope with: transparency, movement, refusals, and what is no image or a harmful one."""
    pattern = pattern_png("35" * 12, 640)
    if name == "gone":
        return Answer(404)
    if name == "redirect":
        return Answer(302, headers={"Location": "http://127.0.0.2:9/elsewhere.png"})
    if name == "html":
        return Answer(200, b"<html><body>Sign in to this network</body></html>", content_type="image/jpeg")
    if name == "animated":
        return Answer(200, ANIMATED_GIF, content_type="image/gif")
    body = {
        "transparent": pattern_png("35" * 12, 640, alphas=bytes([0, 255, 128])),
        "huge": pattern.replace(
            pattern[8:33], _chunk(b"IHDR", struct.pack(">IIBBBBB", 50_001, 1_000, 8, 3, 0, 0, 0))
        ),
        "truncated": pattern[: len(pattern) // 2],
        "heavy": pattern.ljust(TOO_MANY_BYTES, b"\0"),
        "empty": b"",
    }[name]
    return Answer(200, body, content_type="image/png")


@lru_cache(maxsize=1024)
def pattern_png(digits: str, size: int, alphas: bytes = b"") -> bytes:
    """Draw the pattern of `digits`; the same digits look the same in every size. `alphas`: of its three colours."""
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
    parts = [(b"IHDR", header), (b"PLTE", palette), (b"tRNS", alphas), (b"IDAT", zlib.compress(pixels, 1))]
    chunks = [(kind, data) for kind, data in parts if data] + [(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
