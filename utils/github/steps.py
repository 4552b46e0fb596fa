"""One thing after another on GitHub: what was done, or would be; what failed, and what to do about it."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from utils.github.gh import Gh, GhError
from utils.github.repository import Repository

_ADDRESS = re.compile(r"\(?https?://\S+")
FORBIDDEN = 403


@dataclass
class Steps:
    """Does one thing after another. One that fails is told, with what to do by hand, and the others go on."""

    gh: Gh
    repository: Repository
    say: Callable[[str], None]
    failed: list[str] = field(default_factory=list)
    remedies: dict[str, None] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)

    def take(self, what: str, do: Callable[[], str], by_hand: str) -> bool:
        """Do one thing; whether it went well. A failure that was told already is only counted among what was not done."""
        writes = self.gh.writes
        try:
            said = do()
        except GhError as error:
            self.failed.append(what)
            if remedy := self._remedy(error):
                self.remedies[remedy] = None
            kind = "forbidden" if _is_forbidden(error) else _ADDRESS.sub("", str(error))
            if kind not in self.told:
                self.told.add(kind)
                self.say(f"{what}: FAILED. {error}\n  by hand: {by_hand}")
            return False
        would_be = "would be " if self.gh.dry_run and self.gh.writes > writes else ""
        self.say(f"{what}: {would_be}{said}")
        return True

    def _remedy(self, error: GhError) -> str:
        if _is_forbidden(error) and not self.repository.is_admin:
            return (
                f"Your account may write to {self.repository.name}, but does not administer it: let its owner run this, or "
                "give you the role Admin."
            )
        return error.remedy


def _is_forbidden(error: GhError) -> bool:
    return error.status == FORBIDDEN or "scope" in str(error)
