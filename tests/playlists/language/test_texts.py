# ruff: noqa: RUF001 - letters of several scripts that look alike are tested
"""Case and accents: the same in Python and in SQL, and what a person expects."""

import random
import unicodedata
from contextlib import closing

import psycopg2
import pytest
from psycopg2.extensions import make_dsn

from playlists.language.texts import fold
from utils.database.migrate import migrate


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("BJÖRK", "bjork"),
        ("Bjo\u0308rk", "bjork"),
        ("Sigur Rós", "sigur ros"),
        ("Mø", "mo"),
        ("Łódź", "lodz"),
        ("Đorđe", "dorde"),
        ("İstanbul ISPARTA ılık", "istanbul isparta ilik"),
        ("Don\u2019t", "don't"),
        ("\u201cHeroes\u201d", '"heroes"'),
        ("A \u2013 B \u2014 C", "a - b - c"),
        ("ΣΊΣΥΦΟΣ", "σισυφοσ"),
        ("Σίσυφος", "σισυφοσ"),
        ("ЁЛКА", "елка"),
        ("\ufb01ne", "fine"),
        ("\uff21\uff22\uff23", "abc"),
        ("が", "が"),
        ("か\u3099", "が"),
        ("가수", "가수"),
        ("हिन्दी", "हिन्दी"),
        ("שָׁלוֹם", "שלום"),
        ("a\u00a0b", "a b"),
        ("", ""),
        ("\u0301", ""),
    ],
)
def test_what_is_the_same(written, folded):
    assert fold(written) == folded


def test_folding_twice_changes_nothing_more():
    for text in random_texts(300):
        assert fold(fold(text)) == fold(text)


def in_sql(connection, texts):
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT fold_text(text) FROM unnest(%s) WITH ORDINALITY AS t (text, n) ORDER BY n", (texts,)
        )
        return [folded for (folded,) in cursor.fetchall()]


def assigned():
    """Every character of the first plane that Python knows, and that a text can hold.

    A newer Python knows characters that an older PostgreSQL does not; then those of Unicode 3.2.
    """
    known = unicodedata if unicodedata.unidata_version <= "14.0.0" else unicodedata.ucd_3_2_0
    return [chr(code) for code in range(1, 0x10000) if known.category(chr(code)) not in ("Cn", "Cs")]


def random_texts(number):
    chance = random.Random(number)
    letters = assigned()
    special = "aZ \u0301\u0327\u3099\u1100\u1161\u11a8ßİıſς\u2019\U0001f600\U00010400"
    return [
        "".join(
            chance.choice(letters if chance.random() < 0.5 else special) for _ in range(chance.randint(0, 12))
        )
        for _ in range(number)
    ]


def test_every_character_is_the_same_in_sql(connection):
    letters = assigned()
    assert len(letters) > 45_000
    wrong = [
        f"U+{ord(letter):04X}"
        for letter, folded in zip(letters, in_sql(connection, letters), strict=True)
        if folded != fold(letter)
    ]
    assert wrong == []


def test_random_texts_are_the_same_in_sql(connection):
    texts = random_texts(4000)
    assert in_sql(connection, texts) == [fold(text) for text in texts]


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_the_databases_collation_has_no_say(server, locale):
    name = f"folding_{locale.replace('-', '_').replace('.', '_').lower()}"
    with closing(psycopg2.connect(server.dsn)) as admin:
        admin.autocommit = True
        with admin.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE '{locale}'")
            try:
                with closing(psycopg2.connect(make_dsn(server.dsn, dbname=name))) as connection:
                    migrate(connection)
                    texts = ["İI ıi", "BJÖRK", "ΣΊΣΥΦΟΣ", *random_texts(200)]
                    assert in_sql(connection, texts) == [fold(text) for text in texts]
            finally:
                cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_no_text_has_no_folded_text(connection):
    assert in_sql(connection, [None, ""]) == [None, ""]
