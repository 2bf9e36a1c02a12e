"""Deleting items."""

from __future__ import annotations

from collections.abc import Iterator

from alignak_backend_client.exceptions import BackendException
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.writing.batch import Batch, is_overtaken
from alignak_backend_client.items.writing.entries import waves
from alignak_backend_client.items.writing.results import OVERTAKEN
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.site.applying.rights import Rights
from alignak_backend_client.site.applying.work import Sent, Work
from alignak_backend_client.site.planning.comparing import value_differences
from alignak_backend_client.site.planning.plan import Change


class Deleting:
    """Deletes items.

    Args:
        work: the state of the round.
    """

    def __init__(self, work: Work) -> None:
        self._work = work

    def delete(self, kind: str, changes: list[Change]) -> None:
        """Delete items of a type; for users, also their rights."""
        there = self._work.plan.there
        if kind == "user":
            roles = [(one, {"_id": r.id, "_etag": r.etag}) for one in changes for r in there.roles.get(one.name, ())]
            Rights(self._work).send([], roles)
        for level in self._levels(kind, changes):
            if level and not self._work.writer.report.ended:
                self._delete_each(kind, level)

    def _levels(self, kind: str, changes: list[Change]) -> Iterator[list[Change]]:
        """Yield realms from the bottom up, since the backend keeps realms with sub-realms."""
        if kind != "realm":
            yield changes
            return
        items = self._work.plan.there.items[kind]
        positions = {one.name: position for position, one in enumerate(changes)}
        needs: dict[int, set[int]] = {position: set() for position in positions.values()}
        for one in changes:
            parent = items[one.name].get("_parent")
            if parent in positions:
                needs[positions[parent]].add(positions[one.name])
        for group in waves(needs)[0]:
            yield [changes[position] for position in group]

    def _delete_each(self, kind: str, changes: list[Change]) -> None:
        backend = self._work.writer.backend
        sent = [Sent(one, {}, one.id, self._work.plan.there.stored[kind][one.name].etag) for one in changes]
        batch = Batch(self._work.writer, "delete", resources_by_name()[kind], sent)
        items = [{"_id": one.id, "_etag": one.etag} for one in sent]
        overtaken = batch.send(
            sent, lambda on_outcome: backend.delete_many(kind, items, on_outcome), "deleted", later=is_overtaken
        )
        # Items that use a deleted template lose its values.
        self._work.touched |= {one.change.key for one in sent}
        for one in overtaken:
            if not self._work.writer.report.ended:
                with batch.guarded():
                    self._delete_again(kind, one, batch)
        self._work.settle(sent)

    def _delete_again(self, kind: str, one: Sent, batch: Batch[Sent]) -> None:
        """Delete an item that was changed in the meantime, unless its configuration was changed."""
        resource, endpoint = resources_by_name()[kind], f"{kind}/{one.id}"
        try:
            current = self._work.writer.backend.get(endpoint)
            before, now = self._work.before(one.change), self._work.ids.with_names(resource, current)
            if not self._work.is_inherited_from_changed(kind, before) and value_differences(resource, before, now):
                batch.fail(one, ItemError(OVERTAKEN, 412))
                return
            self._work.writer.backend.delete(endpoint, {"If-Match": current["_etag"]})
        except BackendException as error:
            if error.code == 404:
                batch.settle(one, "deleted")
            else:
                batch.fail(one, error)
        else:
            batch.settle(one, "deleted")
