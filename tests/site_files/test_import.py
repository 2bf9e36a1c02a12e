"""Configuration files as a site: sample trees, and what becomes of what."""

from __future__ import annotations

from pathlib import Path

import pytest

from alignak_backend_client.site.cfg.importing import import_files
from site_files.imported import CFG, Site


@pytest.fixture(scope="module")
def nagios(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(tmp_path_factory.mktemp("nagios") / "site", CFG / "nagios" / "nagios.cfg")


@pytest.fixture(scope="module")
def shinken(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(tmp_path_factory.mktemp("shinken") / "site", CFG / "shinken" / "shinken.cfg")


def test_hosts_follow_their_templates(nagios: Site) -> None:
    assert nagios["host"]["generic-host"] == {
        "name": "generic-host",
        "_is_template": True,
        "check_command": "check_ping",
        "check_command_args": "100!20%",
        "check_period": "24x7",
        "customs": {"_ENVIRONMENT": "production"},
        "max_check_attempts": 3,
        # What Nagios has by default: 30 units of 30 seconds.
        "notification_interval": 15,
        "notification_options": ["d", "r", "x"],
        "retry_interval": 1,
        "usergroups": ["admins"],
    }
    web1 = nagios["host"]["web1"]
    # The last one counts in the backend, in the files the first did; what both say is written where they differ.
    assert web1["_templates"] == ["generic-host", "linux"]
    assert web1["location"] == {"type": "Point", "coordinates": [48.85, 2.29]}
    assert (web1["parents"], web1["address"], web1["2d_coords"]) == (["router"], "192.0.2.1", "100,200")
    assert web1["icon_image"] == "server.png"
    assert nagios["host"]["web2"]["_unmerged"] == ["usergroups"]
    assert nagios["host"]["web2"]["address"] == "web2"


def test_a_host_that_others_use_becomes_a_template_too(nagios: Site) -> None:
    assert nagios["host"]["core"]["_is_template"] is True
    assert nagios["host"]["router2"]["_templates"] == ["core"]
    assert nagios["host"]["router"]["check_command_args"] == "1!1"
    assert "_templates" not in nagios["host"]["router"]


def test_services_of_groups_are_on_their_hosts(nagios: Site) -> None:
    on = {full.partition("/")[0] for full in nagios["service"] if full.endswith("/Load")}
    assert on == {"web2"}  # everything: not router2; without linux-servers (web1), and without router
    ping = {full.partition("/")[0] for full in nagios["service"] if full.endswith("/Ping_ _fast_")}
    assert ping == {"web1", "web2", "router", "router2"}
    http = nagios["service"]["web1/HTTP"]
    assert (http["check_command_args"], http["notes"]) == ("10\\!5!x", "The page")
    # Where a service says nothing, it has contacts and notification period of its host.
    assert nagios["service"]["web2/Disk"]["notification_period"] == "workhours"
    assert "usergroups" not in nagios["service"]["web2/Disk"]
    assert nagios["service"]["web1/Disk"]["usergroups"] == ["admins", "everybody"]
    assert nagios["service"]["web1/Ping_ _fast_"]["users"] == ["ops"]
    assert nagios["service"]["web1/Disk"]["_templates"] == ["_dummy/disk-of-web"]
    # 10 units of 30 seconds are the default.
    assert "check_interval" not in nagios["service"]["_dummy/generic-service"]


def test_time_periods(nagios: Site) -> None:
    periods = nagios["timeperiod"]
    assert periods["24x7"] == {"name": "24x7", "alias": "Always"}
    assert periods["support"]["dateranges"] == [
        {"monday": "09:00-12:00,13:00-17:00"},
        {"tuesday": "08:00-18:00"},
    ]
    assert periods["support"]["exclude"] == ["holidays"]
    assert [next(iter(one)) for one in periods["holidays"]["dateranges"]] == [
        "december 25", "2026-12-24", "day 1 - 15", "monday 3 september", "tuesday -1 april - friday 2 may",
        "2026-01-01 - 2026-03-01 / 3",
    ]  # fmt: skip


def test_contacts_become_users_without_their_passwords(nagios: Site) -> None:
    ops = nagios["user"]["ops"]
    assert ops["password"] == "${env:OPS_PASSWORD}"
    assert (ops["email"], ops["pager"], ops["customs"]) == ("ops@example.org", "+33 1 23", {"_PHONE": "42"})
    assert ops["_templates"] == ["generic-contact"]
    assert nagios["user"]["generic-contact"]["service_notification_period"] == "workhours"
    # The engines notify contacts that say nothing of it, the backend does not.
    assert nagios["user"]["dev_1"]["service_notifications_enabled"] is True
    assert nagios["usergroup"]["admins"]["users"] == ["dev_1", "ops"]
    assert nagios["usergroup"]["everybody"]["usergroups"] == ["admins"]
    everything = "".join(path.read_text() for path in nagios.folder.rglob("*.yml"))
    assert "hush" not in everything + str(nagios.found)
    assert "a-secret-word" not in everything + str(nagios.found)
    assert {path.stat().st_mode & 0o077 for path in nagios.folder.rglob("*.yml")} == {0}


def test_groups_escalations_and_dependencies(nagios: Site) -> None:
    assert nagios["hostgroup"]["everything"]["hosts"] == ["router", "web1", "web2"]
    assert nagios["hostgroup"]["everything"]["hostgroups"] == ["linux-servers", "web"]
    assert nagios["hostgroup"]["linux-servers"]["hosts"] == ["web1"]
    assert nagios["servicegroup"]["web-services"]["services"] == ["web1/HTTP", "web2/Disk"]
    assert nagios["hostdependency"]["web1 and 1 more depends on router"] == {
        "name": "web1 and 1 more depends on router",
        "hosts": ["router"],
        "dependent_hosts": ["web1", "web2"],
        "notification_failure_criteria": ["d", "x"],
        "dependency_period": "24x7",
    }
    assert nagios["servicedependency"]["web1/Disk depends on web1/HTTP"]["services"] == ["web1/HTTP"]
    assert nagios["hostescalation"]["escalation of web1"]["notification_interval"] == 30
    # They count notifications, of which these services have the second one at different times.
    escalations = nagios["serviceescalation"].values()
    assert [(one["services"], one["users"], one["usergroups"]) for one in escalations] == [
        (["web1/HTTP"], [], ["admins"]),
        (["web2/HTTP"], [], ["admins"]),
    ]
    assert [(one["first_notification_time"], one["last_notification_time"]) for one in escalations] == [
        (17, 76),
        (15, 74),
    ]


def test_losses_have_positions(nagios: Site) -> None:
    lost = nagios.findings("lost")
    assert lost == sorted(lost, key=lambda one: ([f for f, _, _ in lost].index(one[0]), one[1]))
    for expected in (
        ("base.cfg", 47, "'someday': '00:00-24:00': Alignak does not support these days"),
        ("base.cfg", 60, "service_notification_commands: the backend cannot store arguments of 'notify'"),
        ("hosts.cfg", 12, "'retain_nonstatus_information': the backend has no equivalent"),
        ("services.cfg", 56, "there is no service 'web1/Nothing'"),
        ("services.cfg", 72, "escalation_options: 'u' is not one of w, c, x, r"),
    ):
        assert expected in lost
    changed = nagios.findings("changed")
    for expected in (
        ("base.cfg", 74, "it is renamed to 'dev_1'"),
        ("hosts.cfg", 6, "retry_interval: 0.5 minutes are rounded to 1"),
        ("resource.cfg", 1, "$USER1$: used by commands; set its value in the configuration of Alignak"),
    ):
        assert expected in changed
    assert nagios.findings("error") == []
    assert not [reason for _, _, reason in changed if "$USER3$" in reason]


def test_services_of_host_templates_stay_with_them(shinken: Site) -> None:
    assert set(shinken["service"]) >= {"linux/Cpu", "linux/Memory", "mysql/Memory"}
    assert shinken["service"]["linux/Cpu"]["_templates"] == ["_dummy/linux-service"]
    # Inherited values are only in the template.
    assert {full for full in shinken["service"] if full.endswith(("/Cpu", "/Memory"))} == {
        "linux/Cpu", "linux/Memory", "mysql/Memory", "db2/Cpu", "db1/Cpu", "db1/Memory",
    }  # fmt: skip
    # In Shinken, services have the business impact and the escalations of their host.
    implied = {"business_impact": 4, "escalations": ["later"]}
    assert shinken["service"]["db1/Cpu"] == {"name": "Cpu", **implied}
    assert shinken["service"]["db2/Cpu"] == {"name": "Cpu", "check_interval": 9, "resultmodulations": ["at-night"]}
    assert shinken["host"]["db2"]["_without_services"] == ["Memory"]


def test_one_service_an_element_of_a_list(shinken: Site) -> None:
    disks = {full: item["check_command_args"] for full, item in shinken["service"].items() if "/Disk" in full}
    assert disks == {
        "db1/Disk /": "/!90%", "db1/Disk /var": "/var!80%", "db1/Disk 1": "1!90%", "db1/Disk 2": "2!90%",
        "db2/Disk /": "/!90%",
    }  # fmt: skip


def test_realms_notification_ways_expressions_and_named_escalations(shinken: Site) -> None:
    assert shinken["realm"]["Europe"]["_parent"] == "World"
    # World is the default realm.
    assert (shinken["host"]["db1"]["_realm"], shinken["host"]["db2"]["_realm"]) == ("Europe", "World")
    user = shinken["user"]["shinken"]
    assert user["host_notification_commands"] == ["check_snmp", "notify"]
    assert (user["service_notification_options"], user["min_business_impact"]) == (["c", "r"], 2)
    assert [full for full in shinken["service"] if full.endswith("/Backup")] == ["db1/Backup"]
    assert shinken["hostescalation"]["later"]["usergroups"] == ["admins"]
    assert shinken["host"]["db1"]["escalations"] == ["later"]
    assert shinken["service"]["db2/Cpu load"]["service_dependencies"] == ["db1/Cpu", "db2/Cpu"]
    assert shinken["command"]["bp_rule"]["command_line"] == "bp_rule"
    assert shinken["hostgroup"]["undefined-group"]["hosts"] == ["db2"]
    assert [reason for _, _, reason in shinken.findings("lost") if "daemons" in reason or "modulation" in reason] == [
        "the backend only stores the names of modulations",
        "daemons and their modules are configured in Alignak itself",
    ]


@pytest.mark.parametrize("which", ["nagios/nagios.cfg", "shinken/shinken.cfg"])
def test_twice_is_the_same(which: str, tmp_path: Path) -> None:
    one, other = (Site(tmp_path / name, CFG / which) for name in ("a", "b"))
    files = {path.relative_to(one.folder): path.read_bytes() for path in one.folder.rglob("*.yml")}
    assert files == {path.relative_to(other.folder): path.read_bytes() for path in other.folder.rglob("*.yml")}
    again = import_files([CFG / which], one.folder)
    assert (again.written, again.unchanged, again.left) == ([], len(files), [])


@pytest.mark.skipif(not Path("/etc/nagios4/nagios.cfg").is_file(), reason="Debian's nagios4-common is not installed")
def test_the_sample_of_debian(tmp_path: Path) -> None:
    site = Site(tmp_path / "site", Path("/etc/nagios4/nagios.cfg"))
    assert site["host"]["localhost"]["_templates"] == ["linux-server"]
    assert len([full for full in site["service"] if full.startswith("localhost/")]) == 8
