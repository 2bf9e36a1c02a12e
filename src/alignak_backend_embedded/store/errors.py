"""Errors of the store."""

from __future__ import annotations


class StoreError(Exception):
    """The base class of the errors of the store. The message is one line for people."""


class DatabaseError(StoreError):
    """The database file cannot be used; the message has the path and a suggestion."""


class UnreachableError(DatabaseError):
    """The database does not respond at present."""


class NotWritableError(DatabaseError):
    """The file, its folder or the file system is not writable."""


class FullError(NotWritableError):
    """The disk is full."""


class GoneError(DatabaseError):
    """The database file was removed or replaced after it was opened, so writes would be lost."""


class BusyError(StoreError):
    """Another process or thread locked the database for too long."""


class TooLongError(StoreError):
    """A write took too long and was rolled back, since it blocks other writers."""


class QueryError(StoreError):
    """A filter, sort or projection is malformed or not supported (a client's mistake)."""


class TooLargeError(QueryError):
    """The result is too large for one response."""

    def __init__(self, most: int) -> None:
        super().__init__(
            f"the response is larger than {most >> 20} MiB: request fewer items (max_results) or a projection"
        )


class DocumentError(StoreError):
    """A document contains a value that cannot be stored (a client's mistake)."""


class DuplicateKeyError(StoreError):
    """A document with this ``_id`` or unique key already exists.

    Attributes:
        index: position of the offending document in an insert, 0 otherwise.
    """

    def __init__(self, message: str, index: int = 0) -> None:
        super().__init__(message)
        self.index = index
