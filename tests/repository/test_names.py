"""Our packages are ours, hide nothing of Python's, and every script explains itself, however it is started."""

import importlib
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.conftest import run_module
from utils import ROOT

PACKAGES = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
SCRIPTS = sorted(
    path.relative_to(ROOT)
    for folder in ("db", "api_syncs", "playlists", "reports")
    for path in (ROOT / folder).glob("*.py")
    if "__main__" in path.read_text(encoding="utf-8")
)


def module_of(path):
    return ".".join(path.with_suffix("").parts)


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_resolves_inside_this_repository(name):
    package = importlib.import_module(name)
    assert package.__file__ == str(ROOT / name / "__init__.py")
    assert [Path(entry).resolve() for entry in package.__path__] == [ROOT / name]


def test_every_folder_with_code_is_a_named_package():
    folders = {path.parent.name for path in ROOT.glob("*/*.py")} - {"tests"}
    assert folders == set(PACKAGES)


def test_no_module_hides_one_of_pythons():
    """A script's own folder comes first on the path: `utils/logging.py` would be everyone's `logging`."""
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            if path.name not in ("__init__.py", "__main__.py"):
                assert path.stem not in sys.stdlib_module_names, path


def test_no_module_hides_a_package():
    third_party = {"spotipy", "requests", "psycopg2", "dotenv", "yaml", "cryptography", "urllib3"}
    stems = {path.stem for package in PACKAGES for path in (ROOT / package).glob("*.py")}
    assert not stems & (third_party | set(PACKAGES))


@pytest.fixture
def help_of(tmp_path, monkeypatch):
    """`help_of(script, way)`: what --help says, from another folder, without any setting.

    As a file it is a process of its own: its folder comes first on Python's path then, and may hide what it needs.
    """
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name in set(os.environ) - {"PATH", "HOME", "LANG", "SYSTEMROOT"}:
        monkeypatch.delenv(name)

    def ask(path, way):
        if way == "module":
            return run_module(module_of(path), "--help")
        command = [sys.executable, str(ROOT / path), "--help"]
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)

    yield ask
    assert list(folder.iterdir()) == []


def test_the_scripts_that_we_know_of_are_found():
    found = {module_of(path) for path in SCRIPTS}
    assert {"api_syncs.track_plays", "api_syncs.run_all", "db.init_db"} <= found


@pytest.mark.parametrize("way", ["file", "module"])
@pytest.mark.parametrize("path", SCRIPTS, ids=module_of)
def test_help_says_what_a_script_does_reads_and_writes(help_of, path, way):
    said = help_of(path, way)
    assert (said.returncode, said.stderr) == (0, "")
    out = said.stdout
    assert out.startswith("usage:")
    module = importlib.import_module(module_of(path))
    assert module.__doc__.strip().splitlines()[0] in out
    if hasattr(module, "JOB"):
        assert f"reads   {module.JOB.reads}" in out
        assert f"writes  {module.JOB.writes}" in out
        assert module.JOB.reads
        assert module.JOB.writes
        assert "exit codes" in out
    else:
        assert "reads" in out
        assert "writes" in out


@pytest.mark.parametrize("path", SCRIPTS, ids=module_of)
def test_importing_a_script_does_nothing(path, capsys):
    importlib.import_module(module_of(path))
    assert capsys.readouterr() == ("", "")


def test_every_job_has_the_name_of_its_script():
    for path in SCRIPTS:
        module = importlib.import_module(module_of(path))
        if hasattr(module, "JOB"):
            assert module.JOB.name == path.stem


def test_readme_names_every_script():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [path.stem for path in SCRIPTS if f"| `{path.stem.removeprefix('__main__')}" not in readme] == []


def test_the_page_on_the_schema_names_every_table_and_view(connection):
    page = (ROOT / "docs" / "schema.md").read_text(encoding="utf-8")
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm')"
        )
        names = {name for (name,) in cursor}
    assert {name for name in names if f"`{name}`" not in page} <= {"schema_migrations"}
