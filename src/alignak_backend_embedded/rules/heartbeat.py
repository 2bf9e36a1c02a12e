"""What monitoring programs write all the time, and what shall not count as a change."""

from __future__ import annotations

from typing import Final

from alignak_backend_embedded.domain.context import Context
from alignak_backend_embedded.domain.events import Change

_HEARTBEAT: Final = frozenset({"last_alive", "last_command_check", "last_log_rotation"})


def keep_updated(_context: Context, change: Change) -> None:
    """Leave ``_updated`` of an alignak item alone when it only says that it lives."""
    if change.posted <= _HEARTBEAT:
        change.frozen = True
