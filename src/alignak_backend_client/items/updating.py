"""Changing items of the backend."""

from __future__ import annotations

from typing import Any

from alignak_backend_client._ids import is_object_id
from alignak_backend_client.exceptions import BackendException
from alignak_backend_client.items import checks, links
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.reading import SERVICES, find_one
from alignak_backend_client.items.references import show, text_of
from alignak_backend_client.items.report import Outcome
from alignak_backend_client.items.rules import COMPUTED, META, SECRETS, TEMPLATE_FIELDS, is_refused_back
from alignak_backend_client.items.work import Work, each
from alignak_backend_client.model import Resource, resources_by_name


def targets(resource: Resource, items: list[dict[str, Any]]) -> list[tuple[str | None, dict[str, Any]]]:
    """Return which item each entry of a list means: by its name, a service with its host, else by its ``_id``."""
    found: list[tuple[str | None, dict[str, Any]]] = []
    for item in items:
        name = item.get("name") if resource.key or "_id" not in item else item["_id"]
        reference = str(name) if isinstance(name, str) and name else item.get("_id")
        if resource.key == ("host", "name") and isinstance(name, str) and name and item.get("host"):
            try:
                reference = f"{text_of(resources_by_name()['host'], item['host'])}/{name}"
            except ItemError:
                reference = None
        found.append((reference if isinstance(reference, str) else None, item))
    return found


def update(
    work: Work,
    resource: Resource,
    items: list[tuple[str | None, dict[str, Any]]],
    *,
    include_read_data: bool = False,
) -> Outcome:
    """Change items. Those that cannot be changed are reported, and the others changed.

    Args:
        work: the backend and who is told.
        resource: what is changed.
        items: for each its name (``host/service``, or an id), and the fields to change.
        include_read_data: True to send the fields that the backend has, too.

    Raises:
        BackendException: the backend refuses the questions that come before the first item.
    """
    outcome = Outcome()
    links.load(work.catalog, resource, (data for _, data in items))
    numbered = [(number, reference, data) for number, (reference, data) in enumerate(items, start=1)]

    def refused(entry: tuple[int, str | None, dict[str, Any]], reason: str) -> str:
        number, reference, _ = entry
        called = f"{resource.name} {show(reference)}" if reference else f"entry {number} of the data"
        return f"{called} is not updated: {reason}"

    def write(entry: tuple[int, str | None, dict[str, Any]]) -> None:
        _update_one(work, resource, entry[1], entry[2], include_read_data, outcome)

    each(work, numbered, outcome, write, refused)
    return outcome


def _update_one(
    work: Work,
    resource: Resource,
    reference: str | None,
    data: dict[str, Any],
    include_read_data: bool,
    outcome: Outcome,
) -> None:
    """Change one item, or say why not."""
    if not reference:
        raise ItemError("it has no name that says which item to update")
    if resource.key == ("host", "name") and is_object_id(reference):
        current = _by_id(work, resource, reference)
    else:
        current = find_one(work.backend, work.catalog, resource, reference)
    called = work.label(resource, current)
    changes = _changes(work, resource, current, data)
    if include_read_data:
        changes = _with_read_data(resource, current, changes)
    checks.refuse_harmful(resource, changes)
    services = data.get(SERVICES) if resource.name == "host" else None
    if not changes:
        outcome.skipped += 1
        work.listener.done(f"{called} is as the data says already")
    elif work.check:
        checks.check_change(work, resource, current, changes)
        outcome.done += 1
        work.listener.done(f"{called} would be updated: {', '.join(sorted(changes))}")
    else:
        work.listener.step(f"Updating {called}: {', '.join(sorted(changes))}")
        work.backend.patch(f"{resource.name}/{current['_id']}", changes, headers={"If-Match": current.get("_etag", "")})
        outcome.done += 1
        work.listener.done(f"{called} is updated")
    if isinstance(services, list) and all(isinstance(service, dict) for service in services):
        entries = [{**service, "host": current["name"]} for service in services]
        outcome.take(update(work, resources_by_name()["service"], targets(resources_by_name()["service"], entries)))


def _by_id(work: Work, resource: Resource, identity: str) -> dict[str, Any]:
    """Return a service by its id, or by its name if that looks like one."""
    try:
        return work.backend.get(f"{resource.name}/{identity.lower()}")
    except BackendException as error:
        if error.code != 404:
            raise
    return find_one(work.backend, work.catalog, resource, identity)


def _changes(work: Work, resource: Resource, current: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """Return what to send of the data: ids for names, without what the backend computes or has already."""
    left_out = META | COMPUTED.get(resource.name, frozenset()) | {"_id", SERVICES}
    if resource.name == "user":
        left_out |= {"token"}
    kept = {name: value for name, value in data.items() if name not in left_out}
    resolved = links.to_ids(work.catalog, resource, kept)
    changed = {name for name, value in resolved.items() if not _is_same(resource, name, current.get(name), value)}
    is_dump = TEMPLATE_FIELDS in data
    # A live state counts as a whole: the backend computes the overall state of what comes together.
    live = not is_dump or any(name.startswith("ls_") for name in changed)
    # A value that an item has from its templates becomes its own when it is sent, unless it comes with a dump.
    own = set() if is_dump else set(current.get(TEMPLATE_FIELDS) or ()) - set(resource.key)
    return {
        name: value
        for name, value in resolved.items()
        if name in changed or (live and name.startswith("ls_")) or (name in own and value is not None)
    }


def _is_same(resource: Resource, name: str, there: Any, value: Any) -> bool:
    """Return True when sending a value would change nothing, or the backend would refuse its own default."""
    if name == TEMPLATE_FIELDS and isinstance(there, list) and isinstance(value, list):
        return set(map(str, there)) == set(map(str, value))
    return (there == value and type(there) is type(value)) or is_refused_back(resource.fields.get(name, {}), value)


def _with_read_data(resource: Resource, current: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return changes with the fields that an item has in the backend, as far as they can be sent back."""
    left_out = META | COMPUTED.get(resource.name, frozenset()) | SECRETS.get(resource.name, frozenset()) | {"_id"}
    read = {
        name: value
        for name, value in current.items()
        if name not in left_out
        and name not in resource.key
        and value is not None
        and not is_refused_back(resource.fields.get(name, {}), value)
    }
    if isinstance(read.get(TEMPLATE_FIELDS), list):
        read[TEMPLATE_FIELDS] = [name for name in read[TEMPLATE_FIELDS] if name not in changes]
    return read | changes
