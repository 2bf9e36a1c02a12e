"""FerretDB 1.24, run for tests: it speaks MongoDB's wire protocol, over SQLite or PostgreSQL.

See `ferretdb_build` for how it gets here. From the shell, with `tests` on the import path:
`python -m servers.ferretdb --port 27017`.
"""

from __future__ import annotations

import argparse
import itertools
import os
import re
import signal
import sys
from pathlib import Path

from servers.ferretdb_build import VERSION, ensure_built
from servers.launched import LaunchedServer, as_command, in_foreground, with_lifeline
from servers.postgresql import PostgreSQL

_SECONDS = 30.0
_LISTENS = re.compile(r"Listening on TCP \S+:(\d+)\.\.\.")


class FerretDB(LaunchedServer):
    """A running FerretDB, as a context manager; it is empty when it is entered, and leaves nothing behind.

    It keeps its data in SQLite, or with ALIGNAK_FERRETDB_OVER=postgresql in the environment in a PostgreSQL of its own.

    Args:
        port: TCP port on 127.0.0.1; a free one when not given.

    Raises:
        ServerUnavailableError: on entering, when there is no Go to build it or no PostgreSQL, or it does not start.
    """

    def __init__(self, port: int = 0) -> None:
        super().__init__()
        self.port = port
        self._work: Path | None = None
        self._store: list[str] = []
        self._numbers = itertools.count(1)

    def uri(self, database: str | None = None) -> str:
        """The URI of a database; of a new one when no name is given."""
        return f"mongodb://127.0.0.1:{self.port}/{database or f'alignak-{next(self._numbers)}'}"

    def kill(self) -> None:
        """End it at once, as a crash does. What it has acknowledged is kept for `restart`."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Start it again after `kill`, on the same port, with the same data."""
        self._start()

    def _start(self) -> None:
        binary = ensure_built()
        if self._work is None:
            self._work = self._folder("ferretdb-")
            self._store = self._new_store(self._work)
        printed = len(self.log())
        command = [str(binary), *self._store, f"--listen-addr=127.0.0.1:{self.port}"]
        command += ["--state-dir=-", "--debug-addr=-", "--telemetry=disable", "--log-level=INFO"]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("FERRETDB_")}
        self._launch(with_lifeline(command), self._work, environment)
        self.port = int(self._wait_for(_LISTENS, _SECONDS, printed)[1])

    def _new_store(self, work: Path) -> list[str]:
        """Return the options that name where the data is."""
        if over_postgresql():
            return ["--handler=postgresql", f"--postgresql-url={self._resources.enter_context(PostgreSQL()).url}"]
        # A crash of the process loses nothing without waiting for the disk; one of the machine is not tested.
        return ["--handler=sqlite", f"--sqlite-url=file:{work}/?_pragma=synchronous(off)"]


def over_postgresql() -> bool:
    """Return True when this run is over PostgreSQL.

    Raises:
        ValueError: the environment names a store that is not known.
    """
    wanted = os.environ.get("ALIGNAK_FERRETDB_OVER", "sqlite")
    if wanted not in ("sqlite", "postgresql"):
        raise ValueError(f"ALIGNAK_FERRETDB_OVER is {wanted!r}: sqlite or postgresql")
    return wanted == "postgresql"


def main(arguments: list[str] | None = None) -> int:
    """Run an empty FerretDB in the foreground until it is interrupted; its data is gone afterwards."""
    parser = argparse.ArgumentParser(prog="python -m servers.ferretdb", description=main.__doc__)
    parser.add_argument("--port", type=int, default=27017)
    parser.add_argument("--build-only", action="store_true", help="build it unless that is done, and stop")
    options = parser.parse_args(arguments)

    def work() -> int:
        if options.build_only:
            print(ensure_built())
            return 0
        with FerretDB(options.port) as server:
            return in_foreground(server, f"FerretDB {VERSION} at {server.uri('alignak-backend')}")

    return as_command(work)


if __name__ == "__main__":
    sys.exit(main())
