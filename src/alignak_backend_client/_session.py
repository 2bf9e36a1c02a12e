"""What one client knows of its backend: where it is, who is logged in, how long to wait."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from alignak_backend_client.exceptions import misuse

Timeout: TypeAlias = float | tuple[float | None, float | None] | None

DEFAULT_TIMEOUT: Final = (10.0, 120.0)
"""Seconds to wait for a connection, and for the next bytes of an answer."""


@dataclass(slots=True)
class Session:
    """State that the operations of one client share.

    Attributes:
        root: URL of the backend, without a trailing slash.
        token: the backend's token, or None when logged out.
        proxies: proxy URL by protocol (``http``, ``https``); empty for those of the environment.
        page_limit: the largest page the backend gives, once it was asked.
    """

    root: str
    token: str | None = field(default=None, repr=False)
    proxies: dict[str, str] = field(default_factory=dict, repr=False)
    page_limit: int | None = None


def seconds(timeout: Timeout) -> tuple[float | None, float | None]:
    """Return a timeout as (connect, read) in seconds; None waits without end.

    Raises:
        BackendException: code 1000; it is no number of seconds above 0.
    """
    pair = timeout if isinstance(timeout, tuple) else (timeout, timeout)
    for value in pair:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if value is not None and not (number and math.isfinite(value) and value > 0):
            raise misuse(f"A timeout is a number of seconds above 0, a (connect, read) pair or None: {timeout!r}")
    if len(pair) != 2:
        raise misuse(f"A timeout pair is (connect, read): {timeout!r}")
    return pair
