"""Documents as JSON text that SQL compares in the way MongoDB compares values.

Numbers, null, lists and objects are stored as such. Booleans, ids, dates and some strings are strings that begin with a
mark, U+10FFFF, which no text uses (it is a permanent noncharacter), followed by a letter for the type:

====================  ==========================================================
value                 stored as
====================  ==========================================================
``ObjectId``          mark, ``o``, 24 hexadecimal digits
``bool``              mark, ``p``, ``0`` or ``1``
``datetime``          mark, ``q``, milliseconds since year 1 as 15 digits
text with the mark    mark, ``0``, the text (only when it begins with the mark)
====================  ==========================================================

UTF-8 is compared byte by byte, so SQLite's own order of these scalars (NULL, numbers, text) is MongoDB's order of
types: null, numbers, strings, ids, booleans, dates. SQLite's JSON functions end a string at a NUL character: NUL and
U+0001 are written as U+0001 U+0001 and U+0001 U+0002, which keeps their order.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from typing import Any, Final

import orjson

from alignak_backend_client.model import resources_by_name
from alignak_backend_client.model.storable import INTEGERS, MAX_DEPTH
from alignak_backend_embedded.store.errors import DocumentError
from alignak_backend_embedded.store.object_id import ObjectId

MARK: Final = "\U0010ffff"
AFTER_STRINGS: Final = MARK + "1"
"""Greater than every stored string, smaller than every other marked value."""

_YEAR_ONE: Final = datetime(1, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_INT_MIN: Final = INTEGERS[0]
_INT_MAX: Final = INTEGERS[-1]
MAX_SIZE: Final = 16 * 1024 * 1024
"""Maximum size of a document in bytes, as in MongoDB."""

_LARGE: Final = 1024 * 1024

Scalar = str | int | float | None


def encode_text(value: str) -> str:
    """Return the stored form of a string."""
    if "\x00" in value or "\x01" in value:
        value = value.replace("\x01", "\x01\x02").replace("\x00", "\x01\x01")
    return MARK + "0" + value if value.startswith(MARK) else value


def encode_date(value: datetime) -> str:
    """Return the stored form of a date; without a time zone it is UTC, and microseconds are truncated."""
    aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return f"{MARK}q{(aware - _YEAR_ONE) // _MILLISECOND:015d}"


def _encode_int(value: int) -> int:
    if not _INT_MIN <= value <= _INT_MAX:
        raise DocumentError("a number is too large to be stored (64 bits)")
    return int(value)


def _encode_float(value: float) -> float:
    if not math.isfinite(value):
        raise DocumentError("NaN and infinity cannot be stored")
    return float(value)


_ENCODERS: Final[dict[type, Callable[[Any], Scalar]]] = {
    # Printable text contains neither control characters nor the mark, and most text is printable.
    str: lambda value: value if value.isprintable() else encode_text(value),
    int: _encode_int,
    bool: lambda value: MARK + ("p1" if value else "p0"),
    type(None): lambda _none: None,
    float: _encode_float,
    ObjectId: lambda value: f"{MARK}o{value}",
    datetime: encode_date,
}


def encode_scalar(value: Any) -> Scalar:
    """Return the stored form of a scalar, which SQLite compares correctly.

    Raises:
        DocumentError: it cannot be stored: a number beyond 64 bits, infinity, bytes, a list or an object.
    """
    encoder = _ENCODERS.get(type(value))
    if encoder is not None:
        return encoder(value)
    for kind, encoder in _ENCODERS.items():
        if isinstance(value, kind):
            return encoder(value)
    raise DocumentError(f"a value of type {type(value).__name__} cannot be stored")


@cache
def _fields_of_the_model() -> frozenset[str]:
    return frozenset().union(*(found.fields for found in resources_by_name().values()))


def check_name(name: Any) -> None:
    """Reject invalid field names.

    Raises:
        DocumentError: the name is invalid.
    """
    if not isinstance(name, str) or "\x00" in name or name.startswith("$"):
        raise DocumentError("a field name must be text, without NUL, and not begin with '$'")


def stored(value: Any, depth: int = 1) -> Any:
    """Return the stored form of a value or document, before it is encoded as JSON.

    Args:
        value: the value of a field.
        depth: the number of enclosing objects and lists.

    Raises:
        DocumentError: it contains something that cannot be stored.
    """
    if type(value) in _ENCODERS:
        return _ENCODERS[type(value)](value)
    is_list = isinstance(value, list | tuple)
    if not is_list and not isinstance(value, Mapping):
        return encode_scalar(value)
    if depth >= MAX_DEPTH:
        raise DocumentError(f"a document may be nested {MAX_DEPTH} levels deep at most")
    if is_list:
        return [stored(item, depth + 1) for item in value]
    for name in value.keys() - _fields_of_the_model():
        check_name(name)
    # Documents have a hundred fields: this is optimized for speed.
    encoders = _ENCODERS
    return {
        name: encoders[kind](item) if (kind := type(item)) in encoders else stored(item, depth + 1)
        for name, item in value.items()
    }


def text_of(value: Any) -> bytes:
    """Encode a result of :func:`stored` as JSON text for the database.

    Bytes, since Python keeps text with a mark at four bytes a character.

    Raises:
        DocumentError: it is too large, or not valid Unicode.
    """
    try:
        text: bytes = orjson.dumps(value)
    except orjson.JSONEncodeError as error:
        raise DocumentError("a string is not valid Unicode") from error
    if len(text) > MAX_SIZE:
        raise DocumentError(f"a document may have {MAX_SIZE >> 20} MiB at most")
    return text


def encode(value: Any) -> bytes:
    """Return a document, or any value of one, as JSON text for the database.

    Raises:
        DocumentError: it contains something that cannot be stored.
    """
    return text_of(stored(value, 0))


@lru_cache(maxsize=20_000)
def _unmarked(value: str) -> Any:
    """Decode a string with the mark; cached, since they repeat often and are immutable."""
    kind = value[1]
    if kind == "o":
        return ObjectId(value[2:])
    if kind == "p":
        return value[2] == "1"
    if kind == "q":
        return _YEAR_ONE + timedelta(milliseconds=int(value[2:]))
    return value[2:]


def _unescaped(value: str) -> str:
    return value.replace("\x01\x01", "\x00").replace("\x01\x02", "\x01")


def decode_text(value: str) -> Any:
    """Decode a stored string."""
    if "\x01" in value:
        value = _unescaped(value)
    return _unmarked(value) if value >= MARK else value


_HOLDERS: Final = (dict, list)


def _unmark(holder: Any, items: Iterable[tuple[Any, Any]], escaped: bool) -> None:
    """Decode marked and escaped strings, on every level.

    Documents have a hundred fields, most of them plain: this is optimized for speed.
    """
    for key, value in items:
        kind = type(value)
        if kind is str:
            if escaped and "\x01" in value:
                value = holder[key] = _unescaped(value)  # noqa: PLW2901 - the same value
            if value >= MARK:
                holder[key] = _unmarked(value)
        elif value and kind in _HOLDERS:
            _unmark(value, value.items() if kind is dict else enumerate(value), escaped)


def _decode_large(text: str | bytes) -> Any:
    """Decode JSON; a MemoryError where orjson ends the process when memory runs out."""
    import msgspec

    return msgspec.json.decode(text)


def decode(text: str | bytes, cut: Callable[[Any], Any] | None = None) -> Any:
    """Decode JSON text of the database. Dates are in UTC, with their time zone.

    Args:
        text: the stored text.
        cut: a projection; removed fields are not decoded.
    """
    value = orjson.loads(text) if len(text) < _LARGE else _decode_large(text)
    holder = [value if cut is None else cut(value)]
    _unmark(holder, enumerate(holder), ("\\u0001" in text) if isinstance(text, str) else (b"\\u0001" in text))
    return holder[0]
