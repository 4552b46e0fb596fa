"""The whole table of endpoints: importing a route module fills the router."""

from simulator.api.routing import ROUTER
from simulator.routes import (
    catalogue,
    library,
    listener,
    playlist_edits,
    playlists,
    retired,
    search,
)

MODULES = (
    catalogue,
    library,
    listener,
    playlist_edits,
    playlists,
    retired,
    search,
)

__all__ = ["MODULES", "ROUTER"]
