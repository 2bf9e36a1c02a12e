"""The client for programs that run under asyncio.

    >>> async with AsyncBackend("http://127.0.0.1:5000") as backend:
    ...     await backend.login("admin", "admin")
    ...     hosts = await backend.get_all("host")

Methods, arguments, results and errors are those of :class:`alignak_backend_client.client.Backend`; those that ask the
backend are awaited.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from alignak_backend_client._base_client import BaseClient
from alignak_backend_client._core import bulk, bulk_deletion, operations, paging, urls, writes
from alignak_backend_client._core.outcomes import Change, OnResult, Outcome
from alignak_backend_client._core.pages import Page
from alignak_backend_client._core.protocol import Operation, Request
from alignak_backend_client._core.responses import Response
from alignak_backend_client._http import async_driver

if TYPE_CHECKING:
    from alignak_backend_client._http.async_transport import AsyncTransport
    from alignak_backend_client._http.embedded import AsyncEmbeddedTransport

_Result = TypeVar("_Result")


class AsyncBackend(BaseClient):
    """A backend, seen from an asynchronous client; see :class:`~alignak_backend_client.client.Backend`.

    Cancelling a call gives up its request and whatever ran beside it. Whether the backend carried out a write that
    was cancelled is not known.
    """

    _transport: AsyncTransport | AsyncEmbeddedTransport | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Forget the token and close the connections; a later login opens new ones."""
        self.token = None
        if self._transport is not None:
            await self._transport.close()

    async def get_response(
        self,
        method: str,
        endpoint: str,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        params: urls.Params = None,
        data: Any = None,
    ) -> Response:
        """Send a request and return the answer, whatever its status."""
        return await self._run(
            operations.request(self._session, method, endpoint, headers=headers, json=json, params=params, data=data)
        )

    async def login(
        self,
        username: str,
        password: str,
        generate: str = "enabled",
        proxies: Mapping[str, str] | None = None,
    ) -> bool:
        """Log in and keep the token; False when the backend refuses the credentials."""
        return await self._run(operations.login(self._session, username, password, generate, proxies))

    async def logout(self) -> bool:
        """Log out; without a login nothing is done."""
        return await self._run(operations.logout(self._session))

    async def get_domains(self) -> list[dict[str, str]]:
        """Return the resources of the backend."""
        return await self._run(operations.get_domains(self._session))

    async def get(self, endpoint: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return an item, or one page of items."""
        return await self._run(operations.get(self._session, endpoint, params))

    async def get_all(self, endpoint: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return all items of a list."""
        return await self._run(paging.get_all(self._session, endpoint, params, self.processes))

    async def iterate(self, endpoint: str, params: Mapping[str, Any] | None = None) -> AsyncIterator[dict[str, Any]]:
        """Yield all items of a list as they come, in constant memory."""
        async with contextlib.aclosing(self._pages(endpoint, params, outlined=self.processes > 1)) as pages:
            async for page in pages:
                for item in page.items():
                    yield item

    async def pages(self, endpoint: str, params: Mapping[str, Any] | None = None) -> AsyncIterator[Page]:
        """Yield a list page by page."""
        async with contextlib.aclosing(self._pages(endpoint, params, outlined=True)) as pages:
            async for page in pages:
                yield page

    async def _pages(
        self, endpoint: str, params: Mapping[str, Any] | None, *, outlined: bool
    ) -> AsyncGenerator[Page, None]:
        """Yield a list page by page, decoded no further than needed, or at once."""
        ahead = self.processes > 1
        paginator = paging.Paginator(self._session, endpoint, params, outlined=outlined)
        coming: asyncio.Future[Page] | None = None
        try:
            while coming or not paginator.done:
                page = await (coming or self._run(paginator.next_page()))
                more = ahead and not paginator.done
                coming = asyncio.ensure_future(self._run(paginator.next_page())) if more else None
                yield page
        finally:
            if coming:
                coming.cancel()
                await asyncio.gather(coming, return_exceptions=True)

    async def post(
        self,
        endpoint: str,
        data: Any,
        files: None = None,  # noqa: ARG002 - the same signature as the blocking client's
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Create an item."""
        return await self._run(writes.post(self._session, endpoint, data, headers))

    async def patch(
        self,
        endpoint: str,
        data: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
        inception: bool = False,
    ) -> dict[str, Any]:
        """Change fields of an item."""
        return await self._run(writes.update(self._session, "PATCH", endpoint, data, headers, inception))

    async def put(
        self,
        endpoint: str,
        data: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
        inception: bool = False,
    ) -> dict[str, Any]:
        """Replace an item."""
        return await self._run(writes.update(self._session, "PUT", endpoint, data, headers, inception))

    async def delete(self, endpoint: str, headers: Mapping[str, str] | None) -> dict[str, Any]:
        """Delete an item, or all items of a resource."""
        return await self._run(writes.delete(self._session, endpoint, headers))

    async def create_many(
        self, endpoint: str, items: Sequence[Mapping[str, Any]], on_result: OnResult | None = None
    ) -> list[Outcome]:
        """Create items in batches, and return what became of each."""
        return await self._run(bulk.create(self._session, endpoint, items, self.processes, on_result))

    async def update_many(
        self, endpoint: str, changes: Sequence[Change], on_result: OnResult | None = None
    ) -> list[Outcome]:
        """Change items, and return what became of each."""
        return await self._run(bulk.update(self._session, endpoint, changes, self.processes, on_result))

    async def delete_many(
        self, endpoint: str, items: Sequence[Mapping[str, Any]], on_result: OnResult | None = None
    ) -> list[Outcome]:
        """Delete items, and return what became of each."""
        return await self._run(bulk_deletion.delete(self._session, endpoint, items, self.processes, on_result))

    async def _run(self, operation: Operation[_Result]) -> _Result:
        """Run an operation to its end."""
        return await async_driver.run(operation, self._send)

    async def _send(self, request: Request) -> Response:
        """Send one request of an operation."""
        if self._transport is None:
            if self._session.embedded is not None:
                from alignak_backend_client._http.embedded import AsyncEmbeddedTransport

                self._transport = AsyncEmbeddedTransport(self._session.embedded)
            else:
                from alignak_backend_client._http.async_transport import AsyncTransport

                self._transport = AsyncTransport(self._session)
        return await self._transport.send(request, self.timeout)
