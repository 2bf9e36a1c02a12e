"""Deleting items of the backend."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from alignak_backend_client.exceptions import BackendException
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.catalog import read_all
from alignak_backend_client.items.names.finding import find_one, host_id
from alignak_backend_client.items.writing.many import Run
from alignak_backend_client.items.writing.report import Outcome
from alignak_backend_client.items.writing.work import Work
from alignak_backend_client.model import Resource
from alignak_backend_client.model.start_documents import START_NAMES


def delete_one(work: Work, resource: Resource, reference: str) -> Outcome:
    """Delete the item that a reference means.

    Raises:
        ItemError: there is none, there are several, or the backend protects it.
        BackendException: the backend refuses to answer.
    """
    item = find_one(work.backend, work.catalog, resource, reference)
    return _delete(work, resource, [item], retry=False)


def delete_services(work: Work, resource: Resource, host: str) -> Outcome:
    """Delete all services of a host.

    Raises:
        ItemError: there is no such host.
        BackendException: the backend refuses to answer.
    """
    identity = host_id(work.catalog, host)
    return _delete(work, resource, read_all(work.backend, resource.name, {"where": {"host": identity}}), retry=True)


def delete_all(work: Work, resource: Resource) -> Outcome:
    """Delete all items of a resource but those that the backend protects.

    Hosts go one by one: the backend then deletes their services too. Deleted all at once, they would leave their
    services behind.

    Raises:
        BackendException: the backend refuses to answer.
    """
    items = _listed(work, resource)
    kept = [item for item in items if _is_protected(work, resource, item)]
    doomed = [item for item in items if not _is_protected(work, resource, item)]
    if resource.name == "host" or work.check or not doomed:
        outcome = _delete(work, resource, doomed, retry=True)
    else:
        work.backend.delete(resource.name, {})
        left = {item["_id"] for item in _listed(work, resource)}
        survivors = [item for item in doomed if item["_id"] in left]
        outcome = Outcome(done=len(doomed) - len(survivors))
        for item in survivors:
            outcome.failures.append(work.label(resource, item))
            work.listener.failed(f"{work.label(resource, item)} is not deleted: the backend kept it")
        work.listener.step(f"All {resource.name} items were deleted at once")
    for item in kept:
        work.listener.step(f"{work.label(resource, item)} is protected: kept")
    outcome.skipped = len(kept)
    return outcome


def _listed(work: Work, resource: Resource) -> list[dict[str, Any]]:
    """Return all items of a resource with their names."""
    fields = {name: 1 for name in ("name", "host") if name in resource.fields}
    projection = None if resource.allow_unknown or not fields else json.dumps(fields)
    return read_all(work.backend, resource.name, {"projection": projection})


def _is_protected(work: Work, resource: Resource, item: dict[str, Any]) -> bool:
    """Return True for an item that the backend does not let anybody delete."""
    name = item.get("name")
    return name in START_NAMES.get(resource.name, ()) or (resource.name == "user" and name == work.username)


class _Doomed(NamedTuple):
    """An item that is going to be deleted."""

    label: str
    item: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.item["_id"])


def _delete(work: Work, resource: Resource, items: list[dict[str, Any]], *, retry: bool) -> Outcome:
    """Delete items; with ``retry`` also those that others change meanwhile."""
    run = Run(work, "deleted", len(items))
    if resource.key == ("host", "name"):
        # For the names in messages.
        work.catalog.load_ids("host", {item["host"] for item in items if isinstance(item.get("host"), str)})

    def judge(item: dict[str, Any]) -> _Doomed:
        _check(work, resource, item)
        return _Doomed(work.label(resource, item), item)

    jobs = run.judged(items, judge, lambda item: work.label(resource, item))
    if work.check:
        for job in jobs:
            run.done(job.label)
        return run.finished()
    told = run.send(jobs, lambda tell: work.backend.delete_many(resource.name, [job.item for job in jobs], tell))
    overtaken = [job for job, outcome in told if retry and outcome.error is not None and outcome.error.code == 412]
    run.report([(job, outcome) for job, outcome in told if job not in overtaken])
    for job in overtaken:
        if not run.ended:
            _delete_again(work, resource, job, run)
    return run.finished()


def _delete_again(work: Work, resource: Resource, job: _Doomed, run: Run) -> None:
    """Delete an item that was changed since it was listed."""
    endpoint = f"{resource.name}/{job.id}"
    try:
        current = work.backend.get(endpoint)
        work.backend.delete(endpoint, {"If-Match": current["_etag"]})
    except BackendException as error:
        if error.code != 404:
            run.refused(job.label, error)
            return
    run.done(job.label)


def _check(work: Work, resource: Resource, item: dict[str, Any]) -> None:
    """Judge a deletion as the backend would."""
    if _is_protected(work, resource, item):
        raise ItemError("the backend protects it")
    if resource.name == "realm" and item.get("_children"):
        raise ItemError("it has realms below it; delete those first")
