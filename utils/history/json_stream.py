"""JSON files of any size, value by value, in bounded memory.

Python's own decoder reads one value at a time from a window of the text. It is faster here than a parser of events,
survives numbers and bytes that no program should have written, knows where it stopped, and needs no package.
"""

import codecs
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator
from typing import BinaryIO

from utils.history.refusals import BrokenFileError

CHUNK = 1 << 18  # bytes that are read at once
LONGEST_VALUE = 1 << 24  # characters of one value: far more than the longest playlist of an export has
LONGEST_ROW = 1 << 20  # characters of one row of a history: a real one has some 1,000
_LONGEST_NUMBER = 10_000  # characters
READ_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, OSError)  # of a file or of a member of a zip

Progress = Callable[[int], object]  # told how many bytes were read since the last time

_decode = json.JSONDecoder(strict=False).raw_decode  # not strict: control characters in names are no fault
# A number of thousands of digits, which Python refuses to convert: nothing here is so large.
_decode_odd = json.JSONDecoder(strict=False, parse_int=lambda digits: int(digits[:19])).raw_decode
_UNFINISHED = (
    20  # characters before the end of the text: a fault there may only be that the rest is not read yet
)
_bracket_or_string = re.compile(r'[][{}"]').search
_end_of_string = re.compile(r'["\\]').search
_BEHIND = frozenset(" \t\r\n,]}")  # what may follow a value
_blank: Callable[[str, int], re.Match[str]] = re.compile(r"[ \t\r\n]*").match  # type: ignore[assignment]  # always one


class TooLong:
    """What stands for a row that is longer than any: it was passed without being made a value, which may need twenty times its memory."""


class _TooLongError(BrokenFileError):
    """A value has more characters than it may have. The window still begins with it."""


def silent(_: int) -> None:
    """No progress is told."""


def members(
    stream: BinaryIO, name: str, progress: Progress = silent, *, longest: int = LONGEST_VALUE
) -> Iterator[tuple[str, object]]:
    """(key, value) of the outermost object; of a list, there or as the whole file, each item by itself (key "" there).

    Raises BrokenFileError, behind all that stood before the fault. Of items that are longer than `longest` it is TooLong.
    """
    return _Window(stream, name, progress, longest).members()


def pages(
    stream: BinaryIO, name: str, keys: Collection[str], progress: Progress = silent
) -> Iterator[object]:
    """The items of a list, or the whole value; of what is longer than a row, what it holds, in objects under these keys.

    Raises as `members` does.
    """
    window = _Window(stream, name, progress, LONGEST_ROW)
    yield from window.pieces(keys)
    window.expect("")


def items(stream: BinaryIO, name: str, progress: Progress = silent) -> Iterator[object]:
    """The items of a file that is one list. Raises as `members` does."""
    window = _Window(stream, name, progress, LONGEST_ROW)
    window.expect("[")
    yield from window.items()
    window.expect("")


def records(stream: BinaryIO, name: str, progress: Progress = silent) -> Iterator[object]:
    """The items of a file that is one list, or that has one value behind the other (JSON Lines). Raises as `members` does."""
    window = _Window(stream, name, progress, LONGEST_ROW)
    if window.next() == "[":
        window.expect("[")
        yield from window.items()
    else:
        while window.next():
            yield window.row()
    window.expect("")


class _Window:
    """The part of the text that is looked at, and the place in it."""

    def __init__(self, stream: BinaryIO, name: str, progress: Progress, longest: int) -> None:
        self._stream, self._name, self._progress, self._longest = stream, name, progress, longest
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._text = ""
        self._at = 0
        self._dropped = 0  # bytes in front of the text
        self._most_dropped = 0  # where the value that is passed has to have ended
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

    def pieces(self, keys: Collection[str]) -> Iterator[object]:
        """See `pages`."""
        sign = self.next()
        try:
            whole = None if sign == "[" else self.value()
        except _TooLongError:
            if sign != "{":
                raise
            yield from self._of_long_object(keys)
            return
        if sign != "[":
            yield whole
            return
        self._at += 1
        for _ in self._places():
            yield from self.pieces(keys)

    def _of_long_object(self, keys: Collection[str]) -> Iterator[object]:
        self._at += 1
        while self.next() != "}":
            key = self.value()
            self.expect(":")
            if key in keys:
                yield from self.pieces(keys)
            else:
                self.row()
            if self.next() == ",":
                self._at += 1
        self._at += 1

    def items(self) -> Iterator[object]:
        """The values up to the bracket that closes the list, which is passed."""
        for _ in self._places():
            yield self.row()

    def _places(self) -> Iterator[None]:
        """Stops where each item begins, which is to be passed then; passes the bracket that closes the list."""
        if self.next() == "]":
            self._at += 1
            return
        while True:
            yield
            # Mostly the next sign is in the window.
            self._at = _blank(self._text, self._at).end()
            sign = self._text[self._at : self._at + 1] or self.next()
            if sign not in (",", "]"):
                raise self._broken("a comma or ] is missing" if sign else "it ends within a list")
            self._at += 1
            if sign == "]":
                return

    def row(self) -> object:
        """The value that begins here or behind blanks; TooLong for one that is longer than may be."""
        if self._longest >= LONGEST_VALUE:
            return self.value()
        try:
            return self.value()
        except _TooLongError:
            self._pass()
            return TooLong()

    def _pass(self) -> None:
        """Pass an object, a list or a string as text. Raises BrokenFileError where it does not end in what may still be a value."""
        depth = 0
        self._most_dropped = self._dropped + 2 * LONGEST_VALUE
        while True:
            found = _bracket_or_string(self._text, self._at)
            if found is None:
                self._at = len(self._text)
                self._need()
                continue
            self._at = found.end()
            sign = found.group()
            if sign == '"':
                self._pass_string()
            else:
                depth += 1 if sign in "[{" else -1
            if depth <= 0:
                return

    def _pass_string(self) -> None:
        while True:
            found = _end_of_string(self._text, self._at)
            if found is None:
                self._at = len(self._text)
                self._need()
            elif found.group() == '"':
                self._at = found.end()
                return
            else:
                self._at = found.end()
                if self._at == len(self._text):
                    self._need()
                self._at += 1

    def _need(self) -> None:
        if self._is_end:
            raise self._broken("it ends within a value")
        if self._dropped > self._most_dropped:
            raise self._broken("a value is longer than any")
        self._more()

    def value(self) -> object:
        """The value that begins here or behind blanks. Raises _TooLongError."""
        wanted = CHUNK
        self._at = _blank(self._text, self._at).end()
        while True:
            try:
                found, end = self._decoded()
            except json.JSONDecodeError as error:
                if self._is_end:
                    raise self._broken(_reason(error), error.pos) from None
                if len(self._text) - self._at > self._longest:
                    if error.pos < len(self._text) - _UNFINISHED and not error.msg.startswith("Unterminated"):
                        raise self._broken(_reason(error), error.pos) from None
                    raise _TooLongError(
                        self._name,
                        self._dropped + _size(self._text[: self._at]),
                        "a value is longer than any",
                    ) from None
            except RecursionError:
                raise self._broken("values are nested too deep") from None
            else:
                if end - self._at > self._longest:
                    raise _TooLongError(
                        self._name,
                        self._dropped + _size(self._text[: self._at]),
                        "a value is longer than any",
                    )
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
