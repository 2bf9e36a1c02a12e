"""The command line of the benchmarks: `python -m benchmarks --help`."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import ROOT, load, released, table
from benchmarks.apply_rows import APPLY_GROWTH_ROWS, APPLY_ROWS
from benchmarks.backend_rows import BACKEND_ROWS
from benchmarks.client_rows import CLIENT_ROWS, GROWTH_ROWS
from benchmarks.library_rows import LIBRARY_ROWS
from benchmarks.measuring import Result, Row, measure
from benchmarks.memory_rows import MEMORY_ROWS
from benchmarks.monitoring_rows import MONITORING_ROWS
from benchmarks.output_rows import OUTPUT_ROWS
from benchmarks.result_rows import RESULT_ROWS
from benchmarks.scaling_rows import SCALING_ROWS
from benchmarks.site_rows import SITE_GROWTH_ROWS, SITE_ROWS
from benchmarks.workbench import Workbench

ROWS = (
    *(*CLIENT_ROWS, *MONITORING_ROWS, *LIBRARY_ROWS, *GROWTH_ROWS, *OUTPUT_ROWS),
    *(*SITE_ROWS, *APPLY_ROWS, *SITE_GROWTH_ROWS, *APPLY_GROWTH_ROWS, *MEMORY_ROWS),
    *(*BACKEND_ROWS, *RESULT_ROWS, *SCALING_ROWS),
)
_PERFORMANCE, _SERVING = ROOT / "docs" / "performance.md", ROOT / "docs" / "serving.md"


def main() -> int:
    """Measure, print the tables, and write them into the documentation when asked.

    Returns:
        0, also when targets are missed: speed depends on the machine. 1 when work was not done as it should be.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure the client and its backend.")
    parser.add_argument("--quick", action="store_true", help="small and once: shows that all of it works")
    parser.add_argument(
        "--row", action="append", metavar="NAME", help="only the rows whose names begin so; may be given several times"
    )
    parser.add_argument("--rounds", type=int, metavar="N", help="how often each row is measured")
    parser.add_argument(
        "--write",
        action="store_true",
        help="write the tables into docs/performance.md; with --load, docs/serving.md",
    )
    parser.add_argument("--names", action="store_true", help="print the names of the rows, and stop")
    parser.add_argument("--load", action="store_true", help="servers under load instead of rows, in four minutes")
    options = parser.parse_args()
    rows = _resolve_setting(options.row)
    if options.write and (options.quick or options.row):
        parser.error("--write takes a full run")
    if options.load:
        return _load(quick=options.quick, page=_SERVING if options.write else None)
    if options.names:
        print("\n".join(f"{row.key:20} {row.work}" for row in rows))
        return 0
    if not rows:
        parser.error("there is no such row; see --names")
    if options.rounds is not None and options.rounds < 1:
        parser.error("--rounds takes a number from 1")
    results = _measure_all(rows, quick=options.quick, rounds=options.rounds)
    text = table.markdown(results, judged=not options.quick)
    print(text, end="")
    if options.quick:
        print("\nA quick run shows that all rows work: sizes are a 100th of those named, and the times say nothing.")
    if len(results) < len(rows):
        return 1
    if options.write:
        table.write(_PERFORMANCE, text)
    return 0


def _load(*, quick: bool, page: Path | None) -> int:
    """Measure servers under load, and print the table; write it into a page, too."""
    try:
        text = load.run(quick=quick)
    except (OSError, RuntimeError) as error:
        print(f"FAILED: {error}", file=sys.stderr)
        return 1
    print(text, end="")
    if page is not None:
        table.write(page, text)
    return 0


def _resolve_setting(names: list[str] | None) -> list[Row]:
    return [row for row in ROWS if names is None or row.key.startswith(tuple(names))]


def _measure_all(rows: list[Row], *, quick: bool, rounds: int | None) -> list[Result]:
    """Measure one row after the other; what fails is reported, and left out."""
    results = []
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        bench = Workbench(Path(folder), released.install(), quick, rounds)
        with bench.running:
            for row in rows:
                begin = time.monotonic()
                try:
                    results.append(measure(row, bench))
                    outcome = "measured"
                except (AssertionError, OSError, RuntimeError) as error:
                    outcome = f"FAILED: {error}"
                print(f"{row.key} ({time.monotonic() - begin:.0f} s): {outcome}", file=sys.stderr, flush=True)
    return results


if __name__ == "__main__":
    sys.exit(main())
