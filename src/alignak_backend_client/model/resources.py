"""The resources of the Alignak backend: fields, types, defaults, links, keys, and special treatment.

``datamodel.json`` describes them, according to the behaviour of the Alignak backend 1.4.16. It is read on first use.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import KeysView, Mapping
from typing import Any, Final, Literal, NamedTuple

from alignak_backend_client.model.fields import LIVE_STATE_PREFIX, TEMPLATE_FIELDS

DEFAULT_TYPE: Final = "host"

FORMER_TYPES: Final = {"contact": "user", "contactgroup": "usergroup"} | dict.fromkeys(
    ("retention-host", "retention-service"), "alignakretention"
)
"""Former type names that manuals still mention, and their present names."""

Kind = Literal["configuration", "action", "log", "state"]


class Link(NamedTuple):
    """A field that holds the id of another item, or a list of such ids.

    Attributes:
        field: name of the field, such as ``check_command`` or ``_templates``.
        resource: the resource it points to, such as ``command``.
        many: True for a list of ids.
        nullable: True when the backend takes null for "none".
    """

    field: str
    resource: str
    many: bool
    nullable: bool


class Resource:
    """One resource (an endpoint) of the backend.

    Attributes:
        name: endpoint and resource name, such as ``host``.
        label: singular in messages, such as ``check result``.
        plural: plural in messages.
        kind: ``configuration`` is written by people; ``action`` is a request to the monitoring engine (acknowledge,
            downtime, check); ``log`` records events; ``state`` is maintained by programs.
        key: fields that identify an item together: ``("name",)``, ``("host", "name")`` for services, ``()`` for
            resources whose items have only an ``_id``.
        fields: field name to its schema, in the terms of Cerberus and Eve.
        links: field name to :class:`Link`.
        required: fields that a new item must have.
        unique: fields whose value no two items of the resource share.
        internal: True for resources without a URL.
        collection_methods: HTTP methods of the resource's URL, in addition to HEAD and OPTIONS.
        item_methods: HTTP methods of the URL of an item, likewise.
        item_title: title of an item in ``_links``.
        allow_unknown: True if items may have fields that are not in the schema.
        auth_field: field with the id of the user who owns an item and is the only one to see it; otherwise None.
        alias_is_name: True if a new item without an alias gets its name as alias.
        callers_realm: True if a new item without a ``_realm`` gets the realm of the logged-in user.
        default_items: link to the name of the item that the backend links if the link is omitted, unless a template
            of the user supplies it.
        cumulative: fields that the backend merges with those of the templates of a new item, even if they were sent.
        own: fields that are never inherited from templates.
        computed: fields that the backend computes, including ``auth_field``. Sending them is an error, ignored, or
            harmful.
        hidden: fields that never leave the backend, such as password hashes and tokens.
        restricted: credentials for other systems, which only super administrators may read.
        made_by_backend: fields that identify items which the backend creates along with others (a restriction role
            with each user, a live synthesis with the first host of a realm); empty for other resources.
    """

    def __init__(self, name: str, raw: dict[str, Any]) -> None:
        fields: dict[str, dict[str, Any]] = raw["fields"]
        self.name = name
        self.label: str = raw["label"]
        self.plural: str = raw["plural"]
        self.kind: Kind = raw["kind"]
        self.key: tuple[str, ...] = tuple(raw.get("key", ()))
        self.fields = fields
        self.links: dict[str, Link] = {}
        required, unique = [], []
        for field, schema in fields.items():
            link = _link(field, schema)
            if link is not None:
                self.links[field] = link
            if schema.get("required"):
                required.append(field)
            if schema.get("unique"):
                unique.append(field)
        self.required = tuple(required)
        self.unique = tuple(unique)
        self.internal: bool = raw.get("internal", False)
        self.collection_methods = ("DELETE", "GET", "POST")
        self.item_methods = ("DELETE", "GET", "PATCH", "PUT") if "replaceable" in raw else ("DELETE", "GET", "PATCH")
        self.item_title = name.rstrip("s").capitalize()
        self.allow_unknown: bool = raw.get("allow_unknown", False)
        self.auth_field: str | None = raw.get("auth_field")
        self.alias_is_name: bool = raw.get("alias_is_name", False)
        self.callers_realm: bool = raw.get("callers_realm", False)
        self.default_items: dict[str, str] = raw.get("default_items", {})
        self.cumulative: tuple[str, ...] = tuple(raw.get("cumulative", ()))
        self.own = frozenset(raw.get("own", ()))
        self.computed = frozenset(raw.get("computed", ())) | ({self.auth_field} if self.auth_field else frozenset())
        self.hidden = frozenset(raw.get("hidden", ()))
        self.restricted = frozenset(raw.get("restricted", ()))
        self.made_by_backend: tuple[str, ...] = tuple(raw.get("made_by_backend", ()))

    def __repr__(self) -> str:
        return f"<Resource {self.name}>"

    def format_count(self, number: int, *, templates: bool = False) -> str:
        """Format a number of items: ``1 host``, ``2 history entries``, ``3 host templates``."""
        one = f"{self.label} template" if templates else self.label
        many = f"{one}s" if templates else self.plural
        return f"{number} {one if number == 1 else many}"

    @property
    def has_templates(self) -> bool:
        """True for host, service and user: their items can be templates."""
        return "_is_template" in self.fields

    @property
    def has_name(self) -> bool:
        """True if items have a ``name``."""
        return "name" in self.fields

    @property
    def is_tree(self) -> bool:
        """True for realms and groups, which form a tree."""
        return "_parent" in self.fields

    @property
    def secrets(self) -> frozenset[str]:
        """Fields that must never appear in a log, message or diff."""
        return self.hidden | self.restricted

    def is_set(self, field: str) -> bool:
        """Return True for a list whose order has no meaning: choices, tags, links except for templates."""
        return field in self._sets

    @functools.cached_property
    def _sets(self) -> frozenset[str]:
        return frozenset(
            field
            for field, schema in self.fields.items()
            if schema["type"] == "list"
            and field != "_templates"
            and (field in self.links or "allowed" in schema or field in ("tags", TEMPLATE_FIELDS))
        )

    def is_same(self, field: str, one: Any, other: Any) -> bool:
        """Return True if two values of a field are equivalent."""
        if self.is_set(field) and isinstance(one, list) and isinstance(other, list):
            return set(map(str, one)) == set(map(str, other))
        return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)

    @functools.cached_property
    def from_templates(self) -> KeysView[str]:
        """The fields that a new item can inherit from its templates, in the order of the data model."""
        return {
            name: None
            for name in self.fields
            if not name.startswith(("_", LIVE_STATE_PREFIX)) and name not in self.hidden
        }.keys()

    def auto_filled(self, item: Mapping[str, Any]) -> frozenset[str]:
        """Return the fields of a new item that the backend fills in if they are omitted, except for plain defaults."""
        filled = {"_realm"} if self.callers_realm else set()
        if self.has_templates and item.get("_templates"):
            return frozenset(filled | (self.from_templates - {"name"}))
        return frozenset(filled | self.default_items.keys())


def _link(name: str, schema: dict[str, Any]) -> Link | None:
    """Return the link that a field's schema describes, or None for plain data."""
    many = schema["type"] == "list" and isinstance(schema.get("schema"), dict)
    relation = (schema["schema"] if many else schema).get("data_relation")
    if relation is None:
        return None
    return Link(name, relation["resource"], many, bool(schema.get("nullable", False)))


@functools.cache
def resources_by_name() -> dict[str, Resource]:
    """Return every resource of the data model, internal ones included, by name."""
    # By its path: importlib.resources takes 10 ms to import.
    with open(f"{os.path.dirname(__file__)}/datamodel.json", "rb") as file:  # noqa: PTH123, PTH120 - and pathlib 4
        model: dict[str, dict[str, Any]] = json.load(file)
    return {name: Resource(name, raw) for name, raw in model.items()}


def public_resources() -> dict[str, Resource]:
    """Return the resources that have a URL, by name, in alphabetical order."""
    return {name: found for name, found in sorted(resources_by_name().items()) if not found.internal}


def find_resource(word: str) -> Resource | None:
    """Return the resource with a URL that has this name, former name or label, in singular or plural, or None."""
    known = public_resources()
    called = {former: known[name] for former, name in FORMER_TYPES.items()}
    called |= {alike: each for each in known.values() for alike in (each.label, each.plural, each.name)}
    called |= {f"{name}s": each for name, each in called.items()}
    return known.get(word) or called.get(" ".join(word.lower().split()))
