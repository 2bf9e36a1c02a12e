"""Downtimes: their times, and the list of those that are requested, not over, and not cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from email.utils import formatdate
from typing import Any, Final, NamedTuple

from alignak_backend_client.client import Backend
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.catalog import Catalog
from alignak_backend_client.items.names.references import show
from alignak_backend_client.items.query.times import LONGEST, TimeError, parse_moment, parse_span, written
from alignak_backend_client.monitoring.actions import DOWNTIME, order_of
from alignak_backend_client.monitoring.naming import Target
from alignak_backend_client.monitoring.reading import read_all
from alignak_backend_client.output.values import duration

Row = dict[str, Any]

_GRACE: Final = 60
"""Seconds that a beginning may have passed: typing takes time, and clocks differ."""


class Window(NamedTuple):
    """When a downtime is; in seconds since 1970, and seconds.

    Attributes:
        start: when it begins; of a flexible one, from when on a problem begins it.
        end: when it ends; of a flexible one, until when a problem begins it.
        flexible: how long a flexible one lasts; None for the others.
    """

    start: int
    end: int
    flexible: int | None = None

    @property
    def fields(self) -> dict[str, Any]:
        """Those of the request."""
        length = self.end - self.start if self.flexible is None else self.flexible
        times = {"start_time": self.start, "end_time": self.end}
        return {**times, "fixed": self.flexible is None, "duration": length}

    def text(self, zone: tzinfo | None = None) -> str:
        """Return it in full, for people."""
        start, end = written(self.start, zone), written(self.end, zone)
        if self.flexible is None:
            return f"Downtime from {start} until {end}, {duration(self.end - self.start)}"
        return f"Flexible downtime: {duration(self.flexible)} after the first problem between {start} and {end}"


class Times(NamedTuple):
    """When a downtime is, as people write it.

    Attributes:
        lasts: how long; or else
        end: until when.
        start: from when on; now where it is None.
        flexible: how long a flexible one lasts: seconds, or with a unit.
    """

    lasts: str | None = None
    end: str | None = None
    start: str | None = None
    flexible: str | None = None


def parse_window(now: int, times: Times, zone: tzinfo | None = None) -> Window:
    """Return when a downtime is.

    Args:
        now: the time it is, in seconds since 1970.
        times: as people write it.
        zone: of times without one; the local one by default.

    Raises:
        TimeError: one of them is no time, they do not go together, or it would be over.
    """
    if times.lasts is None and times.end is None:
        raise TimeError("A downtime needs an end: --for 2h, or --until 18:00")
    if times.lasts is not None and times.end is not None:
        raise TimeError("A downtime has one end: use --for or --until, not both")
    start = now if times.start is None else parse_moment(times.start, now, zone=zone)
    if start < now - _GRACE:
        raise TimeError(f"The start is in the past: {written(start, zone)}; omit --from to start now")
    end = parse_moment(times.end, now, start, zone) if times.end is not None else start + parse_span(str(times.lasts))
    if end <= now:
        raise TimeError(f"The end is in the past: {written(end, zone)}")
    if end <= start:
        raise TimeError(f"The end, {written(end, zone)}, is not after the start, {written(start, zone)}")
    if end - start > LONGEST:
        raise TimeError(f"The downtime would last more than ten years: until {written(end, zone)}")
    if times.flexible is None:
        return Window(start, end)
    return Window(start, end, parse_span(f"{times.flexible}s" if times.flexible.isdigit() else times.flexible))


def downtimes(backend: Backend, catalog: Catalog, now: int) -> list[Row]:
    """Return the downtimes that there are or will be, those that begin first before the others.

    Args:
        backend: where they are.
        catalog: names and ids of that backend.
        now: the time it is, in seconds since 1970.

    Returns:
        For each ``status``: ``requested``, the engine has not taken it; ``scheduled``, ``active``, or ``flexible``, it
        waits for a problem; ``type``: ``host`` or ``service``; ``name``: ``host`` or ``host/service``; ``host``,
        ``service``: the same apart, null for no service; ``start``, ``end``: seconds since 1970; ``fixed``;
        ``duration``: seconds; ``user``: the name of who requested it; ``comment``; ``processed``, ``notified``: what
        the engine has told; ``id``: of the request; ``place``: the ids of the host and of the service.

    Raises:
        BackendException: the request failed.
        ItemError: the answer is not that of a backend.
    """
    begun = {"fixed": False, "end_time": {"$gt": now - LONGEST}}
    lasting = {"action": {"$ne": "delete"}, "$or": [{"end_time": {"$gt": now}}, begun]}
    requests = [one for one in _requests(backend, lasting) if _end(one) > now]
    if not requests:
        return []
    since = {"_created": {"$gte": formatdate(min(order_of(one)[0] for one in requests), usegmt=True)}}
    ended: dict[tuple[Any, Any], tuple[int, str]] = {}
    for one in _requests(backend, {"action": "delete", **since}):
        place = one.get("host"), one.get("service")
        ended[place] = max(order_of(one), ended.get(place, (0, "")))
    requests = [one for one in requests if order_of(one) > ended.get((one.get("host"), one.get("service")), (0, ""))]
    for resource, field in (("host", "host"), ("service", "service"), ("user", "user")):
        catalog.load_ids(resource, {one[field] for one in requests if isinstance(one.get(field), str)})
    rows = [_row(catalog, one, now) for one in requests]
    return sorted(rows, key=lambda row: (row["start"], row["end"], row["name"]))


def _requests(backend: Backend, query: dict[str, Any]) -> list[dict[str, Any]]:
    return read_all(backend, DOWNTIME, {"where": query})


def _end(request: dict[str, Any]) -> int:
    """Return when a downtime is over for sure."""
    return int(request.get("end_time") or 0) + (0 if request.get("fixed", True) else int(request.get("duration") or 0))


def _row(catalog: Catalog, request: dict[str, Any], now: int) -> Row:
    host_id, service_id = str(request.get("host")), request.get("service")
    host = catalog.name("host", host_id) or host_id
    full = catalog.name("service", service_id) or service_id if isinstance(service_id, str) else None
    start, end, fixed = (
        int(request.get("start_time") or 0),
        int(request.get("end_time") or 0),
        request.get("fixed", True),
    )
    if not request.get("processed"):
        status = "requested"
    elif start > now:
        status = "scheduled"
    else:
        status = "active" if fixed else "flexible"
    return {
        "status": status,
        "type": "host" if full is None else "service",
        "name": host if full is None else full,
        "host": host,
        "service": None if full is None else full.removeprefix(f"{host}/"),
        "start": start,
        "end": end,
        "fixed": fixed,
        "duration": end - start if fixed else request.get("duration"),
        "user": catalog.name("user", str(request.get("user"))) or request.get("user"),
        "comment": request.get("comment", ""),
        "processed": request.get("processed") is True,
        "notified": request.get("notified") is True,
        "id": request["_id"],
        "place": (host_id, service_id),
    }


def split_ids(rows: Sequence[Row], names: Sequence[str]) -> tuple[list[Target], list[str]]:
    """Return what the ids of downtimes among some names stand for, and the other names.

    Raises:
        ItemError: a downtime is not the only one of its host or service: the engine ends all of them at a time.
    """
    by_id = {row["id"]: row for row in rows}
    meant: dict[tuple[Any, Any], Target] = {}
    for row in (by_id[name.lower()] for name in names if name.lower() in by_id):
        host, service = row["place"]
        others = [one for one in rows if one["place"] == row["place"] and one["id"] not in map(str.lower, names)]
        if others:
            raise ItemError(
                f"{show(row['name'])} has {len(others) + 1} downtimes or more, and the engine ends all of them at a "
                f"time: to end all, name {show(row['name'])}"
            )
        meant[row["place"]] = Target(row["type"], service or host, host, row["name"], {}, True)
    return list(meant.values()), [name for name in names if name.lower() not in by_id]
