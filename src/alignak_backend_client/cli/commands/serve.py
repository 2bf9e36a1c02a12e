"""Command ``serve``: the embedded backend as a server."""

from __future__ import annotations

import ipaddress
import os
import re
import sys
from typing import TYPE_CHECKING, Any, Final

import click

from alignak_backend_client.cli.command import Number, command, option
from alignak_backend_client.cli.console import Console, asked
from alignak_backend_client.cli.exit_codes import FAILED, OK
from alignak_backend_client.cli.log import set_up_logging
from alignak_backend_client.client import EMBEDDED, EMBEDDED_MISSING

if TYPE_CHECKING:
    from alignak_backend_embedded.server.settings import Settings

_EPILOG: Final = """\
Exit codes:
  0   stopped by Ctrl-C or SIGTERM, all requests were answered
  2   it cannot start: port in use, database that cannot be used, ...;
      or requests were cut off
  64  the command line is wrong, or the default password would be open to
      other machines

Examples:
  alignak-backend-cli serve
      For programs of this machine, at http://127.0.0.1:5000
  alignak-backend-cli serve --host '*' --admin-password -
      For all machines; asks for the first password
  alignak-backend-cli serve --host '*' --certificate site.pem --key site.key
      The same over HTTPS
  alignak-backend-cli serve --port 0 --database :memory:
      For a test: nothing stays
"""

_LIMITS: Final = "Limits"
_MONGO_URI: Final = "ALIGNAK_BACKEND_MONGO_URI"
_ADMIN_PASSWORD: Final = "ALIGNAK_BACKEND_ADMIN_PASSWORD"  # noqa: S105 - the name of a variable
_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9_.-]*[a-z0-9])?")
_ORIGIN: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#@\s]+", re.IGNORECASE)


@command(epilog=_EPILOG, verbose="write a line for each request to standard error")
@option(
    "--host",
    metavar="ADDRESS",
    default="127.0.0.1",
    show_default=True,
    group="Where",
    help="address or name to listen on; '*' for all of this machine",
)
@option(
    "--port",
    metavar="PORT",
    type=Number(0, 65535),
    default=5000,
    show_default=True,
    group="Where",
    help="port; 0 takes a free one and says which",
)
@option(
    "--certificate",
    metavar="FILE",
    group="Where",
    help="certificate (PEM), with those of the authorities between; serves HTTPS",
)
@option("--key", metavar="FILE", group="Where", help="key of the certificate (PEM)")
@option(
    "--database",
    metavar="FILE",
    group="What",
    help="SQLite database, created if it does not exist; ':memory:' keeps it in memory  [default: the one of "
    "'embedded:', in the data folder of the user]",
)
@option(
    "--mongo-uri",
    metavar="URI",
    group="What",
    help=f"MongoDB instead, such as mongodb://user:password@host/database; also from the environment: {_MONGO_URI}",
)
@option(
    "--admin-password",
    metavar="TEXT",
    group="What",
    help="password of 'admin' while it is still the default one, 'admin'; '-' asks for it, or reads a line of "
    f"standard input; also from the environment: {_ADMIN_PASSWORD}",
)
@option(
    "--allow-default-password",
    is_flag=True,
    group="What",
    help="listen beyond this machine although the password of 'admin' is 'admin'",
)
@option(
    "--workers",
    metavar="N",
    type=Number(1, 64),
    default=1,
    show_default=True,
    group="How",
    help="processes that answer requests",
)
@option(
    "--threads",
    metavar="N",
    type=Number(1, 256),
    default=8,
    show_default=True,
    group="How",
    help="quick requests that a process answers at a time, and half as many that write",
)
@option(
    "--page-limit",
    metavar="N",
    type=Number(1, 1_000_000),
    default=5000,
    show_default=True,
    group=_LIMITS,
    help="most items of a page",
)
@option(
    "--page-default",
    metavar="N",
    type=Number(1, 1_000_000),
    group=_LIMITS,
    help="items of a page when the request does not say  [default: 50]",
)
@option(
    "--cors-origin",
    metavar="URLS",
    group="How",
    help="web origins whose pages may use the backend, separated by commas",
)
@option(
    "--server-name",
    metavar="NAMES",
    group="How",
    help="names by which clients call the server (Host), separated by commas; others are refused, as pages of other "
    "sites use them. Addresses and localhost are always taken  [default: on a loopback address those of this "
    "machine, else all]",
)
@option(
    "--trusted-proxy",
    metavar="ADDRESS",
    group="How",
    help="IP address of a reverse proxy whose X-Forwarded-For, -Host and -Proto are believed; '*' believes all: "
    "for servers that only the proxy can reach",
)
@option(
    "--client-timeout",
    metavar="SECONDS",
    type=Number(1, 3600),
    default=30,
    show_default=True,
    group=_LIMITS,
    help="how long a client may stand still while it sends a body or reads an answer",
)
@option(
    "--keep-alive",
    metavar="SECONDS",
    type=Number(1, 3600),
    default=30,
    show_default=True,
    group=_LIMITS,
    help="how long a connection may be without the whole head of a request",
)
@option(
    "--request-timeout",
    metavar="SECONDS",
    type=Number(1, 86_400),
    default=600,
    show_default=True,
    group=_LIMITS,
    help="how long a body may take to arrive in all, and an answer to be read",
)
@option(
    "--connections",
    metavar="N",
    type=Number(1, 100_000),
    default=1000,
    show_default=True,
    group=_LIMITS,
    help="open connections of a process; further ones wait",
)
@option(
    "--max-body",
    metavar="MIB",
    type=Number(1, 1024),
    default=64,
    show_default=True,
    group=_LIMITS,
    help="largest body of a request, in MiB",
)
@option(
    "--max-items",
    metavar="N",
    type=Number(1, 1_000_000),
    default=20_000,
    show_default=True,
    group=_LIMITS,
    help="most items of a request",
)
@option(
    "--max-answer",
    metavar="MIB",
    type=Number(1, 1024),
    default=64,
    show_default=True,
    group=_LIMITS,
    help="largest page, in MiB, and again what is embedded in it",
)
@option(
    "--filter-timeout",
    metavar="SECONDS",
    type=Number(1, 3600),
    default=10,
    show_default=True,
    group=_LIMITS,
    help="how long a filter may take: processor time on SQLite, time on MongoDB",
)
@option(
    "--write-timeout",
    metavar="SECONDS",
    type=Number(1, 3600),
    default=20,
    show_default=True,
    group=_LIMITS,
    help="processor time that a write may take on SQLite, with all that follows from it",
)
def serve(console: Console, **given: Any) -> int:
    """Run a backend for others, until Ctrl-C or SIGTERM."""
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
        sys.stdout.flush()  # a program may wait for it

    try:
        return OK if run(settings, say, console.note) else FAILED
    except RefusedError as error:
        raise click.UsageError(str(error)) from error
    except (ServerError, OSError) as error:
        console.error(str(error))
        return FAILED


def _settings(console: Console, given: dict[str, Any]) -> Settings:
    """Return what the options and the environment say.

    Raises:
        click.UsageError: they do not go together.
    """
    from alignak_backend_embedded.api.limits import Limits as RequestLimits
    from alignak_backend_embedded.inprocess import default_database
    from alignak_backend_embedded.server.settings import Certificate, Limits, Settings

    database, mongo_uri = given["database"], given["mongo_uri"]
    if database and mongo_uri:
        raise click.UsageError("Either --database or --mongo-uri, not both")
    if not database:
        mongo_uri = mongo_uri or os.environ.get(_MONGO_URI)
    if mongo_uri and not mongo_uri.startswith(("mongodb://", "mongodb+srv://")):
        raise click.UsageError("The URI of a MongoDB begins with mongodb:// or mongodb+srv://")
    if database and database.startswith((EMBEDDED, ":")) and database != ":memory:":
        raise click.UsageError(f"--database takes a file, or ':memory:', not {database!r}")
    if given["workers"] > 1 and database == ":memory:":
        raise click.UsageError("A database in memory has one worker: leave out --workers")
    if given["workers"] > 1 and not hasattr(os, "fork"):
        raise click.UsageError("This system has one worker only: leave out --workers")
    page_default = given["page_default"] or min(50, given["page_limit"])
    if page_default > given["page_limit"]:
        raise click.UsageError("--page-default is more than --page-limit")
    if bool(given["certificate"]) != bool(given["key"]):
        raise click.UsageError("--certificate and --key go together")
    return Settings(
        host=given["host"],
        port=given["port"],
        database=None if mongo_uri else database or str(default_database()),
        mongo_uri=mongo_uri or None,
        workers=given["workers"],
        page_limit=given["page_limit"],
        page_default=page_default,
        cors_origins=_origins(given["cors_origin"] or ""),
        admin_password=_admin_password(given["admin_password"]),
        allow_default_password=given["allow_default_password"],
        certificate=Certificate(given["certificate"], given["key"]) if given["key"] else None,
        requests=RequestLimits(
            body_bytes=given["max_body"] << 20, items=given["max_items"], answer_bytes=given["max_answer"] << 20
        ),
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
    """Return the address of a proxy in the form that sockets have it; ``*`` stands for all."""
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
    password = asked("First password of admin: ")
    if not password:
        raise click.UsageError("No password was given")
    return password
