"""Secrets in a log, hidden as GitHub's runner hides them."""

import base64
import json
import urllib.parse
from collections.abc import Iterable
from xml.sax.saxutils import escape

_QUOTES = {"'": "&apos;", '"': "&quot;"}


def _forms(secret: str) -> Iterable[str]:
    """The forms in which a secret is looked for. (PowerShell's are left out.)"""
    yield secret
    encoded = secret.encode()
    for shift in range(3):  # where it stands in what was encoded decides which of the three is seen
        yield base64.b64encode(encoded[shift:] if len(encoded) > shift else encoded).decode()
    yield secret.replace('"', '\\"')
    yield secret.replace("'", "''")
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield urllib.parse.quote(secret, safe="-._~")
    yield escape(secret, _QUOTES)
    if len(secret) > 8 and secret.startswith('"') and secret.endswith('"'):
        yield secret[1:-1]


class Masks:
    """What a job's log must not show."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._sought: set[str] = set()
        for secret in secrets:
            self.add(secret)

    def add(self, secret: str) -> None:
        """A value, and each of its lines."""
        for value in [secret, *(line.strip() for line in secret.splitlines())]:
            if value.strip():
                self._sought.update(form for form in _forms(value) if form)

    def mask(self, text: str) -> str:
        spans = []
        for sought in self._sought:
            start = text.find(sought)
            while start >= 0:
                spans.append((start, start + len(sought)))
                start = text.find(sought, start + 1)
        masked, place = [], 0
        for start, end in sorted(spans):
            if start > place or not masked:
                masked += [text[place:start], "***"]
            place = max(place, end)
        return "".join([*masked, text[place:]])
