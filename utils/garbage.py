"""Python's search for objects that only hold each other."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collection() -> Iterator[None]:
    """It is not made meanwhile: where tens of thousands of objects are made that hold none of each other, it takes a fifth of the time and finds nothing.

    Also as a decorator.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
