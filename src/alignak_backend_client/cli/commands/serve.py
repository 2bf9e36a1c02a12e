"""Command ``serve``: the embedded backend as a server."""

from __future__ import annotations

import logging
import os
import re
import sys
from typing import TYPE_CHECKING, Final

from alignak_backend_client._core.session import EMBEDDED
from alignak_backend_client._http.embedded import MISSING
from alignak_backend_client.cli.arguments import UsageError
from alignak_backend_client.cli.console import Console, asked
from alignak_backend_client.cli.exit_codes import FAILED, OK
from alignak_backend_client.cli.line import Line
from alignak_backend_client.output.text import printable

if TYPE_CHECKING:
    from alignak_backend_embedded.server.settings import Settings

NAME: Final = "serve"
OWN_FLAGS: Final = {"allow_default_password": ("--allow-default-password",)}
OWN_VALUES: Final = {
    "host": ("--host",),
    "port": ("--port",),
    "database": ("--database",),
    "mongo_uri": ("--mongo-uri",),
    "workers": ("--workers",),
    "threads": ("--threads",),
    "admin_password": ("--admin-password",),
    "page_limit": ("--page-limit",),
    "page_default": ("--page-default",),
    "cors_origin": ("--cors-origin",),
    "trusted_proxy": ("--trusted-proxy",),
    "client_timeout": ("--client-timeout",),
    "keep_alive": ("--keep-alive",),
}

HELP: Final = """\
alignak-backend-cli serve: run a backend for others, until Ctrl-C or SIGTERM.

Usage:
  alignak-backend-cli serve [options]

Where:
  --host=ADDRESS           address or name to listen on; '*' for all of this machine
                           [default: 127.0.0.1]
  --port=PORT              port; 0 takes a free one and says which [default: 5000]

What:
  --database=FILE          SQLite database, made when it is missing; ':memory:' keeps it in memory
                           [default: the one of 'embedded:', in the data folder of the user]
  --mongo-uri=URI          MongoDB instead: mongodb://[user:password@]host[:port][,...]/database;
                           also from the environment: ALIGNAK_BACKEND_MONGO_URI
  --admin-password=TEXT    password of 'admin' while it is still the default one, 'admin'; '-' asks
                           for it, or reads a line of standard input; also from the environment:
                           ALIGNAK_BACKEND_ADMIN_PASSWORD
  --allow-default-password listen beyond this machine although the password of 'admin' is 'admin'

How:
  --workers=N              processes that answer requests [default: 1]
  --threads=N              requests that a process answers at a time [default: 8]
  --page-limit=N           most items of a page [default: 5000]
  --page-default=N         items of a page when the request does not say [default: 50]
  --cors-origin=URLS       web origins whose pages may use the backend, separated by commas
  --trusted-proxy=ADDRESS  IP address of a reverse proxy whose X-Forwarded-For, -Host and -Proto are
                           believed; '*' believes all: for servers that only the proxy can reach
  --client-timeout=SECONDS how long a client may stand still while it sends a body or reads an answer
                           [default: 30]
  --keep-alive=SECONDS     how long a connection may be without the whole head of a request
                           [default: 30]
  -v, --verbose            write a line for each request to standard error
  -q, --quiet              print nothing at all: the exit code tells
  -h, --help               show this text

Exit codes:
  0   stopped by Ctrl-C or SIGTERM, all requests were answered
  2   it cannot start: port in use, database that cannot be used, ...; or requests were cut off
  64  the command line is wrong, or the default password would be open to other machines

Examples:
  alignak-backend-cli serve
      For programs of this machine, at http://127.0.0.1:5000
  alignak-backend-cli serve --host '*' --admin-password -
      For all machines; asks for the first password
  alignak-backend-cli serve --port 0 --database :memory:
      For a test: nothing stays
"""

_ORIGIN: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#@\s]+", re.IGNORECASE)
_MOST_WORKERS: Final = 64
_MOST_THREADS: Final = 256


def run(line: Line, console: Console) -> int:
    """Serve, and return the exit code.

    Raises:
        UsageError: the command line is wrong.
    """
    try:
        from alignak_backend_embedded.inprocess import default_database
        from alignak_backend_embedded.server.running import serve
        from alignak_backend_embedded.server.settings import RefusedError, ServerError
    except ModuleNotFoundError as error:
        console.error(f"{MISSING} ({error.name} is missing)")
        return FAILED
    settings = _settings(line)
    _set_up_logging(console)

    def say(text: str) -> None:
        console.result(text)
        sys.stdout.flush()  # a program may wait for it

    try:
        if settings.mongo_uri is None and settings.database is None:
            from dataclasses import replace

            settings = replace(settings, database=str(default_database()))
        return OK if serve(settings, say, console.note) else FAILED
    except RefusedError as error:
        raise UsageError(str(error)) from error
    except (ServerError, OSError) as error:
        console.error(str(error))
        return FAILED


def _settings(line: Line) -> Settings:
    from alignak_backend_embedded.server.settings import Limits, Settings

    given = line.values
    mongo_uri = given.get("mongo_uri")
    if mongo_uri is None and "database" not in given:
        mongo_uri = os.environ.get("ALIGNAK_BACKEND_MONGO_URI") or None
    if mongo_uri is not None and "database" in given:
        raise UsageError("Either --database or --mongo-uri, not both")
    if mongo_uri is not None and not mongo_uri.startswith(("mongodb://", "mongodb+srv://")):
        raise UsageError("The URI of a MongoDB begins with mongodb:// or mongodb+srv://")
    database = given.get("database", "")
    if database.startswith((EMBEDDED, ":")) and database != ":memory:":
        raise UsageError(f"--database takes a file, or ':memory:', not {database!r}")
    workers = _number(line, "workers", 1, 1, _MOST_WORKERS)
    if workers > 1:
        if given.get("database") == ":memory:":
            raise UsageError("A database in memory has one worker: leave out --workers")
        if not hasattr(os, "fork"):
            raise UsageError("This system has one worker only: leave out --workers")
    page_limit = _number(line, "page_limit", 5000, 1, 1_000_000)
    page_default = _number(line, "page_default", min(50, page_limit), 1, 1_000_000)
    if page_default > page_limit:
        raise UsageError("--page-default is more than --page-limit")
    origins = tuple(origin for part in given.get("cors_origin", "").split(",") if (origin := part.strip()))
    if any(not _ORIGIN.fullmatch(origin) for origin in origins if origin != "*"):
        raise UsageError("--cors-origin takes origins such as https://webui.example.com")
    return Settings(
        host=given.get("host", Settings().host),
        port=_number(line, "port", Settings().port, 0, 65535),
        database=given.get("database"),
        mongo_uri=mongo_uri,
        workers=workers,
        page_limit=page_limit,
        page_default=page_default,
        cors_origins=origins,
        admin_password=_admin_password(given.get("admin_password")),
        allow_default_password="allow_default_password" in line.flags,
        limits=Limits(
            client_seconds=_number(line, "client_timeout", 30, 1, 3600),
            idle_seconds=_number(line, "keep_alive", 30, 1, 3600),
            threads=_number(line, "threads", 8, 1, _MOST_THREADS),
            trusted_proxy=_address(given.get("trusted_proxy")),
            log_requests="verbose" in line.flags and "quiet" not in line.flags,
        ),
    )


def _address(text: str | None) -> str | None:
    """Return the address of a proxy in the form that sockets have it; ``*`` stands for all."""
    if text is None or text == "*":
        return text
    import ipaddress

    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise UsageError(f"--trusted-proxy takes the IP address of a proxy, or '*', not {text!r}") from None


def _number(line: Line, name: str, default: int, least: int, most: int) -> int:
    text = line.values.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or not least <= int(text) <= most:
        raise UsageError(f"{OWN_VALUES[name][0]} takes a number from {least} to {most}, not {text!r}")
    return int(text)


def _admin_password(given: str | None) -> str | None:
    """Return the first password: from the command line, standard input or the environment; None when there is none."""
    if given is None:
        return os.environ.get("ALIGNAK_BACKEND_ADMIN_PASSWORD") or None
    if given != "-":
        return given
    password = asked("First password of admin: ")
    if not password:
        raise UsageError("No password was given")
    return password


class _OneLine(logging.Formatter):
    """Log lines for people: a defect is named with its place, without a traceback and without the data it met."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        text = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            text += f": {_place(record.exc_info[1])}"
        return f"{self.formatTime(record, '%Y-%m-%d %H:%M:%S')} {printable(text)}"


def _place(error: BaseException) -> str:
    trace, places = error.__traceback__, []
    while trace is not None:
        places.append(f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}")  # noqa: PTH119 - no file is meant
        trace = trace.tb_next
    return f"{type(error).__name__} at {' > '.join(places[-3:])}"


def _set_up_logging(console: Console) -> None:
    """Write warnings and errors to standard error, requests too when they are wanted, and nothing with -q."""
    handler = logging.NullHandler() if console.quiet else logging.StreamHandler()
    handler.setFormatter(_OneLine())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    if console.verbose:
        logging.getLogger("alignak_backend_embedded").setLevel(logging.INFO)
