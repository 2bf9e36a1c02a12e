"""Validating an item by the data model before it is sent."""

from __future__ import annotations

from typing import Any

from alignak_backend_client.model import Resource
from alignak_backend_client.model.coercion import TEXT_IDS
from alignak_backend_client.model.issues import worded
from alignak_backend_client.model.validation import validator


def coerced(resource: Resource, data: dict[str, Any]) -> dict[str, Any]:
    """Return the data of an item with values of the types that the backend turns them into, as far as it can."""
    item = dict(data)
    validator(resource.name, TEXT_IDS).coerce(item)
    return item


def issues(resource: Resource, data: dict[str, Any], before: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return what the backend would find wrong with an item, by field; empty when nothing is. Used for dry runs.

    Args:
        resource: the item's resource.
        data: what would be sent: links are ids.
        before: the item that is changed; None for a new one.
    """
    item, rules = coerced(resource, data), validator(resource.name, TEXT_IDS)
    if before is not None:
        return worded(rules.validate_change(item, before))
    filled = resource.filled_in(data)
    return worded(
        issue
        for issue in rules.validate_new(item)
        if not (issue.code == "required" and issue.path[0] in filled)
        and not (issue.code == "dependency" and issue.rule in filled)
    )


def strict_issues(resource: Resource, data: dict[str, Any], before: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return what no backend should get, by field: some would take it, to the harm of what they store."""
    item, rules = coerced(resource, data), validator(resource.name, TEXT_IDS)
    return worded(rules.validate_new_strictly(item) if before is None else rules.validate_change_strictly(item, before))
