"""The Spotify Web API: one client, one transport, the consent's tokens, and readers of what it answers.

It is asked with `requests`, which is loaded here, before any module of this room asks for it, and without what hardly a run needs: how to
guess the encoding of a text that does not say it, how to spell a host of other letters, and which versions of packages are installed. Each is
loaded by the first who wants it.
"""

import sys
from types import ModuleType


def _load_requests() -> None:
    """Load `requests` while stand-ins have the names of modules that it only wants to see; afterwards these are free again."""
    if "requests" in sys.modules:
        return
    guessing, spelling, versions = map(ModuleType, ("charset_normalizer", "idna", "importlib.metadata"))
    guessing.__dict__.update(__version__="3.0.0", detect=_detect)  # the oldest version that it takes
    versions.__dict__.update(
        version=_version
    )  # urllib3 asks for that of a package for HTTP/2, where somebody wants that
    stand_ins = {
        module.__name__: module
        for module in (guessing, spelling, versions)
        if module.__name__ not in sys.modules
    }
    sys.modules.update(stand_ins)
    try:
        import requests  # noqa: F401 - to have it loaded
    finally:
        for name in stand_ins:
            del sys.modules[name]


def _detect(content: bytes) -> object:
    from charset_normalizer import detect

    return detect(content)


def _version(package: str) -> str:
    from importlib.metadata import version

    return version(package)


_load_requests()
