"""Sections "Reading: playlists" and the playlist half of "Writing"."""

import base64

import pytest

ENTRY_KEYS = {"added_at", "added_by", "is_local", "item", "primary_color", "video_thumbnail"}
LIST_KEYS = {
    "collaborative",
    "description",
    "external_urls",
    "href",
    "id",
    "images",
    "name",
    "owner",
    "primary_color",
    "public",
    "snapshot_id",
    "type",
    "uri",
}
JPEG = b"\xff\xd8\xff\xe0" + b"picture" * 20


def own(library, number=0):
    lists = [p for p in library.playlists.values() if p.owner_id == library.user.id]
    return lists[number]


def others(library):
    return [
        p
        for p in library.playlists.values()
        if p.owner_id not in {library.user.id, "spotify"} and not p.collaborative
    ]


def uri(track_id):
    return f"spotify:track:{track_id}"


@pytest.fixture
def tracks(sim):
    """Five tracks of the fresh simulator."""
    with sim.edit() as library:
        return [library.new_track(name=f"Track {number}") for number in range(5)]


@pytest.fixture
def playlist(sim, tracks):
    """A playlist A B C D E of the fresh simulator, as its path."""
    with sim.edit() as library:
        return f"/playlists/{library.new_playlist('Mine', tracks)}"


def names(sim, path):
    library = sim.library
    return "".join(library.tracks[i].name[-1] for i in library.playlists[path.split("/")[2]].track_ids())


# Reading


def test_my_playlists_in_both_modes(shared, reader):
    library = shared.library
    page = reader.json("/me/playlists?limit=50")
    assert page["total"] == 14
    assert [p and p["id"] for p in page["items"]] == library.user_playlists
    assert page["items"].count(None) == 2
    for listed in filter(None, page["items"]):
        readable = library.may_read_items(listed["id"])
        assert set(listed) == LIST_KEYS | ({"items"} if readable else set())
        if readable:
            assert set(listed["items"]) == {"href", "total"}
            assert listed["items"]["total"] == len(library.playlists[listed["id"]].items)
    shared.mode = "extended"
    for listed in filter(None, reader.json("/me/playlists?limit=50")["items"]):
        assert set(listed) == LIST_KEYS | {"items", "tracks"}


def test_an_unlisted_playlist_is_null_in_the_listing_and_found_by_its_id(sim, api, playlist):
    name = playlist.rpartition("/")[2]
    with sim.edit() as library:
        library.unlisted.add(name)
    page = api.json("/me/playlists?limit=50")
    assert (page["items"][0], page["total"]) == (None, len(page["items"]))
    assert api.json(playlist)["id"] == name
    assert api.json(f"/me/library/contains?uris=spotify:playlist:{name}") == [True]


@pytest.mark.parametrize("only_written", [False, True])
def test_a_replaced_id_is_shown_as_another_one_and_both_can_be_written(
    sim, api, playlist, tracks, only_written
):
    a, b = tracks[:2]
    with sim.edit() as library:
        other = library.new_track(name="Track X")
        library.replaced_ids[b] = other
        library.removes_only_written = only_written

    def shown():
        return [entry["item"]["id"] for entry in api.json(f"{playlist}/items?limit=50")["items"]]

    assert shown() == [a, other, *tracks[2:]]
    assert [entry["item"]["id"] for entry in api.json(playlist)["items"]["items"]] == shown()
    body = {"uris": [uri(other), uri(b)], "position": 0}
    assert api("POST", f"{playlist}/items", json=body).status_code == 201
    assert shown() == [other, other, a, other, *tracks[2:]]
    gone = {"items": [{"uri": uri(other)}]}
    assert api("DELETE", f"{playlist}/items", json=gone).status_code == 200
    assert shown() == ([other, a, other, *tracks[2:]] if only_written else [a, *tracks[2:]])


def test_one_playlist_embeds_the_first_100_entries_of_own_lists_only(shared, reader):
    long = own(shared.library, 1)
    body = reader.json(f"/playlists/{long.id}")
    assert set(body) == LIST_KEYS | {"items"}
    total = len(long.items)
    assert (len(body["items"]["items"]), body["items"]["total"]) == (100, total)
    assert reader.refusal("GET", body["items"]["next"]) == (400, "Invalid limit")
    foreign = others(shared.library)[0]
    assert set(reader.json(f"/playlists/{foreign.id}")) == LIST_KEYS
    shared.mode = "extended"
    assert set(reader.json(f"/playlists/{foreign.id}")) == LIST_KEYS | {"followers", "items", "tracks"}
    assert len(reader.pages(f"/playlists/{long.id}/tracks?limit=100")) == total
    assert reader.refusal("GET", f"/playlists/{long.id}/tracks?limit=101") == (400, "Invalid limit")


def test_items_of_own_lists_only(shared, reader):
    library = shared.library
    for foreign in others(library):
        assert reader.refusal("GET", f"/playlists/{foreign.id}/items") == (403, "Forbidden")
    long = own(library, 1)
    entries = reader.pages(f"/playlists/{long.id}/items?limit=50")
    assert [entry["item"]["id"] for entry in entries] == long.track_ids()
    shared.mode = "extended"
    assert reader.refusal("GET", f"/playlists/{others(library)[0].id}/items") == (403, "Forbidden")
    assert len(reader.json(f"/playlists/{others(library)[0].id}/tracks")["items"]) == 20
    assert reader.refusal("GET", f"/playlists/{long.id}/items?limit=51") == (400, "Invalid limit")


def test_lists_of_spotify_are_not_found(shared, reader):
    name = next(known for known in shared.library.playlists if known.startswith("37i9"))
    for shared.mode in ("development", "extended"):
        for path in (f"/playlists/{name}", f"/playlists/{name}/items", f"/playlists/{name}/images"):
            assert reader.refusal("GET", path) == (404, "Resource not found")


def test_entries_of_every_kind(shared, reader):
    mixed = own(shared.library)
    path = f"/playlists/{mixed.id}/items?limit=50&additional_types=track,episode"
    entries = reader.pages(path)
    assert all(set(entry) == ENTRY_KEYS for entry in entries)
    kinds = {item.kind for item in mixed.items}
    assert kinds == {"track", "episode", "local", "gone"}
    for entry, item in zip(entries, mixed.items, strict=True):
        content = entry["item"]
        assert entry["is_local"] == (item.kind == "local")
        if item.kind == "gone":
            assert content is None
        elif item.kind == "local":
            assert (content["id"], content["uri"], content["is_local"]) == (None, item.uri, True)
            assert content["album"]["id"] is None
        else:
            assert content["id"] == item.id
            assert content["type"] == item.kind
            assert (content["track"], content["episode"]) == (item.kind == "track", item.kind == "episode")
    assert any(entry["added_at"] is None and entry["added_by"] is None for entry in entries)
    plain = reader.pages(f"/playlists/{mixed.id}/items?limit=50")
    episodes = [item.kind == "episode" for item in mixed.items]
    assert all(e["item"] is None for e, is_episode in zip(plain, episodes, strict=True) if is_episode)
    assert len(set(mixed.track_ids())) < len(mixed.track_ids())
    shared.mode = "extended"
    for entry in reader.pages(path):
        assert set(entry) == ENTRY_KEYS | {"track"}
        assert entry["item"] == entry["track"]
    assert reader.refusal("GET", f"/playlists/{mixed.id}/items?additional_types=song")[0] == 400


def test_fields(shared, reader):
    long = own(shared.library, 1)
    path = f"/playlists/{long.id}"
    assert reader.json(path + "?fields=snapshot_id") == {"snapshot_id": long.snapshot_id}
    page = reader.json(path + "/items?fields=total,next,items(added_at,item(id,artists(name)))&limit=2")
    assert set(page) == {"items", "next", "total"}
    assert "fields=total" in page["next"]
    assert set(page["items"][0]) == {"added_at", "item"}
    assert set(page["items"][0]["item"]) == {"id", "artists"}
    assert set(page["items"][0]["item"]["artists"][0]) == {"name"}
    # The name of before: an empty object for each entry, not an error.
    assert reader.json(path + "/items?fields=items(track(id))&limit=2") == {"items": [{}, {}]}
    assert set(reader.json(path + "?fields=owner.id,items.total")["items"]) == {"total"}
    assert "artists" not in reader.json(path + "/items?fields=items(item(!artists))")["items"][0]["item"]
    assert reader.refusal("GET", path + "/items?fields=items(item")[0] == 400


def test_texts_are_escaped_and_images_may_be_missing(shared, reader):
    odd = own(shared.library, 2)
    body = reader.json(f"/playlists/{odd.id}")
    assert body["description"] == "AC&#x2F;DC &amp; friends &lt;3"
    assert body["name"] == "<script>alert(1)</script>"
    assert body["images"] == []
    assert reader.json(f"/playlists/{odd.id}/images") == []
    assert reader.json(f"/playlists/{own(shared.library, 1).id}/images")[0]["width"] == 640


# Creating and details


def test_create(sim, api):
    answer = api("POST", "/me/playlists", json={"name": "New", "public": False, "description": "a/b"})
    body = answer.json()
    assert answer.status_code == 201
    assert set(body) == LIST_KEYS | {"items"}
    assert (body["public"], body["description"], body["images"]) == (False, "a&#x2F;b", None)
    assert body["items"]["total"] == 0
    assert sim.library.user_playlists == [body["id"]]
    assert api("POST", "/me/playlists", json={"name": "Public"}).json()["public"] is True
    sim.mode = "extended"
    assert "tracks" in api("POST", "/users/listener/playlists", json={"name": "Old way"}).json()
    assert api.refusal("POST", "/users/somebody/playlists", json={"name": "x"}) == (403, "Forbidden")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": 5},
        {"name": "x", "collaborative": True},
        {"name": "x", "collaborative": True, "public": True},
        {"name": "x", "public": "no"},
        ["name"],
    ],
)
def test_create_refused(sim, api, body):
    assert api.refusal("POST", "/me/playlists", json=body)[0] == 400
    assert api.refusal("POST", "/me/playlists", data=b"{nonsense")[0] == 400
    assert sim.library.playlists == {}


def test_change_details(sim, api, playlist):
    known = sim.library.playlists[playlist.split("/")[2]]
    before = known.snapshot_id
    answer = api("PUT", playlist, json={"name": "Other", "description": "x", "public": True})
    assert (answer.status_code, answer.content) == (200, b"")
    assert (known.name, known.description, known.public) == ("Other", "x", True)
    assert known.snapshot_id != before
    empty = (400, "Attribute description is empty")
    assert api.refusal("PUT", playlist, json={"description": ""}) == empty
    assert api.refusal("PUT", playlist, json={"description": "a\nb"})[0] == 400
    assert api.refusal("PUT", playlist, json={"collaborative": True})[0] == 400
    assert api("PUT", playlist, json={"collaborative": True, "public": False}).status_code == 200


def test_writes_to_lists_of_others_are_forbidden(shared, reader):
    foreign = others(shared.library)[0]
    path, liked = f"/playlists/{foreign.id}", next(iter(shared.library.liked_rows()))
    for method, place, body in (
        ("PUT", path, {"name": "mine now"}),
        ("POST", path + "/items", {"uris": [uri(liked)]}),
        ("PUT", path + "/items", {"uris": []}),
        ("DELETE", path + "/items", {"items": [{"uri": uri(liked)}]}),
        ("PUT", path + "/images", None),
    ):
        assert reader.refusal(method, place, json=body) == (403, "Forbidden")


# Contents


def test_add_in_every_form(sim, api, playlist, tracks):
    items = playlist + "/items"
    first, second = uri(tracks[0]), uri(tracks[1])
    answer = api("POST", items, json={"uris": [second, first]})
    assert answer.status_code == 201
    assert set(answer.json()) == {"snapshot_id"}
    assert names(sim, playlist) == "01234" + "10"
    api("POST", items, json={"uris": [second], "position": 0})
    assert names(sim, playlist) == "10123410"
    api("POST", items + "?position=1", json=[first, first])  # as spotipy sends it
    assert names(sim, playlist) == "1000123410"
    api("POST", items, params={"uris": f"{second},{second}"}, json={"uris": [first]})  # the query wins
    assert names(sim, playlist) == "100012341011"
    snapshot = api.json(playlist)["snapshot_id"]
    assert api("POST", items, json=[first]).json()["snapshot_id"] != snapshot


@pytest.mark.parametrize("path", ["items", "tracks"])
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_add_and_replace_refused(sim, api, playlist, tracks, method, path):
    sim.mode = "extended"
    path = f"{playlist}/{path}"
    good = uri(tracks[0])
    refused = [
        ({"uris": [good] * 101}, "You can add a maximum of 100 tracks per request."),
        ({"uris": [good, uri("0" * 22)]}, "Payload contains a non-existing ID"),
        ({"uris": [good, uri("short")]}, "Invalid base62 id"),
        ({"uris": [tracks[0]]}, "Invalid base62 id"),
        ({"uris": [None]}, "Invalid base62 id"),
        ({"uris": ["spotify:local:a:b:c:10"]}, "Invalid track uri: spotify:local:a:b:c:10"),
        ({"items": [good]}, "No uris provided"),
        ({"uris": good}, "No uris provided"),
        ({}, "No uris provided"),
        (None, "No uris provided"),
    ]
    with sim.edit() as library:
        library.dead_ids.add(tracks[4])
    refused.append(([good, uri(tracks[4])], "Payload contains a non-existing ID"))
    for body, message in refused:
        assert api.refusal(method, path, json=body) == (400, message)
    assert names(sim, playlist) == "01234"


def test_positions_and_size_limit(sim, api, playlist, tracks):
    items, good = playlist + "/items", uri(tracks[0])
    assert api.refusal("POST", items, json={"uris": []}) == (400, "No uris provided")
    for position in (6, -1, "x", True):
        assert api.refusal("POST", items, json={"uris": [good], "position": position})[0] == 400
    with sim.edit() as library:
        library.playlist_replace(playlist.split("/")[2], [good] * 9_950)
    assert api("POST", items, json={"uris": [good] * 50}).status_code == 201
    assert api.refusal("POST", items, json={"uris": [good]}) == (400, "Playlist size limit reached")


def test_replace(sim, api, playlist, tracks, clock):
    clock.pass_time(minutes=5)
    answer = api("PUT", playlist + "/items", json={"uris": [uri(tracks[4]), uri(tracks[4]), uri(tracks[0])]})
    assert (answer.status_code, set(answer.json())) == (200, {"snapshot_id"})
    assert names(sim, playlist) == "440"
    assert {e["added_at"] for e in api.json(playlist + "/items")["items"]} == {"2026-11-20T20:05:00Z"}
    assert api("PUT", playlist + "/items", json={"uris": []}).status_code == 200
    assert names(sim, playlist) == ""


@pytest.mark.parametrize(
    ("start", "before", "length", "expected"),
    [
        (0, 5, 1, "12340"),
        (0, 2, 1, "10234"),
        (4, 0, 1, "40123"),
        (3, 1, 2, "03412"),
        (1, 4, 2, "03124"),
        (2, 2, 1, "01234"),
    ],
)
def test_reorder(sim, api, playlist, start, before, length, expected):
    body = {"range_start": start, "insert_before": before, "range_length": length}
    answer = api("PUT", playlist + "/items", json=body)
    assert answer.status_code == 200
    assert names(sim, playlist) == expected


def test_reorder_refused_and_by_version(sim, api, playlist, tracks):
    items = playlist + "/items"
    move = {"range_start": 0, "insert_before": 5}
    assert api.refusal("PUT", items, json={**move, "uris": [uri(tracks[0])]})[0] == 400
    assert api.refusal("PUT", items, json={**move, "snapshot_id": "bad"}) == (
        400,
        "Missing or bad version tag",
    )
    for wrong in ({"range_start": 5}, {"insert_before": 6}, {"range_start": -1}, {"range_length": 0}):
        assert api.refusal("PUT", items, json={**move, **wrong}) == (400, "Index out of bounds")
    assert api.refusal("PUT", items, json={"range_start": 0})[0] == 400
    old = api.json(playlist)["snapshot_id"]
    api("PUT", items, json=move)
    assert names(sim, playlist) == "12340"
    api("PUT", items, json={"range_start": 0, "insert_before": 2, "snapshot_id": old})
    assert names(sim, playlist) == "10234"


def test_delete_removes_all_occurrences(sim, api, playlist, tracks):
    items = playlist + "/items"
    old = api("POST", items, json=[uri(tracks[0]), uri(tracks[1])]).json()["snapshot_id"]
    api("POST", items, json=[uri(tracks[0])])
    entry = {"uri": uri(tracks[0]), "positions": [0]}
    answer = api("DELETE", items, json={"items": [entry], "snapshot_id": old})
    assert (answer.status_code, set(answer.json())) == (200, {"snapshot_id"})
    assert names(sim, playlist) == "12341"
    sim.mode = "extended"
    assert api("DELETE", playlist + "/tracks", json={"tracks": [{"uri": uri(tracks[1])}]}).status_code == 200
    assert names(sim, playlist) == "234"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"items": ["spotify:track:" + "0" * 22]}, "Invalid base62 id"),
        ({"items": [{"uri": "spotify:track:x"}]}, "Invalid base62 id"),
        ({"items": [{"id": "0" * 22}]}, "Invalid base62 id"),
        ({"items": [{"uri": "spotify:local:a:b:c:1"}]}, "Invalid track uri: spotify:local:a:b:c:1"),
        ({"uris": ["spotify:track:" + "0" * 22]}, "No uris provided"),
        ({"tracks": [{"uri": "spotify:track:" + "0" * 22}]}, "No uris provided"),
        ({"items": []}, "No uris provided"),
        (
            {"items": [{"uri": "spotify:track:" + "0" * 22}] * 101},
            "You can remove a maximum of 100 items per request.",
        ),
        (
            {"items": [{"uri": "spotify:track:" + "0" * 22}], "snapshot_id": "bad"},
            "Missing or bad version tag",
        ),
    ],
)
def test_delete_refused(sim, api, playlist, body, message):
    assert api.refusal("DELETE", playlist + "/items", json=body) == (400, message)
    assert names(sim, playlist) == "01234"


def test_every_edit_has_a_snapshot_of_its_own(sim, api, playlist, tracks):
    seen = [api.json(playlist)["snapshot_id"]]
    for method, body in (
        ("POST", [uri(tracks[0])]),
        ("PUT", {"range_start": 0, "insert_before": 3}),
        ("DELETE", {"items": [{"uri": uri(tracks[2])}]}),
        ("PUT", {"uris": [uri(tracks[0])]}),
    ):
        seen.append(api(method, playlist + "/items", json=body).json()["snapshot_id"])
        assert api.json(playlist)["snapshot_id"] == seen[-1]
    assert len(set(seen)) == 5


# Images, following


def test_image_upload(sim, api, playlist):
    path = playlist + "/images"
    data = base64.b64encode(JPEG)

    def put(payload, kind="image/jpeg"):
        return api("PUT", path, data=payload, headers={"Content-Type": kind})

    for wrong in (
        base64.encodebytes(JPEG * 3),
        b"data:image/jpeg;base64," + data,
        b"",
        base64.b64encode(b"PNG"),
    ):
        assert put(wrong).status_code == 400
    assert put(data, "application/json").status_code == 400
    assert put(b"A" * (256 * 1024 + 1)).status_code == 413
    assert api.json(path)[0]["width"] if sim.library.playlists[path.split("/")[2]].has_images else True
    answer = put(data)
    assert (answer.status_code, answer.content) == (202, b"")
    (image,) = api.json(path)
    assert (image["width"], image["height"]) == (None, None)
    picture = api.get(image["url"])
    assert (picture.content, picture.headers["Content-Type"]) == (JPEG, "image/jpeg")


def test_unfollow_and_follow_again(sim, api, playlist):
    playlist_id = playlist.split("/")[2]
    address = f"/me/library?uris=spotify:playlist:{playlist_id}"
    assert api("DELETE", address).status_code == 200
    assert api.json("/me/playlists")["items"] == []
    assert api.get(playlist).status_code == 200
    assert api("PUT", address).status_code == 200
    assert sim.library.user_playlists == [playlist_id]
    sim.mode = "extended"
    assert api("DELETE", playlist + "/followers").status_code == 200
    assert api.json(playlist + "/followers/contains") == [False]
    assert api("PUT", playlist + "/followers").status_code == 200
    assert api.json(playlist + "/followers/contains") == [True]
