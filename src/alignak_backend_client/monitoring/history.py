"""The history: events or check results of a period, in chronological order."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any, Final, NamedTuple

from alignak_backend_client.client import Backend
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.catalog import Catalog
from alignak_backend_client.items.names.filters import EVERYTHING, Filter, field_in
from alignak_backend_client.items.names.patterns import matches_pattern, name_condition
from alignak_backend_client.items.names.references import service_splits
from alignak_backend_client.items.query.fields import QueryError
from alignak_backend_client.items.query.listing import Listing
from alignak_backend_client.items.query.order import parse_order
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.monitoring.reading import read
from alignak_backend_client.monitoring.realms import Realms
from alignak_backend_client.monitoring.states import NOT_TEMPLATE
from alignak_backend_client.monitoring.targets import count_items, names_query, unknown_target_message
from alignak_backend_client.output.suggestions import suggestion

EVENTS: Final[tuple[str, ...]] = tuple(resources_by_name()["history"].fields["type"]["allowed"])
"""The types of events."""

_FIELDS: Final = {
    "history": ("type", "host_name", "service_name", "user_name", "message"),
    "logcheckresult": ("last_check", "host_name", "service_name", "state", "state_type", "last_state", "output"),
}

Row = dict[str, Any]


class HistoryQuery(NamedTuple):
    """A selection of events.

    Attributes:
        names: names and patterns of hosts, which include their services, and of services as ``host/service``; if
            empty, all hosts and services.
        since: start of the period, in seconds since 1970.
        until: end of the period, likewise; None for now.
        types: types of events, see :data:`EVENTS`; if empty, all types.
        checks: True for check results instead of events.
        changes: True for only those check results that changed the state.
    """

    names: Sequence[str]
    since: int
    until: int | None = None
    types: Sequence[str] = ()
    checks: bool = False
    changes: bool = False


class History(NamedTuple):
    """Selected events.

    Attributes:
        rows: the newest events in chronological order: ``time``, in seconds since 1970; ``type``; ``name``: ``host`` or
            ``host/service``; ``host`` and ``service``: the same separately, null if absent; ``user``; ``message``;
            ``state``, ``state_type`` and ``last_state`` of check results, null for events.
        total: the number of selected events; None if the backend does not return it.
        cut: True if the limit omitted some.
    """

    rows: list[Row]
    total: int | None
    cut: bool


def matching_types(patterns: Sequence[str]) -> tuple[str, ...]:
    """Return the types of events that match names and patterns such as ``downtime.*``.

    Raises:
        QueryError: one of them matches no type.
    """
    found: dict[str, None] = {}
    for pattern in patterns:
        types = [one for one in EVENTS if fnmatchcase(one, pattern)]
        if not types:
            raise QueryError(f"Unknown event type {pattern!r}: {suggestion(pattern, EVENTS, 'types')}")
        found.update(dict.fromkeys(types))
    return tuple(found)


def read_history(backend: Backend, selection: HistoryQuery, limit: int | None) -> History:
    """Read events or check results.

    Args:
        backend: the backend.
        selection: the selection.
        limit: the maximum number of rows, of which the newest are returned; None for all.

    Raises:
        ItemError: a name matches nothing, or the user may not read anything.
        BackendException: the request failed.
    """
    resource = resources_by_name()["logcheckresult" if selection.checks else "history"]
    created: dict[str, str] = {"$gte": _http_date(selection.since)}
    if selection.until is not None:
        created["$lte"] = _http_date(selection.until)
    query: dict[str, Any] = {"_created": created}
    if selection.types:
        query["type"] = {"$in": list(selection.types)}
    if selection.changes:
        query["state_changed"] = True
    if selection.names:
        query["$or"] = [one for name in selection.names for one in _name_queries(name)]
    order = parse_order(resource, "-_created,-_id")
    listing = Listing(backend, Catalog(backend), resource, Filter(query), order, limit)
    pages = listing.pages(dict.fromkeys(_FIELDS[resource.name], 1))
    rows = [_row(item, checks=selection.checks) for page in pages for item in page.items()]
    if not listing.cut:
        for name in selection.names:
            if not any(
                matches_pattern(str(row["host"]), name) or matches_pattern(str(row["name"]), name) for row in rows
            ):
                _require_existing(backend, name)
    if not rows and not any(count_items(backend, one, EVERYTHING, NOT_TEMPLATE) for one in ("host", "service")):
        Realms.read(backend).require_read_access()
    return History(rows[::-1], listing.total, listing.cut)


def _name_queries(name: str) -> list[dict[str, Any]]:
    """Return the queries for a name: a host, or a service on a host, which may have been deleted since."""
    on_hosts = [
        {"host_name": name_condition(host), "service_name": name_condition(service)}
        for host, service in service_splits(name)
    ]
    return [{"host_name": name_condition(name)}, *on_hosts]


def _require_existing(backend: Backend, name: str) -> None:
    """Check that a name matches a host or service."""
    if count_items(backend, "host", EVERYTHING, {**NOT_TEMPLATE, **names_query([name])}):
        return
    for host, service in service_splits(name):
        on_hosts = field_in("host", _ids_of_hosts(backend, host))
        if count_items(backend, "service", on_hosts, {**NOT_TEMPLATE, **names_query([service])}):
            return
    raise ItemError(unknown_target_message(backend, name), 404)


def _ids_of_hosts(backend: Backend, pattern: str) -> list[str]:
    where = Filter({**NOT_TEMPLATE, **names_query([pattern])})
    return [host["_id"] for host in read(backend, "host", where, ("name",))]


def _row(item: dict[str, Any], *, checks: bool) -> Row:
    from email.utils import parsedate_to_datetime

    host, service = item.get("host_name") or None, item.get("service_name") or None
    try:
        created = int(parsedate_to_datetime(str(item.get("_created"))).timestamp())
    except ValueError:
        created = 0
    return {
        "time": (item.get("last_check") or created) if checks else created,
        "type": "check.result" if checks else item.get("type"),
        "name": f"{host}/{service}" if host and service else host,
        "host": host,
        "service": service,
        "user": None if checks else item.get("user_name"),
        "state": item.get("state"),
        "state_type": item.get("state_type"),
        "last_state": item.get("last_state"),
        "message": item.get("output" if checks else "message") or "",
    }


def _http_date(seconds: int) -> str:
    """Return a point in time in the format of filters."""
    from email.utils import formatdate

    return formatdate(seconds, usegmt=True)
