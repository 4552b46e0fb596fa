"""Whether the tracks of a library can be played in a market.

The pages of the library are read once more, with a market. There Spotify may put another release in a track's place
(relinking), and Development Mode does not say which track it stands for: the entries of a page are lined up with
what is stored, and an entry that fits no track, or more than one, is left to a question about the track itself.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from utils.database.rows import Row
from utils.database.tables import Track
from utils.markets import market_of
from utils.plays.recording import is_as_long
from utils.spotify.fields import Payload, flag, text
from utils.spotify.payloads import TrackPayload, id_of, identified, instant, parse_track


class TrackAvailability(
    Row,
    table="track_availability",
    key=("market", "track_id"),
    # Unknown is no change, and leaves what was known, so that a turn is recorded with its time also when an answer
    # in between has said nothing.
    set_by={
        "is_playable": "COALESCE(EXCLUDED.is_playable, t.is_playable)",
        "restriction_reason": "CASE WHEN EXCLUDED.is_playable IS NULL THEN t.restriction_reason"
        " ELSE EXCLUDED.restriction_reason END",
        "relinked_to": "CASE WHEN EXCLUDED.is_playable IS NULL THEN t.relinked_to ELSE EXCLUDED.relinked_to END",
        "changed_at": "CASE WHEN EXCLUDED.is_playable <> t.is_playable THEN EXCLUDED.checked_at"
        " ELSE believed(t.changed_at, EXCLUDED.checked_at) END",
    },
):
    """Whether a track can be played in a market, as far as Spotify has said."""

    market: str
    track_id: str
    is_playable: bool | None
    restriction_reason: str | None
    relinked_to: str | None
    checked_at: datetime
    changed_at: datetime | None = None

    @property
    def said(self) -> list[object]:
        """What Spotify says."""
        return [self.is_playable, self.restriction_reason, self.relinked_to]


@dataclass(frozen=True)
class Answer:
    """What Spotify says about a track in a market. `asked_id`: the track it stands for, where the answer says so."""

    payload: TrackPayload
    asked_id: str
    is_playable: bool | None  # None: it does not say
    restriction_reason: str | None

    @property
    def track(self) -> Track:
        """The track of the answer, which may be another release than the one asked for."""
        return self.payload.track

    def row(self, market: str, track_id: str, checked_at: datetime) -> TrackAvailability:
        """A row of `track_availability` for a track of the library."""
        relinked_to = self.track.track_id if self.track.track_id != track_id else None
        return TrackAvailability(
            market, track_id, self.is_playable, self.restriction_reason, relinked_to, checked_at
        )


Test = Callable[[Track, Track], bool]
Groups = Mapping[object, Sequence[Answer]]  # answers by what they have in common with stored tracks


def no_market_text(time_zone: str, login: str) -> str:
    """Why nothing is asked where no market is known, and how to set one; with the one that the listener's time zone suggests.

    `login`: the command that renews the listener's consent. Of one whose consent is stored (--user), the settings say nothing.
    """
    market = market_of(time_zone)
    if "--user" in login:
        why = f" (the time zone {time_zone} suggests it)" if market else ", or their country"
        return (
            f"no market is known, so what can be played stays unknown: {login} --market {market or 'DE'}{why}; "
            "it asks for the consent once more"
        )
    which = (
        f"SPOTIFY_MARKET={market} (the time zone {time_zone} suggests it)"
        if market
        else "SPOTIFY_MARKET, such as DE"
    )
    return (
        f"no market is known, so what can be played stays unknown: set {which} in .env, on GitHub as a variable; "
        "./run login asks for it"
    )


def parse_answer(payload: object) -> Answer:
    """A full or simplified track. Raises BadItemError."""
    _, item = identified(payload, "track")
    parsed = parse_track(item)
    original, restrictions = item.get("linked_from"), item.get("restrictions")
    is_playable = flag(item, "is_playable")
    return Answer(
        parsed,
        (id_of(original) if isinstance(original, dict) else None) or parsed.track.track_id,
        is_playable,
        text(restrictions, "reason") if is_playable is False and isinstance(restrictions, dict) else None,
    )


def parse_liked(entry: Payload) -> tuple[datetime, Answer] | None:
    """An entry of /me/tracks, with its moment; None where Spotify gives the track as null. Raises BadItemError."""
    if "track" in entry and entry["track"] is None:
        return None
    answer = parse_answer(entry.get("track"))
    return instant(entry.get("added_at"), "added_at", answer.track.track_id), answer


def album_entries(entry: Payload) -> tuple[str, list[object]] | None:
    """The id of an entry of /me/albums, and its tracks, not yet read. Raises BadItemError."""
    if "album" in entry and entry["album"] is None:
        return None
    album_id, album = identified(entry.get("album"), "album")
    embedded = album.get("tracks")
    items = embedded.get("items") if isinstance(embedded, dict) else None
    return album_id, items if isinstance(items, list) else []


def same_isrc(stored: Track, given: Track) -> bool:
    """Both have an ISRC, and it is the same."""
    return stored.isrc is not None and stored.isrc == given.isrc


def same_name(stored: Track, given: Track) -> bool:
    """The same name, and durations that are known and within a second."""
    return (
        stored.name is not None
        and stored.name == given.name
        and is_as_long(stored.duration_ms, given.duration_ms)
    )


def same_place(stored: Track, given: Track) -> bool:
    """The same place on the album; a relinked track has that of its own album, so the name has to fit as well."""
    place = (stored.disc_number, stored.track_number)
    return (
        None not in place
        and place == (given.disc_number, given.track_number)
        and stored.name is not None
        and stored.name == given.name
    )


def line_up(stored: Iterable[Track], answers: Sequence[Answer], *tests: Test) -> dict[str, Answer]:
    """track_id → the answer that is about it: by id, then by each test in turn. Only unique matches count."""
    tracks = {track.track_id: track for track in stored}
    left = dict(enumerate(answers))
    found: dict[str, Answer] = {}
    by_id: dict[str, list[int]] = defaultdict(list)
    for number, answer in left.items():
        by_id[answer.asked_id].append(number)
    for track_id, numbers in by_id.items():
        # A track and another that is relinked to it may stand side by side: the same is said of both, or it is
        # not known which is which.
        said = {(answers[number].is_playable, answers[number].restriction_reason) for number in numbers}
        if track_id in tracks and len(said) == 1:
            found[track_id] = left.pop(numbers[0])
            del tracks[track_id]
    for test in tests:
        pairs = [
            (track_id, number)
            for number, answer in left.items()
            for track_id, track in tracks.items()
            if test(track, answer.track)
        ]
        per_track = Counter(track_id for track_id, _ in pairs)
        per_answer = Counter(number for _, number in pairs)
        for track_id, number in pairs:
            if per_track[track_id] == per_answer[number] == 1:
                found[track_id] = left.pop(number)
                del tracks[track_id]
    return found


def find_replacement(answers: Iterable[Answer], isrc: str, lost: set[str]) -> Answer | None:
    """The first playable release of the recording among the results of a search, none of the lost tracks itself."""
    for answer in answers:
        if (
            answer.is_playable
            and answer.track.isrc == isrc
            and not lost & {answer.track.track_id, answer.asked_id}
        ):
            return answer
    return None
