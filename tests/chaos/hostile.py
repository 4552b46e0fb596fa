"""Answers of which one thing is not what Spotify's reference says: missing, of another type, huge, unstorable, no date."""

import json
import random
import re
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from string import ascii_letters

from simulator.api.answers import Answer
from simulator.server.request_log import Request

MISSING = object()
# What stands in place of a value, by its name.
KINDS: Mapping[str, object] = {
    "missing": MISSING,
    "null": None,
    "text": "a text",
    "empty text": "",
    "number": 7,
    "list": [],
    "list of lists": [[None]],
    "object": {},
    "true": True,
    "huge number": 10**30,
    "huge text": "x" * 100_000,
    "huge text of all letters": "".join(
        random.Random(1).choices(ascii_letters, k=9_000)
    ),  # an index takes no such text
    "NUL": "a\x00b",
    "negative": -1,
    "no date": "2026-02-30T25:61:00Z",
    "zero date": "0000-00-00",
    "HTML": "<script>alert(1)</script>",
    "lone surrogate": "\ud800",
    "fraction": 1.5,
    "float": 12.0,
    "infinity": float("inf"),
}
PLAUSIBLE = (
    "text",
    "HTML",
    "no date",
    "zero date",
)  # what a listener may be called; without an account_id, too
# Without these an entry is none, so a page has one that lacks them: more would be a change of the API.
IDENTITY = {"id", "uri", "added_at", "played_at", "track", "item", "album", "type"}
# In these nothing makes an entry none.
DETAILS = {
    "artists",
    "images",
    "external_ids",
    "external_urls",
    "owner",
    "added_by",
    "context",
    "linked_from",
}
# Of a page and of the listener, what nothing else hangs on.
ASIDE = {"href", "limit", "offset", "previous", "display_name", "external_urls", "images", "type", "uri"}
AT_ONCE = 8  # values of one entry that are wrong
BAD_OF = 25  # entries, of which one may be none before a reading ends as one that makes no sense
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Payload:
    """One thing that is wrong: at which place of an endpoint's answers, and what."""

    endpoint: str
    place: str  # `items[].track.name`
    kind: str

    def is_alone(self, is_page: bool) -> bool:
        """Of what all of an answer hangs on, so that nothing of that endpoint is tried beside it."""
        if self.endpoint == "POST /api/token":
            return True
        is_of_all = self.endpoint == "GET /me" or (is_page and "[]" not in self.place)
        return is_of_all and self.place.partition(".")[0] not in ASIDE

    @property
    def is_identity(self) -> bool:
        steps = self.place.replace("[]", "").split(".")
        is_of_album = any(step in ("track", "item") and "album" in steps[n:] for n, step in enumerate(steps))
        return (
            (self.place.endswith("]") or steps[-1] in IDENTITY)
            and DETAILS.isdisjoint(steps[1:])
            and not is_of_album
        )


@dataclass(frozen=True)
class Recorded:
    """An answer of a healthy run: its places by how they are written."""

    endpoint: str
    places: Mapping[str, list[Path]]
    is_page: bool


def is_listener(of: str, place: str) -> bool:
    """Whether a listener is known by what stands there."""
    return (of == "GET /me" and place in ("id", "account_id")) or place.endswith(("owner.id", "added_by.id"))


def endpoint(request: Request) -> str:
    """`GET /albums/{id}/tracks`"""
    path = re.sub(r"/(albums|artists|tracks|playlists)/[0-9A-Za-z]{22}", r"/\1/{id}", request.path)
    return f"{request.method} {path}"


def key_of(request: Request) -> str:
    """What tells an answer from others of its endpoint."""
    return f"{request.method} {request.path}?{sorted(request.query.items())}"


def written(path: Path) -> str:
    """`items[].track.name`"""
    return "".join("[]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def paths(value: object, at: Path = ()) -> Iterator[Path]:
    """Of everything inside."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, each in inner:
        yield (*at, step)
        yield from paths(each, (*at, step))


def parsed(answer: Answer) -> object:
    """The JSON of an answer that went well; None for any other."""
    if answer.status != 200 or not answer.content_type.startswith("application/json"):
        return None
    return json.loads(answer.body)


class Recorder:
    """`on_answer` of a healthy run: what there is to spoil."""

    def __init__(self, *, has_tokens: bool) -> None:
        self.answers: dict[str, Recorded] = {}
        self._has_tokens = has_tokens  # they are the same for all jobs
        self._lock = threading.Lock()

    def __call__(self, request: Request, answer: Answer) -> Answer:
        body = parsed(answer)
        if isinstance(body, dict | list) and (self._has_tokens or request.kind != "token"):
            places: dict[str, list[Path]] = defaultdict(list)
            for path in paths(body):
                places[written(path)].append(path)
            is_page = isinstance(body, list) or any(isinstance(each, list) for each in body.values())
            with self._lock:
                self.answers[key_of(request)] = Recorded(
                    endpoint(request), dict(places), is_page and "id" not in body
                )
        return answer

    def is_alone(self, payload: Payload) -> bool:
        """As `Payload.is_alone`, by the answers of its endpoint."""
        return payload.is_alone(
            next(each.is_page for each in self.answers.values() if each.endpoint == payload.endpoint)
        )

    def payloads(self) -> list[Payload]:
        """Every place of every endpoint with everything that can be wrong there, in a fixed order."""
        found = {
            Payload(each.endpoint, place, kind)
            for each in self.answers.values()
            for place in each.places
            for kind in KINDS
            if not (kind == "missing" and place.endswith("]"))
            and not (is_listener(each.endpoint, place) and kind in PLAUSIBLE)
            and not (place == "account_id" and kind in ("missing", "null"))
        }
        return sorted(found, key=lambda each: (each.endpoint, each.place, each.kind))


class Spoiler:
    """`on_answer` of a hostile run: takes payloads, as many as fit beside each other but not more than `at_most`, and says what it has sent.

    Beside each other: several values of an entry, or one that makes it none; one such entry of an answer, and few of an endpoint; and nothing
    of an endpoint beside what all of its answer hangs on.
    """

    def __init__(
        self, answers: Mapping[str, Recorded], wanted: list[Payload], chance: random.Random, at_most: int
    ) -> None:
        self._plan: dict[str, list[tuple[Path, Payload]]] = defaultdict(list)
        self._spoilt: dict[tuple[str, Path], list[Path]] = defaultdict(
            list
        )  # of an entry, what is wrong in it
        self._lost: set[str] = set()  # answers with an entry that is none
        self.planned: list[Payload] = []
        self.sent: list[Payload] = []
        self._lock = threading.Lock()
        keys: dict[str, list[str]] = defaultdict(list)
        for key in sorted(answers):
            keys[answers[key].endpoint].append(key)
        room = {of: max(1, entries_of([answers[key] for key in keys[of]]) // BAD_OF) for of in keys}
        begun: set[str] = set()
        full: set[str] = set()  # endpoints beside whose payloads there is no room
        for payload in wanted:
            of = payload.endpoint
            is_alone = payload.is_alone(answers[keys[of][0]].is_page)
            if of in full or (is_alone and of in begun) or (payload.is_identity and not room[of]):
                continue
            if len(self.planned) < at_most and self._add(keys[of], answers, payload, chance):
                self.planned.append(payload)
                begun.add(of)
                full |= {of} if is_alone else set()
                room[of] -= payload.is_identity

    def _add(
        self, keys: list[str], answers: Mapping[str, Recorded], payload: Payload, chance: random.Random
    ) -> bool:
        """At some place where there is room for it; False where there is none."""
        for key in chance.sample(keys, min(len(keys), 6)):
            if payload.is_identity and key in self._lost:
                continue
            places = answers[key].places.get(payload.place, [])
            for path in chance.sample(places, min(len(places), 6)):
                entry = entry_of(path, answers[key].is_page)
                wrong = self._spoilt[key, entry]
                if payload.is_identity and wrong:
                    continue
                if len(wrong) >= AT_ONCE or any(
                    path[: len(one)] == one or one[: len(path)] == path for one in wrong
                ):
                    continue
                wrong += [path, *([entry] if payload.is_identity else [])]
                self._lost |= {key} if payload.is_identity else set()
                self._plan[key].append((path, payload))
                return True
        return False

    def __call__(self, request: Request, answer: Answer) -> Answer:
        planned = self._plan.get(key_of(request))
        body = parsed(answer)
        if planned is None or not isinstance(body, dict | list):
            return answer
        for path, payload in planned:
            if put(body, path, KINDS[payload.kind]):
                with self._lock:
                    self.sent.append(payload)
        # Escaped, as Spotify sends what UTF-8 does not have.
        return Answer(answer.status, json.dumps(body).encode(), answer.headers)


def entry_of(path: Path, is_page: bool) -> Path:
    """The entry of a page that a path leads into: up to its first number; all of an object."""
    if not is_page:
        return ()
    numbers = [place for place, step in enumerate(path) if isinstance(step, int)]
    return path[: numbers[0] + 1] if numbers else ()


def entries_of(answers: Iterable[Recorded]) -> int:
    """How many entries there are in these answers."""
    return sum(
        len({entry_of(path, each.is_page) for paths_of in each.places.values() for path in paths_of} - {()})
        or 1
        for each in answers
    )


def put(body: object, path: Path, value: object) -> bool:
    """Put the value there, where there is such a place."""
    try:
        for step in path[:-1]:
            body = body[step]  # type: ignore[index] # as it was recorded
        if value is MISSING:
            del body[path[-1]]  # type: ignore[attr-defined] # as above
        else:
            body[path[-1]]  # type: ignore[index] # as above
            body[path[-1]] = value  # type: ignore[index] # as above
    except (KeyError, IndexError, TypeError):
        return False
    return True
