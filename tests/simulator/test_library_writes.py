"""Section "Writing", `/me/library` and the older endpoints; and edits from inside the process."""

from datetime import UTC, datetime, timedelta

import pytest

from simulator import Library


@pytest.fixture
def tracks(sim):
    with sim.edit() as library:
        return [library.new_track(name=f"Track {number}") for number in range(41)]


def uris(tracks):
    return ",".join(f"spotify:track:{track_id}" for track_id in tracks)


def test_save_and_remove(sim, api, tracks, clock):
    answer = api("PUT", "/me/library", params={"uris": uris(tracks[:3])})
    assert (answer.status_code, answer.content) == (200, b"")
    assert list(sim.library.liked_rows()) == tracks[:3]
    clock.pass_time(minutes=1)
    api("PUT", "/me/library", params={"uris": uris(tracks[2:3])})
    assert list(sim.library.liked_rows()) == [tracks[2], tracks[0], tracks[1]]
    assert sim.library.liked[0].added_at == clock.now()
    answer = api("DELETE", "/me/library", params={"uris": uris(tracks[:2])})
    assert (answer.status_code, answer.content) == (200, b"")
    assert list(sim.library.liked_rows()) == [tracks[2]]


def test_albums_episodes_and_unknown_ids(sim, api):
    with sim.edit() as library:
        album_id = library.new_album(3)
    assert api("PUT", f"/me/library?uris=spotify%3Aalbum%3A{album_id}").status_code == 200
    assert api.json("/me/albums")["items"][0]["album"]["id"] == album_id
    assert api.refusal("PUT", f"/me/library?uris=spotify:album:{'0' * 22}")[0] == 404
    assert api("DELETE", f"/me/library?uris=spotify:album:{'0' * 22}").status_code == 200


def test_library_writes_refused(sim, api, tracks):
    missing = (400, "Missing required field: uris")
    for method in ("PUT", "DELETE"):
        assert api.refusal(method, "/me/library", json={"uris": [f"spotify:track:{tracks[0]}"]}) == missing
        assert api.refusal(method, "/me/library", json={"ids": tracks[:1]}) == missing
        assert api.refusal(method, "/me/library") == missing
        assert api.refusal(method, "/me/library", params={"uris": uris(tracks)})[0] == 400
        assert api.refusal(method, f"/me/library?uris=spotify:artist:{'0' * 22}")[0] == 400
        assert api.refusal(method, "/me/library?uris=spotify:track:x") == (400, "Invalid base62 id")
        assert api.refusal(method, f"/me/library?uris={tracks[0]}")[0] == 400
    assert sim.library.liked == []
    assert api("PUT", "/me/library", params={"uris": uris(tracks[:40])}).status_code == 200
    assert len(sim.library.liked) == 40


def test_older_endpoints_of_extended_mode(sim, api, tracks):
    sim.mode = "extended"
    moment = "2020-05-01T10:00:00Z"
    body = {"timestamped_ids": [{"id": tracks[0], "added_at": moment}, {"id": tracks[1], "added_at": moment}]}
    assert api("PUT", "/me/tracks", json=body).status_code == 200
    assert set(sim.library.liked_rows().values()) == {datetime(2020, 5, 1, 10, tzinfo=UTC)}
    assert api("PUT", "/me/tracks", json={"ids": tracks[2:4]}).status_code == 200
    assert list(sim.library.liked_rows()) == [tracks[2], tracks[3], tracks[0], tracks[1]]
    assert api("DELETE", "/me/tracks", json=tracks[:3]).status_code == 200
    assert list(sim.library.liked_rows()) == [tracks[3]]
    assert api.refusal("PUT", "/me/tracks", json={"ids": ["x"]}) == (400, "Invalid base62 id")
    assert api.refusal("PUT", "/me/tracks", json={"ids": tracks[:1] * 51})[0] == 400
    assert api.refusal("PUT", "/me/tracks", json={})[0] == 400
    assert api.refusal("PUT", "/me/tracks", json={"timestamped_ids": [{"id": tracks[0]}]})[0] == 400
    with sim.edit() as library:
        album_id, artist_id = library.new_album(2), library.new_artist()
    assert api("PUT", f"/me/albums?ids={album_id}").status_code == 200
    assert api("PUT", f"/me/following?type=artist&ids={artist_id}").status_code == 204
    assert sim.library.followed == [artist_id]
    assert list(sim.library.saved_album_rows()) == [album_id]
    assert api("DELETE", f"/me/albums?ids={album_id}").status_code == 200
    assert api("DELETE", f"/me/following?type=artist&ids={artist_id}").status_code == 204
    assert (sim.library.followed, sim.library.saved_albums) == ([], [])


def test_edits_in_process():
    library = Library.empty()
    tracks = [library.new_track() for _ in range(4)]
    for track_id in tracks:
        library.like(track_id)
    assert [entry.track_id for entry in library.liked] == tracks[::-1]
    library.like(tracks[1])
    assert library.liked[0].track_id == tracks[1]
    assert library.liked[0].added_at > library.liked[1].added_at
    at = library.liked[2].added_at
    library.replace_liked(2, None)
    assert (library.liked[2].track_id, library.liked[2].added_at) == (None, at)
    assert len(library.liked_rows()) == 3
    library.like(tracks[2], at - timedelta(days=900))
    assert library.liked[-1].track_id == tracks[2]
    assert library.unlike(tracks[2])
    assert not library.unlike(tracks[2])
    library.clear_liked()
    assert library.liked_rows() == {}
    with pytest.raises(KeyError):
        library.like("unknown")
    with pytest.raises(ValueError, match="time zone"):
        library.like(tracks[0], datetime(2026, 1, 1))  # noqa: DTZ001 - what is refused


def test_album_edits_in_process():
    library = Library.empty()
    first, second = library.new_album(3, name="First"), library.new_album(130, name="Second")
    library.save_album(first)
    library.save_album(second)
    assert list(library.saved_album_rows()) == [second, first]
    library.save_album(first)
    assert list(library.saved_album_rows()) == [first, second]
    assert len(library.album_track_ids(second)) == 130
    at = library.saved_albums[0].added_at
    library.replace_saved_album(0, second)
    assert library.saved_albums[0].added_at == at
    assert library.unsave_album(second)
    library.clear_saved_albums()
    assert library.saved_albums == []


def test_play_edits_in_process():
    library = Library.empty()
    track_id = library.new_track()
    plays = [library.play(track_id) for _ in range(60)]
    assert plays == library.plays[::-1]
    assert library.play_rows() == {(play.played_at, track_id) for play in plays[-50:]}
    late = library.play(track_id, plays[-1].played_at - timedelta(seconds=30, microseconds=1234))
    assert library.plays[1] == late
    assert late.played_at.microsecond % 1000 == 0
    assert len(library.all_plays()) == 61


def test_playlist_edits_in_process():
    library = Library.empty()
    tracks = [library.new_track() for _ in range(3)]
    playlist_id = library.new_playlist("Mine", tracks)
    playlist = library.playlists[playlist_id]
    library.playlist_add(playlist_id, [tracks[0]], position=1)
    assert playlist.track_ids() == [tracks[0], tracks[0], tracks[1], tracks[2]]
    library.playlist_remove(playlist_id, [tracks[0]])
    before = library.playlist_add_local(playlist_id, "A", "B/C", "D e", 7)
    assert playlist.uris() == [*(f"spotify:track:{t}" for t in tracks[1:]), "spotify:local:A:B%2FC:D+e:7"]
    assert library.playlist_change(playlist_id, name="Other") != before
    with pytest.raises(ValueError, match="no detail"):
        library.playlist_change(playlist_id, colour="red")
    library.playlist_replace(playlist_id, [])
    library.unfollow_playlist(playlist_id)
    assert (playlist.items, library.user_playlists) == ([], [])
