"""The shared state of the steps of a round: the backend, the plan, and the results so far."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.references import link_targets
from alignak_backend_client.items.writing.batch import Batch, Pending
from alignak_backend_client.items.writing.results import OVERTAKEN, Action, Result
from alignak_backend_client.items.writing.writer import Writer
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.site.applying.payloads import Ids, Payloads
from alignak_backend_client.site.applying.secrets import Secrets
from alignak_backend_client.site.planning.plan import Change, Plan

Key = tuple[str, str]


class Collector:
    """Collects the results of a round.

    Args:
        progress: called with the number of changes sent.

    Attributes:
        results: the last result of each item.
    """

    def __init__(self, progress: Callable[[int], None]) -> None:
        self.results: dict[Key, Result] = {}
        self._progress = progress

    def result(self, result: Result) -> None:
        """Record the result of a change."""
        self.results[result.type, result.name] = result
        self._progress(len(self.results))

    def sending(self, action: Action, resource: str, names: list[str]) -> None:
        """Ignore items that are being sent."""

    def progress(self, done: int, total: int) -> None:
        """Ignore the progress within a batch; the number of results is reported instead."""


class Sent(Pending):
    """A change that is being sent.

    Attributes:
        change: the change.
        data: the request data.
        etag: the ``_etag`` of the item.
    """

    def __init__(self, change: Change, data: dict[str, Any], identity: str, etag: str = "") -> None:
        super().__init__(change.name, identity)
        self.change = change
        self.data = data
        self.etag = etag


class Work:
    """The shared state of the steps of a round.

    Args:
        writer: the backend; its listener is the collector.
        collector: collects the results.
        plan: the plan.
        secrets: the values of secret references.
        owner: the site that owns the items.

    Attributes:
        open: True if the backend must be read again, because of side effects.
        errors: by type and name, why changes failed.
        final: the keys of failed changes that are not repeated, since others changed the item.
        touched: the keys of changed items from which others inherit.
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
        """Return True if the item of a change will be a template."""
        return self.payloads.desired(change).whole.get("_is_template") is True

    def before(self, change: Change) -> dict[str, Any]:
        """Return the fields of an item when it was read."""
        return self.plan.there.items[change.type][change.name]

    def names(self, change: Change, links: Iterable[str]) -> Iterator[str]:
        """Yield the desired targets of some links of an item."""
        whole = self.payloads.desired(change).whole
        for link in links:
            yield from link_targets(whole.get(link))

    def is_inherited_from_changed(self, kind: str, *data: Mapping[str, Any]) -> bool:
        """Return True if an item inherits from an item that was changed in this round."""
        above = {(kind, name) for one in data for name in one.get("_templates") or ()}
        if kind == "service":
            above |= {("host", str(one.get("host"))) for one in data}
        return bool(above & self.touched)

    def accepted(self, action: Action, kind: str, changes: list[Change], make: Callable[[Change], Sent]) -> list[Sent]:
        """Return the changes to send; those that cannot be sent are recorded as failed."""
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
        """Record that a change failed."""
        self.errors[change.key] = reason
        if change.action == "create":
            self.payloads.lost[change.key] = reason

    def settle(self, sent: Iterable[Sent]) -> None:
        """Record failed changes, with the reasons from the collector."""
        for one in sent:
            if one.status == "failed":
                result = self.collector.results[one.change.key]
                self.errors[one.change.key] = result.reason
                if result.reason == OVERTAKEN:
                    self.final.add(one.change.key)
