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
from typing import Any, get_args, get_origin, get_type_hints

from simulator.server.account import CODE, AccessToken, Account, Consent
from simulator.server.oauth import Accounts
from simulator.world.catalogue import LocalFile, Playlist, PlaylistItem, User
from simulator.world.library import Library
from simulator.world.shared import Shared

VERSION = 1
NOT_KEPT = frozenset({"versions"})
Json = dict[str, object]
# The lists of the library whose entries are dataclasses: name → their class.
ENTRIES = {
    name: get_args(hint)[0]
    for name, hint in get_type_hints(Library).items()
    if get_origin(hint) is list and is_dataclass(get_args(hint)[0])
}
PLAIN = ("saved_episodes", "followed", "user_playlists", "top_tracks", "top_artists")
QUIRKS = ("remembered_plays", "hides_account_id")

# What is known by its id and no call changes: name → the class of its things.
CATALOGUE = {
    name: get_args(hint)[1]
    for name, hint in get_type_hints(Shared).items()
    if get_origin(hint) is dict and is_dataclass(get_args(hint)[1]) and name not in ("users", "playlists")
}


def catalogue_text(library: Library) -> str:
    """Encode all that is known by its id: artists, albums, tracks, …"""
    parts = {name: list(getattr(library, name).values()) for name in CATALOGUE}
    return json.dumps(parts, default=_plain)


def save(path: Path, accounts: Accounts, catalogue: str) -> None:
    """Write the file in one step: a reader sees the old state or the new one, never half of it.

    The first account stands in the file itself, others in a list of their own.
    """
    first, *others = accounts.listeners
    shared = first.library.shared
    parts = {
        "version": VERSION,
        "users": list(shared.users.values()),
        "playlists": list(shared.playlists.values()),
        "dead_ids": sorted(shared.dead_ids),
        "replaced_ids": shared.replaced_ids,
        "removes_only_written": shared.removes_only_written,
        "sequence": shared.sequence,
        **_account_parts(first),
        "others": [_account_parts(account) for account in others],
        "allowlist": [account.name for account in accounts.app.allowlist],
        "access_tokens": {
            name: {
                "scopes": token.scopes,
                "expires_at": token.expires_at,
                "account": token.account and token.account.name,
            }
            for name, token in accounts.access_tokens.items()
            if not token.revoked
        },
        "redirect_uris": accounts.app.redirect_uris,
        "issued": accounts.issued,
    }
    text = json.dumps(parts, default=_plain)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(f'{{"catalogue": {catalogue}, {text[1:]}\n')
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _account_parts(account: Account) -> Json:
    library = account.library
    return {
        "name": account.name,
        "user": library.user,
        **{name: getattr(library, name) for name in (*ENTRIES, *PLAIN, *QUIRKS)},
        "unlisted": sorted(library.unlisted),
        "consents": account.consents,
    }


def load(path: Path) -> tuple[Library, Json]:
    """Return the first account's library of a file, and the part for `restore_accounts`."""
    data = json.loads(path.read_text(encoding="utf-8"))
    if data.get("version") != VERSION:
        raise ValueError(f"{path} is not a state file of this simulator")
    catalogue = data["catalogue"]
    shared = Shared({entry["id"]: User(**entry) for entry in data["users"]})
    # What this simulator learnt after the file was written is not in it.
    for name, kind in CATALOGUE.items():
        setattr(shared, name, {entry["id"]: kind(**entry) for entry in catalogue.get(name, ())})
    shared.playlists = {entry["id"]: _playlist(entry) for entry in data["playlists"]}
    shared.dead_ids = set(data["dead_ids"])
    shared.replaced_ids = dict(data.get("replaced_ids", {}))
    shared.removes_only_written = bool(data.get("removes_only_written"))
    shared.sequence = int(data["sequence"])
    return _library(data, shared), data


def _library(data: dict[str, Any], shared: Shared) -> Library:
    library = Library(User(**data["user"]), shared)
    shared.users[library.user.id] = library.user
    for name, kind in ENTRIES.items():
        setattr(library, name, [_entry(kind, entry) for entry in data.get(name, ())])
    for name in PLAIN:
        setattr(library, name, data[name])
    for name in QUIRKS:
        setattr(library, name, data.get(name, getattr(library, name)))
    library.unlisted = set(data.get("unlisted", ()))
    return library


def restore_accounts(accounts: Accounts, data: dict[str, Any]) -> None:
    """Put the other accounts, and all consents and tokens, of a loaded file in place of the accounts' own."""
    first = accounts.listeners[0]
    first.name, first.consents = data.get("name", first.name), _consents(data)
    shared = first.library.shared
    accounts.listeners[1:] = [
        Account(entry["name"], _library(entry, shared), _consents(entry)) for entry in data.get("others", ())
    ]
    known: dict[str | None, Account] = {account.name: account for account in accounts.listeners}
    accounts.app.allowlist = [known[name] for name in data.get("allowlist", (first.name,))]
    accounts.access_tokens = {}
    for name, entry in data["access_tokens"].items():
        whose = entry.get("account", first.name if entry.get("has_user") else None)
        accounts.access_tokens[name] = AccessToken(
            frozenset(entry["scopes"]), _moment(entry["expires_at"]), known.get(whose)
        )
    accounts.app.redirect_uris = [str(uri) for uri in data["redirect_uris"]]
    accounts.issued = int(data["issued"])


def _consents(data: dict[str, Any]) -> list[Consent]:
    return [
        Consent(
            frozenset(entry["scopes"]),
            _moment(entry["authorized_at"]),
            entry["refresh_tokens"],
            entry.get("flow", CODE),
            entry.get("replaced", []),
            entry["revoked"],
            entry["expired"],
        )
        for entry in data["consents"]
    ]


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
