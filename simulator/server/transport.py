"""HTTP/1.1 on loopback: reads a request, hands it over, writes the answer in one piece.

Knows nothing of Spotify. Connections are kept alive, Nagle's algorithm is off.
"""

import contextlib
import socket
import struct
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from simulator.api.answers import Answer

RESET_ON_CLOSE = struct.pack("ii", 1, 0)
WITHOUT_LENGTH = frozenset({204, 304})


@dataclass(frozen=True)
class Incoming:
    """A request as it came in; header names are in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Outcome:
    """What to send. Without an answer the connection is reset; `missing` bytes are announced, not sent."""

    answer: Answer | None
    missing: int = 0


class Connection(BaseHTTPRequestHandler):
    """One client connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "LoopbackServer"

    def setup(self) -> None:
        """Note the connection, so that stopping the server ends it."""
        super().setup()
        self.server.opened(self.connection)

    def finish(self) -> None:
        """Forget the connection."""
        try:
            with contextlib.suppress(OSError):
                super().finish()
        finally:
            self.server.closed(self.connection)

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent; the simulator keeps its own record."""

    def _serve(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        incoming = Incoming(self.command, self.path, headers, self._read_body(headers))
        outcome = self.server.respond(incoming)
        if outcome.answer is None:
            self.server.reset_connection(self.connection)
            self.close_connection = True
            return
        self._write(outcome.answer, outcome.missing)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = _serve

    def _read_body(self, headers: dict[str, str]) -> bytes:
        if "chunked" in headers.get("transfer-encoding", "").lower():
            return self._read_chunks()
        length = headers.get("content-length", "0")
        return self.rfile.read(int(length)) if length.isdigit() else b""

    def _read_chunks(self) -> bytes:
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0] or b"0", 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _write(self, answer: Answer, missing: int) -> None:
        reason = HTTPStatus(answer.status).phrase
        lines = [f"HTTP/1.1 {answer.status} {reason}", f"Date: {formatdate(usegmt=True)}"]
        if answer.body or missing:
            lines.append(f"Content-Type: {answer.content_type}")
        if answer.status not in WITHOUT_LENGTH:
            lines.append(f"Content-Length: {len(answer.body) + missing}")
        if missing:
            self.close_connection = True
        if self.close_connection:
            lines.append("Connection: close")
        lines += [f"{name}: {value}" for name, value in answer.headers.items()]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
        self.wfile.write(head if self.command == "HEAD" else head + answer.body)


class LoopbackServer(ThreadingHTTPServer):
    """Threads per connection; `respond` is called in them."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, respond: Callable[[Incoming], Outcome]) -> None:
        self.respond = respond
        self._open: dict[socket.socket, int] = {}
        self._to_reset: set[int] = set()
        self._changed = threading.Condition()
        super().__init__(("127.0.0.1", port), Connection)

    def server_bind(self) -> None:
        """Bind without the base class's look-up of the host's name, which may be slow."""
        self.allow_reuse_address = True
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "127.0.0.1", int(self.server_address[1])

    def opened(self, connection: socket.socket) -> None:
        """Note an open connection."""
        with self._changed:
            self._open[connection] = threading.get_ident()

    def closed(self, connection: socket.socket) -> None:
        """Forget a connection whose thread is about to end."""
        with self._changed:
            self._open.pop(connection, None)
            self._changed.notify_all()

    def reset_connection(self, connection: socket.socket) -> None:
        """Have the connection end with RST instead of an orderly close."""
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self._to_reset.add(connection.fileno())

    def shutdown_request(self, request: object) -> None:
        """Close a connection; one to be reset is closed without the FIN the base class would send."""
        if isinstance(request, socket.socket) and request.fileno() in self._to_reset:
            self._to_reset.discard(request.fileno())
            request.close()
            return
        super().shutdown_request(request)  # type: ignore[arg-type] # stubs allow datagrams here

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore clients that went away; let anything else be seen."""
        error = sys.exception()
        if isinstance(error, (OSError, ValueError)):
            return
        super().handle_error(request, client_address)  # type: ignore[arg-type] # as above

    def close_connections(self, timeout_s: float = 2.0) -> None:
        """End every open connection and wait for the threads to notice, except a thread that calls this."""
        own = threading.get_ident()
        with self._changed:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            self._changed.wait_for(lambda: set(self._open.values()) <= {own}, timeout_s)
