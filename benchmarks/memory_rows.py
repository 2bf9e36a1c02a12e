"""The most memory that each command takes on a large site, and `serve` while it answers them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from benchmarks import servers
from benchmarks.apply_rows import Work
from benchmarks.measuring import Contenders, Row
from benchmarks.processes import run
from benchmarks.workbench import Workbench
from servers.serve import Serve

PEAK = "peak memory"

_Prepare = Callable[[Workbench], AbstractContextManager[Contenders]]
_Words = Callable[[Work, Path], tuple[str | Path, ...]]
"""The words of a command, for a site as files, and a new folder."""


def _command(words: _Words) -> _Prepare:
    @contextmanager
    def prepare(bench: Workbench) -> Iterator[Contenders]:
        work = Work(bench)
        with servers.embedded_copy(work.database) as url:
            yield {PEAK: lambda: bench.ours(url, *words(work, bench.new_folder())).peak_memory}

    return prepare


@contextmanager
def _serve(bench: Workbench) -> Iterator[Contenders]:
    work = Work(bench)
    copy = bench.new_folder() / "copy.db"
    shutil.copy(work.database, copy)

    def peak() -> float:
        with Serve(f"--database={copy}") as served:
            bench.ours(served.url, "-t", "service", "-f", bench.new_folder(), "list")
            work.apply(served.url)
            found = re.search(
                r"^VmHWM:\s+(\d+) kB", Path(f"/proc/{served.process.pid}/status").read_text(), re.MULTILINE
            )
            assert found, "the system does not report it"
            return int(found[1]) * 1024

    yield {PEAK: peak}


@contextmanager
def _validate(bench: Workbench) -> Iterator[Contenders]:
    site = Work(bench).folder / "site"
    yield {PEAK: lambda: run([servers.COMMAND, "validate", site]).peak_memory}


def _row(name: str, prepare: _Prepare) -> Row:
    work = f"`{name}`, 800 hosts and 27,000 services"
    return Row(f"memory-{name}", "memory", work, "MB", (), prepare, rounds=1)


MEMORY_ROWS = (
    Row("memory-serve", "memory", "`serve`, `list` and `apply` of 27,000 services", "MB", (), _serve, rounds=1),
    _row("problems", _command(lambda *_: ("problems",))),
    _row("status", _command(lambda *_: ("status",))),
    _row("export", _command(lambda _, new: ("export", new / "site"))),
    _row("validate", _validate),
    _row("diff", _command(lambda work, _: ("diff", work.folder / "site"))),
    _row("apply", _command(lambda work, _: ("apply", work.folder / "site", "--yes"))),
    _row("backup", _command(lambda _, new: ("backup", new / "site.backup"))),
    _row("check", _command(lambda *_: ("check",))),
)
