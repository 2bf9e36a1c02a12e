"""The resources of the Alignak backend: fields, types, defaults, links, keys, and special treatment.

``datamodel.json`` is the one description of them, as the Alignak backend 1.4.16 behaves. It is read once a process,
when first asked for.
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
"""Types of old backends that manuals still name, and what they are called now."""

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
        label: what people call one item, such as ``check result``.
        plural: what people call several.
        kind: ``configuration`` is written by people; ``action`` asks the monitoring engine for something (acknowledge,
            downtime, check); ``log`` tells what happened; ``state`` is kept by programs.
        key: fields that name an item together: ``("name",)``, ``("host", "name")`` for services, ``()`` for
            resources whose items have only an ``_id``.
        fields: field name to its schema, in the terms of Cerberus and Eve.
        links: field name to :class:`Link`.
        required: fields that a new item must have.
        unique: fields whose value no two items of the resource share.
        internal: True for resources without a URL.
        collection_methods: HTTP methods of the resource's URL, next to HEAD and OPTIONS.
        item_methods: those of the URL of one item.
        item_title: what the backend calls an item in its links.
        allow_unknown: True when items may hold fields that the schema does not know.
        auth_field: the field that holds the id of the user whose item it is, and who alone sees it; None elsewhere.
        alias_is_name: True when a new item without an alias gets its name for one.
        callers_realm: True when a new item without a ``_realm`` gets the realm of the user who is logged in.
        default_items: link of a new item to the name of the item that the backend puts there when the link is left
            out; users with templates take theirs from them.
        cumulative: fields of a new item that the backend merges with those of its templates, whatever was sent.
        own: fields that never follow a template: each item has its own.
        computed: fields that the backend computes, ``auth_field`` among them. Sending them is an error, ignored, or
            harmful.
        hidden: fields that never leave the backend: a password's hash is of no use, a token is a login.
        restricted: logins to other systems: only super administrators read them.
        made_by_backend: where the backend makes items with others (a restriction role with each user, a live synthesis
            with the first host of a realm): the fields that tell those apart; empty elsewhere.
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

    def counted(self, number: int, *, templates: bool = False) -> str:
        """Return a number of items in words: ``1 host``, ``2 history entries``, ``3 host templates``."""
        one = f"{self.label} template" if templates else self.label
        many = f"{one}s" if templates else self.plural
        return f"{number} {one if number == 1 else many}"

    @property
    def has_templates(self) -> bool:
        """True for host, service and user: their items can be templates."""
        return "_is_template" in self.fields

    @property
    def has_name(self) -> bool:
        """True when items carry a ``name``."""
        return "name" in self.fields

    @property
    def is_tree(self) -> bool:
        """True for realms and groups: each but the root stands below another."""
        return "_parent" in self.fields

    @property
    def secrets(self) -> frozenset[str]:
        """The fields that no log, message or comparison may show."""
        return self.hidden | self.restricted

    def is_set(self, field: str) -> bool:
        """Return True for a list without an order: choices, tags, links to others than templates."""
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
        """Return True for two values of a field that mean the same."""
        if self.is_set(field) and isinstance(one, list) and isinstance(other, list):
            return set(map(str, one)) == set(map(str, other))
        return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)

    @functools.cached_property
    def from_templates(self) -> KeysView[str]:
        """The fields that a new item can take from its templates, in the order of the data model."""
        return {
            name: None
            for name in self.fields
            if not name.startswith(("_", LIVE_STATE_PREFIX)) and name not in self.hidden
        }.keys()

    def filled_in(self, item: Mapping[str, Any]) -> frozenset[str]:
        """Return the fields of a new item that the backend fills in, if they are omitted, next to plain defaults."""
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


def resource_called(word: str) -> Resource | None:
    """Return the resource with a URL that people call so: by its name, its former name, its label, or their plurals."""
    known = public_resources()
    called = {former: known[name] for former, name in FORMER_TYPES.items()}
    called |= {alike: each for each in known.values() for alike in (each.label, each.plural, each.name)}
    called |= {f"{name}s": each for name, each in called.items()}
    return known.get(word) or called.get(" ".join(word.lower().split()))
