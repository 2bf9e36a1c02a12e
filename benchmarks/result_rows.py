"""Check results, which an engine sends all the time: beside the real backend, and beside inserts without rules."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import servers
from benchmarks.backend_rows import EMBEDDED, UWSGI, WAITRESS, filled
from benchmarks.client_rows import MINIMUM
from benchmarks.measuring import Contenders, Row, at_most, times_faster
from benchmarks.raw import Raw
from benchmarks.workbench import Workbench

INSERTS = "inserts of commands"
_HOSTS, _SERVICES, _BATCH = 20, 100, 100
_WRITTEN = 72 * 1024
"""The bytes that SQLite writes to its log for a check result: pages of two tables and ten indexes."""
_STATES = ("OK",) * 9 + ("CRITICAL",)


def results(count: int, run: int, hosts: int = _HOSTS, services: int = _SERVICES) -> list[dict[str, Any]]:
    """The results of a run of checks, later than those before; a tenth of the services change their state."""
    found = []
    for number in range(count):
        service = (run * count + number) % services
        state = _STATES[(service + run) % len(_STATES)]
        found.append(
            {
                "host_name": f"host-{service % hosts:05}",
                "service_name": f"service-{service // hosts:05}",
                "state": state,
                "state_id": 0 if state == "OK" else 2,
                "state_type": "HARD",
                "last_state": "OK",
                "last_state_type": "HARD",
                "last_check": 1_700_000_000 + 60 * run + number % 60,
                "output": f"{state}: {number} processes",
                "perf_data": f"processes={number};100;200;0",
                "execution_time": 0.1,
                "latency": 0.2,
            }
        )
    return found


def post_results(backend: Raw, count: int, run: int, hosts: int = _HOSTS, services: int = _SERVICES) -> float:
    """Post results, several with one request, and return the seconds that each takes."""
    found = results(count, run, hosts, services)
    backend.call("POST", "logcheckresult", found if count > 1 else found[0])
    return backend.seconds / count


def _insert_commands(backend: Raw, realm: str, count: int, run: int) -> float:
    commands = [{"name": f"command-{run}-{number}", "command_line": "x", "_realm": realm} for number in range(count)]
    backend.call("POST", "command", commands if count > 1 else commands[0])
    return backend.seconds / count


def _bare_minimum(backend: Raw, file: Path) -> float:
    """The seconds of an empty request, and of a sync of what a check result writes."""
    backend.call("GET", "version")
    begin = time.perf_counter()
    with file.open("ab", buffering=0) as log:
        log.write(bytes(_WRITTEN))
        os.fsync(log.fileno())
    return backend.seconds + time.perf_counter() - begin


@contextmanager
def _beside_the_real_one(count: int, bench: Workbench) -> Iterator[Contenders]:
    runs = itertools.count()
    # The real backend needs seconds for the whole.
    hosts, services, most = (2, 10, 10) if bench.quick else (_HOSTS, _SERVICES, count)
    with ExitStack() as own:

        def start(stack: ExitStack) -> dict[str, Raw]:
            return filled(bench, stack, hosts, services)

        backends = bench.shared((hosts, services), start) if bench.quick else start(own)

        def run(backend: Raw) -> float:
            return post_results(backend, min(count, most), next(runs), hosts, services)

        found = {name: partial(run, backend) for name, backend in backends.items()}
        if count == 1:
            found[MINIMUM] = partial(_bare_minimum, backends[EMBEDDED], bench.new_folder() / "log")
        yield found


@contextmanager
def _beside_inserts(count: int, bench: Workbench) -> Iterator[Contenders]:
    runs = itertools.count()
    with servers.embedded_copy(bench.database(_HOSTS, _SERVICES)) as url:
        backend = servers.connect(url)
        realm = backend.items("realm")[0]["_id"]
        yield {
            EMBEDDED: lambda: post_results(backend, count, next(runs)),
            INSERTS: lambda: _insert_commands(backend, realm, count, next(runs)),
        }


RESULT_ROWS = (
    Row(
        "results-100",
        "backend",
        "A check result, 100 with one request",
        "ms",
        (times_faster(WAITRESS, 20), times_faster(UWSGI, 20)),
        partial(_beside_the_real_one, _BATCH),
    ),
    Row(
        "results-1",
        "backend",
        "A check result with a request of its own",
        "ms",
        (at_most("", 0.001), at_most(MINIMUM, 3), times_faster(WAITRESS, 2), times_faster(UWSGI, 2)),
        partial(_beside_the_real_one, 1),
        rounds=21,
    ),
    Row(
        "results-inserts",
        "backend",
        "A check result, beside the insert of a command, each 100 with one request",
        "ms",
        (at_most(INSERTS, 5),),
        partial(_beside_inserts, _BATCH),
        rounds=21,
    ),
    Row(
        "results-insert",
        "backend",
        "A check result, beside the insert of a command, each with a request of its own",
        "ms",
        (at_most(INSERTS, 2),),
        partial(_beside_inserts, 1),
        rounds=41,
    ),
)
