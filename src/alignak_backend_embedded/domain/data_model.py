"""Validating documents against the data model, with few store queries for a whole bulk.

There is one query per linked resource and one per unique field, whatever the number of documents.
"""

from __future__ import annotations

import copy
import functools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final

from alignak_backend_client.model import resources_by_name
from alignak_backend_client.model.coercion import Ids
from alignak_backend_client.model.issues import to_messages
from alignak_backend_client.model.validation import validator
from alignak_backend_embedded.store.access import Document, Store
from alignak_backend_embedded.store.object_id import ObjectId

Issues = dict[str, Any]

_CONSTANTS: Final = (str, int, float, bool, type(None))

_IDS: Final = Ids(ObjectId, ObjectId)


@functools.cache
def _defaults(resource: str) -> tuple[dict[str, Any], dict[str, Any]]:
    plain: dict[str, Any] = {}
    mutable: dict[str, Any] = {}
    for name, rules in resources_by_name()[resource].fields.items():
        if "default" in rules:
            (plain if isinstance(rules["default"], _CONSTANTS) else mutable)[name] = rules["default"]
    return plain, mutable


def add_defaults(resource: str, document: Document) -> Document:
    """Return the document with the defaults of the data model for missing fields."""
    plain, mutable = _defaults(resource)
    full = {**plain, **document}
    for name, value in mutable.items():
        if name not in document:
            full[name] = copy.deepcopy(value)
    return full


def coerce(resource: str, document: Document) -> None:
    """Convert the values of a document to the types of their fields, in place."""
    validator(resource, _IDS).coerce(document)


class _Lookup:
    """The facts from the store about all documents of one request."""

    def __init__(self, store: Store, resource: str, documents: Sequence[Any], exclude: ObjectId | None) -> None:
        """Query the store once per linked resource and unique field."""
        self._store = store
        self._model = resources_by_name()[resource]
        self._exclude = exclude
        self._known = self._existing(documents)
        self._taken = self._values_taken(documents)
        self._seen: defaultdict[str, set[str]] = defaultdict(set)

    def _existing(self, documents: Iterable[Any]) -> dict[str, set[Any]]:
        wanted: defaultdict[str, set[ObjectId]] = defaultdict(set)
        links = self._model.links
        for document in documents:
            for name in links.keys() & document.keys():
                value = document[name]
                for one in value if isinstance(value, list) else (value,):
                    if isinstance(one, ObjectId):
                        wanted[links[name].resource].add(one)
        return {
            resource: {
                found["_id"] for found in self._store.find(resource, {"_id": {"$in": list(ids)}}, projection={"_id": 1})
            }
            for resource, ids in wanted.items()
        }

    def _values_taken(self, documents: Iterable[Any]) -> dict[str, set[str]]:
        taken: dict[str, set[str]] = {}
        for name in self._model.unique:
            values = {value for document in documents if isinstance(value := document.get(name), str)}
            if values:
                where: dict[str, Any] = {name: {"$in": list(values)} if len(values) > 1 else values.pop()}
                if self._exclude is not None:
                    where["_id"] = {"$ne": self._exclude}
                taken[name] = {found[name] for found in self._store.find(self._model.name, where, projection={name: 1})}
        return taken

    def exists(self, resource: str, identity: Any) -> bool:
        """Return True if a linked item exists."""
        return identity in self._known.get(resource, ())

    def is_taken(self, field: str, value: Any) -> bool:
        """Return True if a unique value is already used in the store, or by an earlier document of the same bulk."""
        if value in self._taken.get(field, ()) or value in self._seen[field]:
            return True
        self._seen[field].add(value)
        return False


def not_a_document_issues(value: Any) -> Issues:
    """Return the issues of a value that is not a JSON object."""
    return {"validator exception": f"'{value}' is not a document, must be a dict"}


def validate_new(store: Store, resource: str, documents: Sequence[Any]) -> list[Issues]:
    """Validate new, coerced documents and return the issues of each (empty if it is valid).

    A unique value that occurs in two of the documents is an issue of the second one.
    """
    batch = _Lookup(store, resource, [document for document in documents if isinstance(document, dict)], None)
    validate = validator(resource, _IDS).validate_new
    return [
        to_messages(validate(document, batch)) if isinstance(document, dict) else not_a_document_issues(document)
        for document in documents
    ]


def validate_update(store: Store, resource: str, updates: Any, original: Document) -> Issues:
    """Coerce and validate the changes of a document, in place, and return their issues (empty if they are valid)."""
    if not isinstance(updates, dict):
        return not_a_document_issues(updates)
    coerce(resource, updates)
    item = original["_id"]
    issues = to_messages(
        validator(resource, _IDS).validate_change(updates, original, _Lookup(store, resource, [updates], item))
    )
    if "_id" in updates and updates["_id"] != item:
        issues.setdefault("_id", "field is read-only")
    return issues


def is_valid(resource: str, fields: Document) -> bool:
    """Return True if these coerced values are valid; none of them may be a link or unique."""
    return not validator(resource, _IDS).validate_change(fields, {})
