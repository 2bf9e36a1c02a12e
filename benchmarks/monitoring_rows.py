"""Live states of a large site, beside the bare minimum of requests."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from benchmarks import data, servers
from benchmarks.client_rows import MINIMUM, OURS, SERVICES_A_HOST
from benchmarks.measuring import Contenders, Row, at_most
from benchmarks.processes import run
from benchmarks.workbench import Workbench

_SERVICES = 27_000
_BAD = {"host": ("UP", "DOWN", 100), "service": ("OK", "CRITICAL", 50)}
"""The state of most, that of a few, and of how many each is one of the few."""


def _stated(resource: str, number: int) -> dict[str, Any]:
    good, bad, each = _BAD[resource]
    now = int(time.time())
    return {
        "ls_state": good if number % each else bad,
        "ls_last_check": now - 60,
        "ls_last_state_changed": now - 3600 - number,
        "ls_output": f"what the check of number {number} has said",
        "active_checks_enabled": True,
    }


def _database(bench: Workbench, count: int) -> Path:
    """Return a database with so many services that have states; not to be changed."""
    path = bench.folder / f"states-{count}.db"
    if not path.exists():
        with servers.embedded(path) as url:
            backend = servers.connect(url)
            numbers = {"host": 0, "service": 0}
            for resource, items in data.bodies(backend, count // SERVICES_A_HOST, count):
                begin = numbers[resource]
                numbers[resource] += len(items)
                stated = [item | _stated(resource, begin + number) for number, item in enumerate(items)]
                backend.call("POST", resource, stated)
        # All of it into the one file, which can then be copied.
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


def _prepared(command: str, lines: int) -> Callable[[Workbench], AbstractContextManager[Contenders]]:
    @contextmanager
    def prepare(bench: Workbench) -> Iterator[Contenders]:
        with servers.embedded_copy(_database(bench, bench.size(_SERVICES))) as url:

            def ours() -> float:
                cost = run([servers.COMMAND, "-b", url, "-u", "admin", "-p", "admin", command])
                assert cost.output.count("\n") >= lines, cost.output
                return cost.seconds

            yield {OURS: ours, MINIMUM: lambda: bench.minimum(command, url, bench.new_folder()).seconds}

    return prepare


MONITORING_ROWS = tuple(
    Row(
        command,
        "client",
        f"`{command}` of 27,000 services, one of 50 of them bad, embedded backend (`serve`)",
        "s",
        (at_most(MINIMUM, 1.5),),
        _prepared(command, lines),
        rounds=5,
    )
    for command, lines in (("problems", 2), ("status", 4))
)
