"""What the backend's rules may ask of a store, whatever is below: SQLite or MongoDB.

The rules run inside Eve, on either of two data layers. They reach the documents through :class:`Access` only;
``app.data.driver`` is MongoDB's own and has no counterpart on SQLite. Filters are MongoDB filters with real
``ObjectId`` and ``datetime`` values in them (nothing is converted from text here). No rights, no projection of the
resource and no ``datasource`` filter of Eve apply: this is the store itself.

Example:
    ::

        store = access(app.data)
        with store.transaction():
            store.update_fields("service", {"host": host_id}, {"_realm": realm_id})
            store.increment("livesynthesis", {"_realm": realm_id}, {"hosts_total": 1})
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

from bson import ObjectId

Document = dict[str, Any]
Filter = Mapping[str, Any]
Sort = Sequence[tuple[str, int]]


class Access(Protocol):
    """The documents of every resource, by resource name.

    Documents handed out belong to the caller: changing one changes nothing in the store. A ``_id`` that a new document
    lacks is made and written into it, as pymongo does.
    """

    def find(
        self,
        resource: str,
        where: Filter,
        sort: Sort | None = None,
        projection: Mapping[str, Any] | None = None,
        limit: int | None = None,
    ) -> Iterator[Document]:
        """Yield the documents that match, in insertion order unless ``sort`` says otherwise.

        Args:
            resource: a resource of the data model, such as ``host``.
            where: a MongoDB filter; ``{}`` for all.
            sort: pairs of field and direction (1 or -1).
            projection: a MongoDB projection, ``{"name": 1}`` or ``{"name": 0}``.
            limit: at most so many documents; None for all.
        """

    def find_one(self, resource: str, where: Filter, projection: Mapping[str, Any] | None = None) -> Document | None:
        """Return the first document that matches, or None."""

    def count(self, resource: str, where: Filter) -> int:
        """Return how many documents match."""

    def insert(self, resource: str, documents: Document | Sequence[Document]) -> list[ObjectId]:
        """Store new documents as they are (no ``_etag``, ``_created`` or defaults are added) and return their ids."""

    def update_fields(self, resource: str, where: Filter, fields: Mapping[str, Any]) -> int:
        """Set fields of every document that matches (``$set``: dotted names reach into objects).

        ``_etag`` and ``_updated`` are left alone. Returns how many documents matched.
        """

    def increment(self, resource: str, where: Filter, amounts: Mapping[str, int]) -> int:
        """Add to number fields of every document that matches, atomically; a missing field counts from 0.

        ``_etag`` and ``_updated`` are left alone. Returns how many documents matched.
        """

    def delete(self, resource: str, where: Filter) -> int:
        """Remove every document that matches and return how many there were."""

    def transaction(self) -> AbstractContextManager[None]:
        """Make everything inside whole or not at all.

        On SQLite: one real transaction of this thread, which also covers what Eve's own methods write inside it; an
        exception takes it all back. It is the only writer meanwhile, so what is read in it stays true until it ends.
        Inside another one it is a part of that. On MongoDB: nothing; every operation stands alone.
        """


class MongoAccess:
    """:class:`Access` over Eve's own MongoDB layer (or anything that hands out pymongo-like databases)."""

    def __init__(self, data: Any) -> None:
        """Keep Eve's ``Mongo`` data layer; nothing is opened."""
        self._data = data

    def _collection(self, resource: str) -> Any:
        return self._data.pymongo(resource).db[self._data.app.config["SOURCES"][resource]["source"]]

    def find(
        self,
        resource: str,
        where: Filter,
        sort: Sort | None = None,
        projection: Mapping[str, Any] | None = None,
        limit: int | None = None,
    ) -> Iterator[Document]:
        """See :meth:`Access.find`."""
        if limit == 0:
            return  # 0 is "no limit" to MongoDB
        cursor = self._collection(resource).find(dict(where), dict(projection) if projection else None)
        if sort:
            cursor = cursor.sort(list(sort))
        if limit is not None:
            cursor = cursor.limit(limit)
        yield from cursor

    def find_one(self, resource: str, where: Filter, projection: Mapping[str, Any] | None = None) -> Document | None:
        """See :meth:`Access.find_one`."""
        return next(self.find(resource, where, projection=projection, limit=1), None)

    def count(self, resource: str, where: Filter) -> int:
        """See :meth:`Access.count`."""
        return int(self._collection(resource).count_documents(dict(where)))

    def insert(self, resource: str, documents: Document | Sequence[Document]) -> list[ObjectId]:
        """See :meth:`Access.insert`."""
        many = [documents] if isinstance(documents, dict) else list(documents)
        return list(self._collection(resource).insert_many(many).inserted_ids) if many else []

    def update_fields(self, resource: str, where: Filter, fields: Mapping[str, Any]) -> int:
        """See :meth:`Access.update_fields`."""
        return int(self._collection(resource).update_many(dict(where), {"$set": dict(fields)}).matched_count)

    def increment(self, resource: str, where: Filter, amounts: Mapping[str, int]) -> int:
        """See :meth:`Access.increment`."""
        return int(self._collection(resource).update_many(dict(where), {"$inc": dict(amounts)}).matched_count)

    def delete(self, resource: str, where: Filter) -> int:
        """See :meth:`Access.delete`."""
        return int(self._collection(resource).delete_many(dict(where)).deleted_count)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """See :meth:`Access.transaction`: MongoDB's single operations stand alone."""
        yield


def access(data: Any) -> Access:
    """Return the :class:`Access` of an Eve data layer (``app.data``): ours over SQLite, or Eve's ``Mongo``."""
    own = getattr(data, "access", None)
    if own is not None:
        found: Access = own
        return found
    return MongoAccess(data)
