"""The events of a write, and the rules that they run.

In the order of one write:

``prepare``
    The bodies of a POST, before validation: fill in missing fields.
``check``
    The bodies with their issues so far: add those that the data model does not cover.
``insert``, ``inserted``
    Before and after valid documents are stored.
``update``, ``updated``
    Before and after a document is changed.
``remove``, ``deleted``, ``removed``
    Before and after documents are deleted. A rule raises to reject. Where several workers delete a document at the same
    moment, ``deleted`` is run by one of them, and ``removed`` by each.

Rules get a :class:`Batch` of documents, so that they query the store once for a whole bulk; for changes, only the rules
for check results get several at once. All writes of one request are one transaction: a rule that raises rolls back
everything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

from alignak_backend_embedded.store.access import Document

if TYPE_CHECKING:
    from alignak_backend_embedded.domain.context import Context
    from alignak_backend_embedded.domain.data_model import Issues

BatchEvent = Literal["prepare", "check", "insert", "inserted", "remove", "deleted", "removed"]
ChangeEvent = Literal["update", "updated"]
BatchRule = Callable[["Context", "Batch"], None]
ChangeRule = Callable[["Context", "Change"], object]
ChangesRule = Callable[["Context", "Sequence[Change]"], object]


class Batch(list[Document]):
    """Documents of one resource that are written together.

    Attributes:
        resource: their resource.
        issues: the issues of each, in ``check`` events.
    """

    def __init__(self, resource: str, documents: Iterable[Document], issues: Sequence[Issues] = ()) -> None:
        super().__init__(documents)
        self.resource = resource
        self.issues = issues

    def valid_items(self) -> Iterator[tuple[Document, Issues]]:
        """Yield the documents without issues so far, each with its empty issues, to which a rule may add."""
        for document, issues in zip(self, self.issues, strict=True):
            if not issues:
                yield document, issues


class Change:
    """The change of one document.

    Attributes:
        resource: its resource.
        original: the document before the change.
        updates: the new values; rules may add to them before the write.
        posted: the fields from the request, as opposed to those added by rules.
        frozen: True to keep ``_updated``; set by rules.
        inherited: True if the new values come from a template of the item.
        updated: the document after the write, in ``updated`` events.
    """

    def __init__(self, resource: str, original: Document, updates: Document, *, inherited: bool = False) -> None:
        self.resource = resource
        self.original = original
        self.updates = dict(updates)
        self.posted = frozenset(updates)
        self.frozen = False
        self.inherited = inherited
        self.updated: Document = {}

    def has_new(self, name: str) -> bool:
        """Return True if a field has another value than before."""
        return name in self.updates and self.updates[name] != self.original.get(name)

    def after(self, name: str) -> Any:
        """Return the value of a field after the change."""
        return self.updates[name] if name in self.updates else self.original.get(name)


class Rules:
    """The rules of all resources by event; the rules of an event run in the order in which they were added."""

    def __init__(self) -> None:
        self._of_batches: defaultdict[tuple[BatchEvent, str], list[BatchRule]] = defaultdict(list)
        self._of_changes: defaultdict[tuple[ChangeEvent, str], list[ChangesRule]] = defaultdict(list)

    def on(self, event: BatchEvent, resources: Iterable[str], *rules: BatchRule) -> None:
        """Add rules for documents that are created or deleted."""
        for resource in resources:
            self._of_batches[event, resource] += rules

    def on_change(self, event: ChangeEvent, resources: Iterable[str], *rules: ChangeRule) -> None:
        """Add rules for changed documents, which get one change at a time."""
        self.on_changes(event, resources, *map(_one_by_one, rules))

    def on_changes(self, event: ChangeEvent, resources: Iterable[str], *rules: ChangesRule) -> None:
        """Add rules for changed documents, which get all changes made together."""
        for resource in resources:
            self._of_changes[event, resource] += rules

    def run(self, event: BatchEvent, context: Context, batch: Batch) -> None:
        """Run the rules of an event."""
        for rule in self._of_batches.get((event, batch.resource), ()):
            rule(context, batch)

    def run_changes(self, event: ChangeEvent, context: Context, changes: Sequence[Change]) -> None:
        """Run the rules of an event, for documents of one resource."""
        for rule in self._of_changes.get((event, changes[0].resource), ()):
            rule(context, changes)


def _one_by_one(rule: ChangeRule) -> ChangesRule:
    def rule_for_each(context: Context, changes: Sequence[Change]) -> None:
        for change in changes:
            rule(context, change)

    return rule_for_each
