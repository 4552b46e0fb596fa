"""How refresh tokens are stored."""

import pytest

from utils.sealing import new_key, seal, split_keys, unseal

SECRET = "client-secret"
OLD, NEW = new_key(), new_key()


def test_without_a_key_the_apps_secret_seals():
    sealed = seal("refresh-1", (), SECRET)
    assert "refresh-1" not in sealed
    assert unseal(sealed, (), SECRET) == "refresh-1"
    assert unseal(sealed, (), "another secret") is None
    assert seal("refresh-1", (), SECRET) != sealed, "equal tokens do not look equal"


def test_with_a_key_the_apps_secret_opens_nothing():
    sealed = seal("refresh-1", (NEW,), SECRET)
    assert unseal(sealed, (NEW,), "whatever") == "refresh-1"
    assert unseal(sealed, (), SECRET) is None
    assert unseal(sealed, (OLD,), SECRET) is None


def test_what_was_sealed_before_there_was_a_key_is_still_read():
    assert unseal(seal("refresh-1", (), SECRET), (NEW,), SECRET) == "refresh-1"


def test_the_first_key_seals_and_each_unseals():
    both = (NEW, OLD)
    assert unseal(seal("refresh-1", (OLD,), SECRET), both, SECRET) == "refresh-1"
    assert unseal(seal("refresh-1", both, SECRET), (NEW,), SECRET) == "refresh-1"
    assert unseal(seal("refresh-1", both, SECRET), (OLD,), SECRET) is None


@pytest.mark.parametrize("sealed", ["", "not sealed at all", "gAAAA", "é", "\x00"])
def test_what_was_never_sealed_opens_to_nothing(sealed):
    assert unseal(sealed, (NEW,), SECRET) is None


def test_the_setting_holds_one_key_or_several():
    assert split_keys(f" {NEW} ") == (NEW,)
    assert split_keys(f"{NEW},{OLD}") == (NEW, OLD)
    assert split_keys("") == ()
    for wrong in ("secret", NEW[:-1], f"{NEW};{OLD}", f"{NEW},x"):
        assert split_keys(wrong) is None
