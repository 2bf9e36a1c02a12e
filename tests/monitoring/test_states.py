"""States, realms, ends of downtimes and totals, from what a backend answers."""

from __future__ import annotations

from typing import Any

import pytest

from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.monitoring.downtimes import _end
from alignak_backend_client.monitoring.realms import Realms
from alignak_backend_client.monitoring.states import is_down
from alignak_backend_client.monitoring.targets import total_count

DOWN = {"ls_state": "DOWN", "ls_state_type": "HARD", "ls_last_check": 5}


@pytest.mark.parametrize(
    ("fields", "down"),
    [
        ({}, True),
        ({"active_checks_enabled": False}, True),
        ({"passive_checks_enabled": False}, True),
        ({"active_checks_enabled": False, "passive_checks_enabled": False}, False),
        ({"ls_state": "UP"}, False),
        ({"ls_state_type": "SOFT"}, False),
        ({"ls_last_check": 0}, False),
    ],
)
def test_a_host_in_a_hard_problem_state_is_down(fields: dict[str, Any], down: bool) -> None:
    assert is_down({**DOWN, **fields}) is down


@pytest.mark.parametrize(
    ("request_", "end"),
    [
        ({"end_time": 100}, 100),
        ({"end_time": 100, "fixed": True, "duration": 60}, 100),
        # A problem in the last second of the window starts the whole duration.
        ({"end_time": 100, "fixed": False, "duration": 60}, 160),
        ({"end_time": 100, "fixed": False, "duration": None}, 100),
        ({"end_time": None, "fixed": False}, 0),
    ],
)
def test_the_end_of_a_downtime_is_the_latest_possible(request_: dict[str, Any], end: int) -> None:
    assert _end(request_) == end


def realm(name: str, parent: str | None) -> dict[str, Any]:
    return {"_id": name.lower(), "name": name, "_parent": parent and parent.lower()}


def test_realms_are_in_the_order_of_the_tree() -> None:
    realms = Realms([realm("B", "All"), realm("A1", "A"), realm("All", None), realm("A", "All"), realm("X", "unread")])
    assert [(one.name, one.level) for one in realms.in_order] == [("All", 0), ("A", 1), ("A1", 2), ("B", 1), ("X", 0)]


def test_realms_in_a_cycle_are_listed_once() -> None:
    realms = Realms([realm("A", "C"), realm("B", "A"), realm("C", "B"), realm("Own", "Own"), realm("All", None)])
    assert sorted((one.name, one.level) for one in realms.in_order) == [
        ("A", 0), ("All", 0), ("B", 0), ("C", 0), ("Own", 0),
    ]  # fmt: skip
    assert sorted(realms.subtree_ids("A")) == ["a", "b", "c"]
    assert sorted(realms.subtree_ids("Own")) == ["own"]


@pytest.mark.parametrize("answer", [{}, {"_meta": []}, {"_meta": {}}, {"_meta": {"total": "5"}}])
def test_a_page_without_a_total_is_not_that_of_a_backend(answer: dict[str, Any]) -> None:
    assert total_count("host", {"_meta": {"total": 5}}) == 5
    with pytest.raises(ItemError, match="The response has no number of hosts: is it a backend"):
        total_count("host", answer)
