"""Python client of the Alignak backend.

    >>> from alignak_backend_client.client import Backend
    >>> backend = Backend("http://127.0.0.1:5000")
    >>> backend.login("admin", "admin")
    True
    >>> backend.get_all("host", {"where": '{"_is_template": false}'})["_items"]
    [...]

Everything that release 1.4.4 offered here is offered still; what is new takes keyword arguments.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec, Self, TypeVar

from alignak_backend_client._base_client import BaseClient
from alignak_backend_client._core import operations, paging, urls, writes
from alignak_backend_client._core.operations import BACKEND_PAGINATION_LIMIT
from alignak_backend_client._core.outcomes import Change, OnResult, Outcome
from alignak_backend_client._core.pages import Page
from alignak_backend_client._core.protocol import Operation, Request
from alignak_backend_client._core.responses import Response
from alignak_backend_client._core.session import EMBEDDED, EMBEDDED_MISSING, PROXY_PROTOCOLS
from alignak_backend_client._core.urls import check_url, display_url
from alignak_backend_client._http import sync_driver
from alignak_backend_client.exceptions import BACKEND_ERROR, BackendException

if TYPE_CHECKING:
    from alignak_backend_client._http.sync_transport import SyncTransport

__all__ = [
    "BACKEND_ERROR",
    "BACKEND_PAGINATION_DEFAULT",
    "BACKEND_PAGINATION_LIMIT",
    "EMBEDDED",
    "EMBEDDED_MISSING",
    "PROXY_PROTOCOLS",
    "Backend",
    "BackendException",
    "Change",
    "Outcome",
    "Page",
    "Response",
    "check_url",
    "display_url",
]

BACKEND_PAGINATION_DEFAULT: Final = 25
"""Page size of a backend that is asked for none; kept for programs that import it."""

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


def _blocking(
    operation: Callable[Concatenate[Backend, _Arguments], Operation[_Result]],
) -> Callable[Concatenate[Backend, _Arguments], _Result]:
    """Make of an operation the method that runs it to its end. Those of the other client are made of the same."""

    @functools.wraps(operation)
    def method(self: Backend, /, *args: _Arguments.args, **options: _Arguments.kwargs) -> _Result:
        return self._run(operation(self, *args, **options))

    # What callers get, in help() and in the signature.
    result = operation.__annotations__["return"]
    operation.__annotations__["return"] = result.removeprefix("Operation[").removesuffix("]")
    return method


class Backend(BaseClient):
    """A backend, seen from a client.

    Making one is cheap and opens no connection. It may be used from several threads, and in a child process after
    a fork. As a context manager it logs out locally and closes its connections at the end.

    Args:
        endpoint: URL of the backend, such as ``http://127.0.0.1:5000`` or ``https://host/backend``; or
            ``embedded:site.db``, ``embedded::memory:`` or ``embedded:`` for a backend inside this process.
        processes: how many requests may run at a time where there are many: the pages of :meth:`get_all`, and
            the batches of :meth:`create_many` and its like.
        timeout: seconds to wait for a connection and for the next bytes of an answer: a number for both, a
            ``(connect, read)`` pair, or None to wait without end. 10 and 120 by default.
        retries: how often a request may be sent again when the connection breaks or the server is busy; 0 for
            never. What changes something is sent again only after the backend was asked what became of it.
        ca_file: file (PEM) with the certificates of the authorities to trust, for a backend behind a certificate
            of your own; those of the system by default. There is no way to leave verification out.
        certificate: file (PEM) of a client certificate and its key, or a (certificate, key) pair of files.

    Attributes:
        url_endpoint_root: URL of the backend, without a trailing slash.
        processes: as given.
        timeout: as given; may be set at any time.

    Raises:
        BackendException: code 1000; the timeout or the number of retries is invalid. Every method that asks the backend
            raises it, too, when that cannot be reached (1000), or answers an error (its status).
    """

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Forget the token and close the connections; a later login opens new ones."""
        transport = self._taken_transport()
        if transport is not None:
            transport.close()

    @_blocking
    def get_response(
        self,
        method: str,
        endpoint: str,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        params: urls.Params = None,
        data: Any = None,
    ) -> Operation[Response]:
        """Send a request and return the answer, whatever its status.

        Args:
            method: ``GET``, ``POST``, ...
            endpoint: endpoint relative to the backend, such as ``host``.
            headers: more headers.
            json: what to send as JSON.
            params: query parameters; None values are left out.
            data: what to send as it is (text, bytes, a file), or as a form (a dictionary).

        Raises:
            BackendException: code 1000; there is no answer.
        """
        return operations.request(self._session, method, endpoint, headers=headers, json=json, params=params, data=data)

    @_blocking
    def login(
        self,
        username: str,
        password: str,
        generate: str = "enabled",
        proxies: Mapping[str, str] | None = None,
    ) -> Operation[bool]:
        """Log in and keep the token.

        Args:
            username: login name.
            password: password.
            generate: ``enabled`` (the user's present token), ``force`` (a new one; the present one dies), or
                ``disabled`` (as ``enabled``).
            proxies: proxy URL by protocol, ``http`` and ``https``; used for all later requests too. Without it
                those of the environment are used.

        Returns:
            True, or False when the backend refuses the credentials.

        Raises:
            BackendException: name or password is missing, or a proxy protocol is not supported (1000); the backend
                cannot be reached (1000), or answers another error (its status).
        """
        return operations.login(self._session, username, password, generate, proxies)

    @_blocking
    def logout(self) -> Operation[bool]:
        """Log out; without a login nothing is done.

        The backend keeps a user's token valid; only a login with ``generate='force'`` makes a new one.
        """
        return operations.logout(self._session)

    @_blocking
    def get_domains(self) -> Operation[list[dict[str, str]]]:
        """Return the resources of the backend, each ``{'href': 'host', 'title': 'host'}``."""
        return operations.get_domains(self._session)

    @_blocking
    def get(self, endpoint: str, params: Mapping[str, Any] | None = None) -> Operation[dict[str, Any]]:
        """Return an item, or one page of items.

        Args:
            endpoint: ``host``, ``host/<id>``; may hold a query of its own.
            params: ``where``, ``sort``, ``projection``, ``embedded``, ``page``, ``max_results``; the first
                four as JSON text or as a dictionary.

        Returns:
            The item's fields, or ``_items``, ``_links`` and ``_meta``; always with ``_status``.
        """
        return operations.get(self._session, endpoint, params)

    @_blocking
    def get_all(self, endpoint: str, params: Mapping[str, Any] | None = None) -> Operation[dict[str, Any]]:
        """Return all items of a list.

        The pages are the largest that the backend gives, unless ``max_results`` says otherwise. Without a
        ``sort`` the items come in the order of their creation (of their ``_id``), and each item that exists while
        the list is read comes once, even if others write meanwhile.

        Args:
            endpoint: a resource, such as ``service``.
            params: as for :meth:`get`.

        Returns:
            ``{'_items': [...], '_status': 'OK'}``.
        """
        return paging.get_all(self._session, endpoint, params, self.processes)

    def iterate(self, endpoint: str, params: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        """Yield all items of a list as they come, in constant memory.

        Which items, and in which order, is as for :meth:`get_all`; with a ``sort`` all are read first. With
        ``processes`` above 1, the next page is asked for before the items of the present one are yielded.

        Args:
            endpoint: a resource, such as ``service``.
            params: as for :meth:`get`; ``max_results`` is the number of items in memory at a time.

        Raises:
            BackendException: the backend cannot be reached, or answers an error; possibly after some items.
        """
        for page in self._pages(endpoint, params, outlined=self.processes > 1):
            yield from page.items()

    def pages(self, endpoint: str, params: Mapping[str, Any] | None = None) -> Iterator[Page]:
        """Yield a list page by page, as :meth:`iterate` reads it.

        The items of a page are decoded when they are asked for; ``content`` is the page as it came.

        Args:
            endpoint: a resource, such as ``service``.
            params: as for :meth:`iterate`.

        Raises:
            BackendException: the backend cannot be reached, or answers an error; possibly after some pages.
        """
        return self._pages(endpoint, params, outlined=True)

    def _pages(self, endpoint: str, params: Mapping[str, Any] | None, *, outlined: bool) -> Iterator[Page]:
        """Yield a list page by page, decoded no further than needed, or at once."""
        paginator = paging.Paginator(self._session, endpoint, params, outlined=outlined)
        if self.processes <= 1 or self._session.embedded is not None:
            while not paginator.done:
                yield self._run(paginator.next_page())
            return
        coming: sync_driver.Prefetch[Page] | None = self._prefetch(paginator.next_page())
        # While the backend works: what will be needed.
        import msgspec.json  # noqa: F401

        try:
            while coming:
                page = coming.result()
                coming = None if paginator.done else self._prefetch(paginator.next_page())
                yield page
        finally:
            if coming:
                coming.close()

    @_blocking
    def post(
        self,
        endpoint: str,
        data: Any,
        files: None = None,  # noqa: ARG002 - documented in 1.4.4 as not used
        headers: Mapping[str, str] | None = None,
    ) -> Operation[dict[str, Any]]:
        """Create an item.

        Args:
            endpoint: a resource, such as ``host``.
            data: the item's fields, or a list of items; the backend stores all of a list or none.
            files: not used.
            headers: more headers.

        Returns:
            ``_id``, ``_etag`` and what else the backend says of the new item (in ``_items`` for several).

        Raises:
            BackendException: the backend cannot be reached, or refuses the item: ``response['_issues']`` has
                its reasons by field.
        """
        return writes.post(self._session, endpoint, data, headers)

    @_blocking
    def patch(
        self,
        endpoint: str,
        data: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
        inception: bool = False,
    ) -> Operation[dict[str, Any]]:
        """Change fields of an item.

        Args:
            endpoint: ``host/<id>``.
            data: the fields to change.
            headers: with ``If-Match``: the item's ``_etag``.
            inception: when the item was changed since its ``_etag`` was read, read it again and retry, once.

        Returns:
            The item's new ``_etag`` and what else the backend says.

        Raises:
            BackendException: no headers (1000); the item was changed meanwhile, or a rule of the backend forbids
                the change (412); any other error.
        """
        return writes.update(self._session, "PATCH", endpoint, data, headers, inception)

    @_blocking
    def put(
        self,
        endpoint: str,
        data: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
        inception: bool = False,
    ) -> Operation[dict[str, Any]]:
        """Replace an item; arguments, result and errors are those of :meth:`patch`.

        The backend knows PUT for ``alignakretention`` only.
        """
        return writes.update(self._session, "PUT", endpoint, data, headers, inception)

    @_blocking
    def delete(self, endpoint: str, headers: Mapping[str, str] | None) -> Operation[dict[str, Any]]:
        """Delete an item, or all items of a resource.

        Args:
            endpoint: ``host/<id>``, or ``host`` for all hosts.
            headers: with ``If-Match`` (the item's ``_etag``) for an item; ``{}`` for a resource.

        Returns:
            ``{'_status': 'OK'}``.
        """
        return writes.delete(self._session, endpoint, headers)

    @_blocking
    def create_many(
        self, endpoint: str, items: Sequence[Mapping[str, Any]], on_result: OnResult | None = None
    ) -> Operation[list[Outcome]]:
        """Create items in batches, and return what became of each.

        An item that the backend refuses does not keep the others from being created.

        Args:
            endpoint: a resource, such as ``host``.
            items: the fields of each; none may need another of them.
            on_result: is called with each outcome as soon as it is known, possibly in another thread.

        Returns:
            An outcome for each item, in order: its id and ``_etag``, or the error. When the backend goes away
            meanwhile, what is left is not tried.
        """
        from alignak_backend_client._core import bulk

        return bulk.create(self._session, endpoint, items, self.processes, on_result)

    @_blocking
    def update_many(
        self, endpoint: str, changes: Sequence[Change], on_result: OnResult | None = None
    ) -> Operation[list[Outcome]]:
        """Change items, and return what became of each.

        Args:
            endpoint: a resource, such as ``host``.
            changes: the id, the ``_etag`` and the new fields of each.
            on_result: as for :meth:`create_many`.

        Returns:
            An outcome for each change, in order: the new ``_etag``, or the error; code 412 tells that somebody
            else changed the item meanwhile.
        """
        from alignak_backend_client._core import bulk

        return bulk.update(self._session, endpoint, changes, self.processes, on_result)

    @_blocking
    def delete_many(
        self, endpoint: str, items: Sequence[Mapping[str, Any]], on_result: OnResult | None = None
    ) -> Operation[list[Outcome]]:
        """Delete items, and return what became of each.

        Args:
            endpoint: a resource, such as ``host``.
            items: the items as the backend gave them: ``_id`` and ``_etag`` are used.
            on_result: as for :meth:`create_many`.

        Returns:
            An outcome for each item, in order; one that is gone already counts as deleted, and its ``gone`` is True.
        """
        from alignak_backend_client._core import bulk_deletion

        return bulk_deletion.delete(self._session, endpoint, items, self.processes, on_result)

    def _run(self, operation: Operation[_Result]) -> _Result:
        return sync_driver.run(operation, self._send)

    def _prefetch(self, operation: Operation[_Result]) -> sync_driver.Prefetch[_Result]:
        from alignak_backend_client._http.sync_transport import SyncTransport

        transport = self._opened()
        assert isinstance(transport, SyncTransport)  # noqa: S101 - the embedded backend is not asked ahead
        timeout = self.timeout
        return sync_driver.Prefetch(operation, self._send, lambda request: transport.send_ahead(request, timeout))

    def _send(self, request: Request) -> Response:
        response: Response = self._opened().send(request, self.timeout)
        return response

    def _new_transport(self) -> SyncTransport:
        from alignak_backend_client._http.sync_transport import SyncTransport

        return SyncTransport(self._session)
