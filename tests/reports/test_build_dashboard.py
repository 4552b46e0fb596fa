"""The script: where the page goes, and how it gets there."""

from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from reports.build_dashboard import JOB, page_path, write_page
from utils import ROOT
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
        ("", ROOT / "site" / "index.html"),
        (" public ", ROOT / "public" / "index.html"),
        ("/srv/pages", Path("/srv/pages/index.html")),
        ("~/pages", Path.home() / "pages" / "index.html"),
    ],
)
def test_page_path(folder: str, path: Path) -> None:
    assert page_path(folder) == path


def test_page_replaces_the_one_before_and_leaves_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "index.html"
    write_page(path, "before")
    write_page(path, "now: \u00e9\n")
    assert path.read_bytes() == "now: \u00e9\n".encode()
    assert list(path.parent.iterdir()) == [path]


def test_failed_write_leaves_the_page_of_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "index.html"
    write_page(path, "before")

    def refuse(self: Path, target: Path) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="disk full"):
        write_page(path, "now")
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


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
