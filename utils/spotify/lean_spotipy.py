"""spotipy without the Redis client that it loads for a cache of tokens: nobody here uses that one, and loading it takes longer than a request.

`from utils.spotify.lean_spotipy import spotipy`, wherever it is wanted.
"""

import sys
from types import ModuleType
from typing import cast


def _without_redis() -> ModuleType:
    """spotipy, loaded while a stand-in is called `redis`; afterwards that name is free again, for who wants the real one."""
    if "redis" in sys.modules or "spotipy" in sys.modules:
        import spotipy as loaded
    else:
        stand_in = ModuleType("redis")
        setattr(stand_in, "RedisError", Exception)  # noqa: B010 - all that spotipy asks of it
        sys.modules["redis"] = stand_in
        try:
            import spotipy as loaded
        finally:
            del sys.modules["redis"]
    return cast(ModuleType, loaded)


spotipy = _without_redis()
