"""Check results: each updates the live state of its host or service, and adds a history entry."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from alignak_backend_client.model import resources_by_name
from alignak_backend_client.model.fields import COUNTER_FIELDS, LIVE_STATE_PREFIX
from alignak_backend_embedded.domain.context import Context
from alignak_backend_embedded.domain.data_model import is_valid
from alignak_backend_embedded.domain.errors import RuleError
from alignak_backend_embedded.domain.events import Batch
from alignak_backend_embedded.domain.persistence import change_each, insert
from alignak_backend_embedded.rules import history, services
from alignak_backend_embedded.store.access import Document, Projection
from alignak_backend_embedded.store.errors import BusyError
from alignak_backend_embedded.store.object_id import ObjectId

#: Fields of a result that become ``ls_`` fields of the same name.
_COPIED: Final = [
    name
    for name in resources_by_name()["logcheckresult"].fields
    if LIVE_STATE_PREFIX + name in resources_by_name()["service"].fields
]
_HOST_PROJECTION: Final = {"name": 1, "_realm": 1, "_sub_realm": 1}
#: Maximum number of attempts to apply a result if other workers change its item at the same time.
_TRIES: Final = 50
_LAST_TIMES: Final = {
    "host": {0: "up", 1: "down", 4: "unreachable"},
    "service": {0: "ok", 1: "warning", 2: "critical", 3: "unknown", 4: "unreachable"},
}


def _missing_message(resource: str, name: Any) -> str:
    return f"value '{name}' must exist in resource '{resource}', field 'name'."


def require_host(_context: Context, results: Batch) -> None:
    """Reject results that name no host."""
    for result in results:
        if not result.get("host") and not result.get("host_name"):
            raise RuleError("A check result needs a host: its id or its name")


class _Targets:
    """The hosts and services of some results, read with one query each for names and for ids."""

    def __init__(self, context: Context, results: Iterable[Document]) -> None:
        results = list(results)
        self._hosts = _find_by(context, "host", "_id", (result.get("host") for result in results), _HOST_PROJECTION)
        names = (result.get("host_name") for result in results if result.get("host") is None)
        self._named_hosts = _find_by(context, "host", "name", names, _HOST_PROJECTION)
        self._services = _find_by(context, "service", "_id", (result.get("service") for result in results))
        keys = {
            (host["_id"], result["service_name"])
            for result in results
            if result.get("service") is None and result.get("service_name") and (host := self.host(result))
        }
        self._named_services = services.find_by_keys(context, keys)

    def host(self, result: Document) -> Document | None:
        """Return the host of a result."""
        if result.get("host") is not None:
            return self._hosts.get(result["host"])
        return self._named_hosts.get(result["host_name"])

    def service(self, result: Document, host: Document) -> Document | None:
        """Return the service of a result; None if it has none."""
        if result.get("service") is not None:
            service = self._services.get(result["service"])
            return service if service is not None and service.get("host") == host["_id"] else None
        return self._named_services.get((host["_id"], result.get("service_name", "")))


def _find_by(
    context: Context, resource: str, field: str, values: Iterable[Any], fields: Projection | None = None
) -> dict[Any, Document]:
    wanted = {value for value in values if value is not None}
    if not wanted:
        return {}
    found: dict[Any, Document] = {}
    for item in context.store.find(resource, {field: {"$in": list(wanted)}}, projection=fields):
        found.setdefault(item[field], item)
    return found


def resolve_targets(context: Context, results: Batch) -> None:
    """Find host and service by id, or else by name, and complete the results with both."""
    targets = _Targets(context, (result for result, _ in results.valid_items()))
    for result, issues in results.valid_items():
        host = targets.host(result)
        if host is None:
            issues["host_name"] = _missing_message("host", result.get("host_name"))
            continue
        service = targets.service(result, host)
        if service is None and result.get("service") is not None:
            issues["service"] = f"value '{result['service']}' is not a service of the host"
        elif service is None and result.get("service_name"):
            issues["service_name"] = _missing_message("service", result["service_name"])
        result.update(host=host["_id"], host_name=host["name"], _realm=host["_realm"])
        context.targets[host["_id"]] = host
        if service is not None:
            context.targets[service["_id"]] = service
        found: Document = {} if service is None else service
        result.update(service=found.get("_id"), service_name=found.get("name", ""))


def _live_state(resource: str, result: Document) -> Document:
    fields = {LIVE_STATE_PREFIX + name: result[name] for name in _COPIED}
    for number, name in _LAST_TIMES[resource].items():
        fields[f"ls_last_time_{name}"] = result[f"last_time_{number}"]
    fields["ls_state_changed"] = int(fields["ls_state_changed"])
    return fields


def apply_results(context: Context, results: Batch) -> None:
    """Update live states, hosts first, and add history entries.

    Only the last of several results for an item is applied, and for its overall state the last one in a hard state. So
    a bulk takes as many queries as a single result.
    """
    by_resource: dict[str, defaultdict[Any, list[Document]]] = {"host": defaultdict(list), "service": defaultdict(list)}
    for result in results:
        resource = "host" if result.get("service") is None else "service"
        by_resource[resource][result[resource]].append(result)
    for resource, of_items in by_resource.items():
        known = [context.targets[item] for item in of_items if item in context.targets and resource == "service"]
        _apply_to_all(context, resource, of_items, known)
    _add_history(context, results)


def _apply_to_all(
    context: Context, resource: str, results: Mapping[Any, list[Document]], known: list[Document]
) -> None:
    """Update the live states of all items that have results; results of other workers may be more recent."""
    for _ in range(_TRIES):
        if not results:
            return
        if len(known) < len(results):
            known = list(context.store.find(resource, {"_id": {"$in": list(results)}}))
        lost = _apply(context, resource, results, known)
        results, known = {item: results[item] for item in lost}, []
    raise BusyError("the live state keeps changing")


def _apply(
    context: Context, resource: str, results: Mapping[Any, list[Document]], items: Iterable[Document]
) -> set[ObjectId]:
    """Update the live states of some items, and return those that another worker has changed in the meantime."""
    hard: dict[ObjectId, tuple[Document, Document]] = {}
    last: dict[ObjectId, tuple[Document, Document]] = {}
    for item in items:
        known, hard_state, state = item.get("ls_last_check") or 0, None, None
        for result in results[item["_id"]]:
            if known and result["last_check"] < known:
                continue  # the item has a more recent result
            fields = _live_state(resource, result)
            # A state that the item cannot have, such as DOWN for a service, is only kept in the history.
            if not _is_valid_state(resource, tuple([fields[name] for name in _revalidated_fields(resource)])):
                continue
            known, state = result["last_check"], fields
            if result["state_type"] == "HARD":
                hard_state = fields
        if hard_state is not None and hard_state is not state:
            hard[item["_id"]] = item, hard_state
        if state is not None:
            last[item["_id"]] = item, state
    lost = change_each(context, resource, hard, COUNTER_FIELDS)
    if hard:
        changed = {item["_id"]: item for item in context.store.find(resource, {"_id": {"$in": list(hard)}})}
        last |= {item: (document, last[item][1]) for item, document in changed.items()}
    return lost | change_each(
        context, resource, {item: last[item] for item in last if item not in lost}, COUNTER_FIELDS
    )


@functools.lru_cache(maxsize=1000)
def _is_valid_state(resource: str, values: tuple[Any, ...]) -> bool:
    """Return True if these values are a valid live state."""
    return is_valid(resource, dict(zip(_revalidated_fields(resource), values, strict=True)))


@functools.cache
def _revalidated_fields(resource: str) -> list[str]:
    """Return the live state fields with other rules than the result fields, which are already validated."""
    model, results = resources_by_name()[resource].fields, resources_by_name()["logcheckresult"].fields
    copied = [(name, LIVE_STATE_PREFIX + name) for name in _COPIED]
    return [field for name, field in copied if _rules(model[field]) != _rules(results[name])]


def _rules(field: dict[str, Any]) -> dict[str, Any]:
    return {name: rule for name, rule in field.items() if name not in ("default", "required")}


def _add_history(context: Context, results: Iterable[Document]) -> None:
    """Add history entries for completed results."""
    entries = []
    for result in results:
        flags = f"{bool(result['acknowledged'])}/{bool(result['downtimed'])}"
        message = f"{result['state']}[{result['state_type']}] ({flags}): {result['output']}"
        entry = history.new_entry(
            "check.result", result["host"], result["service"], message, logcheckresult=result["_id"]
        )
        entry |= {name: result[name] for name in ("host_name", "service_name", "_realm")}
        entry["_sub_realm"] = context.targets[result["host"]].get("_sub_realm", True)
        entries.append(entry | {"user": None, "user_name": "Alignak"})
    insert(context, "history", entries)
