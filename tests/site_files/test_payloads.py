"""What is sent of changes, without a backend."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.site.applying.payloads import Ids, Payloads
from alignak_backend_client.site.planning.plan import Change, Options
from alignak_backend_client.site.planning.planner import make_plan
from alignak_backend_client.site.reading import BackendItems
from site_files.test_plan import BASE, Files, applied, changed, made

SECRETS = {("user", "ops", "password"): "hush"}


def payloads(tmp_path: Path, files: Files, there: BackendItems, **options: Any) -> tuple[Payloads, dict[str, Change]]:
    """What makes the payloads of a plan, and its changes by name."""
    found = make_plan(made(tmp_path, files), there, Options())
    owner, removes_keys = options.get("owner", "paris"), options.get("removes_keys", True)
    made_by = Payloads(found, Ids(there), options.get("secrets", SECRETS), owner, removes_keys=removes_keys)
    return made_by, {one.name: one for one in found.changes}


def test_new_items_wait_for_what_comes_with_them(tmp_path: Path) -> None:
    there = applied(made(tmp_path, {"command": BASE["command"]}))
    writer, changes = payloads(tmp_path, BASE, there)
    data = writer.new(changes["base"])
    assert (data["check_command"], data["imported_from"], data["tags"]) == ("id of ping", "paris", ["b"])
    assert writer.waiting == set()
    # Its realm and its template are created before it, and have no ids before that.
    data = writer.new(changes["web1"])
    assert (data.get("_realm"), data["_templates"]) == (None, [])
    assert writer.waiting == {("host", "web1")}
    writer.lost["host", "web"] = "it failed"
    with pytest.raises(ItemError, match="_templates: it needs host 'web', which does not exist"):
        writer.new(changes["web1"])


def test_a_site_without_a_name_owns_nothing(tmp_path: Path) -> None:
    there = applied(made(tmp_path, {}))
    writer, changes = payloads(tmp_path, BASE, there, owner=None)
    assert "imported_from" not in writer.new(changes["ping"])


def test_passwords_are_looked_up_and_never_the_default_of_the_backend(tmp_path: Path) -> None:
    there = applied(made(tmp_path, {"realm": BASE["realm"]}))
    writer, changes = payloads(tmp_path, BASE, there)
    assert writer.new(changes["ops"])["password"] == "hush"
    writer, changes = payloads(tmp_path, BASE, there, secrets={})
    with pytest.raises(ItemError, match="password: its value is unknown"):
        writer.new(changes["ops"])
    writer, changes = payloads(tmp_path, changed(ops={"password": None}), there)
    first, second = (writer.new(changes["ops"]) for _ in range(2))
    assert len(first["password"]) >= 32
    assert first["password"] != second["password"]


def test_inherited_values_are_not_sent(tmp_path: Path) -> None:
    there = applied(made(tmp_path, changed(web1=None, webs=None)))
    writer, changes = payloads(tmp_path, changed(web1={"tags": ["b", "w"]}), there)
    assert writer.new(changes["web1"])["tags"] == ["w"]
    writer, changes = payloads(tmp_path, changed(web1={"tags": ["b", "w"], "_unmerged": ["tags"]}), there)
    assert writer.new(changes["web1"])["tags"] == ["b", "w"]


@pytest.mark.parametrize(
    ("customs", "removes_keys", "templates"),
    [
        ({"_B": "2"}, True, ["id of web"]),
        ({"_B": "2"}, False, None),
        ({}, False, None),
        ({"_A": "3"}, False, ["id of web"]),
    ],
)
def test_templates_are_set_later_where_their_keys_would_stay(
    customs: dict[str, str], removes_keys: bool, templates: list[str] | None, tmp_path: Path
) -> None:
    there = applied(made(tmp_path, changed(web1=None, webs=None)))
    files = changed(web1={"customs": customs, "_unmerged": ["customs"]})
    writer, changes = payloads(tmp_path, files, there, removes_keys=removes_keys)
    data = writer.new(changes["web1"])
    assert (data["customs"], data.get("_templates")) == (customs, templates)


@pytest.mark.parametrize(
    ("before", "after", "sent"),
    [
        ({"notes": "n"}, {}, {"notes": ""}),
        ({"parents": ["base"]}, {}, {"parents": []}),
        ({"customs": {"_A": "1", "_B": "2"}}, {"customs": {"_A": "3"}}, {"customs": {"_A": "3", "_B": None}}),
        ({"customs": {"_A": "1"}}, {"customs": {"_A": "2"}}, {"customs": {"_A": "2"}}),
        ({"check_command": "ping"}, {"check_command": "disk"}, {"check_command": "id of disk"}),
        ({"parents": []}, {"parents": ["base"]}, {"parents": ["id of base"]}),
    ],
)
def test_new_and_empty_values_are_sent(tmp_path: Path, before: Any, after: Any, sent: Any) -> None:
    def site(fields: Any) -> Files:
        return {"command": BASE["command"], "host": [BASE["host"][0], {"name": "h", **fields}]}

    there = applied(made(tmp_path, site(before)))
    writer, changes = payloads(tmp_path, site(after), there)
    assert writer.changed(changes["h"]) == sent


def test_an_item_still_follows_its_templates_in_what_is_not_its_own(tmp_path: Path) -> None:
    there = applied(made(tmp_path, BASE))
    writer, changes = payloads(tmp_path, changed(web1={"address": "192.0.2.2", "notes": "n"}), there)
    data = writer.changed(changes["web1"])
    followed = set(data.pop("_template_fields"))
    assert data == {"address": "192.0.2.2", "notes": "n"}
    assert {"check_command", "max_check_attempts", "tags"} <= followed
    assert not {"address", "notes", "name", "imported_from"} & followed


def test_irremovable_keys_are_errors(tmp_path: Path) -> None:
    there = applied(made(tmp_path, {"host": [{"name": "h", "customs": {"_A": "1", "_B": "2", "_NULL": None}}]}))
    files: Files = {"host": [{"name": "h", "customs": {"_A": "1"}}]}
    writer, changes = payloads(tmp_path, files, there, removes_keys=False)
    with pytest.raises(ItemError, match="customs: this backend cannot remove '_B': keep it in the files"):
        writer.changed(changes["h"])


def test_null_is_sent_where_the_backend_takes_it(tmp_path: Path) -> None:
    """It takes away what a template would give."""
    files: Files = {"host": [{"name": "h", "event_handler": None}], "hostgroup": [{"name": "g", "_parent": None}]}
    writer, changes = payloads(tmp_path, files, applied(made(tmp_path, {})))
    assert writer.new(changes["h"])["event_handler"] is None
    assert "_parent" not in writer.new(changes["g"])


def test_ids_are_made_from_keys_but_for_users_and_realms(tmp_path: Path) -> None:
    there = applied(made(tmp_path, {}))
    ids, others = Ids(there), Ids(there)
    for kind in ("command", "host"):
        assert ids.new(kind, {"name": "x"}) == others.new(kind, {"name": "x"}) != ids.new(kind, {"name": "y"})
    for kind in ("user", "realm"):
        assert ids.new(kind, {"name": "x"}) != ids.new(kind, {"name": "x"})
    # What has the id by now was renamed: it is another item.
    taken = ids.new("command", {"name": "x"})
    ids.add("command", "renamed", taken)
    assert ids.new("command", {"name": "x"}) != taken
    for host in ("a", "b"):
        ids.add("host", host, f"id of {host}")
    assert ids.new("service", {"name": "s", "host": "a"}) != ids.new("service", {"name": "s", "host": "b"})


def test_names_are_replaced_by_known_ids(tmp_path: Path) -> None:
    ids = Ids(applied(made(tmp_path, BASE)))
    item = {
        "name": "h",
        "check_command": "id of ping",
        "parents": ["id of web1", "gone"],
        "_realm": "gone",
        "users": None,
    }
    assert ids.with_names(resources_by_name()["host"], item) == {
        "name": "h", "check_command": "ping", "parents": ["web1"], "_realm": None, "users": None,
    }  # fmt: skip
