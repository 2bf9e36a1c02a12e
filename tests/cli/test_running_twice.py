"""The same command again: what equals the data is unchanged, and reported as such, with exit code 0."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from alignak_backend_client import Backend
from cli.running import Desk, Item, run, unique
from faults.running import data_file
from servers import misbehaving
from servers.misbehaving import Behaviour, MisbehavingServer, Request


def versions(desk: Desk, kind: str) -> dict[str, str]:
    return {item["_id"]: item["_etag"] for item in desk.items(kind)}


def reordered(item: Item) -> Item:
    """The same item, its fields and its sets in another order."""
    return {name: value[::-1] if isinstance(value, list) else value for name, value in reversed(item.items())}


@pytest.mark.parametrize("with_template", [False, True])
def test_a_host_with_values_of_every_kind(desk: Desk, *, with_template: bool) -> None:
    template, host, user = unique("t"), unique("h"), unique("u")
    desk.ok("-t", "user", "add", user)
    desk.ok("-d", desk.file({"_is_template": True, "tags": ["t"], "notes": "n"}), "add", template)
    data: Item = {
        "name": host,
        "alias": "ä",
        "check_interval": "5",
        "passive_checks_enabled": "false",
        "notification_options": ["x", "r", "d"],
        "tags": ["b", "a"],
        "users": [user, "admin"],
        "check_period": "24x7",
        "customs": {"_A": "1", "_B": {"c": [1, 2]}},
        "location": {"type": "Point", "coordinates": [1.5, 2]},
    }
    if with_template:
        data |= {"_templates": [template], "notes": "n"}
    desk.ok("-d", desk.file(data), "add")
    before = versions(desk, "host")
    for shape in (data, [data], reordered(data)):
        for more in (["-c"], []):
            printed = desk.ok(*more, "-d", desk.file(shape), "add").out
            assert "added, 1 unchanged" in printed
    assert versions(desk, "host") == before
    for _ in range(2):
        desk.ok("-d", desk.file(reordered(data)), "update")
    before = versions(desk, "host")
    assert desk.ok("-d", desk.file(data), "update").out == "0 hosts updated, 1 unchanged\n"
    assert versions(desk, "host") == before
    ran = desk.run("-d", desk.file(data | {"check_interval": 6, "tags": ["c"]}), "add")
    assert ran.code == 2
    assert "it already exists, and differs in: check_interval, tags; change it with the action 'update'" in ran.err
    assert versions(desk, "host") == before


def test_a_password_that_is_the_same_is_not_sent(desk: Desk) -> None:
    """It would end the token of the user, who may be a program that is at work."""
    user, secret = unique("u"), "s3cr3t-w0rd"
    data = desk.file({"name": user, "password": secret, "notes": "n"})
    desk.ok("-t", "user", "-d", data, "add")
    with Backend(desk.url) as program:
        assert program.login(user, secret)
        before = versions(desk, "user")
        for action in ("add", "update"):
            for more in (["-c"], []):
                assert "1 unchanged" in desk.ok(*more, "-t", "user", "-d", data, action).out
        assert versions(desk, "user") == before
        ran = desk.ok("--json", "-t", "user", "-d", desk.file({"password": secret, "notes": "m"}), "update", user)
        assert json.loads(ran.out.splitlines()[0])["changes"] == {"notes": {"old": "n", "new": "m"}}
        assert program.get("user", {"where": {"name": user}})["_items"]
    ran = desk.run("-t", "user", "-d", desk.file({"password": f"{secret}2"}), "add", user)
    assert (ran.code, "differs in: password;" in ran.err) == (2, True)
    assert desk.ok("-t", "user", "-d", desk.file({"password": f"{secret}2"}), "update", user).out.endswith("updated\n")
    with Backend(desk.url) as program:
        assert program.login(user, f"{secret}2")
    assert secret not in ran.text


def test_few_passwords_are_tried(tmp_path: Path) -> None:
    """Each that is another one counts as a failed login: that must not lock anybody out."""
    users = [{"_id": f"{number:024x}", "_etag": "e", "name": f"user-{number}"} for number in range(20)]
    logins = []

    def script(request: Request) -> Behaviour:
        if request.path == "/login":
            logins.append(request.body)
            wrong = b"admin" not in request.body
            return misbehaving.html(401) if wrong else misbehaving.json_answer({"token": "t"})
        if request.method == "GET":
            found = users if "%24gt" not in request.path else []
            return misbehaving.json_answer({"_items": found, "_meta": {"total": len(found)}})
        return misbehaving.json_answer({"_status": "OK", "_id": request.path.rpartition("/")[2], "_etag": "f"})

    data = data_file(tmp_path, ({"name": user["name"], "password": "an0ther-0ne"} for user in users))
    with MisbehavingServer([script]) as server:
        ran = run("-b", server.url, "-t", "user", "-d", data, "update")
    assert (ran.code, ran.out) == (0, "20 users updated\n")
    assert len(logins) == 1 + 5
