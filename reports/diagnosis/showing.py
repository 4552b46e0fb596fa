"""What was found, for people (text, and a table where a person looks) and for programs (JSON). No secret is in any of it."""

import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from reports.diagnosis.checks import Checked
from reports.diagnosis.finding import Finding, Severity
from utils.terminal import one_printable_line
from utils.words import counted

if TYPE_CHECKING:  # its import takes a tenth of a second, which only who sees a table has to wait
    from rich.console import Console

WIDTH = 100
WORST_FIRST = (Severity.FAULT, Severity.WARNING, Severity.NOT_CHECKED, Severity.OK)
STYLES = {
    Severity.FAULT: "bold red",
    Severity.WARNING: "yellow",
    Severity.NOT_CHECKED: "dim",
    Severity.OK: "green",
}
_LABEL = 13
Redact = Callable[[str], str]
Named = tuple[str, Finding]  # a check's name, and what it has found


def lines(checked: Sequence[Checked], redact: Redact) -> Iterator[tuple[Finding, str, str]]:
    """Finding, area and text of each, the worst first, and otherwise in the order of the checks.

    Checks of an area that were not made for the same reason are one line.
    """
    for severity in WORST_FIRST:
        for area, found in _by_area(checked, severity).items():
            if severity is Severity.NOT_CHECKED:
                for why, of_why in _by_reason(found).items():
                    names = ", ".join(name.replace("_", " ") for name, _ in of_why)
                    yield of_why[0][1], area, _plain(f"{names}: {why}", redact)
            else:
                yield from ((finding, area, _plain(finding.what, redact)) for _, finding in found)


def _by_area(checked: Sequence[Checked], severity: Severity) -> dict[str, list[Named]]:
    """What is of that severity, by area."""
    areas: dict[str, list[Named]] = {}
    for each in checked:
        for finding in each.findings:
            if finding.severity is severity:
                areas.setdefault(each.area, []).append((each.name, finding))
    return areas


def _by_reason(found: Sequence[Named]) -> dict[str, list[Named]]:
    reasons: dict[str, list[Named]] = {}
    for name, finding in found:
        reasons.setdefault(finding.what, []).append((name, finding))
    return reasons


def _plain(text: str, redact: Redact) -> str:
    return one_printable_line(redact(text), len(text) + 100)


def summary(checked: Sequence[Checked]) -> str:
    """In one line."""
    count = Counter(finding.severity for each in checked for finding in each.findings)
    found = [
        counted(count[severity], word)
        for severity, word in ((Severity.FAULT, "fault"), (Severity.WARNING, "warning"))
        if count[severity]
    ]
    fine = f"{count[Severity.OK]} things are fine"
    missing = f", {count[Severity.NOT_CHECKED]} were not checked" if count[Severity.NOT_CHECKED] else ""
    return f"{' and '.join(found) or 'Nothing is wrong'}; {fine}{missing}."


def as_text(checked: Sequence[Checked], redact: Redact) -> str:
    """The text."""
    told = []
    for finding, area, text in lines(checked, redact):
        told.append(_wrapped(finding.severity, f"{area}: {text}"))
        if finding.remedy:
            told.append(_wrapped("", f"-> {_plain(finding.remedy, redact)}"))
    return f"{summary(checked)}\n\n{''.join(told)}"


def _wrapped(label: str, text: str) -> str:
    """Under its label; commands and addresses stay in one piece."""
    wrapped = textwrap.wrap(
        text,
        WIDTH,
        initial_indent=label.ljust(_LABEL),
        subsequent_indent=" " * _LABEL,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "".join(f"{line}\n" for line in wrapped)


def as_table(checked: Sequence[Checked], redact: Redact, console: "Console") -> str:
    """The same in colours, as wide as the screen. A colour never says what no word says."""
    from rich.table import Column, Table
    from rich.text import Text

    grid = Table(
        Column(no_wrap=True),
        Column(no_wrap=True, style="dim"),
        Column(overflow="fold"),
        box=None,
        show_header=False,
        pad_edge=False,
    )
    for finding, area, text in lines(checked, redact):
        said = Text(text)
        if finding.remedy:
            said.append(f"\n→ {_plain(finding.remedy, redact)}", "bold")
        grid.add_row(Text(finding.severity, STYLES[finding.severity]), Text(area), said)
    with console.capture() as captured:
        console.print(Text(summary(checked), "bold"))
        console.print()
        console.print(grid)
    return captured.get()


def as_json(checked: Sequence[Checked], redact: Redact) -> dict[str, Any]:
    """The object: the worst, how many of each, and all findings in the order of the checks."""
    found = [(each, finding) for each in checked for finding in each.findings]
    count = Counter(finding.severity for _, finding in found)
    return {
        "worst": next(
            (
                severity
                for severity in WORST_FIRST
                if count[severity] and severity is not Severity.NOT_CHECKED
            ),
            Severity.OK,
        ),
        "counts": {severity: count[severity] for severity in WORST_FIRST},
        "findings": [
            {
                "severity": finding.severity,
                "area": each.area,
                "check": each.name,
                "code": finding.code,
                "what": _plain(finding.what, redact),
                "remedy": _plain(finding.remedy, redact) or None,
            }
            for each, finding in found
        ],
    }
