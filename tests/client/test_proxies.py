"""Proxies, over real sockets: which one is used, what it is asked for, and what it gets to see; in both clients."""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import trustme

from alignak_backend_client import AsyncBackend, Backend
from alignak_backend_client._core.session import Session
from alignak_backend_client._http.proxies import proxy_of
from client.helping import at, failure
from servers import misbehaving as m
from servers.forward_proxy import ForwardProxy

PASSWORD = "pr0xy-s3cret"


@pytest.fixture(autouse=True)
def no_proxy_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def proxy() -> Iterator[ForwardProxy]:
    with ForwardProxy() as running:
        yield running


class Client:
    """One of the two clients, with blocking calls."""

    def __init__(self, kind: type[Backend] | type[AsyncBackend]) -> None:
        self.kind = kind

    def talk(self, url: str, *calls: tuple[Any, ...], proxies: Mapping[str, str] | None = None, **options: Any) -> Any:
        """Log in by proxies, call methods, and return the last result."""
        options = {"retries": 0, "timeout": 5, **options}
        if self.kind is Backend:
            with Backend(url, **options) as client:
                result: Any = client.login("admin", "admin", proxies=proxies)
                for name, *arguments in calls:
                    result = getattr(client, name)(*arguments)
            return result

        async def talk() -> Any:
            async with AsyncBackend(url, **options) as client:
                result: Any = await client.login("admin", "admin", proxies=proxies)
                for name, *arguments in calls:
                    result = await getattr(client, name)(*arguments)
            return result

        return asyncio.run(talk())


@pytest.fixture(params=[Backend, AsyncBackend], ids=["blocking", "asyncio"])
def client(request: pytest.FixtureRequest) -> Client:
    return Client(request.param)


@pytest.mark.parametrize("scheme", ["http://", ""])
def test_all_requests_go_through_the_proxy_of_the_login(
    backend_url: str, proxy: ForwardProxy, scheme: str, monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    calls = ("get", "host", {"max_results": 1}), ("login", "admin", "wrong")
    assert client.talk(backend_url, *calls, proxies={"http": f"{scheme}127.0.0.1:{proxy.port}"}) is False
    assert proxy.lines == [
        f"POST {backend_url}/login HTTP/1.1",
        f"GET {backend_url}/host?max_results=1 HTTP/1.1",
        f"POST {backend_url}/login HTTP/1.1",
    ]
    assert {headers["Host"] for headers in proxy.headers} == {backend_url.removeprefix("http://")}


def test_proxy_credentials_are_only_sent_to_the_proxy(proxy: ForwardProxy, client: Client) -> None:
    with m.MisbehavingServer([m.json_answer({"token": "t"})]) as server:
        with_credentials = proxy.url.replace("//", f"//m%40e:{PASSWORD}%2F@")
        assert client.talk(server.url, proxies={"http": with_credentials}) is True
        sent = proxy.headers[0]["Proxy-Authorization"]
        assert base64.b64decode(sent.removeprefix("Basic ")).decode() == f"m@e:{PASSWORD}/"
        assert PASSWORD not in repr(server.requests[0])


def test_proxy_for_the_other_protocol_is_not_used(backend_url: str, proxy: ForwardProxy, client: Client) -> None:
    assert client.talk(backend_url, proxies={"https": proxy.url}) is True
    assert proxy.lines == []


def test_empty_proxies_are_none(
    backend_url: str, proxy: ForwardProxy, monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    monkeypatch.setenv("http_proxy", proxy.url)
    assert client.talk(backend_url, proxies={"http": ""}) is True
    assert proxy.lines == []
    assert client.talk(backend_url, proxies={}) is True
    assert len(proxy.lines) == 1


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
def test_proxy_of_the_environment_is_used(
    name: str, proxy: ForwardProxy, monkeypatch: pytest.MonkeyPatch, client: Client
) -> None:
    monkeypatch.setenv(name, proxy.url.replace("//", f"//me:{PASSWORD}@"))
    with m.MisbehavingServer([m.json_answer({"token": "t"})]) as server:
        client.talk(server.url)
        assert proxy.lines == [f"POST {server.url}/login HTTP/1.1"]
        assert "Proxy-Authorization" in proxy.headers[0]
        monkeypatch.setenv("no_proxy", "example.com, 127.0.0.0/8")
        client.talk(server.url)
        assert (len(proxy.lines), len(server.requests)) == (1, 2)


@pytest.mark.parametrize(
    ("no_proxy", "url", "direct"),
    [
        ("backend.test", "http://backend.test", True),
        ("BACKEND.test", "http://backend.TEST:5000", True),
        ("other.test, backend.test ,", "http://backend.test", True),
        ("backend.test:5000", "http://backend.test:5000", True),
        ("backend.test:80", "http://backend.test", True),
        ("backend.test:443", "https://backend.test", True),
        ("backend.test:5001", "http://backend.test:5000", False),
        ("test", "http://backend.test", True),
        (".test", "http://backend.test", True),
        ("*.test", "http://backend.test", True),
        ("end.test", "http://backend.test", False),
        ("backend.test.x", "http://backend.test", False),
        ("*", "http://backend.test", True),
        ("other,*", "http://backend.test", True),
        ("", "http://backend.test", False),
        (",", "http://backend.test", False),
        (".", "http://backend.test", False),
        ("10.0.0.0/8", "http://10.1.2.3:5000", True),
        ("10.0.0.1/8", "http://10.1.2.3", True),
        ("10.0.0.0/16", "http://10.1.2.3", False),
        ("10.0.0.0/99", "http://10.1.2.3", False),
        ("10.0.0.0/8", "http://backend.test", False),
        ("10.1.2.3", "http://10.1.2.3", True),
        ("::1", "http://[::1]:5000", True),
        ("[::1]:5000", "http://[::1]:5000", True),
        ("[::1]:5001", "http://[::1]:5000", False),
        ("2001:db8::80", "http://[2001:db8::80]", True),
        ("2001:db8::/32", "https://[2001:db8::5]", True),
    ],
)
def test_whom_no_proxy_names(no_proxy: str, url: str, direct: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "proxy.test:3128")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    found = proxy_of(Session(url))
    assert direct is (found is None)
    if found is not None:
        assert (found.host, found.port, found.secure, found.authorization) == ("proxy.test", 3128, False, None)


@pytest.mark.parametrize("protocol", ["ftp", "HTTP", "http://", "", "socks5"])
def test_wrong_proxy_protocol(protocol: str) -> None:
    client = Backend("http://127.0.0.1:9")
    error = failure(client.login, "admin", "admin", proxies={protocol: "http://127.0.0.1:9"})
    assert (error.code, error.response) == (1000, None)
    assert "http, https" in error.message
    assert client.authenticated is False


def test_proxies_may_be_set_later(proxy: ForwardProxy) -> None:
    with m.MisbehavingServer([m.keep_alive({})]) as server, at(server) as client:
        assert client.proxies == {}
        client.get("before")
        client.proxies = {"http": proxy.url}
        client.get("between")
        client.proxies = None  # as before a login in 1.4.4
        client.get("after")
        assert failure(setattr, client, "proxies", {"ftp": proxy.url}).code == 1000
    assert proxy.lines == [f"GET {server.url}/between HTTP/1.1"]


@pytest.mark.parametrize(
    "url",
    [
        *(f"ftp://me:{PASSWORD}@h:1", f"socks5://me:{PASSWORD}@h:1", f"socks5h://me:{PASSWORD}@h:1"),
        *(f"http://me:{PASSWORD}@[", f"http://me:{PASSWORD}@h:x", f"http://me:{PASSWORD}@", f"http://me:{PASSWORD}"),
    ],
)
def test_proxies_that_cannot_be_used(url: str, client: Client) -> None:
    error = failure(client.talk, "http://127.0.0.1:9", proxies={"http": url})
    assert (error.code, error.response) == (1000, None)
    assert "SOCKS is not supported" in error.message
    for shown in (error, error.__cause__, error.__context__):
        assert PASSWORD not in str(shown)


def test_proxy_reprs_omit_the_password() -> None:
    session = Session("http://backend.test")
    session.proxies = {"http": f"http://me:{PASSWORD}@h:1"}
    assert repr(proxy_of(session)) == "<Proxy h:1>"


def test_proxy_that_is_not_there(client: Client) -> None:
    with m.MisbehavingServer() as nobody, m.MisbehavingServer([m.json_answer({})]) as server:
        error = failure(client.talk, server.url, proxies={"http": nobody.url})
        assert error.code == 1000
        if client.kind is Backend:
            assert f"No connection to the proxy 127.0.0.1:{nobody.port}: " in error.message
        assert server.requests == []


def test_no_redirect_is_followed_by_a_proxy(proxy: ForwardProxy, client: Client) -> None:
    with (
        m.MisbehavingServer([m.json_answer({"token": "t"})]) as other,
        m.MisbehavingServer([m.redirect(f"{other.url}/login")]) as server,
    ):
        assert failure(client.talk, server.url, proxies={"http": proxy.url}).code == 1000
        assert (len(proxy.lines), other.connections) == (1, 0)


def test_a_rejecting_proxy_is_reported_with_its_status(client: Client) -> None:
    with ForwardProxy("407 Who Are You") as refusing:
        assert failure(client.talk, "http://127.0.0.1:9", proxies={"http": refusing.url}).code == 407


# --- tunnels


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, ssl.SSLContext]:
    """The file of an authority, and what a server needs to be backend.test, ::1 or 127.0.0.1 by it."""
    folder: Path = tmp_path_factory.mktemp("tls")
    ours = trustme.CA()
    ours.cert_pem.write_to_path(str(folder / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.issue_cert("backend.test", "::1", "127.0.0.1").configure_cert(context)
    return str(folder / "ca.pem"), context


def test_https_goes_through_a_tunnel(authority: tuple[str, ssl.SSLContext], client: Client) -> None:
    ca_file, context = authority
    answer = m.keep_alive({"token": "t"})
    with (
        ForwardProxy(hosts={"backend.test": "127.0.0.1"}) as proxy,
        m.MisbehavingServer([answer], context=context) as server,
    ):
        url = f"https://backend.test:{server.port}"
        with_credentials = proxy.url.replace("//", f"//me:{PASSWORD}@")
        calls = [("get", "host"), ("get", "service")]
        result = client.talk(url, *calls, proxies={"https": with_credentials}, ca_file=ca_file)
        assert result == {"token": "t", "_status": "OK"}
        # One tunnel carries them all, since the backend keeps the connection.
        assert proxy.lines == [f"CONNECT backend.test:{server.port} HTTP/1.1"]
        sent = proxy.headers[0]["Proxy-Authorization"]
        assert base64.b64decode(sent.removeprefix("Basic ")).decode() == f"me:{PASSWORD}"
        assert [request.path for request in server.requests] == ["/login", "/host", "/service"]
        assert PASSWORD not in repr(server.requests)
        assert server.requests[0].headers["host"] == f"backend.test:{server.port}"


def test_the_certificate_in_a_tunnel_is_that_of_the_backend(
    authority: tuple[str, ssl.SSLContext], client: Client
) -> None:
    ca_file, context = authority
    with (
        ForwardProxy(hosts={"other.test": "127.0.0.1"}) as proxy,
        m.MisbehavingServer([m.json_answer({"token": "t"})], context=context) as server,
    ):
        url = f"https://other.test:{server.port}"
        error = failure(client.talk, url, proxies={"https": proxy.url}, ca_file=ca_file)
        assert "certificate verify failed" in error.message
        assert server.requests == []


@pytest.mark.skipif(not socket.has_ipv6, reason="there is no IPv6 here")
def test_a_tunnel_to_an_address(authority: tuple[str, ssl.SSLContext]) -> None:
    """httpx2 leaves the brackets out, and proxies refuse that."""
    ca_file, context = authority
    with (
        ForwardProxy(hosts={"[::1]": "127.0.0.1"}) as proxy,
        m.MisbehavingServer([m.json_answer({"token": "t"})], context=context) as server,
    ):
        url = f"https://[::1]:{server.port}"
        assert Client(Backend).talk(url, proxies={"https": proxy.url}, ca_file=ca_file) is True
        assert proxy.lines == [f"CONNECT [::1]:{server.port} HTTP/1.1"]


@pytest.mark.parametrize("refusal", ["407 Who Are You", "502 Nobody There", "204 Odd", "302 Elsewhere"])
def test_a_proxy_that_opens_no_tunnel(refusal: str) -> None:
    with ForwardProxy(refusal) as refusing:
        client = Client(Backend)
        error = failure(client.talk, "https://backend.test", proxies={"https": refusing.url})
        assert error.code == 1000
        assert f"the proxy 127.0.0.1:{refusing.port}: it rejected CONNECT to backend.test:443: " in error.message
        assert refusal in error.message
        assert refusing.lines == ["CONNECT backend.test:443 HTTP/1.1"]


@pytest.mark.parametrize(
    "answer",
    [
        m.no_answer(),
        m.Behaviour(b"SSH-2.0\r\n"),
        m.Behaviour(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000),
        m.Behaviour(),
    ],
)
def test_invalid_proxies(answer: m.Behaviour) -> None:
    with m.MisbehavingServer([answer]) as server:
        error = failure(Client(Backend).talk, "https://backend.test", proxies={"https": server.url})
        assert error.code == 1000
        assert "No connection to the proxy" in error.message


# --- proxies that speak TLS themselves


def test_a_proxy_that_speaks_tls(authority: tuple[str, ssl.SSLContext], client: Client) -> None:
    ca_file, context = authority
    with (
        ForwardProxy(context=context) as proxy,
        m.MisbehavingServer([m.json_answer({"token": "t"})]) as server,
    ):
        assert client.talk(server.url, proxies={"http": proxy.url}, ca_file=ca_file) is True
        assert proxy.lines == [f"POST {server.url}/login HTTP/1.1"]
        error = failure(client.talk, server.url, proxies={"http": proxy.url})
        assert "certificate verify failed" in error.message


def test_tls_within_tls_is_refused() -> None:
    error = failure(Client(Backend).talk, "https://backend.test", proxies={"https": "https://proxy.test"})
    assert (error.code, error.response) == (1000, None)
    assert "<Proxy proxy.test:443>" in error.message
