"""An HTTP server that misbehaves on purpose, request by request, for tests of what a client does then.

    with MisbehavingServer([html(500), json_answer({"token": "t"})]) as server:
        ...  # requests to server.url: the first gets an HTML page, the second and all later ones the token
        assert server.requests[0].path == "/login"

It speaks HTTP/1.1 over plain sockets, so that it can break every rule of it.
"""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(frozen=True)
class Request:
    """A request as it was received; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    connection: int
    """Number of the connection it came on, from 1."""

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Behaviour:
    """What the server does with one request.

    Attributes:
        raw: The bytes of the answer; none at all when empty.
        delay: Seconds waited before the answer.
        pause_after: Bytes sent before a pause within the answer; no pause when None.
        pause: Seconds of that pause.
        drip: Seconds after each byte.
        close: Close the connection after the answer. Nothing announces it but the bytes of `raw`.
        reset: Close it so that the client gets a connection reset, not an orderly end.
        read: Read the request at all. When False, the reset or end comes as soon as the connection is accepted, and
            no request is recorded.
    """

    raw: bytes = b""
    delay: float = 0.0
    pause_after: int | None = None
    pause: float = 0.0
    drip: float = 0.0
    close: bool = True
    reset: bool = False
    read: bool = True


Script = Behaviour | Callable[[Request], Behaviour]


def answer(
    status: int = 200,
    body: bytes = b"",
    content_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
    *,
    length: int | None = None,
    reason: str = "Whatever",
    **behaviour: Any,
) -> Behaviour:
    """An answer with a Content-Length, true unless `length` says otherwise, and then the end of the connection.

    The end is not announced, as uWSGI's http-socket does; see `keep_alive` for the other way.
    """
    lines = [f"HTTP/1.1 {status} {reason}"]
    if content_type:
        lines.append(f"Content-Type: {content_type}")
    lines.append(f"Content-Length: {len(body) if length is None else length}")
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return Behaviour("\r\n".join([*lines, "", ""]).encode() + body, **behaviour)


def json_answer(document: Any, status: int = 200, **options: Any) -> Behaviour:
    """A JSON document; closes the connection without saying so."""
    return answer(status, json.dumps(document).encode(), **options)


def keep_alive(document: Any, status: int = 200) -> Behaviour:
    """A JSON document that says `Connection: keep-alive`, and keeps the connection."""
    return json_answer(document, status, headers={"Connection": "keep-alive"}, close=False)


def page(items: Sequence[Any]) -> Behaviour:
    """The only page of a list."""
    return keep_alive({"_items": items, "_meta": {"total": len(items), "page": 1}})


def after_login(script: Script, page_limit: int | None = None) -> Script:
    """A backend that answers logins, with a page limit also `/backendconfig`, and everything else by a script."""

    def behave(request: Request) -> Behaviour:
        if request.path.endswith("/login"):
            return json_answer({"token": "t"})
        if page_limit and request.path.endswith("/backendconfig"):
            return json_answer({"PAGINATION_LIMIT": page_limit, "PAGINATION_DEFAULT": 25})
        return script if isinstance(script, Behaviour) else script(request)

    return behave


def silently_kept(document: Any, status: int = 200) -> Behaviour:
    """A JSON document; the connection is kept, as HTTP/1.1 has it by default, and nothing says so."""
    return json_answer(document, status, close=False)


def html(status: int) -> Behaviour:
    """An HTML page, as a proxy or a crashed application sends it."""
    return answer(status, b"<!DOCTYPE html><title>Oops</title><h1>Oops</h1>", "text/html")


def not_json() -> Behaviour:
    """A body that says it is JSON and is not."""
    return answer(200, b'{"_items": [', "application/json")


def empty_body(status: int = 200) -> Behaviour:
    """Headers, and a body of no bytes."""
    return answer(status)


def no_answer() -> Behaviour:
    """Reads the request and closes the connection without a byte."""
    return Behaviour()


def cut_short(document: Any, missing: int = 10) -> Behaviour:
    """Closes the connection before the last `missing` bytes of the body that were announced."""
    body = json.dumps(document).encode()
    return answer(200, body[: max(0, len(body) - missing)], length=len(body))


def redirect(location: str, status: int = 302) -> Behaviour:
    """Sends the client elsewhere."""
    return answer(status, headers={"Location": location})


def slow(document: Any, before: float = 0.0, within: float = 0.0) -> Behaviour:
    """A JSON document after a delay, or with a pause in the middle of it; both in seconds."""
    whole = json_answer(document)
    return Behaviour(whole.raw, delay=before, pause_after=len(whole.raw) - 2 if within else None, pause=within)


def reset_before_reading() -> Behaviour:
    """Resets the connection as soon as it is accepted: the request was not received."""
    return Behaviour(reset=True, read=False)


def reset_after_reading() -> Behaviour:
    """Resets the connection once the request is received: whether it was carried out, the client cannot know."""
    return Behaviour(reset=True)


@dataclass
class MisbehavingServer:
    """Plays a script, one behaviour a request in the order they arrive; the last one goes on for ever.

    A behaviour may be a function of the request, to answer by path. With `read=False` behaviours the next request's
    behaviour is chosen when its connection is accepted.

    Attributes:
        script: The behaviours. With none, connections are refused: the server has a port, and does not listen.
        requests: What was received so far.
        connections: How many connections were accepted so far.
        context: Speaks TLS, with this.
    """

    script: Iterable[Script] = ()
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    port: int = 0
    context: ssl.SSLContext | None = None

    def __post_init__(self) -> None:
        self._script = list(self.script)
        self._turn = 0
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._socket = socket.socket()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []

    @property
    def url(self) -> str:
        """Base URL, without a trailing slash."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        if self._script:
            self._socket.listen(64)
            self._spawn(self._accept)
        return self

    def __exit__(self, *_exc: object) -> None:
        self._stopping.set()
        # Shutting it down wakes the thread that waits for a connection; closing alone would not.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(timeout=5)

    def _spawn(self, target: Callable[..., None], *arguments: Any) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True, name="misbehaving server")
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                self._open.add(connection)
                number = self.connections
            self._spawn(self._serve, connection, number)

    def _serve(self, connection: socket.socket, number: int) -> None:
        # Errors of the socket are the client's business here: it has gone, or was sent away.
        with contextlib.suppress(OSError), contextlib.closing(connection):
            try:
                if self.context is None:
                    self._converse(connection, number)
                else:
                    with self.context.wrap_socket(connection, server_side=True) as secured:
                        self._converse(secured, number)
            finally:
                with self._lock:
                    self._open.discard(connection)

    def _converse(self, connection: socket.socket, number: int) -> None:
        reader = connection.makefile("rb")
        with contextlib.closing(reader):
            while True:
                if self._peek_unread():
                    self._end(connection, self._next(None))
                    return
                request = _read_request(reader, number)
                if request is None:
                    return
                with self._lock:
                    self.requests.append(request)
                behaviour = self._next(request)
                if behaviour.delay and self._stopping.wait(behaviour.delay):
                    return
                if behaviour.drip:
                    for byte in behaviour.raw:
                        connection.sendall(bytes([byte]))
                        if self._stopping.wait(behaviour.drip):
                            return
                    return
                head = len(behaviour.raw) if behaviour.pause_after is None else behaviour.pause_after
                connection.sendall(behaviour.raw[:head])
                if behaviour.pause and self._stopping.wait(behaviour.pause):
                    return
                connection.sendall(behaviour.raw[head:])
                if behaviour.close or behaviour.reset:
                    self._end(connection, behaviour)
                    return

    def _peek_unread(self) -> bool:
        """Whether the behaviour whose turn it is does not read its request."""
        with self._lock:
            turn = self._script[min(self._turn, len(self._script) - 1)]
        return isinstance(turn, Behaviour) and not turn.read

    def _next(self, request: Request | None) -> Behaviour:
        with self._lock:
            turn = self._script[min(self._turn, len(self._script) - 1)]
            self._turn += 1
        if isinstance(turn, Behaviour):
            return turn
        assert request is not None
        return turn(request)

    @staticmethod
    def _end(connection: socket.socket, behaviour: Behaviour) -> None:
        if behaviour.reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            connection.shutdown(socket.SHUT_RDWR)


def _read_request(reader: Any, number: int) -> Request | None:
    """Read one request; None at the end of the connection."""
    first = reader.readline().split()
    if len(first) < 2:
        return None
    headers: dict[str, str] = {}
    while (line := reader.readline().strip()) != b"":
        name, _, value = line.partition(b":")
        headers[name.decode("latin-1").lower()] = value.strip().decode("latin-1")
    body = reader.read(int(headers.get("content-length", 0)))
    return Request(first[0].decode(), first[1].decode("latin-1"), headers, body, number)
