"""Validating items without writing them: against the data model and the backend's rules between items."""

from __future__ import annotations

from typing import Any

from alignak_backend_client.exceptions import BackendException
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.references import SERVICES, show
from alignak_backend_client.items.writing import data_model
from alignak_backend_client.items.writing.wording import format_issues
from alignak_backend_client.items.writing.writer import Writer
from alignak_backend_client.model import Resource
from alignak_backend_client.model.storable import find_dotted_key


def reject_invalid(
    writer: Writer, resource: Resource, data: dict[str, Any], before: dict[str, Any] | None = None
) -> None:
    """Reject invalid data that the Alignak backend may accept; for dry runs and real ones.

    Args:
        writer: the backend.
        resource: the item's resource.
        data: the data to send.
        before: the current item; None for a new one.

    Raises:
        ItemError: data would be lost, the item would be unreadable, or the monitoring engine would misinterpret it.
        BackendException: the request failed.
    """
    if found := data_model.find_strict_issues(resource, data, before):
        raise ItemError(format_issues(resource, found), 422)
    reject_dotted_keys(writer, data)
    if resource.kind == "action":
        _check_action(writer, data, before or {})


def reject_dotted_keys(writer: Writer, data: dict[str, Any]) -> None:
    """Reject keys with dots inside values if the backend would convert them to objects.

    Raises:
        ItemError: there is one.
        BackendException: the request failed.
    """
    for name, value in data.items():
        key = find_dotted_key(value) if isinstance(value, dict | list) else None
        if key is not None and not writer.is_embedded():
            raise ItemError(f"{name}: this backend cannot store the key {show(key)}: it would become an object", 422)


def _check_action(writer: Writer, data: dict[str, Any], before: dict[str, Any]) -> None:
    """Validate the target and the user of an action; ids were looked up before."""
    host, service = (data.get(name, before.get(name)) for name in ("host", "service"))
    if isinstance(service, str) and {"host", "service"} & data.keys():
        writer.catalog.load_ids("service", [service])
        known = writer.catalog.find("service", service)
        if known and known[0].host != host:
            raise ItemError(f"service: {show(known[0].name)} is not a service of that host", 422)
    user = data.get("user")
    if isinstance(user, str) and user != before.get("user"):
        own = writer.own_user()
        if user != own["_id"] and own.get("back_role_super_admin") is not True:
            raise ItemError(f"user: only a super administrator may act for other users; use {writer.username}", 401)


def reject_invalid_services(data: dict[str, Any]) -> None:
    """Reject invalid services in the data of a host.

    Raises:
        ItemError: they are not a list of items.
    """
    services = data.get(SERVICES, [])
    if not isinstance(services, list) or not all(isinstance(service, dict) for service in services):
        raise ItemError(f"{SERVICES}: a list of services is needed", 422)


def reject_cycle(writer: Writer, resource: Resource, item: dict[str, Any], changes: dict[str, Any]) -> None:
    """Reject moving an item of a tree below itself, which the Alignak backend allows although it breaks the tree.

    Raises:
        ItemError: the item would be below itself.
        BackendException: the request failed.
    """
    parent = changes.get("_parent")
    if not resource.is_tree or not isinstance(parent, str):
        return
    if parent != item["_id"]:
        try:
            above = writer.backend.get(f"{resource.name}/{parent}").get("_tree_parents")
        except BackendException as error:
            if error.code == 404:
                return  # the backend reports it
            raise
        if not isinstance(above, list) or item["_id"] not in above:
            return
    raise ItemError("_parent: the item would be below itself", 422)


def check_new(writer: Writer, resource: Resource, data: dict[str, Any]) -> None:
    """Validate a new item as the backend would.

    Raises:
        ItemError: the backend would reject it.
    """
    if found := data_model.find_issues(resource, data):
        raise ItemError(format_issues(resource, found), 422)
    if resource.name == "service" and data.get("_is_template") is not True:
        hosts = writer.catalog.find("host", data["host"])
        if hosts and hosts[0].is_template:
            raise ItemError(f"host: {show(hosts[0].name)} is a template, which can only have service templates", 422)
    if resource.name == "logcheckresult":
        _check_result(writer, data)


def _check_result(writer: Writer, data: dict[str, Any]) -> None:
    """Validate the host and the service of a check result; ids were looked up before."""
    host, service = data.get("host"), data.get("service_name")
    if not host:
        name = data.get("host_name")
        if not name:
            raise ItemError("host: a check result needs host or host_name", 422)
        writer.catalog.load("host", [name])
        known = writer.catalog.find_by_name("host", name)
        if not known:
            raise ItemError(f"host_name: no host {show(name)}", 422)
        host = known[0].id
    if service and not data.get("service"):
        writer.catalog.load("service", [service])
        if not writer.catalog.on_host(host, service):
            raise ItemError(f"service_name: no service {show(service)} on that host", 422)


def check_change(writer: Writer, resource: Resource, current: dict[str, Any], changes: dict[str, Any]) -> None:
    """Validate a change as the backend would.

    Raises:
        ItemError: the backend would reject it.
    """
    found = data_model.find_issues(resource, changes, current)
    name = changes.get("name")
    if isinstance(name, str) and "name" in resource.unique and not found:
        writer.catalog.load(resource.name, [name])
        if any(known.id != current["_id"] for known in writer.catalog.find_by_name(resource.name, name)):
            found["name"] = f"value {show(name)} is not unique"
    if resource.is_tree and "_parent" in changes and not changes["_parent"]:
        found["_parent"] = "only the root can have no parent"
    if resource.name == "service" and current.get("_is_template") is True and changes.get("_is_template") is False:
        found["_is_template"] = "a service template cannot become a service"
    if found:
        raise ItemError(format_issues(resource, found), 422)
