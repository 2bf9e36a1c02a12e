"""A request that is being processed, and the answer of its view."""

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
    """A request that is being answered.

    Attributes:
        backend: what all requests share.
        request: as it came.
        method: of the request, or the one that ``X-HTTP-Method-Override`` puts in the place of POST.
        context: store and caller.
        admission: the place that the request has among costly ones.
    """

    def __init__(self, backend: Backend, request: Request, method: str, patience: float = 0.0) -> None:
        self.backend = backend
        self.request = request
        self.method = method
        self.context: Context = backend.context()
        self.admission = Admission(backend.places, patience)

    @property
    def caller(self) -> Caller:
        """Who sent the request. It has been authenticated."""
        caller = self.context.caller
        assert caller is not None, "not authenticated"  # noqa: S101 - a view that forgot it must not go on
        return caller

    def wait_for_memory(self) -> None:
        """Return when no other request needs much memory: this one does, until its end. See :meth:`.Admission.wait`.

        Raises:
            NoPlaceError: the request has no patience.
            CrowdedError: others took too long.
        """
        self.admission.wait(LARGE)

    def found(
        self,
        resource: str,
        where: Filter,
        sort: Sort = (),
        projection: Projection | None = None,
        limit: int = 2,
        skip: int = 0,
        most: int | None = None,
    ) -> tuple[Found, int]:
        """Return a page of the store; one that costs much when there is a place for it.

        It may have ``most`` bytes; without it, as many as an answer.

        Raises:
            TooLargeError: it has more.
            NoPlaceError: the request has no patience.
            CrowdedError: others took too long.
        """
        most = self.backend.limits.answer_bytes if most is None else most
        while True:
            gate = Gate(self.admission, most)
            try:
                return self.context.store.page(resource, where, sort, projection, limit, skip, gate)
            except NoPlaceError as missing:
                self.admission.wait(missing.kind)

    @cached_property
    def parameters(self) -> list[tuple[str, str]]:
        """The parameters of the URL's query, in their order."""
        return parse_qsl(self.request.query, keep_blank_values=True, errors="replace") if self.request.query else []

    @cached_property
    def parameter(self) -> dict[str, str]:
        """The first value of each parameter, by name."""
        return dict(reversed(self.parameters))

    @property
    def is_pretty(self) -> bool:
        """True when the answer shall be indented for people."""
        return self.method == "GET" and "pretty" in self.parameter


class Answer:
    """What a view says: :mod:`.rendering` makes a response of it.

    Attributes:
        body: what JSON or XML is made of.
        status: the HTTP status.
        etag: of the item.
        modified: the last change, UTC, without time zone.
        headers: further headers.
        items: the items of a page as the JSON text of a list, in pieces; None when the body holds them.
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
