"""Servers under load: requests a second, and how long an answer takes, with one client and with many.

Clients run on the machine of the server, which they take processor time from: only the comparison of servers counts.
"""

from __future__ import annotations

import json
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks import data, servers, table
from benchmarks.raw import Raw
from servers.real import ensure_installed

_CLIENT, _EMPTY = Path(__file__).with_name("load_client.py"), Path(__file__).with_name("empty_app.py")
CLIENTS = (1, 8, 64)
_SECONDS = 4.0
_HOSTS = 50


class Under(NamedTuple):
    """What a server did under load.

    Attributes:
        rate: requests a second.
        median: seconds until an answer.
        slow: seconds that one answer of a hundred took, or more.
        failures: requests that failed.
        failure: why the first of them did.
    """

    rate: float
    median: float
    slow: float
    failures: int
    failure: str


class Work(NamedTuple):
    """A request; ``@RUN@``, ``@CLIENT@`` and ``@COUNT@`` in its body make each different."""

    title: str
    method: str
    path: str
    body: str = ""


class _Server(NamedTuple):
    title: str
    url: str
    headers: dict[str, str]
    keep: bool
    work: Sequence[Work]


def run(*, quick: bool) -> str:
    """Measure all servers, and return a table.

    Raises:
        RuntimeError: a server does not start, or refuses a request.
    """
    seconds = 0.3 if quick else _SECONDS
    lines = ["| Work | Server | " + " | ".join(f"{count} client{'s' * (count > 1)}" for count in CLIENTS) + " |"]
    lines.append("| --- | --- |" + " ---: |" * len(CLIENTS))
    found: dict[str, list[str]] = {}
    for start in (_empty, lambda: _embedded(1), lambda: _embedded(2), _real):
        with start() as server:
            for work in server.work:
                cells = [_cell(_measure(server, work, count, seconds)) for count in CLIENTS]
                found.setdefault(work.title, []).append(f"| {work.title} | {server.title} | {' | '.join(cells)} |")
                print(f"{server.title}: {work.title}", file=sys.stderr, flush=True)
    lines += [line for of_work in found.values() for line in of_work]
    head = "Requests per second; milliseconds until the response: median, 99th percentile."
    return "\n".join([table.machine(), "", head, "", *lines]) + "\n"


def _cell(under: Under) -> str:
    text = f"{under.rate:,.0f}; {under.median * 1e3:.1f}, {under.slow * 1e3:.1f}"
    return f"{text}; **{under.failures} failed**: {under.failure[:80]}" if under.failures else text


def _measure(server: _Server, work: Work, clients: int, seconds: float) -> Under:
    host, _, port = server.url.removeprefix("http://").partition(":")
    job = {
        **work._replace(body=work.body.replace("@RUN@", str(clients)))._asdict(),
        "host": host,
        "port": int(port),
        "headers": server.headers,
        "keep": server.keep,
        "clients": clients,
        "seconds": seconds,
    }
    done = subprocess.run(
        [sys.executable, "-S", "-I", _CLIENT, json.dumps(job)], capture_output=True, check=True, timeout=seconds + 120
    )
    found = json.loads(done.stdout)
    latencies = sorted(found["latencies"])
    if not latencies:
        raise RuntimeError(f"{server.title}, {work.title}: {found['failure']}")
    slow = latencies[min(len(latencies) - 1, len(latencies) * 99 // 100)]
    return Under(
        len(latencies) / found["seconds"], statistics.median(latencies), slow, found["failures"], found["failure"]
    )


def _work(backend: Raw) -> list[Work]:
    realm = backend.items("realm", where={"name": "All"})[0]["_id"]
    command = {"name": "load-@RUN@-@CLIENT@-@COUNT@", "command_line": "x"}
    result = {
        "host_name": "host-00001",
        "state": "UP",
        "state_type": "HARD",
        "last_state": "UP",
        "last_state_type": "HARD",
        "last_check": 1_700_000_000,
        "output": "@CLIENT@ @COUNT@",
    }
    return [
        Work("Read a host by its name", "GET", "/host?where=%7B%22name%22%3A%22host-00007%22%7D"),
        Work("Add a command", "POST", "/command", json.dumps({**command, "_realm": realm})),
        Work("A check result", "POST", "/logcheckresult", json.dumps(result)),
    ]


@contextmanager
def _embedded(workers: int) -> Iterator[_Server]:
    title = f"embedded, {workers} worker{'s' * (workers > 1)}"
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder, ExitStack() as stack:
        url = stack.enter_context(servers.embedded(Path(folder) / "load.db", "--workers", str(workers)))
        yield _filled(title, url, keep=True)


@contextmanager
def _real() -> Iterator[_Server]:
    with servers.real("uwsgi") as url:
        yield _filled("real, uWSGI", url, keep=False)


def _filled(title: str, url: str, *, keep: bool) -> _Server:
    backend = servers.connect(url, keep=keep)
    data.fill(backend, _HOSTS, 0)
    headers = {"Content-Type": "application/json", "Authorization": backend.authorization}
    return _Server(title, url, headers, keep, _work(backend))


@contextmanager
def _empty() -> Iterator[_Server]:
    python = ensure_installed("waitress") / "bin/python"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number, port = listener.fileno(), listener.getsockname()[1]
        process = subprocess.Popen([python, _EMPTY, str(number)], pass_fds=[number], stderr=subprocess.DEVNULL)
    try:
        # The first request waits for the server, or fails when it ends.
        yield _Server("empty, waitress", f"http://127.0.0.1:{port}", {}, True, [Work("Nothing", "GET", "/")])
    finally:
        process.terminate()
        process.wait()
