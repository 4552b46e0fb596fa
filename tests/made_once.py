"""What takes long to make and is the same for all tests of a process: made once, and everything around it is as ever.

A picture takes 23 ms of a core, the program that draws charts 1.3 s, the templates of a site 0.3 s. What a script makes
in a process of its own, it makes for real; so do tests/api_syncs/covers the pictures.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from threading import Lock

import pytest
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket

from api_syncs import covers
from reports.dashboard import build
from reports.dashboard import covers as copies
from reports.dashboard.files import SiteFolder

_pictures: dict[tuple[bytes, int], bytes] = {}
_drawing = Lock()
to_webp = covers.to_webp  # what makes each picture for real
_copies: dict[tuple[bytes, int], bytes] = {}
_smaller = copies.smaller
_programs: list[tuple[str, bytes]] = []  # the first site's: its name there, and it
_bundle_for = build.bundle_for


def one_picture(body: bytes, side: int, large: AbstractContextManager[object] | None = None) -> bytes:
    """The first picture of that format and size, for all; what is no such picture is treated as ever."""
    key = body[:8], side
    if body[:8] != b"\x89PNG\r\n\x1a\n":
        return to_webp(body, side, large)
    with _drawing:
        if key not in _pictures:
            _pictures[key] = to_webp(body, side, large)
    return _pictures[key]


def one_copy(path: Path, side: int) -> bytes:
    """A small copy of a picture, of equal pictures the same."""
    key = path.read_bytes(), side
    if key not in _copies:
        _copies[key] = _smaller(path, side)
    return _copies[key]


@contextmanager
def one_program(site: SiteFolder) -> Iterator[str]:
    """The program that draws charts, of the first site for all."""
    if _programs:
        name, content = _programs[0]
        if not site.keep(name):
            site.put(name, content)
        yield name
        return
    with _bundle_for(site) as name:
        yield name
    _programs.append((name, (site.path / name).read_bytes()))


@contextmanager
def alike_covers() -> Iterator[None]:
    """One WebP file per size: for what the tests of a module share, which is made before any of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(covers, "to_webp", one_picture)
        yield


class CompiledTemplates(BytecodeCache):
    """The templates that were compiled, each for its text: Jinja looks whether that is still the same."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key] = bucket.bytecode_to_string()


def make_parts_of_sites_once(patch: pytest.MonkeyPatch) -> None:
    """From now on, sites of this process share the drawing program, small copies of covers, and the templates as they were compiled."""
    patch.setattr(copies, "smaller", one_copy)
    patch.setattr(build, "bundle_for", one_program)
    patch.setattr(build, "Environment", partial(Environment, bytecode_cache=CompiledTemplates()))
