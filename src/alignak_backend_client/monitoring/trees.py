"""Trees of realms, host templates, hosts and groups, and everything below one item."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from alignak_backend_client.client import Backend
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.filters import Filter, all_of, field_in
from alignak_backend_client.items.names.patterns import matches_pattern
from alignak_backend_client.items.names.references import show
from alignak_backend_client.monitoring.reading import by_ids, read_all
from alignak_backend_client.monitoring.states import NOT_TEMPLATE, PENDING, was_checked
from alignak_backend_client.monitoring.targets import host_names
from alignak_backend_client.output.suggestions import nearest

MAX_DEPTH: Final = 100
"""Levels that are shown: not every JSON parser can read deeper nesting."""

_STATE: Final = ("ls_state", "ls_last_check")
_MEMBERS: Final = {"hostgroup": "host", "servicegroup": "service", "usergroup": "user"}

Row = dict[str, Any]
Item = dict[str, Any]


class _Node(NamedTuple):
    """An item of a tree.

    Attributes:
        id: its id.
        type: ``template`` for a host template, ``service template``, otherwise its resource.
        name: its name; for a service ``host/name``.
        state: the state of a host or service, otherwise None.
    """

    id: str
    type: str
    name: str
    state: str | None = None


class _Tree:
    """Items and their children."""

    def __init__(self) -> None:
        self.nodes: dict[str, _Node] = {}
        self._below: defaultdict[str, list[str]] = defaultdict(list)

    def add(self, item: Item, kind: str, parents: Iterable[Any], name: str = "") -> None:
        """Add an item below its parents, which may be added later or never."""
        identity = str(item["_id"])
        state = None
        if "ls_state" in item:
            state = str(item["ls_state"]) if was_checked(item) else PENDING
        self.nodes[identity] = _Node(identity, kind, name or str(item.get("name") or identity), state)
        self.link(identity, parents)

    def link(self, identity: str, parents: Iterable[Any]) -> None:
        """Add an item to the children of others."""
        for parent in parents:
            if isinstance(parent, str) and identity not in self._below[parent]:
                self._below[parent].append(identity)

    def ids(self, roots: Iterable[str]) -> frozenset[str]:
        """Return the ids of some items and of all their descendants."""
        return frozenset(node.id for node, _, again in self.walk(roots) if not again)

    def roots(self) -> list[str]:
        """Return the ids of the items without a known parent."""
        below = {one for parent in self.nodes for one in self._below[parent]}
        return [one for one in self.nodes if one not in below]

    def top_level(self, roots: Sequence[str]) -> Sequence[str]:
        """Return those ids that are not below another one of them; all if they form a cycle."""
        below = {node.id for node, level, _ in self.walk(roots) if level}
        return [one for one in roots if one not in below] or roots

    def walk(self, roots: Iterable[str]) -> Iterator[tuple[_Node, int, bool]]:
        """Yield items before their children, each with its level, and True if its children are omitted this time."""
        seen: set[str] = set()
        stack = [(one, 0) for one in self._reverse_sorted(roots)]
        while stack:
            identity, level = stack.pop()
            below = self._reverse_sorted(self._below[identity])
            again = bool(below) and (identity in seen or level == MAX_DEPTH)
            seen.add(identity)
            yield self.nodes[identity], level, again
            if not again:
                stack += [(one, level + 1) for one in below]

    def _reverse_sorted(self, ids: Iterable[str]) -> list[str]:
        """Return the known ids sorted by type and name in reverse, as a stack."""
        return sorted(
            (one for one in ids if one in self.nodes),
            key=lambda one: (self.nodes[one].type, self.nodes[one].name, one),
            reverse=True,
        )


def read_tree(backend: Backend, kind: str, names: Sequence[str]) -> list[Row]:
    """Read a tree of items.

    Args:
        backend: the backend.
        kind: one of :data:`KINDS`.
        names: names and patterns. If given, the tree has only these items and what belongs to them: the hosts of
            realms and templates, the members of groups, the service templates of host templates, the services of hosts.

    Returns:
        A row for each item, before its children: ``level``: 0 for the roots; ``type``: a resource, ``template`` or
        ``service template``; ``name``; ``state``: of hosts and services, otherwise null; ``again``: True if the
        children are omitted, since they are in a previous row or deeper than :data:`MAX_DEPTH` levels.

    Raises:
        ItemError: one of the names matches nothing.
        BackendException: the request failed.
    """
    found = _Tree()
    roots = found.top_level(KINDS[kind](backend, found, names) or found.roots())
    rows = [_row(*one) for one in found.walk(roots)]
    if not names:
        # The Alignak backend accepts cycles of realms and groups, which have no root.
        reached = {node.id for node, _, _ in found.walk(roots)}
        rows += [_row(node, 0, False) for node in found.nodes.values() if node.id not in reached]
    return rows


def _row(node: _Node, level: int, again: bool) -> Row:
    return {"level": level, "type": node.type, "name": node.name, "state": node.state, "again": again}


def _read(backend: Backend, resource: str, where: Filter, fields: Iterable[str]) -> list[Item]:
    """Return some fields of some items."""
    projection = dict.fromkeys(("name", *fields), 1) | where.fields
    params = {"where": where.query or None, "projection": projection}
    return [item for item in read_all(backend, resource, params) if where.accepts(item)]


def _resolve_names(known: _Tree, names: Sequence[str], what: str) -> list[str]:
    """Return the ids of the items that match names and patterns."""
    found: dict[str, None] = {}
    for name in names:
        ids = [node.id for node in known.nodes.values() if matches_pattern(node.name, name)]
        if not ids:
            near = nearest(name, [node.name for node in known.nodes.values()])
            raise ItemError(f"There is no {what} {show(name)}" + (f": did you mean {near!r}?" if near else ""), 404)
        found.update(dict.fromkeys(ids))
    return list(found)


def _realms(backend: Backend, found: _Tree, names: Sequence[str]) -> list[str]:
    for item in _read(backend, "realm", Filter({}), ["_parent"]):
        found.add(item, "realm", [item.get("_parent")])
    if not names:
        return []
    roots = _resolve_names(found, names, "realm")
    for item in _read(
        backend, "host", all_of(Filter(NOT_TEMPLATE), field_in("_realm", found.ids(roots))), ["_realm", *_STATE]
    ):
        found.add(item, "host", [item.get("_realm")])
    return roots


def _templates(backend: Backend, found: _Tree, names: Sequence[str]) -> list[str]:
    template = Filter({"_is_template": True})
    for item in _read(backend, "host", template, ["_templates"]):
        found.add(item, "template", item.get("_templates") or [])
    if not names:
        return []
    roots = _resolve_names(found, names, "template")
    ids = found.ids(roots)
    for item in _read(
        backend, "host", all_of(Filter(NOT_TEMPLATE), field_in("_templates", ids)), ["_templates", *_STATE]
    ):
        found.add(item, "host", item.get("_templates") or [])
    for item in _read(backend, "service", all_of(template, field_in("host", ids)), ["host"]):
        if (host := found.nodes.get(str(item.get("host")))) is not None:
            found.add(item, "service template", [host.id], f"{host.name}/{item.get('name')}")
    return roots


def _hosts(backend: Backend, found: _Tree, names: Sequence[str]) -> list[str]:
    fields = ["parents", *_STATE]
    if not names:
        for item in _read(backend, "host", Filter(NOT_TEMPLATE), fields):
            found.add(item, "host", item.get("parents") or [])
        return []
    roots = host_names(backend, names)
    for item in _read(backend, "host", field_in("_id", roots), fields):
        found.add(item, "host", item.get("parents") or [])
    for item in _read(backend, "service", all_of(Filter(NOT_TEMPLATE), field_in("host", roots)), ["host", *_STATE]):
        host = str(item.get("host"))
        found.add(item, "service", [host], f"{roots.get(host, host)}/{item.get('name')}")
    last = frozenset(roots)
    while last:
        items = _read(backend, "host", all_of(Filter(NOT_TEMPLATE), field_in("parents", last)), fields)
        last = frozenset(item["_id"] for item in items) - found.nodes.keys()
        for item in items:
            if item["_id"] in last:
                found.add(item, "host", item.get("parents") or [])
    return list(roots)


def _groups(resource: str) -> Callable[[Backend, _Tree, Sequence[str]], list[str]]:
    member = _MEMBERS[resource]

    def read(backend: Backend, found: _Tree, names: Sequence[str]) -> list[str]:
        groups = _read(backend, resource, Filter({}), ["_parent", f"{resource}s", *([f"{member}s"] if names else [])])
        for group in groups:
            found.add(group, resource, [group.get("_parent")])
        for group in groups:
            for one in group.get(f"{resource}s") or []:
                found.link(str(one), [group["_id"]])
        if not names:
            return []
        roots = _resolve_names(found, names, resource)
        ids = found.ids(roots)
        members: defaultdict[str, list[str]] = defaultdict(list)
        for group in groups:
            if group["_id"] in ids:
                for one in group.get(f"{member}s") or []:
                    members[str(one)].append(group["_id"])
        fields = {"host": ("name", *_STATE), "service": ("name", "host", *_STATE), "user": ("name",)}[member]
        items = list(by_ids(backend, member, sorted(members), dict.fromkeys(fields, 1)))
        hosts = {str(item.get("host")) for item in items if member == "service"}
        host_name = {host["_id"]: host.get("name") for host in by_ids(backend, "host", sorted(hosts), {"name": 1})}
        for item in items:
            full = (
                f"{host_name.get(item.get('host'), item.get('host'))}/{item.get('name')}" if member == "service" else ""
            )
            found.add(item, member, members[item["_id"]], full)
        return roots

    return read


KINDS: Final = {
    "realm": _realms,
    "template": _templates,
    "host": _hosts,
    "group": _groups("hostgroup"),
    "hostgroup": _groups("hostgroup"),
    "servicegroup": _groups("servicegroup"),
    "usergroup": _groups("usergroup"),
}
"""The kinds of trees, each with the function that reads it and returns the ids of its roots."""
