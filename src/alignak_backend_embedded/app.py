"""The application: Eve with the rules of the Alignak backend, over SQLite or MongoDB."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from alignak_backend_embedded import rules
from alignak_backend_embedded.api import csrf, docs, endpoints, errors, views, wsgi
from alignak_backend_embedded.api.http import Request, Response
from alignak_backend_embedded.api.schema import domain
from alignak_backend_embedded.api.settings import eve_settings
from alignak_backend_embedded.domain.context import data_layer

if TYPE_CHECKING:
    from flask import Flask


def create_app(
    database: str | os.PathLike[str] | None = None,
    *,
    mongo_uri: str | None = None,
    mongo_client: Any = None,
    page_limit: int = 5000,
    page_default: int = 50,
    cors_origins: Sequence[str] = (),
    admin_password: str = "admin",  # noqa: S107 - the documented first login of the Alignak backend
    livesynthesis_history_minutes: int = 0,
) -> Flask:
    """Return the backend as a WSGI application; an empty database gets the documents that the backend starts with.

    Args:
        database: path of the SQLite database, made when missing; None or ``":memory:"`` keep it in this process.
        mongo_uri: use this MongoDB instead, for example ``mongodb://localhost/alignak-backend``.
        mongo_client: a client to use for it instead of making one.
        page_limit: most items of one page.
        page_default: items of a page when the request does not say.
        cors_origins: web origins whose scripts may use the backend from a browser.
        admin_password: password of the first user, ``admin``; only used when there is no super administrator yet.
        livesynthesis_history_minutes: how long copies of the livesynthesis are kept; 0 keeps them all.

    The database is closed by ``app.data.close()`` (SQLite only).

    Raises:
        ValueError: both a SQLite database and MongoDB are given.
        StoreError: the database cannot be opened.
    """
    from eve import Eve

    on_mongo = mongo_uri is not None or mongo_client is not None
    if on_mongo and database is not None:
        message = "either a database file or MongoDB, not both"
        raise ValueError(message)
    settings = eve_settings(
        domain(),
        pagination_limit=page_limit,
        pagination_default=page_default,
        cors_origins=cors_origins,
    )
    settings["LIVESYNTHESIS_HISTORY_MINUTES"] = livesynthesis_history_minutes
    if on_mongo:
        from alignak_backend_embedded.store import mongo

        settings["MONGO_DBNAME"] = mongo.database_name(mongo_uri)
        settings["MONGO_WRITE_CONCERN"] = mongo.write_concern(mongo_uri)
        if mongo_uri is not None:
            settings["MONGO_URI"] = mongo_uri
        layer = mongo.layer(mongo_client, mongo_uri)
    else:
        from alignak_backend_embedded.store.sqlite.eve_layer import sqlite_layer

        layer = sqlite_layer(database or ":memory:")

    class Backend(Eve):  # type: ignore[misc]  # Eve ships no types
        """Eve without its URLs: :func:`views.install` adds them."""

        def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
            """Let ``X-HTTP-Method-Override`` speak for a POST only: what looks like a GET must not delete."""
            if environ.get("REQUEST_METHOD") != "POST":
                environ.pop("HTTP_X_HTTP_METHOD_OVERRIDE", None)
            return super().__call__(environ, start_response)

        def handle(self, request: Request) -> Response:
            """Return the answer to a request that was read already."""
            return wsgi.handle(self, request)

        def close(self) -> None:
            """Close the database; MongoDB's driver does it on its own."""
            close = getattr(self.data, "close", None)
            if close is not None:
                close()

        def _add_resource_url_rules(self, resource: str, settings: dict[str, Any]) -> None:
            self.config["SOURCES"][resource] = settings["datasource"]

    # Without a static folder: nothing of the package's files is served.
    app: Flask = Backend("alignak_backend_embedded", settings=settings, data=layer, media=None, static_folder=None)
    views.install(app)
    endpoints.install(app, pagination_limit=page_limit, pagination_default=page_default)
    docs.install(app)
    errors.register(app)
    csrf.guard(app, cors_origins)
    with app.app_context():
        if on_mongo:
            mongo.prepare(data_layer())
        rules.start(admin_password)
    return app
