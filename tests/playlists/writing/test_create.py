"""Which list a slug is: created once, taken over, refused, retired and back. Checklist S1-24; cases 1, 2 and 44."""

import pytest

from playlists.writing.create import parse_playlist_id
from playlists.writing.sync import hide_list
from playlists.writing.target import ListError
from simulator.api.payloads import Payloads
from tests.playlists.writing.conftest import DESCRIPTION, NAME, target, written
from utils.errors import ConsentError, JobError, PayloadError, UnknownOutcomeError
from utils.mirror.own_playlists import read_own_lists

pytestmark = pytest.mark.once
ID = "37i9dQZF1DXcBWIGoYBM5M"


@pytest.fixture
def mix(writing, mode):
    return writing(mode=mode)


# Links


@pytest.mark.parametrize(
    "given",
    [
        ID,
        f"  {ID}\n",
        f"https://open.spotify.com/playlist/{ID}",
        f"https://open.spotify.com/playlist/{ID}?si=abc123&pt=x",
        f"https://open.spotify.com/intl-de/playlist/{ID}?si=abc",
        f"https://open.spotify.com/user/someone/playlist/{ID}",
        f"http://open.spotify.com/playlist/{ID}/",
        f"spotify:playlist:{ID}",
        f"spotify:user:some.one:playlist:{ID}",
    ],
)
def test_every_way_to_name_a_playlist(given):
    assert parse_playlist_id(given) == ID


@pytest.mark.parametrize(
    "given", ["", "Mix", f"spotify:album:{ID}", f"https://open.spotify.com/album/{ID}", ID + "x", ID[1:]]
)
def test_what_is_no_playlist_is_refused(given):
    with pytest.raises(ListError, match="is not a playlist"):
        parse_playlist_id(given)


# Taking over


def test_a_list_is_taken_over_by_its_link(mix):
    uris = mix.tracks(30)
    with mix.sim.edit() as library:
        playlist_id = library.new_playlist("By hand", [uri.rpartition(":")[2] for uri in uris[:20]])
    result = mix.create(target(uris[10:]), f"https://open.spotify.com/intl-nl/playlist/{playlist_id}?si=1")
    assert (result.status, result.playlist_id, result.added, result.removed) == (
        "adopted",
        playlist_id,
        10,
        10,
    )
    assert mix.contents(playlist_id) == uris[10:]
    assert result.details == {"name": NAME, "description": DESCRIPTION}
    with mix.sim.edit() as library:
        assert len(library.playlists) == 1
    assert mix.sync(target(uris[10:])).status == "unchanged"


def test_a_row_by_hand_is_enough_to_take_a_list_over(mix):
    uris = mix.tracks(10)
    with mix.sim.edit() as library:
        playlist_id = library.new_playlist("By hand")
    mix.do(read_own_lists)
    mix.world.change(
        "INSERT INTO playlist_mappings (user_id, slug, name, rules, playlist_id) "
        "SELECT user_id, 'mix', 'My own name {date}', '{\"limit\": 3}', %s FROM users",
        playlist_id,
    )
    result = mix.sync(target(uris, rules_source="database"))
    assert (result.status, mix.contents(playlist_id)) == ("adopted", uris)
    kept = mix.row("name, rules, rules_source, status")
    assert kept == ("My own name {date}", {"limit": 3}, "database", "active")


def test_a_row_by_hand_without_a_list_creates_one(mix):
    uris = mix.tracks(10)
    mix.do(read_own_lists)
    mix.world.change(
        "INSERT INTO playlist_mappings (user_id, slug, name, rules) SELECT user_id, 'mix', 'x', '{}' FROM users"
    )
    assert mix.sync(target(uris, rules_source="database")).status == "created"
    assert mix.contents() == uris


def test_a_new_database_finds_the_list_again(mix):
    uris = mix.tracks(30)
    mix.made_of(uris)
    mix.world.change("DELETE FROM playlist_mappings")
    assert mix.sync(target(uris[5:])).status == "adopted"
    assert len(mix.lists()) == 1
    assert mix.contents() == uris[5:]


def test_a_list_of_the_listeners_own_with_the_same_name_is_not_touched(mix):
    uris = mix.tracks(30)
    with mix.sim.edit() as library:
        own = library.new_playlist(NAME, [uri.rpartition(":")[2] for uri in uris[:20]])
    assert mix.sync(target(uris[20:], description="")).status == "created"
    assert len(mix.lists()) == 2
    assert mix.contents(own) == uris[:20]


# Refused, before anything is created (case 44)


def refused(mix, one, playlist, match):
    with mix.asked() as asked, pytest.raises(ListError, match=match):
        mix.create(one, playlist)
    assert written(asked) == []


def test_collisions_are_refused_before_anything_is_created(mix):
    uris = mix.tracks(10)
    mix.made_of(uris)
    with mix.sim.edit() as library:
        other = library.new_playlist("Other")
        theirs = library.new_playlist("Theirs", owner_id="somebody")
    refused(mix, target(uris, "mix_2"), None, "The list mix has the same name already")
    refused(mix, target(uris, "mix_2", name="x"), mix.playlist_id, "is the list mix already")
    refused(mix, target(uris), other, f"mix has another list already: .*{mix.playlist_id}")
    mix.do(lambda run: hide_list(run, target(uris), read_own_lists(run)))
    refused(mix, target(uris), other, f"mix has another list already: .*{mix.playlist_id}")
    refused(mix, target(uris, "new", name="x"), theirs, "belongs to somebody else")
    refused(mix, target(uris, "new", name="x"), ID, "is not among your playlists")
    refused(mix, target(uris, "new", name="x"), "nonsense", "is not a playlist")
    refused(mix, target(uris, "exclusions", name="x"), None, "excluded tracks")
    refused(
        mix, target(uris, "new", name="Exclusions"), None, "The list exclusions has the same name already"
    )
    refused(
        mix, target(uris, "new", name="x", is_public=True, is_collaborative=True), None, "cannot be public"
    )
    refused(mix, target(uris, "new", name="  "), None, "no name")
    assert mix.world.rows("SELECT count(*) FROM playlist_mappings") == [(1,)]


def test_creating_a_list_that_is_there_brings_it_up_to_date(mix):
    uris = mix.tracks(10)
    mix.made_of(uris)
    assert mix.create(target(uris[1:])).status == "updated"
    assert len(mix.lists()) == 1


# Deleted on Spotify, and not to be seen (cases 1 and 2)


@pytest.fixture
def made(mix):
    mix.uris = mix.tracks(20)
    mix.made_of(mix.uris, rules='{"limit": 20}')
    return mix


def delete(mix):
    with mix.sim.edit() as library:
        library.unfollow_playlist(mix.playlist_id)


def again(mix, uris=None):
    return mix.sync(target(uris or mix.uris[3:], rules='{"limit": 20}'))


def test_a_deleted_list_is_retired_and_its_rules_are_kept(made):
    delete(made)
    before = made.row("playlist_id, rules, name, last_synced_at")
    for questions in (["GET /me/library/contains"], []):
        with made.asked() as asked:
            result = again(made)
        assert result.status == "retired"
        assert "generate_playlist mix" in result.message
        assert asked == ["GET /me/playlists", *questions]
    assert made.row("playlist_id, rules, name, last_synced_at") == before
    assert made.row("status") == ("retired",)
    assert before[1] == {"limit": 20}


def test_a_retired_list_that_shows_up_again_is_active(made):
    playlist_id = made.playlist_id
    delete(made)
    again(made)
    with made.sim.edit() as library:
        library.follow_playlist(playlist_id)
    assert again(made).status == "updated"
    assert made.row("status") == ("active",)
    assert made.contents() == made.uris[3:]


def test_a_retired_list_is_created_again_on_demand(made):
    old = made.playlist_id
    delete(made)
    again(made)
    result = made.create(target(made.uris))
    assert (result.status, made.row("status")) == ("created", ("active",))
    assert made.playlist_id == result.playlist_id != old
    assert made.contents(result.playlist_id) == made.uris
    assert made.sync(target(made.uris)).status == "unchanged"


FAULTS = [
    {"kind": "status", "status": 500, "times": None},
    {"kind": "status", "status": 404},
    {"kind": "status", "status": 403},
    {"kind": "status", "status": 401, "times": None},
    {"kind": "rate_limit", "retry_after": 4000},
    {"kind": "reset", "times": None},
    {"kind": "status", "status": 200, "json": {"items": None, "total": 0}},
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f"{f['kind']}-{f.get('status', '')}")
@pytest.mark.usefixtures("quick_retries")
def test_trouble_while_listing_retires_nothing(made, fault):
    """Case 1."""
    row = made.row("*")
    made.sim.faults.add(match="GET /me/playlists", **fault)
    with pytest.raises(Exception):  # noqa: B017, PT011 - whatever it is, it comes before any list is looked at
        again(made)
    assert made.row("*") == row


def test_a_list_that_is_not_shown_for_lack_of_a_scope_is_not_retired(made):
    """Case 2: without playlist-read-private, private lists are not shown."""
    from simulator.routes.playlists import READ

    scopes = made.sim.accounts.consents[-1].scopes
    delete(made)  # as good as not shown
    made.world.change("UPDATE users SET granted_scopes = %s", " ".join(sorted(scopes - {READ})))
    assert again(made).status == "missing"
    assert made.row("status, rules") == ("missing", {"limit": 20})
    made.world.change("UPDATE users SET granted_scopes = NULL")
    assert again(made).status == "missing"
    made.world.change("UPDATE users SET granted_scopes = %s", " ".join(sorted(scopes)))
    assert again(made).status == "retired"


def test_a_consent_without_the_scope_retires_nothing(made):
    from simulator.routes.playlists import READ

    row = made.row("*")
    made.sim.new_consent(made.sim.accounts.consents[-1].scopes - {READ})
    with pytest.raises((ConsentError, JobError)):
        again(made)
    assert made.row("*") == row


# A listing that shows null entries, or does not show a list that is there: the id is asked for


def null_entries(mix, *places):
    """As Spotify lists its own lists since November 2024."""
    with mix.sim.edit() as library:
        for place in places:
            library.user_playlists.insert(place, None)


def hide(mix, playlist_id=None):
    with mix.sim.edit() as library:
        library.unlisted.add(playlist_id or mix.playlist_id)


def lists_of_the_listener(mix):
    with mix.sim.edit() as library:
        return len([playlist_id for playlist_id in library.user_playlists if playlist_id])


def test_null_entries_do_not_keep_a_deleted_list_from_being_retired(made):
    null_entries(made, 0, 0, 1)
    delete(made)
    assert again(made).status == "retired"
    assert made.row("status, rules") == ("retired", {"limit": 20})


def test_null_entries_do_not_keep_a_deleted_list_from_being_created_again(made):
    null_entries(made, 0, 1)
    old = made.playlist_id
    delete(made)
    result = made.create(target(made.uris))
    assert (result.status, result.message) == ("created", "")
    assert made.playlist_id != old
    assert made.sync(target(made.uris)).status == "unchanged"


def test_a_list_that_is_shown_as_null_is_missing_and_not_created_again(made):
    """The question and the listing disagree."""
    hide(made)
    for _ in range(2):
        with made.asked() as asked:
            result = again(made)
        assert (result.status, made.row("status")) == ("missing", ("missing",))
        assert "not to be seen at the moment" in result.message
        assert (
            "Spotify does not list it, and says, asked for it, that it is in your library" in result.message
        )
        assert asked == ["GET /me/playlists", "GET /me/library/contains"]
    assert lists_of_the_listener(made) == 1
    with made.sim.edit() as library:
        library.unlisted.clear()
    assert again(made).status == "updated"
    assert made.row("status") == ("active",)


def test_somebody_who_asks_gets_a_list_and_is_told_what_is_in_doubt(made):
    old = made.playlist_id
    hide(made)
    result = made.create(target(made.uris))
    assert result.status == "created"
    assert f"playlist {old} may still be there" in result.message
    assert made.contents(made.playlist_id) == made.uris
    assert lists_of_the_listener(made) == 2
    assert made.sync(target(made.uris)).status == "unchanged"
    result = made.create(target(made.uris))
    assert (result.status, result.message) == ("unchanged", "")
    assert lists_of_the_listener(made) == 2


def test_a_list_that_is_taken_over_says_what_is_in_doubt_about_the_one_before(made):
    old = made.playlist_id
    with made.sim.edit() as library:
        other = library.new_playlist("Other")
    hide(made)
    result = made.create(target(made.uris), other)
    assert (result.status, made.playlist_id) == ("adopted", other)
    assert f"playlist {old} may still be there" in result.message


def test_one_wrong_answer_to_the_question_retires_nothing(made):
    made.sim.faults.add("status", match="/me/library/contains", status=200, json=[False], times=None)
    assert again(made).status == "updated", "it is listed, so nothing is asked"


@pytest.mark.parametrize("answer", [[None], [], [0], {}], ids=repr)
def test_an_odd_answer_to_the_question_retires_nothing(made, answer):
    delete(made)
    row = made.row("*")
    made.sim.faults.add("status", match="/me/library/contains", status=200, json=answer, times=None)
    with pytest.raises(PayloadError):
        again(made)
    assert made.row("*") == row


def test_nothing_is_created_twice_by_a_run_that_nobody_asked_for(mix):
    """An earlier run may have created the list, and the listing moves while it is read."""
    uris = mix.tracks(5)
    mix.do(read_own_lists)
    mix.sim.faults.add("lost_answer", match="POST /me/playlists")
    with pytest.raises(UnknownOutcomeError):
        mix.sync(target(uris))
    hide(mix, mix.lists()[0].id)
    moving = {"items": [None], "total": 2, "next": None}
    mix.sim.faults.add("status", match="GET /me/playlists", status=200, json=moving, times=2)
    with pytest.raises(ListError, match="may have created this list"):
        mix.sync(target(uris))
    assert len(mix.lists()) == 1
    result = mix.create(target(uris))
    assert result.status == "created"
    assert "may have created this list" in result.message
    assert len(mix.lists()) == 2


@pytest.mark.parametrize("status", [403, 404])
def test_a_list_that_cannot_be_read_is_missing(made, status):
    with made.sim.edit() as library:
        library.touch_playlist(made.playlist_id)
    made.sim.faults.add("status", match=r"GET /playlists", status=status, times=None)
    assert again(made).status == "missing"
    assert made.row("status, rules") == ("missing", {"limit": 20})
    made.sim.faults.clear()
    assert again(made, made.uris).status == "unchanged"
    assert made.row("status") == ("active",)


def test_a_list_created_in_this_run_is_not_taken_for_deleted(mix):
    from playlists.writing.sync import sync_list

    uris = mix.tracks(5)

    def twice(run):
        lists = read_own_lists(run)
        return [sync_list(run, target(uris), lists).status for _ in range(2)]

    assert mix.do(twice) == ["created", "unchanged"]


def test_the_listing_is_read_page_by_page_null_entries_included(mix):
    with mix.sim.edit() as library:
        for number in range(120):
            library.new_playlist(f"Rock &amp; R/b {number}", description="a/b <c>" if number else None)
    with mix.asked() as asked:
        lists = mix.do(read_own_lists)
    assert len([one for one in asked if one == "GET /me/playlists"]) == 3
    assert (len(lists.by_id), lists.has_scopes, lists.is_steady) == (120, True, True)
    assert {one.description for one in lists.by_id.values()} == {"", "a/b <c>"}
    with mix.sim.edit() as library:
        library.user_playlists.insert(70, None)
    lists = mix.do(read_own_lists)
    assert (len(lists.by_id), lists.has_scopes, lists.is_steady) == (120, True, True)


def test_a_listing_that_moves_while_it_is_read_is_not_steady(mix):
    with mix.sim.edit() as library:
        for number in range(60):
            library.new_playlist(f"List {number}")

    def hook(request):
        if request.query.get("offset") == "50":
            with mix.sim.edit() as library:
                library.unfollow_playlist(library.user_playlists[0])

    mix.sim.on_request = hook
    lists = mix.do(read_own_lists)
    assert (lists.is_steady, lists.shows_all) == (False, False)
    mix.sim.on_request = None


# Name, description, visibility


def test_details_are_set_once_each_time_they_change(made):
    wanted = {
        "name": "Mix  of\nAC/DC & more",
        "description": "Every <b>track</b>\nthat's / was",
        "is_public": True,
    }
    with made.asked() as asked:
        result = made.sync(target(made.uris, **wanted))
    assert written(asked) == [f"PUT /playlists/{made.playlist_id}"]
    assert (result.status, result.details["name"]) == ("updated", "Mix of AC/DC & more")
    with made.sim.edit() as library:
        found = library.playlists[made.playlist_id]
    assert (found.name, found.description, found.public) == (
        "Mix of AC/DC & more",
        "Every <b>track</b> that's / was",
        True,
    )
    with made.asked() as asked:
        assert made.sync(target(made.uris, **wanted)).status == "unchanged"
    assert asked == ["GET /me/playlists"]


def test_a_text_that_spotify_stores_in_its_own_way_is_not_sent_for_ever(made):
    made.sync(target(made.uris, description="Straße — “quoted”"))
    with made.sim.edit() as library:
        library.playlists[made.playlist_id].description = 'Strasse - "quoted"'
    for _ in range(2):
        with made.asked() as asked:
            assert made.sync(target(made.uris, description="Straße — “quoted”")).status == "unchanged"
        assert asked == ["GET /me/playlists"]


def test_a_name_given_by_hand_stays_until_the_definitions_own_changes(made):
    with made.sim.edit() as library:
        library.playlist_change(made.playlist_id, name="My favourite")
    assert made.sync(target(made.uris)).status == "unchanged"
    assert made.sync(target(made.uris[1:])).details == {}
    assert len(made.lists("My favourite")) == 1
    assert made.sync(target(made.uris[1:], name="Mix 2")).details == {"name": "Mix 2"}


def test_an_empty_description_is_never_sent(made):
    """Spotify refuses it."""
    assert made.sync(target(made.uris, description="")).status == "unchanged"
    result = made.sync(target(made.uris, description="", name="Mix 2"))
    assert result.details == {"name": "Mix 2"}


def test_public_and_collaborative_exclude_each_other(made):
    for public, collaborative in ((True, False), (False, True), (True, False), (False, False)):
        made.sync(target(made.uris, is_public=public, is_collaborative=collaborative))
        [found] = made.lists()
        assert (found.public, found.collaborative) == (public, collaborative)


@pytest.mark.parametrize(("public", "collaborative"), [(True, False), (False, True)])
def test_a_list_is_created_as_its_definition_says(mix, public, collaborative):
    mix.sync(target(mix.tracks(3), is_public=public, is_collaborative=collaborative))
    [found] = mix.lists()
    assert (found.public, found.collaborative) == (public, collaborative)


def by_hand(mix, *, public):
    with mix.sim.edit() as library:
        library.playlist_change(mix.playlist_id, public=public)


def is_public(mix):
    [found] = mix.lists()
    return found.public


def test_private_in_a_definition_wins_over_a_change_by_hand(made):
    written_so = target(made.uris, says_public=True)
    made.sync(written_so)
    for _ in range(2):
        by_hand(made, public=True)
        result = made.sync(written_so)
        assert (result.status, is_public(made)) == ("updated", False)
        assert result.details == {"public": False, "collaborative": False}
        with made.asked() as asked:
            assert made.sync(written_so).status == "unchanged"
        assert asked == ["GET /me/playlists"]


def test_a_change_by_hand_from_before_it_was_written_down_is_undone_as_well(made):
    by_hand(made, public=True)
    assert made.sync(target(made.uris)).status == "unchanged"
    assert is_public(made), "a definition that does not say leaves it"
    assert made.sync(target(made.uris, says_public=True), dry_run=True).details["public"] is False
    assert is_public(made)
    made.sync(target(made.uris, says_public=True))
    assert not is_public(made)


def test_public_in_a_definition_wins_as_well(made):
    loud = target(made.uris, is_public=True, says_public=True)
    made.sync(loud)
    by_hand(made, public=False)
    made.sync(loud)
    assert is_public(made)


@pytest.mark.parametrize("where", ["listed_playlist", "playlist"])
def test_a_list_that_spotify_goes_on_showing_as_public_is_not_set_day_after_day(made, monkeypatch, where):
    """The listing alone may be wrong, and the list itself as well."""
    show = getattr(Payloads, where)
    monkeypatch.setattr(Payloads, where, lambda self, *given: {**show(self, *given), "public": True})
    quiet = target(made.uris, says_public=True)
    for _ in range(2):
        made.sync(quiet)
    with made.asked() as asked:
        assert made.sync(quiet).status == "unchanged"
    assert asked == ["GET /me/playlists"]


def test_a_public_list_that_is_taken_over_stays_public_unless_the_definition_says_otherwise(mix):
    uris = mix.tracks(4)
    with mix.sim.edit() as library:
        ids = [library.new_playlist(f"By hand {n}", public=True) for n in range(2)]
    mix.create(target(uris, "open"), ids[0])
    mix.create(target(uris, "closed", name="Mix 2", says_public=True), ids[1])
    with mix.sim.edit() as library:
        assert [library.playlists[one].public for one in ids] == [True, False]
    assert mix.sync(target(uris, "open")).status == "unchanged"


def test_new_rules_are_kept_although_the_contents_stay(made):
    assert made.sync(target(made.uris, rules='{"limit": 21}')).status == "unchanged"
    assert made.row("rules") == ({"limit": 21},)
