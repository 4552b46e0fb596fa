"""A shell on a pseudo terminal, and somebody who types into it: what is pressed, what is shown, and how long one waits."""

import codecs
import os
import pty
import re
import select
import termios
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from benchmarks.guide import count_words

ENTER = 1
PASTE = 3  # select, copy, paste
PATIENCE_S = 900.0
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_PROMPT = re.compile(r"first-hour (\d+)> $")  # PS1 below: the exit code of the command before


@dataclass(frozen=True)
class Answer:
    """To a question that ends as the regular expression says: `text`, of so many keystrokes, and Enter. `first`: done before."""

    question: str
    text: str = ""
    keystrokes: int = 0
    first: Callable[[], None] | None = None


@dataclass(frozen=True)
class Spent:
    """What a step has taken."""

    keystrokes: int = 0
    words: int = 0
    seconds: float = 0.0


class Shell:
    """Bash, without the settings of whoever runs this. A context manager. What is typed is not echoed: it is known."""

    def __init__(self, environment: Mapping[str, str], folder: str) -> None:
        self._said = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            os.chdir(folder)
            settings = {**environment, "PS1": "first-hour $?> ", "TERM": "xterm"}
            os.execvpe("bash", ["bash", "--norc", "--noprofile", "--noediting", "-i"], settings)  # noqa: S606, S607
        kept = termios.tcgetattr(self._terminal)
        kept[3] &= ~termios.ECHO
        termios.tcsetattr(self._terminal, termios.TCSANOW, kept)
        self._wait_for(())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._terminal)  # which hangs up
        os.waitpid(self._pid, 0)

    def type(self, command: str, answers: tuple[Answer, ...] = ()) -> Spent:
        """Type a command, answer what it asks, and wait for its end. Raises RuntimeError where it fails, or asks more or less."""
        left, keystrokes, words, seconds = list(answers), len(command) + ENTER, 0, 0.0
        text = command
        while True:
            begun = time.monotonic()
            os.write(self._terminal, f"{text}\n".encode())
            said = self._wait_for(tuple(left))
            seconds += time.monotonic() - begun
            words += count_words(_PROMPT.sub("", said))
            ended = _PROMPT.search(said)
            if ended:
                if ended[1] != "0" or left:
                    raise RuntimeError(f"{command} ended with {ended[1]}, not asked: {left}\n{said}")
                return Spent(keystrokes, words, seconds)
            (answer,) = [each for each in left if _is_asked(each, said)]
            left.remove(answer)
            if answer.first:
                answer.first()
            keystrokes += answer.keystrokes + ENTER
            text = answer.text

    def _wait_for(self, answers: tuple[Answer, ...]) -> str:
        """All that is shown until the prompt, or one of the questions. Raises RuntimeError where neither comes."""
        said, until = "", time.monotonic() + PATIENCE_S
        while not (_PROMPT.search(said) or any(_is_asked(each, said) for each in answers)):
            ready, _, _ = select.select([self._terminal], [], [], max(until - time.monotonic(), 0))
            if not ready:
                raise RuntimeError(f"nothing more was said:\n{said}")
            self._said += self._decoder.decode(os.read(self._terminal, 65536))
            said = _shown(self._said)
        self._said = ""
        return said


def _is_asked(answer: Answer, said: str) -> bool:
    return re.search(f"{answer.question}$", said) is not None


def _shown(said: str) -> str:
    """What stands on the screen in the end: of a line that is written again and again, such as how far a run is, the last."""
    lines = re.sub("\r+\n", "\n", _CONTROL.sub("", said)).split("\n")
    return "\n".join(next((part for part in reversed(line.split("\r")) if part), "") for line in lines)
