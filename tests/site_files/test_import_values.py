"""Attributes and names of an import: what they become, and the findings."""

from __future__ import annotations

from pathlib import Path

import pytest

from site_files.imported import BASE, made

PERIOD = (
    "define timeperiod {\ntimeperiod_name t\nmonday 09:00-17:00\ndecember 25 00:00-00:00\n%s\nexclude u\n}\n"
    "define timeperiod {\ntimeperiod_name u\njuly 4 00:00-00:00\nmonday 1 may 00:00-00:00\n}\n"
)


def test_dates_replace_weekdays_in_nagios_and_add_to_them_in_shinken(tmp_path: Path) -> None:
    periods = made(tmp_path, PERIOD % "monday -1 may 00:00-00:00")["timeperiod"]
    assert periods["t"] == {"name": "t", "dateranges": [{"monday": "09:00-17:00"}], "exclude": ["u", "t exceptions"]}
    assert periods["t exceptions"]["dateranges"] == [
        {"december 25": "00:00-24:00"},
        {"monday -1 may": "00:00-24:00"},
    ]
    # Where nothing is replaced, nothing is excluded.
    assert periods["u"] == {
        "name": "u",
        "dateranges": [{"july 4": "00:00-00:00"}, {"monday 1 may": "00:00-00:00"}],
    }
    with_times = made(tmp_path, PERIOD % "2026-12-31 9:00-12:00,10:00-11:00,13:30-24:00")
    dates = with_times["timeperiod"]["t exceptions"]["dateranges"]
    assert dates[1:] == [{"2026-12-31": "00:00-09:00,12:00-13:30"}]
    assert {"2026-12-31": "9:00-12:00,10:00-11:00,13:30-24:00"} in with_times["timeperiod"]["t"]["dateranges"]
    assert [reason[:23] for _, _, reason in with_times.findings("lost")] == ["dates of several kinds "]
    of_shinken = made(tmp_path, PERIOD % "" + "define realm {\nrealm_name All\n}\n")["timeperiod"]
    assert set(of_shinken) == {"t", "u"}
    assert of_shinken["t"]["dateranges"] == [{"monday": "09:00-17:00"}, {"december 25": "00:00-00:00"}]


def test_a_field_that_the_backend_refuses_is_left_out(tmp_path: Path) -> None:
    site = made(tmp_path, BASE + "define host {\nhost_name a\nbusiness_impact 9\nnotes n\nmax_check_attempts 1e\n}")
    assert site["host"]["a"] == {"name": "a", "address": "a", "notes": "n"}
    assert [line for _, line, _ in site.findings("lost")] == [8, 10]


def test_circles_of_hosts_and_groups_are_cut(tmp_path: Path) -> None:
    site = made(
        tmp_path,
        "define host {\nhost_name a\nparents b\n}\ndefine host {\nhost_name b\nparents a\n}\n"
        "define hostgroup {\nhostgroup_name g\nhostgroup_members h\n}\n"
        "define hostgroup {\nhostgroup_name h\nhostgroup_members g\n}\n"
        "define realm {\nrealm_name R\nrealm_members S\n}\ndefine realm {\nrealm_name S\nrealm_members R\n}\n",
    )
    assert len([one for one in site["host"].values() if "parents" in one]) == 1
    assert [reason for _, _, reason in site.findings("lost")] == [
        "parents: it is its own parent: a → b → a",
        "hostgroups: it is a member of itself: g → h → g",
        "realm_members: the realm contains itself",
    ]


def test_unknown_realms_are_reported(tmp_path: Path) -> None:
    site = made(
        tmp_path,
        "define realm {\nrealm_name R\nhigher_realms No\n}\ndefine realm {\nrealm_name S\nrealm_members X\n}\n",
    )
    assert [one.get("_parent") for one in site["realm"].values()] == [None, None]
    assert [reason for _, _, reason in site.findings("lost")] == [
        "higher_realms: there is no realm 'No'",
        "realm_members: there is no realm 'X'",
    ]


def test_variables_that_may_be_secrets_are_listed_without_their_values(tmp_path: Path) -> None:
    site = made(
        tmp_path,
        "define host {\nname t\nregister 0\n_SNMPCOMMUNITY s3cret\n_DBPASSWORD\n_PASSIVE 1\n_TOKEN abc\n}\n"
        "define host {\nhost_name a\nuse t\n_SNMPCOMMUNITY public\n}\n",
    )
    assert site.findings("exposed") == [("x.cfg", 4, "_SNMPCOMMUNITY"), ("x.cfg", 7, "_TOKEN")]
    assert not any("s3cret" in str(finding) for finding in site.found.findings)


def test_names_that_meet_differ(tmp_path: Path) -> None:
    site = made(
        tmp_path,
        "define host {\nname a\nregister 0\n}\ndefine host {\nhost_name a\nuse a\n}\n"
        "define host {\nhost_name b(1)\n}\ndefine host {\nhost_name b_1_\n}\n"
        "define contact {\ncontact_name admin\nemail a@b\n}\n",
    )
    assert set(site["host"]) == {"a", "a-template", "b_1_", "b_1_-2"}
    assert site["host"]["a"]["_templates"] == ["a-template"]
    assert site["user"]["admin"] == {
        "name": "admin",
        "email": "a@b",
        "host_notifications_enabled": True,
        "service_notifications_enabled": True,
    }


def test_null_takes_away_what_a_template_gives(tmp_path: Path) -> None:
    site = made(
        tmp_path,
        BASE + "define timeperiod {\ntimeperiod_name t\nmonday 09:00-10:00\n}\n"
        "define host {\nname t\nregister 0\ncheck_command c!1\ncheck_period t\nnotes N\ncheck_interval 9\n"
        "maintenance_period t\n}\n"
        "define host {\nhost_name a\nuse t\ncheck_command null\ncheck_period null\nnotes null\ncheck_interval null\n"
        "maintenance_period null\n}\n",
    )
    assert site["host"]["a"] == {
        "name": "a",
        "_templates": ["t"],
        "alias": "a",
        "address": "a",
        "notes": "",
        "check_interval": 5,
        "check_command": "_internal_host_up",
        "check_command_args": "",
        "check_period": "24x7",
        "maintenance_period": None,
    }


@pytest.mark.parametrize("step", [1, -1])
def test_templates_that_are_too_deep_are_cut(step: int, tmp_path: Path) -> None:
    deep = "".join(f"define host {{\nname t{n}\nregister 0\nuse t{n + 1}\n}}\n" for n in range(1500)[::step])
    site = made(tmp_path, deep + "define host {\nname t1500\nregister 0\n}\ndefine host {\nhost_name h\nuse t0\n}\n")
    assert {reason for _, _, reason in site.findings("lost")} == {"use: more than 62 templates above each other"}
    assert len(site["host"]) == 1502


def test_the_lowest_definition_order_counts(tmp_path: Path) -> None:
    hosts = [f"define host {{\nhost_name a\nalias {order}\ndefinition_order {order}\n}}\n" for order in (100, 1, 50)]
    assert made(tmp_path, "".join(hosts))["host"]["a"]["alias"] == "1"


def test_objects_without_names_are_reported(tmp_path: Path) -> None:
    types = ("command", "contact", "contactgroup", "host", "hostgroup", "realm", "servicegroup", "timeperiod")
    blocks = "".join(f"define {type_} {{\nrealm_members All\nmembers a\n}}\n" for type_ in types)
    site = made(tmp_path, blocks + "define host {\nhost_name a\n}\n")
    assert {f"{type_}_name is missing" for type_ in types} <= {reason for _, _, reason in site.findings("lost")}


def test_defaults_of_the_main_file(tmp_path: Path) -> None:
    site = made(
        tmp_path,
        "low_host_flap_threshold=7.0\nhigh_host_flap_threshold=x\nlow_service_flap_threshold=1e999\n"
        "high_service_flap_threshold=33\ninterval_length=1\n" + BASE + "define host {\n"
        "name t\nregister 0\n}\ndefine host {\nhost_name a\nuse t\ncheck_interval 300\nlow_flap_threshold 0\n}\n"
        "define service {\nhost_name a\nservice_description s\ncheck_command c\nevent_handler c!x\n}\n",
    )
    assert site["host"]["t"]["low_flap_threshold"] == 7
    assert "high_flap_threshold" not in site["host"]["t"]
    assert "low_flap_threshold" not in site["service"]["a/s"]
    # By default, Nagios checks every five units.
    assert (site["host"]["t"]["check_interval"], site["host"]["a"]["check_interval"]) == (1, 5)
    assert "low_flap_threshold" not in site["host"]["a"]
    assert site["service"]["a/s"]["high_flap_threshold"] == 33
    assert site["service"]["a/s"]["event_handler_args"] == "x"
    assert site["service"]["a/s"]["event_handler_enabled"] is True


def test_old_names_of_attributes_are_inherited_as_new_ones(tmp_path: Path) -> None:
    site = made(
        tmp_path,
        BASE + "define host {\nhost_name h\ncriticity 5\nservice_overrides s,retry_check_interval 7\n}\n"
        "define service {\nname t\nregister 0\nnormal_check_interval 9\nretry_check_interval 3\n}\n"
        "define service {\nuse t\nhost_name h\ndescription s\ncheck_command c\ncheck_interval 1\n}\n",
    )
    service = site["service"]["h/s"]
    assert (service["check_interval"], service["business_impact"], service["retry_interval"]) == (1, 5, 7)
    assert site["service"]["_dummy/t"]["retry_interval"] == 3


def test_used_macros_are_reported(tmp_path: Path) -> None:
    macros = "".join(f"$USER{number}$=hush\n" for number in range(1, 6))
    site = made(
        tmp_path,
        macros + "define command {\ncommand_name c\ncommand_line $USER1$$USER2$/c\n}\ndefine host {\nhost_name a\n"
        "_COMMUNITY $USER3$\ncheck_command c!x!$USER4$\n}\n",
    )
    assert [(line, reason[:7]) for _, line, reason in site.findings("changed")] == [
        (number, f"$USER{number}$") for number in range(1, 5)
    ]


def test_a_realm_of_a_group_is_that_of_its_hosts(tmp_path: Path) -> None:
    site = made(
        tmp_path,
        "define realm {\nrealm_name R\n}\ndefine hostgroup {\nhostgroup_name g\nmembers a,b\nrealm R\n}\n"
        "define host {\nhost_name a\n}\ndefine host {\nhost_name b\nrealm All\n}\n"
        "define host {\nregister 0\nalias x\n}\n",
    )
    assert (site["host"]["a"]["_realm"], "_realm" in site["host"]["b"]) == ("R", False)
    assert site.findings("lost") == [("x.cfg", 16, "register 0 without a name: nothing can use it")]


def test_letters_in_all_their_forms(tmp_path: Path) -> None:
    site = made(
        tmp_path,
        "define host {\nhost_name a\nnotification_options down, unreachable ,r\nflap_detection_options all\n"
        "stalking_options n\ninitial_state u\n}\n"
        "define host {\nhost_name b\nnotification_options n,d\ninitial_state z\n}\n"
        "define contact {\ncontact_name u\nhost_notification_options d,x\nservice_notification_options a\n}\n",
    )
    assert site["host"]["a"]["notification_options"] == ["d", "r", "x"]
    assert not {"flap_detection_options", "stalking_options", "initial_state"} & site["host"]["a"].keys()
    assert site["host"]["b"]["notification_options"] == ["n"]
    assert site["user"]["u"]["host_notification_options"] == ["d", "u"]
    assert [reason for _, _, reason in site.findings("lost")] == [
        "initial_state: 'z' is not one of o, d, x", "initial_state: no state is left",
    ]  # fmt: skip


def test_own_values_take_precedence_over_extended_information(tmp_path: Path) -> None:
    site = made(
        tmp_path,
        BASE + "define host {\nhost_name a\nnotes own\n}\n"
        "define service {\nhost_name a\nservice_description s\ncheck_command c\nnotes own\n}\n"
        "define hostextinfo {\nhost_name a\nnotes extra\nicon_image i\n}\n"
        "define serviceextinfo {\nhost_name a\nservice_description s\nnotes extra\nicon_image i\n}\n",
    )
    assert [(one["notes"], one["icon_image"]) for one in (site["host"]["a"], site["service"]["a/s"])] == [
        ("own", "i")
    ] * 2


def test_templates_take_no_names_of_what_every_backend_has(tmp_path: Path) -> None:
    contact = "define contact {\ncontact_name u\nuse admin\n}\ndefine contact {\nname admin\nregister 0\nemail a@b\n}\n"
    site = made(tmp_path, contact + "define host {\nhost_name _dummy\n}\n")
    assert set(site["user"]) == {"u", "admin-template"}
    assert set(site["host"]) == {"_dummy-2"}


def test_groups_that_only_their_members_name_are_created(tmp_path: Path) -> None:
    host = "define host {\nhost_name h\nhostgroups a,All\ncontact_groups nobody\n}\n"
    template = "define service {\nname t\nregister 0\nservicegroups b\n}\n"
    service = "define service {\nhost_name h\nservice_description s\ncheck_command c\nuse t\n}\n"
    unused = "define service {\nname u\nregister 0\nservicegroups unused\n}\n"
    contact = "define contact {\ncontact_name u\ncontactgroups d,All\n}\n"
    site = made(tmp_path, BASE + host + template + service + unused + contact)
    assert {name: one["hosts"] for name, one in site["hostgroup"].items()} == {"a": ["h"], "All": ["h"]}
    assert {name: one["services"] for name, one in site["servicegroup"].items()} == {"b": ["h/s"]}
    assert {name: one["users"] for name, one in site["usergroup"].items()} == {"d": ["u"], "All": ["u"]}
    created = "not defined: created with the %ss that refer to it"
    assert [(one.name, one.line, one.reason) for one in site.found.findings if one.kind == "changed"] == [
        ("a", 8, created % "host"), ("All", 8, created % "host"), ("b", 14, created % "service"),
        ("d", 29, created % "contact"), ("All", 29, created % "contact"),
    ]  # fmt: skip
    assert [reason for _, _, reason in site.findings("lost")] == ["contact_groups: there is no contactgroup 'nobody'"]


def test_rounded_numbers_are_reported(tmp_path: Path) -> None:
    site = made(tmp_path, "define host {\nhost_name a\nlow_flap_threshold 5.6\nhigh_flap_threshold 20.0\n}\n")
    assert (site["host"]["a"]["low_flap_threshold"], site["host"]["a"]["high_flap_threshold"]) == (6, 20)
    assert site.findings("changed") == [("x.cfg", 3, "low_flap_threshold: 5.6 is rounded to 6")]
