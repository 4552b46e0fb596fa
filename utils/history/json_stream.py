"""JSON files of any size, value by value, in bounded memory.

Python's own decoder reads one value at a time from a window of the text. It is faster here than a parser of events,
survives numbers and bytes that no program should have written, knows where it stopped, and needs no package.
"""

import codecs
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO

from utils.history.refusals import BrokenFileError

CHUNK = 1 << 18  # bytes that are read at once
LONGEST_VALUE = 1 << 24  # characters of one value: far more than the longest playlist of an export has
_LONGEST_NUMBER = 10_000  # characters
READ_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, OSError)  # of a file or of a member of a zip

Progress = Callable[[int], object]  # told how many bytes were read since the last time

_decode = json.JSONDecoder(strict=False).raw_decode  # not strict: control characters in names are no fault
# A number of thousands of digits, which Python refuses to convert: nothing here is so large.
_decode_odd = json.JSONDecoder(strict=False, parse_int=lambda digits: int(digits[:19])).raw_decode
_BEHIND = frozenset(" \t\r\n,]}")  # what may follow a value
_blank: Callable[[str, int], re.Match[str]] = re.compile(r"[ \t\r\n]*").match  # type: ignore[assignment]  # always one


def silent(_: int) -> None:
    """No progress is told."""


def members(stream: BinaryIO, name: str, progress: Progress = silent) -> Iterator[tuple[str, object]]:
    """(key, value) of the outermost object; of a list, there or as the whole file, each item by itself (key "" there).

    Raises BrokenFileError, behind all that stood before the fault.
    """
    return _Window(stream, name, progress).members()


def items(stream: BinaryIO, name: str, progress: Progress = silent) -> Iterator[object]:
    """The items of a file that is one list. Raises as `members` does."""
    window = _Window(stream, name, progress)
    window.expect("[")
    yield from window.items()
    window.expect("")


def records(stream: BinaryIO, name: str, progress: Progress = silent) -> Iterator[object]:
    """The items of a file that is one list, or that has one value behind the other (JSON Lines). Raises as `members` does."""
    window = _Window(stream, name, progress)
    if window.next() == "[":
        window.expect("[")
        yield from window.items()
    else:
        while window.next():
            yield window.value()
    window.expect("")


class _Window:
    """The part of the text that is looked at, and the place in it."""

    def __init__(self, stream: BinaryIO, name: str, progress: Progress) -> None:
        self._stream, self._name, self._progress = stream, name, progress
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._text = ""
        self._at = 0
        self._dropped = 0  # bytes in front of the text
        self._is_end = False
        self._more()
        if self._text.startswith("\ufeff"):
            self._at = 1

    def members(self) -> Iterator[tuple[str, object]]:
        """See the function of this name."""
        if self.next() == "[":
            self._at += 1
            for item in self.items():
                yield "", item
        else:
            self.expect("{")
            yield from self._of_object()
        self.expect("")

    def _of_object(self) -> Iterator[tuple[str, object]]:
        while self.next() != "}":
            key = self.value()
            self.expect(":")
            if self.next() == "[":
                self._at += 1
                for item in self.items():
                    yield str(key), item
            else:
                yield str(key), self.value()
            if self.next() == ",":
                self._at += 1
        self._at += 1

    def items(self) -> Iterator[object]:
        """The values up to the bracket that closes the list, which is passed."""
        if self.next() == "]":
            self._at += 1
            return
        while True:
            yield self.value()
            # Mostly the next sign is in the window.
            self._at = _blank(self._text, self._at).end()
            sign = self._text[self._at : self._at + 1] or self.next()
            if sign not in (",", "]"):
                raise self._broken("a comma or ] is missing" if sign else "it ends within a list")
            self._at += 1
            if sign == "]":
                return

    def value(self) -> object:
        """The value that begins here or behind blanks."""
        wanted = CHUNK
        self._at = _blank(self._text, self._at).end()
        while True:
            try:
                found, end = self._decoded()
            except json.JSONDecodeError as error:
                if self._is_end:
                    raise self._broken(_reason(error), error.pos) from None
                if len(self._text) - self._at > LONGEST_VALUE:
                    raise self._broken(
                        f"{_reason(error)}, or a value is longer than any", error.pos
                    ) from None
            except RecursionError:
                raise self._broken("values are nested too deep") from None
            else:
                if self._is_end or self._is_whole(found, end):
                    self._at = end
                    return found
            self._more(wanted)
            wanted *= 2  # so that a long value is not decoded from its start for each chunk
            self._at = _blank(self._text, self._at).end()

    def _is_whole(self, found: object, end: int) -> bool:
        """Only a number may go on in the next chunk; what is behind a whole one is for the caller to judge."""
        is_number = isinstance(found, int | float) and len(self._text) - end < _LONGEST_NUMBER
        return not is_number or self._text[end : end + 1] in _BEHIND

    def _decoded(self) -> tuple[object, int]:
        try:
            return _decode(self._text, self._at)
        except json.JSONDecodeError:
            raise
        except ValueError:
            return _decode_odd(self._text, self._at)

    def next(self) -> str:
        """The next sign that is not blank, which is not passed; empty at the end."""
        while True:
            self._at = _blank(self._text, self._at).end()
            if self._at < len(self._text):
                return self._text[self._at]
            if self._is_end:
                return ""
            self._more()

    def expect(self, sign: str) -> None:
        """Pass this sign; with an empty one, nothing may follow. Raises BrokenFileError."""
        found = self.next()
        if found != sign:
            raise self._broken(f"{sign} is missing" if sign else "something follows behind its end")
        self._at += len(sign)

    def _more(self, size: int = CHUNK) -> None:
        try:
            read = self._stream.read(size)
            text = self._decoder.decode(read, final=not read)
        except READ_ERRORS as error:
            raise self._broken(f"it cannot be read further ({error})", len(self._text)) from error
        except UnicodeDecodeError as error:  # the first look refuses such files: it was changed since
            raise self._broken("it is not UTF-8 any more", len(self._text)) from error
        self._is_end = not read
        rest = self._text[self._at :]
        self._dropped += _size(self._text[: self._at])
        self._text, self._at = rest + text, 0
        self._progress(len(read))

    def _broken(self, reason: str, at: int | None = None) -> BrokenFileError:
        before = self._text[: self._at if at is None else at]
        return BrokenFileError(self._name, self._dropped + _size(before), reason)


def _size(text: str) -> int:
    return len(text.encode())


def _reason(error: json.JSONDecodeError) -> str:
    return f"it is not JSON ({error.msg[:1].lower()}{error.msg[1:]})"
