"""Jobs that talk to Spotify on behalf of a listener, and their runs."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import TypeVar

from psycopg2.extensions import cursor as Cursor

from utils.clock import cannot_be
from utils.config import SpotifySettings
from utils.errors import Skipped, Stopped
from utils.job.app_settings import AppSettings
from utils.job.attempt import NOBODY, AtEnd
from utils.job.consents import chosen_consent
from utils.job.declaration import Job, Options
from utils.job.fair_share import USED_UP
from utils.job.gates import check_gates, check_spotify_pauses
from utils.job.journal import StoredCapabilities
from utils.job.opening import Opening
from utils.job.run import Run
from utils.job.run_report import shut_out
from utils.job.users import (
    User,
    check_consent,
    correct_consent,
    find_user,
    keep_token,
    note_scopes,
    register_user,
    stored_token,
    update_user_settings,
)
from utils.spotify.client import Spotify
from utils.spotify.in_order import in_order
from utils.spotify.tokens import AccessTokens, TokenSource
from utils.spotify.transport import Transport

T = TypeVar("T")
R = TypeVar("R")


class SpotifyRun(Run):
    """A run with a listener and a client."""

    def __init__(
        self,
        opening: Opening,
        options: Options,
        app_settings: AppSettings,
        user: User,
        spotify: Spotify,
        groups: Sequence[str] = (),
    ) -> None:
        super().__init__(opening, options, app_settings, [user.user_id])
        self.groups = groups
        self.user = user
        self.spotify = spotify
        self.client_id = spotify.client_id
        self.journal = opening.journal

    def _write_along(self, cursor: Cursor) -> None:
        self.spotify.transport.store_calls(cursor, self.client_id)

    def _count_batch(self, begun: float, *, is_reported: bool) -> None:
        super()._count_batch(begun, is_reported=is_reported)
        self.spotify.transport.calls_are_stored()

    @property
    def login(self) -> str:
        """The command that renews the consent."""
        return self.spotify.transport.login

    @property
    def requests_made(self) -> int:
        """Requests to Spotify so far, repeats included, token requests not."""
        return self.spotify.transport.requests_made

    def check_stop(self, *, is_first: bool = False) -> None:
        """As every run; also where the listener's share of the app's requests is used up."""
        super().check_stop(is_first=is_first)
        share = self.options.fair_share
        if share is None or is_first or not self.tally.batch_number:
            return
        if share.is_spent(self.groups, self.spotify.transport.made):
            raise Stopped(USED_UP)

    def in_order(
        self, fetch: Callable[[T], R], wanted: Iterable[T], fetched: Sequence[tuple[T, R]] = ()
    ) -> Iterator[tuple[T, R]]:
        """Fetch as many at a time as the listener wants, yield in the order asked for, what is `fetched` already first."""
        return in_order(fetch, wanted, self.app_settings.number("sync.pages_at_once"), fetched)

    def at_unfinished_end(self, note: AtEnd) -> None:
        """Store this with the end of the run where that is not a good one, also after a rollback."""
        self._attempt.unfinished.append(note)

    def store_calls(self) -> None:
        """Store the requests counted so far, so that other jobs' budgets know of them."""
        self.journal.store_calls(self.spotify.transport, self.client_id)


class SpotifyJob(Job[SpotifyRun]):
    """A job that asks Spotify, of the endpoint groups it declares."""

    def open(self, opening: Opening, options: Options) -> SpotifyRun:
        """Gates as far as they can be checked, then the listener, then the running-lock.

        Spotify is asked who the listener is only for a consent never seen before. Raises SettingsError where the run is
        only for another listener than the one whose consent it is.
        """
        attempt = opening.attempt
        settings = chosen_consent(opening.connection, opening.settings, options.user)
        opening = replace(opening, settings=settings)
        spotify = settings.spotify
        assert spotify is not None, "chosen just now"
        attempt.spotify = spotify
        attempt.run_log.protect([spotify.refresh_token])
        if job := shut_out(attempt.run_report, attempt.listener):
            raise Skipped(f"{job} was shut out by Spotify; nothing was asked")
        known = find_user(opening.connection, spotify)
        if known is not None:
            check_consent(options.user, known.user_id, known.spotify_id, known.name)
        if known is not None and cannot_be(known.authorized_at, attempt.clock.now()):
            attempt.run_log.logger.warning(
                "the consent of %s cannot be: a clock was wrong. It counts from now",
                f"{known.authorized_at:%Y-%m-%d}",
            )
            known = correct_consent(opening.journal, spotify, known, attempt.clock.now())
        attempt.user = known
        attempt.user_id = known.user_id if known else NOBODY
        app_settings = None
        if known is None:
            check_spotify_pauses(opening, spotify.client_id, self.groups)
        else:
            app_settings = check_gates(opening, self, options, known.user_id, client_id=spotify.client_id)
        client, tokens = _connect(opening, spotify, known, options.tokens)
        if known is None:
            _get_to_know(opening, spotify, client, tokens, options.user)
        elif known.differs_from(settings):
            update_user_settings(opening.journal, settings, known)
        user = known if known and not known.differs_from(settings) else find_user(opening.connection, spotify)
        assert user is not None, "registered just now"
        attempt.user, attempt.user_id = user, user.user_id
        if app_settings is None:
            app_settings = check_gates(opening, self, options, user.user_id)
        share = options.fair_share
        if share is not None:
            if share.is_spent(self.groups, {}):
                raise Stopped(USED_UP)
            opening.stack.callback(lambda: share.made.update(client.transport.made))
        opening.take_lock(self.lock_of(user.user_id), self.name, user.user_id)
        return SpotifyRun(opening, options, app_settings, user, client, self.groups)


def _get_to_know(
    opening: Opening, spotify: SpotifySettings, client: Spotify, tokens: TokenSource, wanted: str
) -> None:
    """Ask whose consent it is, and store that."""
    attempt = opening.attempt
    replaced = register_user(
        opening.journal, opening.settings, spotify, client.me(), tokens, attempt.clock.now(), wanted
    )
    if replaced is not None:
        attempt.run_log.logger.warning(
            "the consent in the environment is %s's, too: it replaces the one that was stored. To have it stored again, take "
            "SPOTIFY_REFRESH_TOKEN out of the environment; then ./run login --user %s",
            replaced,
            replaced,
        )


def _connect(
    opening: Opening, spotify: SpotifySettings, user: User | None, access: AccessTokens | None
) -> tuple[Spotify, TokenSource]:
    """The client, and the source of its tokens. Makes no request. `access`: what runs before this one have been given.

    Each access token, and a refresh token that is not the one in the environment, stored or new, is kept out of every log from now on.
    """
    attempt, log = opening.attempt, opening.attempt.run_log
    transport = Transport(spotify.api_url, attempt.clock, attempt.seconds_left)
    opening.stack.enter_context(closing(transport))
    transport.on_wait = lambda message: log.logger.warning("%s", message)
    transport.on_answer = lambda message: log.logger.debug("%s", message)
    attempt.transport = transport
    refresh_token = stored_token(opening.journal, spotify, user) or spotify.refresh_token
    log.protect([refresh_token])

    def keep(token: str) -> None:
        log.protect([token])
        keep_token(opening.journal, spotify, token)

    def kept() -> str | None:
        token = stored_token(opening.journal, spotify, find_user(opening.connection, spotify))
        log.protect([token] if token else [])
        return token

    def note(scopes: str) -> None:
        if user is not None:
            note_scopes(opening.journal, user, scopes)

    tokens = TokenSource(
        spotify,
        refresh_token,
        attempt.clock,
        keep,
        kept,
        on_access=lambda token: log.protect([token]),
        on_scopes=note,
        known=access,
    )
    capabilities = StoredCapabilities(opening.journal, spotify.client_id, attempt.clock)
    return Spotify(spotify, tokens, transport, capabilities), tokens
