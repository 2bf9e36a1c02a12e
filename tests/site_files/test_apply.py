"""What apply does and tells, and what it refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest

from alignak_backend_client import Backend
from alignak_backend_client.client import Outcome
from alignak_backend_client.items.writing.results import OVERTAKEN
from alignak_backend_client.site.applying.apply import ROUNDS, apply
from alignak_backend_client.site.planning.compute import planned
from alignak_backend_client.site.planning.plan import Options
from alignak_backend_client.site.validating import validated
from cli.running import Desk, Ran, run
from site_files.test_diff import SITE, diff, put

SECRETS = {"OPS": "hush-hush"}


def applied(desk: Desk, folder: str, *options: str, code: int = 0, **variables: str) -> Ran:
    ran = run("apply", "-b", desk.url, folder, "--yes", *options, variables=SECRETS | variables)
    assert ran.code == code, ran
    return ran


def with_host(**fields: Any) -> dict[str, Any]:
    """The site with other fields of web1; None takes one away."""
    web1 = {key: value for key, value in {**SITE["host"][1], **fields}.items() if value is not None}
    return {**SITE, "host": [SITE["host"][0], web1]}


def test_a_site_is_applied_and_then_nothing_is_left(fresh_desk: Desk) -> None:
    folder = put(fresh_desk.folder / "s", SITE)
    ran = applied(fresh_desk, folder)
    assert ran.out == "6 created, 0 unchanged\n"
    assert "+ host 'web1'" in ran.err
    assert "hush" not in ran.text
    assert fresh_desk.item("host", "web1")["imported_from"] == "paris"
    assert diff(fresh_desk, folder, "--prune").code == 0
    before = fresh_desk.everything()
    assert applied(fresh_desk, folder).out == "0 changes, 6 unchanged\n"
    assert fresh_desk.everything() == before
    assert run("login", "-h").code == 0
    assert fresh_desk.backend.get_response(
        "POST", "login", json={"username": "ops", "password": "hush-hush"}
    ).status_code == 200  # fmt: skip


def test_without_a_terminal_it_needs_yes(fresh_desk: Desk) -> None:
    ran = run("apply", "-b", fresh_desk.url, put(fresh_desk.folder / "s", SITE), variables=SECRETS)
    assert (ran.code, ran.out) == (64, "")
    assert ran.err.startswith("No terminal for the confirmation: check the plan with 'diff', and use --yes\n")


def test_secrets_that_are_not_there_are_told_before_anything_is_sent(fresh_desk: Desk) -> None:
    folder = put(fresh_desk.folder / "s", SITE)
    before = fresh_desk.everything()
    ran = run("apply", "-b", fresh_desk.url, folder, "--yes")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines() == [
        f"{folder}/all.yml:17: user 'ops': password: the environment variable OPS is not set",
        "1 problem in 1 file; nothing was sent",
    ]
    assert fresh_desk.everything() == before


def test_secrets_are_sent_again_only_when_that_is_asked_for(fresh_desk: Desk) -> None:
    folder = put(fresh_desk.folder / "s", {"user": [{"name": "ops", "password": "${file:secret}"}]})
    (fresh_desk.folder / "s" / "secret").write_text("first\n")
    applied(fresh_desk, folder)
    (fresh_desk.folder / "s" / "secret").write_text("second\n")

    def accepted(password: str) -> bool:
        credentials = {"username": "ops", "password": password}
        return fresh_desk.backend.get_response("POST", "login", json=credentials).status_code == 200

    assert applied(fresh_desk, folder).out == "0 changes, 1 unchanged\n"
    assert accepted("first")
    ran = applied(fresh_desk, folder, "--update-secrets")
    assert ran.out == "1 updated, 0 unchanged\n"
    assert "second" not in ran.text
    assert accepted("second")


def test_the_plan_that_was_reviewed_is_the_one_that_is_applied(fresh_desk: Desk) -> None:
    folder = put(fresh_desk.folder / "s", SITE)
    checksum = json.loads(diff(fresh_desk, folder, "-o", "json").out)["checksum"]
    fresh_desk.ok("-t", "command", "-d", fresh_desk.file({"_realm": "All"}), "add", "ping")
    ran = applied(fresh_desk, folder, "--plan", checksum, code=2)
    assert f"not {checksum}: check it with 'diff' again; nothing was sent" in ran.err
    assert not fresh_desk.items("host", name="web1")
    checksum = json.loads(diff(fresh_desk, folder, "-o", "json").out)["checksum"]
    assert applied(fresh_desk, folder, "--plan", checksum).out == "5 created, 1 updated, 0 unchanged\n"


def test_prune_deletes_what_the_site_owns_alone(fresh_desk: Desk) -> None:
    desk = fresh_desk
    desk.ok("-d", desk.file({"_realm": "All"}), "add", "by-hand")
    applied(desk, put(desk.folder / "s", SITE))
    desk.ok("-T", "base", "add", "from-template")
    less = {"user": SITE["user"], "host": [SITE["host"][0]], "command": SITE["command"]}
    folder = put(desk.folder / "s", less)
    ran = applied(desk, folder)
    assert (ran.out, "1 item of the site not in the folder; --prune would delete" in ran.err) == (
        "0 changes, 4 unchanged\n",
        False,
    )
    assert "2 items of the site not in the folder; --prune would delete" in ran.err
    ran = applied(desk, folder, "--prune", "-o", "json")
    told = json.loads(ran.out)
    assert [(one["name"], one["status"]) for one in told["results"]] == [("web1/load", "deleted"), ("web1", "deleted")]
    assert (told["ok"], told["counts"]["deleted"], told["unchanged"]) == (True, 2, 4)
    assert {one["name"] for one in desk.items("host")} == {"_dummy", "by-hand", "base", "from-template"}
    assert {one["name"] for one in desk.items("service")} == {"load"}


def test_many_deletions_and_wrong_folders_are_refused(fresh_desk: Desk) -> None:
    folder = put(fresh_desk.folder / "s", SITE)
    applied(fresh_desk, folder)
    before = fresh_desk.everything()
    put(fresh_desk.folder / "s", {"command": SITE["command"]})
    ran = applied(fresh_desk, folder, "--prune", code=2)
    assert ran.err.startswith("Rejected: it would delete 4 of 5 items that the site 'paris' owns")
    ran = applied(fresh_desk, put(fresh_desk.folder / "r", {"realm": [{"name": "R"}]}, "rome"), "--prune", code=2)
    assert "Rejected: the site 'rome' owns nothing here, and 'paris' does" in ran.err
    ran = applied(fresh_desk, put(fresh_desk.folder / "q", {}), "--prune", code=2)
    assert "the folder has no items" in ran.err
    assert fresh_desk.everything() == before
    assert applied(fresh_desk, folder, "--prune", "--allow-deletions").out == "5 deleted, 1 unchanged\n"


def test_others_items_are_taken_over_when_that_is_asked_for(fresh_desk: Desk) -> None:
    applied(fresh_desk, put(fresh_desk.folder / "s", SITE))
    rome = put(fresh_desk.folder / "r", {"command": [{"name": "ping", "notes": "n"}]}, "rome")
    ran = applied(fresh_desk, rome, code=2)
    assert "all.yml:2: command 'ping': it belongs to the site 'paris': use --take-over to take it over" in ran.err
    assert applied(fresh_desk, rome, "--take-over").out == "1 updated, 0 unchanged\n"
    assert fresh_desk.item("command", "ping")["imported_from"] == "rome"


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


def test_what_others_change_meanwhile_is_not_overwritten(fresh_desk: Desk) -> None:
    desk = fresh_desk
    applied(desk, put(desk.folder / "s", SITE))
    found = validated(desk.folder / "s")
    put(desk.folder / "s", {**with_host(address="192.0.2.1"), "command": [{"name": "ping", "notes": "n"}]})
    found = validated(desk.folder / "s")
    plan = planned(desk.backend, found.site, Options())
    assert [one.name for one in plan.changes] == ["ping", "web1"]
    desk.ok("-d", desk.file({"address": "192.0.2.9"}), "update", "web1")
    desk.ok("-t", "command", "-d", desk.file({"module_type": "x"}), "update", "ping")
    ended = apply(desk.backend, "admin", found.site, plan, {})
    assert [(one.change.name, one.status, one.reason) for one in ended.results] == [
        ("ping", "updated", ""),
        ("web1", "failed", OVERTAKEN),
    ]
    assert desk.item("host", "web1")["address"] == "192.0.2.9"
    assert applied(desk, str(desk.folder / "s")).out == "2 updated, 4 unchanged\n"
    assert desk.item("host", "web1")["address"] == "192.0.2.1"


def test_what_others_change_meanwhile_is_not_deleted(fresh_desk: Desk) -> None:
    desk = fresh_desk
    names = ("changed", "gone", "checked")
    applied(desk, put(desk.folder / "s", {"host": [{"name": one} for one in names]}))
    put(desk.folder / "s", {"command": [{"name": "ping"}]})
    found = validated(desk.folder / "s")
    plan = planned(desk.backend, found.site, Options(prune=True, allow_deletions=True))
    assert [one.name for one in plan.changes] == ["ping", "changed", "checked", "gone"]
    desk.ok("-d", desk.file({"address": "192.0.2.9"}), "update", "changed")
    desk.ok("delete", "gone")
    # The live state is nothing that anybody configures.
    desk.ok("-d", desk.file({"ls_state": "DOWN"}), "update", "checked")
    ended = apply(desk.backend, "admin", found.site, plan, {})
    assert [(one.change.name, one.status, one.reason) for one in ended.results[1:]] == [
        ("changed", "failed", OVERTAKEN),
        ("checked", "deleted", ""),
        ("gone", "deleted", ""),
    ]
    assert [one["name"] for one in desk.items("host")] == ["_dummy", "changed"]


def test_what_others_create_meanwhile_is_not_overwritten(fresh_desk: Desk) -> None:
    desk = fresh_desk
    put(desk.folder / "s", {"host": [{"name": "h", "address": "192.0.2.1"}, {"name": "below", "parents": ["h"]}]})
    found = validated(desk.folder / "s")
    plan = planned(desk.backend, found.site, Options())
    desk.ok("-d", desk.file({"address": "192.0.2.9"}), "add", "h")
    ended = apply(desk.backend, "admin", found.site, plan, {})
    assert [(one.change.name, one.status, one.reason) for one in ended.results] == [
        ("below", "created", ""),
        ("h", "failed", OVERTAKEN),
    ]
    host = desk.item("host", "h")
    assert (host["address"], desk.item("host", "below")["parents"]) == ("192.0.2.9", [host["_id"]])


def test_a_service_of_its_own_takes_the_place_of_one_that_a_template_gives(fresh_desk: Desk) -> None:
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


def test_what_others_delete_meanwhile_is_told(fresh_desk: Desk) -> None:
    desk = fresh_desk
    applied(desk, put(desk.folder / "s", {"host": [{"name": "h"}, {"name": "other"}]}))
    put(desk.folder / "s", {"host": [{"name": "h", "notes": "n"}, {"name": "other", "notes": "n"}]})
    found = validated(desk.folder / "s")
    plan = planned(desk.backend, found.site, Options())
    desk.ok("delete", "h")
    ended = apply(desk.backend, "admin", found.site, plan, {})
    assert [(one.change.name, one.status, one.reason) for one in ended.results] == [
        ("h", "failed", OVERTAKEN),
        ("other", "updated", ""),
    ]
    assert applied(desk, str(desk.folder / "s")).out == "1 created, 1 unchanged\n"


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


def test_what_followed_a_template_that_becomes_a_host_is_changed_after_it(
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

    def recorded(backend: Backend, kind: str, changes: list[Any], tell: Any = None) -> list[Outcome]:
        sent.append([one.data["notes"] for one in changes if "notes" in one.data])
        return update_many(backend, kind, changes, tell)

    monkeypatch.setattr(Backend, "update_many", recorded)
    assert applied(fresh_desk, folder).out == "2 updated, 1 unchanged\n"
    assert [*filter(None, sent)] == [["n"], ["w"]]


def test_two_who_apply_a_site_at_once_both_end_well(fresh_desk: Desk) -> None:
    """What the other one has created meanwhile is of the same site, even if from another state of its files."""
    desk = fresh_desk
    put(desk.folder / "s", {**SITE, "user": [{**SITE["user"][0], "email": "ops@example.org"}]})
    found = validated(desk.folder / "s")
    plan = planned(desk.backend, found.site, Options())
    applied(desk, put(desk.folder / "older", SITE))
    ended = apply(desk.backend, "admin", found.site, plan, {("user", "ops", "password"): "hush-hush"})
    assert {one.status for one in ended.results} == {"created"}, ended
    assert desk.item("user", "ops")["email"] == "ops@example.org"
    assert diff(desk, str(desk.folder / "s"), "--prune").code == 0


def test_what_needs_an_item_that_the_backend_rejects_fails_with_it(fresh_desk: Desk) -> None:
    desk = fresh_desk
    rights = [{"realm": "All", "crud": ["read"]}, {"realm": "All", "resource": "host", "crud": ["create", "read"]}]
    user = {"name": "ops", "password": "${env:OPS}", "_rights": rights}
    applied(desk, put(desk.folder / "users", {"user": [user]}))
    put(desk.folder / "s", {"command": [{"name": "ping"}], "host": [{"name": "h", "check_command": "ping"}]})
    found = validated(desk.folder / "s")
    with Backend(desk.url) as backend:
        assert backend.login("ops", "hush-hush")
        plan = planned(backend, found.site, Options())
        first, second = apply(backend, "ops", found.site, plan, {}).results
    assert (first.change.name, first.status) == ("ping", "failed")
    assert (second.status, second.reason) == ("failed", "check_command: it needs command 'ping', which does not exist")


def test_the_own_password_goes_last(fresh_desk: Desk) -> None:
    """Nothing can be sent after it: it ends the login."""
    desk = fresh_desk
    rights = [{"realm": "All", "crud": ["create", "read", "update", "delete"]}]
    ops = {"name": "ops", "back_role_super_admin": True, "password": "${env:OPS}", "_rights": rights}
    applied(desk, put(desk.folder / "s", {"user": [ops]}))
    command, host = {"name": "page"}, {"name": "web1", "users": ["ops"]}
    rights[0]["crud"] = ["read"]
    users = [{**ops, "host_notification_commands": ["page"], "notes": "n"}, {"name": "zoe", "password": "${env:OPS}"}]
    folder = put(desk.folder / "s", {"command": [command], "user": users, "host": [host]})
    ran = applied(desk, folder, "-u", "ops", "-p", "hush-hush", "--update-secrets", OPS="hush-hush-2")
    assert ran.out == "3 created, 1 updated, 0 unchanged\n"
    assert run("diff", "-b", desk.url, folder, "-u", "ops", "-p", "hush-hush-2").code == 0


def test_who_is_logged_in_is_not_changed_over_the_changes_of_others(fresh_desk: Desk) -> None:
    put(fresh_desk.folder / "s", {"user": [{"name": "admin", "notes": "n", "email": "a@example.org"}]})
    found = validated(fresh_desk.folder / "s")
    plan = planned(fresh_desk.backend, found.site, Options(merge=True))
    fresh_desk.ok("-t", "user", "-d", fresh_desk.file({"email": "b@example.org"}), "update", "admin")
    (ended,) = apply(fresh_desk.backend, "admin", found.site, plan, {}).results
    assert (ended.status, ended.reason) == ("failed", OVERTAKEN)
    assert fresh_desk.item("user", "admin")["email"] == "b@example.org"


def test_what_needs_an_item_that_cannot_be_sent_fails_with_it(fresh_desk: Desk) -> None:
    put(fresh_desk.folder / "s", {**SITE, "host": [{"name": "h", "users": ["ops"]}, {"name": "other"}]})
    found = validated(fresh_desk.folder / "s")
    ended = apply(fresh_desk.backend, "admin", found.site, planned(fresh_desk.backend, found.site, Options()), {})
    assert [(one.change.name, one.status, one.reason) for one in ended.results] == [
        ("ping", "created", ""),
        ("ops", "failed", "password: its value is unknown"),
        ("h", "failed", "users: it needs user 'ops', which does not exist"),
        ("other", "created", ""),
    ]


def test_realms_below_each_other_are_deleted_from_the_innermost(
    fresh_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The backend keeps realms that have others below them; there are more of them than rounds."""
    sent: list[list[str]] = []
    delete_many = Backend.delete_many

    def recorded(backend: Backend, kind: str, items: list[dict[str, Any]], tell: Any = None) -> list[Outcome]:
        sent.append([backend.get(f"{kind}/{one['_id']}")["name"] for one in items])
        return delete_many(backend, kind, items, tell)

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


def test_of_rights_those_that_stay_are_left_alone(fresh_desk: Desk) -> None:
    desk = fresh_desk
    rights: list[dict[str, Any]] = [{"realm": "All", "resource": one} for one in ("host", "service")]
    user = {"name": "ops", "password": "${env:OPS}", "_rights": rights}
    folder = put(desk.folder / "s", {"user": [user]})
    applied(desk, folder)

    def roles() -> dict[str, str]:
        found = desk.items("userrestrictrole", user=desk.item("user", "ops")["_id"])
        assert len(found) == 2
        return {one["resource"]: one["_id"] for one in found}

    before = roles()
    rights[1]["resource"] = "command"
    put(desk.folder / "s", {"user": [user]})
    assert applied(desk, folder).out == "1 updated, 0 unchanged\n"
    assert roles().keys() == {"host", "command"}
    assert roles()["host"] == before["host"]
    put(desk.folder / "s", {"command": [{"name": "ping"}]})
    applied(desk, folder, "--prune", "--allow-deletions")
    assert not {one["_id"] for one in desk.items("userrestrictrole")} & {*before.values()}


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


def test_what_fails_is_told_with_its_place_and_the_rest_is_done(fresh_desk: Desk) -> None:
    """The backend keeps realms that have others below them."""
    desk = fresh_desk
    folder = put(desk.folder / "s", {"realm": [{"name": "Paris"}], "command": [{"name": "a"}, {"name": "b"}]})
    applied(desk, folder)
    desk.ok("-t", "realm", "-d", desk.file({"_parent": "Paris"}), "add", "Nord")
    folder = put(desk.folder / "s", {"command": [{"name": "a", "notes": "n"}, {"name": "b"}]})
    ran = applied(desk, folder, "--prune", "--allow-deletions", code=2)
    assert ran.out == ""
    assert "Realm 'Paris' is not deleted: " in ran.err
    assert ran.err.splitlines()[-1] == "1 updated, 1 failed, 1 unchanged"
    assert desk.item("command", "a")["notes"] == "n"


@pytest.mark.parametrize("option", ["--merge", ""])
def test_merge_leaves_alone_what_files_leave_out(fresh_desk: Desk, option: str) -> None:
    folder = put(fresh_desk.folder / "s", SITE)
    applied(fresh_desk, folder)
    fresh_desk.ok("-d", fresh_desk.file({"notes": "by hand"}), "update", "web1")
    put(fresh_desk.folder / "s", with_host(tags=["c"]))
    applied(fresh_desk, folder, *filter(None, [option]))
    host = fresh_desk.item("host", "web1")
    assert (host["tags"], host["notes"]) == (["c"], "by hand" if option else "")


def test_a_start_document_is_as_it_was_once_the_site_names_it_no_more(fresh_desk: Desk) -> None:
    folder = put(
        fresh_desk.folder / "s", {"timeperiod": [{"name": "Never", "notes": "ours"}], "command": [{"name": "a"}]}
    )
    applied(fresh_desk, folder)
    put(fresh_desk.folder / "s", {"command": [{"name": "a"}]})
    assert applied(fresh_desk, folder, "--prune").out == "1 updated, 1 unchanged\n"
    never = fresh_desk.item("timeperiod", "Never")
    assert (never["notes"], never["imported_from"]) == ("", "unknown")
    assert diff(fresh_desk, folder, "--prune").code == 0


def test_who_may_not_write_a_part_is_told_before_anything_is_sent(fresh_desk: Desk) -> None:
    desk = fresh_desk
    site: dict[str, Any] = {
        "realm": [{"name": "Paris"}, {"name": "Rome"}],
        "user": [
            {
                "name": "ops",
                "password": "${env:OPS}",
                "_realm": "Paris",
                "_rights": [
                    {"realm": "All", "sub_realm": True},
                    {"realm": "Paris", "resource": "host", "crud": ["read", "update", "create"]},
                ],
            }
        ],
        "host": [{"name": "p", "_realm": "Paris"}, {"name": "r", "_realm": "Rome"}],
    }
    folder = put(desk.folder / "s", site)
    applied(desk, folder)
    del site["user"], site["realm"]
    site |= {"command": [{"name": "new"}], "hostgroup": [{"name": "All", "notes": "n"}]}
    site["host"] = [{**one, "notes": "n"} for one in site["host"]] + [{"name": "q", "_realm": "Paris"}]
    folder = put(desk.folder / "s", site)
    before = desk.everything()
    as_ops = ("-u", "ops", "-p", "hush-hush")
    ran = applied(desk, folder, *as_ops, code=2)
    assert ran.out == ""
    assert ran.err.splitlines() == [
        "Rejected: the user 'ops' may not create commands: 'new'",
        "Rejected: the user 'ops' may not update hosts in the realm 'Rome': 'r'",
        "Rejected: the user 'ops' may not update host groups in the realm 'All': 'All'",
    ]
    assert desk.everything() == before
    del site["command"], site["hostgroup"], site["host"][1]
    assert applied(desk, put(desk.folder / "s", site), *as_ops).out == "1 created, 1 updated, 0 unchanged\n"
    assert desk.item("host", "p")["notes"] == "n"
    assert diff(desk, folder, *as_ops).code == 0


def test_an_alias_that_is_empty_stays_so(fresh_desk: Desk) -> None:
    """The backend gives a new item its name for one."""
    load = {"name": "load", "_is_template": True, "alias": ""}
    site: dict[str, Any] = {
        "host": [
            {"name": "base", "_is_template": True, "alias": "of all", "_services": [load]},
            {"name": "web1", "_templates": ["base"], "alias": ""},
        ]
    }
    folder = put(fresh_desk.folder / "s", site)
    assert applied(fresh_desk, folder).out == "4 created, 0 unchanged\n"
    assert fresh_desk.item("host", "web1")["alias"] == ""
    assert [one["alias"] for one in fresh_desk.items("service", name="load")] == ["", ""]
    assert diff(fresh_desk, folder).code == 0


def test_what_a_user_may_not_read_stays_as_it_is(fresh_desk: Desk) -> None:
    """Whoever may read a part only exports and applies that: links to the rest are no differences, and none is lost."""
    rights = [{"realm": "Paris", "sub_realm": True, "crud": ["create", "read", "update", "delete"]}]
    site = {
        "realm": [{"name": "Paris"}, {"name": "Lyon"}],
        "user": [{"name": "ops", "_realm": "Paris", "password": "${env:OPS}", "_rights": rights}],
        "host": [
            {"name": "base", "_is_template": True, "_realm": "Lyon", "notes": "of base", "check_interval": 7},
            {"name": "p1", "_realm": "Paris", "_templates": ["base"]},
            {"name": "p2", "_realm": "Paris"},
            {"name": "l1", "_realm": "Lyon"},
        ],
        "hostgroup": [{"name": "both", "_realm": "Paris", "hosts": ["p1", "l1"]}],
    }
    applied(fresh_desk, put(fresh_desk.folder / "s", site))
    ids = {one["name"]: one["_id"] for one in fresh_desk.items("host")}
    mine = fresh_desk.folder / "mine"
    as_ops = ("-u", "ops", "-p", "hush-hush")
    ran = run("export", "-b", fresh_desk.url, str(mine), *as_ops)
    assert ran.code == 0, ran
    assert "_parent: null" not in "".join(path.read_text() for path in mine.rglob("*.yml"))
    ran = run("diff", "-b", fresh_desk.url, str(mine), *as_ops)
    assert ran.out == "No differences: 5 items match the files\n", ran
    (mine / "site.yml").write_text("name: paris\n")
    group = mine / "hostgroup.yml"
    group.write_text(group.read_text().replace("- p1", "- p1\n  - p2"))
    host = mine / "host" / "p1.yml"
    host.write_text(host.read_text().replace("notes: of base", "notes: mine"))
    assert applied(fresh_desk, str(mine), *as_ops).out == "2 updated, 3 unchanged\n"
    assert set(fresh_desk.item("hostgroup", "both")["hosts"]) == {ids["p1"], ids["p2"], ids["l1"]}
    p1 = fresh_desk.item("host", "p1")
    assert (p1["notes"], p1["_templates"]) == ("mine", [ids["base"]])
    assert "check_interval" in p1["_template_fields"]
    assert run("diff", "-b", fresh_desk.url, str(mine), *as_ops).code == 0
