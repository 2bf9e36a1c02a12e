"""Command ``serve``: the embedded backend as a server."""

from __future__ import annotations

import functools
import ipaddress
import os
import re
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import click

from alignak_backend_client.cli.command import Number, command, option
from alignak_backend_client.cli.exit_codes import FAILED, OK
from alignak_backend_client.cli.terminal.console import Console, prompt
from alignak_backend_client.cli.terminal.log import set_up_logging
from alignak_backend_client.client import EMBEDDED, EMBEDDED_MISSING

if TYPE_CHECKING:
    from alignak_backend_embedded.server.settings import Settings

_EPILOG: Final = """\
Exit codes:
  0   stopped by Ctrl-C or SIGTERM; all requests were answered
  2   the server cannot start (port in use, database not usable, ...), or it
      stopped with unanswered requests
  64  wrong usage, or other machines could use the default password

Examples:
  alignak-backend-cli serve
      Serve programs on this machine, at http://127.0.0.1:5000
  alignak-backend-cli serve --host '*' --admin-password -
      Serve all machines; prompt for the password of 'admin'
  alignak-backend-cli serve --host '*' --certificate site.pem --key site.key
      Serve all machines over HTTPS
  alignak-backend-cli serve --port 0 --database :memory:
      Serve a test: any free port, nothing is stored
"""

_LIMITS: Final = "Limits"
_MONGO_URI: Final = "ALIGNAK_BACKEND_MONGO_URI"
_ADMIN_PASSWORD: Final = "ALIGNAK_BACKEND_ADMIN_PASSWORD"  # noqa: S105 - the name of a variable
_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9_.-]*[a-z0-9])?")
_ORIGIN: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#@\s]+", re.IGNORECASE)


def _number(
    name: str,
    lowest: int,
    highest: int,
    default: int | None,
    text: str,
    *,
    metavar: str = "N",
    group: str = _LIMITS,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the decorator that adds an option with a number."""
    return option(
        name,
        metavar=metavar,
        type=Number(lowest, highest),
        default=default,
        show_default=default is not None,
        group=group,
        help=text,
    )


_seconds = functools.partial(_number, metavar="SECONDS")
_mebibytes = functools.partial(_number, metavar="MIB")


@command(epilog=_EPILOG, verbose="log each request to standard error")
@option(
    "--host",
    metavar="ADDRESS",
    default="127.0.0.1",
    show_default=True,
    group="Network",
    help="address or host name to listen on; '*' means all interfaces",
)
@_number(
    "--port", 0, 65535, 5000, "port to listen on; 0 picks a free port and prints it", metavar="PORT", group="Network"
)
@option(
    "--certificate",
    metavar="FILE",
    group="Network",
    help="server certificate with its intermediate certificates (PEM); enables HTTPS",
)
@option("--key", metavar="FILE", group="Network", help="private key of the certificate (PEM)")
@option(
    "--database",
    metavar="FILE",
    group="Database",
    help="SQLite database file, created if it does not exist; ':memory:' stores nothing  [default: the database of "
    "'embedded:', in your data folder]",
)
@option(
    "--mongo-uri",
    metavar="URI",
    group="Database",
    help=f"use MongoDB instead, such as mongodb://user:password@host/database  [environment: {_MONGO_URI}]",
)
@option(
    "--admin-password",
    metavar="TEXT",
    group="Database",
    help="set the password of 'admin' if it is still the default, 'admin'; '-' prompts for it, or reads a line from "
    f"standard input  [environment: {_ADMIN_PASSWORD}]",
)
@option(
    "--allow-default-password",
    is_flag=True,
    group="Database",
    help="accept other machines even though the password of 'admin' is 'admin'",
)
@_number("--workers", 1, 64, 1, "number of worker processes", group="Server")
@_number("--threads", 1, 256, 8, "parallel quick requests per worker, and half as many writes", group="Server")
@_number("--page-limit", 1, 1_000_000, 5000, "maximum number of items per page")
@_number("--page-default", 1, 1_000_000, None, "items per page if the request does not set max_results  [default: 50]")
@option(
    "--cors-origin",
    metavar="URLS",
    group="Server",
    help="allowed CORS origins, separated by commas",
)
@option(
    "--server-name",
    metavar="NAMES",
    group="Server",
    help="allowed Host names, separated by commas; requests with other names are rejected (protection against DNS "
    "rebinding). IP addresses and localhost are always allowed  [default: the names of this machine on a loopback "
    "address, otherwise all]",
)
@option(
    "--trusted-proxy",
    metavar="ADDRESS",
    group="Server",
    help="IP address of a reverse proxy whose X-Forwarded-For, -Host and -Proto headers are trusted; '*' trusts all "
    "clients: use it only if nothing but the proxy can reach the server",
)
@_number(
    "--client-timeout",
    1,
    3600,
    30,
    "timeout for clients that stall while sending a body or reading a response",
    metavar="SECONDS",
)
@_number(
    "--keep-alive", 1, 3600, 30, "timeout for connections that do not send a complete request head", metavar="SECONDS"
)
@_number(
    "--request-timeout",
    1,
    86_400,
    600,
    "maximum total time to receive a body, and to send a response",
    metavar="SECONDS",
)
@_number("--connections", 1, 100_000, 1000, "maximum number of connections per worker; others wait")
@_mebibytes("--max-body", 1, 1024, 64, "maximum size of a request body, in MiB")
@_number("--max-items", 1, 1_000_000, 20_000, "maximum number of items per request")
@_mebibytes("--max-answer", 1, 1024, 64, "maximum size of a page, in MiB, and of its embedded items")
@_number(
    "--filter-timeout",
    1,
    3600,
    10,
    "maximum time of a filter: processor time on SQLite, elapsed time on MongoDB",
    metavar="SECONDS",
)
@_number(
    "--write-timeout",
    1,
    3600,
    20,
    "maximum processor time of a write on SQLite, including its side effects",
    metavar="SECONDS",
)
def serve(console: Console, **given: Any) -> int:
    """Run the embedded backend as a server, until Ctrl-C or SIGTERM."""
    try:
        from alignak_backend_embedded.server.running import serve as run
        from alignak_backend_embedded.server.settings import RefusedError, ServerError
    except ModuleNotFoundError as error:
        console.error(f"{EMBEDDED_MISSING} ({error.name} is missing)")
        return FAILED
    settings = _settings(console, given)
    set_up_logging("alignak_backend_embedded", console)

    def say(text: str) -> None:
        console.result(text)
        sys.stdout.flush()  # programs may wait for this line

    try:
        return OK if run(settings, say, console.note) else FAILED
    except RefusedError as error:
        raise click.UsageError(str(error)) from error
    except (ServerError, OSError) as error:
        console.error(str(error))
        return FAILED


def _settings(console: Console, given: dict[str, Any]) -> Settings:
    """Return the settings from the options and the environment.

    Raises:
        click.UsageError: they contradict each other.
    """
    from alignak_backend_embedded.api.options import Limits as RequestLimits
    from alignak_backend_embedded.api.options import Options
    from alignak_backend_embedded.server.settings import Certificate, Limits, Settings

    database, mongo_uri = _database(given["database"], given["mongo_uri"])
    if given["workers"] > 1 and database == ":memory:":
        raise click.UsageError("A database in memory supports only one worker: omit --workers")
    if given["workers"] > 1 and not hasattr(os, "fork"):
        raise click.UsageError("This operating system supports only one worker: omit --workers")
    page_default = given["page_default"] or min(50, given["page_limit"])
    if page_default > given["page_limit"]:
        raise click.UsageError("--page-default must not exceed --page-limit")
    if bool(given["certificate"]) != bool(given["key"]):
        raise click.UsageError("--certificate and --key must be given together")
    return Settings(
        host=given["host"],
        port=given["port"],
        database=database,
        mongo_uri=mongo_uri,
        workers=given["workers"],
        options=Options(
            page_limit=given["page_limit"],
            page_default=page_default,
            cors_origins=_origins(given["cors_origin"] or ""),
            limits=RequestLimits(
                body_bytes=given["max_body"] << 20, items=given["max_items"], answer_bytes=given["max_answer"] << 20
            ),
        ),
        admin_password=_admin_password(given["admin_password"]),
        allow_default_password=given["allow_default_password"],
        certificate=Certificate(given["certificate"], given["key"]) if given["key"] else None,
        filter_seconds=given["filter_timeout"],
        write_seconds=given["write_timeout"],
        limits=Limits(
            body_bytes=given["max_body"] << 20,
            client_seconds=given["client_timeout"],
            idle_seconds=given["keep_alive"],
            request_seconds=given["request_timeout"],
            connections=given["connections"],
            threads=given["threads"],
            names=_names(given["server_name"]),
            trusted_proxy=_address(given["trusted_proxy"]),
            log_requests=console.verbose and not console.quiet,
        ),
    )


def _database(database: str | None, mongo_uri: str | None) -> tuple[str | None, str | None]:
    """Return the database file and the URI of MongoDB, of which one is None."""
    from alignak_backend_embedded.inprocess import default_database

    if database and mongo_uri:
        raise click.UsageError("Use either --database or --mongo-uri, not both")
    if not database:
        mongo_uri = mongo_uri or os.environ.get(_MONGO_URI)
    if mongo_uri:
        if not mongo_uri.startswith(("mongodb://", "mongodb+srv://")):
            raise click.UsageError("The MongoDB URI must start with mongodb:// or mongodb+srv://")
        return None, mongo_uri
    if database and database.startswith((EMBEDDED, ":")) and database != ":memory:":
        raise click.UsageError(f"--database takes a file, or ':memory:', not {database!r}")
    return database or str(default_database()), None


def _origins(text: str) -> tuple[str, ...]:
    origins = tuple(origin for part in text.split(",") if (origin := part.strip()))
    if any(not _ORIGIN.fullmatch(origin) for origin in origins if origin != "*"):
        raise click.UsageError("--cors-origin takes origins such as https://webui.example.com")
    return origins


def _names(text: str | None) -> frozenset[str] | None:
    names = frozenset(name.lower() for part in (text or "").split(",") if (name := part.strip()))
    if any(not _NAME.fullmatch(name) for name in names):
        raise click.UsageError("--server-name takes names such as backend.example.com, without scheme and port")
    return names or None


def _address(text: str | None) -> str | None:
    """Return the address of a proxy as sockets report it; ``*`` means all."""
    if text is None or text == "*":
        return text
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise click.UsageError(f"--trusted-proxy takes the IP address of a proxy, or '*', not {text!r}") from None


def _admin_password(given: str | None) -> str | None:
    """Return the first password: from the command line, standard input or the environment; None when there is none."""
    if given is None:
        return os.environ.get(_ADMIN_PASSWORD) or None
    if given != "-":
        return given
    password = prompt("New password of admin: ")
    if not password:
        raise click.UsageError("No password was given")
    return password
