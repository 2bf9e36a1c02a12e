"""Changing items of the backend."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from alignak_backend_client import client
from alignak_backend_client.exceptions import BackendException
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names import links
from alignak_backend_client.items.names.finding import find_many
from alignak_backend_client.items.names.references import SERVICES, show, text_of
from alignak_backend_client.items.writing import checks
from alignak_backend_client.items.writing.many import Run
from alignak_backend_client.items.writing.report import Outcome
from alignak_backend_client.items.writing.work import OVERTAKEN, Work
from alignak_backend_client.model import Resource, resources_by_name
from alignak_backend_client.model.fields import META, TEMPLATE_FIELDS, is_refused_back


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


class _Entry(NamedTuple):
    """A change as the data tells it."""

    number: int
    reference: str | None
    data: dict[str, Any]

    def label(self, resource: Resource) -> str:
        """Return how messages call it before its item is known."""
        return f"{resource.name} {show(self.reference)}" if self.reference else f"entry {self.number} of the data"


class _Change(NamedTuple):
    """A change on its way to the backend.

    Attributes:
        label: how messages call the item.
        id: its id.
        data: what is sent.
        before: the item as it was read.
    """

    label: str
    id: str
    data: dict[str, Any]
    before: dict[str, Any]


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
    updating = _Updating(work, resource, Run(work, "updated", len(items)), include_read_data)
    links.load(work.catalog, resource, (data for _, data in items))
    entries = [_Entry(number, reference, data) for number, (reference, data) in enumerate(items, start=1)]
    for group in _distinct(entries):
        if not updating.run.ended:
            try:
                updating.write(group)
            except (BackendException, ItemError) as error:
                updating.run.stop(error)
    return updating.run.finished()


def _distinct(entries: list[_Entry]) -> list[list[_Entry]]:
    """Return entries in groups that name no item twice: what comes later builds on what came before."""
    groups: list[list[_Entry]] = []
    seen: Counter[str | None] = Counter()
    for entry in entries:
        place = seen[entry.reference] if entry.reference else 0
        seen[entry.reference] += 1
        if len(groups) <= place:
            groups.append([])
        groups[place].append(entry)
    return groups


class _Updating:
    """One run of :func:`update`."""

    def __init__(self, work: Work, resource: Resource, run: Run, include_read_data: bool) -> None:
        self.run = run
        self._work = work
        self._resource = resource
        self._include_read_data = include_read_data
        self._there: dict[str, dict[str, Any] | ItemError] = {}

    def write(self, entries: list[_Entry]) -> None:
        """Write changes of different items."""
        work, run = self._work, self.run
        self._there = self._read(entries)
        changes = run.judged(entries, self._judge, lambda entry: entry.label(self._resource))
        if work.check:
            for change in changes:
                run.done(change.label, f": {', '.join(sorted(change.data))}")
        elif changes:
            self._send(changes)
        for entry in entries:
            services = entry.data.get(SERVICES) if self._resource.name == "host" else None
            host = self._there.get(entry.reference or "")
            if isinstance(services, list) and isinstance(host, dict) and not run.ended:
                hosted = [{**service, "host": host["name"]} for service in services if isinstance(service, dict)]
                service = resources_by_name()["service"]
                run.take(update(work, service, targets(service, hosted)))

    def _read(self, entries: list[_Entry]) -> dict[str, dict[str, Any] | ItemError]:
        """Return the items as the backend has them, with the fields that count here."""
        work, resource = self._work, self._resource
        fields: set[str] | None = None
        if not (self._include_read_data or work.check):
            sent = {name for entry in entries for name in entry.data}
            fields = ({*resource.key, TEMPLATE_FIELDS} | sent) & resource.fields.keys() or None
        named = [entry.reference for entry in entries if entry.reference]
        there = find_many(work.backend, work.catalog, resource, named, fields)
        if resource.key == ("host", "name"):
            # For the names in messages.
            work.catalog.load_ids("host", {host for item in there.values() if (host := _host(item))})
        return there

    def _judge(self, entry: _Entry) -> _Change | None:
        """Return what to send for an entry, None for an item that is as the data says."""
        work, resource = self._work, self._resource
        if not entry.reference:
            raise ItemError("it has no name that says which item to update")
        current = self._there[entry.reference]
        if isinstance(current, ItemError):
            raise current
        label = work.label(resource, current)
        changes = _changes(work, resource, current, entry.data)
        if self._include_read_data:
            changes = _with_read_data(resource, current, changes)
        checks.refuse_harmful(resource, changes)
        checks.refuse_below_itself(work, resource, current, changes)
        if not changes:
            work.listener.done(f"{label} is as the data says already")
            self.run.skip()
            return None
        if work.check:
            checks.check_change(work, resource, current, changes)
        verb = "would change" if work.check else "changes"
        work.listener.step(f"{label} {verb}: {', '.join(sorted(changes))}")
        return _Change(label, current["_id"], changes, current)

    def _send(self, changes: list[_Change]) -> None:
        """Send changes and report them."""
        backend, name = self._work.backend, self._resource.name
        sent = [client.Change(change.id, change.before["_etag"], change.data) for change in changes]
        told = self.run.send(changes, lambda tell: backend.update_many(name, sent, tell))
        overtaken = [change for change, outcome in told if outcome.error is not None and outcome.error.code == 412]
        self.run.report([(change, outcome) for change, outcome in told if change not in overtaken])
        for change in overtaken:
            if not self.run.ended:
                self._send_again(change)

    def _send_again(self, change: _Change) -> None:
        """Send a change once more when others have changed the item meanwhile, but nothing that is changed here.

        The backend itself writes to items: a template to those that follow it, a service to the state of its host.
        """
        endpoint = f"{self._resource.name}/{change.id}"
        try:
            current = self._work.backend.get(endpoint)
            _refuse_overtaken(change, current)
            self._work.backend.patch(endpoint, change.data, headers={"If-Match": current["_etag"]})
        except (ItemError, BackendException) as error:
            self.run.refused(change.label, error)
        else:
            self.run.done(change.label)


def _refuse_overtaken(change: _Change, current: dict[str, Any]) -> None:
    """Refuse a change of fields that others have changed since they were read."""
    if any(current.get(name) != change.before.get(name) for name in change.data):
        raise ItemError(OVERTAKEN)


def _host(item: dict[str, Any] | ItemError) -> str | None:
    """Return the id of a service's host."""
    host = item.get("host") if isinstance(item, dict) else None
    return host if isinstance(host, str) else None


def _changes(work: Work, resource: Resource, current: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """Return what to send of the data: ids for names, without what the backend computes or has already."""
    left_out = META | resource.computed | {"_id", SERVICES}
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
        read[TEMPLATE_FIELDS] = [name for name in read[TEMPLATE_FIELDS] if name not in changes]
    return read | changes
