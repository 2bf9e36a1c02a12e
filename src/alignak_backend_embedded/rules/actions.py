"""Acknowledgements, downtimes and forced checks: requests to the monitoring engine, with history entries.

They do not change live states: the engine reads them, marks them as processed and sends results.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Final

from alignak_backend_embedded.domain.context import Context
from alignak_backend_embedded.domain.errors import CommandsNotAllowedError, NotAllowedError, RuleError
from alignak_backend_embedded.domain.events import Batch, Change
from alignak_backend_embedded.domain.rights import Caller
from alignak_backend_embedded.rules import history
from alignak_backend_embedded.store.access import Document

_ADDED: Final = {
    "actionacknowledge": {"add": "ack.add", "delete": "ack.delete"},
    "actiondowntime": {"add": "downtime.add", "delete": "downtime.delete"},
    "actionforcecheck": {"add": "check.request"},
}
_PROCESSED: Final = {
    "actionacknowledge": "ack.processed",
    "actiondowntime": "downtime.processed",
    "actionforcecheck": "check.requested",
}


def check_allowed(caller: Caller, resource: str, method: str) -> None:
    """Reject actions of users who may not submit commands, super administrators included.

    Raises:
        NotAllowedError: the user has no right to delete them.
        CommandsNotAllowedError: the user may not submit commands.
    """
    if method not in ("POST", "PATCH", "DELETE"):
        return
    if method == "DELETE":
        caller.write_filter(resource, "delete")
    if not caller.can_submit_commands:
        raise CommandsNotAllowedError


def check_new(context: Context, actions: Batch) -> None:
    """Reject actions on a service of another host, and in the name of another user.

    Raises:
        NotAllowedError: the user of an action is not the caller.
    """
    sound = list(actions.valid_items())
    _check_users(context, (action["user"] for action, _ in sound))
    hosts = _hosts_of_services(context, {action["service"] for action, _ in sound if action["service"] is not None})
    for action, issues in sound:
        if action["service"] is not None and hosts.get(action["service"]) != action["host"]:
            issues["service"] = f"value '{action['service']}' is not a service of the host"


def check_change(context: Context, change: Change) -> None:
    """Reject changes with which a new action would be rejected.

    Raises:
        NotAllowedError: the new user of the action is not the caller.
        RuleError: the service does not belong to the host.
    """
    if "user" in change.posted and change.updates["user"] != change.original.get("user"):
        _check_users(context, [change.updates["user"]])
    service = change.after("service")
    moved = service is not None and change.posted & {"host", "service"}
    if moved and _hosts_of_services(context, {service}).get(service) != change.after("host"):
        raise RuleError("The service does not belong to the host")


def _check_users(context: Context, users: Iterable[Any]) -> None:
    caller = context.caller
    if caller is not None and not caller.is_super_admin and any(user != caller.id for user in users):
        raise NotAllowedError("Only a super administrator may act for other users")


def _hosts_of_services(context: Context, services: Collection[Any]) -> dict[Any, Any]:
    """Return the hosts of services, by the ids of the services."""
    if not services:
        return {}
    found = context.store.find("service", {"_id": {"$in": list(services)}}, projection={"host": 1})
    return {service["_id"]: service.get("host") for service in found}


def set_realm(context: Context, actions: Batch) -> None:
    """Put actions into the realm of their host."""
    found = context.store.find("host", {"_id": {"$in": [action["host"] for action in actions]}})
    hosts = {host["_id"]: host for host in found}
    for action in actions:
        host = hosts.get(action["host"])
        if host is not None:
            action.update(_realm=host["_realm"], _sub_realm=host.get("_sub_realm", True))


def write_history(context: Context, actions: Batch) -> None:
    """Add history entries for new actions."""
    kinds = _ADDED[actions.resource]
    entries = [_entry(kinds[action.get("action", "add")], action, action["comment"]) for action in actions]
    history.add_entries(context, entries)


def write_processed_history(context: Context, change: Change) -> None:
    """Add a history entry when the engine has processed an action."""
    if "processed" in change.posted and change.updates["processed"]:
        action = change.updated
        history.add_entries(context, [_entry(_PROCESSED[change.resource], action, action.get("comment", ""))])


def _entry(kind: str, action: Document, comment: str) -> Document:
    return history.new_entry(kind, action["host"], action.get("service"), comment, user=action["user"])
