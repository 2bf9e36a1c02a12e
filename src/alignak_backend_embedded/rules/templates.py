"""Templates of hosts, services and users: values of new items, and later changes.

``_templates`` lists an item's templates in order, ``_template_fields`` the fields that it inherits. Later templates
take precedence over earlier ones. Merged fields have separate rules, see :mod:`.merged`.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable

from alignak_backend_client.model import Resource, resources_by_name
from alignak_backend_client.model.fields import TEMPLATE_FIELDS
from alignak_backend_embedded.domain.context import Context
from alignak_backend_embedded.domain.errors import RuleError
from alignak_backend_embedded.domain.events import Batch, Change
from alignak_backend_embedded.domain.persistence import change, merge_patch
from alignak_backend_embedded.rules.merged import (
    Own,
    Parts,
    derive_own_parts,
    from_parts,
    inherited_parts,
    is_mergeable,
    join_parts,
    parts_differ,
    parts_to_save,
    read_own_parts,
    save_own_parts,
    to_parts,
)
from alignak_backend_embedded.rules.template_graph import (
    check_depth,
    find_ancestors,
    find_descendants,
    get_templates,
    topological_order,
)
from alignak_backend_embedded.store.access import Document
from alignak_backend_embedded.store.object_id import ObjectId


def _read(context: Context, resource: str, ids: Iterable[ObjectId]) -> dict[ObjectId, Document]:
    wanted = list(ids)
    found = context.store.find(resource, {"_id": {"$in": wanted}}) if wanted else ()
    return {item["_id"]: item for item in found}


def _has_templates(item: Document) -> bool:
    """Return True if a new item has templates.

    Raises:
        RuleError: one of them is not an id.
    """
    templates = item.get("_templates")
    if not templates or not isinstance(templates, (list, str)):
        return False  # the validation reports values that are not lists
    for template in templates:
        if not isinstance(template, ObjectId):
            raise RuleError("_templates must be a list of ids")
    return True


def _fill_in(model: Resource, item: Document, templates: list[Document]) -> Own:
    """Complete a new item, and return its own parts to record."""
    posted = set(item)
    followed: dict[str, None] = {}
    for template in templates:
        for name, value in template.items():
            if name in posted or name in model.cumulative or name not in model.from_templates:
                continue
            item[name] = copy.deepcopy(value)
            followed[name] = None
    own: Own = {}
    for name in model.cumulative:
        followed[name] = None
        if is_mergeable(item.get(name)):
            own_parts, given = to_parts(item.get(name)), inherited_parts(name, templates)
            item[name] = from_parts(name, join_parts(own_parts, given))
            if found := parts_to_save(own_parts, given):
                own[name] = found
    followed.update(dict.fromkeys(name for name in model.from_templates if name not in item))
    item[TEMPLATE_FIELDS] = [name for name in followed if name not in model.own]
    return own


def fill_in_inherited(context: Context, items: Batch) -> None:
    """Fill in the values that new items inherit from their templates."""
    model = resources_by_name()[items.resource]
    based = [item for item in items if _has_templates(item)]
    known = _read(context, items.resource, {template for item in based for template in item["_templates"]})
    graph = {item: get_templates(template) for item, template in known.items()}
    graph.update(
        find_ancestors(context.store, items.resource, {one for found in graph.values() for one in found} - graph.keys())
    )
    if graph:
        check_depth(graph, under=1)
    for item in items:
        item[TEMPLATE_FIELDS] = []
        if isinstance(item.get("customs"), dict) and not item.get("_templates"):
            item["customs"] = join_parts(item["customs"], {})
    for item in based:
        own = _fill_in(model, item, [known[one] for one in item["_templates"] if one in known])
        if own and isinstance(identity := item.setdefault("_id", ObjectId()), ObjectId):
            context.own[identity] = own


def save_new_own_parts(context: Context, items: Batch) -> None:
    """Record the own parts of new items that cannot be derived later."""
    if found := {item["_id"]: context.own[item["_id"]] for item in items if item["_id"] in context.own}:
        save_own_parts(context, items.resource, found)


def delete_own_parts(context: Context, items: Batch) -> None:
    """Delete the records of deleted items."""
    save_own_parts(context, items.resource, {item["_id"]: {} for item in items})


def update_existing_followers(context: Context, items: Batch) -> None:
    """Update items that already refer to new templates, because deleted ones had the same ids."""
    model = resources_by_name()[items.resource]
    new = {item["_id"]: item for item in items if item.get("_is_template")}
    if new:
        _propagate_changes(context, model, {one: {} for one in new}, new, set(model.cumulative))


def release_posted_fields(_context: Context, changing: Change) -> None:
    """Make fields that are set on an item its own."""
    if changing.inherited or changing.after("_is_template") or TEMPLATE_FIELDS in changing.posted:
        return
    followed = changing.original.get(TEMPLATE_FIELDS) or []
    kept = [name for name in followed if name not in changing.posted]
    if len(kept) != len(followed):
        changing.updates[TEMPLATE_FIELDS] = kept


def check_templates(context: Context, changing: Change) -> None:
    """Reject invalid new templates of an item.

    Raises:
        RuleError: the item would be a template of itself.
        UnprocessableError: the templates would be nested too deeply.
    """
    item, before = changing.original["_id"], get_templates(changing.original)
    if "_templates" not in changing.posted or set(changing.updates["_templates"]) <= set(before):
        return
    graph = find_ancestors(context.store, changing.resource, changing.updates["_templates"])
    if item in graph:
        raise RuleError("An item cannot be a template of itself or of its templates")
    under = find_descendants(context.store, changing.resource, [item])
    graph[item] = changing.updates["_templates"]
    check_depth(graph | {found: get_templates(one) for found, one in under.items()})


def merge_fields(context: Context, changing: Change) -> None:
    """Compute merged fields when they are set on an item, or when its templates change."""
    model, original, updates = resources_by_name()[changing.resource], changing.original, changing.updates
    occasions = {"_templates", TEMPLATE_FIELDS, *model.cumulative}
    before, after = get_templates(original), changing.after("_templates") or []
    if changing.inherited or occasions.isdisjoint(changing.posted) or not (before or after):
        return
    known = _read(context, changing.resource, {*before, *after})
    kept = read_own_parts(context, changing.resource, [original["_id"]]).get(original["_id"], {})
    own: Own = {}
    for name in model.cumulative:
        present = to_parts(original.get(name))
        given = inherited_parts(name, map(known.get, after))
        # If the request sets the inherited fields, parts equal to those of the templates are inherited.
        follows = TEMPLATE_FIELDS in changing.posted and name in (updates[TEMPLATE_FIELDS] or ())
        own_parts = derive_own_parts(
            {} if follows else kept.get(name, {}), present, inherited_parts(name, map(known.get, before))
        )
        if name in changing.posted and not isinstance(updates[name], dict):
            own_parts = derive_own_parts(own_parts, to_parts(updates[name]), given)
        else:
            if name in changing.posted:
                own_parts |= {key: merge_patch(present.get(key), value) for key, value in updates[name].items()}
            _add_update(updates, name, present, join_parts(own_parts, given))
        if found := parts_to_save(own_parts, given):
            own[name] = found
    if own != kept:
        save_own_parts(context, changing.resource, {original["_id"]: own})


def _add_update(updates: Document, name: str, present: Parts, wanted: Parts) -> None:
    """Add the new parts of a field to changes, if they differ; objects are merged, so removed keys are null."""
    if parts_differ(present, wanted):
        updates[name] = from_parts(name, dict.fromkeys(present) | wanted if name == "customs" else wanted)


def propagate(context: Context, changing: Change) -> None:
    """Propagate the new values of a template to all items that inherit them, on every level."""
    model = resources_by_name()[changing.resource]
    names = {name for name in changing.updates if name in model.from_templates and name not in model.own}
    if not changing.updated.get("_is_template"):
        names.intersection_update(model.cumulative)
    if names and not changing.inherited:
        item = changing.original["_id"]
        _propagate_changes(context, model, {item: changing.original}, {item: changing.updated}, names)


def withdraw_parts(context: Context, items: Batch) -> None:
    """Remove merged parts of deleted templates from items that inherit them; plain fields keep their values."""
    model = resources_by_name()[items.resource]
    _propagate_changes(context, model, {item["_id"]: item for item in items}, {}, set(model.cumulative))


def _propagate_changes(
    context: Context,
    model: Resource,
    before: dict[ObjectId, Document],
    after: dict[ObjectId, Document],
    names: set[str],
) -> None:
    """Propagate changes of templates to all items that use them, each once and after its own templates.

    Args:
        context: the context of the request.
        model: their resource.
        before: the templates before the change.
        after: the templates after the change, without deleted ones.
        names: the changed fields.
    """
    under = find_descendants(context.store, model.name, before.keys())
    if not under:
        return
    graph = {item: get_templates(found) for item, found in under.items()}
    others = {one for found in graph.values() for one in found} - under.keys() - before.keys()
    unchanged = _read(context, model.name, others)
    old, new = {**unchanged, **under, **before}, {**unchanged, **under, **after}
    kept = read_own_parts(context, model.name, under)
    changed = dict.fromkeys(before, names)
    own: dict[ObjectId, Own] = {}
    for item in topological_order(under, graph):
        names_to_update = set().union(*(changed.get(one, ()) for one in graph.get(item, ())))
        if item not in under or not names_to_update:
            continue
        follower, templates = under[item], [new.get(one) for one in graph[item]]
        updates = _inherited_updates(follower, templates, names_to_update.difference(model.cumulative))
        own[item] = dict(kept.get(item, {}))
        for name in names_to_update.intersection(model.cumulative):
            present, given = to_parts(follower.get(name)), inherited_parts(name, templates)
            own_parts = derive_own_parts(
                own[item].pop(name, {}), present, inherited_parts(name, (old.get(one) for one in graph[item]))
            )
            _add_update(updates, name, present, join_parts(own_parts, given))
            if found := parts_to_save(own_parts, given):
                own[item][name] = found
        if updates:
            new[item] = change(context, model.name, follower, updates, inherited=True)
            changed[item] = set(updates)
    save_own_parts(context, model.name, {item: found for item, found in own.items() if found != kept.get(item, {})})


def _inherited_updates(item: Document, templates: Iterable[Document | None], names: Iterable[str]) -> Document:
    """Return the new values of inherited plain fields: those of the last template that has one."""
    follows = item.get(TEMPLATE_FIELDS) or ()
    updates = {
        name: copy.deepcopy(template[name])
        for template in templates
        if template is not None
        for name in names
        if name in follows and name in template
    }
    return {name: value for name, value in updates.items() if name not in item or item[name] != value}
