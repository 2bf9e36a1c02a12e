"""What ``apply`` does with what others change meanwhile."""

from __future__ import annotations

from alignak_backend_client.items.writing.results import OVERTAKEN
from alignak_backend_client.site.applying.apply import apply
from alignak_backend_client.site.planning.compute import compute_plan
from alignak_backend_client.site.planning.plan import Options
from alignak_backend_client.site.validating import validate_folder
from cli.running import Desk
from site_files.applied import applied, with_host
from site_files.test_diff import SITE, diff, put


def test_changes_of_others_are_not_overwritten(fresh_desk: Desk) -> None:
    desk = fresh_desk
    applied(desk, put(desk.folder / "s", SITE))
    found = validate_folder(desk.folder / "s")
    put(desk.folder / "s", {**with_host(address="192.0.2.1"), "command": [{"name": "ping", "notes": "n"}]})
    found = validate_folder(desk.folder / "s")
    plan = compute_plan(desk.backend, found.site, Options())
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


def test_items_that_others_change_are_not_deleted(fresh_desk: Desk) -> None:
    desk = fresh_desk
    names = ("changed", "gone", "checked")
    applied(desk, put(desk.folder / "s", {"host": [{"name": one} for one in names]}))
    put(desk.folder / "s", {"command": [{"name": "ping"}]})
    found = validate_folder(desk.folder / "s")
    plan = compute_plan(desk.backend, found.site, Options(prune=True, allow_deletions=True))
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


def test_items_that_others_create_are_not_overwritten(fresh_desk: Desk) -> None:
    desk = fresh_desk
    put(desk.folder / "s", {"host": [{"name": "h", "address": "192.0.2.1"}, {"name": "below", "parents": ["h"]}]})
    found = validate_folder(desk.folder / "s")
    plan = compute_plan(desk.backend, found.site, Options())
    desk.ok("-d", desk.file({"address": "192.0.2.9"}), "add", "h")
    ended = apply(desk.backend, "admin", found.site, plan, {})
    assert [(one.change.name, one.status, one.reason) for one in ended.results] == [
        ("below", "created", ""),
        ("h", "failed", OVERTAKEN),
    ]
    host = desk.item("host", "h")
    assert (host["address"], desk.item("host", "below")["parents"]) == ("192.0.2.9", [host["_id"]])


def test_items_deleted_by_others_are_reported(fresh_desk: Desk) -> None:
    desk = fresh_desk
    applied(desk, put(desk.folder / "s", {"host": [{"name": "h"}, {"name": "other"}]}))
    put(desk.folder / "s", {"host": [{"name": "h", "notes": "n"}, {"name": "other", "notes": "n"}]})
    found = validate_folder(desk.folder / "s")
    plan = compute_plan(desk.backend, found.site, Options())
    desk.ok("delete", "h")
    ended = apply(desk.backend, "admin", found.site, plan, {})
    assert [(one.change.name, one.status, one.reason) for one in ended.results] == [
        ("h", "failed", OVERTAKEN),
        ("other", "updated", ""),
    ]
    assert applied(desk, str(desk.folder / "s")).out == "1 created, 1 unchanged\n"


def test_two_concurrent_runs_of_apply_both_succeed(fresh_desk: Desk) -> None:
    """What the other one has created meanwhile is of the same site, even if from another state of its files."""
    desk = fresh_desk
    put(desk.folder / "s", {**SITE, "user": [{**SITE["user"][0], "email": "ops@example.org"}]})
    found = validate_folder(desk.folder / "s")
    plan = compute_plan(desk.backend, found.site, Options())
    applied(desk, put(desk.folder / "older", SITE))
    ended = apply(desk.backend, "admin", found.site, plan, {("user", "ops", "password"): "hush-hush"})
    assert {one.status for one in ended.results} == {"created"}, ended
    assert desk.item("user", "ops")["email"] == "ops@example.org"
    assert diff(desk, str(desk.folder / "s"), "--prune").code == 0


def test_the_own_user_is_not_changed_over_changes_of_others(fresh_desk: Desk) -> None:
    put(fresh_desk.folder / "s", {"user": [{"name": "admin", "notes": "n", "email": "a@example.org"}]})
    found = validate_folder(fresh_desk.folder / "s")
    plan = compute_plan(fresh_desk.backend, found.site, Options(merge=True))
    fresh_desk.ok("-t", "user", "-d", fresh_desk.file({"email": "b@example.org"}), "update", "admin")
    (ended,) = apply(fresh_desk.backend, "admin", found.site, plan, {}).results
    assert (ended.status, ended.reason) == ("failed", OVERTAKEN)
    assert fresh_desk.item("user", "admin")["email"] == "b@example.org"
