"""Acknowledgements, downtimes and forced checks: requests to the monitoring engine, told in the history.

They change nothing in live states: the engine reads them, marks them as processed and sends results.
"""

from __future__ import annotations

from typing import Final

from alignak_backend_embedded.domain.context import caller, store
from alignak_backend_embedded.domain.errors import CommandsNotAllowedError
from alignak_backend_embedded.domain.events import Change, on
from alignak_backend_embedded.domain.rights import ACTIONS
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


def check_allowed(resource: str, method: str) -> None:
    """Refuse actions of users who may not submit commands, super administrators included.

    Raises:
        NotAllowedError: the user has no right to delete them.
        CommandsNotAllowedError: the user may not submit commands.
    """
    if resource not in ACTIONS or method not in ("POST", "PATCH", "DELETE"):
        return
    if method == "DELETE":
        caller().write_filter(resource, "delete")
    if not caller().can_submit_commands:
        raise CommandsNotAllowedError


@on("insert", *ACTIONS)
def place(actions: list[Document]) -> None:
    """Put actions into the realm of their host."""
    hosts = {
        host["_id"]: host for host in store().find("host", {"_id": {"$in": [action["host"] for action in actions]}})
    }
    for action in actions:
        host = hosts.get(action["host"])
        if host is not None:
            action.update(_realm=host["_realm"], _sub_realm=host.get("_sub_realm", True))


for _resource in sorted(ACTIONS):

    @on("inserted", _resource)
    def tell(actions: list[Document], resource: str = _resource) -> None:
        """Tell the history of new actions."""
        for action in actions:
            kind = _ADDED[resource][action.get("action", "add")]
            history.write(kind, action["host"], action.get("service"), action["comment"], user=action["user"])


@on("updated", *ACTIONS)
def tell_processed(change: Change) -> None:
    """Tell the history that the engine has processed an action."""
    if "processed" in change.posted and change.updates["processed"]:
        action = change.updated
        kind = _PROCESSED[change.resource]
        history.write(kind, action["host"], action.get("service"), action.get("comment", ""), user=action["user"])
