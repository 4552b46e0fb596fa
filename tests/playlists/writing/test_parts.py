"""Lists read in parts: what hides nothing is found at once, whatever was edited by hand, and the rest within a week."""

import base64
import hashlib
import random

import pytest

from playlists.writing.alignment import Alignment, Gap
from playlists.writing.parts import edits_between
from simulator.world.catalogue import PlaylistItem
from simulator.world.library import Library
from tests.playlists.writing.conftest import target, written

pytestmark = pytest.mark.once


def version(number, ending=b"h" * 20):
    return base64.b64encode(number.to_bytes(4, "big") + ending).decode()


def old_version(number):
    return base64.b64encode(f"{number},{'a' * 40}".encode()).decode()


@pytest.mark.parametrize(
    ("before", "after", "edits"),
    [
        pytest.param(version(7), version(9), 2, id="a number in four bytes"),
        pytest.param(old_version(99), old_version(102), 3, id="a number in digits"),
        pytest.param("any", "any", 0, id="the same"),
        pytest.param("any", "other", None, id="no version"),
        pytest.param("", version(1), None, id="not known"),
        pytest.param(version(7, b"h" * 19), version(9, b"h" * 19), None, id="of another length"),
        pytest.param(version(9), version(7), -2, id="an older one"),
        pytest.param(version(7), version(7, b"i" * 20), None, id="one number of two versions"),
        pytest.param(old_version(7), version(7), None, id="one number in two forms"),
    ],
)
def test_versions_say_how_many_edits_there_were(before, after, edits):
    assert edits_between(before, after) == edits


def alignment(known, found):
    """`known` and `found` in letters; · for what was not read."""
    made = Alignment(list(known), len(found))
    made.add({place: letter for place, letter in enumerate(found) if letter != "·"})
    return made


@pytest.mark.parametrize(
    ("known", "found", "gaps"),
    [
        pytest.param("abcdefgh", "ab····gh", [Gap(2, 6, True)], id="nothing"),
        pytest.param("abcdefgh", "ab···gh", [Gap(2, 5, False)], id="one has gone"),
        pytest.param("abcdefgh", "ab······", [Gap(2, 8, True)], id="up to the end"),
        pytest.param("abcdefgh", "ab·····", [Gap(2, 7, False)], id="one has gone from the end"),
        pytest.param("abcdefgh", "aX·de··h", [Gap(2, 3, False), Gap(5, 7, True)], id="an end that is new"),
        pytest.param("abacdefg", "ab·cdefg", [Gap(2, 3, True)], id="what is there twice, in a gap"),
        pytest.param("abacdefga", "a·acdefga", [Gap(1, 2, False)], id="what is there twice, at its end"),
    ],
)
def test_what_was_not_read_is_the_same_where_both_ends_are(known, found, gaps):
    assert alignment(known, found).gaps() == gaps


@pytest.mark.parametrize(
    ("found", "edits"),
    [
        pytest.param("abcdefgh", 0, id="none"),
        pytest.param("ab····gh", 0, id="none that is seen"),
        pytest.param("abdefgh", 1, id="one removed"),
        pytest.param("abfgh", 1, id="a range removed"),
        pytest.param("bcdefg", 2, id="both ends removed"),
        pytest.param("abXYcd··gh", 1, id="a range added"),
        pytest.param("abdefghX", 2, id="one removed, one added"),
        pytest.param("abdecfgh", 1, id="one moved to the back"),
        pytest.param("ghab··ef", 1, id="a range moved to the front"),
        pytest.param("abXdefgh", 0, id="perhaps another id"),
    ],
)
def test_the_least_edits_that_explain_what_was_read(found, edits):
    assert alignment("abcdefgh", found).edits() == edits


# On Spotify


def remove_some(chance, items, _new):
    for _ in range(chance.choice((1, 1, 2, 5))):
        del items[chance.randrange(len(items))]


def remove_a_range(chance, items, _new):
    start = chance.randrange(len(items))
    del items[start : start + chance.choice((2, 30, 120))]


def add_some(chance, items, new):
    place = chance.choice((0, len(items), chance.randrange(len(items))))
    items[place:place] = [PlaylistItem("track", new.pop()) for _ in range(chance.choice((1, 1, 3, 60)))]


def move_a_range(chance, items, _new):
    length = chance.choice((1, 1, 4, 70))
    start = chance.randrange(len(items) - length)
    part = items[start : start + length]
    del items[start : start + length]
    place = chance.choice((0, len(items), chance.randrange(len(items)), start + 1))
    items[place:place] = part


def change_the_cover(_chance, _items, _new):
    pass


KINDS = [remove_some, remove_a_range, add_some, move_a_range, change_the_cover]


class Hands:
    """A list of 700 tracks that somebody edits by hand."""

    def __init__(self, mix, seed):
        self.mix, self.chance = mix, random.Random(seed)
        made = mix.tracks(1_900)
        self.wanted, self.new = made[:700], [one.rpartition(":")[2] for one in made[700:]]
        mix.made_of(self.wanted)

    def edit(self, kinds):
        with self.mix.sim.edit() as library:
            for kind in kinds:
                kind(self.chance, library.playlists[self.mix.playlist_id].items, self.new)
                library.touch_playlist(self.mix.playlist_id)

    def sync(self):
        return self.mix.sync(target(self.wanted)).status


@pytest.mark.search("seed", range(3), range(40))
def test_any_one_edit_by_hand_is_undone_by_the_next_run(writing, seed):
    hands = Hands(writing(), seed)
    for _ in range(6):
        kind = hands.chance.choice(KINDS)
        hands.edit([kind])
        hands.sync()
        assert hands.mix.contents() == hands.wanted, kind
        with hands.mix.asked() as asked:
            assert hands.sync() == "unchanged"
        assert asked == ["GET /me/playlists"]


@pytest.mark.search("seed", range(3), range(40))
def test_several_edits_by_hand_are_undone_within_a_week(writing, seed):
    hands = Hands(writing(), seed)
    for _ in range(4):
        kinds = hands.chance.choices(KINDS, k=hands.chance.choice((2, 3, 12)))
        hands.edit(kinds)
        hands.sync()
        if hands.mix.contents() != hands.wanted:
            assert hands.mix.row("unproven_since IS NOT NULL") == (True,), kinds
        hands.mix.world.change(
            "UPDATE playlist_mappings SET unproven_since = unproven_since - interval '7 days'"
        )
        hands.sync()
        assert hands.mix.contents() == hands.wanted, kinds


@pytest.mark.parametrize(
    "edit", [lambda items: items.reverse(), lambda items: items.sort(key=id), list.clear]
)
def test_another_list_altogether_is_read_as_a_whole_and_put_right(writing, edit):
    hands = Hands(writing(), 1)
    with hands.mix.sim.edit() as library:
        edit(library.playlists[hands.mix.playlist_id].items)
        library.touch_playlist(hands.mix.playlist_id)
    assert hands.sync() == "updated"
    assert hands.mix.contents() == hands.wanted


def move_two(_chance, items, _new):
    """Between pages that nobody would read, if nothing seems to have changed: no page shows it but their own."""
    items[420], items[421] = items[421], items[420]


FORMS = {
    "a hash": lambda numbered, _edits: hashlib.sha256(numbered.encode()).hexdigest(),
    "a name": lambda _numbered, edits: f"version-{edits}",
    "a number": lambda _numbered, edits: str(edits),
    "bytes that begin alike": lambda numbered, _edits: version(7, hashlib.sha1(numbered.encode()).digest()),
    "bytes by chance": lambda numbered, _edits: base64.b64encode(
        hashlib.sha256(numbered.encode()).digest()[:24]
    ).decode(),
    "a number that goes down": lambda numbered, edits: version(
        10**6 - edits, hashlib.sha1(numbered.encode()).digest()
    ),
    "a number of other steps": lambda numbered, edits: version(
        100 * edits, hashlib.sha1(numbered.encode()).digest()
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_versions_that_say_nothing_cost_the_whole_list(writing, monkeypatch, form):
    """Spotify may give them another form; then the list is proven as a whole, and nothing is believed."""
    count_edit = Library.touch_playlist

    def touch(library, playlist_id):
        numbered, playlist = count_edit(library, playlist_id), library.playlists[playlist_id]
        playlist.snapshot_id = FORMS[form](numbered, playlist.edits)
        playlist.versions[playlist.snapshot_id] = playlist.versions.pop(numbered)
        return playlist.snapshot_id

    monkeypatch.setattr(Library, "touch_playlist", touch)
    hands = Hands(writing(), 1)
    for edits, wanted in (([move_two], hands.wanted), ([remove_some], hands.wanted), ([], hands.wanted[1:])):
        hands.edit(edits)
        hands.wanted = wanted
        with hands.mix.asked() as asked:
            hands.sync()
        assert hands.mix.contents() == hands.wanted
        assert len([request for request in asked if request.startswith("GET /playlists/")]) >= 14
        assert hands.mix.row("unproven_since") == (None,)
    with hands.mix.asked() as asked:
        assert hands.sync() == "unchanged"
    assert asked == ["GET /me/playlists"]


def test_a_page_that_does_not_fit_is_no_proof(writing):
    """An empty page in the middle, with the total as ever: the list is read as a whole, and nothing is taken for gone."""
    hands = Hands(writing(), 1)
    hands.edit([remove_some])
    hands.mix.sim.faults.add("emptied", match=r"GET /playlists/\w+/items", times=1)
    hands.sync()
    assert hands.mix.contents() == hands.wanted


def test_an_edit_while_parts_are_read_is_found(writing):
    hands = Hands(writing(), 1)
    hands.edit([remove_some])
    pages = []

    def hook(request):
        if request.path.endswith("/items") and request.method == "GET":
            pages.append(request)
            if len(pages) == 2:
                hands.edit([add_some])

    hands.mix.sim.on_request = hook
    hands.sync()
    hands.mix.sim.on_request = None
    assert hands.mix.contents() == hands.wanted


def hide_a_local_file(mix):
    """By hand, as one sees it: three tracks go from the end; and one in the middle goes, and a local file comes there."""
    with mix.sim.edit() as library:
        items = library.playlists[mix.playlist_id].items
        for place in (670, 660, 650):
            del items[place]
        library.touch_playlist(mix.playlist_id)
        del items[220]
        library.touch_playlist(mix.playlist_id)
        library.playlist_add_local(mix.playlist_id, "Artist", "Album", "Title")
        items = library.playlists[mix.playlist_id].items
        items.insert(230, items.pop())


def test_what_nobody_has_looked_at_is_not_thrown_away(writing):
    """A list that is replaced as a whole is read before it, where only parts of it were: there may be a local file in it."""
    hands = Hands(writing(), 1)
    hide_a_local_file(hands.mix)
    hands.sync()
    assert hands.wanted[220] not in hands.mix.contents(), "it hides behind the three others"
    hands.chance.shuffle(hands.wanted)
    hands.sync()
    found = hands.mix.contents()
    assert [place for place, uri in enumerate(found) if uri.startswith("spotify:local:")] == [230]
    assert [*found[:230], *found[231:]] == hands.wanted


def test_a_hidden_edit_is_found_a_week_later_although_nothing_has_changed(writing):
    hands = Hands(writing(), 1)
    hide_a_local_file(hands.mix)
    hands.sync()
    with hands.mix.asked() as asked:
        assert hands.sync() == "unchanged"
    assert asked == ["GET /me/playlists"]
    hands.mix.world.change("UPDATE playlist_mappings SET unproven_since = unproven_since - interval '7 days'")
    assert hands.sync() == "updated"
    assert [uri for uri in hands.mix.contents() if not uri.startswith("spotify:local:")] == hands.wanted
    with hands.mix.asked() as asked:
        assert hands.sync() == "unchanged"
    assert asked == ["GET /me/playlists"]


def test_a_moment_in_the_future_is_not_waited_for(writing):
    """A clock was wrong when it was noted."""
    hands = Hands(writing(), 1)
    hide_a_local_file(hands.mix)
    hands.sync()
    hands.mix.world.change("UPDATE playlist_mappings SET unproven_since = now() + interval '300 days'")
    assert hands.sync() == "updated"
    assert [uri for uri in hands.mix.contents() if not uri.startswith("spotify:local:")] == hands.wanted


def test_a_dry_run_of_a_changed_list_reads_the_same_pages_and_stores_nothing(writing):
    hands = Hands(writing(), 1)
    hands.edit([remove_some])
    row = hands.mix.row("*")
    with hands.mix.asked() as asked:
        result = hands.mix.sync(target(hands.wanted), dry_run=True)
    assert (result.status, written(asked)) == ("updated", [])
    assert hands.mix.row("*") == row
