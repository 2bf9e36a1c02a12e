"""Twice as many items are twice the work: counted in steps of the interpreter, not in seconds."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import alignak_backend_client.items
from alignak_backend_client import Backend, Outcome
from cli.running import Desk

ITEMS = str(Path(alignak_backend_client.items.__file__).parent)
FEW = 100


def steps(action: Callable[[], Any]) -> int:
    """How many instructions of the verbs an action takes."""
    count = 0

    def step(_frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal count
        count += event == "opcode"
        return step

    def call(frame: FrameType, _event: str, _argument: Any) -> Any:
        if not frame.f_code.co_filename.startswith(ITEMS):
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return step

    before = sys.gettrace()
    sys.settrace(call)
    try:
        action()
    finally:
        sys.settrace(before)
    return count


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    found = Desk(f"embedded:{tmp_path / 'site.db'}", tmp_path)
    yield found
    found.close()


def commands(desk: Desk, prefix: str, count: int, **fields: Any) -> str:
    return desk.file([{"name": f"{prefix}{number}", **fields} for number in range(count)])


def interrupted(
    _backend: Backend, _endpoint: str, items: Sequence[Any], on_result: Callable[[Outcome], None]
) -> list[Outcome]:
    """Half of the items are written, then the user ends the work."""
    for item in items[: len(items) // 2]:
        on_result(Outcome(item["_id"], answer={"_id": item["_id"]}))
    raise KeyboardInterrupt


def grows(work: Callable[[str, int], Any]) -> float:
    """How many times the work of some items that of twice as many is."""
    work("warm", 2)  # imports, and the data model
    return steps(lambda: work("many", 2 * FEW)) / steps(lambda: work("few", FEW))


def test_adding_and_adding_again(desk: Desk) -> None:
    def add(prefix: str, count: int) -> None:
        desk.run("-t", "command", "-d", commands(desk, prefix, count), "add")

    assert grows(add) < 2.2
    assert len(desk.items("command")) > 3 * FEW
    assert grows(add) < 2.2


def test_adding_that_is_interrupted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Backend, "create_many", interrupted)

    def add(prefix: str, count: int) -> None:
        ran = desk.run("-t", "command", "-d", commands(desk, prefix, count), "add")
        assert ran.code == 130

    assert grows(add) < 2.2


def test_updating(desk: Desk) -> None:
    desk.ok("-t", "command", "-d", commands(desk, "many", 2 * FEW), "add")
    desk.ok("-t", "command", "-d", commands(desk, "few", FEW), "add")
    desk.ok("-t", "command", "-d", commands(desk, "warm", 2), "add")

    def update(prefix: str, count: int) -> None:
        desk.ok("-t", "command", "-d", commands(desk, prefix, count, notes="x"), "update")

    assert grows(update) < 2.2
