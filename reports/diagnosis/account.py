"""Checks of the app and the consent: what Spotify says of them, and what is stored of them."""

from collections.abc import Iterator
from datetime import datetime

from reports.diagnosis.asking import Answers, asked
from reports.diagnosis.finding import Finding, NotChecked, fault, fault_of, ok, warning
from reports.diagnosis.settings import told_elsewhere
from reports.diagnosis.situation import Schema, Situation
from utils.clock import believed
from utils.database.connection import EmbeddedDatabase
from utils.errors import AppRefusedError, ConsentError, ExitCode, TransientError
from utils.job.journal import CAPABILITY_AGE
from utils.spotify.consents import PUT_RIGHT_ELSEWHERE, SCOPES, WARN_DAYS, consent_ends_at
from utils.words import counted

MOST_IN_DEVELOPMENT = 5  # accounts that may use an app in Development Mode
CONSENT = "SPOTIFY_REFRESH_TOKEN"
_NOTHING = "Until that is put right nothing is copied."
_BATCHES = ("batch_albums", "batch_artists", "batch_tracks")  # what Development Mode lacks
# What cannot be done without each scope.
_NEEDED_FOR = {
    "user-library-read": "liked tracks and saved albums",
    "user-follow-read": "followed artists",
    "playlist-read-private": "private playlists",
    "playlist-read-collaborative": "collaborative playlists",
    "user-read-recently-played": "plays",
    "user-top-read": "top lists",
    "user-read-private": "your market",
    "playlist-modify-private": "smart playlists",
    "playlist-modify-public": "smart playlists that are public",
}


def check_app(at: Situation) -> Iterator[Finding]:
    """Whether Spotify knows the app, and can be reached at all."""
    answers = _answers(at)
    error = answers.of_token or answers.of_account
    if isinstance(answers.of_token, AppRefusedError):
        yield fault_of("app-refused", answers.of_token, _NOTHING)
    elif isinstance(error, ConsentError) and error.auth_status == "premium_lapsed":
        yield fault_of("premium-lapsed", error, _NOTHING)
    elif isinstance(error, TransientError) or (error is not None and not isinstance(error, ConsentError)):
        yield fault_of("spotify-unreachable", error, _NOTHING)
    elif answers.pause is not None:
        yield warning(
            "spotify-pause",
            f"Spotify wants no requests until {answers.pause.until:%Y-%m-%d %H:%M} UTC ({answers.pause.reason}).",
            "Nothing is to be done: the scripts go on by themselves.",
        )
    else:
        yield ok("Spotify knows the app, and answers.")


def check_has_consent(at: Situation) -> Iterator[Finding]:
    """Whether there is a consent at all: in the environment, or stored with a listener."""
    if at.app is None or CONSENT in told_elsewhere(at):
        raise NotChecked("the settings of Spotify are missing or malformed")
    given = "one in the environment" if at.given(CONSENT) else ""
    if not given and not _is_empty(at):
        at.needs_stored()  # else it is not known whether there is another one
    (stored,) = at.row("doctor.stored_consents") if at.is_stored else (0,)
    if not given and not stored:
        yield fault(
            "settings",
            f"{CONSENT} is missing, and no consent is stored. {_NOTHING}",
            "./run login",
        )
    else:
        parts = [given, f"{stored} stored" if stored else ""]
        yield ok(f"Consents: {', '.join(filter(None, parts))}.")


def _is_empty(at: Situation) -> bool:
    """Whether it is known that nothing is stored: the database is not made yet, or has no tables."""
    if at.connection is None:
        return isinstance(at.database, EmbeddedDatabase) and not at.database.is_made
    return at.schema is Schema.NONE


def check_consent(at: Situation) -> Iterator[Finding]:
    """Whether Spotify still takes the consent, and lets this account use the app."""
    answers = at.once(asked)
    if answers.why_not:
        status = at.listener.auth_status
        if status == "ok" or not at.is_of_consent:
            raise NotChecked(answers.why_not)
        yield fault(
            code_of(status),
            f"The last time, Spotify did not accept the consent ({status}), so nothing is copied.",
            PUT_RIGHT_ELSEWHERE.get(status, at.login),
            ExitCode.CONSENT,
        )
        return
    error = answers.of_token or answers.of_account
    if isinstance(error, ConsentError) and error.auth_status != "premium_lapsed":
        yield fault_of(code_of(error.auth_status), error, _NOTHING)
    elif error is not None or answers.pause is not None:
        raise NotChecked("Spotify did not say whose account it is")
    else:
        yield ok("Spotify takes the consent, and lets this account use the app.")


def check_consent_age(at: Situation) -> Iterator[Finding]:
    """How long the consent still lasts: Spotify ends it after six months."""
    answers = at.once(asked)
    if isinstance(answers.of_token, ConsentError):
        raise NotChecked("the consent counts no more")
    began = believed(_given_at(at), at.now)
    if began is None:
        raise NotChecked("it is not known when the consent was given")
    ends = consent_ends_at(began)
    days = (ends - at.now).days
    if days < 0:
        yield fault(
            "consent-expired",
            f"The consent ended on {ends:%Y-%m-%d}: Spotify lets it last six months. From then on nothing is copied.",
            at.login,
            ExitCode.CONSENT,
        )
    elif days <= WARN_DAYS:
        yield warning(
            "consent-ends",
            f"The consent ends in {counted(days, 'day')}, on {ends:%Y-%m-%d}. From then on nothing is copied.",
            at.login,
        )
    else:
        yield ok(f"The consent lasts until {ends:%Y-%m-%d}, {counted(days, 'day')}.")


def _given_at(at: Situation) -> datetime | None:
    """When the consent was given: as it is stored, or, of a new one that no run has used yet, as the settings say."""
    if at.named or at.spotify is None or at.user is not None:
        return at.listener.authorized_at
    try:
        given = datetime.fromisoformat(at.spotify.authorized_at or "")
    except ValueError:
        return None
    return given if given.tzinfo else None


def check_scopes(at: Situation) -> Iterator[Finding]:
    """Whether the listener has agreed to all that the scripts do."""
    answers = at.once(asked)
    if isinstance(answers.of_token, ConsentError):
        raise NotChecked("the consent counts no more")
    granted = answers.granted_scopes or (at.user.granted_scopes if at.user else None)
    if granted is None:
        raise NotChecked("Spotify has not said what was agreed to")
    missing = [scope for scope in SCOPES if scope not in granted.split()]
    if missing:
        lost = ", ".join(_NEEDED_FOR[scope] for scope in missing)
        yield fault(
            "scopes",
            f"The consent lacks {', '.join(missing)}; without that there are no {lost}.",
            f"{at.login}, and agree to all of it",
            ExitCode.CONSENT,
        )
    else:
        yield ok("The listener has agreed to all that the scripts do.")


def check_quota_mode(at: Situation) -> Iterator[Finding]:
    """Which quota mode the app is in, as far as a run has learnt it; and whether as many listeners may use it."""
    if at.app is None or at.app.spotify is None:
        raise NotChecked("the settings of Spotify are missing or malformed")
    at.needs_stored()
    known = dict(
        at.rows(
            "api.capabilities", client_id=at.app.spotify.client_id, now=at.now, since=at.now - CAPABILITY_AGE
        )
    )
    learnt = [known[name] for name in _BATCHES if name in known]
    (listeners,) = at.row("doctor.active_listeners")
    if not learnt:
        raise NotChecked("no run has learnt it in the last seven days")
    if any(learnt):
        yield ok("The app is in Extended Quota Mode.")
    elif listeners > MOST_IN_DEVELOPMENT:
        yield fault(
            "too-many-listeners",
            f"The app is in Development Mode, which serves {MOST_IN_DEVELOPMENT} accounts, and {listeners} listeners are active.",
            "./run control pause for some of them; or apply for Extended Quota Mode at developer.spotify.com/dashboard",
            ExitCode.FAILED,
        )
    else:
        yield ok(
            f"The app is in Development Mode: {counted(listeners, 'listener')} of {MOST_IN_DEVELOPMENT}, one request for each artist and album."
        )


def _answers(at: Situation) -> Answers:
    """What Spotify says. Raises NotChecked where it was not asked."""
    answers = at.once(asked)
    if answers.why_not:
        raise NotChecked(answers.why_not)
    return answers


def code_of(auth_status: str) -> str:
    """Of a fault of the consent."""
    return f"consent-{auth_status}".replace("_", "-")
