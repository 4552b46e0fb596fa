"""The fault `unreadable`: an answer of the same shape whose objects have no `id` and `uri` any more."""

import pytest
import requests


def without(value, names=("id", "uri")):
    """Tell whether no object inside has one of these keys."""
    if isinstance(value, list):
        return all(without(entry, names) for entry in value)
    if isinstance(value, dict):
        return not set(names) & set(value) and all(without(inner, names) for inner in value.values())
    return True


def restored(value):
    """Give the keys back their names."""
    if isinstance(value, list):
        return [restored(entry) for entry in value]
    if isinstance(value, dict):
        names = {"identifier": "id", "resource": "uri"}
        return {names.get(name, name): restored(inner) for name, inner in value.items()}
    return value


@pytest.fixture
def damaged(shared, reader):
    """Return a path's answer as it is, and damaged."""

    def get(path, **options):
        sound = reader.json(path)
        shared.faults.add("unreadable", **options)
        answer = reader.get(path)
        assert answer.status_code == 200
        assert len(shared.faults) == 0
        return sound, answer.json()

    return get


def readable(items):
    """Places of the items that can still be read."""
    return [place for place, item in enumerate(items) if not without(item)]


@pytest.mark.parametrize(
    "path",
    [
        "/me/tracks?limit=50",
        "/me/albums?limit=3",
        "/me/playlists?limit=50",
        "/me/top/artists?limit=10",
        "/me/player/recently-played?limit=50",
    ],
)
def test_no_item_of_a_page_can_be_read(damaged, path):
    sound, page = damaged(path)
    assert {**page, "items": []} == {**sound, "items": []}
    assert len(page["items"]) == len(sound["items"]) > 0
    assert without(page["items"])
    assert restored(page) == sound


def test_what_wraps_an_object_stays(damaged):
    sound, page = damaged("/me/albums?limit=1")
    (before,), (after,) = sound["items"], page["items"]
    assert after["added_at"] == before["added_at"]
    assert after["album"]["identifier"] == before["album"]["id"]
    assert after["album"]["resource"] == before["album"]["uri"]
    numbers = [
        [entry["track_number"] for entry in album["tracks"]["items"]]
        for album in (before["album"], after["album"])
    ]
    assert numbers[0] == numbers[1] != []
    assert all("identifier" in entry for entry in after["album"]["tracks"]["items"])


def test_playlist_items(shared, damaged):
    own = next(
        known
        for known in shared.library.playlists.values()
        if known.owner_id == shared.library.user.id and len(known.items) > 3
    )
    sound, page = damaged(f"/playlists/{own.id}/items?additional_types=track,episode")
    assert without(page["items"])
    assert [entry["added_at"] for entry in page["items"]] == [entry["added_at"] for entry in sound["items"]]
    assert (page["next"], page["total"]) == (sound["next"], sound["total"])
    _, filtered = damaged(f"/playlists/{own.id}?fields=snapshot_id,items(items(item(id)))", item=0)
    assert filtered["snapshot_id"]
    assert readable(filtered["items"]["items"])[0] == 1


def test_pages_by_kind(damaged):
    sound, answer = damaged("/me/following?type=artist&limit=7")
    assert without(answer["artists"]["items"])
    assert {**answer["artists"], "items": []} == {**sound["artists"], "items": []}
    _, answer = damaged("/search?q=the&type=track,artist&limit=10", share=0.5)
    for kind in ("tracks", "artists"):
        items = answer[kind]["items"]
        assert readable(items) == list(range((len(items) + 1) // 2, len(items))) != []


def test_objects_asked_for_by_id(shared, damaged):
    shared.mode = "extended"
    ids = list(shared.library.albums)[:4]
    _, answer = damaged(f"/albums?ids={','.join(ids)}", item=2)
    assert [album.get("id") for album in answer["albums"]] == [ids[0], ids[1], None, ids[3]]
    assert without(answer["albums"][2])


@pytest.mark.parametrize("options", [{}, {"share": 0.1}, {"item": 3}])
def test_a_single_object_is_damaged_as_a_whole(shared, damaged, options):
    """An album holds a page, and is no page."""
    album_id = next(known.id for known in shared.library.albums.values() if len(known.track_ids) > 8)
    playlist_id = next(name for name in shared.library.user_playlists if name)
    for path in (f"/albums/{album_id}", f"/playlists/{playlist_id}", "/me"):
        sound, answer = damaged(path, **options)
        assert without(answer)
        assert restored(answer) == sound


@pytest.mark.parametrize(
    ("limit", "share", "count"),
    [(30, 0.1, 3), (30, 0.11, 4), (7, 0.5, 4), (5, 0, 0), (5, 1, 5), (5, 0.001, 1)],
)
def test_share_is_rounded_up(damaged, limit, share, count):
    sound, page = damaged(f"/me/top/tracks?limit={limit}", share=share)
    assert without(page["items"][:count])
    assert page["items"][count:] == sound["items"][count:]
    assert len(page["items"]) == limit


def test_only_one_item(damaged):
    sound, page = damaged("/me/top/tracks?limit=5", item=3)
    assert readable(page["items"]) == [0, 1, 2, 4]
    sound, page = damaged("/me/top/tracks?limit=5", item=5)
    assert page == sound


def test_what_is_no_json_object_stays(shared, reader):
    uris = f"spotify:track:{next(iter(shared.library.tracks))}"
    shared.faults.add("unreadable")
    assert reader.json(f"/me/library/contains?uris={uris}") in ([True], [False])
    picture = next(
        entry["album"]["images"][0]["url"]
        for entry in reader.json("/me/albums")["items"]
        if entry.get("album")
    )
    shared.faults.add("unreadable", "/image/")
    assert reader.get(picture).content.startswith(b"\x89PNG")
    assert len(shared.faults) == 0


def test_a_write_is_carried_out(sim, api):
    sim.faults.add("unreadable", "POST /me/playlists")
    answer = api("POST", "/me/playlists", json={"name": "New"})
    assert answer.status_code == 201
    assert answer.json()["identifier"] in sim.library.playlists
    sim.faults.add("unreadable", "GET /albums")
    assert api.refusal("GET", "/albums/" + "0" * 22) == (404, "Resource not found")


def test_wrong_options_are_refused(sim):
    for options in ({"share": 1.1}, {"share": -1}, {"share": "half"}, {"item": -1}, {"item": 1.5}):
        with pytest.raises(ValueError, match="must be"):
            sim.faults.add("unreadable", **options)
    with pytest.raises(ValueError, match="exclude"):
        sim.faults.add("unreadable", share=0.5, item=1)
    with pytest.raises(ValueError, match="no option"):
        sim.faults.add("unreadable", seconds=1)
    address = f"{sim.accounts_url}/_simulator/faults"
    fault = {"kind": "unreadable", "match": "/me/tracks", "share": 0.5}
    assert requests.post(address, json=fault, timeout=10).status_code == 200
    assert requests.post(address, json={**fault, "share": 2}, timeout=10).status_code == 400
    assert len(sim.faults) == 1


def test_keys_with_new_names(shared, reader):
    path = "/me/albums?limit=3"
    sound = reader.json(path)
    shared.faults.add("renamed", names={"album": "release"})
    assert [set(entry) for entry in reader.json(path)["items"]] == [{"added_at", "release"}] * 3
    shared.faults.add("renamed", names={"id": "identifier"}, under="tracks")
    album, was = reader.json(path)["items"][0]["album"], sound["items"][0]["album"]
    assert (album["id"], album["artists"]) == (was["id"], was["artists"])
    assert restored(album) == was
    assert album["tracks"]["items"]
    assert without(album["tracks"], ["id"])
    for options in ({}, {"names": []}, {"names": {"a": 1}}, {"names": {"a": "b"}, "under": 1}):
        with pytest.raises(ValueError, match="must be"):
            shared.faults.add("renamed", **options)


def test_texts_in_place_of_items(shared, reader):
    shared.faults.add("texts")
    page = reader.json("/me/tracks?limit=5")
    assert page["items"] == ["an item"] * 5
    assert page["total"] > 5
