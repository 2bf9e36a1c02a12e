"""Positions in files: lines are looked up only for messages, since parsing with lines is slow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import yaml

Steps = tuple[str | int, ...]


class Place(NamedTuple):
    """A position in the files.

    Attributes:
        file: the path of the file within the folder.
        document: the index of the document in the file, from 0.
        steps: the keys and indexes from the top of the document.
    """

    file: str
    document: int
    steps: Steps

    def at(self, *steps: str | int) -> Place:
        """Return the position of a part of it."""
        return Place(self.file, self.document, (*self.steps, *steps))


class Lines:
    """Looks up the lines of positions in the files of a folder.

    Args:
        folder: the folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._documents: dict[str, list[Any]] = {}

    def of(self, place: Place) -> int | None:
        """Return the line of a position, or of the innermost known part around it; None for a file, or if unknown."""
        if not place.steps and not place.document:
            return None
        if place.file not in self._documents:
            self._documents[place.file] = _documents(self._folder / place.file)
        documents = self._documents[place.file]
        if place.document >= len(documents):
            return None
        node: Any = documents[place.document]
        line = node.start_mark.line + 1
        for step in place.steps:
            found = _step(node, step)
            if found is None:
                break
            line, node = found
        return int(line)

    def text(self, place: Place) -> str:
        """Return a position as text: ``hosts/web.yml:12``."""
        line = self.of(place)
        return f"{place.file}:{line}" if line else place.file


def _documents(path: Path) -> list[yaml.Node]:
    from alignak_backend_client.site.files import documents

    try:
        return _compose(documents.read_content(path))
    except (OSError, documents.FileError):
        return []


def _compose(text: str | bytes) -> list[yaml.Node]:
    """Return the documents of a file; none if it cannot be parsed."""
    import yaml

    try:
        return [node for node in yaml.compose_all(text, Loader=yaml.CSafeLoader) if node is not None]
    except (yaml.YAMLError, ValueError, RecursionError):
        return []


def _step(node: Any, step: str | int) -> tuple[int, Any] | None:
    """Return the line and the node for a key or an index."""
    if node.id == "mapping":
        for key, value in node.value:
            if key.value == str(step):
                return key.start_mark.line + 1, value
    elif node.id == "sequence" and isinstance(step, int) and step < len(node.value):
        inner = node.value[step]
        return inner.start_mark.line + 1, inner
    return None


def nodes(text: str) -> Iterator[Any]:
    """Yield the lists and mappings of a file, each once; none if it cannot be parsed."""
    level: list[Any] = _compose(text)
    seen: set[int] = set()
    while level:
        node = level.pop()
        if id(node) in seen or node.id == "scalar":
            continue
        seen.add(id(node))
        yield node
        level += [one for both in node.value for one in both] if node.id == "mapping" else node.value


def find_duplicate_key(text: str) -> int | None:
    """Return the line of the first duplicate key in a mapping; None if there is none."""
    found: list[int] = []
    for node in nodes(text):
        keys: set[str] = set()
        for key, _ in node.value if node.id == "mapping" else ():
            if key.id == "scalar" and key.value in keys:
                found.append(int(key.start_mark.line) + 1)
                break
            keys.add(str(key.value))
    return min(found, default=None)
