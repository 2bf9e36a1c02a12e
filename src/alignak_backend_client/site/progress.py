"""How far a long task is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[int, int], None]
"""Called with the number of things done, and their total number; 0 if that is unknown."""


def no_progress(_done: int, _total: int) -> None:
    """Report nothing."""
