"""A request that is being processed, and the result of its view."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from alignak_backend_embedded.api.admission import LARGE, Admission, Gate, NoPlaceError
from alignak_backend_embedded.api.backend import Backend
from alignak_backend_embedded.api.http import Request
from alignak_backend_embedded.domain.context import Context
from alignak_backend_embedded.domain.rights import Caller
from alignak_backend_embedded.store.access import Filter, Found, Projection, Sort


class Call:
    """A request that is being processed.

    Attributes:
        backend: the shared state of all requests.
        request: the original request.
        method: the method, or for POST the one in ``X-HTTP-Method-Override``.
        context: store and caller.
        admission: its place among costly requests.
    """

    def __init__(self, backend: Backend, request: Request, method: str, patience: float = 0.0) -> None:
        self.backend = backend
        self.request = request
        self.method = method
        self.context: Context = backend.context()
        self.admission = Admission(backend.places, patience)

    @property
    def caller(self) -> Caller:
        """The authenticated user of the request."""
        caller = self.context.caller
        assert caller is not None, "not authenticated"  # noqa: S101 - fails if a view has not authenticated it
        return caller

    def wait_for_memory(self) -> None:
        """Wait until no other request takes much memory, as this one does. See :meth:`.Admission.wait`.

        Raises:
            NoPlaceError: the request may not wait.
            CrowdedError: no place became free in time.
        """
        self.admission.wait(LARGE)

    def find_page(
        self,
        resource: str,
        where: Filter,
        sort: Sort,
        projection: Projection | None,
        limit: int,
        skip: int,
        most: int,
    ) -> tuple[Found, int]:
        """Return a page of the store; a costly one waits for a place.

        Arguments are those of :meth:`.Store.page`; ``most`` is the maximum size in bytes.

        Raises:
            TooLargeError: it is larger.
            NoPlaceError: the request may not wait.
            CrowdedError: no place became free in time.
        """
        while True:
            gate = Gate(self.admission, most)
            try:
                return self.context.store.page(resource, where, sort, projection, limit, skip, gate)
            except NoPlaceError as missing:
                self.admission.wait(missing.kind)

    @cached_property
    def parameters(self) -> list[tuple[str, str]]:
        """The query parameters, in their order."""
        return parse_qsl(self.request.query, keep_blank_values=True, errors="replace") if self.request.query else []

    @cached_property
    def parameter(self) -> dict[str, str]:
        """The first value of each parameter, by name."""
        return dict(reversed(self.parameters))

    @property
    def is_pretty(self) -> bool:
        """True if the response should be indented."""
        return self.method == "GET" and "pretty" in self.parameter


class Answer:
    """The result of a view, which :mod:`.rendering` converts to a response.

    Attributes:
        body: the body, before it is encoded as JSON or XML.
        status: the HTTP status.
        etag: the etag of the item.
        modified: the last change, UTC, without time zone.
        headers: further headers.
        items: the items of a page as the JSON text of a list, in pieces; None if they are in the body.
    """

    def __init__(
        self,
        body: dict[str, Any],
        status: int = 200,
        *,
        etag: str | None = None,
        modified: datetime | None = None,
        headers: tuple[tuple[str, str], ...] = (),
        items: list[bytes] | None = None,
    ) -> None:
        self.body = body
        self.status = status
        self.etag = etag
        self.modified = modified
        self.headers = headers
        self.items = items
