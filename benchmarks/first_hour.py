"""Measures the way from nothing to a first sync of one's own, as docs/setup.md leads: on a laptop, and in a fork.

A clone of this repository's HEAD in a folder of its own, where nothing is installed; every command is typed into a shell on a
pseudo terminal and must be one that the guide shows. The simulator stands for Spotify, a program that opens links for the
browser, another one for `gh`, and the embedded PostgreSQL, reached over loopback, for the hosted database; what GitHub
would run is run here, against that database. Beside them only the package index is asked.

What is read is every word of the guide's sections up to the first sync, and every word that the commands print. What is done
in a browser (FORMS) cannot be measured here: it is guessed, shown as that, and part of the total. Pressing Enter counts one
keystroke, pasting three (select, copy, paste). Exit code 1 where a way takes longer than fifteen minutes.
Run it with `python -m benchmarks.first_hour`.
"""

if __name__ == "__main__":  # what is missing is said before it is imported
    from runpy import run_path

    run_path(__file__.rsplit("/", 2)[0] + "/utils/start.py")

import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.first_hour_world import Place, place
from benchmarks.guide import Guide, read_guide
from benchmarks.typist import ENTER, PASTE, Answer, Shell, Spent
from benchmarks.world import say
from utils import ROOT

TARGET_MIN = 15.0
WORDS_A_MINUTE, KEYSTROKES_A_MINUTE = (
    200,
    200,
)  # somebody who reads every word, and types forty words a minute
# Left of the target for what the counts of the guide cannot tell: the machine's work, and what commands print.
ALLOWANCE_MIN = 3.5
GUIDE = Path("docs", "setup.md")


@dataclass(frozen=True)
class Read:
    """A section of the guide, by its heading."""

    heading: str


@dataclass(frozen=True)
class Question:
    """One that a command asks, as a regular expression for its end. `value`: what is pasted; else `text` is typed; then Enter."""

    asked: str
    value: str = ""
    text: str = ""

    @property
    def keystrokes(self) -> int:
        """What is pressed before Enter."""
        return PASTE if self.value else len(self.text)


@dataclass(frozen=True)
class Type:
    """A command, with what it asks."""

    command: str
    questions: tuple[Question, ...] = ()

    @property
    def keystrokes(self) -> int:
        """All that is pressed, each Enter too."""
        return len(self.command) + ENTER + sum(each.keystrokes + ENTER for each in self.questions)


@dataclass(frozen=True)
class Form:
    """What is done in a browser, guessed: seconds of looking and clicking, and what is typed."""

    what: str
    seconds: float
    keystrokes: int = 0


Step = Read | Type | Form

# An account of Spotify is there, and one of GitHub; a login is an address of 20 letters and a password of 12.
SPOTIFY_APP = Form(
    "Spotify: log in, create the app, its settings",
    120,
    20 + 12 + 2 + 6 + 6 + PASTE,  # two names, the redirect URI
)
CONSENT = Form("Spotify: look at what is asked, agree", 25)
NEON = Form("Neon: log in with GitHub, a project, Connect", 100, 6)  # its name
INSTALL_GH = Form("gh: install it", 45, len("brew install gh") + ENTER)
LOGIN_GH = Form("gh: its questions, the code in the browser", 60, 5 * ENTER + PASTE + 12)
BUTTON = Form("GitHub: the button that enables workflows", 15)
# A job with its packages takes half a minute (docs/operations.md, What it costs); what it copies is measured.
MACHINE = Form("GitHub: finds a machine, installs packages", 30)
SUMMARY = Form("GitHub: look at the page of the run", 20)

CLONE = Type("git clone https://github.com/OWNER/NAME.git && cd NAME")
LOGIN = Type(
    "./run login",
    (
        Question("Client id: ", value="client id"),
        Question(r"Client secret \(.*\): ", value="client secret"),
        Question(r"Time zone, .* \[.*\]: "),
        Question(r"Market, .* \[.*\]: ", text="DE"),
    ),
)
GREEN_BUTTON = "then Enter here: "
LAPTOP: tuple[Step, ...] = (
    Read("Setup"),
    Read("1. Where shall the data live?"),
    Read("2. The Spotify app, and your consent"),
    CLONE,
    SPOTIFY_APP,
    LOGIN,
    CONSENT,
    Read("3. On this machine"),
    Type("./run sync"),
    Type("./run dashboard"),
    Type("./run status"),
)
FORK: tuple[Step, ...] = (
    Read("Setup"),
    Read("1. Where shall the data live?"),
    Read("2. The Spotify app, and your consent"),
    CLONE,
    SPOTIFY_APP,
    LOGIN,
    CONSENT,
    Read("4. A hosted database"),
    NEON,
    Read("5. On GitHub, by schedule"),
    Read("Your copy"),
    INSTALL_GH,
    Type("gh auth login"),
    LOGIN_GH,
    Type("gh repo fork --remote"),
    Read("One command"),
    Type(
        "./run setup-github --plays-cron '7,37 * * * *'",
        (
            Question(r"DATABASE_URL \(.*\): ", value="database"),
            Question(r"Set up .*\? \[y/N\]: ", text="y"),
            Question(r"Write DATABASE_URL to .* \[Y/n\]: "),
            Question(GREEN_BUTTON),
        ),
    ),
    BUTTON,
    MACHINE,
    Read("What a good first run looks like"),
    SUMMARY,
)
WAYS = {"laptop": LAPTOP, "fork with a hosted database": FORK}


def minutes(spent: Spent) -> float:
    """By the clock of somebody who reads, types and waits, one after the other."""
    return spent.words / WORDS_A_MINUTE + spent.keystrokes / KEYSTROKES_A_MINUTE + spent.seconds / 60


def on_paper(steps: tuple[Step, ...], guide: Guide) -> Spent:
    """What can be counted without doing it: the guide's words, what is pressed, and the forms as guessed."""
    return total(
        [
            Spent(
                words=guide.words(step.heading) if isinstance(step, Read) else 0,
                keystrokes=0 if isinstance(step, Read) else step.keystrokes,
                seconds=step.seconds if isinstance(step, Form) else 0,
            )
            for step in steps
        ]
    )


def commands(steps: tuple[Step, ...]) -> list[str]:
    """All that is typed into the shell."""
    return [step.command for step in steps if isinstance(step, Type)]


def total(spent: list[Spent]) -> Spent:
    """The sum of each."""
    return Spent(
        sum(each.keystrokes for each in spent),
        sum(each.words for each in spent),
        sum(each.seconds for each in spent),
    )


def walk(steps: tuple[Step, ...], here: Place, guide: Guide) -> Iterator[tuple[str, bool, Spent]]:
    """Go the way, and yield each step: what it is, whether it is guessed, and what it took."""
    first: dict[str, Callable[[], None]] = {GREEN_BUTTON: here.press_the_button}
    with Shell(here.environment, str(here.folder)) as shell:
        for step in steps:
            if isinstance(step, Read):
                yield f"read: {step.heading}", False, Spent(words=guide.words(step.heading))
            elif isinstance(step, Form):
                yield step.what, True, Spent(step.keystrokes, 0, step.seconds)
            else:
                answers = tuple(
                    Answer(
                        each.asked,
                        here.values[each.value] if each.value else each.text,
                        each.keystrokes,
                        first.get(each.asked),
                    )
                    for each in step.questions
                )
                yield f"$ {step.command}", False, shell.type(step.command, answers)


def main() -> int:
    """Print a table per way. Raises RuntimeError where the guide does not show what is typed, or a command fails."""
    guide = read_guide(ROOT / GUIDE)
    if missing := guide.missing([command for steps in WAYS.values() for command in commands(steps)]):
        raise RuntimeError(
            f"{GUIDE} shows no longer: {'; '.join(missing)}. Change the steps here as it leads now."
        )
    say(
        f"{WORDS_A_MINUTE} words and {KEYSTROKES_A_MINUTE} keystrokes a minute; ~ is guessed: done in a browser, or GitHub's"
    )
    longest = 0.0
    for name, steps in WAYS.items():
        say(f"\n{name:50} {'keys':>5} {'words':>6} {'waited':>7} {'minutes':>8}")
        measured: list[Spent] = []
        guessed: list[Spent] = []
        with tempfile.TemporaryDirectory(prefix="first-hour-") as folder, place(Path(folder)) as here:
            for what, is_guessed, spent in walk(steps, here, guide):
                (guessed if is_guessed else measured).append(spent)
                say(_row(f"{'~' if is_guessed else ' '} {what}", spent))
        say(_row("measured", total(measured)))
        say(_row("with what is guessed", total([*measured, *guessed])))
        longest = max(longest, minutes(total([*measured, *guessed])))
    is_met = longest <= TARGET_MIN
    say(
        f"\ntarget: at most {TARGET_MIN:.0f} minutes for each way; the longer one takes {longest:.1f}: {'met' if is_met else 'MISSED'}"
    )
    return 0 if is_met else 1


def _row(what: str, spent: Spent) -> str:
    return f"{what:50} {spent.keystrokes:5} {spent.words:6} {spent.seconds:5.0f} s {minutes(spent):8.1f}"


if __name__ == "__main__":
    sys.exit(main())
