"""What each field is called in words: the noun that an order goes by, and the clause of a condition, which stands behind "tracks": `played {}`.

A clause fits one track as well as several. Fields with options are named without them here.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """`clause`: with {} for what is said of the value. `unit`: what a number counts, as one of it, or %. `zero`: the clause where it is exactly 0."""

    noun: str
    clause: str = ""
    unit: str = ""
    zero: str = ""


@dataclass(frozen=True)
class TextsWords(Words):
    """Of a list of texts. `clause`: with the names of one of them behind it; `one`: what one of them is, `before`: what leads to it."""

    before: str = ""
    one: str = ""


_TIME, _TRACK, _PLAY = "time", "track", "play"
_TOP = "with a rank number of {} in your top tracks of the last "
_GAIN = "with a rise of {} "

TEXT_NOUNS = {
    "title": "title",
    "clean_title": "title without remaster notes and guests",
    "track_id": "Spotify id",
    "isrc": "recording code (ISRC)",
    "recording_key": "key of the recording",
    "restriction_reason": "reason for not being playable",
    "main_artist": "main artist",
    "album": "album",
    "album_type": "kind of album",
    "release_precision": "precision of the release date",
    "label": "record label",
    "last_context": "context of the last play",
    "dominant_daypart": "favourite part of the day",
}
# What a yes says, and, where `not` before it does not do, what a no says.
YES_NO = {
    "explicit": ("marked as explicit", ""),
    "is_playable": ("playable in your country", ""),
    "is_feature": ("with a guest", "without a guest"),
    "album_saved": ("on an album that you saved", ""),
    "liked": ("liked", ""),
    "in_library": ("in your library", ""),
    "artist_followed": ("by an artist that you follow", "by no artist that you follow"),
}
NUMBERS = {
    "disc_number": Words("disc number", "with a disc number of {}"),
    "track_number": Words("track number", "with a track number of {}"),
    "position_in": Words("place", "with a place of {}"),
    "popularity": Words("popularity", "with a popularity of {}"),
    "artist_count": Words("number of artists", "with {}", "credited artist"),
    "release_age": Words("number of days since the release", "released {} ago", "day"),
    "album_total_tracks": Words("number of tracks on the album", "on an album of {}", _TRACK),
    "playlist_count": Words(
        "number of your playlists that it is in",
        "in {} of your own",
        "playlist",
        "in no playlist of your own",
    ),
    "artist_play_count": Words(
        "play count of its artist",
        "whose main artist was played {}",
        _TIME,
        "whose main artist was never played",
    ),
    "artist_plays_in": Words(
        "number of plays of its artist",
        "whose main artist was played {}",
        _TIME,
        "whose main artist was not played",
    ),
    "artist_liked_count": Words(
        "number of liked tracks of its artist", "whose main artist has {} that you like", _TRACK
    ),
    "artist_track_count": Words(
        "number of tracks of its artist in your library", "whose main artist has {} in your library", _TRACK
    ),
    "album_play_count": Words(
        "play count of its album", "whose album was played {}", _TIME, "whose album was never played"
    ),
    "album_plays_in": Words(
        "number of plays of its album", "whose album was played {}", _TIME, "whose album was not played"
    ),
    "album_completion": Words("part of the album that you played", "on an album of which you played {}", "%"),
    "album_liked_share": Words("part of the album that you like", "on an album of which you like {}", "%"),
    "play_count": Words("play count", "played {}", _TIME, "never played"),
    "plays_in": Words("number of plays", "played {}", _TIME, "not played"),
    "days_since_played": Words("number of days since the last play", "last played {} ago", "day"),
    "avg_completion": Words("part that is heard on average", "of which you heard {} on average", "%"),
    "skip_count": Words("number of skips", "skipped {}", _TIME, "never skipped"),
    "skip_rate": Words("share of skips", "skipped in {} of the times that it began", "%"),
    "skips_in": Words("number of skips", "skipped {}", _TIME, "not skipped"),
    "distinct_days": Words("number of days with a play", "played on {}", "day", "played on no day"),
    "plays_on_this_day": Words(
        "number of plays on this day in earlier years",
        "played {} on this day in earlier years",
        _TIME,
        "not played on this day in earlier years",
    ),
    "trend": Words("rise of plays", f"{_GAIN}in the last 30 days over the 30 before", _PLAY),
    "weekend_share": Words("share of weekends in its plays", "with {} of the plays at weekends", "%"),
    "top_rank_short": Words("rank of the last 4 weeks", f"{_TOP}4 weeks"),
    "top_rank_medium": Words("rank of the last 6 months", f"{_TOP}6 months"),
    "top_rank_long": Words("rank of the last year", f"{_TOP}year"),
    "top_rank_change": Words(
        "change of rank within a week", f"{_GAIN}in your top tracks within a week", "place"
    ),
    "weeks_in_top": Words("number of weeks among your top tracks", "among your top tracks in {}", "week"),
}
DURATIONS = {
    "duration": Words("length", "{} long"),
    "listened": Words("time heard", "heard for {} in total"),
}
# The values are whole phrases: `the year 1994`, `the 1990s`.
YEARS = {"year": "release year", "decade": "decade"}
DATES = {
    "unavailable_since": Words("day on which it became unavailable", "that became unavailable {}"),
    "release_date": Words("release date", "released {}"),
    "album_saved_at": Words("date on which the album was saved", "on an album that you saved {}"),
    "liked_at": Words("date of the like", "liked {}"),
    "added_at": Words("date added to your library", "added to your library {}"),
    "removed_at": Words("date removed from your library", "removed from your library {}"),
    "added_to_playlist_at": Words("date last added to a playlist", "last added to a playlist of yours {}"),
    "added_to": Words("date added", "added {}"),
    "artist_first_played": Words("first play of its artist", "whose main artist was first played {}"),
    "artist_last_played": Words("last play of its artist", "whose main artist was last played {}"),
    "album_last_played": Words("last play of its album", "whose album was last played {}"),
    "first_played": Words("first play", "first played {}"),
    "last_played": Words("last play", "last played {}"),
    "last_skipped": Words("last skip", "last skipped {}"),
    "peak_month": Words("month with the most plays", "with the most plays {}"),
}
TEXTS = {
    "artist": TextsWords("artist", "by", before="by", one="artist"),
    "album_artist": TextsWords("album artist", "on an album by", before="on an album by", one="artist"),
    "sources": TextsWords("source", "known from", before="known from", one="source"),
    "playlists": TextsWords("playlist", "in your playlist", before="in", one="playlist of yours"),
    "added_by": TextsWords(
        "account that added it", "added to a playlist by", before="added to a playlist by", one="account"
    ),
    "genres": TextsWords("genre", "of the genre", before="of", one="genre"),
    "play_source": TextsWords(
        "source of its plays", "with plays known from", before="with plays known from", one="source"
    ),
}
LISTS = {"artist_in": "by an artist in the list", "playlist": "in the list"}
_OTHERS = {"random": "chance", "artist_in": "list that its artist is in", "playlist": "list that it is in"}
NOUNS: dict[str, str] = {
    **TEXT_NOUNS,
    **{name: f"whether it is {yes}" for name, (yes, _) in YES_NO.items()},
    **{name: words.noun for name, words in (NUMBERS | DURATIONS | DATES | TEXTS).items()},
    **YEARS,
    **_OTHERS,
}
