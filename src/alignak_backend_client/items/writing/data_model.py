"""Validating an item by the data model before it is sent."""

from __future__ import annotations

from typing import Any

from alignak_backend_client.model import Resource
from alignak_backend_client.model.coercion import TEXT_IDS
from alignak_backend_client.model.issues import to_messages
from alignak_backend_client.model.validation import validator


def coerce(resource: Resource, data: dict[str, Any]) -> dict[str, Any]:
    """Return the data of an item with values converted to the types of their fields, as the backend does."""
    item = dict(data)
    validator(resource.name, TEXT_IDS).coerce(item)
    return item


def find_issues(resource: Resource, data: dict[str, Any], before: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the validation errors of the backend for an item, by field. Used for dry runs.

    Args:
        resource: the item's resource.
        data: the data to send, with ids in links.
        before: the current item; None for a new one.
    """
    item, rules = coerce(resource, data), validator(resource.name, TEXT_IDS)
    if before is not None:
        return to_messages(rules.validate_change(item, before))
    filled = resource.auto_filled(data)
    return to_messages(
        issue
        for issue in rules.validate_new(item)
        if not (issue.code == "required" and issue.path[0] in filled)
        and not (issue.code == "dependency" and issue.rule in filled)
    )


def find_strict_issues(
    resource: Resource, data: dict[str, Any], before: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return the errors of the strict rules, by field: data that some backends accept although it does damage."""
    item, rules = dict(data), validator(resource.name, TEXT_IDS)
    rules.coerce(item, links=False)
    return to_messages(
        rules.validate_new_strictly(item) if before is None else rules.validate_change_strictly(item, before)
    )
