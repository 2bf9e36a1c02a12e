"""Objections to a plan: errors in the files that prevent applying it, and options that it needs."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final

from alignak_backend_client.items.names.references import label, link_targets, show
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.output.suggestions import nearest
from alignak_backend_client.site.cycles import CIRCULAR, find_cycles, format_cycle
from alignak_backend_client.site.fields import EXCLUDED_SERVICES, NO_OWNER, RIGHTS, managed
from alignak_backend_client.site.files.folder import Problem
from alignak_backend_client.site.item_validation import ON_TEMPLATE, unknown_exclusion
from alignak_backend_client.site.model import Site
from alignak_backend_client.site.planning.comparing import why_not_changeable
from alignak_backend_client.site.planning.desired import DesiredItem, DesiredState
from alignak_backend_client.site.planning.plan import Change, Options
from alignak_backend_client.site.planning.pruning import is_owned
from alignak_backend_client.site.reading import BackendItems

MOST_DELETIONS: Final = 0.3
"""The share of a site's items that can be deleted without --allow-deletions."""


class Objections:
    """Finds the objections to a plan.

    Args:
        site: the items of the folder.
        desired_state: the desired state.
        there: the current state, with new names.
        options: the options.
        changes: the changes of the plan.
        removes_keys: returns True if the backend can remove keys from objects; only called if this matters.
    """

    def __init__(
        self,
        site: Site,
        desired_state: DesiredState,
        there: BackendItems,
        options: Options,
        changes: Sequence[Change],
        removes_keys: Callable[[], bool],
    ) -> None:
        self._site = site
        self._owner = site.name
        self._desired_state = desired_state
        self._there = there
        self._options = options
        self._changes = changes
        self._deleted = {change.key for change in changes if change.action == "delete"}
        self._removes_keys = removes_keys

    def problems(self, unchanged: Iterable[DesiredItem]) -> Iterator[Problem]:
        """Yield the errors in the files: dangling links, cycles, items of other sites, impossible changes.

        Args:
            unchanged: the items that the plan does not change.
        """
        for desired in unchanged if self._deleted else ():
            yield from self._dangling_links(desired)
        yield from self._unknown_exclusions()
        for change in self._changes:
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
        yield from self._cycles()

    def _unknown_exclusions(self) -> Iterator[Problem]:
        for name, host in self._site.items["host"].items():
            for position, service in enumerate(host.data.get(EXCLUDED_SERVICES) or ()):
                given = self._desired_state.services_from_templates(name)
                if service not in given:
                    place = host.place.at(EXCLUDED_SERVICES, position)
                    yield Problem(place, unknown_exclusion(service, given), host)

    def _cycles(self) -> Iterator[Problem]:
        """Yield cycles of links through items that only the backend has; the files are known to have none."""
        changed = {
            (change.type, field.field)
            for change in self._changes
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

    def refusals(self, pruned: int) -> Iterator[str]:
        """Yield why the plan needs other options.

        Args:
            pruned: the number of items that ``prune`` deletes.
        """
        for change in self._changes:
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
        if pruned > MOST_DELETIONS * mine and not self._options.allow_deletions:
            yield (
                f"it would delete {pruned} of {mine} items that the site {show(self._owner)} owns, more than "
                f"{MOST_DELETIONS:.0%}: to allow this, use --allow-deletions"
            )
