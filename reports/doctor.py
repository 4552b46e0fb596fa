"""Look for what is wrong with this installation, and say what to do about each thing.

./run doctor
./run doctor --json      for programs
./run doctor --offline   asks neither Spotify nor GitHub

It looks at settings, packages, database, app and consent, clock, time zone and market, the runs, the folders, and, where gh is there, your
copy on GitHub. Spotify is asked for one token and one GET /me at most, and for nothing during a pause. Nothing is changed; only a
refresh token that Spotify gives in place of the old one is kept, as every run does.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import argparse
import json
import os
import sys
from collections.abc import Sequence

from reports.diagnosis.checks import Checked, examine
from reports.diagnosis.showing import as_json, as_table, as_text
from reports.diagnosis.situation import Situation
from utils import stopping
from utils.clock import Clock
from utils.config import read_environment
from utils.errors import ExitCode
from utils.job.command_line import add_user
from utils.job.run_report import add_answer
from utils.redaction import Redactor
from utils.terminal import console_of, say
from utils.verbose import add_verbose


def main(arguments: list[str] | None = None, clock: Clock | None = None) -> int:
    """Look, and say it. The exit code says the worst: 0 nothing · 1 a warning, or runs that fail · 2 settings or database · 3 consent."""
    options = parser().parse_args(arguments)
    environ, wrong = read_environment()
    situation = Situation(environ, clock or Clock(), wrong, options.user, is_offline=options.offline)
    with stopping.ctrl_c_ends_statements():
        checked = examine(situation)
    answer = shown(checked, Redactor(situation.all_secrets()), as_program=options.json)
    code = exit_code(checked)
    say(answer.rstrip("\n"))
    add_answer(os.environ, "doctor", answer, code)
    return code


def parser() -> argparse.ArgumentParser:
    """The command and its options."""
    command_line = argparse.ArgumentParser(
        prog="./run doctor",
        description=f"{__doc__}\nreads   the settings, every table, Spotify's /me, the copy on GitHub by gh\n"
        "writes  nothing, but a refresh token that Spotify has replaced (users)",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="exit codes: 0 nothing is wrong; 1 a warning, or runs that fail; 2 settings or database; 3 consent",
    )
    command_line.add_argument("--json", action="store_true", help="for programs")
    command_line.add_argument("--offline", action="store_true", help="ask neither Spotify nor GitHub")
    add_user(command_line)
    add_verbose(command_line)
    return command_line


def shown(checked: Sequence[Checked], redact: Redactor, *, as_program: bool) -> str:
    """What was found, without secrets."""
    if as_program:
        return json.dumps(as_json(checked, redact), indent=2) + "\n"
    console = console_of(sys.stdout)
    return as_text(checked, redact) if console is None else as_table(checked, redact, console)


def exit_code(checked: Sequence[Checked]) -> ExitCode:
    """The highest of what was found, as that of the daily chain is of its scripts."""
    return max((finding.exit_code for each in checked for finding in each.findings), default=ExitCode.OK)


if __name__ == "__main__":
    sys.exit(main())
