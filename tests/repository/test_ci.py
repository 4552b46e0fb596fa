""".ci/install-postgresql: which PostgreSQL the checks run on, and what is said where it is not to be had.

`sudo` and `apt-cache` are stand-ins, and the account is said not to be root: nothing is installed here.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from utils import ROOT

SCRIPT = ROOT / ".ci" / "install-postgresql"
VERSIONS = ("15", "16", "17", "18")
INSTALLED = [version for version in VERSIONS if Path(f"/usr/lib/postgresql/{version}/bin/postgres").exists()]
MISSING = next((version for version in VERSIONS if version not in INSTALLED), "")
something_is_missing = pytest.mark.skipif(not MISSING, reason="all versions are installed on this machine")
PGDG = "/usr/share/postgresql-common/pgdg/apt.postgresql.org.sh"


def install(version: str, path: str) -> "subprocess.CompletedProcess[str]":
    bash = shutil.which("bash")
    assert bash
    return subprocess.run(
        [bash, str(SCRIPT), version],
        env={"PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def machine(tmp_path: Path):
    """`machine(has_package=…, pgdg_works=…)`: install what is missing; how that ended, and what was asked of sudo."""
    programs, log = tmp_path / "bin", tmp_path / "log"
    programs.mkdir()

    def add(name: str, script: str) -> None:
        (programs / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (programs / name).chmod(0o755)

    def run(*, has_package: bool = False, pgdg_works: bool = True):
        add("id", "echo 1000")
        add("apt-get", "exit 1")
        add("apt-cache", f"echo '  Candidate: {'15.1-1' if has_package else '(none)'}'")
        # What is said to it is read, as `tee` does: who writes to a program that has ended is ended, too.
        add("sudo", f'cat >/dev/null; echo "$*" >>{log}; [ "$1" != {PGDG} ] || exit {0 if pgdg_works else 1}')
        done = install(MISSING, f"{programs}:{os.environ['PATH']}")
        return done, log.read_text(encoding="utf-8").splitlines()

    return run


@pytest.mark.parametrize("version", ["", "14", "19", "99", "abc", "15 16", "15; id"])
def test_another_version_is_refused_before_anything_is_done(version: str) -> None:
    done = install(version, "")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"POSTGRESQL_VERSION is '{version}'. The checks run on PostgreSQL 15, 16, 17 or 18.\n"
    )


@pytest.mark.parametrize("version", INSTALLED)
def test_what_is_installed_is_named(version: str) -> None:
    done = install(version, "")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"/usr/lib/postgresql/{version}/bin\n", "")


@something_is_missing
def test_a_machine_with_other_packages_is_told_what_is_missing() -> None:
    done = install(MISSING, "")
    assert done.returncode == 2
    assert f"PostgreSQL {MISSING} is needed under /usr/lib/postgresql/{MISSING}/bin" in done.stderr


@something_is_missing
def test_the_distributions_own_package_is_taken_where_there_is_one(machine) -> None:
    done, asked = machine(has_package=True)
    assert not any(PGDG in line for line in asked)
    assert asked[-1] == f"apt-get install -y -qq postgresql-{MISSING}"
    assert any("createcluster.conf" in line for line in asked)  # no server is started
    # The stand-in has installed nothing.
    assert done.returncode == 2
    assert "could not be installed" in done.stderr


@something_is_missing
def test_else_the_archive_is_added_and_a_version_that_it_has_not_is_named(machine) -> None:
    done, asked = machine()
    assert f"{PGDG} -y" in asked
    assert not any(f"postgresql-{MISSING}" in line for line in asked)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith(f"There is no package postgresql-{MISSING} for this machine.\n")


@something_is_missing
def test_an_archive_that_cannot_be_added_is_said(machine) -> None:
    done, asked = machine(pgdg_works=False)
    assert asked[-1] == f"{PGDG} -y"
    assert (done.returncode, done.stdout) == (2, "")
    assert "the archive that has it could not be added" in done.stderr
