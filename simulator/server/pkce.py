"""Proof key for code exchange: an app without a secret shows that it is the one that asked for consent.

Spotify reference, "OAuth": only the method S256. The verifier is 43 to 128 characters, its SHA-256 in base64url without
padding the challenge (RFC 7636).
"""

import base64
import hashlib
import re
from collections.abc import Mapping

CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def challenge_of(verifier: str) -> str:
    """The challenge that belongs to a verifier."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def refused_challenge(query: Mapping[str, str]) -> str | None:
    """What is wrong with the challenge in a query of `/authorize`; None where it is right, or there is none."""
    challenge, method = query.get("code_challenge"), query.get("code_challenge_method")
    if challenge is None and method is None:
        return None
    if method != "S256":
        return "code_challenge_method must be S256"
    return None if CHALLENGE.fullmatch(challenge or "") else "code_challenge is invalid"


def refused_verifier(challenge: str, verifier: str | None) -> tuple[str, str] | None:
    """Error and description for a verifier that does not fit the challenge; None where it fits."""
    if not verifier:
        return "invalid_request", "code_verifier required"
    if not VERIFIER.fullmatch(verifier):
        return "invalid_grant", "code_verifier was invalid"
    if challenge_of(verifier) != challenge:
        return "invalid_grant", "code_verifier was incorrect"
    return None
