"""The Spotify Web API: one client, one transport, the consent's tokens, and readers of what it answers.

It is asked with `requests`, which is loaded here, before any module of this room asks for it, and without what hardly a run needs: how to
guess the encoding of a text that does not say it, how to spell a host of other letters, and which packages are installed. Each is loaded by
the first who wants it.
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
    import requests  # noqa: F401 - to have it loaded
