# ruff: noqa: RUF001 - letters of several scripts that look alike are tested
"""Patterns of `matches`: what they mean, what they refuse, that none blows up, and that SQL and Python agree."""

import random

import pytest

from playlists.language.pattern import LONGEST, compile_pattern
from playlists.language.pattern_tree import MAX_STATES
from playlists.language.texts import fold


@pytest.mark.parametrize(
    ("pattern", "fitting", "others"),
    [
        ("love", ["Love me do", "glove"], ["lov", ""]),
        ("^love$", ["LOVE"], ["love me"]),
        ("l.ve", ["live", "l\nve"], ["lve"]),
        ("colou?r", ["color", "Colour"], ["colouur"]),
        ("(live|acoustic)", ["Live", "acoustic set"], ["liv"]),
        (
            r"\((live|acoustic)( at .+)?\)$",
            ["Song (Live)", "Song (live at Wembley)"],
            ["Song (live", "(live) x"],
        ),
        ("[a-c]+x", ["abcx"], ["dx"]),
        ("^[^0-9]+$", ["abc"], ["ab1", ""]),
        (r"\d{4}", ["1984"], ["198", "١٩٨٤"]),
        (r"^\w+$", ["abc_9", "Ünder", "가수", "日本"], ["a b", "a-b", "…"]),
        (r"^\W$", ["-", " "], ["a", "_"]),
        (r"a\sb", ["a b", "a\tb", "a\u00a0b"], ["ab"]),
        (r"^\S+$", ["ab"], ["a b"]),
        (r"^\D+$", ["ab"], ["a1"]),
        ("a{2,3}b", ["aab", "aaab"], ["ab"]),
        ("^a{2}$", ["aa"], ["a", "aaa"]),
        ("^a{2,}$", ["aa", "aaaa"], ["a"]),
        ("é", ["e", "É"], ["f"]),
        ("^[éà]+$", ["ea", "ÉÀ"], ["o"]),
        ("[A-Z]", ["a"], ["1"]),
        ("[^A-Z]", ["1"], ["abc", "ABC"]),
        ("ﬁ", ["fine", "ﬁne"], ["f"]),
        (r"[\d.]+$", ["2.0"], ["2,0x"]),
        ("[]a]", ["]"], ["["]),
        ("[a-]", ["-"], ["b"]),
        (r"[\]\\^]", ["]", "\\", "^"], ["["]),
        ("a|", ["", "x"], []),
        ("(?:ab)+c", ["ababc"], ["abac"]),
        ("^(a|b)*$", ["", "abba"], ["abc"]),
        ("(^a|b$)", ["ax", "xb"], ["xax"]),
        (r"%|_", ["100%", "a_b"], ["ab"]),
        (r"\t|\n", ["a\tb", "a\nb"], ["a b"]),
        ("}", ["}"], ["{"]),
        ("x*", ["", "anything"], []),
        (
            r"\blove\b",
            ["Love me", "all you need is love", "love", "(love)", "a love-song"],
            ["glove", "lovely", "love_x"],
        ),
        (r"\bé", ["Été", "l'été"], ["café", ""]),
        (r"\B-\B", [" - ", "-"], ["a-b", "a -b"]),
        (r"love\B", ["lovely"], ["love", "love me"]),
        (r"\b가", ["가수", "a 가"], ["수가"]),
        (r"^(the |)\w+?\b$", ["The Band", "Band"], ["The Band Is", "band "]),
        (r"(\ba|\bb)+", ["a", "b", "x b"], ["xa", "ca"]),
        ("(?i)LOVE", ["love", "GLOVE"], ["live"]),
        ("x(?i:LOVE)", ["xlove"], ["love"]),
        (r"\(.*?\)", ["song (live)"], ["song (live"]),
        ("a{2}?b", ["aab"], ["ab"]),
        ("^a??$", ["", "a"], ["aa"]),
    ],
)
def test_what_a_pattern_fits(pattern, fitting, others):
    compiled = compile_pattern(pattern)
    assert [text for text in fitting if not compiled.fits(fold(text))] == []
    assert [text for text in others if compiled.fits(fold(text))] == []


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        (r"(a)\1", r"reference to a group.*character 4"),
        ("(?=a)", r"look-around.*character 1"),
        ("x(?!a)", r"look-around.*character 2"),
        ("(?<=a)", r"look-around"),
        ("(?P<n>a)", r"named groups"),
        ("a(?i)b", r"flag.*character 2"),
        ("(?)a", r"flag"),
        ("(?i)", r"would fit every text"),
        ("(?s)a", r"flag"),
        ("(?i", r"flag"),
        ("(?>a)", r"atomic"),
        ("a++", r"possessive"),
        ("a**", r"repetition of a repetition"),
        ("a{2}{3}", r"repetition of a repetition"),
        (r"[\b]", r"word boundary.*character 2"),
        (r"\b*", r"\\b cannot be repeated"),
        (r"(\bx?){17}", r"more than 16 word boundaries"),
        ("a*??", r"repetition of a repetition"),
        (r"\Aword", r"\\A is not supported"),
        (r"\p{L}", r"\\p is not supported"),
        (r"\x41", r"\\x is not supported"),
        ("[[:alpha:]]", r"named class"),
        ("a{1000}", r"255 times"),
        ("a{3,2}", r"reversed"),
        ("a{,3}", r"\{2,5\}"),
        ("a{x}", r"\{2,5\}"),
        ("a{", r"\{2,5\}"),
        ("*a", r"nothing to repeat"),
        ("a|*", r"nothing to repeat.*character 3"),
        ("^*", r"\^ cannot be repeated"),
        ("(a", r"never closed.*character 1"),
        ("a)", r"closes nothing.*character 2"),
        ("[a", r"never closed"),
        ("[]", r"never closed"),
        ("[z-a]", r"reversed"),
        ("[\u0001-\U0010ffff]", r"too wide"),
        (r"[\d-z-\w]", r"range ends with a character"),
        ("a\\", r"escapes nothing"),
        ("[\u0301]", r"nothing is left"),
        (r"[^\s\S]", r"no character at all"),
        ("a\0", r"no text can hold"),
        ("\ud800", r"no text can hold"),
        ("(" * 40 + ")" * 40, r"nested"),
        ("a" * (LONGEST + 1), r"longer than"),
        ("(a{200}){200}", r"too large"),
        ("((a?){30}){30}a{30}", r"too large"),
        ("(((((((){255}){255}){255}){255}){255}){255})", r"too large"),
        ("((a{0,50}){0,50}){0,50}", r"too large"),
    ],
)
def test_what_is_not_supported_is_refused_with_the_place(pattern, message):
    with pytest.raises(ValueError, match=message):
        compile_pattern(pattern)


BOMBS = (
    "(a*)*b",
    "(a+)+$",
    "(a|a)*b",
    "(a|aa)+$",
    "((a?){14}){14}a{14}",
    "(.*)(.*)(.*)(.*)(.*)(.*)(.*)x",
    "(.{0,100}){2}b",
    "(a{1,15}b?){12}c",
    "^((((a*)*)*)*)*b$",
    "(" + "|".join(["[a-m]{0,9}"] * 12) + ")+z",
    r"(\b\w*\b){8}x",
    r"((\ba?){8}){2}",
    r"\b(\w+\W*\b)*$" * 8,
)


class Counted(str):
    """A text that counts how often it is looked at."""

    looks = 0

    def __getitem__(self, key):
        Counted.looks += 1
        return super().__getitem__(key)


@pytest.mark.parametrize("pattern", BOMBS, ids=range(len(BOMBS)))
def test_no_pattern_blows_up(connection, pattern):
    """The machine looks at each character once; PostgreSQL answers under a timeout that a bomb would break."""
    compiled = compile_pattern(pattern)
    text = "a" * 300
    Counted.looks = 0
    expected = compiled.fits(Counted(text))
    assert Counted.looks <= len(text)
    with connection, connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '60s'")
        cursor.execute("SELECT %s ~ %s", (text, compiled.postgres))
        assert cursor.fetchone() == (expected,)


def random_pattern(chance, depth=3):
    if depth == 0 or chance.random() < 0.3:
        return chance.choice(
            (
                *"abcxé.ΣЁ가 ",
                r"\d",
                r"\w",
                r"\s",
                r"\W",
                r"\.",
                r"\(",
                "[a-c]",
                "[^a-c]",
                r"[\d_]",
                "[É-ö]",
                "^",
                "$",
                r"\b",
                r"\B",
                "()",
            )
        )
    kind = chance.random()
    if kind < 0.5:
        return "".join(random_pattern(chance, depth - 1) for _ in range(chance.randint(1, 3)))
    if kind < 0.7:
        return f"({random_pattern(chance, depth - 1)}|{random_pattern(chance, depth - 1)})"
    times = chance.choice(("?", "*", "+", "{2}", "{0,2}", "{1,}", "{0}", "*?", "+?"))
    return f"(?:{random_pattern(chance, depth - 1)}){times}"


def test_random_patterns_fit_the_same_texts_in_sql(connection):
    chance = random.Random(11)
    texts = [
        "",
        " ",
        "\n",
        "a",
        "e1",
        "ab c",
        "..",
        "(a)",
        "_9",
        "σ",
        "елка",
        "가수",
        "x" * 20,
        "\U0001f600",
        "a\u00d7b",
    ]
    texts += [
        "".join(chance.choice("abcxe1 .(_-가σ") for _ in range(chance.randint(1, 8))) for _ in range(60)
    ]
    fits, fails = 0, 0
    for _ in range(700):
        written = random_pattern(chance)
        compiled = compile_pattern(written)
        with connection, connection.cursor() as cursor:
            cursor.execute(
                "SELECT text ~ %s FROM unnest(%s) WITH ORDINALITY AS t (text, n) ORDER BY n",
                (compiled.postgres, texts),
            )
            in_sql = [fitting for (fitting,) in cursor.fetchall()]
        in_python = [compiled.fits(text) for text in texts]
        assert in_python == in_sql, (written, compiled.postgres)
        fits, fails = fits + sum(in_python), fails + in_python.count(False)
    assert min(fits, fails) > 5000, "patterns that fit everything, or nothing, tell little"


def test_a_pattern_shows_as_it_was_written_and_is_equal_by_that():
    assert str(compile_pattern("Á+")) == "Á+"
    assert compile_pattern("a+") == compile_pattern("a+")
    assert compile_pattern("a+") != compile_pattern("A+")
    assert len({compile_pattern("a+"), compile_pattern("a+")}) == 1


def test_the_largest_pattern_is_allowed():
    assert compile_pattern("^(a{48}){10}$").fits("a" * 480)
    with pytest.raises(ValueError, match="too large"):
        compile_pattern(f"(a{{100}}){{{MAX_STATES // 100}}}")
