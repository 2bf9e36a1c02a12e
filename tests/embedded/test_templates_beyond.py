"""Templates where the Alignak backend stops short."""

from __future__ import annotations

from alignak_backend_embedded.store.object_id import ObjectId
from embedded.site import Site


def test_changes_reach_all_levels(site: Site) -> None:
    top = site.new("host", _is_template=True, notes="a")
    middle = site.new("host", _is_template=True, _templates=[top["_id"]])
    host = site.new("host", _templates=[middle["_id"]])
    site.edit("host", top, notes="b")
    assert site.read("host", middle)["notes"] == "b"
    assert site.read("host", host)["notes"] == "b"


def test_own_value_is_kept_with_several_templates(site: Site) -> None:
    one, two = (site.new("host", _is_template=True, notes="t") for _ in range(2))
    host = site.new("host", _templates=[one["_id"], two["_id"]])
    assert len(host["_template_fields"]) == len(set(host["_template_fields"]))
    site.edit("host", host, notes="own")
    for template in (one, two):
        site.edit("host", template, notes="theirs")
    assert site.read("host", host)["notes"] == "own"


def test_no_circle_of_templates_is_made(site: Site) -> None:
    one = site.new("host", _is_template=True)
    two = site.new("host", _is_template=True, _templates=[one["_id"]])
    for item in (one, two):
        answer = site.patch("host", one, {"_templates": [item["_id"]]})
        assert (answer.status, "template of itself" in answer.text) == (412, True)


def test_templates_in_a_circle_of_an_old_database(site: Site) -> None:
    one = site.new("host", _is_template=True, notes="1")
    two = site.new("host", _is_template=True, _templates=[one["_id"]])
    circle = {"_templates": [ObjectId(two["_id"])], "_template_fields": ["notes"]}
    site.store.update_fields("host", {"name": one["name"]}, circle)
    host = site.new("host", _templates=[one["_id"]])
    site.edit("host", two, notes="2")
    assert site.read("host", one)["notes"] == "2"
    assert site.read("host", host)["notes"] == "2"


def test_links_of_item_and_template_are_not_doubled(site: Site) -> None:
    user = site.new("user")["_id"]
    template = site.new("host", _is_template=True, users=[user])
    assert site.new("host", _templates=[template["_id"]], users=[user])["users"] == [user]


def test_template_switched_for_its_child(site: Site) -> None:
    parent = site.new("host", _is_template=True)
    site.new("service", name="ping", host=parent["_id"], _is_template=True)
    child = site.new("host", _is_template=True, _templates=[parent["_id"]])
    own = site.new("service", name="ping", host=child["_id"], _is_template=True)
    host = site.new("host", _templates=[parent["_id"]])
    site.edit("host", host, _templates=[child["_id"]])
    (service,) = site.admin.items("service", where={"host": host["_id"]})
    assert service["_templates"] == [own["_id"]]


def test_deleted_collection_of_hosts_takes_services_along(site: Site) -> None:
    host = site.new("host")
    site.new("service", host=host["_id"])
    assert site.admin.call("DELETE", "host").status == 204
    assert site.admin.items("service") == []
