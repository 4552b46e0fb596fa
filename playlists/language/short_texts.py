"""Hints are for short texts: what somebody wrote by hand. A long one is no slip, and may be made to take for ever."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

LONGEST = 100
P = ParamSpec("P")


def of_short_texts(read: Callable[P, str]) -> Callable[P, str]:
    """Make a function that finds what was meant; of a longer text, it finds nothing."""

    @wraps(read)
    def read_short(*args: P.args, **kwargs: P.kwargs) -> str:
        return (
            "" if any(isinstance(one, str) and len(one) > LONGEST for one in args) else read(*args, **kwargs)
        )

    return read_short
