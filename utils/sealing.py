"""Refresh tokens as they are stored: encrypted, by a key that stands beside the app's secret and never in the database.

Fernet (AES-128-CBC with HMAC-SHA256, https://github.com/fernet/spec). TOKEN_ENCRYPTION_KEY holds one key, or several with commas
between them: the first seals, each unseals, so that a key can be replaced. Without one, only a token that Spotify has given in place
of the environment's is stored, sealed with a key that the app's secret gives.
"""

import hashlib
import re
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet

KEY_FORM = "a Fernet key: 44 characters that end with =, made by ./run users new-key"
_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")


def split_keys(text: str) -> tuple[str, ...] | None:
    """The keys of TOKEN_ENCRYPTION_KEY, the one that seals first; None where one of them is none."""
    keys = tuple(key.strip() for key in text.split(",") if key.strip())
    return keys if all(_KEY.fullmatch(key) for key in keys) else None


def new_key() -> str:
    """A key nobody has."""
    from cryptography.fernet import Fernet

    return Fernet.generate_key().decode()


def seal(token: str, keys: Sequence[str], client_secret: str) -> str:
    """The token encrypted with the first of the keys; without any, with one that only the app's secret gives."""
    return _fernet((*keys, _key_of(client_secret))[:1]).encrypt(token.encode()).decode()


def unseal(sealed: str, keys: Sequence[str], client_secret: str) -> str | None:
    """The token again, or None where none of the keys, nor the app's secret, has sealed it."""
    from cryptography.fernet import InvalidToken

    try:
        return _fernet((*keys, _key_of(client_secret))).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


def _fernet(keys: Sequence[str]) -> "MultiFernet":
    from cryptography.fernet import Fernet, MultiFernet

    return MultiFernet([Fernet(key) for key in keys])


def _key_of(client_secret: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(b"refresh token of:" + client_secret.encode()).digest()).decode()
