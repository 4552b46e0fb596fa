"""What a file's base name says, without looking into it. Folders say nothing: people unpack into all kinds of them."""

import re
from enum import StrEnum


class Kind(StrEnum):
    """What a file is, by its shape; audio and video of the extended history differ by name only."""

    EXTENDED_AUDIO = "extended history, audio"
    EXTENDED_VIDEO = "extended history, video"
    ACCOUNT_MUSIC = "account data, music"
    ACCOUNT_PODCAST = "account data, podcasts"
    ACCOUNT_AUDIOBOOK = "account data, audiobooks"
    LASTFM_CSV = "Last.fm, CSV"
    LASTFM_JSON = "Last.fm, JSON"
    LISTENBRAINZ = "ListenBrainz"
    KOITO = "Koito"
    MALOJA = "Maloja"
    YOUR_SPOTIFY = "your_spotify"
    LIBRARY = "account data, library"
    PLAYLISTS = "account data, playlists"

    @property
    def is_history(self) -> bool:
        """It holds plays. The library and the playlists do not."""
        return self not in (Kind.LIBRARY, Kind.PLAYLISTS)


_COPY = r"(?: ?\(\d+\)| - copy| copy(?: \d+)?)*"  # as browsers and systems name a second one
_SPOTIFY = re.compile(
    r"(?:(?:streaming_history_(?:audio|video)(?:_\d{4}(?:-\d{4})?)?(?:_(?P<a>\d+))?)"
    r"|(?:end(?:song|video)(?:_(?P<b>\d+))?)"
    r"|(?:streaminghistory(?:_(?:music|podcast|audiobook|video)_)?(?P<c>\d*)))" + _COPY + r"\.json",
    re.IGNORECASE,
)
_LIBRARY = re.compile(r"(?:yourlibrary|playlist\d*)" + _COPY + r"\.json", re.IGNORECASE)
_OTHERS = re.compile(
    r"recenttracks.*\.(?:csv|json)|.*(?:last\.?fm|scrobbles).*\.(?:csv|json)|.*listenbrainz.*\.jsonl?|\d{1,2}\.jsonl"
    r"|(?:maloja|koito)_?export.*\.json|your_?spotify.*\.json|infos\.json",
    re.IGNORECASE,
)
_PERSONAL = re.compile(
    r"(?:userdata|user|identifiers|identity|useraddress|payments|inferences|searchqueries|marquee|follow|userprompts|wrapped\d*"
    r"|playlistinabottle|familyplan|duonewfamily|voiceinput|customerservicehistory|yoursoundcapsule|devices?|messagedata)"
    + _COPY
    + r"\.json",
    re.IGNORECASE,
)
_UNFINISHED = (".crdownload", ".part", ".partial", ".download", ".opdownload", ".tmp")


def base_name(path: str) -> str:
    """What follows the last separator; a zip that was made on Windows may have its own."""
    return path.replace("\\", "/").rsplit("/", 1)[-1]


def is_personal(name: str) -> bool:
    """A file that is never opened, whatever was asked for."""
    return bool(_PERSONAL.fullmatch(name))


def is_history_name(name: str) -> bool:
    """A history by its name, if its shape agrees."""
    return bool(_SPOTIFY.fullmatch(name) or _OTHERS.fullmatch(name)) and not is_personal(name)


def is_spotify_name(name: str) -> bool:
    """A history of Spotify's own by its name: whatever is in it else is a fault."""
    return bool(_SPOTIFY.fullmatch(name))


def is_library_name(name: str) -> bool:
    """The library or the playlists of the account data, if its shape agrees."""
    return bool(_LIBRARY.fullmatch(name))


def is_readable_name(name: str) -> bool:
    """A file that somebody may name, however it is called: JSON or CSV, and not personal."""
    return name.lower().endswith((".json", ".jsonl", ".csv")) and not is_personal(name)


def is_video_name(name: str) -> bool:
    """Of the two kinds of the extended history, the videos."""
    return name.lower().startswith(("streaming_history_video", "endvideo"))


def is_zip_name(name: str) -> bool:
    """A zip, by its name."""
    return name.lower().endswith(".zip")


def is_spotify_zip_name(name: str) -> bool:
    """`my_spotify_data.zip`, also a second or unfinished one."""
    return "spotify" in name.lower() and ".zip" in name.lower()


def is_unfinished(name: str) -> bool:
    """What a browser calls a download that has not ended."""
    return name.lower().endswith(_UNFINISHED)


def natural(name: str) -> list[tuple[int, str]]:
    """To sort names by, with the numbers in them as numbers."""
    return [(int(digits or -1), word.lower()) for word, digits in re.findall(r"([^0-9]*)([0-9]{0,18})", name)]


def number_of(name: str) -> int:
    """The number by which Spotify's files go on; -1 where there is none. The names themselves do not sort in time order."""
    found = _SPOTIFY.fullmatch(name)
    digits = next(filter(None, found.groups()), "") if found else ""
    return int(digits) if digits else -1
