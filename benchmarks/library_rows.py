"""The library beside release 1.4.2 and the bare minimum: one GET of a page, the client's own time.

The pages come from a server that has them ready, and keeps its connections and says so, as nginx and `serve` do.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from benchmarks import servers
from benchmarks.client_rows import MINIMUM, NO_SLOWER, OURS, RELEASED
from benchmarks.measuring import Contenders, Row, at_most
from benchmarks.processes import run
from benchmarks.workbench import Workbench
from servers.misbehaving import Behaviour, MisbehavingServer, Request, keep_alive

_PROBE = Path(__file__).with_name("probe.py")


def _page(items: int, times: int) -> Callable[[Workbench], AbstractContextManager[Contenders]]:
    @contextmanager
    def prepare(bench: Workbench) -> Iterator[Contenders]:
        size = bench.size(items)
        with servers.embedded_copy(bench.database(bench.size(100), bench.size(1000))) as url:
            page = servers.connect(url).call("GET", "service", max_results=size)
        ready = {"/login": keep_alive({"token": "token"}), "/service": keep_alive(page)}

        def behaviour(request: Request) -> Behaviour:
            return ready[request.path.partition("?")[0]]

        with MisbehavingServer([behaviour]) as server:

            def probe(python: str | Path, kind: str) -> float:
                cost = run([python, _PROBE, kind, server.url, str(size), str(3 if bench.quick else times)])
                return float(cost.output)

            yield {
                OURS: lambda: probe(sys.executable, "client"),
                RELEASED: lambda: probe(bench.released.python, "client"),
                MINIMUM: lambda: probe(sys.executable, "minimum"),
            }

    return prepare


LIBRARY_ROWS = (
    Row(
        "library-50",
        "client",
        "Library: one GET of a page of 50 services, own time",
        "ms",
        (NO_SLOWER, at_most(MINIMUM, 2)),
        _page(50, 1000),
    ),
    Row(
        "library-1000",
        "client",
        "Library: one GET of a page of 1,000 services, own time",
        "ms",
        (NO_SLOWER, at_most(MINIMUM, 1.15)),
        _page(1000, 100),
    ),
)
