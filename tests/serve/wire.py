"""HTTP byte by byte, to see and to do what a client library hides."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from servers.serve import Serve


@dataclass
class Reply:
    """An answer as it came over the wire; header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> int:
        """The code in the body of an error."""
        return int(self.json["_error"]["code"])


class Wire:
    """One TCP connection."""

    def __init__(self, served: Serve, timeout: float = 15.0) -> None:
        host = served.url.removeprefix("http://").rpartition(":")[0].strip("[]")
        self.socket = socket.create_connection((host, served.port), timeout)
        self._stream = self.socket.makefile("rb")

    def __enter__(self) -> Wire:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()
        self.socket.close()

    def send(self, data: bytes | str) -> None:
        self.socket.sendall(data.encode() if isinstance(data, str) else data)

    def request(self, method: str, path: str, body: bytes = b"", **headers: str) -> Reply:
        """Send a request and read its answer; `If_Match` stands for `If-Match`."""
        lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        self.send("\r\n".join([f"{method} {path} HTTP/1.1", "Host: backend.localhost", *lines, "", ""]).encode() + body)
        return self.reply(bodiless=method == "HEAD")

    def reply(self, *, bodiless: bool = False) -> Reply:
        """Read an answer."""
        first = self._stream.readline()
        assert first, "the connection was closed without an answer"
        headers = {}
        while (line := self._stream.readline().strip()) != b"":
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.lower()] = value.strip()
        length = 0 if bodiless else int(headers.get("content-length", 0))
        return Reply(int(first.split()[1]), headers, self._stream.read(length))

    def is_closed(self) -> bool:
        """True when the server closes the connection, within the timeout."""
        try:
            return self._stream.read(1) == b""
        except ConnectionError:
            return True


def login(served: Serve, password: str = "admin") -> Reply:  # noqa: S107 - of a fresh backend
    """The answer to a login of admin."""
    with Wire(served) as wire:
        body = json.dumps({"username": "admin", "password": password}).encode()
        return wire.request("POST", "/login", body, Content_Type="application/json")
