"""Where the values of an item come from: the item itself, its templates, or defaults.

The Alignak backend copies template values into items. It does not update them when an item gets other templates, and
propagates changes of a template only one level down. So items may differ from the current values of their templates,
which is reported, too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

from alignak_backend_client.client import Backend
from alignak_backend_client.items.names import links
from alignak_backend_client.items.names.catalog import Catalog
from alignak_backend_client.items.names.finding import by_ids
from alignak_backend_client.model import Resource
from alignak_backend_client.model.fields import TEMPLATE_FIELDS, is_live_state
from alignak_backend_client.model.ids import is_object_id

Source = Literal["own", "template", "merged", "default", "backend", "monitoring"]

Item = Mapping[str, Any]


class Origin(NamedTuple):
    """Where the value of a field comes from.

    Attributes:
        field: its name.
        value: the value of the item, with names in links; None if it has none.
        source: ``own``: set on the item itself; ``template``; ``merged``: its own values and those of templates
            combined; ``default``: not set anywhere; ``backend``: computed by the backend; ``monitoring``: updated by
            check results.
        templates: names of the templates that it is inherited from, the nearest first; the last one sets it. For
            ``merged``, all that contribute; for ``own``, those that ``without`` comes from.
        now: the current value of the templates; None if they have none.
        outdated: True if that differs from the value of the item, although the item inherits the field. For a
            template with ``own``, it is unknown whether it was set there or inherited earlier.
        without: the value that the item would have without its own; None if it has no own value.
        overruled: the values of other direct templates with lower precedence, by name.
    """

    field: str
    value: Any
    source: Source
    templates: tuple[str, ...] = ()
    now: Any = None
    outdated: bool = False
    without: Any = None
    overruled: Mapping[str, Any] = {}


class Ancestry(NamedTuple):
    """An item and all its templates.

    Attributes:
        item: the item, with names in links.
        direct: ids of its own templates, in order.
        templates: all templates above it, by id, with names in links; ids in ``_templates``.
        names: their names, by id.
        missing: ids of templates that do not exist, or cannot be seen.
    """

    item: Item
    direct: Sequence[str]
    templates: Mapping[str, Item]
    names: Mapping[str, str]
    missing: Sequence[str]


def read_ancestry(
    backend: Backend, catalog: Catalog, resource: Resource, item: Item, fields: Collection[str]
) -> Ancestry:
    """Return an item with its templates, with one request per level.

    Args:
        backend: where they are.
        catalog: names and ids of that backend.
        resource: the resource of the item.
        item: as the backend has it.
        fields: the requested fields.

    Raises:
        BackendException: the request failed.
    """
    wanted = {*fields, *resource.key, "_is_template", "_templates", TEMPLATE_FIELDS} & resource.fields.keys()
    projection = None if resource.allow_unknown else dict.fromkeys(sorted(wanted), 1)
    found: dict[str, dict[str, Any]] = {}
    requested: set[str] = set()
    level = _templates(item)
    while level:
        requested.update(level)
        read = list(by_ids(backend, resource.name, level, projection))
        found |= {template["_id"]: template for template in read}
        level = sorted({one for template in read for one in _templates(template)} - requested)
    above = {one: _templates(template) for one, template in found.items()}
    for template in found.values():
        catalog.remember(resource.name, template)
    catalog.load_ids(resource.name, found)
    shown = {name: item[name] for name in wanted & item.keys()}
    links.put_names(catalog, links.columns(resource, [shown, *found.values()]))
    return Ancestry(
        shown,
        _templates(item),
        {one: {**template, "_templates": above[one]} for one, template in found.items()},
        {one: catalog.name(resource.name, one) or one for one in found},
        sorted(requested - found.keys()),
    )


def _templates(item: Item) -> list[str]:
    """Return the template ids of an item, each once."""
    templates = item.get("_templates")
    return list(dict.fromkeys(filter(is_object_id, templates))) if isinstance(templates, list) else []


def find_origins(resource: Resource, ancestry: Ancestry, fields: Collection[str]) -> Iterator[Origin]:
    """Yield the origins of some fields of an item."""
    for field in fields:
        value = ancestry.item.get(field)
        if field in resource.computed or field in (TEMPLATE_FIELDS, "schema_version"):
            yield Origin(field, value, "backend")
        elif resource.has_templates and is_live_state(field):
            yield Origin(field, value, "monitoring")
        elif not ancestry.direct or field not in resource.from_templates or field in resource.own:
            default = _default(resource, ancestry.item, field)
            yield Origin(field, value, "default" if _is_unset(resource, field, value, default) else "own")
        elif field in resource.cumulative:
            yield _merged_origin(resource, ancestry, field, value)
        else:
            yield _inherited_origin(resource, ancestry, field, value)


def _inherited_origin(resource: Resource, ancestry: Ancestry, field: str, value: Any) -> Origin:
    """Return the origin of a field whose value is not merged."""
    default = _default(resource, ancestry.item, field)
    chain = _chain(resource, ancestry, ancestry.direct, field)
    now = ancestry.templates[chain[0]][field] if chain else default
    names = tuple(ancestry.names[one] for one in chain)
    if field not in (ancestry.item.get(TEMPLATE_FIELDS) or ()):
        return Origin(field, value, "own", names, now, without=now)
    outdated = not resource.is_same(field, value, now)
    if outdated and ancestry.item.get("_is_template") is True:
        # The backend marks fields of templates as inherited even if they were set.
        return Origin(field, value, "own", names, now, outdated, without=now)
    others = {one: ancestry.templates[one].get(field) for one in ancestry.direct if one in ancestry.templates}
    overruled = {
        ancestry.names[one]: other
        for one, other in others.items()
        if not resource.is_same(field, other, now) and not _is_unset(resource, field, other, default)
    }
    unset = not outdated and _is_unset(resource, field, value, default)
    return Origin(field, value, "default" if unset else "template", names, now, outdated, overruled=overruled)


def _default(resource: Resource, item: Item, field: str) -> Any:
    """Return the default of a field in a new item; for a link, a name."""
    if field == "alias" and resource.alias_is_name:
        return item.get("name")
    return resource.default_items.get(field, resource.fields.get(field, {}).get("default"))


def _is_unset(resource: Resource, field: str, value: Any, default: Any) -> bool:
    """Return True for a value that need not have been set."""
    return resource.is_same(field, value, default) or (value in _EMPTY and default in _EMPTY)


_EMPTY: Final[tuple[Any, ...]] = (None, "", [], {})


def _chain(
    resource: Resource, ancestry: Ancestry, templates: Sequence[str], field: str, seen: frozenset[str] = frozenset()
) -> list[str]:
    """Return the ids of the templates through which a value is inherited, the nearest first.

    The last of several templates takes precedence.
    """
    for one in reversed(templates):
        template = ancestry.templates.get(one, {})
        if field not in template or one in seen:
            continue
        above: list[str] = []
        if field in (template.get(TEMPLATE_FIELDS) or ()):
            above = _chain(resource, ancestry, template["_templates"], field, seen | {one})
        same = above and resource.is_same(field, template[field], ancestry.templates[above[0]][field])
        return [one, *above] if same else [one]
    return []


def _merged_origin(resource: Resource, ancestry: Ancestry, field: str, value: Any) -> Origin:
    """Return the origin of a merged field: the item's own parts are those of no template."""

    def given(templates: Sequence[str]) -> Parts:
        found: Parts = {}
        for one in reversed(templates):  # the first one takes precedence
            found |= _parts(ancestry.templates.get(one, {}).get(field))
        return found

    there, theirs = _parts(value), given(ancestry.direct)
    adding = []
    for one in _depth_first(ancestry, ancestry.direct, set()):
        template = ancestry.templates[one]
        # It also has the parts of its own templates.
        added = _without(_parts(template.get(field)), given(template["_templates"]))
        if len(_without(added, there)) < len(added):
            adding.append(ancestry.names[one])
    own = _without(there, theirs)
    outdated = bool(theirs.keys() - there.keys())
    source: Source = "merged" if own and adding else "own" if own else "template" if adding or outdated else "default"
    now = theirs if resource.fields[field]["type"] == "dict" else list(theirs.values())
    return Origin(field, value, source, tuple(adding), now, outdated, without=now if own else None)


Parts = dict[str, Any]


def _parts(value: Any) -> Parts:
    """Return the keys of an object with their values, or the elements of a list by their text."""
    if isinstance(value, list):
        return {str(element): element for element in value}
    return value if isinstance(value, dict) else {}


def _without(parts: Parts, others: Parts) -> Parts:
    return {part: value for part, value in parts.items() if part not in others or others[part] != value}


def _depth_first(ancestry: Ancestry, templates: Sequence[str], seen: set[str]) -> Iterator[str]:
    """Yield the ids of templates depth first, each followed by its own templates, each once."""
    for one in templates:
        if one in ancestry.templates and one not in seen:
            seen.add(one)
            yield one
            yield from _depth_first(ancestry, ancestry.templates[one]["_templates"], seen)
