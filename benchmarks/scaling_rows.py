"""The embedded backend with many services in it, and with few: what is looked up takes as long."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

from benchmarks import servers
from benchmarks.backend_rows import Operation, contenders, find_host
from benchmarks.measuring import Contenders, Row, Target, at_most
from benchmarks.raw import Raw
from benchmarks.result_rows import post_results
from benchmarks.workbench import Workbench

MANY, FEW = "100,000 services", "1,000 services"
_HOSTS = 1000
_ALIKE = (at_most(FEW, 1.2),)
_A_PAGE = (at_most("", 0.02),)


def _with_many_services(operation: Operation) -> Callable[[Workbench], AbstractContextManager[Contenders]]:
    """The operation on the embedded backend with many services in it, and with few."""

    @contextmanager
    def prepare(bench: Workbench) -> Iterator[Contenders]:
        sizes = {MANY: bench.size(100_000), FEW: bench.size(1000)}
        hosts = bench.size(1000)

        def start(stack: ExitStack) -> dict[str, Raw]:
            return {
                name: servers.connect(stack.enter_context(servers.embedded_copy(bench.database(hosts, size))))
                for name, size in sizes.items()
            }

        with ExitStack() as own:
            backends = bench.shared(MANY, start) if bench.quick else start(own)
            yield contenders(backends, operation, 3 if bench.quick else 40)

    return prepare


def _insert_service(backend: Raw, number: int) -> float:
    host = backend.items("host", where={"name": "host-00007"})[0]["_id"]
    backend.call("POST", "service", {"name": f"new-{number}", "host": host})
    return backend.seconds


def _find_service(backend: Raw, number: int) -> float:
    host = backend.items("host", where={"name": f"host-{number % 15:05}"})[0]["_id"]
    found = backend.items("service", where={"name": "service-00000", "host": host})
    assert len(found) == 1, f"{len(found)} services"
    return backend.seconds


@contextmanager
def _with_results(bench: Workbench) -> Iterator[Contenders]:
    size = bench.size(_HOSTS)

    def post(backend: Raw, number: int) -> float:
        return post_results(backend, 100, number, size, size)

    with _with_many_services(post)(bench) as found:
        yield found


def _page(**query: Any) -> Operation:
    def get(backend: Raw, _number: int) -> float:
        backend.items("service", max_results=50, **query)
        return backend.seconds

    return get


@contextmanager
def _size(bench: Workbench) -> Iterator[Contenders]:
    hosts = bench.size(_HOSTS)

    def measured(count: int) -> Callable[[], float]:
        grown = bench.database(hosts, count).stat().st_size - bench.database(hosts, 0).stat().st_size
        return lambda: grown / count

    yield {MANY: measured(bench.size(100_000)), FEW: measured(bench.size(1000))}


def _row(key: str, work: str, targets: tuple[Target, ...], operation: Operation) -> Row:
    return Row(f"many-{key}", "scaling", work, "ms", targets, _with_many_services(operation))


SCALING_ROWS = (
    _row("find", "Find a host by its name", _ALIKE, find_host),
    _row("find-service", "Find a service by its host and name", _ALIKE, _find_service),
    _row("page", "A page of 50 services", _ALIKE, _page()),
    _row("insert", "Insert a service", _ALIKE, _insert_service),
    Row("many-results", "scaling", "A check result, 100 with one request", "ms", _ALIKE, _with_results),
    _row("state", "A page of services in a bad state", _A_PAGE, _page(where={"ls_state": {"$in": ["CRITICAL"]}})),
    _row("all-well", "A page of services in the state of nearly all", _A_PAGE, _page(where={"ls_state": "UNKNOWN"})),
    _row("handled", "A page of what is acknowledged", _A_PAGE, _page(where={"ls_acknowledged": True})),
    _row("open", "A page of what is not in a downtime", _A_PAGE, _page(where={"ls_downtimed": False})),
    _row("worst", "A page, the worst overall state first", _A_PAGE, _page(sort="-_overall_state_id")),
    _row("last", "A page, the latest check first", _A_PAGE, _page(sort="-ls_last_check")),
    Row("many-bytes", "scaling", "The database file, bytes a service", "KB", _ALIKE, _size, rounds=1),
)
