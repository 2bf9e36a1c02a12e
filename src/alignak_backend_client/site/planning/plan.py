"""The plan: the changes that make a backend match a folder. Computing it sends nothing."""

from __future__ import annotations

import functools
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Literal, NamedTuple

from alignak_backend_client.items.names.references import label, link_targets, show
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.model.order import CREATION_ORDER
from alignak_backend_client.model.start_documents import START_NAMES
from alignak_backend_client.output.suggestions import nearest
from alignak_backend_client.site.fields import EXCLUDED_SERVICES, NO_OWNER, OWNER, RIGHTS, managed
from alignak_backend_client.site.files.folder import Item, Problem
from alignak_backend_client.site.files.places import Place
from alignak_backend_client.site.item_validation import (
    CIRCULAR,
    ON_TEMPLATE,
    find_cycles,
    format_cycle,
    unknown_exclusion,
)
from alignak_backend_client.site.model import Site
from alignak_backend_client.site.planning.comparing import (
    Field,
    desired_rights,
    differences,
    normalize_right,
    sort_rights,
    why_not_changeable,
)
from alignak_backend_client.site.planning.desired import DesiredItem, DesiredState
from alignak_backend_client.site.planning.pruning import Deletion, find_all_deletions, find_prunable, is_owned, used_by
from alignak_backend_client.site.planning.renaming import apply_new_names, find_renames
from alignak_backend_client.site.reading import BackendItems

MOST_DELETIONS: Final = 0.3
"""The share of a site's items that can be deleted without --allow-deletions."""


class Options(NamedTuple):
    """Options for applying a folder.

    Attributes:
        prune: delete items that the site owns and that are not in the folder.
        merge: keep the values of fields that are not in the files.
        take_over: take over items that belong to other sites.
        allow_deletions: allow the deletion of more than a certain share of the site's items.
        update_secrets: also send the passwords and keys of existing items.
        protected_user: the name of the logged-in user, which is never deleted.
    """

    prune: bool = False
    merge: bool = False
    take_over: bool = False
    allow_deletions: bool = False
    update_secrets: bool = False
    protected_user: str = ""


class Change(NamedTuple):
    """A change of one item.

    Attributes:
        action: the action.
        type: its resource.
        name: its name; of a renamed one, the new name.
        id: its id; empty for a new one.
        fields: the fields that differ; for a new item, those in the files.
        item: the item in the files; None if it is not in them.
        reason: why an item is deleted or created that is not in the files.
        cascaded: True if the backend deletes it together with another item.
        used_by: for a deletion, the types and names of remaining items that link to the item.
    """

    action: Literal["create", "update", "delete"]
    type: str
    name: str
    id: str = ""
    fields: tuple[Field, ...] = ()
    item: Item | None = None
    reason: str = ""
    cascaded: bool = False
    used_by: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """A unique key."""
        return self.type, self.name


class Plan(NamedTuple):
    """The changes that make a backend match a site.

    Attributes:
        changes: in the order of links; deletions come last, in reverse order.
        problems: errors that prevent applying the plan, with positions in the files.
        refusals: messages about options or permissions that the plan needs.
        unpruned: the number of additional items that ``prune`` would delete.
        unchanged: the number of unchanged items.
        desired_state: the desired state.
        there: the current state, with new names.
        options: the options.
    """

    changes: list[Change]
    problems: list[Problem]
    refusals: list[str]
    unpruned: int
    unchanged: int
    desired_state: DesiredState
    there: BackendItems
    options: Options

    @property
    def counts(self) -> dict[str, int]:
        """The number of items to create, update and delete."""
        found = Counter(change.action for change in self.changes)
        return {"create": found["create"], "update": found["update"], "delete": found["delete"]}

    @property
    def checksum(self) -> str:
        """A checksum that identifies this plan; it covers the references to secrets, not their values."""
        changes = [[one.action, one.type, one.name, [list(field) for field in one.fields]] for one in self.changes]
        text = json.dumps(changes, sort_keys=True, separators=(",", ":"), default=str)
        return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:16]


def plan(site: Site, there: BackendItems, options: Options, removes_keys: Callable[[], bool] = lambda: True) -> Plan:
    """Return the plan that makes a backend match a site.

    Args:
        site: the items of the folder.
        there: the items of the backend; renamed ones get their new names in it.
        options: the options.
        removes_keys: returns True if the backend can remove keys from objects; only called if this matters.
    """
    return _Planner(site, there, options, removes_keys).plan()


class _Planner:
    def __init__(self, site: Site, there: BackendItems, options: Options, removes_keys: Callable[[], bool]) -> None:
        self._there = there
        self._options = options
        self._removes_keys = removes_keys
        self._owner = site.name
        apply_new_names(there, find_renames(site, there))
        self._prunable = find_prunable(site, there, options.protected_user)
        self._site = _with_defaults(site, there) if options.prune else site
        self._reset = {
            (kind, name) for kind, items in self._site.items.items() for name in items.keys() - site.items[kind].keys()
        }
        self._desired_state = DesiredState(self._site, there, self._prunable if options.prune else {})
        self._deleted: set[tuple[str, str]] = set()

    def plan(self) -> Plan:
        desired_state, there = self._desired_state, self._there
        changes: list[Change] = []
        unchanged: list[DesiredItem] = []
        for kind in (name for name in CREATION_ORDER if name in desired_state.items):
            for name in sorted(desired_state.items[kind]):
                desired = desired_state.items[kind][name]
                change = self._change(desired)
                if change is None:
                    unchanged.append(desired)
                else:
                    changes.append(change)
        pruned = [Deletion(kind, name, "") for kind, names in self._prunable.items() for name in sorted(names)]
        merge, prune = self._options.merge, self._options.prune
        everything = find_all_deletions(desired_state, there, pruned, merge=merge, owner=self._owner)
        deletions = everything if prune else find_all_deletions(desired_state, there, [], merge=merge, owner=None)
        places = {kind: place for place, kind in enumerate(CREATION_ORDER)}
        users = used_by(desired_state, there, deletions, merge=merge)
        for one in sorted(deletions, key=lambda one: (-places[one.type], one.name)):
            stored = there.stored[one.type][one.name]
            host = self._site.items["host"].get(one.name.rpartition("/")[0]) if one.type == "service" else None
            using = tuple(sorted(users.get((one.type, one.name), ())))
            changes.append(Change("delete", one.type, one.name, stored.id, (), host, one.reason, one.cascaded, using))
        return Plan(
            changes,
            [*self._problems(changes, unchanged)],
            [*self._refusals(pruned, changes)],
            len(everything) - len(deletions),
            len(unchanged),
            desired_state,
            there,
            self._options,
        )

    def _change(self, desired: DesiredItem) -> Change | None:
        """Return the change of an item; None if it already has its desired state."""
        item, options = desired.item, self._options
        kind, name = item.resource.name, item.name
        there = self._there.items[kind].get(name)
        owner = self._owner if (kind, name) not in self._reset else NO_OWNER[1]
        if there is None:
            shown = [
                Field(field, None, value) for field, value in desired.own.items() if field not in item.resource.key
            ]
            if (rights := item.data.get(RIGHTS)) is not None:
                shown.append(Field(RIGHTS, None, sort_rights(map(normalize_right, rights))))
            reason = "" if desired.in_files else f"from {label('service', desired.service_template or '')}"
            return Change("create", kind, name, "", tuple(shown), item, reason)
        fields = list(differences(desired, there, self._there.stored[kind][name], owner, merge=options.merge))
        if kind == "user" and self._there.rights is not None and (not options.merge or RIGHTS in item.data):
            old, new = sort_rights(map(normalize_right, self._there.rights.get(name, ()))), desired_rights(desired)
            if old != new:
                fields.append(Field(RIGHTS, old, new))
        if self._there.rights is None:
            # Only super administrators can read parents.
            fields = [field for field in fields if field.field != "_parent" or field.old is not None]
        if options.merge and not desired.in_files:
            fields = [field for field in fields if field.field == OWNER]
        if options.update_secrets:
            secrets = sorted(desired.own.keys() & item.resource.secrets)
            fields += [Field(field, None, desired.own[field]) for field in secrets]
        if not fields:
            return None
        return Change("update", kind, name, self._there.stored[kind][name].id, tuple(fields), item)

    def _problems(self, changes: list[Change], unchanged: Iterable[DesiredItem]) -> Iterator[Problem]:
        """Yield the errors of the plan: dangling links, and items of other sites."""
        self._deleted = {change.key for change in changes if change.action == "delete"}
        for desired in unchanged if self._deleted else ():
            yield from self._dangling_links(desired)
        yield from self._unknown_exclusions()
        for change in changes:
            if change.action == "delete" or change.item is None:
                continue
            yield from self._dangling_links(self._desired_state.items[change.type][change.name])
            if change.type == "service" and change.item.data.get("host") in self._host_templates:
                in_files = self._desired_state.items["service"][change.name].in_files
                if in_files and self._future_value("service", change.name, "_is_template") is not True:
                    yield Problem(change.item.place, ON_TEMPLATE, change.item)
            for field in change.fields if change.action == "update" else ():
                if field.field in managed(change.type) and (
                    reason := why_not_changeable(change.item.resource, field, self._removes_keys)
                ):
                    yield Problem(change.item.place.at(field.field), f"{field.field}: {reason}", change.item)
            owner = self._other_owner(change)
            if owner is not None:
                reason = f"it belongs to the site {show(owner)}: use --take-over to take it over"
                yield Problem(change.item.place, reason, change.item)
            if change.type == "user" and self._there.rights is None and RIGHTS in change.item.data:
                reason = f"{RIGHTS}: only a super administrator may read and change the rights of users"
                yield Problem(change.item.place.at(RIGHTS), reason, change.item)
        yield from self._find_cycles(changes)

    def _unknown_exclusions(self) -> Iterator[Problem]:
        for name, host in self._site.items["host"].items():
            for position, service in enumerate(host.data.get(EXCLUDED_SERVICES) or ()):
                given = self._desired_state.services_from_templates(name)
                if service not in given:
                    place = host.place.at(EXCLUDED_SERVICES, position)
                    yield Problem(place, unknown_exclusion(service, given), host)

    def _find_cycles(self, changes: Iterable[Change]) -> Iterator[Problem]:
        """Yield cycles of links through items that only the backend has; the files are known to have none."""
        changed = {
            (change.type, field.field)
            for change in changes
            for field in change.fields
            if field.field in CIRCULAR and change.item is not None
        }
        for kind, field in sorted(changed):
            if (link := resources_by_name()[kind].links.get(field)) is None or link.resource != kind:
                continue
            items = self._desired_state.items[kind]
            graph = {name: {*self._future_links(kind, name, field)} for name in {*items, *self._there.items[kind]}}
            for way in find_cycles(graph):
                for name in way:
                    if name in items and field in items[name].own:
                        item = items[name].item
                        yield Problem(item.place.at(field), f"{field}: {CIRCULAR[field]}: {format_cycle(way)}", item)
                        break

    @functools.cached_property
    def _host_templates(self) -> set[str]:
        """The names of all future host templates."""
        names = {*self._desired_state.items["host"], *self._there.items["host"]}
        return {name for name in names if self._future_value("host", name, "_is_template") is True}

    def _future_links(self, kind: str, name: str, field: str) -> list[str]:
        return link_targets(self._future_value(kind, name, field))

    def _future_value(self, kind: str, name: str, field: str) -> Any:
        """Return the future value of a field of an item."""
        desired, there = self._desired_state.items[kind].get(name), self._there.items[kind].get(name, {})
        left = desired is None or (self._options.merge and name in self._there.items[kind] and field not in desired.own)
        return there.get(field) if left or desired is None else desired.whole.get(field)

    def _other_owner(self, change: Change) -> str | None:
        """Return the name of another site that owns an item and keeps it from being changed; None if there is none."""
        if change.action == "create" or self._options.take_over:
            return None
        stored = self._there.stored[change.type][change.name]
        if stored.owner in (*NO_OWNER, self._owner) or not is_owned(self._there, change.type, change.name):
            return None
        return stored.owner

    def _dangling_links(self, desired: DesiredItem) -> Iterator[Problem]:
        item = desired.item
        for name, link in item.resource.links.items():
            value = desired.own.get(name)
            several = isinstance(value, list)
            for position, target in enumerate(value if isinstance(value, list) else [value]):
                if isinstance(target, str) and (reason := self._why_missing(link.resource, target)):
                    place = item.place.at(name, position) if several else item.place.at(name)
                    yield Problem(place, f"{name}: {reason}", item)
        for position, one in enumerate(item.data.get(RIGHTS) or ()):
            if isinstance(target := one.get("realm"), str) and (reason := self._why_missing("realm", target)):
                yield Problem(item.place.at(RIGHTS, position, "realm"), f"{RIGHTS}: {reason}", item)

    def _why_missing(self, kind: str, name: str) -> str | None:
        """Return why there will be no item with this name; None if there will be one."""
        if name in self._desired_state.items.get(kind, ()):
            return None
        if (kind, name) in self._deleted:
            return f"{label(kind, name)} would be deleted, since it is not in the folder: add it, or remove the link"
        there = self._there.items.get(kind, {})
        if name in there:
            return None
        near = nearest(name, [*self._desired_state.items.get(kind, ()), *there])
        hint = f"; did you mean {show(near)}?" if near else ""
        if (new := self._site.new_name(kind, name)) is not None:
            hint = f"; it is now {show(new)}"
        return f"neither the folder nor the backend has a {kind} {show(name)}{hint}"

    def _refusals(self, pruned: list[Deletion], changes: Iterable[Change]) -> Iterator[str]:
        """Yield why the plan needs other options."""
        for change in changes:
            if change.action == "delete" and (owner := self._other_owner(change)):
                yield (
                    f"it would delete items of other sites, such as {label(change.type, change.name)} of the site "
                    f"{show(owner)}: to allow this, use --take-over"
                )
                break
        if not self._options.prune:
            return
        owned = Counter[str]()
        for kind, items in self._there.stored.items():
            for name, stored in items.items():
                if stored.owner not in NO_OWNER and is_owned(self._there, kind, name):
                    owned[str(stored.owner)] += 1
        mine = owned[str(self._owner)]
        others = sorted(owned.keys() - {str(self._owner)})
        if not any(self._site.items.values()):
            yield "the folder has no items, so --prune would delete everything that the site owns"
        elif not mine and others:
            yield (
                f"the site {show(self._owner)} owns nothing here, and {show(others[0])} does: is it the right folder, "
                "and the right backend? If so, apply it without --prune first"
            )
        if pruned and len(pruned) > MOST_DELETIONS * mine and not self._options.allow_deletions:
            yield (
                f"it would delete {len(pruned)} of {mine} items that the site {show(self._owner)} owns, more than "
                f"{MOST_DELETIONS:.0%}: to allow this, use --allow-deletions"
            )


def _with_defaults(site: Site, there: BackendItems) -> Site:
    """Add the built-in items that the site has changed before, with their defaults."""
    items = [item for found in site.items.values() for item in found.values()]
    for kind, names in START_NAMES.items():
        for name in sorted(names):
            stored = there.stored.get(kind, {}).get(name)
            ours = site.name is not None and stored is not None and stored.owner == site.name
            if ours and name not in site.items[kind]:
                items.append(Item(resources_by_name()[kind], name, {"name": name}, Place("", 0, ())))
    return Site(site.name, items)
