"""Check results: each updates the live state of its host or service, and adds a history entry."""

from __future__ import annotations

from typing import Any, Final

from alignak_backend_client.model import resources_by_name
from alignak_backend_client.model.fields import LIVE_STATE_PREFIX
from alignak_backend_embedded.domain.context import Context
from alignak_backend_embedded.domain.errors import RuleError
from alignak_backend_embedded.domain.events import Batch
from alignak_backend_embedded.domain.persistence import change
from alignak_backend_embedded.domain.validation import Issues, validate_update
from alignak_backend_embedded.rules import history
from alignak_backend_embedded.store.access import Document

#: Fields of a result that become ``ls_`` fields of the same name.
_COPIED: Final = [
    name
    for name in resources_by_name()["logcheckresult"].fields
    if LIVE_STATE_PREFIX + name in resources_by_name()["service"].fields
]
_LAST_TIMES: Final = {
    "host": {0: "up", 1: "down", 4: "unreachable"},
    "service": {0: "ok", 1: "warning", 2: "critical", 3: "unknown", 4: "unreachable"},
}


def _missing(resource: str, name: Any) -> str:
    return f"value '{name}' must exist in resource '{resource}', field 'name'."


def require_host(_context: Context, results: Batch) -> None:
    """Refuse results that name no host."""
    for result in results:
        if not result.get("host") and not result.get("host_name"):
            raise RuleError("A check result needs a host: its id or its name")


def _resolve_host(context: Context, result: Document, issues: Issues) -> Document | None:
    if result.get("host") is not None:
        return context.store.find_one("host", {"_id": result["host"]})
    host = context.store.find_one("host", {"name": result["host_name"]})
    if host is None:
        issues["host_name"] = _missing("host", result["host_name"])
    return host


def _resolve_service(context: Context, result: Document, host: Document, issues: Issues) -> Document | None:
    if result.get("service") is not None:
        service = context.store.find_one("service", {"_id": result["service"]})
        if service is None or service.get("host") != host["_id"]:
            issues["service"] = f"value '{result['service']}' is not a service of the host"
        return service
    if not result.get("service_name"):
        return None
    service = context.store.find_one("service", {"host": host["_id"], "name": result["service_name"]})
    if service is None:
        issues["service_name"] = _missing("service", result["service_name"])
    return service


def resolve(context: Context, results: Batch) -> None:
    """Find host and service by id, else by name, and complete the results with both."""
    for result, issues in results.sound():
        host = _resolve_host(context, result, issues)
        if host is None:
            continue
        service = _resolve_service(context, result, host, issues)
        result.update(host=host["_id"], host_name=host["name"], _realm=host["_realm"])
        found: Document = {} if service is None else service
        result.update(service=found.get("_id"), service_name=found.get("name", ""))


def _live_state(resource: str, result: Document) -> Document:
    fields = {LIVE_STATE_PREFIX + name: result[name] for name in _COPIED}
    for number, name in _LAST_TIMES[resource].items():
        fields[f"ls_last_time_{name}"] = result[f"last_time_{number}"]
    fields["ls_state_changed"] = int(fields["ls_state_changed"])
    return fields


def apply(context: Context, results: Batch) -> None:
    """Update live states, in order, and tell the history."""
    current: dict[Any, Document | None] = {}
    for result in results:
        resource = "host" if result.get("service") is None else "service"
        item_id = result[resource]
        if item_id not in current:
            current[item_id] = context.store.find_one(resource, {"_id": item_id})
        item = current[item_id]
        if item is not None and not _is_late(result, item):
            fields = _live_state(resource, result)
            # A state that the target cannot have, DOWN for a service, is kept in the history only.
            if not validate_update(context.store, resource, fields, item):
                current[item_id] = change(context, resource, item, fields)
                if resource == "service":
                    current.pop(result["host"], None)
        flags = f"{bool(result['acknowledged'])}/{bool(result['downtimed'])}"
        message = f"{result['state']}[{result['state_type']}] ({flags}): {result['output']}"
        history.write(context, "check.result", result["host"], result["service"], message, logcheckresult=result["_id"])


def _is_late(result: Document, item: Document) -> bool:
    """Tell whether the item knows a later result."""
    known = item.get("ls_last_check") or 0
    return bool(known and result["last_check"] < known)
