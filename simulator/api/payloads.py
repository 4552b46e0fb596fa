"""Objects to JSON, in the shape of development mode or of extended quota.

Spotify reference: "Fields removed in new dev" (the keys are absent, not null) and "Common shapes". Without a
market none of `is_playable`, `restrictions` and `linked_from` occurs; with one, `available_markets` does not.
"""

import hashlib
import html
from dataclasses import dataclass, field
from datetime import datetime

from simulator.api.answers import Fragment, fragment
from simulator.world.catalogue import MARKETS, Album, Artist, LocalFile, Playlist, PlaylistItem, Track, User
from simulator.world.library import Library

Json = dict[str, object]
WEB = "https://open.spotify.com"
ALBUM_IMAGES = (("ab67616d0000b273", 640), ("ab67616d00001e02", 300), ("ab67616d00004851", 64))
ARTIST_IMAGES = (("ab6761610000e5eb", 640), ("ab67616100005174", 320))
PLAYLIST_IMAGE = "ab67706c0000"
EMBEDDED_TRACKS = 50
EMBEDDED_ENTRIES = 100


def spotify_time(moment: datetime | None) -> str | None:
    """`YYYY-MM-DDTHH:MM:SSZ`, with milliseconds only where there are any."""
    if moment is None:
        return None
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    milliseconds = moment.microsecond // 1000
    return f"{text}.{milliseconds:03d}Z" if milliseconds else f"{text}Z"


def escaped(text: str | None) -> str | None:
    """Text of a playlist description as the API gives it back: `/` is `&#x2F;`."""
    return None if text is None else html.escape(text).replace("/", "&#x2F;")


def image_key(prefix: str, owner_id: str) -> str:
    """40 hex digits: kind and size, then digits of the owner's id."""
    return prefix + hashlib.blake2b(owner_id.encode(), digest_size=20).hexdigest()[: 40 - len(prefix)]


@dataclass
class Payloads:
    """Builds the JSON of each kind of object. `cache` keeps encoded objects between calls."""

    library: Library
    api_url: str
    extended: bool
    market: str | None = None
    cache: dict[object, object] = field(default_factory=dict)

    def track(self, track_id: str, *, in_playlist: bool = False) -> Fragment | None:
        """Full track, or None for an id that is gone."""
        if track_id not in self.library.tracks:
            return None
        key = ("track", track_id, self.extended, self.market, in_playlist)
        known = self.cache.get(key)
        if not isinstance(known, Fragment):
            payload = self._track(self.library.tracks[track_id])
            if in_playlist:
                payload = {**payload, "episode": False, "track": True}
            known = self.cache[key] = fragment(payload)
        return known

    def _track(self, asked: Track) -> Json:
        track = self._relinked(asked)
        payload = self._simple_track(asked)
        payload["album"] = self.simple_album(self.library.albums[track.album_id])
        payload["external_ids"] = {"isrc": track.isrc} if track.isrc else {}
        if self.extended:
            payload["popularity"] = track.popularity
        return payload

    def _relinked(self, track: Track) -> Track:
        if self.market and track.relinked_to:
            return self.library.tracks[track.relinked_to]
        return track

    def _simple_track(self, asked: Track) -> Json:
        track = self._relinked(asked)
        payload: Json = {
            "artists": [self.simple_artist(artist_id) for artist_id in track.artist_ids],
            "disc_number": track.disc_number,
            "duration_ms": track.duration_ms,
            "explicit": track.explicit,
            **self._named("track", track.id, track.name),
            "is_local": False,
            "preview_url": None,
            "track_number": track.track_number,
        }
        if self.market:
            payload["is_playable"] = asked.restriction is None
            if asked.restriction:
                payload["restrictions"] = {"reason": asked.restriction}
            if self.extended and track is not asked:
                payload["linked_from"] = self._link("track", asked.id)
        elif self.extended:
            payload["available_markets"] = [] if asked.restriction else list(MARKETS)
        return payload

    def simple_album(self, album: Album) -> Json:
        """Album as it stands inside a track or a list of albums."""
        payload: Json = {
            "album_type": album.album_type,
            "artists": [self.simple_artist(artist_id) for artist_id in album.artist_ids],
            **self._named("album", album.id, album.name),
            "images": self._images(ALBUM_IMAGES, album.id) if album.has_image else [],
            "release_date": album.release_date,
            "release_date_precision": album.release_date_precision,
            "total_tracks": len(album.track_ids),
        }
        if self.market:
            payload["is_playable"] = True
        elif self.extended:
            payload["available_markets"] = list(MARKETS)
        return payload

    def album(self, album_id: str) -> Fragment | None:
        """Full album with the first 50 tracks, or None for an id that is gone."""
        album = self.library.albums.get(album_id)
        if album is None:
            return None
        key = ("album", album_id, self.extended, self.market)
        known = self.cache.get(key)
        if not isinstance(known, Fragment):
            payload = self.simple_album(album)
            payload["tracks"] = self._embedded_tracks(album)
            payload["copyrights"] = [{"text": text, "type": "C"} for text in album.copyrights]
            payload["external_ids"] = {"upc": album.upc} if album.upc else {}
            payload["genres"] = []
            if self.extended:
                payload["label"] = album.label
                payload["popularity"] = album.popularity
            known = self.cache[key] = fragment(payload)
        return known

    def album_track(self, album: Album, track_id: str) -> Fragment:
        """Simplified track of an album: no `album`, `external_ids`, `popularity`."""
        key = ("album track", album.id, track_id, self.extended, self.market)
        known = self.cache.get(key)
        if not isinstance(known, Fragment):
            known = self.cache[key] = fragment(self._listed_track(album, track_id))
        return known

    def _listed_track(self, album: Album, track_id: str) -> Json:
        """The track with its place on this album, which may not be the one that it is shown with elsewhere."""
        track = self.library.tracks[track_id]
        payload = self._simple_track(track)
        if track.album_id != album.id:
            payload["disc_number"], payload["track_number"] = 1, album.track_ids.index(track_id) + 1
        return payload

    def _embedded_tracks(self, album: Album) -> Json:
        total = len(album.track_ids)
        address = f"{self.api_url}/albums/{album.id}/tracks"
        market = f"&market={self.market}" if self.market else ""
        more = f"{address}?offset={EMBEDDED_TRACKS}&limit={EMBEDDED_TRACKS}{market}"
        return {
            "href": f"{address}?offset=0&limit={EMBEDDED_TRACKS}{market}",
            "items": [self._listed_track(album, track_id) for track_id in album.track_ids[:EMBEDDED_TRACKS]],
            "limit": EMBEDDED_TRACKS,
            "next": more if total > EMBEDDED_TRACKS else None,
            "offset": 0,
            "previous": None,
            "total": total,
        }

    def simple_artist(self, artist_id: str) -> Json:
        """Artist as it stands inside tracks and albums."""
        artist = self.library.artists[artist_id]
        return self._named("artist", artist.id, artist.name)

    def artist(self, artist: Artist) -> Json:
        """Full artist; genres are absent in development mode where the artist has none recorded."""
        payload = self._named("artist", artist.id, artist.name)
        payload["images"] = self._images(ARTIST_IMAGES, artist.id) if artist.has_image else []
        if artist.genres is not None or self.extended:
            payload["genres"] = list(artist.genres or [])
        if self.extended:
            payload["followers"] = {"href": None, "total": artist.followers}
            payload["popularity"] = artist.popularity
        return payload

    def user(self, user_id: str) -> Json:
        """User as owner of a playlist or adder of an entry."""
        return {**self._link("user", user_id), "display_name": self._display_name(user_id)}

    def me(self, user: User, scopes: frozenset[str]) -> Json:
        """`GET /me`; country, email and product exist in extended mode only, and need their scopes."""
        payload: Json = self._link("user", user.id)
        if not self.library.hides_account_id:
            payload["account_id"] = user.account_id
        payload |= {"display_name": user.display_name, "images": []}
        if self.extended:
            payload["followers"] = {"href": None, "total": 3}
            if "user-read-private" in scopes:
                payload |= {"country": user.country, "product": user.product}
                payload["explicit_content"] = {"filter_enabled": False, "filter_locked": False}
            if "user-read-email" in scopes:
                payload["email"] = user.email
        return payload

    def playlist(self, playlist: Playlist) -> Json:
        """Playlist without its contents."""
        images: list[Json] | None = [] if playlist.items or playlist.image else None
        if playlist.image is not None:
            images = [{"url": self._image_url(PLAYLIST_IMAGE, playlist.id), "width": None, "height": None}]
        elif playlist.has_images:
            images = [{"url": self._image_url(PLAYLIST_IMAGE, playlist.id), "width": 640, "height": 640}]
        return {
            "collaborative": playlist.collaborative,
            "description": escaped(playlist.description),
            **self._named("playlist", playlist.id, playlist.name),
            "images": images,
            "owner": self.user(playlist.owner_id),
            "primary_color": None,
            "public": playlist.public,
            "snapshot_id": playlist.snapshot_id,
        }

    def listed_playlist(self, playlist: Playlist) -> Json:
        """Playlist of a list: number of entries only, and in development mode only for lists one may read."""
        payload = self.playlist(playlist)
        address = f"{self.api_url}/playlists/{playlist.id}"
        if self.extended:
            payload["tracks"] = {"href": f"{address}/tracks", "total": len(playlist.items)}
        if self.extended or self.library.may_read_items(playlist.id):
            payload["items"] = {"href": f"{address}/items", "total": len(playlist.items)}
        return payload

    def entry(self, item: PlaylistItem, *, episodes: bool) -> Json:
        """Playlist entry: `item` in development mode, `item` and `track` in extended mode."""
        content = self._content(item, episodes)
        payload: Json = {
            "added_at": spotify_time(item.added_at),
            "added_by": self._link("user", item.added_by) if item.added_by else None,
            "is_local": item.kind == "local",
            "primary_color": None,
            "item": content,
        }
        if self.extended:
            payload["track"] = content
        payload["video_thumbnail"] = {"url": None}
        return payload

    def _content(self, item: PlaylistItem, episodes: bool) -> object:
        if item.local is not None:
            return self._local(item.local)
        if item.kind == "track" and item.id:
            return self.track(self.library.replaced_ids.get(item.id, item.id), in_playlist=True)
        if item.kind == "episode" and item.id and episodes:
            return {**self.episode(item.id), "episode": True, "track": False}
        return None

    def episode(self, episode_id: str) -> Json:
        """Podcast episode: a show, no artists, no album, no external ids."""
        episode = self.library.episodes[episode_id]
        return {
            **self._named("episode", episode.id, episode.name),
            "audio_preview_url": None,
            "description": episode.description,
            "duration_ms": episode.duration_ms,
            "explicit": False,
            "images": self._images(ALBUM_IMAGES, episode.show_id),
            "is_externally_hosted": False,
            "is_playable": True,
            "languages": ["en"],
            "release_date": episode.release_date,
            "release_date_precision": "day",
            "show": self.show(episode.show_id, episode.show_name),
        }

    def show(self, show_id: str, name: str) -> Json:
        """Podcast; publisher and markets were removed from development mode."""
        payload = {**self._named("show", show_id, name), "images": self._images(ALBUM_IMAGES, show_id)}
        payload |= {"description": "", "explicit": False, "languages": ["en"], "media_type": "audio"}
        payload["total_episodes"] = sum(e.show_id == show_id for e in self.library.episodes.values())
        if self.extended:
            payload |= {"publisher": name, "available_markets": list(MARKETS)}
        return payload

    def _local(self, local: LocalFile) -> Json:
        nobody: Json = {"external_urls": {}, "href": None, "id": None, "name": local.artist, "type": "artist"}
        album: Json = {"album_type": None, "artists": [], "external_urls": {}, "href": None, "id": None}
        album |= {"images": [], "name": local.album, "release_date": None, "release_date_precision": None}
        album |= {"total_tracks": None, "type": "album", "uri": None}
        return {
            "album": album,
            "artists": [{**nobody, "uri": None}],
            "disc_number": 0,
            "duration_ms": local.seconds * 1000,
            "explicit": False,
            "external_ids": {},
            "external_urls": {},
            "href": None,
            "id": None,
            "is_local": True,
            "name": local.title,
            "preview_url": None,
            "track_number": 0,
            "type": "track",
            "uri": local.uri,
            **({"popularity": 0, "available_markets": []} if self.extended else {}),
        }

    def context(self, uri: str | None) -> Json | None:
        """What a play was started from; Liked Songs are `spotify:user:{id}:collection`."""
        if uri is None:
            return None
        parts = uri.split(":")
        kind, name = ("collection", parts[2]) if parts[-1] == "collection" else (parts[1], parts[2])
        link = f"{WEB}/collection/tracks" if kind == "collection" else f"{WEB}/{kind}/{name}"
        href = f"{self.api_url}/me/tracks" if kind == "collection" else f"{self.api_url}/{kind}s/{name}"
        return {"external_urls": {"spotify": link}, "href": href, "type": kind, "uri": uri}

    def _display_name(self, user_id: str) -> str | None:
        if user_id == self.library.user.id:
            return self.library.user.display_name
        known = self.library.users.get(user_id)
        return known.display_name if known else None

    def _named(self, kind: str, object_id: str, name: str) -> Json:
        return {**self._link(kind, object_id), "name": name}

    def _link(self, kind: str, object_id: str) -> Json:
        return {
            "external_urls": {"spotify": f"{WEB}/{kind}/{object_id}"},
            "href": f"{self.api_url}/{kind}s/{object_id}",
            "id": object_id,
            "type": kind,
            "uri": f"spotify:{kind}:{object_id}",
        }

    def _images(self, sizes: tuple[tuple[str, int], ...], owner_id: str) -> list[Json]:
        return [
            {"url": self._image_url(prefix, owner_id), "width": size, "height": size}
            for prefix, size in sizes
        ]

    def _image_url(self, prefix: str, owner_id: str) -> str:
        return f"{self.api_url.removesuffix('/v1')}/image/{image_key(prefix, owner_id)}"
