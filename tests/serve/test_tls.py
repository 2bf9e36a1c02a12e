"""HTTPS: the certificate, the key, and who trusts them."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from alignak_backend_client import Backend, BackendException
from alignak_backend_client.cli import main
from servers.serve import COMMAND, Serve, environment


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, authority: trustme.CA) -> Path:
    """A folder with `ca.pem`, `site.pem` and `site.key`, and with files that a server cannot use."""
    folder = tmp_path_factory.mktemp("tls")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    for name in ("site", "other"):
        issued = authority.issue_cert("127.0.0.1")
        (folder / f"{name}.pem").write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        issued.private_key_pem.write_to_path(folder / f"{name}.key")
    (folder / "odd.pem").write_text("no certificate\n")
    subprocess.run(
        ["openssl", "pkcs8", "-topk8", "-in", folder / "site.key", "-out", folder / "locked.key", "-passout", "pass:x"],
        check=True,
    )
    return folder


@pytest.fixture(scope="module", params=[1, 2], ids="{0} workers".format)
def secure(request: pytest.FixtureRequest, files: Path) -> Iterator[Serve]:
    options = [f"--certificate={files}/site.pem", f"--key={files}/site.key", "--client-timeout=1", "--keep-alive=1"]
    workers: int = request.param
    database = ":memory:" if workers == 1 else str(files / "site.db")
    with Serve(f"--database={database}", f"--workers={workers}", *options) as served:
        yield served


def test_our_client_trusts_the_given_authority(secure: Serve, files: Path) -> None:
    assert secure.url.startswith("https://127.0.0.1:")
    with Backend(secure.url, ca_file=str(files / "ca.pem")) as backend:
        assert backend.login("admin", "admin")
        made = backend.post("host", {"name": f"over {secure.port}"})
        assert backend.get(made["_links"]["self"]["href"])["name"] == f"over {secure.port}"
    with Backend(secure.url, retries=0) as stranger, pytest.raises(BackendException, match="certificate"):
        stranger.login("admin", "admin")
    assert main(["-q", "-b", secure.url, "--ca-file", str(files / "ca.pem"), "-c", "get", "_dummy"]) == 0
    assert main(["-q", "-b", secure.url, "--retries=0", "-c", "get", "_dummy"]) == 1


def test_http_1_1_over_tls_1_2_or_newer(secure: Serve, files: Path) -> None:
    context = ssl.create_default_context(cafile=str(files / "ca.pem"))
    context.set_alpn_protocols(["h2", "http/1.1"])
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with (
        socket.create_connection(("127.0.0.1", secure.port), 10) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as connection,
    ):
        assert (connection.version(), connection.selected_alpn_protocol()) == ("TLSv1.2", "http/1.1")
        connection.sendall(b"GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("secure", [1], indirect=True)
def test_whoever_does_not_speak_tls_is_ended(secure: Serve) -> None:
    with contextlib.ExitStack() as stack:
        strangers = []
        for sent in (b"", b"\x16\x03\x01\x02\x00\x01", b"GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n"):
            strangers.append(stack.enter_context(socket.create_connection(("127.0.0.1", secure.port), 30)))
            strangers[-1].sendall(sent)
        for stranger in strangers:
            while received := stranger.recv(1000):
                assert b"HTTP" not in received


@pytest.mark.parametrize(
    ("certificate", "key", "code", "message"),
    [
        ("missing.pem", "site.key", 2, "missing.pem: cannot be read (No such file or directory)"),
        ("site.pem", "missing.key", 2, "missing.key: cannot be read (No such file or directory)"),
        ("", "site.key", 2, ": cannot be read (Is a directory)"),
        ("odd.pem", "site.key", 2, "odd.pem and "),
        ("site.pem", "odd.pem", 2, "odd.pem are not a certificate and its key (PEM)"),
        ("site.pem", "other.key", 2, "other.key: this is not the key of the certificate "),
        ("site.pem", "locked.key", 2, "locked.key: the key is encrypted: store it without a passphrase"),
        ("site.pem", None, 64, "--certificate and --key must be given together"),
        (None, "site.key", 64, "--certificate and --key must be given together"),
    ],
)
def test_unusable_files_are_reported_in_one_line(
    files: Path, certificate: str | None, key: str | None, code: int, message: str
) -> None:
    options = [f"--certificate={files}/{certificate}"] * (certificate is not None) + [f"--key={files}/{key}"] * (
        key is not None
    )
    ran = subprocess.run(
        [COMMAND, "serve", "--port=0", "--database=:memory:", *options],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        env=environment(),
        check=False,
    )
    assert ran.returncode == code
    assert message in ran.stderr
    assert (ran.stdout, ran.stderr.count("\n")) == ("", 2 if code == 64 else 1)
