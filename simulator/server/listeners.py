"""Who the simulator serves, as a test arranges it: the app, its listeners, their consents and tokens."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from simulator.server import state
from simulator.server.account import Account
from simulator.server.app import App
from simulator.server.oauth import Accounts
from simulator.world.catalogue import User
from simulator.world.furnishing import furnish
from simulator.world.identifiers import make_id
from simulator.world.library import Library


class Listeners:
    """The first account is that of `library`; others share its catalogue (`add_account`).

    Wherever an `account` may be given, it is an `Account` or its name, by default the first one. `premium_lapsed` makes
    every API call a 403, `user_not_allowlisted` those of the first account in development mode.
    """

    def __init__(
        self,
        library: Library,
        mode: str,
        clock: Callable[[], datetime] | None,
        port: int,
        state_file: Path | None,
    ) -> None:
        self.clock = clock
        self.port = port
        self.state_file = state_file
        self.lock = threading.RLock()
        self.app = App(mode)
        first = Account(library.user.id, library)
        self.accounts = Accounts(self.now, self.app, [first], first)
        self._admit(first, is_allowed=True)
        self._cache: dict[object, object] = {}
        self._catalogue_text: str | None = None

    # Addresses and credentials

    @property
    def accounts_url(self) -> str:
        """Base address of `/authorize` and `/api/token`."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def api_url(self) -> str:
        """Base address of the Web API, ending in `/v1`."""
        return f"{self.accounts_url}/v1"

    @property
    def client_id(self) -> str:
        """Id of the one registered app."""
        return self.app.client_id

    @property
    def client_secret(self) -> str:
        """Secret of the one registered app."""
        return self.app.client_secret

    @property
    def refresh_token(self) -> str:
        """Refresh token of the first account's newest consent."""
        return self.account().refresh_token

    def environment(self, account: Account | str | None = None) -> dict[str, str]:
        """Environment variables that point a client at this simulator, with an account's newest consent."""
        return {
            "SPOTIFY_CLIENT_ID": self.client_id,
            "SPOTIFY_CLIENT_SECRET": self.client_secret,
            "SPOTIFY_REFRESH_TOKEN": self.account(account).refresh_token,
            "SPOTIFY_API_URL": self.api_url,
            "SPOTIFY_ACCOUNTS_URL": self.accounts_url,
        }

    def now(self) -> datetime:
        """Return the simulator's time."""
        return self.clock() if self.clock else datetime.now(UTC)

    # The app

    @property
    def mode(self) -> str:
        """Quota mode of the app, "development" or "extended"; may be changed while running."""
        return self.app.mode

    @mode.setter
    def mode(self, mode: str) -> None:
        self.app.mode = mode

    @property
    def redirect_uris(self) -> list[str]:
        """Registered redirect URIs; may be changed."""
        return self.app.redirect_uris

    @redirect_uris.setter
    def redirect_uris(self, uris: list[str]) -> None:
        self.app.redirect_uris = uris

    @property
    def premium_lapsed(self) -> bool:
        """Whether the app's owner has no Premium any more."""
        return self.app.premium_lapsed

    @premium_lapsed.setter
    def premium_lapsed(self, lapsed: bool) -> None:
        self.app.premium_lapsed = lapsed

    @property
    def rotate_refresh_tokens(self) -> bool:
        """Whether each refresh replaces the refresh token also of a consent that was given with the app's secret."""
        return self.accounts.rotate_refresh_tokens

    @rotate_refresh_tokens.setter
    def rotate_refresh_tokens(self, rotate: bool) -> None:
        self.accounts.rotate_refresh_tokens = rotate

    @property
    def deny_authorize(self) -> bool:
        """Whether `/authorize` sends the listener back with `error=access_denied`."""
        return self.accounts.deny

    @deny_authorize.setter
    def deny_authorize(self, deny: bool) -> None:
        self.accounts.deny = deny

    # Listeners

    @property
    def library(self) -> Library:
        """What the first account holds."""
        return self.account().library

    def account(self, wanted: Account | str | None = None) -> Account:
        """Return the account of a name. Raises KeyError for an unknown one."""
        if isinstance(wanted, Account):
            return wanted
        known = self.accounts.listeners
        found = known[:1] if wanted is None else [account for account in known if account.name == wanted]
        if not found:
            raise KeyError(f"no account {wanted}; there are {', '.join(account.name for account in known)}")
        return found[0]

    def add_account(
        self, name: str, *, is_allowed: bool = True, gives_consent: bool = True, **sizes: int
    ) -> Account:
        """Add an account, which `sizes` fill as `furnish` says (`liked=20_000`); by default it has nothing.

        `is_allowed` puts it on the app's allowlist, `gives_consent` makes a consent to all scopes. Raises ValueError where that is full (five in development mode), and
        for a name that is taken.
        """
        with self.edit():
            known = self.accounts.listeners
            if any(name in (account.name, account.user_id) for account in known):
                raise ValueError(f"there is an account {name} already")
            user = User(name, make_id("account", name), name.capitalize(), email=f"{name}@example.invalid")
            account = Account(name, Library(user, self.library.shared))
            furnish(account.library, until=self.now(), **sizes)
            self._admit(account, is_allowed=is_allowed, gives_consent=gives_consent)
            known.append(account)
            return account

    def _admit(self, account: Account, *, is_allowed: bool, gives_consent: bool = True) -> None:
        if is_allowed:
            self.app.allow(account)
        account.library.users[account.user_id] = account.library.user
        if gives_consent:
            self.accounts.consent(account)

    @property
    def user_not_allowlisted(self) -> bool:
        """Whether the first account is not on the app's allowlist."""
        return self.account() not in self.app.allowlist

    @user_not_allowlisted.setter
    def user_not_allowlisted(self, is_missing: bool) -> None:
        self.set_allowed(None, is_allowed=not is_missing)

    def set_allowed(self, account: Account | str | None, *, is_allowed: bool) -> None:
        """Put an account on the app's allowlist, or take it off. Raises ValueError where the list is full."""
        with self.lock:
            (self.app.allow if is_allowed else self.app.disallow)(self.account(account))

    def sign_in(self, account: Account | str | None) -> None:
        """Let this account be the one that gives consent at `/authorize`."""
        self.accounts.signed_in = self.account(account)

    # What they hold

    @contextmanager
    def edit(self, account: Account | str | None = None) -> Iterator[Library]:
        """Give an account's library while no request is being answered, so that the edit falls between two requests."""
        with self.lock:
            try:
                yield self.account(account).library
            finally:
                self._cache.clear()
                self._catalogue_text = None
                self._save()

    def save(self) -> None:
        """Write the state file, when there is one."""
        with self.lock:
            self._save()

    def _save(self) -> None:
        if self.state_file is not None:
            if self._catalogue_text is None:
                self._catalogue_text = state.catalogue_text(self.library)
            state.save(self.state_file, self.accounts, self._catalogue_text)

    # Consents and tokens

    def new_consent(self, scopes: Iterable[str] | None = None, account: Account | str | None = None) -> str:
        """Record a new consent (all scopes by default) and return its refresh token."""
        with self.lock:
            return self.accounts.consent(self.account(account), scopes).refresh_tokens[-1]

    def access_token(self, scopes: Iterable[str] | None = None, account: Account | str | None = None) -> str:
        """Issue a bearer token, by default with the scopes of the newest consent."""
        with self.lock:
            of = self.account(account)
            return self.accounts.access_token(of.consents[-1].scopes if scopes is None else scopes, of)

    def expire_access_tokens(self, account: Account | str | None = None) -> None:
        """Let every access token that the account was issued so far be expired."""
        with self.lock:
            of = self.account(account)
            for token in self.accounts.access_tokens.values():
                if token.account is of:
                    token.expires_at = self.now()

    def revoke_consent(self, account: Account | str | None = None) -> None:
        """Withdraw all consents of an account, as on Spotify's account page; its access tokens end with them."""
        with self.lock:
            self.accounts.revoke(self.account(account))

    def expire_consent(self, account: Account | str | None = None) -> None:
        """Let all consents of an account be older than six months; access tokens live on for their hour."""
        with self.lock:
            for consent in self.account(account).consents:
                consent.expired = True
