"""Storing consents beside the environment's: by link, by a token; what is refused; the key that seals them."""

from contextlib import closing
from urllib.parse import parse_qs, urlsplit

import psycopg2
import pytest

from db import users
from tests.household.conftest import KEY, Household
from utils.clock import Clock
from utils.config import environment
from utils.database.connection import open_database
from utils.database.statements import statement
from utils.errors import ConsentError, ExitCode, SettingsError
from utils.job.declaration import Options
from utils.job.lifecycle import run_job
from utils.job.scripts import jobs
from utils.login.by_link import challenge_of
from utils.login.for_listener import Wanted, login_listener
from utils.sealing import new_key, seal, unseal

pytestmark = pytest.mark.once
LIKED = "api_syncs.sync_liked_tracks"


def sync(household: Household, user: str = ""):
    from api_syncs.sync_liked_tracks import JOB

    with household.world.settings():
        return run_job(JOB, Options(force=True, user=user))


def test_a_consent_by_link_copies_that_listener_and_nobody_else(household):
    household.sim.add_account("anna", liked=4)
    household.join("anna", time_zone="Europe/Berlin")
    assert sync(household, "anna").status == "done"
    assert household.liked("anna") == set(household.sim.account("anna").library.liked_rows())
    assert household.world.rows("SELECT name, time_zone FROM users") == [("anna", "Europe/Berlin")]
    assert household.requests_of(household.sim.account().name) == 0
    assert sync(household).status == "done", "the environment's consent is as it was"
    assert household.listeners() == {"anna": ("pkce", "ok", True), None: (None, "ok", True)}


def test_the_link_holds_a_challenge_and_no_secret(household):
    household.sim.add_account("anna")
    household.join("anna")
    assert household.sim.client_secret not in household.said
    [url] = {word for word in household.said.split() if "/authorize?" in word}
    query = parse_qs(urlsplit(url).query)
    assert query["code_challenge_method"] == ["S256"]
    assert len(query["code_challenge"][0]) == 43
    # RFC 7636, appendix B.
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_no_token_stands_in_the_database_in_plain_text_and_each_refresh_is_kept(household):
    household.sim.add_account("anna", liked=1)
    household.join("anna")
    consent, tokens = household.sim.account("anna").consents[-1], set()
    for _ in range(2):
        tokens.update(consent.refresh_tokens)
        assert sync(household, "anna").status == "done"
    assert consent.refresh_tokens[-1] not in tokens, "each refresh has replaced it"
    [(sealed,)] = household.world.rows("SELECT refresh_token_encrypted FROM users")
    assert unseal(sealed, (KEY,), household.sim.client_secret) == consent.refresh_tokens[-1]
    assert unseal(sealed, (), household.sim.client_secret) is None
    assert not any(token in sealed for token in (*tokens, *consent.refresh_tokens))


def paste(household, answer):
    """What is said where this is pasted instead of the whole address."""
    from utils.login.for_listener import login_listener

    household.sim.sign_in("anna")
    with household.terminal(answer) as terminal, household.world.settings():
        login_listener(Wanted("anna", by_link=True), environment(), terminal, Clock())


def test_the_code_alone_may_be_pasted(household):
    household.sim.add_account("anna")
    paste(household, lambda location: parse_qs(urlsplit(location).query)["code"][0])
    assert household.listeners()["anna"][0] == "pkce"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda _: "", "Nothing was pasted"),
        (lambda location: location.replace("state=", "state=x"), "the answer to another link"),
        (lambda location: location.partition("code=")[0] + "state=" + parse_qs(urlsplit(location).query)["state"][0], "no code"),
        (lambda _: "what is this", "That is no code"),
        (lambda _: "http://[", "no address"),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_asked_for_again_and_stores_nothing(household, answer, said):
    household.sim.add_account("anna")
    with pytest.raises(SettingsError, match="what was pasted"):
        paste(household, answer)
    assert said in household.said
    assert household.listeners() == {}


def test_a_listener_who_says_no(household):
    household.sim.add_account("anna")
    household.sim.deny_authorize = True
    with pytest.raises(ConsentError, match="denied"):
        household.join("anna")
    assert household.listeners() == {}


def test_another_account_than_the_one_that_has_the_name(household):
    household.sim.add_account("anna")
    household.sim.add_account("ben")
    household.join("anna")
    with pytest.raises(ConsentError, match="another account than that of anna"):
        household.join("anna", account="ben")
    with pytest.raises(ConsentError, match="the account of anna"):
        household.join("benedict", account="anna")
    household.join("anna")  # renewed
    assert list(household.listeners()) == ["anna"]


@pytest.mark.parametrize("name", ["", "Anna Müller", "../anna", "-anna", "a" * 41, "anna;", "site.anna", "*"])
def test_what_cannot_be_a_name(household, name):
    with pytest.raises(SettingsError, match="cannot be a listener's name"):
        household.join(name, account=household.sim.account())
    assert household.asked_for == []


def test_the_listener_of_the_environment_is_not_stored_as_well(household):
    assert sync(household).status == "done"
    first = household.sim.account()
    household.world.change("UPDATE users SET name = 'me'")
    with pytest.raises(SettingsError, match="the one in the environment"):
        household.join("me", account=first)
    assert household.asked_for == [], "said before anybody gives consent"
    household.without_environment()
    household.join("me", account=first)
    assert household.listeners()["me"][0] == "pkce"
    assert sync(household).status == "done", "the only one that is stored is meant"
    assert household.world.rows("SELECT count(*) FROM users") == [(1,)]


def test_an_account_that_is_not_on_the_allowlist_is_told_at_once(household):
    household.sim.add_account("anna", is_allowed=False)
    with pytest.raises(ConsentError, match="does not let this app act for this account"):
        household.join("anna")
    assert household.listeners() == {}


def test_a_token_at_hand_is_stored_without_a_browser(household):
    account = household.sim.add_account("anna", liked=3)
    household.world.extra["ANNAS_TOKEN"] = account.refresh_token
    done = household.world.call(
        "-m", "db.users", "add", "Anna", "--refresh-token-env", "ANNAS_TOKEN", "--market", "DE"
    )
    assert done.returncode == ExitCode.OK, done.stderr
    assert account.refresh_token not in done.stdout + done.stderr
    assert household.listeners() == {"anna": ("code", "ok", True)}
    assert household.world.rows("SELECT market FROM users") == [("DE",)]
    assert sync(household, "ANNA").status == "done"
    assert len(household.liked("anna")) == 3


def test_a_token_that_is_none_stores_nothing(household):
    household.world.extra["ANNAS_TOKEN"] = "no-token-at-all"
    done = household.world.call("-m", "db.users", "add", "anna", "--refresh-token-env", "ANNAS_TOKEN")
    assert done.returncode == ExitCode.CONSENT
    assert "no-token-at-all" not in done.stderr
    missing = household.world.call("-m", "db.users", "add", "anna", "--refresh-token-env", "NOBODYS")
    assert (missing.returncode, "NOBODYS is not set" in missing.stderr) == (ExitCode.SETTINGS, True)
    assert household.listeners() == {}


# Who is meant


def test_several_and_nobody_named_is_an_error_that_names_them(household):
    for name in ("ben", "anna"):
        household.sim.add_account(name)
        household.join(name)
    household.without_environment()
    outcome = sync(household)
    assert outcome.exit_code == ExitCode.SETTINGS
    assert "anna, ben" in outcome.message
    assert "--all-users" in outcome.remedy


def test_no_consent_at_all(household):
    household.without_environment()
    outcome = sync(household)
    assert outcome.exit_code == ExitCode.SETTINGS
    assert "SPOTIFY_REFRESH_TOKEN is missing" in outcome.message
    assert "./run login" in outcome.remedy


def test_the_environments_market_and_zone_are_its_listeners_alone(household):
    household.world.extra |= {"SPOTIFY_MARKET": "SE", "TIME_ZONE": "Europe/Stockholm"}
    household.sim.add_account("anna")
    household.join("anna", market="DE", time_zone="Asia/Tokyo")
    assert sync(household, "anna").status == sync(household).status == "done"
    sql = "SELECT name, market, time_zone FROM users ORDER BY name"
    assert household.world.rows(sql) == [("anna", "DE", "Asia/Tokyo"), (None, "SE", "Europe/Stockholm")]


def test_a_paused_listener_is_left_alone(household):
    household.sim.add_account("anna", liked=2)
    household.join("anna")
    paused = household.world.call("-m", "db.users", "pause", "anna")
    assert paused.returncode == ExitCode.OK
    household.sim.clear_requests()
    outcome = sync(household, "anna")
    assert (outcome.status, outcome.exit_code) == ("paused", ExitCode.OK)
    assert "./run users resume anna" in outcome.message
    assert "./run users resume anna" in paused.stdout
    assert household.world.asked(tokens=True) == []
    listed = household.world.call("-m", "db.users").stdout
    assert "stored, paused" in listed
    assert household.world.call("-m", "db.users", "resume", "anna").returncode == ExitCode.OK
    assert sync(household, "anna").status == "done"


def test_the_status_of_a_stored_consent_names_the_command_that_renews_that_one(household):
    household.sim.add_account("anna")
    household.join("anna")
    household.world.change("UPDATE users SET auth_status = 'revoked' WHERE name = 'anna'")
    assert "(revoked): ./run login --user anna\n" in household.world.call(
        "-m", "reports.sync_status", "--user", "anna"
    ).stdout.replace("\n ", "")


def test_the_site_of_a_stored_consent_names_it_too(household, tmp_path):
    household.sim.add_account("anna", liked=1)
    household.join("anna")
    household.world.extra["DASHBOARD_DIR"] = str(tmp_path / "site")
    sync(household, "anna")
    household.world.call("-m", "api_syncs.materialized_views")
    household.world.change("UPDATE users SET auth_status = 'revoked' WHERE name = 'anna'")
    assert household.world.call("-m", "reports.build_dashboard", "--user", "anna").returncode == 0
    pages = [(tmp_path / "site.anna" / file).read_text("utf-8") for file in ("index.html", "status.html")]
    assert ["<code>./run login --user anna</code>" in page for page in pages] == [True, True]
    assert not any("<code>./run login</code>" in page for page in pages)


# The key


def test_a_key_is_made_where_there_is_none(household, tmp_path):
    file = tmp_path / "settings"
    household.world.extra |= {"TOKEN_ENCRYPTION_KEY": "", "ENV_FILE": str(file)}
    file.write_text("# mine\n")
    household.sim.add_account("anna")
    household.join("anna")
    assert "TOKEN_ENCRYPTION_KEY" in file.read_text()
    household.world.extra.pop("TOKEN_ENCRYPTION_KEY")
    assert sync(household, "anna").status == "done"
    assert file.read_text().startswith("# mine\n")


@pytest.mark.parametrize("key", ["", new_key()], ids=["missing", "another"])
def test_a_key_that_does_not_fit_is_said_and_asks_nobody(household, key):
    household.sim.add_account("anna")
    household.join("anna")
    household.world.extra["TOKEN_ENCRYPTION_KEY"] = key
    household.sim.clear_requests()
    outcome = sync(household, "anna")
    assert outcome.exit_code == ExitCode.SETTINGS
    assert "TOKEN_ENCRYPTION_KEY" in outcome.message
    assert KEY not in outcome.message + outcome.remedy
    assert household.world.asked(tokens=True) == []
    assert household.listeners() == {"anna": ("pkce", "ok", True)}, "the stored token is kept"


def test_a_malformed_key_is_said_and_not_shown(household):
    household.world.extra["TOKEN_ENCRYPTION_KEY"] = "hunter2"
    outcome = sync(household)
    assert outcome.exit_code == ExitCode.SETTINGS
    assert "TOKEN_ENCRYPTION_KEY is not a Fernet key" in outcome.message
    assert "hunter2" not in outcome.message


def test_a_new_key_opens_everything_and_the_old_one_nothing(household, tmp_path):
    file = tmp_path / "settings"
    file.write_text(f"TOKEN_ENCRYPTION_KEY={KEY}\n")
    household.world.extra["ENV_FILE"] = str(file)
    household.world.extra.pop("TOKEN_ENCRYPTION_KEY")
    for name in ("anna", "ben"):
        household.sim.add_account(name)
        household.join(name)
    done = household.world.call("-m", "db.users", "new-key")
    assert done.returncode == ExitCode.OK, done.stderr
    assert KEY not in file.read_text() + done.stdout
    for name in ("anna", "ben"):
        assert sync(household, name).status == "done"
    household.world.extra["TOKEN_ENCRYPTION_KEY"] = KEY
    assert sync(household, "anna").exit_code == ExitCode.SETTINGS


@pytest.mark.parametrize("at", ["seal_anew", "second_write"])
def test_a_new_key_that_is_broken_off_leaves_everything_readable(household, tmp_path, monkeypatch, at):
    file = tmp_path / "settings"
    file.write_text(f"TOKEN_ENCRYPTION_KEY={KEY}\n")
    household.world.extra["ENV_FILE"] = str(file)
    household.world.extra.pop("TOKEN_ENCRYPTION_KEY")
    household.sim.add_account("anna")
    household.join("anna")
    from db.listeners import new_key as module

    write, seal, writes = module.write_env_file, module.seal, []

    def breaking_write(path, values):
        writes.append(1)
        if at == "second_write" and len(writes) == 2:
            raise KeyboardInterrupt
        write(path, values)

    def breaking_seal(*values):
        if at == "seal_anew":
            raise KeyboardInterrupt
        return seal(*values)

    monkeypatch.setattr(module, "write_env_file", breaking_write)
    monkeypatch.setattr(module, "seal", breaking_seal)
    with household.world.settings(), pytest.raises(KeyboardInterrupt):
        module.replace_key(environment(), users.TERMINAL)
    monkeypatch.undo()
    assert sync(household, "anna").status == "done"
    assert household.world.call("-m", "db.users", "new-key").returncode == ExitCode.OK
    assert KEY not in file.read_text()
    assert sync(household, "anna").status == "done"


def test_a_key_that_is_missing_here_is_not_made_anew_while_others_are_sealed_with_it(household, settings_of):
    for name in ("anna", "ben"):
        household.sim.add_account(name)
    household.join("anna")
    settings_of.write_text("# none\n")
    with pytest.raises(SettingsError, match=r"TOKEN_ENCRYPTION_KEY is missing here.* of anna are sealed"):
        household.join("ben")
    assert settings_of.read_text() == "# none\n"
    household.join("anna")  # nobody else is shut out by it
    settings_of.write_text(f"TOKEN_ENCRYPTION_KEY={KEY}\n")
    household.join("ben")
    assert "is not the one that the stored consents of anna were sealed with" in household.said


@pytest.fixture
def settings_of(household, tmp_path):
    """The settings file that alone has the key."""
    file = tmp_path / "settings"
    file.write_text(f"TOKEN_ENCRYPTION_KEY={KEY}\n")
    household.world.extra["ENV_FILE"] = str(file)
    household.world.extra.pop("TOKEN_ENCRYPTION_KEY")
    return file


def test_a_new_key_waits_until_no_script_runs_which_would_seal_with_the_old_one(household, settings_of):
    household.sim.add_account("anna")
    household.join("anna")
    with household.world.settings(), closing(open_database(environment()).connect()) as connection:
        with connection.cursor() as cursor:
            ((user_id,),) = household.world.rows("SELECT user_id FROM users")
            cursor.execute(statement("jobs.run_lock"), {"lock": jobs()["track_plays"].lock_of(user_id)})
        refused = household.world.call("-m", "db.users", "new-key")
    assert (refused.returncode, "track_plays: running now" in refused.stderr) == (ExitCode.FAILED, True)
    assert settings_of.read_text() == f"TOKEN_ENCRYPTION_KEY={KEY}\n"
    assert household.world.call("-m", "db.users", "new-key").returncode == ExitCode.OK
    assert sync(household, "anna").status == "done"


def test_a_consent_that_comes_after_a_new_key_was_made_is_sealed_with_that(household, settings_of):
    """Whoever was sent the link may take days."""
    household.sim.add_account("anna")
    household.sim.sign_in("anna")

    def replaced_meanwhile(address: str) -> str:
        assert household.world.call("-m", "db.users", "new-key").returncode == ExitCode.OK
        return address

    with household.terminal(replaced_meanwhile) as terminal, household.world.settings():
        login_listener(Wanted("anna", by_link=True), environment(), terminal, Clock())
    assert KEY not in settings_of.read_text()
    assert sync(household, "anna").status == "done"


def test_a_new_key_waits_for_a_consent_that_is_being_stored(household, settings_of):
    household.sim.add_account("anna")
    household.join("anna")
    with closing(psycopg2.connect(household.world.dsn)) as storing, storing.cursor() as cursor:
        cursor.execute(statement("users.lock_names"))
        replacing = household.world.start("-m", "db.users", "new-key")
        waits = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        while not household.world.rows(waits):
            assert replacing.poll() is None
        assert settings_of.read_text() == f"TOKEN_ENCRYPTION_KEY={KEY}\n"
        storing.rollback()
        assert (replacing.wait(60), replacing.communicate()[1]) == (ExitCode.OK, "")
    assert KEY not in settings_of.read_text()


def test_a_new_key_is_refused_where_the_environment_has_one_that_hides_it(household, settings_of):
    household.world.extra["TOKEN_ENCRYPTION_KEY"] = KEY
    refused = household.world.call("-m", "db.users", "new-key")
    assert (refused.returncode, "goes before" in refused.stderr) == (ExitCode.SETTINGS, True)
    assert KEY not in refused.stderr
    assert settings_of.read_text() == f"TOKEN_ENCRYPTION_KEY={KEY}\n"


def test_a_new_key_also_opens_what_was_kept_for_a_listener_who_is_not_known_yet(household, settings_of):
    assert sync(household).status == "done"
    household.world.change(
        "INSERT INTO unclaimed_tokens (token_fingerprint, refresh_token_encrypted) VALUES ('one', %s), ('other', 'of a lost key')",
        seal("a-token", (KEY,), ""),
    )
    assert household.world.call("-m", "db.users", "new-key").returncode == ExitCode.OK
    ((sealed,), (lost,)) = household.world.rows(
        "SELECT refresh_token_encrypted FROM unclaimed_tokens ORDER BY token_fingerprint"
    )
    key = settings_of.read_text().partition("=")[2].strip().strip("'")
    assert (unseal(sealed, (key,), ""), lost) == ("a-token", "of a lost key")


def test_two_runs_of_one_listener_that_replace_the_token_at_once(household):
    """Each refresh of a PKCE consent ends the token before it: the run that comes second takes the one that the first has kept."""
    household.sim.add_account("anna", liked=2)
    household.join("anna")
    from api_syncs.sync_liked_tracks import JOB
    from utils.job import spotify_run

    real = spotify_run.stored_token
    first = real
    calls = []

    def stale(journal, spotify, user):
        """As the run has read it before another one replaced it."""
        token = first(journal, spotify, user)
        if not calls:
            calls.append(token)
            assert sync(household, "anna").status == "done"
        return token

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spotify_run, "stored_token", stale)
        with household.world.settings():
            outcome = run_job(JOB, Options(force=True, user="anna"))
    assert outcome.status == "done", outcome.message


def test_a_consent_in_the_environment_says_that_it_replaces_a_stored_one(household, capsys):
    first = household.sim.account()
    token = household.world.environment()["SPOTIFY_REFRESH_TOKEN"]
    household.without_environment()
    household.join("me", account=first)
    assert sync(household).status == "done"
    household.world.extra["SPOTIFY_REFRESH_TOKEN"] = token
    capsys.readouterr()
    for said in (1, 0):
        assert sync(household).status == "done"
        assert capsys.readouterr().out.count("replaces the one that was stored") == said
    assert household.listeners() == {"me": (None, "ok", True)}


def test_a_name_that_is_another_listeners_at_spotify_means_whom_it_is_given(household):
    """Zoe at Spotify is called aaa here, and it is Ben who is called zoe."""
    household.sim.add_account("zoe", liked=1)
    household.sim.add_account("ben", liked=2)
    household.join("aaa", account="zoe")
    household.join("zoe", account="ben")
    assert sync(household, "zoe").status == "done"
    assert (len(household.liked("zoe")), len(household.liked("aaa"))) == (2, 0)
