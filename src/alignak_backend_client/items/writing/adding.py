"""Adding items to the backend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from alignak_backend_client import client
from alignak_backend_client.exceptions import BackendException
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.catalog import Catalog, read_all
from alignak_backend_client.items.names.finding import by_ids
from alignak_backend_client.items.names.references import SERVICES, Reference, label
from alignak_backend_client.items.writing import checks, existing
from alignak_backend_client.items.writing.batch import Batch
from alignak_backend_client.items.writing.entries import Entry, find_existing_ids, prepare, random_password
from alignak_backend_client.items.writing.existing import complete, needs_completion
from alignak_backend_client.items.writing.results import Report
from alignak_backend_client.items.writing.updating import update
from alignak_backend_client.items.writing.writer import Writer
from alignak_backend_client.model import Resource, resources_by_name
from alignak_backend_client.model.fields import TEMPLATE_FIELDS
from alignak_backend_client.model.ids import new_object_id

_THERE: Final = ("created", "unchanged")


def add(
    writer: Writer,
    resource: Resource,
    items: list[dict[str, Any]],
    templates: list[str] | None = None,
    *,
    places: Sequence[int | None] = (),
) -> Report:
    """Add items. Failures are reported, and do not affect other items.

    Items that link to others of the same list are sent after them, all others together. An item that already exists
    with the same data is unchanged.

    Args:
        writer: the backend and the receiver of results.
        resource: the resource of the items.
        items: the data of each; links are names, ids, or the linked items.
        templates: names of the templates to use for all of them.
        places: the position of each in the data; by default, the items are the data.

    Raises:
        BackendException: a request before the first item failed.
    """
    waves = prepare(writer.catalog, resource, items, templates=templates, own_realm=writer.own_realm)
    entries = [entry for wave in waves for entry in wave]
    for entry in entries if places else ():
        entry.entry = places[entry.position]
    batch = Batch(writer, "add", resource, entries)
    adding = _Adding(writer, resource, batch)
    for wave in waves:
        if not writer.report.ended:
            with batch.guarded():
                adding.write(wave)
    batch.finish()
    return writer.report


class _Adding:
    """One run of :func:`add`."""

    def __init__(self, writer: Writer, resource: Resource, batch: Batch[Entry]) -> None:
        self._writer = writer
        self._resource = resource
        self._batch = batch
        self._lost: dict[int, str] = {}
        self._moved: dict[str, str] = {}
        self._generated_keys = existing.generated_keys(writer, resource)

    def write(self, wave: list[Entry]) -> None:
        """Write items that do not link to each other. Others may add some of them at the same time."""
        for entry in wave if self._moved else ():
            self._update_moved_links(entry.data)
        refused: dict[int, BackendException] = {}
        self._write(wave, refused)
        if refused and not self._writer.report.ended:
            self._write(self._look_up_refused([entry for entry in wave if entry.position in refused], refused))
        for entry in wave:
            if entry.services and entry.status in _THERE and not self._writer.report.ended:
                with self._batch.guarded():
                    self._add_services(entry)

    def _update_moved_links(self, data: dict[str, Any]) -> None:
        """Update links to items of the list whose ids differ from the expected ones."""
        for name, link in self._resource.links.items():
            if link.resource == self._resource.name and data.get(name):
                value = data[name]
                moved = [self._moved.get(one, one) for one in (value if link.many else [value])]
                data[name] = moved if link.many else moved[0]

    def _look_up_refused(self, entries: list[Entry], refused: dict[int, BackendException]) -> list[Entry]:
        """Look up items that the backend rejected, and return those that exist or can be sent again.

        If the id belongs to an item that was renamed, the new item gets another id.
        """
        catalog, name = self._writer.catalog, self._resource.name
        there = find_existing_ids(Catalog(self._writer.backend), self._resource, entries)
        for entry in entries:
            entry.exists = there.get(entry.position)
            if entry.exists is None and refused[entry.position].code != 409:
                self._batch.fail(entry, refused[entry.position])
                self._record_loss(entry)
                continue
            identity = entry.exists or new_object_id()
            if self._resource.key and identity != entry.id:
                self._moved[entry.id] = identity
                catalog.forget(name, entry.id)
                catalog.remember(name, {**entry.data, "_id": identity})
            entry.id = identity
        return [entry for entry in entries if entry.status is None]

    def _write(self, wave: list[Entry], refused: dict[int, BackendException] | None = None) -> None:
        """Write items; those that may already exist are added to ``refused``, by position, without a result."""
        there = existing.compare(self._writer, self._resource, wave)
        new = self._batch.accepted(wave, lambda entry: self._prepare_or_lose(entry, there.get(entry.position)))
        states = {entry.position: there[entry.position].state for entry in wave if entry.position in there}
        incomplete = [entry for entry in wave if entry.status is None and states.get(entry.position) == "incomplete"]
        if self._writer.dry_run:
            for entry in [*new, *incomplete]:
                self._batch.settle(entry, "created")
        else:
            complete(self._writer, self._resource, [*self._send(new, refused), *incomplete], self._batch)
        self._adopt([entry for entry in wave if entry.status is None and states.get(entry.position) == "generated"])

    def _prepare_or_lose(self, entry: Entry, there: existing.Existing | None) -> Entry | None:
        """Return the item if it must be sent, otherwise None."""
        try:
            return self._prepare(entry, there)
        except ItemError:
            self._record_loss(entry)
            raise

    def _prepare(self, entry: Entry, there: existing.Existing | None) -> Entry | None:
        if entry.error is not None:
            raise ItemError(entry.error, 422)
        if entry.skip:
            self._batch.settle(entry, "skipped", reason="every new backend has it")
            return None
        checks.reject_invalid_services({SERVICES: entry.services})
        if there is not None:
            self._check_existing(entry, there)
            return None
        if missing := [self._lost[position] for position in sorted(entry.needs) if position in self._lost]:
            raise ItemError(f"it needs {label(self._resource.name, missing[0])}, which is not added", 422)
        if existing.generated_key(self._resource, entry.data) in self._generated_keys:
            self._batch.settle(entry, "skipped", reason="the backend has already created an equal one")
            return None
        checks.reject_invalid(self._writer, self._resource, entry.data)
        if entry.services:
            entry.remark = f"with {len(entry.services)} services"
        if self._writer.dry_run:
            checks.check_new(self._writer, self._resource, entry.data)
        return entry

    def _check_existing(self, entry: Entry, there: existing.Existing) -> None:
        """Report an item that already exists, unless it must be completed."""
        if there.state == "other":
            raise ItemError(f"it already exists, and differs in: {', '.join(there.differing)}", 409)
        if there.state == "same":
            self._batch.settle(entry, "unchanged")
        elif there.state == "incomplete":
            entry.remark = "it existed, but was incomplete"

    def _record_loss(self, entry: Entry) -> None:
        """Record that an item will not exist."""
        self._lost[entry.position] = entry.name
        if entry.exists is None and self._resource.key and entry.id:
            self._writer.catalog.forget(self._resource.name, entry.id)

    def _send(self, entries: list[Entry], refused: dict[int, BackendException] | None) -> list[Entry]:
        """Send items, and return those that exist now, but may be incomplete."""
        if not entries:
            return []
        writer, name = self._writer, self._resource.name
        items = [_payload(self._resource, entry) for entry in entries]
        writer.listener.sending("add", name, [entry.name for entry in entries])

        def is_open(entry: Entry, outcome: client.Outcome) -> bool:
            if outcome.error is None:
                return needs_completion(self._resource, entry)
            if refused is None or not suggests_existing_item(outcome.error):
                return False
            refused[entry.position] = outcome.error
            return True

        created = self._batch.send(
            entries, lambda on_outcome: writer.backend.create_many(name, items, on_outcome), "created", later=is_open
        )
        if writer.report.ended:
            known = {entry.position for entry in created}
            created += self._find_created([one for one in entries if one.status is None and one.position not in known])
        there = {entry.position for entry in created}
        for entry in entries:
            if entry.status != "created" and entry.position not in there:
                self._record_loss(entry)
        return [entry for entry in created if entry.position not in (refused or ())]

    def _find_created(self, entries: list[Entry]) -> list[Entry]:
        """Report the pending items that the backend has created; return those that may be incomplete."""
        ids = [entry.id for entry in entries]
        try:
            there = {item["_id"] for item in by_ids(self._writer.backend, self._resource.name, ids)}
        except (BackendException, ItemError, KeyboardInterrupt):
            return []
        created = [entry for entry in entries if entry.id in there]
        for entry in created:
            if not needs_completion(self._resource, entry):
                self._batch.settle(entry, "created")
        return [entry for entry in created if entry.status is None]

    def _adopt(self, entries: list[Entry]) -> None:
        """Update services that the backend created from templates of their hosts to match their dumps."""
        if not entries or self._writer.report.ended:
            return
        changes: list[tuple[Reference | None, dict[str, Any]]] = []
        for entry in entries:
            fields = {} if entry.template_fields is None else {TEMPLATE_FIELDS: entry.template_fields}
            changes.append((entry.id, entry.data | fields))
            entry.status = "updated"  # reported below
        update(self._writer, self._resource, changes, places=[entry.entry for entry in entries])

    def _add_services(self, entry: Entry) -> None:
        """Add the services in the data of a host; those created from its templates are updated instead."""
        writer, service = self._writer, resources_by_name()["service"]
        generated: dict[str, str] = {}
        if entry.exists is not None or not writer.dry_run:
            fields = {"name": 1, "_is_template": 1, "_templates_from_host_template": 1}
            there = read_all(writer.backend, "service", {"where": {"host": entry.id}, "projection": fields})
            generated = {one["name"]: one["_id"] for one in there if existing.is_generated(one)}
        hosted = [{**one, "host": entry.data["name"]} for one in entry.services]
        new = [one for one in hosted if one.get("name") not in generated]
        add(writer, service, new, places=[entry.entry] * len(new))
        if not writer.report.ended:
            changes: list[tuple[str | None, dict[str, Any]]] = [
                (generated[one["name"]], one) for one in hosted if one.get("name") in generated
            ]
            update(writer, service, changes, places=[entry.entry] * len(changes))


def suggests_existing_item(error: BackendException) -> bool:
    """Return True if the error suggests that an item with this id or name already exists."""
    if error.code == 422:
        return list(error.issues) == ["name"] and "is not unique" in str(error.issues["name"])
    return error.code == 409 or (
        error.code == 412 and "_error" not in (() if error.response is None else error.response)
    )


def _payload(resource: Resource, entry: Entry) -> dict[str, Any]:
    """Return the request data of an item."""
    data = {**entry.data, "_id": entry.id}
    if resource.name == "user" and not data.get("password"):
        data["password"] = random_password()
        entry.remark = "no password in the data: it gets a random password"
    return data
