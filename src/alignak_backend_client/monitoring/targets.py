"""Lookups of hosts and services by names and patterns, in which ``*`` matches any text and ``?`` one character."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alignak_backend_client.client import Backend
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.catalog import Catalog
from alignak_backend_client.items.names.filters import Filter, all_of
from alignak_backend_client.items.names.finding import suggest_name
from alignak_backend_client.items.names.patterns import is_pattern, name_condition
from alignak_backend_client.items.names.references import service_splits, show
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.monitoring.reading import read_all
from alignak_backend_client.monitoring.states import NOT_TEMPLATE


def names_query(patterns: Sequence[str]) -> dict[str, Any]:
    """Return the query for items that match one of some names and patterns."""
    conditions = [{"name": name_condition(pattern)} for pattern in patterns]
    return conditions[0] if len(conditions) == 1 else {"$or": conditions}


def host_names(backend: Backend, patterns: Sequence[str]) -> dict[str, str]:
    """Return the hosts that match names and patterns: id to name.

    Raises:
        ItemError: one of them matches no host.
        BackendException: the request failed.
    """
    found: dict[str, str] = {}
    for pattern in patterns:
        params = {
            "where": {**NOT_TEMPLATE, "name": name_condition(pattern)},
            "projection": {"name": 1},
        }
        hosts = read_all(backend, "host", params)
        if not hosts:
            raise ItemError(unknown_name_message(backend, "host", pattern), 404)
        found.update((host["_id"], str(host.get("name"))) for host in hosts)
    return found


def unknown_name_message(backend: Backend, resource: str, name: str) -> str:
    """Return the message for a name or pattern that matches no host or service, with the most similar name."""
    if is_pattern(name):
        return f"No {resource} matches {show(name)}"
    near = suggest_name(backend, Catalog(backend), resources_by_name()[resource], name, NOT_TEMPLATE)
    return f"There is no {resource} {show(name)}{near}"


def unknown_target_message(backend: Backend, name: str) -> str:
    """Return the same message where names are those of hosts, or ``host/service``."""
    resource = "service" if service_splits(name) else "host"
    named = Filter(names_query([name]))
    if resource == "host" and not is_pattern(name) and count_items(backend, "service", named, NOT_TEMPLATE):
        return f"There is no host {show(name)}; for the services with this name, use {show(f'*/{name}')}"
    return unknown_name_message(backend, resource, name)


def count_items(backend: Backend, resource: str, where: Filter, query: dict[str, Any]) -> int:
    """Count the items that match a filter and a query. They are read only if the backend cannot count them.

    Raises:
        BackendException: the request failed.
        ItemError: the response is not that of a backend.
    """
    both = all_of(where, Filter(query))
    params = {"where": both.query, "projection": {"_id": 1, **both.fields}}
    if both.linked:
        return sum(both.accepts(item) for item in read_all(backend, resource, params))
    return total_count(resource, backend.get(resource, {**params, "max_results": 1}))


def total_count(resource: str, answer: dict[str, Any]) -> int:
    """Return the total number of items of a list, of which a response has a page.

    Raises:
        ItemError: the response is not that of a backend.
    """
    meta = answer.get("_meta")
    total = meta.get("total") if isinstance(meta, dict) else None
    if not isinstance(total, int):
        raise ItemError(f"The response has no number of {resource}s: is it a backend? Check the URL")
    return total
