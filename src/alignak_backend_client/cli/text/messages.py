"""Messages about written items: the only place that turns results into text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from alignak_backend_client.items.names.references import label, show
from alignak_backend_client.items.writing.results import (
    INCOMPLETE,
    OVERTAKEN,
    WRITTEN,
    Action,
    Report,
    Result,
    Status,
)
from alignak_backend_client.model import resources_by_name

if TYPE_CHECKING:
    from alignak_backend_client.items.writing.deleting import Question

_DONE: Final = {"add": "added", "update": "updated", "delete": "deleted"}
_STATUS: Final = {"created": "added", "updated": "updated", "deleted": "deleted"}


def describe_sending(action: Action, resource: str, names: list[str]) -> str:
    """Return the message for ``--verbose`` before items are sent."""
    verb = {"add": "Adding", "update": "Changing", "delete": "Deleting"}[action]
    return (
        f"{verb} {label(resource, names[0])}"
        if names[:1] == names and names[0]
        else f"{verb} {resources_by_name()[resource].format_count(len(names))}"
    )


def describe_result(result: Result) -> str:
    """Describe the result of an item in one line."""
    text = _describe_result(result)
    return text[:1].upper() + text[1:]


def _describe_result(result: Result) -> str:
    called = _item_label(result)
    match result.status:
        case "unchanged":
            return f"{called} {'was already deleted' if result.action == 'delete' else 'is unchanged'}"
        case "skipped":
            return f"{called} is skipped: {result.reason}"
        case "failed" if result.reason.startswith(INCOMPLETE):
            return f"{called}: {result.reason}"
        case "failed":
            return f"{called} is not {_DONE[result.action]}: {result.reason}{_hint(result)}"
        case "unfinished":
            return f"{called} is not {_DONE[result.action]}, as far as is known"
    more = ", ".join(sorted(result.changes)) or (result.reason if result.status == "deleted" else "")
    more = f": {more}" if result.dry_run and more else ""
    return f"{called} {'would be' if result.dry_run else 'is'} {_STATUS[result.status]}{more}"


def deletion_question(deletion: Question) -> str:
    """Return the confirmation question before a deletion: how many items, their services, and what uses them."""
    some = (
        f" ({', '.join(show(name) for name in sorted(deletion.names)[:3])}{', …' if len(deletion.names) > 3 else ''})"
    )
    what = f"{deletion.resource.format_count(len(deletion.names))}{some if all(deletion.names) else ''}"
    services = (
        f" and {resources_by_name()['service'].format_count(deletion.services)} with them" if deletion.services else ""
    )
    used = f"Used by {deletion.used_by}. " if deletion.used_by else ""
    return f"{used}Delete {what}{services}?"


_REQUESTS: Final = {
    ("actionacknowledge", "add"): ("acknowledgement", "acknowledgements"),
    ("actionacknowledge", "delete"): ("removal of the acknowledgement", "removals of acknowledgements"),
    ("actiondowntime", "add"): ("downtime", "downtimes"),
    ("actiondowntime", "delete"): ("cancellation of the downtimes", "cancellations of downtimes"),
    ("actionforcecheck", "add"): ("check", "checks"),
}
"""Names of the requests to the monitoring engine, singular and plural."""


def describe_request(result: Result) -> str:
    """Describe the result of a request to the monitoring engine in one line."""
    what = _REQUESTS[result.type, result.action][0]
    match result.status:
        case "unchanged":
            text = result.reason
        case "failed":
            text = f"{what} not requested: {result.reason}"
        case _:
            text = f"{what} {'would be ' if result.dry_run else ''}requested"
    return f"{result.name}: {text}"


def summarize_requests(report: Report, kind: str, action: Action, *, dry_run: bool) -> str:
    """Summarize several requests to the monitoring engine."""
    would = "would be " if dry_run else ""
    number = report.count(*WRITTEN)
    parts = [f"{number} {_REQUESTS[kind, action][number != 1]} {would}requested"]
    others: tuple[tuple[Status, str], ...] = (
        ("unchanged", "already done"),
        ("failed", "rejected"),
        ("unfinished", f"not requested{', as far as is known' if report.ended and not report.reported else ''}"),
    )
    for status, text in others:
        if number := report.count(status):
            parts.append(f"{number} {text}")
    return ", ".join(parts)


def describe_details(result: Result) -> str:
    """Return the details of a written item for ``--verbose``; empty if there are none."""
    if result.status not in WRITTEN:
        return ""
    if result.changes:
        verb = "would change" if result.dry_run else "changes"
        return f"{_item_label(result)} {verb}: {', '.join(sorted(result.changes))}"
    return f"{_item_label(result)}: {result.reason}" if result.reason else ""


def _item_label(result: Result) -> str:
    """Return a label for an item: its name, or else its id or its position in the data."""
    if result.name:
        return label(result.type, result.name)
    if result.id:
        return f"{result.type} {result.id}"
    return f"entry {result.entry} of the data" if result.entry else f"one {result.type}"


def _hint(result: Result) -> str:
    """Return what the user can do about a failure; empty if there is nothing to suggest."""
    if result.reason == OVERTAKEN:
        return "; run the command again"
    if result.code == 409 and result.action == "add":
        return "; change it with the action 'update'"
    return ""


def describe_early_end(report: Report) -> str:
    """Describe why the run ended early; empty if it did not, or if the reason was already printed for an item."""
    if not report.ended or report.reported or report.interrupted:
        return ""
    return f"Stopped: {report.reason}"


def summarize(report: Report, action: Action, resource: str, *, dry_run: bool) -> str:
    """Summarize the results of a run."""
    would = "would be " if dry_run else ""
    written = {"add": "created", "update": "updated", "delete": "deleted"}[action]
    parts = []
    for kind in dict.fromkeys([resource, *report.resources]):
        for status in WRITTEN:
            number = report.count(status, resource=kind)
            if number or (kind, status) == (resource, written):
                parts.append(f"{resources_by_name()[kind].format_count(number)} {would}{_STATUS[status]}")
    if unchanged := report.count("unchanged"):
        parts.append(f"{unchanged} {'already deleted' if action == 'delete' else 'unchanged'}")
    if skipped := report.count("skipped"):
        parts.append(f"{skipped} skipped")
    if failed := report.count("failed"):
        parts.append(f"{failed} failed")
    if left := report.count("unfinished"):
        parts.append(f"{left} not {would}{_DONE[action]}, as far as is known; run the command again to finish")
    return ", ".join(parts)
