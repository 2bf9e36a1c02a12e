"""Service templates of host templates: hosts that use these get the services, and lose them again."""

from __future__ import annotations

import contextlib
import copy
import itertools
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from alignak_backend_client.model import resources_by_name
from alignak_backend_client.model.fields import AUTOMATIC
from alignak_backend_client.model.ids import derive_object_id
from alignak_backend_embedded.domain.context import Context
from alignak_backend_embedded.domain.errors import ConflictError, RuleError
from alignak_backend_embedded.domain.events import Batch, Change
from alignak_backend_embedded.domain.persistence import insert, remove
from alignak_backend_embedded.rules.services import reject_taken_names
from alignak_backend_embedded.rules.template_graph import find_ancestors, topological_order
from alignak_backend_embedded.store.access import Document, Store
from alignak_backend_embedded.store.object_id import ObjectId

_NOT_COPIED: Final = frozenset({*AUTOMATIC, "_users_read", "_users_update", "_users_delete"})

_BATCH_SIZE: Final = 5000
"""Services created at a time, to limit memory for many hosts with many services."""


class _ServiceTemplates:
    """The service templates of host templates, each read once per request."""

    def __init__(self, store: Store, templates: Iterable[ObjectId]) -> None:
        graph = find_ancestors(store, "host", templates)
        self._by_name: defaultdict[ObjectId, dict[str, Document]] = defaultdict(dict)
        attached: defaultdict[ObjectId, list[Document]] = defaultdict(list)
        for service in store.find("service", {"host": {"$in": list(graph)}, "_is_template": True}):
            attached[service["host"]].append(service)
        for item in topological_order(graph, graph):
            self._by_name[item] = self.by_name(graph.get(item, ()))
            self._by_name[item].update((service["name"], service) for service in attached[item])

    def by_name(self, templates: Iterable[ObjectId]) -> dict[str, Document]:
        """Return the service templates by name; later templates, and nearer ones, take precedence."""
        found: dict[str, Document] = {}
        for item in templates:
            found.update(self._by_name[item])
        return found


def _generate_service(template: Document, host: Document) -> Document:
    """Return the service that a host gets from a service template."""
    model = resources_by_name()["service"]
    service = {name: copy.deepcopy(value) for name, value in template.items() if name not in _NOT_COPIED}
    service.update(
        # Two workers that generate it at the same time would otherwise store it twice.
        _id=ObjectId(derive_object_id("service", str(host["_id"]), template["name"])),
        host=host["_id"],
        _realm=host["_realm"],
        _templates=[template["_id"]],
        _is_template=False,
        _templates_from_host_template=True,
        _template_fields=[name for name in model.from_templates if name not in model.own],
    )
    return service


def _inherits_services(host: Document) -> bool:
    return bool(not host.get("_is_template") and host.get("_templates_with_services") and host.get("_templates"))


def _insert_generated(context: Context, services: list[Document]) -> None:
    """Store generated services, except those that another worker of a MongoDB installation has stored just before."""
    try:
        insert(context, "service", services)
    except (ConflictError, RuleError):
        named = {"_id": {"$in": [service["_id"] for service in services]}}
        there = {one["_id"]: one for one in context.store.find("service", named, projection={"host": 1, "name": 1})}
        for service in services:
            other = there.get(service["_id"], service)
            if (other["host"], other["name"]) != (service["host"], service["name"]):  # it was renamed or moved
                service = {**service, "_id": ObjectId()}  # noqa: PLW2901 - the one to store
            with contextlib.suppress(ConflictError, RuleError):
                insert(context, "service", [service])


def create_services(context: Context, hosts: Batch) -> None:
    """Create the services of new hosts from their templates."""
    wanting = [host for host in hosts if _inherits_services(host)]
    if not wanting:
        return
    attached = _ServiceTemplates(context.store, {template for host in wanting for template in host["_templates"]})
    services = (
        _generate_service(template, host)
        for host in wanting
        for template in attached.by_name(host["_templates"]).values()
    )
    while some := list(itertools.islice(services, _BATCH_SIZE)):
        _insert_generated(context, some)


def create_on_existing_hosts(context: Context, services: Batch) -> None:
    """Create services on existing hosts for a new service template, if it requests that."""
    for template in services:
        if not template.get("_is_template") or not template.get("_templates_from_host_template"):
            continue
        using = {"_templates": template["host"], "_is_template": False, "_templates_with_services": True}
        hosts = list(context.store.find("host", using))
        named = {"host": {"$in": [host["_id"] for host in hosts]}, "name": template["name"]}
        taken = {service["host"] for service in context.store.find("service", named, projection={"host": 1})}
        generated = [_generate_service(template, host) for host in hosts if host["_id"] not in taken]
        if generated:
            _insert_generated(context, generated)


def _diff_services(context: Context, change: Change) -> tuple[list[Document], list[Document]]:
    """Return the service templates to add after the templates of a host changed, and the services to delete."""
    host = change.original
    wanted = _ServiceTemplates(context.store, change.updates["_templates"]).by_name(change.updates["_templates"])
    ids = {template["_id"] for template in wanted.values()}
    generated = list(context.store.find("service", {"host": host["_id"], "_templates_from_host_template": True}))
    gone = [service for service in generated if not ids.intersection(service.get("_templates") or ())]
    used = {template for service in generated for template in service.get("_templates") or ()}
    return [template for template in wanted.values() if template["_id"] not in used], gone


def check_templates(context: Context, change: Change) -> None:
    """Reject new templates whose services have the same names as the host's own services."""
    if not _changes_services(change):
        return
    missing, gone = _diff_services(context, change)
    going = {service["_id"] for service in gone}
    own = context.store.find("service", {"host": change.original["_id"]}, projection={"name": 1})
    names = {service["name"] for service in own if service["_id"] not in going}
    reject_taken_names(
        context, {(change.original["_id"], template["name"]) for template in missing if template["name"] in names}
    )


def _changes_services(change: Change) -> bool:
    """Return True if a change gives a host other templates, with their services."""
    return (
        "_templates" in change.posted
        and not change.original.get("_is_template")
        and bool(change.original.get("_templates_with_services"))
        and change.updates["_templates"] != change.original.get("_templates")
    )


def replace_services(context: Context, change: Change) -> None:
    """Add the services of new templates and delete those of removed ones; the host's own services are kept."""
    if not _changes_services(change):
        return
    missing, gone = _diff_services(context, change)
    remove(context, "service", gone)
    if missing:
        _insert_generated(context, [_generate_service(template, change.updated) for template in missing])


def remove_services(context: Context, hosts: Batch) -> None:
    """Delete the services of deleted hosts; for templates, also the services created from them."""
    remove(context, "service", list(context.store.find("service", {"host": {"$in": [host["_id"] for host in hosts]}})))


def remove_generated(context: Context, services: Batch) -> None:
    """Delete the services created from deleted service templates, on all levels at once."""
    templates = {service["_id"] for service in services if service.get("_is_template")}
    following: dict[ObjectId, Document] = {}
    level = list(templates)
    while level:
        found = context.store.find("service", {"_templates": {"$in": level}})
        new = {item["_id"]: item for item in found if item["_id"] not in following and item["_id"] not in templates}
        following |= new
        level = [identity for identity, item in new.items() if item.get("_is_template")]
    remove(context, "service", list(following.values()))
