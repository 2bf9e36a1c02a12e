"""Escalations and dependencies of an import."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from alignak_backend_client.site.cfg.escalations import Step, notification_times
from site_files.imported import BASE, Site, made


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
    assert [reason for _, _, reason in site.findings("lost")] == [
        "notification 2 of c is never sent: an interval before it is 0"
    ]
    assert "it counts notifications: for a, from minute 20 to 37" in [
        reason for _, _, reason in site.findings("changed")
    ]


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
    found = notification_times(60, 5, tuple(Step(*one) for one in steps))
    assert {number: at for number, at in found.items() if number in expected} == expected


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


def test_items_on_both_sides_are_reported(tmp_path: Path) -> None:
    hosts = "".join(f"define host {{\nhost_name {name}\n}}\n" for name in "abc")
    service = "define service {\nhost_name *\nservice_description s\ncheck_command c\n}\n"
    depend = "define hostdependency {\nhost_name a,b\ndependent_host_name b,c\n}\n"
    of_services = "service_description s\ndependent_service_description s\n"
    depend += f"define servicedependency {{\nhost_name a,b\ndependent_host_name *\n{of_services}}}\n"
    site = made(tmp_path, BASE + hosts + service + depend)
    assert [one["dependent_hosts"] for one in site["hostdependency"].values()] == [["c"]]
    assert [one["dependent_services"] for one in site["servicedependency"].values()] == [["c/s"]]
    assert [reason for _, _, reason in site.findings("lost")] == [
        "on both sides, and so removed from the dependent ones: b",
        "on both sides, and so removed from the dependent ones: a/s and 1 more",
    ]


def test_an_escalation_for_hosts_and_services_has_the_states_of_both(tmp_path: Path) -> None:
    site = _escalated(
        tmp_path,
        "escalation {|escalation_name e|first_notification_time 60|escalation_options d,u,w,c,z|contacts u",
        "service {|host_name a|service_description s|check_command c|escalations e",
        hosts="define host {|host_name a|escalations e|}|",
    )
    assert site["hostescalation"]["e"]["escalation_options"] == ["d", "x"]
    assert site["serviceescalation"]["e"]["escalation_options"] == ["c", "w"]
    assert [reason for _, _, reason in site.findings("lost")] == [
        "escalation_options: 'z' is not one of d, x, r",
        "escalation_options: 'u' is not one of w, c, x, r",
        "escalation_options: 'z' is not one of w, c, x, r",
    ]


def test_an_escalation_that_ends_before_it_begins_is_reported(tmp_path: Path) -> None:
    named = "escalation {|escalation_name e|first_notification 3|last_notification 2|contacts u"
    host = "define host {|host_name a|escalations e|}|"
    site = _escalated(
        tmp_path, named, named.replace("escalation_name e", "host_name a").replace("e", "hoste", 1), hosts=host
    )
    assert "hostescalation" not in site.items
    assert not site["host"]["a"].get("escalations")
    assert [reason for _, _, reason in site.findings("lost")] == [
        "last_notification is before first_notification: it never escalates"
    ] * 2


def test_a_definition_is_reported_once(tmp_path: Path) -> None:
    hosts = "".join(f"define host {{\nhost_name {name}\n}}\n" for name in "abc")
    services = "define service {\nhost_name *\nservice_description s,t\ncheck_command c\n}\n"
    services = services.replace("s,t", "s") + services.replace("s,t", "t")
    depend = "service_description s\ndependent_service_description t\n"
    depend = (
        f"define servicedependency {{\nhost_name a\n{depend}}}\ndefine servicedependency {{\nhost_name *\n{depend}}}\n"
    )
    site = made(tmp_path, BASE + hosts + services + depend)
    assert len(site["servicedependency"]) == 4
    assert [reason for _, _, reason in site.findings("changed")] == [
        "it has no name: named 'a/t depends on a/s'",
        "it has no name: named 'a/t depends on a/s 2' and 2 more",
    ]
