"""Decoding JSON: fast for long texts, with errors for deep nesting."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable
from typing import Any, Final

LARGE: Final = 20_000
"""Bytes of JSON for which a faster decoder is used."""

_MANY: Final = 1_000_000
"""Bytes of all large texts that are worth its import."""


class _Seen:
    """What this process has decoded of large texts."""

    size = 0


def fast_decoder(content: bytes) -> Any:
    """Return ``msgspec.json`` when it is worth its import; None when Python's is quicker, all in all."""
    if len(content) < LARGE:
        return None
    _Seen.size += len(content)
    if _Seen.size < _MANY and "msgspec" not in sys.modules:
        return None
    import msgspec.json

    return msgspec.json


def decode_json(content: bytes) -> Any:
    """Decode JSON.

    Raises:
        ValueError: the bytes are not JSON.
    """
    try:
        if fast := fast_decoder(content):
            try:
                return _without_gc(fast.decode, content)
            except ValueError:
                pass  # Python servers send NaN, Infinity, and unpaired surrogates.
        return _without_gc(json.loads, content)
    except RecursionError:
        raise ValueError("the JSON is nested too deeply") from None


def _without_gc(decode: Callable[[bytes], Any], content: bytes) -> Any:
    """Decode with the garbage collector off.

    Deep in nested JSON, it would run what objects do at their end without room for it. And it would look at thousands
    of new objects, none of which is garbage, for a quarter of the time.

    If threads overlap, the first one to finish switches it on again. Ctrl-C cannot interrupt at the wrong moment, since
    there is no call before ``try``, nor in ``finally`` before it is on.
    """
    was_enabled = gc.isenabled()
    try:
        gc.disable()
        decoded = decode(content)
    finally:
        if was_enabled:
            gc.enable()
    return decoded
