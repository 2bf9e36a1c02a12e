"""Pages of responses as JSON text, built from the stored text without decoding documents.

A document has a hundred fields. To read, change and write each of them again takes ten times as long as to replace what
tells stored text from an answer's: the marked values (see :mod:`.codec`).

That is exact because of what JSON is: within a text, a quotation mark follows a backslash. So ``:"``, ``["`` or ``,"``
and a mark behind it stand where a value begins; and documents with a mark anywhere else have no shape, and are read.
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
"""Documents whose text is changed at a time: what fits the processor's cache is changed faster."""


@lru_cache(maxsize=1000)
def _digest(names: tuple[str, ...]) -> bytes:
    return hashlib.blake2b("\0".join(sorted(names)).encode(), digest_size=16).digest()


def shape_of(document: Mapping[str, Any], text: bytes) -> bytes | None:
    """Return a digest of the names of a document's fields; None when its text cannot be sent without being read.

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
        same_names: it has the fields that it had.
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
    """What answers have for the marked values of stored text: for all of a boolean or a date, for the start of an id.

    Dates repeat a lot; some of them are remembered.
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


def _in_answers(text: bytes, form: Callable[[Any], str]) -> bytes:
    """Return stored text as answers have it."""
    pieces = _VALUE.split(text)
    pieces[1::2] = map(_values(form).__getitem__, pieces[1::2])
    return b"".join(pieces)


_Cutter = Callable[[bytes], bytes]


@lru_cache(maxsize=256)
def _cutter(names: tuple[str, ...]) -> _Cutter | None:
    """Return a function that leaves only some fields in the text of a document that has them all.

    None when a name cannot be that of such a field.
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
    """The documents that were found for a page: see :class:`.access.Found`."""

    _names: Final[dict[bytes, tuple[str, ...]]] = {}
    _most_names: Final = 1000

    def __init__(self, rows: list[Row], cut: Cut | None, *, cuts_below: bool) -> None:
        """Keep what was found.

        Args:
            rows: from the database.
            cut: the projection.
            cuts_below: the projection reaches into fields.
        """
        self._rows, self._cut, self._cuts_below = rows, cut, cuts_below
        self.sizes = [len(text) for *_, text in rows]

    def __iter__(self) -> Iterator[Document]:
        """Yield the documents, cut down by the projection."""
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
        """Return what cuts the documents' text down, by shape, None for all of it; None when they must be read."""
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
        """See :meth:`.access.Found.as_json`; putting the pieces together would take as long as making them."""
        if self._cut and len(self._rows) <= _FEW and "msgspec" not in sys.modules:
            return None  # they are read before msgspec is imported, which cuts them
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
            pieces.append(_in_answers(b"".join(some), form))
        newest = max((updated for _, _, updated, _ in self._rows if updated), default=None)
        if self._rows:
            pieces[-1] = pieces[-1][:-1]
        return [*pieces, b"]"], None if newest is None else decode_text(newest)
