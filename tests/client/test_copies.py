"""Clients that are pickled or copied: they work, with connections of their own."""

from __future__ import annotations

import asyncio
import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from alignak_backend_client import AsyncBackend, Backend
from client.helping import TOKEN, at
from servers import misbehaving as m

COPIES: list[Callable[[Any], Any]] = [
    lambda client: pickle.loads(pickle.dumps(client)),  # noqa: S301 - our own
    copy.deepcopy,
    copy.copy,
]


@pytest.mark.parametrize("copied", COPIES)
def test_a_copy_works_on_connections_of_its_own(copied: Callable[[Backend], Backend]) -> None:
    with (
        m.MisbehavingServer([m.keep_alive({})]) as server,
        at(server, processes=3, retries=2, timeout=(3, 4)) as client,
    ):
        client.get("before")
        again = copied(client)
        assert (again.url_endpoint_root, again.processes, again.timeout, again.retries, again.token) == (
            *(server.url, 3, (3, 4), 2, TOKEN),
        )
        again.get("copy")
        client.get("after")
        on = {request.path: request.connection for request in server.requests}
        assert on["/before"] == on["/after"] != on["/copy"]
        again.token = None
        again.retries = 5
        again.close()
        assert (client.token, client.retries) == (TOKEN, 2)


@pytest.mark.parametrize("copied", COPIES)
def test_a_copy_keeps_what_it_was_made_with(copied: Callable[[Backend], Backend]) -> None:
    client = Backend("https://backend.test", ca_file="ca.pem", certificate=("own.pem", "own.key"))
    client.proxies = {"https": "http://proxy:3128"}
    again = copied(client)
    assert (again._session.ca_file, again._session.certificate) == ("ca.pem", ("own.pem", "own.key"))
    assert again.proxies == {"https": "http://proxy:3128"}


@pytest.mark.parametrize("copied", COPIES)
def test_a_copy_of_an_embedded_backend(copied: Callable[[Backend], Backend], tmp_path: Any) -> None:
    with Backend(f"embedded:{tmp_path / 'a.db'}") as client:
        assert client.login("admin", "admin")
        with copied(client) as again:
            assert again.get("host")["_items"] == client.get("host")["_items"]


@pytest.mark.parametrize("copied", COPIES)
def test_a_copy_of_the_other_client(copied: Callable[[AsyncBackend], AsyncBackend]) -> None:
    async def ask() -> None:
        async with AsyncBackend(server.url, retries=0) as client:
            client.set_token(TOKEN)
            await client.get("before")
            async with copied(client) as again:
                assert again.token == TOKEN
                await again.get("copy")
            await client.get("after")

    with m.MisbehavingServer([m.keep_alive({})]) as server:
        asyncio.run(ask())
        assert len(server.requests) == 3
