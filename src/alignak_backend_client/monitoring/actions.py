"""Requests to the monitoring engine: acknowledgements, downtimes, checks, and removing the first two.

A request is an item of ``actionacknowledge``, ``actiondowntime`` or ``actionforcecheck``. It changes no state: the
engine takes it within seconds (``processed``), and confirms its outcome (``notified``).
"""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from time import sleep
from typing import Any, Final, NamedTuple

from alignak_backend_client.client import EMBEDDED, Backend
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.filters import Filter, all_of, holding
from alignak_backend_client.items.names.finding import by_ids
from alignak_backend_client.items.names.references import show
from alignak_backend_client.items.writing.batch import Batch, Pending
from alignak_backend_client.items.writing.results import WRITTEN, Action, Status
from alignak_backend_client.items.writing.writer import Writer
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.model.storable import unstorable
from alignak_backend_client.model.strict import FIELD_RULES
from alignak_backend_client.monitoring.daemons import daemons
from alignak_backend_client.monitoring.naming import Meant, Target, read_targets
from alignak_backend_client.monitoring.reading import read
from alignak_backend_client.monitoring.realms import Realms
from alignak_backend_client.monitoring.states import CHECKED, PENDING, bad_states, was_checked
from alignak_backend_client.output.values import duration

ACKNOWLEDGE: Final = "actionacknowledge"
DOWNTIME: Final = "actiondowntime"
CHECK: Final = "actionforcecheck"

_PAUSE: Final = 1.0
"""Seconds between two looks at what the engine has taken."""


class CommentError(ValueError):
    """A comment cannot be passed on to the engine. The message says why."""


def check_comment(text: str) -> None:
    """Reject a comment that the engine would get in part, or take for more than one.

    Raises:
        CommentError: it is empty, has a line break or ``;``, or cannot be stored.
    """
    if not text.strip():
        raise CommentError("The comment is empty: describe what is done, or why")
    if any(FIELD_RULES["one_line"](("comment",), text, True)):
        raise CommentError("The comment has several lines, but a command of the engine is a single line")
    if ";" in text:
        raise CommentError(
            "The comment has a ';', which separates arguments in the engine's commands: use another character"
        )
    if unstorable(text):
        raise CommentError("The comment has invalid characters: check the encoding of the terminal")


class Verdict(NamedTuple):
    """Why nothing is requested a host or service: ``unchanged``, it is so already; ``failed``, it makes no sense."""

    status: Status
    reason: str


class Plan(NamedTuple):
    """What is asked of the engine.

    Attributes:
        kind: the resource of the requests.
        action: ``add``, or ``delete`` to end what there is.
        targets: the hosts and services.
        fields: of all requests.
        verdicts: for those of the targets, by id, for which nothing is asked.
    """

    kind: str
    action: Action
    targets: Sequence[Target]
    fields: Mapping[str, Any]
    verdicts: Mapping[str, Verdict] = {}


class _Order(Pending):
    def __init__(self, target: Target) -> None:
        super().__init__(target.name, _new_id())
        self.target = target

    def known_id(self, status: Status, *, dry_run: bool) -> str:
        return self.id if status in (*WRITTEN, "unfinished") and not dry_run else ""


_counter = itertools.count()


def _new_id() -> str:
    """Return the id of a request: sorted by it, those of one second are in their order, whichever process made them."""
    nanoseconds = time.time_ns()
    part = nanoseconds % 1_000_000_000 // 1000
    return f"{nanoseconds // 1_000_000_000:08x}{part:05x}{next(_counter) & 0xFFFFF:05x}{os.urandom(3).hex()}"


def send(writer: Writer, plan: Plan) -> dict[str, str]:
    """Send requests to the backend, and tell the outcome of each; when one of them makes no sense, none.

    Args:
        writer: the backend, and who is told.
        plan: what is asked.

    Returns:
        The names of hosts and services whose requests were sent, by the ids of these; none in a dry run.

    Raises:
        ItemError: the user may not submit commands.
        BackendException: the request failed.
    """
    user = writer.own_user()
    if user.get("can_submit_commands") is not True:
        raise ItemError(
            f"The user {show(writer.username)} may not submit commands: an administrator must set "
            f"can_submit_commands of that user",
            403,
        )
    orders = [_Order(target) for target in plan.targets]
    batch = Batch(writer, plan.action, resources_by_name()[plan.kind], orders)
    for order in orders:
        verdict = plan.verdicts.get(order.target.id)
        if verdict is None and ";" in order.name:
            verdict = Verdict("failed", "its name has a ';', which separates arguments in the engine's commands")
        if verdict is not None:
            batch.settle(order, verdict.status, reason=verdict.reason)
    due = [order for order in orders if order.status is None]
    status: Status = "deleted" if plan.action == "delete" else "created"
    if any(order.status == "failed" for order in orders):
        writer.report.end("nothing was sent", None, told=True)
    elif writer.dry_run:
        for order in due:
            batch.settle(order, status)
    else:
        bodies = [_body(order, user["_id"], plan) for order in due]
        batch.send(due, lambda tell: writer.backend.create_many(plan.kind, bodies, tell), status)
    batch.finish()
    return {order.id: order.name for order in due if order.status == status and not writer.dry_run}


def _body(order: _Order, user: str, plan: Plan) -> dict[str, Any]:
    host, service = order.target.place
    always = {"_id": order.id, "host": host, "service": service, "user": user}
    # Requests for checks have no action.
    return {**always, **({} if plan.kind == CHECK else {"action": plan.action}), **plan.fields}


# --- what makes sense


def matching(writer: Writer, meant: Meant) -> list[Target]:
    """Return the hosts and services that are meant.

    Raises:
        ItemError: none is.
        BackendException: the request failed.
    """
    targets = read_targets(writer.backend, writer.catalog, meant)
    if not targets:
        raise ItemError("None of the selected hosts and services matches the filter")
    return targets


def with_problems(resource: str) -> dict[str, Any]:
    """Return the filter for hosts or services that have something to acknowledge."""
    return {**CHECKED, "ls_state": {"$in": bad_states(resource)}}


def acknowledgements(writer: Writer, meant: Meant, fields: Mapping[str, Any]) -> Plan:
    """Return what is asked to acknowledge problems. What has none is a mistake where it alone was named.

    Raises:
        ItemError: none of those that are meant has a problem.
        BackendException: the request failed.
    """
    targets = read_targets(writer.backend, writer.catalog, meant, with_problems)
    asked = _waiting(writer.backend, targets)
    kept: list[Target] = []
    verdicts: dict[str, Verdict] = {}
    for target in targets:
        state = target.state.get("ls_state")
        found = state if was_checked(target.state) else PENDING
        if found not in bad_states(target.resource):
            if not target.named:
                continue
            verdicts[target.id] = Verdict("failed", f"it is {found}")
        elif asked.get(target.place) == "add":
            verdicts[target.id] = Verdict("unchanged", "already requested, but not processed by the engine yet")
        elif target.place not in asked and target.state.get("ls_acknowledged") is True:
            verdicts[target.id] = Verdict("unchanged", "already acknowledged")
        kept.append(target)
    if not kept:
        raise ItemError("Nothing to acknowledge: none of the selected hosts and services has a problem")
    return Plan(ACKNOWLEDGE, "add", kept, fields, verdicts)


def acknowledgements_ended(writer: Writer, meant: Meant, fields: Mapping[str, Any]) -> Plan:
    """Return what is asked to take acknowledgements back, those that the engine has not taken yet included.

    Raises:
        ItemError: a name means nothing.
        BackendException: the request failed.
    """
    targets = read_targets(writer.backend, writer.catalog, meant)
    asked = _waiting(writer.backend, targets)
    ended = {
        target.id
        for target in targets
        if asked.get(target.place, "add" if target.state.get("ls_acknowledged") is True else "delete") == "delete"
    }
    return _ending(ACKNOWLEDGE, targets, ended, "not acknowledged", fields)


def downtimes_ended(targets: Sequence[Target], places: Iterable[tuple[str, Any]], fields: Mapping[str, Any]) -> Plan:
    """Return what is asked to end the downtimes of hosts and services.

    Args:
        targets: the hosts and services.
        places: those that downtimes were requested for.
        fields: of all requests.
    """
    known = set(places)
    ended = {one.id for one in targets if one.place not in known and one.state.get("ls_downtimed") is not True}
    return _ending(DOWNTIME, targets, ended, "not in a downtime", fields)


def _ending(kind: str, targets: Sequence[Target], ended: set[str], reason: str, fields: Mapping[str, Any]) -> Plan:
    """Return what is asked to end something; where it has ended, that is told of what was named alone."""
    kept = [target for target in targets if target.named or target.id not in ended]
    return Plan(kind, "delete", kept, fields, dict.fromkeys(ended, Verdict("unchanged", reason)))


def _waiting(backend: Backend, targets: Iterable[Target]) -> dict[tuple[Any, Any], str]:
    """Return the last request about an acknowledgement that the engine has not taken yet, by host and service."""
    hosts = {target.host for target in targets}
    if not hosts:
        return {}
    meant = all_of(Filter({"processed": False}), holding("host", hosts))
    found = read(backend, ACKNOWLEDGE, meant, ("host", "service", "action"))
    return {(item.get("host"), item.get("service")): item.get("action", "add") for item in sorted(found, key=order_of)}


def order_of(request: Mapping[str, Any]) -> tuple[int, str]:
    """Return what requests are sorted by: when the backend got them."""
    from email.utils import mktime_tz, parsedate_tz

    created = parsedate_tz(str(request.get("_created")))
    return mktime_tz(created) if created else 0, str(request["_id"])


# --- what becomes of requests


class Taken(NamedTuple):
    """What the engine has done with requests so far: their ids.

    Attributes:
        processed: those that it has taken.
        notified: those whose effect it has confirmed, too. Checks are not confirmed.
    """

    processed: set[str]
    notified: set[str]


def wait(backend: Backend, kind: str, ids: Iterable[str], seconds: float, taken: Taken) -> None:
    """Wait until the engine has taken and confirmed requests, or the time is over.

    Args:
        backend: where they are.
        kind: their resource.
        ids: their ids.
        seconds: how long to wait.
        taken: is filled in.

    Raises:
        BackendException: the request failed.
    """
    end = time.monotonic() + seconds
    confirmed = "notified" in resources_by_name()[kind].fields
    left = list(ids)
    while True:
        for item in list(by_ids(backend, kind, left, {"processed": 1, "notified": 1})):
            if item.get("processed") is True:
                taken.processed.add(item["_id"])
            if item.get("notified") is True:
                taken.notified.add(item["_id"])
        left = [one for one in left if one not in taken.processed or (confirmed and one not in taken.notified)]
        remaining = end - time.monotonic()
        if not left or remaining <= 0:
            return
        sleep(min(_PAUSE, remaining))


def silence(backend: Backend) -> str:
    """Return why no engine is likely to take requests: what the backend tells of its daemons; empty when one runs.

    Raises:
        BackendException: the request failed.
    """
    found = daemons(backend, Realms(()))
    if not found:
        if backend.url_endpoint_root.startswith(EMBEDDED):
            return "an embedded backend has no engine, unless a server shares its database"
        return "the backend has no Alignak daemons (alignakdaemon)"
    if any(one["state"] == "alive" for one in found):
        return ""
    ages = [one["age"] for one in found if one["age"] is not None]
    return "no Alignak daemon is alive" + (f"; the last one was seen {duration(min(ages))} ago" if ages else "")
