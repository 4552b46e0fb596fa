"""The repository on GitHub that runs the scripts: which one it is, who can see it, and what has to be switched on."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from urllib.parse import quote

from utils import ROOT
from utils.errors import SettingsError
from utils.github.gh import Gh, GhError, host

_FIELDS = "nameWithOwner,visibility,isFork,viewerPermission,defaultBranchRef,hasIssuesEnabled"
_WRITERS = ("ADMIN", "MAINTAIN", "WRITE")
_NAME = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+?)(?:\.git)?/?")
_REMOTE = re.compile(
    r"(?:(?:https?|ssh|git)://)?(?:[^@/]+@)?(?P<host>[A-Za-z0-9.-]+)(?::\d+)?[:/](?P<name>.+)"
)
_ENVIRONMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")


@dataclass(frozen=True)
class Repository:
    """What GitHub says of a repository. `name` is OWNER/NAME, `branch` its default branch."""

    name: str
    is_public: bool
    is_fork: bool
    has_issues: bool
    branch: str
    is_admin: bool = True

    @property
    def url(self) -> str:
        """Its page."""
        return f"https://{host()}/{self.name}"

    @property
    def option(self) -> tuple[str, str]:
        """What tells `gh` that it is meant, whatever remotes this folder has."""
        return "--repo", self.name


def parse_name(text: str) -> str | None:
    """OWNER/NAME of such a name, or of the address of a repository on the GitHub that is asked; None for anything else."""
    if match := _NAME.fullmatch(text):
        return match[1]
    remote = _REMOTE.fullmatch(text)
    if remote is None or remote["host"].lower() != host().lower():
        return None
    match = _NAME.fullmatch(remote["name"])
    return match[1] if match else None


def name_of_origin() -> str:
    """OWNER/NAME of this folder's remote `origin`. Raises SettingsError; an address may hold a token, and is not shown."""
    git = shutil.which("git")
    address = ""
    if git is not None:
        command = [git, "-C", str(ROOT), "remote", "get-url", "origin"]
        address = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603
    name = parse_name(address)
    if name is None:
        raise SettingsError(
            f"This folder has no remote `origin` on {host()}.",
            "Name the repository: OWNER/NAME.",
        )
    return name


def look_at(gh: Gh, name: str) -> Repository:
    """The repository. Raises SettingsError where it cannot be seen or written to, or holds nothing."""
    try:
        found = gh.read("repo", "view", name, "--json", _FIELDS)
    except GhError as error:
        raise SettingsError(
            f"The repository {name} cannot be seen: {error}",
            "Is the name right, and may the account of `gh auth status` see it? Your own copy: "
            "`gh repo fork`, or an empty private repository and a push to it (docs/setup.md).",
        ) from None
    fields = as_mapping(found)
    name = str(fields.get("nameWithOwner") or name)
    if fields.get("viewerPermission") not in _WRITERS:
        raise SettingsError(
            f"You may not write to {name}.",
            f"Make a copy of your own: `gh repo fork {name}`, in this folder, if it is its clone, `gh repo fork --remote`, or a "
            "private repository (docs/setup.md). Then run this again.",
        )
    branch = str(as_mapping(fields.get("defaultBranchRef")).get("name") or "")
    if not branch:
        raise SettingsError(f"{name} is empty.", "Push this folder to it first.")
    return Repository(
        name=name,
        is_public=fields.get("visibility") == "PUBLIC",
        is_fork=fields.get("isFork") is True,
        has_issues=fields.get("hasIssuesEnabled") is True,
        branch=branch,
        is_admin=fields.get("viewerPermission") == "ADMIN",
    )


def enable_issues(gh: Gh, repository: Repository) -> str:
    """Switch issues on, where the watch says what is wrong: a fork has none at first. Raises GhError."""
    if repository.has_issues:
        return "on already"
    gh.write("repo", "edit", repository.name, "--enable-issues")
    return "switched on: the watch says there what is wrong"


def enable_actions(gh: Gh, repository: Repository) -> str:
    """Switch GitHub Actions on where they are off; what was done. Which actions may be used stays as it is. Raises GhError."""
    path = f"repos/{repository.name}/actions/permissions"
    found = as_mapping(gh.read("api", path))
    allowed = str(found.get("allowed_actions") or "all")
    if allowed == "local_only":
        raise GhError(
            f"only actions of your own are allowed; the workflows need those of GitHub ({path}).",
            f"Allow them at {repository.url}/settings/actions.",
        )
    only = (
        ", for selected actions only: those of GitHub have to be among them" if allowed == "selected" else ""
    )
    if found.get("enabled") is not True:
        gh.write("api", "-X", "PUT", path, "-F", "enabled=true", "-f", f"allowed_actions={allowed}")
        return f"switched on{only}"
    return f"on already{only}"


def create_environment(gh: Gh, repository: Repository, name: str) -> str:
    """Make a GitHub environment that only runs of the default branch can use; what was done. Raises GhError.

    One that is there keeps its rules; a rule for the default branch is added where it has others only.
    """
    path = environment_path(repository, name)
    branches = f"{path}/deployment-branch-policies"
    existing = _existing(gh, path)
    if existing is None:
        policy = "deployment_branch_policy"
        rules = (f"{policy}[protected_branches]=false", f"{policy}[custom_branch_policies]=true")
        gh.write("api", "-X", "PUT", path, "-F", rules[0], "-F", rules[1])
        gh.write("api", "-X", "POST", branches, "-f", f"name={repository.branch}")
        return f"created, for the branch {repository.branch} only"
    rule = existing.get("deployment_branch_policy")
    if rule is None:
        return f"there already, and open to every branch: limit it at {repository.url}/settings/environments"
    if as_mapping(rule).get("custom_branch_policies") is True:
        listed = as_mapping(gh.read("api", branches)).get("branch_policies")
        patterns = [str(as_mapping(each).get("name")) for each in as_list(listed)]
        if not any(fnmatchcase(repository.branch, pattern) for pattern in patterns):
            gh.write("api", "-X", "POST", branches, "-f", f"name={repository.branch}")
            return f"opened to the branch {repository.branch} as well"
    return "there already"


def enable_pages(gh: Gh, repository: Repository) -> str:
    """Let workflows put a page on GitHub Pages; what was done. Raises GhError."""
    path = f"repos/{repository.name}/pages"
    existing = _existing(gh, path)
    if existing is None:
        gh.write("api", "-X", "POST", path, "-f", "build_type=workflow")
        return "switched on"
    if existing.get("build_type") != "workflow":
        raise GhError(
            "it shows a branch of this repository, and was left alone.",
            f"If the dashboard may take its place: choose GitHub Actions as its source at {repository.url}/settings/pages.",
        )
    return "on already"


def check_environment_name(name: str) -> None:
    """Raise SettingsError for a name that would have to be spelled differently in an address."""
    if not _ENVIRONMENT.fullmatch(name):
        raise SettingsError(
            "--environment: that is no name of letters, digits, `_`, `.` and `-`.", "Take another."
        )


def environment_path(repository: Repository, name: str) -> str:
    """Where the REST API has an environment."""
    return f"repos/{repository.name}/environments/{quote(name, safe='')}"


def workflow_states(gh: Gh, repository: Repository) -> dict[str, str]:
    """File → state of the workflows that GitHub knows of: active, disabled_fork, … Raises GhError."""
    listed = gh.read(
        "workflow", "list", "--all", "--limit", "200", "--json", "path,state", *repository.option
    )
    workflows = [as_mapping(each) for each in as_list(listed)]
    return {str(each.get("path")).rpartition("/")[2]: str(each.get("state")) for each in workflows}


def _existing(gh: Gh, path: str) -> Mapping[str, object] | None:
    """What the REST API has there; None where there is nothing."""
    try:
        return as_mapping(gh.read("api", path))
    except GhError as error:
        if error.status == 404:
            return None
        raise


def as_mapping(found: object) -> Mapping[str, object]:
    """An object of an answer; empty where there is none."""
    return found if isinstance(found, dict) else {}


def as_list(found: object) -> list[object]:
    """A list of an answer; empty where there is none."""
    return found if isinstance(found, list) else []
