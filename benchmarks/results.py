"""What a case of the benchmarks has found out, and the table of all of them: ratios of what was measured side by side in one run."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import get_context

HEAD = (
    "case",
    "size",
    "ours, s",
    "of the limit",
    "times as fast as the plain client",
    "requests of the Web API (plain client's)",
    "of tokens",
    "MB of memory",
    "MB stored",
)


@dataclass(frozen=True)
class Result:
    """A case at so many times a normal library. Seconds by the clock; None where there is no such thing, or it was left out.

    `limit_s`: the least that its steps can cost here; `plain_s`: what the plain client takes. `requests`: of the Web API, which count
    against its quota; `tokens`: of the service that gives access tokens, which do not.
    """

    case: str
    scale: int
    seconds: float
    limit_s: float | None = None
    plain_s: float | None = None
    requests: int | None = None
    plain_requests: int | None = None
    peak_mb: float | None = None
    stored_bytes: int | None = None
    tokens: int | None = None
    plain_tokens: int | None = None

    def cells(self) -> tuple[str, ...]:
        """Its row of the table."""
        return (
            self.case,
            f"{self.scale} times",
            f"{self.seconds:.2f}",
            "" if not self.limit_s else f"{self.seconds / self.limit_s:.2f}",
            "" if not self.plain_s else f"{self.plain_s / self.seconds:.1f}",
            _beside(self.requests, self.plain_requests),
            _beside(self.tokens, self.plain_tokens),
            "" if self.peak_mb is None else f"{self.peak_mb:.0f}",
            "" if self.stored_bytes is None else f"{self.stored_bytes / 1e6:.1f}",
        )


def alone(case: str, scale: int) -> list[Result]:
    """A case (a module of this package) at a size, in a process of its own: what others have needed of memory is not in its figures."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(_results_of, case, scale).result()


def _results_of(case: str, scale: int) -> list[Result]:
    found: list[Result] = import_module(f"benchmarks.{case}").results(scale)
    return found


def _beside(ours: int | None, plain: int | None) -> str:
    """A number of ours, and in brackets the plain client's."""
    own = "" if ours is None else f"{ours:,}"
    return own if plain is None else f"{own} ({plain:,})"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def whole_table(results: Sequence[Result]) -> str:
    """All results, and how each case grows: with the size to the power of the exponent (1: linear), from the smallest to the largest."""
    text = table(HEAD, [result.cells() for result in results])
    grown = list(growth(results))
    if grown:
        text += "\n" + table(("case", "grows with the size to the power of"), grown)
    return text


def growth(results: Iterable[Result]) -> Iterable[tuple[str, str]]:
    """Case and exponent, of those that were measured at several sizes."""
    by_case: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        by_case[result.case].append(result)
    for case, found in by_case.items():
        least, most = min(found, key=_scale), max(found, key=_scale)
        if least.scale < most.scale:
            exponent = math.log(most.seconds / least.seconds) / math.log(most.scale / least.scale)
            yield case, f"{exponent:.2f}"


def _scale(result: Result) -> int:
    return result.scale
