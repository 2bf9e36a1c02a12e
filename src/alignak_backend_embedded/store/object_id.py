"""Ids of documents. Importing MongoDB's class would take a tenth of the time of a command on ``embedded:``."""

from __future__ import annotations

from functools import total_ordering
from typing import Any

from alignak_backend_client.model.ids import is_object_id, new_object_id


@total_ordering
class ObjectId:
    """The id of a document: 12 bytes, written as 24 hexadecimal digits. It is not equal to any string."""

    __slots__ = ("_text",)

    def __init__(self, text: str | None = None) -> None:
        """Take an id, or make a new one.

        Raises:
            ValueError: the text is not an id.
        """
        if text is None:
            text = new_object_id()
        elif not isinstance(text, str) or not is_object_id(text):
            raise ValueError("an id has 24 hexadecimal digits")
        self._text = text.lower()

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"ObjectId('{self._text}')"

    def __eq__(self, other: object) -> bool:
        return self._text == other._text if isinstance(other, ObjectId) else NotImplemented

    def __lt__(self, other: ObjectId) -> bool:
        return self._text < other._text if isinstance(other, ObjectId) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._text)

    def __deepcopy__(self, _memo: Any) -> ObjectId:
        return self
