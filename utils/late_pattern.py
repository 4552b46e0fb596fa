"""Regular expressions that are compiled when they are first asked: what only a mistake needs costs a good run nothing."""

import re
from collections.abc import Iterator
from functools import cached_property


class LatePattern:
    """As `re.compile` makes one, with the questions that are asked here."""

    def __init__(self, text: str, flags: re.RegexFlag = re.NOFLAG) -> None:
        self._text, self._flags = text, flags

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self._text, self._flags)

    def match(self, text: str) -> re.Match[str] | None:
        """At the text's begin."""
        return self._compiled.match(text)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        """All of the text."""
        return self._compiled.fullmatch(text)

    def search(self, text: str) -> re.Match[str] | None:
        """Anywhere in the text."""
        return self._compiled.search(text)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Each place in the text."""
        return self._compiled.finditer(text)

    def sub(self, instead: str, text: str) -> str:
        """The text with something else in each place."""
        return self._compiled.sub(instead, text)
