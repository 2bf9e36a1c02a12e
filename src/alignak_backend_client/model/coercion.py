"""Converting the values of an item to the types of its fields, as the Alignak backend does before validation.

Ids come as text; numbers and booleans may. Values that cannot be converted are unchanged; validation reports them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from alignak_backend_client.model.ids import is_object_id
from alignak_backend_client.model.storable import INTEGERS, MAX_DEPTH

_BOOLEANS: Final = {"1": True, "true": True, "0": False, "false": False}

UNCONVERTED: Final[dict[str, type]] = {"integer": int, "float": float, "boolean": bool}
"""By type of the data model, the class whose values no conversion changes."""

Converter = Callable[[Any], Any]


class Ids(NamedTuple):
    """The representation of ids: text in the client, another type in the backend's databases.

    Attributes:
        type: the type of an id.
        make: converts a text to an id. Raises TypeError or ValueError if it is not one.
    """

    type: type
    make: Converter


class TextId(str):
    """A valid id as text, in lower case like the backend."""

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
    """Return the conversion to a type of the data model; None if there is none."""
    convert = {"integer": _integer, "float": _float, "boolean": _boolean}.get(kind)
    if kind == "objectid":

        def convert(value: Any) -> Any:
            return ids.make(value) if value else None

    if convert is None:
        return None
    convert_value: Converter = convert

    def convert_or_keep(value: Any) -> Any:
        try:
            return convert_value(value)
        except (TypeError, ValueError, KeyError, OverflowError):
            return value

    return convert_or_keep


def expand_dotted(item: dict[str, Any]) -> None:
    """Convert ``{"customs.a": 1}`` to ``{"customs": {"a": 1}}``, in place.

    This applies to names of fields, not to keys in objects. A name with more levels than items may have is unchanged,
    and therefore not a field.
    """
    for name in [name for name in item if "." in name]:
        *outer, last = name.split(".")
        if len(outer) > MAX_DEPTH:
            continue
        target = item
        for part in outer:
            inner = target.get(part)
            # A copy, so that the caller's object does not change.
            inner = target[part] = dict(inner) if isinstance(inner, dict) else {}
            target = inner
        target[last] = item.pop(name)
