"""Stands for the GitHub CLI: `simulator.gh.FakeGh` puts it into a folder, as `gh`, with its state beside it.

Commands, flags, what is said and the exit codes are those of gh 2.43 and newer. What it does not know it refuses, as gh
does: exit 1 for an unknown command or flag, 4 where nobody has logged in.
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(sys.argv[0]).resolve().parent
HELD = FOLDER / "held"  # while it is there, a run goes on as it is
API = "https://api.github.com/"
# command → flags that take a value, flags that take none, arguments
COMMANDS = {
    "auth login": (set(), set(), 0),
    "auth status": ({"--hostname"}, {"--active"}, 0),
    "repo fork": (set(), {"--remote"}, 1),
    "repo view": ({"--json"}, set(), 1),
    "repo edit": (set(), {"--enable-issues"}, 1),
    "secret set": ({"--repo", "--env", "--body"}, set(), 1),
    "secret list": ({"--repo", "--env", "--json"}, set(), 0),
    "secret delete": ({"--repo", "--env"}, set(), 1),
    "variable set": ({"--repo", "--env", "--body"}, set(), 1),
    "variable list": ({"--repo", "--env", "--json"}, set(), 0),
    "variable delete": ({"--repo", "--env"}, set(), 1),
    "workflow list": ({"--repo", "--limit", "--json"}, {"--all"}, 0),
    "workflow enable": ({"--repo"}, set(), 1),
    "workflow run": ({"--repo", "--ref", "--field", "--raw-field"}, set(), 1),
    "run list": ({"--repo", "--workflow", "--limit", "--json", "--event"}, {"--all"}, 0),
    "run view": ({"--repo", "--json"}, {"--log-failed"}, 1),
}
FIELDS = {
    "repo view": {
        "nameWithOwner",
        "visibility",
        "isFork",
        "viewerPermission",
        "defaultBranchRef",
        "hasIssuesEnabled",
        "isPrivate",
    },
    "secret list": {"name", "updatedAt"},
    "variable list": {"name", "value", "updatedAt"},
    "workflow list": {"id", "name", "path", "state"},
    "run list": {"databaseId", "status", "conclusion", "event", "url", "createdAt", "workflowName"},
    "run view": {"databaseId", "status", "conclusion", "event", "url", "createdAt", "jobs", "workflowName"},
}


class Refused(Exception):
    """gh ends with this message, and an exit code."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


def http(status: int, message: str, path: str) -> Refused:
    return Refused(f"HTTP {status}: {message} ({API}{path})")


class Api(Refused):
    """What `gh api` says of a refusal."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"gh: {message} (HTTP {status})")


def parse(name: str, given: list[str]) -> tuple[list[str], dict[str, str]]:
    valued, bare, count = COMMANDS[name]
    arguments: list[str] = []
    flags: dict[str, str] = {}
    rest = list(given)
    while rest:
        word = rest.pop(0)
        if not word.startswith("-"):
            arguments.append(word)
        elif word in bare:
            flags[word] = ""
        elif word in valued and rest:
            flags[word] = rest.pop(0)
        elif word in valued:
            raise Refused(f"flag needs an argument: {word}")
        else:
            raise Refused(f"unknown flag: {word}\n\nUsage:  gh {name} [flags]")
    if len(arguments) > count:
        raise Refused(f"accepts at most {count} arg(s), received {len(arguments)}")
    for field in flags.get("--json", "").split(",") if "--json" in flags else []:
        if field not in FIELDS[name]:
            raise Refused(f'Unknown JSON field: "{field}"\nAvailable fields:\n  …')
    return arguments, flags


class Gh:
    def __init__(self, state: dict[str, Any]) -> None:
        self.state = state
        self.stdin = ""

    def repository(self, name: str | None) -> dict[str, Any]:
        name = name or self.state["here"]
        if name is None:
            raise Refused("no git remotes found")
        repositories: dict[str, dict[str, Any]] = self.state["repositories"]
        for full, repository in repositories.items():
            if full.lower() == name.lower():
                return {"nameWithOwner": full, **repository, "it": repository}
        raise Refused(f"GraphQL: Could not resolve to a Repository with the name '{name}'. (repository)")

    def of(self, flags: dict[str, str]) -> dict[str, Any]:
        found: dict[str, Any] = self.repository(flags.get("--repo"))["it"]
        return found

    def path(self, flags: dict[str, str], rest: str) -> str:
        return f"repos/{flags['--repo']}/{rest}"

    def holder(self, flags: dict[str, str], what: str) -> dict[str, Any]:
        """Where secrets or variables stand: the repository, or one of its environments."""
        repository = self.of(flags)
        found: dict[str, Any]
        if "--env" not in flags:
            found = repository[what]
            return found
        environment = repository["environments"].get(flags["--env"])
        if environment is None:
            raise http(404, "Not Found", self.path(flags, f"environments/{flags['--env']}/{what}"))
        found = environment.setdefault(what, {})
        return found

    def written(self, flags: dict[str, str], path: str) -> None:
        """Refuse where the token, or the account, may not write."""
        repository = self.of(flags)
        if self.state["missing_scope"]:
            said = http(403, "Resource not accessible by personal access token", self.path(flags, path))
            raise Refused(
                f'{said}\nThis API operation needs the "repo" scope. To request it, run:  gh auth refresh -h github.com -s repo'
            )
        if repository["viewerPermission"] not in ("ADMIN", "MAINTAIN", "WRITE"):
            raise http(403, "Must have admin rights to Repository.", self.path(flags, path))

    def value(self, flags: dict[str, str]) -> str:
        return flags["--body"] if flags.get("--body") else self.stdin.rstrip("\r\n")

    # The commands

    def auth_login(self, _: list[str], __: dict[str, str]) -> str:
        """Without the questions and the browser, for which nobody is here."""
        self.state["logged_in"] = True
        return "✓ Logged in as me\n"

    def repo_fork(self, _: list[str], __: dict[str, str]) -> str:
        """The fork me/mirror, which becomes this folder's `origin`."""
        address = "https://github.com/me/mirror.git"
        for words in (("rename", "--no-progress", "origin", "upstream"), ("add", "origin", address)):
            subprocess.run(["git", "remote", *words], check=True)  # noqa: S603, S607 - our own words
        return "✓ Created fork me/mirror\n✓ Renamed remote origin to upstream\n✓ Added remote origin\n"

    def auth_status(self, _: list[str], flags: dict[str, str]) -> str:
        if flags.get("--hostname", "github.com") != "github.com":
            raise Refused(f"You are not logged into any accounts on {flags['--hostname']}")
        return "github.com\n  ✓ Logged in to github.com account me (keyring)\n  - Token: gho_************\n"

    def repo_view(self, arguments: list[str], flags: dict[str, str]) -> object:
        repository = self.repository(arguments[0] if arguments else None)
        branch = repository["branch"]
        whole = {**repository, "defaultBranchRef": {"name": branch}}
        return {field: whole[field] for field in flags["--json"].split(",")}

    def repo_edit(self, arguments: list[str], flags: dict[str, str]) -> str:
        here = {"--repo": arguments[0]}
        self.written(here, "")
        if self.of(here)["viewerPermission"] != "ADMIN":
            raise http(403, "Must have admin rights to Repository.", self.path(here, ""))
        self.of(here)["hasIssuesEnabled"] = self.of(here)["hasIssuesEnabled"] or "--enable-issues" in flags
        return ""

    def secret_set(self, arguments: list[str], flags: dict[str, str]) -> str:
        holder = self.holder(flags, "secrets")
        self.written(flags, "actions/secrets/public-key")
        holder[arguments[0]] = self.value(flags)
        return ""

    def secret_list(self, _: list[str], flags: dict[str, str]) -> object:
        return [{"name": name} for name in sorted(self.holder(flags, "secrets"))]

    def variable_set(self, arguments: list[str], flags: dict[str, str]) -> str:
        value = self.value(flags)
        if not value:
            raise http(422, "Variable value can't be blank", self.path(flags, "actions/variables"))
        self.written(flags, "actions/variables")
        self.holder(flags, "variables")[arguments[0]] = value
        return ""

    def variable_list(self, _: list[str], flags: dict[str, str]) -> object:
        return [{"name": name, "value": value} for name, value in self.holder(flags, "variables").items()]

    def variable_delete(self, arguments: list[str], flags: dict[str, str]) -> str:
        if self.holder(flags, "variables").pop(arguments[0], None) is None:
            raise http(404, "Not Found", self.path(flags, f"actions/variables/{arguments[0]}"))
        return ""

    def workflows(self, flags: dict[str, str]) -> dict[str, str]:
        repository = self.of(flags)
        return repository["workflows"] if repository["listed"] and repository["enabled"] else {}

    def workflow_list(self, _: list[str], flags: dict[str, str]) -> object:
        repository = self.of(flags)
        after = self.state["listed_after"]
        if not repository["listed"] and after is not None:
            self.state["listed_after"] = after - 1
            repository["listed"] = after <= 0
        found = [
            {"name": file, "path": f".github/workflows/{file}", "state": state}
            for file, state in self.workflows(flags).items()
            if "--all" in flags or state == "active"
        ][: int(flags.get("--limit", "50"))]
        return found or ""  # also with --json, gh says nothing where there are none

    def workflow(self, file: str, flags: dict[str, str]) -> str:
        if file not in self.workflows(flags):
            path = self.path(flags, f"actions/workflows/{file}")
            raise http(404, f"workflow {file} not found on the default branch", path)
        return self.workflows(flags)[file]

    def workflow_enable(self, arguments: list[str], flags: dict[str, str]) -> str:
        self.workflow(arguments[0], flags)
        self.written(flags, f"actions/workflows/{arguments[0]}/enable")
        self.of(flags)["workflows"][arguments[0]] = "active"
        return ""

    def workflow_run(self, arguments: list[str], flags: dict[str, str]) -> str:
        if self.workflow(arguments[0], flags) != "active":
            said = http(422, "Cannot trigger a 'workflow_dispatch' on a disabled workflow", "dispatches")
            raise Refused(f"could not create workflow dispatch event: {said}")
        self.written(flags, f"actions/workflows/{arguments[0]}/dispatches")
        self.state["dispatched"] += 1
        if self.state["lost_dispatch"]:
            return ""
        runs = self.of(flags)["runs"]
        number = max([1000, *(run["databaseId"] for run in runs)]) + 1
        runs.append(
            {
                "databaseId": number,
                "workflowName": arguments[0],
                "event": "workflow_dispatch",
                "status": "queued",
                "conclusion": "",
                "hidden": self.state["hidden"],
                "url": f"https://github.com/{flags['--repo']}/actions/runs/{number}",
                "jobs": [],
            }
        )
        return ""

    def run_list(self, _: list[str], flags: dict[str, str]) -> object:
        if "--workflow" in flags:
            self.workflow(flags["--workflow"], flags)
        shown = []
        wanted = flags.get("--workflow")
        for run in reversed(self.of(flags)["runs"]):
            if run.get("hidden", 0) > 0:
                run["hidden"] -= 1
            elif wanted in (None, run.get("workflowName", wanted)):
                shown.append({field: run.get(field, "") for field in flags["--json"].split(",")})
        return shown

    def run_view(self, arguments: list[str], flags: dict[str, str]) -> object:
        for run in self.of(flags)["runs"]:
            if str(run["databaseId"]) == arguments[0]:
                if self.state["course"] and run["status"] != "completed" and not HELD.exists():
                    run.update(self.state["course"].pop(0))
                return {field: run.get(field, "") for field in flags["--json"].split(",")}
        raise Refused(
            f"failed to get run: HTTP 404: Not Found ({API}{self.path(flags, f'actions/runs/{arguments[0]}')})"
        )

    # gh api

    def api(self, given: list[str]) -> object:
        method, fields, path, rest = "GET", {}, "", list(given)
        while rest:
            word = rest.pop(0)
            if word in ("-X", "--method"):
                method = rest.pop(0)
            elif word in ("-F", "-f", "--field", "--raw-field"):
                key, separator, value = rest.pop(0).partition("=")
                if not separator:
                    raise Refused(f"field \"{key}\" requires a value separated by an '=' sign")
                typed = {"true": True, "false": False}.get(value, value)
                fields[key] = typed if word in ("-F", "--field") else value
            elif word.startswith("-"):
                raise Refused(f"unknown flag: {word}\n\nUsage:  gh api <endpoint> [flags]")
            elif path:
                raise Refused("accepts 1 arg(s), received 2")
            else:
                path = word
        owner, name, *parts = path.removeprefix("repos/").split("/")
        repository = self.state["repositories"].get(f"{owner}/{name}")
        if repository is None:
            raise Api(404, "Not Found")
        if method != "GET" and (self.state["missing_scope"] or repository["viewerPermission"] != "ADMIN"):
            raise Api(403, "Resource not accessible by personal access token")
        return self.endpoint(method, parts, fields, repository)

    def endpoint(  # noqa: C901 - one case for each address
        self, method: str, parts: list[str], fields: dict[str, Any], repository: dict[str, Any]
    ) -> object:
        match method, parts:
            case "GET", ["actions", "permissions"]:
                return {"enabled": repository["enabled"], "allowed_actions": repository["allowed"]}
            case "PUT", ["actions", "permissions"]:
                if not isinstance(fields.get("enabled"), bool):
                    raise Api(422, "Invalid request. For 'properties/enabled', nil is not a boolean.")
                repository["enabled"], repository["allowed"] = (
                    fields["enabled"],
                    fields.get("allowed_actions", "all"),
                )
                return ""
            case "GET", ["environments", name]:
                if name not in repository["environments"]:
                    raise Api(404, "Not Found")
                return {"name": name, "deployment_branch_policy": repository["environments"][name]["policy"]}
            case "PUT", ["environments", name]:
                if repository["visibility"] != "PUBLIC" and self.state["plan"] == "free":
                    raise Api(
                        422,
                        "Failed to create the environment protection rule. Please ensure the billing plan supports it.",
                    )
                keys = ("protected_branches", "custom_branch_policies")
                policy = {key: fields[f"deployment_branch_policy[{key}]"] for key in keys}
                if sorted(policy.values()) != [False, True]:
                    raise Api(422, "protected_branches and custom_branch_policies cannot have the same value")
                environment = repository["environments"].setdefault(name, {"secrets": {}, "branches": []})
                environment["policy"] = policy
                return {"name": name}
            case "GET", ["environments", name, "deployment-branch-policies"]:
                branches = repository["environments"][name]["branches"]
                return {
                    "total_count": len(branches),
                    "branch_policies": [{"name": branch} for branch in branches],
                }
            case "POST", ["environments", name, "deployment-branch-policies"]:
                repository["environments"][name]["branches"].append(fields["name"])
                return {"name": fields["name"]}
            case "GET", ["pages"]:
                if repository["pages"] is None:
                    raise Api(404, "Not Found")
                return {"build_type": repository["pages"]}
            case "POST", ["pages"]:
                repository["pages"] = fields["build_type"]
                return {"build_type": fields["build_type"]}
            case "GET", ["check-runs", _, "annotations"]:
                return self.state["annotations"]
        raise Api(404, "Not Found")

    def answer(self, words: list[str]) -> object:
        if words[:1] == ["--version"]:
            version = self.state["version"]
            return f"gh version {version} (2024-03-04)\nhttps://github.com/cli/cli/releases/tag/v{version}\n"
        name = " ".join(words[:2])
        if name not in COMMANDS and words[:1] != ["api"]:
            raise Refused(
                f'unknown command "{words[0]}" for "gh"\n\nUsage:  gh <command> <subcommand> [flags]'
            )
        if not self.state["logged_in"] and name != "auth login":
            if name == "auth status":
                raise Refused("You are not logged into any GitHub hosts. To log in, run: gh auth login")
            raise Refused("To get started with GitHub CLI, please run:  gh auth login", 4)
        for prefix, message in self.state["failing"].items():
            if " ".join(words).startswith(prefix):
                raise Refused(message.replace("{stdin}", self.stdin))
        if words[0] == "api":
            return self.api(words[1:])
        arguments, flags = parse(name, words[2:])
        return getattr(self, name.replace(" ", "_"))(arguments, flags)


def keep(state: dict[str, Any]) -> None:
    """Write the state in one step: a command may be killed at any moment."""
    new = FOLDER / f"state.{os.getpid()}"
    new.write_text(json.dumps(state))
    new.replace(FOLDER / "state.json")


def main() -> int:
    words = sys.argv[1:]
    gh = Gh(json.loads((FOLDER / "state.json").read_text()))
    gh.stdin = "" if sys.stdin.isatty() else sys.stdin.read()
    with (FOLDER / "calls.jsonl").open("a") as calls:
        calls.write(json.dumps({"words": words, "stdin": gh.stdin}) + "\n")
    if gh.state["interrupt_at"] and " ".join(words).startswith(gh.state["interrupt_at"]):
        gh.state["interrupt_at"] = ""
        keep(gh.state)
        os.kill(os.getppid(), signal.SIGINT)
    try:
        answer = gh.answer(words)
    except Refused as refused:
        sys.stderr.write(f"{refused}\n")
        return refused.code
    finally:
        keep(gh.state)
    sys.stdout.write(answer if isinstance(answer, str) else json.dumps(answer))
    return 0
