"""Running the backend as a server."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from typing import Any

from alignak_backend_embedded.api.wsgi import wsgi
from alignak_backend_embedded.server import listening, memory, startup
from alignak_backend_embedded.server.http_server import HTTPServer
from alignak_backend_embedded.server.settings import RefusedError, ServerError, Settings
from alignak_backend_embedded.server.workers import Workers, in_child

Say = Callable[[str], None]


def serve(settings: Settings, say: Say, warn: Say) -> bool:
    """Answer requests until SIGTERM or SIGINT.

    Args:
        settings: what to serve, and where.
        say: told, when requests are answered, where.
        warn: told what the user should know.

    Returns:
        True when all requests that were under way could end.

    Raises:
        RefusedError: the server must not run like this.
        ServerError: it cannot start.
    """
    memory.keep_for_the_next_answer()
    sockets = listening.bind(settings.host, settings.port)
    try:
        ready = _announcement(settings, sockets, say)
        if settings.workers == 1:
            return _serve_alone(settings, sockets, ready, warn)
        return _serve_with_workers(settings, sockets, ready, warn)
    finally:
        for each in sockets:
            each.close()


def _announcement(settings: Settings, sockets: Sequence[socket.socket], say: Say) -> Callable[[], None]:
    where, what = listening.urls(sockets), startup.described(settings)
    return lambda: say(f"Alignak backend on {where} ({what}), log in as admin; stop with Ctrl-C")


def _serve_alone(settings: Settings, sockets: Sequence[socket.socket], ready: Callable[[], None], warn: Say) -> bool:
    app = startup.make_app(settings)
    for message in startup.check_first_password(app, settings, local=listening.is_local(sockets)):
        warn(message)
    listening.listen(sockets)
    try:
        return HTTPServer(wsgi(app), sockets, settings.limits).run(ready)
    finally:
        app.close()


def _serve_with_workers(
    settings: Settings, sockets: Sequence[socket.socket], ready: Callable[[], None], warn: Say
) -> bool:
    # Imported once, shared by all: the slow part of the start, and most of the memory.
    import alignak_backend_embedded.app  # noqa: F401 - for the workers

    local = listening.is_local(sockets)

    def prepare() -> dict[str, Any]:
        try:
            app = startup.make_app(settings)
            try:
                return {"messages": startup.check_first_password(app, settings, local=local)}
            finally:
                app.close()
        except RefusedError as error:
            return {"refused": str(error)}
        except ServerError as error:
            return {"failed": str(error)}

    def work(started: Callable[[], None], alone: Callable[[], bool]) -> int:
        app = startup.make_app(settings)
        try:
            return 0 if HTTPServer(wsgi(app), sockets, settings.limits).run(started, alone) else 1
        finally:
            app.close()

    outcome = in_child(prepare)
    if "refused" in outcome:
        raise RefusedError(outcome["refused"])
    if "failed" in outcome:
        raise ServerError(outcome["failed"])
    for message in outcome["messages"]:
        warn(message)
    listening.listen(sockets)
    return Workers(settings.workers, work, sockets, warn).run(ready)
