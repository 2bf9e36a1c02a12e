"""Decoding JSON: fast for long texts, with errors for deep nesting."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable
from typing import Any, Final

LARGE: Final = 20_000
"""Bytes of JSON that are worth the import of a faster decoder."""


def decode_json(content: bytes) -> Any:
    """Decode JSON.

    Raises:
        ValueError: the bytes are not JSON.
    """
    try:
        if len(content) >= LARGE:
            import msgspec.json

            try:
                return _without_gc(msgspec.json.decode, content)
            except ValueError:
                pass  # Python servers send NaN, Infinity, and halves of characters.
        return _without_gc(json.loads, content)
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None


def _without_gc(decode: Callable[[bytes], Any], content: bytes) -> Any:
    """Decode without the garbage collector.

    Deep in nested JSON, it would run what objects do at their end without room for it. And it would look at thousands
    of new objects, none of which is garbage, for a twentieth of the time.

    When threads overlap, the first one switches it on again. Ctrl-C does not come between: there is no call before
    ``try``, nor in ``finally`` before that.
    """
    was_enabled = gc.isenabled()
    try:
        gc.disable()
        decoded = decode(content)
    finally:
        if was_enabled:
            gc.enable()
    return decoded
