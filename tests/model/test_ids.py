"""Ids that clients make."""

from __future__ import annotations

import os

import pytest

from alignak_backend_client.model.ids import _ObjectIds, derive_object_id, is_canonical_id


def test_ids_of_a_process_share_a_part_that_those_of_its_children_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = _ObjectIds()
    first, second = ids.make(), ids.make()
    assert is_canonical_id(first)
    assert first[8:18] == second[8:18]
    assert int(second[18:], 16) == int(first[18:], 16) + 1
    # A child has all that the parent has, but its number.
    parent = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: parent + 1)
    third = ids.make()
    assert is_canonical_id(third)
    assert third[8:18] != first[8:18]


def test_the_id_of_a_key_is_always_the_same() -> None:
    assert derive_object_id("web", "cpu") == derive_object_id("web", "cpu")
    assert is_canonical_id(derive_object_id("web", "\ud800"))
    assert derive_object_id("a", "bc") != derive_object_id("ab", "c")
