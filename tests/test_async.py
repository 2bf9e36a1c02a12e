"""The asynchronous client: the same faces, the same operations."""

from __future__ import annotations

import asyncio
import inspect
import uuid

import pytest

from alignak_backend_client import AsyncBackend, Backend, BackendException, Change
from alignak_backend_client._http.async_transport import AsyncTransport
from servers.faulty_proxy import FaultyProxy

_SAME = {name for name in dir(Backend) if not name.startswith("_")}


def test_both_clients_have_the_same_methods() -> None:
    assert {name for name in dir(AsyncBackend) if not name.startswith("_")} == _SAME


@pytest.mark.parametrize("name", sorted(_SAME | {"__init__"}))
def test_signatures_are_held_together(name: str) -> None:
    blocking, awaited = inspect.getattr_static(Backend, name), inspect.getattr_static(AsyncBackend, name)
    assert type(blocking) is type(awaited)
    if isinstance(blocking, property):
        assert inspect.signature(blocking.fget) == inspect.signature(awaited.fget)  # type: ignore[arg-type]
        return
    ours, theirs = inspect.signature(getattr(Backend, name)), inspect.signature(getattr(AsyncBackend, name))
    assert ours.parameters == theirs.parameters
    if name not in ("iterate", "pages"):
        assert ours.return_annotation == theirs.return_annotation


def test_only_what_asks_the_backend_is_awaited() -> None:
    immediate = {name for name in _SAME if callable(member := getattr(AsyncBackend, name)) and not (
        inspect.iscoroutinefunction(member) or inspect.isasyncgenfunction(member)
    )}  # fmt: skip
    assert immediate == {"decode", "get_token", "get_url", "set_token"}


def test_the_whole_life_of_items(backend_url: str) -> None:
    async def life() -> None:
        prefix = f"a{uuid.uuid4().hex[:8]}-"
        async with AsyncBackend(backend_url, processes=4) as backend:
            assert await backend.login("admin", "nonsense") is False
            assert await backend.login("admin", "admin") is True
            realm = (await backend.get("realm", {"where": {"name": "All"}}))["_items"][0]["_id"]
            made = await backend.create_many(
                "command", [{"name": f"{prefix}{number:03}", "_realm": realm} for number in range(150)]
            )
            assert all(outcome.ok for outcome in made)
            where = {"name": {"$regex": f"^{prefix}"}}
            listed = (await backend.get_all("command", {"where": where, "max_results": 20}))["_items"]
            assert [item["name"] for item in listed] == [f"{prefix}{number:03}" for number in range(150)]
            seen = [item["name"] async for item in backend.iterate("command", {"where": where, "max_results": 40})]
            assert seen == [item["name"] for item in listed]
            pages = [page async for page in backend.pages("command", {"where": where, "max_results": 40})]
            assert [item["name"] for page in pages for item in page.items()] == seen
            assert [len(page.keys) for page in pages] == [40, 40, 40, 30]
            changes = [Change(item["_id"], item["_etag"], {"notes": "new"}) for item in listed[:10]]
            assert all(outcome.ok for outcome in await backend.update_many("command", changes))
            again = await backend.update_many("command", changes[:1])
            assert again[0].error is not None
            assert again[0].error.code == 412
            item = await backend.get(f"command/{listed[0]['_id']}")
            answer = await backend.patch(f"command/{item['_id']}", {"notes": "x"}, {"If-Match": "old"}, True)
            assert answer["_etag"] != item["_etag"]
            left = (await backend.get_all("command", {"where": where}))["_items"]
            assert all(outcome.ok for outcome in await backend.delete_many("command", left))
            with pytest.raises(BackendException) as missing:
                await backend.get(f"command/{item['_id']}")
            assert missing.value.code == 404
            assert await backend.logout() is True
        assert backend.token is None

    asyncio.run(life())


def test_each_of_many_requests_at_once_is_refused(backend_url: str) -> None:
    async def fail() -> list[int | None]:
        async with AsyncBackend(backend_url, processes=4) as backend:
            await backend.login("admin", "admin")
            backend.set_token("nonsense")
            # All of them end before the event loop: anyio warns of a connection that is cancelled before it begins.
            answers = await asyncio.gather(*(backend.get("realm") for _ in range(5)), return_exceptions=True)
            return [answer.code for answer in answers if isinstance(answer, BackendException)]

    assert asyncio.run(fail()) == [401] * 5


def test_cancelling_leaves_nothing_behind(backend_url: str) -> None:
    async def cancel() -> set[str]:
        with FaultyProxy(backend_url, rate=0, faults=["late_answer"], late=2.0) as proxy:
            async with AsyncBackend(proxy.url, processes=4, retries=0) as backend:
                await backend.login("admin", "admin")
                proxy.strike_next()
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(backend.get_all("command", {"max_results": 1}), 0.2)
                await asyncio.sleep(0)
                left = {task.get_name() for task in asyncio.all_tasks()}
                assert (await backend.get("realm"))["_items"]
                return left

    left = asyncio.run(cancel())
    assert len(left) == 1, left


def test_a_list_that_is_not_read_to_its_end_leaves_nothing_behind(backend_url: str) -> None:
    async def read() -> set[str]:
        async with AsyncBackend(backend_url, processes=4) as backend:
            await backend.login("admin", "admin")
            pages = backend.pages("command", {"max_results": 1})
            await anext(aiter(pages))
            await pages.aclose()  # type: ignore[attr-defined] # it is a generator
            return {task.get_name() for task in asyncio.all_tasks()}

    assert len(asyncio.run(read())) == 1


def test_one_client_in_two_event_loops(backend_url: str) -> None:
    backend = AsyncBackend(backend_url)

    async def ask() -> bool:
        async with backend:
            return await backend.login("admin", "admin")

    assert asyncio.run(ask())
    assert asyncio.run(ask())


def test_closing_closes_the_connections(backend_url: str) -> None:
    async def ask() -> tuple[bool, bool]:
        async with AsyncBackend(backend_url) as backend:
            await backend.login("admin", "admin")
            assert isinstance(backend._transport, AsyncTransport)
            client = backend._transport._client
            assert client is not None
            before = client.is_closed
        return before, client.is_closed

    assert asyncio.run(ask()) == (False, True)


def test_the_embedded_backend(tmp_path_factory: pytest.TempPathFactory) -> None:
    async def ask() -> list[str]:
        async with AsyncBackend(f"embedded:{tmp_path_factory.mktemp('db') / 'a.db'}") as backend:
            await backend.login("admin", "admin")
            return [domain["href"] for domain in await backend.get_domains()]

    assert "host" in asyncio.run(ask())
