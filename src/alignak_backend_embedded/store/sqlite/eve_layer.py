"""Eve's data layer over SQLite: what ``eve.io.mongo.Mongo`` is over MongoDB.

Requests are read by Eve's own code for MongoDB (both ``where`` syntaxes, the casts of ids and dates, sorts,
projections), so that both layers understand the same; only the store differs. Errors of a request are answered as Eve
answers them: 400 for a query that is malformed or not supported, 409 for an ``_id`` or unique key that exists.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any, Final, NoReturn

from eve.io.base import DataLayer
from eve.io.mongo import Mongo, MongoJSONEncoder
from eve.utils import config, validate_filters
from flask import Flask, abort

from alignak_backend_embedded.store.access import Document
from alignak_backend_embedded.store.errors import BusyError, DocumentError, DuplicateKeyError, QueryError

from .database import MEMORY
from .documents import Documents
from .json_pages import Page

_COMPARING: Final = ("$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$mod", "$regex", "$options")
_JOINING: Final = ("$and", "$or", "$nor", "$not")
_INSPECTING: Final = ("$exists", "$type", "$all", "$elemMatch", "$size")
OPERATORS: Final = frozenset((*_COMPARING, *_JOINING, *_INSPECTING))
"""What a filter may use; everything else is refused."""

_MAX_INT: Final = 2**63 - 1


class _Collection:
    """The one thing that Eve's validator asks a MongoDB collection for."""

    def __init__(self, documents: Documents, name: str) -> None:
        self._documents, self._name = documents, name

    def find_one(self, query: Mapping[str, Any]) -> Document | None:
        with _answered():
            return self._documents.find_one(self._name, query)


class _Collections:
    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def __getitem__(self, name: str) -> _Collection:
        return _Collection(self._documents, name)


class _Driver:
    """Stands where Eve's validator looks for uniqueness: ``app.data.driver.db[name].find_one(query)``."""

    def __init__(self, documents: Documents) -> None:
        self.db = _Collections(documents)


def sqlite_layer(path: str | os.PathLike[str] = MEMORY) -> Callable[[Flask], SQLiteDataLayer]:
    """Return what Eve takes as ``data=``: a data layer over this file, or in memory."""
    return partial(SQLiteDataLayer, path=path)


class SQLiteDataLayer(DataLayer):  # type: ignore[misc]  # Eve ships no types
    """Eve's data layer over one SQLite file.

    Attributes:
        access: the documents, for the backend's rules (:class:`.access.Access`).
    """

    serializers = Mongo.serializers
    json_encoder_class = MongoJSONEncoder
    operators = OPERATORS

    # How a request is read is the same on both layers.
    combine_queries = Mongo.combine_queries
    get_value_from_query = Mongo.get_value_from_query
    query_contains_field = Mongo.query_contains_field
    _mongotize = Mongo._mongotize  # noqa: SLF001 - on purpose: the same reading of requests
    _sanitize = Mongo._sanitize  # noqa: SLF001
    _convert_sort_request_to_dict = Mongo._convert_sort_request_to_dict  # noqa: SLF001
    _convert_where_request_to_dict = Mongo._convert_where_request_to_dict  # noqa: SLF001

    def __init__(self, app: Flask, path: str | os.PathLike[str] = MEMORY) -> None:
        """Open the database, or make it; see :class:`.database.Database`.

        Raises:
            DatabaseError: it cannot be used.
        """
        self._path = path
        super().__init__(app)

    def init_app(self, app: Flask) -> None:  # noqa: ARG002 - of Eve's interface
        """Open the database."""
        self.access = Documents(self._path)
        self.driver = _Driver(self.access)

    def close(self) -> None:
        """Close the database."""
        self.access.close()

    def transaction(self) -> AbstractContextManager[None]:
        """See :meth:`.access.Access.transaction`."""
        return self.access.transaction()

    # --- reading -----------------------------------------------------------------------------------------------

    def find(
        self, resource: str, req: Any, sub_resource_lookup: Any, perform_count: bool = True
    ) -> tuple[Page, int | None]:
        """Return a page of the documents that a request asks for, and how many match in all."""
        limit = req.max_results if req and req.max_results else None
        skip = (req.page - 1) * req.max_results if req and req.page > 1 and req.max_results else 0
        with _answered():
            source, spec, projection, sort = self._read(resource, req, sub_resource_lookup)
            return self.access.page(source, spec, sort, projection, limit, min(skip, _MAX_INT), counted=perform_count)

    def _read(
        self, resource: str, req: Any, sub_resource_lookup: Any
    ) -> tuple[str, dict[str, Any], dict[str, Any], list[tuple[str, int]]]:
        """Return what a request asks for: source and filter, projection, sort."""
        try:
            sort = self._convert_sort_request_to_dict(req)
            spec = self._convert_where_request_to_dict(resource, req)
        except (RecursionError, IndexError, TypeError, AttributeError) as error:
            raise QueryError("the query cannot be understood") from error
        if not isinstance(spec, dict):
            raise QueryError("a filter is an object")
        refused = validate_filters(spec, resource)
        if refused:
            abort(400, refused)
        if sub_resource_lookup:
            spec = self.combine_queries(spec, sub_resource_lookup)
        if self._hides_deleted(resource, req, spec):
            spec = self.combine_queries(spec, {config.DELETED: {"$ne": True}})
        spec = self._mongotize(spec, resource)
        source, spec, projection, sort = self._datasource_ex(resource, spec, self._client_projection(req), sort)
        if req and req.if_modified_since:
            spec[config.LAST_UPDATED] = {"$gt": req.if_modified_since}
        return source, spec or {}, projection, _sorted(sort)

    def _hides_deleted(self, resource: str, req: Any, spec: dict[str, Any]) -> bool:
        return (
            config.DOMAIN[resource]["soft_delete"]
            and not (req and req.show_deleted)
            and not self.query_contains_field(spec, config.DELETED)
        )

    def find_one(
        self,
        resource: str,
        req: Any,
        check_auth_value: bool = True,
        force_auth_field_projection: bool = False,
        mongo_options: Any = None,  # noqa: ARG002 - of Eve's interface
        **lookup: Any,
    ) -> Document | None:
        """Return the document that a lookup names, or None."""
        self._mongotize(lookup, resource)
        source, spec, projection, _ = self._datasource_ex(
            resource,
            lookup,
            self._client_projection(req),
            check_auth_value=check_auth_value,
            force_auth_field_projection=force_auth_field_projection,
        )
        if self._hides_deleted(resource, req, lookup):
            spec = self.combine_queries(spec, {config.DELETED: {"$ne": True}})
        with _answered():
            return self.access.find_one(source, spec or {}, projection)

    def find_one_raw(self, resource: str, **lookup: Any) -> Document | None:
        """Return the whole document that a lookup names, or None."""
        with _answered():
            return self.access.find_one(self.datasource(resource)[0], self._mongotize(lookup, resource))

    def find_list_of_ids(self, resource: str, ids: list[Any], client_projection: Any = None) -> Iterator[Document]:
        """Return the documents of these ids, in insertion order."""
        id_field = config.DOMAIN[resource]["id_field"]
        source, spec, projection, _ = self._datasource_ex(
            resource, query={id_field: {"$in": list(ids)}}, client_projection=client_projection
        )
        with _answered():
            return self.access.find(source, spec, projection=projection)

    def is_empty(self, resource: str) -> bool:
        """Return True when a resource has no documents."""
        source, spec, _, _ = self.datasource(resource)
        spec = {name: value for name, value in (spec or {}).items() if name != config.LAST_UPDATED}
        with _answered():
            return self.access.find_one(source, spec, {"_id": 1}) is None

    def aggregate(self, resource: str, pipeline: Any, options: Any) -> NoReturn:  # noqa: ARG002 - of Eve's interface
        """Refuse: no resource of the backend aggregates."""
        abort(400, description="aggregation is not supported")

    # --- writing -----------------------------------------------------------------------------------------------

    def insert(self, resource: str, doc_or_docs: Any) -> list[Any]:
        """Store new documents, all or none, and return their ids."""
        with _answered(duplicate=409):
            return list(self.access.insert(self.datasource(resource)[0], doc_or_docs))

    def update(self, resource: str, id_: Any, updates: dict[str, Any], original: Document) -> None:
        """Set fields of a document that is still as ``original``, by its ``_etag``.

        Raises:
            OriginalChangedError: it is not.
        """
        source, spec = self._original(resource, id_, original)
        with _answered():
            found = self.access.update_fields(source, spec, updates)
        if not found and config.ETAG in original:
            raise self.OriginalChangedError

    def replace(self, resource: str, id_: Any, document: Document, original: Document) -> None:
        """Replace a document that is still as ``original``, by its ``_etag``.

        Raises:
            OriginalChangedError: it is not.
        """
        source, spec = self._original(resource, id_, original)
        with _answered():
            found = self.access.replace(source, spec, document)
        if not found and config.ETAG in original:
            raise self.OriginalChangedError

    def _original(self, resource: str, id_: Any, original: Document) -> tuple[str, dict[str, Any]]:
        query = {config.DOMAIN[resource]["id_field"]: id_}
        if config.ETAG in original:
            query[config.ETAG] = original[config.ETAG]
        source, spec, _, _ = self._datasource_ex(resource, query)
        return source, spec

    def remove(self, resource: str, lookup: dict[str, Any]) -> None:
        """Remove the documents that a lookup names."""
        lookup = self._mongotize(lookup, resource)
        source, spec, _, _ = self._datasource_ex(resource, lookup)
        with _answered():
            self.access.delete(source, spec or {})


def _sorted(sort: Any) -> list[tuple[str, int]]:
    if not sort:
        return []
    if isinstance(sort, dict):
        sort = list(sort.items())
    if not isinstance(sort, list | tuple) or not all(isinstance(item, list | tuple) for item in sort):
        raise QueryError("a sort takes pairs of field and direction")
    return [tuple(item) for item in sort]  # their content is checked where it is used


@contextmanager
def _answered(duplicate: int = 400) -> Iterator[None]:
    """Answer the store's errors as Eve answers MongoDB's."""
    try:
        yield
    except (QueryError, DocumentError) as error:
        abort(400, description=str(error))
    except DuplicateKeyError as error:
        abort(duplicate, description=str(error))
    except BusyError as error:
        abort(503, description=str(error))
