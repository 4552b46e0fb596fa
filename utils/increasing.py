"""The longest part of a list of numbers that is in order."""

from bisect import bisect_left
from collections.abc import Sequence


def longest_increasing(numbers: Sequence[int]) -> list[int]:
    """The longest increasing subsequence of different numbers, in n log n steps."""
    ends: list[int] = []  # the smallest last number of a subsequence of each length
    ends_at: list[int] = []
    previous: list[int | None] = []
    for place, number in enumerate(numbers):
        length = bisect_left(ends, number)
        previous.append(ends_at[length - 1] if length else None)
        ends[length : length + 1] = [number]
        ends_at[length : length + 1] = [place]
    from_the_end: list[int] = []
    at = ends_at[-1] if ends_at else None
    while at is not None:
        from_the_end.append(numbers[at])
        at = previous[at]
    return from_the_end[::-1]
