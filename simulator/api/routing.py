"""Which endpoint exists in which mode, with which scopes (Spotify reference: "Endpoint availability")."""

from collections.abc import Callable
from dataclasses import dataclass

from simulator.api.answers import Answer, ApiError, forbidden
from simulator.api.call import DEVELOPMENT, EXTENDED, Call

Handler = Callable[[Call], Answer]
BOTH = frozenset({DEVELOPMENT, EXTENDED})
ONLY_EXTENDED = frozenset({EXTENDED})
NOWHERE: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Route:
    """One endpoint. `template` is like `/playlists/{id}/items`."""

    method: str
    template: str
    handler: Handler
    scopes: tuple[str, ...]
    modes: frozenset[str]

    @property
    def segments(self) -> tuple[str, ...]:
        """Parts of the template."""
        return tuple(self.template.strip("/").split("/"))


class Router:
    """A table of endpoints, filled by the route modules."""

    def __init__(self) -> None:
        self.routes: list[Route] = []

    def route(
        self, method: str, template: str, *scopes: str, modes: frozenset[str] = BOTH
    ) -> Callable[[Handler], Handler]:
        """Register the decorated function for an endpoint."""

        def register(handler: Handler) -> Handler:
            self.routes.append(Route(method, template, handler, scopes, modes))
            return handler

        return register

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        """Return the endpoint and the ids of the path; fixed parts win over ids.

        Raises `ApiError` 404 for an unknown path and 405 for a known one asked with another method.
        """
        parts = tuple(path.strip("/").split("/"))
        fitting = [route for route in self.routes if _fits(route.segments, parts)]
        if not fitting:
            raise ApiError(404, "Service not found")
        named = [route for route in fitting if route.method == method]
        if not named:
            raise ApiError(405, "Method not allowed")
        best = min(named, key=lambda route: sum(part.startswith("{") for part in route.segments))
        ids = {
            name[1:-1]: part for name, part in zip(best.segments, parts, strict=True) if name.startswith("{")
        }
        return best, ids

    def template(self, method: str, path: str) -> str:
        """Return the template a path belongs to, or the path itself when unknown."""
        try:
            return self.find(method, path)[0].template
        except ApiError:
            return path


def answer(route: Route, call: Call) -> Answer:
    """Run an endpoint after checking that its mode and scopes allow it."""
    if call.mode not in route.modes:
        raise forbidden()
    call.need_scopes(*route.scopes)
    return route.handler(call)


def _fits(segments: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    return len(segments) == len(parts) and all(
        name.startswith("{") or name == part for name, part in zip(segments, parts, strict=True)
    )


ROUTER = Router()
