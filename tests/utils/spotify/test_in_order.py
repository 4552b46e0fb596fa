"""Several requests at a time: what is left of them when nobody wants the rest."""

import threading

from utils.spotify.in_order import in_order


def test_one_of_its_own_threads_may_end_it():
    """Where the garbage is collected is chance; that thread cannot wait for itself."""
    said, may_go = [], threading.Event()

    def fetch(number):
        if number == 2:
            may_go.wait(20)
            try:
                answers.close()
            except RuntimeError as error:
                said.append(error)
        return number

    answers = in_order(fetch, [1, 2, 3], at_once=2)
    assert next(answers) == (1, 1)
    may_go.set()
    while not (answers.gi_frame is None or said):
        pass
    assert said == []


def test_what_is_fetched_already_comes_first_while_the_next_ones_are_under_way():
    """So the pages behind the first one, which says how many there are, need not wait until that is stored."""
    begun, may_go = [], threading.Event()

    def fetch(number):
        begun.append(number)
        may_go.wait(20)
        return -number

    answers = in_order(fetch, range(1, 9), 4, [(0, 0)])
    assert next(answers) == (0, 0)
    while len(begun) < 3:
        pass
    may_go.set()
    assert list(answers) == [(number, -number) for number in range(1, 9)]


def test_what_is_fetched_already_is_one_of_those_that_a_kill_may_cost():
    begun = []

    def wanted():
        for number in range(1, 9):
            begun.append(number)
            yield number

    answers = in_order(lambda number: number, wanted(), 4, [(0, 0)])
    for taken in range(5):
        assert next(answers) == (taken, taken)
        assert begun == list(range(1, taken + 4))
    answers.close()
