"""What new items take from their templates, brought in line with the data.

An item follows its templates only in what was not sent, and its lists are merged with those of the templates: then
linked items stand twice.
"""

from __future__ import annotations

from typing import Any

from alignak_backend_client import client
from alignak_backend_client.exceptions import BackendException
from alignak_backend_client.items.names.finding import by_ids
from alignak_backend_client.items.writing.batch import Batch
from alignak_backend_client.items.writing.entries import Entry
from alignak_backend_client.items.writing.results import INCOMPLETE
from alignak_backend_client.items.writing.writer import Writer
from alignak_backend_client.model import Resource
from alignak_backend_client.model.fields import TEMPLATE_FIELDS


def needs_completion(resource: Resource, entry: Entry) -> bool:
    """Return True for an item that has to be looked at once it is in the backend."""
    return entry.template_fields is not None or any(name in resource.links for name in _merged(resource, entry))


def _merged(resource: Resource, entry: Entry) -> list[str]:
    """Return the sent fields that the backend merges with those of the templates."""
    return [name for name in resource.cumulative if name in entry.data and entry.data.get("_templates")]


def completion(resource: Resource, entry: Entry, item: dict[str, Any]) -> dict[str, Any]:
    """Return what to change in an item that was created from the data of an entry; empty when it is complete."""
    sent = _merged(resource, entry)
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
    """Complete items that are in the backend, and tell of each."""
    for entry in entries:
        entry.left = INCOMPLETE
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

    def is_overtaken(_entry: Entry, outcome: client.Outcome) -> bool:
        return outcome.error is not None and outcome.error.code == 412

    overtaken = batch.send(
        [entries[change.id] for change in changes],
        lambda tell: writer.backend.update_many(resource.name, changes, tell),
        "created",
        later=is_overtaken,
        prefix=f"{INCOMPLETE}: ",
    )
    for entry in overtaken if not writer.report.ended else ():
        # Its own services have changed the _etag of a host.
        change = by_id[entry.id]
        try:
            writer.backend.patch(
                f"{resource.name}/{change.id}", change.data, headers={"If-Match": change.etag}, inception=True
            )
        except BackendException as error:
            batch.fail(entry, error, f"{INCOMPLETE}: ")
        else:
            batch.settle(entry, "created")
