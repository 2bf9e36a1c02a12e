"""What the data model says is consistent in itself; that the backend agrees is asked in ``conformance``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import alignak_backend_client.model
from alignak_backend_client.model import public_resources, resources_by_name
from alignak_backend_client.model.order import CREATION_ORDER, deferred_links
from alignak_backend_client.model.start_documents import START_DOCUMENTS, START_NAMES

RAW: dict[str, dict[str, Any]] = json.loads(
    (Path(alignak_backend_client.model.__file__).parent / "datamodel.json").read_bytes()
)
LISTS_OF_FIELDS = ("key", "cumulative", "own", "computed", "hidden", "restricted", "made_by_backend")
FLAGS = ("internal", "replaceable", "allow_unknown", "alias_is_name", "callers_realm")
OTHERS = ("label", "plural", "kind", "fields", "auth_field", "default_items")


def test_every_type_has_its_place_in_the_order_of_creation() -> None:
    assert sorted(CREATION_ORDER) == list(public_resources())


@pytest.mark.parametrize("name", CREATION_ORDER)
def test_links_lead_to_what_was_created_before(name: str) -> None:
    resource = public_resources()[name]
    before_users = CREATION_ORDER.index(name) < CREATION_ORDER.index("user")
    expected = {field for field in resource.links if before_users and field.startswith("_users_")}
    if name in ("host", "service"):
        expected.add("escalations")
    assert deferred_links(resource) == expected


def test_all_keys_of_the_data_model_are_used() -> None:
    assert {key for raw in RAW.values() for key in raw} == {*LISTS_OF_FIELDS, *FLAGS, *OTHERS}


@pytest.mark.parametrize("name", RAW)
def test_facts_are_about_existing_fields(name: str) -> None:
    raw, resource = RAW[name], resources_by_name()[name]
    for key in LISTS_OF_FIELDS:
        assert set(raw.get(key, ())) <= resource.fields.keys()
    assert resource.default_items.keys() <= resource.links.keys()
    assert resource.auth_field is None or resource.auth_field in resource.links
    assert set(resource.cumulative) <= set(resource.from_templates)
    assert resource.own <= set(resource.from_templates)
    assert resource.kind in ("configuration", "action", "log", "state")
    assert resource.label != resource.plural


def test_labels_of_types_are_unique() -> None:
    words = [word for resource in resources_by_name().values() for word in (resource.label, resource.plural)]
    assert len(words) == len(set(words))


def test_items_that_links_default_to_are_start_documents() -> None:
    for resource in resources_by_name().values():
        for field, name in resource.default_items.items():
            assert name in START_NAMES[resource.links[field].resource]


def test_start_documents_only_link_to_earlier_ones() -> None:
    known: set[tuple[str, str]] = set()
    for name, documents in START_DOCUMENTS.items():
        resource = resources_by_name()[name]
        for document in documents:
            assert document.keys() <= resource.fields.keys()
            for field in document.keys() & resource.links.keys():
                if isinstance(document[field], str):
                    assert (resource.links[field].resource, document[field]) in known
            known.add((name, document["name"]))


def test_titles_of_items() -> None:
    titles = {name: resource.item_title for name, resource in resources_by_name().items()}
    assert (titles["host"], titles["livesynthesis"], titles["alignak_notifications"]) == (
        *("Host", "Livesynthesi"),
        "Alignak_notification",
    )
