"""What is written to dump files: the shape of the items, the names of the files, and the writing itself."""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.rules import META, SECRETS
from alignak_backend_client.items.temporary import make
from alignak_backend_client.model import Resource


def public(resource: Resource, item: dict[str, Any]) -> dict[str, Any]:
    """Return an item without the backend's own fields and without secrets."""
    kept = dict(item)
    for name in META | SECRETS.get(resource.name, frozenset()):
        kept.pop(name, None)
    return kept


def inlined(resource: Resource, item: dict[str, Any]) -> dict[str, Any]:
    """Return an item as part of another: without the fields that begin with ``_``.

    An item that has no name keeps its ``_id``: nothing else says which one it is.
    """
    kept = {name: value for name, value in public(resource, item).items() if not name.startswith("_")}
    if not resource.key and "_id" in item:
        kept["_id"] = item["_id"]
    return kept


def as_json(value: Any, *, many: bool = False) -> bytes:
    """Return the JSON of a dump: UTF-8, indented by 4, keys sorted; null for what is no number, as NaN is.

    Args:
        value: what is dumped.
        many: True for what may be long: then a faster encoder is worth its import.
    """
    return _fast_json(value) if many else _json(value)


def _fast_json(value: Any) -> bytes:
    import msgspec.json

    try:
        return msgspec.json.format(msgspec.json.Encoder(order="sorted").encode(value), indent=4)
    except ValueError:
        # It holds half of a character, which can stand in JSON, but not in UTF-8.
        return _json(value)


def _json(value: Any) -> bytes:
    try:
        text = json.dumps(value, indent=4, sort_keys=True, ensure_ascii=False, allow_nan=False)
    except ValueError:
        text = json.dumps(_without_nan(value), indent=4, sort_keys=True, ensure_ascii=False)
    return re.sub("[\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", text).encode()


def _without_nan(value: Any) -> Any:
    """Return a value with null in the place of NaN and Infinity, which Python servers send, and JSON does not have."""
    if isinstance(value, dict):
        return {name: _without_nan(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_without_nan(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


class ListWriter:
    """Writes a list of items, some at a time; the file is that of the whole list."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._empty = True

    def add(self, text: bytes) -> None:
        """Write some more items: a list of them, as :func:`as_json` returns it."""
        if text != b"[]":
            self._file.write(b"[\n" if self._empty else b",\n")
            # Without the brackets, each on a line of its own.
            self._file.write(memoryview(text)[2:-2])
            self._empty = False

    def end(self) -> None:
        """Write the end of the list."""
        self._file.write(b"[]\n" if self._empty else b"\n]\n")


def list_file(resource: Resource, *, templates: bool) -> str:
    """Return the file name of a list."""
    return f"alignak-{'model' if templates else 'object'}-list-{resource.name}s.json"


def item_file(resource: Resource, name: str, host: str | None = None) -> str:
    """Return the file name of one item; of a service with the name of its host."""
    return f"alignak-object-dump-{resource.name}-{_safe(f'{host}_{name}' if host else name)}.json"


def _safe(name: str, limit: int = 200) -> str:
    """Return a name as part of a file name: no folder, nothing unprintable, short enough for every file system.

    A name that cannot stay as it is gets a digest, so that it does not meet another one.
    """
    safe = "".join(char if char.isprintable() and char not in '/\\:*?"<>|' else "_" for char in name)
    if safe == name and len(safe.encode("utf-8", errors="replace")) <= limit:
        return safe
    import hashlib

    digest = hashlib.sha256(name.encode("utf-8", errors="replace")).hexdigest()[:8]
    return safe.encode("utf-8", errors="replace")[: limit - 9].decode("utf-8", errors="ignore") + f"-{digest}"


def check_folder(folder: str | None) -> Path:
    """Return the folder for files.

    Raises:
        ItemError: it is not there or cannot be written to.
    """
    path = Path(folder or ".")
    try:
        usable = path.is_dir() and os.access(path, os.W_OK | os.X_OK)
        exists = path.is_dir()
    except (OSError, ValueError):
        usable = exists = False
    if not usable:
        why = "it is not writable" if exists else "there is no such folder"
        raise ItemError(f"Cannot write to the folder {str(path)!r}: {why}; choose another one with -f")
    return path


def check_target(path: Path) -> None:
    """Check what can be checked of a file to write, without writing it.

    Raises:
        ItemError: it cannot be written.
    """
    if path.is_dir():
        raise ItemError(f"Cannot write {str(path)!r}: Is a directory")


@contextlib.contextmanager
def replaced(path: Path) -> Iterator[IO[bytes]]:
    """Give a file to write that takes the place of ``path`` at the end, if all went well.

    It is for its owner's eyes only, also where others could read the one before: 1.4.4 left such files behind.

    Raises:
        ItemError: it cannot be written.
    """
    temporary: Path | None = None
    try:
        file, temporary = make(path.parent)
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            temporary.replace(path)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ItemError(f"Cannot write {str(path)!r}: {reason}") from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink()


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all.

    Raises:
        ItemError: it cannot be written.
    """
    with replaced(path) as file:
        file.write(content)
