"""When what runs: the rules register here for what happens to a resource.

The events of one write, in order:

``prepare(items)``
    The bodies of a POST, before they are checked: fill in what the client left out.
``check(pairs)``
    The bodies with what is wrong with each so far, as pairs: add what the data model does not say.
``insert(documents)``, ``inserted(documents)``
    Before and after checked documents are stored.
``update(change)``, ``updated(change)``
    Before and after a document is changed.
``remove(documents)``, ``removed(documents)``
    Before and after documents are deleted. A rule raises to refuse.
``fetched(documents)``
    Documents are about to be sent to the caller.

All of them come with lists, so that a rule asks the store once for a whole bulk. Everything that one request does is
one transaction: a rule that raises takes it all back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from alignak_backend_embedded.store.access import Document

Event = Literal["prepare", "check", "insert", "inserted", "update", "updated", "remove", "removed", "fetched"]
Rule = Callable[[Any], None]

_rules: defaultdict[tuple[Event, str], list[Rule]] = defaultdict(list)


@dataclass(slots=True)
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

    resource: str
    original: Document
    updates: Document
    posted: frozenset[str]
    frozen: bool = False
    inherited: bool = False
    updated: Document = field(default_factory=dict)

    def after(self, name: str, default: Any = None) -> Any:
        """Return the value that a field has after the change."""
        return self.updates[name] if name in self.updates else self.original.get(name, default)


def on(event: Event, *resources: str) -> Callable[[Rule], Rule]:
    """Register a rule for an event of some resources; rules run in the order of registration."""

    def register(rule: Rule) -> Rule:
        for resource in resources:
            _rules[event, resource].append(rule)
        return rule

    return register


def has_rules(event: Event, resource: str) -> bool:
    """Return True when something runs for an event."""
    return bool(_rules.get((event, resource)))


def fire(event: Event, resource: str, subject: Any) -> None:
    """Run the rules of an event."""
    for rule in _rules.get((event, resource), ()):
        rule(subject)
