"""The history: events or check results of a period, the newest ones in chronological order."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any, Final, NamedTuple

from alignak_backend_client.client import Backend
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.catalog import Catalog
from alignak_backend_client.items.names.filters import EVERYTHING, Filter, holding
from alignak_backend_client.items.names.patterns import is_meant, name_condition
from alignak_backend_client.items.names.references import service_splits
from alignak_backend_client.items.query.fields import QueryError
from alignak_backend_client.items.query.listing import Listing
from alignak_backend_client.items.query.order import parse_order
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.monitoring.realms import Realms
from alignak_backend_client.monitoring.states import REAL
from alignak_backend_client.monitoring.targets import any_name, count, host_names, unknown
from alignak_backend_client.output.suggestions import suggestion

EVENTS: Final[tuple[str, ...]] = tuple(resources_by_name()["history"].fields["type"]["allowed"])
"""The types of events."""

_FIELDS: Final = {
    "history": ("type", "host_name", "service_name", "user_name", "message"),
    "logcheckresult": ("last_check", "host_name", "service_name", "state", "state_type", "last_state", "output"),
}

Row = dict[str, Any]


class Question(NamedTuple):
    """What is requested.

    Attributes:
        names: hosts, with their services, and services as ``host/service``; names and patterns. All when empty.
        since: in seconds since 1970.
        until: likewise; None for now.
        types: types of events, of :data:`EVENTS`; all when empty.
        checks: True for the results of checks instead of events.
        changes: of these, only those that changed the state.
    """

    names: Sequence[str]
    since: int
    until: int | None = None
    types: Sequence[str] = ()
    checks: bool = False
    changes: bool = False


class History(NamedTuple):
    """What was found.

    Attributes:
        rows: the newest, in the order of their time: ``time``, in seconds since 1970; ``type``; ``name``, ``host`` or
            ``host/service``; ``host`` and ``service`` apart, null for none; ``user``; ``message``. Of checks ``state``,
            ``state_type`` and ``last_state``, too; null for events.
        total: how many there are; None if the backend cannot tell.
        cut: True when the limit left out some.
    """

    rows: list[Row]
    total: int | None
    cut: bool


def matching_types(patterns: Sequence[str]) -> tuple[str, ...]:
    """Return the types of events that names and patterns, such as ``downtime.*``, mean.

    Raises:
        QueryError: one of them means none.
    """
    found: dict[str, None] = {}
    for pattern in patterns:
        types = [one for one in EVENTS if fnmatchcase(one, pattern)]
        if not types:
            raise QueryError(f"Unknown event type {pattern!r}: {suggestion(pattern, EVENTS, 'types')}")
        found.update(dict.fromkeys(types))
    return tuple(found)


def history(backend: Backend, question: Question, limit: int | None = None) -> History:
    """Return what happened.

    Args:
        backend: where it is written down.
        question: what is requested.
        limit: the most rows that are wanted, the newest ones; None for all.

    Raises:
        ItemError: nothing has one of the names, or the user may read nothing at all.
        BackendException: the request failed.
    """
    resource = resources_by_name()["logcheckresult" if question.checks else "history"]
    created: dict[str, str] = {"$gte": _date(question.since)}
    if question.until is not None:
        created["$lte"] = _date(question.until)
    query: dict[str, Any] = {"_created": created}
    if question.types:
        query["type"] = {"$in": list(question.types)}
    if question.changes:
        query["state_changed"] = True
    if question.names:
        query["$or"] = [one for name in question.names for one in _named(name)]
    order = parse_order(resource, "-_created,-_id")
    listing = Listing(backend, Catalog(backend), resource, Filter(query), order, limit)
    pages = listing.pages(dict.fromkeys(_FIELDS[resource.name], 1))
    rows = [_row(item, checks=question.checks) for page in pages for item in page.items()]
    if not listing.cut:
        for name in question.names:
            if not any(is_meant(str(row["host"]), name) or is_meant(str(row["name"]), name) for row in rows):
                _check(backend, name)
    if not rows and not any(count(backend, one, EVERYTHING, REAL) for one in ("host", "service")):
        Realms.of(backend).check_any()
    return History(rows[::-1], listing.total, listing.cut)


def _named(name: str) -> list[dict[str, Any]]:
    """Return the filters for what a name may mean: a host, or a service on a host. They may be deleted by now."""
    on_hosts = [
        {"host_name": name_condition(host), "service_name": name_condition(service)}
        for host, service in service_splits(name)
    ]
    return [{"host_name": name_condition(name)}, *on_hosts]


def _check(backend: Backend, name: str) -> None:
    """Reject a name that nothing has."""
    if count(backend, "host", EVERYTHING, {**REAL, **any_name([name])}):
        return
    splits = service_splits(name)
    for host, service in splits:
        hosts = host_names(backend, [host])
        if count(backend, "service", holding("host", frozenset(hosts)), {**REAL, **any_name([service])}):
            return
    raise ItemError(unknown(backend, "service" if splits else "host", name), 404)


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


def _date(seconds: int) -> str:
    """Return a point in time as filters have it."""
    from email.utils import formatdate

    return formatdate(seconds, usegmt=True)
