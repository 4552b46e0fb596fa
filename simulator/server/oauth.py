"""The accounts service: consents, tokens, `GET /authorize`, `POST /api/token`.

Spotify reference, "OAuth": access tokens live one hour, a consent six months from the authorisation and
refreshing does not extend it; a refresh answer normally carries no refresh token. Errors are 400 with
`{"error", "error_description"}`, another shape than the Web API's.
"""

import base64
import binascii
import calendar
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode, urlsplit

from simulator.api.answers import Answer, json_answer
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
CONSENT_MONTHS = 6
CODE_SECONDS = 600


@dataclass
class Consent:
    """What a listener has allowed an app, once. `refresh_tokens` are those still accepted."""

    scopes: frozenset[str]
    authorized_at: datetime
    refresh_tokens: list[str]
    revoked: bool = False
    expired: bool = False

    def is_expired(self, now: datetime) -> bool:
        """Tell whether six months have passed since the authorisation."""
        return self.expired or now >= months_later(self.authorized_at, CONSENT_MONTHS)


@dataclass
class AccessToken:
    """A bearer token; `has_user` is False for the client-credentials grant."""

    scopes: frozenset[str]
    expires_at: datetime
    has_user: bool = True


@dataclass
class _Code:
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
    """State of the accounts service. Not locked by itself: the server calls it under its lock."""

    now: Callable[[], datetime]
    client_id: str = field(default_factory=lambda: hashlib.blake2b(b"id", digest_size=16).hexdigest())
    client_secret: str = field(default_factory=lambda: hashlib.blake2b(b"key", digest_size=16).hexdigest())
    redirect_uris: list[str] = field(
        default_factory=lambda: ["http://127.0.0.1/callback", "http://127.0.0.1:8888/callback"]
    )
    consents: list[Consent] = field(default_factory=list)
    access_tokens: dict[str, AccessToken] = field(default_factory=dict)
    rotate_refresh_tokens: bool = False
    deny: bool = False
    issued: int = 0
    _codes: dict[str, _Code] = field(default_factory=dict)

    def consent(self, scopes: Iterable[str] | None = None) -> Consent:
        """Record a consent given now, by default to all scopes."""
        granted = frozenset(ALL_SCOPES if scopes is None else scopes)
        consent = Consent(granted, self.now(), [self._secret("refresh")])
        self.consents.append(consent)
        return consent

    def access_token(self, scopes: Iterable[str], *, has_user: bool = True) -> str:
        """Issue a bearer token for one hour."""
        token = self._secret("access")
        expires_at = self.now() + timedelta(seconds=ACCESS_TOKEN_SECONDS)
        self.access_tokens[token] = AccessToken(frozenset(scopes), expires_at, has_user)
        return token

    def authorize(self, query: dict[str, str]) -> Answer:
        """Answer `GET /authorize`: approve at once and redirect, or refuse with a page."""
        if query.get("client_id") != self.client_id:
            return _page("INVALID_CLIENT: Invalid client")
        redirect_uri = query.get("redirect_uri", "")
        if not self._may_redirect(redirect_uri):
            return _page("INVALID_CLIENT: Invalid redirect URI")
        if query.get("response_type") != "code":
            return _page("response_type must be code")
        scopes = frozenset(query.get("scope", "").split())
        if not scopes.issubset(ALL_SCOPES):
            return _page("INVALID_SCOPE: Invalid scope")
        back = {"error": "access_denied"}
        if not self.deny:
            code = self._secret("code")
            self._codes[code] = _Code(redirect_uri, scopes, query.get("code_challenge"), self.now())
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
            return self._refresh(form.get("refresh_token"))
        if kind == "client_credentials" and with_secret:
            token = self.access_token((), has_user=False)
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
            digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != code.challenge:
                raise GrantError("invalid_grant", "code_verifier was incorrect")
        elif not with_secret:
            raise GrantError("invalid_client", "Invalid client secret")
        consent = self.consent(code.scopes)
        return {**self._tokens(consent), "refresh_token": consent.refresh_tokens[-1]}

    def _refresh(self, refresh_token: str | None) -> dict[str, object]:
        if not refresh_token:
            raise GrantError("invalid_request", "refresh_token must be supplied")
        for consent in self.consents:
            if refresh_token in consent.refresh_tokens:
                break
        else:
            raise GrantError("invalid_grant", "Invalid refresh token")
        if consent.revoked:
            raise GrantError("invalid_grant", "Refresh token revoked")
        if consent.is_expired(self.now()):
            raise GrantError("invalid_grant", "Refresh token expired")
        answer = self._tokens(consent)
        if self.rotate_refresh_tokens:
            consent.refresh_tokens = [self._secret("refresh")]
            answer["refresh_token"] = consent.refresh_tokens[-1]
        return answer

    def _tokens(self, consent: Consent) -> dict[str, object]:
        return {
            "access_token": self.access_token(consent.scopes),
            "token_type": "Bearer",
            "expires_in": ACCESS_TOKEN_SECONDS,
            "scope": " ".join(sorted(consent.scopes)),
        }

    def _check_client(self, form: dict[str, str], authorization: str) -> bool:
        """Return True for id and secret in a Basic header, False for a bare `client_id` (PKCE)."""
        if not authorization and form.get("client_id") == self.client_id and "client_secret" not in form:
            return False
        scheme, _, coded = authorization.partition(" ")
        try:
            given = base64.b64decode(coded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            given = ""
        if scheme.lower() != "basic" or given != f"{self.client_id}:{self.client_secret}":
            raise GrantError("invalid_client", "Invalid client")
        return True

    def _may_redirect(self, uri: str) -> bool:
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

    def _secret(self, kind: str) -> str:
        self.issued += 1
        return "".join(make_id(kind, self.client_id, self.issued, part) for part in range(5))


def months_later(moment: datetime, months: int) -> datetime:
    """Return `moment` that many calendar months later, at the month's end where the day does not exist."""
    years, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + years, month + 1
    return moment.replace(year=year, month=month, day=min(moment.day, calendar.monthrange(year, month)[1]))


def _page(text: str) -> Answer:
    return Answer(400, text.encode(), content_type="text/html; charset=utf-8")
