"""Deleting items from the backend."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from time import sleep
from typing import Any, Final, NamedTuple, TypeAlias

from alignak_backend_client.client import Outcome
from alignak_backend_client.exceptions import BackendException
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.filters import Filter
from alignak_backend_client.items.names.finding import find_many
from alignak_backend_client.items.names.patterns import find_matching, kind_filter
from alignak_backend_client.items.names.references import Reference, show
from alignak_backend_client.items.writing.batch import Batch, Pending
from alignak_backend_client.items.writing.results import Report
from alignak_backend_client.items.writing.updating import references
from alignak_backend_client.items.writing.usage import Usage
from alignak_backend_client.items.writing.writer import Writer
from alignak_backend_client.model import Resource, resources_by_name
from alignak_backend_client.model.start_documents import START_NAMES


class Question(NamedTuple):
    """The items to delete, for the confirmation question.

    Attributes:
        resource: the resource of the items.
        names: their names; empty for items without one.
        services: the number of services deleted with them.
        used_by: the items that link to them, in words; empty if there are none.
    """

    resource: Resource
    names: Sequence[str]
    services: int
    used_by: str


Ask: TypeAlias = Callable[[Question], None]
"""Asks for confirmation; raises ItemError if it is denied."""


class _Deletion(Pending):
    """An item to delete.

    Attributes:
        item: the item in the backend.
        error: why it cannot be deleted.
        named: True if it was given by name; then it is an error if others changed it, or if it is protected.
    """

    def __init__(self, name: str, item: dict[str, Any], *, entry: int | None = None, named: bool = False) -> None:
        super().__init__(name, item.get("_id", ""), entry)
        self.item = item
        self.error: ItemError | None = None
        self.named = named


def delete_all(writer: Writer, resource: Resource, *, templates: bool = False, ask: Ask | None = None) -> Report:
    """Delete all items of a resource, or all its templates, except for protected ones.

    Hosts are deleted one by one, so that the backend also deletes their services; it does not do this when all hosts
    are deleted at once.

    Args:
        writer: the backend and the receiver of results.
        resource: the resource of the items.
        templates: True for templates only.
        ask: asks for confirmation.

    Raises:
        BackendException: the request failed.
        ItemError: the confirmation was denied, or nothing matches the only pattern.
    """
    where = kind_filter(resource, templates=True) if templates else {}
    deletions = _from_items(writer, resource, list(Filter(where).read(writer.backend, resource, _FIELDS)))
    return _delete(writer, resource, deletions, ask, everything=not templates)


def delete(
    writer: Writer, resource: Resource, words: Sequence[str], *, templates: bool = False, ask: Ask | None = None
) -> Report:
    """Delete items by names, ids and patterns; ``host/*`` means all services of a host. See :func:`delete_all`.

    A name fails if there is no such item or more than one, or if the item is protected.
    """
    deletions: list[_Deletion] = []
    names: list[tuple[Reference | None, int | None]] = []
    for word in dict.fromkeys(words):
        try:
            found = find_matching(writer.backend, writer.catalog, resource, word, templates=templates, fields=_FIELDS)
        except ItemError as error:
            if len(words) == 1:
                raise ItemError(f"{show(word)}: {error}", error.code) from None
            deletions.append(_failed_deletion(word, error))
            continue
        if found is None:
            names.append((word, None))
        else:
            deletions += _from_items(writer, resource, found)
    return _delete(writer, resource, _from_references(writer, resource, names, templates=templates) + deletions, ask)


def delete_listed(
    writer: Writer,
    resource: Resource,
    data: list[dict[str, Any]],
    *,
    templates: bool = False,
    ask: Ask | None = None,
) -> Report:
    """Delete the items of a data file, identified by name or id. See :func:`delete`."""
    places = [(reference, place) for place, (reference, _) in enumerate(references(resource, data), start=1)]
    return _delete(writer, resource, _from_references(writer, resource, places, templates=templates), ask)


_PAUSE: Final = 0.5
"""Seconds in which another run that deletes the same items deletes some of them."""

_FIELDS: Final = ("name", "host", "_children", "_level", "_is_template")


def _from_items(writer: Writer, resource: Resource, items: list[dict[str, Any]]) -> list[_Deletion]:
    """Return items that were not given by name."""
    writer.load_hosts(resource, items)
    return [_Deletion(writer.name(resource, item), item) for item in items]


def _from_references(
    writer: Writer,
    resource: Resource,
    places: Sequence[tuple[Reference | None, int | None]],
    *,
    templates: bool,
) -> list[_Deletion]:
    """Return the items for references, each with its position in the data."""
    wanted = [reference for reference, _ in places if reference]
    fields = [name for name in _FIELDS if name in resource.fields] or None
    there = find_many(writer.backend, writer.catalog, resource, wanted, fields)
    writer.load_hosts(resource, [item for item in there.values() if isinstance(item, dict)])
    deletions: list[_Deletion] = []
    for reference, place in places:
        found = there[reference] if reference else ItemError("the data has no name of an item to delete", 422)
        if isinstance(found, dict) and templates and found.get("_is_template") is not True:
            found = ItemError("it is not a template; omit -m", 422)
        if isinstance(found, ItemError):
            deletions.append(_failed_deletion(str(reference or ""), found, place))
        else:
            deletions.append(_Deletion(writer.name(resource, found), found, entry=place, named=True))
    return deletions


def _failed_deletion(name: str, error: ItemError, entry: int | None = None) -> _Deletion:
    failed = _Deletion(name, {}, entry=entry)
    failed.error = error
    return failed


def _delete(
    writer: Writer, resource: Resource, deletions: list[_Deletion], ask: Ask | None, *, everything: bool = False
) -> Report:
    """Delete items; ``everything`` is True if they are all items of the resource."""
    deletions = list({one.id or id(one): one for one in reversed(deletions)}.values())[::-1]
    batch = Batch(writer, "delete", resource, deletions)
    ids = {one.id for one in deletions}

    def prepare(one: _Deletion) -> _Deletion | None:
        if one.error is not None:
            raise one.error
        if _is_protected(writer, resource, one.item):
            if one.named:
                raise ItemError("the backend protects it", 412)
            batch.settle(one, "skipped", reason="the backend protects it")
            return None
        if resource.name == "realm" and not ids.issuperset(one.item.get("_children") or ()):
            raise ItemError("it has sub-realms; delete them first", 409)
        return one

    jobs = batch.accepted(deletions, prepare)
    if jobs and writer.dry_run:
        usage = Usage(writer, resource, [one.item for one in jobs])
        for one in jobs:
            one.remark = "; ".join(_consequences(usage, one.id))
            batch.settle(one, "deleted")
    elif jobs:
        if ask:
            usage = Usage(writer, resource, [one.item for one in jobs])
            services = len(set().union(*usage.services.values()) - ids)
            ask(Question(resource, [one.name for one in jobs], services, usage.describe(*(one.id for one in jobs))))
        with batch.guarded():
            _send(writer, resource, jobs, batch, everything=everything)
    batch.finish()
    return writer.report


def _send(
    writer: Writer, resource: Resource, jobs: list[_Deletion], batch: Batch[_Deletion], *, everything: bool
) -> None:
    """Send deletions; for realms, from the bottom up, since the backend keeps realms with sub-realms."""
    jobs.sort(key=lambda one: -_level(resource, one.item))
    if everything and resource.name != "host" and not writer.is_embedded():
        _delete_at_once(writer, resource, jobs, batch)
        return
    for _, level in groupby(jobs, lambda one: _level(resource, one.item)):
        if not writer.report.ended:
            _delete_each(writer, resource, list(level), batch)


def _level(resource: Resource, item: dict[str, Any]) -> int:
    level = item.get("_level")
    return level if resource.name == "realm" and isinstance(level, int) else 0


def _consequences(usage: Usage, identity: str) -> Iterator[str]:
    """Yield the consequences of deleting an item."""
    if services := usage.services.get(identity):
        yield f"{resources_by_name()['service'].format_count(len(services))} would also be deleted"
    if used_by := usage.describe(identity):
        yield f"it is used by {used_by}"


def _delete_at_once(writer: Writer, resource: Resource, jobs: list[_Deletion], batch: Batch[_Deletion]) -> None:
    """Delete all items of a resource with one request, and find out which of them were deleted.

    The backend does not report how many it has deleted. If two runs do this at the same time, only the one that deletes
    the first item continues in this way. The other one waits, and then deletes the remaining items one by one, which
    shows for each whether it still existed. So items deleted by others are not reported as deleted here.
    """
    first, *jobs = jobs
    _delete_each(writer, resource, [first], batch)
    if writer.report.ended or not jobs:
        return
    if first.status == "unchanged":
        _delete_each(writer, resource, _wait_for_other_run(writer, resource, jobs, batch), batch)
        return
    jobs = _settle_missing(writer, resource, jobs, batch)
    if not jobs:
        return
    writer.listener.sending("delete", resource.name, [one.name for one in jobs])
    writer.backend.delete(resource.name, {})
    left = _ids(writer, resource)
    for one in jobs:
        if one.id in left:
            batch.fail(one, ItemError("the backend kept it"))
        else:
            batch.settle(one, "deleted")


def _ids(writer: Writer, resource: Resource) -> set[str]:
    return {item["_id"] for item in Filter({}).read(writer.backend, resource, ())}


def _settle_missing(
    writer: Writer, resource: Resource, jobs: list[_Deletion], batch: Batch[_Deletion]
) -> list[_Deletion]:
    """Return the items that still exist, and report the others as already deleted."""
    there = _ids(writer, resource)
    for one in jobs:
        if one.id not in there:
            batch.settle(one, "unchanged")
    return [one for one in jobs if one.id in there]


def _wait_for_other_run(
    writer: Writer, resource: Resource, jobs: list[_Deletion], batch: Batch[_Deletion]
) -> list[_Deletion]:
    """Wait until another run no longer deletes items, and return those that still exist."""
    before = len(jobs) + 1
    while jobs and len(jobs) < before:
        before = len(jobs)
        sleep(_PAUSE)
        jobs = _settle_missing(writer, resource, jobs, batch)
    return jobs


def _delete_each(writer: Writer, resource: Resource, jobs: list[_Deletion], batch: Batch[_Deletion]) -> None:
    """Delete items one by one, or in batches if the backend supports them."""

    def later(one: _Deletion, outcome: Outcome) -> bool:
        # Deleting its sub-realms has changed the realm.
        ours = not one.named or bool(one.item.get("_children"))
        return ours and outcome.error is not None and outcome.error.code == 412

    items = [one.item for one in jobs]
    if jobs:
        writer.listener.sending("delete", resource.name, [one.name for one in jobs])
    overtaken = batch.send(
        jobs, lambda on_outcome: writer.backend.delete_many(resource.name, items, on_outcome), "deleted", later=later
    )
    for one in overtaken:
        if not writer.report.ended:
            _delete_again(writer, resource, one, batch)


def _delete_again(writer: Writer, resource: Resource, one: _Deletion, batch: Batch[_Deletion]) -> None:
    """Delete an item that has changed since it was listed."""
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
    """Return True for an item that the backend does not allow to delete."""
    name = item.get("name")
    return name in START_NAMES.get(resource.name, ()) or (resource.name == "user" and name == writer.username)
