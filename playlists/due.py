"""Decides which lists a run updates, which it leaves as they are, and which it empties or hides because their season is over."""

from playlists.arrangement.schedule import archive_slug, is_active, is_due, version_of_day
from playlists.language.model import Definition
from playlists.selection.smart_list import Listener, SmartList
from playlists.selection.stored import ListenerDefinitions, StoredList


def rests_today(definition: Definition, listener: Listener) -> bool:
    """Whether a list is to be empty or hidden today, because it is out of season."""
    return definition.out_of_season != "keep" and not is_active(definition, listener.today)


def is_to_be_rested(smart_list: SmartList, loaded: ListenerDefinitions) -> bool:
    """Whether a list that rests is there, and not yet empty or hidden. One that is in that state costs no request."""
    stored = loaded.stored.get(smart_list.slug)
    done = {"empty": "emptied", "hide": "hidden"}.get(smart_list.definition.out_of_season)
    is_there = stored is not None and stored.playlist_id is not None and stored.status != "retired"
    return is_there and stored is not None and stored.out_of_season != done


def reason_to_skip(smart_list: SmartList, loaded: ListenerDefinitions, listener: Listener) -> str:
    """Why this run does not update a list: out of season, or not due; empty where it does."""
    definition, stored = smart_list.definition, loaded.stored.get(smart_list.slug)
    is_back = stored is not None and stored.out_of_season is not None  # nothing keeps it away any more
    if not is_active(definition, listener.today) and not (is_back and definition.out_of_season == "keep"):
        return "today is outside of its season or weekdays"
    if definition.mode == "archive":
        archive = loaded.stored.get(archive_slug(definition, listener.today))
        return "the list of this period is made" if archive and archive.last_synced_at else ""
    if (
        stored
        and not is_back
        and not _is_other_variant(smart_list, stored, loaded, listener)
        and not is_due(definition, stored.last_synced_at, listener.now, listener.zone)
    ):
        return f"made on {stored.last_synced_at:%Y-%m-%d}, and its refresh is every {definition.refresh.days} days"
    return ""


def _is_other_variant(
    smart_list: SmartList, stored: StoredList, loaded: ListenerDefinitions, listener: Listener
) -> bool:
    """Whether other rules are in force today than when the list was made last."""
    if stored.last_synced_at is None:
        return False
    made_on = stored.last_synced_at.astimezone(listener.zone).date()
    whole = next(
        (one for one in loaded.definitions if one.slug == smart_list.origin_slug), smart_list.definition
    )
    return version_of_day(whole, made_on) is not version_of_day(whole, listener.today)
