"""Keeping a simulator's library and consents in a JSON file between runs.

The catalogue is by far the largest part and no API call changes it, so its text is made once and reused.
"""

import base64
import json
import os
import tempfile
from dataclasses import fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import get_args, get_origin, get_type_hints

from simulator.server.oauth import AccessToken, Accounts, Consent
from simulator.world.catalogue import LocalFile, Playlist, PlaylistItem, User
from simulator.world.library import Library

VERSION = 1
NOT_KEPT = frozenset({"versions"})
Json = dict[str, object]
# The lists of the library whose entries are dataclasses: name → their class.
ENTRIES = {
    name: get_args(hint)[0]
    for name, hint in get_type_hints(Library).items()
    if get_origin(hint) is list and is_dataclass(get_args(hint)[0])
}

# What is known by its id and no call changes: name → the class of its things.
CATALOGUE = {
    name: get_args(hint)[1]
    for name, hint in get_type_hints(Library).items()
    if get_origin(hint) is dict and is_dataclass(get_args(hint)[1]) and name not in ("users", "playlists")
}


def catalogue_text(library: Library) -> str:
    """Encode all that is known by its id: artists, albums, tracks, …"""
    parts = {name: list(getattr(library, name).values()) for name in CATALOGUE}
    return json.dumps(parts, default=_plain)


def save(path: Path, library: Library, accounts: Accounts, catalogue: str) -> None:
    """Write the file in one step: a reader sees the old state or the new one, never half of it."""
    account = {
        "version": VERSION,
        "user": library.user,
        "users": list(library.users.values()),
        **{name: getattr(library, name) for name in ENTRIES},
        "saved_episodes": library.saved_episodes,
        "followed": library.followed,
        "playlists": list(library.playlists.values()),
        "user_playlists": library.user_playlists,
        "top_tracks": library.top_tracks,
        "top_artists": library.top_artists,
        "dead_ids": sorted(library.dead_ids),
        "unlisted": sorted(library.unlisted),
        "replaced_ids": library.replaced_ids,
        "removes_only_written": library.removes_only_written,
        "remembered_plays": library.remembered_plays,
        "hides_account_id": library.hides_account_id,
        "sequence": library.sequence,
        "consents": accounts.consents,
        "access_tokens": accounts.access_tokens,
        "redirect_uris": accounts.redirect_uris,
        "issued": accounts.issued,
    }
    text = json.dumps(account, default=_plain)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(f'{{"catalogue": {catalogue}, {text[1:]}\n')
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def load(path: Path) -> tuple[Library, Json]:
    """Return the library of a file, and the part for `restore_accounts`."""
    data = json.loads(path.read_text(encoding="utf-8"))
    if data.get("version") != VERSION:
        raise ValueError(f"{path} is not a state file of this simulator")
    catalogue = data["catalogue"]
    library = Library(User(**data["user"]))
    library.users = {entry["id"]: User(**entry) for entry in data["users"]}
    # What this simulator learnt after the file was written is not in it.
    for name, kind in CATALOGUE.items():
        setattr(library, name, {entry["id"]: kind(**entry) for entry in catalogue.get(name, ())})
    for name, kind in ENTRIES.items():
        setattr(library, name, [_entry(kind, entry) for entry in data.get(name, ())])
    library.playlists = {entry["id"]: _playlist(entry) for entry in data["playlists"]}
    for name in ("saved_episodes", "followed", "user_playlists", "top_tracks", "top_artists", "sequence"):
        setattr(library, name, data[name])
    library.dead_ids = set(data["dead_ids"])
    library.unlisted = set(data.get("unlisted", ()))
    library.replaced_ids = dict(data.get("replaced_ids", {}))
    for name in ("removes_only_written", "remembered_plays", "hides_account_id"):
        setattr(library, name, data.get(name, getattr(library, name)))
    return library, data


def restore_accounts(accounts: Accounts, data: Json) -> None:
    """Put consents and tokens of a loaded file in place of the accounts' own."""
    consents, tokens = data["consents"], data["access_tokens"]
    if not isinstance(consents, list) or not isinstance(tokens, dict):
        raise TypeError("consents and access_tokens of the state file have another form")
    accounts.consents = [
        Consent(
            frozenset(entry["scopes"]),
            _moment(entry["authorized_at"]),
            entry["refresh_tokens"],
            entry["revoked"],
            entry["expired"],
        )
        for entry in consents
    ]
    accounts.access_tokens = {
        name: AccessToken(frozenset(entry["scopes"]), _moment(entry["expires_at"]), entry["has_user"])
        for name, entry in tokens.items()
    }
    accounts.redirect_uris = [str(uri) for uri in _list(data["redirect_uris"])]
    accounts.issued = int(str(data["issued"]))


def _entry(kind: type[object], entry: Json) -> object:
    """One position of liked tracks, saved albums, plays, and their like: a dataclass with moments."""
    moments = {name for name, hint in get_type_hints(kind).items() if hint is datetime}
    return kind(**{name: _moment(value) if name in moments else value for name, value in entry.items()})


def _playlist(entry: Json) -> Playlist:
    items = [_item(item) for item in _list(entry["items"]) if isinstance(item, dict)]
    image = entry["image"]
    details = {**entry, "items": items, "image": base64.b64decode(str(image)) if image else None}
    playlist = Playlist(**details)  # type: ignore[arg-type] # names and types are those written by `save`
    playlist.versions[playlist.snapshot_id] = list(items)
    return playlist


def _item(entry: Json) -> PlaylistItem:
    item = PlaylistItem(**entry)  # type: ignore[arg-type] # as above
    item.added_at = _moment(entry["added_at"]) if entry["added_at"] else None
    item.local = LocalFile(**entry["local"]) if isinstance(entry["local"], dict) else None
    return item


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError(f"expected a list, found {type(value).__name__}")
    return value


def _moment(text: object) -> datetime:
    return datetime.fromisoformat(str(text))


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, frozenset):
        return sorted(value)
    return {f.name: getattr(value, f.name) for f in fields(value) if f.name not in NOT_KEPT}  # type: ignore[arg-type]
