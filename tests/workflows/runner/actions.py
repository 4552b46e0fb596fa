"""Actions of others, as far as our workflows can see: what they check, what they leave behind, what they answer."""

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.workflows.runner.errors import UnsupportedError
from tests.workflows.runner.results import JobResult


class ActionFailure(Exception):
    """What an action fails its step for."""


@dataclass
class Use:
    """One use of an action. `home`: what `~` means."""

    inputs: dict[str, str]
    job: JobResult
    workspace: Path
    artifacts: Path
    home: Path
    github: Mapping[str, object]

    def needs(self, permission: str, level: str) -> None:
        if not self.job.may(permission, level):
            raise ActionFailure(
                f"Resource not accessible by integration: {permission}: {level} is not granted"
            )

    def flag(self, name: str) -> bool:
        value = self.inputs[name].lower()
        if value not in ("true", "false"):
            raise ActionFailure(f"{name}: {value!r} is neither true nor false")
        return value == "true"

    def paths(self) -> list[Path]:
        """The files and folders that the input `path` names, one pattern per line."""
        found: list[Path] = []
        for line in filter(None, map(str.strip, self.inputs["path"].splitlines())):
            if line.startswith("!"):
                raise UnsupportedError(f"a path that leaves out: {line}")
            place = Path(f"{self.home}{line[1:]}" if line.startswith("~") else line)
            base = Path(place.anchor) if place.is_absolute() else self.workspace
            pattern = str(place.relative_to(place.anchor)) if place.is_absolute() else line
            found += [base] if pattern in (".", "./") else sorted(base.glob(pattern))
        return found


@dataclass(frozen=True)
class Emulation:
    """`inputs`: those it knows, with their defaults."""

    run: Callable[[Use], dict[str, str]]
    inputs: dict[str, str] = field(default_factory=dict)
    required: frozenset[str] = frozenset()


def _checkout(use: Use) -> dict[str, str]:
    use.needs("contents", "read")
    return {"ref": str(use.github["ref"]), "commit": str(use.github["sha"])}


def _setup_python(use: Use) -> dict[str, str]:
    return {"python-version": use.inputs["python-version"], "cache-hit": ""}


def _cache(use: Use) -> dict[str, str]:
    found = use.paths()
    if not found and use.flag("fail-on-cache-miss"):
        raise ActionFailure(f"Failed to restore cache entry {use.inputs['key']}")
    hit = "true" if found else ""
    return {
        "cache-hit": hit,
        "cache-primary-key": use.inputs["key"],
        "cache-matched-key": use.inputs["key"] * bool(found),
    }


def _nothing(use: Use) -> dict[str, str]:
    return {}


def _files(path: Path, *, hidden: bool) -> list[Path]:
    """What an upload takes of a path, without what is hidden unless that is asked for."""
    files = [path] if path.is_file() else sorted(each for each in path.rglob("*") if each.is_file())
    base = path.parent
    return [
        each
        for each in files
        if hidden or not any(part.startswith(".") for part in each.relative_to(base).parts)
    ]


def _upload(use: Use, paths: list[Path], *, hidden: bool, overwrite: bool = False) -> int:
    """Copy into a folder of the artifact's name, below what all paths share; how many files."""
    target = use.artifacts / use.inputs["name"]
    if target.exists() and not overwrite:
        raise ActionFailure(f"an artifact with the name {use.inputs['name']} already exists on the run")
    files = [each for path in paths for each in _files(path, hidden=hidden)]
    if files:
        shutil.rmtree(target, ignore_errors=True)
        shared = Path(os.path.commonpath([path if path.is_dir() else path.parent for path in paths]))
        for each in files:
            copy = target / each.relative_to(shared)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(each, copy)
    return len(files)


def _upload_artifact(use: Use) -> dict[str, str]:
    hidden, overwrite = use.flag("include-hidden-files"), use.flag("overwrite")
    if not _upload(use, use.paths(), hidden=hidden, overwrite=overwrite):
        if use.inputs["if-no-files-found"] == "error":
            raise ActionFailure(f"No files were found with the provided path: {use.inputs['path']}")
        return {}
    number = len(list(use.artifacts.iterdir()))
    run = f"{use.github['server_url']}/{use.github['repository']}/actions/runs/{use.github['run_id']}"
    return {"artifact-id": str(number), "artifact-url": f"{run}/artifacts/{number}"}


def _upload_pages(use: Use) -> dict[str, str]:
    path = use.workspace / use.inputs["path"]
    if not path.is_dir():
        raise ActionFailure(f"tar: {path}: no such directory")
    _upload(use, [path], hidden=use.flag("include-hidden-files"), overwrite=False)
    return {"artifact_id": str(len(list(use.artifacts.iterdir())))}


def _pages_url(use: Use) -> str:
    owner, _, name = str(use.github["repository"]).partition("/")
    return f"https://{owner}.github.io/{name}"


def _configure_pages(use: Use) -> dict[str, str]:
    use.needs("pages", "read")
    origin, _, path = _pages_url(use).rpartition("/")
    host = origin.removeprefix("https://")
    return {"base_url": f"{origin}/{path}", "origin": origin, "host": host, "base_path": f"/{path}"}


def _deploy_pages(use: Use) -> dict[str, str]:
    use.needs("pages", "write")
    use.needs("id-token", "write")
    if not use.job.environment:
        raise ActionFailure("Missing environment. Ensure your workflow's deployment job has an environment")
    if not (use.artifacts / use.inputs["artifact_name"]).is_dir():
        raise ActionFailure(f"no artifact named {use.inputs['artifact_name']} was found in this run")
    return {"page_url": f"{_pages_url(use)}/"}


def _known(names: str, **defaults: str) -> dict[str, str]:
    """Inputs by their names, empty where no default is said; `_` in a default's name stands for `-`."""
    return dict.fromkeys(names.split(), "") | {
        name.replace("_", "-"): value for name, value in defaults.items()
    }


_CACHE = _known(
    "path key restore-keys enableCrossOsArchive lookup-only upload-chunk-size", fail_on_cache_miss="false"
)
EMULATED: dict[str, Emulation] = {
    "actions/checkout": Emulation(
        _checkout,
        _known(
            "repository ref token ssh-key ssh-known-hosts ssh-strict ssh-user persist-credentials path clean filter "
            "sparse-checkout sparse-checkout-cone-mode fetch-depth fetch-tags show-progress lfs submodules "
            "set-safe-directory github-server-url"
        ),
    ),
    "actions/setup-python": Emulation(
        _setup_python,
        _known(
            "python-version python-version-file check-latest architecture token cache cache-dependency-path "
            "update-environment allow-prereleases freethreaded pip-version pip-install"
        ),
    ),
    "astral-sh/setup-uv": Emulation(
        _nothing,
        _known(
            "version version-file python-version activate-environment venv-path working-directory checksum "
            "github-token enable-cache cache-dependency-glob restore-cache save-cache cache-suffix cache-local-path "
            "prune-cache cache-python ignore-nothing-to-cache ignore-empty-workdir tool-dir tool-bin-dir "
            "manifest-file add-problem-matchers resolution-strategy"
        ),
    ),
    "actions/cache": Emulation(_cache, _CACHE, frozenset({"path", "key"})),
    "actions/cache/restore": Emulation(_cache, _CACHE, frozenset({"path", "key"})),
    "actions/cache/save": Emulation(
        _nothing, _known("path key enableCrossOsArchive upload-chunk-size"), frozenset({"path", "key"})
    ),
    "actions/upload-artifact": Emulation(
        _upload_artifact,
        _known(
            "path retention-days compression-level archive",
            name="artifact",
            if_no_files_found="warn",
            overwrite="false",
            include_hidden_files="false",
        ),
        frozenset({"path"}),
    ),
    "actions/upload-pages-artifact": Emulation(
        _upload_pages,
        _known("retention-days", name="github-pages", path="_site/", include_hidden_files="false"),
    ),
    "actions/configure-pages": Emulation(
        _configure_pages, _known("static_site_generator generator_config_file token enablement")
    ),
    "actions/deploy-pages": Emulation(
        _deploy_pages,
        _known("token timeout error_count reporting_interval preview") | {"artifact_name": "github-pages"},
    ),
}


def emulation(uses: str, given: Mapping[str, object]) -> Emulation:
    """The action that is meant, which has to know what it is given."""
    name = uses.partition("@")[0]
    if name not in EMULATED:
        raise UnsupportedError(f"the action {name}")
    found = EMULATED[name]
    if unknown := {key.lower() for key in given} - {key.lower() for key in found.inputs}:
        raise UnsupportedError(f"{name} has no inputs {sorted(unknown)}")
    if missing := found.required - set(given):
        raise UnsupportedError(f"{name} needs {sorted(missing)}")
    return found
