"""`python -m simulator.exports`."""

import json
import zipfile

import pytest

from simulator import Simulator, generate
from simulator.__main__ import _simulator, parsed
from simulator.exports.__main__ import main
from simulator.server.state import load


def written(folder):
    return [
        row
        for path in folder.rglob("*.json")
        for row in json.loads(path.read_text(encoding="utf-8"))
        if isinstance(row, dict)
    ]


def test_it_writes_and_says_what(tmp_path, capsys):
    assert main(["--into", str(tmp_path), "--rows", "1500", "--years", "3", "--as-of", "2026-05-01"]) == 0
    found = written(tmp_path)
    assert len(found) == 1500
    assert max(row["ts"] for row in found) < "2026-05-01"
    assert min(row["ts"] for row in found) > "2023-04-25"
    said = capsys.readouterr().out
    assert said.startswith("1,500 rows (1,")
    assert "from 2023-0" in said


def test_years_say_how_many_rows(tmp_path):
    assert main(["--into", str(tmp_path), "--years", "1.5", "--form", "2024"]) == 0
    assert len(written(tmp_path)) == 5625


@pytest.mark.parametrize("form", ["2020", "2021", "2023", "account", "all"])
def test_forms(tmp_path, form):
    assert main(["--into", str(tmp_path), "--rows", "1000", "--years", "2", "--form", form, "--zip"]) == 0
    with zipfile.ZipFile(tmp_path / "my_spotify_data.zip") as archive:
        names = archive.namelist()
    assert any("endsong" in name for name in names) == (form in ("2020", "2021"))
    assert any("YourLibrary.json" in name for name in names) == (form in ("account", "all"))


def test_it_fits_the_account_of_a_state_file(tmp_path):
    state = tmp_path / "state.json"
    library = generate(liked=60, albums=10, plays=80)
    Simulator(library, state_file=state).save()
    assert load(state)[0].plays == library.plays
    assert main(["--into", str(tmp_path / "a"), "--rows", "900", "--years", "2", "--state", str(state)]) == 0
    uris = {row["spotify_track_uri"] for row in written(tmp_path / "a")}
    assert {f"spotify:track:{play.track_id}" for play in library.plays} <= uris


def test_what_cannot_be_written(tmp_path, capsys):
    assert main(["--into", str(tmp_path), "--rows", "10"]) == 1
    assert "are the least" in capsys.readouterr().err
    assert main(["--into", str(tmp_path), "--state", str(tmp_path / "none.json")]) == 1
    with pytest.raises(SystemExit):
        main(["--into", str(tmp_path), "--time-zone", "Europe/Nowhere"])
    assert "is no time zone" in capsys.readouterr().err


def test_help(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert said.startswith("usage: python -m simulator.exports")
    assert all(
        option in said for option in ("--into", "--rows", "--years", "--form", "--seed", "--zip", "--state")
    )


def test_a_simulator_can_know_what_its_listener_hears(tmp_path):
    state = tmp_path / "state.json"
    arguments = ["--port", "0", "--liked", "60", "--albums", "10", "--plays", "80", "--state", str(state)]
    _simulator(parsed([*arguments, "--history"]))
    library = load(state)[0]
    known = len(library.tracks)
    into = tmp_path / "a"
    assert main(["--into", str(into), "--rows", "3000", "--years", "4", "--state", str(state)]) == 0
    uris = {row["spotify_track_uri"] for row in written(into) if row["spotify_track_uri"]}
    heard = [library.tracks[uri.removeprefix("spotify:track:")] for uri in uris]
    outside = [track for track in heard if (track.isrc or "").startswith("GBX")]
    assert len(uris) > 500
    assert len(outside) > 50
    _simulator(parsed([*arguments, "--history"]))
    assert len(load(state)[0].tracks) == known, "only a new account gets to know them"
