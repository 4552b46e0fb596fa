"""recipes/: what they name exists, what they say is tried, and the trigger's token is seen by nobody."""

import configparser
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from cronsim import CronSim

from tests.conftest import execute
from utils import ROOT

RECIPES = ROOT / "recipes"
SYSTEMD = RECIPES / "systemd"
SCRIPT_FOLDERS = ("db", "api_syncs", "playlists", "reports")
WORKFLOWS = ROOT / ".github" / "workflows"
FOLDER = "%h/spotify-library-mirror"  # where the units expect the checkout
SECRET = re.compile(r"DATABASE_URL|PASSWORD|SECRET|TOKEN")


def script_of(command: str) -> str:
    """The module that `./run <command>` starts; `sync` is its name for the chain."""
    name = {"sync": "run_all"}.get(command, command)
    (path,) = [path for folder in SCRIPT_FOLDERS if (path := ROOT / folder / f"{name}.py").exists()]
    assert "__main__" in path.read_text(encoding="utf-8")
    return f"{path.parent.name}.{name}"


def test_every_shell_script_is_whole() -> None:
    scripts = [
        RECIPES / "trigger.sh",
        ROOT / "run",
        ROOT / ".ci" / "run",
        ROOT / ".ci" / "install-postgresql",
    ]
    assert set(RECIPES.rglob("*.sh")) <= set(scripts)
    for script in scripts:
        done = subprocess.run(["bash", "-n", str(script)], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), script
    assert os.access(RECIPES / "trigger.sh", os.X_OK)


def test_what_the_readme_links_to_is_there_and_everything_is_named() -> None:
    text = (RECIPES / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\(((?!https?:|#)[^)#]+)", text):
        assert (RECIPES / target).exists(), target
    for name in ("systemd", "crontab", "Containerfile", "compose.yml", "trigger.sh"):
        assert name in text
    for page in ("docs/operations.md", "docs/setup.md"):
        assert "(../recipes/README.md" in (ROOT / page).read_text(encoding="utf-8"), page


# systemd


def unit(name: str) -> configparser.ConfigParser:
    """A unit file, each key of which must stand there once."""
    parser = configparser.ConfigParser(interpolation=None, comment_prefixes=("#", ";"), delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment, method-assign]  # keys of units are case-sensitive
    parser.read_string((SYSTEMD / name).read_text(encoding="utf-8"))
    return parser


UNITS = sorted(path.name for path in SYSTEMD.iterdir())
SERVICES = {"mirror-plays.service": "track_plays", "mirror-daily.service": "sync"}
# What needs a namespace makes a user's unit fail where the distribution refuses one.
NEED_A_NAMESPACE = re.compile(
    r"^(Private|Protect(?!Hostname)|ReadWritePaths|ReadOnlyPaths|InaccessiblePaths|BindPaths)"
)
HARDENING = {
    "NoNewPrivileges": "yes",
    "LockPersonality": "yes",
    "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6 AF_NETLINK",
    "RestrictNamespaces": "yes",
    "RestrictRealtime": "yes",
    "RestrictSUIDSGID": "yes",
    "SystemCallArchitectures": "native",
    "SystemCallFilter": "@system-service",
}


def test_each_service_has_its_timer() -> None:
    timers = [name.replace(".service", ".timer") for name in SERVICES]
    assert sorted([*SERVICES, *timers]) == UNITS


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_runs_a_script_once(name: str) -> None:
    read = unit(name)
    assert read.sections() == ["Unit", "Service"]  # no [Install]: the timer starts it
    service = read["Service"]
    assert service["Type"] == "oneshot"
    assert service["WorkingDirectory"] == FOLDER
    program, command = service["ExecStart"].split()
    assert (program, command) == (f"{FOLDER}/run", SERVICES[name])
    assert script_of(command)
    assert service["UMask"] == "0077"
    assert service["KillMode"] == "process"  # the embedded database may serve another script


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_hardened_as_far_as_a_users_manager_can(name: str) -> None:
    service = unit(name)["Service"]
    assert {key: service[key] for key in HARDENING} == HARDENING
    assert not [key for key in service if NEED_A_NAMESPACE.match(key)]


@pytest.mark.parametrize(("name", "scripts", "limit_min"), [("plays", 1, 8), ("daily", 17, 120)])
def test_a_script_ends_by_itself_before_it_is_ended(name: str, scripts: int, limit_min: int) -> None:
    service = unit(f"mirror-{name}.service")["Service"]
    setting, _, minutes = service["Environment"].partition("=")
    assert setting == "JOB_TIME_BUDGET_MINUTES"
    assert service["TimeoutStartSec"] == {8: "8min", 120: "2h"}[limit_min]
    assert scripts * int(minutes) < limit_min


@pytest.mark.parametrize(
    ("name", "when"), [("mirror-plays.timer", "*:03/10"), ("mirror-daily.timer", "*-*-* 07:07")]
)
def test_a_timer_makes_up_for_what_was_missed(name: str, when: str) -> None:
    read = unit(name)
    timer = read["Timer"]
    assert timer["OnCalendar"] == when
    assert timer["Persistent"] == "yes"
    assert timer["RandomizedDelaySec"]
    assert read["Install"]["WantedBy"] == "timers.target"


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_points_to_a_document_that_is_there(name: str) -> None:
    document = unit(name)["Unit"]["Documentation"]
    assert document.startswith(f"file:{FOLDER}/")
    assert (ROOT / document.removeprefix(f"file:{FOLDER}/")).is_file()


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd is not installed: the units are parsed only"
)
def test_systemd_has_nothing_to_say_about_the_units(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir(mode=0o700)
    (tmp_path / "spotify-library-mirror").symlink_to(ROOT)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--user", "--man=no", *(str(SYSTEMD / name) for name in UNITS)],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path / "run")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


# cron


def cron_lines() -> list[tuple[str, str]]:
    """(when, command) of each line of the crontab, those to be chosen instead as well."""
    text = (RECIPES / "crontab").read_text(encoding="utf-8")
    return re.findall(r"^#?((?:[\d*][\d*/,-]* ){5}) *(.+)$", text, re.MULTILINE)


def test_each_line_of_the_crontab_is_a_line_a_setting_or_a_comment() -> None:
    lines = (RECIPES / "crontab").read_text(encoding="utf-8").splitlines()
    rest = [line for line in lines if line and not re.match(r"#?[\d*][\d*/,-]* ", line)]
    assert all(re.match(r"# |[A-Z]+=", line) for line in rest)
    assert len(cron_lines()) == len([line for line in lines if line]) - len(rest) == 6


@pytest.mark.parametrize(("when", "command"), cron_lines())
def test_a_cron_line_is_no_full_hour_and_has_no_percent_sign(when: str, command: str) -> None:
    moments = CronSim(when.strip(), datetime(2026, 11, 1, tzinfo=UTC))
    first, second = next(moments), next(moments)
    assert first.minute % 10 not in (0, 5)
    assert second - first in (timedelta(minutes=10), timedelta(days=1))
    assert "%" not in command  # which means a new line to cron


@pytest.mark.parametrize("command", [command for _, command in cron_lines()])
def test_a_cron_line_starts_what_exists(tmp_path: Path, command: str) -> None:
    """As cron does, by sh, with stand-ins that note what they are asked."""
    mirror, programs, log = tmp_path / "my mirror", tmp_path / "bin", tmp_path / "log"
    (mirror / "recipes").mkdir(parents=True)
    programs.mkdir()
    for program in (mirror / "run", mirror / "recipes/trigger.sh", programs / "docker", programs / "logger"):
        program.write_text(
            f'#!/bin/sh\nprintf "%s\\n" "{program.name} $*" >>{log}\n[ {program.name} != logger ] || cat >/dev/null\n',
            encoding="utf-8",
        )
        program.chmod(0o755)
    subprocess.run(
        ["/bin/sh", "-c", command],
        env={"PATH": f"{programs}:/usr/bin:/bin", "MIRROR": str(mirror), "REPOSITORY": "me/mirror"},
        cwd=tmp_path,
        check=True,
    )
    asked = sorted(log.read_text(encoding="utf-8").splitlines(), key=lambda line: line.startswith("logger"))
    (started, logged) = asked
    assert re.fullmatch(r"logger -t mirror-(plays|daily)", logged)
    program, *arguments = started.split(" ")
    if program == "run":
        assert script_of(*arguments)
    elif program == "trigger.sh":
        repository, workflow = arguments
        assert repository == "me/mirror"
        on = yaml.safe_load((WORKFLOWS / workflow).read_text(encoding="utf-8"))[True]
        assert "workflow_dispatch" in on
    else:
        assert started.startswith(f"docker compose -f {mirror}/recipes/compose.yml run --rm ")
        assert arguments[-1] in compose()["services"]


# The container


def instructions() -> list[tuple[str, str]]:
    text = (RECIPES / "Containerfile").read_text(encoding="utf-8")
    text = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in text.splitlines() if line.strip()]


def values(name: str) -> list[str]:
    return [value for instruction, value in instructions() if instruction == name]


def compose() -> dict:
    return yaml.safe_load((RECIPES / "compose.yml").read_text(encoding="utf-8"))


def copied() -> list[str]:
    """What gets into the image."""
    return [source for value in values("COPY") for source in value.split()[:-1]]


def test_the_image_is_of_a_python_that_is_promised() -> None:
    (base,) = values("FROM")
    tag = re.fullmatch(r"docker\.io/library/python:3\.(\d+)-slim-\w+", base)
    assert tag
    promised = re.search(r"Python 3\.(\d+) to 3\.(\d+)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert promised
    assert int(promised[1]) <= int(tag[1]) <= int(promised[2])


def test_the_image_runs_scripts_as_an_ordinary_user() -> None:
    names = [name for name, _ in instructions()]
    assert names[-3:] == ["USER", "ENTRYPOINT", "CMD"]
    assert values("USER") == ["10001"]
    assert json.loads(values("ENTRYPOINT")[0]) == ["python", "-m"]
    (module,) = json.loads(values("CMD")[0])
    assert find_spec(module) is not None


def test_the_image_holds_what_is_named_and_no_secret() -> None:
    for source in copied():
        assert (ROOT / source).exists(), source
        assert not source.startswith(".")
    assert not values("ADD") + values("ARG")
    assert not [value for value in values("ENV") if SECRET.search(value)]
    for value in values("RUN"):
        for file in re.findall(r"-r (\S+)", value):
            assert file in copied()


def test_nothing_else_is_sent_to_the_build() -> None:
    lines = (RECIPES / "Containerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    assert patterns[0] == "*"
    assert [line.removeprefix("!") for line in patterns if line.startswith("!")] == copied()
    assert patterns[-2:] == ["**/__pycache__", "**/*.pyc"]


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A folder with what is copied into the image, and nothing else of ours."""
    for source in copied():
        target = tmp_path / "mirror" / source
        target.parent.mkdir(exist_ok=True)
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / source, target)
    return tmp_path / "mirror"


def inside(image: Path, *arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    """`python <arguments>` in that folder. This checkout is installed here: it is kept out of sight."""
    (image.parent / "hook").mkdir(exist_ok=True)
    (image.parent / "hook" / "sitecustomize.py").write_text(
        "import sys\nsys.meta_path[:] = [f for f in sys.meta_path if 'editable' not in repr(f).lower()]\n"
        f"sys.path[:] = [p for p in sys.path if p != {str(ROOT)!r}]\n",
        encoding="utf-8",
    )
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=image,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(image.parent / "hook"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "ENV_FILE": "",
            **settings,
        },
        capture_output=True,
        text=True,
        check=False,
    )


# Prints the files of ours that were loaded from elsewhere than argv[1], and the packages of others.
LOADED = """
import json, sys
from importlib.metadata import packages_distributions
loaded = {name: getattr(module, "__file__", None) for name, module in sys.modules.items()}
tops = {name.split(".")[0] for name in loaded}
of = packages_distributions()
ours = {file for name, file in loaded.items() if name.split(".")[0] in ("db", "api_syncs", "playlists", "reports", "utils")}
print(json.dumps({
    "number": len(ours),
    "elsewhere": [file for file in ours if not file.startswith(sys.argv[1])],
    "packages": [of[top][0].lower().replace("_", "-") for top in tops - sys.stdlib_module_names if top in of],
}))
"""


def test_what_is_in_the_image_is_enough_for_every_script(image: Path) -> None:
    scripts = [
        f"{folder}.{path.stem}"
        for folder in SCRIPT_FOLDERS
        for path in sorted((ROOT / folder).glob("[a-z]*.py"))
        if "__main__" in path.read_text(encoding="utf-8")
    ]
    done = inside(image, "-c", f"import {', '.join(scripts)}, PIL.Image\n{LOADED}", str(image))
    assert (done.returncode, done.stderr) == (0, "")
    said = json.loads(done.stdout)
    assert said["number"] > len(scripts)
    assert said["elsewhere"] == []
    pinned = re.findall(
        r"^([\w.-]+)==",
        "".join((image / name).read_text(encoding="utf-8") for name in copied() if name.endswith(".txt")),
        re.MULTILINE,
    )
    assert {"requests", "psycopg2-binary", "pillow"} <= set(said["packages"])
    here_only = {"spotify-library-mirror", "setuptools"}  # what a virtual environment loads by itself
    assert set(said["packages"]) - here_only <= {name.lower().replace("_", "-") for name in pinned}


def test_a_script_of_the_image_makes_the_tables(image: Path, empty_dsn: str) -> None:
    done = inside(image, "-m", "db.init_db", DATABASE_URL=empty_dsn)
    assert done.returncode == 0, done.stdout + done.stderr
    execute(empty_dsn, "SELECT 1 FROM plays")


def test_the_image_without_a_database_says_so(image: Path, tmp_path: Path) -> None:
    """There is no embedded one in it; and no .env is read."""
    done = inside(image, "-m", "db.init_db", PGBIN=str(tmp_path / "none"))
    assert done.returncode == 2
    assert "DATABASE_URL" in done.stdout + done.stderr


@pytest.mark.parametrize("name", ["track_plays", "run_all"])
def test_a_service_of_the_compose_file_runs_once_with_few_rights(name: str) -> None:
    service = compose()["services"][name]
    (module,) = service["command"]
    assert module == script_of(name)
    assert (RECIPES / service["build"]["context"]).resolve() == ROOT
    assert (ROOT / service["build"]["dockerfile"]) == RECIPES / "Containerfile"
    assert (RECIPES / service["env_file"]).resolve() == ROOT / ".env"
    assert service["restart"] == "no"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "ports" not in service
    assert set(service["environment"]) == {"JOB_TIME_BUDGET_MINUTES"}
    (volume,) = service["volumes"]
    volume, folder = volume.split(":")
    assert volume in compose()["volumes"]
    (settings,) = values("ENV")
    for kept in ("ARTWORK_DIR", "DASHBOARD_DIR"):
        assert f"{kept}={folder}/" in settings


def test_no_service_is_there_that_is_not_tried() -> None:
    assert set(compose()["services"]) == {"track_plays", "run_all"}


# The trigger

TOKEN = "github_pat_11AAAAAAA0123456789_abcdefghijklmnop"


class GitHub(ThreadingHTTPServer):
    """GitHub's REST API, as far as starting workflows goes: notes what it is asked, and answers `status`."""

    def __init__(self) -> None:
        self.status = 204
        self.asked: list[tuple[str, str | None, object]] = []
        self.command_lines: list[str] = []
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(BaseHTTPRequestHandler):
    server: GitHub

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, self.headers["Authorization"], body))
        # Every process that lives while the request is made.
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                self.server.command_lines.append(path.read_bytes().decode(errors="replace"))
            except OSError:
                continue  # it has ended meanwhile
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def github() -> Iterator[GitHub]:
    with GitHub() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def trigger(tmp_path: Path, github: GitHub):
    """`trigger(arguments…, settings…)`: run it against `github`, its token in the usual place."""
    token_file = tmp_path / ".config" / "spotify-library-mirror" / "token"
    token_file.parent.mkdir(parents=True)
    token_file.write_text(f"{TOKEN}\n", encoding="utf-8")
    token_file.chmod(0o600)
    programs = tmp_path / "bin"
    programs.mkdir()
    real = shutil.which("curl")
    assert real, "the trigger needs curl"
    (programs / "curl").write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$@" >>{tmp_path}/curl-arguments\nenv >{tmp_path}/curl-environment\nexec {real} "$@"\n',
        encoding="utf-8",
    )
    (programs / "curl").chmod(0o755)

    def run(*arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["bash", str(RECIPES / "trigger.sh"), *arguments],
            env={
                "PATH": f"{programs}:{os.environ['PATH']}",
                "HOME": str(tmp_path),
                "GITHUB_API_URL": f"http://127.0.0.1:{github.server_port}",
                **settings,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    run.folder = tmp_path  # type: ignore[attr-defined]
    run.token_file = token_file  # type: ignore[attr-defined]
    return run


@pytest.mark.parametrize(
    ("arguments", "path", "body"),
    [
        (
            ["me/my.mirror"],
            "/repos/me/my.mirror/actions/workflows/track_plays.yml/dispatches",
            {"ref": "main"},
        ),
        (
            ["me/mirror", "00_master_sync.yml"],
            "/repos/me/mirror/actions/workflows/00_master_sync.yml/dispatches",
            {"ref": "main"},
        ),
        (["me/mirror", "track-plays"], "/repos/me/mirror/dispatches", {"event_type": "track-plays"}),
        (["me/mirror", "master-sync"], "/repos/me/mirror/dispatches", {"event_type": "master-sync"}),
    ],
)
def test_the_trigger_starts_a_workflow(
    trigger, github: GitHub, arguments: Sequence[str], path: str, body: object
) -> None:
    done = trigger(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert "was started" in done.stdout
    assert github.asked == [(path, f"Bearer {TOKEN}", body)]


def test_the_trigger_names_what_the_workflows_listen_to() -> None:
    text = (RECIPES / "trigger.sh").read_text(encoding="utf-8")
    (named,) = re.findall(r"EVENT \(([\w, -]+)\)", text)
    events = {
        event
        for path in WORKFLOWS.glob("*.yml")
        for event in (
            yaml.safe_load(path.read_text(encoding="utf-8"))[True].get("repository_dispatch") or {}
        ).get("types", [])
    }
    assert set(named.split(", ")) == events


def test_nobody_sees_the_token(trigger, github: GitHub) -> None:
    done = trigger("me/mirror")
    assert TOKEN not in done.stdout + done.stderr
    seen = (trigger.folder / "curl-arguments").read_text(encoding="utf-8")
    assert "/dispatches" in seen
    assert TOKEN not in seen
    assert TOKEN not in (trigger.folder / "curl-environment").read_text(encoding="utf-8")
    if Path("/proc/self/cmdline").exists():
        assert any("trigger.sh" in line for line in github.command_lines)
        assert any("curl" in line and "/dispatches" in line for line in github.command_lines)
    assert not any(TOKEN in line for line in github.command_lines)


def test_settings_of_curl_and_another_branch(trigger, github: GitHub) -> None:
    """A .curlrc, which could write everything to a file, is not read."""
    (trigger.folder / ".curlrc").write_text(f'trace-ascii = "{trigger.folder}/trace"\n', encoding="utf-8")
    assert trigger("me/mirror", REF="feature/x").returncode == 0
    assert github.asked[0][2] == {"ref": "feature/x"}
    assert not (trigger.folder / "trace").exists()


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "it has expired, or was revoked"),
        (403, "the token may not start it"),
        (404, "no such repository or workflow"),
        (422, "is it switched off"),
        (418, "GitHub answered 418"),
    ],
)
def test_a_refusal_is_explained(trigger, github: GitHub, status: int, said: str) -> None:
    github.status = status
    done = trigger("me/mirror")
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr
    assert str(status) in done.stderr
    assert len(github.asked) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["mirror"],
        ["me/mirror/x"],
        ["me/../../user"],
        ["me/mirror", "../x.yml"],
        ["me/mirror", 'a","client_payload":{"b'],
        ["me/mirror", "$(touch x)"],
        ["me/mirror\nurl = http://127.0.0.1:1"],
    ],
)
def test_what_is_no_name_is_refused(trigger, github: GitHub, arguments: Sequence[str]) -> None:
    done = trigger(*arguments)
    assert done.returncode == 2
    assert github.asked == []


@pytest.mark.parametrize(
    "settings",
    [
        {"REF": 'x","inputs":{"force":true},"y":"'},
        {"GITHUB_API_URL": "http://example.org"},
        {"GITHUB_API_URL": "http://127.0.0.1:1@example.org"},
    ],
)
def test_settings_that_would_lead_elsewhere_are_refused(
    trigger, github: GitHub, settings: dict[str, str]
) -> None:
    assert trigger("me/mirror", **settings).returncode == 2
    assert github.asked == []


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620])
def test_a_token_that_others_may_read_is_not_used(trigger, github: GitHub, mode: int) -> None:
    trigger.token_file.chmod(mode)
    done = trigger("me/mirror")
    assert done.returncode == 2
    assert "chmod 600" in done.stderr
    assert github.asked == []


@pytest.mark.parametrize(
    "content", ["", "\n", "two words\n", 'x"\nurl = "http://127.0.0.1:1\n', f"{TOKEN}\r\n"]
)
def test_what_is_no_token_is_not_sent(trigger, github: GitHub, content: str) -> None:
    trigger.token_file.write_bytes(content.encode())
    done = trigger("me/mirror")
    assert done.returncode == 2
    assert github.asked == []


def test_a_token_without_a_line_end_or_elsewhere(trigger, github: GitHub, tmp_path: Path) -> None:
    other = tmp_path / "my token"
    other.write_text(TOKEN, encoding="utf-8")
    other.chmod(0o400)
    trigger.token_file.unlink()
    done = trigger("me/mirror")
    assert done.returncode == 2
    assert "there is no token at" in done.stderr
    assert trigger("me/mirror", TOKEN_FILE=str(other)).returncode == 0
    assert github.asked[0][1] == f"Bearer {TOKEN}"


def test_a_github_that_cannot_be_reached_is_said(trigger) -> None:
    done = trigger("me/mirror", GITHUB_API_URL="http://127.0.0.1:1")
    assert done.returncode == 1
    assert "GitHub cannot be reached" in done.stderr
