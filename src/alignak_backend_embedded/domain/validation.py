"""Checks documents against the data model, with the wording that clients of the Alignak backend know.

A whole bulk is checked at once: the store is asked once for every linked resource and once for every unique field,
whatever the number of documents.
"""

from __future__ import annotations

import copy
import functools
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from bson import ObjectId

from alignak_backend_client.model import resources_by_name
from alignak_backend_embedded.domain.coercion import coerce
from alignak_backend_embedded.store.access import Document, Store

Schema = dict[str, dict[str, Any]]
Issues = dict[str, Any]

_TYPES: Final[dict[str, Callable[[Any], bool]]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int),
    "float": lambda value: isinstance(value, (float, int)),
    "boolean": lambda value: isinstance(value, bool),
    "list": lambda value: isinstance(value, list),
    "dict": lambda value: isinstance(value, dict),
    "objectid": lambda value: isinstance(value, ObjectId),
}
_CONSTANTS: Final = (str, int, float, bool, type(None))


@functools.cache
def schema_of(resource: str) -> Schema:
    """Return the fields of a resource, ``_id`` included."""
    return {**resources_by_name()[resource].fields, "_id": {"type": "objectid"}}


@functools.cache
def _defaults(resource: str) -> tuple[dict[str, Any], dict[str, Any]]:
    plain: dict[str, Any] = {}
    mutable: dict[str, Any] = {}
    for name, rules in resources_by_name()[resource].fields.items():
        if "default" in rules:
            (plain if isinstance(rules["default"], _CONSTANTS) else mutable)[name] = rules["default"]
    return plain, mutable


def add_defaults(resource: str, document: Document) -> Document:
    """Return the document with the defaults of the data model for what it lacks."""
    plain, mutable = _defaults(resource)
    full = {**plain, **document}
    for name, value in mutable.items():
        if name not in document:
            full[name] = copy.deepcopy(value)
    return full


def _point_error(value: Any) -> str | None:
    if not isinstance(value, dict) or set(value) != {"type", "coordinates"} or value["type"] != "Point":
        return f"Point not correct {value}: Not compliant to GeoJSON"
    numbers = value["coordinates"]
    if not isinstance(numbers, list) or not all(
        isinstance(number, (int, float)) and not isinstance(number, bool) for number in numbers
    ):
        return f"Point not correct {value}: "
    return None


def _type_error(kind: str, value: Any) -> str | None:
    if kind == "point":
        return _point_error(value)
    if _TYPES[kind](value):
        return None
    if kind == "objectid":
        return f"value '{value}' cannot be converted to a ObjectId"
    return f"must be of {kind} type"


@functools.lru_cache(maxsize=64)
def _pattern(regex: str) -> re.Pattern[str]:
    return re.compile(regex if regex.endswith("$") else regex + "$")


def _size_errors(rules: dict[str, Any], value: Any) -> list[str]:
    errors = []
    if isinstance(value, (str, list)):
        if len(value) < rules.get("minlength", 0):
            errors.append(f"min length is {rules['minlength']}")
        if "maxlength" in rules and len(value) > rules["maxlength"]:
            errors.append(f"max length is {rules['maxlength']}")
    elif isinstance(value, (int, float)):
        if "min" in rules and value < rules["min"]:
            errors.append(f"min value is {rules['min']}")
        if "max" in rules and value > rules["max"]:
            errors.append(f"max value is {rules['max']}")
    return errors


def _value_errors(rules: dict[str, Any], value: Any) -> list[str]:
    """Return what is wrong with a value of the right type."""
    errors = []
    if isinstance(value, str):
        if not value and rules.get("empty") is False:
            errors.append("empty values not allowed")
        if "regex" in rules and not _pattern(rules["regex"]).match(value):
            errors.append(f"value does not match regex '{rules['regex']}'")
    errors += _size_errors(rules, value)
    allowed = rules.get("allowed")
    if allowed is not None:
        if isinstance(value, list):
            wrong = [item for item in value if item not in allowed]
            if wrong:
                errors.append(f"unallowed values {wrong}")
        elif value not in allowed:
            errors.append(f"unallowed value {value}")
    return errors


def _key_error(value: Any) -> str | None:
    """Return what is wrong with the keys inside a free-form value: a store may take them for operators."""
    stack = [value]
    while stack:
        current = stack.pop()
        if isinstance(current, dict):
            for key, inner in current.items():
                if key.startswith("$") or "\0" in key or not key:
                    return f"key '{key}' is not allowed"
                if isinstance(inner, (dict, list)):
                    stack.append(inner)
        elif isinstance(current, list):
            stack.extend(inner for inner in current if isinstance(inner, (dict, list)))
    return None


class _Batch:
    """What the store says about all documents of one request."""

    def __init__(self, store: Store, resource: str, documents: Sequence[Any], exclude: ObjectId | None) -> None:
        """Ask the store once for every linked resource and every unique field."""
        self._store = store
        self._schema = schema_of(resource)
        self._resource = resource
        self._exclude = exclude
        self._known = self._existing(documents)
        self._taken = self._values_taken(documents)
        self._seen: defaultdict[str, set[str]] = defaultdict(set)

    def _existing(self, documents: Iterable[Any]) -> dict[str, set[Any]]:
        wanted: defaultdict[str, set[ObjectId]] = defaultdict(set)
        for document in documents:
            for name, value in document.items():
                rules = self._schema.get(name)
                if rules is None:
                    continue
                relation = rules.get("data_relation")
                if relation and isinstance(value, ObjectId):
                    wanted[relation["resource"]].add(value)
                elif isinstance(value, list):
                    relation = rules.get("schema", {}).get("data_relation")
                    if relation:
                        wanted[relation["resource"]].update(item for item in value if isinstance(item, ObjectId))
        return {
            resource: {
                found["_id"] for found in self._store.find(resource, {"_id": {"$in": list(ids)}}, projection={"_id": 1})
            }
            for resource, ids in wanted.items()
        }

    def _values_taken(self, documents: Iterable[Any]) -> dict[str, set[str]]:
        taken: dict[str, set[str]] = {}
        for name, rules in self._schema.items():
            if not rules.get("unique"):
                continue
            values = {value for document in documents if isinstance(value := document.get(name), str)}
            if values:
                where: dict[str, Any] = {name: {"$in": list(values)} if len(values) > 1 else values.pop()}
                if self._exclude is not None:
                    where["_id"] = {"$ne": self._exclude}
                taken[name] = {found[name] for found in self._store.find(self._resource, where, projection={name: 1})}
        return taken

    def exists(self, resource: str, value: ObjectId) -> bool:
        """Tell whether a linked item exists."""
        return value in self._known.get(resource, ())

    def is_taken(self, name: str, value: str) -> bool:
        """Tell whether a unique value is in the store already, or in an earlier document of the same bulk."""
        if value in self._taken.get(name, ()) or value in self._seen[name]:
            return True
        self._seen[name].add(value)
        return False


class _Check:
    """The check of one document."""

    def __init__(self, schema: Schema, batch: _Batch) -> None:
        self._schema = schema
        self._batch = batch

    def field(self, name: str, rules: dict[str, Any], value: Any) -> Any:
        """Return what is wrong with a field, in the form of an answer, or None."""
        if value is None and rules.get("nullable"):
            return None
        errors: list[Any] = ["null value not allowed"] if value is None else []
        wrong = _type_error(rules["type"], value)
        if wrong is not None:
            errors.append(wrong)
            return errors if len(errors) > 1 else errors[0]
        errors += _value_errors(rules, value)
        if isinstance(value, (list, dict)):
            errors += self._inner(rules, value)
        if isinstance(value, ObjectId) and "data_relation" in rules:
            errors += self._relation(rules["data_relation"], value)
        if rules.get("unique") and not errors and self._batch.is_taken(name, value):
            errors.append(f"value '{value}' is not unique")
        if not errors:
            return None
        return errors if len(errors) > 1 else errors[0]

    def _relation(self, relation: dict[str, Any], value: ObjectId) -> list[str]:
        if self._batch.exists(relation["resource"], value):
            return []
        return [f"value '{value}' must exist in resource '{relation['resource']}', field '_id'."]

    def _inner(self, rules: dict[str, Any], value: Any) -> list[Any]:
        if isinstance(value, list) and "schema" in rules:
            inner = {}
            for index, item in enumerate(value):
                wrong = self.field("", rules["schema"], item)
                if wrong is not None:
                    inner[str(index)] = wrong
            return [inner] if inner else []
        wrong = _key_error(value)
        return [wrong] if wrong is not None else []


def _unknown(document: Document, schema: Schema) -> Issues:
    return {name: "unknown field" for name in document if name not in schema}


def _issues_of(document: Any, resource: str, batch: _Batch, *, update: bool) -> Issues:
    schema = schema_of(resource)
    check = _Check(schema, batch)
    issues: Issues = {}
    if not resources_by_name()[resource].allow_unknown:
        issues.update(_unknown(document, schema))
    for name, value in document.items():
        rules = schema.get(name)
        if rules is None:
            wrong = (
                "unknown field" if name in ("_etag", "_created", "_updated", "_links") else _key_error({name: value})
            )
        else:
            wrong = check.field(name, rules, value)
        if wrong is not None:
            issues.setdefault(name, wrong)
    if not update:
        for name, rules in schema.items():
            if rules.get("required") and name not in document:
                issues[name] = "required field"
            elif "dependencies" in rules and name in document:
                missing = [f"field '{other}' is required" for other in rules["dependencies"] if other not in document]
                if missing and name not in issues:
                    issues[name] = missing if len(missing) > 1 else missing[0]
    return issues


def not_a_document(value: Any) -> Issues:
    """Return the issues of something that is no JSON object."""
    return {"validator exception": f"'{value}' is not a document, must be a dict"}


def validate_new(store: Store, resource: str, documents: Sequence[Any]) -> list[Issues]:
    """Check new, coerced documents and return the issues of each (empty: fine).

    A value that must be unique and stands in two of the documents is an issue of the second.
    """
    batch = _Batch(store, resource, [document for document in documents if isinstance(document, dict)], None)
    return [
        _issues_of(document, resource, batch, update=False) if isinstance(document, dict) else not_a_document(document)
        for document in documents
    ]


def validate_update(store: Store, resource: str, updates: Any, item: ObjectId) -> Issues:
    """Coerce and check the changes to an item, in place, and return their issues (empty: fine)."""
    if not isinstance(updates, dict):
        return not_a_document(updates)
    coerce(updates, schema_of(resource))
    issues = _issues_of(updates, resource, _Batch(store, resource, [updates], item), update=True)
    if "_id" in updates and updates["_id"] != item:
        issues.setdefault("_id", "field is read-only")
    return issues
