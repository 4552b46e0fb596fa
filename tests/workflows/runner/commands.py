"""What a step tells its runner: commands in its output, and the files that it may write to."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.workflows.runner.masks import Masks

_NEW = re.compile(r"\s*::(?P<name>[\w-]+)(?: (?P<properties>.*?))?::(?P<data>.*)", re.DOTALL)
_OLD = re.compile(r".*?##\[(?P<name>[\w-]+)(?: (?P<properties>.*?))?\](?P<data>.*)", re.DOTALL)
_LEVELS = ("error", "warning", "notice")
_REMOVED = ("set-env", "add-path")
_IN_PROPERTIES = (("%3A", ":"), ("%2C", ","))
MOST_SUMMARY_BYTES = 1024 * 1024


class CommandError(Exception):
    """What GitHub fails a step for."""


@dataclass
class Said:
    """What a step's output held."""

    masked: str = ""
    annotations: list[tuple[str, str]] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)


def read_output(output: str, masks: Masks) -> Said:
    """Follow the commands in an output, and mask it line by line: what was not known to be secret yet is shown."""
    said, token, lines = Said(), None, []
    for line in lines_of(output):
        found = _NEW.match(line.rstrip("\r\n")) or _OLD.match(line.rstrip("\r\n"))
        name = found["name"].lower() if found else ""
        if token is not None:
            token = None if name == token else token
        elif found and name == "stop-commands":
            token = found["data"].strip().lower()
        elif found and name == "add-mask":
            masks.add(_unescape(found["data"]))
            continue
        elif found:
            _follow(name, found, said, masks)
        lines.append(masks.mask(line))
    said.masked = "".join(lines)
    return said


def lines_of(text: str) -> list[str]:
    """With their ends: those that GitHub knows, which are fewer than Python's."""
    return list(io.StringIO(text, newline=""))


def _follow(name: str, found: re.Match[str], said: Said, masks: Masks) -> None:
    data = _unescape(found["data"])
    if name in _LEVELS:
        said.annotations.append((name, masks.mask(data)))
    elif name == "set-output":
        properties = dict(
            pair.split("=", 1) for pair in re.split("[,;]", found["properties"] or "") if "=" in pair
        )
        if "name" in properties:
            said.outputs[_unescape(properties["name"], *_IN_PROPERTIES)] = data
        else:
            said.errors.append("set-output without a name")
    elif name in _REMOVED:
        said.errors.append(f"the command {name} is disabled")


def _unescape(data: str, *more: tuple[str, str]) -> str:
    for written, meant in (("%0D", "\r"), ("%0A", "\n"), *more, ("%25", "%")):
        data = data.replace(written, meant)
    return data


def read_pairs(text: str) -> Iterator[tuple[str, str]]:
    """The lines of GITHUB_OUTPUT or GITHUB_ENV: `name=value`, or `name<<END`, lines, `END`."""
    lines = iter(text.split("\n"))
    for line in lines:
        if not line:
            continue
        equals, here = line.find("="), line.find("<<")
        if equals >= 0 and (here < 0 or equals < here):
            yield line[:equals], line[equals + 1 :]
            continue
        name, _, delimiter = line.partition("<<")
        if not name or not delimiter:
            raise CommandError(f"invalid format {line!r}")
        body: list[str] = []
        for each in lines:
            if each == delimiter:
                break
            body.append(each)
        else:
            raise CommandError(f"matching delimiter not found {delimiter!r}")
        yield name, "\n".join(body)
