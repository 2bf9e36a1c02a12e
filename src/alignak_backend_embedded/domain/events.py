"""The events of a write, and the rules that they run.

In the order of one write:

``prepare``
    The bodies of a POST, before they are checked: fill in what the client left out.
``check``
    The bodies with what is wrong with each so far: add what the data model does not say.
``insert``, ``inserted``
    Before and after checked documents are stored.
``update``, ``updated``
    Before and after a document is changed.
``remove``, ``deleted``, ``removed``
    Before and after documents are deleted. A rule raises to reject. Where several workers delete a document at the same
    moment, ``deleted`` is run by one of them, and ``removed`` by each.

All but the changes come as a :class:`Batch`, so that a rule asks the store once for a whole bulk; so do the changes for
those rules that ask it in a bulk of check results. Everything that one request does is one transaction: a rule that
raises takes it all back.
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
        issues: what is wrong with each, in ``check`` events.
    """

    def __init__(self, resource: str, documents: Iterable[Document], issues: Sequence[Issues] = ()) -> None:
        super().__init__(documents)
        self.resource = resource
        self.issues = issues

    def sound(self) -> Iterator[tuple[Document, Issues]]:
        """Yield the documents with which nothing is wrong so far, each with its issues, for those of a rule."""
        for document, issues in zip(self, self.issues, strict=True):
            if not issues:
                yield document, issues


class Change:
    """One document being changed.

    Attributes:
        resource: its resource.
        original: the document as stored before.
        updates: the fields that get new values; a rule may add to them before the write.
        posted: the fields that the caller named, as opposed to those that rules added.
        frozen: True keeps ``_updated`` as it is.
        inherited: True when the new values come from a template of the item.
        updated: the document after the write, in ``updated`` events.
    """

    def __init__(
        self, resource: str, original: Document, updates: Document, *, frozen: bool = False, inherited: bool = False
    ) -> None:
        self.resource = resource
        self.original = original
        self.updates = dict(updates)
        self.posted = frozenset(updates)
        self.frozen = frozen
        self.inherited = inherited
        self.updated: Document = {}

    def after(self, name: str, default: Any = None) -> Any:
        """Return the value that a field has after the change."""
        return self.updates[name] if name in self.updates else self.original.get(name, default)


class Rules:
    """The rules of all resources, by event; those of one event run in the order in which they were added."""

    def __init__(self) -> None:
        self._of_batches: defaultdict[tuple[BatchEvent, str], list[BatchRule]] = defaultdict(list)
        self._of_changes: defaultdict[tuple[ChangeEvent, str], list[ChangesRule]] = defaultdict(list)

    def on(self, event: BatchEvent, resources: Iterable[str], *rules: BatchRule) -> None:
        """Add rules for documents that are created or deleted."""
        for resource in resources:
            self._of_batches[event, resource] += rules

    def on_change(self, event: ChangeEvent, resources: Iterable[str], *rules: ChangeRule) -> None:
        """Add rules for documents that are changed, which see one after the other."""
        self.on_changes(event, resources, *map(_one_by_one, rules))

    def on_changes(self, event: ChangeEvent, resources: Iterable[str], *rules: ChangesRule) -> None:
        """Add rules for documents that are changed, which see those that are changed together."""
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
