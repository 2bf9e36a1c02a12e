"""The released Alignak backend (1.4.16), run for tests: the judge of what a backend does.

It lives in a virtual environment of its own, which is built on first use (about two minutes) in
`$ALIGNAK_REAL_BACKEND_VENV`, or in `.cache/real-backend` of the project. It needs Python 3.11, and a C compiler for
uWSGI. Nothing of it is ever imported by the project: tests talk to it over HTTP only.

From the shell, with `tests` on the import path: `python -m servers.real --port 5000`.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import http.client
import json
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from types import FrameType
from typing import IO, Literal, Self

Server = Literal["waitress", "uwsgi"]

_HERE = Path(__file__).parent
_SOURCE = _HERE / "real_backend"
_UWSGI = "uwsgi==2.0.28"
_BUILD_TOOLS = ("setuptools<70", "wheel")


class RealBackendUnavailableError(RuntimeError):
    """The real backend cannot be installed or started on this machine; the message says why."""


class RealBackend:
    """A running real backend, as a context manager. Each start is an empty backend with admin/admin.

    Args:
        server: `waitress` keeps connections open. `uwsgi` is how production runs it: the connection is closed after
            every answer, and no answer says so.
        page_limit: The largest page the backend gives, in items.
        page_default: The page it gives when not asked for a size, in items.
        port: TCP port on 127.0.0.1; a free one when not given.

    Raises:
        RealBackendUnavailableError: on entering, when there is no Python 3.11, the installation fails, or the backend
            does not come up.
    """

    def __init__(
        self, server: Server = "waitress", page_limit: int = 5000, page_default: int = 50, port: int | None = None
    ) -> None:
        self.server: Server = server
        self.page_limit = page_limit
        self.page_default = page_default
        self._wanted_port = port or 0
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._resources = contextlib.ExitStack()
        self._log: IO[bytes] | None = None

    @property
    def url(self) -> str:
        """Base URL, without a trailing slash."""
        return f"http://127.0.0.1:{self.port}"

    def log(self) -> str:
        """Whatever the server wrote on its standard output and error so far."""
        if self._log is None:
            return ""
        return os.pread(self._log.fileno(), 1 << 20, 0).decode(errors="replace")

    def __enter__(self) -> Self:
        venv = ensure_installed(self.server)
        try:
            self._start(venv)
            self._wait_until_it_answers()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    def wait(self) -> int:
        """Wait until the server ends by itself, and return its exit code."""
        return self._process.wait() if self._process else 0

    def stop(self) -> None:
        """Stop the server, by force if it does not go; safe to call twice."""
        process, self._process = self._process, None
        if process is not None:
            for sign in (signal.SIGTERM, signal.SIGKILL):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, sign)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=3)
                    break
        self._resources.close()
        self._log = None

    def _start(self, venv: Path) -> None:
        work = Path(self._resources.enter_context(tempfile.TemporaryDirectory(prefix="real-backend-")))
        log = self._resources.enter_context((work / "log").open("w+b"))
        self._log = log
        # The server gets its socket from here: no other process can take the port in between.
        listener = self._listen()
        read_end, write_end = os.pipe()
        self._resources.callback(os.close, write_end)
        environment = {
            **os.environ,
            **_write_settings(work, self.port, self.page_limit, self.page_default),
            "LIFELINE": str(read_end),
        }
        environment.pop("PYTHONPATH", None)
        app = str(_SOURCE / "app.py")
        if self.server == "uwsgi":
            command = [str(venv / "bin/uwsgi"), "--wsgi-file", app, "--http-socket", f"fd://{listener.fileno()}"]
            command += ["--enable-threads", "--threads", "4", "--buffer-size", "32768", "--need-app"]
            command += ["--die-on-term", "--disable-logging"]
        else:
            command = [str(venv / "bin/python"), app, str(listener.fileno())]
        try:
            self._process = subprocess.Popen(
                command,
                cwd=work,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=[read_end, listener.fileno()],
                start_new_session=True,
            )
        finally:
            os.close(read_end)
            listener.close()

    def _listen(self) -> socket.socket:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", self._wanted_port))
        except OSError as error:
            listener.close()
            raise RealBackendUnavailableError(f"port {self._wanted_port}: {error.strerror}") from error
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
            raise RealBackendUnavailableError(f"the real backend did not start:\n{self.log()[-3000:]}") from error
        finally:
            connection.close()
        if status != http.HTTPStatus.OK:
            raise RealBackendUnavailableError(f"the real backend answers {status}:\n{self.log()[-3000:]}")


def ensure_installed(server: Server = "waitress") -> Path:
    """Build the backend's virtual environment unless it is there, complete and current.

    Two processes never build at the same time: the second waits for the first. A half-built environment, or one of
    other requirements, is built again.

    Returns:
        The folder of the virtual environment.

    Raises:
        RealBackendUnavailableError: no Python 3.11, or the installation failed.
    """
    venv = environment_folder()
    venv.parent.mkdir(parents=True, exist_ok=True)
    sources = [_SOURCE / "requirements.txt", _SOURCE / "collections_aliases.py"]
    wanted = hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()
    stamp = venv / ".complete"
    with venv.with_name(venv.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (stamp.is_file() and stamp.read_text() == wanted):
            _build(venv)
            stamp.write_text(wanted)
        if server == "uwsgi" and not (venv / "bin/uwsgi").is_file():
            if not (shutil.which("gcc") or shutil.which("cc") or shutil.which("clang")):
                raise RealBackendUnavailableError("uWSGI is compiled when it is installed, and there is no C compiler")
            # No wheel from pip's cache: uWSGI is bound to the very Python it was compiled for.
            _run([str(venv / "bin/pip"), "install", "--quiet", "--no-cache-dir", "--no-build-isolation", _UWSGI])
    return venv


def environment_folder() -> Path:
    """Where the virtual environment is, or will be."""
    configured = os.environ.get("ALIGNAK_REAL_BACKEND_VENV")
    return Path(configured).expanduser().absolute() if configured else _HERE.parents[1] / ".cache" / "real-backend"


def find_python() -> str:
    """Find the Python 3.11 that the backend's dependencies need.

    Raises:
        RealBackendUnavailableError: there is none.
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
    raise RealBackendUnavailableError("the real backend needs Python 3.11, and there is no working python3.11 here")


def _build(venv: Path) -> None:
    python = find_python()
    shutil.rmtree(venv, ignore_errors=True)
    _run([python, "-m", "venv", str(venv)])
    pip = [str(venv / "bin/pip"), "install", "--quiet", "--disable-pip-version-check"]
    _run([*pip, *_BUILD_TOOLS])
    # Before the rest: some of the old setup scripts need these names as well. A sitecustomize module would do only
    # where the system's Python has none of its own.
    site = venv / "lib/python3.11/site-packages"
    shutil.copy(_SOURCE / "collections_aliases.py", site)
    (site / "collections_aliases.pth").write_text("import collections_aliases\n")
    _run([*pip, "--no-deps", "--no-build-isolation", "-r", str(_SOURCE / "requirements.txt")])


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RealBackendUnavailableError(f"{' '.join(command)} failed:\n{(done.stdout + done.stderr)[-3000:]}")


def _write_settings(work: Path, port: int, page_limit: int, page_default: int) -> dict[str, str]:
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
                "PORT": port,
                "SERVER_NAME": None,
                "X_DOMAINS": "*",
                "PAGINATION_LIMIT": page_limit,
                "PAGINATION_DEFAULT": page_default,
                "MONGO_URI": "mongodb://localhost:27017/alignak-backend",
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


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main(arguments: list[str] | None = None) -> int:
    """Run the real backend in the foreground until it is interrupted."""
    parser = argparse.ArgumentParser(prog="python -m servers.real", description=main.__doc__)
    parser.add_argument("--port", type=int, default=5000)
    parser.add_argument("--server", choices=["waitress", "uwsgi"], default="waitress")
    parser.add_argument("--page-limit", type=int, default=5000)
    parser.add_argument("--page-default", type=int, default=50)
    parser.add_argument("--install-only", action="store_true", help="build its virtual environment, and stop")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _terminate)
    try:
        if options.install_only:
            print(ensure_installed(options.server))
            return 0
        with RealBackend(options.server, options.page_limit, options.page_default, options.port) as backend:
            print(f"alignak-backend 1.4.16 on {backend.url} (admin/admin), stop it with Ctrl-C", flush=True)
            code = backend.wait()
            print(backend.log(), file=sys.stderr)
            return code
    except RealBackendUnavailableError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
