"""The embedded backend, over SQLite or MongoDB."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from alignak_backend_client.model.start_documents import FIRST_PASSWORD
from alignak_backend_embedded.api.application import Application
from alignak_backend_embedded.api.limits import Limits
from alignak_backend_embedded.domain.errors import RequestError
from alignak_backend_embedded.store.access import Store
from alignak_backend_embedded.store.errors import DatabaseError


def create_app(
    database: str | os.PathLike[str] | None = None,
    *,
    mongo_uri: str | None = None,
    mongo_client: Any = None,
    page_limit: int = 5000,
    page_default: int = 50,
    cors_origins: Sequence[str] = (),
    admin_password: str = FIRST_PASSWORD,
    livesynthesis_history_minutes: int = 0,
    limits: Limits | None = None,
    filter_seconds: float | None = None,
    write_seconds: float | None = None,
    is_own: bool = False,
) -> Application:
    """Return the backend; an empty database gets the documents that the backend starts with.

    Args:
        database: path of the SQLite database, made when missing; None or ``":memory:"`` keep it in this process.
        mongo_uri: use this MongoDB instead, for example ``mongodb://localhost/alignak-backend``.
        mongo_client: a client to use for it instead of making one.
        page_limit: most items of one page.
        page_default: items of a page when the request does not say.
        cors_origins: web origins whose scripts may use the backend from a browser.
        admin_password: password of the first user, ``admin``; only used when there is no super administrator yet.
        livesynthesis_history_minutes: how long copies of the livesynthesis are kept; 0 keeps them all.
        limits: what a request may hold, where that is not the default.
        filter_seconds: how long a filter may take: processor time on SQLite, time on MongoDB; None for 10.
        write_seconds: processor time that a write on SQLite may take; None for 20.
        is_own: report problems with the database, its file and the fix in responses instead of the log.

    Raises:
        ValueError: both a SQLite database and MongoDB are given.
        StoreError: the database cannot be opened.
    """
    on_mongo = mongo_uri is not None or mongo_client is not None
    if on_mongo and database is not None:
        raise ValueError("either a database file or MongoDB, not both")
    store: Store
    if on_mongo:
        from alignak_backend_embedded.store.mongo import MongoStore

        store = MongoStore(mongo_uri, mongo_client, filter_seconds)
        store.ensure_indexes()
    else:
        from alignak_backend_embedded.store.sqlite.store import SQLiteStore

        store = SQLiteStore(database or ":memory:", filter_seconds, write_seconds)
    application = Application(
        store,
        page_limit=page_limit,
        page_default=page_default,
        cors_origins=cors_origins,
        history_minutes=livesynthesis_history_minutes,
        limits=limits or Limits(),
        is_own=is_own,
    )
    from alignak_backend_embedded.rules.start import start

    try:
        start(application.context(), admin_password)
    except (RequestError, AttributeError, LookupError, TypeError, ValueError) as error:
        application.close()
        name = "MongoDB" if on_mongo else database
        raise DatabaseError(
            f"{name}: the items of a new backend are damaged; restore the database from a backup"
        ) from error
    return application
