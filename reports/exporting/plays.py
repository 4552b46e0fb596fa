"""The plays to write, as the database has them: one row after the other, in little memory however many there are."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from psycopg2.extensions import connection as Connection

from utils.database.statements import statement

ROWS_AT_ONCE = 2_000  # that come from the server together
LISTENED_MS = 30_000  # heard for so long it counts, as at Spotify
TRACK, EPISODE, AUDIOBOOK = "track", "episode", "audiobook"
# Tools that keep when a play began, or do not say; the others give when it ended.
_OF_SPOTIFY = frozenset({"api", "export", "both", "account_data", "your_spotify"})
_WITHOUT_LENGTH = frozenset({"api", "your_spotify"})  # an end, and not how long was heard
_URI = "spotify:"


class Play(NamedTuple):
    """A play, or an episode or chapter that was listened to. Columns as `export.plays` has them; moments are aware."""

    kind: str  # track, episode, audiobook
    played_at: datetime
    item_key: str
    part: int
    started_at: datetime | None  # where that is not ms_played before played_at
    ms_played: int | None
    ms_since_previous: int | None
    duration_ms: int | None
    isrc: str | None
    name: str | None
    artists: list[str | None] | None  # as credited
    artist_ids: list[str] | None
    given_artist: str | None  # as an export or another tool names it: of an episode, its author
    album: str | None  # of an episode the show, of a chapter the audiobook
    album_id: str | None
    source: str
    also_in: list[str] | None
    context_uri: str | None
    reason_start: str | None
    reason_end: str | None
    skipped: bool | None
    shuffle: bool | None
    offline: bool | None
    incognito_mode: bool | None
    stamped_at: datetime | None
    api_played_at: datetime | None
    api_item_key: str | None

    @property
    def uri(self) -> str | None:
        """Spotify's, where it is known."""
        return self.item_key if self.item_key.startswith(_URI) else None

    @property
    def artist_names(self) -> list[str]:
        """The credits; where there are none, the artist that a file has named."""
        credited = [name for name in self.artists or () if name]
        return credited or ([self.given_artist] if self.given_artist else [])

    @property
    def sources(self) -> list[str]:
        """All that tell of this play, the one that its row is of first."""
        first = ["export", "api"] if self.source == "both" else [self.source]
        return [*first, *(self.also_in or ())]

    @property
    def is_of_spotify(self) -> bool:
        """It was played at Spotify, as far as is known."""
        return self.source in _OF_SPOTIFY or self.uri is not None

    @property
    def began_at(self) -> datetime | None:
        """When it began, where that is known."""
        if self.started_at is not None:
            return self.started_at
        return None if self.ms_played is None else self.played_at - timedelta(milliseconds=self.ms_played)

    @property
    def heard_ms(self) -> int | None:
        """How long was heard; inferred as in the view `play_facts`; None where nothing says it."""
        if self.ms_played is not None or self.source not in _WITHOUT_LENGTH or self.duration_ms is None:
            return self.ms_played
        return min(
            self.duration_ms, self.duration_ms if self.ms_since_previous is None else self.ms_since_previous
        )

    @property
    def listened_at(self) -> datetime:
        """When it began, for the tools that keep that one moment: known, else inferred, else the moment that is known."""
        return self.began_at or self.played_at - timedelta(milliseconds=self.heard_ms or 0)

    @property
    def is_listen(self) -> bool:
        """Heard for 30 seconds or half of its length, or a scrobble, of which nothing says how long."""
        heard = self.heard_ms
        return (
            heard is None
            or heard >= LISTENED_MS
            or (self.duration_ms is not None and 2 * heard >= self.duration_ms)
        )


def read_plays(
    connection: Connection, user_id: str, begin: datetime, end: datetime, *, with_episodes: bool
) -> Iterator[Play]:
    """What was played from `begin` (aware) until before `end`, the oldest first. Holds a transaction as long as it is read."""
    values = {"user_id": user_id, "begin": begin, "end": end, "with_episodes": with_episodes}
    with connection:
        with connection.cursor() as cursor:
            cursor.execute(statement("export.prepare"))
        with connection.cursor("export") as rows:
            rows.itersize = ROWS_AT_ONCE
            rows.execute(statement("export.plays"), values)
            for row in rows:
                yield Play(*row)
