"""Several requests at a time, and their answers in the order asked for."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import suppress
from itertools import islice
from typing import TypeVar

from utils.spotify.transport import WORKERS

# A signal that another thread has been given is handled when this one looks up, which may be in the middle of a wait of
# a minute for a rate limit.
LOOK_UP_S = 0.5

T = TypeVar("T")
R = TypeVar("R")


def in_order(
    fetch: Callable[[T], R], wanted: Iterable[T], at_once: int = WORKERS, fetched: Sequence[tuple[T, R]] = ()
) -> Iterator[tuple[T, R]]:
    """Fetch a few at a time, yield in the order asked for; what is `fetched` already comes first.

    At most `at_once` results are fetched or being fetched and not yet taken back for the next one, so that a kill
    costs no more than those.
    """
    from concurrent.futures import ThreadPoolExecutor  # loaded here: who asks once needs none

    pool, todo = ThreadPoolExecutor(at_once), iter(wanted)
    under_way: deque[tuple[T, Future[R]]] = deque((item, _done(result)) for item, result in fetched)
    under_way.extend((item, pool.submit(fetch, item)) for item in islice(todo, at_once - len(under_way)))
    try:
        while under_way:
            item, future = under_way[0]
            while not future.done():
                wait([future], timeout=LOOK_UP_S)
            yield item, future.result()
            under_way.popleft()
            under_way.extend((following, pool.submit(fetch, following)) for following in islice(todo, 1))
    finally:
        with suppress(RuntimeError):  # one of its threads collects the garbage that this has become
            pool.shutdown(cancel_futures=True)


def _done(result: R) -> Future[R]:
    future: Future[R] = Future()
    future.set_result(result)
    return future


def grouped(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of at most `size`, each as soon as it is whole."""
    rest = iter(items)
    while group := list(islice(rest, size)):
        yield group


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Slices of at most `size`."""
    return (items[start : start + size] for start in range(0, len(items), size))
