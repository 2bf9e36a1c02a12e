"""A backend that is not as the URL says: one line says what is wrong, and what helps."""

from __future__ import annotations

import asyncio
import datetime
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from alignak_backend_client import AsyncBackend, BackendException
from cli.running import run
from servers import misbehaving as m
from servers.serve import Serve


def _context(folder: Path, name: str, **how: object) -> tuple[str, ssl.SSLContext]:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, **how).configure_cert(context)  # type: ignore[arg-type]  # passed on
    authority.cert_pem.write_to_path(str(folder / f"{name}.pem"))
    return str(folder / f"{name}.pem"), context


ANSWER = m.json_answer({})
PAST = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)


@pytest.fixture
def expired(tmp_path: Path) -> tuple[str, ssl.SSLContext]:
    return _context(tmp_path, "localhost", not_before=PAST, not_after=PAST + datetime.timedelta(30))


def _message(url: str, *words: str) -> str:
    """What ``status`` and ``list`` say: the same one line."""
    error = {run("-b", url, "--retries", "0", *words, action).err for action in ("list", "status")}
    (line,) = error
    assert line.count("\n") == 1
    assert line.count("_ssl") == 0
    ran = run("-b", url, "--retries", "0", *words, "list")
    assert (ran.code, ran.out) == (1, "")
    return line


async def _talk(url: str, ca_file: str | None = None) -> str:
    """What the library says."""
    async with AsyncBackend(url, retries=0, ca_file=ca_file) as backend:
        with pytest.raises(BackendException) as failed:
            await backend.login("admin", "admin")
    return str(failed.value.message)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, m.MisbehavingServer]]:
    ca_file, context = _context(tmp_path, "other.test")
    with m.MisbehavingServer([ANSWER], context=context) as running:
        yield ca_file, running


def test_an_authority_that_is_not_known(server: tuple[str, m.MisbehavingServer]) -> None:
    error = _message(f"https://localhost:{server[1].port}")
    assert "certificate verify failed: unable to get local issuer certificate" in error
    assert error.endswith(". Pass its CA certificate with --ca-file\n")


def test_a_name_that_is_not_in_the_certificate(server: tuple[str, m.MisbehavingServer]) -> None:
    ca_file, running = server
    error = _message(f"https://localhost:{running.port}", "--ca-file", ca_file)
    assert "certificate is not valid for 'localhost' (POST" in error
    assert error.endswith(". Use a host name of the certificate in the URL (-b)\n")


def test_a_certificate_that_has_expired(expired: tuple[str, ssl.SSLContext]) -> None:
    ca_file, context = expired
    with m.MisbehavingServer([ANSWER], context=context) as running:
        error = _message(f"https://localhost:{running.port}", "--ca-file", ca_file)
    assert "certificate verify failed: certificate has expired (POST" in error
    assert error.endswith(". The server needs a new certificate\n")


def test_https_where_http_is_spoken() -> None:
    with Serve("--database=:memory:") as running:
        url = running.url.replace("http:", "https:")
        error = _message(url)
        of_the_library = asyncio.run(_talk(url))
    assert error.startswith("No connection to the backend: that port does not use HTTPS (POST")
    assert error.endswith(". Use http:// in the URL (-b), or another port\n")
    assert of_the_library.startswith("No connection to the backend: that port does not use HTTPS (POST")


def test_http_where_https_is_spoken() -> None:
    alert = m.Behaviour(b"\x15\x03\x03\x00\x02\x02\x32")
    with m.MisbehavingServer([alert]) as running:
        error = _message(running.url)
        assert "that port uses HTTPS, not HTTP (POST" in asyncio.run(_talk(running.url))
    assert "that port uses HTTPS, not HTTP (POST" in error
    assert error.endswith(". Use https:// in the URL (-b)\n")


def test_the_library_has_the_same_message(expired: tuple[str, ssl.SSLContext]) -> None:
    ca_file, context = expired
    with m.MisbehavingServer([ANSWER], context=context) as running:
        error = asyncio.run(_talk(f"https://localhost:{running.port}", ca_file))
    assert error.startswith("No connection to the backend: certificate verify failed: certificate has expired (POST")


@pytest.mark.parametrize("answer", [{}, {"_items": None}, {"_items": {"a": 1}}, {"_items": [5]}])
@pytest.mark.parametrize(
    "words", [["history"], ["problems"], ["status"], ["tree", "realm"], ["-o", "name", "--limit", "5", "list"]], ids=str
)
def test_a_list_that_is_none_does_not_look_like_an_empty_one(words: list[str], answer: object) -> None:
    with m.MisbehavingServer([m.after_login(m.json_answer(answer), page_limit=50)]) as server:
        ran = run(*words, "-b", server.url)
    assert (ran.code, ran.out) == (2, "")
    assert "list" in ran.err
    assert ran.err.count("\n") == 1


@pytest.mark.parametrize("words", [["problems", "x" * 10_000], ["tree", "é" * 5000], ["--" + "x" * 9000, "status"]])
def test_long_words_are_shortened_in_messages(words: list[str]) -> None:
    ran = run(*words)
    assert (ran.code, ran.out) == (64, "")
    assert max(map(len, ran.err.splitlines())) <= 600
