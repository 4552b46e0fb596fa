"""YAML as GitHub reads it: version 1.2, where `on`, `off`, `yes` and `no` are texts."""

import re
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.workflows.runner.errors import WorkflowError


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict = {}  # noqa: RUF012 - the library's own way


def _number(loader: _Loader, node: yaml.ScalarNode) -> float:
    written = node.value
    return int(written, 0) if re.match("0[xo]", written) else float(written.replace(".inf", "inf"))


def _whole(loader: _Loader, node: yaml.ScalarNode) -> int:
    return int(node.value, 0 if re.match("0[xo]", node.value) else 10)


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key == "<<":
            raise WorkflowError(f"GitHub knows no merge keys{key_node.start_mark}")
        if key in found:
            raise WorkflowError(f"{key!r} is already defined{key_node.start_mark}")
        found[key] = loader.construct_object(value_node, deep=True)
    return found


def _resolve(tag: str, pattern: str) -> None:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), None)


_resolve("null", "~|null|Null|NULL|")
_resolve("bool", "true|True|TRUE|false|False|FALSE")
_resolve("int", "[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_resolve("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)")
_Loader.add_constructor("tag:yaml.org,2002:int", _whole)
_Loader.add_constructor("tag:yaml.org,2002:float", _number)
_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


@cache
def _read(text: str) -> Any:
    """The same few files are read for each run, the longest in a tenth of a second."""
    return yaml.load(text, _Loader)  # a SafeLoader


def load(path: Path, *, anchors: bool) -> dict[str, Any]:
    """A file's mapping. Anchors are known in workflows only, not in the files of actions."""
    if not path.is_file():
        raise WorkflowError(f"{path} is no file")
    text = path.read_text(encoding="utf-8")
    if not anchors and any(getattr(event, "anchor", None) for event in yaml.parse(text)):
        raise WorkflowError(f"{path}: anchors are not supported in actions")
    try:
        document = deepcopy(_read(text))
    except yaml.YAMLError as error:
        raise WorkflowError(f"{path}: {error}") from None
    if not isinstance(document, dict):
        raise WorkflowError(f"{path} is no mapping")
    return document
