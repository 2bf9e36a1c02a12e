"""Converting the values of an item to the types of its fields, as the Alignak backend does before validation.

Ids come as text; numbers and booleans may. What cannot be turned stays as it is: the validation says what is wrong.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from alignak_backend_client.model.ids import is_object_id
from alignak_backend_client.model.storable import INTEGERS, MAX_DEPTH

_BOOLEANS: Final = {"1": True, "true": True, "0": False, "false": False}

Converter = Callable[[Any], Any]


class Ids(NamedTuple):
    """How ids are kept: as text by the client, in another type by the backend's databases.

    Attributes:
        type: the type of an id.
        make: returns the id that a text stands for. Raises TypeError or ValueError when it is none.
    """

    type: type
    make: Converter


class TextId(str):
    """An id that was checked, as the text that the backend makes of it: in lower case."""

    __slots__ = ()


def _text_id(value: Any) -> TextId:
    if not isinstance(value, str) or not is_object_id(value):
        raise ValueError("no id")
    return TextId(value.lower())


TEXT_IDS: Final = Ids(TextId, _text_id)


def _integer(value: Any) -> int:
    number = int(value)
    if number not in INTEGERS:
        raise OverflowError("more than 64 bits")
    return number


def _float(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("not finite")
    return number


def _boolean(value: Any) -> bool:
    return _BOOLEANS[str(value).lower()]


def converter(kind: str, ids: Ids) -> Converter | None:
    """Return what turns values into a type of the data model; None for types that nothing is turned into."""
    convert = {"integer": _integer, "float": _float, "boolean": _boolean}.get(kind)
    if kind == "objectid":

        def convert(value: Any) -> Any:
            return ids.make(value) if value else None

    if convert is None:
        return None
    turn: Converter = convert

    def coerced(value: Any) -> Any:
        try:
            return turn(value)
        except (TypeError, ValueError, KeyError, OverflowError):
            return value

    return coerced


def expand_dotted(item: dict[str, Any]) -> None:
    """Turn ``{"customs.a": 1}`` into ``{"customs": {"a": 1}}``, in place.

    Only names of fields are read so; keys inside of objects stay as they are. A name of more levels than any item may
    have stays, and is then no field.
    """
    for name in [name for name in item if "." in name]:
        *outer, last = name.split(".")
        if len(outer) > MAX_DEPTH:
            continue
        target = item
        for part in outer:
            inner = target.get(part)
            # A copy: what the caller keeps of the object shall not change.
            inner = target[part] = dict(inner) if isinstance(inner, dict) else {}
            target = inner
        target[last] = item.pop(name)
