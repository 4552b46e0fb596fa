"""The script: where the page goes, and how it gets there."""

from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from reports.build_dashboard import JOB
from reports.packages import FIGURES, SITE, check_packages
from utils import ROOT
from utils.config import site_folder
from utils.errors import SettingsError
from utils.job.declaration import Options
from utils.job.lifecycle import run_job


@pytest.fixture
def settings(dsn: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """An environment that names the database and nothing else; the rows of the runs go afterwards."""
    for name in ("GITHUB_ACTIONS", "RUN_REPORT", "JOB_TIME_BUDGET_MINUTES", "TIME_ZONE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ENV_FILE", "")
    monkeypatch.setenv("DATABASE_URL", dsn)
    yield monkeypatch
    connection = psycopg2.connect(dsn)
    with connection, connection.cursor() as cursor:
        cursor.execute("TRUNCATE sync_history, job_controls, logs")
    connection.close()


@pytest.mark.parametrize(
    ("folder", "path"),
    [
        ("", ROOT / "site"),
        (" public ", ROOT / "public"),
        ("/srv/pages", Path("/srv/pages")),
        ("~/pages", Path.home() / "pages"),
    ],
)
def test_folder_of_the_site(folder: str, path: Path) -> None:
    assert site_folder({"DASHBOARD_DIR": folder}) == path


def test_what_is_not_installed_is_named(monkeypatch) -> None:
    monkeypatch.setattr("reports.packages.find_spec", lambda name: None if name == "vl_convert" else name)
    with pytest.raises(SettingsError, match=r"The site needs .*: vl-convert-python\.") as error:
        check_packages("The site", SITE, "./run build_dashboard")
    assert "requirements-site.txt" in error.value.remedy
    check_packages("A card", FIGURES, "./run share")


def test_job_builds_the_page_without_settings_of_spotify(
    settings: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.setenv("DASHBOARD_DIR", str(tmp_path / "out"))
    outcome = run_job(JOB, Options())
    assert (outcome.status, outcome.exit_code, outcome.requests) == ("done", 0, 0)
    page = tmp_path / "out" / "index.html"
    assert "Nothing here yet" in page.read_text(encoding="utf-8")
    assert f"the dashboard is at {page}" in "".join(capsys.readouterr())


def test_job_says_where_it_cannot_write(settings: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    settings.setenv("DASHBOARD_DIR", str(tmp_path / "file"))
    outcome = run_job(JOB, Options(force=True))
    assert (outcome.status, outcome.exit_code) == ("failed", 2)
    assert "cannot be written" in outcome.message
