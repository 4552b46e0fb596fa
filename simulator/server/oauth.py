"""The accounts service: who there is, their consents and tokens, `GET /authorize`, `POST /api/token`.

Spotify reference, "OAuth": access tokens live one hour, a consent six months from the authorisation and
refreshing does not extend it; a refresh answer normally carries no refresh token, but one to an app without a secret
(PKCE) does, and then the old one is over. Errors are 400 with `{"error", "error_description"}`, another shape than the
Web API's.
"""

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

from simulator.api.answers import Answer, json_answer
from simulator.server.account import CODE, PKCE, AccessToken, Account, Consent
from simulator.server.app import App
from simulator.server.pkce import refused_challenge, refused_verifier
from simulator.world.identifiers import make_id

ALL_SCOPES = (
    "playlist-modify-private",
    "playlist-modify-public",
    "playlist-read-collaborative",
    "playlist-read-private",
    "ugc-image-upload",
    "user-follow-modify",
    "user-follow-read",
    "user-library-modify",
    "user-library-read",
    "user-read-email",
    "user-read-playback-state",
    "user-read-private",
    "user-read-recently-played",
    "user-top-read",
)
ACCESS_TOKEN_SECONDS = 3600
CODE_SECONDS = 600


@dataclass
class _Code:
    account: Account
    redirect_uri: str
    scopes: frozenset[str]
    challenge: str | None
    issued_at: datetime


class GrantError(Exception):
    """A refusal of the token service."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


@dataclass
class Accounts:
    """State of the accounts service. Not locked by itself: the server calls it under its lock.

    `listeners` are all accounts in the order they came; `signed_in` is the one whose browser it is, who gives consent at
    `/authorize`. `rotate_pkce_tokens` off is what was reported since July 2026: these refresh tokens stay, too.
    """

    now: Callable[[], datetime]
    app: App
    listeners: list[Account]
    signed_in: Account
    access_tokens: dict[str, AccessToken] = field(default_factory=dict)
    rotate_refresh_tokens: bool = False
    rotate_pkce_tokens: bool = True
    deny: bool = False
    issued: int = 0
    _codes: dict[str, _Code] = field(default_factory=dict)

    @property
    def consents(self) -> list[Consent]:
        """The consents of all listeners."""
        return [consent for account in self.listeners for consent in account.consents]

    def consent(self, account: Account, scopes: Iterable[str] | None = None, flow: str = CODE) -> Consent:
        """Record a consent given now, by default to all scopes."""
        granted = frozenset(ALL_SCOPES if scopes is None else scopes)
        consent = Consent(granted, self.now(), [self._secret("refresh")], flow)
        account.consents.append(consent)
        return consent

    def access_token(self, scopes: Iterable[str], account: Account | None) -> str:
        """Issue a bearer token for one hour, without an account for the catalogue only."""
        token = self._secret("access")
        expires_at = self.now() + timedelta(seconds=ACCESS_TOKEN_SECONDS)
        self.access_tokens[token] = AccessToken(frozenset(scopes), expires_at, account)
        return token

    def revoke(self, account: Account) -> None:
        """Withdraw all consents of an account; its access tokens end with them."""
        for consent in account.consents:
            consent.revoked = True
        for token in self.access_tokens.values():
            token.revoked |= token.account is account

    def who_asks(self, form: Mapping[str, object]) -> Account | None:
        """Whose code or refresh token, good or not, a form for `/api/token` holds."""
        code = self._codes.get(str(form.get("code")))
        if code:
            return code.account
        found = self._find(str(form.get("refresh_token")))
        return found and found[0]

    def authorize(self, query: dict[str, str]) -> Answer:
        """Answer `GET /authorize`: approve at once and redirect, or refuse with a page."""
        if query.get("client_id") != self.app.client_id:
            return _page("INVALID_CLIENT: Invalid client")
        redirect_uri = query.get("redirect_uri", "")
        if not self.app.may_redirect(redirect_uri):
            return _page("INVALID_CLIENT: Invalid redirect URI")
        if query.get("response_type") != "code":
            return _page("response_type must be code")
        scopes = frozenset(query.get("scope", "").split())
        if not scopes.issubset(ALL_SCOPES):
            return _page("INVALID_SCOPE: Invalid scope")
        if refusal := refused_challenge(query):
            return _page(refusal)
        back = {"error": "access_denied"}
        if not self.deny:
            code = self._secret("code")
            self._codes[code] = _Code(
                self.signed_in, redirect_uri, scopes, query.get("code_challenge"), self.now()
            )
            back = {"code": code}
        if "state" in query:
            back["state"] = query["state"]
        joint = "&" if urlsplit(redirect_uri).query else "?"
        return Answer(302, headers={"Location": f"{redirect_uri}{joint}{urlencode(back)}"})

    def token(self, body: bytes, headers: dict[str, str]) -> Answer:
        """Answer `POST /api/token`."""
        # A body of another type is not read, so its grant_type is missing.
        is_form = headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        text = body.decode("utf-8", "replace") if is_form else ""
        form = dict(parse_qsl(text, keep_blank_values=True))
        try:
            with_secret = self._check_client(form, headers.get("authorization", ""))
            return json_answer(self._grant(form, with_secret))
        except GrantError as refused:
            return json_answer({"error": refused.error, "error_description": refused.description}, 400)

    def _grant(self, form: dict[str, str], with_secret: bool) -> dict[str, object]:
        kind = form.get("grant_type")
        if kind == "authorization_code":
            return self._exchange_code(form, with_secret)
        if kind == "refresh_token":
            return self._refresh(form, with_secret)
        if kind == "client_credentials" and with_secret:
            token = self.access_token((), None)
            return {"access_token": token, "token_type": "Bearer", "expires_in": ACCESS_TOKEN_SECONDS}
        if not kind:
            raise GrantError("unsupported_grant_type", "grant_type parameter is missing")
        raise GrantError("unsupported_grant_type", f"grant_type {kind} is not supported")

    def _exchange_code(self, form: dict[str, str], with_secret: bool) -> dict[str, object]:
        code = self._codes.pop(form.get("code", ""), None)
        if code is None:
            raise GrantError("invalid_grant", "Invalid authorization code")
        if self.now() - code.issued_at > timedelta(seconds=CODE_SECONDS):
            raise GrantError("invalid_grant", "Authorization code expired")
        if form.get("redirect_uri") != code.redirect_uri:
            raise GrantError("invalid_grant", "Invalid redirect URI")
        if code.challenge is not None:
            if refusal := refused_verifier(code.challenge, form.get("code_verifier")):
                raise GrantError(*refusal)
        elif not with_secret:
            raise GrantError("invalid_client", "Invalid client secret")
        consent = self.consent(code.account, code.scopes, CODE if with_secret else PKCE)
        return {**self._tokens(code.account, consent), "refresh_token": consent.refresh_tokens[-1]}

    def _refresh(self, form: dict[str, str], with_secret: bool) -> dict[str, object]:
        refresh_token = form.get("refresh_token")
        if not refresh_token:
            raise GrantError("invalid_request", "refresh_token must be supplied")
        found = self._find(refresh_token)
        if found is None:
            raise GrantError("invalid_grant", "Invalid refresh token")
        account, consent = found
        is_pkce = consent.flow == PKCE
        if is_pkce and "client_id" not in form:
            raise GrantError("invalid_request", "client_id required")
        if not is_pkce and not with_secret:
            raise GrantError("invalid_client", "Invalid client secret")
        if refresh_token in consent.replaced and not is_pkce:
            raise GrantError("invalid_grant", "Invalid refresh token")
        if consent.revoked or refresh_token in consent.replaced:
            raise GrantError("invalid_grant", "Refresh token revoked")
        if consent.is_expired(self.now()):
            raise GrantError("invalid_grant", "Refresh token expired")
        answer = self._tokens(account, consent)
        if self.rotate_pkce_tokens if is_pkce else self.rotate_refresh_tokens:
            consent.rotate(self._secret("refresh"))
            answer["refresh_token"] = consent.refresh_tokens[-1]
        return answer

    def _find(self, refresh_token: str) -> tuple[Account, Consent] | None:
        for account in self.listeners:
            for consent in account.consents:
                if refresh_token in consent.refresh_tokens or refresh_token in consent.replaced:
                    return account, consent
        return None

    def _tokens(self, account: Account, consent: Consent) -> dict[str, object]:
        return {
            "access_token": self.access_token(consent.scopes, account),
            "token_type": "Bearer",
            "expires_in": ACCESS_TOKEN_SECONDS,
            "scope": " ".join(sorted(consent.scopes)),
        }

    def _check_client(self, form: dict[str, str], authorization: str) -> bool:
        """Return True for id and secret in a Basic header, False for a bare `client_id` (PKCE)."""
        if not authorization and form.get("client_id") == self.app.client_id and "client_secret" not in form:
            return False
        scheme, _, coded = authorization.partition(" ")
        try:
            given = base64.b64decode(coded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            given = ""
        if scheme.lower() != "basic" or given != f"{self.app.client_id}:{self.app.client_secret}":
            raise GrantError("invalid_client", "Invalid client")
        return True

    def _secret(self, kind: str) -> str:
        self.issued += 1
        return "".join(make_id(kind, self.app.client_id, self.issued, part) for part in range(5))


def _page(text: str) -> Answer:
    return Answer(400, text.encode(), content_type="text/html; charset=utf-8")
