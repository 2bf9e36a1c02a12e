"""Updating existing items."""

from __future__ import annotations

from typing import Any, Final

from alignak_backend_client import client
from alignak_backend_client.exceptions import BackendException
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.writing import checks
from alignak_backend_client.items.writing.batch import Batch, is_overtaken
from alignak_backend_client.items.writing.entries import waves
from alignak_backend_client.items.writing.results import OVERTAKEN
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.model.fields import TEMPLATE_FIELDS
from alignak_backend_client.site.applying.rights import Rights
from alignak_backend_client.site.applying.work import Sent, Work
from alignak_backend_client.site.fields import OWNER, RIGHTS
from alignak_backend_client.site.planning.comparing import is_equivalent, value_differences
from alignak_backend_client.site.planning.plan import Change

_WITH_SERVICES: Final = "_templates_with_services"


class Updating:
    """Changes items.

    Args:
        work: the state of the round.
    """

    def __init__(self, work: Work) -> None:
        self._work = work

    def update(self, kind: str, changes: list[Change]) -> None:
        """Change items of a type, except for those that inherit from items changed in this round: they are read again.

        Templates and moved items are changed one by one, since such a change affects others. Rights are changed before
        users, since a new password ends the session of the logged-in user.
        """
        if kind == "user":
            Rights(self._work).set([one for one in changes if any(field.field == RIGHTS for field in one.fields)])
        alone: list[Change] = []
        others: list[Change] = []
        for one in changes:
            moves = any(field.field == "_parent" for field in one.fields)
            (alone if moves or self._has_followers(one) else others).append(one)
        for one in self._in_order(alone):
            if not self._work.writer.report.ended:
                self._update_each(kind, [one])
        rest: list[Change] = []
        for one in others:
            if self._must_be_reread(one):
                self._work.open = True
            else:
                rest.append(one)
        self._update_each(kind, rest)

    def _in_order(self, changes: list[Change]) -> list[Change]:
        """Return changes such that each comes after those of the templates, or the parent, of its item."""
        positions = {one.name: position for position, one in enumerate(changes)}
        needs = {
            position: {
                positions[name] for name in self._work.names(one, ["_templates", "_parent"]) if name in positions
            }
            for position, one in enumerate(changes)
        }
        groups, circular = waves(needs)
        return [changes[position] for group in [*groups, sorted(circular)] for position in group]

    def _must_be_reread(self, change: Change) -> bool:
        """Return True for an item that the backend has changed, since its template or host was changed."""
        return self._work.is_inherited_from_changed(
            change.type, self._work.before(change), self._work.payloads.desired(change).whole
        )

    def _update_each(self, kind: str, changes: list[Change]) -> None:
        resource = resources_by_name()[kind]
        sent = self._work.accepted("update", kind, changes, self._prepare)
        sent = [one for one in sent if one.data]
        self._without_services(sent)
        sent = [one for one in sent if one.status is None]
        batch = Batch(self._work.writer, "update", resource, sent)
        backend = self._work.writer.backend
        data = [client.Change(one.id, one.etag, one.data) for one in sent]
        overtaken = batch.send(
            sent, lambda on_outcome: backend.update_many(kind, data, on_outcome), "updated", later=is_overtaken
        )
        for one in overtaken:
            if not self._work.writer.report.ended:
                with batch.guarded():
                    self._update_again(one, batch)
        self._work.settle(sent)
        for one in sent:
            if one.status == "updated":
                self._record_side_effects(one)

    def _record_side_effects(self, one: Sent) -> None:
        """Record the side effects of a change in the backend."""
        change = one.change
        if self._has_followers(change):
            self._work.touched.add(change.key)
            self._work.open = True
        resource = resources_by_name()[change.type]
        if one.data.keys() & {"_templates", *resource.cumulative} and self._work.payloads.desired(change).templates:
            self._work.open = True
        if change.type == "host" and "_realm" in one.data:
            self._work.touched.add(change.key)
            self._work.open = True

    def _prepare(self, change: Change) -> Sent:
        stored = self._work.plan.there.stored[change.type][change.name]
        if self._has_followers(change) and self._must_be_reread(change):
            return self._prepare_remaining(change)
        data = self._work.payloads.changed(change)
        checks.reject_dotted_keys(self._work.writer, data)
        return Sent(change, data, stored.id, stored.etag)

    def _prepare_remaining(self, change: Change) -> Sent:
        """Return the remaining changes of an item whose template was just changed."""
        resource = resources_by_name()[change.type]
        stored = self._work.plan.there.stored[change.type][change.name]
        try:
            current = self._work.writer.backend.get(f"{change.type}/{stored.id}")
        except BackendException as error:
            if error.code == 404:
                raise ItemError(OVERTAKEN, 404) from error  # it was deleted: the next round handles it
            raise
        fields = {name: new for name, _, new in change.fields if name == OWNER or name in resource.secrets}
        fields |= {
            field.field: field.new
            for field in value_differences(
                resource, self._work.payloads.desired(change).whole, self._work.ids.with_names(resource, current)
            )
        }
        self._work.touched.add(change.key)
        return Sent(change, self._work.payloads.changed(change, fields) if fields else {}, stored.id, current["_etag"])

    def _has_followers(self, change: Change) -> bool:
        """Return True for a template, including one that becomes a normal item, which other items may still use."""
        return self._work.is_template(change) or self._was_template(change)

    def _was_template(self, change: Change) -> bool:
        return self._work.before(change).get("_is_template") is True

    def _without_services(self, sent: list[Sent]) -> None:
        """Turn off automatic services for hosts that get other templates, since the plan contains these services.

        The backend would reject the templates if the host already has services with the same names.
        """
        hosts = [one for one in sent if one.change.type == "host" and "_templates" in one.data]
        hosts = [one for one in hosts if self._work.before(one.change).get(_WITH_SERVICES) is not False]
        hosts = [one for one in hosts if not (self._work.is_template(one.change) and self._was_template(one.change))]
        etags: dict[str, str] = {}
        for one in hosts:
            one.data.setdefault(_WITH_SERVICES, self._work.payloads.desired(one.change).whole.get(_WITH_SERVICES, True))

        def is_open(one: Sent, outcome: client.Outcome) -> bool:
            if outcome.error is None and outcome.answer is not None:
                etags[one.id] = str(outcome.answer.get("_etag"))
            return outcome.error is None or is_overtaken(one, outcome)

        if hosts:
            data = [client.Change(one.id, one.etag, {_WITH_SERVICES: False}) for one in hosts]
            backend = self._work.writer.backend
            batch = Batch(self._work.writer, "update", resources_by_name()["host"], hosts)
            left = batch.send(
                hosts, lambda on_outcome: backend.update_many("host", data, on_outcome), "updated", later=is_open
            )
            for one in left:
                if one.id in etags:
                    one.etag = etags[one.id]
                elif not self._work.writer.report.ended:
                    with batch.guarded():
                        self._patch_again(one, {_WITH_SERVICES: False}, batch)
        self._work.settle([one for one in hosts if one.status is not None])

    def _update_again(self, one: Sent, batch: Batch[Sent]) -> None:
        """Repeat a change if the item was changed in the meantime, but not in the same fields.

        The backend itself changes items, too: a service its host, a realm its parent.
        """
        if self._patch_again(one, one.data, batch):
            batch.settle(one, "updated")

    def _patch_again(self, one: Sent, data: dict[str, Any], batch: Batch[Sent]) -> bool:
        """Send values with the current ``_etag``; return False if that fails, which is reported."""
        endpoint = f"{one.change.type}/{one.id}"
        try:
            current = self._work.writer.backend.get(endpoint)
            self._reject_overtaken(one.change, current)
            answer = self._work.writer.backend.patch(endpoint, data, headers={"If-Match": current["_etag"]})
        except (ItemError, BackendException) as error:
            batch.fail(one, error)
            return False
        one.etag = str(answer.get("_etag"))
        return True

    def _reject_overtaken(self, change: Change, current: dict[str, Any]) -> None:
        """Reject a change if others have changed one of its fields since the item was read."""
        resource = resources_by_name()[change.type]
        named = self._work.ids.with_names(resource, current)
        for name, old, new in change.fields:
            if name not in resource.fields or name in resource.secrets or name == TEMPLATE_FIELDS:
                continue
            if not any(is_equivalent(resource, name, named.get(name), one) for one in (old, new)):
                raise ItemError(OVERTAKEN, 412)
