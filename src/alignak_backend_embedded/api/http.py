"""A request and its response, independent of servers and frameworks."""

from __future__ import annotations

from collections.abc import Mapping


class Request:
    """A whole request. Its repr tells neither query, headers nor body: they hold secrets.

    Attributes:
        method: such as ``GET``, in capitals.
        path: the path of the URL, still percent-encoded, with a leading slash and without a query.
        query: what follows the ``?`` of the URL, still percent-encoded; empty without one.
        headers: by name in lower case; several of one name are joined by ``, ``.
        body: the whole body; its limits are the server's.
        remote_address: IP address of the client; of the one that a trusted proxy names.
        scheme: ``http`` or ``https``, as the client sees it.
        host: name and port that the client asked for, for absolute URLs in answers.
    """

    # No dataclass: a command on `embedded:` would wait for its import.
    __slots__ = ("body", "headers", "host", "method", "path", "query", "remote_address", "scheme")

    def __init__(
        self,
        method: str,
        path: str,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        remote_address: str = "127.0.0.1",
        scheme: str = "http",
        host: str = "localhost",
    ) -> None:
        self.method = method
        self.path = path
        self.query = query
        self.headers: Mapping[str, str] = {} if headers is None else headers
        self.body = body
        self.remote_address = remote_address
        self.scheme = scheme
        self.host = host

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.path}>"


class Response:
    """A whole response. Its repr does not tell the body.

    Attributes:
        status: the HTTP status.
        headers: pairs of name and value, in the order in which they are sent. ``Content-Length`` is the server's, but
            for HEAD it is here: that of the answer to GET.
        body: empty for HEAD, 204 and 304.
    """

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: list[tuple[str, str]], body: bytes = b"") -> None:
        self.status = status
        self.headers = headers
        self.body = body

    def __repr__(self) -> str:
        return f"<Response {self.status}>"
