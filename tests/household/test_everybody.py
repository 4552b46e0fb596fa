"""`--all-users` and sync_all_users: each listener on their own, fair shares of one app's requests, several runners at once."""

import time

import pytest

from api_syncs import chain, run_all
from tests.connections import PATIENCE_S
from tests.household.conftest import Household
from utils import ROOT
from utils.errors import ExitCode

pytestmark = [pytest.mark.once, pytest.mark.slow(30, together=True)]
# A chain that copies plays and likes: the rest takes its time, and is the same for one listener.
SHORT = tuple(step for step in chain.CHAIN if step.module.endswith(("track_plays", "sync_liked_tracks")))
RUNNER = str(ROOT / "tests" / "household" / "runner.py")


@pytest.fixture
def short_chain(monkeypatch):
    monkeypatch.setattr(run_all, "CHAIN", SHORT)


@pytest.fixture
def steps(request, monkeypatch):
    """The chain of this test: in its short form `SHORT`, in the long one whole."""
    monkeypatch.setattr(run_all, "CHAIN", request.param)
    return request.param


def sync(household: Household, *options: str):
    return household.world.call("-m", "api_syncs.sync_all_users", *options)


def many(household: Household, names: list[str], **sizes: int) -> None:
    household.sim.set_allowed(None, is_allowed=False)  # Development Mode takes five
    for name in names:
        household.sim.add_account(name, **sizes)
        household.join(name)
    household.without_environment()


def of_sixty_a_day(household: Household) -> None:
    """Each thinks that Spotify gives the app so many requests."""
    household.world.change(
        "INSERT INTO app_settings (user_id, key, value) SELECT user_id, 'sync.daily_requests_per_group', '60' FROM users"
    )


def assert_whole(household: Household, name: str) -> None:
    library = household.sim.account(name).library
    assert household.liked(name) == set(library.liked_rows())
    sql = "SELECT count(*) FROM plays JOIN users USING (user_id) WHERE name = %s"
    assert household.world.rows(sql, name) == [(len(library.plays),)]


@pytest.mark.search("steps", [SHORT], [chain.CHAIN], indirect=True, ids=lambda steps: f"{len(steps)} scripts")
def test_five_of_whom_two_are_shut_out_and_one_has_twenty_thousand_likes(household, steps):
    """Anna and Ben are well, Carl has withdrawn his consent, Dora is not on the allowlist any more, Emil has 20,000 likes."""
    many(household, ["anna", "ben", "carl", "dora"], liked=5, plays=30)
    many(household, ["emil"], liked=20_000)
    household.sim.revoke_consent("carl")
    household.sim.set_allowed("dora", is_allowed=False)
    done = sync(household)
    assert done.returncode == ExitCode.CONSENT
    assert_whole(household, "anna")
    assert_whole(household, "ben")
    said = {line.split()[0]: line for line in done.stdout.splitlines()[-6:] if line}
    assert "2 of 5 listeners are done, 1 goes on with the next run\n" in done.stdout
    assert "done  the next run goes on with " in said["emil"]
    assert "./run login --user carl" in said["carl"]
    assert "User Management" in said["dora"]
    states = {name: status for name, (_, status, _) in household.listeners().items()}
    assert states == {"anna": "ok", "ben": "ok", "carl": "revoked", "dora": "not_allowlisted", "emil": "ok"}
    assert 0 < len(household.liked("emil")) <= 20_000
    assert household.requests_of("emil") < 600, "the day's requests are the app's"


def test_a_large_library_leaves_what_the_others_need(household, short_chain):
    """Who comes before the others, because nobody knows yet how much they have, gets no more than one part of what there is."""
    many(household, ["a-large-one"], liked=5_000)
    many(household, ["zoe"], liked=120)
    of_sixty_a_day(household)
    done = sync(household)
    assert "1 of 2 listeners are done, 1 goes on with the next run\n" in done.stdout
    assert_whole(household, "zoe")
    assert 20 < household.requests_of("a-large-one") <= 30 + 4


def test_next_day_the_large_library_goes_on_behind_the_others(household, short_chain):
    many(household, ["a-large-one"], liked=5_000)
    many(household, ["zoe"], liked=60)
    of_sixty_a_day(household)
    sync(household)
    before = len(household.liked("a-large-one"))
    household.world.change(
        "UPDATE api_calls SET hour = hour - interval '2 days', last_at = last_at - interval '2 days'"
    )
    sync(household, "--force")
    turns = (
        "SELECT name FROM sync_history JOIN users USING (user_id) WHERE job = 'run_all' ORDER BY started_at"
    )
    assert household.world.rows(turns)[2:] == [("zoe",), ("a-large-one",)]
    assert len(household.liked("a-large-one")) > before


def test_a_consent_in_the_environment_that_nobody_knows_yet_keeps_no_other_from_their_turn(
    household, short_chain
):
    """As on the first evening: one is in the environment, and others have given theirs before anything was copied."""
    for name in ("anna", "ben"):
        household.sim.add_account(name, liked=3, plays=2)
        household.join(name)
    first = sync(household)
    assert first.returncode == ExitCode.OK
    assert "3 of 3 listeners are done\n" in first.stdout
    assert "skipped" not in first.stdout
    for name in ("anna", "ben"):
        assert_whole(household, name)
    claims = (
        "SELECT u.name, c.status FROM listener_claims AS c LEFT JOIN users AS u USING (user_id) ORDER BY 1"
    )
    assert household.world.rows(claims) == [("anna", "done"), ("ben", "done"), (None, "done")]
    assert household.world.rows("SELECT count(*) FROM listener_claims JOIN users USING (user_id)") == [(3,)]
    assert "Nobody's turn has come" in sync(household).stdout


def test_one_chain_does_not_count_for_who_joined_before_it(household, short_chain):
    household.sim.add_account("anna", liked=3)
    household.join("anna")
    for options in ([], ["--user", "anna"]):
        done = household.world.call("-m", "api_syncs.run_all", *options)
        assert (done.returncode, "done a moment ago" in done.stdout) == (ExitCode.OK, False)
    again = household.world.call("-m", "api_syncs.run_all")
    assert "done a moment ago" in again.stdout


def test_one_script_for_everybody_and_the_summary(household):
    for name in ("anna", "ben"):
        household.sim.add_account(name, liked=3)
        household.join(name)
    household.sim.revoke_consent("anna")
    done = household.world.call("-m", "api_syncs.sync_liked_tracks", "--all-users")
    assert done.returncode == ExitCode.CONSENT
    assert "2 of 3 listeners are done" in done.stdout
    assert len(household.liked("ben")) == 3
    assert len(household.world.rows("SELECT 1 FROM liked_tracks")) == 6 + 3
    both = household.world.call("-m", "api_syncs.sync_liked_tracks", "--all-users", "--user", "ben")
    assert both.returncode == ExitCode.SETTINGS


def test_who_is_left_out(household, short_chain):
    """Done within the hour, paused, not active for a week; and who is new is not."""
    many(household, ["done", "dormant", "heard", "new", "paused"], liked=1)
    household.world.change(
        "UPDATE users SET last_active_at = now() - interval '30 days', authorized_at = now() - interval '30 days' "
        "WHERE name IN ('dormant', 'heard')"
    )
    household.world.change(
        "INSERT INTO daily_listening (user_id, day, minutes, play_count) "
        "SELECT user_id, current_date - 3, 1, 1 FROM users WHERE name = 'heard'"
    )
    household.world.call("-m", "db.users", "pause", "paused")
    household.world.change(
        "INSERT INTO listener_claims SELECT user_id, gen_random_uuid(), now(), now(), 'done' FROM users WHERE name = 'done'"
    )
    first = sync(household)
    assert "2 of 2 listeners are done" in first.stdout
    copied = "SELECT DISTINCT name FROM liked_tracks JOIN users USING (user_id) ORDER BY 1"
    assert household.world.rows(copied) == [("heard",), ("new",)]
    again = sync(household)
    assert (again.returncode, "Nobody's turn has come" in again.stdout) == (ExitCode.OK, True)
    everybody = sync(household, "--everybody", "--force")
    assert "4 of 4 listeners are done" in everybody.stdout
    household.world.change("UPDATE users SET is_active = false")
    nobody = sync(household)
    assert (nobody.returncode, "There is no active listener with a consent" in nobody.stderr) == (
        ExitCode.SETTINGS,
        True,
    )


def start_runner(household: Household):
    return household.world.start(RUNNER)


def chains(household: Household) -> dict[str, int]:
    """name → how often their chain was run to its end."""
    sql = "SELECT name, count(*) FROM sync_history JOIN users USING (user_id) WHERE job = 'run_all' AND status = 'done' GROUP BY 1"
    return dict(household.world.rows(sql))


def test_two_runners_over_fifty_listeners(make_world):
    """Each is copied once, by one of them; both have some."""
    household = Household(make_world("extended"))
    names = [f"guest{number}" for number in range(50)]
    many(household, names, liked=1)
    runners = [start_runner(household) for _ in range(2)]
    said = [runner.communicate(timeout=PATIENCE_S)[0] for runner in runners]
    assert [runner.returncode for runner in runners] == [0, 0], said
    assert chains(household) == dict.fromkeys(names, 1)
    assert len(household.world.rows("SELECT 1 FROM liked_tracks")) == 50
    [(runner_count,)] = household.world.rows("SELECT count(DISTINCT runner) FROM listener_claims")
    assert runner_count == 2
    assert household.world.rows("SELECT 1 FROM listener_claims WHERE status IS DISTINCT FROM 'done'") == []


def test_the_listener_of_a_killed_runner_is_taken_over(make_world):
    household = Household(make_world("extended", latency_ms=200))
    names = [f"guest{number}" for number in range(4)]
    many(household, names, liked=1)
    first = start_runner(household)
    begun = "SELECT name FROM listener_claims JOIN users USING (user_id) WHERE finished_at IS NULL"
    until = time.monotonic() + PATIENCE_S
    while not household.world.rows(begun) and time.monotonic() < until:
        assert first.poll() is None, first.communicate()
        time.sleep(0.02)
    household.world.kill(first)
    first.communicate()
    [(left,)] = household.world.rows(begun)
    second = start_runner(household)
    said, _ = second.communicate(timeout=PATIENCE_S)
    assert second.returncode == 0, said
    assert "died: taken over" in said.partition(f"\n{left}\n")[2].partition("\n\n")[0]
    assert household.world.rows(begun) == []
    assert len(household.world.rows("SELECT 1 FROM liked_tracks")) == 4


@pytest.mark.parametrize("is_known", [False, True])
def test_two_runners_of_one_consent_in_the_environment_that_nobody_knew_yet(make_world, is_known):
    """Both begin at once, or the second when the first has learnt whose that consent is, and is still at it."""
    household = Household(make_world("extended", latency_ms=150, liked=200, plays=5))
    for name in ("anna", "ben"):
        household.sim.add_account(name, liked=1)
        household.join(name)
    runners = [start_runner(household)]
    until = time.monotonic() + PATIENCE_S
    while is_known and not household.world.rows("SELECT 1 FROM users WHERE name IS NULL"):
        assert time.monotonic() < until
        time.sleep(0.02)
    runners.append(start_runner(household))
    said = [runner.communicate(timeout=PATIENCE_S)[0] for runner in runners]
    assert [runner.returncode for runner in runners] == [0, 0], said
    assert ["skipped" in each for each in said] == [False, False], said
    for name in ("the listener of the environment", "anna", "ben"):
        assert "".join(said).count(f"\n{name}\n") == 1
    assert len(household.world.rows("SELECT 1 FROM liked_tracks")) == 200 + 2
    done = "SELECT count(*) FROM listener_claims JOIN users USING (user_id) WHERE status = 'done'"
    assert household.world.rows(done) == [(3,)]
