"""Settings: all that is wrong at once, and never a secret."""

import re

import pytest

from tests.repository.test_names import SCRIPTS, module_of
from utils import ROOT
from utils.config import ACCOUNTS_URL, API_URL, environment, load_settings
from utils.database.connection import Database, EmbeddedDatabase
from utils.errors import SettingsError
from utils.setting_names import NAMES, meant_by

pytestmark = pytest.mark.once
GOOD = {
    "DATABASE_URL": "postgresql://listener:pass-word@db.example.org/mirror",
    "SPOTIFY_CLIENT_ID": "client",
    "SPOTIFY_CLIENT_SECRET": "client-secret",
    "SPOTIFY_REFRESH_TOKEN": "refresh-token",
}
SECRETS = ("pass-word", "client-secret", "refresh-token")


def problems(environ, needs_spotify=True):
    with pytest.raises(SettingsError) as caught:
        load_settings(environ, needs_spotify=needs_spotify)
    assert caught.value.exit_code == 2
    assert caught.value.remedy
    text = f"{caught.value} {caught.value.remedy}"
    for secret in SECRETS:
        assert secret not in text
    return text


def test_good_settings():
    settings = load_settings(GOOD, needs_spotify=True)
    assert settings.spotify.client_id == "client"
    assert settings.spotify.api_url == API_URL
    assert settings.spotify.accounts_url == ACCOUNTS_URL
    assert isinstance(settings.database, Database)
    assert (settings.market, settings.time_zone, settings.time_budget_min) == (None, None, None)


def test_everything_missing_is_named_at_once():
    text = problems({"GITHUB_ACTIONS": "true"})
    for name in (*GOOD, "DB_HOST", "./run login", "docs/setup.md"):
        assert name in text


@pytest.mark.parametrize("needs_spotify", [True, False])
def test_on_github_all_missing_secrets_are_named_at_once_with_their_place(needs_spotify):
    """Also by the first script, which asks only the database: the next one would say it."""
    text = problems({"GITHUB_ACTIONS": "true"}, needs_spotify)
    assert all(name in text for name in GOOD)
    assert "./run setup-github" in text
    assert "Secrets and variables" in text


@pytest.mark.parametrize("empty", ["", " ", "\t\n"])
@pytest.mark.parametrize("name", GOOD)
def test_empty_counts_as_missing(name, empty):
    text = problems({**GOOD, name: empty, "GITHUB_ACTIONS": "true"})
    assert name in text
    assert [other for other in GOOD if f"{other} is missing" in text] == [name]


def test_a_job_without_spotify_needs_no_consent():
    settings = load_settings({"DATABASE_URL": GOOD["DATABASE_URL"]}, needs_spotify=False)
    assert settings.spotify is None


MALFORMED = {
    "SPOTIFY_MARKET": ["Germany", "D", "D1", "ДЕ", "12", "UK", "Berlin"],
    "TIME_ZONE": [
        "Mars/Olympus",
        "UTC+25",
        "../../etc/passwd",
        "/etc/localtime",
        "localtime",
        "posix/UTC",
        "right/UTC",
        "posixrules",
        "America",
        "a\x00b",
        "x" * 5000,
    ],
    "JOB_TIME_BUDGET_MINUTES": ["0", "-5", "ten", "nan", "inf", "1e999", "5 min"],
    "SPOTIFY_API_URL": [
        "http://api.spotify.com/v1",
        "http://127.0.0.1.example.org/v1",
        "http://127.0.0.1@example.org/v1",
        "http://10.0.0.1/v1",
        "ftp://127.0.0.1/",
        "api.spotify.com",
        "https://",
        "https://[::1",
    ],
    "SPOTIFY_ACCOUNTS_URL": ["http://accounts.spotify.com"],
    "DB_PORT": ["0", "65536", "http"],
    "DB_HOST": [
        "postgresql://db.example.org/x",
        "db.example.org:5432",
        "me@db.example.org",
        "db.example.org/x",
        "a b",
        "HOST",
    ],
    "DB_PASSWORD": ["YOUR-PASSWORD", "[YOUR-PASSWORD]"],
    "SPOTIFY_CLIENT_ID": ["'client'", "My app", "your-client-id", "<client id>", "xxxxxxxx"],
    "SPOTIFY_CLIENT_SECRET": ['"client-secret', "grün", "your_client_secret", "***"],
    "SPOTIFY_REFRESH_TOKEN": ["refresh token", "SPOTIFY_REFRESH_TOKEN=refresh", "refresh\u200btoken", "…"],
}


@pytest.mark.parametrize(
    ("name", "value"), [(name, value) for name, values in MALFORMED.items() for value in values]
)
def test_a_malformed_setting_is_named(name, value):
    environ = {**GOOD, name: value}
    if name.startswith("DB_"):
        del environ["DATABASE_URL"]
        environ = {"DB_HOST": "db.example.org", "DB_NAME": "mirror", "DB_USER": "listener", **environ}
    assert name in problems(environ)


def test_what_is_wrong_with_spotifys_values_is_told_where_they_are_needed():
    environ = {**GOOD, "SPOTIFY_CLIENT_SECRET": "'client-secret'"}
    assert "SPOTIFY_CLIENT_SECRET holds characters" in problems(environ)
    assert "./run login" in problems(environ)
    assert "Secrets and variables" in problems({**environ, "GITHUB_ACTIONS": "true"})
    assert load_settings(environ, needs_spotify=False).spotify is not None


def test_what_was_meant_by_a_market_or_a_time_zone():
    text = problems({**GOOD, "SPOTIFY_MARKET": "Germany", "TIME_ZONE": "Berlin"})
    assert (
        "SPOTIFY_MARKET is 'Germany', not a country code of two letters such as DE (did you mean DE?)" in text
    )
    assert (
        "TIME_ZONE is 'Berlin', not an IANA time zone such as Europe/Berlin (did you mean Europe/Berlin?)"
        in text
    )


OPTIONAL = (
    "SPOTIFY_MARKET",
    "TIME_ZONE",
    "JOB_TIME_BUDGET_MINUTES",
    "SPOTIFY_API_URL",
    "SPOTIFY_ACCOUNTS_URL",
)


def test_everything_wrong_is_named_in_one_message():
    text = problems(
        {
            "SPOTIFY_CLIENT_ID": "client",
            "SPOTIFY_CLIENT_SECRET": "client-secret",
            "DB_HOST": "db.example.org",
            "DB_PASSWORD": "pass-word",
            "DB_PORT": "x",
            "DB_SSLMODE": "never",
            **{name: values[0] for name, values in MALFORMED.items() if name in OPTIONAL},
        }
    )
    for name in ("DB_NAME", "DB_USER", "DB_PORT", "DB_SSLMODE", "SPOTIFY_REFRESH_TOKEN", *OPTIONAL):
        assert name in text
    assert "SPOTIFY_CLIENT_ID" not in text


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8099/v1",
        "http://[::1]:8099/v1",
        "http://localhost:8099",
        "https://api.example.org/v1",
    ],
)
def test_plain_http_is_for_loopback_only(url):
    settings = load_settings({**GOOD, "SPOTIFY_API_URL": f"{url}/"}, needs_spotify=True)
    assert settings.spotify.api_url == url, "without the slash at its end"


def test_the_optional_settings():
    settings = load_settings(
        {
            **GOOD,
            "SPOTIFY_MARKET": " de ",
            "TIME_ZONE": "America/New_York",
            "JOB_TIME_BUDGET_MINUTES": "2.5",
        },
        needs_spotify=True,
    )
    assert (settings.market, settings.time_zone, settings.time_budget_min) == ("DE", "America/New_York", 2.5)


def test_no_secret_is_shown_by_settings():
    settings = load_settings(GOOD, needs_spotify=True)
    for shown in (
        repr(settings),
        str(settings),
        f"{settings}",
        repr(settings.spotify),
        repr(settings.database),
    ):
        for secret in SECRETS:
            assert secret not in shown


def test_all_secrets_are_known_so_that_they_can_be_taken_out():
    settings = load_settings(GOOD, needs_spotify=True)
    assert set(SECRETS) <= set(settings.secrets())
    assert all(settings.secrets())


def test_an_embedded_database_has_no_secrets():
    settings = load_settings({"EMBEDDED_POSTGRES_DIR": "/tmp/somewhere"}, needs_spotify=False)
    assert isinstance(settings.database, EmbeddedDatabase)
    assert settings.secrets() == []


# .env


@pytest.fixture
def env_file(tmp_path, monkeypatch):
    path = tmp_path / "settings.env"
    monkeypatch.setenv("ENV_FILE", str(path))
    for name in ("SPOTIFY_CLIENT_ID", "SPOTIFY_MARKET", "TIME_ZONE"):
        monkeypatch.delenv(name, raising=False)
    return path


def test_the_environment_wins_over_the_file(env_file, monkeypatch):
    env_file.write_text("SPOTIFY_CLIENT_ID=from-file\nSPOTIFY_MARKET=DE\n")
    monkeypatch.setenv("SPOTIFY_CLIENT_ID", "from-environment")
    environ = environment()
    assert environ["SPOTIFY_CLIENT_ID"] == "from-environment"
    assert environ["SPOTIFY_MARKET"] == "DE"


@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_variable_does_not_hide_the_file(env_file, monkeypatch, empty):
    env_file.write_text("SPOTIFY_CLIENT_ID=from-file\n")
    monkeypatch.setenv("SPOTIFY_CLIENT_ID", empty)
    assert environment()["SPOTIFY_CLIENT_ID"] == "from-file"


def test_a_name_without_a_value_counts_as_missing(env_file):
    env_file.write_text("SPOTIFY_CLIENT_ID\nSPOTIFY_MARKET=\n")
    text = problems(
        {name: value for name, value in environment().items() if name.startswith("SPOTIFY_MARKET")}
        | {"DATABASE_URL": GOOD["DATABASE_URL"], "SPOTIFY_CLIENT_ID": environment()["SPOTIFY_CLIENT_ID"]}
    )
    assert "SPOTIFY_CLIENT_ID" in text
    assert "SPOTIFY_MARKET" not in text


def test_no_file_is_fine(env_file, monkeypatch, tmp_path):
    monkeypatch.setattr("utils.config.ROOT", tmp_path)
    for name in ("", " ", "\t", "/dev/null"):
        monkeypatch.setenv("ENV_FILE", name)
        assert "SPOTIFY_CLIENT_ID" not in environment()
    monkeypatch.delenv("ENV_FILE")
    assert "SPOTIFY_CLIENT_ID" not in environment()


def refused_file():
    with pytest.raises(SettingsError) as caught:
        environment()
    assert caught.value.remedy
    text = f"{caught.value} {caught.value.remedy}"
    assert "\n" not in text
    assert "hunter22" not in text
    return text


def test_a_named_file_that_is_not_there_is_refused_unless_it_can_be_made(env_file):
    assert f"ENV_FILE names {env_file}, and there is no such file" in refused_file()
    assert "SPOTIFY_CLIENT_ID" not in environment(file_may_be_missing=True)
    env_file.mkdir()
    assert "cannot be read" in refused_file()
    env_file.rmdir()
    env_file.write_bytes(b"TIME_ZONE=hunter22\xff")
    assert "it is no UTF-8 text" in refused_file()


STRAY = {
    "TIME_ZONE Europe/Berlin": [1],
    "A=1\n\n# fine\nTIME_ZONE: UTC\nB=2\n": [4],
    "psql 'postgresql://me:hunter22@db.example/x'": [1],
    "postgresql://me:hunter22@db.example/x?sslmode=require": [1],
    "A=1\nAQBhunter22x\n": [2],
    "A='hunter22\nB=2\nC=\"hunter22": [1, 3],
    'A="hunter22\nB="2"\n': [1],
    "A='1' hunter22\n \nhunter22 22\n": [1, 3],
}


@pytest.mark.parametrize("text", STRAY)
def test_a_line_that_is_no_setting_is_named_by_its_number_and_not_shown(env_file, text, caplog, capsys):
    env_file.write_text(text)
    numbers = ", ".join(map(str, STRAY[text]))
    assert refused_file().startswith(f"Line{'s' * (len(STRAY[text]) > 1)} {numbers} of {env_file} ")
    assert caplog.records == []
    assert capsys.readouterr() == ("", "")


def test_what_env_files_may_hold(env_file):
    text = "\ufeff# a comment\nexport SPOTIFY_CLIENT_ID='a#b' # said\n\n  SPOTIFY_MARKET = DE\nTIME_ZONE=\"a\nb\"\nEMPTY\n"
    env_file.write_text(text, encoding="utf-8")
    environ = environment()
    assert (environ["SPOTIFY_CLIENT_ID"], environ["SPOTIFY_MARKET"], environ["TIME_ZONE"]) == (
        "a#b",
        "DE",
        "a\nb",
    )


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("DATABASE_URI", "DATABASE_URL"),
        ("DATABSE_URL", "DATABASE_URL"),
        ("database_url", "DATABASE_URL"),
        ("POSTGRES_URL", "DATABASE_URL"),
        ("PGHOST", "DB_HOST"),
        ("DB_PASS", "DB_PASSWORD"),
        ("SPOTIFY_MARKT", "SPOTIFY_MARKET"),
        ("SPOTIPY_CLIENT_ID", "SPOTIFY_CLIENT_ID"),
        ("SPOTIFY_CLIENTID", "SPOTIFY_CLIENT_ID"),
        ("TIMEZONE", "TIME_ZONE"),
        ("SPOTIFY_REDIRECT_URL", "SPOTIFY_REDIRECT_URI"),
    ],
)
def test_a_name_like_a_setting_is_told_by_its_line(env_file, monkeypatch, name, meant):
    """Where that one has no value: else it is another program's."""
    for known in NAMES:
        if known != "ENV_FILE":
            monkeypatch.delenv(known, raising=False)
    env_file.write_text(f"# a comment\n\nOTHER=1\n{name}=hunter22\n")
    said = refused_file()
    assert said.startswith(
        f"The settings file {env_file}, line 4: {name} is no setting; did you mean {meant}?"
    )
    env_file.write_text(f"{name}=hunter22\n{meant}=x\n")
    assert environment()[name] == "hunter22"
    env_file.write_text(f"{name}=\n")
    assert environment()[name] == "", "empty counts as missing"
    env_file.write_text("")
    monkeypatch.setenv(name, "hunter22")
    assert environment()[name] == "hunter22", "the environment is for all programs"


def test_all_wrong_names_are_told_at_once(env_file, monkeypatch):
    for name in ("DATABASE_URL", "DB_HOST"):
        monkeypatch.delenv(name, raising=False)
    env_file.write_text("SPOTIFY_MARKT=DE\nDATABASE_URI=x\n")
    assert refused_file().startswith(
        f"The settings file {env_file}, line 1: SPOTIFY_MARKT is no setting; did you mean SPOTIFY_MARKET? "
        "Line 2: DATABASE_URI is no setting; did you mean DATABASE_URL? Correct the name"
    )


def test_a_database_that_is_named_otherwise_is_named(env_file, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    env_file.write_text("PGHOST=a\nDATABASE_URL=postgresql://me@a/x\n")
    assert environment()["PGHOST"] == "a"
    env_file.write_text("DATABASE_URI=x\nDB_HOST=a\n")
    assert environment()["DB_HOST"] == "a"


def test_names_that_a_person_has_made_are_left_alone(env_file):
    names = (
        "OLD_DATABASE_URL",
        "DATABASE_URL_2",
        "TEST_DATABASE_URL",
        "MY_TIME_ZONE",
        "GH_TOKEN",
        "TZ",
        "SCHEDULES",
    )
    env_file.write_text("".join(f"{name}=1\n" for name in names))
    assert environment().keys() >= set(names)


def test_our_names_are_not_like_each_other_and_all_stand_in_the_documentation():
    rows = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8").partition("## All settings\n")[2]
    cells = re.findall(r"^\| (`.+?) \|", rows, re.MULTILINE)
    assert tuple(name for cell in cells for name in re.findall(r"`(\w+)`", cell)) == NAMES
    assert [name for name in NAMES if meant_by(name) or meant_by(f"{name}S") not in (name, None)] == []


# Of GitHub, of the system, and between the steps of a workflow.
NOT_SET_BY_A_PERSON = {
    "RUN_DOOR",
    *(
        "DASHBOARD",
        "DASHBOARD_IS_PUBLIC",
        "REPOSITORY_IS_PRIVATE",
        "JOB_STATUS",
        "LOOK_RESULT",
        "REPORT",
        "SCRIPTS",
    ),
    *("GH_HOST", "TZ", "XDG_RUNTIME_DIR"),
}


def test_every_setting_that_is_read_has_its_name_there():
    read = set()
    for folder in ("api_syncs", "db", "playlists", "reports", "utils"):
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            read |= set(re.findall(r"""(?:environ|given)(?:\.get\(|\[)"([A-Z_]+)\"""", text))
            read |= set(re.findall(r"""os\.getenv\("([A-Z_]+)\"""", text))
    assert len(read) > 20
    assert {name for name in read - NOT_SET_BY_A_PERSON if not name.startswith("GITHUB_")} <= set(NAMES)


# What a script is asked beside its name. Those of GitHub's workflows read no file, and the door to the schema neither.
ARGUMENTS = {
    "api_syncs.library": ["history", "likes"],
    "reports.stats": ["top"],
    "reports.share": ["year"],
    "reports.together": ["anna", "ben"],
    "db.settings": ["list"],
    "db.control": ["show"],
    "db.sql": ["SELECT 1"],
    "db.restore": ["backup.zip"],
    "db.__main__": ["copy-to", "postgresql://me:hunter22@db.example/x"],
    "playlists.__main__": ["list"],
    "playlists.generate_playlist": ["never_played"],
    "playlists.playlist_sync": ["never_played"],
}
WITHOUT_A_FILE = ("reports.tell_github", "reports.run_summary")
GOES_ON = ("reports.doctor",)  # which says it with all else that is wrong
READS_A_FILE = [path for path in SCRIPTS if module_of(path) not in WITHOUT_A_FILE + GOES_ON]


@pytest.mark.parametrize("file", ["a stray line", "no file"])
@pytest.mark.parametrize("path", READS_A_FILE, ids=module_of)
def test_every_script_says_what_is_wrong_with_the_file_in_one_line(make_world, env_file, path, file):
    module = module_of(path)
    world = make_world()
    if file == "a stray line":
        env_file.write_text("SPOTIFY_MARKET hunter22\n")
    world.extra["ENV_FILE"] = str(env_file)
    ended = world.call("-m", module.removesuffix(".__main__"), *ARGUMENTS.get(module, []))
    said = ended.stdout + ended.stderr
    assert ended.returncode == 2, said
    assert "Traceback" not in said
    assert "hunter22" not in said
    problem = (
        f"Line 1 of {env_file} is no setting." if file == "a stray line" else "and there is no such file"
    )
    assert said.count(problem) == 1
    assert len(said.splitlines()) == 1
    assert world.asked(tokens=True) == []


def test_check_of_definitions_says_it_too(make_world, env_file):
    world = make_world()
    world.extra["ENV_FILE"] = str(env_file)
    ended = world.call("-m", "playlists", "check")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("playlists: ENV_FILE names ")
