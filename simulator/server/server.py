"""The simulator: a service, and its trouble, on a port of loopback."""

import threading
import time
import traceback
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from simulator.api.answers import Answer, ApiError
from simulator.api.call import DEVELOPMENT
from simulator.server.control import answer_control
from simulator.server.faults import DAMAGE, INSTEAD, Fault
from simulator.server.request_log import Request
from simulator.server.service import Service
from simulator.server.transport import Incoming, LoopbackServer, Outcome
from simulator.world.library import Library


class Simulator(Service):
    """Spotify's Web API and accounts service for one app, on a free port of 127.0.0.1.

    The first account is that of `library`; `add_account` adds others.

    Use as a context manager, or `start()` and `stop()`. After `stop()` the port stays reserved in name only:
    clients are refused until `start()` is called again, which takes the same port.

    `on_request` is called with each recorded `Request` before it is answered, without the lock. What may be changed
    while it runs, such as `mode`, stands in `Listeners`.
    """

    def __init__(
        self,
        library: Library,
        mode: str = DEVELOPMENT,
        latency_ms: float = 0,
        clock: Callable[[], datetime] | None = None,
        *,
        port: int = 0,
        state_file: Path | None = None,
    ) -> None:
        super().__init__(library, mode, latency_ms, clock, port=port, state_file=state_file)
        self.on_request: Callable[[Request], object] | None = None
        self.on_answer: Callable[[Request, Answer], Answer] | None = None  # what is sent in its place
        self._server: LoopbackServer | None = None
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self._life = threading.Lock()

    # Life

    def start(self) -> "Simulator":
        """Listen; returns when connections are accepted."""
        if self._server is not None:
            return self
        self._stopping.clear()
        self._server = LoopbackServer(self.port, self._respond)
        if self.port != self._server.server_port:
            self.port = self._server.server_port
            self._cache.clear()
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name="simulator", daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """End all connections and stop listening; requests being served are cut off."""
        self._stopping.set()
        # Two threads may stop at once, one of them within `on_request`; the second waits for the first.
        with self._life:
            if self._server is None or self._thread is None:
                return
            self._server.shutdown()
            self._thread.join()
            self._server.close_connections()
            self._server.server_close()
            self._server = self._thread = None

    def __enter__(self) -> "Simulator":
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    # Answering

    def _respond(self, incoming: Incoming) -> Outcome:
        parts = urlsplit(incoming.target)
        if parts.path.startswith("/_simulator/"):
            return Outcome(self._guarded(lambda: answer_control(self, incoming, parts.path)))
        arrived = time.monotonic()
        request = self._record(incoming, parts.path, parts.query)
        taken: list[Fault] = []
        try:
            if self.on_request:
                try:
                    self.on_request(request)
                except Exception:  # noqa: BLE001 - a test's mistake must be a visible 500 too
                    self.errors.append(traceback.format_exc())
                    request.status = 500
                    return Outcome(ApiError(500, "on_request failed").answer())
            taken = self.faults.take(request)
            for fault in taken:
                if fault.kind == "slow":
                    self._stopping.wait(float(str(fault.options.get("seconds", 1))))
            outcome = self._with_fault(request, next((f for f in taken if f.kind != "slow"), None))
            if self.latency_ms:  # it is made meanwhile
                self._stopping.wait(max(arrived + self.latency_ms / 1000 - time.monotonic(), 0))
            request.status = outcome.answer.status if outcome.answer else None
            return outcome
        finally:
            self._served()

    def _with_fault(self, request: Request, fault: Fault | None) -> Outcome:
        if fault is not None and fault.kind == "reset":
            return Outcome(None)
        if fault is not None and fault.kind in INSTEAD:
            return Outcome(fault.answer())
        answer = self._guarded(lambda: self._answer(request))
        if self.on_answer:
            found, change = answer, self.on_answer
            answer = self._guarded(lambda: change(request, found))
        if fault is None or answer.status >= 400:
            return Outcome(answer)
        if fault.kind == "lost_answer":
            return Outcome(None)
        if fault.kind == "empty":
            return Outcome(Answer(200, b""))
        if fault.kind == "invalid_json":
            return Outcome(Answer(200, b'{"items": [{"track": {"id": "'))
        if fault.kind in DAMAGE:
            return Outcome(fault.damaged(answer))
        kept = len(answer.body) // 2
        cut = Answer(answer.status, answer.body[:kept], answer.headers, answer.content_type)
        return Outcome(cut, missing=max(len(answer.body) - kept, 1))
