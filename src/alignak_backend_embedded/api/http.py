"""A request and its response, independent of servers and frameworks."""

from __future__ import annotations

from collections.abc import Mapping


class Request:
    """A complete request. Its repr omits query, headers and body, which may contain secrets.

    Attributes:
        method: the method in capitals, such as ``GET``.
        path: the path of the URL, still percent-encoded, with a leading slash and without a query.
        query: the query of the URL, still percent-encoded; empty without one.
        headers: by name in lower case; repeated headers are joined by ``, ``.
        body: the complete body, which the server limits.
        remote_address: IP address of the client, or the one from a trusted proxy.
        scheme: ``http`` or ``https``, as the client sees it.
        host: name and port from the request, for absolute URLs in responses.
    """

    # No dataclass, since importing it would slow down commands on `embedded:`.
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
    """A complete response. Its repr omits the body.

    Attributes:
        status: the HTTP status.
        headers: pairs of name and value, in the order in which they are sent; without ``Content-Length``, which the
            server adds, except for HEAD, where it is that of the response to GET.
        body: empty for HEAD, 204 and 304.
    """

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: list[tuple[str, str]], body: bytes = b"") -> None:
        self.status = status
        self.headers = headers
        self.body = body

    def __repr__(self) -> str:
        return f"<Response {self.status}>"
