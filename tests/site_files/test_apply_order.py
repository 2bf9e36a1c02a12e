"""Changes of ``apply`` that need each other: templates, parents, realms, and items with a new name."""

from __future__ import annotations

from typing import Any

import pytest

from alignak_backend_client import Backend
from alignak_backend_client._core.outcomes import OnResult
from alignak_backend_client.client import Change, Outcome
from alignak_backend_client.exceptions import BackendException
from alignak_backend_client.site.applying.apply import ROUNDS
from cli.running import Desk
from site_files.applied import applied, with_host
from site_files.test_diff import SITE, diff, put


def test_renamed_items_keep_ids_services_and_rights(fresh_desk: Desk) -> None:
    folder = put(fresh_desk.folder / "s", SITE)
    applied(fresh_desk, folder)
    host, service = (
        fresh_desk.item("host", "web1"),
        fresh_desk.item("service", "load", host=fresh_desk.item("host", "web1")["_id"]),
    )
    files = with_host(name="www1", was="web1")
    files["host"][0] = {
        "name": "base",
        "_is_template": True,
        "_services": [{"name": "cpu", "was": "load", "_is_template": True}],
    }
    put(fresh_desk.folder / "s", files)
    ran = applied(fresh_desk, folder, "--prune")
    assert ran.out == "3 updated, 3 unchanged\n"
    assert fresh_desk.item("host", "www1")["_id"] == host["_id"]
    assert fresh_desk.item("service", "cpu", host=host["_id"])["_id"] == service["_id"]
    assert diff(fresh_desk, folder, "--prune").code == 0


def test_a_service_of_a_template_stays_deleted(fresh_desk: Desk) -> None:
    folder = put(fresh_desk.folder / "s", SITE)
    applied(fresh_desk, folder)
    put(fresh_desk.folder / "s", with_host(_without_services=["load"]))
    assert applied(fresh_desk, folder).out == "1 deleted, 5 unchanged\n"
    assert applied(fresh_desk, folder).out == "0 changes, 5 unchanged\n"
    put(fresh_desk.folder / "s", SITE)
    assert applied(fresh_desk, folder).out == "1 created, 5 unchanged\n"


def test_an_own_service_replaces_one_of_a_template(fresh_desk: Desk) -> None:
    """The backend makes the other one with the host: that is no change of somebody else."""
    web1 = {**SITE["host"][1], "_services": [{"name": "load", "_templates": [], "notes": "n"}]}
    applied(fresh_desk, put(fresh_desk.folder / "others", {"host": SITE["host"][:1]}, ""))
    folder = put(fresh_desk.folder / "s", {"host": [web1]})
    assert applied(fresh_desk, folder).out == "2 created, 0 unchanged\n"
    host = fresh_desk.item("host", "web1")["_id"]
    (service,) = fresh_desk.items("service", host=host)
    assert (service["_templates"], service["notes"]) == ([], "n")


def test_services_that_merge_has_left_are_pruned(fresh_desk: Desk) -> None:
    desk = fresh_desk
    applied(desk, put(desk.folder / "s", {"host": SITE["host"]}))
    folder = put(desk.folder / "s", {"host": [SITE["host"][0], {"name": "web1", "_templates": []}]})
    applied(desk, folder, "--merge")
    assert len(desk.items("service", name="load")) == 2
    assert "- service" not in diff(desk, folder).out
    assert "- service 'web1/load'  (no longer in a template of the host)" in diff(desk, folder, "--prune").out
    assert applied(desk, folder, "--prune").out == "1 updated, 1 deleted, 2 unchanged\n"


def test_a_host_becomes_a_template_with_the_services_that_one_gave_it(fresh_desk: Desk) -> None:
    """They keep their ids: the backend would delete them together with the templates of the host."""
    applied(fresh_desk, put(fresh_desk.folder / "s", {"host": SITE["host"]}))
    host = fresh_desk.item("host", "web1")["_id"]
    (before,) = fresh_desk.items("service", host=host)
    load = {"name": "load", "_is_template": True, "notes": "n"}
    web1 = {"name": "web1", "_is_template": True, "_services": [load]}
    base = {**SITE["host"][0], "notes": "n"}
    folder = put(fresh_desk.folder / "s", {"host": [{**base, "_services": [{**load, "alias": "x"}]}, web1]})
    assert applied(fresh_desk, folder).out == "4 updated, 0 unchanged\n"
    (after,) = fresh_desk.items("service", host=host)
    assert (after["_id"], after["notes"], after["_is_template"]) == (before["_id"], "n", True)


def test_items_of_a_template_that_becomes_a_host_are_changed_after_it(
    fresh_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    base, other = ({"name": name, "_is_template": True} for name in ("base", "other"))
    hosts = [base, other, {"name": "web1", "_templates": ["base"]}]
    applied(fresh_desk, put(fresh_desk.folder / "s", {"host": hosts}))
    hosts[0] = {"name": "base", "notes": "n"}
    hosts[2] = {"name": "web1", "_templates": ["other"], "notes": "w"}
    folder = put(fresh_desk.folder / "s", {"host": hosts})
    sent: list[list[Any]] = []
    update_many = Backend.update_many

    def recorded(backend: Backend, kind: str, changes: list[Any], report: Any = None) -> list[Outcome]:
        sent.append([one.data["notes"] for one in changes if "notes" in one.data])
        return update_many(backend, kind, changes, report)

    monkeypatch.setattr(Backend, "update_many", recorded)
    assert applied(fresh_desk, folder).out == "2 updated, 1 unchanged\n"
    assert [*filter(None, sent)] == [["n"], ["w"]]


def test_realms_below_each_other_are_deleted_from_the_innermost(
    fresh_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The backend keeps realms that have others below them; there are more of them than rounds."""
    sent: list[list[str]] = []
    delete_many = Backend.delete_many

    def recorded(backend: Backend, kind: str, items: list[dict[str, Any]], report: Any = None) -> list[Outcome]:
        sent.append([backend.get(f"{kind}/{one['_id']}")["name"] for one in items])
        return delete_many(backend, kind, items, report)

    monkeypatch.setattr(Backend, "delete_many", recorded)
    realms = [{"name": f"r{level}", "_parent": f"r{level - 1}" if level else "All"} for level in range(ROUNDS + 2)]
    applied(fresh_desk, put(fresh_desk.folder / "s", {"realm": realms}))
    folder = put(fresh_desk.folder / "s", {"command": [{"name": "ping"}]})
    ran = applied(fresh_desk, folder, "--prune", "--allow-deletions")
    assert ran.out == f"1 created, {ROUNDS + 2} deleted, 0 unchanged\n"
    assert sent == [[one["name"]] for one in reversed(realms)]


def test_chains_of_parents_are_turned_around(fresh_desk: Desk) -> None:
    """In no moment an item is below itself, which the Alignak backend takes, and what is above it stays right."""
    kinds, names = ("realm", "hostgroup"), ["one", "two", "three", "four"]

    def chain(order: list[str]) -> str:
        items = [{"name": name, "_parent": above} for above, name in zip(["All", *order], order, strict=False)]
        return put(fresh_desk.folder / "s", dict.fromkeys(kinds, items))

    applied(fresh_desk, chain(names))
    for order in (names[::-1], names):
        folder = chain(order)
        assert applied(fresh_desk, folder).out == "8 updated, 0 unchanged\n"
        assert diff(fresh_desk, folder).code == 0
        groups = {one["_id"]: one for one in fresh_desk.items("hostgroup")}
        (last,) = [one for one in groups.values() if one["name"] == order[-1]]
        assert [groups[one]["name"] for one in last["_tree_parents"]] == ["All", *order[:-1]]


def test_siblings_of_realms_leave_a_parent_that_can_be_deleted(fresh_desk: Desk) -> None:
    """Of several deleted at once, the Alignak backend left some in the list of the parent, and then kept that."""
    top, below = {"name": "top"}, [{"name": f"r{number}", "_parent": "top"} for number in range(8)]
    applied(fresh_desk, put(fresh_desk.folder / "s", {"realm": [top, *below]}))
    applied(fresh_desk, put(fresh_desk.folder / "s", {"realm": [top]}), "--prune", "--allow-deletions")
    assert fresh_desk.item("realm", "top")["_children"] == []


def test_templates_of_templates_change_in_one_run(fresh_desk: Desk) -> None:
    """What the backend hands down meanwhile is not sent again, and is no change of others."""
    site: dict[str, Any] = {
        "host": [
            {"name": "base", "_is_template": True, "notes": "1", "_services": [{"name": "load", "_is_template": True}]},
            {"name": "web", "_is_template": True, "_templates": ["base"], "address": "a"},
            {"name": "web1", "_templates": ["web"], "alias": "x"},
        ]
    }
    folder = put(fresh_desk.folder / "s", site)
    assert applied(fresh_desk, folder).out == "5 created, 0 unchanged\n"
    site["host"][0]["notes"], site["host"][1]["address"], site["host"][2]["alias"] = "2", "b", "y"
    site["host"][0]["_services"][0]["notes"] = "3"
    put(fresh_desk.folder / "s", site)
    assert applied(fresh_desk, folder).out == "5 updated, 0 unchanged\n"
    host = fresh_desk.item("host", "web1")
    assert (host["notes"], host["address"], host["alias"]) == ("2", "b", "y")
    assert fresh_desk.item("service", "load", host=host["_id"])["notes"] == "3"
    assert diff(fresh_desk, folder, "--prune").code == 0


def test_items_without_keys_of_their_templates_are_exact(fresh_desk: Desk) -> None:
    """The Alignak backend merges keys when it creates an item, and removes none afterwards."""
    service = {"name": "load", "_is_template": True, "customs": {"_A": "a", "_B": "b"}}
    base = {"name": "base", "_is_template": True, "max_check_attempts": 9, "customs": {"_V": "v", "_W": "w"}}
    hosts = [
        {**base, "_services": [service]},
        {"name": "web", "_is_template": True, "_templates": ["base"], "customs": {"_W": "x"}, "_unmerged": ["customs"]},
        {
            "name": "web1", "_templates": ["base"], "customs": {"_Z": "z"}, "_unmerged": ["customs"],
            "_services": [{"name": "load", "customs": {"_A": "a"}, "_unmerged": ["customs"]}],
        },
        {"name": "web2", "_templates": ["web"]},
    ]  # fmt: skip
    folder = put(fresh_desk.folder / "s", {"host": hosts})
    assert applied(fresh_desk, folder).out == "7 created, 0 unchanged\n"
    assert diff(fresh_desk, folder).code == 0
    found = {name: fresh_desk.item("host", name) for name in ("web1", "web2")}
    assert {name: (one["customs"], one["max_check_attempts"]) for name, one in found.items()} == {
        "web1": ({"_Z": "z"}, 9), "web2": ({"_W": "x"}, 9),
    }  # fmt: skip


def test_the_reason_is_reported_when_a_new_item_cannot_be_completed(
    fresh_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody else has created it, though the site has no name."""
    refused = BackendException(422, "not today")

    def refuse(_backend: Backend, _kind: str, changes: list[Change], on_result: OnResult) -> list[Outcome]:
        outcomes = [Outcome(one.id, error=refused) for one in changes]
        for outcome in outcomes:
            on_result(outcome)
        return outcomes

    monkeypatch.setattr(Backend, "update_many", refuse)
    base = {"name": "base", "_is_template": True, "tags": ["t"]}
    files = {"host": [base, {"name": "web1", "_templates": ["base"], "tags": ["x"], "_unmerged": ["tags"]}]}
    ran = applied(fresh_desk, put(fresh_desk.folder / "s", files, ""), code=2)
    assert "Host 'web1' is not created: not today (" in ran.err
