"""The released Alignak backend (1.4.16), run for tests: the judge of what a backend does.

It lives in a virtual environment of its own, which is built on first use (about two minutes) in
`$ALIGNAK_REAL_BACKEND_VENV`, or in `.cache/real-backend` of the project. It needs Python 3.11, and a C compiler for
uWSGI. Nothing of it is ever imported by the project: tests talk to it over HTTP only.

From the shell, with `tests` on the import path: `python -m servers.real --port 5000`.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Literal

from servers import provision
from servers.launched import LaunchedServer, as_command, in_foreground
from servers.provision import ServerUnavailableError

Server = Literal["waitress", "uwsgi"]

_HERE = Path(__file__).parent
_SOURCE = _HERE / "real_backend"
_UWSGI = "uwsgi==2.0.28"
_BUILD_TOOLS = ("setuptools<70", "wheel")


class RealBackend(LaunchedServer):
    """A running real backend, as a context manager. Each start is an empty backend with admin/admin.

    Args:
        server: `waitress` keeps connections open. `uwsgi` is how production runs it: the connection is closed after
            every answer, and no answer says so.
        page_limit: The largest page the backend gives, in items.
        page_default: The page it gives when not asked for a size, in items.
        port: TCP port on 127.0.0.1; a free one when not given.
        mongo_uri: keep the data in this MongoDB, which may hold some; mongomock in the process when not given.

    Raises:
        ServerUnavailableError: on entering, when there is no Python 3.11, the installation fails, or the backend
            does not come up.
    """

    def __init__(
        self,
        server: Server = "waitress",
        page_limit: int = 5000,
        page_default: int = 50,
        port: int | None = None,
        mongo_uri: str | None = None,
    ) -> None:
        super().__init__()
        self.server: Server = server
        self.page_limit = page_limit
        self.page_default = page_default
        self.mongo_uri = mongo_uri
        self._wanted_port = port or 0

    @property
    def url(self) -> str:
        """Base URL, without a trailing slash."""
        return f"http://127.0.0.1:{self.port}"

    def _start(self) -> None:
        venv = ensure_installed(self.server)
        work = self._folder("real-backend-")
        # The server gets its socket from here: no other process can take the port in between.
        with self._listen() as listener:
            environment = {
                **os.environ,
                **self._write_settings(work),
                "STORE": "mongodb" if self.mongo_uri else "memory",
            }
            environment.pop("PYTHONPATH", None)
            app = str(_SOURCE / "app.py")
            if self.server == "uwsgi":
                command = [str(venv / "bin/uwsgi"), "--wsgi-file", app, "--http-socket", f"fd://{listener.fileno()}"]
                command += ["--enable-threads", "--threads", "4", "--buffer-size", "32768", "--need-app"]
                command += ["--die-on-term", "--disable-logging"]
            else:
                command = [str(venv / "bin/python"), app, str(listener.fileno())]
            self._launch(command, work, environment, [listener.fileno()])
        self._wait_until_it_answers()

    def _listen(self) -> socket.socket:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", self._wanted_port))
        except OSError as error:
            listener.close()
            raise ServerUnavailableError(f"port {self._wanted_port}: {error.strerror}") from error
        listener.listen(128)
        self.port = listener.getsockname()[1]
        return listener

    def _wait_until_it_answers(self, timeout: float = 60) -> None:
        # The socket listens already: the request waits for the server, or fails when the server dies.
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request("GET", "/version")
            status = connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            raise ServerUnavailableError(f"the real backend did not start:\n{self.log()[-3000:]}") from error
        finally:
            connection.close()
        if status != http.HTTPStatus.OK:
            raise ServerUnavailableError(f"the real backend answers {status}:\n{self.log()[-3000:]}")

    def _write_settings(self, work: Path) -> dict[str, str]:
        """Write the backend's two settings files; returns the environment variables that name them."""
        logger = work / "logger.json"
        root = {"level": "ERROR"}
        logger.write_text(
            json.dumps(
                {"version": 1, "disable_existing_loggers": False, "formatters": {}, "handlers": {}, "root": root},
            )
        )
        settings = work / "settings.json"
        settings.write_text(
            json.dumps(
                {
                    "DEBUG": False,
                    "HOST": "",
                    "PORT": self.port,
                    "SERVER_NAME": None,
                    "X_DOMAINS": "*",
                    "PAGINATION_LIMIT": self.page_limit,
                    "PAGINATION_DEFAULT": self.page_default,
                    "MONGO_URI": self.mongo_uri or "mongodb://localhost:27017/alignak-backend",
                    "MONGO_HOST": "localhost",
                    "MONGO_PORT": 27017,
                    "MONGO_DBNAME": "alignak-backend",
                    "MONGO_USERNAME": None,
                    "MONGO_PASSWORD": None,
                    "IP_CRON": ["127.0.0.1"],
                    "LOGGER": str(logger),
                    "ALIGNAK_URL": "",
                    "SCHEDULER_ALIGNAK_ACTIVE": False,
                    "SCHEDULER_TIMESERIES_ACTIVE": False,
                    "SCHEDULER_GRAFANA_ACTIVE": False,
                    "SCHEDULER_LIVESYNTHESIS_HISTORY": 0,
                    "GRAFANA_DATASOURCE": False,
                }
            )
        )
        return {
            "ALIGNAK_BACKEND_LOGGER_CONFIGURATION": str(logger),
            "ALIGNAK_BACKEND_CONFIGURATION_FILE": str(settings),
        }


def ensure_installed(server: Server = "waitress") -> Path:
    """Build the backend's virtual environment unless it is there, complete and current.

    Two processes never build at the same time: the second waits for the first. A half-built environment, or one of
    other requirements, is built again.

    Returns:
        The folder of the virtual environment.

    Raises:
        ServerUnavailableError: no Python 3.11, or the installation failed.
    """
    venv = provision.folder("real-backend", "ALIGNAK_REAL_BACKEND_VENV")
    sources = [_SOURCE / "requirements.txt", _SOURCE / "collections_aliases.py"]
    wanted = provision.digest(*(path.read_bytes() for path in sources))
    with provision.locked(venv):
        provision.build_unless_current(venv, wanted, _build)
        if server == "uwsgi" and not (venv / "bin/uwsgi").is_file():
            if not (shutil.which("gcc") or shutil.which("cc") or shutil.which("clang")):
                raise ServerUnavailableError("uWSGI is compiled when it is installed, and there is no C compiler")
            # No wheel from pip's cache: uWSGI is bound to the very Python it was compiled for.
            provision.run(
                [str(venv / "bin/pip"), "install", "--quiet", "--no-cache-dir", "--no-build-isolation", _UWSGI]
            )
    return venv


def find_python() -> str:
    """Find the Python 3.11 that the backend's dependencies need.

    Raises:
        ServerUnavailableError: there is none.
    """
    if platform.python_version_tuple()[:2] == ("3", "11"):
        return sys.executable
    on_path = [str(Path(folder) / "python3.11") for folder in os.get_exec_path()]
    pyenv = sorted((Path.home() / ".pyenv" / "versions").glob("3.11*/bin/python3.11"), reverse=True)
    for candidate in [*on_path, *map(str, pyenv)]:
        if os.access(candidate, os.X_OK):
            # A version manager's shim is executable even when that version is not there, and some systems leave
            # out what makes a virtual environment: ask it.
            asked = subprocess.run([candidate, "-c", "import venv, ensurepip"], capture_output=True, check=False)
            if asked.returncode == 0:
                return candidate
    raise ServerUnavailableError("the real backend needs Python 3.11, and there is no working python3.11 here")


def _build(venv: Path) -> None:
    python = find_python()
    provision.run([python, "-m", "venv", str(venv)])
    pip = [str(venv / "bin/pip"), "install", "--quiet", "--disable-pip-version-check"]
    provision.run([*pip, *_BUILD_TOOLS])
    # Before the rest: some of the old setup scripts need these names as well. A sitecustomize module would do only
    # where the system's Python has none of its own.
    site = venv / "lib/python3.11/site-packages"
    shutil.copy(_SOURCE / "collections_aliases.py", site)
    (site / "collections_aliases.pth").write_text("import collections_aliases\n")
    provision.run([*pip, "--no-deps", "--no-build-isolation", "-r", str(_SOURCE / "requirements.txt")])


def main(arguments: list[str] | None = None) -> int:
    """Run the real backend in the foreground until it is interrupted."""
    parser = argparse.ArgumentParser(prog="python -m servers.real", description=main.__doc__)
    parser.add_argument("--port", type=int, default=5000)
    parser.add_argument("--server", choices=["waitress", "uwsgi"], default="waitress")
    parser.add_argument("--page-limit", type=int, default=5000)
    parser.add_argument("--page-default", type=int, default=50)
    parser.add_argument("--install-only", action="store_true", help="build its virtual environment, and stop")
    options = parser.parse_args(arguments)

    def work() -> int:
        if options.install_only:
            print(ensure_installed(options.server))
            return 0
        with RealBackend(options.server, options.page_limit, options.page_default, options.port) as backend:
            return in_foreground(backend, f"alignak-backend 1.4.16 on {backend.url} (admin/admin)")

    return as_command(work)


if __name__ == "__main__":
    sys.exit(main())
