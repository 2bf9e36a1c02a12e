"""TLS against a real server: whom the client trusts, and that it never trusts anybody else."""

from __future__ import annotations

import http.server
import json
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from alignak_backend_client import Backend, BackendException


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ca.pem, server.pem and client.pem, signed by that authority, and other.pem of another one."""
    folder = tmp_path_factory.mktemp("tls")
    ours = trustme.CA()
    ours.cert_pem.write_to_path(str(folder / "ca.pem"))
    trustme.CA().cert_pem.write_to_path(str(folder / "other.pem"))
    for name in ("server", "client"):
        issued = ours.issue_cert("127.0.0.1")
        issued.private_key_and_cert_chain_pem.write_to_path(str(folder / f"{name}.pem"))
        issued.private_key_pem.write_to_path(str(folder / f"{name}.key"))
        issued.cert_chain_pems[0].write_to_path(str(folder / f"{name}.crt"))
    return folder


class _Login(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"token": "t"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        pass


class _Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that refuse our certificate are what the tests are about."""


def _serve(context: ssl.SSLContext) -> Iterator[str]:
    with _Server(("127.0.0.1", 0), _Login) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture
def url(authority: Path) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority / "server.pem")
    yield from _serve(context)


@pytest.fixture
def strict_url(authority: Path) -> Iterator[str]:
    """A server that asks for a client certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority / "server.pem")
    context.load_verify_locations(authority / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    yield from _serve(context)


def test_an_unknown_authority_is_refused(url: str) -> None:
    with (
        Backend(url, retries=0) as backend,
        pytest.raises(BackendException, match="certificate verify failed") as failed,
    ):
        backend.login("admin", "admin")
    assert failed.value.code == 1000


def test_a_given_authority_is_trusted(url: str, authority: Path) -> None:
    with Backend(url, ca_file=str(authority / "ca.pem")) as backend:
        assert backend.login("admin", "admin")


def test_another_authority_is_not(url: str, authority: Path) -> None:
    with (
        Backend(url, ca_file=str(authority / "other.pem"), retries=0) as backend,
        pytest.raises(BackendException, match="certificate verify failed"),
    ):
        backend.login("admin", "admin")


@pytest.mark.parametrize("pair", [False, True])
def test_a_client_certificate(strict_url: str, authority: Path, pair: bool) -> None:
    certificate = (
        (str(authority / "client.crt"), str(authority / "client.key")) if pair else str(authority / "client.pem")
    )
    with Backend(strict_url, ca_file=str(authority / "ca.pem"), certificate=certificate) as backend:
        assert backend.login("admin", "admin")
    with Backend(strict_url, ca_file=str(authority / "ca.pem"), retries=0) as backend, pytest.raises(BackendException):
        backend.login("admin", "admin")


def test_files_that_cannot_be_used_are_named(url: str, authority: Path) -> None:
    with Backend(url, ca_file="/no/such.pem") as backend, pytest.raises(BackendException, match=r"/no/such\.pem"):
        backend.login("admin", "admin")
    no_key = str(authority / "client.crt")
    with (
        Backend(url, ca_file=str(authority / "ca.pem"), certificate=no_key) as backend,
        pytest.raises(BackendException, match=r"client\.crt"),
    ):
        backend.login("admin", "admin")


def test_plain_http_reads_no_certificates() -> None:
    with (
        Backend("http://127.0.0.1:9", ca_file="/no/such.pem", retries=0) as backend,
        pytest.raises(BackendException, match="No connection"),
    ):
        backend.login("admin", "admin")
