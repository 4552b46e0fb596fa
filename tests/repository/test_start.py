"""How scripts start and are left: without the packages, with a reader that goes away, by Ctrl-C, through any door."""

import ast
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import run_module
from tests.connections import PATIENCE_S
from utils import ROOT
from utils.start import DOORS, PACKAGES, SCRIPT_FOLDERS

pytestmark = pytest.mark.once

TRACKED = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True)
# What benchmarks compare ours with begins as such scripts do, and nobody starts it by hand.
NOT_OURS = Path("benchmarks/baseline")
STARTED = [
    path
    for path in map(Path, TRACKED.stdout.split())
    if path.parts[0] != "tests"
    and path.parent != NOT_OURS
    and '__name__ == "__main__"' in (ROOT / path).read_text()
]
SCRIPTS = [path for path in STARTED if path.parts[0] in SCRIPT_FOLDERS and len(path.parts) == 2]
NAMES = {path: path.parent.name if path.stem == "__main__" else path.stem for path in SCRIPTS}
NAMES |= {Path(place): name for place, name in DOORS.items()}
ONE_OF_EACH = {path.parent: path for path in SCRIPTS}.values()  # of each folder
BARE = {"PATH": "/usr/bin:/bin"}


def of(path):
    return str(path)


def _imported(node):
    """The modules that a statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


@pytest.mark.parametrize("path", STARTED, ids=of)
def test_each_script_looks_for_its_packages_before_it_imports_anything(path):
    code = (ROOT / path).read_text(encoding="utf-8").partition('"""\n\n')[2]
    assert code.startswith(
        'if __name__ == "__main__":  # what is missing is said before it is imported\n'
        "    from runpy import run_path\n\n"
        f'    run_path(__file__.rsplit("/", {len(path.parts)})[0] + "/utils/start.py")\n\n'
    )


@pytest.mark.parametrize("path", STARTED, ids=of)
@pytest.mark.parametrize("way", ["file", "module"])
def test_without_the_packages_it_says_what_to_do(path, way):
    what = [of(path)] if way == "file" else ["-m", ".".join(path.with_suffix("").parts)]
    # Without site-packages: as in a fresh clone, where the project is not installed either.
    ended = subprocess.run(
        [sys.executable, "-I", "-S", *what] if way == "file" else [sys.executable, "-S", *what],
        cwd=ROOT,
        env=BARE,
        capture_output=True,
        text=True,
        check=False,
    )
    module = ".".join(path.with_suffix("").parts).removesuffix(".__main__")
    remedy = (
        f"Run ./run {NAMES[path]}, which sets everything up"
        if path in NAMES
        else f"Run ./run setup, then .local/venv/bin/python -m {module}, or"
    )
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1, ended.stderr
    assert remedy in ended.stderr
    assert "pip install -r requirements.txt" in ended.stderr


def test_the_packages_are_those_that_the_scripts_import():
    imported = {
        name.partition(".")[0]
        for folder in ("api_syncs", "db", "playlists", "utils")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        for name in _imported(node)
    } | {"requests", "spotipy", "urllib3"}  # by utils/spotify/lean_….py alone, with stand-ins
    ours = {"api_syncs", "db", "playlists", "reports", "simulator", "utils"}
    assert imported - set(sys.stdlib_module_names) - ours == set(PACKAGES) - {"utils"}


# Each script in a child of one process, which has imported already what most of them do; a line for each: its path, exit code and errors.
CHILDREN = """
import os, runpy, sys
import api_syncs.run_all, reports.build_dashboard
for path in sys.argv[1:]:
    nobody, out = os.pipe()
    os.close(nobody)
    said, err = os.pipe()
    child = os.fork()
    if not child:
        os.dup2(out, 1)
        os.dup2(err, 2)
        sys.argv, sys.path[0] = [path, "--help"], os.path.dirname(path)
        runpy.run_path(os.path.abspath(path), run_name="__main__")
        break
    os.close(out)
    os.close(err)
    with open(said) as errors:
        text = errors.read()
    print(path, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), repr(text), flush=True)
"""


def test_a_reader_of_any_script_that_goes_away_is_no_fault():
    command = [sys.executable, "-P", "-c", CHILDREN, *map(of, SCRIPTS)]
    environ = {**BARE, "ENV_FILE": ""}
    ended = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines() == [f"{path} 0 ''" for path in SCRIPTS]


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("path", ONE_OF_EACH, ids=of)
def test_a_reader_that_goes_away_is_no_fault(path, unbuffered):
    with subprocess.Popen(
        [sys.executable, of(path), "--help"],
        cwd=ROOT,
        env={**BARE, "ENV_FILE": "", "PYTHONUNBUFFERED": unbuffered},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        process.stdout.close()
        said = process.stderr.read()
    assert (process.returncode, said) == (0, "")


def test_a_terminal_that_lacks_a_letter_gets_a_question_mark_for_it():
    environ = {**BARE, "ENV_FILE": "", "PYTHONIOENCODING": "ascii"}
    ended = subprocess.run(
        [sys.executable, "reports/share.py", "--help"], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (0, "")
    assert 'artist "Bj?rk"' in ended.stdout


def test_output_may_be_closed_from_the_start(make_world):
    world = make_world(liked=5, odd=False)
    command = f"exec {shlex.quote(sys.executable)} -m api_syncs.sync_liked_tracks >&- 2>&-"
    ended = subprocess.run(["/bin/sh", "-c", command], cwd=ROOT, env=world.environment(), check=False)
    assert ended.returncode == 0
    world.assert_library_equal()


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_run_whose_reader_has_gone_is_finished_and_stored(make_world, unbuffered):
    world = make_world(liked=130, odd=False)
    world.extra["PYTHONUNBUFFERED"] = unbuffered
    process = world.start("-m", "api_syncs.sync_liked_tracks", "--verbose")
    process.stdout.close()
    process.stdout = None
    _, said = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, said) == (0, "")
    assert world.rows("SELECT status, items_processed FROM sync_history") == [("done", 130)]
    world.assert_library_equal()


def test_verbose_says_each_request_and_batch(make_world):
    world = make_world(liked=130, odd=False)
    quiet = world.call("-m", "api_syncs.sync_liked_tracks").stdout
    verbose = world.call("-m", "api_syncs.sync_liked_tracks", "--verbose", "--force").stdout
    assert "GET /me/tracks" not in quiet
    assert re.search(r"GET /me/tracks: 200, \d+ ms", verbose)
    assert re.search(r"batch 1 is stored: \d+ ms", verbose)
    assert re.search(r"the database is reached: PostgreSQL \d+", verbose)


@pytest.mark.parametrize(
    "module", ["db.init_db", "api_syncs.materialized_views", "db.clean", "reports.build_dashboard"]
)
def test_verbose_says_more_also_where_spotify_is_not_asked(make_world, module):
    world = make_world(liked=1)
    assert world.run("api_syncs.sync_liked_tracks").status == "done"
    world.call("-m", module)  # what is derived is made once
    quiet, verbose = (world.call("-m", module, *more).stdout for more in ((), ("--verbose",)))
    assert len(verbose.splitlines()) > len(quiet.splitlines())


@pytest.mark.parametrize("path", [path for path in NAMES if path != Path("simulator/demo.py")], ids=of)
def test_each_script_can_say_more(path):
    module = ".".join(path.with_suffix("").parts)
    shown = run_module(module, "--help")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "--verbose" in shown.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("db.settings", "PostgreSQL"),
        ("db.settings list", "app_settings"),
        ("db.control", "job_controls"),
        ("db.sql 'SELECT 1 AS one'", "FETCH 500"),
        ("reports.sync_status", "sync_history"),
        ("reports.db_stats", "FROM artists"),
        ("playlists list", "rules_source"),
        ("playlists preview never_played", "u.track_id"),
    ],
)
def test_tools_say_each_statement_on_standard_error(make_world, words, said):
    world = make_world(liked=5, odd=False)
    assert world.run("api_syncs.sync_liked_tracks").status == "done"
    quiet = world.call("-m", *shlex.split(words))
    # A process of its own, since it lasts as long as the process.
    verbose = world.call("-P", "-m", *shlex.split(words), "--verbose")
    assert verbose.returncode == quiet.returncode == 0, verbose.stderr
    assert quiet.stderr == ""
    assert "the database is reached: PostgreSQL" in verbose.stderr
    assert said in verbose.stderr
    assert "ms" in verbose.stderr.splitlines()[-1]
    if words != "reports.sync_status":  # which says how many minutes ago
        assert verbose.stdout == quiet.stdout


@pytest.mark.parametrize("words", ["db.settings", "db.settings get spotify.download_images", "playlists"])
def test_a_list_alone_is_shown_before_anything_was_copied(make_world, words):
    world = make_world(liked=5, odd=False)
    shown = world.call("-m", *words.split())
    assert (shown.returncode, shown.stderr) == (0, "")
    if " get " not in words:
        assert "No listener is stored yet" in shown.stdout
        assert "never_played" in shown.stdout or "spotify.download_images" in shown.stdout


def test_ctrl_c_where_nothing_is_begun_is_one_line(tmp_path):
    script = tmp_path / "slow.py"
    script.write_text(
        f"from runpy import run_path\nrun_path({str(ROOT / 'utils' / 'start.py')!r})\n"
        "import time\nprint('begun', flush=True)\ntime.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "begun\n"
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == -signal.SIGINT, "as a shell says it: 130"
    assert said == "\nslow: stopped by Ctrl-C (SIGINT)\n"


@pytest.mark.parametrize(
    ("module", "said"),
    [("db.settings", "download_images"), ("db.control", "paused"), ("playlists", "never_played")],
)
def test_a_command_alone_shows_what_there_is(make_world, module, said):
    world = make_world(liked=1)
    assert world.run("api_syncs.sync_liked_tracks").status == "done"
    ended = world.call("-m", module)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert said in ended.stdout


# The door


def run(*words, door=ROOT / "run", **more):
    return subprocess.run(
        [door, *words], capture_output=True, text=True, check=False, timeout=PATIENCE_S, **more
    )


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("syncc", "sync"),
        ("logn", "login"),
        ("sync_artist", "sync_artists"),
        ("dashbord", "dashboard"),
        ("playlist_snyc", "playlist_sync"),
    ],
)
def test_a_slip_is_told_what_was_meant(word, meant):
    ended = run(word)
    assert ended.returncode == 2
    assert (
        ended.stderr
        == f"There is no script called '{word}' (did you mean ./run {meant}?). ./run alone lists them all.\n"
    )


def test_the_version_and_the_commit():
    ended = run("--version")
    assert ended.returncode == 0
    assert re.fullmatch(
        r"spotify-library-mirror \d+\.\d+\.\d+(, commit [0-9a-f]+ of \d{4}-\d\d-\d\d)?\n", ended.stdout
    )


def test_the_door_may_be_a_link_to_a_link_and_one_may_stand_anywhere(tmp_path):
    first, second = tmp_path / "a b" / "one", tmp_path / "two"
    first.parent.mkdir()
    first.symlink_to(os.path.relpath(ROOT / "run", first.parent.resolve()))
    second.symlink_to("a b/one")
    ended = run("--version", door=second, cwd=tmp_path)
    assert ended.stdout.startswith("spotify-library-mirror ")


def test_a_folder_that_was_removed_under_ones_feet_is_said(tmp_path):
    """In one line, behind the one that bash says before it reads its file."""
    for again in ("true", "mkdir gone"):
        command = f"mkdir gone && cd gone && rmdir ../gone && (cd .. 2>/dev/null && cd {tmp_path} && {again}); exec {ROOT}/run status"
        ended = subprocess.run(
            ["/bin/sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert (ended.returncode, ended.stdout) == (2, "")
        said = [line for line in ended.stderr.splitlines() if not line.startswith("shell-init: ")]
        assert len(said) == 1
        assert said[0].startswith("run: the folder you are in was removed")


@pytest.mark.parametrize("word", ["login", "setup-github"])
def test_the_demo_has_no_consent_of_a_persons_own(word):
    """It would be written over the person's."""
    ended = run("demo", word)
    assert ended.returncode == 2
    assert f"./run {word} is for an account of your own" in ended.stderr


def test_what_another_project_has_in_the_environment_is_not_for_this_one(tmp_path):
    for name in ("utils", "db", "requests"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('of another project')")
    other = {"PYTHONPATH": str(tmp_path), "PYTHONHOME": str(tmp_path), "CDPATH": f".:{tmp_path}"}
    ended = run("settings", "--help", cwd=tmp_path, env={**os.environ, **other})
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_full_disk_behind_the_output_keeps_no_run_from_its_end(make_world):
    world = make_world(liked=5, odd=False)
    command = f"exec {shlex.quote(sys.executable)} -m api_syncs.sync_liked_tracks >/dev/full 2>/dev/full"
    subprocess.run(["/bin/sh", "-c", command], cwd=ROOT, env=world.environment(), check=False)
    assert world.rows("SELECT status, items_processed FROM sync_history") == [("done", 5)]


@pytest.fixture
def ready_copy(tmp_path):
    """A folder with everything installed, whose Python is told Ctrl-C before its first own line."""
    for path in ROOT.iterdir():
        if path.name in {"run", "pyproject.toml", *SCRIPT_FOLDERS} or path.name.startswith("requirements"):
            (tmp_path / path.name).symlink_to(path)
    (tmp_path / "run").unlink()
    shutil.copy(ROOT / "run", tmp_path)
    venv = tmp_path / ".local" / "venv"
    (venv / "bin").mkdir(parents=True)
    python = venv / "bin" / "python"
    python.write_text(
        f'#!/bin/sh\nif [ "$1" = -P ]; then kill -INT $$; fi\nexec {shlex.quote(sys.executable)} "$@"\n'
    )
    python.chmod(0o755)
    installed = subprocess.run(
        'printf "%s %s\n" "$(cat requirements*.txt pyproject.toml | cksum)" "$(pwd -P)"',
        shell=True,
        cwd=tmp_path,
        capture_output=True,
        check=True,
    ).stdout
    for name in ("base", "images", "site", "embedded"):
        (venv / f".installed-{name}").write_bytes(installed)
    return tmp_path


def test_ctrl_c_while_python_itself_is_starting_is_one_line_too(ready_copy):
    ended = run("control", "--help", door=ready_copy / "run")
    assert ended.returncode == -signal.SIGINT
    assert (ended.stdout, ended.stderr) == ("", "\ncontrol: stopped by Ctrl-C (SIGINT)\n")
