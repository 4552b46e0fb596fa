"""Carries a plan out on Spotify, call by call, and reads of the playlist at the end what proves the result."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from playlists.writing.contents import Contents, read_after_write, read_contents
from playlists.writing.parts import edits_between, read_written
from playlists.writing.plan import ImpossiblePlanError, plan
from playlists.writing.replaced import Replaced, find_replaced
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
from utils.job.spotify_run import SpotifyRun
from utils.spotify.in_order import chunks
from utils.words import counted

ROUNDS = 2  # an edit by hand in between is corrected once
_DEAD_ID_MESSAGES = ("non-existing id", "invalid base62 id", "invalid track uri")


def make_plan(playlist_id: str, current: Sequence[str], wanted: Sequence[str]) -> Plan:
    """The plan from `current` to `wanted`. Raises ListError where there is none."""
    try:
        return plan(current, wanted)
    except ImpossiblePlanError:
        raise ListError(
            f"Playlist {playlist_id} holds local files, and there is no way to update it that keeps them.",
            "Move its local files to another list.",
        ) from None


@dataclass
class Writer:
    """Writes one list. It calls `on_refused` with the URIs that Spotify does not take, as soon as it finds them.

    `replaced`: what is shown as another URI, as far as it is known, and then what was learnt. `sent`: by what is shown, what
    is sent to get it; `sent_now`: all that was sent in this round, as it should be shown. `suspected`: what the last reading
    has shown otherwise than it is wanted, if that may be the same under another id. `calls`: those of this round that Spotify
    has answered. `is_all_proven`: false where of what was written only the pages around the edits were read.
    """

    run: SpotifyRun
    playlist_id: str
    on_refused: Callable[[list[str]], None]
    replaced: Replaced = field(default_factory=Replaced)
    refused: list[str] = field(default_factory=list)
    sent: dict[str, str] = field(default_factory=dict)
    sent_now: set[str] = field(default_factory=set)
    suspected: dict[str, str] = field(default_factory=dict)
    is_first_round: bool = True
    calls: int = 0
    is_all_proven: bool = True

    def write(self, current: Contents, wanted: Sequence[str]) -> Contents:
        """Make the list hold `wanted` (ours), except what Spotify refuses; what it shows then. `current`: what it shows.

        After a single replacement the contents are certain, unless ids may have been replaced. Else the list is read, where
        it was edited, or as a whole: one more round
        corrects an edit made by hand in between, and a call that was carried out twice or not at all. Raises ListError
        where that is not enough; the next run starts from what the list holds then.
        """
        self.suspected = find_replaced(self.replaced.shown(wanted), current.uris)
        for rounds_left in reversed(range(ROUNDS)):
            self.is_first_round = rounds_left == ROUNDS - 1
            try:
                written, is_proven = self._carry_out(list(current.uris), wanted)
            except (UnknownOutcomeError, PayloadError, RefusedError) as error:
                # An answer was lost, or a place is no longer there: read what the list holds now, and try again.
                if not rounds_left or (isinstance(error, RefusedError) and error.status != 400):
                    raise
                self.run.log.warning("playlist %s is read again: %s", self.playlist_id, error)
                current = read_contents(self.run, self.playlist_id)
                continue
            if is_proven and not self.suspected:
                return written
            proven = self._proven_in_parts(current, written)
            if proven is not None:
                return proven
            contents = read_after_write(self.run, self.playlist_id, written)
            if self.replaced.shown(contents.uris) == written.uris or self._learn(written, contents):
                return contents
            current = contents
        raise ListError(
            f"Playlist {self.playlist_id} was edited by someone else while it was written, more than once.",
            "It is left as it is; the next run puts it right.",
        )

    def _proven_in_parts(self, before: Contents, written: Contents) -> Contents | None:
        """What the list shows, where the pages around the edits prove it; None where all of it has to be read.

        They do only where there was no other edit since what was there `before` was known: then there are as many versions
        as calls. Where the versions do not say, all pages have to be as they were written.
        """
        edits = edits_between(before.snapshot_id, written.snapshot_id)
        if self.suspected or edits not in (self.calls, None):
            return None
        read = read_written(self.run, self.playlist_id, written, None if edits is None else before.uris)
        if read is None:
            return None
        contents, is_all = read
        found = find_replaced(written.uris, contents.uris)
        if contents.uris != written.uris and not (found and self.sent_now.issuperset(found)):
            return None
        self.is_all_proven = is_all
        self._note_replaced(found)
        return contents

    def _learn(self, written: Contents, contents: Contents) -> bool:
        """Whether all that a reading shows otherwise than it was written is the same under another id.

        That is certain where just that was sent in this round, and nobody has edited the list since; else where it was
        shown before as well, and has been sent since. An edit by hand does not come back when it is undone.
        """
        found = find_replaced(written.uris, contents.uris)
        is_ours = contents.snapshot_id == written.snapshot_id and self.sent_now.issuperset(found)
        if not found or not (is_ours or found.items() <= self.suspected.items()):
            self.suspected = found
            return False
        self._note_replaced(found)
        return True

    def _note_replaced(self, found: Mapping[str, str]) -> None:
        if not found:
            return
        self.run.log.info(
            "playlist %s shows other ids than were written: of %s",
            self.playlist_id,
            counted(len(found), "item"),
        )
        self.replaced = self.replaced.learning(found, self.sent)

    def _carry_out(self, current: list[str], wanted: Sequence[str]) -> tuple[Contents, bool]:
        """Make all calls; what the list should show then, and whether that is certain without reading it."""
        snapshot = ""
        self.sent_now = set()
        self.calls = 0
        while True:
            living = [uri for uri in wanted if uri not in self.refused]
            self.sent = self.replaced.sent(living)
            planned = make_plan(self.playlist_id, current, self.replaced.shown(living))
            for step in planned.steps:
                try:
                    snapshot = self._call(step)
                except RefusedError as error:
                    if not _is_dead(error) or not isinstance(step, Add | Replace):
                        raise
                    current = self._find_dead_uris(current, step)
                    break  # places have shifted: plan again
                current = apply_step(current, step)
            else:
                return Contents(current, snapshot), planned.is_one_replace

    def _call(self, step: Step) -> str:
        spotify, playlist_id = self.run.spotify, self.playlist_id
        if isinstance(step, Remove):
            snapshot = ""
            for some in chunks(self._to_remove(step.uris), CALL_MAX):
                snapshot = spotify.remove_playlist_items(playlist_id, some)
                self.calls += 1
            return snapshot
        match step:
            case Add(uris, position):
                snapshot = spotify.add_playlist_items(playlist_id, self._to_send(uris), position)
            case Move(range_start, insert_before, range_length):
                snapshot = spotify.move_playlist_items(playlist_id, range_start, insert_before, range_length)
            case Replace(uris):
                snapshot = spotify.replace_playlist_items(playlist_id, self._to_send(uris))
        self.calls += 1
        return snapshot

    def _to_remove(self, uris: Sequence[str]) -> list[str]:
        """What is shown, and in the second round also what was written for it: by which of them Spotify finds it is not told."""
        if self.is_first_round:
            return [*uris]
        shown = set(uris)
        return [*uris, *(uri for uri, other in self.replaced.shown_as.items() if other in shown)]

    def _to_send(self, uris: Sequence[str]) -> list[str]:
        self.sent_now.update(uris)
        return [self.sent.get(uri, uri) for uri in uris]

    def _find_dead_uris(self, current: list[str], step: Add | Replace) -> list[str]:
        """Find the URIs that made Spotify refuse a call, by adding halves of it; what the list holds afterwards.

        Replacing by halves would leave the list too short, so the halves of a replacement are appended; the replacement
        that follows, without the dead URIs, removes them again.
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
                f"Spotify refused {counted(len(added), 'item')} of playlist {self.playlist_id} together, and took each of them.",
                "The next run puts the list right.",
            )
        refused = [self.sent.get(uri, uri) for uri in dead]
        self.refused += refused
        self.on_refused(refused)
        return apply_step(current, Add(added, position))

    def _add_living(
        self, uris: tuple[str, ...], position: int | None, dead: list[str], *, is_refused: bool
    ) -> tuple[str, ...]:
        """Add those URIs that Spotify takes, in order, and put the others into `dead`; those added.

        `is_refused`: Spotify has refused all of them together. A single URI is tried all the same, so that none is left
        out on a guess.
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
        # If Spotify took all of the first half, the second half holds a URI that it refuses.
        return first + self._add_living(uris[half:], behind, dead, is_refused=len(dead) == dead_before)


def _is_dead(error: RefusedError) -> bool:
    """Whether a call was refused because of an id in it, and not as a whole."""
    return error.status == 400 and any(words in str(error).lower() for words in _DEAD_ID_MESSAGES)
