"""Spotify ids and URIs (Spotify concepts page "Spotify URIs and IDs": 22 characters of base62)."""

import hashlib

ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LETTERS = frozenset(ALPHABET)
ID_LENGTH = 22
SPOTIFY_OWNED_PREFIX = "37i9"


def make_id(*parts: object) -> str:
    """Derive a valid id from `parts`; equal parts always give the same id."""
    digest = hashlib.blake2b(":".join(map(str, parts)).encode(), digest_size=16).digest()
    number = int.from_bytes(digest, "big")
    letters = []
    for _ in range(ID_LENGTH):
        number, rest = divmod(number, 62)
        letters.append(ALPHABET[rest])
    return "".join(reversed(letters))


def is_base62_id(text: object) -> bool:
    """Tell whether `text` has the form of a catalogue or playlist id."""
    return isinstance(text, str) and len(text) == ID_LENGTH and _LETTERS.issuperset(text)


def parse_uri(uri: object) -> tuple[str, str] | None:
    """Split `spotify:{type}:{id}` into type and id; None when it has another form.

    The old form `spotify:user:{user}:playlist:{id}` is read as a playlist, `spotify:user:{id}:collection`
    is not a URI of an object. Local files come back as ("local", rest).
    """
    if not isinstance(uri, str):
        return None
    parts = uri.split(":")
    if len(parts) < 3 or parts[0] != "spotify" or (not parts[2] and parts[1] != "local"):
        return None
    if parts[1] == "local":
        return "local", ":".join(parts[2:])
    if parts[1] == "user" and len(parts) == 5 and parts[3] == "playlist":
        return "playlist", parts[4]
    return (parts[1], parts[2]) if len(parts) == 3 else None
