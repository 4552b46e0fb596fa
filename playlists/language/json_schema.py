"""Makes the JSON Schema of definitions, for editors, from the same registries that the parser reads.

`python -m playlists.language.json_schema` prints it; playlists/definition.schema.json holds what it printed last. The
schema accepts every document that the parser accepts, except words in odd capitals (yEs). It also accepts mistakes that a
schema cannot express, such as a reversed range; the parser refuses them.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 3)[0] + "/utils/start.py")

import json
import sys
from collections.abc import Iterable, Mapping

from playlists.language import days, definition, options, values, variants
from playlists.language.fields import FIELDS
from playlists.language.foreign_orders import RANDOM
from playlists.language.kinds import DATES, Field, Kind, Takes
from playlists.language.model import GROUPS, LONGEST_DESCRIPTION, LONGEST_NAME
from playlists.language.operators import FOR_ONE, FOR_SEVERAL, OPERATORS
from playlists.language.value_schemas import (
    NUMBER,
    PERCENT,
    SEASON_DAY,
    SPAN,
    TAKES,
    TAKES_OF_DECADE,
    YES,
    Schema,
    any_of,
    described,
    keyed,
    pattern,
    several,
    whole_number,
)

_OR_DECADE = "_or_decade"


def schema() -> Schema:
    """The whole schema, JSON Schema 2020-12."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Smart playlist",
        "description": "A smart playlist of the library mirror; docs/rules.md describes the language.",
        **keyed(_definition_keys(), required=("name",)),
        "oneOf": [{"required": ["match"]}, {"required": ["blocks"]}],
        "$defs": {
            "match": described(
                "Which tracks are in the list: `everything`, or one group of conditions.",
                any_of({"const": "everything"}, _one_of_keys(_group_keys())),
            ),
            "member": described(
                "One condition on a field, or a group.",
                _one_of_keys({**_group_keys(), **{name: _field_schema(one) for name, one in FIELDS.items()}}),
            ),
            "sort_key": any_of(_sort_word(), *_forms_with_by(_SORT_KEYS, required=("by",))),
            **{_name_of(takes): described(f"Takes {takes.value}.", TAKES[takes]) for takes in Takes},
            **{
                _name_of(takes) + _OR_DECADE: described(f"Takes {takes.value}; also decades: 1990s.", one)
                for takes, one in TAKES_OF_DECADE.items()
            },
            **{f"kind_{kind.name.lower()}": _kind_schema(kind) for kind in OPERATORS},
        },
    }


def main() -> int:
    """Print the schema."""
    sys.stdout.write(schema_text())
    return 0


def schema_text() -> str:
    """The schema as text, as playlists/definition.schema.json holds it."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


# Parts of the schema


def _one_of_keys(properties: Mapping[str, Schema]) -> Schema:
    return {**keyed(properties), "maxProperties": 1}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _takes_ref(takes: Takes, *, or_decade: bool = False) -> Schema:
    return _ref(_name_of(takes) + (_OR_DECADE if or_decade and takes in TAKES_OF_DECADE else ""))


def _name_of(takes: Takes) -> str:
    return takes.name.lower()


# Conditions


def _group_keys() -> dict[str, Schema]:
    about = {
        "all": "All of these hold.",
        "any": "At least one of these holds.",
        "none": "None of these holds.",
    }
    members: Schema = {"type": "array", "items": _ref("member"), "minItems": 1}
    return {name: described(about[name], members) for name in GROUPS}


def _operator_schemas(kind: Kind, *, or_decade: bool = False) -> dict[str, Schema]:
    return {
        operator.name: described(operator.about, _takes_ref(operator.takes, or_decade=or_decade))
        for operator in OPERATORS[kind].values()
    }


def _kind_schema(kind: Kind, *, or_decade: bool = False) -> Schema:
    """The forms of a condition: a value alone, a list alone, or operators with their values."""
    operators = OPERATORS[kind]
    short = [next((name for name in names if name in operators), None) for names in (FOR_ONE, FOR_SEVERAL)]
    values = [operators[name].takes for name in dict.fromkeys(short) if name]
    return any_of(
        *(_takes_ref(takes, or_decade=or_decade) for takes in values),
        keyed(_operator_schemas(kind, or_decade=or_decade)),
    )


def _field_schema(field: Field) -> Schema:
    if field.is_decade:
        return described(field.about, _kind_schema(field.kind, or_decade=True))
    if not field.options:
        return described(field.about, _ref(f"kind_{field.kind.name.lower()}"))
    inside = {**_option_schemas(field), **_operator_schemas(field.kind)}
    if field.needs_option:
        return described(field.about, {**keyed(inside), "minProperties": 2})
    takes = OPERATORS[field.kind]["in"].takes
    return described(field.about, any_of(_takes_ref(takes), keyed(inside)))


def _option_schemas(field: Field) -> dict[str, Schema]:
    return {name: _takes_ref(takes) for name, takes in field.options}


# Order and amount

_SORT_KEYS: dict[str, Schema] = {"dir": {"enum": ["asc", "desc"]}, "nulls": {"enum": ["first", "last"]}}


def _sort_word() -> Schema:
    names = [name for name, field in FIELDS.items() if field.can_sort and not field.options]
    return {"enum": [f"{name}{way}" for name in (*names, RANDOM) for way in ("", " asc", " desc")]}


def _forms_with_by(
    beside: Mapping[str, Schema], required: Iterable[str], *, chance: bool = True
) -> list[Schema]:
    """The forms of a mapping with `by`: one for all fields without options, one for each field with options."""
    fields = [field for field in FIELDS.values() if field.can_sort]
    plain = [field.name for field in fields if not field.options] + ([RANDOM] if chance else [])
    forms = [keyed({"by": {"enum": plain}, **beside}, required)]
    for field in fields:
        if field.options:
            form = keyed({"by": {"const": field.name}, **_option_schemas(field), **beside}, ("by",))
            forms.append({**form, "minProperties": 2})
    return forms


def _seed_schema() -> Schema:
    return any_of({"enum": list(options.SEEDS)}, whole_number(-options.LARGEST_SEED, options.LARGEST_SEED))


def _shuffle_schema() -> Schema:
    strength = any_of({"type": "number", "minimum": 0, "maximum": 1}, pattern(r"[01](\.[0-9]{1,6})?"))
    weighed = _forms_with_by({"seed": _seed_schema(), "strength": strength}, ("by",), chance=False)
    return any_of(_seed_schema(), keyed({"seed": _seed_schema()}), *weighed)


def _limit_schema() -> Schema:
    amounts: dict[str, Schema] = {
        "count": _TRACKS,
        "percent": PERCENT,
        "minutes": described("Playing time.", NUMBER),
        "hours": described("Playing time.", NUMBER),
        "by": described("Chosen in this order, then put in the list's own.", _sort_schema()),
    }
    exactly_one: Schema = {"oneOf": [{"required": [name]} for name in options.AMOUNTS]}
    return any_of(_TRACKS, {**keyed(amounts), **exactly_one})


def _sort_schema() -> Schema:
    return several(_ref("sort_key"))


_TRACKS = whole_number(1, values.MOST_TRACKS)
_TRACKS_OR_NONE = whole_number(0, values.MOST_TRACKS)
_GROUPING: Schema = {"enum": list(options.GROUPINGS)}


def _arrangement_keys() -> dict[str, Schema]:
    distance = whole_number(1, options.MOST_DISTANCE)
    separation: dict[str, Schema] = {"distance": distance, "otherwise": {"enum": list(options.OTHERWISE)}}
    drawn: dict[str, Schema] = {
        "by": _GROUPING,
        "count": _TRACKS,
        "min_tracks": _TRACKS,
        "seed": _seed_schema(),
    }
    keys: dict[str, tuple[str, Schema]] = {
        "sort": ("The order: a field with its direction, or a list of them.", _sort_schema()),
        "shuffle": (
            "In place of an order: the same all day, week or month, or for a number for ever.",
            _shuffle_schema(),
        ),
        "limit": ("How much is kept: a number of tracks, a percentage, or a playing time.", _limit_schema()),
        "offset": ("So many are left out at the beginning.", _TRACKS_OR_NONE),
        "per_artist": ("At most so many of one main artist.", _TRACKS),
        "per_album": ("At most so many of one album.", _TRACKS),
        "artist_separation": (
            "So many other tracks between two of the same main artist.",
            any_of(distance, keyed(separation, ("distance",))),
        ),
        "round_robin": ("One of each in turn.", _GROUPING),
        "random_group": (
            "Only the tracks of some groups, drawn by chance.",
            any_of(_GROUPING, keyed(drawn, ("by",))),
        ),
        "dedupe": ("What counts as the same track.", {"enum": list(options.DEDUPE)}),
    }
    return {name: described(about, one) for name, (about, one) in keys.items()}


# The list


def _line_schema(shortest: int, longest: int) -> Schema:
    return {"type": ["string", "number", "boolean"], "minLength": shortest, "maxLength": longest}


def _definition_keys() -> dict[str, Schema]:
    block = keyed({"match": _ref("match"), **_arrangement_keys(), "take": _TRACKS}, ("match",))
    size = {"min_tracks": _TRACKS, "max_lists": whole_number(1, options.MOST_LISTS)}
    dates = [name for name in options.TEMPLATE_FIELDS if name in FIELDS and FIELDS[name].kind in DATES]
    by: Schema = {"enum": [name for name in options.TEMPLATE_FIELDS if name not in dates]}
    per: dict[str, Schema] = {"by": {"enum": dates}, "per": {"enum": list(options.PER)}}
    season = keyed({"from": SEASON_DAY, "to": SEASON_DAY}, ("from", "to"))
    guard = {"never_empty": YES, "max_removed_percent": PERCENT}
    lists = _takes_ref(Takes.LISTS)
    variant: Schema = {}
    refresh = any_of({"enum": list(days.REFRESH_DAYS)}, keyed({"every": SPAN}, ("every",)))
    keys: dict[str, tuple[str, Schema]] = {
        "name": (
            "What the playlist is called; may hold {date}, {count}, {value}.",
            _line_schema(1, LONGEST_NAME),
        ),
        "description": ("What it is for, on one line.", _line_schema(0, LONGEST_DESCRIPTION)),
        "listeners": (
            "Several listeners, of whose tracks it is made in turn, as far as they have agreed to it.",
            _takes_ref(Takes.TEXTS),
        ),
        "from": ("The library, or every track that the database knows.", {"enum": list(definition.SOURCES)}),
        "match": ("Which tracks are in the list.", _ref("match")),
        "blocks": (
            "In place of match: parts with a filter and an order of their own.",
            {"type": "array", "items": block, "minItems": 1, "maxItems": definition.MOST_BLOCKS},
        ),
        "mix": ("How blocks come together.", {"enum": list(definition.MIXES)}),
        **{name: (str(one.pop("description")), one) for name, one in _arrangement_keys().items()},
        "union": ("Adds what these lists hold.", lists),
        "minus": ("Takes out what these lists hold.", lists),
        "intersect": ("Keeps what each of these lists holds.", lists),
        "include_unplayable": ("Also tracks known to be unplayable.", YES),
        "substitute": ("A playable release in place of an unplayable track.", {"enum": ["twin"]}),
        "min_tracks": ("With fewer, the list is left as it is.", _TRACKS_OR_NONE),
        "mode": ("What becomes of the list when its tracks change.", {"enum": list(definition.MODES)}),
        "keep_percent": ("So much of a list that rotates stays.", PERCENT),
        "refresh": ("How often the list is made anew.", refresh),
        "active": ("In these parts of the year only, both days included.", several(season)),
        "weekdays": ("On these weekdays only.", _takes_ref(Takes.WEEKDAYS)),
        "out_of_season": (
            "On all other days the list is left as it is, emptied, or hidden from your library.",
            {"enum": list(definition.OUT_OF_SEASON)},
        ),
        "variants": (
            "On some days other rules: the first variant of the day takes the place of what it names.",
            several({**variant, "anyOf": [{"required": [name]} for name in variants.DAY_KEYS]}),
        ),
        "guard": ("What stops an update that looks wrong.", keyed(guard)),
        "for_each": (
            "One list per value; {value} has to be in the name.",
            any_of(by, keyed({"by": by, **size}, ("by",)), keyed({**per, **size}, ("by", "per"))),
        ),
        "create": ("Whether the playlist is made by itself.", {"enum": list(definition.CREATE)}),
        "public": ("Shown on your profile.", YES),
        "collaborative": ("Others may change it.", YES),
    }
    rules = {
        name: one for name, (_, one) in keys.items() if name in (*variants.RULE_KEYS, *variants.DAY_KEYS)
    }
    variant.update(keyed(rules))
    return {name: described(about, one) for name, (about, one) in keys.items()}


if __name__ == "__main__":
    sys.exit(main())
