"""MongoDB below the backend: Eve's own data layer, and the indexes that it needs."""

from __future__ import annotations

import logging
from typing import Any, Final

from pymongo.errors import ConnectionFailure, OperationFailure

from alignak_backend_client.model import resources_by_name
from alignak_backend_embedded.store.errors import DatabaseError

logger = logging.getLogger(__name__)

DATABASE: Final = "alignak-backend"

#: Fields that are looked up all the time, next to the unique ones.
_INDEXES: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "user": (("token",),),
    "host": (("_realm",), ("_templates",)),
    "service": (("host", "name"), ("_realm",), ("_templates",)),
    "userrestrictrole": (("user",),),
    "livesynthesis": (("_realm",),),
    "livesynthesisretention": (("livesynthesis",),),
    "realm": (("_parent",), ("_tree_parents",)),
    "history": (("host",), ("service",)),
    "logcheckresult": (("host",), ("service",)),
}


def database_name(uri: str | None) -> str:
    """Return the database that a MongoDB URI names, or the usual one."""
    if uri is None:
        return DATABASE
    from pymongo.uri_parser import parse_uri

    return parse_uri(uri, validate=False).get("database") or DATABASE


def write_concern(uri: str | None) -> dict[str, Any]:
    """Return how many servers must have a write before it is acknowledged: what the URI says, else the majority.

    Eve's own default is one server, over what the URI says; a write would then be lost when that server is.
    """
    if uri is None:
        return {"w": "majority"}
    from pymongo.uri_parser import parse_uri

    return {"w": parse_uri(uri)["options"].get("w", "majority")}


def layer(client: Any, uri: str | None) -> Any:
    """Return Eve's MongoDB layer, over a client that exists already when one is given."""
    from eve.io.mongo import Mongo
    from eve.io.mongo.mongo import PyMongos

    if client is None:
        return Mongo

    class Existing:
        """What Eve asks for a database."""

        def __init__(self) -> None:
            self.db = client[database_name(uri)]

    class GivenMongo(Mongo):  # type: ignore[misc]  # Eve ships no types
        """Eve's layer over the client that was given."""

        def init_app(self, _app: Any) -> None:
            self.driver = PyMongos(self)
            self.mongo_prefix = None
            self.driver["MONGO"] = Existing()

    return GivenMongo


def prepare(data: Any) -> None:
    """Make the indexes: names that are unique stay so when several workers write at once.

    A database that holds doubles already, as the Alignak backend lets them in, is used without that index.

    Raises:
        DatabaseError: MongoDB cannot be reached.
    """
    try:
        _ensure_indexes(data)
    except ConnectionFailure:
        message = "MongoDB cannot be reached: check its URI and that it runs"
        raise DatabaseError(message) from None


def _ensure_indexes(data: Any) -> None:
    for resource, found in resources_by_name().items():
        collection = data.pymongo(resource).db[resource]
        wanted: list[tuple[tuple[str, ...], bool]] = [((name,), True) for name in found.unique]
        wanted += [(fields, False) for fields in _INDEXES.get(resource, ())]
        for fields, unique in wanted:
            try:
                collection.create_index([(name, 1) for name in fields], unique=unique)
            except OperationFailure as error:
                logger.warning("no index on %s of %s: %s", ", ".join(fields), resource, error)
