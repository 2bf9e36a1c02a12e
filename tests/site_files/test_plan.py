"""What is planned, without a backend: a site as it is applied needs nothing, and each change is found, and no other."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from alignak_backend_client.model.start_documents import START_DOCUMENTS
from alignak_backend_client.site.fields import OWNER
from alignak_backend_client.site.item_validation import ON_TEMPLATE
from alignak_backend_client.site.model import Site
from alignak_backend_client.site.planning.comparing import desired_rights, normalize_right
from alignak_backend_client.site.planning.desired import DesiredState
from alignak_backend_client.site.planning.plan import Options, Plan
from alignak_backend_client.site.planning.planner import make_plan
from alignak_backend_client.site.reading import BackendItems, Stored
from alignak_backend_client.site.validating import validate_folder

Files = dict[str, list[dict[str, Any]]]
Sites = Callable[..., Site]

BASE: Files = {
    "realm": [{"name": "Paris"}],
    "command": [{"name": "ping"}, {"name": "disk"}],
    "user": [{"name": "ops", "_realm": "Paris", "password": "${env:OPS}"}],
    "host": [
        {
            "name": "base",
            "_is_template": True,
            "check_command": "ping",
            "tags": ["b"],
            "customs": {"_A": "1"},
            "_services": [{"name": "load", "_is_template": True, "check_command": "ping", "check_interval": 7}],
        },
        {"name": "web", "_is_template": True, "_templates": ["base"], "max_check_attempts": 4},
        {"name": "web1", "_templates": ["web"], "_realm": "Paris", "address": "192.0.2.1", "tags": ["w"]},
    ],
    "hostgroup": [{"name": "webs", "hosts": ["web1"]}],
}


def made(tmp_path: Path, files: Files, name: str | None = "paris") -> Site:
    """The site that files hold."""
    folder = tmp_path / f"site{len(list(tmp_path.iterdir()))}"
    folder.mkdir()
    (folder / "all.yml").write_text(yaml.safe_dump(files))
    if name:
        (folder / "site.yml").write_text(f"name: {name}\n")
    found = validate_folder(folder, partial=True)
    assert found.problems == []
    return found.site


@pytest.fixture
def sites(tmp_path: Path) -> Sites:
    """Makes sites of what files hold."""
    return functools.partial(made, tmp_path)


def applied(site: Site, **owners: str) -> BackendItems:
    """What a backend has once a site was applied; ``owners`` are those of single items."""
    there = BackendItems()
    there.items = {kind: {} for kind in site.items}
    there.stored = {kind: {} for kind in site.items}
    there.rights = {}
    desired_state = DesiredState(site, there, {})
    for kind, items in desired_state.items.items():
        for name, wanted in items.items():
            there.items[kind][name] = {field: value for field, value in wanted.whole.items() if field != "password"}
            owner = owners.get(name, site.name) if OWNER in wanted.item.resource.fields else None
            there.stored[kind][name] = Stored(f"id of {name}", "etag", owner, wanted.followed)
            if kind == "user":
                there.rights[name] = [normalize_right(one) for one in desired_rights(wanted)]
    for kind, documents in START_DOCUMENTS.items():
        for document in documents:
            there.items[kind].setdefault(document["name"], dict(document))
            there.stored[kind].setdefault(document["name"], Stored(document["name"], "etag"))
    return there


def changed(**items: Any) -> Files:
    """The site with other fields of items; None takes an item away."""
    found: Files = {}
    for kind, entries in BASE.items():
        kept = [{**one, **(items.get(one["name"]) or {})} for one in entries if items.get(one["name"], 1) is not None]
        found[kind] = [{key: value for key, value in one.items() if value is not None} for one in kept]
    return found


def planned(found: Plan) -> list[tuple[str, str, list[str]]]:
    return [(one.action, one.name, [field.field for field in one.fields]) for one in found.changes]


def test_an_applied_site_has_an_empty_plan(sites: Sites) -> None:
    site = sites(BASE)
    found = make_plan(site, applied(site), Options(prune=True))
    assert (found.changes, found.problems, found.refusals, found.unchanged) == ([], [], [], 10)
    assert found.counts == {"create": 0, "update": 0, "delete": 0}


def test_an_empty_backend_gets_all_of_it_in_the_order_of_links(sites: Sites) -> None:
    found = make_plan(sites(BASE), applied(sites({})), Options())
    assert [one.type for one in found.changes] == [
        "realm", "command", "command", "user", "host", "host", "host", "hostgroup", "service", "service",
    ]  # fmt: skip
    assert {one.action for one in found.changes} == {"create"}
    given = next(one for one in found.changes if one.name == "web1/load")
    assert given.reason == "from service 'base/load'"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"web1": {"address": "192.0.2.2"}}, [("update", "web1", ["address"])]),
        ({"web": {"max_check_attempts": 5}}, [("update", n, ["max_check_attempts"]) for n in ("web", "web1")]),
        ({"base": {"check_interval": 9}}, [("update", n, ["check_interval"]) for n in ("base", "web", "web1")]),
        # What is the host's own is its own.
        ({"base": {"address": "192.0.2.9"}}, [("update", n, ["address"]) for n in ("base", "web")]),
        ({"web1": {"tags": ["b", "w"]}}, []),
        ({"web1": {"tags": ["w"], "_unmerged": ["tags"]}}, [("update", "web1", ["tags"])]),
        ({"web1": {"customs": {"_A": "1"}}}, []),
        ({"web1": {"customs": {"_B": "2"}}}, [("update", "web1", ["customs"])]),
        # An own value that is that of the template stays when the template changes.
        ({"web1": {"max_check_attempts": 4}}, [("update", "web1", ["_template_fields"])]),
        ({"web1": {"_without_services": ["load"]}}, [("delete", "web1/load", [])]),
        ({"web1": {"_templates": None}}, [
            ("update", "web1", ["alias", "tags", "customs", "check_command", "max_check_attempts", "_templates"]),
            ("delete", "web1/load", []),
        ]),
        ({"web1": {"_realm": "All"}}, [("update", "web1", ["_realm"]), ("update", "web1/load", ["_realm"])]),
        ({"web1": {"_services": [{"name": "load", "notes": "n"}]}}, [("update", "web1/load", ["notes"])]),
        ({"web1": {"_services": [{"name": "own"}]}}, [("create", "web1/own", [])]),
        ({"webs": {"hosts": []}}, [("update", "webs", ["hosts"])]),
        ({"ops": {"_rights": []}}, [("update", "ops", ["_rights"])]),
        ({"ops": {"_rights": [{"realm": "Paris", "sub_realm": True, "crud": ["read"]}]}}, []),
        ({"ops": {"password": "${env:OTHER}"}}, []),
        ({"webs": None}, []),
    ],
)  # fmt: skip
def test_a_change_is_found_and_no_other(sites: Sites, change: Any, expected: Any) -> None:
    there = applied(sites(BASE))
    found = make_plan(sites(changed(**change)), there, Options())
    assert found.problems == []
    assert planned(found) == expected


@pytest.mark.parametrize(
    ("there", "wanted"),
    [
        ({"notes": ""}, {}),
        ({}, {"notes": ""}),
        ({"notes": None, "parents": []}, {}),
        ({"flap_detection_options": ["x", "d", "o"]}, {}),
        ({"customs": {"_A": "1", "_OLD": None}}, {"customs": {"_A": "1"}}),
        ({"check_interval": 5}, {}),
        ({}, {"check_interval": "5"}),
    ],
)
def test_equivalent_values_are_no_difference(sites: Sites, there: Any, wanted: Any) -> None:
    site = sites({"host": [{"name": "h", **wanted}]})
    read = applied(sites({"host": [{"name": "h"}]}))
    read.items["host"]["h"] |= there
    assert planned(make_plan(site, read, Options())) == []


def test_merge_leaves_alone_what_files_leave_out(sites: Sites) -> None:
    there = applied(sites(changed(web1={"notes": "by hand"}, ops={"email": "o@example.org"})))
    assert planned(make_plan(sites(BASE), there, Options())) == [
        ("update", "ops", ["email"]),
        ("update", "web1", ["notes"]),
    ]
    assert planned(make_plan(sites(BASE), there, Options(merge=True))) == []
    files = changed(web1={"address": "192.0.2.5", "_without_services": ["load"]})
    assert planned(make_plan(sites(files), there, Options(merge=True))) == [
        ("update", "web1", ["address"]),
        ("delete", "web1/load", []),
    ]


def test_prune_deletes_owned_items_and_their_dependents(sites: Sites) -> None:
    there = applied(sites(BASE), disk="rome", ops="unknown")
    some: Files = {"realm": BASE["realm"], "host": BASE["host"][:2], "command": BASE["command"][:1]}
    kept = make_plan(sites(some), there, Options())
    assert (planned(kept), kept.unpruned, kept.refusals) == ([], 3, [])
    found = make_plan(sites(some), there, Options(prune=True))
    assert [(one.name, one.cascaded) for one in found.changes] == [
        ("web1/load", True),
        ("webs", False),
        ("web1", False),
    ]
    assert found.problems == []
    assert found.unpruned == 0


def test_a_site_without_a_name_owns_nothing(sites: Sites) -> None:
    there = applied(sites(BASE, None))
    assert {one.owner for one in there.stored["host"].values()} == {None}
    for options in (Options(), Options(prune=True)):
        found = make_plan(sites(changed(web1=None, webs=None), None), there, options)
        assert (planned(found), found.unpruned) == ([], 0)


@pytest.mark.parametrize("generated", [True, False])
def test_a_service_made_by_hand_stays_when_its_host_loses_the_template(generated: bool, sites: Sites) -> None:
    there = applied(sites(BASE), **{"web1/load": "unknown"})
    there.items["service"]["web1/load"]["_templates_from_host_template"] = generated
    found = make_plan(sites(changed(web1={"_templates": None})), there, Options())
    assert [one.name for one in found.changes if one.action == "delete"] == ["web1/load"] * generated


def test_own_services_of_a_pruned_host_are_deleted_by_themselves(sites: Sites) -> None:
    there = applied(sites(changed(web1={"_services": [{"name": "own"}]})))
    found = make_plan(sites(changed(web1=None, webs=None)), there, Options(prune=True, allow_deletions=True))
    assert [(one.name, one.reason, one.cascaded) for one in found.changes] == [
        ("web1/load", "with host 'web1'", True),
        ("web1/own", "", False),
        ("webs", "", False),
        ("web1", "", False),
    ]


def test_services_of_other_hosts_go_with_their_template(sites: Sites) -> None:
    files = changed()
    files["host"].append({"name": "byhand", "_templates": ["base"]})
    there = applied(sites(files), **{"byhand": "unknown", "byhand/load": "unknown"})
    found = make_plan(sites(changed(base={"_services": []})), there, Options(prune=True))
    assert [(one.name, one.reason, one.cascaded) for one in found.changes] == [
        ("base/load", "", False),
        ("byhand/load", "with service 'base/load'", True),
        ("web1/load", "no longer in a template of the host", False),
    ]


def test_followers_of_services_of_deleted_hosts_are_deleted(sites: Sites) -> None:
    files = changed()
    files["host"].append({"name": "byhand", "_templates": ["base"]})
    unowned = dict.fromkeys(("byhand", "byhand/load", "base/load"), "unknown")
    some: Files = {key: value for key, value in BASE.items() if key not in ("host", "hostgroup")}
    found = make_plan(sites(some), applied(sites(files), **unowned), Options(prune=True))
    assert [(one.name, one.reason) for one in found.changes if one.type == "service"] == [
        ("base/load", "with host 'base'"),
        ("byhand/load", "with service 'base/load'"),
        ("web1/load", ""),
    ]


def test_services_owned_through_their_template_alone_are_not_pruned(sites: Sites) -> None:
    """The backend copies imported_from to what somebody makes from a template by hand."""
    files = changed()
    files["host"].append({"name": "byhand", "_templates": ["base"]})
    there = applied(sites(files))
    for kind, name in (("host", "byhand"), ("service", "byhand/load")):
        stored = there.stored[kind][name]
        there.stored[kind][name] = stored._replace(followed=stored.followed | {OWNER})
    assert planned(make_plan(sites(BASE), there, Options(prune=True))) == []
    # Once the files have it, it is made the site's own.
    assert planned(make_plan(sites(files), there, Options())) == [("update", "byhand", [OWNER])]


def test_excluded_services_are_those_of_a_template_in_the_folder_or_the_backend(sites: Sites) -> None:
    there = applied(sites(BASE))
    assert make_plan(sites(changed(web1={"_without_services": ["load"]})), there, Options()).problems == []
    (problem,) = make_plan(sites(changed(web1={"_without_services": ["laod"]})), there, Options()).problems
    assert problem.reason == "_without_services: no template gives it a service 'laod'; did you mean 'load'?"
    alone = {"host": [{"name": "web2", "_templates": ["web"], "_without_services": ["load"]}]}
    assert make_plan(sites(alone), there, Options()).problems == []


def test_many_deletions_are_refused_and_a_wrong_folder(sites: Sites) -> None:
    few: Files = {"realm": BASE["realm"]}
    (refusal,) = make_plan(sites(few), applied(sites(BASE)), Options(prune=True)).refusals
    assert refusal.startswith("it would delete 8 of 9 items that the site 'paris' owns, more than 30%")
    assert make_plan(sites(few), applied(sites(BASE)), Options(prune=True, allow_deletions=True)).refusals == []
    (refusal,) = make_plan(sites(few, "rome"), applied(sites(BASE)), Options(prune=True)).refusals
    assert refusal.startswith("the site 'rome' owns nothing here, and 'paris' does")
    assert "has no items" in make_plan(sites({}), applied(sites(BASE)), Options(prune=True)).refusals[0]


def test_items_of_others_are_taken_over_only_when_that_is_asked_for(sites: Sites) -> None:
    there = applied(sites(BASE), ping="rome")
    (problem,) = make_plan(sites(BASE), there, Options()).problems
    assert problem.reason == "it belongs to the site 'rome': use --take-over to take it over"
    found = make_plan(sites(BASE), there, Options(take_over=True))
    assert (planned(found), found.problems) == ([("update", "ping", [OWNER])], [])
    unnamed = make_plan(sites(changed(disk={"notes": "n"}), None), there, Options())
    assert [one.reason for one in unnamed.problems] == [
        "it belongs to the site 'paris': use --take-over to take it over"
    ]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (
            {"web1": {"parents": ["base2"]}},
            "parents: neither the folder nor the backend has a host 'base2'; did you mean 'base'?",
        ),
        (
            {"webs": {"hosts": ["gone"]}},
            "hosts: host 'gone' would be deleted, since it is not in the folder: add it, or remove the link",
        ),
    ],
)
def test_links_that_lead_nowhere_are_problems(sites: Sites, change: Any, reason: str) -> None:
    files = changed()
    files["host"].append({"name": "gone"})
    found = make_plan(sites(changed(**change)), applied(sites(files)), Options(prune=True))
    field = reason.partition(":")[0]
    assert [(one.reason, one.place.steps[-2:]) for one in found.problems] == [(reason, (field, 0))]


def test_users_of_deleted_items_are_listed_except_for_files(sites: Sites) -> None:
    files = changed()
    files["host"] += [{"name": "byhand", "check_command": "disk", "parents": ["web1"]}, {"name": "both"}]
    files["command"].append({"name": "both", "notes": "n"})
    there = applied(sites(files), byhand="rome", both="rome")
    there.items["host"]["web1"]["event_handler"] = "disk"

    def used(options: Options) -> dict[str, tuple[tuple[str, str], ...]]:
        some = sites(changed(disk=None, base={"check_command": None, "_services": []}))
        return {one.name: one.used_by for one in make_plan(some, there, options).changes if one.used_by}

    assert used(Options(prune=True)) == {"disk": (("host", "byhand"),)}
    # This leaves the links of items in the files as they are.
    assert used(Options(prune=True, merge=True)) == {"disk": (("host", "byhand"), ("host", "web1"))}


@pytest.mark.parametrize(
    ("change", "removes_keys", "reason"),
    [
        (
            {"web": {"check_period": None}},
            True,
            "check_period: the backend cannot remove it from an item; set another value",
        ),
        ({"base": {"customs": {}}}, True, ""),
        (
            {"base": {"customs": {}}},
            False,
            "customs: this backend cannot remove '_A': keep it in the files, or set it to another value",
        ),
        (
            {"base": {"_is_template": None, "_services": [{"name": "load"}]}, "web": None, "web1": None, "webs": None},
            True,
            "_is_template: the backend cannot turn a service template into a service: give the service another name",
        ),
    ],
)  # fmt: skip
def test_expected_rejections_are_problems(sites: Sites, change: Any, removes_keys: bool, reason: str) -> None:
    there = applied(sites(changed(web={"check_period": "24x7"})))
    found = make_plan(
        sites(changed(**{"web": {"check_period": "24x7"}, **change})), there, Options(), lambda: removes_keys
    )
    assert {one.reason for one in found.problems} == ({reason} if reason else set())


def test_circles_through_what_the_backend_alone_has_are_problems(sites: Sites) -> None:
    template = {"_is_template": True}
    first: Files = {
        "host": [{"name": "t1", **template}, {"name": "t2", **template, "_templates": ["t1"]}],
        "hostgroup": [{"name": "one"}, {"name": "two", "_parent": "one"}],
    }
    files: Files = {
        "host": [{"name": "t1", **template, "_templates": ["t2"]}],
        "hostgroup": [{"name": "one", "_parent": "two"}],
    }
    assert [one.reason for one in make_plan(sites(files), applied(sites(first)), Options()).problems] == [
        "_templates: it is a template of itself: t1 → t2 → t1",
        "_parent: it is below itself: one → two → one",
    ]


def test_a_host_template_of_the_backend_alone_takes_no_plain_services(sites: Sites) -> None:
    there = applied(sites({"host": [{"name": "t", "_is_template": True}, {"name": "h"}]}))
    plain, template = {"name": "a"}, {"name": "b", "_is_template": True}
    in_host = sites({"host": [{"name": "t", "_services": [plain]}, {"name": "h", "_services": [plain]}]})
    alone = sites({"service": [{"host": "t", **plain}, {"host": "t", **template}, {"host": "h", **plain}]})
    for site, options in ((in_host, Options(merge=True)), (alone, Options())):
        (problem,) = make_plan(site, there, options).problems
        assert problem.item is not None
        assert (problem.item.name, problem.reason) == ("t/a", ON_TEMPLATE)
    assert make_plan(in_host, there, Options()).problems == []  # t becomes a host


def test_merge_makes_no_circle(sites: Sites) -> None:
    """What the files leave out may be the other half of it."""
    there = applied(sites({"hostgroup": [{"name": "one", "_parent": "two"}, {"name": "two"}]}))
    site = sites({"hostgroup": [{"name": "one"}, {"name": "two", "_parent": "one"}]})
    assert make_plan(site, there, Options()).problems == []
    (problem,) = make_plan(site, there, Options(merge=True)).problems
    assert problem.reason == "_parent: it is below itself: one → two → one"


def test_templates_that_the_backend_alone_has_count(sites: Sites) -> None:
    there = applied(sites(BASE))
    files: Files = {"host": [{"name": "new", "_templates": ["web"], "tags": ["n"]}]}
    site = sites(files)
    found = make_plan(site, there, Options())
    assert (planned(found)[1:], found.problems) == ([("create", "new/load", [])], [])
    whole = found.desired_state.items["host"]["new"].whole
    assert (whole["check_command"], whole["max_check_attempts"], whole["tags"]) == ("ping", 4, ["b", "n"])
    assert found.desired_state.items["service"]["new/load"].whole["check_interval"] == 7


def test_renamed_items_keep_their_ids_and_what_hangs_on_them(sites: Sites) -> None:
    there = applied(sites(BASE))
    files = changed(webs={"hosts": ["www1"]}, web1={"name": "www1", "was": "web1"}, ping={"name": "p", "was": "ping"})
    files["host"][0] |= {"check_command": "p"}
    files["host"][0]["_services"] = [
        {"name": "cpu", "was": "load", "_is_template": True, "check_command": "p", "check_interval": 7}
    ]
    found = make_plan(sites(files), there, Options(prune=True))
    assert [(one.name, one.id, *one.fields) for one in found.changes] == [
        ("p", "id of ping", ("name", "ping", "p"), ("alias", "ping", "p")),
        ("www1", "id of web1", ("name", "web1", "www1")),
        ("base/cpu", "id of base/load", ("name", "load", "cpu"), ("alias", "load", "cpu")),
        ("www1/cpu", "id of web1/load", ("name", "load", "cpu"), ("alias", "load", "cpu")),
    ]


def test_services_are_renamed_without_their_host(sites: Sites) -> None:
    files = changed(web1={"_services": [{"name": "own"}]})
    there = applied(sites(files))
    files["host"][0]["_services"] = [{**BASE["host"][0]["_services"][0], "name": "cpu", "was": "load"}]
    files["host"][2]["_services"] = [{"name": "mine", "was": "own"}]
    found = make_plan(sites(files), there, Options(prune=True))
    assert sorted((one.action, one.name, one.id) for one in found.changes) == [
        ("update", "base/cpu", "id of base/load"),
        ("update", "web1/cpu", "id of web1/load"),
        ("update", "web1/mine", "id of web1/own"),
    ]


def test_the_checksum_is_that_of_what_is_done(sites: Sites) -> None:
    first = make_plan(sites(changed(web1={"address": "a"})), applied(sites(BASE)), Options()).checksum
    assert first == make_plan(sites(changed(web1={"address": "a"})), applied(sites(BASE)), Options()).checksum
    assert first != make_plan(sites(changed(web1={"address": "b"})), applied(sites(BASE)), Options()).checksum
    assert first != make_plan(sites(BASE), applied(sites(BASE)), Options()).checksum


def test_secrets_are_sent_when_that_is_asked_for(sites: Sites) -> None:
    (change,) = make_plan(sites(BASE), applied(sites(BASE)), Options(update_secrets=True)).changes
    assert change.fields == (("password", None, "${env:OPS}"),)


def test_without_super_administrator_rights_and_parents_are_unknown(sites: Sites) -> None:
    files = changed(ops={"_rights": [{"realm": "Paris", "crud": ["read", "update"]}]})
    there = applied(sites(files))
    there.rights = None
    del there.items["realm"]["Paris"]["_parent"], there.items["hostgroup"]["webs"]["_parent"]
    found = make_plan(sites(BASE), there, Options())
    assert (found.changes, found.problems) == ([], [])
    # A user that changes and whose rights are in the files is refused, and so is a new one.
    files = changed(ops={"_rights": [], "notes": "n"})
    files["user"] += [{"name": "new", "password": "${env:P}", "_rights": []}, {"name": "plain", "password": "${env:P}"}]
    found = make_plan(sites(files), there, Options())
    assert [(one.item and one.item.name, one.place.steps[-1], one.reason) for one in found.problems] == [
        (name, "_rights", "_rights: only a super administrator may read and change the rights of users")
        for name in ("new", "ops")
    ]


def test_a_parent_that_is_seen_is_compared_by_everybody(sites: Sites) -> None:
    there = applied(sites(BASE))
    there.rights = None
    there.items["realm"]["Paris"]["_parent"] = "Nord"
    assert planned(make_plan(sites(BASE), there, Options())) == [("update", "Paris", ["_parent"])]


def test_rights_in_realms_that_are_not_there_are_problems(sites: Sites) -> None:
    files = changed(ops={"_rights": [{"realm": "Paris"}, {"realm": "Pari"}]})
    (problem,) = make_plan(sites(files), applied(sites(BASE)), Options()).problems
    assert problem.reason == "_rights: neither the folder nor the backend has a realm 'Pari'; did you mean 'Paris'?"
    assert problem.place.steps[-3:] == ("_rights", 1, "realm")


def test_a_new_user_is_shown_with_its_rights(sites: Sites) -> None:
    files = changed(ops={"_rights": [{"realm": "Paris", "crud": ["update", "read", "read"]}] * 2})
    found = make_plan(sites(files), applied(sites({})), Options())
    (user,) = [one for one in found.changes if one.type == "user"]
    assert [one.new for one in user.fields if one.field == "_rights"] == [
        [{"realm": "Paris", "sub_realm": False, "resource": "*", "crud": ["read", "update"]}]
    ]


def test_merge_leaves_rights_and_services_of_templates_alone(sites: Sites) -> None:
    there = applied(sites(changed(ops={"_rights": []}, web1={"_services": [{"name": "load", "notes": "by hand"}]})))
    assert planned(make_plan(sites(BASE), there, Options())) == [
        ("update", "ops", ["_rights"]),
        ("update", "web1/load", ["notes"]),
    ]
    assert planned(make_plan(sites(BASE), there, Options(merge=True))) == []
    # What no template gives any longer stays, too.
    found = make_plan(sites(changed(web1={"_templates": []})), applied(sites(BASE)), Options(merge=True))
    assert planned(found) == [("update", "web1", ["tags", "_templates"])]


def test_start_documents_are_reset_and_the_own_user_is_kept(sites: Sites) -> None:
    files = {
        **BASE,
        "timeperiod": [{"name": "Never", "notes": "ours"}],
        "user": [*BASE["user"], {"name": "me", "password": "${env:P}"}],
    }
    there = applied(sites(files))
    there.items["timeperiod"]["24x7"]["notes"] = "by hand"
    found = make_plan(sites(BASE), there, Options(prune=True, protected_user="me"))
    assert planned(found) == [("update", "Never", ["notes", OWNER])]
    assert found.changes[0].fields[1] == (OWNER, "paris", "unknown")
    assert planned(make_plan(sites(BASE), there, Options(protected_user="me"))) == []
    assert planned(make_plan(sites(BASE), there, Options(prune=True)))[1:] == [("delete", "me", [])]


def test_exactly_thirty_percent_may_be_deleted(sites: Sites) -> None:
    ten = [{"name": f"c{number}"} for number in range(10)]
    there = applied(sites({"command": ten}))
    assert make_plan(sites({"command": ten[3:]}), there, Options(prune=True)).refusals == []
    (refusal,) = make_plan(sites({"command": ten[4:]}), there, Options(prune=True)).refusals
    assert refusal.startswith("it would delete 4 of 10 items")


def test_names_in_links_are_no_ids_even_if_they_look_like_them(sites: Sites) -> None:
    name = "ABCDEF" * 4
    site = sites({"command": [{"name": name}], "host": [{"name": "h", "check_command": name}]})
    made_of = make_plan(site, applied(sites({"host": [{"name": "other"}]})), Options())
    assert made_of.problems == []
    (host,) = (change for change in made_of.changes if change.key == ("host", "h"))
    assert ("check_command", None, name) in host.fields
