"""Keys of objects that the data lacks: removed where the backend can, else refused; never reported and not done."""

from __future__ import annotations

from typing import Any

import pytest

from cli.running import Desk, unique
from servers.running import Kind


@pytest.mark.parametrize("after", [{"_A": "1"}, {"_A": "1", "_C": "2"}, {}, {"_A": "1", "_B": {"x": 1}}])
def test_update_without_a_key(desk: Desk, backend_kind: Kind, after: dict[str, Any]) -> None:
    name = unique("host")
    before = {"_A": "1", "_B": {"x": 1, "y": 2}}
    desk.ok("-d", desk.file({"customs": before}), "add", name)
    file = desk.file({"customs": after})
    for more in (["-c"], []):
        ran = desk.run(*more, "-d", file, "update", name)
        if backend_kind.startswith("real"):
            assert (ran.code, "customs: this backend cannot remove" in ran.err) == (2, True), ran
        else:
            assert (ran.code, "would be updated" in ran.out if more else "updated" in ran.out) == (0, True), ran
        assert desk.item("host", name)["customs"] == (before if more or ran.code else after)
    if not backend_kind.startswith("real"):
        assert desk.ok("-d", file, "update", name).out.count("is unchanged") == 1


def test_inherited_keys_need_not_be_in_the_data(desk: Desk) -> None:
    template, name = unique("template"), unique("host")
    desk.ok("-d", desk.file({"_is_template": True, "customs": {"_A": "1"}}), "add", template)
    desk.ok("-T", template, "-d", desk.file({"customs": {"_B": "1"}}), "add", name)
    file = desk.file({"customs": {"_B": "2"}})
    desk.ok("-d", file, "update", name)
    assert desk.item("host", name)["customs"] == {"_A": "1", "_B": "2"}
    assert desk.ok("-d", file, "update", name).out.count("is unchanged") == 1
