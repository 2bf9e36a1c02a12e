"""Converting contacts to users and contact groups to user groups, with their notification ways."""

from __future__ import annotations

from typing import Any, Final

from alignak_backend_client.items.names.references import show
from alignak_backend_client.site.cfg.attributes import NOTIFICATION_WAY, TABLES
from alignak_backend_client.site.cfg.hosts import convert_subgroups
from alignak_backend_client.site.cfg.items import Items
from alignak_backend_client.site.cfg.parsing import Definition
from alignak_backend_client.site.cfg.templated import (
    add_template,
    add_with_templates,
    get_templates,
    register_templates,
)
from alignak_backend_client.site.cfg.templates import Values, names_in
from alignak_backend_client.site.fields import secret_variable

_ELSEWHERE: Final = frozenset({"contact_name", "contact_groups", "password", "notificationways"})
_COMMANDS: Final = ("host_notification_commands", "service_notification_commands")

#: The default values of the engines; those of the backend are the opposite.
_DEFAULTS: Final[dict[str, Any]] = {
    "host_notifications_enabled": True,
    "service_notifications_enabled": True,
    "host_notification_period": "24x7",
    "service_notification_period": "24x7",
}


class Contacts:
    """The contacts of the files."""

    def __init__(self, items: Items) -> None:
        self._items = items
        self._templates: list[Definition] = []

    def register(self) -> None:
        """Find the names of users and their groups."""
        self._items.register("contact")
        self._templates = register_templates(self._items, "contact")
        self._items.register_groups("contactgroup", "contact_groups", map(self._items.values, self._real()))

    def add(self) -> None:
        """Add the users, and their templates before."""
        ways = self._ways()
        for definition in self._templates:
            values = self._items.values(definition)
            fields = self._fields(values, ways)
            add_template(self._items, definition, {**_DEFAULTS, **fields})
        for definition in self._items.registered("contact"):
            name = self._items.names.items["user"].get(definition.text("contact_name"))
            if name is None or name in self._items.items["user"]:
                continue
            values = self._items.values(definition)
            data = {"name": name, **_DEFAULTS, **self._fields(values, ways), "_realm": self._items.realm}
            password = values.get("password")
            if password is not None and password.text:
                data["password"] = True  # that it has one; which one, no file says
                variable = secret_variable(name, "password")
                reason = f"password: not written; the file refers to the environment variable {variable}"
                self._items.names.report_change(password.owner, reason, password.line)
            add_with_templates(self._items, definition, data, get_templates(self._items, definition))

    def _fields(self, values: Values, ways: dict[str, tuple[Definition, dict[str, Any]]]) -> dict[str, Any]:
        found = self._items.reader.convert_fields("user", values, TABLES["user"], _ELSEWHERE)
        value = values.get("notificationways")
        folded: dict[str, Any] = {}
        for name in self._items.reader.known_names(value, ways, "notificationways: there is no notificationway"):
            for field, one in ways[name][1].items():
                if field in _COMMANDS:
                    folded[field] = list(dict.fromkeys([*folded.get(field, ()), *one]))
                elif folded.setdefault(field, one) != one and value is not None:
                    reason = f"notificationways: several differ in {field}: the user has that of the first one"
                    self._items.reader.report_lost(value, reason)
        for field in _COMMANDS:
            if field in found and field in folded:
                found[field] = list(dict.fromkeys([*found[field], *folded[field]]))
        return {**folded, **found}

    def _ways(self) -> dict[str, tuple[Definition, dict[str, Any]]]:
        found: dict[str, tuple[Definition, dict[str, Any]]] = {}
        for definition in self._items.registered("notificationway"):
            values = self._items.values(definition)
            name = definition.text("notificationway_name")
            if not name:
                self._items.report_lost(definition, "notificationway_name is missing")
                continue
            elsewhere = ("notificationway_name",)
            fields = self._items.reader.convert_fields("user", values, NOTIFICATION_WAY, elsewhere)
            found.setdefault(name, (definition, fields))
        return found

    def add_groups(self) -> None:
        """Add the groups of users."""
        known = self._items.names.items["user"]
        by_contact: dict[str, list[str]] = {}
        for definition in self._real():
            value = self._items.values(definition).get("contact_groups")
            for group in names_in(value):
                by_contact.setdefault(group, []).append(known[definition.text("contact_name")])
        for definition, data in self._items.add_simple("contactgroup", ("members", "contactgroup_members")):
            value = self._items.values(definition).get("members")
            members = dict.fromkeys(by_contact.get(definition.text("contactgroup_name"), ()))
            for name in names_in(value):
                if name == "*":
                    members.update(dict.fromkeys(known[one.text("contact_name")] for one in self._real()))
                elif name in known:
                    members[known[name]] = None
                elif value is not None:
                    self._items.reader.report_lost(value, f"members: there is no contact {show(name)}")
            data["users"] = sorted(members)
            data["usergroups"] = convert_subgroups(self._items, definition, "contactgroup")

    def _real(self) -> list[Definition]:
        return [one for one in self._items.registered("contact") if one.text("contact_name")]
