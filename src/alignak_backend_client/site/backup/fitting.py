"""Converting the items of a backup to the form that another backend accepts."""

from __future__ import annotations

import functools
from collections.abc import Mapping as Dictionary
from typing import Any, Final

from alignak_backend_client.items.writing.entries import random_password
from alignak_backend_client.model import Resource
from alignak_backend_client.model.fields import (
    META,
    TEMPLATE_FIELDS,
    is_live_state,
    is_rejected_on_write,
    may_be_rejected_on_write,
)
from alignak_backend_client.model.order import deferred_links
from alignak_backend_client.site.backup.mapping import Mapping
from alignak_backend_client.site.inheriting import merge_values

FROM_HOST: Final = "_templates_from_host_template"
OVERALL: Final = "_overall_state_id"

_AT_ONCE: Final = ("_parent", "_templates")
"""Links to items of the same type that a new item must have from the start, since the backend uses them."""

Data = dict[str, Any]


class Fitting:
    """Converts the items of one type.

    Args:
        resource: their type.
        mapping: the ids in the backend.
        templates: the fields of templates in the backend, by id.

    Attributes:
        set_later: the links to items that may be created later.
        lost: the number of omitted links, whose items are not in the backup.
        unknown: omitted fields, which this release does not know.
    """

    def __init__(self, resource: Resource, mapping: Mapping, templates: Dictionary[str, Data]) -> None:
        self._resource = resource
        self._mapping = mapping
        self._templates = templates
        self._target = functools.lru_cache(4096)(mapping.links_to)  # many items link to few others
        self._later = deferred_links(resource)
        self.set_later = self._later.union(
            name for name, link in resource.links.items() if link.resource == resource.name and name not in _AT_ONCE
        )
        self._left_out = META | resource.computed | resource.hidden | {"_id"}
        #: The fields of which any value but null is taken as it is: nearly all of them.
        self._plain = {
            name
            for name, schema in resource.fields.items()
            if name not in self._left_out and name not in resource.links and not may_be_rejected_on_write(schema)
        }
        self.lost = 0
        self.unknown: set[str] = set()

    def wanted(self, item: Data) -> Data:
        """Return the desired state of an item, with the ids of the backend.

        Dangling links are omitted, even if they are required.
        """
        resource = self._resource
        found: Data = {"_id": self._mapping.id(resource.name, item["_id"])}
        for name, value in item.items():
            if name in self._plain and value is not None:
                found[name] = value
                continue
            if name in self._left_out:
                continue
            schema = resource.fields.get(name)
            if schema is None and not resource.allow_unknown:
                self.unknown.add(name)
            elif name in resource.links:
                self._put_link(found, name, value)
            elif value is None and not (schema or {"nullable": True}).get("nullable"):
                continue  # an old item without the field: null cannot be sent
            elif not is_rejected_on_write(schema or {}, value):
                found[name] = value
        if resource.is_tree and found.get("_parent") is None:
            found.pop("_parent", None)
        if resource.name == "logcheckresult":
            # The backend fails if it gets both.
            for link, name in (("host", "host_name"), ("service", "service_name")):
                if found.get(link):
                    found.pop(name, None)
        return found

    def _put_link(self, found: Data, name: str, value: Any) -> None:
        link = self._resource.links[name]
        if isinstance(value, list):
            led = [self._target(link.resource, one) for one in value if isinstance(one, str)]
            found[name] = [one for one in led if one is not None]
            self.lost += len(value) - len(found[name])
        elif value is None:
            if link.nullable:
                found[name] = None
        elif isinstance(value, str) and (one := self._target(link.resource, value)) is not None:
            found[name] = one
        else:
            self.lost += 1
            if link.nullable:
                found[name] = None

    def new(self, wanted: Data) -> Data:
        """Return the data of a new item: without inherited values, and without links that are set later."""
        resource = self._resource
        data = dict(wanted)
        for name in (TEMPLATE_FIELDS, OVERALL, *filter(data.get, self.set_later)):
            data.pop(name, None)
        if resource.name == "livesynthesis":
            # The backend counts new items itself.
            return {name: value for name, value in data.items() if not name.startswith(("hosts_", "services_"))}
        if resource.name == "service" and wanted.get("_is_template") is True:
            # Otherwise the backend would add it to all hosts of its template.
            data[FROM_HOST] = False
        if resource.name == "user":
            data["password"] = random_password()
        followed = wanted.get(TEMPLATE_FIELDS)
        if data.get("_templates") and isinstance(followed, list):
            for name in self._given(data, followed):
                del data[name]
        return data

    def _given(self, data: Data, followed: list[Any]) -> list[str]:
        """Return the fields whose values the item inherits from its templates."""
        resource = self._resource
        templates = [self._templates.get(identity, {}) for identity in data["_templates"]]
        found: list[str] = []
        for name in data:
            if name not in followed or name not in resource.from_templates or name in resource.own:
                continue
            values = [template[name] for template in templates if name in template]
            if not values:
                continue
            given = merge_values(values) if name in resource.cumulative else values[-1]
            if resource.is_same(name, given, data[name]):
                found.append(name)
        return found

    def changes(self, wanted: Data, there: Dictionary[str, Any], *, all_links: bool) -> Data:
        """Return the changes that bring an item to its desired state.

        Args:
            wanted: the desired state.
            there: the item in the backend.
            all_links: False to omit links to types that are restored later.
        """
        resource = self._resource
        found: Data = {}
        for name, value in wanted.items() if resource.kind not in ("log", "action") else ():
            old = there.get(name)
            if (old == value and type(old) is type(value)) or (not all_links and name in self._later):
                continue
            if name not in there and value in (None, [], {}):
                continue
            if name != "_id" and not resource.is_same(name, old, value):
                found[name] = value
        if found and resource.has_templates and isinstance(wanted.get(TEMPLATE_FIELDS), list):
            # Otherwise the sent fields would no longer be inherited.
            found[TEMPLATE_FIELDS] = wanted[TEMPLATE_FIELDS]
        return found

    def is_completion(self, name: str) -> bool:
        """Return True for a field that an interrupted run may have left incomplete after creating the item."""
        resource = self._resource
        return (
            name in self.set_later
            or name in (TEMPLATE_FIELDS, FROM_HOST)
            or is_live_state(name)
            or name in resource.cumulative
            or resource.kind == "state"
        )
