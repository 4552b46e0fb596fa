"""A document is read without ever constructing anything from it, and each mistake has a line and a column."""

import json
import random

import pytest

from playlists.language.document import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_SHOWN,
    TOP,
    ListNode,
    MappingNode,
    Problem,
    RuleError,
    ScalarNode,
    read_document,
    to_json,
    unknown_word_message,
)
from playlists.language.model import Place
from playlists.language.synonyms import Words
from utils.errors import SettingsError, suggestion


def problems_of(text):
    with pytest.raises(RuleError) as caught:
        read_document(text, "x.yml")
    return caught.value.problems


def plain(node):
    """The node as lists, dicts and texts."""
    if isinstance(node, MappingNode):
        return {key.text: plain(value) for key, value in node.entries}
    return [plain(item) for item in node.items] if isinstance(node, ListNode) else node.text


def test_scalars_are_what_was_written_whatever_yaml_makes_of_them():
    node = read_document(
        "on: No\nyear: 1984\nday: 2026-05-01\nlength: 3:30\nquoted: 'yes'\noct: 0x1F\n", "x.yml"
    )
    assert plain(node) == {
        "on": "No",
        "year": "1984",
        "day": "2026-05-01",
        "length": "3:30",
        "quoted": "yes",
        "oct": "0x1F",
    }


def test_nodes_know_where_they_stand():
    node = read_document("name: x\nmatch:\n  all:\n    - liked: yes\n", "x.yml")
    assert isinstance(node, MappingNode)
    (_, name), (key, match) = node.entries
    assert (name.place, key.place, match.place) == (Place(1, 7), Place(2, 1), Place(3, 3))


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("a: &x 1\nb: *x\n", Place(1, 4), "anchor (&x)"),
        ("a: &x 1\nb: *x\n", Place(2, 4), "alias (*x)"),
        ("a: {<<: {b: 1}}", Place(1, 5), "merge key"),
        ("a: !!python/object/apply:os.system ['true']", Place(1, 4), "tag"),
        ("a: !custom 1", Place(1, 4), "'!custom'"),
        ("!!map {a: 1}", Place(1, 1), "tag"),
        ("a: 1\nb: 2\na: 3", Place(3, 1), "'a' is given twice (first in line 1)"),
        ("a: 1\n---\nb: 2\n", Place(2, 1), "second document"),
        ("? [a]\n: 1", Place(1, 3), "a key has to be a word, not a list"),
        ("'': 1", Place(1, 1), "a key has to be a word"),
        ("a: b: c", Place(1, 5), "this is not YAML: a colon too many: put a text with a colon in quotes; or"),
        ("a\nb: 1", Place(2, 2), "a colon is missing in the line above"),
        ("a: 1\n  b: 2", Place(2, 4), "indented too far"),
        (
            "a: 1\nb\nc: 2",
            Place(3, 1),
            "this is not YAML: a colon is missing, or the blank behind it, here or in the line above",
        ),
        ("a: [1, 2", Place(1, 9), "a ] is missing"),
        ("a: {b: 2", Place(1, 9), "a } is missing"),
        (
            "a: {b: 'x'y}",
            Place(1, 11),
            "put the text in quotes (a text with ' in double quotes); or a comma or }",
        ),
        (
            "a: ['x'y]",
            Place(1, 8),
            "put the text in quotes (a text with ' in double quotes); or a comma or ]",
        ),
        ("a: {b: 1 c: 2}", Place(1, 11), "a comma or } is missing"),
        ("a: 'Don't'", Place(1, 9), "put all of it in quotes (a text with ' in double quotes)"),
        ("a:\n\tb: 1", Place(2, 1), "this is not YAML: a tab; indent with spaces"),
        ("a: %x", Place(1, 4), "this is not YAML: put the text in quotes"),
        ("a: @x", Place(1, 4), "this is not YAML: put the text in quotes"),
        ("a: [`x]", Place(1, 5), "this is not YAML: put the text in quotes"),
        ("a: {>: 5}", Place(1, 5), "an operator is a word, such as gt for >"),
        ("a:\n  >=: 5", Place(2, 4), "an operator is a word, such as gt for >"),
        ("a: {!=: 5}", Place(1, 5), "the operator is called ne"),
        ("a: - b", Place(1, 4), "this is not YAML: sequence entries are not allowed here"),
        ('a: "\\UFFFFFFFF"', Place(1, 7), "no character"),
        ('a: "\\ud800"', Place(1, 4), "half a character"),
        ('a: "b\\nc"', Place(1, 4), "one line"),
        ('a: "b\\0c"', Place(1, 4), "control characters"),
        ("a: |\n  b\n  c\n", Place(1, 4), "one line"),
        ("ab: \x00", Place(1, 5), "control character"),
        ("ab: 1\nb: \x1b[31m", Place(2, 4), "control character"),
        (b"a: 1\nb: \xff", Place(2, 4), "UTF-8"),
        ("", TOP, "empty"),
        ("# nothing\n", TOP, "empty"),
        ("[" * (MAX_DEPTH + 1), Place(1, MAX_DEPTH + 1), "too deeply"),
        ("a: 1\n" + "#" * MAX_BYTES, TOP, "longer than 100,000 bytes"),
        (("a: 1\n" + "#" * MAX_BYTES).encode(), TOP, "longer than 100,000 bytes"),
    ],
)
def test_what_is_refused_and_where(text, place, said):
    found = problems_of(text)
    assert any(problem.place == place and said in problem.text for problem in found), found


def test_a_folded_text_is_one_line():
    assert plain(read_document("a: >\n  b\n  c\nd: e\n", "x.yml")) == {"a": "b c", "d": "e"}


def test_a_billion_laughs_are_refused_at_the_first():
    laughs = "a: &a [lol]\n" + "".join(
        f"{b}: &{b} [*{a}, *{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert all("not allowed" in problem.text for problem in problems_of(laughs))


def test_a_hundred_thousand_open_brackets_are_refused():
    assert "too deeply" in problems_of("[" * (MAX_BYTES - 1))[0].text
    assert "too deeply" in problems_of("{a: " * (MAX_BYTES // 5))[0].text


def test_all_mistakes_are_told_in_the_order_of_the_document():
    found = problems_of("a: !x 1\nb: &y 2\na: 3\n")
    assert [problem.place.line for problem in found] == [1, 2, 3]


def test_the_error_is_one_of_settings_with_a_line_for_each_problem():
    error = RuleError(
        "playlists/definitions/x.yml", [Problem(Place(7, 5), "b"), Problem(Place(2, 1), "a")], "x"
    )
    assert str(error) == "playlists/definitions/x.yml:2:1: a\nplaylists/definitions/x.yml:7:5: b"
    assert isinstance(error, SettingsError)
    assert (error.exit_code, error.slug) == (2, "x")
    assert "docs/rules.md" in error.remedy


def test_a_flood_of_problems_is_cut_short():
    error = RuleError("x.yml", [Problem(Place(line, 1), "a") for line in range(1, 1001)])
    assert str(error).splitlines()[MAX_SHOWN:] == [f"x.yml: and {1000 - MAX_SHOWN} more"]
    assert len(error.problems) == 1000


def test_json_with_tabs_escapes_and_a_byte_order_mark():
    text = '\ufeff{\n\t"name":\t"Bj\\u00f6rk \\ud83c\\udfb5",\n\t"n":1}'
    assert plain(read_document(text, "x.json")) == {"name": "Björk 🎵", "n": "1"}


def test_the_canonical_json_reads_as_the_same_nodes():
    written = "b: [1, 1.5, 007, 1e3, -0, yes, true, 'null', 99999999999999999999]\na: {c: 'x\"y', é: 🎵, d: \u200b}\n"
    document = to_json(read_document(written, "x.yml"))
    assert plain(read_document(document, "x.json")) == plain(read_document(written, "x.yml"))
    assert to_json(read_document(document, "x.json")) == document
    assert json.loads(document)["b"] == [
        1,
        1.5,
        "007",
        "1e3",
        "-0",
        "yes",
        True,
        "null",
        "99999999999999999999",
    ]
    assert list(json.loads(document)) == ["a", "b"]


def test_any_text_comes_back_from_the_canonical_json():
    chance = random.Random(4)
    allowed = [
        chr(code) for code in (*range(0x20, 0x7F), 0xA0, 0xE9, 0xFEFF, 0x200B, 0x2026, 0x1F3B5, 0xFFFD)
    ]
    for _ in range(300):
        text = "".join(chance.choices(allowed, k=chance.randint(1, 12)))
        document = to_json(MappingNode(TOP, ((ScalarNode(TOP, "k"), ScalarNode(TOP, text, is_plain=False)),)))
        assert plain(read_document(document, "x.json")) == {"k": text}
        assert json.loads(document) == json.loads(json.dumps(json.loads(document)))


def test_what_was_meant_is_suggested():
    assert suggestion("playcount", ["play_count", "skip_count"]) == " (did you mean play_count?)"
    assert suggestion("PLAY_COUNT", ["play_count"]) == " (did you mean play_count?)"
    assert suggestion("zzz", ["play_count"]) == ""
    assert unknown_word_message(Words.FIELD, "zzz", ["a", "b"]) == "unknown field 'zzz'; known: a, b"
    many = [str(number) for number in range(50)]
    assert "known:" not in unknown_word_message(Words.FIELD, "zzz", many)
    assert "; known: 0, 1, 2" in unknown_word_message(Words.OPERATOR, "zzz", many, is_listed=True)
    said = unknown_word_message(Words.OPERATOR, ">", ["gt"])
    assert said == "unknown operator '>' (did you mean gt?); known: gt"


def test_random_bytes_never_raise_anything_else():
    chance = random.Random(1)
    pieces = [b"[", b"]", b"{", b"}", b":", b" ", b"\n", b"-", b"&a", b"*a", b"!!int", b"|", b">", b"%YAML 1.1", b"---", b"...",
              b"'", b'"', b"\\", b"?", b",", b"#", b"x", b"\xc3\xa9", b"\xff", b"\x00", b"\t", b"\r", b"\\U0011FFFF", b"<<", b"@", b"`",
              b"%TAG ! x", b"!%ff", b"!<", b"\xe2\x80\xa8", b"9" * 30, b"\xef\xbb\xbf"]  # fmt: skip
    read = refused = 0
    places = []
    for _ in range(4000):
        text = b"".join(chance.choices(pieces, k=chance.randint(1, 14)))
        try:
            read_document(text, "x.yml")
            read += 1
        except RuleError as error:
            places += [problem.place for problem in error.problems]
            refused += 1
    assert read > 50
    assert refused > 500
    assert len(places) >= refused
    assert all(place.line >= 1 and place.column >= 1 for place in places)
