"""The account data: minutes instead of seconds, no ids."""

import io
from datetime import UTC, datetime

import pytest

from tests.utils.history.conftest import NOW, account, stream
from utils.history.account import read_account
from utils.history.rows import Listen, Precision, Reason, Stamp

MINUTE = datetime(2025, 3, 4, 10, 0, tzinfo=UTC)


def rows(*values):
    return list(read_account(stream(list(values)), "a.json", NOW))


def test_trap_18_a_row_has_names_and_no_id_and_the_end_to_the_minute():
    assert rows(account()) == [
        Listen(
            row_number=1,
            kind="track",
            stamped_at=MINUTE,
            stamp=Stamp.END,
            precision=Precision.MINUTE,
            ended_at=MINUTE,
            began_at=None,
            ms_played=180_000,
            item_uri=None,
            item_name="Song",
            artist_name="Artist",
            collection_name=None,
        )
    ]


def test_podcasts_and_audiobooks_are_what_they_are():
    when = {"endTime": "2025-03-04 10:00", "msPlayed": 5}
    found = rows(
        {**when, "podcastName": "Show", "episodeName": "Talk"},
        {**when, "audiobookName": "Book", "chapterName": "One", "authorName": "Author"},
    )
    assert [each[9:12] for each in found] == [("Talk", None, "Show"), ("One", "Author", "Book")]
    assert [each.kind for each in found] == ["episode", "audiobook"]


def test_trap_21_a_blank_before_the_colon_and_crlf_change_nothing():
    data = stream([account()]).read()
    for changed in (data.replace(b'":', b'" :'), data.replace(b"\n", b"\r\n"), b"\xef\xbb\xbf" + data):
        assert list(read_account(io.BytesIO(changed), "a.json", NOW)) == rows(account())


def test_trap_23_rows_of_one_minute_and_song_are_all_kept():
    assert [each.ms_played for each in rows(account(), account(msPlayed=3), account(msPlayed=4))] == [
        180_000,
        3,
        4,
    ]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        *(({"msPlayed": -1}, Reason.NEGATIVE), ({"msPlayed": None}, Reason.NO_LENGTH)),
        *(({"endTime": "2027-01-01 00:00"}, Reason.IN_THE_FUTURE), ({"endTime": ""}, Reason.NO_TIME)),
        *(({"trackName": None}, Reason.NO_CONTENT), ({"trackName": "\x00"}, Reason.NO_CONTENT)),
    ],
)
def test_odd_rows_are_set_aside(changes, reason):
    first, second = rows(account(**changes), account())
    assert first.reason == reason
    assert second.row_number == 2


def test_a_stamp_with_seconds_is_one_of_seconds():
    assert rows(account(endTime="2025-03-04 10:00:30"))[0].precision is Precision.SECOND
