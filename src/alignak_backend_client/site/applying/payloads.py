"""Request data for changes: with ids for names, without inherited values, and with the names of inherited fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.references import label
from alignak_backend_client.items.writing.entries import new_id, random_password
from alignak_backend_client.model import Link, Resource, resources_by_name
from alignak_backend_client.model.fields import TEMPLATE_FIELDS
from alignak_backend_client.model.ids import new_object_id
from alignak_backend_client.site.applying.secrets import Secrets
from alignak_backend_client.site.fields import OWNER, RIGHTS, UNMERGED
from alignak_backend_client.site.planning.comparing import (
    EMPTY_VALUES,
    Field,
    removed_keys,
    why_not_changeable,
    without_nulls,
)
from alignak_backend_client.site.planning.desired import DesiredItem
from alignak_backend_client.site.planning.plan import Change, Plan
from alignak_backend_client.site.reading import BackendItems

_SENT_ANYWAY: Final = ("_realm", "host", "_templates", "_templates_from_host_template")


class Ids:
    """The ids of items by their names, and their names by ids."""

    def __init__(self, there: BackendItems) -> None:
        self._ids = {kind: {name: one.id for name, one in stored.items()} for kind, stored in there.stored.items()}
        self._names = {kind: {identity: name for name, identity in ids.items()} for kind, ids in self._ids.items()}

    def of(self, kind: str, name: str) -> str | None:
        """Return the id of an item; None if it does not exist yet."""
        return self._ids[kind].get(name)

    def add(self, kind: str, name: str, identity: str) -> None:
        """Record a new item."""
        self._ids[kind][name] = identity
        self._names[kind][identity] = name

    def new(self, kind: str, data: Mapping[str, Any]) -> str:
        """Return the id for a new item, see :func:`new_id`; a different one if that is in use."""
        resource = resources_by_name()[kind]
        key = [self.of("host", str(data["host"])) or "" if part == "host" else str(data[part]) for part in resource.key]
        identity = new_id(resource, key)
        return new_object_id() if identity in self._names[kind] else identity

    def with_names(self, resource: Resource, item: Mapping[str, Any]) -> dict[str, Any]:
        """Return an item of the backend with names in its links; unknown ids are omitted."""
        found = dict(item)
        for name, link in resource.links.items():
            value, known = found.get(name), self._names.get(link.resource, {})
            if isinstance(value, list):
                found[name] = [known[one] for one in value if one in known]
            elif value is not None:
                found[name] = known.get(value)
        return found


class Payloads:
    """Builds request data.

    Args:
        plan: the plan.
        ids: the ids of existing items; new ones are added later.
        secrets: the values of secret references.
        owner: the site that owns the items; None for none.
        removes_keys: True if the backend removes keys of objects that are null.

    Attributes:
        waiting: the keys of changes with omitted links to items that do not exist yet.
        lost: by type and name, why items will not exist.
    """

    def __init__(self, plan: Plan, ids: Ids, secrets: Secrets, owner: str | None, *, removes_keys: bool) -> None:
        self.waiting: set[tuple[str, str]] = set()
        self.lost: dict[tuple[str, str], str] = {}
        self._ids = ids
        self._secrets = secrets
        self._owner = owner
        self._removes_keys = removes_keys
        self._desired_state = plan.desired_state
        self._there = plan.there
        self._coming = {change.key for change in plan.changes if change.action == "create"}

    def desired(self, change: Change) -> DesiredItem:
        """Return the desired state of the item of a change."""
        return self._desired_state.items[change.type][change.name]

    def new(self, change: Change) -> dict[str, Any]:
        """Return the data of a new item.

        Raises:
            ItemError: a linked item does not exist.
        """
        desired = self.desired(change)
        resource = desired.item.resource
        values = desired.whole
        data = {name: values[name] for name in _SENT_ANYWAY if values.get(name) not in (None, [], False)}
        whole = desired.item.data.get(UNMERGED) or ()
        for name, value in desired.own.items():
            if desired.templates and name in resource.cumulative and name not in whole and isinstance(value, list):
                # Links that the templates also have would appear twice.
                value = [one for one in value if one not in (desired.base.get(name) or ())]  # noqa: PLW2901
            if value is not None or name != "_parent":
                data[name] = value
        if not self._removes_keys and self._drops_keys(desired):
            del data["_templates"]  # they are set afterwards, when the backend does not merge
        self._put_secrets(change, resource, data)
        if resource.name == "user" and not data.get("password"):
            data["password"] = random_password()
        if self._owner is not None and OWNER in resource.fields:
            data[OWNER] = self._owner
        identity = self._ids.new(change.type, data)
        return {"_id": identity, **self._with_ids(change, resource, data)}

    def _drops_keys(self, desired: DesiredItem) -> bool:
        """Return True for an item without keys of an object that its templates have."""
        objects = (name for name in desired.item.data.get(UNMERGED) or () if isinstance(desired.base.get(name), dict))
        return any(removed_keys(desired.base[name], desired.whole.get(name) or {}) for name in objects)

    def changed(self, change: Change, fields: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the new values of an item.

        Args:
            change: the change.
            fields: new values that replace those of the change, with names in links.

        Raises:
            ItemError: a value cannot be sent.
        """
        desired = self.desired(change)
        resource = desired.item.resource
        new = {field.field: field.new for field in change.fields} if fields is None else dict(fields)
        values = {name: value for name, value in new.items() if name not in (RIGHTS, TEMPLATE_FIELDS)}
        there = self._there.items[change.type].get(change.name, {})
        for name, value in values.items():
            values[name] = self._value(resource, name, value, there.get(name))
        self._put_secrets(change, resource, values)
        stored = self._there.stored[change.type].get(change.name)
        if new.keys() - {RIGHTS} and (desired.templates or (stored is not None and stored.followed)):
            # Otherwise the sent fields would no longer be inherited.
            followed = desired.followed - ({OWNER} & values.keys())
            if stored is not None and "_templates" in stored.hidden:
                followed |= stored.followed - values.keys()
            values[TEMPLATE_FIELDS] = sorted(followed)
        values = self._with_ids(change, resource, values)
        for name, hidden in stored.hidden.items() if stored is not None else ():
            if isinstance(values.get(name), list):
                # Links to items that the user may not read are kept.
                values[name] = [*values[name], *hidden]
        return values

    def _value(self, resource: Resource, name: str, value: Any, old: Any) -> Any:
        """Return a value in the form that is sent: an empty value instead of null, and null for keys to remove."""
        if reason := why_not_changeable(resource, Field(name, old, value), lambda: self._removes_keys):
            raise ItemError(f"{name}: {reason}", 422)
        schema = resource.fields[name]
        if value is None and not schema.get("nullable"):
            value = EMPTY_VALUES[schema["type"]]
        if schema["type"] == "dict" and isinstance(value, dict) and isinstance(old, dict):
            return {**(without_nulls(value) or {}), **dict.fromkeys(removed_keys(old, value))}
        return value

    def _put_secrets(self, change: Change, resource: Resource, data: dict[str, Any]) -> None:
        for name in data.keys() & resource.secrets:
            if (value := self._secrets.get((change.type, change.name, name))) is None:
                raise ItemError(f"{name}: its value is unknown", 422)
            data[name] = value

    def _with_ids(self, change: Change, resource: Resource, data: dict[str, Any]) -> dict[str, Any]:
        """Return data with ids in links; links to items that do not exist yet are omitted."""
        for name in data.keys() & resource.links.keys():
            link, value = resource.links[name], data[name]
            if isinstance(value, list):
                data[name] = [found for one in value if (found := self._id(change, link, one)) is not None]
            elif value is not None and (found := self._id(change, link, value)) is not None:
                data[name] = found
            elif value is not None:
                del data[name]
        return data

    def _id(self, change: Change, link: Link, name: Any) -> str | None:
        """Return the id for a name in a link; None if the item does not exist yet.

        Raises:
            ItemError: the item will not exist.
        """
        found = self._ids.of(link.resource, str(name))
        key = link.resource, str(name)
        if found is not None and key not in self.lost:
            return found
        if key in self.lost or key not in self._coming:
            raise ItemError(f"{link.field}: it needs {label(*key)}, which does not exist", 422)
        self.waiting.add(change.key)
        return None
