"""Requests to the monitoring engine: acknowledgements, downtimes, checks, and removing the first two.

A request is an item of ``actionacknowledge``, ``actiondowntime`` or ``actionforcecheck``. It does not change the state
itself: the engine picks it up within seconds (``processed``), and then confirms its effect (``notified``).
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
from alignak_backend_client.items.names.filters import Filter, all_of, field_in
from alignak_backend_client.items.names.finding import by_ids
from alignak_backend_client.items.names.references import show
from alignak_backend_client.items.writing.batch import Batch, Pending
from alignak_backend_client.items.writing.results import WRITTEN, Action, Status
from alignak_backend_client.items.writing.writer import Writer
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.model.storable import find_unstorable
from alignak_backend_client.model.strict import FIELD_RULES
from alignak_backend_client.monitoring.daemons import read_daemons
from alignak_backend_client.monitoring.naming import Selector, Target, read_targets
from alignak_backend_client.monitoring.reading import read
from alignak_backend_client.monitoring.realms import Realms
from alignak_backend_client.monitoring.states import CHECKED, PENDING, bad_states, was_checked
from alignak_backend_client.output.values import format_duration

ACKNOWLEDGE: Final = "actionacknowledge"
DOWNTIME: Final = "actiondowntime"
CHECK: Final = "actionforcecheck"

_POLL_INTERVAL: Final = 1.0
"""Seconds between two polls of the engine's progress."""


class CommentError(ValueError):
    """A comment cannot be passed to the engine. The message gives the reason."""


def check_comment(text: str) -> None:
    """Reject a comment that the engine would truncate or misinterpret.

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
    if find_unstorable(text):
        raise CommentError("The comment has invalid characters: check the encoding of the terminal")


class Verdict(NamedTuple):
    """Why no request is sent for a target: ``unchanged`` (already in this state) or ``failed`` (makes no sense)."""

    status: Status
    reason: str


class RequestPlan(NamedTuple):
    """Requests to be sent to the engine.

    Attributes:
        kind: the resource of the requests, such as ``actiondowntime``.
        action: ``add``, or ``delete`` to remove an acknowledgement or downtimes.
        targets: the hosts and services, one request each.
        fields: fields that all requests have in common.
        verdicts: id of a target to the reason why no request is sent for it.
    """

    kind: str
    action: Action
    targets: Sequence[Target]
    fields: Mapping[str, Any]
    verdicts: Mapping[str, Verdict] = {}


class _PendingRequest(Pending):
    def __init__(self, target: Target) -> None:
        super().__init__(target.name, _new_id())
        self.target = target

    def known_id(self, status: Status, *, dry_run: bool) -> str:
        return self.id if status in (*WRITTEN, "unfinished") and not dry_run else ""


_counter = itertools.count()


def _new_id() -> str:
    """Return an id for a request. Ids sort by time of creation, even if several processes create them."""
    nanoseconds = time.time_ns()
    part = nanoseconds % 1_000_000_000 // 1000
    return f"{nanoseconds // 1_000_000_000:08x}{part:05x}{next(_counter) & 0xFFFFF:05x}{os.urandom(3).hex()}"


def send_requests(writer: Writer, plan: RequestPlan) -> dict[str, str]:
    """Send requests to the backend and report the result of each. If any of them is invalid, none is sent.

    Args:
        writer: the backend, and the report of the results.
        plan: the requests.

    Returns:
        Id of each request that was sent to the name of its target; empty for a dry run.

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
    requests = [_PendingRequest(target) for target in plan.targets]
    batch = Batch(writer, plan.action, resources_by_name()[plan.kind], requests)
    for request in requests:
        verdict = plan.verdicts.get(request.target.id)
        if verdict is None and ";" in request.name:
            verdict = Verdict("failed", "its name has a ';', which separates arguments in the engine's commands")
        if verdict is not None:
            batch.settle(request, verdict.status, reason=verdict.reason)
    unsent = [request for request in requests if request.status is None]
    status: Status = "deleted" if plan.action == "delete" else "created"
    if any(request.status == "failed" for request in requests):
        writer.report.end("nothing was sent", None, reported=True)
    elif writer.dry_run:
        for request in unsent:
            batch.settle(request, status)
    else:
        bodies = [_body(request, user["_id"], plan) for request in unsent]
        batch.send(unsent, lambda on_outcome: writer.backend.create_many(plan.kind, bodies, on_outcome), status)
    batch.finish()
    return {request.id: request.name for request in unsent if request.status == status and not writer.dry_run}


def _body(request: _PendingRequest, user: str, plan: RequestPlan) -> dict[str, Any]:
    host, service = request.target.place
    common = {"_id": request.id, "host": host, "service": service, "user": user}
    # Requests for checks have no action.
    return {**common, **({} if plan.kind == CHECK else {"action": plan.action}), **plan.fields}


# --- planning


def select_targets(writer: Writer, selector: Selector) -> list[Target]:
    """Return the selected hosts and services.

    Raises:
        ItemError: none matches.
        BackendException: the request failed.
    """
    targets = read_targets(writer.backend, writer.catalog, selector)
    if not targets:
        raise ItemError("None of the selected hosts and services matches the filter")
    return targets


def problem_filter(resource: str) -> dict[str, Any]:
    """Return the query for hosts or services in a problem state."""
    return {**CHECKED, "ls_state": {"$in": bad_states(resource)}}


def plan_acknowledgements(writer: Writer, selector: Selector, fields: Mapping[str, Any]) -> RequestPlan:
    """Plan the acknowledgement of problems.

    A target without a problem is an error if it was given by its full name; otherwise it is skipped.

    Raises:
        ItemError: none of the selected hosts and services has a problem.
        BackendException: the request failed.
    """
    targets = read_targets(writer.backend, writer.catalog, selector, problem_filter)
    unprocessed = _unprocessed_actions(writer.backend, targets)
    requested: list[Target] = []
    verdicts: dict[str, Verdict] = {}
    for target in targets:
        state = target.state.get("ls_state")
        found = state if was_checked(target.state) else PENDING
        if found not in bad_states(target.resource):
            if not target.named:
                continue
            verdicts[target.id] = Verdict("failed", f"it is {found}")
        elif unprocessed.get(target.place) == "add":
            verdicts[target.id] = Verdict("unchanged", "already requested, but not processed by the engine yet")
        elif target.place not in unprocessed and target.state.get("ls_acknowledged") is True:
            verdicts[target.id] = Verdict("unchanged", "already acknowledged")
        requested.append(target)
    if not requested:
        raise ItemError("Nothing to acknowledge: none of the selected hosts and services has a problem")
    return RequestPlan(ACKNOWLEDGE, "add", requested, fields, verdicts)


def plan_unacknowledgements(writer: Writer, selector: Selector, fields: Mapping[str, Any]) -> RequestPlan:
    """Plan the removal of acknowledgements, including those that the engine has not processed yet.

    Raises:
        ItemError: a name matches nothing.
        BackendException: the request failed.
    """
    targets = read_targets(writer.backend, writer.catalog, selector)
    unprocessed = _unprocessed_actions(writer.backend, targets)
    ended = {
        target.id
        for target in targets
        if unprocessed.get(target.place, "add" if target.state.get("ls_acknowledged") is True else "delete") == "delete"
    }
    return _plan_removal(ACKNOWLEDGE, targets, ended, "not acknowledged", fields)


def plan_cancellations(
    targets: Sequence[Target], places: Iterable[tuple[str, Any]], fields: Mapping[str, Any]
) -> RequestPlan:
    """Plan the cancellation of all downtimes of hosts and services.

    Args:
        targets: the hosts and services.
        places: host and service ids for which downtimes were requested, see :attr:`.Target.place`.
        fields: fields of all requests.
    """
    known = set(places)
    ended = {one.id for one in targets if one.place not in known and one.state.get("ls_downtimed") is not True}
    return _plan_removal(DOWNTIME, targets, ended, "not in a downtime", fields)


def _plan_removal(
    kind: str, targets: Sequence[Target], ended: set[str], reason: str, fields: Mapping[str, Any]
) -> RequestPlan:
    """Plan the removal of a state; targets without it are reported only if they were given by their full name."""
    requested = [target for target in targets if target.named or target.id not in ended]
    return RequestPlan(kind, "delete", requested, fields, dict.fromkeys(ended, Verdict("unchanged", reason)))


def _unprocessed_actions(backend: Backend, targets: Iterable[Target]) -> dict[tuple[Any, Any], str]:
    """Return the action of the last acknowledgement request that is not processed yet, by host and service id."""
    hosts = {target.host for target in targets}
    if not hosts:
        return {}
    selector = all_of(Filter({"processed": False}), field_in("host", hosts))
    found = read(backend, ACKNOWLEDGE, selector, ("host", "service", "action"))
    return {
        (item.get("host"), item.get("service")): item.get("action", "add") for item in sorted(found, key=creation_order)
    }


def creation_order(request: Mapping[str, Any]) -> tuple[int, str]:
    """Return the sort key of a request: its time of creation in the backend, in seconds since 1970, then its id."""
    from email.utils import mktime_tz, parsedate_tz

    created = parsedate_tz(str(request.get("_created")))
    return mktime_tz(created) if created else 0, str(request["_id"])


# --- following requests


class EngineProgress(NamedTuple):
    """The progress of the engine on requests.

    Attributes:
        processed: ids of the requests that it has picked up.
        notified: ids of the requests whose effect it has confirmed. Checks are never confirmed.
    """

    processed: set[str]
    notified: set[str]


def wait_for_engine(backend: Backend, kind: str, ids: Iterable[str], seconds: float, progress: EngineProgress) -> None:
    """Wait until the engine has processed and confirmed all requests, or the time is over.

    Args:
        backend: the backend.
        kind: the resource of the requests.
        ids: ids of the requests.
        seconds: the longest time to wait.
        progress: updated in place, so that it is valid after an interruption.

    Raises:
        BackendException: the request failed.
    """
    end = time.monotonic() + seconds
    confirmed = "notified" in resources_by_name()[kind].fields
    left = list(ids)
    while True:
        for item in list(by_ids(backend, kind, left, {"processed": 1, "notified": 1})):
            if item.get("processed") is True:
                progress.processed.add(item["_id"])
            if item.get("notified") is True:
                progress.notified.add(item["_id"])
        left = [one for one in left if one not in progress.processed or (confirmed and one not in progress.notified)]
        remaining = end - time.monotonic()
        if not left or remaining <= 0:
            return
        sleep(min(_POLL_INTERVAL, remaining))


def missing_engine_reason(backend: Backend) -> str:
    """Return why requests are unlikely to be processed, according to the daemons in the backend; empty if one is alive.

    Raises:
        BackendException: the request failed.
    """
    found = read_daemons(backend, Realms(()))
    if not found:
        if backend.url_endpoint_root.startswith(EMBEDDED):
            return "an embedded backend has no engine, unless a server shares its database"
        return "the backend has no Alignak daemons (alignakdaemon)"
    if any(one["state"] == "alive" for one in found):
        return ""
    ages = [one["age"] for one in found if one["age"] is not None]
    return "no Alignak daemon is alive" + (f"; the last one was seen {format_duration(min(ages))} ago" if ages else "")
