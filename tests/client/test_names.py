"""What can be imported, what it costs, and what importing leaves alone."""

from __future__ import annotations

import inspect
import logging
import subprocess
import sys

import pytest

import alignak_backend_client
from alignak_backend_client import AsyncBackend, client, exceptions
from alignak_backend_client.client import (
    BACKEND_ERROR,
    BACKEND_PAGINATION_DEFAULT,
    BACKEND_PAGINATION_LIMIT,
    PROXY_PROTOCOLS,
    Backend,
    BackendException,
    Response,
)


def test_values_of_1_4_4() -> None:
    assert (BACKEND_ERROR, BACKEND_PAGINATION_LIMIT, BACKEND_PAGINATION_DEFAULT) == (1000, 50, 25)
    assert PROXY_PROTOCOLS == ["http", "https"]
    assert issubclass(BackendException, Exception)


def test_names_of_the_package() -> None:
    assert sorted(alignak_backend_client.__all__) == [
        "AsyncBackend",
        "Backend",
        "BackendException",
        "Change",
        "Outcome",
        "Page",
        "__version__",
    ]
    for name in alignak_backend_client.__all__:
        assert getattr(alignak_backend_client, name) is not None
    assert alignak_backend_client.Backend is Backend
    assert alignak_backend_client.VERSION == (2, 0, 0)  # for programs of 1.4.4
    with pytest.raises(AttributeError, match="nothing"):
        alignak_backend_client.nothing  # noqa: B018 - asking is the test


def test_names_of_the_client() -> None:
    assert sorted(client.__all__) == [
        "BACKEND_ERROR",
        "BACKEND_PAGINATION_DEFAULT",
        "BACKEND_PAGINATION_LIMIT",
        "Backend",
        "BackendException",
        "Change",
        "EMBEDDED",
        "EMBEDDED_MISSING",
        "Outcome",
        "PROXY_PROTOCOLS",
        "Page",
        "Response",
        "check_url",
        "display_url",
    ]
    for name in client.__all__:
        assert getattr(client, name) is not None


def test_names_of_the_exceptions() -> None:
    assert sorted(exceptions.__all__) == [
        "BACKEND_ERROR",
        "BUSY",
        "BackendException",
        "HTTPResponse",
        "connection_failed",
        "has_gone",
        "http_error",
        "misuse",
    ]
    for name in exceptions.__all__:
        assert getattr(exceptions, name) is not None
    assert exceptions.BackendException is BackendException


@pytest.mark.parametrize("kind", [Backend, AsyncBackend])
def test_names_of_a_backend(kind: type[Backend] | type[AsyncBackend]) -> None:
    public = {name for name in dir(kind("http://127.0.0.1:5000")) if not name.startswith("_")}
    assert public == {
        # of 1.4.4
        *("authenticated", "decode", "delete", "get", "get_all", "get_domains", "get_response", "get_token", "get_url"),
        *("login", "logout", "patch", "post", "processes", "proxies", "put", "set_token"),
        *("token", "url_endpoint_root"),
        # since
        *("close", "create_many", "delete_many", "iterate", "pages", "retries", "timeout", "update_many"),
    }


def test_names_of_a_response() -> None:
    public = {name for name in dir(Response(200, "OK", "u", {}, b"{}")) if not name.startswith("_")}
    assert public == {
        # of requests, that programs of 1.4.4 use
        *("content", "headers", "json", "ok", "raise_for_status", "reason", "status_code", "text", "url"),
        # since
        *("body", "is_json"),
    }


def test_names_of_an_exception() -> None:
    public = {name for name in dir(BackendException(1000, "x")) if not name.startswith("_")} - set(dir(Exception))
    assert public == {"code", "issues", "message", "reason", "response"}


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("__init__", ["endpoint", "processes"]),
        ("login", ["username", "password", "generate", "proxies"]),
        ("get_response", ["method", "endpoint", "headers", "json", "params", "data"]),
        ("get", ["endpoint", "params"]),
        ("get_all", ["endpoint", "params"]),
        ("post", ["endpoint", "data", "files", "headers"]),
        ("patch", ["endpoint", "data", "headers", "inception"]),
        ("put", ["endpoint", "data", "headers", "inception"]),
        ("delete", ["endpoint", "headers"]),
    ],
)
def test_arguments_of_1_4_4_keep_their_names_and_places(method: str, arguments: list[str]) -> None:
    parameters = inspect.signature(getattr(Backend, method)).parameters.values()
    assert [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD and p.name != "self"] == arguments


def _run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_import_does_not_load_the_http_library() -> None:
    code = (
        "import sys, alignak_backend_client.client as c; c.Backend('http://127.0.0.1:1');"
        "print(sorted({'httpx2', 'httpcore2', 'ssl', 'asyncio', 'requests', 'alignak_backend_embedded', 'cerberus'}"
        " & set(sys.modules)))"
    )
    assert _run(code) == "[]"


def test_the_embedded_backend_loads_no_http_library() -> None:
    code = (
        "import sys; from alignak_backend_client import Backend; Backend('embedded::memory:').login('admin', 'admin');"
        "print(sorted({'httpx2', 'httpcore2', 'http.client', 'ssl', 'asyncio', 'urllib.request'} & set(sys.modules)))"
    )
    assert _run(code) == "[]"


def test_requests_load_no_more_of_http_than_they_need() -> None:
    code = (
        "import sys; from alignak_backend_client import Backend, BackendException\n"
        "try: Backend('http://127.0.0.1:1', retries=0).get('host')\n"
        "except BackendException: pass\n"
        "print(sorted({'httpx2', 'httpcore2', 'asyncio', 'urllib.request', 'alignak_backend_embedded'}"
        " & set(sys.modules)))"
    )
    assert _run(code) == "[]"


def test_import_leaves_logging_alone() -> None:
    code = (
        "import logging; root = logging.getLogger(); before = (root.level, list(root.handlers));"
        "logging.getLogger('urllib3').setLevel(5);"
        "import alignak_backend_client.client, alignak_backend_client._http.sync_transport;"
        "assert (root.level, root.handlers) == before;"
        "names = [n for n in logging.root.manager.loggerDict if n.startswith(('alignak', 'httpx', 'httpcore'))];"
        "print([(n, l.level, l.handlers, l.propagate) for n in names"
        " if (l := logging.getLogger(n)).level or l.handlers or not l.propagate])"
    )
    assert _run(code) == "[]"


def test_logger_has_the_name_of_1_4_4(caplog: pytest.LogCaptureFixture) -> None:
    with (
        caplog.at_level(logging.DEBUG, logger="alignak_backend_client.client"),
        Backend("embedded::memory:") as backend,
    ):
        backend.login("admin", "wrong")
    assert caplog.record_tuples == [
        ("alignak_backend_client.client", logging.DEBUG, "POST http://embedded/login: 401"),
        ("alignak_backend_client.client", logging.INFO, "The backend http://embedded rejects the login of 'admin'"),
    ]
