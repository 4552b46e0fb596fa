"""Sections "Common shapes" and "Reading: the user's library", "Reading: catalogue" of the reference."""

from datetime import datetime, timedelta

import pytest
import requests

from simulator.api.payloads import spotify_time

TRACK_KEYS = {
    "album",
    "artists",
    "disc_number",
    "duration_ms",
    "explicit",
    "external_ids",
    "external_urls",
    "href",
    "id",
    "is_local",
    "name",
    "preview_url",
    "track_number",
    "type",
    "uri",
}
SIMPLE_TRACK_KEYS = TRACK_KEYS - {"album", "external_ids"}
SIMPLE_ALBUM_KEYS = {
    "album_type",
    "artists",
    "external_urls",
    "href",
    "id",
    "images",
    "name",
    "release_date",
    "release_date_precision",
    "total_tracks",
    "type",
    "uri",
}
ALBUM_KEYS = SIMPLE_ALBUM_KEYS | {"copyrights", "external_ids", "genres", "tracks"}
PAGE_KEYS = {"href", "items", "limit", "next", "offset", "previous", "total"}

LIMITS = [
    ("/me/tracks", 20, 50),
    ("/me/albums", 20, 50),
    ("/me/playlists", 20, 50),
    ("/me/episodes", 20, 50),
    ("/me/shows", 20, 50),
    ("/me/audiobooks", 20, 50),
    ("/me/top/tracks", 20, 50),
    ("/me/top/artists", 20, 50),
    ("/me/following?type=artist", 20, 50),
    ("/me/player/recently-played", 20, 50),
    ("/albums/{album}/tracks", 20, 50),
    ("/artists/{artist}/albums", 5, 10),
    ("/playlists/{playlist}/items", 20, 50),
    ("/search?q=a&type=track", 5, 10),
]


@pytest.fixture
def ids(shared):
    library = shared.library
    return {
        "album": next(iter(library.albums)),
        "artist": next(iter(library.artists)),
        "track": library.liked[0].track_id,
        "playlist": library.user_playlists[0],
        "episode": next(iter(library.episodes)),
        "show": next(iter(library.episodes.values())).show_id,
    }


def page_of(body):
    return next(iter(body.values())) if len(body) == 1 else body


@pytest.mark.parametrize(("path", "default", "maximum"), LIMITS)
def test_limit_default_and_bounds(reader, ids, path, default, maximum):
    path = path.format(**ids)
    joint = "&" if "?" in path else "?"
    assert page_of(reader.json(path))["limit"] == default
    assert page_of(reader.json(f"{path}{joint}limit={maximum}"))["limit"] == maximum
    for limit in (maximum + 1, 0, -1, 100000, "", "ten", "5.0"):
        assert reader.refusal("GET", f"{path}{joint}limit={limit}") == (400, "Invalid limit")


@pytest.mark.parametrize(
    "path", [path for path, *_ in LIMITS if "following" not in path and "recent" not in path]
)
def test_offset_refused(reader, ids, path):
    path = path.format(**ids)
    joint = "&" if "?" in path else "?"
    for offset in (-1, "x"):
        assert reader.refusal("GET", f"{path}{joint}offset={offset}") == (400, "Invalid offset")


def test_highest_offsets(reader):
    assert reader.get("/me/playlists?offset=100000").status_code == 200
    assert reader.refusal("GET", "/me/playlists?offset=100001") == (400, "Invalid offset")
    assert reader.get("/search?q=a&type=track&offset=1000").status_code == 200
    assert reader.refusal("GET", "/search?q=a&type=track&offset=1001") == (400, "Invalid offset")


def test_me_in_both_modes(shared, reader, client):
    user = shared.library.user
    keys = {"account_id", "display_name", "external_urls", "href", "id", "images", "type", "uri"}
    body = reader.json("/me")
    assert set(body) == keys
    assert (body["id"], body["account_id"]) == (user.id, user.account_id)
    shared.mode = "extended"
    more = {"country", "email", "explicit_content", "followers", "product"}
    assert set(reader.json("/me")) == keys | more
    assert set(client(shared, set()).json("/me")) == keys | {"followers"}


def test_saved_tracks_in_both_modes(shared, reader):
    page = reader.json("/me/tracks?limit=50")
    assert set(page) == PAGE_KEYS
    assert page["total"] == 122
    entry = page["items"][0]
    assert set(entry) == {"added_at", "track"}
    assert set(entry["track"]) == TRACK_KEYS
    assert set(entry["track"]["album"]) == SIMPLE_ALBUM_KEYS
    assert set(entry["track"]["artists"][0]) == {"external_urls", "href", "id", "name", "type", "uri"}
    shared.mode = "extended"
    entry = reader.json("/me/tracks")["items"][0]
    assert set(entry) == {"added_at", "track"}
    assert set(entry["track"]) == TRACK_KEYS | {"popularity", "available_markets"}
    assert set(entry["track"]["album"]) == SIMPLE_ALBUM_KEYS | {"available_markets"}


def test_saved_tracks_pages_hold_every_position_newest_first(shared, reader):
    entries = reader.pages("/me/tracks?limit=50")
    assert len(entries) == 122
    assert sum(entry["track"] is None for entry in entries) == 2
    assert entries == reader.pages("/me/tracks?limit=7")
    moments = [entry["added_at"] for entry in entries]
    assert moments == sorted(moments, reverse=True)
    rows = {e["track"]["id"]: datetime.fromisoformat(e["added_at"]) for e in entries if e["track"]}
    assert rows == shared.library.liked_rows()


def test_saved_albums_in_both_modes(shared, reader):
    page = reader.json("/me/albums?limit=50")
    assert page["total"] == len(page["items"]) == 17
    assert sum(entry["album"] is None for entry in page["items"]) == 1
    for entry in page["items"]:
        if entry["album"]:
            album = entry["album"]
            assert set(album) == ALBUM_KEYS
            assert album["genres"] == []
            assert set(album["tracks"]) == PAGE_KEYS
            assert all(set(track) == SIMPLE_TRACK_KEYS for track in album["tracks"]["items"])
            known = shared.library.album_track_ids(album["id"])
            assert [track["id"] for track in album["tracks"]["items"]] == known[:50]
            assert album["tracks"]["total"] == album["total_tracks"] == len(known)
            assert (album["tracks"]["next"] is None) == (len(known) <= 50)
    shared.mode = "extended"
    album = reader.json("/me/albums")["items"][0]["album"]
    assert set(album) == ALBUM_KEYS | {"available_markets", "label", "popularity"}


def test_long_album_is_read_to_its_end(shared, reader):
    album = next(a for a in shared.library.albums.values() if len(a.track_ids) == 130)
    embedded = reader.json(f"/albums/{album.id}")["tracks"]
    rest = reader.pages(embedded["next"])
    assert [track["id"] for track in embedded["items"] + rest] == album.track_ids
    assert embedded["next"].startswith(shared.api_url)
    assert set(rest[0]) == SIMPLE_TRACK_KEYS
    spotipy = reader.json(f"/albums/{album.id}/tracks/?limit=50&offset=100")
    assert [len(spotipy["items"]), spotipy["next"], spotipy["total"]] == [30, None, 130]
    assert spotipy["previous"].endswith("offset=50&limit=50")


def test_next_keeps_the_other_parameters(reader, ids):
    page = reader.json("/me/tracks?market=NL&limit=10")
    assert "market=NL" in page["next"]
    assert "limit=10" in page["next"]
    assert "offset=10" in page["next"]
    assert page["href"].startswith(reader.sim.api_url + "/me/tracks?")
    albums = reader.json(f"/artists/{ids['artist']}/albums?include_groups=album&limit=1")
    assert albums["next"] is None or "include_groups=album" in albums["next"]
    top = reader.json("/me/top/tracks?time_range=long_term&limit=10")
    assert "time_range=long_term" in top["next"]


def test_followed_artists_are_a_wrapped_cursor_page(shared, reader):
    seen, path = [], "/me/following?type=artist&limit=25"
    while path:
        body = reader.json(path)
        assert set(body) == {"artists"}
        page = body["artists"]
        assert set(page) == {"cursors", "href", "items", "limit", "next", "total"}
        assert page["total"] == 60
        seen += [artist["id"] for artist in page["items"]]
        assert page["cursors"]["after"] == (seen[-1] if page["next"] else None)
        path = page["next"]
    assert sorted(seen) == sorted(shared.library.followed)
    assert len(set(seen)) == 60
    assert reader.refusal("GET", "/me/following")[0] == 400
    assert reader.refusal("GET", "/me/following?type=user")[0] == 400
    assert reader.refusal("GET", "/me/following?type=artist&after=x") == (400, "Invalid base62 id")


def test_artists_in_both_modes(shared, reader):
    artists = reader.json("/me/following?type=artist&limit=50")["artists"]["items"]
    needed = {"external_urls", "href", "id", "images", "name", "type", "uri"}
    assert {frozenset(artist) for artist in artists} == {frozenset(needed), frozenset(needed | {"genres"})}
    shared.mode = "extended"
    artist = reader.json(f"/artists/{artists[0]['id']}")
    assert set(artist) == needed | {"followers", "genres", "popularity"}
    assert set(artist["followers"]) == {"href", "total"}


def test_top_items(shared, reader):
    for time_range in ("short_term", "medium_term", "long_term"):
        page = reader.pages(f"/me/top/tracks?limit=50&time_range={time_range}")
        assert [track["id"] for track in page] == shared.library.top_tracks[time_range]
        artists = reader.pages(f"/me/top/artists?limit=50&time_range={time_range}")
        assert [artist["id"] for artist in artists] == shared.library.top_artists[time_range]
    default = [track["id"] for track in reader.json("/me/top/tracks")["items"]]
    assert default == shared.library.top_tracks["medium_term"][:20]
    assert reader.refusal("GET", "/me/top/tracks?time_range=year")[0] == 400
    assert reader.refusal("GET", "/me/top/albums")[0] == 400


def test_recently_played_gives_the_newest_50_and_no_more(shared, reader):
    body = reader.json("/me/player/recently-played?limit=50")
    assert set(body) == {"cursors", "href", "items", "limit", "next"}
    rows = {(datetime.fromisoformat(i["played_at"]), i["track"]["id"]) for i in body["items"]}
    assert rows == shared.library.play_rows()
    assert len(body["items"]) == 50
    moments = [datetime.fromisoformat(item["played_at"]) for item in body["items"]]
    assert moments == sorted(moments, reverse=True)
    assert set(body["items"][0]) == {"context", "played_at", "track"}
    assert set(body["items"][0]["track"]) == TRACK_KEYS
    rest = reader.json(body["next"])
    assert (rest["items"], rest["next"], rest["cursors"]) == ([], None, None)


def test_recently_played_cursors_are_exclusive_milliseconds(shared, reader):
    body = reader.json("/me/player/recently-played?limit=10")
    newest, oldest = body["cursors"]["after"], body["cursors"]["before"]
    assert datetime.fromisoformat(body["items"][0]["played_at"]).timestamp() * 1000 == int(newest)
    assert reader.json(f"/me/player/recently-played?after={newest}")["items"] == []
    again = reader.json(f"/me/player/recently-played?after={int(newest) - 1}")["items"]
    assert again[0] == body["items"][0]
    before = reader.json(f"/me/player/recently-played?before={oldest}&limit=50")
    assert len(before["items"]) == 40
    assert before["next"] is None
    everything = body["items"] + reader.json(body["next"])["items"]
    assert everything == reader.json("/me/player/recently-played?limit=20")["items"]
    assert reader.refusal("GET", "/me/player/recently-played?after=1&before=2")[0] == 400
    assert reader.refusal("GET", "/me/player/recently-played?after=soon")[0] == 400


def test_played_at_has_milliseconds_or_no_fraction(shared, reader, make_library):
    texts = [i["played_at"] for i in reader.json("/me/player/recently-played?limit=50")["items"]]
    assert {len(text) for text in texts} == {20, 24}
    assert all(text.endswith("Z") for text in texts)
    moment = datetime.fromisoformat("2026-11-20T10:00:00.050+00:00")
    assert spotify_time(moment) == "2026-11-20T10:00:00.050Z"


def test_episodes_and_local_files_are_not_in_the_history(sim, api, clock):
    with sim.edit() as library:
        track_id = library.new_track()
        library.play(
            track_id, clock.now() - timedelta(minutes=9), f"spotify:user:{library.user.id}:collection"
        )
        library.play("x", clock.now(), kind="episode")
        library.play("y", clock.now(), kind="local")
    (item,) = api.json("/me/player/recently-played")["items"]
    assert item["track"]["id"] == track_id
    assert item["context"]["type"] == "collection"
    assert set(item["context"]) == {"external_urls", "href", "type", "uri"}
    assert api.get("/me/player").status_code == 204


def test_library_contains(shared, reader):
    library = shared.library
    liked = [name for name in library.liked_rows()][:2]
    other = next(name for name in library.tracks if name not in library.liked_rows())
    uris = [
        f"spotify:track:{liked[0]}",
        f"spotify:track:{other}",
        f"spotify:album:{library.saved_albums[0].album_id}",
        f"spotify:artist:{library.followed[0]}",
        f"spotify:playlist:{library.user_playlists[0]}",
        f"spotify:track:{liked[1]}",
    ]
    expected = [True, False, True, True, True, True]
    assert reader.json("/me/library/contains", params={"uris": ",".join(uris)}) == expected
    many = ",".join([uris[0]] * 40)
    assert reader.json(f"/me/library/contains?uris={many}") == [True] * 40
    assert reader.refusal("GET", f"/me/library/contains?uris={many},{uris[1]}")[0] == 400
    missing = (400, "Missing required field: uris")
    assert reader.refusal("GET", "/me/library/contains") == missing
    assert reader.refusal("GET", "/me/library/contains", json={"uris": uris}) == missing
    assert reader.refusal("GET", "/me/library/contains?uris=spotify:track:x") == (400, "Invalid base62 id")
    assert reader.refusal("GET", f"/me/library/contains?uris={liked[0]}")[0] == 400


SINGLE = [
    "/tracks/{}",
    "/albums/{}",
    "/albums/{}/tracks",
    "/artists/{}",
    "/artists/{}/albums",
    "/episodes/{}",
]


@pytest.mark.parametrize(
    "path", [*SINGLE, "/shows/{}", "/playlists/{}", "/playlists/{}/items", "/playlists/{}/images"]
)
def test_ids_malformed_and_unknown(reader, path):
    for malformed in ("abc", "x" * 23, "0" * 21 + "-", "spotify:track:" + "0" * 22):
        assert reader.refusal("GET", path.format(malformed)) == (400, "Invalid base62 id")
    assert reader.refusal("GET", path.format("0" * 22)) == (404, "Resource not found")


def test_single_objects(shared, reader, ids):
    assert set(reader.json(f"/tracks/{ids['track']}")) == TRACK_KEYS
    assert set(reader.json(f"/albums/{ids['album']}")) == ALBUM_KEYS
    episode = reader.json(f"/episodes/{ids['episode']}")
    assert episode["type"] == "episode"
    assert not {"artists", "album", "external_ids"} & set(episode)
    assert not {"publisher", "available_markets"} & set(reader.json(f"/shows/{ids['show']}"))
    assert len(reader.json(f"/shows/{ids['show']}/episodes")["items"]) == 3
    shared.mode = "extended"
    assert set(reader.json(f"/tracks/{ids['track']}")) == TRACK_KEYS | {"popularity", "available_markets"}
    assert {"publisher", "available_markets"} <= set(reader.json(f"/shows/{ids['show']}"))


@pytest.mark.parametrize(
    ("kind", "maximum"), [("tracks", 50), ("albums", 20), ("artists", 50), ("episodes", 50), ("shows", 50)]
)
def test_batch_reads_of_extended_mode(shared, reader, kind, maximum):
    shared.mode = "extended"
    known = shared.library.episodes if kind == "shows" else getattr(shared.library, kind)
    first = next(iter(known.values()))
    name = first.show_id if kind == "shows" else first.id
    body = reader.json(f"/{kind}/?ids={'0' * 22},{name}")
    assert body[kind][0] is None
    assert body[kind][1]["id"] == name
    assert reader.refusal("GET", f"/{kind}?ids={name},abc") == (400, "Invalid base62 id")
    assert reader.get(f"/{kind}?ids={','.join([name] * maximum)}").status_code == 200
    assert reader.refusal("GET", f"/{kind}?ids={','.join([name] * (maximum + 1))}")[0] == 400
    assert reader.refusal("GET", f"/{kind}")[0] == 400


def test_artist_albums(shared, reader):
    counts = {}
    for album in shared.library.albums.values():
        counts[album.artist_ids[0]] = counts.get(album.artist_ids[0], 0) + 1
    artist_id = max(counts, key=counts.get)
    path = f"/artists/{artist_id}/albums"
    everything = reader.pages(path + "?limit=10")
    assert set(everything[0]) == SIMPLE_ALBUM_KEYS
    by_group = {
        group: reader.pages(f"{path}?limit=10&include_groups={group}")
        for group in ("album", "single", "appears_on", "compilation")
    }
    assert sorted(a["id"] for a in everything) == sorted(a["id"] for g in by_group.values() for a in g)
    assert by_group["album"]
    assert reader.refusal("GET", path + "?include_groups=albums")[0] == 400
    shared.mode = "extended"
    assert set(reader.json(path)["items"][0]) == SIMPLE_ALBUM_KEYS | {"album_group", "available_markets"}
    assert reader.refusal("GET", path + "?limit=11") == (400, "Invalid limit")


def test_search(shared, reader):
    library = shared.library
    track = library.tracks[library.liked_rows().popitem()[0]]
    found = reader.json("/search", params={"q": f"isrc:{track.isrc}", "type": "track"})["tracks"]
    assert track.id in [item["id"] for item in found["items"]]
    assert all(item["external_ids"]["isrc"] == track.isrc for item in found["items"])
    album = next(a for a in library.albums.values() if a.upc and a.name.isascii() and a.release_date > "1985")
    found = reader.json("/search", params={"q": f"upc:{album.upc}", "type": "album"})["albums"]["items"]
    assert [item["id"] for item in found] == [album.id]
    artist = library.artists[album.artist_ids[0]]
    query = f'album:"{album.name}" artist:"{artist.name}" year:1900-2026'
    both = reader.json("/search", params={"q": query, "type": "album,track"})
    assert set(both) == {"albums", "tracks"}
    assert album.id in [item["id"] for item in both["albums"]["items"]]
    lists = reader.json("/search", params={"q": "discover", "type": "playlist", "limit": 10})["playlists"]
    assert None in lists["items"]
    assert reader.json("/search?q=isrc:NONE&type=track")["tracks"]["items"] == []
    for bad in ("/search?type=track", "/search?q=a", "/search?q=a&type=song", "/search?q=&type=track"):
        assert reader.refusal("GET", bad)[0] == 400
    shared.mode = "extended"
    assert reader.json("/search?q=a&type=track&limit=50")["tracks"]["limit"] == 50
    assert reader.json("/search?q=a&type=track")["tracks"]["limit"] == 20
    assert reader.refusal("GET", "/search?q=a&type=track&limit=51") == (400, "Invalid limit")


def test_market_relinks_and_marks(shared, reader):
    asked = next(track for track in shared.library.tracks.values() if track.relinked_to)
    blocked = next(track for track in shared.library.tracks.values() if track.restriction)
    plain = reader.json(f"/tracks/{asked.id}")
    assert plain["id"] == asked.id
    assert not {"is_playable", "restrictions", "linked_from"} & set(plain)
    other = reader.json(f"/tracks/{asked.id}?market=NL")
    assert other["id"] == asked.relinked_to
    assert set(other) == TRACK_KEYS | {"is_playable"}
    assert other["external_ids"] == plain["external_ids"]
    kept = reader.json(f"/tracks/{blocked.id}?market=NL")
    assert (kept["is_playable"], kept["restrictions"]) == (False, {"reason": "market"})
    rows = [entry["track"]["id"] for entry in reader.pages("/me/tracks?market=NL&limit=50") if entry["track"]]
    assert asked.relinked_to in rows
    assert asked.id not in rows
    shared.mode = "extended"
    other = reader.json(f"/tracks/{asked.id}?market=from_token")
    assert other["linked_from"]["id"] == asked.id
    assert set(other) == TRACK_KEYS | {"is_playable", "linked_from", "popularity"}
    assert reader.refusal("GET", f"/tracks/{asked.id}?market=XYZ")[0] == 400
    assert reader.refusal("GET", f"/tracks/{asked.id}?market=nl")[0] == 400
    assert reader.refusal("GET", "/me/shows?market=nl") == (400, "Invalid market code")


def test_images_are_distinct_and_the_same_in_every_size(shared, reader):
    albums = [entry["album"] for entry in reader.json("/me/albums")["items"] if entry["album"]]
    images = [album["images"] for album in albums if album["images"]]
    assert [image["width"] for image in images[0]] == [640, 300, 64]
    assert all(image["url"].startswith(shared.accounts_url + "/image/") for image in images[0])
    smallest = {requests.get(album[-1]["url"], timeout=60).content for album in images}
    assert len(smallest) == len(images)
    answer = requests.get(images[0][0]["url"], timeout=60)
    assert answer.headers["Content-Type"] == "image/png"
    assert answer.content[:8] == b"\x89PNG\r\n\x1a\n"
    assert answer.content[16:24] == (640).to_bytes(4, "big") * 2
    assert requests.get(shared.accounts_url + "/image/" + "z" * 40, timeout=60).status_code == 404


def test_other_extended_reads(shared, reader):
    shared.mode = "extended"
    library = shared.library
    liked = next(iter(library.liked_rows()))
    album_id = next(iter(library.saved_album_rows()))
    assert reader.json(f"/me/tracks/contains?ids={liked},{'0' * 22}") == [True, False]
    assert reader.json(f"/me/albums/contains?ids={album_id}") == [True]
    assert reader.json(f"/me/following/contains?type=artist&ids={library.followed[0]}") == [True]
    for path, maximum in (("tracks", 50), ("albums", 20), ("following", 50)):
        ids = ",".join(["0" * 22] * (maximum + 1))
        assert reader.refusal("GET", f"/me/{path}/contains?ids={ids}")[0] == 400
    assert reader.json(f"/users/{library.user.id}")["id"] == library.user.id
    assert reader.refusal("GET", "/users/nobody")[0] == 404
    assert reader.json("/users/vriend-van-robin/playlists")["total"] == 1
    assert len(reader.json(f"/artists/{library.followed[0]}/top-tracks")["tracks"]) <= 10
    assert reader.json("/browse/new-releases")["albums"]["items"]
    assert "NL" in reader.json("/markets")["markets"]
