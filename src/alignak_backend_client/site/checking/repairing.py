"""Repairing findings that need no decision."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from alignak_backend_client.client import Change, Outcome
from alignak_backend_client.exceptions import BackendException
from alignak_backend_client.items.names.finding import by_ids
from alignak_backend_client.items.writing.entries import waves
from alignak_backend_client.items.writing.results import OVERTAKEN
from alignak_backend_client.items.writing.writer import Writer, rejection_reason
from alignak_backend_client.model import Resource, resources_by_name
from alignak_backend_client.model.fields import TEMPLATE_FIELDS
from alignak_backend_client.model.order import CREATION_ORDER
from alignak_backend_client.site.checking.checks import check
from alignak_backend_client.site.checking.findings import Delete, Finding, Remove, Set
from alignak_backend_client.site.progress import Progress

_BATCH_SIZE: Final = 500
_MAX_ROUNDS: Final = 20
"""Maximum number of attempts if others change the items at the same time."""


class Repaired(NamedTuple):
    """The result for a finding.

    Attributes:
        finding: the finding.
        done: True if it was repaired.
        reason: why it was not repaired; empty if it needs a decision.
    """

    finding: Finding
    done: bool
    reason: str = ""


def repair(writer: Writer, findings: Sequence[Finding], progress: Progress, *, delete: bool) -> list[Repaired]:
    """Repair findings; return a result for each, in their order, and for links that deletions have broken.

    If the backend fails or the user interrupts it, the report of the writer has ended.

    Args:
        writer: the backend.
        findings: the findings; hints are ignored.
        progress: called with the number of items repaired or checked again, and their total number.
        delete: True if items may be deleted.
    """
    results = _repair_all(writer, findings, progress, delete=delete)
    if delete and not writer.report.ended:
        with _cut_off(writer):
            broken = [one for one in check(writer, progress).findings if isinstance(one.repair, Remove)]
            results += _repair_all(writer, broken, progress, delete=False)
    return results


@contextlib.contextmanager
def _cut_off(writer: Writer) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        writer.report.interrupt()
    except BackendException as error:
        writer.report.end(error.reason, error.code)


def _repair_all(writer: Writer, findings: Sequence[Finding], progress: Progress, *, delete: bool) -> list[Repaired]:
    results: dict[int, Repaired] = {}
    by_item: dict[tuple[str, str], list[int]] = {}
    for place, finding in enumerate(findings):
        if finding.repair is None:
            results[place] = Repaired(finding, done=False)
        elif isinstance(finding.repair, Delete) and not delete:
            results[place] = Repaired(finding, done=False, reason="deletion was not confirmed")
        else:
            by_item.setdefault((finding.type, finding.id), []).append(place)
    errors: dict[tuple[str, str], str] = {}
    with _cut_off(writer):
        for name in CREATION_ORDER:
            resource = resources_by_name()[name]
            for ids in _levels(writer, resource, [identity for kind, identity in by_item if kind == name]):
                for start in range(0, len(ids), _BATCH_SIZE):
                    _repair_batch(writer, resource, ids[start : start + _BATCH_SIZE], findings, by_item, errors)
                    progress(len(errors), len(by_item))
    for key, places in by_item.items():
        reason = errors.get(key, writer.report.reason)
        results |= {place: Repaired(findings[place], done=not reason, reason=reason) for place in places}
    return [results[place] for place in range(len(findings))]


def _levels(writer: Writer, resource: Resource, ids: list[str]) -> Iterator[list[str]]:
    """Yield items after their templates, since a change of a template changes the items that use it."""
    if not resource.has_templates:
        yield ids
        return
    positions = {identity: position for position, identity in enumerate(ids)}
    needs: dict[int, set[int]] = {position: set() for position in positions.values()}
    for item in by_ids(writer.backend, resource.name, ids, {"_templates": 1}):
        needs[positions[item["_id"]]] = {positions[one] for one in item.get("_templates") or () if one in positions}
    groups, circular = waves(needs)
    for group in [*groups, sorted(circular)]:
        yield [ids[position] for position in group]


def _repair_batch(
    writer: Writer,
    resource: Resource,
    ids: list[str],
    findings: Sequence[Finding],
    by_item: dict[tuple[str, str], list[int]],
    errors: dict[tuple[str, str], str],
) -> None:
    """Repair some items of a type; add the error of each to ``errors`` immediately, an empty one for repaired items.

    Items that were changed since the check are left alone.
    """

    def note(outcome: Outcome) -> None:
        error = outcome.error
        errors[resource.name, outcome.id] = "" if error is None else rejection_reason(error, resource)[0]

    left = ids
    for _ in range(_MAX_ROUNDS):
        there = {item["_id"]: item for item in by_ids(writer.backend, resource.name, left)}
        changes: list[Change] = []
        delete: list[dict[str, Any]] = []
        errors |= {(resource.name, one): "" for one in left if one not in there}  # gone with its template
        for identity, item in there.items():
            found = [findings[place] for place in by_item[resource.name, identity]]
            fatal = [one for one in found if isinstance(one.repair, Delete)]
            if any(item.get(one.field) in one.values for one in fatal):
                delete.append(item)
            elif data := _compute_change(resource, item, found):
                changes.append(Change(identity, item["_etag"], data))
            else:
                errors[resource.name, identity] = OVERTAKEN if fatal else ""
        outcomes = writer.backend.update_many(resource.name, changes, note) if changes else []
        outcomes += writer.backend.delete_many(resource.name, delete, note) if delete else []
        left = [one.id for one in outcomes if one.error is not None and one.error.code == 412]
        if not left:
            break


def _compute_change(resource: Resource, item: dict[str, Any], findings: list[Finding]) -> dict[str, Any]:
    """Return the changes to send for an item in its current state."""
    data: dict[str, Any] = {}
    followed = False
    for finding in findings:
        match finding.repair:
            case Remove(field, ids):
                value = item.get(field)
                if isinstance(value, list):
                    data[field] = [one for one in data.get(field, value) if one not in ids]
                elif value in ids:
                    data[field] = None
            case Set(values, keeps):
                before = {name: value for name, value, _ in finding.values} if keeps else item
                as_found = {name: value for name, value in values.items() if item.get(name) == before.get(name)}
                data |= {name: value for name, value in as_found.items() if item.get(name) != value}
                followed = followed or keeps
    if data and resource.has_templates and isinstance(item.get(TEMPLATE_FIELDS), list):
        # Otherwise the sent fields would no longer be inherited.
        data[TEMPLATE_FIELDS] = item[TEMPLATE_FIELDS]
    return data
