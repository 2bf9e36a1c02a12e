"""Converting configuration files to site files: read, convert, validate, write."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.site.cfg.attributes import TABLES
from alignak_backend_client.site.cfg.converting import convert_items
from alignak_backend_client.site.cfg.findings import Finding, Findings
from alignak_backend_client.site.cfg.items import Items
from alignak_backend_client.site.cfg.sources import read
from alignak_backend_client.site.exporting import files_of
from alignak_backend_client.site.files import documents
from alignak_backend_client.site.files.folder import Problem, parse_files, site_types
from alignak_backend_client.site.files.writing import File, write_files
from alignak_backend_client.site.item_validation import validate_items
from alignak_backend_client.site.progress import Progress, no_progress
from alignak_backend_client.site.reading import BackendItems

_ROUNDS: Final = 100


class Imported(NamedTuple):
    """The result of an import.

    Attributes:
        findings: errors, losses and changes, by file and line.
        omitted: the number of further findings, which exceed the limit.
        counts: the number of items by type.
        read: the number of files read.
        written: the files written, relative to the folder; None if none were requested.
        unchanged: the number of files that already had the right content.
        left: files of the folder whose items are no longer in the configuration.
        removed: labels of items that were removed from files, since the configuration does not have them.
    """

    findings: list[Finding]
    omitted: int
    counts: dict[str, int]
    read: int
    written: list[str] | None
    unchanged: int
    left: list[str]
    removed: list[str]


def import_files(
    paths: Sequence[Path],
    folder: Path | None,
    progress: Progress = no_progress,
) -> Imported:
    """Convert configuration files to the files of a site. Unreadable parts are reported, and the rest is written.

    Args:
        paths: files of Nagios, Naemon, Shinken or Alignak, main files or not, or folders of such.
        folder: where to; it is new, empty, or was written like this before. None to write nothing.
        progress: called with the number of definitions read and items converted, while the total number is unknown
            (0), and then with the number of files written, and their total number.

    Raises:
        ItemError: there are too many services, the folder has other files, or it cannot be written.
    """
    documents.check_installed()
    findings = Findings()
    configuration = read(paths, findings, progress)
    items = convert_items(configuration, findings, progress)
    files, counts = _validated_files(items)
    result = Imported(
        findings.sorted(), findings.omitted, dict(sorted(counts.items())), len(configuration.files), None, 0, [], []
    )
    if not findings.has("error") and not files:
        raise ItemError("Nothing to import: the files define no objects")
    if folder is None or not files:
        return result
    written = write_files(folder, files, progress)
    return result._replace(
        written=written.files, unchanged=written.unchanged, left=written.left, removed=written.removed
    )


def _validated_files(items: Items) -> tuple[dict[str, File], dict[str, int]]:
    """Return valid files, and the number of items by type; invalid parts are removed and reported."""
    seen: set[tuple[str, str, str]] = set()
    there = BackendItems()
    there.items = items.items
    for _ in range(_ROUNDS):
        files, counts = files_of(there, site_types())
        folder = parse_files(Path(), files)
        validate_items(folder)
        if not folder.problems:
            return files, counts
        for problem in folder.problems:
            _remove_invalid(items, problem, seen)
        _remove_dangling_links(items)
    raise ItemError("The files cannot be made a site: what is left of them is refused again and again")


def _remove_invalid(items: Items, problem: Problem, seen: set[tuple[str, str, str]]) -> None:
    """Remove an invalid field, or the item."""
    item = problem.item
    if item is None:  # no file of ours is wrong as a whole
        raise ItemError(f"The files cannot be made a site: {problem.reason}")
    resource, name = item.resource, item.name
    data = items.items[resource.name].get(name)
    if data is None:
        return
    inner = problem.place.steps[len(item.place.steps) :]
    field = str(inner[0]) if inner else ""
    key = (resource.name, name, field)
    whole = field not in data or field in resource.key or key in seen
    seen.add(key)
    _report(items, resource.name, name, "" if whole else field, problem.reason)
    if whole:
        del items.items[resource.name][name]
        return
    del data[field]
    schema = resource.fields[field]
    if "default" in schema:
        data[field] = schema["default"]


def _report(items: Items, resource: str, name: str, field: str, reason: str) -> None:
    definition, values = items.origins.get((resource, name), (None, {}))
    if definition is None:
        items.findings.add("lost", "", None, reason, resource, name)
        return
    table = TABLES.get(resource, {})
    value = next((values[one] for one in values if one in table and table[one].field == field), None)
    if not field:
        reason = f"skipped: {reason}"
    if value is not None:
        items.findings.add("lost", value.owner.file, value.line, reason, value.owner.type, value.owner.label)
    else:
        items.findings.add("lost", definition.file, definition.line, reason, definition.type, definition.label)


def _remove_dangling_links(items: Items) -> None:
    """Remove links to items that were removed."""
    from alignak_backend_client.model.start_documents import START_NAMES

    for name, there in items.items.items():
        for link in resources_by_name()[name].links.values():
            known = items.items[link.resource].keys() | START_NAMES.get(link.resource, frozenset())
            for data in there.values():
                value: Any = data.get(link.field)
                if isinstance(value, list):
                    if any(one not in known for one in value):
                        data[link.field] = [one for one in value if one in known]
                elif value is not None and value not in known:
                    del data[link.field]
