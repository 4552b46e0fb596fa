"""What a killed test session has left in memory goes with the next one."""

from tests import left_behind


def test_only_what_nobody_uses_any_more_is_removed(tmp_path):
    used, dead, being_made, other = (
        tmp_path / f"{prefix}{name}"
        for prefix, name in (
            (left_behind.PREFIX, "used"),
            (left_behind.PREFIX, "dead"),
            (left_behind.PREFIX, "new"),
            ("", "other"),
        )
    )
    for folder in (used, dead, being_made, other):
        (folder / "postgres").mkdir(parents=True)
        (folder / "postgres" / "postmaster.pid").write_text(
            "1\n"
        )  # whose command line names no folder of ours
    with left_behind.in_use(dead):
        pass
    with left_behind.in_use(used):
        left_behind.sweep(tmp_path)
    assert {folder.name for folder in tmp_path.iterdir()} == {used.name, being_made.name, other.name}
