"""Downtimes: parsing their times, and listing current and future ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from email.utils import formatdate
from typing import Any, Final, NamedTuple

from alignak_backend_client.client import Backend
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.catalog import Catalog
from alignak_backend_client.items.names.references import show
from alignak_backend_client.items.query.times import MAX_SPAN, TimeError, format_moment, parse_moment, parse_span
from alignak_backend_client.monitoring.actions import DOWNTIME, creation_order
from alignak_backend_client.monitoring.naming import Target
from alignak_backend_client.monitoring.reading import read_all
from alignak_backend_client.output.values import format_duration

Row = dict[str, Any]

_GRACE: Final = 60
"""Seconds by which a start may be in the past: typing takes time, and clocks differ."""


class Window(NamedTuple):
    """The time window of a downtime.

    Attributes:
        start: its start, in seconds since 1970; for a flexible downtime, the first time a problem can start it.
        end: its end, likewise; for a flexible downtime, the last time a problem can start it.
        flexible: the duration of a flexible downtime in seconds; None for a fixed one.
    """

    start: int
    end: int
    flexible: int | None = None

    @property
    def fields(self) -> dict[str, Any]:
        """The fields of the request."""
        length = self.end - self.start if self.flexible is None else self.flexible
        times = {"start_time": self.start, "end_time": self.end}
        return {**times, "fixed": self.flexible is None, "duration": length}

    def describe(self, zone: tzinfo | None = None) -> str:
        """Return a sentence for people."""
        start, end = format_moment(self.start, zone), format_moment(self.end, zone)
        if self.flexible is None:
            return f"Downtime from {start} until {end}, {format_duration(self.end - self.start)}"
        return f"Flexible downtime: {format_duration(self.flexible)} after the first problem between {start} and {end}"


class Times(NamedTuple):
    """The times of a downtime as text. Either ``duration`` or ``end`` is required.

    Attributes:
        duration: a time span such as ``2h``.
        end: a point in time.
        start: a point in time; None for now.
        flexible: the duration of a flexible downtime: seconds, or a time span.
    """

    duration: str | None = None
    end: str | None = None
    start: str | None = None
    flexible: str | None = None


def parse_window(now: int, times: Times, zone: tzinfo | None = None) -> Window:
    """Parse the times of a downtime.

    Args:
        now: the current time, in seconds since 1970.
        times: the times as text.
        zone: time zone of times without one; None for the local one.

    Raises:
        TimeError: a time is invalid or in the past, or the times contradict each other.
    """
    if times.duration is None and times.end is None:
        raise TimeError("A downtime needs an end: --for 2h, or --until 18:00")
    if times.duration is not None and times.end is not None:
        raise TimeError("A downtime has one end: use --for or --until, not both")
    start = now if times.start is None else parse_moment(times.start, now, zone=zone)
    if start < now - _GRACE:
        raise TimeError(f"The start is in the past: {format_moment(start, zone)}; omit --from to start now")
    end = (
        parse_moment(times.end, now, start, zone) if times.end is not None else start + parse_span(str(times.duration))
    )
    if end <= now:
        raise TimeError(f"The end is in the past: {format_moment(end, zone)}")
    if end <= start:
        raise TimeError(f"The end, {format_moment(end, zone)}, is not after the start, {format_moment(start, zone)}")
    if end - start > MAX_SPAN:
        raise TimeError(f"The downtime would last more than ten years: until {format_moment(end, zone)}")
    if times.flexible is None:
        return Window(start, end)
    return Window(start, end, parse_span(f"{times.flexible}s" if times.flexible.isdigit() else times.flexible))


def read_downtimes(backend: Backend, catalog: Catalog, now: int) -> list[Row]:
    """Read the current and future downtimes that are not cancelled, sorted by start.

    Args:
        backend: the backend.
        catalog: names and ids of that backend.
        now: the current time, in seconds since 1970.

    Returns:
        A row for each: ``status``: ``requested`` (not processed by the engine yet), ``scheduled``, ``active``, or
        ``flexible`` (waits for a problem); ``type``: ``host`` or ``service``; ``name``: ``host`` or ``host/service``;
        ``host``, ``service``: the same separately, the latter null for a host; ``start``, ``end``: seconds since 1970;
        ``fixed``; ``duration``: seconds; ``user``: name of the user who requested it; ``comment``; ``processed``,
        ``notified``: the progress of the engine; ``id``: of the request; ``place``: see :attr:`.Target.place`.

    Raises:
        BackendException: the request failed.
        ItemError: the response is not that of a backend.
    """
    begun = {"fixed": False, "end_time": {"$gt": now - MAX_SPAN}}
    lasting = {"action": {"$ne": "delete"}, "$or": [{"end_time": {"$gt": now}}, begun]}
    requests = [one for one in _requests(backend, lasting) if _end(one) > now]
    if not requests:
        return []
    since = {"_created": {"$gte": formatdate(min(creation_order(one)[0] for one in requests), usegmt=True)}}
    ended: dict[tuple[Any, Any], tuple[int, str]] = {}
    for one in _requests(backend, {"action": "delete", **since}):
        place = one.get("host"), one.get("service")
        ended[place] = max(creation_order(one), ended.get(place, (0, "")))
    requests = [
        one for one in requests if creation_order(one) > ended.get((one.get("host"), one.get("service")), (0, ""))
    ]
    for resource, field in (("host", "host"), ("service", "service"), ("user", "user")):
        catalog.load_ids(resource, {one[field] for one in requests if isinstance(one.get(field), str)})
    rows = [_row(catalog, one, now) for one in requests]
    return sorted(rows, key=lambda row: (row["start"], row["end"], row["name"]))


def _requests(backend: Backend, query: dict[str, Any]) -> list[dict[str, Any]]:
    return read_all(backend, DOWNTIME, {"where": query})


def _end(request: dict[str, Any]) -> int:
    """Return the latest possible end of a downtime, in seconds since 1970."""
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


def resolve_downtime_ids(rows: Sequence[Row], names: Sequence[str]) -> tuple[list[Target], list[str]]:
    """Return the targets of the downtimes whose ids are among some names, and the remaining names.

    Args:
        rows: all downtimes, see :func:`read_downtimes`.
        names: ids of downtimes, and names of hosts and services.

    Raises:
        ItemError: the host or service has further downtimes, which the engine would cancel, too.
    """
    by_id = {row["id"]: row for row in rows}
    targets: dict[tuple[Any, Any], Target] = {}
    for row in (by_id[name.lower()] for name in names if name.lower() in by_id):
        host, service = row["place"]
        others = [one for one in rows if one["place"] == row["place"] and one["id"] not in map(str.lower, names)]
        if others:
            raise ItemError(
                f"{show(row['name'])} has {len(others) + 1} downtimes or more, and the engine ends all of them at a "
                f"time: to end all, name {show(row['name'])}"
            )
        targets[row["place"]] = Target(row["type"], service or host, host, row["name"], {}, True)
    return list(targets.values()), [name for name in names if name.lower() not in by_id]
