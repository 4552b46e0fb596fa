"""The fields of the language, each with the SQL that gives its value for the track `u`.

Texts are folded. A list of texts is never NULL; every other value is NULL where it is not known. `sources.SOURCES` names the FROM
items; a field with options brings its own (playlists/selection/window.py), for each combination of them.
"""

from playlists.language.kinds import OF_LIST, Field, Kind, Takes

_WINDOW = (
    ("window", Takes.SPAN),
    ("from", Takes.DAY),
    ("to", Takes.DAY),
    ("weekdays", Takes.WEEKDAYS),
    ("hours", Takes.HOURS),
    ("dayparts", Takes.DAYPARTS),
    ("sources", Takes.SOURCES),
    ("context", Takes.CONTEXTS),
)
_ENDS = (("first", Takes.COUNT), ("last", Takes.COUNT))
_OF_LIST = (("playlist", Takes.LISTS),)
_COUNT_OF_WINDOW = "COALESCE({window}.plays, 0)"


def _day_in_zone(moment: str) -> str:
    return f"({moment} AT TIME ZONE %(zone)s)::date"


_TRACK = (
    Field("title", Kind.TEXT, "The track's title.", "c.title", "catalogue"),
    Field(
        "clean_title", Kind.TEXT, "The title without remaster notes and guests.", "c.clean_title", "catalogue"
    ),
    Field("track_id", Kind.TEXT, "Spotify's id of the track.", "fold_text(u.track_id)"),
    Field("isrc", Kind.TEXT, "The code of the recording, where Spotify gives it.", "fold_text(u.isrc)"),
    Field(
        "recording_key",
        Kind.TEXT,
        "The same for all releases of a recording: the code, else title and main artist.",
        "COALESCE('isrc ' || fold_text(u.isrc), c.title || ' / ' || c.artist_texts[1])",
        "catalogue",
    ),
    Field("duration", Kind.DURATION, "How long the track is.", "u.duration_ms"),
    Field("explicit", Kind.YES_NO, "Whether it is marked as explicit.", "u.explicit"),
    Field(
        "disc_number",
        Kind.NUMBER,
        "The disc of the album that it is on.",
        "COALESCE(pl.disc_number, pc.disc_number)",
        "place",
    ),
    Field(
        "track_number",
        Kind.NUMBER,
        "Its place on the disc.",
        "COALESCE(pl.track_number, pc.track_number)",
        "place",
    ),
    Field("is_playable", Kind.YES_NO, "Whether it can be played in your country.", "u.is_playable"),
    Field(
        "restriction_reason",
        Kind.TEXT,
        "Why it cannot be played: market, product or explicit.",
        "fold_text(av.restriction_reason)",
        "availability",
    ),
    Field(
        "unavailable_since",
        Kind.MOMENT,
        "When a track that could be played was first seen not to be.",
        "CASE WHEN av.is_playable IS FALSE THEN av.changed_at END",
        "availability",
    ),
    Field(
        "popularity", Kind.NUMBER, "From 0 to 100, where Spotify still gives it.", "c.popularity", "catalogue"
    ),
)
_CREDITS = (
    Field(
        "artist",
        Kind.TEXTS,
        "Every credited artist's name.",
        "COALESCE(c.artist_texts, '{}')",
        "catalogue",
        can_sort=False,
    ),
    Field("main_artist", Kind.TEXT, "The first credited artist's name.", "c.artist_texts[1]", "catalogue"),
    Field(
        "album_artist",
        Kind.TEXTS,
        "The names of the album's artists.",
        "COALESCE(ac.artist_texts, '{}')",
        "album_catalogue",
        can_sort=False,
    ),
    Field(
        "artist_count",
        Kind.NUMBER,
        "How many artists are credited.",
        "COALESCE(cardinality(u.artist_ids), 0)",
    ),
    Field(
        "is_feature",
        Kind.YES_NO,
        "Whether there is a guest: more than one artist is credited, or the title says feat.",
        "c.has_guest",
        "catalogue",
    ),
)
_ALBUM = (
    Field("album", Kind.TEXT, "The album's title.", "ac.album", "album_catalogue"),
    Field("album_type", Kind.TEXT, "album, single or compilation.", "fold_text(u.album_type)"),
    Field(
        "release_date",
        Kind.DAY,
        "The day that the album came out; the first of them where only the year or month is known.",
        "ac.released",
        "album_catalogue",
    ),
    Field(
        "year",
        Kind.NUMBER,
        "The year that the album came out.",
        "EXTRACT(year FROM ac.released)::integer",
        "album_catalogue",
    ),
    Field(
        "decade",
        Kind.NUMBER,
        "Its decade: 1990, 1990s or 90s.",
        "EXTRACT(year FROM ac.released)::integer / 10 * 10",
        "album_catalogue",
        is_decade=True,
    ),
    Field(
        "release_precision",
        Kind.TEXT,
        "What is known of the release date: day, month or year.",
        "ac.release_precision",
        "album_catalogue",
    ),
    Field(
        "release_age",
        Kind.NUMBER,
        "Days since the album came out; below 0 before that.",
        "%(today)s::date - ac.released",
        "album_catalogue",
    ),
    Field(
        "album_total_tracks",
        Kind.NUMBER,
        "How many tracks the album has.",
        "ac.total_tracks",
        "album_catalogue",
    ),
    Field(
        "label", Kind.TEXT, "The record label, where Spotify still gives it.", "ac.label", "album_catalogue"
    ),
    Field("album_saved", Kind.YES_NO, "Whether you saved the album.", "sa.album_id IS NOT NULL", "saved"),
    Field("album_saved_at", Kind.MOMENT, "When you saved the album.", "sa.added_at", "saved"),
)
_LIBRARY = (
    Field("liked", Kind.YES_NO, "Whether you like the track.", "u.is_liked"),
    Field("liked_at", Kind.MOMENT, "When you liked it.", "u.liked_at"),
    Field(
        "added_at",
        Kind.MOMENT,
        "When it came into your library: the earliest of like, save and addition to a playlist.",
        "u.added_at",
    ),
    Field(
        "removed_at",
        Kind.MOMENT,
        "When it left your likes, saved albums and own lists; nothing of what is there. In lists `from: known`.",
        "de.removed_at",
        "departures",
    ),
    Field("in_library", Kind.YES_NO, "Whether it is in your library.", "l.track_id IS NOT NULL", "library"),
    Field(
        "sources",
        Kind.TEXTS,
        "Where it is known from: liked, album, playlist, and history for what was played.",
        "COALESCE(l.sources, '{}') || CASE WHEN u.play_count > 0 THEN ARRAY['history'] ELSE '{}' END",
        "library",
        can_sort=False,
    ),
    Field(
        "playlists",
        Kind.TEXTS,
        "The names of your own playlists that it is in, without smart playlists.",
        "COALESCE(li.names, '{}')",
        "playlists",
        can_sort=False,
    ),
    Field(
        "playlist_count",
        Kind.NUMBER,
        "How many of them there are.",
        "COALESCE(li.playlist_count, 0)",
        "playlists",
    ),
    Field(
        "added_to_playlist_at",
        Kind.MOMENT,
        "When it was last added to one of them.",
        "li.added_at",
        "playlists",
    ),
    Field(
        "added_by",
        Kind.TEXTS,
        "Spotify's names of the accounts that added it to one of them, or their links.",
        "COALESCE(ad.added_by, '{}')",
        "adders",
        can_sort=False,
    ),
    Field(
        "artist_in",
        Kind.ARTISTS,
        "Lists that hold a track of any of the credited artists, named as for `playlist`.",
        "COALESCE(u.artist_ids, '{}')",
        options=_ENDS,
        can_sort=False,
    ),
    Field(
        "playlist",
        Kind.PLAYLIST,
        "Other lists: smart playlists by their slug, other playlists by link or name.",
        "u.track_id",
        options=_ENDS,
        can_sort=False,
    ),
    Field(
        "position_in",
        Kind.NUMBER,
        "Its place in a list, from 1; of several lists the first of its places.",
        "{window}.place",
        OF_LIST,
        options=_OF_LIST,
        option="playlist: NAME",
    ),
    Field(
        "added_to",
        Kind.MOMENT,
        "When it was added to a list; to several, the last time.",
        "{window}.added_at",
        OF_LIST,
        options=_OF_LIST,
        option="playlist: NAME",
    ),
)
_ARTIST = (
    Field(
        "artist_followed",
        Kind.YES_NO,
        "Whether you follow any of the credited artists.",
        "fo.track_id IS NOT NULL",
        "followed",
    ),
    Field(
        "genres",
        Kind.TEXTS,
        "The genres of all credited artists, where Spotify gives them.",
        "COALESCE(c.genre_texts, '{}')",
        "catalogue",
        can_sort=False,
    ),
    Field(
        "artist_play_count", Kind.NUMBER, "Plays of the main artist.", "COALESCE(ar.play_count, 0)", "artist"
    ),
    Field(
        "artist_plays_in",
        Kind.NUMBER,
        "Plays of the main artist, of a time as `plays_in` has it.",
        _COUNT_OF_WINDOW,
        "artist",
        options=_WINDOW,
        option="window: 30d",
    ),
    Field(
        "artist_first_played",
        Kind.MOMENT,
        "When you first played the main artist.",
        "ar.first_played_at",
        "artist",
    ),
    Field(
        "artist_last_played",
        Kind.MOMENT,
        "When you last played the main artist.",
        "ar.last_played_at",
        "artist",
    ),
    Field(
        "artist_liked_count",
        Kind.NUMBER,
        "How many tracks of the main artist you like.",
        "COALESCE(ar.liked_count, 0)",
        "artist",
    ),
    Field(
        "artist_track_count",
        Kind.NUMBER,
        "How many tracks of the main artist are in your library.",
        "COALESCE(ar.track_count, 0)",
        "artist",
    ),
)
_ALBUM_LEVEL = (
    Field(
        "album_play_count",
        Kind.NUMBER,
        "Plays of all tracks of the album.",
        "COALESCE(al.play_count, 0)",
        "album",
    ),
    Field(
        "album_plays_in",
        Kind.NUMBER,
        "Plays of all tracks of the album, of a time as `plays_in` has it.",
        _COUNT_OF_WINDOW,
        "album",
        options=_WINDOW,
        option="window: 30d",
    ),
    Field(
        "album_last_played",
        Kind.MOMENT,
        "When any track of the album was last played.",
        "al.last_played_at",
        "album",
    ),
    Field(
        "album_completion",
        Kind.NUMBER,
        "How many percent of all the album's tracks you ever played.",
        "al.completion",
        "album",
    ),
    Field(
        "album_liked_share",
        Kind.NUMBER,
        "How many percent of all the album's tracks you like.",
        "al.liked_share",
        "album",
    ),
)
_PLAYS = (
    Field(
        "play_count",
        Kind.NUMBER,
        "How often you played it: 30 seconds or more, or to its end (`plays.counted_from_seconds`).",
        "u.play_count",
    ),
    Field(
        "plays_in",
        Kind.NUMBER,
        "Plays of a time, of days of the week, of hours of the day, or from a playlist, album or artist.",
        _COUNT_OF_WINDOW,
        "plays",
        options=_WINDOW,
        option="window: 30d",
    ),
    Field("first_played", Kind.MOMENT, "When you first played it.", "u.first_played_at"),
    Field("last_played", Kind.MOMENT, "When you last played it.", "u.last_played_at"),
    Field(
        "days_since_played",
        Kind.NUMBER,
        "Days since you last played it.",
        f"%(today)s::date - {_day_in_zone('u.last_played_at')}",
    ),
    Field("listened", Kind.DURATION, "How long you listened to it, in total.", "u.total_ms_played"),
    Field(
        "avg_completion",
        Kind.NUMBER,
        "How many percent of it you heard, on average.",
        "p.avg_completion",
        "plays",
    ),
    Field("skip_count", Kind.NUMBER, "How often you heard less than 30 % of it.", "u.skip_count"),
    Field(
        "skip_rate",
        Kind.NUMBER,
        "How many percent of the times that it began you skipped it.",
        "round(100.0 * p.skip_count / NULLIF(p.heard_count, 0), 1)",
        "plays",
    ),
    Field("last_skipped", Kind.MOMENT, "When you last heard less than 30 % of it.", "sk.skipped_at", "skips"),
    Field(
        "skips_in",
        Kind.NUMBER,
        "Skips of a time, of days of the week, of hours of the day, or from a playlist, album or artist.",
        _COUNT_OF_WINDOW,
        "skips",
        options=_WINDOW,
        option="window: 30d",
    ),
    Field(
        "distinct_days",
        Kind.NUMBER,
        "On how many days you played it.",
        "COALESCE(p.distinct_days, 0)",
        "plays",
    ),
    Field(
        "plays_on_this_day",
        Kind.NUMBER,
        "Plays on today's day and month in earlier years.",
        "COALESCE(td.plays, 0)",
        "this_day",
    ),
    Field(
        "last_context",
        Kind.TEXT,
        "What the last play was part of, as a URI: spotify:playlist:…",
        "fold_text(lp.context_uri)",
        "last_play",
    ),
    Field(
        "play_source",
        Kind.TEXTS,
        "Where its plays are known from: api, or import for an imported history.",
        "COALESCE(p.play_sources, '{}')",
        "plays",
        can_sort=False,
    ),
    Field(
        "trend",
        Kind.NUMBER,
        "Plays of the last 30 days, less those of the 30 days before.",
        "COALESCE(tr.trend, 0)",
        "trend",
    ),
    Field(
        "peak_month",
        Kind.DAY,
        "The month with the most plays of it, by its first day; the latest of several.",
        "p.peak_month",
        "plays",
    ),
    Field(
        "dominant_daypart",
        Kind.TEXT,
        "When you play it most: night (from 0:00), morning (6:00), afternoon (12:00) or evening (18:00).",
        "p.dominant_daypart",
        "plays",
    ),
    Field(
        "weekend_share",
        Kind.NUMBER,
        "How many percent of its plays are on Saturdays and Sundays.",
        "p.weekend_share",
        "plays",
    ),
)
_TOPS = (
    Field(
        "top_rank_short",
        Kind.NUMBER,
        "Its place in your top tracks of the last 4 weeks.",
        "tp.rank_short",
        "top",
    ),
    Field(
        "top_rank_medium",
        Kind.NUMBER,
        "Its place in your top tracks of the last 6 months.",
        "tp.rank_medium",
        "top",
    ),
    Field(
        "top_rank_long", Kind.NUMBER, "Its place in your top tracks of the last year.", "tp.rank_long", "top"
    ),
    Field(
        "top_rank_change",
        Kind.NUMBER,
        "By how many places it rose in the top tracks of 4 weeks within a week; below 0 it fell.",
        "tb.rank_before - tb.rank",
        "top_before",
    ),
    Field(
        "weeks_in_top",
        Kind.NUMBER,
        "In how many weeks it was among the top tracks of 4 weeks.",
        "COALESCE(tw.weeks, 0)",
        "top_weeks",
    ),
)
FIELDS: dict[str, Field] = {
    field.name: field
    for group in (_TRACK, _CREDITS, _ALBUM, _LIBRARY, _ARTIST, _ALBUM_LEVEL, _PLAYS, _TOPS)
    for field in group
}
OF_USERS = ("added_by",)  # their texts are ids of accounts, and may be written as links
# Fields that explanations look at, and definitions cannot name: exclusions always apply.
HIDDEN: dict[str, Field] = {
    "excluded": Field("excluded", Kind.YES_NO, "Whether it is in your playlist of exclusions.", "u.excluded")
}
