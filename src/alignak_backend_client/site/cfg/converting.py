"""Converting all items of a configuration, in the order of their dependencies."""

from __future__ import annotations

import re
from typing import Final

from alignak_backend_client.items.names.references import show
from alignak_backend_client.model.start_documents import ROOT
from alignak_backend_client.site.cfg.attributes import ENGINE_TYPES, MODULATIONS, RESOURCES
from alignak_backend_client.site.cfg.contacts import Contacts
from alignak_backend_client.site.cfg.dependencies import Dependencies
from alignak_backend_client.site.cfg.escalations import Escalations
from alignak_backend_client.site.cfg.findings import Findings
from alignak_backend_client.site.cfg.hosts import Hosts
from alignak_backend_client.site.cfg.items import Items
from alignak_backend_client.site.cfg.overriding import Overriding
from alignak_backend_client.site.cfg.parsing import Definition, Value
from alignak_backend_client.site.cfg.periods import add_periods
from alignak_backend_client.site.cfg.service_groups import ServiceGroups
from alignak_backend_client.site.cfg.services import Services
from alignak_backend_client.site.cfg.sources import Configuration
from alignak_backend_client.site.progress import Progress

_BUSINESS_RULE: Final = "bp_rule"
_MACRO: Final = re.compile(r"(?=(\$\w+\$))", re.ASCII)
_CHECK_ARGUMENTS: Final = ("check_command_args", "event_handler_args")
_WITH_MACROS: Final = {"command": ("command_line",), "host": _CHECK_ARGUMENTS, "service": _CHECK_ARGUMENTS, "user": ()}
_CONVERTED_TYPES: Final = frozenset({*RESOURCES, "hostextinfo", "serviceextinfo", "notificationway", "escalation"})


def convert_items(configuration: Configuration, findings: Findings, progress: Progress) -> Items:
    """Convert a configuration to items. Everything that is lost is added to the findings.

    Raises:
        ItemError: there are too many services.
    """
    items = Items(configuration, findings, progress)
    _realms(items)
    items.register("timeperiod")
    _commands(items)
    hosts, contacts = Hosts(items), Contacts(items)
    contacts.register()
    hosts.register()
    services = Services(items, hosts)
    services.register()
    groups = ServiceGroups(items, hosts, services)
    escalations = Escalations(items, hosts, groups)
    escalations.register()
    add_periods(items)
    contacts.add()
    contacts.add_groups()
    hosts.add()
    hosts.add_groups()
    services.add()
    Overriding(items, hosts, services).override()
    groups.add()
    escalations.add()
    dependencies = Dependencies(items, hosts, services, groups)
    dependencies.add_links()
    dependencies.add()
    _report_unsupported(items)
    items.names.report_unnamed()
    return items


def _realms(items: Items) -> None:
    items.register("realm")
    parents: dict[str, str] = {}
    known = items.names.items["realm"]
    definitions = [one for one in items.registered("realm") if one.text("realm_name")]
    for definition in definitions:
        value = items.values(definition).get("realm_members")
        for name in items.reader.known_names(value, known, "realm_members: there is no realm"):
            parents.setdefault(known[name], known[definition.text("realm_name")])
    for definition in definitions:
        value = items.values(definition).get("higher_realms")
        for name in items.reader.known_names(value, known, "higher_realms: there is no realm"):
            parents.setdefault(known[definition.text("realm_name")], known[name])
    _break_cycles(items, parents, definitions)
    for _, data in items.add_simple("realm", ("realm_members", "higher_realms")):
        if data["name"] == ROOT:
            data["default"] = True
            continue
        data["_parent"] = parents.get(data["name"], ROOT)
        if data.pop("default", False):
            # The only default realm of the backend is All, so hosts set theirs.
            items.realm = data["name"]


def _break_cycles(items: Items, parents: dict[str, str], definitions: list[Definition]) -> None:
    """Remove parents of the realm All, and break cycles of realms."""
    parents.pop(ROOT, None)
    for definition in definitions:
        name = items.names.items["realm"].get(definition.text("realm_name"), "")
        seen, above = {name}, parents.get(name)
        while above is not None and above not in seen:
            seen.add(above)
            above = parents.get(above)
        if above == name:
            del parents[name]
            items.report_lost(definition, "realm_members: the realm contains itself")


def _commands(items: Items) -> None:
    items.register("command")
    if _BUSINESS_RULE not in items.names.items["command"] and (value := _business_rule(items)) is not None:
        made = Definition("command", value.owner.file, value.line)
        made.values["command_name"] = Value(_BUSINESS_RULE, value.line, made)
        made.values["command_line"] = Value(_BUSINESS_RULE, value.line, made)
        items.add_definition(made)
        items.names.add("command", _BUSINESS_RULE, made)
        items.names.report_change(made, "built into the engine; a definition is added, since the backend needs one")
    items.add_simple("command")


def _business_rule(items: Items) -> Value | None:
    for type_ in ("host", "service"):
        for definition in items.definitions.get(type_, ()):
            value = definition.values.get("check_command")
            if value and value.text and value.text.partition("!")[0].strip() == _BUSINESS_RULE:
                return value
    return None


def _macros(items: Items) -> set[str]:
    """Return the macros in commands, arguments and custom variables."""
    found: set[str] = set()
    for resource, fields in _WITH_MACROS.items():
        for item in items.items[resource].values():
            texts = [str(item[field]) for field in fields if field in item]
            found.update(_MACRO.findall(" ".join([*texts, *item.get("customs", {}).values()])))
    return found


def _report_unsupported(items: Items) -> None:
    """Report definitions and macros without an equivalent in the backend."""
    for type_, definitions in items.definitions.items():
        if type_ in _CONVERTED_TYPES:
            continue
        for definition in definitions:
            if type_ in MODULATIONS:
                reason = "the backend only stores the names of modulations"
            elif type_ in ENGINE_TYPES:
                reason = "daemons and their modules are configured in Alignak itself"
            else:
                reason = f"the backend has no type for {show(type_, 40)}"
            items.report_lost(definition, reason)
    used = _macros(items)
    for macro, (file, line) in items.configuration.macros.items():
        if macro in used:
            reason = f"{macro}: used by commands; set its value in the configuration of Alignak"
            items.findings.add("changed", file, line, reason)
