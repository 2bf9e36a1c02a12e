"""One round of carrying out a plan: all that can be sent before the backend must be read again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from alignak_backend_client import client
from alignak_backend_client.exceptions import BackendException
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.writing import checks
from alignak_backend_client.items.writing.batch import Batch, Pending, is_overtaken
from alignak_backend_client.items.writing.entries import waves
from alignak_backend_client.items.writing.results import OVERTAKEN, WRITTEN, Action, Result
from alignak_backend_client.items.writing.writer import Writer, refusal
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.model.fields import TEMPLATE_FIELDS
from alignak_backend_client.model.order import CREATION_ORDER
from alignak_backend_client.site.comparing import right, same, values, wanted_rights
from alignak_backend_client.site.fields import OWNER, RIGHTS, UNMERGED
from alignak_backend_client.site.payloads import Ids, Payloads
from alignak_backend_client.site.plan import Change, Plan
from alignak_backend_client.site.secrets import Secrets

Key = tuple[str, str]

_WITH_SERVICES: Final = "_templates_with_services"


class Collector:
    """Gets what becomes of each change of a round.

    Args:
        progress: is called with the number of changes that were sent.

    Attributes:
        results: the last one of each item.
    """

    def __init__(self, progress: Callable[[int], None]) -> None:
        self.results: dict[Key, Result] = {}
        self._progress = progress

    def result(self, result: Result) -> None:
        """Record what became of a change."""
        self.results[result.type, result.name] = result
        self._progress(len(self.results))

    def sending(self, action: Action, resource: str, names: list[str]) -> None:
        """Nothing is told of what is sent."""

    def progress(self, done: int, total: int) -> None:
        """The number of all results is told instead."""


class _Sent(Pending):
    """A change on its way.

    Attributes:
        change: what is done.
        data: what is sent.
        etag: the ``_etag`` of the item.
    """

    def __init__(self, change: Change, data: dict[str, Any], identity: str, etag: str = "") -> None:
        super().__init__(change.name, identity)
        self.change = change
        self.data = data
        self.etag = etag


class Round:
    """One round.

    Args:
        writer: the backend; its listener is the collector.
        collector: gets a result for each change.
        plan: what is done.
        changes: those of its changes that are carried out.
        secrets: what is sent for references.
        owner: the site that items belong to from now on.

    Attributes:
        open: True when the backend must be read again to know how items are.
        errors: by type and name, why changes failed.
        final: those of them that are not tried again, since somebody else changed the item.
        touched: items whose changes the backend hands down to others.
    """

    def __init__(
        self,
        writer: Writer,
        collector: Collector,
        plan: Plan,
        changes: Sequence[Change],
        secrets: Secrets,
        owner: str | None,
    ) -> None:
        self.open = False
        self.errors: dict[Key, str] = {}
        self.final: set[Key] = set()
        self.touched: set[Key] = set()
        self._writer = writer
        self._collector = collector
        self._plan = plan
        self._changes = changes
        self._ids = Ids(plan.there)
        self._payloads = Payloads(plan, self._ids, secrets, owner, removes_keys=writer.is_embedded())

    def run(self) -> None:
        """Carry it out, as far as it can be without reading again."""
        for resource, changes in self._stages():
            if self._writer.report.ended:
                return
            by_action: dict[str, list[Change]] = {}
            for change in changes:
                by_action.setdefault(change.action, []).append(change)
            self._create(resource, by_action.get("create", []))
            self._update(resource, by_action.get("update", []))
            self._delete(resource, by_action.get("delete", []))
        self.open = self.open or bool(self._payloads.waiting) or bool(self.errors)

    def _stages(self) -> Iterator[tuple[str, list[Change]]]:
        """Yield changes in the order in which they are sent: templates before what follows them, deletions last."""
        left: dict[str, list[Change]] = {}
        early: list[Change] = []
        late: list[Change] = []
        for change in self._changes:
            if change.action != "delete":
                left.setdefault(change.type, []).append(change)
            elif not change.goes_along:
                # Services that a host loses with a template, before it loses that: then a run that is cut off goes on.
                (early if change.reason else late).append(change)
        for kind in CREATION_ORDER:
            if kind == "user":
                yield from self._templates_first(kind, left.pop(kind, []))
            elif kind == "host":
                hosts = left.pop(kind, [])
                yield kind, [one for one in hosts if self._is_template(one)]
                services = left.pop("service", [])
                yield "service", [one for one in services if self._is_on_template(one)]
                yield "service", early
                yield kind, [one for one in hosts if not self._is_template(one)]
                yield "service", [one for one in services if not self._is_on_template(one)]
            else:
                yield kind, left.pop(kind, [])
        for kind in reversed(CREATION_ORDER):
            yield kind, [one for one in late if one.type == kind]

    def _templates_first(self, kind: str, changes: list[Change]) -> Iterator[tuple[str, list[Change]]]:
        yield kind, [one for one in changes if self._is_template(one)]
        yield kind, [one for one in changes if not self._is_template(one)]

    def _is_template(self, change: Change) -> bool:
        return self._payloads.wanted(change).whole.get("_is_template") is True

    def _is_on_template(self, change: Change) -> bool:
        """Return True for a service template on a host template, which is there before real hosts are."""
        host = str(self._payloads.wanted(change).whole.get("host"))
        on = self._plan.wishes.whole("host", host).get("_is_template")
        return self._is_template(change) and on is True

    # --- new items

    def _create(self, kind: str, changes: list[Change]) -> None:
        ready = [one for one in changes if not self._is_generated(one)]
        positions = {one.name: position for position, one in enumerate(ready)}
        links = [name for name, link in resources_by_name()[kind].links.items() if link.resource == kind]
        needs = {
            position: {positions[name] for name in self._names(one, links) if name in positions} - {position}
            for one, position in ((one, positions[one.name]) for one in ready)
        }
        groups, circular = waves(needs)
        for group in [*groups, sorted(circular)]:
            if group and not self._writer.report.ended:
                self._create_wave(kind, [ready[position] for position in group])

    def _names(self, change: Change, links: Iterable[str]) -> Iterator[str]:
        whole = self._payloads.wanted(change).whole
        for link in links:
            value = whole.get(link)
            yield from (one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str))

    def _is_generated(self, change: Change) -> bool:
        """Return True for a service that the backend has made with its host by now."""
        if change.type == "service" and self._payloads.wanted(change).given:
            host = str(self._payloads.wanted(change).whole.get("host"))
            if ("host", host) in self.touched or ("host", host) in self._payloads.lost:
                self.open = True
                return True
        return False

    def _create_wave(self, kind: str, changes: list[Change]) -> None:
        sent = self._judged("add", kind, changes, self._new)
        items = [one.data for one in sent]
        backend = self._writer.backend
        batch = Batch(self._writer, "add", resources_by_name()[kind], sent)
        batch.send(sent, lambda tell: backend.create_many(kind, items, tell), "created")
        self._settle(sent)
        for one in sent:
            wanted = self._payloads.wanted(one.change)
            if one.status != "created":
                self._payloads.lost[one.change.key] = one.name
                continue
            self._ids.add(kind, one.name, one.id)
            if kind == "host" and wanted.templates and not self._is_template(one.change):
                self._touch_host(one.change)
            if (RIGHTS in wanted.item.data and kind == "user") or (wanted.templates and UNMERGED in wanted.item.data):
                self.open = True

    def _new(self, change: Change) -> _Sent:
        data = self._payloads.new(change)
        checks.refuse_dotted_keys(self._writer, data)
        return _Sent(change, data, data["_id"])

    def _touch_host(self, change: Change) -> None:
        if self._plan.wishes.given_to(change.name):
            self.touched.add(change.key)
            self.open = True

    # --- items that are there

    def _update(self, kind: str, changes: list[Change]) -> None:
        templates = [one for one in changes if self._is_template(one)]
        for one in self._in_order(templates):
            if not self._writer.report.ended:
                self._update_each(kind, [one])
        rest: list[Change] = []
        for one in changes:
            if not self._is_template(one):
                if self._is_held(one):
                    self.open = True
                else:
                    rest.append(one)
        self._update_each(kind, rest)
        if kind == "user" and not self._writer.report.ended:
            self._set_rights([one for one in changes if any(field.field == RIGHTS for field in one.fields)])

    def _in_order(self, changes: list[Change]) -> list[Change]:
        """Return templates such that each comes after those that it follows."""
        positions = {one.name: position for position, one in enumerate(changes)}
        needs = {
            position: {positions[name] for name in self._names(one, ["_templates"]) if name in positions}
            for position, one in enumerate(changes)
        }
        groups, circular = waves(needs)
        return [changes[position] for group in [*groups, sorted(circular)] for position in group]

    def _is_held(self, change: Change) -> bool:
        """Return True for an item that the backend has changed by now, since it follows a template or its host."""
        return self._is_handed_down(change.type, self._before(change), self._payloads.wanted(change).whole)

    def _is_handed_down(self, kind: str, *data: Mapping[str, Any]) -> bool:
        """Return True when what an item has comes from something that was changed in this round."""
        above = {(kind, name) for one in data for name in one.get("_templates") or ()}
        if kind == "service":
            above |= {("host", str(one.get("host"))) for one in data}
        return bool(above & self.touched)

    def _update_each(self, kind: str, changes: list[Change]) -> None:
        resource = resources_by_name()[kind]
        sent = self._judged("update", kind, changes, self._changed)
        sent = [one for one in sent if one.data]
        self._without_services(sent)
        sent = [one for one in sent if one.status is None]
        batch = Batch(self._writer, "update", resource, sent)
        backend = self._writer.backend
        data = [client.Change(one.id, one.etag, one.data) for one in sent]
        overtaken = batch.send(sent, lambda tell: backend.update_many(kind, data, tell), "updated", later=is_overtaken)
        for one in overtaken:
            if not self._writer.report.ended:
                with batch.guarded():
                    self._update_again(one, batch)
        self._settle(sent)
        for one in sent:
            if one.status == "updated":
                self._note_update(one)

    def _note_update(self, one: _Sent) -> None:
        """Record what the backend does by itself after a change."""
        change = one.change
        if self._is_template(change):
            self.touched.add(change.key)
            self.open = True
        resource = resources_by_name()[change.type]
        if one.data.keys() & {"_templates", *resource.cumulative} and self._payloads.wanted(change).templates:
            self.open = True
        if change.type == "host" and "_realm" in one.data:
            self.touched.add(change.key)
            self.open = True

    def _changed(self, change: Change) -> _Sent:
        stored = self._plan.there.stored[change.type][change.name]
        if self._is_template(change) and self._is_held(change):
            return self._changed_meanwhile(change)
        data = self._payloads.changed(change)
        checks.refuse_dotted_keys(self._writer, data)
        return _Sent(change, data, stored.id, stored.etag)

    def _before(self, change: Change) -> dict[str, Any]:
        return self._plan.there.items[change.type][change.name]

    def _changed_meanwhile(self, change: Change) -> _Sent:
        """Return what is left to be changed in an item that follows a template which was changed just now."""
        resource = resources_by_name()[change.type]
        stored = self._plan.there.stored[change.type][change.name]
        current = self._writer.backend.get(f"{change.type}/{stored.id}")
        fields = {name: new for name, _, new in change.fields if name == OWNER or name in resource.secrets}
        fields |= {
            field.field: field.new
            for field in values(resource, self._payloads.wanted(change).whole, self._ids.named(resource, current))
        }
        self.touched.add(change.key)
        return _Sent(change, self._payloads.changed(change, fields) if fields else {}, stored.id, current["_etag"])

    def _without_services(self, sent: list[_Sent]) -> None:
        """Let hosts that get other templates have no services from them by themselves: the plan says which they have.

        The backend would reject the templates where it finds services of the same names.
        """
        hosts = [one for one in sent if one.change.type == "host" and "_templates" in one.data]
        hosts = [one for one in hosts if self._before(one.change).get(_WITH_SERVICES) is not False]
        hosts = [one for one in hosts if not self._is_template(one.change)]
        etags: dict[str, str] = {}
        for one in hosts:
            one.data.setdefault(_WITH_SERVICES, self._payloads.wanted(one.change).whole.get(_WITH_SERVICES, True))

        def is_open(one: _Sent, outcome: client.Outcome) -> bool:
            if outcome.error is None and outcome.answer is not None:
                etags[one.id] = str(outcome.answer.get("_etag"))
            return outcome.error is None or is_overtaken(one, outcome)

        if hosts:
            data = [client.Change(one.id, one.etag, {_WITH_SERVICES: False}) for one in hosts]
            backend = self._writer.backend
            batch = Batch(self._writer, "update", resources_by_name()["host"], hosts)
            left = batch.send(hosts, lambda tell: backend.update_many("host", data, tell), "updated", later=is_open)
            for one in left:
                if one.id in etags:
                    one.etag = etags[one.id]
                elif not self._writer.report.ended:
                    with batch.guarded():
                        self._patch_again(one, {_WITH_SERVICES: False}, batch)
        self._settle([one for one in hosts if one.status is not None])

    def _update_again(self, one: _Sent, batch: Batch[_Sent]) -> None:
        """Send a change once more when the item was changed in the meantime, but in nothing that is changed here.

        The backend itself writes to items: a service to the state of its host, a realm to the one above it.
        """
        if self._patch_again(one, one.data, batch):
            batch.settle(one, "updated")

    def _patch_again(self, one: _Sent, data: dict[str, Any], batch: Batch[_Sent]) -> bool:
        """Send values to an item as it is now; return False when that failed, which is told."""
        endpoint = f"{one.change.type}/{one.id}"
        try:
            current = self._writer.backend.get(endpoint)
            self._refuse_overtaken(one.change, current)
            answer = self._writer.backend.patch(endpoint, data, headers={"If-Match": current["_etag"]})
        except (ItemError, BackendException) as error:
            batch.fail(one, error)
            return False
        one.etag = str(answer.get("_etag"))
        return True

    def _refuse_overtaken(self, change: Change, current: dict[str, Any]) -> None:
        """Reject a change of fields that others have changed since they were read."""
        resource = resources_by_name()[change.type]
        named = self._ids.named(resource, current)
        for name, old, new in change.fields:
            if name not in resource.fields or name in resource.secrets or name == TEMPLATE_FIELDS:
                continue
            if not any(same(resource, name, named.get(name), one) for one in (old, new)):
                raise ItemError(OVERTAKEN, 412)

    def _set_rights(self, changes: list[Change]) -> None:
        """Give users the rights that they shall have, and take the others away."""
        new: list[tuple[Change, dict[str, Any]]] = []
        gone: list[tuple[Change, dict[str, str]]] = []
        there = self._plan.there
        for change in changes:
            wanted = wanted_rights(self._payloads.wanted(change))
            roles = list(
                zip(
                    map(right, (there.rights or {}).get(change.name, ())), there.roles.get(change.name, ()), strict=True
                )
            )
            present = [found for found, _ in roles]
            user = self._ids.of("user", change.name)
            for one in wanted:
                realm = self._ids.of("realm", str(one["realm"]))
                if one not in present and realm is not None:
                    new.append((change, {**one, "user": user, "realm": realm}))
            kept: list[dict[str, Any]] = []
            for found, role in roles:
                if found in wanted and found not in kept:
                    kept.append(found)
                else:
                    gone.append((change, {"_id": role.id, "_etag": role.etag}))
        self._roles(new, gone)

    def _roles(self, new: list[tuple[Change, dict[str, Any]]], gone: list[tuple[Change, dict[str, str]]]) -> None:
        """Create and delete rights; those that fail are told as failures of their users."""
        backend, kind = self._writer.backend, "userrestrictrole"
        role = resources_by_name()[kind]
        made = [dict(item) for _, item in new]
        batch: Batch[_Sent] = Batch(self._writer, "update", role, [])
        with batch.guarded():
            outcomes = [*backend.create_many(kind, made)] if made else []
            if gone and all(one.ok for one in outcomes):
                outcomes += backend.delete_many(kind, [item for _, item in gone])
            for (change, _), outcome in zip([*new, *gone], outcomes, strict=False):
                if outcome.error is not None:
                    self.errors[change.key] = f"{RIGHTS}: {refusal(outcome.error, role)[0]}"

    # --- what goes

    def _delete(self, kind: str, changes: list[Change]) -> None:
        there = self._plan.there
        if kind == "user":
            roles = [(one, {"_id": r.id, "_etag": r.etag}) for one in changes for r in there.roles.get(one.name, ())]
            self._roles([], roles)
        for level in self._levels(kind, changes):
            if level and not self._writer.report.ended:
                self._delete_each(kind, level)

    def _levels(self, kind: str, changes: list[Change]) -> Iterator[list[Change]]:
        """Yield realms such that those below others come first: the backend keeps realms with others below them."""
        if kind != "realm":
            yield changes
            return
        items = self._plan.there.items[kind]
        positions = {one.name: position for position, one in enumerate(changes)}
        needs: dict[int, set[int]] = {position: set() for position in positions.values()}
        for one in changes:
            parent = items[one.name].get("_parent")
            if parent in positions:
                needs[positions[parent]].add(positions[one.name])
        for group in waves(needs)[0]:
            yield [changes[position] for position in group]

    def _delete_each(self, kind: str, changes: list[Change]) -> None:
        backend = self._writer.backend
        sent = [_Sent(one, {}, one.id, self._plan.there.stored[kind][one.name].etag) for one in changes]
        batch = Batch(self._writer, "delete", resources_by_name()[kind], sent)
        items = [{"_id": one.id, "_etag": one.etag} for one in sent]
        overtaken = batch.send(sent, lambda tell: backend.delete_many(kind, items, tell), "deleted", later=is_overtaken)
        for one in overtaken:
            if not self._writer.report.ended:
                with batch.guarded():
                    self._delete_again(kind, one, batch)
        self._settle(sent)

    def _delete_again(self, kind: str, one: _Sent, batch: Batch[_Sent]) -> None:
        """Delete an item that was changed in the meantime, if not in what is configured."""
        resource, endpoint = resources_by_name()[kind], f"{kind}/{one.id}"
        try:
            current = self._writer.backend.get(endpoint)
            before, now = self._before(one.change), self._ids.named(resource, current)
            if not self._is_handed_down(kind, before) and any(True for _ in values(resource, before, now)):
                batch.fail(one, ItemError(OVERTAKEN, 412))
                return
            self._writer.backend.delete(endpoint, {"If-Match": current["_etag"]})
        except BackendException as error:
            if error.code == 404:
                batch.settle(one, "deleted")
            else:
                batch.fail(one, error)
        else:
            batch.settle(one, "deleted")

    # --- what became of them

    def _judged(self, action: Any, kind: str, changes: list[Change], make: Callable[[Change], _Sent]) -> list[_Sent]:
        """Return what is sent of changes; those that cannot be sent have failed."""
        sent: list[_Sent] = []
        resource = resources_by_name()[kind]
        batch: Batch[_Sent] = Batch(self._writer, action, resource, [])
        for change in changes:
            if self._writer.report.ended:
                break
            with batch.guarded():
                try:
                    sent.append(make(change))
                except ItemError as error:
                    self._fail(change, str(error))
        return sent

    def _fail(self, change: Change, reason: str) -> None:
        self.errors[change.key] = reason
        if change.action == "create":
            self._payloads.lost[change.key] = reason

    def _settle(self, sent: Iterable[_Sent]) -> None:
        """Record what failed; the listener of the writer knows the reasons."""
        for one in sent:
            if one.status == "failed":
                result = self._collector.results[one.change.key]
                self.errors[one.change.key] = result.reason
                if result.reason == OVERTAKEN:
                    self.final.add(one.change.key)
            elif one.status in WRITTEN:
                self.errors.pop(one.change.key, None)
