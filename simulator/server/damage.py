"""Answers as after a change of the API: nobody can read their objects any more, keys have new names, numbers are floats."""

import json
import math
from collections.abc import Mapping
from fractions import Fraction

from simulator.api.answers import Answer, json_answer

NEW_NAMES = {"id": "identifier", "uri": "resource"}


def unreadable(answer: Answer, share: float = 1.0, item: int | None = None) -> Answer:
    """Return the answer with `id` and `uri` renamed inside its items, or in all of it when it has none.

    Of each list of items only the first `share` is damaged, rounded up, or only the one at `item` (from 0).
    What is no JSON object stays as it is.
    """
    if not answer.content_type.startswith("application/json"):
        return answer
    try:
        body = json.loads(answer.body)
    except ValueError:
        return answer
    if not isinstance(body, dict):
        return answer
    lists = _item_lists(body)
    for items in lists:
        # From its text, as 0.1 * 30 is more than 3 in floating point.
        damaged = (
            slice(math.ceil(Fraction(str(share)) * len(items))) if item is None else slice(item, item + 1)
        )
        items[damaged] = [_renamed(entry) for entry in items[damaged]]
    return json_answer(body if lists else _renamed(body), answer.status, answer.headers)


def with_floats(answer: Answer) -> Answer:
    """Return the answer with every integer as a float, `12.0`, as Spotify sent them for some weeks in 2024."""
    if not answer.content_type.startswith("application/json"):
        return answer
    try:
        return json_answer(json.loads(answer.body, parse_int=float), answer.status, answer.headers)
    except ValueError:
        return answer


def renamed(answer: Answer, names: Mapping[str, str], under: str | None = None) -> Answer:
    """Return the answer with keys renamed wherever they are, or only inside what is `under` a key.

    So Spotify has renamed `track` to `item`, and `tracks` to `items`.
    """
    if not answer.content_type.startswith("application/json"):
        return answer

    def inside(value: object, found: bool) -> object:
        if isinstance(value, list):
            return [inside(entry, found) for entry in value]
        if isinstance(value, dict):
            return {
                names.get(name, name) if found else name: inside(inner, found or name == under)
                for name, inner in value.items()
            }
        return value

    return json_answer(inside(json.loads(answer.body), under is None), answer.status, answer.headers)


def spoilt(
    answer: Answer, values: Mapping[str, object], under: str | None = None, place: int | None = None
) -> Answer:
    """Return the answer with these values of fields wherever they are, or only inside what is `under` a key; of lists only at that `place`.

    So a credit can lack its id, and a playlist the id of its owner.
    """
    if not answer.content_type.startswith("application/json"):
        return answer

    def inside(value: object, found: bool) -> object:
        if isinstance(value, list):
            return [
                inside(entry, found and (under is None or place in (None, number)))
                for number, entry in enumerate(value)
            ]
        if isinstance(value, dict):
            return {
                name: values[name]
                if found and name in values
                else inside(inner, name == under or under is None)
                for name, inner in value.items()
            }
        return value

    # Escaped, as Spotify sends what UTF-8 does not have.
    body = json.dumps(inside(json.loads(answer.body), under is None)).encode()
    return Answer(answer.status, body, answer.headers)


def emptied(answer: Answer) -> Answer:
    """Return the answer with pages that have nothing on them and lead nowhere, though their total is what it was."""
    if not answer.content_type.startswith("application/json"):
        return answer
    body = json.loads(answer.body)
    if isinstance(body, dict) and "id" not in body:
        for page in (body, *(inner for inner in body.values() if isinstance(inner, dict))):
            if isinstance(page.get("items"), list):
                page |= {"items": [], "next": None}
    return json_answer(body, answer.status, answer.headers)


def with_texts(answer: Answer) -> Answer:
    """Return the answer with a text in place of each item of a page."""
    if not answer.content_type.startswith("application/json"):
        return answer
    body = json.loads(answer.body)
    for items in _item_lists(body):
        items[:] = ["an item"] * len(items)
    return json_answer(body, answer.status, answer.headers)


def _item_lists(body: dict[str, object]) -> list[list[object]]:
    """Lists of a page, of pages by kind (search, followed artists), or of objects asked for by id.

    None of a single object, though an album and a playlist hold a page.
    """
    if "id" in body:
        return []
    pages = [body, *(inner for inner in body.values() if isinstance(inner, dict))]
    found = [page["items"] for page in pages if isinstance(page.get("items"), list)]
    if not found and len(body) == 1:
        found = [inner for inner in body.values() if isinstance(inner, list)]
    return found


def _renamed(value: object) -> object:
    if isinstance(value, list):
        return [_renamed(entry) for entry in value]
    if isinstance(value, dict):
        return {NEW_NAMES.get(name, name): _renamed(inner) for name, inner in value.items()}
    return value
