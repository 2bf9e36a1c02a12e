"""Errors about items."""

from __future__ import annotations


class ItemError(Exception):
    """An item cannot be read or written. The message is one line for the user and names the item or field.

    Attributes:
        code: the HTTP status that the backend gives in such a case; None if it has none.
    """

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code
