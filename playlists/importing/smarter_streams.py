"""Streams of tracks of Smarter Playlists: what a part of a program lets through, in our words, as far as it is translated."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from playlists.importing.draft import Lost, Member, flow

# The steps of a list in the order in which they are made here; a step cannot come after a later one.
_RANKS = (
    *("dedupe", "sort", "shuffle", "per_artist", "artist_separation drop", "offset", "limit"),
    "artist_separation",
)


@dataclass(frozen=True)
class Stream:
    """Tracks that a filter selects, arranged by options; or blocks of such in its place.

    `is_all_known`: the tracks need not be in the library. `has_order`: the order is known here.
    """

    match: Member | None
    options: Mapping[str, object] = field(default_factory=dict)
    blocks: tuple["Stream", ...] = ()
    mix: str = "in_turn"
    takes: tuple[int, ...] = ()
    is_all_known: bool = False
    lost: tuple[Lost, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether it is a filter and nothing else, so that another condition can be added to it."""
        return self.match is not None and not set(self.options) - {"sort", "shuffle"}

    def with_condition(self, member: Member) -> "Stream":
        """Only those of its tracks for which a condition holds, too. What is limited already cannot be filtered here."""
        if self.blocks and not self.options:
            return replace(self, blocks=tuple(block.with_condition(member) for block in self.blocks))
        if not self.is_plain:
            what = member.what if isinstance(member, Lost) else flow(member).strip("{}")
            return self.without(
                what, "caps and limits come after all filters here, and before this one there"
            )
        assert self.match is not None
        return replace(self, match=_both(self.match, member))

    def with_option(self, what: str, name: str, value: object) -> "Stream":
        """One more step of the arrangement; in a block around it where the order of steps needs it."""
        rank = _rank(name, value)
        if name == "dedupe" and not set(self.options) - {"sort", "shuffle"}:
            return replace(self, options={name: value, **self.options})
        if all(_rank(other, given) < rank for other, given in self.options.items()):
            return replace(self, options={**self.options, name: value})
        if name in ("sort", "shuffle") and not any(
            _rank(other, given) > rank for other, given in self.options.items()
        ):
            kept = {other: given for other, given in self.options.items() if other not in ("sort", "shuffle")}
            return replace(self, options={**kept, name: value})
        if self.blocks:
            return self.without(what, "the steps come in another order here")
        block = replace(self, lost=(), notes=())
        return Stream(
            None, {name: value}, (block,), lost=self.lost, notes=self.notes, is_all_known=self.is_all_known
        )

    def without(self, what: str, why: str) -> "Stream":
        """The same stream, with something that is lost."""
        return replace(self, lost=(*self.lost, Lost(what, why)))

    def noted(self, note: str) -> "Stream":
        """The same stream, with a remark."""
        return replace(self, notes=(*self.notes, note))


def _rank(name: str, value: object) -> int:
    is_drop = name == "artist_separation" and isinstance(value, Mapping) and value.get("otherwise") == "drop"
    place = _RANKS.index(f"{name} drop" if is_drop else name)
    return _RANKS.index("sort") if name == "shuffle" else place


def _both(match: Member, member: Member) -> Member:
    if isinstance(match, Mapping) and set(match) == {"all"}:
        members = match["all"]
        assert isinstance(members, list)
        return {"all": [*members, member]}
    return {"all": [match, member]}
