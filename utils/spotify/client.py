"""The Spotify Web API as the scripts use it: one method per call, in both quota modes.

Paths and parameters; requests are made by `utils.spotify.transport`. Library pages are asked for without `market`, so that ids
stay what the listener saved.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from utils.config import SpotifySettings
from utils.errors import NotFoundError, PayloadError, UnavailableError, UnknownOutcomeError
from utils.spotify.fields import Payload
from utils.spotify.in_order import chunks
from utils.spotify.payloads import PAGE, id_of, snapshot_of
from utils.spotify.tokens import TokenSource
from utils.spotify.transport import Transport

CONTAINS_MAX = 40  # URIs per question to /me/library/contains
PLAYLIST_ITEMS_MAX = 100  # URIs per write
BATCH_MAX = {"albums": 20, "artists": 50, "tracks": 50}
_BASE62 = re.compile(r"[0-9A-Za-z]{22}")


class Capabilities(Protocol):
    """What this app's quota mode offers, as far as it is known."""

    def get(self, name: str) -> bool | None:
        """True, False, or None where it has to be tried."""

    def learn(self, name: str, is_available: bool) -> None:
        """Remember what a try has shown."""


class Spotify:
    """All calls return Spotify's JSON, unchecked (`utils.spotify.payloads` reads it), and raise the errors of
    `Transport.request`."""

    def __init__(
        self, settings: SpotifySettings, tokens: TokenSource, transport: Transport, capabilities: Capabilities
    ) -> None:
        transport.auth_source = tokens
        transport.login = settings.login
        self.transport = transport
        self.client_id = settings.client_id
        self._capabilities = capabilities
        self._tokens = tokens
        self._url = settings.api_url

    def _call(self, method: str, path: str, payload: object = None, **parameters: object) -> object:
        """One request; its JSON, or None where the answer has none. A parameter that is None is left out."""
        response = self.transport.request(
            method,
            f"{self._url}/{path}",
            headers={
                "Authorization": f"Bearer {self._tokens.get_access_token()}",
                "Content-Type": "application/json",
            },
            params=parameters,
            data=None if payload is None else json.dumps(payload),
        )
        try:
            return response.json()
        except ValueError:
            return None

    # Reading

    def me(self) -> Payload:
        """GET /me: asked once per consent."""
        return _object(self._call("GET", "me"), "/me")

    def get(self, path: str, **parameters: object) -> Payload:
        """What an endpoint answers: a JSON object. `path` without the leading slash."""
        return _object(self._call("GET", path, **parameters), f"/{path}")

    def page(self, path: str, offset: int, market: str | None = None) -> Payload:
        """A page of up to 50 of an endpoint that is paged by offset, such as `me/tracks`, from `offset` on.

        Without `market`, ids are those that the listener saved.
        """
        return self.get(path, limit=PAGE, offset=offset, market=market)

    def album_tracks(self, album_id: str, offset: int, market: str | None = None) -> Payload:
        """A page of up to 50 simplified tracks of an album."""
        return self.page(f"albums/{album_id}/tracks", offset, market)

    def library_contains(self, uris: Sequence[str]) -> list[bool]:
        """Whether the listener's library holds each of the URIs; 40 per request."""
        answers: list[bool] = []
        for chunk in chunks(uris, CONTAINS_MAX):
            answer = self._call("GET", "me/library/contains", uris=",".join(chunk))
            if not isinstance(answer, list) or [type(item) for item in answer] != [bool] * len(chunk):
                raise PayloadError(
                    f"/me/library/contains gave no list of {len(chunk)} answers, each true or false."
                )
            answers += answer
        return answers

    def albums(self, album_ids: Iterable[str]) -> Iterator[tuple[str, Payload | None]]:
        """Full albums with their first 50 tracks; None for one that Spotify does not know."""
        return self._many("albums", album_ids)

    def tracks(
        self, track_ids: Iterable[str], market: str | None = None
    ) -> Iterator[tuple[str, Payload | None]]:
        """Full tracks; None for one that Spotify does not know."""
        return self._many("tracks", track_ids, market)

    def artists(self, artist_ids: Iterable[str]) -> Iterator[tuple[str, Payload | None]]:
        """Full artists; None for one that Spotify does not know."""
        return self._many("artists", artist_ids)

    def my_playlists(self, offset: int) -> Payload:
        """A page of up to 50 playlists that the listener owns or follows."""
        return self.page("me/playlists", offset)

    def playlist_snapshot(self, playlist_id: str) -> str:
        """The version of a playlist: it changes with every edit."""
        answer = _object(
            self._call("GET", f"playlists/{playlist_id}", fields="snapshot_id"), "/playlists/{id}"
        )
        snapshot = snapshot_of(answer)
        if snapshot is None:
            raise PayloadError(f"Spotify answered with playlist {playlist_id} without a snapshot_id.")
        return snapshot

    def playlist_is_public(self, playlist_id: str) -> bool | None:
        """Whether Spotify shows a playlist as public; None where it does not say."""
        answer = _object(self._call("GET", f"playlists/{playlist_id}", fields="public"), "/playlists/{id}")
        is_public = answer.get("public")
        return is_public if isinstance(is_public, bool) else None

    def playlist(self, playlist_id: str) -> Payload:
        """A playlist with its `snapshot_id` and, of an own one, its first 100 entries in the same answer."""
        answer = self._call("GET", f"playlists/{playlist_id}", additional_types="track,episode")
        return _object(answer, "/playlists/{id}")

    def playlist_items(self, playlist_id: str, offset: int, *, spelling: str = "items") -> Payload:
        """A page of up to 50 entries of a playlist that the listener owns or collaborates on.

        Where the app has the old endpoints, `spelling="tracks"` also reads others' public lists.
        """
        path = f"playlists/{playlist_id}/{spelling}" if spelling != "items" else self._items_path(playlist_id)
        return _object(
            self._call("GET", path, limit=PAGE, offset=offset, additional_types="track,episode"),
            "/playlists/{id}/items",
        )

    # Writing

    def create_playlist(
        self, name: str, description: str, *, is_public: bool = False, is_collaborative: bool = False
    ) -> Payload:
        """A new, empty playlist; private unless said otherwise. A collaborative one cannot be public.

        Raises UnknownOutcomeError where the answer has no id.
        """
        body = {"name": name, "public": is_public, "collaborative": is_collaborative}
        body |= {"description": description} if description else {}  # Spotify has refused an empty one
        answer = _object(self._call("POST", "me/playlists", payload=body), "/me/playlists")
        if id_of(answer) is None:
            raise UnknownOutcomeError(
                "POST /me/playlists: Spotify has created a playlist, and has not said its id.",
                "Run again: the list is looked for first.",
            )
        return answer

    def change_playlist(self, playlist_id: str, details: Mapping[str, object]) -> None:
        """Set any of `name`, `description`, `public` and `collaborative`. Spotify answers with nothing."""
        self._call("PUT", f"playlists/{playlist_id}", payload=dict(details))

    def replace_playlist_items(self, playlist_id: str, uris: Sequence[str]) -> str:
        """Make a playlist hold just these, at most 100. Returns the new snapshot_id."""
        answer = self._call("PUT", self._items_path(playlist_id), payload={"uris": list(uris)})
        return _snapshot(answer)

    def add_playlist_items(self, playlist_id: str, uris: Sequence[str], position: int | None = None) -> str:
        """Insert at most 100, at the end without `position`. Returns the new snapshot_id."""
        body: Payload = {"uris": list(uris)} | ({} if position is None else {"position": position})
        return _snapshot(self._call("POST", self._items_path(playlist_id), payload=body))

    def remove_playlist_items(self, playlist_id: str, uris: Sequence[str]) -> str:
        """Remove all occurrences of at most 100. Returns the new snapshot_id."""
        path = self._items_path(playlist_id)
        body = {path.rpartition("/")[2]: [{"uri": uri} for uri in uris]}
        return _snapshot(self._call("DELETE", path, payload=body))

    def move_playlist_items(
        self, playlist_id: str, range_start: int, insert_before: int, range_length: int
    ) -> str:
        """Move a range before the entry that is at `insert_before` now. Returns the new snapshot_id.

        Not idempotent, and repeated where the answer is lost: read the list afterwards.
        """
        body = {"range_start": range_start, "insert_before": insert_before, "range_length": range_length}
        return _snapshot(self._call("PUT", self._items_path(playlist_id), payload=body))

    def save_to_library(self, uris: Sequence[str]) -> None:
        """Put at most 40 into the listener's library; a playlist is followed by that, also one of the listener's own."""
        self._call("PUT", "me/library", uris=",".join(uris))

    def remove_from_library(self, uris: Sequence[str]) -> None:
        """Take at most 40 out of the listener's library. An own playlist is no longer listed then, and stays as it is."""
        self._call("DELETE", "me/library", uris=",".join(uris))

    # Both quota modes

    def _items_path(self, playlist_id: str) -> str:
        """`/items` exists in every mode today; `/tracks` is for an app whose mode should lack it."""
        spelling = "tracks" if self._capabilities.get("playlist_items") is False else "items"
        return f"playlists/{playlist_id}/{spelling}"

    def per_request(self, kind: str) -> int:
        """How many objects of a kind one request gives, as far as is known."""
        return BATCH_MAX[kind] if self._capabilities.get(f"batch_{kind}") else 1

    def _many(
        self, kind: str, ids: Iterable[str], market: str | None = None
    ) -> Iterator[tuple[str, Payload | None]]:
        """Objects by id: many per request where the app's mode has that, else one by one."""
        capability = f"batch_{kind}"
        for chunk in chunks([item for item in ids if _BASE62.fullmatch(item)], BATCH_MAX[kind]):
            if self._capabilities.get(capability) is not False:
                try:
                    answer = self._call("GET", kind, ids=",".join(chunk), market=market)
                except UnavailableError:
                    self._capabilities.learn(capability, False)
                else:
                    found = _object(answer, f"/{kind}").get(kind)
                    if not isinstance(found, list) or len(found) != len(chunk):
                        raise PayloadError(f"/{kind}?ids= gave no list of {len(chunk)} objects.")
                    self._capabilities.learn(capability, True)
                    yield from zip(chunk, found, strict=True)
                    continue
            for item in chunk:
                try:
                    yield item, _object(self._call("GET", f"{kind}/{item}", market=market), f"/{kind}/{{id}}")
                except NotFoundError:
                    yield item, None


def _snapshot(answer: object) -> str:
    """The snapshot_id in the answer to a write; empty where that has none."""
    return snapshot_of(_object(answer, "/playlists/{id}/items")) or ""


def _object(answer: object, path: str) -> Payload:
    if not isinstance(answer, dict):
        raise PayloadError(f"{path} did not answer with a JSON object.")
    return answer
