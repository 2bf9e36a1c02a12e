"""Results as JSON, one object per line. The help text documents their shape, which is stable."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, get_args

from alignak_backend_client.items.writing.results import Report, Result, Status


def line(result: Result) -> str:
    """Return the line for the result of an item."""
    shape: dict[str, Any] = {
        "action": result.action,
        "type": result.type,
        "name": result.name or None,
        "id": result.id or None,
        "status": result.status,
        "entry": result.entry,
        "changes": dict(result.changes),
        "reason": result.reason or None,
        "code": result.code,
        "dry_run": result.dry_run,
    }
    return _json(shape)


def summary(
    report: Report | None,
    *,
    reason: str,
    interrupted: bool,
    dry_run: bool,
    more: Mapping[str, Any],
) -> str:
    """Return the line with the summary of a run.

    Args:
        report: the report of the run; None if it ended before it started.
        reason: why it did not start.
        interrupted: True if the user interrupted it before it started.
        dry_run: True if nothing was sent.
        more: additional keys.
    """
    counts = {status: report.count(status) if report else 0 for status in get_args(Status)}
    ended: dict[str, Any] = {
        "ok": report is not None and report.ok and not reason,
        "interrupted": interrupted or (report is not None and report.interrupted),
        "reason": reason or (report.reason if report else "") or None,
        "code": report.code if report else None,
        "dry_run": dry_run,
    }
    return _json({"summary": counts | ended | dict(more)})


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
