"""The store of the embedded backend: documents over SQLite, asked in MongoDB's query language.

``eve_layer`` is Eve's door, ``access`` the rules'. Both lead to ``documents``, which works with ``translate`` (filters
to SQL), ``matcher`` (what SQL has no words for), ``codec`` (documents as text) and ``database`` (the file).
"""

from __future__ import annotations

from .access import Access, access
from .errors import (
    BusyError,
    DatabaseError,
    DocumentError,
    DuplicateKeyError,
    QueryError,
    StoreError,
)

__all__ = [
    "Access",
    "BusyError",
    "DatabaseError",
    "DocumentError",
    "DuplicateKeyError",
    "QueryError",
    "StoreError",
    "access",
]
