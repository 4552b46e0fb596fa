"""The server on the loopback address that Spotify sends the browser back to; it accepts one answer."""

import hmac
import html
import os
import re
import socket
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Self
from urllib.parse import parse_qs, urlsplit

from utils.config import REDIRECT_URI
from utils.errors import SettingsError

DASHBOARD = "https://developer.spotify.com/dashboard"


@dataclass(frozen=True)
class Redirect:
    """The parts of the redirect URI, to which Spotify sends the browser back."""

    uri: str
    host: str
    port: int
    path: str

    def hosts(self) -> set[str]:
        """The values of the Host header that belong to the URI."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return {f"{host}:{self.port}"} | ({host} if self.port == 80 else set())


def parse_redirect_uri(uri: str) -> Redirect:
    """Parse a redirect URI. Raises SettingsError that says why Spotify, or the server here, would refuse it."""
    remedy = f"Use {REDIRECT_URI} (the default), or another port; register the same under Redirect URIs at {DASHBOARD}."
    try:
        parts = urlsplit(uri)
        host, port = parts.hostname, parts.port
    except ValueError:
        has_port = re.match(r"https?://[^/\[\]]*:", uri) is not None
        why = "has a port that is no port number" if has_port else "is not a URL"
        raise SettingsError(f"SPOTIFY_REDIRECT_URI {why}.", remedy) from None
    if host == "localhost" or re.match(r"localhost\b", uri, re.IGNORECASE):
        raise SettingsError(
            "SPOTIFY_REDIRECT_URI names localhost, which Spotify refuses: it takes the loopback address itself only.",
            remedy,
        )
    faults = (
        (re.search(r"[^!-~]", uri), "it holds a blank, or a character that a URL has not"),
        (re.match(r"[\"'`<]", uri), "it has a quote or the like around it"),
        ("://" not in uri, "it does not begin with http://"),
        (
            host not in ("127.0.0.1", "::1"),
            "Spotify must send the browser back to this machine, by its loopback address",
        ),
        (parts.scheme != "http", "it begins with https://, and what listens on this machine speaks http"),
        (not port, "it names no port"),
        (parts.username is not None, "it has a user before the host"),
        (parts.query or parts.fragment, "it has something behind the path"),
        (re.search(r"[\"'`<>,;\\]", uri), "it has a quote, a comma or the like in it"),
    )
    for is_so, why in faults:
        if is_so:
            raise SettingsError(
                f"SPOTIFY_REDIRECT_URI is not of the form http://127.0.0.1:PORT/PATH or http://[::1]:PORT/PATH: {why}.",
                remedy,
            )
    assert host is not None, "or it was refused"
    assert port is not None
    return Redirect(uri, host, port, parts.path or "/")


class CallbackServer(ThreadingTCPServer):
    """Listens on the loopback address, and keeps the first answer that has the right state. A context manager.

    Each connection has a thread, because browsers open spare connections.
    """

    daemon_threads = True
    allow_reuse_address = os.name == "posix"

    def __init__(self, redirect: Redirect, state: str) -> None:
        self.address_family = socket.AF_INET6 if ":" in redirect.host else socket.AF_INET
        self.redirect, self.state = redirect, state
        self.answered = threading.Event()
        self.lock = threading.Lock()
        self.code = self.refusal = ""
        super().__init__((redirect.host, redirect.port), _Callback)

    def __enter__(self) -> Self:
        self._serving = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self._serving.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._serving.join()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore a broken connection: the browser may open another one."""

    def accept_answer(self, target: str, host: str) -> bool:
        """Keep the answer in a request's target if it has the right state and is the first; whether it was kept."""
        try:
            parts = urlsplit(target)
            query = parse_qs(parts.query, keep_blank_values=True, max_num_fields=20)
        except ValueError:
            return False
        states = query.get("state", [])
        if host.lower() not in self.redirect.hosts() or parts.path != self.redirect.path or len(states) != 1:
            return False
        if not hmac.compare_digest(states[0].encode(), self.state.encode()):
            return False
        code, refusal = query.get("code", [""])[0], query.get("error", [""])[0]
        with self.lock:
            if self.code or self.refusal or not (code or refusal):
                return False
            self.code, self.refusal = ("", refusal) if refusal else (code, "")
        return True


class _Callback(BaseHTTPRequestHandler):
    """Handles one request to the loopback address."""

    server: CallbackServer
    server_version, sys_version = "login", ""
    timeout = 10

    def do_GET(self) -> None:
        is_accepted = self.server.accept_answer(self.path, self.headers.get("Host", ""))
        try:
            if not is_accepted:
                self._page(
                    400, "This is not the answer that is waited for", "Use the link that the terminal shows."
                )
            elif self.server.refusal:
                self._page(200, "No consent was given", "Nothing was changed. The terminal says more.")
            else:
                self._page(200, "Done here", "Spotify has answered. Go back to the terminal.")
        finally:
            if is_accepted:
                self.server.answered.set()

    def _page(self, status: int, title: str, text: str) -> None:
        title, text = html.escape(title), html.escape(text)
        page = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><h1>{title}</h1><p>{text}</p>'
        body = page.encode()
        self.send_response(status)
        for name, value in (
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("Referrer-Policy", "no-referrer"),
            ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
            ("X-Content-Type-Options", "nosniff"),
            ("Connection", "close"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: requests hold the code."""
