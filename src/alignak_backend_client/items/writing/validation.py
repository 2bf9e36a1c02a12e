"""Judging an item by the data model before it is sent, as the backend would. Used for dry runs."""

from __future__ import annotations

import functools
import math
from typing import Any

from alignak_backend_client.model import Resource, resources_by_name
from alignak_backend_client.model.coercion import TEXT_IDS
from alignak_backend_client.model.issues import UNSAFE, Issue, worded
from alignak_backend_client.model.validation import Validator


@functools.cache
def _validator(resource: str) -> Validator:
    return Validator(resources_by_name()[resource], TEXT_IDS)


def issues(resource: Resource, data: dict[str, Any], *, update: bool) -> dict[str, Any]:
    """Return what the backend would find wrong with an item, by field; empty when nothing is.

    Args:
        resource: the item's resource.
        data: what would be sent: links are ids.
        update: True for a change, which needs no required fields.
    """
    if update:
        return worded(_judge(resource, data))
    filled = resource.filled_in(data)
    found = _validator(resource.name).judge_new(coerced(resource, data))
    return worded(
        issue
        for issue in found
        if not (issue.code == "required" and issue.path[0] in filled)
        and not (issue.code == "dependency" and issue.rule in filled)
    )


def harmful(resource: Resource, data: dict[str, Any]) -> dict[str, Any]:
    """Return the values that cannot be sent, or that the backend cannot store, or could not read any more."""
    unsafe = [issue for issue in _judge(resource, data) if issue.code in UNSAFE]
    named = {issue.path[0] for issue in unsafe}
    # Data files may hold 1e999, which is infinite, where the wrong type is what the backend would see first.
    unsafe += [Issue((name,), "finite") for name, value in data.items() if name not in named and _is_infinite(value)]
    return worded(unsafe)


def _is_infinite(value: Any) -> bool:
    """Return True for a value that holds a number that JSON cannot say."""
    if isinstance(value, dict | list):
        return any(map(_is_infinite, value.values() if isinstance(value, dict) else value))
    return isinstance(value, float) and not math.isfinite(value)


def _judge(resource: Resource, data: dict[str, Any]) -> list[Issue]:
    return _validator(resource.name).judge_change(coerced(resource, data))


def coerced(resource: Resource, data: dict[str, Any]) -> dict[str, Any]:
    """Return the data of an item with values of the types that the backend turns them into, as far as it can."""
    item = dict(data)
    _validator(resource.name).coerce(item)
    return item
