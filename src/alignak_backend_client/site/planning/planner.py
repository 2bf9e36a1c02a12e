"""Making a plan: the changes that make a backend match a folder. This sends nothing."""

from __future__ import annotations

from collections.abc import Callable

from alignak_backend_client.items.names.references import label
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.model.order import CREATION_ORDER
from alignak_backend_client.model.start_documents import START_NAMES
from alignak_backend_client.site.fields import NO_OWNER, OWNER, RIGHTS
from alignak_backend_client.site.files.folder import Item
from alignak_backend_client.site.files.places import Place
from alignak_backend_client.site.model import Site
from alignak_backend_client.site.planning.comparing import (
    Field,
    desired_rights,
    differences,
    normalize_right,
    sort_rights,
)
from alignak_backend_client.site.planning.desired import DesiredItem, DesiredState
from alignak_backend_client.site.planning.objections import Objections
from alignak_backend_client.site.planning.plan import Change, Options, Plan
from alignak_backend_client.site.planning.pruning import Deletion, find_all_deletions, find_prunable, used_by
from alignak_backend_client.site.planning.renaming import apply_new_names, find_renames
from alignak_backend_client.site.reading import BackendItems


def make_plan(
    site: Site, there: BackendItems, options: Options, removes_keys: Callable[[], bool] = lambda: True
) -> Plan:
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
        objections = Objections(self._site, desired_state, there, self._options, changes, self._removes_keys)
        return Plan(
            changes,
            [*objections.problems(unchanged)],
            [*objections.refusals(len(pruned))],
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
