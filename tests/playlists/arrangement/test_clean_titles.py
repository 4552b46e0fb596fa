"""Titles without what says nothing about the music, and with everything that does."""

import pytest

from playlists.arrangement.dedupe import clean_title
from utils.plays.recording import recording_title


@pytest.mark.parametrize(
    "title",
    [
        "Song",
        "SONG",
        "Song - Remastered 2011",
        "Song - 2011 Remaster",
        "Song - 2011 - Remaster",
        "Song - Remastered",
        "Song (Remastered)",
        "Song (2011 Remastered Version)",
        "Song [Digitally Remastered]",
        "Song - 2009 Digital Remaster",
        "Song \u2013 Remastered in 2011",
        "Song (feat. X)",
        "Song (ft. X & Y)",
        "Song [Featuring X]",
        "Song feat. X",
        "Song - feat. X",
        "Song (feat. X) - Remastered 2011",
        "Song - feat. X - Remastered 2011",
        "Song (feat. X) [2011 Remaster]",
        "  Song\u3000(feat. X) ",
    ],
)
def test_remasters_and_guests_are_dropped(title):
    assert clean_title(title) == "song"


@pytest.mark.parametrize(
    "title",
    [
        "Song - Live",
        "Song (Live at Wembley)",
        "Song - Acoustic",
        "Song (X Remix)",
        "Song - Demo",
        "Song - Radio Edit",
        "Song (Instrumental)",
        "Song - Mono",
        "Song (Mono / Remastered)",
        "Song - Live / Remastered",
        "Song (feat. X - Live)",
        "Song (feat. X Acoustic)",
        "Song - feat. X (Remix)",
        "Song (Part 2)",
        "Song (with Me)",
        "Song - Remastered Love",
        "Remasters",
        "Song left. Alone",
    ],
)
def test_what_may_be_another_version_stays(title):
    assert clean_title(title) == recording_title(title)


@pytest.mark.parametrize(
    ("title", "cleaned"),
    [
        ("Song (feat. X) - Live", "song - live"),
        ("Song - Live - Remastered 2011", "song - live"),
        ("Song (Live) [2011 Remaster]", "song (live)"),
        ("Song (feat. X) (Acoustic)", "song (acoustic)"),
        ("(feat. X)", "(feat. x)"),
        ("Remastered", "remastered"),
        ("", ""),
    ],
)
def test_only_what_says_nothing_is_dropped(title, cleaned):
    assert clean_title(title) == cleaned


def test_cleaning_twice_changes_nothing_and_long_titles_end():
    for title in (
        "Song - feat. " * 100 + "(",
        "(feat. " * 200,
        " - remastered" * 100,
        "a" * 1000,
        " " * 1000,
    ):
        assert clean_title(clean_title(title)) == clean_title(title)


def test_normalized_as_the_database_does_it():
    assert recording_title("\uff33\uff4fNG \t two") == "song two"
