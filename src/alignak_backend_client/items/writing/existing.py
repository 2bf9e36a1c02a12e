"""Comparing existing items with the data, and completing new ones.

The backend lets a new item inherit only the fields that were not sent, and merges its lists with those of its
templates, so that linked items may appear twice. Completing an item corrects this to match the data.
"""

from __future__ import annotations

import json
from typing import Any, Literal, NamedTuple

from alignak_backend_client import client
from alignak_backend_client.exceptions import BackendException
from alignak_backend_client.items.names.catalog import read_all
from alignak_backend_client.items.names.finding import by_ids
from alignak_backend_client.items.writing import comparing, data_model
from alignak_backend_client.items.writing.batch import Batch, is_overtaken
from alignak_backend_client.items.writing.entries import Entry
from alignak_backend_client.items.writing.results import INCOMPLETE
from alignak_backend_client.items.writing.writer import Writer
from alignak_backend_client.model import Resource
from alignak_backend_client.model.fields import TEMPLATE_FIELDS, is_live_state


class Existing(NamedTuple):
    """The state of an existing item.

    Attributes:
        state: ``same`` as the data; ``incomplete``: an earlier run was interrupted; ``generated``: created
            from a template of its host, and to be updated to match its dump; or ``other``.
        differing: the fields that differ.
    """

    state: Literal["same", "incomplete", "generated", "other"]
    differing: tuple[str, ...] = ()


def compare(writer: Writer, resource: Resource, entries: list[Entry]) -> dict[int, Existing]:
    """Return the state of the existing items for entries, by position of the entry.

    Raises:
        BackendException: the request failed.
    """
    there = {entry.exists: entry for entry in entries if entry.exists and entry.error is None and not entry.skip}
    found: dict[int, Existing] = {}
    for item in by_ids(writer.backend, resource.name, list(there)) if there else ():
        entry = there[item["_id"]]
        found[entry.position] = _compare(writer, resource, entry, item)
    return found


def _compare(writer: Writer, resource: Resource, entry: Entry, item: dict[str, Any]) -> Existing:
    """Compare an item with its entry."""
    merged = resource.cumulative if entry.data.get("_templates") else ()
    stored = data_model.coerce(resource, entry.data)
    if resource.name == "user" and writer.has_password(str(item.get("name")), stored.get("password")):
        del stored["password"]
    differing = tuple(
        sorted(
            name
            for name, value in stored.items()
            if not is_live_state(name)
            and name not in entry.filled
            and not (name in merged and _contains(item.get(name), value))
            and not comparing.is_same(resource, name, item.get(name), value)
        )
    )
    lacking = completion(resource, entry, item)
    if not differing and not lacking:
        return Existing("same")
    if is_generated(item) and entry.data.get("_templates_from_host_template") is True:
        return Existing("generated")
    if differing:
        return Existing("other", differing)
    followed = item.get(TEMPLATE_FIELDS)
    if isinstance(followed, list) and any(name in followed for name in entry.data if name not in merged):
        return Existing("other", tuple(sorted(lacking)))
    return Existing("incomplete")


def is_generated(service: dict[str, Any]) -> bool:
    """Return True for a service that the backend created from a template of its host."""
    return service.get("_templates_from_host_template") is True and service.get("_is_template") is not True


def _contains(stored: Any, sent: Any) -> bool:
    """Return True if a merged value contains everything that was sent."""
    if isinstance(stored, list) and isinstance(sent, list):
        return all(one in stored for one in sent)
    if isinstance(stored, dict) and isinstance(sent, dict):
        return all(stored.get(name) == value for name, value in sent.items())
    return bool(stored == sent)


def generated_keys(writer: Writer, resource: Resource) -> set[str]:
    """Return the keys of items that the backend creates automatically; empty for most resources."""
    if not resource.made_by_backend:
        return set()
    keys = (generated_key(resource, item) for item in read_all(writer.backend, resource.name))
    return {key for key in keys if key is not None}


def generated_key(resource: Resource, item: dict[str, Any]) -> str | None:
    """Return the key of an item that the backend creates automatically; None for other resources."""
    if not resource.made_by_backend:
        return None
    values = (item.get(name, resource.fields[name].get("default")) for name in resource.made_by_backend)
    return json.dumps([sorted(value, key=str) if isinstance(value, list) else value for value in values])


def needs_completion(resource: Resource, entry: Entry) -> bool:
    """Return True for an item that may have to be completed after its creation."""
    return entry.template_fields is not None or any(name in resource.links for name in _merged_fields(resource, entry))


def _merged_fields(resource: Resource, entry: Entry) -> list[str]:
    """Return the sent fields that the backend merges with those of the templates."""
    return [name for name in resource.cumulative if name in entry.data and entry.data.get("_templates")]


def completion(resource: Resource, entry: Entry, item: dict[str, Any]) -> dict[str, Any]:
    """Return the changes that complete an item created from an entry; empty if it is complete."""
    sent = _merged_fields(resource, entry)
    if entry.template_fields is not None:
        changes = {name: entry.data[name] for name in sent if entry.data[name] != item.get(name)}
        if changes or set(entry.template_fields) != set(item.get(TEMPLATE_FIELDS) or []):
            changes[TEMPLATE_FIELDS] = entry.template_fields
        return changes
    once = {name: list(dict.fromkeys(item.get(name) or [])) for name in sent if name in resource.links}
    changes = {name: value for name, value in once.items() if value != item.get(name)}
    if changes:
        changes[TEMPLATE_FIELDS] = item.get(TEMPLATE_FIELDS)
    return changes


def complete(writer: Writer, resource: Resource, entries: list[Entry], batch: Batch[Entry]) -> None:
    """Complete created items, and report each."""
    for entry in entries:
        entry.unfinished_reason = INCOMPLETE
    if not entries or writer.report.ended:
        return
    with batch.guarded():
        _complete(writer, resource, {entry.id: entry for entry in entries}, batch)


def _complete(writer: Writer, resource: Resource, entries: dict[str, Entry], batch: Batch[Entry]) -> None:
    changes: list[client.Change] = []
    for item in by_ids(writer.backend, resource.name, list(entries)):
        entry = entries[item["_id"]]
        if wanted := completion(resource, entry, item):
            changes.append(client.Change(entry.id, item["_etag"], wanted))
        else:
            batch.settle(entry, "created")
    by_id = {change.id: change for change in changes}

    overtaken = batch.send(
        [entries[change.id] for change in changes],
        lambda on_outcome: writer.backend.update_many(resource.name, changes, on_outcome),
        "created",
        later=is_overtaken,
        prefix=f"{INCOMPLETE}: ",
    )
    for entry in overtaken if not writer.report.ended else ():
        # The services of a host have changed its _etag.
        change = by_id[entry.id]
        try:
            writer.backend.patch(
                f"{resource.name}/{change.id}", change.data, headers={"If-Match": change.etag}, inception=True
            )
        except BackendException as error:
            batch.fail(entry, error, f"{INCOMPLETE}: ")
        else:
            batch.settle(entry, "created")
