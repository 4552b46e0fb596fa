"""The section about smart playlists: what is said of which list, and that names and rules stay texts."""

from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

import pytest

from reports.dashboard_data import SmartPlaylist
from reports.playlists_section import playlists_section

ZONE = ZoneInfo("Europe/Berlin")
ID = "0aB1cD2eF3gH4iJ5kL6mN7"
RULES = '{"match": {"all": [{"play_count": {"gte": 5}}, {"any": [{"liked": true}, {"title": "<b>"}]}]}, "limit": 40}'
HOSTILE = '</pre></details></style><script>alert(\'1\')</script>" onload="x" & \u202edesrever <img src=x>'
LIST = SmartPlaylist(
    "rainy", "Rainy Sunday", ID, "active", True, 1234, datetime(2026, 10, 5, 12, tzinfo=UTC), RULES
)


def parsed(*lists: SmartPlaylist) -> Element:
    """The section, read by a parser that forgives nothing."""
    return ElementTree.fromstring(playlists_section(lists, ZONE))


def row(**more: object) -> Element:
    found = parsed(replace(LIST, **more)).find(".//tbody/tr")  # type: ignore[arg-type]
    assert found is not None
    return found


def cell(element: Element, kind: str) -> Element:
    found = element.find(f"td[@class='{kind}']")
    assert found is not None
    return found


def text(element: Element) -> str:
    return "".join(element.itertext())


def test_no_lists_are_no_section() -> None:
    assert playlists_section((), ZONE) == ""


def test_a_row_says_name_size_time_state_and_rules() -> None:
    found = row()
    assert [text(each) for each in found] == [
        "Rainy Sunday",
        "1,234",
        "5 Oct 2026, 14:00",
        "active",
        "Rules of rainyFrom your library, tracks of which all of this holds:play count is at least 5"
        "at least one of these:liked by you: yestitle is “<b>”At most 40 tracks",
    ]
    assert cell(found, "rules").find("details") is not None
    assert cell(found, "rules").find("details[@open]") is None


def test_a_list_that_was_never_brought_up_to_date_has_no_numbers() -> None:
    found = row(track_count=None, last_synced_at=None)
    assert [text(cell(found, kind)) for kind in ("count", "when")] == ["\N{EN DASH}", "not yet"]


@pytest.mark.parametrize(("size", "said"), [(0, "0 tracks"), (1, "1 track"), (2, "2 tracks")])
def test_sizes_have_their_unit(size: int, said: str) -> None:
    found = cell(row(track_count=size), "count")
    assert f"{text(found)} {found.get('data-unit')}" == said


@pytest.mark.parametrize(
    ("status", "is_dynamic", "kind", "said"),
    [
        ("active", True, "active", ["active"]),
        ("creating", True, "creating", ["being made"]),
        ("missing", True, "missing", ["missing", "not to be seen on Spotify at the moment"]),
        ("retired", True, "retired", ["retired", "deleted on Spotify, its rules are kept"]),
        ("active", False, "archive", ["archive", "made once, and left as it is"]),
        (
            "missing",
            False,
            "missing",
            ["missing", "not to be seen on Spotify at the moment", "an archive"],
        ),
        ("<new>", True, "", ["<new>"]),
    ],
)
def test_states_are_in_words(status: str, is_dynamic: bool, kind: str, said: list[str]) -> None:
    found = cell(row(status=status, is_dynamic=is_dynamic), "state")
    assert [text(each) for each in found] == said
    assert (found[0].get("class") or "").split() == ["status", *filter(None, [kind])]


def test_the_name_leads_to_the_list_on_spotify() -> None:
    link = row().find("th/a")
    assert link is not None
    assert link.attrib == {"href": f"https://open.spotify.com/playlist/{ID}", "rel": "noreferrer"}
    assert text(link) == "Rainy Sunday"


@pytest.mark.parametrize(
    "playlist_id",
    [
        None,
        "",
        ID[1:],
        f"{ID}0",
        f"{ID}\n",
        f"{ID[1:]}/",
        f"{ID[1:]}_",
        f"{ID[1:]}\N{ARABIC-INDIC DIGIT ONE}",
        f"{ID[1:]}\u00e9",
        'x" onclick="alert(1)',
        "javascript:alert(1)",
    ],
)
def test_what_is_no_id_is_no_link(playlist_id: str | None) -> None:
    found = row(playlist_id=playlist_id)
    assert found.find(".//a") is None
    assert text(found[0]) == "Rainy Sunday"


def test_hostile_texts_stay_texts() -> None:
    found = row(name=HOSTILE, slug=HOSTILE, rules=HOSTILE, status=HOSTILE, playlist_id=HOSTILE)
    assert {each.tag for each in found.iter()}.isdisjoint({"script", "img", "style", "a"})
    assert not any("onload" in each.attrib for each in found.iter())
    name, rules = found.find("th/bdi"), cell(found, "rules")
    assert name is not None
    assert name.text == HOSTILE
    assert text(rules) == (
        f"Rules of {HOSTILE}They are not rules that this version understands. ./run playlists preview {HOSTILE} says why."
    )


def test_rules_are_lists_in_lists() -> None:
    found = cell(row(), "rules").find("details/ul")
    assert found is not None

    def nested(element: Element) -> list[object]:
        parts: list[object] = []
        for each in element:
            parts.append(each.text)
            parts += [nested(one) for one in each.findall("ul")]
        return parts

    assert nested(found) == [
        "From your library, tracks of which all of this holds:",
        ["play count is at least 5", "at least one of these:", ["liked by you: yes", "title is “<b>”"]],
        "At most 40 tracks",
    ]


def test_a_list_of_a_template_may_have_a_long_slug() -> None:
    assert "play count is at least 5" in text(cell(row(slug="by_" + "a" * 70), "rules"))


def test_a_name_of_blanks_is_said_to_be_missing_and_leads_there_all_the_same() -> None:
    link = row(name=" ").find("th/a")
    assert link is not None
    assert text(link) == "name unknown"


def test_lists_keep_the_order_of_the_data() -> None:
    found = parsed(*(replace(LIST, slug=slug, name=slug.upper()) for slug in ("z", "a", "m")))
    assert [text(each) for each in found.iterfind(".//tbody/tr/th")] == ["Z", "A", "M"]
    assert "3 lists" in text(found)
