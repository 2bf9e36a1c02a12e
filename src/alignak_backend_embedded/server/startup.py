"""Creating the application of a server, and the checks before it listens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alignak_backend_client.model.start_documents import ADMINISTRATOR, FIRST_PASSWORD
from alignak_backend_embedded.server.settings import NoDatabaseError, RefusedError, ServerError, Settings
from alignak_backend_embedded.store.errors import StoreError, UnreachableError

if TYPE_CHECKING:
    from alignak_backend_embedded.api.application import Application


def create_application(settings: Settings) -> Application:
    """Return the backend with the database of the settings, which is created and filled if it is new.

    Raises:
        NoDatabaseError: no MongoDB answers.
        ServerError: the database cannot be used.
    """
    from alignak_backend_embedded.app import create_app
    from alignak_backend_embedded.inprocess import default_database

    options: dict[str, Any] = {
        "options": settings.options,
        "filter_seconds": settings.filter_seconds,
        "write_seconds": settings.write_seconds,
        "admin_password": settings.admin_password or FIRST_PASSWORD,
    }
    if settings.mongo_uri is not None:
        return _over_mongo(settings.mongo_uri, options)
    try:
        return create_app(settings.database, **options)
    except StoreError as error:
        hint = ", or name a file (--database=FILE)" if settings.database == str(default_database()) else ""
        raise ServerError(f"{error}{hint}") from error


def _over_mongo(uri: str, options: dict[str, Any]) -> Application:
    # pymongo's message about a wrong URI may contain the password, so it is not repeated.
    from pymongo import MongoClient
    from pymongo.errors import ConfigurationError, InvalidURI, OperationFailure, PyMongoError

    from alignak_backend_embedded.app import create_app
    from alignak_backend_embedded.store.mongo import client_options

    try:
        with MongoClient[dict[str, Any]](uri, **client_options(uri)) as client:
            client.admin.command("ping")
        return create_app(mongo_uri=uri, **options)
    except OperationFailure as error:
        reason = (error.details or {}).get("codeName", error.code)
        raise ServerError(f"MongoDB rejects the connection ({reason}): check user, password and permissions") from error
    except (InvalidURI, ConfigurationError, ValueError) as error:
        raise ServerError("The MongoDB URI is wrong: mongodb://[user:password@]host[:port][,...]/database") from error
    except (PyMongoError, UnreachableError) as error:
        raise NoDatabaseError(f"No MongoDB responds at {hosts(uri)}: is it running there?") from error
    except StoreError as error:
        raise ServerError(str(error)) from error


def hosts(uri: str) -> str:
    """Return the hosts and the database of a MongoDB URI, without user and password."""
    rest = uri.partition("://")[2].partition("?")[0]
    return rest.rpartition("@")[2] or "?"


def describe_database(settings: Settings) -> str:
    """Return the database, for people."""
    if settings.mongo_uri is not None:
        return f"MongoDB {hosts(settings.mongo_uri)}"
    return (
        "in memory, lost when the server stops" if settings.database == ":memory:" else f"database {settings.database}"
    )


def check_first_password(app: Application, settings: Settings, *, local: bool) -> list[str]:
    """Set the first password of ``admin``; with the default one, refuse to listen beyond this machine.

    Args:
        app: the backend.
        settings: the settings, possibly with a password.
        local: True if only programs on this machine can reach the server.

    Returns:
        Warnings for the user.

    Raises:
        RefusedError: the password is the default one.
    """
    from alignak_backend_embedded.domain.passwords import hash_password, new_token, verify
    from alignak_backend_embedded.domain.persistence import write_fields

    wanted, context = settings.admin_password, app.context()
    admin = context.store.find_one("user", {"name": ADMINISTRATOR})
    if admin is None:
        return []
    stored = str(admin.get("password") or "")
    if not verify(stored, FIRST_PASSWORD):
        if wanted is not None and not verify(stored, wanted):
            return ["admin already has a password, which is kept: --admin-password only replaces the default password"]
        return []
    if wanted is not None and wanted != FIRST_PASSWORD:
        # The token is replaced too, since others may have logged in with the default password.
        fields = {"password": hash_password(wanted), "token": new_token()}
        write_fields(context, "user", [admin["_id"]], fields, frozen=False)
        return []
    if local or settings.allow_default_password:
        return ["Warning: the password of admin is 'admin': set another one (--admin-password -)"]
    raise RefusedError(
        "The password of admin is 'admin', and other machines could log in: set another one (--admin-password -), "
        "listen on 127.0.0.1, or add --allow-default-password"
    )
