"""A proxy that breaks some of the requests to a backend, for tests of what a client makes of it.

    with FaultyProxy(backend_url, rate=0.1, seed=1) as proxy:
        ...  # use proxy.url as the backend
    assert proxy.broken  # how often each fault struck

It reads each request whole, so that it knows which side of the backend it breaks: requests that are lost before the
backend sees them, and answers that are lost after the backend has done its work.
"""

from __future__ import annotations

import collections
import contextlib
import http.client
import random
import socket
import struct
import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

BEFORE: Final = ("reset_at_once", "reset_after_request", "busy_429", "busy_503", "bad_gateway_before", "cut_request")
"""Faults that keep the request from the backend."""

AFTER: Final = (
    "lost_answer",
    "reset_in_answer",
    "cut_answer",
    "not_json",
    "wrong_length",
    "error_500",
    "bad_gateway_after",
    "late_answer",
)
"""Faults that strike when the backend has done its work."""

FAULTS: Final = BEFORE + AFTER


class FaultyProxy:
    """A proxy in front of one backend.

    Args:
        target: URL of the backend.
        rate: share of the requests that are broken, from 0 to 1.
        faults: kinds of faults to choose from.
        seed: makes a run repeatable, as far as the order of the requests is.
        late: seconds that a late answer comes late; longer than the read timeout of the client.

    Attributes:
        url: where clients connect.
        broken: how often each fault struck.
        passed: how many requests went through unbroken.
        down: set it to True and every connection is reset: the backend is gone.
        refused: how many connections were reset since.
    """

    def __init__(
        self,
        target: str,
        *,
        rate: float = 0.1,
        faults: Sequence[str] = FAULTS,
        seed: int = 0,
        late: float = 1.0,
    ) -> None:
        parts = urlsplit(target)
        self._target = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._rate = rate
        self._faults = list(faults)
        self._random = random.Random(seed)  # noqa: S311 - makes a test repeatable
        self._late = late
        self._lock = threading.Lock()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.broken: collections.Counter[str] = collections.Counter()
        self.passed = 0
        self.down = False
        self.refused = 0
        self._next = False
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()

    def strike_next(self) -> None:
        """Break the next request."""
        with self._lock:
            self._next = True

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _fault(self) -> str | None:
        with self._lock:
            if self.down:
                self.refused += 1
                return "reset_at_once"
            if not self._next and self._random.random() >= self._rate:
                self.passed += 1
                return None
            self._next = False
            fault = self._random.choice(self._faults)
            self.broken[fault] += 1
            return fault

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError, http.client.HTTPException):
            fault = self._fault()
            if fault == "reset_at_once":
                _reset(connection)
                return
            head, body = _read_request(connection, half=fault == "cut_request")
            if fault in ("reset_after_request", "cut_request"):
                _reset(connection)
            elif fault == "busy_429":
                connection.sendall(_answer(429, "TOO MANY REQUESTS", "Retry-After: 0"))
            elif fault == "busy_503":
                connection.sendall(_answer(503, "SERVICE UNAVAILABLE"))
            elif fault == "bad_gateway_before":
                connection.sendall(_answer(502, "BAD GATEWAY"))
            else:
                self._send_broken(connection, fault, self._forward(head, body))

    def _forward(self, head: bytes, body: bytes) -> bytes:
        """Return the backend's answer, whole."""
        lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
        with socket.create_connection(self._target, timeout=60) as upstream:
            upstream.sendall(b"\r\n".join([lines[0], b"Connection: close", *lines[1:]]) + b"\r\n\r\n" + body)
            return b"".join(iter(lambda: upstream.recv(65536), b""))

    def _send_broken(self, connection: socket.socket, fault: str | None, answer: bytes) -> None:
        """Send the backend's answer as the fault leaves it."""
        head, _, body = answer.partition(b"\r\n\r\n")
        if fault is None:
            connection.sendall(answer)
        elif fault == "lost_answer":
            _reset(connection)
        elif fault == "reset_in_answer":
            connection.sendall(answer[: max(1, len(answer) // 2)])
            _reset(connection)
        elif fault == "cut_answer":
            # Without a body the head itself is cut.
            connection.sendall(answer[:-3] if body else head[:-3])
        elif fault == "not_json":
            connection.sendall(_answer(200, "OK", body=b"<html><body>It works!</body></html>"))
        elif fault == "wrong_length":
            connection.sendall(_answer(200, "OK", f"Content-Length: {len(body) + 100}", body=body, length=False))
        elif fault == "error_500":
            connection.sendall(_answer(500, "INTERNAL SERVER ERROR"))
        elif fault == "bad_gateway_after":
            connection.sendall(_answer(502, "BAD GATEWAY"))
        elif fault == "late_answer":
            time.sleep(self._late)
            connection.sendall(answer)


def _read_request(connection: socket.socket, *, half: bool) -> tuple[bytes, bytes]:
    """Read a request; with ``half`` only a part of its body."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _received(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line.split(b":", 1)[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    wanted = int(lengths[0]) if lengths else 0
    while len(body) < (wanted // 2 if half else wanted):
        body += _received(connection)
    return head, body


def _received(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise ConnectionError("the client has gone")
    return data


def _answer(status: int, reason: str, *headers: str, body: bytes = b"trouble", length: bool = True) -> bytes:
    lines = [f"HTTP/1.1 {status} {reason}", "Content-Type: text/html", "Connection: close", *headers]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _reset(connection: socket.socket) -> None:
    """End a connection so that the other side sees a reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
