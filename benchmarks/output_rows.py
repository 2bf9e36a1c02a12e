"""Lists that are printed, beside the same list in a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from benchmarks import servers
from benchmarks.client_rows import SERVICES_A_HOST, dump_page
from benchmarks.measuring import Contenders, Row, Unit, at_most
from benchmarks.processes import Cost, run
from benchmarks.workbench import Workbench

SHOWN, TO_FILE = "`list -o`", "`list` to a file"
_SERVICES = 27_000


def _printing(name: str, unit: Unit) -> Callable[[Workbench], AbstractContextManager[Contenders]]:
    @contextmanager
    def prepare(bench: Workbench) -> Iterator[Contenders]:
        count = bench.size(_SERVICES)

        def judged(cost: Cost) -> float:
            return cost.peak_memory if unit == "MB" else cost.seconds

        def printed(url: str) -> float:
            words = ["-u", "admin", "-p", "admin", "-t", "service", "list", "-o", name]
            cost = run([servers.COMMAND, "-b", url, *words])
            lines = cost.output.count("\n") - (name != "ndjson")  # the others have headings
            assert lines == count, f"{lines} services are printed instead of {count}"
            return judged(cost)

        with servers.embedded_copy(bench.database(count // SERVICES_A_HOST, count)) as url:
            yield {SHOWN: lambda: printed(url), TO_FILE: lambda: judged(dump_page(bench, bench.ours, url, count))}

    return prepare


def _row(name: str, limit: float, unit: Unit = "s") -> Row:
    work = f"`list -o {name}`, 27,000 services"
    key = f"output-{name}"
    if unit == "MB":
        work, key = f"Peak memory of {work}", f"{key}-memory"
    return Row(key, "output", work, unit, (at_most(TO_FILE, limit),), _printing(name, unit), rounds=3)


OUTPUT_ROWS = (
    _row("ndjson", 1.3),
    _row("csv", 1.3),
    _row("table", 1.3),
    _row("ndjson", 1.1, "MB"),
    _row("csv", 1.1, "MB"),
)
