"""Adding items to the backend."""

from __future__ import annotations

import json
import secrets
from typing import Any

from alignak_backend_client.exceptions import BackendException
from alignak_backend_client.items import checks
from alignak_backend_client.items.catalog import read_all
from alignak_backend_client.items.entries import Entry, prepare
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.report import Outcome
from alignak_backend_client.items.rules import CUMULATIVE, MADE_BY_BACKEND, TEMPLATE_FIELDS
from alignak_backend_client.items.updating import update
from alignak_backend_client.items.work import Work, each, refusal
from alignak_backend_client.model import Resource, resources_by_name


def add(work: Work, resource: Resource, items: list[dict[str, Any]], templates: list[str] | None = None) -> Outcome:
    """Add items. Those that cannot be added are reported, and the others added.

    Args:
        work: the backend and who is told.
        resource: what is added.
        items: the data of each; links hold names, ids, or the linked items.
        templates: names of the templates to use for all of them.

    Raises:
        BackendException: the backend refuses the questions that come before the first item.
    """
    outcome = Outcome()
    entries = prepare(work.catalog, resource, items, templates=templates, own_realm=work.own_realm)
    twins = _twins(work, resource)
    failed: dict[int, str] = {}

    def refused(entry: Entry, reason: str) -> str:
        failed[entry.position] = entry.label
        if entry.exists is None and resource.key and entry.id:
            work.catalog.forget(resource.name, entry.id)
        return f"{entry.label} is not added: {reason}"

    def write(entry: Entry) -> None:
        _add_one(work, resource, entry, failed, twins, outcome)

    each(work, entries, outcome, write, refused)
    return outcome


def _add_one(
    work: Work,
    resource: Resource,
    entry: Entry,
    failed: dict[int, str],
    twins: set[str],
    outcome: Outcome,
) -> None:
    """Add one item, or say why not."""
    if entry.error is not None:
        raise ItemError(entry.error)
    if entry.skip:
        outcome.skipped += 1
        work.listener.step(f"{entry.label} is part of every backend: left as it is")
        return
    if entry.exists is not None and not _is_generated(work, resource, entry):
        raise ItemError("it exists already; change it with the action 'update'")
    if missing := [failed[position] for position in sorted(entry.needs) if position in failed]:
        raise ItemError(f"it needs {missing[0]}, which is not added")
    if entry.exists is not None:
        _adopt(work, resource, entry, outcome)
        return
    if _twin(resource, entry.data) in twins:
        outcome.skipped += 1
        work.listener.step(f"{entry.label} equals one that the backend has made by itself: left as it is")
        return
    checks.refuse_harmful(resource, entry.data)
    if work.check:
        checks.check_new(work, resource, entry.data)
    else:
        _post(work, resource, entry)
    outcome.done += 1
    work.listener.done(f"{entry.label} {'would be' if work.check else 'is'} added")
    if entry.services is not None:
        _add_services(work, entry, outcome)


def _twins(work: Work, resource: Resource) -> set[str]:
    """Return what tells the items apart that the backend makes by itself; empty for most resources."""
    if resource.name not in MADE_BY_BACKEND:
        return set()
    return {twin for item in read_all(work.backend, resource.name) if (twin := _twin(resource, item)) is not None}


def _twin(resource: Resource, item: dict[str, Any]) -> str | None:
    """Return what tells an item from others that the backend makes by itself."""
    names = MADE_BY_BACKEND.get(resource.name)
    if names is None:
        return None
    values = (item.get(name, resource.fields[name].get("default")) for name in names)
    return json.dumps([sorted(value) if isinstance(value, list) else value for value in values])


def _is_generated(work: Work, resource: Resource, entry: Entry) -> bool:
    """Return True for the dump of a service that the backend has made anew from a template of its host."""
    return (
        resource.name == "service"
        and entry.data.get("_templates_from_host_template") is True
        and any(known.generated and known.id == entry.exists for known in work.catalog.find("service", entry.id))
    )


def _adopt(work: Work, resource: Resource, entry: Entry, outcome: Outcome) -> None:
    """Bring a service that the backend made from a host template in line with its dump."""
    work.listener.step(f"{entry.label} was made by a template of its host: it is brought in line with the data")
    data = dict(entry.data)
    if entry.template_fields is not None:
        data[TEMPLATE_FIELDS] = entry.template_fields
    outcome.take(update(work, resource, [(entry.exists or entry.id, data)]))


def _post(work: Work, resource: Resource, entry: Entry) -> None:
    """Send one item."""
    data = {**entry.data, "_id": entry.id}
    if resource.name == "user" and not data.get("password"):
        # The backend's own default password is known to everybody.
        data["password"] = secrets.token_urlsafe(24)
        work.listener.step(f"{entry.label} has no password in the data: it gets one that nobody knows")
    work.listener.step(f"Adding {entry.label}")
    work.backend.post(resource.name, data)
    try:
        _settle(work, resource, entry)
    except BackendException as error:
        raise ItemError(f"not whole: it is in the backend, without the last step: {refusal(error)}") from error


def _settle(work: Work, resource: Resource, entry: Entry) -> None:
    """Bring what the backend took from the templates of a new item in line with the data.

    It follows its templates only in what was not sent, and it merges lists with those of the templates: then linked
    items stand twice.
    """
    sent = [name for name in CUMULATIVE.get(resource.name, ()) if name in entry.data and entry.data.get("_templates")]
    if entry.template_fields is None and not any(name in resource.links for name in sent):
        return
    item = work.backend.get(f"{resource.name}/{entry.id}")
    if entry.template_fields is not None:
        changes = {name: entry.data[name] for name in sent if entry.data[name] != item.get(name)}
        changes[TEMPLATE_FIELDS] = entry.template_fields
    else:
        once = {name: list(dict.fromkeys(item.get(name) or [])) for name in sent if name in resource.links}
        changes = {name: value for name, value in once.items() if value != item.get(name)}
        if not changes:
            return
        changes[TEMPLATE_FIELDS] = item.get(TEMPLATE_FIELDS)
    work.backend.patch(
        f"{resource.name}/{entry.id}", changes, headers={"If-Match": item.get("_etag", "")}, inception=True
    )


def _add_services(work: Work, entry: Entry, outcome: Outcome) -> None:
    """Add the services that came with a host."""
    services = entry.services
    if not isinstance(services, list) or not all(isinstance(service, dict) for service in services):
        raise ItemError("_services: a list of services is needed")
    resource = resources_by_name()["service"]
    hosted = [{**service, "host": entry.data["name"]} for service in services]
    if work.check:
        work.listener.step(f"{entry.label} would be added with {len(services)} services")
        outcome.take(add(work, resource, hosted))
        return
    # The host's templates may have made some of them.
    found = read_all(work.backend, "service", {"where": {"host": entry.id}, "projection": {"name": 1}})
    there = {service.get("name"): service["_id"] for service in found}
    added = add(work, resource, [service for service in hosted if service.get("name") not in there])
    outcome.take(added)
    if not outcome.interrupted:
        outcome.take(update(work, resource, [(there[s["name"]], s) for s in hosted if s.get("name") in there]))
