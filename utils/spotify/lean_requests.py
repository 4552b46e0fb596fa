"""requests, and urllib3 below it, without what hardly a run needs.

That is how to guess the encoding of a text that does not say it, how to spell a host of other letters, and which packages are installed.
Each is loaded by the first who wants it. `from utils.spotify.lean_requests import requests`, wherever it is wanted: who imports it in
another way has all of that loaded. What asks only the database loads neither.
"""

from utils.stand_ins import stand_ins


def _version(package: str) -> str:
    from importlib.metadata import version

    return version(package)


_HARDLY_NEEDED: dict[str, dict[str, object]] = {
    "charset_normalizer": {"__version__": "3.0.0"},  # the oldest one that requests takes
    "idna": {},
    "importlib.metadata": {
        "version": _version
    },  # urllib3 asks for that of a package for HTTP/2, where somebody wants that
}
with stand_ins(_HARDLY_NEEDED):
    import requests
    import urllib3

__all__ = ["requests", "urllib3"]
