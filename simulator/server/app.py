"""The one registered app: its credentials, whom it serves, and its budgets, which all its listeners share.

Spotify reference, "Which API you get": in development mode five listeners at most, each on an allowlist. Who is not on it
can log in, but every call is refused; so is everybody's where the owner's Premium has lapsed.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from simulator.api.answers import Answer, ApiError
from simulator.api.call import DEVELOPMENT, EXTENDED
from simulator.server.account import Account
from simulator.server.limits import DailyQuota, RateWindow
from simulator.server.request_log import Request

NOT_ALLOWLISTED = "Check settings on developer.spotify.com/dashboard, the user may not be registered."
NO_PREMIUM = "Active premium subscription required for the owner of the app."
MOST_ALLOWLISTED = 5


def _digits(text: bytes) -> str:
    return hashlib.blake2b(text, digest_size=16).hexdigest()


@dataclass
class App:
    """State of the app. Not locked by itself. Raises ValueError for an unknown `mode`."""

    mode: str
    client_id: str = field(default_factory=lambda: _digits(b"id"))
    client_secret: str = field(default_factory=lambda: _digits(b"key"))
    redirect_uris: list[str] = field(
        default_factory=lambda: ["http://127.0.0.1/callback", "http://127.0.0.1:8888/callback"]
    )
    allowlist: list[Account] = field(default_factory=list)
    premium_lapsed: bool = False
    rate_window: RateWindow | None = None
    daily_quota: DailyQuota | None = None

    def __post_init__(self) -> None:
        if self.mode not in {DEVELOPMENT, EXTENDED}:
            raise ValueError(f"unknown mode {self.mode!r}")

    def allow(self, account: Account) -> None:
        """Put an account on the allowlist. Raises ValueError for a sixth one in development mode; those of extended mode stay."""
        if account in self.allowlist:
            return
        if self.mode == DEVELOPMENT and len(self.allowlist) >= MOST_ALLOWLISTED:
            raise ValueError(
                f"cannot put {account.name} on the allowlist: in development mode it takes {MOST_ALLOWLISTED} accounts. "
                "Use extended mode, add the account with is_allowed=False, or disallow another one first."
            )
        self.allowlist.append(account)

    def disallow(self, account: Account) -> None:
        """Take an account off the allowlist, if it is there."""
        if account in self.allowlist:
            self.allowlist.remove(account)

    def check(self, account: Account | None) -> None:
        """Refuse with 403 whom the app does not serve; without an account (client credentials) only for want of Premium."""
        if self.premium_lapsed:
            raise ApiError(403, NO_PREMIUM)
        if account is not None and self.mode == DEVELOPMENT and account not in self.allowlist:
            raise ApiError(403, NOT_ALLOWLISTED)

    def over_budget(self, request: Request, now: datetime) -> Answer | None:
        """Count a call of whomever, or return the 429 that refuses it."""
        if self.daily_quota and (refusal := self.daily_quota.refusal(request, now)):
            return refusal
        return self.rate_window.refusal(now) if self.rate_window else None

    def may_redirect(self, uri: str) -> bool:
        """Tell whether `uri` is registered and of an allowed kind.

        Plain HTTP only on a loopback literal, never `localhost`; a loopback URI registered without a port
        accepts any port.
        """
        try:
            parts = urlsplit(uri)
            loopback = parts.hostname in {"127.0.0.1", "::1"}
            port = parts.port
        except ValueError:
            return False
        if parts.scheme != "https" and not (parts.scheme == "http" and loopback):
            return False
        if parts.hostname == "localhost":
            return False
        without_port = uri.replace(f":{port}", "", 1) if loopback and port else uri
        return uri in self.redirect_uris or without_port in self.redirect_uris
