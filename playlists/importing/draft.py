"""A definition that is being translated: its parts in our words, what is lost of it, and how it is written as YAML."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from playlists.language.model import GROUPS, LONGEST_DESCRIPTION, LONGEST_NAME
from playlists.language.values import format_text

UNTRANSLATED = "untranslated"  # no word of the language, so that every check refuses what holds it
_SCHEMA = "# yaml-language-server: $schema=../definition.schema.json"
_LONGEST_COMMENT = 160


class Unreadable(Exception):
    """Raised for a file that is not what its tool writes; the text says why."""


@dataclass(frozen=True)
class Lost:
    """Something that decides which tracks are in the list, and cannot be said here. `what`: in the other tool's words."""

    what: str
    why: str

    def __str__(self) -> str:
        return f"{self.what}: {self.why}"


# A condition as {"year": {"gte": 1990}}, a group as {"all": [members]}, or what is lost.
Member = Mapping[str, object] | Lost


@dataclass
class Draft:
    """One list of another tool in our words.

    `match`: a member, or "everything"; None where blocks take its place. `options`: the other keys, in order; a block among
    `blocks` is a mapping with `match` and options of its own. `lost`: what decides which tracks are in, outside of the
    filters. `notes`: what is different but decides nothing of that.
    """

    name: str
    tool: str
    match: Member | str | None = None
    description: str = ""
    options: dict[str, object] = field(default_factory=dict)
    blocks: list[dict[str, object]] = field(default_factory=list)
    lost: list[Lost] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def all_lost(self) -> list[Lost]:
        """Everything that is lost, in the filters and outside of them."""
        filters = [self.match, *(block["match"] for block in self.blocks)]
        return [*(one for match in filters for one in lost_in(match)), *self.lost]

    def dropped(self) -> "Draft":
        """The same list without what is lost. Raises ValueError where a filter has nothing left of it."""
        blocks = [{**block, "match": _kept(block["match"])} for block in self.blocks]
        match = None if self.match is None else _kept(self.match)
        return Draft(
            self.name, self.tool, match, self.description, self.options, blocks, [], [*self.notes, *map(str, self.all_lost())]
        )  # fmt: skip


def lost_in(match: object) -> Iterator[Lost]:
    """What is lost in a filter."""
    if isinstance(match, Lost):
        yield match
    elif isinstance(match, Mapping):
        for members in (match[name] for name in GROUPS if name in match):
            for member in members if isinstance(members, Sequence) else ():
                yield from lost_in(member)


def _kept(match: object) -> Member | str:
    kept = _without_lost(match)
    if kept is None:
        raise ValueError("nothing would be left of what selects its tracks")
    return kept  # type: ignore[return-value]  # a member, as it was


def _without_lost(match: object) -> object | None:
    if isinstance(match, Lost):
        return None
    group = group_of(match)
    if not group:
        return match
    kind, members = group
    kept = [one for one in map(_without_lost, members) if one is not None]
    return {kind: kept} if kept else None


def group_of(match: object) -> tuple[str, Sequence[Member]] | None:
    """The kind and the members of a group; None for a condition."""
    if isinstance(match, Mapping) and len(match) == 1:
        ((kind, members),) = match.items()
        if kind in GROUPS and isinstance(members, Sequence):
            return kind, members
    return None


def together(kind: str, members: Sequence[Member]) -> Member:
    """The members as one group; a single one of `all` or `any` needs none."""
    return members[0] if len(members) == 1 and kind != "none" else {kind: list(members)}


def without_placeholders(text: object) -> str:
    """A name or description of another tool, in which braces mean nothing."""
    return str(text or "").replace("{", "(").replace("}", ")")


# As YAML


def as_yaml(draft: Draft) -> str:
    """The definition as a file has it, with a comment about each thing that is different, or not translated."""
    lines = [_SCHEMA, f"# Translated from {draft.tool}."]
    lines += [f"# {_one_line(note, _LONGEST_COMMENT)}" for note in draft.notes]
    lines.append(f"name: {flow(_one_line(draft.name, LONGEST_NAME))}")
    if draft.description:
        lines.append(f"description: {flow(_one_line(draft.description, LONGEST_DESCRIPTION))}")
    first = {name: draft.options[name] for name in ("for_each", "from") if name in draft.options}
    lines += [f"{name}: {flow(value)}" for name, value in first.items()]
    if draft.match is not None:
        lines += _match_lines(draft.match)
    if draft.blocks:
        lines.append("blocks:")
        lines += [line for block in draft.blocks for line in _block_lines(block)]
    lines += [f"{name}: {flow(value)}" for name, value in draft.options.items() if name not in first]
    for lost in draft.lost:
        lines.append(f"# {_one_line(lost.why, _LONGEST_COMMENT)}")
    if draft.lost:
        lines.append(f"{UNTRANSLATED}: {flow([one.what for one in draft.lost])}")
    return "".join(f"{line}\n" for line in lines)


def _block_lines(block: Mapping[str, object]) -> list[str]:
    lines = _match_lines(block["match"])
    lines += [f"{name}: {flow(value)}" for name, value in block.items() if name != "match"]
    return [f"  - {lines[0]}", *(f"    {line}" for line in lines[1:])]


def _match_lines(match: object) -> list[str]:
    if isinstance(match, str):
        return [f"match: {match}"]
    top = match if group_of(match) else {"all": [match]}
    return ["match:", *(f"  {line}" for line in _member_lines(top))]


def _member_lines(member: object) -> list[str]:
    """A condition on one line, a group with its members below it."""
    if isinstance(member, Lost):
        return [f"{UNTRANSLATED}: {flow(member.what)}"]
    group = group_of(member)
    if not group:
        assert isinstance(member, Mapping)
        return [f"{name}: {flow(value)}" for name, value in member.items()]
    lines = [f"{group[0]}:"]
    for one in group[1]:
        if isinstance(one, Lost):
            lines.append(f"  # {_one_line(one.why, _LONGEST_COMMENT)}")
        inner = _member_lines(one)
        lines += [f"  - {inner[0]}", *(f"    {line}" for line in inner[1:])]
    return lines


def flow(value: object) -> str:
    """A value on one line: `{gte: 5}`, `[a, "b: c"]`, `yes`."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{name}: {flow(one)}' for name, one in value.items())}}}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(map(flow, value))}]"
    return format_text(value) if isinstance(value, str) else str(value)


def _one_line(text: str, longest: int) -> str:
    """Without breaks and control characters, and not too long."""
    line = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"
