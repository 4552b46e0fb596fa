"""Stopping in time: SIGTERM and Ctrl-C end a process within 5 s, whatever it waits for.

at once       waits are cut short, no further batch begins, what only reads from Spotify is given up
after 1 s     a statement that the database takes more than half a second for is broken off
after 3 s     a request that changes something on Spotify is given up as well
after 3.3 s   whatever else the main thread does ends with Stopped
after 4.5 s   the process ends as it is. What was committed is kept, as after a kill

A second signal ends it at once. Signals are heard in a thread of its own, because the main one may be inside a library
that answers none. docs/operations.md tells the same to people.
"""

import atexit
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TypeVar

from utils.clock import Clock
from utils.errors import ExitCode, Stopped
from utils.start import CTRL_C

STATEMENT_S = 1.0  # since the signal: for a batch that is being written
WRITE_S = 3.0  # for a request that changes something
ANYTHING_S = 3.3  # for what the main thread does otherwise
LONGEST_S = 4.5  # for the whole process
LOOK_UP_S = 0.1  # between two looks at what is still under way

T = TypeVar("T")
CAUGHT = (signal.SIGINT, signal.SIGTERM)


class GivenUp(Exception):
    """What was waited for is of no use any more."""


def in_own_thread(act: Callable[[], T], is_given_up: Callable[[], bool]) -> T:
    """What `act` returns or raises; raises GivenUp as soon as `is_given_up` says so, whatever `act` is waiting for.

    A thread that was given up ends with the process at the latest.
    """
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(act())
        except BaseException as error:  # noqa: BLE001 - raised below, in the thread that waits for this one
            future.set_exception(error)

    if is_given_up():
        raise GivenUp
    threading.Thread(target=run, daemon=True).start()
    while not wait([future], timeout=LOOK_UP_S).done:
        if is_given_up():
            raise GivenUp
    return future.result()


_break_off: list[Callable[[], None]] = []  # what ends things that hear of no signal; none of these may wait


def when_late(break_off: Callable[[], None]) -> None:
    """Call this again and again while a stop is late. It must not wait."""
    _break_off.append(break_off)


class _Watch:
    """Hears the signals of this process, and sees to it that it ends. `job`: without one, only Ctrl-C is heard."""

    def __init__(self, clock: Clock, job: str = "") -> None:
        self.clock = clock
        self.may_raise = False  # in the main thread
        self.exit_code = int(ExitCode.OK)
        self.is_told = False  # how it ends
        self._job = job
        self._may_end = True  # the process, once it is late
        self._is_due: bool | None = None  # to raise Stopped in the main thread; False: it was raised
        self._own = 0  # signals that this has sent to its own process
        self._hearing, self._told_by = socket.socketpair()
        self._told_by.setblocking(False)
        self._before = signal.set_wakeup_fd(self._told_by.fileno(), warn_on_full_buffer=False)
        threading.Thread(target=self._hear, name="signals", daemon=True).start()

    def handle(self, number: int, frame: FrameType | None) -> None:
        """The handler of the signals, in the main thread.

        What it raises while psycopg2 has a message decoded would be printed there, and lost.
        """
        self._begin(number)
        is_decoding = frame is not None and frame.f_globals.get("__name__", "").startswith("encodings.")
        if self._is_due and self.may_raise and not is_decoding:
            self._is_due = False
            raise Stopped(f"stopped by {self.clock.interrupted_by}")

    def close(self) -> None:
        """The work has ended. A process that was told to stop has the rest of its time to end in."""
        signal.set_wakeup_fd(self._before)
        self._may_end = False
        if self.clock.is_interrupted:
            atexit.register(self._in_the_last_seconds)
        else:
            self._told_by.send(b"\0")

    def _in_the_last_seconds(self) -> None:
        self.is_told = self._may_end = True

    def _begin(self, number: int) -> None:
        if not self.clock.is_interrupted:
            self.exit_code = int(ExitCode.INTERRUPTED if number == signal.SIGINT else ExitCode.OK)
            self.clock.interrupt(CTRL_C if number == signal.SIGINT else signal.Signals(number).name)

    def _hear(self) -> None:
        is_begun = False
        with self._hearing, self._told_by:
            while True:
                self._hearing.settimeout(LOOK_UP_S if is_begun else None)
                try:
                    numbers = self._hearing.recv(16)
                except TimeoutError:
                    numbers = b""
                if 0 in numbers:
                    return
                for number in filter(CAUGHT.__contains__, numbers):
                    if self._own:
                        self._own -= 1
                    elif is_begun:
                        os._exit(128 + number)  # as a shell says it
                    else:
                        is_begun = True
                        self._begin(number)
                if is_begun and self._may_end:
                    self._look_after()

    def _look_after(self) -> None:
        """End what is late. The main thread is told again and again until it has raised Stopped."""
        seconds = self.clock.seconds_interrupted
        if self._is_due is None and seconds > ANYTHING_S and self._job:
            self._is_due = True
        if self._is_due:
            self._own += 1
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
        if seconds > (STATEMENT_S if self._job else 0.0):
            for break_off in _break_off:
                break_off()
        if seconds > LONGEST_S:
            self._end()

    def _end(self) -> None:
        with suppress(RuntimeError):  # no thread can begin any more
            saying = threading.Thread(target=self._say_end, daemon=True)
            saying.start()
            saying.join(LOOK_UP_S)  # nobody may be reading
        os._exit(self.exit_code)

    def _say_end(self) -> None:
        sys.stdout.flush()
        if self._job and not self.is_told:
            sys.stderr.write(
                f"{self._job}: stopped by {self.clock.interrupted_by}: what was under way did not end in time. What was "
                "committed is kept, the end of this run is not stored\n"
            )
        elif not self.is_told:
            sys.stderr.write(f"\nstopped by {self.clock.interrupted_by}\n")
        sys.stderr.flush()


_watch: _Watch | None = None


def seconds_stopping() -> float:
    """How long ago this process was told to stop; 0 where it was not."""
    return _watch.clock.seconds_interrupted if _watch is not None else 0.0


@contextmanager
def ends_in_time(job: str, clock: Clock) -> Iterator[None]:
    """While the body runs, SIGINT and SIGTERM interrupt `clock`, and what does not end in time is ended.

    Within another one, and in other threads than the main one, this does nothing.
    """
    with _watching(clock, job) as watch:
        if watch is None:
            yield
            return
        before = {number: signal.signal(number, watch.handle) for number in CAUGHT}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


@contextmanager
def ctrl_c_ends_statements() -> Iterator[None]:
    """While the body runs, Ctrl-C (KeyboardInterrupt, as ever) ends also what waits for the database.

    So does SIGTERM where somebody handles that; then it is SystemExit.
    """
    clock = Clock()
    with _watching(clock):
        try:
            yield
        except Exception:
            if not clock.is_interrupted:
                raise
            # What a connection says that was cut is of no interest.
            ended = (
                KeyboardInterrupt() if clock.interrupted_by == CTRL_C else SystemExit(128 + signal.SIGTERM)
            )
            raise ended from None


@contextmanager
def _watching(clock: Clock, job: str = "") -> Iterator[_Watch | None]:
    global _watch
    if _watch is not None or threading.current_thread() is not threading.main_thread():
        yield None
        return
    watch = _watch = _Watch(clock, job)
    try:
        yield watch
    finally:
        watch.close()
        _watch = None


@contextmanager
def may_be_ended(is_so: bool = True) -> Iterator[None]:
    """While the body runs, a stop that is late raises Stopped in the middle of it; or does not, where another one is around it."""
    watch = _watch
    if watch is None:
        yield
        return
    before, watch.may_raise = watch.may_raise, is_so
    try:
        yield
    finally:
        watch.may_raise = before


def end_is_told(exit_code: int) -> None:
    """Nothing more need be said; should the process still be late, it returns this."""
    if _watch is not None and _watch.clock.is_interrupted:
        _watch.is_told, _watch.exit_code = True, exit_code
