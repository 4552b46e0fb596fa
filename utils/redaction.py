"""Takes secrets out of text, and remembers which ones this process has come across, for what nobody has foreseen: a fault in a tool.

A run of a job takes its own out of all that it says (`utils/job/run_log.py`); this is for the traceback of anything else (`utils/start.py`).
"""

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

_SHORTEST_IN_BASE64 = 6  # bytes: what is shorter may be a part of any word
_met: set[str] = set()


def remember(*secrets: str) -> None:
    """These must never be shown."""
    _met.update(secrets)


def without_secrets(text: str) -> str:
    """The text without those that were remembered."""
    return Redactor(_met)(text)


class Redactor:
    """Takes secrets out of text, also as JSON, URLs and base64 spell them."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets if len(secret) > 3 for form in _forms(secret)}
        self._secrets = sorted(forms, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


def _forms(secret: str) -> set[str]:
    """How a secret may be spelled; in base64 with anything before and behind it, as in the header of a request."""
    forms = {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    forms |= {quote(secret), quote(secret, safe=""), quote_plus(secret)}
    raw = secret.encode(errors="replace")
    for skipped in range(3):  # base64 spells three bytes at a time
        whole = raw[skipped : skipped + (len(raw) - skipped) // 3 * 3]
        if len(whole) >= _SHORTEST_IN_BASE64:
            forms |= {b64encode(whole).decode(), urlsafe_b64encode(whole).decode()}
    return forms
