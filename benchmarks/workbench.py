"""What all rows share: the sizes of this run, a folder to work in, the programs, databases that were filled once."""

from __future__ import annotations

import contextlib
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import data, servers
from benchmarks.processes import Cost, run
from benchmarks.raw import Raw
from benchmarks.released import Released

_LOGIN = ("-u", "admin", "-p", "admin")
_MINIMUM = Path(__file__).with_name("minimum.py")


@dataclass
class Workbench:
    """One run of the benchmark.

    Attributes:
        folder: for files of this run.
        released: the released client.
        quick: small sizes and one round, to see that all of it works.
        fixed_rounds: rounds of all rows; None for as many as each asks for.
        running: servers that run until the end.
        backends: those that several rows ask, by what is in them.
    """

    folder: Path
    released: Released
    quick: bool = False
    fixed_rounds: int | None = None
    running: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    backends: dict[object, dict[str, Raw]] = field(default_factory=dict)
    _databases: dict[tuple[int, int], Path] = field(default_factory=dict)
    _folders: int = 0

    def size(self, full: int) -> int:
        """How many items, where a full run has so many."""
        return max(20, full // 100) if self.quick else full

    def rounds(self, full: int) -> int:
        """How many rounds, where a full run has so many."""
        return self.fixed_rounds or (1 if self.quick else full)

    def shared(self, contents: object, start: Callable[[contextlib.ExitStack], dict[str, Raw]]) -> dict[str, Raw]:
        """Return backends that run until the benchmark ends; started for the first row that asks for these contents."""
        if contents not in self.backends:
            self.backends[contents] = start(self.running)
        return self.backends[contents]

    def new_folder(self) -> Path:
        """An empty folder."""
        self._folders += 1
        folder = self.folder / f"{self._folders:05}"
        folder.mkdir()
        return folder

    def database(self, host_count: int, service_count: int) -> Path:
        """A database of the embedded backend with so many hosts and services; not to be changed."""
        key = host_count, service_count
        if key not in self._databases:
            path = self.folder / f"{host_count}-{service_count}.db"
            with servers.embedded(path) as url:
                data.fill(servers.connect(url), host_count, service_count)
            # All of it into the one file, which can then be copied.
            with contextlib.closing(sqlite3.connect(path)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._databases[key] = path
        return self._databases[key]

    def ours(self, url: str, *words: str | Path, folder: Path | None = None) -> Cost:
        """Run our command."""
        return run([servers.COMMAND, "-q", "-b", url, *_LOGIN, *words], folder)

    def theirs(self, url: str, *words: str | Path, folder: Path | None = None) -> Cost:
        """Run the command of the released client."""
        return run([self.released.command, "-q", "-b", url, *_LOGIN, *words], folder)

    def minimum(self, job: str, url: str, folder: Path) -> Cost:
        """Run the bare minimum of a job."""
        return run([sys.executable, "-S", "-I", _MINIMUM, job, url, folder])
