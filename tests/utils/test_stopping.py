"""What is waited for, and given up."""

import subprocess
import sys
import threading

import pytest

from tests.conftest import ROOT
from utils.stopping import GivenUp, in_own_thread


def test_what_comes_in_time_is_returned_or_raised():
    assert in_own_thread(lambda: 5, lambda: False) == 5
    with pytest.raises(ZeroDivisionError):
        in_own_thread(lambda: 1 / 0, lambda: False)


def test_what_is_of_no_use_any_more_is_given_up():
    never, looks = threading.Event(), iter([False, False, True])
    with pytest.raises(GivenUp):
        in_own_thread(never.wait, lambda: next(looks))
    never.set()


def test_what_is_given_up_already_is_not_begun():
    begun = []
    with pytest.raises(GivenUp):
        in_own_thread(lambda: begun.append(1), lambda: True)
    assert begun == []


STEP_OF_A_CHAIN = """
import os, signal
from utils import stopping
from utils.clock import Clock

stopping.ANYTHING_S, clock = 0.0, Clock()
with stopping.ends_in_time("run_all", clock), stopping.may_be_ended():
    with stopping.may_be_ended(False):
        os.kill(os.getpid(), signal.SIGTERM)
        while clock.seconds_interrupted < 5 * stopping.LOOK_UP_S:
            pass
        print("stored")
"""


def test_a_step_of_a_chain_stores_its_end_undisturbed():
    found = subprocess.run([sys.executable, "-c", STEP_OF_A_CHAIN], cwd=ROOT, capture_output=True, text=True)
    assert (found.stdout, found.stderr, found.returncode) == ("stored\n", "", 0)
