"""Comparing the data of an item with the backend: what must be sent."""

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
from alignak_backend_client.model.fields import LIVE_STATE_PREFIX, META, TEMPLATE_FIELDS, is_refused_back


def changes(writer: Writer, resource: Resource, current: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """Return what to send of the data: ids for names, without what the backend computes or has already.

    Args:
        writer: knows the names; those in links are looked up before.
        resource: of the item.
        current: the item as the backend has it.
        data: the fields to change.

    Raises:
        ItemError: links that lead nowhere.
    """
    left_out = META | resource.computed | {"_id", SERVICES}
    kept = {name: value for name, value in data.items() if name not in left_out}
    if resource.key == ("host", "name") and isinstance(name := kept.get("name"), str) and name != current.get("name"):
        # As messages and links call it: with its host.
        host = writer.name(resource, current).removesuffix(str(current.get("name")))
        kept["name"] = name.removeprefix(host)
    resolved = links.to_ids(writer.catalog, resource, kept)
    stored = data_model.coerced(resource, resolved)
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
            # What the data lacks may come from the templates.
            if is_same(resource, name, there, {**there, **value}):
                changed.discard(name)
            continue
        resolved[name] = _removing(there, value)
        if resolved[name] != value and not writer.is_embedded():
            gone = ", ".join(show(key) for key in there if key not in value) or "a nested key"
            raise ItemError(
                f"{name}: this backend cannot remove {gone}: keep it in the data, or set it to another value", 422
            )
    if resource.name == "user" and writer.has_password(str(current.get("name")), resolved.get("password")):
        del resolved["password"]
    # A live state counts as a whole: the backend computes the overall state of what comes together.
    live = not is_dump or any(name.startswith(LIVE_STATE_PREFIX) for name in changed)
    # A value that an item has from its templates becomes its own when it is sent, unless it comes with a dump.
    own = set() if is_dump else set(current.get(TEMPLATE_FIELDS) or ()) - set(resource.key)
    return {
        name: value
        for name, value in resolved.items()
        if name in changed or (live and name.startswith(LIVE_STATE_PREFIX)) or (name in own and value is not None)
    }


def is_same(resource: Resource, name: str, there: Any, value: Any) -> bool:
    """Return True when sending a value would change nothing, or the backend would reject its own default.

    Args:
        resource: of the item.
        name: of the field.
        there: what the backend has.
        value: what would be sent, as the backend would store it.
    """
    same = resource.is_same(name, _present(there), _present(value))
    return same or is_refused_back(resource.fields.get(name, {}), value)


def _present(value: Any) -> Any:
    """Return an object without the keys that hold null: there are none, for the backend that removes them."""
    if not isinstance(value, dict):
        return value
    return {key: _present(inner) for key, inner in value.items() if inner is not None}


def _removing(there: Any, value: Any) -> Any:
    """Return what to send for an object, so that the keys that it lacks are removed from the one that is there."""
    if not isinstance(there, dict) or not isinstance(value, dict):
        return value
    gone = {key: None for key, inner in there.items() if inner is not None and key not in value}
    return {key: _removing(there.get(key), inner) for key, inner in value.items()} | gone


def with_read_data(resource: Resource, current: dict[str, Any], changed: dict[str, Any]) -> dict[str, Any]:
    """Return changes with the fields that an item has in the backend, as far as they can be sent back."""
    left_out = META | resource.computed | resource.hidden | {"_id"}
    read = {
        name: value
        for name, value in current.items()
        if name not in left_out
        and name not in resource.key
        and value is not None
        and not is_refused_back(resource.fields.get(name, {}), value)
    }
    if isinstance(read.get(TEMPLATE_FIELDS), list):
        read[TEMPLATE_FIELDS] = [name for name in read[TEMPLATE_FIELDS] if name not in changed]
    return read | changed


def shown(writer: Writer, resource: Resource, pairs: Iterable[tuple[dict[str, Any], dict[str, Any]]]) -> list[Changes]:
    """Return changes as results show them: old and new values, with names in links, and without secrets.

    Args:
        writer: where names are looked up, in one go for all.
        resource: of the items.
        pairs: for each item what the backend has, and what is sent.

    Raises:
        BackendException: the request failed.
    """
    secrets = resource.hidden | resource.restricted
    old_and_new = [({name: current[name] for name in sent if name in current}, dict(sent)) for current, sent in pairs]
    columns = links.columns(resource, [values for pair in old_and_new for values in pair])
    links.load_names(writer.catalog, columns)
    links.put_names(writer.catalog, columns)
    return [
        {
            name: {} if name in secrets else {"old": old[name], "new": value} if name in old else {"new": value}
            for name, value in new.items()
        }
        for old, new in old_and_new
    ]
