"""Commands `ack` and `unack`: what is sent, for whom, what is refused before, what is reported."""

from __future__ import annotations

import pytest

from cli.acting import act, asked, host, json_results, ok, sent
from cli.monitored import state
from cli.running import Desk, run, unique


def test_a_problem_is_acknowledged(desk: Desk) -> None:
    name = host(desk, "DOWN", ("bad",))
    ran = ok(desk, "ack", name, f"{name}/bad", "-m", "On it", "--no-sticky", "--notify")
    assert ran.out == (
        f"{name}: acknowledgement requested\n{name}/bad: acknowledgement requested\n2 acknowledgements requested\n"
    )
    for (service, request), expected in zip(sent(desk, "actionacknowledge", name), ["", "bad"], strict=True):
        assert service == expected
        assert {field: request[field] for field in ("action", "comment", "sticky", "notify", "persistent")} == {
            "action": "add",
            "comment": "On it",
            "sticky": False,
            "notify": True,
            "persistent": True,
        }
        assert desk.named("user", request["user"]) == "admin"
        assert request["processed"] is False
    history = desk.items("history", host=desk.item("host", name)["_id"])
    assert [one["type"] for one in history] == ["ack.add", "ack.add"]
    assert ok(desk, "ack", host(desk), "-m", "x", "--no-persistent").err.startswith(
        "No engine seems to process requests: the "
    )


def test_requests_are_not_repeated(desk: Desk) -> None:
    name = host(desk, "DOWN", ("taken", "bad"))
    ok(desk, "ack", name, "-m", "x")
    ran = ok(desk, "ack", name, f"{name}/taken", "-m", "x")
    assert ran.out.splitlines() == [
        f"{name}: already requested, but not processed by the engine yet",
        f"{name}/taken: already acknowledged",
        "0 acknowledgements requested, 2 already done",
    ]
    assert ok(desk, "unack", name, f"{name}/taken", f"{name}/bad").out.splitlines() == [
        f"{name}/bad: not acknowledged",
        f"{name}: removal of the acknowledgement requested",
        f"{name}/taken: removal of the acknowledgement requested",
        "2 removals of acknowledgements requested, 1 already done",
    ]
    assert ok(desk, "unack", name).out == f"{name}: not acknowledged\n"
    assert ok(desk, "ack", name, f"{name}/taken", "-m", "again").out.endswith("2 acknowledgements requested\n")
    assert asked(desk, "actionacknowledge", name) == [
        ("", "add"), ("", "delete"), ("taken", "delete"), ("", "add"), ("taken", "add")
    ]  # fmt: skip


def test_once_the_engine_has_taken_it_the_state_counts(desk: Desk) -> None:
    name = host(desk)
    ok(desk, "ack", name, "-m", "x")
    ((_, request),) = sent(desk, "actionacknowledge", name)
    desk.backend.patch(f"actionacknowledge/{request['_id']}", {"processed": True}, {"If-Match": request["_etag"]})
    assert ok(desk, "unack", name).out == f"{name}: not acknowledged\n"
    assert ok(desk, "ack", name, "-m", "x").out == f"{name}: acknowledgement requested\n"


def test_nothing_is_sent_when_something_named_has_no_problem(desk: Desk) -> None:
    name = host(desk, "UP", ("bad", "ok", "new", "taken"))
    words = [name, *(f"{name}/{service}" for service in ("bad", "ok", "new", "taken"))]
    ran = act(desk, "ack", *words, "-m", "x")
    assert (ran.code, ran.out) == (2, f"{name}/taken: already acknowledged\n")
    assert ran.err.splitlines() == [
        f"{name}: acknowledgement not requested: it is UP",
        f"{name}/ok: acknowledgement not requested: it is OK",
        f"{name}/new: acknowledgement not requested: it is PENDING",
        "0 acknowledgements requested, 1 already done, 3 rejected, 1 not requested",
    ]
    assert asked(desk, "actionacknowledge", name) == []
    ran = act(desk, "ack", *words, "-m", "x", "--json")
    results, summary = json_results(ran)
    assert [one["status"] for one in results] == ["failed", "failed", "failed", "unchanged", "unfinished"]
    assert (ran.code, summary["ok"], summary["reason"]) == (2, False, "nothing was sent")


ALL = ("ok", "bad", "soft", "taken", "down", "off", "new")


@pytest.mark.parametrize(
    ("words", "services"),
    [
        (["HOST", "--all-services"], ["bad", "down", "soft"]),
        (["HOST/*"], ["bad", "down", "soft"]),
        (["HO?T/*"], ["bad", "down", "soft"]),
        (["HOST/?a*"], ["bad"]),
        (["HOST*/bad", "HOST/bad"], ["bad"]),
        (["HOST/*", "--where", "ls_state=UNKNOWN"], ["down"]),
        (["HOST*", "--all-services"], ["bad", "down", "soft"]),
        (["HOST/bad", "HOST/down", "--where", "ls_state=UNKNOWN"], ["down"]),
    ],
)
def test_patterns_select_problems(desk: Desk, words: list[str], services: list[str]) -> None:
    name = host(desk, "UP", ALL)
    words = [word.replace("HO?T", f"?{name[1:]}").replace("HOST", name) for word in words]
    if "--all-services" in words:
        words[0] = words[0].replace("*", "*" if name in words[0] else "")
    ran = ok(desk, "ack", *words, "-m", "x")
    assert sorted(service for service, _ in asked(desk, "actionacknowledge", name)) == services, ran


def test_all_services_of_a_host_are_selected(desk: Desk) -> None:
    name = host(desk, "DOWN", ("bad",))
    ok(desk, "ack", name, "--all-services", "-m", "x")
    assert asked(desk, "actionacknowledge", name) == [("", "add"), ("bad", "add")]
    ok(desk, "unack", f"{name}*", "--all-services", "-m", "done")
    assert [request["comment"] for _, request in sent(desk, "actionacknowledge", name)[2:]] == ["done", "done"]
    assert asked(desk, "actionacknowledge", name)[2:] == [("", "delete"), ("bad", "delete")]


def test_many_names_and_ids(desk: Desk) -> None:
    hosts = [host(desk, "DOWN", ("bad",)) for _ in range(3)]
    identity = desk.item("host", hosts[0])["_id"]
    service = desk.item("service", "bad", host=desk.item("host", hosts[1])["_id"])["_id"]
    ran = ok(desk, "recheck", identity, *hosts, *(f"{one}/bad" for one in hosts), "--where", "ls_state~[DC]")
    assert ran.out.endswith("6 checks requested\n")
    assert act(desk, "recheck", service).err.startswith(f"There is no host '{service}'")


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["ack", "HOSTT"], "There is no host 'HOSTT': did you mean "),
        (["ack", "HOST/bda"], "There is no service 'HOST/bda': did you mean 'HOST/bad'?"),
        (["ack", "nowhere/bad"], "There is no service 'nowhere/bad': there is no host 'nowhere'"),
        (["ack", "bad"], "There is no host 'bad'; for the services with this name, use '*/bad'"),
        (["ack", "HOST", "nothing*"], "No host matches 'nothing*'"),
        (["ack", "HOST/x*"], "No service matches 'HOST/x*'"),
        (["ack", "nothing*/bad"], "No service matches 'nothing*/bad'"),
        (["ack", "HOST/bad", "--all-services"], "--all-services needs a host: give a host name or pattern"),
        (["ack", "HOST/o*"], "Nothing to acknowledge: none of the selected hosts and services has a problem"),
        (["ack", "_dummy"], "The host '_dummy' is a template, which is not monitored"),
        (["recheck", "HOST", "--where", "ls_state=UP"], "None of the selected hosts and services matches the filter"),
    ],
)
def test_missing_targets_are_reported_before_sending(desk: Desk, words: list[str], hint: str) -> None:
    name = host(desk, "DOWN", ("bad", "ok"))
    ran = act(desk, *(word.replace("HOST", name) for word in words), "-m", "x")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(hint.replace("HOST", name))
    assert ran.err.count("\n") == 1
    assert asked(desk, "actionacknowledge", name) == asked(desk, "actionforcecheck", name) == []


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["ack", "h"], "Missing option -m / --comment"),
        (["ack", "-m", "x"], "Give at least one host, service (host/service), or pattern such as 'web*'"),
        (["ack", "h", "-m", " "], "The comment is empty"),
        (["ack", "h", "-m", "a\nb"], "The comment has several lines"),
        (["ack", "h", "-m", "a\u2028b"], "The comment has several lines"),
        (["recheck", "h", "-m", "a;b"], "The comment has a ';'"),
        (["unack", "h", "-m", "a\udc80"], "The comment has invalid characters"),
        (["ack", "h", "-m", "x", "--where", "ls_stat=DOWN"], "Hosts have no field 'ls_stat': did you mean 'ls_state'?"),
        (["recheck", "h", "--wait=0"], "Invalid value for '--wait': '0' is not a number of seconds above 0"),
        (["downtime", "h", "-m", "x"], "A downtime needs an end: --for 2h, or --until 18:00"),
        (["downtime", "h", "--for", "2h"], "A downtime needs a comment: give the reason with -m"),
        (["downtime", "--for", "2h", "-m", "x"], "Give at least one host"),
        (["downtime", "h", "--for", "2h", "--from", "today 0:00:01", "-m", "x"], "The start is in the past"),
        (["downtime", "h", "--until", "2018-01-01 00:00", "-m", "x"], "The end is in the past"),
        (["downtime", "--list", "--remove", "h"], "The option --remove cannot be combined with --list"),
        (["downtime", "--list", "--for", "2h"], "The option --for cannot be combined with --list"),
        (["downtime", "--remove", "h", "--until", "18:00"], "The option --until cannot be combined with --remove"),
        (["downtime", "--list", "--json"], "The option --json cannot be combined with --list; use -o json for JSON"),
        (["downtime", "h", "--for", "2h", "-m", "x", "-o", "json"], "The options -o, --columns and --no-headers need "),
        (["downtime", "--list", "--columns", "nmae"], "Unknown column 'nmae': did you mean 'name'?"),
    ],
)  # fmt: skip
def test_wrong_command_lines(words: list[str], hint: str) -> None:
    ran = run("-b", "http://127.0.0.1:1", *words)
    assert (ran.code, ran.out) == (64, "")
    assert ran.err.startswith(hint), ran


def test_names_that_external_commands_would_cut(desk: Desk) -> None:
    name = f"{unique()};b"
    desk.backend.post("host", state(name, "DOWN"))
    ran = act(desk, "recheck", name)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith(f"{name}: check not requested: its name has a ';'")


def test_a_dry_run_sends_nothing(desk: Desk) -> None:
    name = host(desk, "DOWN", ("bad",))
    ran = ok(desk, "-c", "ack", name, "--all-services", "-m", "x", "--wait")
    assert ran.out == (
        f"{name}: acknowledgement would be requested\n{name}/bad: acknowledgement would be requested\n"
        "2 acknowledgements would be requested\n"
    )
    assert ran.err == ""
    assert asked(desk, "actionacknowledge", name) == []
    results, summary = json_results(ok(desk, "-c", "recheck", name, "--json"))
    assert (results[0]["id"], results[0]["dry_run"], summary["created"]) == (None, True, 1)


def test_a_user_without_can_submit_commands_gets_an_error(desk: Desk) -> None:
    name, user = host(desk), unique("user")
    realm = desk.item("realm", "All")["_id"]
    account = {"name": user, "password": user, "_realm": realm, "back_role_super_admin": False}
    made = desk.backend.post("user", {**account, "can_submit_commands": False})
    for words in ["ack", name], ["recheck", name], ["downtime", name, "--for", "1h"], ["unack", name]:
        ran = act(desk, "-u", user, "-p", user, *words, "-m", "x", "--json")
        assert ran.code == 2
        assert ran.err.splitlines()[-1] == (
            f"The user '{user}' may not submit commands: an administrator must set can_submit_commands of that user"
        )
        assert json_results(ran)[1]["ok"] is False
    changed = {"can_submit_commands": True}
    desk.backend.patch(f"user/{made['_id']}", changed, {"If-Match": made["_etag"]}, inception=True)
    assert act(desk, "-u", user, "-p", user, "ack", name, "-m", "mine").code == 0
    ((_, request),) = sent(desk, "actionacknowledge", name)
    assert desk.named("user", request["user"]) == user
