"""Carry a plan out on Spotify: one call after another, and what came of it is read at the end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from playlists.writing.contents import Contents, read_after_write, read_contents
from playlists.writing.plan import ImpossiblePlanError, plan
from playlists.writing.steps import (
    CALL_MAX,
    PLAYLIST_MAX,
    Add,
    Move,
    Plan,
    Remove,
    Replace,
    Step,
    apply_step,
    is_addressable,
)
from playlists.writing.target import ListError
from utils.errors import PayloadError, RefusedError, UnknownOutcomeError
from utils.job.run import Run

ROUNDS = 2  # what is edited by hand in between is mended once
_DEAD = ("non-existing id", "invalid base62 id", "invalid track uri")


def make_plan(playlist_id: str, current: Sequence[str], wanted: Sequence[str]) -> Plan:
    """`plan`, with a clear error where there is none."""
    try:
        return plan(current, wanted)
    except ImpossiblePlanError:
        raise ListError(
            f"Playlist {playlist_id} holds local files, and there is no way to update it that keeps them.",
            "Take doubled tracks out of it by hand, or move its local files to another list.",
        ) from None


@dataclass
class Writer:
    """Writes one list. `on_refused` is called with URIs as soon as Spotify has been found not to take them."""

    run: Run
    playlist_id: str
    on_refused: Callable[[list[str]], None]
    refused: list[str] = field(default_factory=list)

    def write(self, current: Sequence[str], wanted: Sequence[str]) -> Contents:
        """Make the list hold `wanted`, except what Spotify refuses; what it holds then.

        A single replacement needs no proof. Everything else is read afterwards: an edit made by hand in between,
        and a call that was carried out twice or not at all, are mended by one more round. Raises ListError where
        that was not enough; the next run finds the list as it is and goes on from there.
        """
        for left in reversed(range(ROUNDS)):
            try:
                written, is_proven = self._carry_out(list(current), wanted)
            except (UnknownOutcomeError, PayloadError, RefusedError) as error:
                # An answer that was lost, or places that are no longer there: what the list holds now will tell.
                if not left or (isinstance(error, RefusedError) and error.status != 400):
                    raise
                self.run.log.warning("playlist %s is read again: %s", self.playlist_id, error)
                current = read_contents(self.run, self.playlist_id).uris
                continue
            if is_proven:
                return written
            found = read_after_write(self.run, self.playlist_id, written)
            if found.uris == written.uris:
                return found
            current = found.uris
        raise ListError(
            f"Playlist {self.playlist_id} was edited by someone else while it was written, more than once.",
            "It is left as it is; the next run puts it right.",
        )

    def _carry_out(self, current: list[str], wanted: Sequence[str]) -> tuple[Contents, bool]:
        """All calls; what the list holds then as far as they tell, and whether that is beyond doubt."""
        snapshot = ""
        while True:
            living = [uri for uri in wanted if uri not in self.refused]
            planned = make_plan(self.playlist_id, current, living)
            for step in planned.steps:
                try:
                    snapshot = self._call(step)
                except RefusedError as error:
                    if not _is_dead(error) or not isinstance(step, Add | Replace):
                        raise
                    current = self._sift(current, step)
                    break  # places have shifted
                current = apply_step(current, step)
            else:
                return Contents(current, snapshot), planned.is_one_replace

    def _call(self, step: Step) -> str:
        spotify, playlist_id = self.run.spotify, self.playlist_id
        match step:
            case Add(uris, position):
                return spotify.add_playlist_items(playlist_id, uris, position)
            case Remove(uris):
                return spotify.remove_playlist_items(playlist_id, uris)
            case Move(range_start, insert_before, range_length):
                return spotify.move_playlist_items(playlist_id, range_start, insert_before, range_length)
            case Replace(uris):
                return spotify.replace_playlist_items(playlist_id, uris)

    def _sift(self, current: list[str], step: Add | Replace) -> list[str]:
        """Find the dead ids of a refused call, by halves; what the list holds afterwards.

        Halves of a replacement would leave the list too short: they are appended to what is there, and the
        replacement that follows, now without dead ids, sweeps them away.
        """
        position = step.position if isinstance(step, Add) else None
        if len(current) + len(step.uris) > PLAYLIST_MAX:
            room = Remove(tuple({uri for uri in current[-CALL_MAX:] if is_addressable(uri)}))
            self._call(room)
            current = apply_step(current, room)
        dead: list[str] = []
        added = self._add_living(step.uris, position, dead, is_refused=True)
        if not dead:
            raise ListError(
                f"Spotify refused {len(added)} items of playlist {self.playlist_id} together, and took each of them.",
                "The next run puts the list right.",
            )
        self.refused += dead
        self.on_refused(dead)
        return apply_step(current, Add(added, position))

    def _add_living(
        self, uris: tuple[str, ...], position: int | None, dead: list[str], *, is_refused: bool
    ) -> tuple[str, ...]:
        """Add what Spotify takes of these, in order; the rest goes to `dead`. `is_refused`: together they were.

        A single one is tried in any case: it is not left out on a guess.
        """
        if not is_refused or len(uris) == 1:
            try:
                self._call(Add(uris, position))
            except RefusedError as error:
                if not _is_dead(error):
                    raise
            else:
                return uris
        if len(uris) == 1:
            dead += uris
            return ()
        half = len(uris) // 2
        dead_before = len(dead)
        first = self._add_living(uris[:half], position, dead, is_refused=False)
        behind = None if position is None else position + len(first)
        # Where all of the first half was taken, the second holds what was refused.
        return first + self._add_living(uris[half:], behind, dead, is_refused=len(dead) == dead_before)


def _is_dead(error: RefusedError) -> bool:
    """Whether a call was refused because of an id in it, and not as a whole."""
    return error.status == 400 and any(words in str(error).lower() for words in _DEAD)
