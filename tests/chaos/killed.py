"""Kill a script (SIGKILL) at one of its points (told_to_stop.py), as often as it is asked to.

Reads lines of JSON, `[environment, script, point]`, and answers each with `[points, exit code]`: how many points there
were, or 0 where it was killed; the exit code is -9 then. `point` is null for a run that nobody disturbs. Each run is forked
from this process, which has nothing open.
"""

import importlib
import json
import os
import signal
import sys
import tempfile
from functools import partial
from pathlib import Path

from jinja2 import FileSystemBytecodeCache

sys.path.insert(0, str(Path(__file__).parents[2]))
os.environ.setdefault("DATABASE_URL", "")
from api_syncs.chain import CHAIN
from tests.chaos.told_to_stop import start
from tests.connections import wait_until_alone

# Once, not in each of the processes that are forked from this one: imports, and the translation of templates.
for module in (*(step.module for step in CHAIN), "PIL.Image"):
    importlib.import_module(module)
build = importlib.import_module("reports.dashboard.build")
folder = tempfile.TemporaryDirectory()
build.Environment = partial(build.Environment, bytecode_cache=FileSystemBytecodeCache(folder.name))

for line in sys.stdin:
    environment, script, point = json.loads(line)
    os.environ.clear()
    os.environ.update(environment)
    with Path(os.devnull).open("w") as nothing:
        pid, telling, going = start(script, point, nothing.fileno())
    told = os.read(telling, 100)
    if told.startswith(b"reached"):
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    os.close(telling)
    os.close(going)
    wait_until_alone(environment["DATABASE_URL"])
    points = int(told) if told.isdigit() else 0
    sys.stdout.write(json.dumps([points, os.waitstatus_to_exitcode(status)]) + "\n")
    sys.stdout.flush()
