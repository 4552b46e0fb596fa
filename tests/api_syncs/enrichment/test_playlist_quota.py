"""Entries of playlists are read as far as the group's share goes: what writes lists is never refused for them."""

import pytest

pytestmark = pytest.mark.once


def test_changed_playlists_come_over_days_without_a_refusal(make_timed):
    timed = make_timed()
    timed.set("sync.daily_requests_per_group", 60)
    timed.limit(60)
    with timed.sim.edit() as library:
        lists = [library.new_playlist(f"List {n}", [library.new_track()]) for n in range(60)]
        lists.append(library.new_playlist("Long", [library.new_track() for _ in range(1200)]))
    statuses = []
    while not statuses or statuses[-1] != "done":
        statuses.append(timed.run("sync_playlists").status)
        assert timed.run("sync_exclusions").status == "done", "there is room for other jobs"
        assert [request for request in timed.sim.requests if request.status == 429] == []
        timed.pass_time(hours=24)
    assert statuses == ["stopped", "stopped", "done"]
    mine = {f"/playlists/{playlist_id}/items" for playlist_id in lists}
    pages = [(r.path, r.query["offset"]) for r in timed.sim.requests if r.path in mine]
    assert len(pages) == len(set(pages)), "none twice"
    stored = dict(timed.rows("SELECT playlist_id, count(*) FROM playlist_items GROUP BY 1"))
    assert {name: stored.get(name) for name in lists} == {**dict.fromkeys(lists, 1), lists[-1]: 1200}
