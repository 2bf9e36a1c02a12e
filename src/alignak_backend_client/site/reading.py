"""Reading a backend in the form of files: with names instead of ids, and only the fields of a site."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from alignak_backend_client.client import Backend
from alignak_backend_client.items.names import links
from alignak_backend_client.items.names.catalog import Catalog, read_all
from alignak_backend_client.items.names.references import full_name
from alignak_backend_client.model import Resource, resources_by_name
from alignak_backend_client.model.fields import TEMPLATE_FIELDS
from alignak_backend_client.model.order import CREATION_ORDER
from alignak_backend_client.site.fields import OWNER
from alignak_backend_client.site.progress import Progress, no_progress
from alignak_backend_client.site.sparse_items import read_without_defaults

Items = dict[str, dict[str, dict[str, Any]]]
"""The fields of items by resource and name; links are names."""


class Stored(NamedTuple):
    """Further facts about an item of a backend.

    Attributes:
        id: its id.
        etag: its ``_etag`` when it was read.
        owner: the site that owns it; None if the field is missing.
        followed: the fields that it inherits from its templates.
        hidden: by link, the ids of items that the user may not read; empty if the backend hides them.
    """

    id: str
    etag: str
    owner: str | None = None
    followed: frozenset[str] = frozenset()
    hidden: Mapping[str, list[str]] = MappingProxyType({})


class BackendItems:
    """Items of a backend.

    Attributes:
        items: the items that have a name; missing fields have their defaults.
        stored: further facts about them by resource and name.
        roles: the items with the rights of each user; in the order of ``rights``.
        rights: the rights of each user, by its name; None if they cannot be read.
        unnamed: the number of items without a name, and of services without a host, by resource.
        ambiguous: the names that several items share, by resource; these items are not in ``items``. Older backends
            have some, and ``a/b/c`` may be a service of a host ``a`` or ``a/b``.
        dangling: the number of links to items that do not exist.
    """

    def __init__(self) -> None:
        self.items: Items = {}
        self.stored: dict[str, dict[str, Stored]] = {}
        self.roles: dict[str, list[Stored]] = {}
        self.rights: dict[str, list[dict[str, Any]]] | None = None
        self.unnamed: dict[str, int] = {}
        self.ambiguous: dict[str, set[str]] = {}
        self.dangling = 0


def read(
    backend: Backend,
    types: Iterable[str],
    progress: Progress = no_progress,
    *,
    exact: bool = False,
) -> BackendItems:
    """Return all items of some types.

    Args:
        backend: the backend.
        types: the names of resources.
        progress: called with the number of items read, and 0.
        exact: True to also read their owners and the fields that they inherit from templates.

    Raises:
        BackendException: the request failed.
        ItemError: the response is not that of a backend.
    """
    catalog, found = Catalog(backend), BackendItems()
    wanted = set(types)
    raw: dict[str, list[dict[str, Any]]] = {}
    for name in [one for one in CREATION_ORDER if one in wanted]:
        raw[name] = []
        for page in read_without_defaults(
            backend, name, {"_id", "_etag", OWNER, TEMPLATE_FIELDS} if exact else {"_id"}
        ):
            raw[name] += page
            progress(sum(map(len, raw.values())), 0)
            for item in page:  # the backend prepares the next page meanwhile
                catalog.remember(name, item)
    if "user" in wanted:
        found.rights = _read_rights(backend, catalog, found.roles)
    for kind, items in raw.items():
        resource = resources_by_name()[kind]
        lost: dict[str, dict[str, list[str]]] = {}
        found.dangling += _replace_ids(catalog, resource, items, lost)
        if found.rights is not None:
            lost.clear()  # a super administrator can read everything: these links are dangling
        elif resource.is_tree:
            for item in items:  # backends return null for a parent that the user may not read
                if item.get("_parent") is None:
                    lost.setdefault(item["_id"], {})["_parent"] = []
        _add_items(found, resource, items, lost, exact=exact)
    return found


def _add_items(
    found: BackendItems,
    resource: Resource,
    items: list[dict[str, Any]],
    lost: dict[str, dict[str, list[str]]],
    *,
    exact: bool,
) -> None:
    """Add items by their names to those that were read."""
    kind = resource.name
    there = found.items[kind] = {}
    stored = found.stored[kind] = {}
    ambiguous: set[str] = set()
    for item in items:
        if (full := full_name(resource, item)) and all(map(item.get, resource.key)):
            if full in there:
                ambiguous.add(full)
            if exact:
                stored[full] = _build_stored(item, lost)
            there[full] = item
        else:
            found.unnamed[kind] = found.unnamed.get(kind, 0) + 1
    for full in ambiguous:
        del there[full]
        stored.pop(full, None)
    if ambiguous:
        found.ambiguous[kind] = ambiguous


def _build_stored(item: dict[str, Any], lost: Mapping[str, dict[str, list[str]]] = MappingProxyType({})) -> Stored:
    owner, followed = item.get(OWNER), item.get(TEMPLATE_FIELDS)
    return Stored(
        item["_id"],
        str(item.get("_etag")),
        owner if isinstance(owner, str) else None,
        _shared(tuple(map(str, followed))) if isinstance(followed, list) and followed else frozenset(),
        lost.get(item["_id"], MappingProxyType({})),
    )


@functools.lru_cache(1024)
def _shared(names: tuple[str, ...]) -> frozenset[str]:
    """Return names as a set; the same object for the same names, because thousands of items have them."""
    return frozenset(names)


def _replace_ids(
    catalog: Catalog, resource: Resource, items: list[dict[str, Any]], lost: dict[str, dict[str, list[str]]]
) -> int:
    """Replace ids in links by names, omit dangling links, and return their number.

    Omitted ids are added to ``lost``, by the id of the item and the link.
    """
    columns = links.columns(resource, items)
    names = links.find_names(catalog, columns)
    dangling = 0
    for (field, target, many, _), holders, values, _ in columns:
        known = names[target]
        for item, value in zip(holders, values, strict=True):
            if many and isinstance(value, list):
                item[field] = [known[one] for one in value if isinstance(one, str) and one in known]
                gone = [one for one in value if not isinstance(one, str) or one not in known]
            elif not many and isinstance(value, str) and value in known:
                item[field] = known[value]
                continue
            else:
                del item[field]
                gone = [value]
            if gone:
                dangling += len(gone)
                lost.setdefault(item["_id"], {})[field] = [one for one in gone if isinstance(one, str)]
    return dangling


def _read_rights(
    backend: Backend, catalog: Catalog, roles: dict[str, list[Stored]]
) -> dict[str, list[dict[str, Any]]] | None:
    resource = resources_by_name()["userrestrictrole"]
    items = read_all(backend, resource.name)
    if not items:
        return None  # only super administrators can read them
    _replace_ids(catalog, resource, items, {})
    found: dict[str, list[dict[str, Any]]] = {}
    for item in items:
        if isinstance(user := item.get("user"), str):
            right = {name: item[name] for name in resource.fields if name in item}
            crud = item.get("crud")
            right["crud"] = [one for one in (crud if isinstance(crud, list) else [crud]) if isinstance(one, str)]
            found.setdefault(user, []).append({k: v for k, v in right.items() if k not in ("user", "schema_version")})
            roles.setdefault(user, []).append(_build_stored(item))
    return found
