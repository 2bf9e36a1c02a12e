"""Decoding JSON: fast for long texts, with errors for deep nesting."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable
from typing import Any, Final

LARGE: Final = 20_000
"""Size of JSON, in bytes, from which a faster decoder is used."""

_MANY: Final = 1_000_000
"""Total size of large texts from which its import pays off."""


class _DecodedBytes:
    """The total size of large texts that this process has decoded."""

    size = 0


def fast_decoder(content: bytes) -> Any:
    """Return ``msgspec.json`` if its import pays off; None if Python's decoder is faster in total."""
    if len(content) < LARGE:
        return None
    _DecodedBytes.size += len(content)
    if _DecodedBytes.size < _MANY and "msgspec" not in sys.modules:
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
    """Decode with the garbage collector turned off.

    In deeply nested JSON, it could call finalizers without enough stack. Also, traversing thousands of new objects,
    none of which is garbage, takes a quarter of the time.

    If threads overlap, the first one to finish turns it on again. Ctrl-C cannot interrupt at the wrong moment, since
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
