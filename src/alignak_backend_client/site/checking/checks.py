"""All checks of a site in the backend, which is read as few times as possible."""

from __future__ import annotations

from typing import NamedTuple

from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.finding import by_ids
from alignak_backend_client.items.writing.writer import Writer
from alignak_backend_client.model import Resource, resources_by_name
from alignak_backend_client.model.fields import COUNTER_FIELDS
from alignak_backend_client.model.ids import is_object_id
from alignak_backend_client.site.checking.copies import Copies
from alignak_backend_client.site.checking.counters import Count, wrong_counters
from alignak_backend_client.site.checking.findings import KINDS, Finding
from alignak_backend_client.site.checking.inventory import Inventory
from alignak_backend_client.site.checking.links import Graphs, find_dangling, find_duplicates
from alignak_backend_client.site.checking.people import People
from alignak_backend_client.site.progress import Progress, no_progress


class Checked(NamedTuple):
    """The result of a check.

    Attributes:
        findings: problems first, then hints.
        counts: the number of checked items by type.
    """

    findings: list[Finding]
    counts: dict[str, int]


def check(writer: Writer, progress: Progress = no_progress) -> Checked:
    """Check a site.

    Args:
        writer: the backend and the user.
        progress: called with the number of items checked, and their total number.

    Raises:
        BackendException: the request failed.
        ItemError: the response is not that of a backend, or the user is not a super administrator.
    """
    if writer.own_user().get("back_role_super_admin") is not True:
        raise ItemError(
            f"Only super administrators can check a backend, and {writer.username!r} is not one: "
            "others can read only a part"
        )
    inventory = Inventory(writer.backend)
    once = writer.is_embedded()
    graphs, people, count = Graphs(), People(), Count(once=once)
    findings: list[Finding] = []
    total, done = sum(len(items) for items in inventory.items.values()), 0
    for name in inventory.types:
        resource = resources_by_name()[name]
        for item in inventory.read(name, _checked_fields(resource)):
            findings += find_dangling(inventory, resource, item)
            graphs.add(resource, item)
            people.add(name, item)
            if name in ("host", "service"):
                count.add(name, item)
            done += 1
            progress(min(done, total), total)
    findings = _without_transient(writer, findings)
    findings += graphs.cycles(inventory)
    findings += find_duplicates(inventory)
    for name in inventory.types:
        if resources_by_name()[name].has_templates:
            findings += _find_outdated(writer, inventory, resources_by_name()[name], graphs)
    findings += wrong_counters(inventory, count, once=once)
    findings += people.hints()
    counts = {name: len(items) for name, items in inventory.items.items()}
    return Checked(sorted(findings, key=_sort_key), counts)


def _sort_key(finding: Finding) -> tuple[int, str, str]:
    return KINDS.index(finding.kind), finding.type, finding.name


def _checked_fields(resource: Resource) -> list[str]:
    """Return the fields that are checked in each item."""
    own = [field for field in resource.links if field not in resource.computed]
    return [
        *own,
        *COUNTER_FIELDS,
        "name",
        "back_role_super_admin",
        "host_notifications_enabled",
        "notifications_enabled",
    ]


def _find_outdated(writer: Writer, inventory: Inventory, resource: Resource, graphs: Graphs) -> list[Finding]:
    """Return the items of a type that differ from their templates."""
    followed = graphs.templates(resource)
    if not followed:
        return []
    copies = Copies(inventory, resource)
    there = {item["_id"]: item for item in by_ids(writer.backend, resource.name, sorted(followed))}
    found: list[Finding] = []
    for identity in graphs.in_order(resource, followed):
        if identity in there:
            if finding := copies.compare(there[identity]):
                found.append(finding)
            copies.add_template(there[identity])
    others = (
        item for item in inventory.read(resource.name, None, {"_templates": {"$ne": []}}) if item["_id"] not in followed
    )
    return [*found, *filter(None, map(copies.compare, others))]


def _without_transient(writer: Writer, findings: list[Finding]) -> list[Finding]:
    """Remove findings about links to items that were created while others were read."""
    lost: dict[str, set[str]] = {}
    for finding in findings:
        link = resources_by_name()[finding.type].links[finding.field].resource
        lost.setdefault(link, set()).update(one for one in finding.values if is_object_id(one))
    there = {
        (name, item["_id"])
        for name, ids in lost.items()
        for item in by_ids(writer.backend, name, sorted(ids), {"schema_version": 1})
    }

    def is_lasting(finding: Finding) -> bool:
        link = resources_by_name()[finding.type].links[finding.field].resource
        return not any((link, one) in there for one in finding.values)

    return list(filter(is_lasting, findings)) if there else findings
