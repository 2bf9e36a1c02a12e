"""Services of an import: which hosts have them, and what they have of their hosts and templates."""

from __future__ import annotations

from pathlib import Path

import pytest

from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.site.cfg import service_groups, services
from site_files.imported import BASE, made


def test_expressions_over_templates_mean_hosts(tmp_path: Path) -> None:
    site = made(
        tmp_path,
        BASE + "define host {\nname linux\nregister 0\n}\ndefine host {\nname old\nregister 0\n}\n"
        "define host {\nhost_name a\nuse linux\n}\ndefine host {\nhost_name b\nuse old,linux\n}\n"
        "define service {\nregister 0\nhost_name linux&!old\nservice_description New\ncheck_command c\n}\n"
        "define service {\nregister 0\nhost_name linux,!old\nservice_description Newer\ncheck_command c\n}\n",
    )
    assert sorted(site["service"]) == ["a/New", "a/Newer"]
    assert site.found.findings == []


@pytest.mark.parametrize(
    ("settings", "web", "group"),
    [
        ("", [], []),
        ("use_regexp_matching=1\n", ["web1", "web10"], ["web1"]),
        ("use_regexp_matching=1\nuse_true_regexp_matching=1\n", ["web1", "web10"], ["web1", "web10"]),
    ],
)
def test_regular_expressions_are_enabled_by_the_main_file(
    settings: str, web: list[str], group: list[str], tmp_path: Path
) -> None:
    site = made(
        tmp_path,
        settings
        + BASE
        + "".join(f"define host {{\nhost_name {name}\n}}\n" for name in ("db", "web1", "web10"))
        + "define hostgroup {\nhostgroup_name one\nmembers web1\n}\n"
        "define service {\nhost_name ^web.*,!db\nservice_description a\ncheck_command c\n}\n"
        "define service {\nhostgroup_name ^o.*$\nservice_description b\ncheck_command c\n}\n"
        "define servicedependency {\nhost_name web1\nservice_description a\ndependent_service_description ^b?$\n}\n",
    )
    nothing = made(tmp_path, settings + "define hostgroup {\nhostgroup_name g\nmembers ^web.*\n}\n")
    assert [reason for _, _, reason in nothing.findings("lost")] == ["there is no host '^web.*'"]
    on = {
        name: [full.partition("/")[0] for full in site.items.get("service", ()) if full.endswith(name)] for name in "ab"
    }
    assert on == {"a": web, "b": group if web else []}
    assert site["hostgroup"]["one"]["hosts"] == (group if web else ["web1"])
    depends = site.items.get("servicedependency", {}).values()
    assert [one["dependent_services"] for one in depends] == [[f"{name}/b"] for name in group]


def test_an_own_service_replaces_one_of_a_group(tmp_path: Path) -> None:
    service = "define service {\nservice_description s\ncheck_command c!%s\n%s\n}\n"
    site = made(
        tmp_path,
        BASE + "define host {\nhost_name a\nhostgroups g\n}\ndefine host {\nhost_name b\nhostgroups g\n"
        "service_includes t\n}\ndefine hostgroup {\nhostgroup_name g\n}\n"
        + service % ("group", "hostgroup_name g")
        + service % ("own", "host_name a")
        + (service % ("again", "host_name a")),
    )
    assert {full: item["check_command_args"] for full, item in site["service"].items()} == {"a/s": "own"}
    assert [line for _, line, reason in site.findings("lost") if "that definition is used" in reason] == [28]


def test_services_without_hosts_are_reported_and_excluded_elements_omitted(tmp_path: Path) -> None:
    service = "define service {\nservice_description s%s\ncheck_command c\n%s\n}\n"
    site = made(
        tmp_path,
        BASE + "define host {\nname t\nregister 0\n_D a,b,c\n}\ndefine host {\nname unused\nregister 0\n}\n"
        "define host {\nhost_name h\nuse t\nservice_excludes s a\n!_D b\n}\ndefine hostgroup {\nhostgroup_name g\n}\n"
        + service % (1, "hostgroup_name g")
        + service % (2, "host_name h,!h")
        + service % (" $KEY$", "host_name t\nregister 0\nduplicate_foreach _D")
        + service % ("$KEY$", "host_name unused\nregister 0\nduplicate_foreach _D"),
    )
    assert set(site["service"]) == {"h/s c"}
    assert site.findings("lost") == [("x.cfg", line, "no host has this service") for line in (24, 29, 41)]


def test_a_host_may_be_called_like_an_expression(tmp_path: Path) -> None:
    hosts = "".join(f"define host {{\nhost_name {name}\n}}\n" for name in ("r&d", "r", "d"))
    service = "define service {\nhost_name %s\nservice_description s\ncheck_command c\n}\n"
    assert set(made(tmp_path, BASE + hosts + service % "r&d")["service"]) == {"r_d/s"}


@pytest.mark.parametrize(("most", "elements"), [(3, "a,b,c"), (2, "")])
def test_elements_of_a_list_count_as_services(
    most: int, elements: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MAX_SERVICES", most)
    text = "define host {\nhost_name h\n_D %s\n}\ndefine service {\nhost_name h\nservice_description s $KEY$\n"
    text = BASE + text + "check_command c\nduplicate_foreach _D\n}\n"
    site = made(tmp_path, text % elements)
    assert set(site.items.get("service", ())) == {f"h/s {one}" for one in elements.split(",") if one}
    assert site.found.findings == []
    with pytest.raises(ItemError, match=f"the files define more than {most} services"):
        made(tmp_path, text % "a,b,c,d")


def test_parents_of_services_become_dependencies(tmp_path: Path) -> None:
    services = "".join(
        f"define service {{\nhost_name h\nservice_description {name}\ncheck_command c\n{more}}}\n"
        for name, more in (("a", "parents b\n"), ("b", ""), ("c", "parents h,a,h,b\n"), ("d", "parents h,d\n"))
    )
    site = made(tmp_path, BASE + "define host {\nhost_name h\n}\n" + services)
    depends = {name: service.get("service_dependencies") for name, service in site["service"].items()}
    assert depends == {"h/a": ["h/b"], "h/b": None, "h/c": ["h/a", "h/b"], "h/d": None}


def test_values_that_services_take_from_their_host(tmp_path: Path) -> None:
    text = (
        BASE + "define timeperiod {\ntimeperiod_name p\n}\ndefine contact {\ncontact_name u\n}\n"
        "define contactgroup {\ncontactgroup_name g\n}\ndefine contact {\ncontact_name v\n}\n"
        "define host {\nhost_name h\ncontacts u\ncontact_groups g\ncheck_period p\nnotification_interval 7\n}\n"
        "define service {\nhost_name h\nservice_description s\ncheck_command c\nevent_handler c\ncontacts v\n}\n"
    )
    service = {"name": "s", "check_command": "c", "event_handler": "c", "users": ["v"], "notification_interval": 7}
    assert made(tmp_path, text)["service"]["h/s"] == {**service, "retry_interval": 1, "event_handler_enabled": True}
    # Icinga 1 has modules, too.
    assert made(tmp_path, text + "define module {\nmodule_name x\n}\n")["service"]["h/s"]["retry_interval"] == 1
    of_shinken = made(tmp_path, text + "define poller {\npoller_name x\n}\n")["service"]["h/s"]
    assert of_shinken == {**service, "usergroups": ["g"], "check_period": "p"}


def test_members_of_service_groups_are_pairs_that_may_be_patterns(tmp_path: Path) -> None:
    hosts = "".join(f"define host {{\nhost_name {name}\n}}\n" for name in ("a", "b", "c"))
    services = "".join(
        f"define service {{\nhost_name {where}\nservice_description {name}\ncheck_command c\n}}\n"
        for where, name in (("a,b,c", "s"), ("b", "t"), ("c", "u"))
    )
    group = "define servicegroup {\nservicegroup_name %s\nmembers %s\n}\n"
    groups = group % ("one", "*,s") + group % ("two", "b,*,c,u") + group % ("three", "a,t,d,s,c")
    site = made(tmp_path, BASE + hosts + services + groups)
    assert {name: one.get("services") for name, one in site["servicegroup"].items()} == {
        "one": ["a/s", "b/s", "c/s"], "two": ["b/s", "b/t", "c/u"], "three": None,
    }  # fmt: skip
    assert [reason for _, _, reason in site.findings("lost")] == [
        "members: pairs of host and service needed; the last one is incomplete",
        "there is no service 'a/t'",
        "there is no host 'd'",
    ]
    patterns = hosts + services + group % ("four", "[ab],s,c,^u")
    regular = made(tmp_path, "use_regexp_matching=1\nuse_true_regexp_matching=1\n" + BASE + patterns)
    assert regular["servicegroup"]["four"]["services"] == ["a/s", "b/s", "c/u"]


def test_service_groups_with_too_many_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_groups, "_MAX_SELECTED", 3)
    hosts = "".join(f"define host {{\nhost_name {name}\n}}\n" for name in "ab")
    with pytest.raises(ItemError, match=r"x\.cfg:14: the service groups have more than 3 members"):
        made(tmp_path, BASE + hosts + "define servicegroup {\nservicegroup_name g\nmembers *,s,*,t\n}\n")
