"""What the doctor says where consents are stored with their listeners."""

import pytest

from tests.household.conftest import KEY, Household
from tests.reports.doctor.conftest import doctor
from utils.sealing import new_key

pytestmark = [pytest.mark.once, pytest.mark.slow(10, together=True)]


@pytest.fixture(scope="module")
def household(world) -> Household:
    """Beside the listener of the environment: anna, whose consent is stored."""
    home = Household(world)
    home.sim.add_account("anna")
    home.join("anna", market="DE", time_zone="Europe/Berlin")
    return home


@pytest.fixture(autouse=True)
def with_key(household, world, settings_stay) -> None:
    world.extra["TOKEN_ENCRYPTION_KEY"] = KEY


def test_nothing_is_wrong_with_several_listeners(household, world) -> None:
    told = doctor(world)
    assert (told.wrong, told.of("has_consent")["what"]) == ([], "Consents: one in the environment, 1 stored.")
    assert household.requests_of("anna") == 0
    assert doctor(world, "--user", "anna").wrong == []
    assert household.requests_of("anna") == 1


def test_the_environments_market_and_zone_say_nothing_of_whose_consent_is_stored(
    household, world, monkeypatch
) -> None:
    monkeypatch.setitem(world.extra, "SPOTIFY_MARKET", "SE")
    monkeypatch.setitem(world.extra, "TIME_ZONE", "Europe/Stockholm")
    world.change("UPDATE users SET market = NULL, time_zone = 'UTC' WHERE name = 'anna'")
    told = doctor(world, "--user", "anna", "--offline")
    world.change("UPDATE users SET market = 'DE', time_zone = 'Europe/Berlin' WHERE name = 'anna'")
    assert {code for code, _ in told.wrong} == {"market", "time-zone"}
    assert all(
        "./run login --user anna --" in str(told.of(each)["remedy"]) for each in ("market", "time_zone")
    )


def test_one_stored_consent_is_enough(household, world) -> None:
    household.without_environment()
    assert doctor(world).wrong == []


def test_where_the_database_is_out_of_reach_nobody_knows_whether_a_consent_is_stored(
    household, world
) -> None:
    """The consents of a household are in there: that none is stored would be a second fault, and a false one."""
    household.without_environment()
    world.extra["DATABASE_URL"] = "postgresql://nobody@127.0.0.1:9/nowhere"
    told = doctor(world)
    assert (told.wrong, told.exit_code) == ([("database-unreachable", "fault")], 2)
    assert told.of("has_consent")["severity"] == "not checked"


@pytest.mark.parametrize("key", ["", new_key()], ids=["missing", "another"])
def test_the_key_of_the_stored_consents(household, world, key) -> None:
    world.extra["TOKEN_ENCRYPTION_KEY"] = key
    told = doctor(world)
    assert (told.wrong, told.exit_code) == ([("token-key", "fault")], 2)
    assert "anna" in told.of("keys")["what"]


def test_a_key_that_is_none_is_not_shown(household, world) -> None:
    world.extra["TOKEN_ENCRYPTION_KEY"] = "hush hush"
    ended = world.call("-m", "reports.doctor", "--offline")
    assert "TOKEN_ENCRYPTION_KEY is not a Fernet key" in " ".join(ended.stdout.split())
    assert "hush" not in ended.stdout


@pytest.mark.parametrize(
    ("change", "undo", "wrong", "exit_code", "remedy"),
    [
        (
            "auth_status = 'revoked'",
            "auth_status = 'ok'",
            ("consent-revoked", "fault"),
            3,
            "./run login --user anna",
        ),
        (
            "auth_status = 'not_allowlisted'",
            "auth_status = 'ok'",
            ("consent-not-allowlisted", "fault"),
            3,
            "User Management",
        ),
        (
            "authorized_at = authorized_at - interval '165 days'",
            "authorized_at = authorized_at + interval '165 days'",
            ("consent-ends", "warning"),
            1,
            "./run login --user anna",
        ),
    ],
)
def test_what_is_wrong_with_the_consent_of_another_is_told_with_the_name(
    household, world, change, undo, wrong, exit_code, remedy
) -> None:
    world.change(f"UPDATE users SET {change} WHERE name = 'anna'")
    try:
        told = doctor(world)
    finally:
        world.change(f"UPDATE users SET {undo} WHERE name = 'anna'")
    assert (told.wrong, told.exit_code) == ([wrong], exit_code)
    said = told.of("stored_consents")["remedy"]
    assert (remedy in said, "login" in said) == (True, "login" in remedy), (
        "a new consent changes nothing at the allowlist"
    )


def test_who_is_named_is_asked_about(household, world) -> None:
    given = household.sim.account("anna").consents[-1]
    given.revoked = True
    try:
        told = doctor(world, "--user", "anna")
    finally:
        given.revoked = False
    assert told.wrong == [("consent-revoked", "fault")]
    assert "--user anna" in told.of("consent")["remedy"]
