"""Running the backend as a server."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from alignak_backend_embedded.server import listening, memory, startup
from alignak_backend_embedded.server.http_server import HTTPServer
from alignak_backend_embedded.server.settings import NoDatabaseError, Settings
from alignak_backend_embedded.server.tls import check_certificate

if TYPE_CHECKING:
    from alignak_backend_embedded.api.application import Application

logger = logging.getLogger(__name__)

Say = Callable[[str], None]

#: How long a worker waits for a database that is away, and for how long between two attempts.
_DATABASE_SECONDS: Final = 600.0
_PAUSE_SECONDS: Final = 1.0


def serve(settings: Settings, say: Say, warn: Say) -> bool:
    """Answer requests until SIGTERM or SIGINT.

    Args:
        settings: the settings of the server.
        say: called with the URL when the server is ready.
        warn: called with warnings for the user.

    Returns:
        True if all requests in progress were completed.

    Raises:
        RefusedError: the server refuses to run with these settings.
        ServerError: it cannot start.
    """
    memory.keep_for_the_next_answer()
    if settings.certificate is not None:
        check_certificate(settings.certificate)
    reserved = listening.reserve(settings.host, settings.port)
    if settings.limits.names is None and listening.is_local(reserved):
        names = listening.names(settings.host)
        settings = replace(settings, limits=replace(settings.limits, names=names))
    where = listening.urls(reserved, "http" if settings.certificate is None else "https")
    what = startup.describe_database(settings)

    def ready() -> None:
        say(f"Alignak backend on {where} ({what}), log in as admin; stop with Ctrl-C")

    try:
        run = _run_alone if settings.workers == 1 else _run_workers
        return run(settings, reserved, ready, warn)
    finally:
        for each in reserved:
            each.close()


def _run_alone(settings: Settings, reserved: Sequence[socket.socket], ready: Callable[[], None], warn: Say) -> bool:
    app = startup.create_application(settings)
    try:
        for message in startup.check_first_password(app, settings, local=listening.is_local(reserved)):
            warn(message)
        return HTTPServer(app, reserved, settings.limits, settings.certificate).run(ready)
    finally:
        app.close()


def _run_workers(settings: Settings, reserved: Sequence[socket.socket], ready: Callable[[], None], warn: Say) -> bool:
    # Imported once and shared by all workers: the slow part of the start, and most of the memory.
    import alignak_backend_embedded.app  # noqa: F401 - for the workers
    from alignak_backend_embedded.server.workers import Workers, in_child

    def work(started: Callable[[], None], parent: int) -> int:
        app = _wait_for_database(settings, parent)
        try:
            return 0 if HTTPServer(app, reserved, settings.limits, settings.certificate).run(started, parent) else 1
        finally:
            app.close()

    for message in in_child(partial(_prepare, settings, local=listening.is_local(reserved))):
        warn(message)
    return Workers(settings.workers, work, warn).run(ready)


def _wait_for_database(settings: Settings, parent: int) -> Application:
    """Return the application of a worker; one that takes the place of another waits for a database that is away.

    Raises:
        ServerError: the database cannot be used, it was away for too long, or the parent has ended.
    """
    from multiprocessing.connection import wait

    until = time.monotonic() + _DATABASE_SECONDS
    is_announced = False
    while True:
        try:
            return startup.create_application(settings)
        except NoDatabaseError as error:
            if time.monotonic() > until:
                raise
            if not is_announced:
                logger.warning("A worker waits for the database: %s", error)
                is_announced = True
            if wait([parent], _PAUSE_SECONDS):
                raise


def _prepare(settings: Settings, *, local: bool) -> list[str]:
    """Create and fill the database, and return warnings for the user."""
    app = startup.create_application(settings)
    try:
        return startup.check_first_password(app, settings, local=local)
    finally:
        app.close()
