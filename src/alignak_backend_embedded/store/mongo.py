"""MongoDB as the store."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from bson import ObjectId as BSONObjectId
from bson import encode
from bson.errors import InvalidDocument
from pymongo import MongoClient, UpdateOne, WriteConcern
from pymongo.errors import (
    BulkWriteError,
    ConnectionFailure,
    CursorNotFound,
    ExecutionTimeout,
    OperationFailure,
    WriteConcernError,
    WriteError,
)
from pymongo.errors import DuplicateKeyError as PyMongoDuplicateKeyError

from alignak_backend_client.model import resources_by_name
from alignak_backend_embedded.store.access import Document, Filter, Gate, JSONItems, Projection, Sort
from alignak_backend_embedded.store.errors import (
    BusyError,
    DatabaseError,
    DocumentError,
    DuplicateKeyError,
    QueryError,
    UnreachableError,
)
from alignak_backend_embedded.store.object_id import ObjectId

logger = logging.getLogger(__name__)

DATABASE: Final = "alignak-backend"
_SERVER_MILLISECONDS: Final = 5000
_FILTER_SECONDS: Final = 10.0
#: How long a search may take before its gate is asked: elapsed time, in which MongoDB has other work, too.
_QUICK_MILLISECONDS: Final = 500
_DUPLICATE_KEY: Final = 11000
#: A bad value, too many levels, more than 16 MiB.
_NO_DOCUMENT: Final = frozenset({2, 15, 10334})
_PLAIN: Final = frozenset({str, int, float, bool, type(None), datetime})
_NO_ACCESS: Final = frozenset({13, 18})
#: A lock or a cursor is lost, a write conflicts, an operation is interrupted: a server that is busy or going down, or
#: no longer the primary one.
_PASSING: Final = frozenset({24, 43, 91, 112, 134, 175, 189, 237, 262, 10107, 11600, 11601, 11602, 13435, 13436})

#: What live states are filtered and sorted by.
_LIVE: Final = (
    ("ls_state", "ls_acknowledged", "ls_downtimed", "_is_template"),
    *(("_overall_state_id",), ("ls_acknowledged",), ("ls_downtimed",), ("ls_last_check",)),
)
#: Fields that are looked up all the time, next to the unique ones.
_INDEXES: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "user": (("token",),),
    "host": (("_realm",), ("_templates",), *_LIVE),
    "service": (("host", "name"), ("_realm",), ("_templates",), *_LIVE),
    "userrestrictrole": (("user",),),
    "livesynthesis": (("_realm",),),
    "livesynthesisretention": (("livesynthesis",),),
    "realm": (("_parent",), ("_tree_parents",)),
    "history": (("host",), ("service",), ("_created",)),
    "logcheckresult": (("host",), ("service",), ("_created",)),
}


def client_options(uri: str | None) -> dict[str, Any]:
    """Return our own options of the client: pymongo takes them over those of the URI."""
    given = {name.lower() for name in parse_qs(urlsplit(uri or "").query)}
    return {} if "serverselectiontimeoutms" in given else {"serverSelectionTimeoutMS": _SERVER_MILLISECONDS}


def _to_mongo(value: Any) -> Any:
    """Convert our ids in a value to those of MongoDB."""
    # Documents have a hundred fields, most of them plain: this code and the following is optimized for speed.
    kind = type(value)
    if kind is ObjectId:
        return BSONObjectId(str(value))
    if kind is list or kind is tuple:
        return [item if type(item) in _PLAIN else _to_mongo(item) for item in value]
    if kind is dict or isinstance(value, Mapping):
        return {key: item if type(item) in _PLAIN else _to_mongo(item) for key, item in value.items()}
    return value


def _from_mongo(document: Document) -> Document:
    """Convert MongoDB's ids to ours, on every level."""
    _put_ids(document, document.items())
    return document


def _put_ids(holder: Any, items: Iterable[tuple[Any, Any]]) -> None:
    for key, value in items:
        kind = type(value)
        if kind is BSONObjectId:
            holder[key] = ObjectId(str(value))
        elif kind is dict:
            _put_ids(value, value.items())
        elif kind is list:
            _put_ids(value, enumerate(value))


def _as_known(item: ObjectId, known: Mapping[ObjectId, Document]) -> Document:
    """Return the filter for a document that still has the known values."""
    return dict(_to_mongo({"_id": item, **known[item]}))


def _is_as_known(document: Document, known: Document) -> bool:
    return all(document.get(name) == value for name, value in known.items())


class _FoundDocuments(list[Document]):
    """See :class:`.access.Found`."""

    def __init__(self, cursor: Iterable[Document], gate: Gate | None) -> None:
        """Read the documents, unless the gate raises an exception."""
        super().__init__()
        self.sizes: list[int] = []
        total, began = 0, time.monotonic()
        for document in cursor:
            self.sizes.append(len(encode(document)))
            total += self.sizes[-1]
            if gate is not None:
                gate.check(total, time.monotonic() - began)
            self.append(_from_mongo(document))

    def as_json(self, _link: Mapping[str, str], _form: Callable[[Any], str]) -> JSONItems | None:
        """Return None: MongoDB does not store JSON."""
        return None


class MongoStore:
    """:class:`.access.Store` over one MongoDB database.

    Attributes:
        database: the database of pymongo, or a compatible one.
    """

    def __init__(self, uri: str | None, client: Any = None, filter_seconds: float | None = None) -> None:
        """Create a store without any request.

        Args:
            uri: of the MongoDB; the database that it names is used, else ``alignak-backend``. Writes are acknowledged
                by the majority of the servers, unless it says otherwise.
            client: a client to use instead of creating one for the URI.
            filter_seconds: timeout of a query; None for 10.
        """
        if client is None:
            client = MongoClient(uri, **client_options(uri))
        self._client = client
        self._milliseconds = max(1, int((_FILTER_SECONDS if filter_seconds is None else filter_seconds) * 1000))
        concern = client.write_concern if isinstance(client, MongoClient) else WriteConcern()
        if "w" not in concern.document:
            concern = WriteConcern(**{**concern.document, "w": "majority"})
        self.database = client.get_database(client.get_default_database(DATABASE).name, write_concern=concern)

    def close(self) -> None:
        """Close the connections to MongoDB."""
        self._client.close()

    def ensure_indexes(self) -> None:
        """Create missing indexes, which also keep names unique when several workers write at once.

        A database with duplicates, which the Alignak backend allows, is used without that index. The indexes of the
        Alignak backend are ascending and not unique, and it does not start if one of them has another name. So ours are
        descending, which serves the same queries.
        """
        with _errors():
            for resource, found in resources_by_name().items():
                collection = self.database[resource]
                present = {
                    (tuple(name for name, _ in index["key"]), bool(index.get("unique")))
                    for index in collection.index_information().values()
                }
                wanted: list[tuple[tuple[str, ...], bool]] = [((name,), True) for name in found.unique]
                wanted += [(fields, False) for fields in _INDEXES.get(resource, ())]
                for fields, unique in wanted:
                    if (fields, True) in present or (fields, unique) in present:
                        continue
                    try:
                        collection.create_index([(name, -1) for name in fields], unique=unique)
                    except OperationFailure as error:
                        logger.warning("no index on %s of %s: %s", ", ".join(fields), resource, error)

    def find(
        self,
        resource: str,
        where: Filter,
        sort: Sort | None = None,
        projection: Projection | None = None,
        limit: int | None = None,
    ) -> Iterator[Document]:
        """See :meth:`.access.Store.find`."""
        if limit == 0:
            return  # 0 is "no limit" to MongoDB
        with _errors():
            yield from map(_from_mongo, self._cursor(resource, where, sort, projection, limit or 0))

    def _cursor(
        self,
        resource: str,
        where: Filter,
        sort: Sort | None,
        projection: Projection | None,
        limit: int,
        milliseconds: int | None = None,
    ) -> Any:
        wanted = dict(projection) if projection else None
        most = self._milliseconds if milliseconds is None else milliseconds
        cursor = self.database[resource].find(_to_mongo(where), wanted, max_time_ms=most)
        return (cursor.sort(list(sort)) if sort else cursor).limit(limit)

    def page(
        self,
        resource: str,
        where: Filter,
        sort: Sort,
        projection: Projection | None,
        limit: int,
        skip: int,
        gate: Gate | None = None,
    ) -> tuple[_FoundDocuments, int]:
        """See :meth:`.access.Store.page`."""

        def read(milliseconds: int) -> tuple[_FoundDocuments, int]:
            cursor = self._cursor(resource, where, sort, projection, limit, milliseconds).skip(skip)
            found = _FoundDocuments(cursor, gate)
            if len(found) < limit and (found or not skip):
                return found, skip + len(found)
            return found, self._count(resource, where, milliseconds)

        with _errors(), _refusals():
            if gate is None or self._milliseconds <= _QUICK_MILLISECONDS:
                return read(self._milliseconds)
            try:
                return read(_QUICK_MILLISECONDS)
            except (ExecutionTimeout, CursorNotFound):
                # MongoDB is not asked while it searches: the gate is, before it may search longer.
                gate.check(0, math.inf)
                return read(self._milliseconds)

    def find_one(self, resource: str, where: Filter, projection: Projection | None = None) -> Document | None:
        """See :meth:`.access.Store.find_one`."""
        return next(self.find(resource, where, projection=projection, limit=1), None)

    def count(self, resource: str, where: Filter) -> int:
        """See :meth:`.access.Store.count`."""
        with _errors():
            return self._count(resource, where, self._milliseconds)

    def _count(self, resource: str, where: Filter, milliseconds: int) -> int:
        return int(self.database[resource].count_documents(_to_mongo(where), maxTimeMS=milliseconds))

    def insert(self, resource: str, documents: Document | Sequence[Document]) -> list[ObjectId]:
        """See :meth:`.access.Store.insert`."""
        many = [documents] if isinstance(documents, dict) else list(documents)
        for document in many:
            document.setdefault("_id", ObjectId())
        with _errors():
            if many:
                self.database[resource].insert_many([_to_mongo(document) for document in many])
        return [document["_id"] for document in many]

    def update_fields(self, resource: str, where: Filter, fields: Mapping[str, Any]) -> int:
        """See :meth:`.access.Store.update_fields`."""
        return self._update(resource, where, {"$set": _to_mongo(fields)})

    def update_each(
        self, resource: str, changes: Mapping[ObjectId, Mapping[str, Any]], known: Mapping[ObjectId, Document]
    ) -> set[ObjectId]:
        """See :meth:`.access.Store.update_each`."""
        # For a bulk, MongoDB returns the number of changed documents, not which ones. If that matters, send each alone.
        decisive = {
            item: fields
            for item, fields in changes.items()
            if any(name in fields and fields[name] != value for name, value in known[item].items())
        }
        rest = {item: fields for item, fields in changes.items() if item not in decisive}
        lost = set()
        if rest:
            updates = [UpdateOne(_as_known(item, known), {"$set": _to_mongo(one)}) for item, one in rest.items()]
            with _errors():
                made = self.database[resource].bulk_write(updates, ordered=False).matched_count
            if made < len(rest):
                names = dict.fromkeys((name for item in rest for name in known[item]), 1)
                there = {
                    found["_id"]: found for found in self.find(resource, {"_id": {"$in": list(rest)}}, None, names)
                }
                lost = {item for item in rest if item not in there or not _is_as_known(there[item], known[item])}
        lost.update(item for item in decisive if not self._update_one(resource, item, known, decisive[item]))
        return lost

    def _update_one(
        self, resource: str, item: ObjectId, known: Mapping[ObjectId, Document], fields: Mapping[str, Any]
    ) -> bool:
        with _errors():
            change = {"$set": _to_mongo(fields)}
            return bool(self.database[resource].update_one(_as_known(item, known), change).matched_count)

    def increment(self, resource: str, where: Filter, amounts: Mapping[str, int]) -> int:
        """See :meth:`.access.Store.increment`."""
        return self._update(resource, where, {"$inc": dict(amounts)})

    def _update(self, resource: str, where: Filter, change: Document) -> int:
        with _errors():
            return int(self.database[resource].update_many(_to_mongo(where), change).matched_count)

    def delete(self, resource: str, where: Filter) -> int:
        """See :meth:`.access.Store.delete`."""
        with _errors():
            return int(self.database[resource].delete_many(_to_mongo(where)).deleted_count)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """See :meth:`.access.Store.transaction`: each operation of MongoDB is atomic by itself."""
        yield


@contextmanager
def _errors() -> Iterator[None]:
    """Convert pymongo's errors to ours."""
    try:
        yield
    except PyMongoDuplicateKeyError as error:
        raise DuplicateKeyError("a document with this key exists", 0) from error
    except (BulkWriteError, WriteError) as error:
        details = error.details or {}
        failed = (details.get("writeErrors") or [details])[0]
        code = failed.get("code")
        if code == _DUPLICATE_KEY:
            raise DuplicateKeyError("a document with this key exists", failed["index"]) from error
        if code in _NO_DOCUMENT:
            raise DocumentError("MongoDB refused a document") from error
        if code in _PASSING or details.get("writeConcernErrors"):
            raise BusyError("MongoDB has given up a write") from error
        raise DatabaseError(f"MongoDB refused a write ({code})") from error
    except WriteConcernError as error:
        raise BusyError("too few servers of MongoDB have acknowledged a write") from error
    except (InvalidDocument, OverflowError) as error:
        raise DocumentError("a document cannot be stored") from error
    except ExecutionTimeout as error:
        raise BusyError("MongoDB takes too long") from error
    except OperationFailure as error:
        if error.code in _PASSING:
            raise BusyError("MongoDB has given up an operation") from error
        reason = (error.details or {}).get("codeName", error.code)
        raise DatabaseError(f"MongoDB refused an operation ({reason})") from error
    except ConnectionFailure as error:
        raise UnreachableError("MongoDB cannot be reached; check its URI and that it is running") from error


@contextmanager
def _refusals() -> Iterator[None]:
    """Convert the errors of pymongo and MongoDB for invalid filters."""
    try:
        yield
    except ExecutionTimeout as error:
        raise QueryError("the filter takes too long; make it simpler") from error
    except OperationFailure as error:
        if error.code in _NO_ACCESS | _PASSING:
            raise
        raise QueryError("the database cannot answer this query") from error
    except (InvalidDocument, TypeError, ValueError, OverflowError, NotImplementedError) as error:
        raise QueryError("the database cannot answer this query") from error
