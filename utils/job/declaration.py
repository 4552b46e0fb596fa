"""What a script declares about its job, and what a person may say when starting it."""

from abc import ABC, abstractmethod
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from utils.job.fair_share import FairShare
from utils.job.opening import Opening

if TYPE_CHECKING:  # it loads requests, which a script that asks only the database does without
    from utils.spotify.tokens import AccessTokens

R = TypeVar("R")


class Chain(NamedTuple):
    """The run that has started this one, as one of its steps; and how many migrations it has applied before."""

    run_id: str
    migrations_applied: int


class Options(NamedTuple):
    """What a person may say when starting a job."""

    force: bool = False
    verbose: bool = False
    is_manual: bool = False  # started by hand on GitHub: what has a cooldown waits for an hour then
    user: str = ""  # only for this listener: name, user_id or spotify_id
    fair_share: FairShare | None = None  # of the app's requests, where several listeners have their turn
    chain: Chain | None = None  # where the run is a step of one
    tokens: "AccessTokens | None" = None  # of the runs before this one in this process
    arguments: Namespace = Namespace()  # what the script takes beside these, as given

    @property
    def dry_run(self) -> bool:
        """Whether the script was asked to look, and to write nothing."""
        return bool(getattr(self.arguments, "dry_run", False))


class Renewal(NamedTuple):
    """A statement that makes something due that was read already. It keeps what is known; only when it was read is forgotten.

    `which`: the statement that finds the ids of what is the listener's, where the stamps stand in a table that is shared.
    """

    sql: str
    which: str = ""


class Entity(NamedTuple):
    """A kind of thing that a job copies with a checkpoint (`sync_state.entity_type`), and what else says that it was read.

    `refusals`: the kinds of ids that are left alone for a while because Spotify did not know them.
    """

    name: str
    renewals: tuple[Renewal, ...] = ()
    refusals: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Job(ABC, Generic[R]):
    """A script's declaration. `about`, `reads` and `writes` make up its --help."""

    name: str
    work: Callable[[R], None] = field(repr=False)
    about: str
    reads: str
    writes: str
    counts: str  # what its numbers are of, such as `liked tracks`
    groups: tuple[str, ...] = ()  # endpoint groups that it asks; none: it does not talk to Spotify
    setting: str = ""  # the key of app_settings that switches it off
    cooldown: timedelta = timedelta(0)
    interval: str = ""  # the key of app_settings that gives the cooldown in minutes instead
    lock: str = ""  # jobs of the same lock never run at once; default: the name
    entities: tuple[Entity, ...] = ()  # that it keeps checkpoints of: what `./run control reset` forgets
    arguments: Callable[[ArgumentParser], None] | None = None  # adds what the script takes beside the usual

    def lock_of(self, user_id: str) -> str:
        """The name of the running-lock of a listener's runs."""
        return f"{self.lock or self.name}:{user_id}"

    @abstractmethod
    def open(self, opening: Opening, options: Options) -> R:
        """The finished run that the work gets. Raises Skipped or Paused at a closed gate."""
