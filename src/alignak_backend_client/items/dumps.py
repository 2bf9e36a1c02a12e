"""What is written to dump files: the shape of the items, the names of the files, and the writing itself."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import stat
import tempfile
from pathlib import Path
from typing import Any

from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.rules import META, SECRETS
from alignak_backend_client.model import Resource


def public(resource: Resource, item: dict[str, Any]) -> dict[str, Any]:
    """Return an item without the backend's own fields and without secrets."""
    left_out = META | SECRETS.get(resource.name, frozenset())
    return {name: value for name, value in item.items() if name not in left_out}


def inlined(resource: Resource, item: dict[str, Any]) -> dict[str, Any]:
    """Return an item as part of another: without the fields that begin with ``_``.

    An item that has no name keeps its ``_id``: nothing else says which one it is.
    """
    kept = {name: value for name, value in public(resource, item).items() if not name.startswith("_")}
    if not resource.key and "_id" in item:
        kept["_id"] = item["_id"]
    return kept


def as_json(value: Any) -> str:
    """Return what a dump file holds: UTF-8, indented by 4, keys sorted."""
    text = json.dumps(value, indent=4, sort_keys=True, ensure_ascii=False) + "\n"
    # Half of a pair of UTF-16 can stand in JSON, but not in UTF-8.
    return re.sub("[\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", text)


def list_file(resource: Resource, *, templates: bool) -> str:
    """Return the file name of a list."""
    return f"alignak-{'model' if templates else 'object'}-list-{resource.name}s.json"


def item_file(resource: Resource, name: str, host: str | None = None) -> str:
    """Return the file name of one item; of a service with the name of its host."""
    return f"alignak-object-dump-{resource.name}-{_safe(f'{host}_{name}' if host else name)}.json"


def _safe(name: str, limit: int = 200) -> str:
    """Return a name as part of a file name: no folder, nothing unprintable, short enough for every file system."""
    safe = "".join(char if char.isprintable() and char not in '/\\:*?"<>|' else "_" for char in name)
    encoded = safe.encode("utf-8", errors="replace")
    if safe == name and len(encoded) <= limit:
        return safe
    if len(encoded) <= limit and "/" not in name:
        return safe
    digest = hashlib.sha256(name.encode("utf-8", errors="replace")).hexdigest()[:8]
    return encoded[: limit - 9].decode("utf-8", errors="ignore") + f"-{digest}" if len(encoded) > limit else safe


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


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all; a new one is for its owner's eyes only.

    Raises:
        ItemError: it cannot be written.
    """
    temporary: str | None = None
    try:
        mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o600
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".alignak-", suffix=".tmp")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ItemError(f"Cannot write {str(path)!r}: {reason}") from error
    except BaseException:
        if temporary is not None:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
        raise
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
