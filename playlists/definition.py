"""Definitions of smart playlists: one YAML file each, read fail-closed.

An unknown key, field, operator or value is an error that names it, never a wider list. The filter becomes
parameters of one SQL statement over `unified_tracks`; text from a file never becomes SQL. Excluded tracks and
tracks known to be unplayable are left out; a track whose availability is unknown counts as playable.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import yaml

from utils.errors import SettingsError

DEFINITIONS = Path(__file__).parent / "definitions"
LIMIT_MAX = 10_000  # Spotify's own limit of a playlist
_OPERATORS = {"eq": "=", "ne": "<>", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_NUMBERS = ("play_count", "skip_count", "duration_ms")
_SORTS = ("added_at", "liked_at", "last_played_at", "play_count", "name")
_DIRECTIONS = {"asc": "ASC NULLS LAST", "desc": "DESC NULLS LAST"}


@dataclass(frozen=True)
class Definition:
    """A smart playlist. `slug` is the file's name without ending."""

    slug: str
    name: str
    description: str
    conditions: tuple[tuple[str, str, int], ...]  # field, operator, value: all have to hold
    sort: tuple[tuple[str, str], ...]  # field, direction
    limit: int

    def rules(self) -> dict[str, object]:
        """What is kept in playlist_mappings.rules."""
        return {
            "all": [list(c) for c in self.conditions],
            "sort": [list(s) for s in self.sort],
            "limit": self.limit,
        }

    def statement(self, user_id: str) -> tuple[str, list[object]]:
        """SQL and parameters that select the track ids in order. Ties are broken by track_id."""
        where = " AND ".join(f"{field} {_OPERATORS[operator]} %s" for field, operator, _ in self.conditions)
        order = ", ".join(f"{field} {_DIRECTIONS[direction]}" for field, direction in self.sort)
        sql = (
            "SELECT track_id FROM unified_tracks "  # noqa: S608 - every name is from the lists above
            "WHERE user_id = %s AND NOT excluded AND is_playable IS NOT FALSE"
            f"{' AND ' + where if where else ''} ORDER BY {order + ', ' if order else ''}track_id LIMIT %s"
        )
        return sql, [user_id, *(value for _, _, value in self.conditions), self.limit]


def load_definitions(folder: Path = DEFINITIONS) -> list[Definition]:
    """All definitions of a folder, by slug. Raises SettingsError that names the file and what is wrong."""
    return [
        parse_definition(path.stem, path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.yml"))
    ]


def parse_definition(slug: str, text: str) -> Definition:
    """One definition. Raises SettingsError."""
    where = f"playlists/definitions/{slug}.yml"
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise SettingsError(f"{where} is not YAML: {error}") from None
    top = _mapping(document, where, required=("name", "match"), optional=("description", "sort", "limit"))
    match = _mapping(top["match"], f"{where}: match", required=("all",))
    limit = top.get("limit", LIMIT_MAX)
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= LIMIT_MAX:
        raise SettingsError(f"{where}: limit is {limit!r}, not a number from 1 to {LIMIT_MAX}")
    return Definition(
        slug,
        _text(top["name"], f"{where}: name", 100),
        _text(top.get("description", f"Smart playlist {slug}"), f"{where}: description", 300),
        tuple(_condition(item, f"{where}: match.all") for item in _list(match["all"], f"{where}: match.all")),
        tuple(_sort(item, f"{where}: sort") for item in _list(top.get("sort", []), f"{where}: sort")),
        limit,
    )


def content_hash(uris: list[str]) -> str:
    """Tells one list of items from another."""
    return hashlib.sha256("\n".join(uris).encode()).hexdigest()


def _condition(item: object, where: str) -> tuple[str, str, int]:
    condition = _mapping(item, where, required=("field", "operator", "value"))
    field = _choice(condition["field"], f"{where}: field", _NUMBERS)
    operator = _choice(condition["operator"], f"{where}: operator", tuple(_OPERATORS))
    value = condition["value"]
    if isinstance(value, bool) or not isinstance(value, int):
        raise SettingsError(f"{where}: the value for {field} is {value!r}, not a number")
    return field, operator, value


def _sort(item: object, where: str) -> tuple[str, str]:
    sort = _mapping(item, where, required=("by",), optional=("dir",))
    direction = _choice(sort.get("dir", "asc"), f"{where}: dir", tuple(_DIRECTIONS))
    return _choice(sort["by"], f"{where}: by", _SORTS), direction


def _mapping(
    value: object, where: str, *, required: tuple[str, ...], optional: tuple[str, ...] = ()
) -> dict[str, object]:
    if not isinstance(value, dict):
        raise SettingsError(f"{where} is not a mapping")
    unknown = [str(key) for key in value if key not in required + optional]
    missing = [key for key in required if key not in value]
    if unknown or missing:
        problem = f"unknown: {', '.join(unknown)}" if unknown else f"missing: {', '.join(missing)}"
        raise SettingsError(
            f"{where} has keys that do not fit ({problem}); known: {', '.join(required + optional)}"
        )
    return value


def _list(value: object, where: str) -> list[object]:
    if not isinstance(value, list):
        raise SettingsError(f"{where} is not a list")
    return value


def _choice(value: object, where: str, known: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in known:
        raise SettingsError(f"{where} is {value!r}; known: {', '.join(known)}")
    return value


def _text(value: object, where: str, longest: int) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > longest or "\n" in value:
        raise SettingsError(f"{where} is not one line of 1 to {longest} characters")
    return value
