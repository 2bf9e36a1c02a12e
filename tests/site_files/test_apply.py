"""What apply does, reports and refuses."""

from __future__ import annotations

import functools
import json
from typing import Any

import pytest

from alignak_backend_client import Backend
from alignak_backend_client.cli.terminal.console import Console
from alignak_backend_client.site.applying.apply import apply
from alignak_backend_client.site.planning.compute import compute_plan
from alignak_backend_client.site.planning.plan import Options
from alignak_backend_client.site.validating import validate_folder
from cli.running import Desk, run
from servers.running import Kind
from site_files.applied import SECRETS, applied, with_host
from site_files.test_diff import SITE, diff, put


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


def test_the_shown_plan_is_applied_even_if_the_folder_changes(
    fresh_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = put(fresh_desk.folder / "s", SITE)
    secret = fresh_desk.folder / "s" / "password"
    secret.write_text("hush-hush")
    site = {**SITE, "user": [{**SITE["user"][0], "password": "${file:password}"}]}
    put(fresh_desk.folder / "s", site)
    asked: list[str] = []

    def edited(_console: Console, question: str) -> bool:
        asked.append(question)
        put(fresh_desk.folder / "s", {**site, "host": [{**host, "alias": "Edited"} for host in site["host"]]})
        secret.unlink()
        return True

    with monkeypatch.context() as patch:
        patch.setattr(Console, "can_ask", True)
        patch.setattr(Console, "confirm", edited)
        ran = run("apply", "-b", fresh_desk.url, folder)
    assert (ran.code, ran.out, asked) == (0, "6 created, 0 unchanged\n", ["6 to create, 0 unchanged. Apply this?"])
    assert fresh_desk.item("host", "web1")["alias"] != "Edited"
    login = {"username": "ops", "password": "hush-hush"}
    assert fresh_desk.backend.get_response("POST", "login", json=login).status_code == 200
    secret.write_text("hush-hush")
    assert "~ host 'web1'" in diff(fresh_desk, folder).out


def test_missing_secrets_are_reported_before_sending(fresh_desk: Desk) -> None:
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
    assert (ran.out, "1 item of the site is not in the folder; --prune would delete it\n" in ran.err) == (
        "0 changes, 4 unchanged\n",
        False,
    )
    assert "2 items of the site are not in the folder; --prune would delete them\n" in ran.err
    ran = applied(desk, folder, "--prune", "-o", "json")
    result = json.loads(ran.out)
    assert [(one["name"], one["status"]) for one in result["results"]] == [
        ("web1/load", "deleted"),
        ("web1", "deleted"),
    ]
    assert (result["ok"], result["counts"]["deleted"], result["unchanged"]) == (True, 2, 4)
    assert {one["name"] for one in desk.items("host")} == {"_dummy", "by-hand", "base", "from-template"}
    assert {one["name"] for one in desk.items("service")} == {"load"}


def test_what_the_files_still_link_to_is_not_pruned(fresh_desk: Desk) -> None:
    """Also if the linking item does not change: a file was deleted, and a group still names its host."""
    site = {**SITE, "hostgroup": [{"name": "webs", "hosts": ["web1"]}]}
    site["servicegroup"] = [{"name": "loads", "services": ["web1/load"]}]
    folder = put(fresh_desk.folder / "s", site)
    applied(fresh_desk, folder)
    put(fresh_desk.folder / "s", {**site, "host": [SITE["host"][0]]})
    before = fresh_desk.everything()
    for ran in (diff(fresh_desk, folder, "--prune"), applied(fresh_desk, folder, "--prune", code=2)):
        assert ran.code == 2
        reason = "would be deleted, since it is not in the folder: add it, or remove the link"
        assert f"hostgroup 'webs': hosts: host 'web1' {reason}\n" in ran.err
        assert f"servicegroup 'loads': services: service 'web1/load' {reason}\n" in ran.err
        assert "2 problems in 1 file; nothing was sent" in ran.err
    assert fresh_desk.everything() == before


def test_an_owner_from_a_template_becomes_the_own_one(fresh_desk: Desk) -> None:
    """A command that was interrupted has changed the template: then the host has its owner from there."""
    put(fresh_desk.folder / "s", SITE)
    applied(fresh_desk, put(fresh_desk.folder / "s", {**SITE, "host": [SITE["host"][0]]}))
    fresh_desk.ok("-T", "base", "add", "web1")
    ran = diff(fresh_desk, put(fresh_desk.folder / "s", SITE))
    assert "    imported_from: 'paris', no longer from a template\n" in ran.out


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


def test_of_many_errors_with_the_same_reason_the_first_ones_are_printed(fresh_desk: Desk) -> None:
    commands = {"command": [{"name": f"c{number}"} for number in range(9)]}
    applied(fresh_desk, put(fresh_desk.folder / "s", commands))
    rome = put(fresh_desk.folder / "r", commands, "rome")
    reason = "it belongs to the site 'paris': use --take-over to take it over"
    ran = applied(fresh_desk, rome, code=2)
    assert [line.removeprefix(f"{rome}/all.yml:") for line in ran.err.splitlines()] == [
        *(f"{number + 2}: command 'c{number}': {reason}" for number in range(3)),
        f"and 6 more: {reason} (-v shows all)",
        "9 problems in 1 file; nothing was sent",
    ]
    assert f"command 'c8': {reason}\n" in applied(fresh_desk, rome, "-v", code=2).err


def test_items_that_need_a_rejected_one_fail_with_it(fresh_desk: Desk) -> None:
    desk = fresh_desk
    rights = [{"realm": "All", "crud": ["read"]}, {"realm": "All", "resource": "host", "crud": ["create", "read"]}]
    user = {"name": "ops", "password": "${env:OPS}", "_rights": rights}
    applied(desk, put(desk.folder / "users", {"user": [user]}))
    put(desk.folder / "s", {"command": [{"name": "ping"}], "host": [{"name": "h", "check_command": "ping"}]})
    found = validate_folder(desk.folder / "s")
    with Backend(desk.url) as backend:
        assert backend.login("ops", "hush-hush")
        plan = compute_plan(backend, found.site, Options())
        first, second = apply(backend, "ops", found.site, plan, {}).results
    assert (first.change.name, first.status) == ("ping", "failed")
    assert (second.status, second.reason) == ("failed", "check_command: it needs command 'ping', which does not exist")


def test_the_own_password_is_changed_last(fresh_desk: Desk) -> None:
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


def test_items_that_need_an_unsent_one_fail_with_it(fresh_desk: Desk) -> None:
    put(fresh_desk.folder / "s", {**SITE, "host": [{"name": "h", "users": ["ops"]}, {"name": "other"}]})
    found = validate_folder(fresh_desk.folder / "s")
    ended = apply(fresh_desk.backend, "admin", found.site, compute_plan(fresh_desk.backend, found.site, Options()), {})
    assert [(one.change.name, one.status, one.reason) for one in ended.results] == [
        ("ping", "created", ""),
        ("ops", "failed", "password: its value is unknown"),
        ("h", "failed", "users: it needs user 'ops', which does not exist"),
        ("other", "created", ""),
    ]


def test_unchanged_rights_are_left_alone(fresh_desk: Desk) -> None:
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


def test_failures_have_positions_and_do_not_stop_the_rest(fresh_desk: Desk) -> None:
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


def test_services_of_other_sites_are_not_deleted_with_hosts_and_templates(fresh_desk: Desk) -> None:
    desk, put_site = fresh_desk, functools.partial(put, fresh_desk.folder / "rome", name="rome")
    base = {"name": "base", "_is_template": True, "_services": [{"name": "mem", "_is_template": True}]}
    hosts = [base, {"name": "h", "_templates": ["base"], "_without_services": ["mem"]}, {"name": "gone"}]
    paris = put(desk.folder / "paris", {"host": hosts}, "paris")
    applied(desk, paris)
    applied(desk, put_site({"service": [{"name": "mem", "host": "h"}]}))
    before = desk.everything()
    message = "Rejected: it would delete items of other sites, such as service 'h/mem' of the site 'rome': to allow"
    assert applied(desk, paris, code=2).err.startswith(message)
    assert desk.everything() == before
    applied(desk, put_site({"service": [{"name": "own", "host": "gone"}]}), "--prune", "--allow-deletions")
    put(desk.folder / "paris", {"host": hosts[:2]}, "paris")
    assert "such as service 'gone/own' of the site 'rome'" in applied(desk, paris, "--prune", code=2).err
    assert [one["name"] for one in desk.items("service", _is_template=False)] == ["own"]
    assert applied(desk, paris, "--prune", "--take-over").out == "2 deleted, 3 unchanged\n"


def test_missing_permissions_are_reported_before_sending(fresh_desk: Desk, backend_kind: Kind) -> None:
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
    site["user"].append({"name": "other", "_realm": "Paris"})
    folder = put(desk.folder / "s", site)
    applied(desk, folder)
    as_ops, real = ("-u", "ops", "-p", "hush-hush"), backend_kind.startswith("real")
    del site["user"][0]["_rights"]
    site["user"] = [{**one, "pager": "p"} for one in site["user"]]
    del site["realm"]
    site |= {"command": [{"name": "new"}], "hostgroup": [{"name": "All", "notes": "n"}]}
    site["host"] = [{**one, "notes": "n"} for one in site["host"]] + [{"name": "q", "_realm": "Paris"}]
    folder = put(desk.folder / "s", site)
    before = desk.everything()
    ran = applied(desk, folder, *as_ops, code=2)
    assert ran.out == ""
    assert ran.err.splitlines() == [
        "Rejected: the user 'ops' may not create commands: 'new'",
        # The Alignak backend lets everybody change users.
        *["Rejected: the user 'ops' may not update users in the realm 'Paris': 'ops', 'other'"][: not real],
        "Rejected: the user 'ops' may not update hosts in the realm 'Rome': 'r'",
        "Rejected: the user 'ops' may not update host groups in the realm 'All': 'All'",
    ]
    assert desk.everything() == before
    del site["user"], site["command"], site["hostgroup"], site["host"][1]
    assert applied(desk, put(desk.folder / "s", site), *as_ops).out == "1 created, 1 updated, 0 unchanged\n"
    assert desk.item("host", "p")["notes"] == "n"
    assert diff(desk, folder, *as_ops).code == 0


def test_an_empty_alias_stays_empty(fresh_desk: Desk) -> None:
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


def test_items_that_a_user_may_not_read_are_unchanged(fresh_desk: Desk) -> None:
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
