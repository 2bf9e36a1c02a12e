"""Plans as text: the items to create, update and delete, with the fields that change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from alignak_backend_client.cli.text.counts import format_count
from alignak_backend_client.items.names.references import label, show
from alignak_backend_client.items.writing.results import OVERTAKEN
from alignak_backend_client.items.writing.usage import format_names
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.output.layout import Column
from alignak_backend_client.output.text import escape_unprintable, truncate
from alignak_backend_client.site.fields import OWNER

COLUMNS: Final = (
    Column("action"),
    Column("type"),
    Column("name"),
    Column("fields"),
    Column("id", wide=True),
    Column("file"),
    Column("line", kind="number"),
    Column("reason", wide=True),
)

_SIGNS: Final = {"create": "+", "update": "~", "delete": "-"}
_WIDTH: Final = 60
_MAX_OWNER_LINES: Final = 3
"""If more items than this differ only in their owner, they are combined in one line."""


def lines(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield the lines of a plan for people; services that are created or deleted with their hosts have none."""
    rows = list(rows)
    with_hosts = Counter(_host_name(row) for row in rows if _is_created_with_host(row))
    going = Counter(str(row["reason"]) for row in rows if _is_deleted_with_other(row))
    shown = {row["name"] for row in rows if row["type"] == "host" and row["action"] == "create"}
    deleted = {f"with {label(row['type'], row['name'])}" for row in rows if row["action"] == "delete"}
    owned = [row for row in rows if _is_owner_only(row)]
    for row in rows:
        if (_is_created_with_host(row) and _host_name(row) in shown) or (
            _is_deleted_with_other(row) and row["reason"] in deleted
        ):
            continue
        if len(owned) > _MAX_OWNER_LINES and _is_owner_only(row):
            continue
        yield _line(row)
        for field in row["fields"] if row["action"] == "update" else ():
            yield from (f"    {line}" for line in _field_lines(row["type"], field))
        if row["type"] == "host" and row["action"] == "create" and (number := with_hosts[row["name"]]):
            yield f"    with {resources_by_name()['service'].format_count(number)} of its templates"
        if row["action"] == "delete" and (number := going[f"with {label(row['type'], row['name'])}"]):
            yield f"    with {resources_by_name()['service'].format_count(number)}"
        if row["used_by"]:
            yield f"    used by {_describe_users(row['used_by'])}"
    if len(owned) > _MAX_OWNER_LINES:
        owners = sorted({str(row["fields"][0]["new"]) for row in owned})
        yield f"~ {format_count(len(owned), 'item')}: {OWNER}: {', '.join(show(one) for one in owners)}"


def _describe_users(rows: list[dict[str, str]]) -> str:
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["type"], []).append(show(row["name"], _WIDTH))
    return ", ".join(format_names(resources_by_name()[kind], names) for kind, names in found.items())


def _line(row: dict[str, Any]) -> str:
    where = f"{row['file']}:{row['line']}" if row["line"] else row["file"] or ""
    if row["action"] == "delete" or (row["action"] == "create" and row["reason"]):
        where = row["reason"] or ""
    return f"{_SIGNS[row['action']]} {label(row['type'], row['name'])}{f'  ({where})' if where else ''}"


def _is_created_with_host(row: dict[str, Any]) -> bool:
    return bool(row["action"] == "create" and row["type"] == "service" and row["reason"])


def _is_deleted_with_other(row: dict[str, Any]) -> bool:
    return bool(row["action"] == "delete" and str(row["reason"]).startswith("with "))


def _host_name(row: dict[str, Any]) -> str:
    return str(row["name"]).rpartition("/")[0]


def _is_owner_only(row: dict[str, Any]) -> bool:
    return row["action"] == "update" and [field["field"] for field in row["fields"]] == [OWNER]


def _field_lines(kind: str, field: dict[str, Any]) -> Iterator[str]:
    """Yield the lines for the change of a field; for objects such as custom variables, one for each changed key."""
    name, old, new = field["field"], field["old"], field["new"]
    if resources_by_name()[kind].is_set(name) and isinstance(old, list) and isinstance(new, list):
        added = [f"+{show(one)}" for one in new if one not in old]
        removed = [f"-{show(one)}" for one in old if one not in new]
        yield f"{name}: {' '.join([*added, *removed])}"
    elif isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            before, after = (show(one[key], _WIDTH) if key in one else "none" for one in (old, new))
            if key not in old or key not in new or old[key] != new[key]:
                yield f"{name}.{truncate(escape_unprintable(key), _WIDTH)}: {before} → {after}"
    elif old == new:  # the owner
        yield f"{name}: {show(new, _WIDTH)}, no longer from a template"
    else:
        yield f"{name}: {show(old, _WIDTH)} → {show(new, _WIDTH)}"


def describe_unpruned(number: int) -> str:
    """Return the note about items of the site that are not in the folder, and that only ``--prune`` deletes."""
    verb, them = ("is", "it") if number == 1 else ("are", "them")
    return f"{format_count(number, 'item')} of the site {verb} not in the folder; --prune would delete {them}"


def summarize(counts: dict[str, int], unchanged: int) -> str:
    """Summarize a plan: the numbers of items to create, update and delete."""
    parts = [f"{number} to {action}" for action, number in counts.items() if number]
    return ", ".join([*parts, f"{unchanged} unchanged"])


def describe_failure(folder: Path, row: dict[str, Any]) -> str:
    """Describe a failed change in one line."""
    where = f" ({folder / row['file']}:{row['line']})" if row["file"] and row["line"] else ""
    hint = "; run it again" if row["reason"] == OVERTAKEN else ""
    text = f"{label(row['type'], row['name'])} is not {_DONE[row['action']]}: {row['reason']}{hint}{where}"
    return text[:1].upper() + text[1:]


_DONE: Final = {"create": "created", "update": "updated", "delete": "deleted"}


def summarize_results(counts: dict[str, int], unchanged: int) -> str:
    """Summarize the results of a plan."""
    parts = [f"{number} {status}" for status, number in counts.items() if number and status != "unfinished"]
    if left := counts["unfinished"]:
        parts.append(f"{left} not done, as far as is known; run it again to finish")
    return ", ".join([*(parts or ["0 changes"]), f"{unchanged} unchanged"])
