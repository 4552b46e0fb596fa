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
