"""What is waited for, and given up."""

import threading

import pytest

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
