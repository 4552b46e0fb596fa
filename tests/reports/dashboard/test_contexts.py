"""Where listening comes from, against a plain recomputation."""

import random
from collections import Counter
from datetime import timedelta

import pytest

from reports.dashboard.contexts import read_contexts
from reports.dashboard.pages import insights, playlists
from tests.reports.dashboard.reading import read, refresh, render, source_at, text_of
from tests.reports.dashboard.test_playlists import ID, NOW, entry, section

KINDS = {
    "playlist": "Playlists",
    "album": "Albums",
    "artist": "Artists",
    "liked": "Liked songs",
    "other": "Elsewhere",
}
# What an address means.
MEANT = {
    "spotify:playlist:mine": ("playlist", "mine"),
    "spotify:user:somebody:playlist:mine": ("playlist", "mine"),
    "spotify:playlist:unknown": ("playlist", "unknown"),
    "spotify:user:u:collection": ("liked", ""),
    "spotify:collection": ("liked", ""),
    "spotify:user:u:collection:album:al1": ("album", "al1"),
    "spotify:show:one": ("other", ""),
    "spotify:station:artist": ("other", ""),
    **{f"spotify:album:al{each}": ("album", f"al{each}") for each in range(9)},
    **{f"spotify:artist:ar{each}": ("artist", f"ar{each}") for each in range(9)},
}


def play(rows, place, context, **more):
    rows.play("t", NOW - timedelta(minutes=5 * place + 1), context_uri=context, **more)


@pytest.mark.parametrize("seed", range(3))
def test_plays_by_what_they_were_started_from(rows, connection, tmp_path, seed):
    luck = random.Random(seed)
    rows.track("t", artists=("ar1",), album="al1", ms=200_000)
    rows.playlist("mine", name="Mine")
    rows.playlist("quiet", name="Quiet", position=1)
    counts, without = Counter(), 0
    weights = [luck.random() for _ in MEANT]
    for place in range(400):
        [address] = luck.choices([*MEANT], weights)
        if luck.random() < 0.3:
            play(rows, place, None, source="export")
            without += 1
        elif luck.random() < 0.1:
            play(rows, place, address, source="both", ms_played=1_000)  # too short to count
        else:
            play(rows, place, address)
            counts[MEANT[address]] += 1
    refresh(connection)
    with source_at(connection, NOW, tmp_path) as source:
        found = read_contexts(source)
        said = section(text_of(insights.PAGE, source), "contexts")
    assert found.known == counts.total()
    of_kind = Counter()
    for (kind, _), plays in counts.items():
        of_kind[KINDS[kind]] += plays
    assert dict(found.kinds) == of_kind
    assert [plays for _, plays in found.kinds] == sorted(of_kind.values(), reverse=True)
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    assert [((row["kind"], row["item_id"]), row["plays"]) for row in found.first] == ranked[:10]
    assert found.others == len(ranked) - 10
    assert found.other_plays == sum(plays for _, plays in ranked[10:])
    assert found.of_lists["mine"] == counts["playlist", "mine"]
    part = round(100 * counts.total() / (counts.total() + without))
    assert f"Evidence: {counts.total()} plays · coverage {part} % of the plays" in said


def test_a_list_tells_how_many_plays_began_in_it_however_few(rows, connection, tmp_path):
    rows.track("t", ms=200_000)
    rows.playlist("rare", "t", name="Rare")
    rows.playlist("never", "t", name="Never", position=1)
    entry(rows, "rare", "t")
    for each in range(300):
        play(rows, each, f"spotify:album:al{each % 20}")
    play(rows, 301, "spotify:playlist:rare")
    page = render(connection, tmp_path, NOW, playlists.PAGE)
    assert read(connection, tmp_path, NOW, playlists.PAGE)["contexts"].of_lists == {"rare": 1}
    assert "Rare 1 different track; 1 play started from it" in section(page, "health")
    assert "Never 1 different track; 0 plays started from it" in section(page, "health")


def test_few_and_no_known_beginnings_are_a_sentence(rows, connection, tmp_path):
    rows.track("t", ms=200_000)
    rows.playlist("mine", name="Mine")
    play(rows, 1, None)
    play(rows, 2, "spotify:playlist:mine")
    page = render(connection, tmp_path, NOW, insights.PAGE)
    assert "Where listening comes from: known of 1 play so far; from 20 on." in section(page, "later")
    assert 'class="measure"' not in page


def test_what_most_plays_began_in_is_the_same_above_with_a_picture_and_in_the_block(
    rows, connection, tmp_path
):
    rows.track("t", ms=200_000)
    rows.playlist(ID, name="Second")
    for each in range(25):
        play(rows, each, "spotify:collection" if each % 3 else f"spotify:playlist:{ID}")
    page = render(connection, tmp_path, NOW, insights.PAGE)
    assert "Most began here, but for Liked songs Second 9 plays from here" in section(page, "facts")
    assert "Liked songs 16 plays" in section(page, "contexts")


def test_what_is_not_in_the_database_is_named_by_its_kind(rows, connection, tmp_path):
    rows.track("t", ms=200_000)
    rows.playlist("mine", name="Mine")
    for each in range(25):
        play(rows, each, f"spotify:{('playlist', 'album', 'artist')[each % 3]}:{ID}")
    said = section(render(connection, tmp_path, NOW, insights.PAGE), "contexts")
    for words in ("A list that you do not have", "An album not known yet", "An artist not known yet"):
        assert words in said
