"""The `fields` parameter of playlist reads: `items(added_at,item(id)),next`, dots, and `!` to leave out."""

from simulator.api.answers import bad_request

Tree = dict[str, "Tree"]


def filtered(value: object, fields: str) -> object:
    """Return only what `fields` names; a name that does not occur is silently nothing."""
    tree, rest = _parse(fields)
    if rest:
        raise bad_request("Invalid field filter")
    return _pick(value, tree)


def _parse(text: str) -> tuple[Tree, str]:
    tree: Tree = {}
    while text and text[0] != ")":
        end = next((place for place, letter in enumerate(text) if letter in ",()"), len(text))
        path, text = text[:end].strip(), text[end:]
        inner: Tree = {}
        if text.startswith("("):
            inner, text = _parse(text[1:])
            if not text.startswith(")"):
                raise bad_request("Invalid field filter")
            text = text[1:]
        _add(tree, path.split("."), inner)
        text = text.removeprefix(",")
    return tree, text


def _add(tree: Tree, path: list[str], inner: Tree) -> None:
    for name in path[:-1]:
        tree = tree.setdefault(name, {})
    if path[-1]:
        tree.setdefault(path[-1], {}).update(inner)


def _pick(value: object, tree: Tree) -> object:
    if not tree:
        return value
    if isinstance(value, list):
        return [_pick(entry, tree) for entry in value]
    if not isinstance(value, dict):
        return value
    excluded = {name[1:] for name in tree if name.startswith("!")}
    if excluded and all(name.startswith("!") for name in tree):
        return {name: inner for name, inner in value.items() if name not in excluded}
    return {name: _pick(inner, tree[name]) for name, inner in value.items() if name in tree}
