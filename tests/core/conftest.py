"""How long a client waits before it tries again is judged here."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def no_pauses() -> None:
    """The pauses are those of the product."""
