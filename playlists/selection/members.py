"""Lists of several listeners: whose tracks they are made of, as far as these have agreed to it, and how these come together.

The rules select for each listener among what is theirs. What is selected comes in turn, one track of each, and a recording once.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from psycopg2.extensions import cursor as Cursor

from playlists.arrangement.arrange import arrange, mix_blocks
from playlists.arrangement.order import Chance
from playlists.arrangement.track import Track
from playlists.language.model import Arrangement, Definition, conditions_of
from playlists.selection.query import ABOUT_AVAILABILITY
from playlists.selection.smart_list import Listener, Member
from playlists.selection.twins import substitute_twins
from utils.database.statements import statement
from utils.errors import SettingsError
from utils.job.agreements import Sharer, command, missing_pairs, read_agreements, refuse_missing
from utils.job.users import meant


def find_members(
    cursor: Cursor, definition: Definition, owner: Listener
) -> tuple[tuple[Member, ...], tuple[str, ...]]:
    """Those who a list is made of, and why each of the others is left out, in words.

    Each has to share with all others and with the owner. Who has taken that back is left out, and of a list that
    is on Spotify also who is no listener any more. Raises SettingsError where somebody has never agreed, or is no listener.
    """
    members: dict[str, Member] = {}
    gone: list[str] = []
    for name in definition.listeners:
        try:
            found = meant(cursor, owner.now, name)
        except SettingsError:
            if not _is_made(cursor, definition, owner):
                raise SettingsError(
                    f"{definition.origin}: there is no listener {name!r}.",
                    "./run users list shows who there is.",
                ) from None
            gone.append(
                f"there is no listener {name!r} any more: none of their tracks is in it. Take the name out of `listeners`."
            )
            continue
        listener = replace(owner, user_id=found.user_id, market=found.market, zone=ZoneInfo(found.time_zone))
        members.setdefault(found.user_id, Member(name, listener))
    sharers = [Sharer(user_id, member.called) for user_id, member in members.items()]
    if owner.user_id in members:
        see = sharers
    else:
        see = [*sharers, Sharer(owner.user_id, meant(cursor, owner.now, owner.user_id).name or owner.user_id)]
    agreements = read_agreements(cursor, see)
    taken_back = {
        one.user_id: (one, other)
        for one in reversed(sharers)
        for other in reversed(see)
        if agreements.get((one.user_id, other.user_id)) is False
    }
    present = [one for one in sharers if one.user_id not in taken_back]
    seeing = [one for one in see if one.user_id not in taken_back or one.user_id == owner.user_id]
    refuse_missing(missing_pairs(agreements, present, seeing), definition.origin)
    left_out = tuple(
        f"{one.called} shares no more with {other.called}: none of their tracks is in it. If they agree again: {command(one, other)}"
        for one, other in (taken_back[each.user_id] for each in sharers if each.user_id in taken_back)
    )
    return tuple(members[one.user_id] for one in present), (*gone, *left_out)


def _is_made(cursor: Cursor, definition: Definition, owner: Listener) -> bool:
    """Whether the list is on Spotify, and may hold what is of a listener who has left."""
    cursor.execute(statement("smart_playlists.is_made"), {"user_id": owner.user_id, "slug": definition.slug})
    return cursor.fetchone() is not None


def for_everybody(
    cursor: Cursor, definition: Definition, owner: Listener, members: Sequence[Member]
) -> Callable[[list[Track]], list[Track]]:
    """What makes of one listener's selection what may be in a list of the owner's that is all listeners'.

    What one of them, or the owner, excludes is not in it; what can be played is said of the owner's country; and of the same
    recording are also tracks that one of them has merged.
    """
    user_ids = [*dict.fromkeys((owner.user_id, *(member.listener.user_id for member in members)))]
    merged: defaultdict[str, set[str]] = defaultdict(set)
    for user_id in user_ids:
        cursor.execute(statement("corrections.merged_with"), {"user_id": user_id})
        for track_id, other_ids in cursor.fetchall():
            merged[track_id].update(other_ids)
    asks = any(
        condition.expression.field in ABOUT_AVAILABILITY
        for match in definition.filters
        for condition in conditions_of(match)
    )
    takes_all = asks or definition.include_unplayable or definition.substitute_twins

    def finish(tracks: list[Track]) -> list[Track]:
        cursor.execute(
            statement("smart_playlists.for_everybody"),
            {
                "user_ids": user_ids,
                "market": owner.market,
                "track_ids": [track.track_id for track in tracks],
            },
        )
        known = {track_id: (is_playable, excluded) for track_id, is_playable, excluded in cursor.fetchall()}
        kept = []
        for track in tracks:
            is_playable, is_excluded = known[track.track_id]
            if not is_excluded and (takes_all or is_playable is not False):
                kept.append(track._replace(is_playable=is_playable))
        if definition.substitute_twins:
            kept = substitute_twins(cursor, kept, owner.user_id, owner.market)
        return [track._replace(merged_with=frozenset(merged.get(track.track_id, ()))) for track in kept]

    return finish


def in_turn(parts: Sequence[Sequence[Track]], whole: Arrangement, chance: Chance) -> list[Track]:
    """One track of each part in turn, each in the order of the whole list; the next one in place of one that is there already."""
    order = Arrangement(whole.dedupe, whole.sort, whole.shuffle, whole.random_group)
    return mix_blocks([(arrange(part, order, chance), 1) for part in parts], "alternate", whole.dedupe)


def behind_the_turns(whole: Arrangement) -> Arrangement:
    """What is left to be done with the tracks in turn: caps, separation and limits."""
    return replace(whole, sort=(), shuffle=None, random_group=None)
