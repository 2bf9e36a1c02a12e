"""The interface of a store, for SQLite and MongoDB.

Filters are MongoDB filters with ``ObjectId`` and ``datetime`` values: nothing is converted from text here. Rights are
not checked.

Example:
    ::

        with store.transaction():
            store.update_fields("service", {"host": host_id}, {"_realm": realm_id})
            store.increment("livesynthesis", {"_realm": realm_id}, {"hosts_total": 1})
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from alignak_backend_embedded.store.object_id import ObjectId

Document = dict[str, Any]
Filter = Mapping[str, Any]
Sort = Sequence[tuple[str, int]]
Projection = Mapping[str, Any]


JSONItems = tuple[list[bytes], datetime | None]
"""The JSON text of a list of documents, in pieces, and their latest ``_updated``."""


class Found(Protocol):
    """The documents of a page, as objects or as text.

    Attributes:
        sizes: the stored size of each document, in bytes.
    """

    sizes: list[int]

    def __iter__(self) -> Iterator[Document]:
        """Yield the documents, with the projection applied."""

    def as_json(self, link: Mapping[str, str], form: Callable[[Any], str]) -> JSONItems | None:
        """Return the documents as JSON; None if they must be decoded for that.

        Args:
            link: the ``_links.self`` of each item; ``href`` is last, and the ``_id`` is appended to it.
            form: formats a date.
        """


class Gate(Protocol):
    """Monitors the reading of a page."""

    def check(self, size: int, seconds: float) -> None:
        """Return to continue, or raise an exception to end the reading.

        Args:
            size: the stored size of the documents read so far, in bytes.
            seconds: the time spent so far; on SQLite, processor time.
        """


class Store(Protocol):
    """The documents of every resource, by resource name.

    Returned documents belong to the caller: changing one does not change the store. A missing ``_id`` of a new document
    is generated and set in it, as pymongo does.

    Every method raises a :class:`.errors.StoreError` for what goes wrong: ``QueryError`` for a filter, sort or
    projection that is malformed or not supported, ``DocumentError`` for a document that cannot be stored,
    ``DuplicateKeyError`` for one that already exists, ``DatabaseError`` and ``BusyError`` for the database.
    """

    def find(
        self,
        resource: str,
        where: Filter,
        sort: Sort | None = None,
        projection: Projection | None = None,
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

    def page(
        self,
        resource: str,
        where: Filter,
        sort: Sort,
        projection: Projection | None,
        limit: int,
        skip: int,
        gate: Gate | None = None,
    ) -> tuple[Found, int]:
        """Return a page of the matching documents, and their total number.

        Args:
            resource: as for :meth:`find`, and so are the others.
            where: see there.
            sort: see there.
            projection: see there.
            limit: see there.
            skip: the number of documents before the page.
            gate: called repeatedly while the page is read; an exception ends the reading.
        """

    def find_one(self, resource: str, where: Filter, projection: Projection | None = None) -> Document | None:
        """Return the first document that matches, or None."""

    def count(self, resource: str, where: Filter) -> int:
        """Return the number of matching documents."""

    def insert(self, resource: str, documents: Document | Sequence[Document]) -> list[ObjectId]:
        """Store new documents as they are (no ``_etag``, ``_created`` or defaults are added) and return their ids."""

    def update_fields(self, resource: str, where: Filter, fields: Mapping[str, Any]) -> int:
        """Set fields of every document that matches (``$set``: dotted names reach into objects).

        ``_etag`` and ``_updated`` are left alone. Returns how many documents matched.
        """

    def update_each(
        self, resource: str, changes: Mapping[ObjectId, Mapping[str, Any]], known: Mapping[ObjectId, Document]
    ) -> set[ObjectId]:
        """Set different fields of several documents, see :meth:`update_fields`.

        Args:
            resource: as for :meth:`find`.
            changes: the new fields by ``_id``.
            known: by ``_id``, fields (None: missing) that another writer must not have changed since they were read.

        Returns:
            The ids of documents that another writer has changed or deleted, and that were not changed here. A change
            without any known field may have been made nevertheless. On SQLite there are none.
        """

    def increment(self, resource: str, where: Filter, amounts: Mapping[str, int]) -> int:
        """Add to number fields of every document that matches, atomically; a missing field counts from 0.

        ``_etag`` and ``_updated`` are left alone. Returns how many documents matched.
        """

    def delete(self, resource: str, where: Filter) -> int:
        """Remove every document that matches and return how many there were."""

    def transaction(self) -> AbstractContextManager[None]:
        """Carry out everything inside completely or not at all.

        On SQLite, it is one transaction of this thread, which an exception rolls back. There is only one writer at a
        time, so data read in it does not change until it ends. A nested one is part of the outer one. On MongoDB, it
        has no effect: each operation is atomic by itself.
        """

    def close(self) -> None:
        """Close the database."""
