"""Where the tracks of a program of Smarter Playlists come from; and its components, with their values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from playlists.importing.conditions import condition
from playlists.importing.draft import Lost
from playlists.importing.smarter_streams import Stream
from playlists.language.foreign_values import is_length_of_time
from playlists.language.texts import link_in
from playlists.language.times import span_meant

_TOP = {"short_term": "short", "medium_term": "medium", "long_term": "long"}


@dataclass(frozen=True)
class Component:
    """One component: what kind it is, and its values, sources among them."""

    kind: str
    values: Mapping[str, object]

    def text(self, name: str) -> str:
        """A value as text; empty where there is none."""
        value = self.values.get(name)
        return "" if value is None else str(value)

    def texts(self, name: str) -> list[str]:
        """A list of texts, or a single one as such a list."""
        value = self.values.get(name)
        return [str(one) for one in value] if isinstance(value, list) else [str(value)] if value else []

    def number(self, name: str, default: int) -> int:
        """A whole number."""
        try:
            return int(float(self.text(name) or default))
        except ValueError:
            return default

    def is_set(self, name: str, *, default: bool = False) -> bool:
        """Whether a value is true."""
        value = self.values.get(name)
        return default if value is None else value not in (False, 0, "", "false")

    @property
    def said(self) -> str:
        """The kind with its values, for people."""
        known = (
            "name",
            "uri",
            "artist",
            "title",
            "text",
            "attr",
            "min_val",
            "max_val",
            "match",
            "sample_size",
            "time",
        )
        shown = [f"{name} {self.values[name]}" for name in known if self.values.get(name) not in (None, "")]
        return f"{self.kind} {', '.join(shown)}".strip()


def _playlist(component: Component) -> Stream:
    """All tracks of a playlist, by its link or else its name. Its order, and when tracks came, are those of the list."""
    link = link_in(component.text("uri"))
    name = link.uri if link else component.text("name")
    order = {"by": "position_in", "playlist": name}
    stream = Stream({"playlist": {"in": [name]}}, {"sort": order}, is_all_known=True)
    for key, operator in (("tracks_added_since", "in_last"), ("tracks_added_before", "not_in_last")):
        text = component.text(key)
        if text in ("", "-1"):
            continue
        if is_length_of_time(text):
            stream = stream.with_condition(
                {"added_to": {"playlist": name, operator: span_meant(text) or text}}
            )
        else:
            what = f"{name}, {key.replace('_', ' ')} {text}"
            stream = stream.without(what, "it is no length of time; write added_to with after or before")
    return stream.noted(f"The playlist {name!r} has to be one of yours, or one that you follow.")


def _top_tracks(component: Component) -> Stream:
    field = f"top_rank_{_TOP.get(component.text('time_range'), 'medium')}"
    return Stream({field: {"is_not_null": True}}, {"sort": field}, is_all_known=True)


def _album(component: Component) -> Stream:
    if not component.text("title"):
        return Stream(Lost(component.said, "an album is named by its title and artist here, not by its link"))
    members = [condition(component.said, "album", "is", component.text("title"))]
    if component.text("artist"):
        members.append(condition(component.said, "album_artist", "is", component.text("artist")))
    return Stream({"all": members}, {"sort": ["disc_number", "track_number"]}, is_all_known=True)


def _tracks(component: Component) -> Stream:
    links = [link_in(uri) for uri in component.texts("uris")]
    if not links or any(link is None or link.kind != "track" for link in links):
        return Stream(Lost(component.said, "not each of the tracks is a link of a track"))
    ids = [link.spotify_id for link in links if link is not None]
    return Stream(condition(component.said, "track_id", "in", ids), is_all_known=True)


def _lost_source(why: str) -> Callable[[Component], Stream]:
    return lambda component: Stream(Lost(component.said, why))


_NOT_KNOWN = "only what is in your library, or was played, is known here"
SOURCES: Mapping[str, Callable[[Component], Stream]] = {
    "SpotifyPlaylist": _playlist,
    "PlaylistSource": _playlist,
    "RelativeDatedSpotifyPlaylist": _playlist,
    "DatedSpotifyPlaylist": _playlist,
    "MySavedTracks": lambda _: Stream({"liked": True}, {"sort": "liked_at desc"}),
    "MySavedAlbums": lambda _: Stream(
        {"album_saved": True}, {"sort": ["album_saved_at desc", "album", "disc_number", "track_number"]}
    ),
    "MyTopTracks": _top_tracks,
    "AlbumSource": _album,
    "TrackSource": _tracks,
    **dict.fromkeys(
        (
            "MyFollowedArtists",
            "ArtistTopTracks",
            "SpotifyArtistRadio",
            "EchoNestArtist",
            "EchoNestArtistRadio",
        ),
        _lost_source(_NOT_KNOWN),
    ),
    "EchoNestGenreRadio": _lost_source(_NOT_KNOWN),
    "TrackSourceByName": _lost_source(_NOT_KNOWN),
}
