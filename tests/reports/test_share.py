"""`./run share`: sizes, margins, text of every script that is not cut; figures of the pages. Looked at as well: docs/share.md."""

import random
import re
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from PIL import Image, ImageChops

from reports.cards import content, faces, text
from reports.cards.content import Card, Ranked
from reports.cards.drawing import SMALLEST_FIGURE, SUPPORTING, Drawing
from reports.cards.faces import face_of, font
from reports.cards.text import ELLIPSIS, Style, Text, clusters_of, fitted, ordered
from reports.cards.theme import FORMATS, THEMES
from reports.dashboard.words import duration_text
from reports.figures import answers
from tests.conftest import new_database
from tests.reports.dashboard.made_up_listening import NOW, artist_id, store, years_of_listening
from tests.reports.dashboard.reading import refresh, source_at
from tests.rows import Rows
from utils import ROOT
from utils.errors import SettingsError

NAMES = {
    "Latin": "Sigur Rós: Ágætis byrjun",
    "Cyrillic": "Кино «Группа крови»",
    "Greek": "Αλέξης Αύριο",
    "Arabic": "فيروز نسم علينا",
    "Hebrew": "שלום חנוך",
    "Devanagari": "लता मंगेशकर",
    "Thai": "ฝนเดือนหก น้ำตา",
    "Chinese": "王菲天空",
    "Japanese": "久石譲 となりのトトロ",
    "Korean": "방탄소년단 봄날",
    "emoji": "🎵🦄👩‍🎤🇩🇪❤️",
}
LONG = {name: (word * 200)[:1000] for name, word in NAMES.items()} | {"no spaces": "x" * 1000}
STYLE = Style(40, 600, "#000000")


def ink(picture: Image.Image, paper: str) -> tuple[int, int, int, int]:
    """What is drawn upon: left, top, right, bottom."""
    return ImageChops.difference(picture, Image.new("RGB", picture.size, paper)).getbbox()


def drawn(shown: Text) -> Image.Image:
    picture = Image.new("RGB", (max(round(shown.width), 1) + 80, 160), "#ffffff")
    shown.draw(picture, 40, 100)
    return picture


def ranked(names) -> list[Ranked]:
    return [
        Ranked(
            place + 1,
            name,
            f"{90 - place:,} plays",
            f"{90 - place:,}",
            1 - place / 20,
            Path("none"),
            place % 2 == 0,
        )
        for place, name in enumerate(names)
    ]


def cards(names: list[str]) -> list[Card]:
    footer = ["1 Jan 2026 to 29 Nov 2026, so far", "as far as known: 320 of 333 days"]
    hero = (names[0], Path("none"), True)
    return [
        Card("a", "My 2026 in music", "", "12,565 h", ["123,456 plays on 333 days"], "Top artists", ranked(names[:5]), hero, footer),
        Card("b", "My number 1,234 artist", names[0], "12,565 plays", ["565 h on 94 days"], "Top tracks", ranked(names[-5:]), hero, footer),
        Card("c", "My top 10 artists by minutes", names[0], "", [], "", ranked(names[:10]), None, footer),
    ]  # fmt: skip


@pytest.mark.parametrize("form", FORMATS.values(), ids=lambda form: form.key)
@pytest.mark.parametrize("names", [NAMES, LONG], ids=["names", "1000 characters"])
def test_a_card_has_its_size_and_empty_margins(form, names):
    theme = random.Random(form.key).choice(list(THEMES.values()))
    for card in cards(list(names.values())):
        picture = Drawing(card, form, theme).drawn()
        assert picture.size == (form.width, form.height)
        left, top, right, bottom = ink(picture, theme.paper)
        assert form.width - right >= 0.08 * form.width - 2, card.slug
        assert left >= 0.08 * form.width - 2, card.slug
        assert min(top, form.height - bottom) >= form.bleed * form.height - 2, card.slug


def test_no_text_is_small():
    assert {form.key: form.smallest * 1080 / form.width >= 28 for form in FORMATS.values()} == dict.fromkeys(
        FORMATS, True
    )


def test_the_colours_are_those_of_the_site():
    css = (ROOT / "reports/assets/site.css").read_text()
    for theme, block in zip(
        THEMES.values(), re.findall(r"\{\s*color-scheme: \w+;(.*?)\}", css, re.DOTALL), strict=False
    ):
        colours = dict(re.findall(r"--([\w-]+): (#\w+)", block))
        found = (theme.paper, theme.ink, theme.muted, theme.rule, theme.accent, theme.on_low, theme.on_high)
        assert found == tuple(
            colours[name] for name in ("paper", "ink", "muted", "rule", "accent", "on-low", "on-high")
        )
        assert theme.heat == tuple(colours[f"heat-{each}"] for each in range(1, 6))


@pytest.mark.parametrize("name", NAMES)
def test_each_script_is_drawn_and_not_with_boxes(name):
    shown = Text(NAMES[name], STYLE)
    for run in shown.runs:
        used = font(run.face, STYLE.size, STYLE.weight)
        box = bytes(used.getmask("\U0010ffff"))
        assert all(each == " " or bytes(used.getmask(each)) != box for each in run.clusters), name
    picture = drawn(shown)
    left, _, right, _ = ink(picture, "#ffffff")
    assert right - left > 0.8 * shown.width
    assert left >= 30
    assert right <= picture.width - 30
    assert not faces.missing


@pytest.mark.parametrize("name", LONG)
def test_a_thousand_characters_end_with_an_ellipsis(name):
    for width in (200, 700):
        found = Text(LONG[name], STYLE).within(width)
        assert found.width <= width
        assert found.width > 0.7 * width
        assert found.clusters[-1] == ELLIPSIS
        lines = fitted(LONG[name], STYLE, width, 2)
        assert len(lines) == 2
        assert all(line.width <= width for line in lines)
        assert lines[-1].clusters[-1] == ELLIPSIS
        assert lines[0].style.size == 26, "as small as it may become"
    short = Text("Air", STYLE)
    assert short.within(700) is short


def test_a_figure_is_never_cut():
    narrowest = SUPPORTING * (FORMATS["wide"].width - 2 * FORMATS["wide"].left)
    for said in ("12,345 h", "47 h 59 min", "123,456 plays"):
        (found,) = fitted(said, Style(96, 700, "#000000"), narrowest, 1, SMALLEST_FIGURE)
        assert "".join(found.clusters) == said
        assert found.width <= narrowest


def test_what_is_read_from_right_to_left_stands_so():
    def visual(said: str) -> list[str]:
        return [
            "".join(run.clusters).strip()
            for run in ordered(clusters_of(said))
            if "".join(run.clusters).strip()
        ]

    assert visual("Fairuz فيروز Live") == ["Fairuz", "فيروز", "Live"]
    assert visual("فيروز Live") == ["Live", "فيروز"]
    # As Unicode's algorithm has brackets: they go with the text where it goes on inside or before them, else with what is inside.
    assert visual("שלום (Live)") == [")", "Live", "(", "שלום"]
    assert visual("שלום (Live) Two") == ["Two", ")", "Live", "(", "שלום"]
    assert visual("שלום (Live) 3") == ["3", ")", "Live", "(", "שלום"]
    assert visual("שלום Live (Two) 3") == ["Live (Two) 3", "שלום"]
    assert visual("Live (שלום) Two") == ["Live (", "שלום", ") Two"]
    assert visual("שלום [א (Live]") == ["]", "Live", "(", "א", "[", "שלום"], "what does not close is no pair"
    # Both brackets turn with the text: seen from the left it begins with one that opens.
    both = drawn(Text("(א)", STYLE))
    assert ink(both, "#ffffff")[0] < 50


def test_without_libfribidi_letters_stand_in_order_and_that_is_said(monkeypatch):
    for module in (faces, text):
        monkeypatch.setattr(module, "is_shaped", lambda: False)
    font.cache_clear()
    assert Text("שלום (חי) 1968", STYLE).width > 0
    assert text.said_of_missing() == [], "nothing joins the letters of Hebrew"
    (run,) = ordered(clusters_of("فيروز 1968"))
    assert text._as_drawn(run) == "1968 زوريف"
    assert "Arabic are not joined" in text.said_of_missing()[0]
    faces.unjoined.clear()
    font.cache_clear()


def test_what_no_font_has_is_named():
    assert "".join(clusters_of("བོད་ 1 ༄")) == "[Tibetan] 1 [Tibetan]"
    assert text.said_of_missing() == ["no font at hand has Tibetan: it is drawn as [Tibetan]"]
    faces.missing.clear()


def test_marks_without_end_and_what_controls_a_text():
    zalgo = "Z" + "\u0337\u0322\u0305\u030b" * 200 + "a"
    assert [len(each) for each in clusters_of(zalgo)] == [4, 1]
    assert "".join(clusters_of("a\u202eb\x00\x1b[31m\n\tc\ud800")) == "ab[31m c"
    assert clusters_of("") == clusters_of("\u200d\u0301 ") == [] or face_of("\u0301", faces.CHINESE)
    assert drawn(Text("", STYLE)).size


@pytest.fixture(scope="module")
def source(server, template, tmp_path_factory):
    """Three years of made-up listening, with the covers of two."""
    folder = tmp_path_factory.mktemp("share")
    for kind in ("artists", "albums"):
        (folder / "artwork/spotify" / kind).mkdir(parents=True)
    Image.new("RGB", (64, 48), "#00ff00").save(folder / f"artwork/spotify/artists/{artist_id(7)}.webp")
    (folder / f"artwork/spotify/artists/{artist_id(8)}.webp").write_bytes(b"no picture")
    with new_database(server, template) as dsn:
        store(dsn, years_of_listening())
        with closing(psycopg2.connect(dsn)) as connection, source_at(connection, NOW, folder) as found:
            yield found


def opened(path: Path) -> tuple[str, int, int]:
    with Image.open(path) as picture:
        return picture.format, *picture.size


def ask(source, question, *arguments):
    source.cursor.execute("SAVEPOINT before")
    try:
        return question(source, *arguments)
    finally:
        source.cursor.execute("ROLLBACK TO before")


def test_what_a_card_says_is_what_the_pages_say(source):
    for by in ("plays", "minutes"):
        said = ask(source, answers.year, "2025", by, 10).data
        year = ask(source, content.year_card, "2025", by)
        assert year.figure == duration_text(round(said["minutes"] * 60_000))
        assert year.under == [f"{said['plays']:,} plays on {said['days_with_plays']} days"]
        assert [(row.rank, row.name) for row in year.rows] == [
            (row["rank"], row["name"] or "name unknown") for row in said["top_artists"][:5]
        ]
        ten = ask(source, content.top_card, "2025", "tracks", by)
        assert len(ten.rows) == 10
        assert ten.rows[0].name == said["top_tracks"][0]["name"]
        assert ten.rows[0].part == 1
        assert all(0 < row.part <= 1 for row in ten.rows)
    artist = ask(source, content.artist_card, "artist 7", "", "plays")
    found = ask(source, answers.artist, "artist 7", "", "plays", 5).data
    assert (artist.title, artist.figure) == ("Artist 7", f"{found['plays']:,} plays")
    assert artist.kicker == f"My number {found['rank']} artist"
    assert [row.name for row in artist.rows] == [each["name"] for each in found["tracks"]]


def test_no_time_of_day_and_the_range_with_both_ends(source):
    for card in (
        ask(source, content.month_card, "2025-10", "plays"),
        ask(source, content.month_card, "", "plays"),
        ask(source, content.top_card, "", "albums", "plays"),
    ):
        words = " ".join([card.kicker, card.title, card.figure, *card.under, card.of_rows, *card.footer])
        assert re.search(r"\d:\d\d|gap|hour", words) is None
        assert re.fullmatch(r"\d+ \w+ \d{4} to \d+ \w+ \d{4}(, so far)?", card.footer[0])
        assert card.footer[1].startswith("as far as known")
    assert ask(source, content.month_card, "", "plays").slug == "month-2026-11"


@pytest.mark.parametrize(
    ("key", "slug"),
    [("year", "2026"), ("quarter", "2026-Q4"), ("month", "2026-11"), ("today", "2026-11-28"), ("week", "2026-11-23..2026-11-28"), ("2025-Q1", "2025-Q1"), ("all", "all")],
)  # fmt: skip
def test_a_file_is_named_so_that_a_later_card_has_another_name(source, key, slug):
    assert ask(source, content.top_card, key, "artists", "plays").slug == f"top-artists-{slug}"
    if key not in ("today", "week"):
        assert ask(source, content.artist_card, artist_id(7), key, "plays").slug.endswith(f"-{slug}")


def test_covers_and_what_stands_for_them(source):
    card = ask(source, content.artist_card, artist_id(7), "", "plays")
    picture = Drawing(card, FORMATS["square"], THEMES["light"]).drawn()
    red, others = 4, 250
    assert any(r < red and b < red and g > others for _, (r, g, b) in picture.getcolors(2**24)), (
        "the green cover"
    )
    broken = ask(source, content.artist_card, artist_id(8), "", "plays")
    assert broken.hero[1].is_file()
    assert Drawing(broken, FORMATS["square"], THEMES["dark"]).drawn().size == (1080, 1080)


@pytest.mark.parametrize(
    ("question", "arguments", "said"),
    [
        (content.month_card, ("2025", "plays"), "'2025' is no month"),
        (content.month_card, ("2026-5", "plays"), "'2026-5' is no month"),
        (content.year_card, ("2019", "plays"), "Nothing is known of 2019"),
        (content.top_card, ("2026-11-28", "genres", "plays"), ""),
    ],
)
def test_what_cannot_be_drawn_says_why(source, question, arguments, said):
    if not said:
        assert ask(source, question, *arguments).rows is not None
        return
    with pytest.raises(SettingsError, match=re.escape(said)) as error:
        ask(source, question, *arguments)
    assert error.value.remedy


def test_where_no_artist_is_known_a_card_has_its_figures_alone_and_a_list_says_so(connection, tmp_path):
    rows = Rows(connection)
    rows.track("t")
    rows.play("t", NOW)
    refresh(connection)
    with source_at(connection, NOW, tmp_path) as bare:
        card = ask(bare, content.year_card, "2026", "plays")
        assert (card.rows, card.hero, card.under) == ([], None, ["1 play on 1 day"])
        for form in FORMATS.values():
            picture = Drawing(card, form, THEMES["light"]).drawn()
            assert ink(picture, THEMES["light"].paper)[0] >= form.left - 4
        with pytest.raises(SettingsError, match="none of the artists are known"):
            ask(bare, content.top_card, "2026", "artists", "plays")


def test_on_the_command_line(make_world, empty_dsn, tmp_path):
    world = make_world(liked=20, albums=1, plays=50, odd=False)
    world.run("api_syncs.track_plays")
    world.run("api_syncs.materialized_views")
    world.sim.clear_requests()

    def share(*options: str, code: int = 0) -> tuple[str, str]:
        done = world.call("-m", "reports.share", *options)
        assert done.returncode == code, done.stderr
        return done.stdout, done.stderr

    into = f"--into={tmp_path}"
    text, _ = share("year", "--format", "all", into)
    sizes = {"square": (1080, 1080), "story": (1080, 1920), "wide": (1200, 630)}
    paths = [Path(line) for line in text.splitlines()]
    assert [opened(path) for path in paths] == [("PNG", *size) for size in sizes.values()]
    assert "is there already" in share("year", into, code=2)[1]
    (name,) = share("top", "all", "--webp", f"--into={tmp_path / 'mine.webp'}")[0].splitlines()
    assert (opened(Path(name)), Path(name).name) == (("WEBP", 1080, 1080), "mine.webp")
    assert "is no folder" in share("top", "--theme", "both", f"--into={tmp_path / 'one.png'}", code=2)[1]
    assert "'20' is no year" in share("year", "20", code=2)[1]
    assert "No artist called 'nobody at all'" in share("artist", "nobody", "at", "all", code=2)[1]
    world.dsn = empty_dsn
    assert "./run import" in share("month")[0]
    assert world.asked(tokens=True) == []
