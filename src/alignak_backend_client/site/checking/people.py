"""Hints about users without rights, and hosts whose problems notify nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from alignak_backend_client.items.names.references import link_targets
from alignak_backend_client.site.checking.findings import Finding
from alignak_backend_client.site.checking.inventory import MEMBERS

Item = Mapping[str, Any]


class People:
    """Collects the rights of users, and who is notified."""

    def __init__(self) -> None:
        self._users: dict[str, tuple[str, bool, bool]] = {}
        self._with_rights: set[str] = set()
        self._groups: dict[str, list[str]] = {}
        self._subgroups: dict[str, list[str]] = {}
        self._hosts: list[tuple[str, str, list[str], list[str]]] = []

    def add(self, resource: str, item: Item) -> None:
        """Record an item."""
        match resource:
            case "user" if item.get("_is_template") is not True:
                notified = item.get("host_notifications_enabled", True) is not False
                administrates = item.get("back_role_super_admin") is True
                self._users[item["_id"]] = (str(item.get("name")), notified, administrates)
            case "userrestrictrole":
                self._with_rights.add(str(item.get("user")))
            case "usergroup":
                self._groups[item["_id"]] = link_targets(item.get("users"))
                self._subgroups[item["_id"]] = link_targets(item.get(MEMBERS["usergroup"]))
            case "host" if item.get("_is_template") is not True and item.get("notifications_enabled") is not False:
                people, groups = link_targets(item.get("users")), link_targets(item.get("usergroups"))
                self._hosts.append((item["_id"], str(item.get("name")), people, groups))

    def hints(self) -> Iterator[Finding]:
        """Yield the hints."""
        for identity, (name, _, administrates) in self._users.items():
            # If no rights are visible at all, nothing follows from that.
            if self._with_rights and not administrates and identity not in self._with_rights:
                yield Finding("no rights", "user", name, identity)
        notified: dict[str, bool] = {}
        for identity, name, people, groups in self._hosts:
            if any(self._is_notified(one) for one in people):
                continue
            if not any(self._notifies_member(one, notified) for one in groups):
                yield Finding("nobody notified", "host", name, identity)

    def _is_notified(self, user: str) -> bool:
        return user in self._users and self._users[user][1]

    def _notifies_member(self, group: str, known: dict[str, bool]) -> bool:
        """Return True if a member of a group, or of a nested one, is notified."""
        if group not in known:
            seen, left = {group}, [group]
            known[group] = False
            while left and not known[group]:
                one = left.pop()
                known[group] = any(self._is_notified(user) for user in self._groups.get(one, ()))
                new = [inner for inner in self._subgroups.get(one, ()) if inner not in seen]
                seen.update(new)
                left += new
        return known[group]
