"""The listener: profile, followed artists, top items, play history (Spotify reference: "the user's library")."""

from datetime import UTC, datetime, timedelta

from simulator.api.answers import Answer, ApiError, bad_request, json_answer
from simulator.api.call import Call, checked_id
from simulator.api.payloads import spotify_time
from simulator.api.routing import ROUTER
from simulator.world.catalogue import Play

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@ROUTER.route("GET", "/me")
def me(call: Call) -> Answer:
    """Profile; works without any scope, but not with a client-credentials token."""
    if not call.has_user:
        raise ApiError(401, "Valid user authentication required")
    return json_answer(call.payloads.me(call.library.user, call.scopes))


@ROUTER.route("GET", "/me/following", "user-follow-read")
def following(call: Call) -> Answer:
    """Followed artists: a cursor page wrapped in `artists`, ordered by id, `after` is the last id seen."""
    if call.query.get("type") != "artist":
        raise bad_request("Missing or invalid type")
    limit = call.number("limit", 20, 1, 50)
    after = checked_id(call.query["after"]) if "after" in call.query else ""
    left = sorted(artist_id for artist_id in call.library.followed if artist_id > after)
    page = left[:limit]
    last = page[-1] if len(left) > limit else None
    given = {"after": after} if after else {}
    artists = {
        "href": call.url(limit=limit, **given),
        "items": [call.payloads.artist(call.library.artists[artist_id]) for artist_id in page],
        "limit": limit,
        "next": call.url(limit=limit, after=last) if last else None,
        "cursors": {"after": last},
        "total": len(call.library.followed),
    }
    return json_answer({"artists": artists})


@ROUTER.route("GET", "/me/top/{kind}", "user-top-read")
def top_items(call: Call) -> Answer:
    """Top artists or tracks of a time range, by rank; no play counts."""
    time_range = call.query.get("time_range", "medium_term")
    if time_range not in call.library.top_tracks:
        raise bad_request("Invalid time range")
    if call.path_ids["kind"] == "tracks":
        ids = call.library.top_tracks[time_range]
        return json_answer(call.page(ids, call.payloads.track))
    if call.path_ids["kind"] == "artists":
        artists = [call.library.artists[artist_id] for artist_id in call.library.top_artists[time_range]]
        return json_answer(call.page(artists, call.payloads.artist))
    raise bad_request("Invalid type")


@ROUTER.route("GET", "/me/player/recently-played", "user-read-recently-played")
def recently_played(call: Call) -> Answer:
    """Newest plays first; only the 50 newest exist, whatever cursor is used."""
    limit = call.number("limit", 20, 1, 50)
    if "after" in call.query and "before" in call.query:
        raise bad_request("Only one of after and before may be given")
    page = _visible_plays(call)[:limit]
    given = {name: call.query[name] for name in ("after", "before") if name in call.query}
    answer: dict[str, object] = {
        "items": [_play(call, play) for play in page],
        "next": None,
        "cursors": None,
        "limit": limit,
        "href": call.url(limit=limit, **given),
    }
    if page:
        newest, oldest = (str(_milliseconds(play.played_at)) for play in (page[0], page[-1]))
        answer["cursors"] = {"after": newest, "before": oldest}
        if len(page) == limit:
            cursor = {"after": newest} if "after" in call.query else {"before": oldest}
            answer["next"] = call.url(limit=limit, **cursor)
    return json_answer(answer)


def _visible_plays(call: Call) -> list[Play]:
    """Return the plays after or before the cursor."""
    after, before = call.number("after", -1, 0, None), call.number("before", 0, 0, None)
    visible = call.library.recent_plays()
    if "after" in call.query:
        visible = [play for play in visible if _milliseconds(play.played_at) > after]
    if "before" in call.query:
        visible = [play for play in visible if _milliseconds(play.played_at) < before]
    return visible


def _play(call: Call, play: Play) -> dict[str, object]:
    return {
        "track": call.payloads.track(play.track_id),
        "played_at": spotify_time(play.played_at),
        "context": call.payloads.context(play.context_uri),
    }


def _milliseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)


@ROUTER.route("GET", "/me/player")
@ROUTER.route("GET", "/me/player/currently-playing")
def player(call: Call) -> Answer:
    """Nothing is ever playing here: 204. Lacking scope is 401 on the player."""
    if "user-read-playback-state" not in call.scopes:
        raise ApiError(401, "Permissions missing")
    return Answer(204)
