"""Deleting items of the backend."""

from __future__ import annotations

import json
from typing import Any

from alignak_backend_client.client import Outcome
from alignak_backend_client.exceptions import BackendException
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.catalog import read_all
from alignak_backend_client.items.names.finding import find_one, host_id
from alignak_backend_client.items.writing.batch import Batch, Pending
from alignak_backend_client.items.writing.results import Report
from alignak_backend_client.items.writing.writer import Writer
from alignak_backend_client.model import Resource
from alignak_backend_client.model.start_documents import START_NAMES


def delete_one(writer: Writer, resource: Resource, reference: str) -> Report:
    """Delete the item that a reference means. It fails when there is none, or several, or the backend protects it.

    Raises:
        BackendException: the backend refuses to answer.
    """
    try:
        item = find_one(writer.backend, writer.catalog, resource, reference)
    except ItemError as error:
        nothing = Pending(reference)
        Batch(writer, "delete", resource, [nothing]).fail(nothing, error)
        return writer.report
    return _delete(writer, resource, [item], retry=False)


def delete_services(writer: Writer, resource: Resource, host: str) -> Report:
    """Delete all services of a host.

    Raises:
        ItemError: there is no such host.
        BackendException: the backend refuses to answer.
    """
    identity = host_id(writer.catalog, host)
    return _delete(writer, resource, read_all(writer.backend, resource.name, {"where": {"host": identity}}), retry=True)


def delete_all(writer: Writer, resource: Resource) -> Report:
    """Delete all items of a resource but those that the backend protects.

    Hosts go one by one: the backend then deletes their services too. Deleted all at once, they would leave their
    services behind.

    Raises:
        BackendException: the backend refuses to answer.
    """
    items = _listed(writer, resource)
    return _delete(writer, resource, items, retry=True, everything=True)


def _listed(writer: Writer, resource: Resource) -> list[dict[str, Any]]:
    """Return all items of a resource with their names."""
    fields = {name: 1 for name in ("name", "host", "_children") if name in resource.fields}
    projection = None if resource.allow_unknown or not fields else json.dumps(fields)
    return read_all(writer.backend, resource.name, {"projection": projection})


class _Doomed(Pending):
    """An item that is going to be deleted."""

    def __init__(self, name: str, item: dict[str, Any]) -> None:
        super().__init__(name, item["_id"])
        self.item = item


def _delete(
    writer: Writer, resource: Resource, items: list[dict[str, Any]], *, retry: bool, everything: bool = False
) -> Report:
    """Delete items.

    Args:
        writer: the backend, and who is told.
        resource: what is deleted.
        items: as the backend has them.
        retry: True to delete also those that others change meanwhile.
        everything: True when these are all items that there are: what the backend protects is skipped then.
    """
    writer.load_hosts(resource, items)
    doomed = [_Doomed(writer.name(resource, item), item) for item in items]
    batch = Batch(writer, "delete", resource, doomed)

    def judge(one: _Doomed) -> _Doomed | None:
        if _is_protected(writer, resource, one.item):
            if not everything:
                raise ItemError("the backend protects it", 412)
            batch.settle(one, "skipped", reason="the backend protects it")
            return None
        if resource.name == "realm" and one.item.get("_children") and not everything:
            raise ItemError("it has realms below it; delete those first", 409)
        return one

    with batch.guarded():
        jobs = batch.judged(doomed, judge)
        if writer.dry_run:
            for one in jobs:
                batch.settle(one, "deleted")
        elif everything and jobs and resource.name != "host" and not _deletes_lists(writer):
            _delete_at_once(writer, resource, jobs, batch)
        else:
            _delete_each(writer, resource, jobs, batch, retry=retry)
    batch.finish()
    return writer.report


def _deletes_lists(writer: Writer) -> bool:
    """Return True when the backend tells of each item of a list whether it was deleted."""
    return "DELETION_LIMIT" in writer.backend.get("backendconfig")


def _delete_at_once(writer: Writer, resource: Resource, jobs: list[_Doomed], batch: Batch[_Doomed]) -> None:
    """Delete all items of a resource with one request, and tell which of them are gone then.

    The backend does not say how many it has deleted. Of two that do this at once, only who gets the first item goes on
    so: the other one deletes what is left item by item, and hears of each whether it was there.
    """
    first, *jobs = jobs
    _delete_each(writer, resource, [first], batch, retry=True)
    if writer.report.ended or not jobs:
        return
    if first.status == "unchanged":
        _delete_each(writer, resource, jobs, batch, retry=True)
        return
    writer.listener.sending("delete", resource.name, [one.name for one in jobs])
    writer.backend.delete(resource.name, {})
    left = {item["_id"] for item in _listed(writer, resource)}
    for one in jobs:
        if one.id in left:
            batch.fail(one, ItemError("the backend kept it"))
        else:
            batch.settle(one, "deleted")


def _delete_each(
    writer: Writer, resource: Resource, jobs: list[_Doomed], batch: Batch[_Doomed], *, retry: bool
) -> None:
    """Delete items one by one, or as many together as the backend can."""

    def later(_one: _Doomed, outcome: Outcome) -> bool:
        return retry and outcome.error is not None and outcome.error.code == 412

    items = [one.item for one in jobs]
    if jobs:
        writer.listener.sending("delete", resource.name, [one.name for one in jobs])
    overtaken = batch.send(
        jobs, lambda tell: writer.backend.delete_many(resource.name, items, tell), "deleted", later=later
    )
    for one in overtaken:
        if not writer.report.ended:
            _delete_again(writer, resource, one, batch)


def _delete_again(writer: Writer, resource: Resource, one: _Doomed, batch: Batch[_Doomed]) -> None:
    """Delete an item that was changed since it was listed."""
    endpoint = f"{resource.name}/{one.id}"
    try:
        current = writer.backend.get(endpoint)
        writer.backend.delete(endpoint, {"If-Match": current["_etag"]})
    except BackendException as error:
        if error.code == 404:
            batch.settle(one, "unchanged")
        else:
            batch.fail(one, error)
    else:
        batch.settle(one, "deleted")


def _is_protected(writer: Writer, resource: Resource, item: dict[str, Any]) -> bool:
    """Return True for an item that the backend does not let anybody delete."""
    name = item.get("name")
    return name in START_NAMES.get(resource.name, ()) or (resource.name == "user" and name == writer.username)
