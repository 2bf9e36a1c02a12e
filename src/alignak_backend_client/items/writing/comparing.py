"""Comparing the data of an item with the backend, to find out what to send."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names import links
from alignak_backend_client.items.names.references import SERVICES, show
from alignak_backend_client.items.writing import data_model
from alignak_backend_client.items.writing.results import Changes
from alignak_backend_client.items.writing.writer import Writer
from alignak_backend_client.model import Resource
from alignak_backend_client.model.fields import LIVE_STATE_PREFIX, META, TEMPLATE_FIELDS, is_rejected_on_write


def compute_changes(
    writer: Writer, resource: Resource, current: dict[str, Any], data: dict[str, Any]
) -> dict[str, Any]:
    """Return the fields to send: with ids for names, without computed and unchanged fields.

    Args:
        writer: the backend and its names; those in links were looked up before.
        resource: of the item.
        current: the item in the backend.
        data: the fields to change.

    Raises:
        ItemError: a link is dangling, or a change is not possible.
    """
    omitted = META | resource.computed | {"_id", SERVICES}
    kept = {name: value for name, value in data.items() if name not in omitted}
    if resource.key == ("host", "name") and isinstance(name := kept.get("name"), str) and name != current.get("name"):
        # The data may have the full name.
        writer.load_hosts(resource, [current])
        host = writer.name(resource, current).removesuffix(str(current.get("name")))
        kept["name"] = name.removeprefix(host)
    resolved = links.to_ids(writer.catalog, resource, kept)
    stored = data_model.coerce(resource, resolved)
    changed = {
        name
        for name, value in resolved.items()
        if not is_same(resource, name, current.get(name), stored.get(name, value))
    }
    is_dump = TEMPLATE_FIELDS in data
    for name in sorted(changed):
        there, value = current.get(name), resolved[name]
        if resource.fields.get(name, {}).get("type") != "dict" or not isinstance(there, dict):
            continue
        if current.get(TEMPLATE_FIELDS) and name in resource.cumulative and not is_dump:
            # Missing keys may come from the templates.
            if is_same(resource, name, there, {**there, **value}):
                changed.discard(name)
            continue
        resolved[name] = _with_removed_keys(there, value)
        if resolved[name] != value and not writer.is_embedded():
            gone = ", ".join(show(key) for key in there if key not in value) or "a nested key"
            raise ItemError(
                f"{name}: this backend cannot remove {gone}: keep it in the data, or set it to another value", 422
            )
    if resource.name == "user" and writer.has_password(str(current.get("name")), resolved.get("password")):
        del resolved["password"]
    # Live state is sent completely: the backend computes the overall state from the fields of one request.
    live = not is_dump or any(name.startswith(LIVE_STATE_PREFIX) for name in changed)
    # An inherited value becomes the item's own when it is sent, except for dumps.
    own = set() if is_dump else set(current.get(TEMPLATE_FIELDS) or ()) - set(resource.key)
    return {
        name: value
        for name, value in resolved.items()
        if name in changed or (live and name.startswith(LIVE_STATE_PREFIX)) or (name in own and value is not None)
    }


def is_same(resource: Resource, name: str, there: Any, value: Any) -> bool:
    """Return True if sending a value would change nothing, or the backend would reject its own default.

    Args:
        resource: of the item.
        name: of the field.
        there: the value in the backend.
        value: the value to send, as the backend would store it.
    """
    same = resource.is_same(name, _without_nulls(there), _without_nulls(value))
    return same or is_rejected_on_write(resource.fields.get(name, {}), value)


def _without_nulls(value: Any) -> Any:
    """Return an object without null keys, which the backend removes."""
    if not isinstance(value, dict):
        return value
    return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}


def _with_removed_keys(there: Any, value: Any) -> Any:
    """Return the object to send so that keys missing from it are removed: with null for each."""
    if not isinstance(there, dict) or not isinstance(value, dict):
        return value
    gone = {key: None for key, inner in there.items() if inner is not None and key not in value}
    return {key: _with_removed_keys(there.get(key), inner) for key, inner in value.items()} | gone


def with_read_data(resource: Resource, current: dict[str, Any], changed: dict[str, Any]) -> dict[str, Any]:
    """Return changes together with all other fields of the item that can be sent back."""
    omitted = META | resource.computed | resource.hidden | {"_id"}
    read = {
        name: value
        for name, value in current.items()
        if name not in omitted
        and name not in resource.key
        and value is not None
        and not is_rejected_on_write(resource.fields.get(name, {}), value)
    }
    if isinstance(read.get(TEMPLATE_FIELDS), list):
        read[TEMPLATE_FIELDS] = [name for name in read[TEMPLATE_FIELDS] if name not in changed]
    return read | changed


def describe_changes(
    writer: Writer, resource: Resource, pairs: Iterable[tuple[dict[str, Any], dict[str, Any]]]
) -> list[Changes]:
    """Return changes for results: old and new values, with names in links, without secrets.

    Args:
        writer: looks up the names, in one step for all.
        resource: of the items.
        pairs: for each item, its current fields and those that are sent.

    Raises:
        BackendException: the request failed.
    """
    secrets = resource.hidden | resource.restricted
    old_and_new = [({name: current[name] for name in sent if name in current}, dict(sent)) for current, sent in pairs]
    values = [values for pair in old_and_new for values in pair]
    links.put_names(writer.catalog, links.columns(resource, values))
    return [
        {
            name: {} if name in secrets else {"old": old[name], "new": value} if name in old else {"new": value}
            for name, value in new.items()
        }
        for old, new in old_and_new
    ]
