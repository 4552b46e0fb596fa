"""LICENSE and SECURITY.md: they are there, are linked, and what they say of workflows and settings is so."""

import re
import tomllib

import pytest
import yaml

from utils import ROOT
from utils.job.scripts import jobs

WORKFLOWS = {
    path.name: path.read_text(encoding="utf-8") for path in (ROOT / ".github/workflows").glob("*.yml")
}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def triggers(text: str) -> set[str]:
    return set(yaml.safe_load(text)[True])  # YAML reads the key `on` as true


@pytest.mark.parametrize("name", ["LICENSE", "SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_it_is_there_and_linked_from_the_readme(name: str) -> None:
    assert read(name).strip()
    assert f"]({name})" in read("README.md")


def test_the_license_lets_people_fork() -> None:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    assert project["license"] == "MIT"
    assert project["license-files"] == ["LICENSE"]
    assert read("LICENSE").startswith("MIT License\n\nCopyright (c) 2026 the contributors\n")


def test_every_secret_is_in_the_security_policy() -> None:
    named = set(re.findall(r"secrets\.(\w+)", "".join(WORKFLOWS.values())))
    # Parts of the connection string that open nothing by themselves.
    for name in named - {"DB_HOST", "DB_PORT", "DB_NAME", "DB_USER"}:
        assert f"`{name}`" in read("SECURITY.md"), name


def test_a_strangers_code_gets_no_secret_and_no_right() -> None:
    said = read("SECURITY.md")
    open_to_strangers = {name for name, text in WORKFLOWS.items() if "pull_request" in triggers(text)}
    assert open_to_strangers == {"ci.yml", "citus.yml", "playlists.yml"}
    for name in open_to_strangers:
        assert f"`{name}`" in said
        assert "secrets" not in re.sub(r"#.*", "", WORKFLOWS[name])
        assert "write" not in re.sub(r"#.*", "", WORKFLOWS[name])
        assert "uses: $/.github/workflows/" not in WORKFLOWS[name]
    dangerous = {
        "pull_request_target",
        "workflow_run",
        "issue_comment",
        "issues",
        "discussion",
        "fork",
        "watch",
    }
    for name, text in WORKFLOWS.items():
        assert not triggers(text) & dangerous, name


def test_every_variable_that_it_names_is_one() -> None:
    used = set(re.findall(r"vars\.(\w+)", "".join(WORKFLOWS.values())))
    assert {"SCHEDULES", "SECRETS_ENVIRONMENT", "DASHBOARD", "DASHBOARD_IS_PUBLIC"} <= used
    for name in ("SCHEDULES", "SECRETS_ENVIRONMENT", "DASHBOARD", "DASHBOARD_IS_PUBLIC"):
        assert f"`{name}`" in read("SECURITY.md")


def test_every_document_that_is_linked_exists() -> None:
    for name in (
        "README.md",
        "SECURITY.md",
        "CONTRIBUTING.md",
        "docs/setup.md",
        "docs/settings.md",
        "docs/operations.md",
    ):
        folder = (ROOT / name).parent
        for target in re.findall(r"\]\(((?!https?:)[^)#]+)", read(name)):
            assert (folder / target).exists(), (name, target)


def test_what_each_script_counts_is_in_the_operations_guide() -> None:
    section = read("docs/operations.md").partition("## What the numbers mean\n")[2].partition("\n## ")[0]
    said = {}
    for names, counts in re.findall(r"^\| (`.+?) \| (.+?) \|", section, re.MULTILINE):
        said |= dict.fromkeys(re.findall(r"`(\w+)`", names), counts)
    assert said == {name: job.counts for name, job in jobs().items()}
