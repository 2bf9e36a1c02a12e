"""Reading and validating a folder, for ``validate``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from alignak_backend_client.site.files.folder import Folder, Problem, read
from alignak_backend_client.site.item_validation import validate_items
from alignak_backend_client.site.model import Site


class Validated(NamedTuple):
    """A validated folder.

    Attributes:
        site: its items.
        folder: its files.
        problems: the errors by file and line: ``file``, ``line`` (null if unknown), ``type`` and ``name`` of the item
            (empty for a whole file), ``reason``.
        counts: the number of items by type.
        files: the number of files.
    """

    site: Site
    folder: Folder
    problems: list[dict[str, Any]]
    counts: dict[str, int]
    files: int


def validate_folder(path: Path, *, partial: bool = False) -> Validated:
    """Read and validate a folder.

    Args:
        path: the folder.
        partial: True if links may refer to items that are not in the folder.

    Raises:
        ItemError: there is no such folder, it has no data, or the YAML packages are missing.
    """
    folder = read(path)
    site = validate_items(folder, partial=partial)
    problems = problem_rows(folder, folder.problems)
    counts = {resource: len(items) for resource, items in site.items.items() if items}
    return Validated(site, folder, problems, counts, len(folder.files))


def problem_rows(folder: Folder, problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """Return problems as rows, see :class:`Validated`."""
    rows = [
        {
            "file": problem.place.file,
            "line": problem.line or folder.lines.of(problem.place),
            "type": problem.item.resource.name if problem.item else "",
            "name": problem.item.name if problem.item else "",
            "reason": problem.reason,
        }
        for problem in problems
    ]
    return sorted(rows, key=lambda row: (row["file"], row["line"] or 0))
