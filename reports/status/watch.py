"""`./run status --watch`: follows the file that the run under way writes, until that run has ended. No database is asked."""

import json
import os
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from utils.terminal import one_printable_line

EVERY_S = 2.0
BAR = 24
RUNNING = "running"


def follow(
    path: Path,
    out: TextIO,
    sleep: Callable[[float], object],
    *,
    as_json: bool = False,
    is_alive: Callable[[int], bool] | None = None,
) -> None:
    """Show what the file says whenever that has changed, until no run is under way: over what was shown before on a terminal,
    else in a new line; `as_json`: as it stands, in one line.

    A step of a chain is followed by the next one. `is_alive`: whether there is such a process.
    """
    alive = is_alive or _is_alive
    is_over_itself = out.isatty() and not as_json
    shown, height = "", 0
    while True:
        said = read(path)
        if said is None:
            out.write("nothing has run here yet\n")
            return
        is_there = alive(int(said.get("pid") or 0))
        if said.get("status") == RUNNING and not is_there:
            said["status"] = "killed"
        text = json.dumps(said) + "\n" if as_json else view(said, is_tall=is_over_itself)
        if text != shown:
            out.write((f"\x1b[{height}F\x1b[J" if is_over_itself and height else "") + text)
            out.flush()
            shown, height = text, text.count("\n")
        is_between_steps = bool(said.get("chain")) and is_there
        if said["status"] != RUNNING and not is_between_steps:
            return
        sleep(EVERY_S)


def read(path: Path) -> dict[str, Any] | None:
    """What the file says; None where there is none, or none of ours."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return said if isinstance(said, dict) and "status" in said else None


def view(said: Mapping[str, Any], *, is_tall: bool) -> str:
    """For people: a line, or a few with a bar."""
    head = f"{_of(said, 'job')}: {_of(said, 'status')}"
    place, counts = _place(said), _counts(said)
    if not is_tall:
        return ", ".join(part for part in (head, place, counts) if part) + "\n"
    percent = said.get("percent")
    filled = round(BAR * percent / 100) if isinstance(percent, int) else 0
    bar = f"{'█' * filled}{'░' * (BAR - filled)} {percent}%" if percent is not None else ""
    return "".join(f"{line}\n" for line in (head, bar, place, counts) if line)


def _place(said: Mapping[str, Any]) -> str:
    """`liked_tracks 250 of 750, batch 5 of 15, done at 14:05`."""
    if "entity" not in said:
        return ""
    of = f" of {said['total']:,}" if said.get("total") else ""
    batch = f", batch {said['batch']} of {said['batches']}" if said.get("batches") else ""
    eta = f", done at {datetime.fromisoformat(said['eta']).astimezone():%H:%M:%S}" if said.get("eta") else ""
    return f"{_of(said, 'entity')} {said.get('offset') or 0:,}{of}{batch}{eta}"


def _counts(said: Mapping[str, Any]) -> str:
    names = ("read", "new", "updated", "removed", "requests")
    return ", ".join(f"{said[name]:,} {name}" for name in names if said.get(name))


def _of(said: Mapping[str, Any], name: str) -> str:
    return one_printable_line(str(said.get(name)), 60)


def _is_alive(pid: int) -> bool:
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
