"""spotipy without what it loads beside its client: a Redis client for a cache of tokens, and a web server and a browser for a consent.

Nobody here uses these (`utils.spotify.tokens` and `utils.login` get tokens and consents), and loading them takes longer than a request.
`from utils.spotify.lean_spotipy import spotipy`, wherever it is wanted.
"""

import utils.spotify.lean_requests  # noqa: F401 - before spotipy loads it
from utils.stand_ins import stand_ins

with stand_ins({"redis": {"RedisError": Exception}, "spotipy.oauth2": {"__all__": []}}):
    import spotipy

__all__ = ["spotipy"]
