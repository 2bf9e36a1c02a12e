"""Updating items of the backend."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import count
from typing import Any

from alignak_backend_client import client
from alignak_backend_client.exceptions import BackendException
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names import links
from alignak_backend_client.items.names.finding import find_many
from alignak_backend_client.items.names.references import SERVICES, OnHost, Reference, get_reference
from alignak_backend_client.items.writing import checks, comparing
from alignak_backend_client.items.writing.batch import Batch, Pending, is_overtaken
from alignak_backend_client.items.writing.results import OVERTAKEN, Report
from alignak_backend_client.items.writing.writer import Writer
from alignak_backend_client.model import Resource, resources_by_name
from alignak_backend_client.model.fields import TEMPLATE_FIELDS
from alignak_backend_client.model.strict import related_fields


def references(resource: Resource, items: list[dict[str, Any]]) -> list[tuple[Reference | None, dict[str, Any]]]:
    """Return a reference for each item: its name, for a service with its host, or its ``_id``."""
    return [(_reference(resource, item), item) for item in items]


def _reference(resource: Resource, item: dict[str, Any]) -> Reference | None:
    name = item.get("name") if resource.key or "_id" not in item else item["_id"]
    if not isinstance(name, str) or not name:
        identity = item.get("_id")
        return identity if isinstance(identity, str) else None
    if resource.key == ("host", "name") and item.get("host"):
        try:
            return OnHost(get_reference(resources_by_name()["host"], item["host"]), name)
        except ItemError:
            return None
    return name


class _Update(Pending):
    """An item to update.

    Attributes:
        reference: its reference in the data or on the command line; None if it is missing.
        data: the fields to change, as given.
        before: the item as it was read.
        sent: what is sent.
    """

    def __init__(self, reference: Reference | None, data: dict[str, Any], entry: int | None) -> None:
        super().__init__(str(reference or ""), entry=entry)
        self.reference = reference
        self.data = data
        self.before: dict[str, Any] = {}
        self.sent: dict[str, Any] = {}


def update(
    writer: Writer,
    resource: Resource,
    items: Sequence[tuple[Reference | None, dict[str, Any]]],
    *,
    include_read_data: bool = False,
    places: Sequence[int | None] = (),
) -> Report:
    """Update items. Failures are reported, and do not affect other items.

    Args:
        writer: the backend and the receiver of results.
        resource: the resource of the items.
        items: a reference and the fields to change for each.
        include_read_data: True to also send the unchanged fields.
        places: the position of each in the data; by default, the items are the data.

    Raises:
        BackendException: a request before the first item failed.
    """
    wanted = [_Update(*item, place) for item, place in zip(items, places or count(1), strict=False)]
    batch = Batch(writer, "update", resource, wanted)
    updating = _Updating(writer, resource, batch, include_read_data)
    links.load(writer.catalog, resource, (data for _, data in items))
    for group in _group_distinct(wanted):
        if not writer.report.ended:
            with batch.guarded():
                updating.write(group)
    batch.finish()
    return writer.report


def _group_distinct(wanted: list[_Update]) -> list[list[_Update]]:
    """Return groups without repeated references: later changes of an item build on earlier ones."""
    groups: list[list[_Update]] = []
    seen: Counter[Reference | None] = Counter()
    for item in wanted:
        place = seen[item.reference] if item.reference else 0
        seen[item.reference] += 1
        if len(groups) <= place:
            groups.append([])
        groups[place].append(item)
    return groups


class _Updating:
    """One run of :func:`update`."""

    def __init__(self, writer: Writer, resource: Resource, batch: Batch[_Update], include_read_data: bool) -> None:
        self._writer = writer
        self._resource = resource
        self._batch = batch
        self._include_read_data = include_read_data
        self._there: dict[Reference, dict[str, Any] | ItemError] = {}

    def write(self, group: list[_Update]) -> None:
        """Write the changes of distinct items."""
        writer, batch = self._writer, self._batch
        self._there = self._read(group)
        changed = batch.accepted(group, self._prepare)
        pairs = ((item.before, item.sent) for item in changed)
        for item, changes in zip(changed, comparing.describe_changes(writer, self._resource, pairs), strict=True):
            item.changes = changes
        if writer.dry_run:
            for item in changed:
                batch.settle(item, "updated")
        else:
            self._send(changed)
        for item in group if self._resource.name == "host" else ():
            if isinstance(item.data.get(SERVICES), list) and item.before and not writer.report.ended:
                hosted = [{**service, "host": item.before["name"]} for service in item.data[SERVICES]]
                service = resources_by_name()["service"]
                update(writer, service, references(service, hosted), places=[item.entry] * len(hosted))

    def _read(self, group: list[_Update]) -> dict[Reference, dict[str, Any] | ItemError]:
        """Return the current items, with the fields that are needed."""
        writer, resource = self._writer, self._resource
        fields: set[str] | None = None
        if not (self._include_read_data or writer.dry_run):
            sent = {name for item in group for name in item.data}
            wanted = {*resource.key, TEMPLATE_FIELDS} | sent | related_fields(resource, sent)
            fields = wanted & resource.fields.keys() or None
        named = [item.reference for item in group if item.reference]
        there = find_many(writer.backend, writer.catalog, resource, named, fields)
        writer.load_hosts(resource, [item for item in there.values() if isinstance(item, dict)])
        return there

    def _prepare(self, item: _Update) -> _Update | None:
        """Find out what to send for an item; None if nothing has to be sent."""
        writer, resource = self._writer, self._resource
        if not item.reference:
            raise ItemError("the data has no name of an item to update", 422)
        current = self._there[item.reference]
        if isinstance(current, ItemError):
            raise current
        item.name = writer.name(resource, current)
        item.id = current["_id"]
        if resource.name == "host":
            checks.reject_invalid_services(item.data)
        item.before = current
        item.sent = comparing.compute_changes(writer, resource, current, item.data)
        if self._include_read_data:
            item.sent = comparing.with_read_data(resource, current, item.sent)
        checks.reject_invalid(writer, resource, item.sent, current)
        checks.reject_cycle(writer, resource, current, item.sent)
        if not item.sent:
            self._batch.settle(item, "unchanged")
            return None
        if writer.dry_run:
            checks.check_change(writer, resource, current, item.sent)
        return item

    def _send(self, changed: list[_Update]) -> None:
        backend, name = self._writer.backend, self._resource.name

        if changed:
            self._writer.listener.sending("update", name, [item.name for item in changed])
        sent = [client.Change(item.id, item.before["_etag"], item.sent) for item in changed]
        overtaken = self._batch.send(
            changed, lambda on_outcome: backend.update_many(name, sent, on_outcome), "updated", later=is_overtaken
        )
        for item in overtaken:
            if not self._writer.report.ended:
                self._send_again(item)

    def _send_again(self, item: _Update) -> None:
        """Repeat a change if others have changed the item in the meantime, but none of the same fields.

        The backend itself changes items, too: those that use a changed template, and the state of hosts.
        """
        endpoint = f"{self._resource.name}/{item.id}"
        try:
            current = self._writer.backend.get(endpoint)
            _reject_overtaken(item, current)
            self._writer.backend.patch(endpoint, item.sent, headers={"If-Match": current["_etag"]})
        except (ItemError, BackendException) as error:
            self._batch.fail(item, error)
        else:
            self._batch.settle(item, "updated")


def _reject_overtaken(item: _Update, current: dict[str, Any]) -> None:
    """Reject a change if others have changed one of its fields since the item was read."""
    if any(current.get(name) != item.before.get(name) for name in item.sent):
        raise ItemError(OVERTAKEN, 412)
