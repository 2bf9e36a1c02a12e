"""The asyncio client.

    >>> async with AsyncBackend("http://127.0.0.1:5000") as backend:
    ...     await backend.login("admin", "admin")
    ...     hosts = await backend.get_all("host")

Methods, arguments, results and errors are those of :class:`alignak_backend_client.client.Backend`; those that ask the
backend are awaited.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Self, TypeVar

from alignak_backend_client._base_client import BaseClient
from alignak_backend_client._core import paging
from alignak_backend_client._core.pages import Page
from alignak_backend_client._core.protocol import Operation, Request
from alignak_backend_client._core.responses import Response
from alignak_backend_client._http import async_driver
from alignak_backend_client.client import Backend

if TYPE_CHECKING:
    from alignak_backend_client._http.async_transport import AsyncTransport

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


def _awaited(
    method: Callable[Concatenate[Backend, _Arguments], _Result],
) -> Callable[Concatenate[AsyncBackend, _Arguments], Coroutine[Any, Any, _Result]]:
    """Return the asyncio version of a method of the blocking client: it runs the same operation."""
    operation: Callable[..., Operation[_Result]] = method.__wrapped__  # type: ignore[attr-defined]  # see _blocking

    @functools.wraps(operation)
    async def awaited(self: AsyncBackend, /, *args: _Arguments.args, **options: _Arguments.kwargs) -> _Result:
        return await self._run(operation(self, *args, **options))

    return awaited


class AsyncBackend(BaseClient):
    """An asyncio client of a backend; see :class:`~alignak_backend_client.client.Backend`.

    Cancelling a call also cancels its parallel requests. It is not known whether the backend carried out a cancelled
    write.
    """

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Drop the token and close the connections; a later login opens new ones."""
        transport = self._detach_transport()
        if transport is not None:
            await self._awaited_call(transport.close)

    get_response = _awaited(Backend.get_response)
    login = _awaited(Backend.login)
    logout = _awaited(Backend.logout)
    get_domains = _awaited(Backend.get_domains)
    get = _awaited(Backend.get)
    get_all = _awaited(Backend.get_all)
    post = _awaited(Backend.post)
    patch = _awaited(Backend.patch)
    put = _awaited(Backend.put)
    delete = _awaited(Backend.delete)
    create_many = _awaited(Backend.create_many)
    update_many = _awaited(Backend.update_many)
    delete_many = _awaited(Backend.delete_many)

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
        """Yield a list page by page, decoded only as far as needed (``outlined``) or completely."""
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

    async def _run(self, operation: Operation[_Result]) -> _Result:
        return await async_driver.run(operation, self._send)

    async def _send(self, request: Request) -> Response:
        response: Response = await self._awaited_call(self._opened().send, request, self.timeout)
        return response

    async def _awaited_call(self, call: Callable[..., Any], *args: Any) -> Any:
        """Call a transport; the embedded backend works in threads."""
        return await (call(*args) if self._session.embedded is None else asyncio.to_thread(call, *args))

    def _new_transport(self) -> AsyncTransport:
        from alignak_backend_client._http.async_transport import AsyncTransport

        return AsyncTransport(self._session)
