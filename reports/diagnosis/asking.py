"""Spotify, asked once: at most one token and one GET /me.

None during a pause of Spotify's, none with --offline, and none where a refresh token that Spotify might give in place of the old one
could not be stored: that one alone is ever written.
"""

from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial

from reports.diagnosis.finding import NotChecked
from reports.diagnosis.situation import Situation
from utils.config import SpotifySettings
from utils.database.steady import SteadyConnection
from utils.errors import JobError, RateLimited, Stop
from utils.job.journal import Journal, StoredCapabilities
from utils.job.pauses import read_pauses
from utils.job.users import keep_token, stored_token
from utils.spotify.client import Spotify
from utils.spotify.lean_requests import requests
from utils.spotify.tokens import TokenSource
from utils.spotify.transport import Transport

PATIENCE_S = 5.0  # a longer Retry-After is not waited out


@dataclass
class Answers:
    """What it has said. `why_not`: why it was not asked; `answered_at`: its clock and ours, of the same moment."""

    why_not: str = ""
    of_token: JobError | None = None  # no token was given
    of_account: JobError | None = None  # GET /me was refused
    pause: RateLimited | None = None
    granted_scopes: str | None = None
    answered_at: tuple[datetime, datetime] | None = None


def asked(at: Situation) -> Answers:
    """What Spotify says, for `Situation.once`."""
    why_not = _why_not(at)
    return Answers(why_not) if why_not else _ask(at)


def _why_not(at: Situation) -> str:
    """Why Spotify is not to be asked; empty where it may be."""
    if at.is_offline:
        return "--offline"
    if at.spotify is None:
        return at.no_consent
    try:
        with at.stored() as cursor:
            pauses = [each for each in read_pauses(cursor, None, at.now) if each.kind == "spotify"]
    except NotChecked as why:
        return f"{why}, and a new token that Spotify may give could not be kept"
    return "Spotify wants no requests at the moment" if pauses else ""


def _ask(at: Situation) -> Answers:
    """One token, one GET /me."""
    spotify, database = at.spotify, at.reached
    assert spotify is not None, "or there is nobody to ask"
    assert database is not None
    answers = Answers()
    with ExitStack() as stack:
        journal = Journal(stack.enter_context(closing(SteadyConnection(database, at.clock))))
        transport = stack.enter_context(closing(Transport(spotify.api_url, at.clock, lambda: PATIENCE_S)))
        transport.hooks["response"].append(partial(_note_date, answers, at))
        tokens = _tokens(at, spotify, journal)
        try:
            at.secrets.append(tokens.get_access_token())
        except JobError as error:
            answers.of_token = error
            return answers
        except Stop as stop:
            answers.why_not = str(stop)
            return answers
        answers.granted_scopes = tokens.granted_scopes
        try:
            Spotify(spotify, tokens, transport, StoredCapabilities(journal, spotify.client_id, at.clock)).me()
        except RateLimited as limit:
            answers.pause = limit
        except JobError as error:
            answers.of_account = error
        except Stop as stop:
            answers.why_not = str(stop)
    return answers


def _tokens(at: Situation, spotify: SpotifySettings, journal: Journal) -> TokenSource:
    """As a run has them: the token that Spotify has given in place of the environment's goes first."""
    refresh_token = stored_token(journal, spotify, at.user) or spotify.refresh_token
    at.secrets.append(refresh_token)

    def keep(token: str) -> None:
        at.secrets.append(token)
        keep_token(journal, spotify, token)

    return TokenSource(spotify, refresh_token, at.clock, keep)


def _note_date(answers: Answers, at: Situation, response: requests.Response, **_: object) -> None:
    """When Spotify has answered, by its own clock."""
    try:
        theirs = parsedate_to_datetime(response.headers.get("Date", ""))
    except ValueError:
        return
    answers.answered_at = (theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC), at.now)
