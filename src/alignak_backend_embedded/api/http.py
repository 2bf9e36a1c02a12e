"""A request and its answer, as the backend sees them: no server and no framework belongs to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(slots=True)
class Request:
    """A whole request. Its repr tells neither headers nor body: they hold secrets.

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

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    remote_address: str = "127.0.0.1"
    scheme: str = "http"
    host: str = "localhost"


@dataclass(slots=True)
class Response:
    """A whole answer.

    Attributes:
        status: the HTTP status.
        headers: pairs of name and value, in the order in which they are sent. ``Content-Length`` is the server's, but
            for HEAD it is here: that of the answer to GET.
        body: empty for HEAD, 204 and 304.
    """

    status: int
    headers: list[tuple[str, str]]
    body: bytes = field(default=b"", repr=False)
