"""Modules that others import and hardly a run needs: each is loaded by the first who asks it for something.

    with stand_ins({"zipfile": {}}):
        import requests

Behind that the names are free again, for who wants the real ones.
"""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType


class _StandIn(ModuleType):
    """Gives what the module of that name has; as long as it has that name itself, it makes way for it first.

    Importing it asks for names such as `__path__`, which loads nothing.
    """

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


@contextmanager
def stand_ins(given: Mapping[str, Mapping[str, object]]) -> Iterator[None]:
    """While the body imports, stand-ins have these names, with what is `given` of each; not of modules that are loaded already."""
    made = {name: _StandIn(name) for name in given if name not in sys.modules}
    for name, module in made.items():
        vars(module).update(given[name])
    sys.modules.update(made)
    try:
        yield
    finally:
        for name, module in made.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]
