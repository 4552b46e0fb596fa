"""Ids of runs: those that PostgreSQL and other programs take for random UUIDs, each one another."""

from uuid import RFC_4122, UUID

from utils.job.run_id import new_run_id


def test_it_is_a_random_uuid():
    for text in {new_run_id() for _ in range(200)}:
        read = UUID(text)
        assert (str(read), read.version, read.variant) == (text, 4, RFC_4122)


def test_no_two_are_the_same():
    assert len({new_run_id() for _ in range(1000)}) == 1000
