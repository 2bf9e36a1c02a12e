"""The interface of a store, for SQLite and MongoDB.

Filters are MongoDB filters with real ``ObjectId`` and ``datetime`` values in them: nothing is converted from text here.
No rights apply: this is the store itself.

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
"""Documents as the JSON text of a list, in pieces, and their latest ``_updated``."""


class Found(Protocol):
    """The documents that were found for a page: to read, or as text.

    Attributes:
        sizes: of each document as it is stored, in bytes.
    """

    sizes: list[int]

    def __iter__(self) -> Iterator[Document]:
        """Yield the documents, cut down by the projection."""

    def as_json(self, link: Mapping[str, str], form: Callable[[Any], str]) -> JSONItems | None:
        """Return the documents as JSON; None when they must be read for that.

        Args:
            link: the ``_links.self`` of each item; ``href`` is last, and the ``_id`` is put to its end.
            form: how a date is written.
        """


class Gate(Protocol):
    """Watches the reading of a page.

    Attributes:
        free_seconds: how long a query may take before it must ask.
    """

    free_seconds: float

    def check(self, size: int, seconds: float) -> None:
        """Let it go on, or raise what ends it.

        Args:
            size: bytes of the documents that were read, as they are stored.
            seconds: that were spent: processor time on SQLite.
        """


class Store(Protocol):
    """The documents of every resource, by resource name.

    Documents handed out belong to the caller: changing one changes nothing in the store. A ``_id`` that a new document
    lacks is made and written into it, as pymongo does.

    Every method raises a :class:`.errors.StoreError` for what goes wrong: ``QueryError`` for a filter, sort or
    projection that is malformed or not supported, ``DocumentError`` for a document that cannot be stored,
    ``DuplicateKeyError`` for one that is there already, ``DatabaseError`` and ``BusyError`` for the database.
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
        """Return a page of the documents that match, and how many match in all.

        Args:
            resource: as for :meth:`find`, and so are the others.
            where: see there.
            sort: see there.
            projection: see there.
            limit: see there.
            skip: how many documents come before the page.
            gate: asked again and again while the page is read; what it raises ends the reading.
        """

    def find_one(self, resource: str, where: Filter, projection: Projection | None = None) -> Document | None:
        """Return the first document that matches, or None."""

    def count(self, resource: str, where: Filter) -> int:
        """Return how many documents match."""

    def insert(self, resource: str, documents: Document | Sequence[Document]) -> list[ObjectId]:
        """Store new documents as they are (no ``_etag``, ``_created`` or defaults are added) and return their ids."""

    def update_fields(self, resource: str, where: Filter, fields: Mapping[str, Any]) -> int:
        """Set fields of every document that matches (``$set``: dotted names reach into objects).

        ``_etag`` and ``_updated`` are left alone. Returns how many documents matched.
        """

    def update_each(
        self, resource: str, changes: Mapping[ObjectId, Mapping[str, Any]], known: Mapping[ObjectId, Document]
    ) -> set[ObjectId]:
        """Set fields of several documents, each its own, as :meth:`update_fields` does.

        Args:
            resource: as for :meth:`find`.
            changes: by ``_id``.
            known: by ``_id``, fields (None: missing) that another writer must not have changed since they were read.

        Returns:
            Those that another writer has changed or deleted, and that were not changed here. A change that sets no
            known field to another value may have been made all the same. On SQLite there are none.
        """

    def increment(self, resource: str, where: Filter, amounts: Mapping[str, int]) -> int:
        """Add to number fields of every document that matches, atomically; a missing field counts from 0.

        ``_etag`` and ``_updated`` are left alone. Returns how many documents matched.
        """

    def delete(self, resource: str, where: Filter) -> int:
        """Remove every document that matches and return how many there were."""

    def transaction(self) -> AbstractContextManager[None]:
        """Make everything inside whole or not at all.

        On SQLite: one real transaction of this thread; an exception takes it all back. It is the only writer,
        so what is read in it stays true until it ends. Inside another one it is a part of that. On MongoDB: nothing;
        every operation stands alone.
        """

    def close(self) -> None:
        """Close the database."""
