"""Pages of responses as JSON text, built from the stored text without decoding documents.

A document has a hundred fields. Decoding and encoding it takes ten times as long as replacing the only parts in which
stored text differs from a response: the marked values (see :mod:`.codec`).

This is exact: in JSON, a quotation mark within a text follows a backslash. So ``:"``, ``["`` or ``,"`` with a mark
behind it is always the beginning of a value. Documents with a mark anywhere else have no shape, and are decoded.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import orjson

from alignak_backend_embedded.store.object_id import ObjectId

from .codec import MARK, decode, decode_text

if TYPE_CHECKING:
    from alignak_backend_embedded.store.access import Document, JSONItems

    from .projection import Cut

Row = tuple[bytes | None, str, str | None, bytes]
"""Shape, ``_id`` and ``_updated`` as stored, and the document's text."""

_MARK: Final = MARK.encode()
_ODD: Final = re.compile(_MARK + rb'(?<="' + _MARK + rb')(?!(?:o[0-9a-f]{24}|p[01]|q\d{15})"[,}\]])')
_VALUE: Final = re.compile(b'"' + _MARK + rb'(?<=[:\[,]"' + _MARK + rb')(p[01]"|o|q\d{15}")')
_AUTOMATIC: Final = {"_id": ObjectId, "_created": datetime, "_updated": datetime, "_etag": str}
_STARTS: Final = {"_id": MARK + "o", "_created": MARK + "q", "_updated": MARK + "q"}
_FIXED: Final = {b'p1"': b"true", b'p0"': b"false", b"o": b'"'}
_MOST_DATES: Final = 2000
_FEW: Final = 16
_AT_A_TIME: Final = 32
"""The number of documents whose text is changed at once: it fits the processor's cache."""


@lru_cache(maxsize=1000)
def _digest(names: tuple[str, ...]) -> bytes:
    return hashlib.blake2b("\0".join(sorted(names)).encode(), digest_size=16).digest()


def shape_of(document: Mapping[str, Any], text: bytes) -> bytes | None:
    """Return a digest of the names of a document's fields; None if the document must be decoded to be sent.

    Args:
        document: the document.
        text: its text in the database.
    """
    if "_links" in document or not all(isinstance(document.get(name), kind) for name, kind in _AUTOMATIC.items()):
        return None
    return _digest(tuple(document)) if _is_sendable(text) else None


def shape_after(before: bytes | None, document: Mapping[str, Any], text: bytes, *, same_names: bool) -> bytes | None:
    """Return the shape of a document that was changed.

    Args:
        before: its shape before.
        document: the document, with values as they are stored.
        text: its text.
        same_names: True if it has the same fields as before.
    """
    if before is None or not same_names or not _has_automatic(document):
        return shape_of(decode(text), text)
    return before if _is_sendable(text) else None


def _has_automatic(document: Mapping[str, Any]) -> bool:
    for name, start in _STARTS.items():
        value = document.get(name)
        if not isinstance(value, str) or not value.startswith(start):
            return False
    etag = document.get("_etag")
    return isinstance(etag, str) and not etag.startswith(MARK)


def _is_sendable(text: bytes) -> bool:
    return b"\\u0001" not in text and not _ODD.search(text)


class _Values(dict[bytes, bytes]):
    """The text in responses for marked values in stored text: for a whole boolean or date, or the start of an id.

    Most dates occur many times, so some are remembered.
    """

    def __init__(self, form: Callable[[Any], str]) -> None:
        super().__init__(_FIXED)
        self._form = form

    def __missing__(self, date: bytes) -> bytes:
        # A copy: the encoder leaves four kilobytes of room behind a text.
        written = bytes(memoryview(orjson.dumps(self._form(decode_text(MARK + date[:-1].decode())))))
        if len(self) >= _MOST_DATES:
            for known in [key for key in list(self) if key not in _FIXED]:
                self.pop(known, None)
        self[date] = written
        return written


@lru_cache(maxsize=4)
def _values(form: Callable[[Any], str]) -> _Values:
    return _Values(form)


def _response_text(text: bytes, form: Callable[[Any], str]) -> bytes:
    """Return the text of a response for stored text."""
    pieces = _VALUE.split(text)
    pieces[1::2] = map(_values(form).__getitem__, pieces[1::2])
    return b"".join(pieces)


_Cutter = Callable[[bytes], bytes]


@lru_cache(maxsize=256)
def _cutter(names: tuple[str, ...]) -> _Cutter | None:
    """Return a function that reduces the text of a document to some fields, all of which it has.

    None if msgspec cannot use one of the names.
    """
    import msgspec

    fields = [(f"field_{number}", msgspec.Raw, msgspec.field(name=name)) for number, name in enumerate(names)]
    try:
        decoder = msgspec.json.Decoder(msgspec.defstruct("Kept", fields))
    except ValueError:
        return None
    encoder = msgspec.json.Encoder()
    return lambda text: encoder.encode(decoder.decode(text))


class FoundRows:
    """The documents of a page, see :class:`.access.Found`."""

    _names: Final[dict[bytes, tuple[str, ...]]] = {}
    _most_names: Final = 1000

    def __init__(self, rows: list[Row], cut: Cut | None, *, cuts_below: bool) -> None:
        """Create the page.

        Args:
            rows: the rows of the database.
            cut: the projection.
            cuts_below: True if the projection selects parts of fields.
        """
        self._rows, self._cut, self._cuts_below = rows, cut, cuts_below
        self.sizes = [len(text) for *_, text in rows]

    def __iter__(self) -> Iterator[Document]:
        """Yield the documents, reduced to the projection."""
        for *_, text in self._rows:
            yield decode(text, self._cut)

    def _names_of(self, shape: bytes, text: bytes) -> tuple[str, ...]:
        """Return the names of a document's fields."""
        names = self._names.get(shape)
        if names is None:
            if len(self._names) >= self._most_names:
                self._names.clear()
            names = self._names[shape] = tuple(orjson.loads(text))
        return names

    def _cutters(self) -> dict[bytes, _Cutter | None] | None:
        """Return the functions that reduce the text of documents, by shape; None if the documents must be decoded.

        The function is None for a shape whose text is sent unchanged.
        """
        if self._cuts_below:
            return None
        found: dict[bytes, _Cutter | None] = {}
        for shape, _, _, text in self._rows:
            if shape is None:
                return None
            if shape in found:
                continue
            found[shape] = None
            if self._cut:
                names = self._names_of(shape, text)
                kept = tuple(self._cut(dict.fromkeys(names)))
                if len(kept) < len(names):
                    cutter = found[shape] = _cutter(kept) if _AUTOMATIC.keys() <= set(kept) else None
                    if cutter is None:
                        return None
        return found

    def as_json(self, link: Mapping[str, str], form: Callable[[Any], str]) -> JSONItems | None:
        """See :meth:`.access.Found.as_json`; joining the pieces would take as long as creating them."""
        if self._cut and len(self._rows) <= _FEW and "msgspec" not in sys.modules:
            return None  # decoding them is faster than importing msgspec
        cutters = self._cutters()
        if cutters is None:
            return None
        before = b"," + orjson.dumps({"_links": {"self": link}})[1:-4]  # up to the end of its last value, the href
        after = b'"}}},'
        pieces = [b"["]
        for start in range(0, len(self._rows), _AT_A_TIME):
            some: list[bytes] = []
            for shape, item, _, text in self._rows[start : start + _AT_A_TIME]:
                cutter = cutters[shape]  # type: ignore[index]  # all have one
                some += (cutter(text) if cutter else text)[:-1], before, item[2:].encode(), after
            pieces.append(_response_text(b"".join(some), form))
        newest = max((updated for _, _, updated, _ in self._rows if updated), default=None)
        if self._rows:
            pieces[-1] = pieces[-1][:-1]
        return [*pieces, b"]"], None if newest is None else decode_text(newest)
