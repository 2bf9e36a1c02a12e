"""Adding items to the backend."""

from __future__ import annotations

import json
import secrets
from functools import partial
from typing import Any

from alignak_backend_client import client
from alignak_backend_client.exceptions import BackendException, has_gone
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.catalog import read_all
from alignak_backend_client.items.names.finding import by_ids
from alignak_backend_client.items.writing import checks
from alignak_backend_client.items.writing.entries import Entry, prepare
from alignak_backend_client.items.writing.many import Run, guarded
from alignak_backend_client.items.writing.order import waves
from alignak_backend_client.items.writing.report import Outcome
from alignak_backend_client.items.writing.updating import update
from alignak_backend_client.items.writing.work import Work
from alignak_backend_client.model import Resource, resources_by_name
from alignak_backend_client.model.fields import TEMPLATE_FIELDS


def add(work: Work, resource: Resource, items: list[dict[str, Any]], templates: list[str] | None = None) -> Outcome:
    """Add items. Those that cannot be added are reported, and the others added.

    Items that need others of the same list are sent after them, all others together.

    Args:
        work: the backend and who is told.
        resource: what is added.
        items: the data of each; links hold names, ids, or the linked items.
        templates: names of the templates to use for all of them.

    Raises:
        BackendException: the backend refuses the questions that come before the first item.
    """
    entries = prepare(work.catalog, resource, items, templates=templates, own_realm=work.own_realm)
    run = Run(work, "added", len(entries))
    adding = _Adding(work, resource, run)
    for wave in waves({entry.position: entry.needs for entry in entries}, entries, lambda entry: entry.position):
        if not run.ended:
            try:
                adding.write(wave)
            except BackendException as error:
                run.stop(error)
    return run.finished()


class _Adding:
    """One run of :func:`add`."""

    def __init__(self, work: Work, resource: Resource, run: Run) -> None:
        self._work = work
        self._resource = resource
        self._run = run
        self._failed: dict[int, str] = {}
        self._twins = _twins(work, resource)

    def write(self, wave: list[Entry]) -> None:
        """Write items that do not need each other."""
        work, run = self._work, self._run
        generated = [entry for entry in wave if _is_generated(work, self._resource, entry)]
        unfinished = [] if work.check else _unfinished(work, self._resource, wave)
        others = [entry for entry in wave if entry not in generated and entry not in unfinished]
        jobs = run.judged(others, self._judged, lambda entry: entry.label)
        if work.check:
            for entry in jobs:
                run.done(entry.label)
            written = jobs
        else:
            written = self._send(jobs)
        _adopt(work, self._resource, generated, run)
        self._finish(unfinished)
        for entry in [*written, *unfinished]:
            if entry.services is not None and not run.ended:
                guarded(run, entry.label, partial(_add_services, work, entry, run))

    def _finish(self, entries: list[Entry]) -> None:
        """Complete items that an earlier run, which was cut off, has left half done."""
        if entries and not self._run.ended:
            _complete(self._work, self._resource, entries, self._run)
            for entry in entries if not self._run.ended else []:
                self._work.listener.step(f"{entry.label} was there, but not whole: it is completed")
                self._run.done(entry.label)

    def _judged(self, entry: Entry) -> Entry | None:
        """Return an item that can be sent, None for one that need not be."""
        try:
            return self._judge(entry)
        except ItemError:
            self._lose(entry)
            raise

    def _judge(self, entry: Entry) -> Entry | None:
        if entry.error is not None:
            raise ItemError(entry.error)
        if entry.skip:
            self._work.listener.step(f"{entry.label} is part of every backend: left as it is")
            self._run.skip()
            return None
        if entry.exists is not None:
            raise ItemError("it exists already; change it with the action 'update'")
        if missing := [self._failed[position] for position in sorted(entry.needs) if position in self._failed]:
            raise ItemError(f"it needs {missing[0]}, which is not added")
        if _twin(self._resource, entry.data) in self._twins:
            self._work.listener.step(f"{entry.label} equals one that the backend has made by itself: left as it is")
            self._run.skip()
            return None
        checks.refuse_harmful(self._resource, entry.data)
        if self._work.check:
            checks.check_new(self._work, self._resource, entry.data)
        return entry

    def _lose(self, entry: Entry) -> None:
        """Take note that an item will not be there."""
        self._failed[entry.position] = entry.label
        if entry.exists is None and self._resource.key and entry.id:
            self._work.catalog.forget(self._resource.name, entry.id)

    def _send(self, entries: list[Entry]) -> list[Entry]:
        """Send items, report them, and return those that are in the backend now."""
        if not entries:
            return []
        work, name = self._work, self._resource.name
        work.listener.step(f"Adding {entries[0].label}" if len(entries) == 1 else f"Adding {len(entries)} {name}s")
        items = [_payload(work, self._resource, entry) for entry in entries]
        told = self._run.send(entries, lambda tell: work.backend.create_many(name, items, tell))
        if self._run.ended:
            known = {entry.id for entry, _ in told}
            told += self._found([entry for entry in entries if entry.id not in known])
        written = {entry.id for entry, outcome in told if outcome.ok}
        for entry in entries:
            if entry.id not in written:
                self._lose(entry)
        self._run.report(told)
        there = [entry for entry in entries if entry.id in written]
        _complete(work, self._resource, there, self._run)
        return there

    def _found(self, entries: list[Entry]) -> list[tuple[Entry, client.Outcome]]:
        """Return those of the items under way at the end that the backend has."""
        try:
            there = {
                item["_id"] for item in by_ids(self._work.backend, self._resource.name, [one.id for one in entries])
            }
        except (BackendException, KeyboardInterrupt):
            there = set()
        return [(entry, client.Outcome(entry.id, answer={})) for entry in entries if entry.id in there]


def _twins(work: Work, resource: Resource) -> set[str]:
    """Return what tells the items apart that the backend makes by itself; empty for most resources."""
    if not resource.made_by_backend:
        return set()
    return {twin for item in read_all(work.backend, resource.name) if (twin := _twin(resource, item)) is not None}


def _twin(resource: Resource, item: dict[str, Any]) -> str | None:
    """Return what tells an item from others that the backend makes by itself."""
    if not resource.made_by_backend:
        return None
    values = (item.get(name, resource.fields[name].get("default")) for name in resource.made_by_backend)
    return json.dumps([sorted(value, key=str) if isinstance(value, list) else value for value in values])


def _is_generated(work: Work, resource: Resource, entry: Entry) -> bool:
    """Return True for the dump of a service that the backend has made anew from a template of its host."""
    return (
        resource.name == "service"
        and entry.exists is not None
        and entry.error is None
        and entry.data.get("_templates_from_host_template") is True
        and any(known.generated and known.id == entry.exists for known in work.catalog.find("service", entry.id))
    )


def _adopt(work: Work, resource: Resource, entries: list[Entry], run: Run) -> None:
    """Bring services that the backend made from templates of their hosts in line with their dumps."""
    if not entries or run.ended:
        return
    for entry in entries:
        work.listener.step(f"{entry.label} was made by a template of its host: it is brought in line with the data")
    changes: list[tuple[str | None, dict[str, Any]]] = [
        (entry.id, entry.data | ({} if entry.template_fields is None else {TEMPLATE_FIELDS: entry.template_fields}))
        for entry in entries
    ]
    run.take(update(work, resource, changes), len(entries))


def _payload(work: Work, resource: Resource, entry: Entry) -> dict[str, Any]:
    """Return what is sent of an item."""
    data = {**entry.data, "_id": entry.id}
    if resource.name == "user" and not data.get("password"):
        # The backend's own default password is known to everybody.
        data["password"] = secrets.token_urlsafe(24)
        work.listener.step(f"{entry.label} has no password in the data: it gets one that nobody knows")
    return data


def _complete(work: Work, resource: Resource, entries: list[Entry], run: Run) -> None:
    """Bring what the backend took from the templates of new items in line with the data.

    An item follows its templates only in what was not sent, and its lists are merged with those of the templates: then
    linked items stand twice.
    """
    unfinished = {entry.id: entry for entry in entries if _merged(resource, entry) is not None}
    if not unfinished:
        return
    not_whole = f"Up to {len(unfinished)} of the new {resource.name}s are not whole; run the command again"
    if run.ended:
        run.stop(ItemError("the work ended before they were completed"), not_whole)
        return
    changes: list[client.Change] = []
    try:
        for item in by_ids(work.backend, resource.name, list(unfinished)):
            wanted = _completion(resource, unfinished[item["_id"]], item)
            if wanted:
                changes.append(client.Change(item["_id"], item["_etag"], wanted))
    except BackendException as error:
        run.stop(error, not_whole)
        return
    for change, outcome in zip(changes, work.backend.update_many(resource.name, changes), strict=True):
        if outcome.error is None or run.ended:
            continue
        if has_gone(outcome.error) or not outcome.tried:
            run.stop(outcome.error, not_whole)
        else:
            guarded(run, unfinished[change.id].label, partial(_change_again, work, resource, change))


def _change_again(work: Work, resource: Resource, change: client.Change) -> None:
    """Send a change of a new item whose ``_etag`` its own services have changed."""
    headers = {"If-Match": change.etag}
    work.backend.patch(f"{resource.name}/{change.id}", change.data, headers=headers, inception=True)


def _unfinished(work: Work, resource: Resource, entries: list[Entry]) -> list[Entry]:
    """Return entries that are in the backend just as a run leaves them that was cut off after their creation.

    They have the values of the data, and lack what comes after: the fields that follow their templates, or services.
    """
    there = {
        entry.exists: entry
        for entry in entries
        if entry.exists is not None
        and entry.error is None
        and not entry.skip
        and (_merged(resource, entry) is not None or isinstance(entry.services, list))
    }
    found: list[Entry] = []
    for item in by_ids(work.backend, resource.name, list(there)) if there else ():
        entry = there[item["_id"]]
        if not _is_just_made(resource, entry, item):
            continue
        lacking = _merged(resource, entry) is not None and _completion(resource, entry, item)
        if lacking or _lacks_services(work, entry):
            found.append(entry)
    return found


def _is_just_made(resource: Resource, entry: Entry, item: dict[str, Any]) -> bool:
    """Return True when an item has the values of its data, and follows its templates in nothing that was sent."""
    followed = item.get(TEMPLATE_FIELDS)
    if isinstance(followed, list) and any(name in followed for name in entry.data):
        return False
    return all(
        _holds(item.get(name), value) if name in resource.cumulative else item.get(name) == value
        for name, value in entry.data.items()
    )


def _holds(stored: Any, sent: Any) -> bool:
    """Return True when a value that was merged with those of templates has all that was sent."""
    if isinstance(stored, list) and isinstance(sent, list):
        return all(one in stored for one in sent)
    if isinstance(stored, dict) and isinstance(sent, dict):
        return all(stored.get(name) == value for name, value in sent.items())
    return bool(stored == sent)


def _lacks_services(work: Work, entry: Entry) -> bool:
    """Return True for a host without some of the services that come with it."""
    if not isinstance(entry.services, list) or not entry.services:
        return False
    where = {"where": json.dumps({"host": entry.id}), "projection": json.dumps({"name": 1})}
    there = {service.get("name") for service in read_all(work.backend, "service", where)}
    return any(isinstance(one, dict) and one.get("name") not in there for one in entry.services)


def _merged(resource: Resource, entry: Entry) -> list[str] | None:
    """Return the sent fields that the backend has merged with the templates; None when nothing needs another look."""
    sent = [name for name in resource.cumulative if name in entry.data and entry.data.get("_templates")]
    if entry.template_fields is None and not any(name in resource.links for name in sent):
        return None
    return sent


def _completion(resource: Resource, entry: Entry, item: dict[str, Any]) -> dict[str, Any]:
    """Return what to change in a new item; empty when it is as it should be."""
    sent = _merged(resource, entry) or []
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


def _add_services(work: Work, entry: Entry, run: Run) -> None:
    """Add the services that came with a host."""
    services = entry.services
    if not isinstance(services, list) or not all(isinstance(service, dict) for service in services):
        raise ItemError("_services: a list of services is needed")
    resource = resources_by_name()["service"]
    hosted = [{**service, "host": entry.data["name"]} for service in services]
    if work.check:
        work.listener.step(f"{entry.label} would be added with {len(services)} services")
        run.take(add(work, resource, hosted))
        return
    # The host's templates may have made some of them.
    found = work.backend.get_all("service", {"where": {"host": entry.id}, "projection": {"name": 1}})["_items"]
    there = {service["name"]: service["_id"] for service in found}
    run.take(add(work, resource, [service for service in hosted if service.get("name") not in there]))
    if not run.ended:
        run.take(update(work, resource, [(there[s["name"]], s) for s in hosted if s.get("name") in there]))
