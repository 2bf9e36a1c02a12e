"""Requests to the engine, in their order: times of the backend are whole seconds."""

from __future__ import annotations

from alignak_backend_client.monitoring.actions import _new_id, creation_order


def test_requests_of_one_second_are_in_the_order_of_their_ids() -> None:
    ids = [_new_id() for _ in range(200)]
    assert ids == sorted(set(ids))
    assert {len(one) for one in ids} == {24}
    now, later = ({"_created": f"Fri, 27 Nov 2026 10:00:0{second} GMT"} for second in range(2))
    assert (
        creation_order({**now, "_id": ids[0]})
        < creation_order({**now, "_id": ids[1]})
        < creation_order({**later, "_id": ids[0]})
    )
    assert creation_order({"_id": "a"}) < creation_order({**now, "_id": "a"})
