"""Desks: a folder and a backend."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from alignak_backend_client._core.protocol import Request
from alignak_backend_client._core.responses import Response
from alignak_backend_client._core.session import Timeout
from alignak_backend_client._http.sync_transport import SyncTransport
from alignak_backend_client.client import Backend
from cli import monitored
from cli.running import Desk
from servers.provision import ServerUnavailableError
from servers.running import Kind, running_backend


@pytest.fixture
def desk(backend_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The shared backend, and an empty folder, which is the current one."""
    monkeypatch.chdir(tmp_path)
    a_desk = Desk(backend_url, tmp_path)
    yield a_desk
    a_desk.close()


@pytest.fixture
def fresh_backend_urls(backend_kind: Kind) -> Iterator[Callable[[], str]]:
    """A factory of backends that hold their start documents only."""
    with contextlib.ExitStack() as stack:

        def start() -> str:
            try:
                return stack.enter_context(running_backend(backend_kind)).url
            except ServerUnavailableError as error:
                pytest.skip(str(error))

        yield start


@pytest.fixture
def fresh_desks(fresh_backend_urls: Callable[[], str], tmp_path: Path) -> Iterator[Callable[[], Desk]]:
    """A factory of desks with a fresh backend each, and a folder of their own."""
    desks: list[Desk] = []

    def start() -> Desk:
        folder = tmp_path / f"desk-{len(desks)}"
        folder.mkdir()
        desks.append(Desk(fresh_backend_urls(), folder))
        return desks[-1]

    yield start
    for a_desk in desks:
        a_desk.close()


@pytest.fixture
def fresh_desk(fresh_desks: Callable[[], Desk]) -> Desk:
    """A desk with a fresh backend."""
    return fresh_desks()


@pytest.fixture(scope="session")
def site(backend_kind: Kind) -> Iterator[str]:
    """The URL of a backend with the site of :mod:`cli.monitored`; nothing changes it."""
    try:
        with running_backend(backend_kind) as running:
            with Backend(running.url) as backend:
                assert backend.login("admin", "admin")
                monitored.put(backend)
            yield running.url
    except ServerUnavailableError as error:
        pytest.skip(str(error))


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The requests of commands in this process, such as ``GET host``; without those for a next page in advance."""
    requests: list[str] = []
    send = SyncTransport.send

    def noted(transport: SyncTransport, request: Request, timeout: Timeout) -> Response:
        requests.append(f"{request.method} {request.url.partition('?')[0].split('/', 3)[3]}")
        return send(transport, request, timeout)

    monkeypatch.setattr(SyncTransport, "send", noted)
    return requests
