"""The daily chain: which scripts, in which order, and which needs which.

`run_all` runs it in one process, .github/workflows/run_scripts.yml one step per script.
"""

from typing import NamedTuple


class Step(NamedTuple):
    """A script of the chain. `needs`: modules that must not have failed before it.

    `can_be_forced`: --force of the chain reaches it; not where that would ask everything again within its interval.
    """

    module: str
    needs: tuple[str, ...] = ()
    can_be_forced: bool = True


_READY = ("db.init_db",)
_VIEWS = ("api_syncs.materialized_views",)

# The order of the day: tracks first and details later, so that a first run is useful within minutes.
# What an imported history only names comes before artists and albums, whose queue it fills. Covers are the last
# that is copied, for a share of the time, and none that cleaning has made needless; the page that is built of it all ends it.
CHAIN = (
    Step("db.init_db"),
    Step("api_syncs.track_plays", _READY),
    Step("api_syncs.sync_liked_tracks", _READY),
    Step("api_syncs.sync_saved_albums", _READY),
    Step("api_syncs.sync_album_tracks", _READY),
    Step("api_syncs.sync_followed_artists", _READY),
    Step("api_syncs.sync_playlists", _READY),
    Step("api_syncs.sync_top_items", _READY, can_be_forced=False),
    Step("api_syncs.sync_exclusions", _READY),
    Step("api_syncs.check_track_availability", _READY, can_be_forced=False),
    Step("api_syncs.sync_tracks", _READY),
    Step("api_syncs.sync_artists", _READY),
    Step("api_syncs.sync_artist_albums", _READY),
    Step("api_syncs.materialized_views", _READY),
    Step("playlists.update_dynamic_playlists", _VIEWS),
    Step("db.clean", _READY),
    Step("api_syncs.sync_images", _READY),
    Step("reports.build_dashboard", _VIEWS),
)
# What is copied behind a look for plays that has found something new: the scripts of incremental_sync.yml but that look.
INCREMENTAL = (
    "api_syncs.sync_liked_tracks",
    "api_syncs.sync_saved_albums",
    "api_syncs.sync_album_tracks",
    "api_syncs.sync_followed_artists",
    "api_syncs.sync_playlists",
    "api_syncs.sync_exclusions",
    "api_syncs.sync_tracks",
    "api_syncs.sync_artists",
    "api_syncs.sync_artist_albums",
)
