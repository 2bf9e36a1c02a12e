"""Configuration files as a site: what becomes of what, what is told, and that the result is always valid."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import pytest

from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.site.cfg import sources
from alignak_backend_client.site.cfg.escalations import Step, times
from alignak_backend_client.site.cfg.importing import Imported, import_files
from alignak_backend_client.site.files import documents
from alignak_backend_client.site.validating import validated

CFG = Path(__file__).parent / "cfg"

Data = dict[str, Any]


class Site:
    """What configuration files became."""

    def __init__(self, folder: Path, *paths: Path) -> None:
        self.found: Imported = import_files(paths, folder)
        self.folder = folder
        self.items: dict[str, dict[str, Data]] = {}
        for file in sorted(folder.rglob("*.yml")):
            for type_, items in documents.parse(file.read_bytes())[0].items():
                for item in items:
                    for service in item.pop("_services", ()):
                        self.items.setdefault("service", {})[f"{item['name']}/{service['name']}"] = service
                    full = f"{item['host']}/{item['name']}" if type_ == "service" else item["name"]
                    self.items.setdefault(type_, {})[full] = item
        if self.items:
            assert validated(folder).problems == []

    def told(self, kind: str) -> list[tuple[str, int | None, str]]:
        return [(Path(one.file).name, one.line, one.reason) for one in self.found.findings if one.kind == kind]

    def __getitem__(self, type_: str) -> dict[str, Data]:
        return self.items[type_]


def made(folder: Path, text: str) -> Site:
    """The site that a text becomes."""
    file = folder / "x.cfg"
    file.write_text(text, encoding="utf-8")
    return Site(folder / "site", file)


BASE = """
define command {
command_name c
command_line c $ARG1$
}
"""


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


def test_services_of_groups_stand_on_their_hosts(nagios: Site) -> None:
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
    assert [reason[:23] for _, _, reason in with_times.told("lost")] == ["dates of several kinds "]
    of_shinken = made(tmp_path, PERIOD % "" + "define realm {\nrealm_name All\n}\n")["timeperiod"]
    assert set(of_shinken) == {"t", "u"}
    assert of_shinken["t"]["dateranges"] == [{"monday": "09:00-17:00"}, {"december 25": "00:00-00:00"}]


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


def test_what_is_not_carried_over_is_told_with_its_place(nagios: Site) -> None:
    lost = nagios.told("lost")
    assert lost == sorted(lost, key=lambda one: ([f for f, _, _ in lost].index(one[0]), one[1]))
    for expected in (
        ("base.cfg", 47, "'someday': '00:00-24:00': Alignak does not support these days"),
        ("base.cfg", 60, "service_notification_commands: the backend cannot store arguments of 'notify'"),
        ("hosts.cfg", 12, "'retain_nonstatus_information': the backend has no equivalent"),
        ("services.cfg", 56, "members: there is no service 'web1/Nothing'"),
        ("services.cfg", 72, "escalation_options: 'u' is not one of w, c, x, r"),
    ):
        assert expected in lost
    changed = nagios.told("changed")
    for expected in (
        ("base.cfg", 74, "it is renamed to 'dev_1'"),
        ("hosts.cfg", 6, "retry_interval: 0.5 minutes are rounded to 1"),
        ("resource.cfg", 1, "$USER1$: used by commands; set its value in the configuration of Alignak"),
    ):
        assert expected in changed
    assert nagios.told("error") == []
    assert not [reason for _, _, reason in changed if "$USER3$" in reason]


def test_services_of_host_templates_stay_with_them(shinken: Site) -> None:
    assert set(shinken["service"]) >= {"linux/Cpu", "linux/Memory", "mysql/Memory"}
    assert shinken["service"]["linux/Cpu"]["_templates"] == ["_dummy/linux-service"]
    # What is as the template gives it stands nowhere else.
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
    assert [reason for _, _, reason in shinken.told("lost") if "daemons" in reason or "modulation" in reason] == [
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


def test_a_field_that_the_backend_refuses_is_left_out(tmp_path: Path) -> None:
    site = made(tmp_path, BASE + "define host {\nhost_name a\nbusiness_impact 9\nnotes n\nmax_check_attempts 1e\n}")
    assert site["host"]["a"] == {"name": "a", "address": "a", "notes": "n"}
    assert [line for _, line, _ in site.told("lost")] == [8, 10]


def test_circles_of_hosts_and_groups_are_cut(tmp_path: Path) -> None:
    site = made(
        tmp_path,
        "define host {\nhost_name a\nparents b\n}\ndefine host {\nhost_name b\nparents a\n}\n"
        "define hostgroup {\nhostgroup_name g\nhostgroup_members h\n}\n"
        "define hostgroup {\nhostgroup_name h\nhostgroup_members g\n}\n"
        "define realm {\nrealm_name R\nrealm_members S\n}\ndefine realm {\nrealm_name S\nrealm_members R\n}\n",
    )
    assert len([one for one in site["host"].values() if "parents" in one]) == 1
    assert [reason for _, _, reason in site.told("lost")] == [
        "parents: it is its own parent: a → b → a",
        "hostgroups: it is a member of itself: g → h → g",
        "realm_members: the realm contains itself",
    ]


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
    assert {reason for _, _, reason in site.told("lost")} == {"use: more than 62 templates above each other"}
    assert len(site["host"]) == 1502


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"define host {\x00", "it is a binary file"),
        ("define host {\n}\n".encode("utf-16"), "it is UTF-16: save it as UTF-8"),
    ],
)
def test_files_that_cannot_be_read(content: bytes, reason: str, tmp_path: Path) -> None:
    (tmp_path / "x.cfg").write_bytes(content)
    (tmp_path / "good.cfg").write_text("define host {\nhost_name a\n}\n")
    site = Site(
        tmp_path / "site", tmp_path / "x.cfg", tmp_path / "good.cfg", tmp_path / "none.cfg", tmp_path / "x" / "y"
    )
    assert ("x.cfg", None, reason) in site.told("error")
    assert ("none.cfg", None, "it cannot be read: No such file or directory") in site.told("error")
    assert set(site["host"]) == {"a"}


def test_latin_1_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.cfg").write_bytes(b"# c\ndefine host {\nhost_name a\nalias \xe9t\xe9\nnotes \xc3\xa9\n}\n")
    site = Site(tmp_path / "site", tmp_path / "x.cfg")
    assert (site["host"]["a"]["alias"], site["host"]["a"]["notes"]) == ("été", "é")
    assert site.told("changed") == [("x.cfg", 4, "it is not UTF-8: read as Latin-1")]


def test_includes_and_links_are_followed_and_end(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "outside.cfg").write_text("define host {\nhost_name outside\n}\n")
    conf = tmp_path / "conf"
    (conf / "deep").mkdir(parents=True)
    (conf / "deep" / "loop").symlink_to(conf)
    (conf / "deep" / "folder").symlink_to(tmp_path / "outside")
    (conf / "deep" / "link.cfg").symlink_to(tmp_path / "outside" / "outside.cfg")
    (conf / "deep" / "own.cfg").write_text("define host {\nhost_name own\n}\n")
    os.mkfifo(conf / "pipe.cfg")
    (conf / "main.cfg").write_text(
        f"cfg_file=main.cfg\ncfg_dir=.\ncfg_file=../conf/other.cfg\ncfg_file=\ncfg_dir=no\ncfg_file=/{'x' * 5000}\n"
    )
    (conf / "other.cfg").write_text("cfg_file=main.cfg\ndefine host {\nhost_name other\n}\n")
    site = Site(tmp_path / "site", conf / "main.cfg")
    assert set(site["host"]) == {"own", "other", "outside"}
    errors = {(file, line, reason.rpartition("/")[2].lstrip("x")) for file, line, reason in site.told("error")}
    assert errors == {
        ("pipe.cfg", None, "it is not a regular file"),
        ("main.cfg", 4, "cfg_file: the path is missing"),
        ("main.cfg", 5, "no': there is no such folder"),
        ("main.cfg", 6, "…: it cannot be read: File name too long"),
    }


def test_trees_that_are_too_large_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "_MOST_FOLDERS", 3)
    (tmp_path / "a" / "b" / "c" / "d").mkdir(parents=True)
    (tmp_path / "x.cfg").write_text("cfg_dir=.\ndefine host {\nhost_name h\n}\n")
    assert Site(tmp_path / "site", tmp_path / "x.cfg").told("error") == [
        ("x.cfg", 1, f"'{tmp_path}': more than 3 folders: is the path right?")
    ]


def test_a_copied_tree_is_read_where_it_is(tmp_path: Path) -> None:
    for folder, name in (("old/nagios3/conf.d", "a"), ("old/nagios-plugins/config", "b"), ("config", "c")):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "x.cfg").write_text(f"define host {{\nhost_name {name}\n}}\n")
    main = tmp_path / "old" / "nagios3" / "nagios.cfg"
    main.write_text("cfg_dir=/no/nagios3/conf.d\ncfg_dir=/no/nagios-plugins/config\ncfg_dir=/config\n")
    site = Site(tmp_path / "site", main)
    assert set(site["host"]) == {"a", "b"}
    assert [line for _, line, _ in site.told("changed")] == [1, 2]
    assert site.told("error") == [("nagios.cfg", 3, "'/config': there is no such folder")]


def test_the_main_file_of_alignak(tmp_path: Path) -> None:
    (tmp_path / "x.cfg").write_text("define host {\nhost_name a\ncheck_interval 120\n}\n")
    ini = tmp_path / "alignak.ini"
    ini.write_text(
        "[DEFAULT]\netc=%(root)s\n[alignak-configuration]\ncfg=%(etc)s/x.cfg\ncfg2=no.cfg\ninterval_length=30\n"
        f"root={tmp_path}\n[module.x]\npassword=hush\n"
    )
    site = Site(tmp_path / "site", ini)
    assert site["host"]["a"]["check_interval"] == 60
    assert [(file, line) for file, line, _ in site.told("error")] == [("alignak.ini", 5)]
    ini.write_text("[DEFAULT]\na=1\n")
    with pytest.raises(KeyError):
        Site(tmp_path / "none", ini)["host"]


def test_more_services_than_can_be_meant(tmp_path: Path) -> None:
    hosts = "".join(f"define host {{\nhost_name h{n}\n}}\n" for n in range(500))
    services = "".join(f"define service {{\nhost_name *\nservice_description s{n}\n}}\n" for n in range(401))
    (tmp_path / "x.cfg").write_text(hosts + services)
    with pytest.raises(ItemError, match="more than 200000 services"):
        import_files([tmp_path / "x.cfg"], tmp_path / "site")
    assert not (tmp_path / "site").exists()


def test_folders_of_others_and_empty_configurations_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.cfg").write_text("define host {\nhost_name a\n}\n")
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "mine.yml").write_text("host: []\n")
    with pytest.raises(ItemError, match="was not written by export or import"):
        import_files([tmp_path / "x.cfg"], tmp_path / "site")
    (tmp_path / "x.cfg").write_text("# nothing\n")
    with pytest.raises(ItemError, match="the files define no objects"):
        import_files([tmp_path / "x.cfg"], tmp_path / "other")


@pytest.mark.skipif(not Path("/etc/nagios4/nagios.cfg").is_file(), reason="Debian's nagios4-common is not installed")
def test_the_sample_of_debian(tmp_path: Path) -> None:
    site = Site(tmp_path / "site", Path("/etc/nagios4/nagios.cfg"))
    assert site["host"]["localhost"]["_templates"] == ["linux-server"]
    assert len([full for full in site["service"] if full.startswith("localhost/")]) == 8


def test_the_lowest_definition_order_counts(tmp_path: Path) -> None:
    hosts = [f"define host {{\nhost_name a\nalias {order}\ndefinition_order {order}\n}}\n" for order in (100, 1, 50)]
    assert made(tmp_path, "".join(hosts))["host"]["a"]["alias"] == "1"


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
def test_regular_expressions_mean_hosts_where_the_main_file_says_so(
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
    assert [reason for _, _, reason in nothing.told("lost")] == ["there is no host '^web.*'"]
    on = {
        name: [full.partition("/")[0] for full in site.items.get("service", ()) if full.endswith(name)] for name in "ab"
    }
    assert on == {"a": web, "b": group if web else []}
    assert site["hostgroup"]["one"]["hosts"] == (group if web else ["web1"])
    depends = site.items.get("servicedependency", {}).values()
    assert [one["dependent_services"] for one in depends] == [[f"{name}/b"] for name in group]


def test_a_service_of_its_own_takes_the_place_of_one_of_a_group(tmp_path: Path) -> None:
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
    assert [line for _, line, reason in site.told("lost") if "that definition is used" in reason] == [28]


def test_objects_without_names_are_told(tmp_path: Path) -> None:
    types = ("command", "contact", "contactgroup", "host", "hostgroup", "realm", "servicegroup", "timeperiod")
    blocks = "".join(f"define {type_} {{\nrealm_members All\nmembers a\n}}\n" for type_ in types)
    site = made(tmp_path, blocks + "define host {\nhost_name a\n}\n")
    assert {f"{type_}_name is missing" for type_ in types} <= {reason for _, _, reason in site.told("lost")}


def test_what_the_main_file_says_of_all(tmp_path: Path) -> None:
    site = made(
        tmp_path,
        "low_host_flap_threshold=7.0\nhigh_service_flap_threshold=33\ninterval_length=1\n" + BASE + "define host {\n"
        "name t\nregister 0\n}\ndefine host {\nhost_name a\nuse t\ncheck_interval 300\nlow_flap_threshold 0\n}\n"
        "define service {\nhost_name a\nservice_description s\ncheck_command c\nevent_handler c!x\n}\n",
    )
    assert site["host"]["t"]["low_flap_threshold"] == 7
    # By default, Nagios checks every five units.
    assert (site["host"]["t"]["check_interval"], site["host"]["a"]["check_interval"]) == (1, 5)
    assert "low_flap_threshold" not in site["host"]["a"]
    assert site["service"]["a/s"]["high_flap_threshold"] == 33
    assert site["service"]["a/s"]["event_handler_args"] == "x"
    assert site["service"]["a/s"]["event_handler_enabled"] is True


def test_services_without_hosts_are_told_and_excluded_elements_are_not_there(tmp_path: Path) -> None:
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
    assert site.told("lost") == [("x.cfg", line, "no host has this service") for line in (24, 29, 41)]


def test_parents_of_services_are_those_that_they_depend_on(tmp_path: Path) -> None:
    services = "".join(
        f"define service {{\nhost_name h\nservice_description {name}\ncheck_command c\n{more}}}\n"
        for name, more in (("a", "parents b\n"), ("b", ""), ("c", "parents h,a,h,b\n"), ("d", "parents h,d\n"))
    )
    site = made(tmp_path, BASE + "define host {\nhost_name h\n}\n" + services)
    depends = {name: service.get("service_dependencies") for name, service in site["service"].items()}
    assert depends == {"h/a": ["h/b"], "h/b": None, "h/c": ["h/a", "h/b"], "h/d": None}


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


def test_macros_are_told_where_something_uses_them(tmp_path: Path) -> None:
    macros = "".join(f"$USER{number}$=hush\n" for number in range(1, 6))
    site = made(
        tmp_path,
        macros + "define command {\ncommand_name c\ncommand_line $USER1$$USER2$/c\n}\ndefine host {\nhost_name a\n"
        "_COMMUNITY $USER3$\ncheck_command c!x!$USER4$\n}\n",
    )
    assert [(line, reason[:7]) for _, line, reason in site.told("changed")] == [
        (number, f"$USER{number}$") for number in range(1, 5)
    ]


def test_what_services_have_of_their_host(tmp_path: Path) -> None:
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


def _escalated(tmp_path: Path, *escalations: str, hosts: str = "") -> Site:
    blocks = "".join(f"define {one}\n}}\n".replace("|", "\n") for one in escalations)
    contacts = "".join(f"define contact {{\ncontact_name {name}\n}}\n" for name in "uvw")
    return made(tmp_path, BASE + contacts + hosts.replace("|", "\n") + blocks)


def test_escalations_have_what_their_hosts_have(tmp_path: Path) -> None:
    site = _escalated(
        tmp_path,
        "hostescalation {|host_name a,b|first_notification 2|last_notification 3",
        "hostescalation {|host_name a,b,c|first_notification 2|last_notification 0|contacts +w|notification_interval 9",
        hosts="define host {|host_name a|contacts u|notification_interval 20|}|"
        "define host {|host_name b|contacts v|notification_interval 20|}|"
        "define host {|host_name c|contacts u|notification_interval 0|}|",
    )
    kept = ("hosts", "users", "first_notification_time", "last_notification_time", "notification_interval")
    # While both hold, the shorter interval does.
    assert [tuple(one.get(name) for name in kept) for one in site["hostescalation"].values()] == [
        (["a"], ["u"], 20, 37, 20), (["a"], ["u", "w"], 20, 0, 9),
        (["b"], ["v"], 20, 37, 20), (["b"], ["v", "w"], 20, 0, 9),
    ]  # fmt: skip
    assert [reason for _, _, reason in site.told("lost")] == [
        "notification 2 of c is never sent: an interval before it is 0"
    ]
    assert "it counts notifications: for a, from minute 20 to 37" in [reason for _, _, reason in site.told("changed")]


def test_escalations_that_hosts_name_differ_with_their_intervals(tmp_path: Path) -> None:
    host = "define host {|host_name %s|notification_interval %d|escalations e|}|"
    site = _escalated(
        tmp_path,
        "escalation {|escalation_name e|first_notification 3|last_notification 0|contacts u",
        hosts=host % ("a", 10) + host % ("b", 20) + host % ("c", 10) + host % ("d", 0),
    )
    assert [(name, one["first_notification_time"]) for name, one in site["hostescalation"].items()] == [
        ("e", 20), ("e 2", 40),
    ]  # fmt: skip
    named = {name: host.get("escalations") for name, host in site["host"].items()}
    assert named == {"a": ["e"], "b": ["e 2"], "c": ["e"], "d": None}


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([(1, 0, None)], {1: 5}),
        ([(3, 0, 30)], {1: 5, 3: 125}),
        ([(3, 5, 30)], {1: 5, 3: 125, 6: 215}),
        ([(3, 5, 30), (4, 0, 10)], {1: 5, 3: 125, 4: 155, 6: 175}),
        ([(3, 5, 0), (6, 0, None)], {1: 5, 3: 125, 6: math.inf}),
        ([(2, 0, 30), (1_000_000_000, 0, 1)], {1: 5, 2: 65, 1_000_000_000: 65 + 30 * 999_999_998}),
    ],
)
def test_when_notifications_are_sent(steps: list[tuple[int, int, int | None]], expected: dict[int, float]) -> None:
    found = times(60, 5, tuple(Step(*one) for one in steps))
    assert {number: at for number, at in found.items() if number in expected} == expected


def test_a_realm_of_a_group_is_that_of_its_hosts(tmp_path: Path) -> None:
    site = made(
        tmp_path,
        "define realm {\nrealm_name R\n}\ndefine hostgroup {\nhostgroup_name g\nmembers a,b\nrealm R\n}\n"
        "define host {\nhost_name a\n}\ndefine host {\nhost_name b\nrealm All\n}\n"
        "define host {\nregister 0\nalias x\n}\n",
    )
    assert (site["host"]["a"]["_realm"], "_realm" in site["host"]["b"]) == ("R", False)
    assert site.told("lost") == [("x.cfg", 16, "register 0 without a name: nothing can use it")]


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
    assert [reason for _, _, reason in site.told("lost")] == [
        "initial_state: 'z' is not one of o, d, x", "initial_state: no state is left",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "define host {\nhost_name " + "x" * 300_000 + "\n}\n",
        "define host {\nhost_name a\nparents " + ",".join(f"h{n}" for n in range(100_000)) + "\n}\n",
        "define host {\nhost_name a\nnotes " + "\\\n" * 300_000 + "\n}\n",
        "".join(f"define hostgroup {{\nhostgroup_name g{n}\nhostgroup_members g{n + 1}\n}}\n" for n in range(3000)),
        "define host {\nhost_name a\n_X " + "9" * 6000 + "\ncheck_interval " + "9" * 6000 + "\n}\n",
        "define service {\nhost_name " + "(" * 100_000 + "\nservice_description s\n}\ndefine host {\nhost_name a\n}\n",
        "define host {\nhost_name a\n_D " + "$(" * 100_000 + "\n}\ndefine service {\nhost_name a\n"
        "service_description s$KEY$\nduplicate_foreach _D\n}\n",
        "define timeperiod {\ntimeperiod_name t\n" + "monday " * 20_000 + "00:00-24:00\n}\n",
        "define host {\nhost_name a\x1b[31m\u202e\n_\ud800 x\n}\n".encode("utf-8", "replace").decode(),
    ],
    ids=["line", "list", "continued", "groups", "number", "expression", "elements", "days", "control"],
)
def test_large_and_odd_input_ends(text: str, tmp_path: Path) -> None:
    made(tmp_path, text)


def test_what_an_item_says_itself_counts_more_than_old_extra_information(tmp_path: Path) -> None:
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


def test_nothing_depends_on_itself(tmp_path: Path) -> None:
    site = made(
        tmp_path,
        BASE
        + "".join(f"define host {{\nhost_name {name}\n}}\n" for name in "ab")
        + "define service {\nhost_name a,b\nservice_description s\ncheck_command c\n}\n"
        + "define servicedependency {\nhost_name a\nservice_description s\ndependent_host_name *\n"
        + "dependent_service_description s\n}\ndefine hostdependency {\nhost_name a\ndependent_host_name *\n}\n",
    )
    (of_services,) = site["servicedependency"].values()
    assert (of_services["services"], of_services["dependent_services"]) == (["a/s"], ["b/s"])
    (of_hosts,) = site["hostdependency"].values()
    assert (of_hosts["hosts"], of_hosts["dependent_hosts"]) == (["a"], ["b"])


def test_templates_take_no_names_of_what_every_backend_has(tmp_path: Path) -> None:
    contact = "define contact {\ncontact_name u\nuse admin\n}\ndefine contact {\nname admin\nregister 0\nemail a@b\n}\n"
    site = made(tmp_path, contact + "define host {\nhost_name _dummy\n}\n")
    assert set(site["user"]) == {"u", "admin-template"}
    assert set(site["host"]) == {"_dummy-2"}
