"""The live synthesis: the numbers of hosts and services of a realm by state.

Every host and service that is not a template counts once, in its own realm: as not monitored, in downtime,
acknowledged, or by its state and state type. Every write updates the counters; the first item of a realm creates its
synthesis. Missing ones of realms with items are computed at the start. Counter changes do not change ``_etag`` and
``_updated``.
"""

from __future__ import annotations

import contextlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from alignak_backend_client.model import resources_by_name
from alignak_backend_client.model.fields import COUNTER_FIELDS
from alignak_backend_client.model.ids import derive_object_id
from alignak_backend_embedded.domain.context import Context
from alignak_backend_embedded.domain.events import Batch, Change
from alignak_backend_embedded.domain.metadata import new_etag, now
from alignak_backend_embedded.rules.livestate import is_monitored
from alignak_backend_embedded.store.access import Document
from alignak_backend_embedded.store.errors import DuplicateKeyError
from alignak_backend_embedded.store.object_id import ObjectId

COUNTERS: Final = tuple(
    name for name in resources_by_name()["livesynthesis"].fields if name.startswith(("hosts_", "services_"))
)
_SCHEMA_VERSION: Final = resources_by_name()["livesynthesisretention"].fields["schema_version"]["default"]


def _counter_name(resource: str, item: Document) -> str:
    """Return the counter of an item, besides the total."""
    if not is_monitored(item):
        return f"{resource}s_not_monitored"
    if item.get("ls_downtimed"):
        return f"{resource}s_in_downtime"
    if item.get("ls_acknowledged"):
        return f"{resource}s_acknowledged"
    return f"{resource}s_{str(item.get('ls_state')).lower()}_{str(item.get('ls_state_type')).lower()}"


def _increments_of(resource: str, item: Document, sign: int = 1) -> Counter[tuple[ObjectId, str]]:
    """Return the increments of an item to the counters of its realm."""
    found: Counter[tuple[ObjectId, str]] = Counter()
    realm = item.get("_realm")
    if realm is not None and not item.get("_is_template"):
        found[realm, f"{resource}s_total"] += sign
        name = _counter_name(resource, item)
        if name in COUNTERS:
            found[realm, name] += sign
    return found


def _count_realm(context: Context, realm: ObjectId) -> Counter[str]:
    found: Counter[tuple[ObjectId, str]] = Counter()
    for resource in ("host", "service"):
        for item in context.store.find(resource, {"_realm": realm}, projection=dict.fromkeys(COUNTER_FIELDS, 1)):
            found.update(_increments_of(resource, item))
    return Counter({name: number for (_, name), number in found.items()})


def ensure_syntheses(context: Context, realms: Iterable[ObjectId]) -> None:
    """Create a synthesis for realms without one from the stored items."""
    for realm in _without_synthesis(context, realms):
        _create(context, realm, _count_realm(context, realm))


def _without_synthesis(context: Context, realms: Iterable[ObjectId]) -> set[ObjectId]:
    wanted = set(realms)
    known = context.store.find("livesynthesis", {"_realm": {"$in": list(wanted)}}, projection={"_realm": 1})
    return wanted - {found["_realm"] for found in known}


def _create(context: Context, realm: ObjectId, counters: Mapping[str, int]) -> None:
    """Create the synthesis of a realm, unless another worker of a MongoDB installation was faster."""
    date = {"_updated": now(), "_etag": new_etag()}
    identity = ObjectId(derive_object_id("livesynthesis", str(realm)))
    with contextlib.suppress(DuplicateKeyError):
        context.store.insert(
            "livesynthesis", {**dict.fromkeys(COUNTERS, 0), **counters, **date, "_realm": realm, "_id": identity}
        )


def _increment(context: Context, increments: Iterable[Counter[tuple[ObjectId, str]]]) -> None:
    by_realm: defaultdict[ObjectId, Counter[str]] = defaultdict(Counter)
    for of_item in increments:
        for (realm, name), number in of_item.items():
            by_realm[realm][name] += number
    for realm in _without_synthesis(context, by_realm):
        # Its stored items are the ones to be counted: now, or by other workers.
        _create(context, realm, {})
    for realm, amounts in by_realm.items():
        changed = {name: number for name, number in amounts.items() if number}
        if changed:
            context.store.increment("livesynthesis", {"_realm": realm}, changed)


def count_new(context: Context, items: Batch) -> None:
    """Count new items."""
    _increment(context, (_increments_of(items.resource, item) for item in items))


def count_removed(context: Context, items: Batch) -> None:
    """Remove deleted items from the counters."""
    _increment(context, (_increments_of(items.resource, item, -1) for item in items))


def count_changed(context: Context, changes: Sequence[Change]) -> None:
    """Move items to other counters when their state, realm or monitoring changes."""
    increments: Counter[tuple[ObjectId, str]] = Counter()
    for change in changes:
        if any(
            change.updated.get(name) != change.original.get(name) for name in change.updates.keys() & COUNTER_FIELDS
        ):
            increments.update(_increments_of(change.resource, change.original, -1))
            increments.update(_increments_of(change.resource, change.updated))
    if any(increments.values()):
        _increment(context, [increments])


def save_copies(context: Context) -> None:
    """Store a copy of every synthesis."""
    date = now()
    copies = [
        {
            **{name: found.get(name, 0) for name in COUNTERS},
            "livesynthesis": found["_id"],
            "schema_version": _SCHEMA_VERSION,
            "_created": date,
            "_updated": date,
            "_etag": new_etag(),
        }
        for found in context.store.find("livesynthesis", {})
    ]
    if copies:
        context.store.insert("livesynthesisretention", copies)


def _find_concatenated(context: Context, document: Document) -> list[Document]:
    """Return the syntheses that ``?concatenation`` adds: those of sub-realms, or all that the caller may read."""
    caller = context.caller
    if caller is None or caller.is_super_admin:
        realm = context.store.find_one("realm", {"_id": document.get("_realm")}, {"_all_children": 1}) or {}
        where: Document = {"_realm": {"$in": realm.get("_all_children", [])}}
    else:
        realms = caller.realms("livesynthesis", "read") | caller.realms("livesynthesis", "custom")
        where = {"$and": [{"_realm": {"$in": list(realms)}}, caller.read_filter("livesynthesis")]}
    return [found for found in context.store.find("livesynthesis", where) if found["_id"] != document["_id"]]


def _read_copies(context: Context, items: list[ObjectId]) -> list[Document]:
    """Return the copies of some syntheses, newest first; copies of the same time are added up."""
    found: dict[Any, Document] = {}
    seen: Counter[tuple[ObjectId, Any]] = Counter()
    newest_first = [("_created", -1), ("_id", -1)]
    for copied in context.store.find("livesynthesisretention", {"livesynthesis": {"$in": items}}, sort=newest_first):
        date = copied["_created"]
        seen[copied["livesynthesis"], date] += 1
        # Two copies of one synthesis in the same second are kept apart.
        moment: Document = found.setdefault(
            (date, seen[copied["livesynthesis"], date]),
            {**dict.fromkeys(COUNTERS, 0), "_created": date, "schema_version": _SCHEMA_VERSION},
        )
        for name in COUNTERS:
            moment[name] += copied.get(name, 0)
    return list(found.values())


def extend_response(context: Context, document: Document, *, concatenation: bool, history: bool) -> None:
    """Add the requested data to a synthesis in a response.

    Args:
        context: the context of the request.
        document: the synthesis.
        concatenation: True to add the counters of sub-realms.
        history: True to add the stored copies.
    """
    items = [document["_id"]]
    if concatenation:
        for other in _find_concatenated(context, document):
            items.append(other["_id"])
            for name in COUNTERS:
                if name in document:
                    document[name] += other.get(name, 0)
    if history:
        document["history"] = _read_copies(context, items)
