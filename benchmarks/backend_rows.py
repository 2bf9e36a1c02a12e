"""The embedded backend beside the real one, both over HTTP, with plain requests.

The real one keeps its data in mongomock, in its own process, which reads all of a collection for every request. So
the collections are as small as the work allows: what is measured is the backend, not that.
"""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from urllib.request import urlopen

from benchmarks import data, servers
from benchmarks.measuring import Contenders, Row, Target, at_most, times_faster
from benchmarks.raw import Raw
from benchmarks.workbench import Workbench

EMBEDDED, WAITRESS, UWSGI = "embedded", "real, waitress", "real, uWSGI"

_NOT_SLOWER = (times_faster(WAITRESS, 1), times_faster(UWSGI, 1))
_TWICE = (times_faster(WAITRESS, 2), times_faster(UWSGI, 2))

Operation = Callable[[Raw, int], float]
"""One request to a backend, the number of the request in this run; returns its seconds."""


def _fresh(bench: Workbench, stack: ExitStack) -> dict[str, Raw]:
    """Start the three backends, empty."""
    urls = {
        EMBEDDED: servers.embedded_copy(bench.database(0, 0)),
        WAITRESS: servers.real("waitress"),
        UWSGI: servers.real("uwsgi"),
    }
    return {name: servers.connect(stack.enter_context(url), keep=name != UWSGI) for name, url in urls.items()}


def contenders(backends: dict[str, Raw], operation: Operation, times: int) -> Contenders:
    """Each backend does the operation several times; the median counts."""
    numbers = itertools.count()

    def run(backend: Raw) -> float:
        return statistics.median(operation(backend, next(numbers)) for _ in range(times))

    return {name: partial(run, backend) for name, backend in backends.items()}


def _side_by_side(
    operation: Operation, times: int, hosts: int, *, fresh: bool, quick: Operation
) -> Callable[[Workbench], AbstractContextManager[Contenders]]:
    """The operation on the three backends, which start with so many hosts; fresh ones, or those of another row.

    A quick run does another operation, a smaller one where that is needed.
    """

    @contextmanager
    def prepare(bench: Workbench) -> Iterator[Contenders]:
        if bench.quick:
            yield contenders(_shared(bench, bench.size(1000)), quick, 1)
        elif fresh:
            with ExitStack() as stack:
                yield contenders(filled(bench, stack, hosts), operation, times)
        else:
            yield contenders(_shared(bench, hosts), operation, times)

    return prepare


def _shared(bench: Workbench, hosts: int) -> dict[str, Raw]:
    """Backends with so many hosts, which run until the benchmark ends."""
    return bench.shared(hosts, lambda stack: filled(bench, stack, hosts))


def filled(bench: Workbench, stack: ExitStack, hosts: int, services: int = 0) -> dict[str, Raw]:
    """Start the three backends, with so many hosts and services."""
    backends = _fresh(bench, stack)
    for backend in backends.values():
        data.fill(backend, hosts, services)
    return backends


def find_host(backend: Raw, number: int) -> float:
    """Find one of some hosts by its name."""
    backend.call("GET", "host", where={"name": f"host-{number % 15:05}"})
    return backend.seconds


def _page(size: int) -> Operation:
    def get(backend: Raw, _number: int) -> float:
        items = backend.call("GET", "host", max_results=size)["_items"]
        assert items, "no hosts"
        return backend.seconds

    return get


def _insert(backend: Raw, number: int) -> float:
    host = data.hosts(1)[0] | _links(backend) | {"name": f"new-{number}"}
    backend.call("POST", "host", host)
    return backend.seconds


def _bulk_insert(size: int) -> Operation:
    def insert(backend: Raw, number: int) -> float:
        links = _links(backend)
        hosts = [host | links | {"name": f"bulk-{size}-{number}-{host['name']}"} for host in data.hosts(size)]
        backend.call("POST", "host", hosts)
        return backend.seconds

    return insert


def _update(backend: Raw, number: int) -> float:
    host = backend.items("host", where={"name": f"host-{number % 15:05}"})[0]
    backend.call("PATCH", f"host/{host['_id']}", {"alias": f"Alias {number}"}, etag=host["_etag"])
    return backend.seconds


def _links(backend: Raw) -> dict[str, str]:
    command = backend.items("command", where={"name": "_internal_host_up"})[0]["_id"]
    period = backend.items("timeperiod", where={"name": "24x7"})[0]["_id"]
    realm = backend.items("realm", where={"name": "All"})[0]["_id"]
    return {"check_command": command, "check_period": period, "_realm": realm}


@contextmanager
def _start(bench: Workbench) -> Iterator[Contenders]:
    database = bench.database(bench.size(1000), bench.size(1000))

    def embedded() -> float:
        begin = time.perf_counter()
        with servers.embedded(database) as url:
            urlopen(f"{url}/backendconfig").close()  # noqa: S310 - our own server
            return time.perf_counter() - begin

    def real() -> float:
        begin = time.perf_counter()
        with servers.real("waitress"):
            return time.perf_counter() - begin

    yield {EMBEDDED: embedded, WAITRESS: real}


def _row(
    key: str,
    work: str,
    targets: tuple[Target, ...],
    operation: Operation,
    times: int,
    hosts: int,
    *,
    adds: bool = False,
    quick: Operation | None = None,
) -> Row:
    prepare = _side_by_side(operation, times, hosts, fresh=adds, quick=quick or operation)
    return Row(key, "backend", work, "ms", targets, prepare, rounds=3 if adds else 5)


BACKEND_ROWS = (
    _row("backend-find", "Find one of 50 hosts by its name", _NOT_SLOWER, find_host, 40, 50),
    _row("backend-page-50", "A page of 50 hosts", _TWICE, _page(50), 20, 50),
    _row("backend-page-1000", "A page of 1,000 hosts", _TWICE, _page(1000), 3, 1000),
    _row("backend-update", "Update one of 50 hosts", _NOT_SLOWER, _update, 20, 50),
    _row("backend-insert", "Insert one host, beside 50 others", _NOT_SLOWER, _insert, 10, 50, adds=True),
    _row("backend-bulk-50", "Insert 50 hosts with one request", _TWICE, _bulk_insert(50), 1, 20, adds=True),
    _row(
        "backend-bulk-500",
        "Insert 500 hosts with one request",
        _TWICE,
        _bulk_insert(500),
        1,
        20,
        adds=True,
        quick=_bulk_insert(10),
    ),
    Row(
        "backend-start",
        "backend",
        "From the start of the process to its first answer, with an existing database",
        "ms",
        (at_most("", 0.5), times_faster(WAITRESS, 1)),
        _start,
    ),
)
