"""Backends under test: which kinds there are, and how each is started."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import httpx2

from alignak_backend_client._http.tls import no_context
from servers.caller import Answer, Caller
from servers.ferretdb import FerretDB
from servers.in_process import InProcess, over_http
from servers.real import RealBackend, Server
from servers.serve import Serve

Kind = Literal["embedded", "serve", "mongo", "serve-mongo", "real", "real-uwsgi"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_TIMEOUT = 60.0
ADMIN = ("admin", "admin")
PAGE_ORIGIN = "http://webui.test"
"""The web origin that backends under test allow to use them from a browser."""


@dataclass
class RunningBackend:
    """A backend that answers at `url`, empty but for its start documents when it was started."""

    kind: Kind
    url: str
    admin: Caller = field(repr=False)

    @property
    def is_real(self) -> bool:
        return self.kind.startswith("real")

    def call(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        """One raw request as admin; see `Caller.call`."""
        return self.admin.call(method, path, body, **options)


@contextlib.contextmanager
def running_backend(kind: Kind, page_limit: int = 5000, page_default: int = 50) -> Iterator[RunningBackend]:
    """Start a backend of that kind on a free port, and stop it.

    Raises:
        ServerUnavailableError: the real backend, or FerretDB, cannot run here.
    """
    with contextlib.ExitStack() as stack:
        if kind == "embedded":
            url = stack.enter_context(over_http(embedded_app(page_limit, page_default)))
        elif kind == "mongo":
            app = stack.enter_context(mongo_app(page_limit, page_default))
            url = stack.enter_context(over_http(app))
        elif kind == "serve":
            url = stack.enter_context(_serve_command("--database=:memory:", page_limit, page_default))
        elif kind == "serve-mongo":
            uri = stack.enter_context(FerretDB()).uri()
            url = stack.enter_context(_serve_command(f"--mongo-uri={uri}", page_limit, page_default))
        else:
            server: Server = "uwsgi" if kind == "real-uwsgi" else "waitress"
            url = stack.enter_context(RealBackend(server, page_limit, page_default)).url
        client = stack.enter_context(_client(url, keep=kind != "real-uwsgi"))
        yield RunningBackend(kind, url, Caller(client).login(*ADMIN))


@contextlib.contextmanager
def fast_backend(kind: Kind, page_limit: int = 5000, page_default: int = 50) -> Iterator[RunningBackend]:
    """As `running_backend`, but the embedded backend is called in the process, without HTTP: `url` is not reachable."""
    with contextlib.ExitStack() as stack:
        if kind == "embedded":
            app = embedded_app(page_limit, page_default)
        elif kind == "mongo":
            app = stack.enter_context(mongo_app(page_limit, page_default))
        else:
            yield stack.enter_context(running_backend(kind, page_limit, page_default))
            return
        client = stack.enter_context(httpx2.Client(transport=InProcess(app), base_url="http://embedded.test/"))
        yield RunningBackend(kind, "http://embedded.test", Caller(client).login(*ADMIN))


def embedded_app(page_limit: int = 5000, page_default: int = 50) -> Any:
    """The embedded backend of this process, its data in memory."""
    from alignak_backend_embedded.api.options import Options
    from alignak_backend_embedded.app import create_app

    return create_app(":memory:", options=Options(page_limit, page_default, (PAGE_ORIGIN,)))


@contextlib.contextmanager
def mongo_app(page_limit: int = 5000, page_default: int = 50) -> Iterator[Any]:
    """The embedded backend of this process, its data in a new FerretDB."""
    from alignak_backend_embedded.api.options import Options
    from alignak_backend_embedded.app import create_app

    with FerretDB() as database:
        app = create_app(mongo_uri=database.uri(), options=Options(page_limit, page_default, (PAGE_ORIGIN,)))
        with contextlib.closing(app):
            yield app


@contextlib.contextmanager
def _serve_command(store: str, page_limit: int, page_default: int) -> Iterator[str]:
    options = [store, f"--page-limit={page_limit}", f"--page-default={page_default}", f"--cors-origin={PAGE_ORIGIN}"]
    with Serve(*options) as served:
        yield served.url


def _client(url: str, *, keep: bool) -> httpx2.Client:
    # uWSGI closes the connection after each answer without saying so: never reuse one there.
    limits = httpx2.Limits(max_keepalive_connections=None if keep else 0)
    # Reading the certificates of the system takes longer than starting a backend.
    return httpx2.Client(base_url=url + "/", timeout=_TIMEOUT, limits=limits, verify=no_context(), trust_env=False)
