"""The embedded backend, over SQLite or MongoDB."""

from __future__ import annotations

import os
from typing import Any

from alignak_backend_client.model.start_documents import FIRST_PASSWORD
from alignak_backend_embedded.api.application import Application
from alignak_backend_embedded.api.options import DEFAULT_OPTIONS, Options
from alignak_backend_embedded.domain.errors import RequestError
from alignak_backend_embedded.store.access import Store
from alignak_backend_embedded.store.errors import DatabaseError


def create_app(
    database: str | os.PathLike[str] | None = None,
    *,
    mongo_uri: str | None = None,
    mongo_client: Any = None,
    options: Options = DEFAULT_OPTIONS,
    admin_password: str = FIRST_PASSWORD,
    filter_seconds: float | None = None,
    write_seconds: float | None = None,
) -> Application:
    """Open a backend; a new database gets the start documents.

    Args:
        database: path of the SQLite database, which is created if it does not exist; None or ``":memory:"`` for one in
            the memory of this process.
        mongo_uri: URI of a MongoDB to use instead, such as ``mongodb://localhost/alignak-backend``.
        mongo_client: an existing client for MongoDB.
        options: the options of the backend.
        admin_password: password of the user ``admin``, who is created if there is no super administrator.
        filter_seconds: maximum time for a filter: processor time for SQLite, time for MongoDB; None for 10.
        write_seconds: maximum processor time for a write with SQLite; None for 20.

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
    application = Application(store, options)
    from alignak_backend_embedded.rules.start import correct_trees, create_start_documents

    try:
        create_start_documents(application.context(), admin_password)
        if on_mongo:  # SQLite stores a request as a whole or not at all
            correct_trees(application.context())
    except (RequestError, AttributeError, LookupError, TypeError, ValueError) as error:
        application.close()
        name = "MongoDB" if on_mongo else database
        raise DatabaseError(
            f"{name}: the items of a new backend are damaged; restore the database from a backup"
        ) from error
    return application
