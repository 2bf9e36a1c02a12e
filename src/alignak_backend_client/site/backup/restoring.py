"""Restoring a backup to a backend: the same items with the same ids. It can be repeated at any time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from alignak_backend_client import client
from alignak_backend_client.exceptions import BackendException, has_gone
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.finding import by_ids
from alignak_backend_client.items.names.references import link_targets
from alignak_backend_client.items.writing.adding import suggests_existing_item
from alignak_backend_client.items.writing.entries import waves
from alignak_backend_client.items.writing.results import INCOMPLETE, Action, Result, Status
from alignak_backend_client.items.writing.writer import Writer, rejection_reason
from alignak_backend_client.model import Resource, resources_by_name
from alignak_backend_client.site.backup.file import ORDER, Backup
from alignak_backend_client.site.backup.fitting import Data, Fitting
from alignak_backend_client.site.backup.leftovers import Leftovers
from alignak_backend_client.site.backup.mapping import Mapping, item_name

_BATCH: Final = 500
_TREES: Final = ("realm", "hostgroup", "servicegroup", "usergroup")


class Restored(NamedTuple):
    """The result of a restore, in addition to the report of the writer.

    Attributes:
        passwords: names of the created users, which have random passwords.
        lost: the number of omitted links, whose items are not in the backup.
        unknown: omitted fields, which this release does not know.
    """

    passwords: list[str]
    lost: int
    unknown: list[str]


def restore(writer: Writer, backup: Backup, *, overwrite: bool = False) -> Restored:
    """Restore a backup.

    Existing items that match the backup are not changed. Rejected items are reported, and do not affect others.

    Args:
        writer: the backend and the receiver of results; the user is a super administrator.
        backup: the backup.
        overwrite: True to allow other items in the backend, and to reset items that differ from the backup.

    Raises:
        ItemError: the user may not restore, or the backend is not empty; nothing was sent.
        BackendException: the request failed.
    """
    if writer.own_user().get("back_role_super_admin") is not True:
        raise ItemError(f"Only super administrators can restore a backup, and {writer.username!r} is not one")
    mapping = Mapping(writer, backup)
    if not overwrite:
        mapping.check_empty()
    return _Restoring(writer, backup, mapping, overwrite=overwrite).run()


class _Restoring:
    """One run of :func:`restore`."""

    def __init__(self, writer: Writer, backup: Backup, mapping: Mapping, *, overwrite: bool) -> None:
        self._writer = writer
        self._backup = backup
        self._mapping = mapping
        self._overwrite = overwrite
        self._leftovers = Leftovers(writer, backup, mapping, keep=overwrite)
        self._templates: dict[str, dict[str, Data]] = {}
        self._fitting: dict[str, Fitting] = {}
        self._hosts: dict[str, str] = {}
        self._first: set[str] = set()
        self._created: dict[str, set[str]] = {name: set() for name in ORDER}
        self._failed: dict[str, set[str]] = {name: set() for name in ORDER}
        self._open: dict[str, dict[str, client.Outcome]] = {name: {} for name in ORDER}
        self._lost = 0
        self._later: dict[str, list[str]] = {}
        self._passwords: list[str] = []
        self._done = 0
        self._total = 2 * sum(backup.counts.values())

    def run(self) -> Restored:
        """Restore all types one after the other, and then the links that need all of them."""
        try:
            for name in ORDER:
                if name in self._backup.counts and not self._writer.report.ended:
                    self._restore(resources_by_name()[name])
            if not self._writer.report.ended:
                self._finish()
        except KeyboardInterrupt:
            self._writer.report.interrupt()
        except BackendException as error:
            if not has_gone(error):
                raise
            self._writer.report.end(error.reason, error.code)
        unknown = {f"{name}.{field}" for name, fitting in self._fitting.items() for field in fitting.unknown}
        return Restored(self._passwords, self._lost, sorted(unknown))

    def _restore(self, resource: Resource) -> None:
        name = resource.name
        self._templates[name] = {}
        self._fitting[name] = Fitting(resource, self._mapping, self._templates[name])
        if name == "host":
            self._hosts = {item["_id"]: str(item.get("name")) for item in self._backup.items("host")}
        elif name == "service":
            self._leftovers.remove_services()
        elif name == "userrestrictrole":
            self._leftovers.remove_rights()
        groups = list(self._groups(resource))
        for group in groups:
            for batch in self._batches_of(resource, group):
                self._create(resource, batch)
        self._fitting[name].lost = 0  # count each link only once
        for group in groups:
            for batch in self._batches_of(resource, group):
                self._settle(resource, batch)
        self._lost += self._fitting[name].lost

    # --- order ----------------------------------------------------------------------------------------------------

    def _batches_of(self, resource: Resource, group: list[Data] | None) -> Iterator[list[Data]]:
        """Yield the items of a group, None for the one with all others, in batches."""
        if group is not None:
            return _batches(iter(group))
        return (self._independent(resource, batch) for batch in _batches(self._backup.items(resource.name)))

    def _groups(self, resource: Resource) -> Iterator[list[Data] | None]:
        """Yield groups of the items that others of the type need, and then None for all others."""
        name = resource.name
        field = "_parent" if name in _TREES else "_templates" if resource.has_templates else None
        if field is None:
            yield None
            return
        followed = self._backup.templates.get(name, set())
        first = [
            item
            for item in self._backup.items(name)
            if name in _TREES or item["_id"] in followed or item.get("_is_template") is True
        ]
        self._first = {item["_id"] for item in first}
        places = {item["_id"]: place for place, item in enumerate(first)}
        needs = {place: _places(item.get(field), places) for place, item in enumerate(first)}
        groups, circular = waves(needs)
        fitting = self._fitting[name]
        for group in [*groups, sorted(circular)]:
            if group:
                items = [first[place] for place in group]
                for item in items:
                    wanted = fitting.wanted(item)
                    self._templates[name][wanted["_id"]] = wanted
                yield items
        if name not in _TREES:
            yield None

    def _independent(self, resource: Resource, items: list[Data]) -> list[Data]:
        return [item for item in items if item["_id"] not in self._first] if resource.has_templates else items

    # --- new items ----------------------------------------------------------------------------------------------

    def _create(self, resource: Resource, items: list[Data]) -> None:
        """Create the missing items."""
        name, fitting = resource.name, self._fitting[resource.name]
        new: list[Data] = []
        for item in items:
            wanted = fitting.wanted(item)
            if self._mapping.is_moved(name, item["_id"]) or self._mapping.existed(name, wanted["_id"]):
                continue
            if missing := self._missing_reason(resource, item, wanted):
                self._fail(resource, item, missing, 422)
                continue
            new.append(fitting.new(wanted))
        if not new or self._writer.report.ended:
            self._progress(len(items))
            return
        by_id = {item["_id"]: item for item in items}
        self._writer.listener.sending("add", name, [str(one.get("name") or "") for one in new])
        for outcome in self._writer.backend.create_many(name, new):
            item = by_id[outcome.id]
            if outcome.error is None:
                self._created[name].add(outcome.id)
                if name == "user":
                    self._passwords.append(str(item.get("name")))
            elif suggests_existing_item(outcome.error):
                # An interrupted run may have created it just now; this is found out later.
                self._open[name][outcome.id] = outcome
            else:
                self._report_rejected(resource, item, outcome)
        self._progress(len(items))

    def _missing_reason(self, resource: Resource, item: Data, wanted: Data) -> str:
        """Return why an item cannot be restored; empty if it can."""
        needed = ("host", "service") if resource.name == "logcheckresult" else ("host",)
        for field in (*needed, *resource.required):
            link = resource.links.get(field)
            if link is not None and item.get(field) and not wanted.get(field):
                lost = ", ".join(link_targets(item[field])) or item[field]
                return f"{field}: the backup does not have the {link.resource} {lost}"
        return ""

    # --- desired state --------------------------------------------------------------------------------------------

    def _settle(self, resource: Resource, items: list[Data], *, all_links: bool = False) -> None:
        """Bring items to their desired state, and report each."""
        name, fitting = resource.name, self._fitting[resource.name]
        left = {self._mapping.id(name, item["_id"]): item for item in items if item["_id"] not in self._failed[name]}
        changes: list[client.Change] = []
        if self._writer.report.ended:
            return
        for there in by_ids(self._writer.backend, name, list(left)):
            item = left.pop(there["_id"])
            wanted = fitting.wanted(item)
            changed = self._compute_changes(resource, item, wanted, there, all_links=all_links)
            if changed:
                changes.append(client.Change(there["_id"], there["_etag"], changed))
                left[there["_id"]] = item
            elif changed is not None and not all_links:
                self._report(resource, item, self._status(name, item))
        self._send(resource, left, changes, quiet=all_links)
        for identity in left.keys() - {change.id for change in changes}:
            if (outcome := self._open[name].get(identity)) is not None:
                self._report_rejected(resource, left[identity], outcome)
            else:
                self._fail(resource, left[identity], "the backend no longer has it", 404)
        self._progress(len(items))

    def _compute_changes(
        self, resource: Resource, item: Data, wanted: Data, there: Data, *, all_links: bool
    ) -> Data | None:
        """Return the changes of an item; None if it must not be changed, which is reported."""
        fitting = self._fitting[resource.name]
        if not all_links and any(wanted.get(name) and not _is_own(resource, name) for name in fitting.set_later):
            self._later.setdefault(resource.name, []).append(item["_id"])
        changed = fitting.changes(wanted, there, all_links=all_links)
        if resource.name == "livesynthesis" and (not all_links or self._writer.is_embedded()):
            # The embedded backend always counts each item; the Alignak backend misses some of the new ones.
            changed = {name: value for name, value in changed.items() if not name.startswith(("hosts_", "services_"))}
        if there["_id"] == self._writer.own_user()["_id"]:
            changed.pop("back_role_super_admin", None)  # the user must be able to continue
        was_there = self._mapping.existed(resource.name, there["_id"])
        may = self._overwrite or self._mapping.is_moved(resource.name, item["_id"]) or not was_there
        other = [name for name in changed if not (may or fitting.is_completion(name))]
        if other:
            reason = f"it exists, and differs in: {', '.join(sorted(other))}; use --overwrite to reset it"
            self._fail(resource, item, reason, None)
            return None
        return changed

    def _send(self, resource: Resource, items: dict[str, Data], changes: list[client.Change], *, quiet: bool) -> None:
        """Send changes; a change of an item that has changed in the meantime is repeated once."""
        by_id = {change.id: change for change in changes}
        for outcome in self._writer.backend.update_many(resource.name, changes) if changes else ():
            error = outcome.error
            if error is not None and error.code == 412 and not has_gone(error):
                change = by_id[outcome.id]
                try:
                    self._writer.backend.patch(
                        f"{resource.name}/{change.id}", change.data, {"If-Match": change.etag}, inception=True
                    )
                except BackendException as again:
                    outcome = outcome._replace(error=again)  # noqa: PLW2901 - the final outcome
                else:
                    outcome = outcome._replace(error=None)  # noqa: PLW2901
            item = items[outcome.id]
            if outcome.error is not None:
                self._report_rejected(resource, item, outcome)
            elif not quiet:
                self._report(resource, item, self._status(resource.name, item, "updated"))

    def _finish(self) -> None:
        """Set what needs all types: links to later types, and live states changed by side effects."""
        model = resources_by_name()
        self._leftovers.remove_history()
        for name, identities in self._later.items():
            first = self._backup.templates.get(name, set())
            wanted = set(identities)
            # Templates first: the other items are settled after the side effects of changing them.
            for part in (wanted & first, wanted - first):
                for batch in _batches(item for item in self._backup.items(name) if item["_id"] in part):
                    self._settle(model[name], batch, all_links=True)
        # New services and check results change states, and states of services change those of hosts.
        for name in ("service", "host", "livesynthesis"):
            for batch in _batches(self._backup.items(name)) if name in self._backup.counts else ():
                if name != "service" or "logcheckresult" in self._backup.counts:
                    self._settle(model[name], batch, all_links=True)

    # --- results --------------------------------------------------------------------------------------------------

    def _status(self, name: str, item: Data, otherwise: Status = "unchanged") -> Status:
        return "created" if item["_id"] in self._created[name] else otherwise

    def _report(
        self, resource: Resource, item: Data, status: Status, reason: str = "", code: int | None = None
    ) -> None:
        action: Action = "update" if status == "updated" else "add"
        name = item_name(resource, item, self._hosts)
        identity = self._mapping.id(resource.name, item["_id"])
        self._writer.report.record(Result(action, resource.name, name, identity, status, reason=reason, code=code))

    def _fail(self, resource: Resource, item: Data, reason: str, code: int | None) -> None:
        self._failed[resource.name].add(item["_id"])
        self._report(resource, item, "failed", reason, code)

    def _report_rejected(self, resource: Resource, item: Data, outcome: client.Outcome) -> None:
        """Report an item that the backend rejected, or that was not sent any more."""
        assert outcome.error is not None  # noqa: S101 - for type checkers
        reason, code = rejection_reason(outcome.error, resource)
        if has_gone(outcome.error):
            self._writer.report.end(reason, code)
        self._failed[resource.name].add(item["_id"])
        if not outcome.tried:
            self._report(resource, item, "unfinished")
        else:
            prefix = f"{INCOMPLETE}: " if item["_id"] in self._created[resource.name] else ""
            self._report(resource, item, "failed", f"{prefix}{reason}", code)

    def _progress(self, number: int) -> None:
        self._done += number
        self._writer.listener.progress(min(self._done, self._total), self._total)


def _is_own(resource: Resource, name: str) -> bool:
    """Return True for a link to items of the same type: all of them exist when an item is settled."""
    return resource.links[name].resource == resource.name


def _batches(items: Iterator[Data]) -> Iterator[list[Data]]:
    while batch := list(itertools.islice(items, _BATCH)):
        yield batch


def _places(value: Any, places: dict[str, int]) -> set[int]:
    """Return the positions of the linked items."""
    return {places[one] for one in link_targets(value) if one in places}
