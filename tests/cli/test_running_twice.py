"""The same command again: what is there as the data says is unchanged, and told so, exit code 0."""

from __future__ import annotations

import pytest

from cli.running import Desk, Item, unique


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
            told = desk.ok(*more, "-d", desk.file(shape), "add").out
            assert "added, 1 unchanged" in told
    assert versions(desk, "host") == before
    for _ in range(2):
        desk.ok("-d", desk.file(reordered(data)), "update")
    before = versions(desk, "host")
    assert desk.ok("-d", desk.file(data), "update").out == "0 hosts updated, 1 unchanged\n"
    assert versions(desk, "host") == before
    ran = desk.run("-d", desk.file(data | {"check_interval": 6, "tags": ["c"]}), "add")
    assert ran.code == 2
    assert "it exists already, and differs in: check_interval, tags; change it with the action 'update'" in ran.err
    assert versions(desk, "host") == before
