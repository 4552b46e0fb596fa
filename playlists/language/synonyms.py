"""Words of other languages and tools, and what they are called here; used for hints in messages only.

People bring words from Navidrome, iTunes, MusicBee, Plex, beets, Kodi, Smarter Playlists, Spotify's API and SQL. A hint
never changes the meaning: a word has none where ours means something else, and a negated word is never taken for a
misspelt one that is not. What one word cannot say is written out: `play_count: 0` for `unplayed`.
"""

import difflib
import re
from collections.abc import Collection, Mapping
from enum import Enum

from playlists.language.kinds import OF_LISTS, Kind

NOT_GIVEN = "Spotify does not give it (any more)"


class Words(Enum):
    """A place in a document where only certain words may stand."""

    GROUP = "group"  # all, any, none
    FIELD = "field"  # of a condition or an order
    OPERATOR = "operator"  # behind a field, with its options
    OPTION = "option"  # a key of a definition, a block, or of an option with keys of its own
    CHOICE = "choice"  # one of a few words as a value


_EQUAL = "eq is on any_is in"
_NOT_EQUAL = "ne is_not not_on none_is not_in"
_MORE = "gt after count_gt"
_LESS = "lt before count_lt"
# Dates have no "at least": `after: 2026` begins with 2027.
_SINCE = "gte count_gte before={between: [2026-05-01, today]}"
_UNTIL = "lte count_lte before={between: [1000, 2026-05-01]}"

# For each place: words that people write → what they may stand for here. The first that is known in the place is taken.
# `known=text`, at the end: what to write where no single word will do, in places where that word is known.
_TABLE: Mapping[Words, tuple[tuple[str, str], ...]] = {
    Words.GROUP: (
        ("and && all_of every each must match_all matchall conjunction satisfies_all", "all"),
        ("or || any_of some either one_of at_least_one should match_any matchany disjunction", "any"),
        ("not ! none_of neither nor no except must_not exclude without nobody", "none"),
    ),
    Words.FIELD: (
        ("play plays count playcount times_played play_counter viewcount listens scrobbles", "play_count"),
        ("name track track_name song song_title track_title", "title"),
        ("length time duration_ms tracklength playtime total_time", "duration"),
        ("added date_added dateadded addedat time_added", "added_at"),
        ("genre genres artist_genre", "genres"),
        ("artists artist artist_name performer", "artist main_artist"),
        ("playlists playlist sources play_source", ""),  # of an order, which has no such field
        ("first_artist primary_artist", "main_artist"),
        ("albumartist album_artists band", "album_artist main_artist"),
        ("album_name album_title", "album"),
        ("saved album_loved albumloved", "album_saved"),
        ("albumdateloved albumdateadded date_saved", "album_saved_at"),
        ("loved love favourite favorite favourited starred hearted heart is_liked is_loved", "liked"),
        ("unliked disliked not_liked unloved not_loved", "liked=liked: no"),
        ("dateloved date_loved date_liked date_favorited starred_at", "liked_at"),
        ("played lastplayed last_listened lastviewedat last_view played_at last_play_date", "last_played"),
        ("never_played unplayed not_played unheard never never_heard", "play_count=play_count: 0"),
        ("firstplayed first_listened first_play_date", "first_played"),
        ("released date releasedate original_date originaldate originallyavailableat", "release_date"),
        ("releaseyear originalyear original_year release_year", "year"),
        ("compilation is_compilation", "album_type=album_type: compilation"),
        ("albumtype releasetype release_type", "album_type"),
        ("tracktotal albumtotal album_song_count albumsongcount total_tracks", "album_total_tracks"),
        ("tracknumber track_no track#", "track_number"),
        ("discnumber disc disc_no", "disc_number"),
        ("explicitstatus is_explicit advisory", "explicit"),
        ("playable available is_available", "is_playable"),
        ("unplayable unavailable missing not_available", "is_playable=is_playable: no"),
        ("skips skipcount skipped", "skip_count"),
        ("followed artist_loved artistloved following", "artist_followed"),
        ("artistplaycount artist_plays", "artist_play_count"),
        ("artistlastplayed", "artist_last_played"),
        ("albumplaycount album_plays", "album_play_count"),
        ("albumlastplayed", "album_last_played"),
        ("recordlabel record_label publisher", "label"),
        ("inplaylist in_playlist in_list playlist_name list", "playlist"),
        ("notinplaylist not_in_playlist", "playlist=playlist: {not_in: NAME}"),
        ("plays_within plays_in_last recent_plays plays_since", "plays_in"),
        ("skips_within skips_in_last recent_skips skips_since", "skips_in"),
        ("lastskipped last_skip last_skip_date skipped_at skip_date", "last_skipped"),
        ("addedby added_by_user contributor", "added_by"),
        ("removedat removed unliked_at left_library_at", "removed_at"),
        ("top_rank top top_tracks in_top rank chart_position", "top_rank_short"),
        ("random rand rand() shuffled shuffle chance", "random"),
    ),
    Words.OPERATOR: (
        ("> gt greater greater_than more more_than over above longer_than isgreaterthan", _MORE),
        ("< lt less less_than fewer_than under below shorter_than islessthan", _LESS),
        (">= => ≥ gte ge at_least min minimum greater_than_or_equal since from starting", _SINCE),
        ("<= =< ≤ lte le at_most max maximum less_than_or_equal until till to up_to", _UNTIL),
        ("= == === := eq equals equal equal_to is on exactly", _EQUAL),
        (
            "!= <> ≠ ne neq not not_equal not_equals not_equal_to is_not isnt not_is not_on differs",
            f"{_NOT_EQUAL} is={{is: no}} in place of {{is_not: yes}}",
        ),
        ("older_than not_within not_last not_in_the_last isnotinthelast", "not_in_last"),
        ("newer_than within last in_last in_the_last isinthelast past", "in_last window"),
        ("after later_than", "after gt"),
        ("before earlier_than prior_to", "before lt"),
        ("range in_the_range inrange in_range isintherange ..", "between"),
        ("not_in_the_range not_in_range notinrange outside", "not_between"),
        ("in one_of any any_of any_is is_in is_any_of in_playlist", "in any_is"),
        ("not_in none none_of none_is not_any is_none_of not_in_playlist", "not_in none_is"),
        ("all all_of every only", "all_are"),
        ("like ilike includes include has holds contains contain any_contains", "contains any_contains"),
        (
            "not_like excludes exclude has_not not_contains does_not_contain notcontain none_contains",
            "not_contains none_contains",
        ),
        ("regex regexp rlike match pattern matches any_matches ~ =~ ::", "matches any_matches"),
        ("begins_with starts_with starts beginning prefix", "starts_with"),
        ("ends_with ends ending suffix", "ends_with"),
        (
            "null none_given empty missing is_missing is_null is_empty isnull unknown never",
            "is_null is_empty",
        ),
        (
            "exists present is_present is_not_null is_not_empty not_null not_empty isnotnull known ever",
            "is_not_null is_not_empty",
        ),
        ("count number_of how_many", "count_eq"),
        ("top highest", "top_percent"),
        ("bottom lowest", "bottom_percent"),
        ("day_of_week dayofweek", "weekday weekdays"),
        ("days", "weekday weekdays"),
        ("hour time time_of_day", "hours"),
        ("daypart", "dayparts"),
        ("source", "sources"),
    ),
    Words.OPTION: (
        ("order", "dir by sort=sort: [{by: added_at, dir: desc}]"),
        ("order_by sort_by ordered_by sorted_by sorted sorting ordering sort_order", "sort dir by"),
        ("all and any or none not", "match=match: with all, any or none below it"),
        ("rules rule conditions condition filter filters where query criteria expression limit_to", "match"),
        ("title playlist playlist_name", "name"),
        ("comment about summary note notes desc info", "description dir"),
        ("source sources base library", "from"),
        (
            "count max max_tracks maximum size top first number tracks songs items length total",
            "limit count max_lists",
        ),
        ("limitpercent limit_percent percent percentage percents", "limit=limit: {percent: 10}"),
        (
            "minutes max_minutes max_duration max_playtime playtime playing_time duration time",
            "minutes limit=limit: {minutes: 90}",
        ),
        ("hours max_hours", "limit=limit: {hours: 2}"),
        ("percentage percents", "percent"),
        ("min minimum min_size at_least", "min_tracks"),
        ("skip start", "offset from"),
        ("random randomize randomise rand", "shuffle=shuffle: run"),
        ("max_per_artist tracks_per_artist artist_limit limit_per_artist artist_max", "per_artist"),
        ("max_per_album tracks_per_album album_limit limit_per_album album_max", "per_album"),
        ("separation separate artist_gap spacing artist_spacing separate_artists", "artist_separation"),
        ("interleave roundrobin alternate take_turns", "round_robin"),
        ("unique distinct dedup deduplicate de_dup duplicates", "dedupe"),
        ("include add plus merge concatenate", "union"),
        ("exclude except without subtract remove difference", "minus"),
        ("intersection common in_both", "intersect"),
        ("unplayable", "include_unplayable"),
        ("replacement alternatives twin replace_unplayable", "substitute"),
        ("update_mode output write", "mode"),
        ("keep keep_share", "keep_percent"),
        ("refreshdelay interval schedule frequency update live_updating liveupdating", "every refresh"),
        ("season seasons when dates period", "active"),
        ("days weekday day_of_week", "every weekdays"),
        ("guards safety protect", "guard"),
        ("foreach template group_by groupby per", "for_each"),
        ("private secret hidden", "public=public: no in place of private: yes"),
        ("collab shared", "collaborative"),
        ("auto automatic on_request enabled", "create"),
        ("field key column", "by"),
        ("direction way", "dir"),
        ("descending reverse reversed", "dir=dir: desc"),
        ("ascending asc", "dir=dir: asc"),
        ("null nulls_first nulls_last missing", "nulls"),
        ("weight weighted weighted_by weight_by", "by"),
        ("randomness", "strength=strength: 1 less the randomness"),
        ("gap distance_tracks apart", "distance"),
        ("max_removed max_percent max_change", "max_removed_percent"),
        ("not_empty allow_empty", "never_empty"),
        ("begin since", "from"),
        ("end until till", "to"),
        (
            "selected_by select_by chosen_by limit_by",
            "by sort=sort: [{by: play_count, dir: desc}]",
        ),
        ("times turns", "take"),
    ),
    Words.CHOICE: (
        ("ascending up increasing lowest_first oldest_first a_z", "asc"),
        ("descending down decreasing reverse highest_first newest_first z_a", "desc"),
        ("start top beginning", "first"),
        ("end bottom", "last"),
        ("everything all any catalog catalogue database all_tracks anything", "known"),
        ("mine collection my_library my_music", "library"),
        (
            "liked liked_songs favorites favourites saved",
            "liked library=from: library, and the condition liked: yes",
        ),
        ("overwrite swap update sync mirror exchange", "replace"),
        ("add extend grow accumulate", "append"),
        ("rolling cycle", "rotate"),
        ("dated snapshot history", "archive"),
        ("every_day day each_day", "daily day"),
        ("every_week week each_week", "weekly week"),
        ("every_month month each_month", "monthly month"),
        ("every_run each_run each_time always constantly yes true on", "always run twin at_once id"),
        ("random randomly chance", "run"),
        ("day daily today", "day"),
        ("week weekly", "week"),
        ("month monthly", "month"),
        ("never manual manually off no false by_hand on_demand", "on_request"),
        ("auto automatic automatically now", "at_once"),
        ("track track_id uri same_id", "id"),
        ("isrc song same_recording", "recording"),
        ("title name name_artist", "title_artist"),
        ("artists main_artist album_artist", "artist"),
        ("albums", "album"),
        ("genres", "genre"),
        ("years", "year"),
        ("decades", "decade"),
        ("move shuffle", "reorder"),
        ("remove skip omit", "drop"),
        ("interleave round_robin in_turns", "alternate"),
        ("concatenate one_after_another sequential append", "in_turn"),
        ("twins replacement", "twin"),
        ("noon midday lunch", "afternoon"),
        ("midnight late", "night"),
        ("dawn breakfast early", "morning"),
        ("dusk sunset", "evening"),
        ("ep", "single"),
        ("lp full_length studio", "album"),
        ("spotify recently_played", "api"),
        ("imported export extended_history file", "import"),
    ),
}
_FIELDS_NOT_GIVEN = (
    *("country", "rating", "stars", "userrating", "averagerating", "albumrating", "artistrating"),
    *("tempo", "bpm", "mood", "energy", "danceability", "key", "valence", "loudness", "acousticness"),
    *("instrumentalness", "liveness", "speechiness", "composer", "lyrics", "comment", "comments", "grouping"),
    *("bitrate", "bit_rate", "codec", "filetype", "filepath", "path", "file_size", "samplerate", "channels"),
    *("language", "daterated", "datemodified", "hascoverart"),
)
_UNTRANSLATED = (
    "what another tool asks for, and nothing here; take it out, or write something else in its place"
)
# What people look for among the options of a definition → where it is found.
_ELSEWHERE = {
    "id playlist_id uri url link href spotify_id": "./run generate_playlist SLUG --playlist LINK takes over a playlist that is "
    "there; its link is not written here",
    "slug file": "the slug is the name of the file",
    "cover image picture artwork": "a list keeps the cover that it has on Spotify",
    "user owner user_id": "the lists are those of the account that gave its consent",
    "version schema $schema": "the schema is named in a comment: # yaml-language-server: $schema=../definition.schema.json",
    "folder path": "Spotify tells nobody of folders",
    "untranslated": _UNTRANSLATED,
    "market country region": "the market is a setting of yours: docs/settings.md",
    "time_zone timezone tz": "the time zone is a setting of yours: docs/settings.md",
}
# What people look for among the fields → what stands in its place.
_NO_FIELDS = {
    "untranslated": _UNTRANSLATED,
    "is_local local local_files": "local files are in no list, as Spotify takes none",
    "excluded is_excluded exclusions": "what you exclude is in no list",
    "weekday weekdays day_of_week month months day_of_month": "days stand behind a date, added_at: {weekday: sat}, or count "
    "plays: plays_in: {weekdays: sat, gte: 1}",
    "hour hours time_of_day daypart dayparts": "hours count plays: plays_in: {hours: 6-12, gte: 1}",
    "upc ean album_upc": "the code of a release is not kept; that of a recording is isrc",
    "album_id artist_id artist_uri album_uri": "albums and artists are compared by their names",
}
_NO_VALUE = (
    "",
    "~",
    "null",
    "none",
    "nil",
    "nothing",
    "unknown",
    "n/a",
    "empty",
    "missing",
    "undefined",
    "na",
)
_NEVER = ("never", "not_yet", "no", "false", "not_played", "unplayed")
_EVER = ("ever", "yes", "true", "always", "once", "any", "anything", "known")
_YES_NO = {
    **dict.fromkeys(("1", "y", "yes", "true", "on", "t", "always", "ever", "public", "enabled"), "yes"),
    **dict.fromkeys(("0", "n", "no", "false", "off", "f", "never", "private", "secret", "disabled"), "no"),
}
_TRUE = ("true", "istrue", "yes", "isyes")
_FALSE = ("false", "isfalse", "no", "isno")
_LIKE_ENOUGH = 0.75  # `yaer` for year; `nope` is not none, nor `last` a playlist
_NEGATED = re.compile(
    r"(?:is_?|has_?|does_?|are_?|was_?)*(?:not|no|non|none|isnt|doesnt|never|un|without|exclu|except|ne$|neq$|!|<>|≠)"
)


def hint(words: Words, word: str, known: Collection[str]) -> str:
    """` (did you mean play_count?)`, ` (write play_count: 0)`, or nothing: what a word may stand for in its place.

    `known`: the words that may stand there.
    """
    name, text = _meant(words, word, known)
    if text:
        return f" (write {text})"
    return f" (did you mean {name}?)" if name else ""


def word_meant(words: Words, word: str, known: Collection[str]) -> str:
    """The known word that a word may stand for in its place; empty where there is none, or it takes more than a word."""
    name, text = _meant(words, word, known)
    return "" if text else name


def field_meant(text: str, known: Collection[str]) -> str:
    """The field that a text names; blanks, hyphens and underscores between its words do not matter. Empty: it names none.

    Of several words, a misspelt name is taken only for one of as many.
    """
    parts = re.findall(r"[^\s_-]+", text)
    if len(parts) > 1 and not targets_of(Words.FIELD, text):
        known = [name for name in known if name.count("_") == len(parts) - 1]
    return word_meant(Words.FIELD, "_".join(parts) or text, known)


def targets_of(words: Words, word: str) -> tuple[str, ...]:
    """Every word of ours that a word is said to stand for in a place, whether it may stand there or not."""
    return tuple(target.partition("=")[0] for target in _MEANT[words].get(_plain(word), ()))


def operator_of_sign(sign: str, known: Collection[str]) -> str:
    """The operator that a sign such as `>=` stands for; empty where there is none."""
    return word_meant(Words.OPERATOR, sign, known)


def hint_for_value(
    field: str,
    kind: Kind,
    operator: str,
    text: str,
    *,
    is_always_known: bool = False,
    has_options: bool = False,
) -> str:
    """How to write a condition whose value was meant as "no value", "never" or "ever"; else empty.

    `operator`: the word that the value stands behind. `is_always_known`: the field has no "no value". `has_options`: no
    value goes behind the field alone.
    """
    plain, is_negated = _plain(text), bool(_NEGATED.match(operator.casefold()))
    if kind in OF_LISTS or operator.startswith(("is_null", "is_not_null", "is_empty", "is_not_empty")):
        return ""
    if kind is Kind.YES_NO:
        said = _plain(operator)
        plain = "yes" if not plain and said in (*_TRUE, *_FALSE) else plain  # `{isTrue}`
        is_negated = said in _FALSE or is_negated
        meant = _yes_no_meant(field, plain, is_always_known=is_always_known, is_negated=is_negated)
        return f" (write {meant})" if meant else ""
    is_none, is_some = plain in _PLAIN_NONE, plain in _PLAIN_SOME
    if not is_none and not is_some:
        return ""
    is_absent = is_none is not is_negated
    if is_always_known and kind in (Kind.NUMBER, Kind.DURATION):
        zero, more = ("0", "{gte: 1}") if kind is Kind.NUMBER else ("0s", "{gt: 0s}")
        zero = f"{{eq: {zero}}}" if has_options else zero
        return f" (write {'' if has_options else f'{field}: '}{zero if is_absent else more})"
    absent, present = (
        ("is_empty", "is_not_empty") if kind in (Kind.TEXT, Kind.TEXTS) else ("is_null", "is_not_null")
    )
    return f" (write {field}: {{{absent if is_absent else present}: yes}})"


def _yes_no_meant(field: str, plain: str, *, is_always_known: bool, is_negated: bool) -> str:
    """`plain`: yes, no or a word for no value, in any language. A negated yes of what may be unknown is more than no."""
    meant = "unknown" if plain in _NO_VALUE else _YES_NO.get(plain, "")
    if meant == "unknown" and is_always_known:
        meant = "no"
    if not is_negated or not meant:
        return f"{field}: {meant}" if meant else ""
    if is_always_known:
        return f"{field}: {'no' if meant == 'yes' else 'yes'}"
    return f"none: [{{{field}: {meant}}}]"


def not_an_option(word: str) -> str:
    """What to do where a word names something that no option is for; empty for any other word."""
    return _BY_PLAIN_OPTION.get(_plain(word), "")


def not_a_field(word: str) -> str:
    """What to do where a word names something that no condition is for; empty for any other word."""
    return _BY_PLAIN_FIELD.get(_plain(word), "")


def yes_or_no_meant(text: str) -> str:
    """`yes` or `no` for a word of another language for it; empty for any other word."""
    return _YES_NO.get(_plain(text), "")


def is_not_given(word: str) -> bool:
    """Whether a word names a property of tracks that Spotify does not give, such as tempo."""
    return _plain(word) in _PLAIN_NOT_GIVEN


def _meant(words: Words, word: str, known: Collection[str]) -> tuple[str, str]:
    """The known word that is meant, and what to write in its place where that takes more than a word; empty: neither."""
    same = next((name for name in known if _plain(name) == _plain(word) and re.search(r"\w", word)), "")
    if same:
        return same, ""
    for target in _MEANT[words].get(_plain(word), ()):
        name, _, text = target.partition("=")
        if name in known:
            return name, text
    return ("" if _plain(word) in _MEANT[words] else _near(words, word, known)), ""


def _near(words: Words, word: str, known: Collection[str]) -> str:
    """The known word that is spelt most like this one, and is a negation where this one is."""
    by_folded = {name.casefold(): name for name in known}
    if words in (Words.GROUP, Words.OPERATOR, Words.FIELD):
        is_negated = bool(_NEGATED.match(word.casefold()))
        by_folded = {
            folded: name for folded, name in by_folded.items() if bool(_NEGATED.match(folded)) is is_negated
        }
    near = difflib.get_close_matches(word[:100].casefold(), by_folded, n=1, cutoff=_LIKE_ENOUGH)
    return by_folded[near[0]] if near else ""


def _plain(word: str) -> str:
    """The word without case, blanks and signs between its letters; a word of signs alone as it is."""
    return re.sub(r"[\W_]+", "", word.casefold()) or word.strip()


def _targets(written: str) -> tuple[str, ...]:
    """What a row of the table leads to; a text that is written out is the last, in one piece."""
    match = re.fullmatch(r"((?:\w+ )*)(\w+=.*)", written)
    return (*match[1].split(), match[2]) if match else tuple(written.split())


def _by_word(*tables: tuple[tuple[str, str], ...]) -> dict[str, tuple[str, ...]]:
    meant: dict[str, tuple[str, ...]] = {}
    for row, written in (entry for table in tables for entry in table):
        for word in row.split():
            meant[_plain(word)] = (*meant.get(_plain(word), ()), *_targets(written))
    return meant


_MEANT = {words: _by_word(rows) for words, rows in _TABLE.items()}
_MEANT[Words.FIELD] = _by_word(
    _TABLE[Words.FIELD], _TABLE[Words.GROUP]
)  # a group may stand where a field may
_BY_PLAIN_OPTION = {_plain(word): text for words, text in _ELSEWHERE.items() for word in words.split()}
_BY_PLAIN_FIELD = {_plain(word): text for words, text in _NO_FIELDS.items() for word in words.split()}
_PLAIN_NONE = frozenset(map(_plain, (*_NO_VALUE, *_NEVER)))
_PLAIN_SOME = frozenset(map(_plain, _EVER))
_PLAIN_NOT_GIVEN = frozenset(map(_plain, _FIELDS_NOT_GIVEN))
