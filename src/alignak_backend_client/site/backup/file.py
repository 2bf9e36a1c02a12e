"""Backup files: items of a backend as lines of JSON, compressed, with a checksum at the end.

A file is gzip'd text, a JSON object a line::

    {"alignak_backup": 1, "backend": "1.4.16", "created": "2026-11-27T18:00:00Z", "history": false, ...}
    {"type": "realm", "item": {"_id": "...", "name": "All", ...}}
    ...
    {"counts": {"realm": 1, ...}, "sha256": "..."}

Types are in the order of :data:`ORDER`, the items of a type in that of their ids, which links contain. The checksum
covers all lines before it.
"""

from __future__ import annotations

import bisect
import hashlib
import tempfile
import zlib
from array import array
from collections.abc import Iterable, Iterator
from typing import IO, Any, Final

from alignak_backend_client._core.decoding import decode_json
from alignak_backend_client._text import error_text
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.model.ids import is_canonical_id
from alignak_backend_client.model.order import CREATION_ORDER
from alignak_backend_client.output.json_text import to_json_line
from alignak_backend_client.site.backup.compressed_lines import GZIP, LinesError, read_lines

FORMAT: Final = 1
MARK: Final = "alignak_backup"
"""The key in the first line that identifies a backup; its value is the version of the format."""

_FIRST: Final = ("realm", "livesynthesis")
_LAST: Final = ("statsd", "grafana", "graphite", "influxdb")
ORDER: Final = (
    *_FIRST,
    *(name for name in CREATION_ORDER if name not in _FIRST and name not in _LAST),
    *_LAST,
)
"""Types in the order in which they are restored: that of links, with two exceptions.

A backend creates the live synthesis of a realm with its first host, with another id; and it forwards check results to
the known time series databases.
"""
HISTORY: Final = ("logcheckresult", "history")


_AT_ONCE: Final = 1_000_000
"""Bytes of items that are decoded together."""


class BackupFileError(ItemError):
    """A file is not a backup, or is damaged."""


class BackupWriter:
    """Writes a backup.

    Args:
        stream: the file.
        header: metadata of the backup.

    Attributes:
        counts: the number of items written, by type.
    """

    def __init__(self, stream: IO[bytes], header: dict[str, Any]) -> None:
        self._stream = stream
        self._compress = zlib.compressobj(6, zlib.DEFLATED, GZIP)
        self._digest = hashlib.sha256()
        self._last = ""
        self.counts: dict[str, int] = {}
        self._write(to_json_line({MARK: FORMAT, **header}))

    def add(self, name: str, items: Iterable[dict[str, Any]]) -> None:
        """Write some more items of a type.

        Raises:
            BackupFileError: the items are not in the order of their ids.
        """
        if name not in self.counts:
            self.counts[name], self._last = 0, ""
        for item in items:
            identity = item.get("_id")
            if not is_canonical_id(identity) or identity <= self._last:
                raise BackupFileError(f"The backend's list of {name} items is not in the order of their ids")
            self._last = identity
            self.counts[name] += 1
            self._write(to_json_line({"type": name, "item": item}, many=True, sort=True))

    def finish(self) -> None:
        """Write the end."""
        text = to_json_line({"counts": self.counts, "sha256": self._digest.hexdigest()})
        self._stream.write(self._compress.compress(text))
        self._stream.write(self._compress.flush())

    def _write(self, line: bytes) -> None:
        self._digest.update(line)
        if piece := self._compress.compress(line):
            self._stream.write(piece)


class Ids:
    """Ids in ascending order, 12 bytes each."""

    def __init__(self) -> None:
        self._heads = array("Q")
        self._tails = array("I")

    def __len__(self) -> int:
        return len(self._heads)

    def __contains__(self, identity: object) -> bool:
        if not is_canonical_id(identity):
            return False
        head, tail = _halves(identity)
        begin = bisect.bisect_left(self._heads, head)
        end = bisect.bisect_right(self._heads, head, begin)
        place = bisect.bisect_left(self._tails, tail, begin, end)
        return place < end and self._tails[place] == tail

    def add(self, identity: str) -> bool:
        """Add an id that is greater than the last one; return False if it is not."""
        head, tail = _halves(identity)
        if self._heads and (self._heads[-1], self._tails[-1]) >= (head, tail):
            return False
        self._heads.append(head)
        self._tails.append(tail)
        return True


def _halves(identity: str) -> tuple[int, int]:
    """Return an id as two numbers of 64 and 32 bits."""
    return int(identity[:16], 16), int(identity[16:], 16)


class Backup:
    """A backup that was read and verified completely; the content is kept, so that later changes do not matter.

    Attributes:
        header: the first line.
        counts: the number of items by type.
        ids: the ids of all items by type.
        templates: the ids of templates that are in use, by type.
    """

    def __init__(self, stream: IO[bytes], name: str, begin: bytes = b"") -> None:
        """Read a backup.

        Args:
            stream: the file.
            name: its name, for messages.
            begin: the part of it that was already read.

        Raises:
            BackupFileError: it is not a backup, or damaged.
            ItemError: it cannot be read, or the disk is full.
        """
        self._name = name
        self.header: dict[str, Any] = {}
        self.counts: dict[str, int] = {}
        self.ids: dict[str, Ids] = {name: Ids() for name in ORDER}
        self.templates: dict[str, set[str]] = {}
        self._ranges: dict[str, tuple[int, int]] = {}
        self._text: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - it is closed with the backup
        try:
            self._read(stream, begin)
        except OSError as error:
            self.close()
            raise ItemError(f"Cannot read {name}: {error_text(error)}") from error
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Delete the text."""
        self._text.close()

    def items(self, name: str) -> Iterator[dict[str, Any]]:
        """Yield the items of a type, in the order of their ids."""
        place, end = self._ranges.get(name, (0, 0))
        while place < end:
            self._text.seek(place)
            text = self._text.read(min(_AT_ONCE, end - place))
            if not text.endswith(b"\n"):
                text += self._text.readline()
            place += len(text)
            # Many lines are decoded faster than each of them.
            lines = decode_json(b"[%b]" % text.rstrip(b"\n").replace(b"\n", b","))
            yield from (line["item"] for line in lines)

    def _read(self, stream: IO[bytes], begin: bytes) -> None:
        digest, place, number, ended = hashlib.sha256(), 0, 0, False
        for number, line in enumerate(self._lines(stream, begin), 1):
            if ended:
                raise self._line_error(number, "data after its end")
            found = self._decode(line, number)
            if number == 1:
                self._read_header(found)
            elif "sha256" in found:
                ended = True
                self._check_end(found, digest.hexdigest())
                continue
            else:
                self._read_item(found, number, place, place + len(line))
            digest.update(line)
            self._text.write(line)
            place += len(line)
        if not ended:
            raise BackupFileError(f"{self._name} is truncated after line {number}: it cannot be restored")
        self._text.flush()

    def _decode(self, line: bytes, number: int) -> dict[str, Any]:
        try:
            found = decode_json(line)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise self._not_a_backup_error() if number == 1 else self._line_error(number, "it is not JSON")
        return found

    def _read_header(self, found: dict[str, Any]) -> None:
        version = found.get(MARK)
        if not isinstance(version, int) or isinstance(version, bool):
            raise self._not_a_backup_error()
        if version > FORMAT:
            raise BackupFileError(
                f"{self._name} was written by a newer release (format {version}, this one knows {FORMAT}): upgrade"
            )
        self.header = found

    def _read_item(self, found: dict[str, Any], number: int, begin: int, end: int) -> None:
        name, item = found.get("type"), found.get("item")
        if not isinstance(name, str) or name not in self.ids:
            raise self._line_error(number, "it has an unknown type")
        if not isinstance(item, dict) or not is_canonical_id(identity := item.get("_id")):
            raise self._line_error(number, "it is not an item")
        if name not in self._ranges:
            if any(ORDER.index(one) > ORDER.index(name) for one in self._ranges):
                raise self._line_error(number, "it is in the wrong place")
            self._ranges[name] = (begin, begin)
        if self._ranges[name][1] != begin or not self.ids[name].add(identity):
            raise self._line_error(number, "it is in the wrong place")
        self._ranges[name] = (self._ranges[name][0], end)
        followed = item.get("_templates")
        for one in followed if isinstance(followed, list) else ():
            if is_canonical_id(one):
                self.templates.setdefault(name, set()).add(one)

    def _check_end(self, found: dict[str, Any], digest: str) -> None:
        if found["sha256"] != digest:
            raise self._damaged_error("the checksum does not match")
        read = {name: len(ids) for name, ids in self.ids.items() if ids}
        counts = found.get("counts")
        if not isinstance(counts, dict) or {name: number for name, number in counts.items() if number} != read:
            raise self._damaged_error("the number of items does not match")
        self.counts = read

    def _lines(self, stream: IO[bytes], begin: bytes) -> Iterator[bytes]:
        try:
            yield from read_lines(stream, begin)
        except LinesError as error:
            if error.kind == "foreign":
                raise self._not_a_backup_error(error.reason) from error
            raise self._damaged_error(error.reason) from error

    def _not_a_backup_error(self, reason: str = "") -> BackupFileError:
        reason = reason or "it was not written by the command 'backup'"
        return BackupFileError(f"{self._name} is not a backup: {reason}")

    def _damaged_error(self, reason: str) -> BackupFileError:
        return BackupFileError(f"{self._name} was modified or damaged{reason and ': '}{reason}")

    def _line_error(self, number: int, reason: str) -> BackupFileError:
        return self._damaged_error(f"line {number}: {reason}")


def is_backup(stream: IO[bytes], begin: bytes) -> bool:
    """Return True if a file begins like a backup.

    Args:
        stream: the file.
        begin: the part of it that was already read.
    """
    try:
        found = decode_json(next(read_lines(stream, begin), b""))
    except (LinesError, ValueError):
        return False
    return isinstance(found, dict) and MARK in found
