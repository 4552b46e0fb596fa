"""The rows of a file that was found, whatever tool has written it."""

from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime

from utils.history.account import read_account
from utils.history.extended import read_extended
from utils.history.found import HistoryFile
from utils.history.json_stream import READ_ERRORS, Progress, silent
from utils.history.koito import read_koito
from utils.history.lastfm import read_lastfm_csv, read_lastfm_json
from utils.history.listenbrainz import read_listenbrainz
from utils.history.maloja import read_maloja
from utils.history.names import Kind
from utils.history.refusals import BrokenFileError
from utils.history.rows import Reader, Rows
from utils.history.your_spotify import read_your_spotify

READERS: Mapping[Kind, Reader] = {
    Kind.EXTENDED_AUDIO: read_extended,
    Kind.EXTENDED_VIDEO: read_extended,
    Kind.ACCOUNT_MUSIC: read_account,
    Kind.ACCOUNT_PODCAST: read_account,
    Kind.ACCOUNT_AUDIOBOOK: read_account,
    Kind.LASTFM_CSV: read_lastfm_csv,
    Kind.LASTFM_JSON: read_lastfm_json,
    Kind.LISTENBRAINZ: read_listenbrainz,
    Kind.KOITO: read_koito,
    Kind.MALOJA: read_maloja,
    Kind.YOUR_SPOTIFY: read_your_spotify,
}


def read(file: HistoryFile, now: datetime, progress: Progress = silent) -> Rows:
    """The rows in the file's order: exactly one for each that it has, of a file of `Found.histories`. `now`: what is stamped later is set aside.

    `progress` is told the bytes read since the last time. Raises BrokenFileError behind what stood before a fault.
    """
    with ExitStack() as stack:
        try:
            stream = stack.enter_context(file.open())
        except READ_ERRORS as error:
            raise BrokenFileError(file.name, 0, f"it cannot be opened any more ({error})") from error
        yield from READERS[file.kind](stream, file.name, now, progress)
