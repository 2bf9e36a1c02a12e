"""The documents of every resource, in SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import orjson

from alignak_backend_client.model.storable import INTEGERS
from alignak_backend_embedded.store.errors import DocumentError, DuplicateKeyError
from alignak_backend_embedded.store.object_id import ObjectId

from . import budget, layout
from .codec import Scalar, encode_scalar, stored, text_of
from .connection import Connection, Times
from .database import Database
from .json_pages import FoundRows, Row, shape_after, shape_of
from .projection import compile_projection
from .translate import EVERYTHING, Query, order_by
from .updates import Change, make_increment, make_set, top_names

if TYPE_CHECKING:
    import os

    from alignak_backend_embedded.store.access import Document, Filter, Gate, Projection, Sort

_ONLY_IDS = {"_id": 1}
_TEXT = "CAST(? AS TEXT)"
"""The text of a document, given as bytes; see :func:`.codec.text_of`."""


class SQLiteStore:
    """:class:`.access.Store` over one SQLite file."""

    def __init__(
        self, path: str | os.PathLike[str], filter_seconds: float | None = None, write_seconds: float | None = None
    ) -> None:
        """Open the database, or make it; see :class:`.database.Database`, and :class:`.database.Times`."""
        self.database = Database(path, Times(filter_seconds, write_seconds))

    def close(self) -> None:
        """Close the database."""
        self.database.close()

    # --- reading -----------------------------------------------------------------------------------------------

    def find(
        self,
        resource: str,
        where: Filter,
        sort: Sort | None = None,
        projection: Projection | None = None,
        limit: int | None = None,
    ) -> Iterator[Document]:
        """See :meth:`.access.Store.find`."""
        return iter(self._select(resource, where, sort, projection, limit)[0])

    def page(
        self,
        resource: str,
        where: Filter,
        sort: Sort,
        projection: Projection | None,
        limit: int,
        skip: int,
        gate: Gate | None = None,
    ) -> tuple[FoundRows, int]:
        """See :meth:`.access.Store.page`."""
        return self._select(resource, where, sort, projection, limit, skip, gate, counted=True)

    def _select(
        self,
        resource: str,
        where: Filter,
        sort: Sort | None,
        projection: Projection | None,
        limit: int | None,
        skip: int = 0,
        gate: Gate | None = None,
        *,
        counted: bool = False,
    ) -> tuple[FoundRows, int]:
        """Return documents and, when asked for, how many match in all."""
        query = _query(resource, where)
        query.gate = gate
        cut = compile_projection(projection)
        below = any("." in name for name in projection or ())
        order = order_by(query.table, sort or ())
        limit = -1 if limit is None else max(0, min(limit, INTEGERS[-1]))
        skip = max(0, min(skip, INTEGERS[-1]))
        with self.database.reading(single=not counted) as connection:
            only_ids = projection == _ONLY_IDS and not counted
            # A page of one is requested for the total. If that is 0, counting finds out from an index; looking for a
            # first document in the order of the list would read all of them.
            total = _count(connection, query) if counted and limit == 1 else None
            rows = [] if total == 0 else _rows(connection, query, order if sort else "", limit, skip, only_ids=only_ids)
            found = FoundRows(rows, cut, cuts_below=below)
            if total is None and (not counted or ((limit < 0 or len(rows) < limit) and (rows or not skip))):
                total = skip + len(rows)
            return found, _count(connection, query) if total is None else total

    def find_one(self, resource: str, where: Filter, projection: Projection | None = None) -> Document | None:
        """See :meth:`.access.Store.find_one`."""
        return next(self.find(resource, where, projection=projection, limit=1), None)

    def count(self, resource: str, where: Filter) -> int:
        """See :meth:`.access.Store.count`."""
        query = _query(resource, where)
        with self.database.reading(single=True) as connection:
            return _count(connection, query)

    # --- writing -----------------------------------------------------------------------------------------------

    def insert(self, resource: str, documents: Document | Sequence[Document]) -> list[ObjectId]:
        """See :meth:`.access.Store.insert`; all or none are stored."""
        many = [documents] if isinstance(documents, dict) else list(documents)
        table = layout.table(resource)
        rows = []
        for document in many:
            if "_id" not in document:
                document["_id"] = ObjectId()
            values = stored(document, 0)
            rows.append((_row(table, document, values), values))
        with self.database.transaction(single=len(rows) == 1 and not table.lists) as connection:
            sql = _insertion(table)
            for index, (row, values) in enumerate(rows):
                with _duplicates(resource, index):
                    seq = connection.change(sql, row)
                for field in table.lists:
                    _fill_list(connection, table, field, seq, values.get(field))
        return [document["_id"] for document in many]

    def update_fields(self, resource: str, where: Filter, fields: Mapping[str, Any]) -> int:
        """See :meth:`.access.Store.update_fields`."""
        change, names = make_set(fields), top_names(fields)
        return self._change(resource, where, lambda _item: (change, names))

    def update_each(
        self, resource: str, changes: Mapping[ObjectId, Mapping[str, Any]], _known: Mapping[ObjectId, Document]
    ) -> set[ObjectId]:
        """See :meth:`.access.Store.update_each`: what was read in the transaction holds."""
        made = {encode_scalar(item): (make_set(fields), top_names(fields)) for item, fields in changes.items()}
        ids = list(changes)
        self._change(resource, {"_id": {"$in": ids} if len(ids) > 1 else ids[0]}, made.__getitem__)
        return set()

    def increment(self, resource: str, where: Filter, amounts: Mapping[str, int]) -> int:
        """See :meth:`.access.Store.increment`."""
        change, names = make_increment(amounts), top_names(amounts)
        return self._change(resource, where, lambda _item: (change, names))

    def delete(self, resource: str, where: Filter) -> int:
        """See :meth:`.access.Store.delete`."""
        query = _query(resource, where)
        with self.database.transaction(single=True) as connection:
            sql = f"DELETE FROM {query.table.quoted} WHERE {query.where.text} RETURNING seq"  # noqa: S608 - translated
            return len(connection.ask(sql, query))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """See :meth:`.access.Store.transaction`."""
        with self.database.transaction():
            yield

    def _change(self, resource: str, where: Filter, changes: Callable[[str], tuple[Change, set[str]]]) -> int:
        """Change every document that matches, in one transaction; return how many there are.

        Args:
            resource: their resource.
            where: which ones.
            changes: returns how a document is changed, and which of its fields, for its ``_id`` as it is stored.
        """
        query = _query(resource, where)
        table = query.table
        with self.database.transaction(single=query.is_of_one) as connection:
            sql = f"SELECT seq, id, shape, CAST(doc AS BLOB) FROM {table.quoted} WHERE {query.where.text} ORDER BY seq"  # noqa: S608 - translated
            found = connection.ask(sql, query)
            for index, (seq, item, shape, text) in enumerate(found):
                with _duplicates(resource, index):
                    _rewrite(connection, table, seq, shape, text, *changes(item))
            return len(found)


def _rewrite(
    connection: Connection,
    table: layout.Table,
    seq: int,
    shape: bytes | None,
    text: bytes,
    change: Change,
    names: set[str],
) -> None:
    """Change a document, and what is kept next to it as far as it is touched: each index that is not saves time."""
    document = orjson.loads(text)
    known = len(document)
    before = {field: document.get(field) for field in table.scalars if field in names}
    lists = {field: _elements(document.get(field)) for field in table.lists if field in names}
    change(document)
    changed = text_of(document)
    if changed == text:
        return
    columns: dict[str, Any] = {}
    for field, old in before.items():
        if (new := _single(field, document.get(field))) != old:
            columns[str(table.column(field))] = new
    new_shape = shape_after(shape, document, changed, same_names=len(document) == known)
    if new_shape != shape:
        columns["shape"] = new_shape
    settings = "".join(f"{name} = ?, " for name in columns)
    sql = f"UPDATE {table.quoted} SET {settings}doc = {_TEXT} WHERE seq = ?"  # noqa: S608 - our names
    connection.change(sql, (*columns.values(), changed, seq))
    for field, elements in lists.items():
        if _elements(document.get(field)) != elements:
            connection.change(f"DELETE FROM {table.list_table(field)} WHERE seq = ?", (seq,))  # noqa: S608 - our names
            _fill_list(connection, table, field, seq, document.get(field))


def _query(resource: str, where: Filter) -> Query:
    query = Query(layout.table(resource))
    query.add(where)
    return query


def _rows(connection: Connection, query: Query, order: str, limit: int, skip: int, *, only_ids: bool) -> list[Row]:
    where, table = query.where, query.table
    # As bytes: Python would keep the text at four bytes a character.
    document = "json_object('_id', id)" if only_ids else "doc"
    row = f"shape, id, {table.column('_updated') or 'NULL'}, CAST({document} AS BLOB)"
    wanted = f"FROM {table.quoted} WHERE {where.text} ORDER BY {order or 'seq'} LIMIT ? OFFSET ?"
    if not query.is_of_one:
        # A sort carries what it selects along: the few bytes of seq, not the documents. Where an index holds all that
        # is asked for, the documents are not looked into. SQLite keeps the order of a CROSS JOIN's left side.
        sql = f"SELECT {row} FROM (SELECT seq AS found {wanted}) CROSS JOIN {table.quoted} ON seq = found"  # noqa: S608 - translated
    else:
        sql = f"SELECT {row} {wanted}"
    if query.gate is None:
        return connection.ask(sql, query, limit, skip)
    return connection.ask(sql, query, limit, skip, gather=_watched)


def _watched(rows: Iterable[Row]) -> list[Row]:
    found, size = [], 0
    for row in rows:
        found.append(row)
        size += len(row[-1])
        budget.check(size)
    return found


def _count(connection: Connection, query: Query) -> int:
    # Without a condition, SQLite looks at the pages of an index and not at its rows: a third of the time.
    where = "" if query.where == EVERYTHING else f" WHERE {query.where.text}"
    counted = f"SELECT count(*) FROM {query.table.quoted}{where}"  # noqa: S608 - translated
    return int(connection.ask(counted, query)[0][0])


def _insertion(table: layout.Table) -> str:
    columns = ["id", *(str(table.column(field)) for field in table.scalars), "shape"]
    return f"INSERT INTO {table.quoted} ({', '.join(columns)}, doc) VALUES ({'?, ' * len(columns)}{_TEXT})"  # noqa: S608 - our names


def _single(field: str, value: Any) -> Any:
    """Return the value of a field that is looked up.

    Raises:
        DocumentError: it is a list or an object.
    """
    if isinstance(value, dict | list):
        raise DocumentError(f"the field {field!r} takes a single value")
    return value


def _row(table: layout.Table, document: Document, values: Document) -> tuple[Scalar | bytes, ...]:
    """Return a document's row.

    Args:
        table: where it goes.
        document: the document.
        values: the same, as it is stored.

    Raises:
        DocumentError: a field that is looked up holds a list or an object, or the document cannot be stored.
    """
    columns = [_single(field, values.get(field)) for field in ("_id", *table.scalars)]
    if columns[0] is None:
        raise DocumentError("the field '_id' takes a single value")
    text = text_of(values)
    return (*columns, shape_of(document, text), text)


def _elements(value: Any) -> set[Scalar]:
    """Return the single values of a field that is looked up by the elements of its list, all as they are stored."""
    elements = value if isinstance(value, list) else [value]
    return {item for item in elements if not isinstance(item, dict | list)} - {None}


def _fill_list(connection: Connection, table: layout.Table, field: str, seq: int, value: Any) -> None:
    for item in _elements(value):
        connection.change(f"INSERT INTO {table.list_table(field)} (value, seq) VALUES (?, ?)", (item, seq))  # noqa: S608 - our names


@contextmanager
def _duplicates(resource: str, index: int) -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError as error:
        names = str(error).rpartition(": ")[2].replace(f"{resource}.", "").replace("f:", "")
        field = "_id" if names == "id" else names
        raise DuplicateKeyError(f"{resource}: a document with this {field} exists", index) from error
