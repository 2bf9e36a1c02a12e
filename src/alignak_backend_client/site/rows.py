"""Plans as rows of data, one per change."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final, get_args

from alignak_backend_client.site.applying.apply import PlanResult, Status
from alignak_backend_client.site.files.folder import Folder
from alignak_backend_client.site.planning.plan import Change, Plan
from alignak_backend_client.site.validating import problem_rows

_LINES: Final = 500
"""Line numbers are not looked up for plans with more changes, since this takes most of the time."""


def change_row(folder: Folder, change: Change, *, line: bool) -> dict[str, Any]:
    """Return a change: ``action``, ``type``, ``name``, ``id``, ``file``, ``line``, ``reason``, ``fields``, ``used_by``.

    Each entry of ``fields`` has ``field``, ``old`` and ``new``; each of ``used_by`` has ``type`` and ``name``. Unknown
    values are null.
    """
    secrets = change.item.resource.secrets if change.item is not None else frozenset()
    place = change.item.place if change.item is not None and change.item.place.file else None
    return {
        "action": change.action,
        "type": change.type,
        "name": change.name,
        "id": change.id or None,
        "file": place.file if place else None,
        "line": folder.lines.of(place) if place and line else None,
        "reason": change.reason or None,
        "fields": [
            {"field": name, "old": None if name in secrets else old, "new": new} for name, old, new in change.fields
        ],
        "used_by": [{"type": kind, "name": name} for kind, name in change.used_by],
    }


def with_field_names(row: dict[str, Any]) -> dict[str, Any]:
    """Return a change with only the names of its fields, for formats without nested values."""
    return row | {"fields": [field["field"] for field in row["fields"]]}


def change_rows(folder: Folder, plan: Plan) -> list[dict[str, Any]]:
    """Return all changes of a plan; in large plans, without line numbers."""
    line = len(plan.changes) <= _LINES
    return [change_row(folder, change, line=line) for change in plan.changes]


def plan_row(folder: Folder, plan: Plan) -> dict[str, Any]:
    """Return a plan: its ``changes``, ``counts``, ``checksum`` and other attributes."""
    return {
        "changes": change_rows(folder, plan),
        "counts": plan.counts,
        "unchanged": plan.unchanged,
        "unpruned": plan.unpruned,
        "checksum": plan.checksum,
        "problems": problem_rows(folder, plan.problems),
        "refusals": plan.refusals,
    }


def outcome_row(folder: Folder, plan: Plan, ended: PlanResult, *, whole: bool) -> dict[str, Any]:
    """Return the outcome of a plan: its ``results`` (changes with ``status``), and their ``counts``.

    Args:
        folder: the folder with the files.
        plan: the plan.
        ended: the outcome.
        whole: False for failed results only.
    """
    line = len(ended.results) <= _LINES
    results = [
        change_row(folder, one.change, line=line or one.status == "failed")
        | {"status": one.status, "reason": one.reason or one.change.reason or None}
        for one in ended.results
        if whole or one.status == "failed"
    ]
    counts = Counter(one.status for one in ended.results)
    return {
        "results": results,
        "counts": {status: counts[status] for status in get_args(Status)},
        "unchanged": plan.unchanged,
        "checksum": plan.checksum,
        "ok": not ended.reason and not counts["failed"] and not counts["unfinished"],
        "interrupted": ended.interrupted,
        "reason": ended.reason or None,
    }
