"""The types that programs see; mypy reads this, and nobody runs it.

What must be refused carries a `type: ignore`, and mypy reports one that is not needed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Literal, assert_type

import alignak_backend_client
from alignak_backend_client import AsyncBackend as AsyncBackendOfThePackage
from alignak_backend_client import Backend as BackendOfThePackage
from alignak_backend_client.async_client import AsyncBackend
from alignak_backend_client.client import (
    BACKEND_ERROR,
    BACKEND_PAGINATION_DEFAULT,
    BACKEND_PAGINATION_LIMIT,
    PROXY_PROTOCOLS,
    Backend,
    BackendException,
    Change,
    Outcome,
    Page,
    Response,
)
from alignak_backend_client.exceptions import HTTPResponse

Body = dict[str, Any]


def constants() -> None:
    assert_type(BACKEND_ERROR, Literal[1000])
    assert_type(BACKEND_PAGINATION_LIMIT, Literal[50])
    assert_type(BACKEND_PAGINATION_DEFAULT, Literal[25])
    assert_type(PROXY_PROTOCOLS, list[str])
    assert_type(alignak_backend_client.__version__, str)
    assert_type(BackendOfThePackage("http://127.0.0.1:5000"), Backend)
    assert_type(AsyncBackendOfThePackage("http://127.0.0.1:5000"), AsyncBackend)


def making() -> None:
    Backend("http://127.0.0.1:5000", 4)
    Backend(endpoint="http://127.0.0.1:5000", processes=1)
    Backend("http://127.0.0.1:5000", timeout=5, retries=0)
    Backend("http://127.0.0.1:5000", timeout=(5, 60.5))
    Backend("http://127.0.0.1:5000", timeout=(None, 60))
    Backend("http://127.0.0.1:5000", timeout=None)
    Backend()  # type: ignore[call-arg] # there is no default backend
    Backend(b"http://127.0.0.1:5000")  # type: ignore[arg-type] # a text
    Backend("http://127.0.0.1:5000", 1, 5)  # type: ignore[call-arg] # what is new has a name


def session(backend: Backend) -> None:
    assert_type(backend.login("admin", "admin"), bool)
    assert_type(backend.login("admin", "admin", "force", {"https": "http://proxy:3128"}), bool)
    assert_type(backend.login(username="admin", password="admin", generate="enabled", proxies=None), bool)
    assert_type(backend.logout(), bool)
    assert_type(backend.authenticated, bool)
    assert_type(backend.token, str | None)
    assert_type(backend.get_token(), str | None)
    assert_type(backend.url_endpoint_root, str)
    assert_type(backend.processes, int)
    backend.set_token(None)
    backend.set_token("token")
    backend.token = ""
    backend.timeout = 5
    backend.timeout = (5, None)
    backend.authenticated = True  # type: ignore[misc] # a consequence of the token
    with Backend("http://127.0.0.1:5000") as same:
        assert_type(same, Backend)


def reading(backend: Backend) -> None:
    assert_type(backend.get_domains(), list[dict[str, str]])
    assert_type(backend.get("host"), Body)
    assert_type(backend.get("host", {"where": {"name": "x"}, "page": 1, "sort": None}), Body)
    assert_type(backend.get("host", params=MappingProxyType({"page": 1})), Body)
    assert_type(backend.get_all("host", {"where": '{"name": "x"}'}), Body)
    assert_type(backend.iterate("host"), Iterator[Body])
    assert_type(backend.pages("host", {"max_results": 5}), Iterator[Page])
    for page in backend.pages("host"):
        assert_type(page.items(), list[Body])
        assert_type(page.content, bytes | None)
        assert_type(page.total, int | None)
    assert_type(backend.get_url("host"), str)
    response = backend.get_response("GET", "host", headers={"X": "y"}, params="page=1")
    assert_type(response, Response)
    assert_type(backend.get_response("POST", "login", data=b"x"), Response)
    assert_type(Backend.decode(response), Body)
    assert_type(response.status_code, int)
    assert_type(response.reason, str)
    assert_type(response.url, str)
    assert_type(response.text, str)
    assert_type(response.content, bytes)
    assert_type(response.ok, bool)
    assert_type(response.headers["ETag"], str)
    assert_type(response.headers.get("ETag"), str | None)
    assert_type("_issues" in response, bool)


def writing(backend: Backend, item: Mapping[str, str]) -> None:
    assert_type(backend.post("host", {"name": "x"}), Body)
    assert_type(backend.post("host", [{"name": "x"}, {"name": "y"}], None, {"X": "y"}), Body)
    assert_type(backend.patch("host/1", {"alias": "x"}, {"If-Match": "etag"}, True), Body)
    assert_type(backend.patch("host/1", item, headers={"If-Match": "etag"}, inception=False), Body)
    assert_type(backend.put("alignakretention/1", item, {"If-Match": "etag"}, True), Body)
    assert_type(backend.delete("host/1", {"If-Match": "etag"}), Body)
    assert_type(backend.delete("host", {}), Body)
    assert_type(backend.delete("host", headers=None), Body)
    backend.delete("host")  # type: ignore[call-arg] # deleting a whole resource needs its own method


def many(backend: Backend) -> None:
    outcomes = backend.create_many("host", [{"name": "x"}])
    assert_type(outcomes, list[Outcome])
    assert_type(outcomes[0].id, str)
    assert_type(outcomes[0].ok, bool)
    assert_type(outcomes[0].answer, Body | None)
    assert_type(outcomes[0].error, BackendException | None)
    change = Change(id="1", etag="e", data={"alias": "x"})
    assert_type(backend.update_many("host", [change]), list[Outcome])
    assert_type(backend.delete_many("host", [{"_id": "1", "_etag": "e"}]), list[Outcome])
    change.id = "2"  # type: ignore[misc] # frozen


def errors(error: BackendException) -> None:
    assert_type(error.code, int)
    assert_type(error.message, str)
    assert_type(error.response, HTTPResponse | Body | None)
    assert_type(error.reason, str)
    assert_type(error.issues, Body)
    BackendException(code=1000, message="x")
    BackendException(404, "x", {"_status": "ERR"})
    BackendException("404", "x")  # type: ignore[arg-type] # a number


async def asynchronous(backend: AsyncBackend) -> None:
    assert_type(await backend.login("admin", "admin"), bool)
    assert_type(await backend.get("host", {"page": 1}), Body)
    assert_type(await backend.get_all("host"), Body)
    assert_type(backend.iterate("host"), AsyncIterator[Body])
    assert_type(backend.pages("host"), AsyncIterator[Page])
    assert_type(await backend.get_domains(), list[dict[str, str]])
    assert_type(await backend.get_response("GET", "host"), Response)
    assert_type(await backend.post("host", {"name": "x"}), Body)
    assert_type(await backend.patch("host/1", {}, {"If-Match": "etag"}, True), Body)
    assert_type(await backend.put("host/1", {}, {"If-Match": "etag"}), Body)
    assert_type(await backend.delete("host/1", {"If-Match": "etag"}), Body)
    assert_type(await backend.create_many("host", [{"name": "x"}]), list[Outcome])
    assert_type(await backend.logout(), bool)
    assert_type(backend.token, str | None)
    assert_type(AsyncBackend.decode(await backend.get_response("GET", "host")), Body)
    async with AsyncBackend("http://127.0.0.1:5000", timeout=5) as same:
        assert_type(same, AsyncBackend)
