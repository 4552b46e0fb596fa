"""What development mode has lost and extended quota keeps, and what nobody has any more.

Spotify reference: "Removed" in "Endpoint availability in new dev"; the last group went on 27 November 2024.
"""

from simulator.api.answers import Answer, forbidden, json_answer, not_found
from simulator.api.call import Call
from simulator.api.routing import NOWHERE, ONLY_EXTENDED, ROUTER
from simulator.routes.playlists import find_playlist

MODIFY_PUBLIC = "playlist-modify-public"


@ROUTER.route("GET", "/users/{id}", modes=ONLY_EXTENDED)
def user(call: Call) -> Answer:
    """Public profile."""
    return json_answer(call.payloads.user(_user_id(call)))


@ROUTER.route("GET", "/users/{id}/playlists", modes=ONLY_EXTENDED)
def user_playlists(call: Call) -> Answer:
    """Public lists of a user; one's own need no public flag."""
    user_id = _user_id(call)
    found = [
        known
        for known in call.library.playlists.values()
        if known.owner_id == user_id and (known.public or user_id == call.library.user.id)
    ]
    return json_answer(call.page(found, call.payloads.listed_playlist))


def _user_id(call: Call) -> str:
    user_id = call.path_ids["id"]
    if user_id != call.library.user.id and user_id not in call.library.users:
        raise not_found()
    return user_id


@ROUTER.route("PUT", "/playlists/{id}/followers", MODIFY_PUBLIC, modes=ONLY_EXTENDED)
def follow_playlist(call: Call) -> Answer:
    """Follow a list."""
    call.library.follow_playlist(find_playlist(call).id)
    return Answer(200)


@ROUTER.route("DELETE", "/playlists/{id}/followers", MODIFY_PUBLIC, modes=ONLY_EXTENDED)
def unfollow_playlist(call: Call) -> Answer:
    """Stop following a list, which for an own one is deleting it."""
    call.library.unfollow_playlist(find_playlist(call).id)
    return Answer(200)


@ROUTER.route("GET", "/playlists/{id}/followers/contains", modes=ONLY_EXTENDED)
def follows_playlist(call: Call) -> Answer:
    """Whether the listener follows the list."""
    return json_answer([find_playlist(call).id in call.library.user_playlists])


@ROUTER.route("GET", "/shows", modes=ONLY_EXTENDED)
def shows(call: Call) -> Answer:
    """Up to 50 podcasts."""
    names = {known.show_id: known.show_name for known in call.library.episodes.values()}
    found = [call.payloads.show(s, names[s]) if s in names else None for s in call.query_ids(50)]
    return json_answer({"shows": found})


@ROUTER.route("GET", "/audiobooks", modes=ONLY_EXTENDED)
@ROUTER.route("GET", "/chapters", modes=ONLY_EXTENDED)
def no_books(call: Call) -> Answer:
    """Up to 50 audiobooks or chapters: none exist here."""
    return json_answer({call.path.strip("/"): [None] * len(call.query_ids(50))})


@ROUTER.route("PUT", "/me/episodes", "user-library-modify", modes=ONLY_EXTENDED)
@ROUTER.route("DELETE", "/me/episodes", "user-library-modify", modes=ONLY_EXTENDED)
def change_episodes(call: Call) -> Answer:
    """Save or remove up to 50 episodes."""
    wanted = call.query_ids(50)
    if not all(name in call.library.episodes for name in wanted):
        raise not_found()
    others = [name for name in call.library.saved_episodes if name not in wanted]
    call.library.saved_episodes = wanted + others if call.method == "PUT" else others
    return Answer(200)


@ROUTER.route("GET", "/me/episodes/contains", "user-library-read", modes=ONLY_EXTENDED)
def contains_episodes(call: Call) -> Answer:
    """Booleans for up to 50 episodes."""
    return json_answer([name in call.library.saved_episodes for name in call.query_ids(50)])


def _no_such_kind(call: Call) -> Answer:
    """Shows and audiobooks cannot be saved here: none exist."""
    names = call.query_ids(50)
    if call.method == "PUT":
        raise not_found()
    return json_answer([False] * len(names)) if call.method == "GET" else Answer(200)


for _kind in ("shows", "audiobooks"):
    for _method in ("PUT", "DELETE"):
        ROUTER.route(_method, f"/me/{_kind}", "user-library-modify", modes=ONLY_EXTENDED)(_no_such_kind)
    ROUTER.route("GET", f"/me/{_kind}/contains", "user-library-read", modes=ONLY_EXTENDED)(_no_such_kind)


@ROUTER.route("GET", "/browse/categories", modes=ONLY_EXTENDED)
def categories(call: Call) -> Answer:
    """No categories exist here."""
    return json_answer({"categories": call.page([], lambda payload: payload)})


@ROUTER.route("GET", "/browse/categories/{name}", modes=ONLY_EXTENDED)
def category(call: Call) -> Answer:  # noqa: ARG001 - every handler takes the call
    """No categories exist here."""
    raise not_found()


def _gone(call: Call) -> Answer:  # noqa: ARG001 - every handler takes the call
    raise forbidden()


for _template in (
    "/artists/{id}/related-artists",
    "/audio-analysis/{id}",
    "/audio-features",
    "/audio-features/{id}",
    "/browse/categories/{id}/playlists",
    "/browse/featured-playlists",
    "/recommendations",
):
    ROUTER.route("GET", _template, modes=NOWHERE)(_gone)
