"""Taking a list over: what would become of it, who is asked, and what it held."""

import pytest

from playlists import consent
from playlists.writing.adoption import Adoption, adoption_of, is_mostly_selected
from tests.playlists.writing.conftest import Killed, target
from utils.errors import SettingsError
from utils.mirror.own_playlists import read_own_lists

LOCAL = "spotify:local:Artist:Album:Title:200"


def uris(*numbers):
    return [f"spotify:track:{number:022d}" for number in numbers]


def test_what_goes_and_what_comes():
    adoption = Adoption("mix", "id", uris(1, 1, 2, 3), uris(1, 3, 4))
    assert (adoption.kept, adoption.removed, adoption.added) == (2, 2, 1)
    assert not adoption.loses_more_than_it_keeps
    assert Adoption("mix", "id", uris(1, 2, 3), uris(1)).loses_more_than_it_keeps
    assert not Adoption("mix", "id", [], uris(1)).loses_more_than_it_keeps


def test_local_files_stay_and_a_guard_keeps_all():
    assert adoption_of(target([]), "id", [LOCAL, *uris(1)]).kept == 1
    guarded = target([], guard=lambda _old, _removed, new: None if new else "it would be empty")
    assert not adoption_of(guarded, "id", uris(1, 2)).loses_more_than_it_keeps


def test_half_of_what_is_held_has_to_be_what_the_rules_select():
    of_rules = target(uris(1), selects=lambda: uris(1, 2, 3))
    assert is_mostly_selected(of_rules, [*uris(2, 3, 8, 9), LOCAL, ""])
    assert not is_mostly_selected(of_rules, uris(2, 3, 7, 8, 9))
    assert is_mostly_selected(of_rules, [])


class Stream:
    """A stream of a person at a terminal, or of none."""

    encoding = "utf-8"

    def __init__(self, *, is_terminal):
        self.is_terminal = is_terminal
        self.said = ""

    def isatty(self):
        return self.is_terminal

    def write(self, text):
        self.said += text

    def flush(self):
        pass


@pytest.mark.parametrize(
    ("is_terminal", "answer", "is_sure", "may"),
    [
        (True, "y", False, True),
        (True, "", False, False),
        (True, "Ctrl-D", False, False),
        (True, None, True, True),
        (False, None, True, True),
        (False, None, False, False),
    ],
)
def test_a_person_is_asked_on_a_terminal_alone(writing, monkeypatch, is_terminal, answer, is_sure, may):
    mix = writing()
    held = mix.tracks(30)
    adoption = Adoption("mix", "id", held, uris(1))
    stream = Stream(is_terminal=is_terminal)

    class Streams:
        stdin = stdout = stream

    asked = []

    def input_(prompt):
        asked.append(prompt)
        if answer == "Ctrl-D":
            raise EOFError
        return answer

    monkeypatch.setattr(consent, "sys", Streams)
    monkeypatch.setattr("builtins.input", input_)
    monkeypatch.setattr(consent, "say", stream.write)

    def work(run):
        consent.ask_about(run, adoption, is_sure=is_sure, dry_run=False)

    if may:
        mix.do(work)
    else:
        with pytest.raises(SettingsError, match="lose more than it keeps"):
            mix.do(work)
    assert len(asked) == (answer is not None)
    assert stream.said.count("\n- ") == (20 if is_terminal else 0), "20 titles, and how many more"


def test_nothing_is_stored_or_written_where_it_is_not_agreed_to(writing):
    mix = writing()
    held = mix.tracks(10)
    with mix.sim.edit() as library:
        playlist_id = library.new_playlist("By hand", [uri.rpartition(":")[2] for uri in held])

    def refuse(adoption):
        raise SettingsError(str(adoption))

    from playlists.writing.sync import create_or_adopt

    def work(run):
        return create_or_adopt(run, target(held[:1]), read_own_lists(run), playlist_id, consent=refuse)

    with pytest.raises(SettingsError, match="1 stays, 9 go, 0 come"):
        mix.do(work)
    assert mix.writes == 0
    assert mix.world.rows("SELECT * FROM playlist_mappings") == []


def kept(mix):
    return mix.row("before_adoption ->> 'name', before_adoption -> 'uris'")


def test_what_a_list_held_is_kept_before_anything_is_written(writing):
    mix = writing()
    held = mix.tracks(250)
    with mix.sim.edit() as library:
        playlist_id = library.new_playlist("By hand", [uri.rpartition(":")[2] for uri in held])
    mix.die_at = (1, "before")
    with pytest.raises(Killed):
        mix.create(target(held[::-1]), playlist_id)
    assert kept(mix) == ("By hand", held)
    mix.die_at = (2, "after")
    mix.writes = 0
    with pytest.raises(Killed):
        mix.sync(target(held[::-1]))
    mix.die_at = None
    mix.sync(target(held[::-1]))
    assert kept(mix) == ("By hand", held)


def test_what_a_list_held_that_is_mapped_by_hand_is_kept_as_well(writing):
    mix = writing()
    held = mix.tracks(250)
    with mix.sim.edit() as library:
        playlist_id = library.new_playlist("By hand", [uri.rpartition(":")[2] for uri in held])
    mix.do(read_own_lists)
    mix.world.change(
        "INSERT INTO playlist_mappings (user_id, slug, name, rules, playlist_id) "
        "SELECT user_id, 'mix', 'Mix', '{}', %s FROM users",
        playlist_id,
    )
    for number in (1, 2):
        mix.writes, mix.die_at = 0, (number, "after")
        with pytest.raises(Killed):
            mix.sync(target(held[::-1], rules_source="database"))
    mix.die_at = None
    assert mix.sync(target(held[::-1], rules_source="database")).status == "adopted"
    assert kept(mix) == ("By hand", held)


def test_what_a_deleted_list_held_is_kept_for_the_one_that_takes_its_place(writing):
    """It is the only copy that there is."""
    mix = writing()
    held = mix.tracks(10)
    with mix.sim.edit() as library:
        playlist_id = library.new_playlist("By hand", [uri.rpartition(":")[2] for uri in held])
    mix.create(target(held), playlist_id)
    with mix.sim.edit() as library:
        library.unfollow_playlist(playlist_id)
    mix.create(target(held))
    assert kept(mix) == ("By hand", held)
