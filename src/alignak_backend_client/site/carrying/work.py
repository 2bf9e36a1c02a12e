"""What the steps of a round share: the backend, what is planned, and what became of it so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.references import link_targets
from alignak_backend_client.items.writing.batch import Batch, Pending
from alignak_backend_client.items.writing.results import OVERTAKEN, Action, Result
from alignak_backend_client.items.writing.writer import Writer
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.site.carrying.payloads import Ids, Payloads
from alignak_backend_client.site.plan import Change, Plan
from alignak_backend_client.site.secrets import Secrets

Key = tuple[str, str]


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


class Sent(Pending):
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


class Work:
    """What the steps of a round share.

    Args:
        writer: the backend; its listener is the collector.
        collector: gets a result for each change.
        plan: what is done.
        secrets: what is sent for references.
        owner: the site that items belong to from now on.

    Attributes:
        open: True when the backend must be read again to know how items are.
        errors: by type and name, why changes failed.
        final: those of them that are not tried again, since somebody else changed the item.
        touched: items whose changes the backend hands down to others.
    """

    def __init__(self, writer: Writer, collector: Collector, plan: Plan, secrets: Secrets, owner: str | None) -> None:
        self.open = False
        self.errors: dict[Key, str] = {}
        self.final: set[Key] = set()
        self.touched: set[Key] = set()
        self.writer = writer
        self.collector = collector
        self.plan = plan
        self.ids = Ids(plan.there)
        self.payloads = Payloads(plan, self.ids, secrets, owner, removes_keys=writer.is_embedded())

    def is_template(self, change: Change) -> bool:
        """Return True for an item that will be a template."""
        return self.payloads.wanted(change).whole.get("_is_template") is True

    def before(self, change: Change) -> dict[str, Any]:
        """Return the fields of an item as it was read."""
        return self.plan.there.items[change.type][change.name]

    def names(self, change: Change, links: Iterable[str]) -> Iterator[str]:
        """Yield the names of the items that some links of an item shall lead to."""
        whole = self.payloads.wanted(change).whole
        for link in links:
            yield from link_targets(whole.get(link))

    def is_handed_down(self, kind: str, *data: Mapping[str, Any]) -> bool:
        """Return True when what an item has comes from something that was changed in this round."""
        above = {(kind, name) for one in data for name in one.get("_templates") or ()}
        if kind == "service":
            above |= {("host", str(one.get("host"))) for one in data}
        return bool(above & self.touched)

    def accepted(self, action: Any, kind: str, changes: list[Change], make: Callable[[Change], Sent]) -> list[Sent]:
        """Return what is sent of changes; those that cannot be sent have failed."""
        sent: list[Sent] = []
        resource = resources_by_name()[kind]
        batch: Batch[Sent] = Batch(self.writer, action, resource, [])
        for change in changes:
            if self.writer.report.ended:
                break
            with batch.guarded():
                try:
                    sent.append(make(change))
                except ItemError as error:
                    self.fail(change, str(error))
        return sent

    def fail(self, change: Change, reason: str) -> None:
        """Take note of a change that cannot be sent."""
        self.errors[change.key] = reason
        if change.action == "create":
            self.payloads.lost[change.key] = reason

    def settle(self, sent: Iterable[Sent]) -> None:
        """Record what failed; the listener of the writer knows the reasons."""
        for one in sent:
            if one.status == "failed":
                result = self.collector.results[one.change.key]
                self.errors[one.change.key] = result.reason
                if result.reason == OVERTAKEN:
                    self.final.add(one.change.key)
