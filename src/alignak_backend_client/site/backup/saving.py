"""Saving all items of a backend in a backup file, with their ids and live states."""

from __future__ import annotations

import time
from typing import IO, Any, Final, NamedTuple

from alignak_backend_client._version import __version__
from alignak_backend_client.client import Backend
from alignak_backend_client.exceptions import BackendException
from alignak_backend_client.items.names.catalog import check_items, read_types
from alignak_backend_client.items.writing.writer import Writer
from alignak_backend_client.model import Resource, resources_by_name
from alignak_backend_client.model.fields import META
from alignak_backend_client.site.backup.file import HISTORY, ORDER, BackupWriter
from alignak_backend_client.site.progress import Progress, no_progress

_TIMED: Final = frozenset({"log", "action"})
"""Kinds of resources for whose items the time of creation matters."""

_PAGE: Final = 1000
"""Items in memory at a time: an item of 100 fields takes 20 KB there."""


class BackedUp(NamedTuple):
    """The result of a backup.

    Attributes:
        counts: the number of items by type.
        passwords: names of users, whose passwords backends do not reveal.
        hidden: names of items by type whose secret fields this user may not read.
        complete: True if the user is a super administrator, who can read everything.
    """

    counts: dict[str, int]
    passwords: list[str]
    hidden: dict[str, list[str]]
    complete: bool


def back_up(writer: Writer, stream: IO[bytes], *, history: bool = False, progress: Progress = no_progress) -> BackedUp:
    """Write everything that the user may read.

    Args:
        writer: the backend and the user.
        stream: the file.
        history: True to include the history and check results.
        progress: called with the number of items written, and their total number.

    Raises:
        BackendException: the request failed.
        ItemError: the response is not that of a backend.
        OSError: the stream cannot be written.
    """
    backend = writer.backend
    complete = writer.own_user().get("back_role_super_admin") is True
    header = {
        "backend": _version(backend),
        "client": __version__,
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "history": history,
        "complete": complete,
    }
    file = BackupWriter(stream, header)
    passwords: list[str] = []
    hidden: dict[str, list[str]] = {}
    there = read_types(backend)
    done = 0
    for name in ORDER:
        if name not in there or (name in HISTORY and not history):
            continue
        resource, first = resources_by_name()[name], done
        for page in backend.pages(name, {"max_results": _PAGE}):
            items = [_without_metadata(resource, item) for item in check_items(name, page.items())]
            file.add(name, items)
            done += len(items)
            if name == "user":
                passwords += [str(item.get("name")) for item in items]
            for field in resource.restricted:
                lacking = [str(item.get("name")) for item in items if not item.get(field)]
                hidden.setdefault(name, []).extend(lacking)
            if page.total:
                progress(done - first, page.total)
    file.finish()
    return BackedUp(file.counts, passwords, {name: some for name, some in hidden.items() if some}, complete)


def _without_metadata(resource: Resource, item: dict[str, Any]) -> dict[str, Any]:
    """Return an item without metadata and hidden fields."""
    kept = dict(item)
    for name in META | resource.hidden:
        kept.pop(name, None)
    if resource.kind in _TIMED and "_created" in item:
        kept["_created"] = item["_created"]
    return kept


def _version(backend: Backend) -> str:
    try:
        return str(backend.get("version").get("version", ""))
    except BackendException as error:
        if error.code in (401, 404, 405):
            return ""  # very old backends do not have it
        raise
