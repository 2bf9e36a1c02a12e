"""The last super administrator stays one, whatever is asked: nobody else could give the right back."""

from __future__ import annotations

from typing import Any

import pytest

from embedded.site import Site


@pytest.mark.parametrize("fields", [{"back_role_super_admin": False}, {"password": ""}, {"password": "NOPASSWORDSET"}])
def test_the_last_one_cannot_be_locked_out(site: Site, fields: dict[str, Any]) -> None:
    admin = site.find("user", name="admin")
    site.new("user", back_role_super_admin=True)  # it has no password, so nobody logs in as this one
    answer = site.patch("user", admin, fields)
    assert answer.status == 412
    assert "last super administrator" in answer.text
    assert site.admin.items("user", where={"name": "admin"})[0]["back_role_super_admin"] is True


def test_one_of_two_may_go(site: Site) -> None:
    other, caller = site.person(back_role_super_admin=True)
    assert site.patch("user", site.find("user", name="admin"), {"back_role_super_admin": False}).status == 200
    assert site.patch("user", other, {"back_role_super_admin": False}, caller).status == 412


def test_deletions_leave_one(site: Site) -> None:
    other, caller = site.person(back_role_super_admin=True)
    admin = site.find("user", name="admin")
    named = [{"_id": user["_id"], "_etag": user["_etag"]} for user in caller.items("user")]
    answers = caller.post("user/delete", named).json["_items"]
    assert [answer["_status"] for answer in answers] == ["ERR", "ERR"]
    assert caller.call("DELETE", "user").status == 204
    assert caller.delete(f"user/{other['_id']}", site.read("user", other)["_etag"]).status == 412
    assert {user["name"] for user in caller.items("user")} == {admin["name"], other["name"]}


def test_not_by_a_template_either(sqlite_site: Site) -> None:
    site = sqlite_site
    template = site.new("user", _is_template=True, back_role_super_admin=True)
    site.new("user", _templates=[template["_id"]], password="secret")
    follower = site.find("user", _templates=template["_id"])
    assert follower["back_role_super_admin"] is True
    caller = site.nobody.login(follower["name"], "secret")
    assert site.patch("user", site.find("user", name="admin"), {"back_role_super_admin": False}).status == 200
    site.admin = caller
    answer = site.patch("user", template, {"back_role_super_admin": False})
    assert answer.status == 412
    assert site.read("user", template)["back_role_super_admin"] is True
