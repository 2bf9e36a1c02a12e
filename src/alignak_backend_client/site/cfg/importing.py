"""Converting configuration files to site files: read, convert, validate, write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.model import resources_by_name
from alignak_backend_client.site.cfg.attributes import TABLES
from alignak_backend_client.site.cfg.converting import converted
from alignak_backend_client.site.cfg.findings import Finding, Findings
from alignak_backend_client.site.cfg.items import Items
from alignak_backend_client.site.cfg.sources import read
from alignak_backend_client.site.exporting import files_of
from alignak_backend_client.site.files import documents
from alignak_backend_client.site.files.folder import Problem, of_files, site_types
from alignak_backend_client.site.files.writing import File, write_files
from alignak_backend_client.site.item_validation import validate_items
from alignak_backend_client.site.reading import Read

_ROUNDS: Final = 100


class Imported(NamedTuple):
    """What became of configuration files.

    Attributes:
        findings: what cannot be read, what is not carried over, and what is in another way; by file and line.
        omitted: how many of these were left out, since there are too many.
        counts: the number of items a type.
        read: the number of files that were read.
        written: the files that were written, within the folder; None when none was to be written.
        unchanged: how many files were as they are.
        left: files of the folder that nothing in the configuration is about, any longer.
    """

    findings: list[Finding]
    omitted: int
    counts: dict[str, int]
    read: int
    written: list[str] | None
    unchanged: int
    left: list[str]


def import_files(
    paths: Sequence[Path],
    folder: Path | None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Imported:
    """Turn configuration files into the files of a site. What cannot be read does not keep the rest from being written.

    Args:
        paths: files of Nagios, Naemon, Shinken or Alignak, main files or not, or folders of such.
        folder: where to; it is new, empty, or was written like this before. None to write nothing.
        progress: called with the number of definitions read and items converted, while the total number is unknown
            (0), and then with the number of files written, and their total number.

    Raises:
        ItemError: the files mean more services than can be meant, the folder holds other files, or it cannot be
            written.
    """
    documents.check_installed()
    findings = Findings()
    configuration = read(paths, findings, progress)
    items = converted(configuration, findings, progress)
    files, counts = _valid(items)
    result = Imported(
        findings.sorted(), findings.omitted, dict(sorted(counts.items())), len(configuration.files), None, 0, []
    )
    if not findings.has("error") and not files:
        raise ItemError("Nothing to import: the files define no objects")
    if folder is None or not files:
        return result
    written, unchanged, left = write_files(folder, files, progress)
    return result._replace(written=written, unchanged=unchanged, left=left)


def _valid(items: Items) -> tuple[dict[str, File], dict[str, int]]:
    """Return files that ``validate`` finds nothing wrong with; what it rejects is omitted, and told."""
    seen: set[tuple[str, str, str]] = set()
    there = Read()
    there.items = items.items
    for _ in range(_ROUNDS):
        files, counts = files_of(there, site_types())
        folder = of_files(Path(), files)
        validate_items(folder)
        if not folder.problems:
            return files, counts
        for problem in folder.problems:
            _leave_out(items, problem, seen)
        _unlink(items)
    raise ItemError("The files cannot be made a site: what is left of them is refused again and again")


def _leave_out(items: Items, problem: Problem, seen: set[tuple[str, str, str]]) -> None:
    """Take out the field that is wrong, or the item."""
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
    _tell(items, resource.name, name, "" if whole else field, problem.reason)
    if whole:
        del items.items[resource.name][name]
        return
    del data[field]
    schema = resource.fields[field]
    if "default" in schema:
        data[field] = schema["default"]


def _tell(items: Items, resource: str, name: str, field: str, reason: str) -> None:
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


def _unlink(items: Items) -> None:
    """Take out links to items that were left out."""
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
