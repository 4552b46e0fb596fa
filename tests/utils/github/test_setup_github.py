"""`./run setup-github` against a fake `gh`: what it sets, in which repository, and what it leaves alone."""

import shlex

import pytest

from simulator.gh import RED, SCHEDULED, FakeGh, fork, repository
from tests.utils.github.conftest import DATABASE_URL, ENVIRON, Setup
from utils.github.minutes import FREE_MINUTES, month
from utils.github.plan import PRIVATE_PLAYS_CRON, plays_crons

SECRETS = {
    "DATABASE_URL": DATABASE_URL,
    "SPOTIFY_CLIENT_ID": "the-client-id",
    "SPOTIFY_CLIENT_SECRET": "the-client-secret",
    "SPOTIFY_REFRESH_TOKEN": "the-refresh-token",
}
VARIABLES = {
    "SPOTIFY_MARKET": "DE",
    "TIME_ZONE": "Europe/Berlin",
    "SPOTIFY_AUTHORIZED_AT": "2026-11-01T10:00:00+00:00",
    "SCHEDULES": "on",
}
READING = (
    "--version",
    "auth status",
    "repo view",
    "secret list",
    "variable list",
    "workflow list",
    "run list",
    "run view",
)


def writing(gh: FakeGh) -> list[str]:
    """The commands that are no mere look."""
    return [call for call in gh.calls() if not call.startswith(READING) and not call.startswith("api repos/")]


def test_a_fresh_fork_is_set_up_completely(setup: Setup, gh: FakeGh) -> None:
    gh.be(fork(enabled=False))
    ended = setup()
    assert ended.error is None, ended.text
    mirror = gh.mirror
    assert mirror["secrets"] == SECRETS
    assert mirror["variables"] == VARIABLES
    assert mirror["enabled"] is True
    assert set(mirror["workflows"].values()) == {"active"}
    assert [run["conclusion"] for run in mirror["runs"]] == ["success"]
    assert writing(gh) == [
        *(f"secret set {name} --repo me/mirror" for name in SECRETS),
        *(f"variable set {name} --repo me/mirror" for name in VARIABLES),
        "api -X PUT repos/me/mirror/actions/permissions -F enabled=true -f allowed_actions=all",
        "repo edit me/mirror --enable-issues",
        *(f"workflow enable {file} --repo me/mirror" for file in SCHEDULED),
        "workflow run 00_master_sync.yml --repo me/mirror",
    ]
    assert "PUBLIC: EVERYBODY can read the logs" in ended.text
    assert "Nothing else is published" in ended.text
    assert "first run: 1 of 3 steps, Plays\n" in ended.text
    assert f"first run: went well, {mirror['runs'][0]['url']}" in ended.text


def test_secrets_reach_gh_on_standard_input_only(setup: Setup, gh: FakeGh) -> None:
    setup()
    given = {words[2]: stdin for words, stdin in gh.asked() if words[:2] == ["secret", "set"]}
    assert given == SECRETS
    assert {stdin for words, stdin in gh.asked() if words[1:2] != ["set"]} == {""}


def test_the_key_of_backups_is_sent_where_there_is_one(setup: Setup, gh: FakeGh) -> None:
    assert "BACKUP_KEY in .env (./run backup --new-key makes one)" in setup(dry_run=True).text
    ended = setup({**ENVIRON, "BACKUP_KEY": "k3y-of-the-backups"})
    assert gh.mirror["secrets"] == {**SECRETS, "BACKUP_KEY": "k3y-of-the-backups"}
    assert "k3y" not in ended.text
    assert "makes one" not in ended.text


def test_a_private_copy_gets_a_cheaper_schedule(setup: Setup, gh: FakeGh) -> None:
    ended = setup()
    assert ended.error is None, ended.text
    assert gh.mirror["variables"] == {**VARIABLES, "PLAYS_CRON": "7,37 * * * *"}
    assert "is private" in ended.text
    assert "The schedules take at most 1,715 minutes a month" in ended.text
    assert "(`7,37 * * * *`) takes 1,440; the free plan has 2,000. --plays-cron" in ended.text


def test_what_is_more_than_free_is_loud(setup: Setup, gh: FakeGh) -> None:
    ended = setup(plays_cron=plays_crons()[0])
    assert "at most 4,595 minutes a month" in ended.text
    assert "WHAT IS BEYOND THAT IS REFUSED" in ended.text


def test_the_cheaper_schedule_is_one_of_the_workflow_and_fits_into_the_free_minutes() -> None:
    assert PRIVATE_PLAYS_CRON in plays_crons()
    assert sum(work.minutes for work in month({"PLAYS_CRON": PRIVATE_PLAYS_CRON})) <= FREE_MINUTES
    assert sum(work.minutes for work in month({})) > FREE_MINUTES


@pytest.mark.parametrize("visibility", ["PUBLIC", "PRIVATE"])
def test_a_cron_line_can_be_chosen(setup: Setup, gh: FakeGh, visibility: str) -> None:
    gh.be(repository(visibility=visibility))
    assert setup(plays_cron="23 * * * *").exit_code == 0
    assert gh.mirror["variables"]["PLAYS_CRON"] == "23 * * * *"
    assert setup().exit_code == 0
    assert gh.mirror["variables"]["PLAYS_CRON"] == "23 * * * *", "what was chosen stays"


def test_no_other_line_can_be_chosen(setup: Setup, gh: FakeGh) -> None:
    ended = setup(plays_cron="* * * * *")
    assert ended.exit_code == 2
    assert "'7,37 * * * *'" in ended.text
    assert gh.calls() == []


def test_a_second_run_only_sends_the_secrets_anew(setup: Setup, gh: FakeGh) -> None:
    gh.be(fork())
    setup()
    before = gh.state
    gh.forget()
    ended = setup(environ={**ENVIRON, "SPOTIFY_REFRESH_TOKEN": "the-refresh-token-2"})
    assert ended.error is None, ended.text
    assert writing(gh) == [f"secret set {name} --repo me/mirror" for name in SECRETS]
    before["repositories"]["me/mirror"]["secrets"]["SPOTIFY_REFRESH_TOKEN"] = "the-refresh-token-2"
    assert gh.state == before
    assert "a run has gone well already" in ended.text


def test_what_was_changed_by_hand_is_told_when_it_changes(setup: Setup, gh: FakeGh) -> None:
    gh.be(fork(variables={"TIME_ZONE": "UTC", "MINE": "stays"}))
    ended = setup()
    assert "variable TIME_ZONE: Europe/Berlin (it was UTC)" in ended.text
    assert gh.mirror["variables"] == {**VARIABLES, "MINE": "stays"}


def test_what_will_be_done_is_said_before_the_question(setup: Setup, gh: FakeGh) -> None:
    gh.be(fork(variables={"TIME_ZONE": "UTC"}))
    ended = setup(answers=["n"])
    said = ended.person.said[-1]
    assert (
        "sends        the secrets DATABASE_URL, SPOTIFY_CLIENT_ID, SPOTIFY_CLIENT_SECRET, SPOTIFY_REFRESH_TOKEN to the rep"
        in said
    )
    assert "TIME_ZONE=Europe/Berlin (it is UTC)" in said
    assert "SCHEDULES=on" in said
    assert f"GitHub Actions, issues, and {len(SCHEDULED)} scheduled workflows" in said
    assert "00_master_sync.yml" in said


# What the owner has switched off


def test_schedules_that_are_off_stay_so_unless_somebody_says_yes(setup: Setup, gh: FakeGh) -> None:
    gh.be(fork(variables={"SCHEDULES": "off"}))
    ended = setup()
    assert ended.error is None, ended.text
    assert gh.mirror["variables"]["SCHEDULES"] == "off"
    assert ended.text.count("gh variable set SCHEDULES --body on --repo me/mirror") == 2, (
        "before and at the end"
    )
    assert setup(answers=["n", "y"]).error is None
    assert gh.mirror["variables"]["SCHEDULES"] == "off"
    asked = setup(answers=["y", "y"])
    assert "Switch them on?" in asked.person.asked[0]
    assert gh.mirror["variables"]["SCHEDULES"] == "on"


def test_a_workflow_that_is_off_by_hand_stays_so(setup: Setup, gh: FakeGh) -> None:
    states = {
        **fork()["workflows"],
        "watch.yml": "disabled_manually",
        "track_plays.yml": "disabled_inactivity",
    }  # type: ignore[dict-item]
    gh.be(fork(workflows=states))
    ended = setup()
    assert ended.error is None, ended.text
    assert gh.mirror["workflows"]["watch.yml"] == "disabled_manually"
    assert gh.mirror["workflows"]["track_plays.yml"] == "active"
    assert (
        "workflow watch.yml: stays off, since somebody has switched it off; on: gh workflow enable watch.yml"
        in ended.text
    )


def test_the_first_run_needs_its_workflow(setup: Setup, gh: FakeGh) -> None:
    states = {**fork()["workflows"], "00_master_sync.yml": "disabled_manually"}  # type: ignore[dict-item]
    gh.be(fork(workflows=states))
    ended = setup()
    assert ended.exit_code == 1
    assert "somebody has switched it off, and the first run needs it" in ended.text
    assert "gh workflow enable 00_master_sync.yml --repo me/mirror" in ended.text
    assert gh.state["dispatched"] == 0


@pytest.mark.parametrize("enabled", [True, False])
def test_which_actions_may_be_used_stays_as_it_is(setup: Setup, gh: FakeGh, enabled: bool) -> None:
    gh.be(fork(enabled=enabled, allowed="selected"))
    ended = setup()
    assert ended.error is None, ended.text
    assert (gh.mirror["enabled"], gh.mirror["allowed"]) == (True, "selected")
    assert "for selected actions only: those of GitHub have to be among them" in ended.text


def test_issues_are_switched_on_for_what_the_watch_has_to_say(setup: Setup, gh: FakeGh) -> None:
    gh.be(fork())
    assert setup().exit_code == 0
    assert gh.mirror["hasIssuesEnabled"] is True
    assert "issues: on already" in setup().text


def test_the_repository_is_that_of_origin_and_never_an_upstream(
    setup: Setup, gh: FakeGh, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("utils.github.command.name_of_origin", lambda: "ME/mirror")
    assert setup(repository=None).exit_code == 0
    assert gh.mirror["secrets"] == SECRETS
    assert [call for call in writing(gh) if "me/mirror" not in call] == [], "as GitHub spells it"


def test_a_question_comes_before_everything(setup: Setup, gh: FakeGh) -> None:
    ended = setup(answers=["n"])
    assert ended.exit_code == 1
    assert "Nothing was changed" in ended.text
    assert writing(gh) == []
    assert setup(answers=["y"]).exit_code == 0
    assert gh.mirror["secrets"] == SECRETS


def test_a_dry_run_shows_every_command_and_changes_nothing(setup: Setup, gh: FakeGh) -> None:
    gh.be(fork(enabled=True))
    before = gh.state
    ended = setup(dry_run=True, environment="mirror")
    assert ended.error is None, ended.text
    assert gh.state == before
    assert writing(gh) == []
    for command in (
        "$ gh secret set SPOTIFY_REFRESH_TOKEN --repo me/mirror --env mirror < ***   (not run)",
        "$ gh variable set SCHEDULES --repo me/mirror < ***   (not run)",
        "$ gh workflow enable track_plays.yml --repo me/mirror   (not run)",
        "$ gh workflow run 00_master_sync.yml --repo me/mirror   (not run)",
        "$ gh variable list --json name,value --repo me/mirror",
    ):
        assert command in ended.text.splitlines()


def test_a_dry_run_says_what_would_be(setup: Setup, gh: FakeGh) -> None:
    gh.be(fork(variables={"TIME_ZONE": "UTC", "SCHEDULES": "on"}))
    lines = setup(dry_run=True, environment="mirror").text.splitlines()
    for line in (
        "environment mirror: would be created, for the branch main only",
        "secret DATABASE_URL: would be sent",
        "variable TIME_ZONE: would be Europe/Berlin (it was UTC)",
        "variable SCHEDULES: on already",
        "issues: would be switched on: the watch says there what is wrong",
        "workflow track_plays.yml: would be switched on (it was disabled_fork)",
        "first run: would be started",
    ):
        assert line in lines
    for word in ("sent", "switched on", "created", "started"):
        assert not [line for line in lines if f": {word}" in line]


def test_a_dry_run_shows_no_run_that_would_not_be_started(setup: Setup, gh: FakeGh) -> None:
    setup()
    gh.forget()
    ended = setup(dry_run=True)
    assert ended.error is None, ended.text
    assert "first run: a run has gone well already" in ended.text
    assert "gh workflow run" not in ended.text


def test_a_dry_run_of_a_fork_where_actions_are_off_yet(setup: Setup, gh: FakeGh) -> None:
    gh.be(fork(enabled=False))
    ended = setup(dry_run=True)
    assert ended.error is None, ended.text
    assert "workflow watch.yml: would be switched on" in ended.text
    assert "first run: would be started" in ended.text
    assert writing(gh) == []


def test_a_command_that_a_person_is_told_to_type_is_one_that_a_shell_reads_right(
    setup: Setup, gh: FakeGh
) -> None:
    with gh.edit() as state:
        state["failing"] = {"variable set PLAYS_CRON": "HTTP 502: Bad Gateway"}
    ended = setup()
    (line,) = [line for line in ended.text.splitlines() if "by hand: gh variable set" in line]
    assert shlex.split(line.partition("by hand: ")[2]) == [
        "gh", "variable", "set", "PLAYS_CRON", "--repo", "me/mirror", "--body", "7,37 * * * *",
    ]  # fmt: skip


# The environment


def test_an_environment_holds_the_secrets_for_the_default_branch_only(setup: Setup, gh: FakeGh) -> None:
    gh.be(fork(branch="trunk"))
    ended = setup(environment="mirror")
    assert ended.error is None, ended.text
    mirror = gh.mirror
    assert mirror["environments"] == {
        "mirror": {
            "policy": {"protected_branches": False, "custom_branch_policies": True},
            "branches": ["trunk"],
            "secrets": SECRETS,
        }
    }
    assert mirror["secrets"] == {}
    assert mirror["variables"] == {**VARIABLES, "SECRETS_ENVIRONMENT": "mirror"}
    calls = gh.calls()
    sent = max(number for number, call in enumerate(calls) if call.startswith("secret set"))
    assert calls.index("variable set SECRETS_ENVIRONMENT --repo me/mirror") > sent
    assert "secrets: only in the environment" in ended.text


def test_the_environment_is_remembered(setup: Setup, gh: FakeGh) -> None:
    gh.be(fork())
    setup(environment="mirror")
    ended = setup(environ={**ENVIRON, "SPOTIFY_REFRESH_TOKEN": "the-refresh-token-2"})
    assert ended.error is None, ended.text
    assert gh.mirror["secrets"] == {}
    assert gh.mirror["environments"]["mirror"]["secrets"]["SPOTIFY_REFRESH_TOKEN"] == "the-refresh-token-2"
    assert gh.mirror["environments"]["mirror"]["branches"] == ["main"]


def test_secrets_that_stay_in_the_repository_are_named(setup: Setup, gh: FakeGh) -> None:
    gh.be(fork(secrets={"SPOTIFY_REFRESH_TOKEN": "old", "OTHERS": "x"}))
    ended = setup(environment="mirror")
    assert "SPOTIFY_REFRESH_TOKEN are still in the repository" in ended.text
    assert "gh secret delete SPOTIFY_REFRESH_TOKEN --repo me/mirror" in ended.text
    assert gh.mirror["secrets"] == {"SPOTIFY_REFRESH_TOKEN": "old", "OTHERS": "x"}


@pytest.mark.parametrize(
    ("policy", "branches", "after", "says"),
    [
        (None, [], [], "open to every branch"),
        ({"protected_branches": True, "custom_branch_policies": False}, [], [], "there already"),
        (
            {"protected_branches": False, "custom_branch_policies": True},
            ["release"],
            ["release", "main"],
            "opened to the branch main as well",
        ),
        ({"protected_branches": False, "custom_branch_policies": True}, ["ma*"], ["ma*"], "there already"),
    ],
)
def test_an_environment_that_is_there_keeps_its_rules(
    setup: Setup, gh: FakeGh, policy: object, branches: list[str], after: list[str], says: str
) -> None:
    gh.be(fork(environments={"mirror": {"policy": policy, "branches": branches, "secrets": {}}}))
    ended = setup(environment="mirror")
    assert ended.error is None, ended.text
    assert says in ended.text
    assert gh.mirror["environments"]["mirror"]["policy"] == policy
    assert gh.mirror["environments"]["mirror"]["branches"] == after


def test_without_the_environment_nothing_is_sent_and_nothing_is_started(setup: Setup, gh: FakeGh) -> None:
    ended = setup(environment="mirror")  # private, on the free plan
    assert ended.exit_code == 1
    assert "environment mirror: FAILED. gh: Failed to create the environment" in ended.text
    assert "leave --environment away" in ended.text
    mirror = gh.mirror
    assert (mirror["secrets"], mirror["runs"]) == ({}, [])
    assert not {"SECRETS_ENVIRONMENT", "SCHEDULES"} & set(mirror["variables"])
    assert mirror["variables"]["TIME_ZONE"] == "Europe/Berlin", "the others go on"


@pytest.mark.parametrize("name", ["../x", "a/b", "", "-x", "a b"])
def test_a_name_of_an_environment_that_is_none(setup: Setup, gh: FakeGh, name: str) -> None:
    assert setup(environment=name).exit_code == 2
    assert gh.calls() == []


# The dashboard


def test_a_dashboard_of_a_private_repository_needs_no_second_yes(setup: Setup, gh: FakeGh) -> None:
    assert setup(dashboard="artifact").exit_code == 0
    assert gh.mirror["variables"]["DASHBOARD"] == "artifact"
    assert "DASHBOARD_IS_PUBLIC" not in gh.mirror["variables"]


@pytest.mark.parametrize(("where", "dashboard"), [(fork, "artifact"), (fork, "pages"), (repository, "pages")])
def test_a_dashboard_that_strangers_can_see_needs_one(
    setup: Setup, gh: FakeGh, where: object, dashboard: str
) -> None:
    gh.be(where())  # type: ignore[operator]
    refused = setup(dashboard=dashboard)
    assert refused.exit_code == 2, "--yes does not say it"
    assert "--dashboard-is-public" in refused.text
    declined = setup(dashboard=dashboard, answers=["n"])
    assert declined.exit_code == 1
    assert writing(gh) == []
    assert "EVERYBODY" in declined.text
    agreed = setup(dashboard=dashboard, answers=["y", "y"])
    assert agreed.exit_code == 0, agreed.text
    variables = gh.mirror["variables"]
    assert (variables["DASHBOARD"], variables["DASHBOARD_IS_PUBLIC"]) == (dashboard, "yes")
    assert gh.mirror["pages"] == ("workflow" if dashboard == "pages" else None)
    gh.forget()
    assert setup(dashboard=dashboard).exit_code == 0, "it was said"
    assert writing(gh) == [f"secret set {name} --repo me/mirror" for name in SECRETS]


def test_the_second_yes_can_be_an_option(setup: Setup, gh: FakeGh) -> None:
    gh.be(fork())
    assert setup(dashboard="artifact", dashboard_is_public=True).exit_code == 0
    assert gh.mirror["variables"]["DASHBOARD_IS_PUBLIC"] == "yes"


def test_a_dashboard_can_be_switched_off(setup: Setup, gh: FakeGh) -> None:
    gh.be(fork(variables={"DASHBOARD": "pages", "DASHBOARD_IS_PUBLIC": "yes"}))
    loud = setup()
    assert "WHAT YOU LISTEN TO" in loud.text
    quiet = setup(dashboard="off")
    assert quiet.exit_code == 0, quiet.text
    assert "Nothing else is published" in quiet.text
    assert "DASHBOARD" not in gh.mirror["variables"]
    assert setup(dashboard="off").exit_code == 0


def test_pages_that_show_something_else_are_left_alone(setup: Setup, gh: FakeGh) -> None:
    gh.be(fork(pages="legacy"))
    ended = setup(dashboard="pages", dashboard_is_public=True)
    assert ended.exit_code == 1
    assert "GitHub Pages: FAILED" in ended.text
    assert gh.mirror["pages"] == "legacy"
    assert gh.mirror["runs"][0]["conclusion"] == "success", "the others go on"


# What is in the way


def test_no_gh(setup: Setup, gh: FakeGh, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    ended = setup()
    assert ended.exit_code == 2
    assert "gh, and it is not installed" in ended.text
    assert "cli.github.com" in ended.text


@pytest.mark.parametrize("version", ["2.23.0", "2.42.9", "1.99.0"])
def test_a_gh_that_is_too_old(setup: Setup, gh: FakeGh, version: str) -> None:
    with gh.edit() as state:
        state["version"] = version
    ended = setup()
    assert ended.exit_code == 2
    assert "2.43 or newer" in ended.text
    assert gh.calls() == ["--version"]


@pytest.mark.parametrize(("version", "active"), [("2.45.0", ""), ("2.103.3", " --active"), ("DEV", "")])
def test_only_the_login_that_is_used_has_to_be_good(
    setup: Setup, gh: FakeGh, version: str, active: str
) -> None:
    with gh.edit() as state:
        state["version"] = version
    assert setup().exit_code == 0
    assert f"auth status --hostname github.com{active}" in gh.calls()


def test_not_logged_in(setup: Setup, gh: FakeGh) -> None:
    with gh.edit() as state:
        state["logged_in"] = False
    ended = setup()
    assert ended.exit_code == 2
    assert "gh auth login --hostname github.com" in ended.text
    assert writing(gh) == []


@pytest.mark.parametrize("name", ["SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET", "SPOTIFY_REFRESH_TOKEN"])
def test_no_consent(setup: Setup, gh: FakeGh, name: str) -> None:
    ended = setup(environ={key: value for key, value in ENVIRON.items() if key != name})
    assert ended.exit_code == 2
    assert name in ended.text
    assert "./run login" in ended.text
    assert writing(gh) == []


def test_a_consent_that_has_ended(setup: Setup, gh: FakeGh) -> None:
    ended = setup(environ={**ENVIRON, "SPOTIFY_AUTHORIZED_AT": "2026-05-21T11:00:00+00:00"})
    assert ended.exit_code == 3
    assert "ended on 2026-11-21" in ended.text
    assert writing(gh) == []


def test_settings_that_are_malformed(setup: Setup, gh: FakeGh) -> None:
    for name, value in (
        ("TIME_ZONE", "Moon"),
        ("SPOTIFY_MARKET", "Germany"),
        ("SPOTIFY_AUTHORIZED_AT", "hunter22"),
    ):
        ended = setup(environ={**ENVIRON, name: value})
        assert ended.exit_code == 2
        assert name in ended.text
    assert writing(gh) == []


def test_a_repository_that_cannot_be_seen(setup: Setup, gh: FakeGh) -> None:
    ended = setup(repository="me/other")
    assert ended.exit_code == 2
    assert "me/other cannot be seen: GraphQL: Could not resolve" in ended.text
    assert writing(gh) == []


@pytest.mark.parametrize("permission", ["READ", "TRIAGE", ""])
def test_a_repository_of_somebody_else(setup: Setup, gh: FakeGh, permission: str) -> None:
    gh.be(repository(viewerPermission=permission))
    ended = setup()
    assert ended.exit_code == 2
    assert "gh repo fork me/mirror" in ended.text
    assert writing(gh) == []


def test_an_empty_repository(setup: Setup, gh: FakeGh) -> None:
    gh.be(repository(branch=""))
    ended = setup()
    assert ended.exit_code == 2
    assert "is empty" in ended.text


@pytest.mark.parametrize(
    "text",
    ["ghp_0123456789abcdef", "my-mirror", "a/b/c", "-x/y", "https://gitlab.com/me/mirror", "me/mi rror"],
)
def test_what_is_no_repository_is_not_repeated(setup: Setup, gh: FakeGh, text: str) -> None:
    ended = setup(repository=text)
    assert ended.exit_code == 2
    assert text not in ended.text
    assert writing(gh) == []


def test_a_token_that_may_not_write(setup: Setup, gh: FakeGh) -> None:
    with gh.edit() as state:
        state["missing_scope"] = True
    ended = setup()
    assert ended.exit_code == 1
    assert ended.text.count("FAILED") == 1, "the others fail for the same reason"
    assert 'needs the "repo" scope' in ended.text
    assert ended.text.count("gh auth refresh -s repo,workflow") == 1
    assert "by hand: gh secret set DATABASE_URL --repo me/mirror   (asks for it, hidden)" in ended.text
    for what in (*(f"secret {name}" for name in SECRETS), "variable TIME_ZONE", "variable PLAYS_CRON"):
        assert what in str(ended.error), "all that was not done is named"
    assert gh.state["dispatched"] == 0
    assert "the first run, which was not started" in ended.text


def test_an_account_that_does_not_administer_it_is_told_so(setup: Setup, gh: FakeGh) -> None:
    """The token is good: another login would not help."""
    gh.be(fork(viewerPermission="WRITE", enabled=False))
    ended = setup(environment="mirror")
    assert ended.exit_code == 1
    assert "let its owner run this, or give you the role Admin" in ended.text
    assert "gh auth refresh" not in ended.text
    assert "does not administer it, so GitHub may refuse" in ended.text
    assert ended.text.count("FAILED") == 2, "that it is forbidden, and that the workflows cannot be seen"


def test_a_message_of_gh_that_holds_a_secret(setup: Setup, gh: FakeGh) -> None:
    with gh.edit() as state:
        state["failing"] = {"secret set": "could not set: {stdin}\n\x1b[2J(HTTP 422)"}
    ended = setup()
    assert ended.exit_code == 1
    assert "secret DATABASE_URL: FAILED. could not set: ***  [2J(HTTP 422)" in ended.text
    assert gh.mirror["variables"]["TIME_ZONE"] == "Europe/Berlin", "the others go on"
    assert gh.state["dispatched"] == 0


def test_a_step_that_fails_does_not_keep_the_run_from_starting(setup: Setup, gh: FakeGh) -> None:
    gh.be(fork(viewerPermission="WRITE", enabled=True, hasIssuesEnabled=True))
    with gh.edit() as state:
        state["failing"] = {"api repos/me/mirror/actions/permissions": "gh: Not Found (HTTP 404)"}
    ended = setup()
    assert ended.exit_code == 1
    assert "GitHub Actions: FAILED" in ended.text
    assert "Not done: GitHub Actions." in ended.text
    assert gh.mirror["runs"][0]["conclusion"] == "success"


def test_actions_that_may_only_use_ones_own(setup: Setup, gh: FakeGh) -> None:
    gh.be(repository(allowed="local_only"))
    ended = setup()
    assert ended.exit_code == 1
    assert gh.mirror["allowed"] == "local_only"
    assert "settings/actions" in ended.text


# A new fork's button


def test_the_button_of_a_new_fork_is_asked_for(setup: Setup, gh: FakeGh) -> None:
    gh.be(fork(listed=False))
    with gh.edit() as state:
        state["listed_after"] = 2
    ended = setup(answers=["y", ""])
    assert ended.error is None, ended.text
    assert "https://github.com/me/mirror/actions" in ended.person.asked[1]
    assert gh.mirror["runs"][0]["conclusion"] == "success"


def test_github_takes_a_moment_to_see_the_workflows(setup: Setup, gh: FakeGh) -> None:
    gh.be(repository(listed=False))
    with gh.edit() as state:
        state["listed_after"] = 1
    ended = setup()
    assert ended.error is None, ended.text


def test_workflows_that_github_never_sees(setup: Setup, gh: FakeGh) -> None:
    gh.be(fork(listed=False))
    ended = setup()
    assert ended.exit_code == 1
    assert "press the button" in ended.text
    assert gh.mirror["secrets"] == SECRETS
    assert gh.state["dispatched"] == 0


def test_a_copy_that_lacks_a_workflow(setup: Setup, gh: FakeGh) -> None:
    old = repository()
    del old["workflows"]["watch.yml"]  # type: ignore[attr-defined]
    gh.be(old)
    ended = setup()
    assert ended.exit_code == 1
    assert "workflow watch.yml: FAILED. GitHub does not know it" in ended.text
    assert gh.mirror["runs"][0]["conclusion"] == "success"


def test_a_red_run_is_told_with_its_step_and_what_it_says(setup: Setup, gh: FakeGh) -> None:
    with gh.edit() as state:
        state["course"] = [RED]
        state["annotations"] = [
            {"annotation_level": "warning", "message": "a warning"},
            {
                "annotation_level": "failure",
                "message": "init_db: The database 'mirror' cannot be reached: the-client-secret",
            },
            {"annotation_level": "failure", "message": "Process completed with exit code 2."},
        ]
    ended = setup()
    assert ended.exit_code == 1
    assert "ended with `failure`: https://github.com/me/mirror/actions/runs/1001" in ended.text
    assert "failed   Daily chain / Scripts: Create or update the tables" in ended.text
    assert "it says  init_db: The database 'mirror' cannot be reached: ***" in ended.text
    assert "Process completed" not in ended.text
    assert "gh run view 1001 --log-failed --repo me/mirror" in ended.text
    with gh.edit() as state:
        state["course"] = [RED]
    assert setup().exit_code == 1
    assert gh.state["dispatched"] == 2, "after a red run, the next one starts another"
