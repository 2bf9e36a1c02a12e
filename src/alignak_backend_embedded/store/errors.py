"""Errors of the store."""

from __future__ import annotations


class StoreError(Exception):
    """The base of every failure of the store. Its text is one line for people."""


class DatabaseError(StoreError):
    """The database file cannot be used: the text names the path and the way out."""


class UnreachableError(DatabaseError):
    """The database does not answer at present."""


class NotWritableError(DatabaseError):
    """What was to be written cannot be: the file, its folder or the file system allows no writing."""


class FullError(NotWritableError):
    """The disk has no room for what was to be written."""


class GoneError(DatabaseError):
    """The database file is no longer where it was opened: what was written would be lost with it."""


class BusyError(StoreError):
    """Another process or thread kept the database to itself for too long."""


class TooLongError(StoreError):
    """A write took so long that it was taken back: others wait for it in the meantime."""


class QueryError(StoreError):
    """A filter, sort or projection is malformed or not supported (a client's mistake)."""


class TooLargeError(QueryError):
    """What was found is more than was requested at once."""

    def __init__(self, most: int) -> None:
        super().__init__(
            f"the response is larger than {most >> 20} MiB: request fewer items (max_results) or a projection"
        )


class DocumentError(StoreError):
    """A document holds something that cannot be stored (a client's mistake)."""


class DuplicateKeyError(StoreError):
    """A document with this ``_id`` or unique key is there already.

    Attributes:
        index: position of the offending document in an insert, 0 otherwise.
    """

    def __init__(self, message: str, index: int = 0) -> None:
        super().__init__(message)
        self.index = index
