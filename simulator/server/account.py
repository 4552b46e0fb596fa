"""A listener as Spotify knows them: what the account holds, and what it has allowed the app."""

import calendar
from dataclasses import dataclass, field
from datetime import datetime

from simulator.world.library import Library

CONSENT_MONTHS = 6
CODE, PKCE = "code", "pkce"  # the flow that a consent was given in


@dataclass
class Consent:
    """What a listener has allowed an app, once. `refresh_tokens` are those still accepted, `replaced` those no more."""

    scopes: frozenset[str]
    authorized_at: datetime
    refresh_tokens: list[str]
    flow: str = CODE
    replaced: list[str] = field(default_factory=list)
    revoked: bool = False
    expired: bool = False

    def is_expired(self, now: datetime) -> bool:
        """Tell whether six months have passed since the authorisation."""
        return self.expired or now >= months_later(self.authorized_at, CONSENT_MONTHS)

    def rotate(self, refresh_token: str) -> None:
        """Accept this refresh token from now on, and no other."""
        self.replaced += self.refresh_tokens
        self.refresh_tokens = [refresh_token]


@dataclass(eq=False)
class Account:
    """One account under a name of the tests' own, which never changes, with its consents, the newest last."""

    name: str
    library: Library
    consents: list[Consent] = field(default_factory=list)

    @property
    def user_id(self) -> str:
        """The free-form id of `/me`."""
        return self.library.user.id

    @property
    def account_id(self) -> str:
        """The id of `/me` that never changes, by which requests are known."""
        return self.library.user.account_id

    @property
    def refresh_token(self) -> str:
        """Refresh token of the newest consent."""
        return self.consents[-1].refresh_tokens[-1]


@dataclass
class AccessToken:
    """A bearer token; `account` is None for the client-credentials grant."""

    scopes: frozenset[str]
    expires_at: datetime
    account: Account | None
    revoked: bool = False


def months_later(moment: datetime, months: int) -> datetime:
    """Return `moment` that many calendar months later, at the month's end where the day does not exist."""
    years, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + years, month + 1
    return moment.replace(year=year, month=month, day=min(moment.day, calendar.monthrange(year, month)[1]))
