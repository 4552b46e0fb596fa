"""spotipy without what it loads beside its client: a Redis client for a cache of tokens, and a web server and a browser for a consent.

Nobody here uses these (`utils.spotify.tokens` and `utils.login` get tokens and consents), and loading them takes longer than a request.
`from utils.spotify.lean_spotipy import spotipy`, wherever it is wanted.
"""

import sys
from types import ModuleType
from typing import cast


def _lean() -> ModuleType:
    """spotipy, loaded while stand-ins have the names of these; afterwards the names are free again, for who wants the real ones."""
    if "spotipy" in sys.modules:
        import spotipy as loaded
    else:
        redis, oauth = ModuleType("redis"), ModuleType("spotipy.oauth2")
        setattr(redis, "RedisError", Exception)  # noqa: B010 - all that spotipy asks of it
        stand_ins = {
            module.__name__: module for module in (redis, oauth) if module.__name__ not in sys.modules
        }
        sys.modules.update(stand_ins)
        try:
            import spotipy as loaded
        finally:
            for name in stand_ins:
                del sys.modules[name]
    return cast(ModuleType, loaded)


spotipy = _lean()
