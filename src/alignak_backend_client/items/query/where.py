"""Parsing filters: ``ls_state=DOWN``, ``host~^web``, ``_realm!=Paris``, or the JSON of the backend."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final

from alignak_backend_client.client import Backend
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.catalog import Catalog, read_all
from alignak_backend_client.items.names.filters import Filter, all_of, field_in
from alignak_backend_client.items.names.references import show
from alignak_backend_client.items.query.conditions import ORDERED, build_condition
from alignak_backend_client.items.query.fields import Field, QueryError, parse_field
from alignak_backend_client.model import Link, Resource, resources_by_name

_TERM: Final = re.compile(r"\s*([\w.]+)\s*(!=|<=|>=|=|~|<|>)(.*)", re.DOTALL)


class Where:
    """Conditions that must all be met.

    Attributes:
        fields: names of the compared fields of the item, except for those in JSON.
    """

    def __init__(self, terms: Sequence[tuple[Field, str, str]] = (), filters: Sequence[dict[str, Any]] = ()) -> None:
        self._terms = tuple(terms)
        self._filters = tuple(filters)
        self.fields = frozenset(field.name for field, _, _ in terms)

    def resolve(self, backend: Backend, catalog: Catalog) -> Filter:
        """Return the filter, with ids for names; the names of all terms are looked up together.

        Raises:
            BackendException: the request failed.
            ItemError: a link is compared with an unknown name.
        """
        named = [(term[0].link, term[2]) for term in self._terms if term[0].link and term[1] in ("=", "!=") and term[2]]
        for target in dict.fromkeys(link.resource for link, _ in named):
            catalog.load(target, {name for link, name in named if link.resource == target})
        found = [Filter(query) for query in self._filters]
        for field, operator, text in self._terms:
            if field.link is None or not text:
                found.append(Filter(build_condition(field, operator, text)))
            else:
                ids = _find_linked_ids(backend, catalog, field.link, operator, text)
                found.append(field_in(field.name, ids, wanted=operator != "!="))
        return all_of(*found)


def parse_where(resource: Resource, texts: Sequence[str]) -> Where:
    """Parse conditions such as ``field=value``, or JSON.

    Raises:
        QueryError: a condition is invalid, or does not fit the field.
    """
    terms: list[tuple[Field, str, str]] = []
    filters: list[dict[str, Any]] = []
    for text in texts:
        if text.lstrip().startswith("{"):
            filters.append(_parse_json(text))
            continue
        found = _TERM.fullmatch(text)
        if found is None:
            raise QueryError(f"{show(text)} is not a filter: use field=value, !=, ~, <, <=, > or >=, or a JSON object")
        path, operator, value = found[1], found[2], found[3].strip()
        terms.append((_parse_comparable(resource, path, operator, value), operator, value))
    return Where(terms, filters)


def _parse_json(text: str) -> dict[str, Any]:
    try:
        decoded = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise QueryError(f"The filter {show(text)} is not valid JSON: {error}") from None
    return dict(decoded)


def _parse_comparable(resource: Resource, path: str, operator: str, value: str) -> Field:
    """Return the field of a condition, after checking that it can be compared in this way."""
    field = parse_field(resource, path)
    if field.steps:
        link = field.steps[0]
        raise QueryError(
            f"{show(path)} is a field of another item: filter by {link.field}, such as '{link.field}=NAME'"
        )
    if operator == "~":
        try:
            re.compile(value)
        except re.error as error:
            raise QueryError(f"{show(value)} is not a regular expression: {error}") from None
    if field.link is None:
        build_condition(field, operator, value)  # reports errors before any request
    elif operator in ORDERED:
        raise QueryError(f"{path} is a link: it can be compared with =, != and ~")
    return field


def _find_linked_ids(backend: Backend, catalog: Catalog, link: Link, operator: str, text: str) -> frozenset[str]:
    """Return the ids of the items with a name, or whose name matches a regular expression."""
    target = resources_by_name()[link.resource]
    if operator == "~":
        if not target.has_name:
            raise ItemError(f"{link.field}: {target.plural} have no names")
        params = {"where": {"name": {"$regex": text}}, "projection": {"name": 1}}
        return frozenset(item["_id"] for item in read_all(backend, target.name, params))
    found = catalog.find(target.name, text)
    if not found:
        raise ItemError(f"{link.field}: no {target.label} {show(text)}")
    return frozenset(known.id for known in found)
