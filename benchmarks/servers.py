"""The backends that are measured: the embedded one, served by our command, and the real one."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.raw import Raw
from servers.real import RealBackend, Server

COMMAND = Path(sys.executable).with_name("alignak-backend-cli")
"""Our command, of the environment that this runs in."""


def serve_command(database: Path, port: int, *options: str) -> list[str]:
    """The command line that serves a database on a port."""
    return [str(COMMAND), "-q", "serve", "--database", str(database), "--port", str(port), *options]


@contextlib.contextmanager
def embedded(database: Path, *options: str) -> Iterator[str]:
    """Serve a database of the embedded backend, which is made when it is missing; yields the URL.

    Args:
        database: its file.
        options: further options of `serve`.
    """
    port = free_port()
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            serve_command(database, port, *options), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            if not wait_until_it_answers(port, process):
                log.seek(0)
                raise RuntimeError(
                    f"the embedded backend did not start:\n{log.read().decode(errors='replace')[-3000:]}"
                )
            yield f"http://127.0.0.1:{port}"
        finally:
            stop(process)


@contextlib.contextmanager
def embedded_copy(database: Path) -> Iterator[str]:
    """Serve a copy of a database, which is gone afterwards; yields the URL."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        copy = Path(folder) / "copy.db"
        shutil.copy(database, copy)
        with embedded(copy) as url:
            yield url


@contextlib.contextmanager
def real(server: Server) -> Iterator[str]:
    """Run the released backend, empty; yields the URL."""
    with RealBackend(server) as backend:
        yield backend.url


def connect(url: str, *, keep: bool = True) -> Raw:
    """Log in with plain requests."""
    return Raw(url, keep=keep)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_it_answers(port: int, process: subprocess.Popen[bytes], timeout: float = 60) -> bool:
    """Ask a server again and again until it answers; False when it ended, or takes too long."""
    end = time.monotonic() + timeout
    while time.monotonic() < end and process.poll() is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        try:
            connection.request("GET", "/backendconfig")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.005)
        else:
            return True
        finally:
            connection.close()
    return False


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a server that was started here."""
    if process.poll() is None:
        os.kill(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
