"""The start: of a new database, and of one that was used before."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from alignak_backend_embedded.api.http import Request
from alignak_backend_embedded.app import create_app
from alignak_backend_embedded.domain.context import Context
from alignak_backend_embedded.domain.errors import ConflictError
from alignak_backend_embedded.inprocess import open_backend
from alignak_backend_embedded.rules import start
from alignak_backend_embedded.store.errors import DatabaseError
from embedded.conftest import NewSite
from embedded.site import Site
from servers.in_process import InProcess


def contents(site: Site) -> dict[str, Any]:
    resources = site.admin.get("").json["_links"]["child"]
    return {link["href"]: site.admin.items(link["href"]) for link in resources}


def test_another_server_may_start_at_the_same_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    create = start._create_missing
    found: list[int] = []

    def overtaken(context: Context, admin_password: str) -> None:
        found.append(0)
        if len(found) > 1:
            create(context, admin_password)
        else:
            raise ConflictError

    monkeypatch.setattr(start, "_create_missing", overtaken)
    site = Site(create_app())
    assert len(site.admin.items("realm")) == 1
    assert len(found) == 2
    site.close()


def test_second_start_changes_nothing(layer: str, new_site: NewSite, tmp_path: Path) -> None:
    store = {"database": tmp_path / "site.db"} if layer == "sqlite" else new_site.store(layer)
    first = Site(create_app(**store))
    first.new("host")
    before = contents(first)
    if layer != "mongomock":  # its client is the database
        first.close()
    second = Site(create_app(**store))
    assert contents(second) == before
    second.close()


def test_renamed_start_documents_come_back_and_the_admin_does_not(tmp_path: Path) -> None:
    first = Site(create_app(tmp_path / "site.db"))
    admin = first.find("user", name="admin")
    assert first.patch("user", admin, {"name": "root", "password": "better"}).status == 200
    first.admin = first.nobody.login("root", "better")
    first.edit("timeperiod", first.find("timeperiod", name="Never"), name="Not now")
    first.app.close()
    app = create_app(tmp_path / "site.db")
    assert [user["name"] for user in app.store.find("user", {})] == ["root"]
    assert app.store.count("timeperiod", {}) == 3
    app.close()


def test_first_password_can_be_chosen() -> None:
    app = create_app(admin_password="chosen")
    import httpx2

    with httpx2.Client(transport=InProcess(app), base_url="http://embedded.test/") as client:
        for password, status in (("admin", 401), ("chosen", 200)):
            answer = client.post("/login", json={"username": "admin", "password": password})
            assert answer.status_code == status


def test_database_that_cannot_be_used(tmp_path: Path) -> None:
    file = tmp_path / "no.db"
    file.write_text("this is no database, but long enough to be looked at as one" * 20)
    with pytest.raises(DatabaseError):
        create_app(file)


def test_one_store_at_a_time() -> None:
    with pytest.raises(ValueError, match="not both"):
        create_app("site.db", mongo_uri="mongodb://localhost/x")


def test_requests_in_this_process(tmp_path: Path) -> None:
    app = open_backend(tmp_path / "a.db")
    answer = app.handle(Request("GET", "/version"))
    assert (answer.status, json.loads(answer.body)) == (200, {"version": "1.4.16"})
    app.close()
    assert (tmp_path / "a.db").exists()


def test_a_command_waits_for_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    file = tmp_path / "site.db"
    create_app(file).close()
    code = f"""
import sys
from alignak_backend_client import Backend
with Backend("embedded:{file}") as backend:
    backend.login("admin", "admin")
    backend.get("host", {{"where": '{{"name": "_dummy"}}'}})
heavy = {{"bson", "pymongo", "msgspec", "regex", "offapi", "logging", "alignak_backend_embedded.rules.order",
         "alignak_backend_embedded.domain.persistence", "alignak_backend_embedded.domain.data_model",
         "alignak_backend_embedded.api.xml", "alignak_backend_embedded.api.endpoints.docs"}}
sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("text", ["no JSON", "[]", "{}", "5"])
@pytest.mark.parametrize("damage", ['UPDATE "realm" SET doc = ?', 'UPDATE "user" SET doc = ?'])
def test_a_database_whose_start_documents_cannot_be_read_is_refused_in_one_line(
    damage: str, text: str, tmp_path: Path
) -> None:
    file = tmp_path / "site.db"
    create_app(file).close()
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(damage, (text,))
    with pytest.raises(DatabaseError) as caught:
        create_app(file)
    assert str(caught.value).startswith(str(file))
    assert "restore" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_database_without_administrator_starts(layer: str, new_site: NewSite, tmp_path: Path) -> None:
    store = {"database": tmp_path / "site.db"} if layer == "sqlite" else new_site.store(layer)
    app = create_app(**store)
    app.store.update_fields("user", {"name": "admin"}, {"back_role_super_admin": False})
    if layer != "mongomock":
        app.close()
    again = Site(create_app(**store))
    assert again.find("user", name="admin")["back_role_super_admin"] is True
    assert len(again.admin.items("user")) == 1
    again.close()


DAMAGES: dict[str, dict[str, Any]] = {
    "realm": {"_level": "x", "_tree_parents": None, "_children": 5, "_all_children": None},
    "user": {"back_role_super_admin": "yes", "_realm": None, "_templates": 5},
    "host": {"_templates": None, "_template_fields": None, "customs": None, "check_command": None, "_realm": "x"},
    "timeperiod": {"name": None, "dateranges": 5},
    "userrestrictrole": {"realm": None, "crud": None},
    "livesynthesis": {"_realm": None, "hosts_total": None},
    "hostgroup": {"_parent": 5, "_level": None, "_tree_parents": 5, "hosts": None},
}


@pytest.mark.parametrize("resource", DAMAGES)
def test_a_database_with_damaged_documents_starts(resource: str, tmp_path: Path) -> None:
    app = create_app(tmp_path / "site.db")
    app.store.update_fields(resource, {}, DAMAGES[resource])
    app.close()
    app = create_app(tmp_path / "site.db")
    site = Site(app)
    for name in ("realm", "user", "host", "timeperiod", "livesynthesis", "hostgroup"):
        assert site.admin.call("GET", name).status == 200, name
    app.close()
