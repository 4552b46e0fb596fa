"""The whole table of endpoints: importing a route module fills the router."""

from simulator import (
    catalogue_routes,
    library_routes,
    listener_routes,
    playlist_edit_routes,
    playlist_routes,
    retired_routes,
    search_routes,
)
from simulator.api.routing import ROUTER

MODULES = (
    catalogue_routes,
    library_routes,
    listener_routes,
    playlist_edit_routes,
    playlist_routes,
    retired_routes,
    search_routes,
)

__all__ = ["MODULES", "ROUTER"]
