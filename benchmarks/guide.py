"""docs/setup.md as somebody reads it: its sections, the words in each, and the commands that it shows."""

import re
from dataclasses import dataclass
from pathlib import Path

_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_FENCE = re.compile(r"^```.*$", re.MULTILINE)
_RULE_OF_A_TABLE = re.compile(r"^[|\s:-]+$", re.MULTILINE)
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_FOLDED = re.compile(r"^<details><summary>(.*?)</summary>\n(.*?)^</details>\n", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def count_words(text: str) -> int:
    """What stands between blanks and has a letter or a digit: a command, a path or an address is one word."""
    return sum(any(sign.isalnum() for sign in word) for word in text.split())


def folded(markdown: str) -> dict[str, str]:
    """What a page shows only to who opens it: title → text."""
    return dict(_FOLDED.findall(markdown))


def unfolded(markdown: str) -> str:
    """The page as it comes: of what is folded the title alone."""
    return _FOLDED.sub(r"\1\n", markdown)


def rendered(markdown: str) -> str:
    """What a page shows as it comes: without marks and the addresses behind links; tables with all their cells."""
    without = _RULE_OF_A_TABLE.sub("", _FENCE.sub("", unfolded(markdown)))
    return re.sub(r"^#+ |^\d\. |^\* |[|*`<>]", " ", _LINK.sub(r"\1", without), flags=re.MULTILINE)


@dataclass(frozen=True)
class Guide:
    """The page. `sections`: heading → what stands below it up to the next heading of whatever level, in order."""

    markdown: str
    sections: dict[str, str]

    def words(self, heading: str) -> int:
        """The words of a section, with its heading."""
        return count_words(rendered(f"{heading}\n{self.sections[heading]}"))

    def up_to(self, last: str) -> list[str]:
        """The headings from the first one to this one."""
        headings = list(self.sections)
        return headings[: headings.index(last) + 1]

    def missing(self, commands: list[str]) -> list[str]:
        """Those that the page's blocks of commands do not show: at the beginning of a line, alone or before a remark."""
        shown = [line for block in _CODE.findall(self.markdown) for line in block.splitlines()]
        return [
            command
            for command in commands
            if not any(line == command or re.match(rf"{re.escape(command)} +#", line) for line in shown)
        ]


def read_guide(path: Path) -> Guide:
    """The page of that file."""
    markdown = path.read_text(encoding="utf-8")
    _, *parts = _HEADING.split(_without_remarks(markdown))
    return Guide(markdown, dict(zip(parts[::2], parts[1::2], strict=True)))


def _without_remarks(markdown: str) -> str:
    """A remark at the beginning of a line of commands would look like a heading."""
    return _CODE.sub(lambda block: re.sub(r"^#", " #", block[0], flags=re.MULTILINE), markdown)
