"""Writing site files: only changed files, and within these only changed lines."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from alignak_backend_client._text import error_text
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.files.dumpfile import write_many
from alignak_backend_client.items.names.references import SERVICES, full_name, label
from alignak_backend_client.model import Resource
from alignak_backend_client.output.yaml_text import to_yaml
from alignak_backend_client.site.files import documents
from alignak_backend_client.site.files.folder import SETTINGS, is_data_file, site_types
from alignak_backend_client.site.files.splicing import splice

File = dict[str, list[dict[str, Any]]]
"""The content of a file: items by type."""


class Written(NamedTuple):
    """The result of writing files.

    Attributes:
        files: the paths of the changed files.
        unchanged: the number of unchanged files.
        left: obsolete files, which were kept.
        removed: the labels of items that the changed files had before.
    """

    files: list[str]
    unchanged: int
    left: list[str]
    removed: list[str]


def write_files(
    folder: Path,
    files: dict[str, File],
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    *,
    partial: bool = False,
) -> Written:
    """Write changed files.

    Args:
        folder: the folder.
        files: the content of all files.
        progress: called with the number of files written, and their total number.
        partial: True if a site may have other items: files that hold such are rejected.

    Raises:
        ItemError: the folder has other files, a file that cannot be parsed, or other items, or cannot be written;
            nothing was written, unless the disk is full.
        KeyboardInterrupt: its message has the number of files that were written, each as a whole.
    """
    there = _existing_files(folder)
    texts = {file: to_yaml(content).encode() for file, content in sorted(files.items())}
    left = sorted(there - texts.keys() - {SETTINGS})
    if strange := [file for file in left if not _is_site_file(file)]:
        raise ItemError(
            f"{str(folder / strange[0])!r} was not written by export or import: "
            "choose an empty folder, or remove what it holds"
        )
    written: dict[str, bytes] = {}
    removed: list[str] = []
    for file, text in texts.items():
        new = _changed_text(folder / file, text, files[file], removed) if file in there else text
        if partial and removed:
            raise ItemError(f"{str(folder / file)!r} also has the {removed[0]}: choose another folder")
        if new is not None:
            written[file] = new
    for parent in sorted({(folder / file).parent for file in written}):
        try:
            parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ItemError(f"Cannot make the folder {str(parent)!r}: {error.strerror}") from error
    _write(folder, written, progress)
    return Written(list(written), len(texts) - len(written), left, removed)


def _write(folder: Path, texts: Mapping[str, bytes], progress: Callable[[int, int], None]) -> None:
    done = 0

    def contents() -> Iterator[tuple[Path, bytes]]:
        nonlocal done
        for file, text in texts.items():
            yield folder / file, text
            done += 1
            progress(done, len(texts))

    try:
        write_many(contents())
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"{done} of {len(texts)} files were written") from None


def _existing_files(folder: Path) -> set[str]:
    """Return all files of a folder that may be site files, recursively."""
    found: set[str] = set()
    for root, folders, files in os.walk(folder):
        if linked := [name for name in sorted(folders) if (Path(root) / name).is_symlink()]:
            path = str(Path(root) / linked[0])
            raise ItemError(f"{path!r}: symbolic links to folders are not followed: replace it by a folder")
        folders[:] = [name for name in folders if not name.startswith(".")]
        inside = os.path.relpath(root, folder)
        for name in files:
            if is_data_file(name):
                found.add(name if inside == "." else f"{inside}/{name}")
    return found


def _is_site_file(file: str) -> bool:
    top, _, rest = file.partition("/")
    return (top in ("host", "service", "template") and bool(rest)) or file.removesuffix(".yml") in site_types()


def _changed_text(path: Path, text: bytes, content: File, removed: list[str]) -> bytes | None:
    """Return the new text of a file; None if its content is unchanged, regardless of its layout.

    Items that it has no more are added to ``removed``.
    Unchanged parts keep their lines. A file that cannot be parsed is rejected: it may be unfinished work, such as a
    merge conflict.
    """
    try:
        there = documents.read_content(path)
        if there == text:
            return None
        documents_there = documents.parse(there)
    except OSError as error:
        raise ItemError(f"Cannot read {str(path)!r}: {error_text(error)}") from error
    except documents.FileError as error:
        place = f"{path}:{error.line}" if error.line else str(path)
        raise ItemError(f"{place}: {error}; correct the file, or delete it to have it written again") from error
    removed += sorted(_labels(documents_there) - _labels([content]))
    if len(documents_there) != 1 or not isinstance(old := documents_there[0], dict):
        return text
    before, after = _sorted_content(old), _sorted_content(content)
    if before == after:
        return None
    if to_yaml(old).encode() == there:
        return text
    found = splice(there.decode("utf-8-sig"), before, content)
    try:
        if found is not None and list(map(_sorted_content, documents.parse(found.encode()))) == [after]:
            return found.encode()
    except documents.FileError:
        pass
    return text


def _labels(contents: Iterable[Any]) -> set[str]:
    """Return the labels of the items of a file."""
    return {
        label(name, full_name(resource, item))
        for content in contents
        if isinstance(content, dict)
        for name, resource in site_types().items()
        for item in (content[name] if isinstance(content.get(name), list) else ())
        if isinstance(item, dict)
    }


def _sorted_content(content: Any) -> dict[str, Any]:
    """Return the content of a file with unordered lists sorted."""
    if not isinstance(content, dict):
        return {}
    types = site_types()
    return {
        name: _items_in_order(types[name], items) if name in types and isinstance(items, list) else items
        for name, items in content.items()
    }


def _items_in_order(resource: Resource, items: list[Any]) -> list[Any]:
    found = [
        {
            field: _items_in_order(site_types()["service"], value)
            if field == SERVICES and isinstance(value, list)
            else ordered(resource, str(field), value)
            for field, value in item.items()
        }
        if isinstance(item, dict)
        else item
        for item in items
    ]
    return sorted(found, key=_sort_key)


def _sort_key(item: Any) -> tuple[str, ...]:
    return (str(item.get("host")), str(item.get("name"))) if isinstance(item, dict) else ()


def ordered(resource: Resource, name: str, value: Any) -> Any:
    """Return a value with unordered lists and the keys of objects sorted."""
    if isinstance(value, list) and resource.is_set(name):
        return sorted(value, key=str)
    if isinstance(value, dict):
        return {key: ordered(resource, "", value[key]) for key in sorted(value)}
    return [ordered(resource, "", one) for one in value] if isinstance(value, list) else value
