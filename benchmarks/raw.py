"""Plain requests to a backend, with nothing of the client in between."""

from __future__ import annotations

import base64
import http.client
import json
import time
from typing import Any
from urllib.parse import urlencode

import orjson

_IDLE = 10.0
"""Seconds after which a connection is not used again."""


class Raw:
    """One connection to a backend, logged in as admin.

    Args:
        url: the backend.
        keep: use the connection again; behind uWSGI it is closed after every answer.
    """

    def __init__(self, url: str, *, keep: bool = True) -> None:
        self._connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=600)
        self._keep = keep
        self._headers: dict[str, str] = {}
        self._used = 0.0
        token = self.call("POST", "login", {"username": "admin", "password": "admin"})["token"]
        self.authorization = "Basic " + base64.b64encode(f"{token}:".encode()).decode()
        """The header with the sender of a request."""
        self._headers = {"Authorization": self.authorization}
        self.seconds = 0.0
        """How long the last request took, encoding and decoding left out."""

    def call(
        self, method: str, path: str, body: Any = None, *, etag: str | None = None, **params: Any
    ) -> dict[str, Any]:
        """Send one request and return the decoded answer, `{}` when it has none.

        Raises:
            RuntimeError: the backend answers an error.
        """
        content = None if body is None else orjson.dumps(body)
        query = {name: value if isinstance(value, str) else json.dumps(value) for name, value in params.items()}
        target = f"/{path}" + (f"?{urlencode(query)}" if query else "")
        headers = self._headers | ({"If-Match": etag} if etag else {})
        if content is not None:
            headers["Content-Type"] = "application/json"
        begin = time.perf_counter()
        if begin - self._used > _IDLE:
            # The server may have closed it by now.
            self._connection.close()
        self._connection.request(method, target, content, headers)
        answer = self._connection.getresponse()
        received = answer.read()
        self._used = time.perf_counter()
        self.seconds = self._used - begin
        if not self._keep:
            self._connection.close()
        if answer.status >= http.client.BAD_REQUEST:
            raise RuntimeError(f"{method} {target}: {answer.status} {received[:500]!r}")
        decoded: dict[str, Any] = orjson.loads(received) if received else {}
        return decoded

    def items(self, resource: str, **params: Any) -> list[dict[str, Any]]:
        """The items of the first page of a list."""
        found: list[dict[str, Any]] = self.call("GET", resource, **params)["_items"]
        return found

    def count(self, resource: str) -> int:
        """How many items a resource has, templates and all."""
        total: int = self.call("GET", resource, max_results=1)["_meta"]["total"]
        return total
