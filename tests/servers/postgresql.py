"""PostgreSQL, run for tests where it is installed: the store of FerretDB in place of SQLite."""

from __future__ import annotations

import os
import re
import shutil
import signal
from pathlib import Path
from typing import Final

from servers import provision
from servers.launched import LaunchedServer, with_lifeline
from servers.provision import ServerUnavailableError

_SECONDS: Final = 30.0
#: PostgreSQL does not run as root; its packages make this user.
_USER: Final = "postgres"


class PostgreSQL(LaunchedServer):
    """A running PostgreSQL, as a context manager; it is empty when it is entered, and leaves nothing behind.

    It listens on a Unix socket in its folder only.

    Raises:
        ServerUnavailableError: on entering, when it is not installed or does not start.
    """

    def __init__(self) -> None:
        super().__init__()
        self._work = Path()

    @property
    def url(self) -> str:
        """The URL of its database."""
        return f"postgres:///postgres?host={self._work}&user={_USER}"

    def _start(self) -> None:
        programs = _programs()
        user = _USER if os.geteuid() == 0 else None
        self._work = self._folder("postgresql-")
        if user:
            shutil.chown(self._work, user, user)
        data = str(self._work / "data")
        initialise = [str(programs / "initdb"), "-D", data, "-U", _USER, "-A", "trust", "-E", "UTF8", "--no-sync"]
        provision.run([*initialise, "--locale=C"], self._work, user=user)
        command = [str(programs / "postgres"), "-D", data, "-k", str(self._work), "-c", "listen_addresses="]
        # As FerretDB over SQLite here: only the end of a process is tested, not that of the machine.
        command += ["-c", "fsync=off", "-c", "max_connections=100"]
        self._launch(with_lifeline(command), self._work, os.environ, user=user)
        self._wait_for(re.compile("database system is ready to accept connections"), _SECONDS)

    def stop(self) -> None:
        """See `LaunchedServer.stop`."""
        self._end(signal.SIGINT, signal.SIGKILL)
        super().stop()


def _programs() -> Path:
    """Return the folder of PostgreSQL's programs: Debian has it beside the path."""
    found = shutil.which("postgres")
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    folders = [Path(found).resolve().parent] if found else installed
    for folder in folders:
        if os.access(folder / "initdb", os.X_OK):
            return folder
    raise ServerUnavailableError("PostgreSQL is not installed here")
