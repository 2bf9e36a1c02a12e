"""Templates of hosts, services and users: what a new item takes from them, and what follows them later.

``_templates`` lists an item's templates in order, ``_template_fields`` the fields that still follow them. Later
templates win over earlier ones. Cumulative fields are joined over all ancestors instead: of an object's keys the
nearest definition wins, of lists every element is kept once.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from typing import Any

from alignak_backend_client.model import resources_by_name
from alignak_backend_embedded.domain.context import Context
from alignak_backend_embedded.domain.errors import RuleError
from alignak_backend_embedded.domain.events import Batch, Change
from alignak_backend_embedded.domain.persistence import change, merged
from alignak_backend_embedded.store.access import Document
from alignak_backend_embedded.store.object_id import ObjectId


class _Library:
    """The templates that one request needs, each read once."""

    def __init__(self, context: Context, resource: str, wanted: Iterable[ObjectId]) -> None:
        self._store = context.store
        self._resource = resource
        self._found: dict[ObjectId, Document] = {}
        self._load(wanted)

    def _load(self, wanted: Iterable[ObjectId]) -> None:
        """Read templates, and their templates, a level at a time."""
        missing = set(wanted)
        while missing:
            level = list(self._store.find(self._resource, {"_id": {"$in": list(missing)}}))
            self._found.update((document["_id"], document) for document in level)
            above = {item for document in level for item in document.get("_templates") or ()}
            missing = above - self._found.keys() - missing

    def get(self, item: ObjectId) -> Document | None:
        return self._found.get(item)

    def ancestors(self, templates: Iterable[ObjectId], seen: set[ObjectId] | None = None) -> Iterator[Document]:
        """Yield templates depth first, each followed by its own templates, each once."""
        seen = set() if seen is None else seen
        for item in templates:
            template = self._found.get(item)
            if template is not None and item not in seen:
                seen.add(item)
                yield template
                yield from self.ancestors(template.get("_templates") or (), seen)


def _has_templates(item: Document) -> bool:
    """Tell whether a new item names templates.

    Raises:
        RuleError: one of them is no id.
    """
    templates = item.get("_templates")
    if not templates or not isinstance(templates, (list, str)):
        return False  # what is no list at all is told by the validation
    for template in templates:
        if not isinstance(template, ObjectId):
            raise RuleError("_templates must be a list of ids")
    return True


def _cumulated(name: str, item: Document, ancestors: list[Document]) -> Any:
    """Return the joined value of a cumulative field; an empty one when nobody defines it."""
    values = [document.get(name) for document in (item, *ancestors)]
    if name == "customs":
        joined: dict[str, Any] = {}
        for value in values:
            if isinstance(value, dict):
                joined = {**copy.deepcopy(value), **joined}
        return joined
    found: list[Any] = []
    for value in values:
        if isinstance(value, list):
            found = [*value, *found]
    kept: list[Any] = []
    for element in found:
        if element not in kept:
            kept.append(element)
    return kept


def _fill(resource: str, item: Document, library: _Library) -> None:
    posted = set(item) - {"_template_fields"}
    model = resources_by_name()[resource]
    followed: dict[str, None] = {}
    for template_id in item["_templates"]:
        for name, value in (library.get(template_id) or {}).items():
            if name in posted or name in model.cumulative or name not in model.from_templates:
                continue
            item[name] = copy.deepcopy(value)
            followed[name] = None
    ancestors = list(library.ancestors(item["_templates"]))
    for name in model.cumulative:
        own = item.get(name)
        if own is None or isinstance(own, (list, dict)):
            item[name] = _cumulated(name, item, ancestors)
        followed[name] = None
    followed.update(dict.fromkeys(name for name in model.from_templates if name not in item))
    item["_template_fields"] = [name for name in followed if name not in model.own]


def fill(context: Context, items: Batch) -> None:
    """Give new items what their templates define."""
    based = [item for item in items if _has_templates(item)]
    library = _Library(context, items.resource, {template for item in based for template in item["_templates"]})
    for item in items:
        item["_template_fields"] = []
    for item in based:
        _fill(items.resource, item, library)


def release(_context: Context, changing: Change) -> None:
    """Let a field that somebody sets on an item follow the templates no longer."""
    if changing.inherited or changing.after("_is_template") or "_template_fields" in changing.posted:
        return
    followed = changing.original.get("_template_fields") or []
    kept = [name for name in followed if name not in changing.posted]
    if len(kept) != len(followed):
        changing.updates["_template_fields"] = kept


def _overlay(resource: str, item: Document, names: Iterable[str], library: _Library) -> Document:
    """Return the new values that an item takes from its templates."""
    taken: Document = {}
    for name in names:
        for template_id in item["_templates"]:
            template = library.get(template_id)
            if template is None or name not in template:
                continue
            value = copy.deepcopy(template[name])
            # Objects are laid over the item's own; lists and plain values replace it.
            before = taken.get(name, item.get(name))
            taken[name] = merged(before, value) if name in resources_by_name()[resource].cumulative else value
    return taken


def propagate(context: Context, changing: Change) -> None:
    """Pass the new values of a template on to what follows it, and on from there."""
    resource = changing.resource
    model = resources_by_name()[resource]
    names = [name for name in changing.updates if name in model.from_templates and name not in model.own]
    if not names or not changing.updated.get("_is_template"):
        return
    template_id = changing.original["_id"]
    if template_id in context.propagating:
        return
    context.propagating.add(template_id)
    followers = [
        item
        for item in context.store.find(resource, {"_templates": template_id})
        if any(name in (item.get("_template_fields") or ()) for name in names)
    ]
    library = _Library(context, resource, {template for item in followers for template in item["_templates"]})
    for item in followers:
        updates = _overlay(resource, item, [name for name in names if name in item["_template_fields"]], library)
        if updates:
            change(context, resource, item, updates, inherited=True)
    context.propagating.discard(template_id)
