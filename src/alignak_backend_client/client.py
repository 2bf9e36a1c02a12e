"""Python client of the Alignak backend.

    >>> from alignak_backend_client.client import Backend
    >>> backend = Backend("http://127.0.0.1:5000")
    >>> backend.login("admin", "admin")
    True
    >>> backend.get_all("host", {"where": '{"_is_template": false}'})["_items"]
    [...]

The interface of release 1.4.4 is complete; new features use keyword arguments.
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
"""Default page size of a backend; kept for programs that import it."""

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


def _blocking(
    operation: Callable[Concatenate[Backend, _Arguments], Operation[_Result]],
) -> Callable[Concatenate[Backend, _Arguments], _Result]:
    """Turn an operation into a blocking method. The methods of the asyncio client use the same operations."""

    @functools.wraps(operation)
    def method(self: Backend, /, *args: _Arguments.args, **options: _Arguments.kwargs) -> _Result:
        return self._run(operation(self, *args, **options))

    # What callers get, in help() and in the signature.
    result = operation.__annotations__["return"]
    operation.__annotations__["return"] = result.removeprefix("Operation[").removesuffix("]")
    return method


class Backend(BaseClient):
    """A blocking client of a backend.

    Creating one is cheap and opens no connection. It can be used from several threads, and in a child process after
    a fork. As a context manager, it logs out locally and closes its connections at the end.

    Args:
        endpoint: URL of the backend, such as ``http://127.0.0.1:5000`` or ``https://host/backend``; or
            ``embedded:site.db``, ``embedded::memory:`` or ``embedded:`` for a backend in this process.
        processes: maximum number of parallel requests, for the pages of :meth:`get_all` and the batches of
            :meth:`create_many` and similar methods.
        timeout: seconds to wait for a connection, and for the next bytes of a response: a number for both, a
            ``(connect, read)`` pair, or None for no timeout. 10 and 120 by default.
        retries: maximum number of retries when the connection breaks or the server is busy; 0 for none. A write is
            repeated only after checking that it did not succeed.
        ca_file: file (PEM) with the CA certificates to trust; those of the system by default. Verification cannot
            be turned off.
        certificate: file (PEM) with a client certificate and its key, or a (certificate, key) pair of files.

    Attributes:
        url_endpoint_root: URL of the backend, without a trailing slash.
        processes: as given.
        timeout: as given; can be changed at any time.

    Raises:
        BackendException: code 1000; the timeout or the number of retries is invalid. Every method that sends a request
            also raises it if the backend cannot be reached (1000), or responds with an error (its status).
    """

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Drop the token and close the connections; a later login opens new ones."""
        transport = self._detach_transport()
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
        """Send a request and return the response, whatever its status.

        Args:
            method: ``GET``, ``POST``, ...
            endpoint: endpoint relative to the backend, such as ``host``.
            headers: additional headers.
            json: data to send as JSON.
            params: query parameters; None values are not sent.
            data: a body to send unchanged (text, bytes, a file), or a form (a dictionary).

        Raises:
            BackendException: code 1000; there is no response.
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
            generate: ``enabled`` (the current token of the user), ``force`` (a new one, which invalidates the current
                one), or ``disabled`` (same as ``enabled``).
            proxies: proxy URL by protocol, ``http`` and ``https``, also for all later requests. By default, those of
                the environment are used.

        Returns:
            True, or False if the backend rejects the credentials.

        Raises:
            BackendException: name or password is missing, or a proxy protocol is not supported (1000); the backend
                cannot be reached (1000), or responds with another error (its status).
        """
        return operations.login(self._session, username, password, generate, proxies)

    @_blocking
    def logout(self) -> Operation[bool]:
        """Log out locally; without a login, do nothing.

        The backend still accepts the token; only a login with ``generate='force'`` replaces it.
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
            endpoint: ``host``, ``host/<id>``; it may include a query string.
            params: ``where``, ``sort``, ``projection``, ``embedded``, ``page``, ``max_results``; the first
                four as JSON text or as a dictionary.

        Returns:
            The item's fields, or ``_items``, ``_links`` and ``_meta``; always with ``_status``.
        """
        return operations.get(self._session, endpoint, params)

    @_blocking
    def get_all(self, endpoint: str, params: Mapping[str, Any] | None = None) -> Operation[dict[str, Any]]:
        """Return all items of a list.

        It reads pages of ``max_results``, by default the largest that the backend supports. Without ``sort``, items
        are in the order of creation (of their ``_id``), and each item that exists throughout appears exactly once,
        even if others write at the same time.

        Args:
            endpoint: a resource, such as ``service``.
            params: as for :meth:`get`.

        Returns:
            ``{'_items': [...], '_status': 'OK'}``.
        """
        return paging.get_all(self._session, endpoint, params, self.processes)

    def iterate(self, endpoint: str, params: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        """Yield all items of a list as they arrive, in constant memory.

        Items and order are the same as for :meth:`get_all`; with ``sort``, the whole list is read first. With
        ``processes`` above 1, the next page is requested before the items of the current one are yielded.

        Args:
            endpoint: a resource, such as ``service``.
            params: as for :meth:`get`; ``max_results`` is the number of items in memory.

        Raises:
            BackendException: the backend cannot be reached, or responds with an error; possibly after some items.
        """
        for page in self._pages(endpoint, params, outlined=self.processes > 1):
            yield from page.items()

    def pages(self, endpoint: str, params: Mapping[str, Any] | None = None) -> Iterator[Page]:
        """Yield a list page by page, as :meth:`iterate` reads it.

        The items of a page are decoded on access; ``content`` is the body as received.

        Args:
            endpoint: a resource, such as ``service``.
            params: as for :meth:`iterate`.

        Raises:
            BackendException: the backend cannot be reached, or responds with an error; possibly after some pages.
        """
        return self._pages(endpoint, params, outlined=True)

    def _pages(self, endpoint: str, params: Mapping[str, Any] | None, *, outlined: bool) -> Iterator[Page]:
        """Yield a list page by page, decoded only as far as needed (``outlined``) or completely."""
        paginator = paging.Paginator(self._session, endpoint, params, outlined=outlined)
        if self.processes <= 1 or self._session.embedded is not None:
            while not paginator.done:
                yield self._run(paginator.next_page())
            return
        coming: sync_driver.Prefetch[Page] | None = self._prefetch(paginator.next_page())
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
            data: the fields of the item, or a list of items, which the backend stores completely or not at all.
            files: not used.
            headers: additional headers.

        Returns:
            ``_id``, ``_etag`` and other fields from the response (in ``_items`` for a list).

        Raises:
            BackendException: the backend cannot be reached, or rejects the item: ``response['_issues']`` has
                the reasons by field.
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
            headers: ``If-Match`` with the ``_etag`` of the item.
            inception: if the item has changed since its ``_etag`` was read, read it again and retry once.

        Returns:
            The new ``_etag`` of the item, and other fields from the response.

        Raises:
            BackendException: no headers (1000); the item has changed, or a rule of the backend forbids the change
                (412); any other error.
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
        """Replace an item; arguments, result and errors are the same as for :meth:`patch`.

        The backend supports PUT only for ``alignakretention``.
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
        """Create items in batches, and return an outcome for each.

        Items that the backend rejects do not affect the others.

        Args:
            endpoint: a resource, such as ``host``.
            items: the fields of each item; the items must not depend on each other.
            on_result: called with each outcome as soon as it is known, possibly in another thread.

        Returns:
            An outcome for each item, in order: its id and ``_etag``, or the error. If the backend becomes
            unreachable, the remaining items are not tried.
        """
        from alignak_backend_client._core import bulk

        return bulk.create(self._session, endpoint, items, self.processes, on_result)

    @_blocking
    def update_many(
        self, endpoint: str, changes: Sequence[Change], on_result: OnResult | None = None
    ) -> Operation[list[Outcome]]:
        """Change items, and return an outcome for each.

        Args:
            endpoint: a resource, such as ``host``.
            changes: the id, the ``_etag`` and the new fields of each.
            on_result: as for :meth:`create_many`.

        Returns:
            An outcome for each change, in order: the new ``_etag``, or the error; code 412 means that the item has
            been changed by somebody else.
        """
        from alignak_backend_client._core import bulk

        return bulk.update(self._session, endpoint, changes, self.processes, on_result)

    @_blocking
    def delete_many(
        self, endpoint: str, items: Sequence[Mapping[str, Any]], on_result: OnResult | None = None
    ) -> Operation[list[Outcome]]:
        """Delete items, and return an outcome for each.

        Args:
            endpoint: a resource, such as ``host``.
            items: items with the ``_id`` and ``_etag`` from the backend.
            on_result: as for :meth:`create_many`.

        Returns:
            An outcome for each item, in order. An item that no longer exists counts as deleted, with ``gone`` True.
        """
        from alignak_backend_client._core import bulk_deletion

        return bulk_deletion.delete(self._session, endpoint, items, self.processes, on_result)

    def _run(self, operation: Operation[_Result]) -> _Result:
        return sync_driver.run(operation, self._send)

    def _prefetch(self, operation: Operation[_Result]) -> sync_driver.Prefetch[_Result]:
        from alignak_backend_client._http.sync_transport import SyncTransport

        transport = self._opened()
        assert isinstance(transport, SyncTransport)  # noqa: S101 - nothing is prefetched from the embedded backend
        timeout = self.timeout
        return sync_driver.Prefetch(operation, self._send, lambda request: transport.send_ahead(request, timeout))

    def _send(self, request: Request) -> Response:
        response: Response = self._opened().send(request, self.timeout)
        return response

    def _new_transport(self) -> SyncTransport:
        from alignak_backend_client._http.sync_transport import SyncTransport

        return SyncTransport(self._session)
