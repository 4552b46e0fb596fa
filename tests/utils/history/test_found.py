"""Which files are histories, which are left alone, and what is refused before anything is read."""

import builtins
import os
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.utils.history.conftest import NOW, account, extended, stream, written
from utils.history import archive, shape
from utils.history.found import find
from utils.history.names import Kind, number_of
from utils.history.reading import READERS, read
from utils.history.refusals import BrokenFileError, RefusedExportError

AUDIO = "Streaming_History_Audio_2024-2025_3.json"
PERSONAL = (
    "Userdata.json",
    "Identifiers.json",
    "Identity.json",
    "UserAddress.json",
    "Payments.json",
    "Inferences.json",
    "SearchQueries.json",
    "Marquee.json",
    "Follow.json",
    "UserPrompts.json",
    "Wrapped2024.json",
    "PlaylistInABottle.json",
)


def names(found):
    return [Path(file.name.split(": ")[-1]).name for file in found.files]


def refused(*paths, **options):
    """The one refusal of these paths, as (name, reason, remedy)."""
    with pytest.raises(RefusedExportError) as raised:
        find(paths, **options)
    (refusal,) = raised.value.refusals
    assert refusal.name.startswith(str(paths[0]))
    assert refusal.remedy.endswith((".", ")"))
    assert raised.value.exit_code == 2
    return refusal


# Found


def test_the_files_of_a_zip_in_the_order_of_their_numbers_behind_the_videos(make_zip):
    folder = "Spotify Extended Streaming History/"
    path = make_zip(
        {
            f"{folder}Streaming_History_Audio_2022-2023_11.json": [extended(ms_played=11)],
            f"{folder}Streaming_History_Audio_2022_10.json": [extended(ms_played=10)],
            f"{folder}Streaming_History_Audio_2013-2015_0.json": [extended(ms_played=0)],
            f"{folder}Streaming_History_Video_2018-2023.json": [extended(ms_played=7)],
            f"{folder}ReadMeFirst_ExtendedStreamingHistory.pdf": b"%PDF",
        }
    )
    found = find([path])
    assert [each.ms_played for file in found.files for each in read(file, NOW)] == [7, 0, 10, 11]
    assert [file.kind for file in found.files] == [Kind.EXTENDED_VIDEO] + [Kind.EXTENDED_AUDIO] * 3
    assert found.notes() == ["1 other file holds no history: left alone"]


@pytest.mark.parametrize(
    ("name", "rows", "kind"),
    [
        *(("endsong_12.json", [extended()], Kind.EXTENDED_AUDIO), ("endsong.json", [], Kind.EXTENDED_AUDIO)),
        *(("endvideo.json", [extended()], Kind.EXTENDED_VIDEO), (AUDIO, [], Kind.EXTENDED_AUDIO)),
        ("Streaming_History_Audio_2024 (1).json", [extended()], Kind.EXTENDED_AUDIO),
        ("StreamingHistory0.json", [account()], Kind.ACCOUNT_MUSIC),
        ("StreamingHistory_music_0.json", [account()], Kind.ACCOUNT_MUSIC),
        (
            "StreamingHistory_podcast_0.json",
            [{"endTime": "2025-01-01 10:00", "podcastName": "a", "episodeName": "b", "msPlayed": 1}],
            Kind.ACCOUNT_PODCAST,
        ),
        ("StreamingHistory_audiobook_0.json", [], Kind.ACCOUNT_AUDIOBOOK),
        ("StreamingHistory_music_1.json", [extended()], Kind.EXTENDED_AUDIO),  # the shape decides
        (AUDIO, [None, 5, {}, {"ts": 1}, extended()], Kind.EXTENDED_AUDIO),
    ],
)
def test_a_kind_is_told_by_the_shape(tmp_path, name, rows, kind):
    written(tmp_path / "any" / "depth" / name, rows)
    (file,) = find([tmp_path]).files
    assert file.kind is kind
    assert file.size == len(stream(rows).read())
    assert len(list(read(file, NOW))) == len(rows)


def test_a_file_that_is_named_may_be_called_anything(tmp_path):
    path = written(tmp_path / "mine.json", [extended()])
    assert [file.kind for file in find([path]).files] == [Kind.EXTENDED_AUDIO]
    assert refused(tmp_path).reason == "there is no streaming history in it"


@pytest.mark.parametrize(
    ("name", "number"),
    [
        *(("Streaming_History_Audio_2017_1.json", 1), ("Streaming_History_Video_2018-2023.json", -1)),
        *(("Streaming_History_Audio_2013-2015_0.json", 0), ("endsong_12.json", 12), ("endsong.json", -1)),
        *(("StreamingHistory3.json", 3), ("StreamingHistory_music_14.json", 14), ("else.json", -1)),
        ("Streaming_History_Audio_2024_9 (1).json", 9),
    ],
)
def test_the_number_of_a_file(name, number):
    assert number_of(name) == number


def test_trap_16_equal_content_is_read_once_and_said(make_zip, tmp_path):
    rows = [extended()]
    path = make_zip({f"MyData/{AUDIO}": rows})
    loose = written(tmp_path / "unpacked" / AUDIO, rows)
    for paths in ([path, loose], [loose, path], [tmp_path], [path, path, loose.parent]):
        found = find(paths)
        assert len(found.files) == len(found.copies) == 1
        assert "has the same content as" in found.notes()[0]
    assert find([path, loose]).files[0].name == find([loose, path]).files[0].name


def test_trap_19_account_data_is_read_and_said(make_zip):
    found = find([make_zip({"Spotify Account Data/StreamingHistory_music_0.json": [account()]})])
    assert "this is account data: the last year" in found.notes()[-1]


def test_trap_20_of_three_packages_together_the_histories_are_read_and_nothing_personal_is_opened(
    tmp_path, make_zip, monkeypatch
):
    others = [f"TechnicalLog{number}.json" for number in range(157 - len(PERSONAL))] + [*PERSONAL]
    for name in others:
        written(tmp_path / "all" / "Spotify" / name, b"not even JSON")
    written(tmp_path / "all" / "Spotify" / AUDIO, [extended()])
    written(tmp_path / "all" / "Spotify" / f"._{AUDIO}", b"\x00\x05\x16\x07")
    zipped_path = make_zip({**dict.fromkeys(others, b"x"), AUDIO: [extended()]})
    opened = []
    for owner, function in ((Path, "open"), (builtins, "open"), (zipfile.ZipFile, "open")):
        real = getattr(owner, function)
        monkeypatch.setattr(
            owner, function, lambda *args, real=real, **kw: opened.append(str(args)) or real(*args, **kw)
        )
    found = find([tmp_path / "all"])
    zipped = find([zipped_path])
    for each in (found, zipped):
        assert names(each) == [AUDIO]
        assert [len(list(read(file, NOW))) for file in each.files] == [1]
    assert found.notes() == ["158 other files hold no history: left alone"]
    assert zipped.notes() == ["157 other files hold no history: left alone"]
    assert [name for name in PERSONAL if any(name in each for each in opened)] == []
    assert any(AUDIO in each for each in opened)


@pytest.mark.parametrize("name", [*PERSONAL, "Userdata (1).json", "SEARCHQUERIES.JSON"])
def test_a_personal_file_is_not_opened_also_when_it_is_named(tmp_path, name, monkeypatch):
    path = written(tmp_path / name, [extended()])
    for owner in (Path, builtins):
        monkeypatch.setattr(owner, "open", lambda *_, **__: pytest.fail("it was opened"))
    assert "personal data" in refused(path).reason


def test_a_zip_in_a_folder_is_fine_and_others_zips_are_other_files(make_zip, tmp_path):
    make_zip({AUDIO: [extended()]}, "all/my_spotify_data (1).zip")
    make_zip({"holiday.jpg": b"x"}, "all/photos.zip")
    written(tmp_path / "all" / "broken.zip", b"PK\x03\x04 and no more")
    found = find([tmp_path / "all"])
    assert names(found) == [AUDIO]
    assert found.notes() == ["2 other files hold no history: left alone"]


def test_links_within_a_folder_are_read_once(tmp_path):
    path = written(tmp_path / "a" / AUDIO, [extended()])
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / AUDIO).symlink_to(path)
    (tmp_path / "b" / "round").symlink_to(tmp_path)
    (tmp_path / "b" / "nowhere.json").symlink_to(tmp_path / "gone")
    (tmp_path / "b" / "endsong_1.json").symlink_to(tmp_path / "b" / "endsong_1.json")
    found = find([tmp_path])
    assert len(found.files) == 1
    assert len(found.copies) == 1


# Refused


def test_what_is_not_there(tmp_path):
    assert refused(tmp_path / "gone.zip").reason == "there is no such file or folder"
    assert refused(tmp_path).reason == "the folder is empty"
    for nothing in ([], [""]):
        with pytest.raises(RefusedExportError, match="a path is needed"):
            find(nothing)
    assert "cannot be read" in refused(f"{tmp_path}/a\x00b").reason


@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_what_run_export_has_written_is_refused_with_the_forms_that_come_back(tmp_path, start):
    sheet, table = tmp_path / "plays.csv", tmp_path / "plays.parquet"
    sheet.write_text(start + "kind,played_at,played_at_local,started_at\n", encoding="utf-8")
    table.write_bytes(b"PAR1")
    for file in (sheet, table):
        found = refused(file)
        assert found.reason == "./run export has written it in a form that is not read back"
        assert "--form listenbrainz or --form lastfm" in found.remedy


@pytest.mark.parametrize(
    ("given", "reason", "remedy"),
    [
        ("https://x.y/my.zip", "it is an address, and no file", "Download what is there"),
        ("~/my.zip", "there is no such file or folder", "outside of the quotes, as in ~/"),
        ("nowhere/my*.zip", "there is no such file or folder", "* and ? outside of the quotes"),
        ("nowhere/my.zip", "there is no such file or folder", "typing error"),
    ],
)
def test_what_a_shell_or_a_browser_would_have_made_a_file_of_is_said(given, reason, remedy):
    found = refused(given)
    assert (found.name, found.reason) == (given, reason)
    assert remedy in found.remedy


def test_all_that_is_wrong_is_said_at_once(tmp_path):
    good = written(tmp_path / AUDIO, [extended()])
    with pytest.raises(RefusedExportError) as raised:
        find([tmp_path / "a", good, tmp_path / "b"])
    assert [refusal.name for refusal in raised.value.refusals] == [str(tmp_path / "a"), str(tmp_path / "b")]
    assert raised.value.remedy.count("\n") == 0


@pytest.mark.parametrize("name", ["my_spotify_data.zip.crdownload", "my_spotify_data.zip.part"])
def test_a_download_that_has_not_ended(tmp_path, name):
    path = written(tmp_path / name, b"PK\x03\x04")
    assert refused(path).reason == "its download has not ended"
    assert refused(tmp_path).reason == "its download has not ended"


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / AUDIO)
    assert refused(tmp_path / AUDIO).reason == "it is neither a file nor a folder"
    assert refused(tmp_path).reason == "there is no streaming history in it"


def test_a_file_of_another_kind(tmp_path):
    assert "neither a zip nor JSON" in refused(written(tmp_path / "a.pdf", b"%PDF")).reason


@pytest.mark.parametrize("part", [0.02, 0.5, 0.99])
def test_a_truncated_zip(make_zip, part):
    path = make_zip({AUDIO: [extended(ms_played=number) for number in range(500)]})
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * part)])
    refusal = refused(path)
    assert "no complete zip" in refusal.reason
    assert "Download it again" in refusal.remedy


def test_a_damaged_member(make_zip):
    path = make_zip({AUDIO: [extended(ms_played=number) for number in range(5_000)]})
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 4] = b"\xff\xff\xff\xff"
    path.write_bytes(data)
    assert "damaged" in refused(path).reason
    assert refused(path).name.endswith(AUDIO)


@pytest.mark.parametrize("name", ["../x.json", "/etc/x.json", "a/../../x.json", "..\\x.json", "C:\\x.json"])
def test_trap_21_a_way_out_of_the_folder(make_zip, name):
    refusal = refused(make_zip({AUDIO: [extended()], name: [extended()]}))
    assert "would leave its folder" in refusal.reason
    assert "x.json" in refusal.reason


def test_a_link_in_a_zip(tmp_path):
    path = tmp_path / "my_spotify_data.zip"
    link = zipfile.ZipInfo(AUDIO)
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "w") as opened:
        opened.writestr(link, "/etc/passwd")
    assert "it has a link" in refused(path).reason


@pytest.mark.parametrize("is_folder", [False, True])
def test_a_link_that_leads_out_of_the_folder(tmp_path, is_folder):
    outside = written(tmp_path / "outside" / AUDIO, [extended()])
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / AUDIO).symlink_to(outside.parent if is_folder else outside)
    (tmp_path / "given" / "notes.txt").symlink_to(outside)
    with pytest.raises(RefusedExportError, match="a link that leads out"):
        find([tmp_path / "given"])
    (tmp_path / "link").symlink_to(outside.parent)
    assert names(find([tmp_path / "link"])) == [AUDIO]  # a person has named it


def test_an_encrypted_zip(make_zip):
    path = make_zip({AUDIO: [extended()]})
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    path.write_bytes(data)
    refusal = refused(path)
    assert refusal.reason == "it is encrypted"
    assert "with its password" in refusal.remedy


def test_a_way_of_packing_that_is_not_read(make_zip):
    assert "packed in a way" in refused(make_zip({AUDIO: [extended()]}, method=zipfile.ZIP_LZMA)).reason


def test_a_zip_in_a_zip(make_zip):
    inner = make_zip({AUDIO: [extended()]}, "inner.zip").read_bytes()
    refusal = refused(make_zip({"my_spotify_data.zip": inner}))
    assert "another zip" in refusal.reason
    assert "Unpack the outer zip" in refusal.remedy


def test_a_bomb_by_its_ratio_is_not_unpacked(make_zip, monkeypatch):
    path = make_zip({AUDIO: b"[" + b" " * 20_000_000 + b"]"})
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: pytest.fail("it was opened"))
    assert "zip bomb" in refused(path).reason


def test_a_bomb_by_what_it_declares(make_zip, monkeypatch):
    path = make_zip({AUDIO: [extended()], "endsong_0.json": [extended()]})
    monkeypatch.setattr(archive, "LARGEST_ZIP", 100)
    assert "its histories would be" in refused(path).reason
    monkeypatch.setattr(archive, "LARGEST_MEMBER", 100)
    assert "more than any history" in refused(path).reason
    monkeypatch.setattr(archive, "MOST_MEMBERS", 1)
    assert "2 files" in refused(path).reason


def test_a_bomb_that_declares_less_than_it_holds(make_zip):
    path = make_zip({AUDIO: b"[" + b" " * 20_000_000 + b"]"})
    data = path.read_bytes()
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = data.index(signature) + offset
        data = data[:place] + struct.pack("<I", 1000) + data[place + 4 :]
    path.write_bytes(data)
    assert "not as long as its zip says" in refused(path).reason


def test_a_bomb_that_names_the_same_bytes_twice(make_zip):
    path = make_zip({AUDIO: [extended()], "endsong_1.json": [extended(ms_played=2)]})
    data = path.read_bytes()
    second = data.rindex(b"PK\x01\x02")
    path.write_bytes(data[: second + 42] + struct.pack("<I", 0) + data[second + 46 :])
    assert "the same bytes twice" in refused(path).reason


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        *((b"", "it is empty"), (b" \n", "it is empty"), (b"<html><body>", "it is not JSON: it begins with")),
        *((b"\x89PNG\r\n", "it is not JSON"), ("[{}]".encode("utf-16"), "it is UTF-16")),
        *((b'[{"ts": "2025', "it is cut off"), (b'[{"ts": 1, "ms_played": 2},\n', "it is cut off")),
        *((b'{"error": "not found"}', "not those of a streaming history"), (b"[1, 2]", "not those of")),
    ],
)
@pytest.mark.parametrize("is_zip", [False, True])
def test_a_history_by_its_name_that_is_none(make_zip, tmp_path, content, reason, is_zip):
    path = make_zip({AUDIO: content}) if is_zip else written(tmp_path / AUDIO, content)
    refusal = refused(path)
    assert reason in refusal.reason
    assert AUDIO in refusal.name


@pytest.mark.parametrize("is_zip", [False, True])
@pytest.mark.parametrize(
    ("base", "content", "place"),
    [
        (AUDIO, b'[{"ts": "2025-03-04T10:00:00Z",\n"ms_played": 1,\n"x": "Beyonc\xe9"}]', "line 3 has the byte 0xe9 (byte 61"),
        ("scrobbles.csv", b"A,L,S,05 Apr 2010 11:59\r\nB\x96,L,S,05 Apr 2010 12:02\r\n", "line 2 has the byte 0x96 (byte 27"),
        (AUDIO, stream([extended()] * 2_000).read().replace(b"Song", b"S\xff", 1_999)[:-1] + b"\n]", "byte 0xff"),
        ("1.jsonl", b'{"listened_at": 1, "track_metadata": {}}\n\xc3}', "line 2 has the byte 0xc3 (byte 42"),
    ],
)  # fmt: skip
def test_what_is_not_utf8_is_refused_with_the_place_before_anything_is_read(
    make_zip, tmp_path, base, content, place, is_zip
):
    path = make_zip({base: content}) if is_zip else written(tmp_path / base, content)
    refusal = refused(path)
    assert "it is not UTF-8, so names would be damaged" in refusal.reason
    assert place in refusal.reason
    assert base in refusal.name
    assert "the encoding UTF-8" in refusal.remedy


@pytest.mark.parametrize("size", [*range(1, 40), 1 << 20])
def test_a_sign_of_several_bytes_may_lie_on_the_border_of_two_chunks(tmp_path, monkeypatch, size):
    monkeypatch.setattr(shape, "CHUNK", size)
    rows = [extended(master_metadata_track_name="Beyoncé ✨ 😀")]
    path = written(tmp_path / AUDIO, b"\xef\xbb\xbf" + stream(rows, indent=None).read())
    (file,) = find([path]).files
    assert [row.item_name for row in read(file, NOW)] == ["Beyoncé ✨ 😀"]
    data = path.read_bytes()
    place = data.index("✨".encode()) + 2
    path.write_bytes(data[:place] + b"!" + data[place + 1 :])
    assert f"line 1 has the byte 0xe2 (byte {place - 1:,} of the file)" in refused(path).reason


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("base", [AUDIO, "scrobbles.csv"])
def test_utf16_is_refused_with_its_remedy(tmp_path, encoding, base):
    text = "[{}]" if base == AUDIO else "A,L,S,05 Apr 2010 11:59\n"
    refusal = refused(written(tmp_path / base, text.encode(encoding)))
    assert refusal.reason == "it is UTF-16, as some editors save it, and not UTF-8"
    assert "the encoding UTF-8" in refusal.remedy


def test_packages_without_a_history(make_zip):
    account_data = make_zip(
        {"MyData/Userdata.json": b"{}", "MyData/YourLibrary.json": b'{"tracks": [], "albums": []}'}
    )
    refusal = refused(account_data)
    assert refusal.reason == "this is account data without a streaming history"
    assert "Extended streaming history" in refusal.remedy
    assert [file.kind for file in find([account_data], needs_history=False).files] == [Kind.LIBRARY]
    log = make_zip({f"Log{number}.json": b"[]" for number in range(157)}, "log.zip")
    assert "technical log" in refused(log).reason
    assert refused(make_zip({"a.txt": b""}, "other.zip")).reason == "there is no streaming history in it"


def test_a_folder_that_may_not_be_read(tmp_path, monkeypatch):
    written(tmp_path / AUDIO, [extended()])

    def fail(*_):
        raise PermissionError(13, "Permission denied", str(tmp_path))

    monkeypatch.setattr(os, "scandir", fail)
    assert refused(tmp_path).reason == "it cannot be read: Permission denied"


def test_a_file_that_is_gone_before_it_is_read(tmp_path):
    (file,) = find([written(tmp_path / AUDIO, [extended()])]).files
    (tmp_path / AUDIO).unlink()
    with pytest.raises(BrokenFileError, match="cannot be opened any more"):
        list(read(file, NOW))


def test_progress_is_told_in_bytes(tmp_path):
    path = written(tmp_path / AUDIO, [extended(ms_played=number) for number in range(2_000)])
    told = []
    (file,) = find([path]).files
    assert len(list(read(file, NOW, told.append))) == 2_000
    assert sum(told) == file.size
    assert len(told) > 2


def test_every_kind_of_history_has_a_reader():
    assert set(READERS) == {kind for kind in Kind if kind.is_history}


@given(st.integers(0, 10**6), st.binary(min_size=1, max_size=4), st.sampled_from(["zip", "json"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_damaged_is_an_error_of_ours(tmp_path, place, noise, kind):
    rows = [extended(ms_played=number) for number in range(30)]
    path = tmp_path / (f"my_spotify_data.{kind}" if kind == "zip" else AUDIO)
    if kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
            opened.writestr(AUDIO, stream(rows).read())
            opened.writestr("StreamingHistory_music_0.json", stream([account()]).read())
    else:
        written(path, rows)
    data = bytearray(path.read_bytes())
    place %= len(data)
    data[place : place + len(noise)] = noise
    path.write_bytes(data)
    said = str(path)
    try:
        for file in find([path]).files:
            list(read(file, NOW))
    except (RefusedExportError, BrokenFileError) as error:
        said = str(error)
    assert str(path) in said
