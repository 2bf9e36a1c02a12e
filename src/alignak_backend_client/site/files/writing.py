"""Writing site files: only changed files, and within these only changed lines."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
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
from alignak_backend_client.site.progress import Progress, no_progress

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
    progress: Progress = no_progress,
    *,
    types: Collection[str] = (),
    partial: bool = False,
) -> Written:
    """Write changed files.

    Items that a file of the folder has already stay in that file, with their references to secrets.

    Args:
        folder: the folder.
        files: the content of all files, with the paths of new items.
        progress: called with the number of files written, and their total number.
        types: only these types are written, and items of others stay; all by default.
        partial: True if a site may have other items: files that hold such are rejected.

    Raises:
        ItemError: the folder has other files, a file that cannot be parsed, or other items, or cannot be written;
            nothing was written, unless the disk is full.
        KeyboardInterrupt: its message has the number of files that were written, each as a whole.
    """
    there = _existing_files(folder) - {SETTINGS}
    texts = {file: _to_text(file, content) for file, content in sorted(files.items())}
    different = _different_files(folder, there, files, texts)
    files = _in_their_places(files, there - different.keys(), different)
    removed: list[str] = []
    written: dict[str, bytes] = {}
    for file, content in sorted(files.items()):
        if file not in there:
            written[file] = _to_text(file, content) if different else texts[file]
        elif file in different:
            new = _changed_text(file, *different[file], content, removed, types or site_types())
            if new is not None:
                written[file] = new
            if partial and removed:
                raise ItemError(f"{str(folder / file)!r} also has the {removed[0]}: choose another folder")
    for parent in sorted({(folder / file).parent for file in written}):
        try:
            parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ItemError(f"Cannot make the folder {str(parent)!r}: {error.strerror}") from error
    _write(folder, written, progress)
    return Written(list(written), len(files) - len(written), sorted(there - files.keys()), removed)


def _different_files(
    folder: Path, there: set[str], files: Mapping[str, File], texts: Mapping[str, bytes]
) -> dict[str, tuple[bytes, list[Any]]]:
    """Return the files of a folder that differ from what is to be written: their text, and their documents.

    A file that cannot be parsed is rejected: it may be unfinished work, such as a merge conflict. So is one that has
    none of the items, and is not where they are written.
    """
    wanted = {(name, full) for name, full, _ in _items(files.values())}
    wanted |= {
        ("service", f"{full}/{one['name']}")
        for _, full, item in _items(files.values())
        for one in item.get(SERVICES, ())
    }
    found: dict[str, tuple[bytes, list[Any]]] = {}
    for file in sorted(there):
        path = folder / file
        strange = file not in files and not _is_site_file(file)
        try:
            text = documents.read_content(path)
            if text == texts.get(file):
                continue
            content = documents.parse(text)
        except OSError as error:
            raise ItemError(f"Cannot read {str(path)!r}: {error_text(error)}") from error
        except documents.FileError as error:
            if not strange:
                place = f"{path}:{error.line}" if error.line else str(path)
                advice = "correct the file, or delete it to have it written again"
                raise ItemError(f"{place}: {error}; {advice}") from error
            content = []
        if strange and wanted.isdisjoint((name, full) for name, full, _ in _items(content)):
            raise ItemError(
                f"{str(path)!r} was not written by export or import: choose an empty folder, or remove what it holds"
            )
        found[file] = text, content
    return found


def _in_their_places(
    files: dict[str, File], unchanged: Collection[str], different: Mapping[str, tuple[bytes, list[Any]]]
) -> dict[str, File]:
    """Return the content of all files with each item in the file that has it already."""
    if not different:
        return files
    places: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {}
    # If several files have an item, the one where it would be written comes first.
    for file in sorted(different, key=lambda one: (one not in files, one)):
        for name, full, item in _items(different[file][1]):
            places.setdefault((name, full), (file, item))
    found: dict[str, File] = {}

    def add(file: str, name: str, entry: dict[str, Any]) -> None:
        resource = site_types()[name]
        file, old = places.get((name, full_name(resource, entry)), (file, {}))
        references = {field: old[field] for field in resource.secrets if field in old}
        found.setdefault(file, {}).setdefault(name, []).append({**entry, **references})

    for file, content in files.items():
        if file in unchanged or not any(content.values()):
            found[file] = content
            continue
        for name, entries in content.items():
            for entry in entries:
                services = entry.get(SERVICES, [])
                apart = [one for one in services if ("service", f"{entry['name']}/{one['name']}") in places]
                for one in apart:
                    add(file, "service", {"name": one["name"], "host": entry["name"], **one})
                inside = {SERVICES: left} if (left := [one for one in services if one not in apart]) else {}
                add(file, name, {**{key: value for key, value in entry.items() if key != SERVICES}, **inside})
    return found


def _write(folder: Path, texts: Mapping[str, bytes], progress: Progress) -> None:
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


def _to_text(file: str, content: File) -> bytes:
    if file.lower().endswith(".json"):
        return (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode()
    return to_yaml(content).encode()


def _changed_text(
    file: str, there: bytes, old: list[Any], content: File, removed: list[str], types: Collection[str]
) -> bytes | None:
    """Return the new text of a file; None if its content is unchanged, regardless of its layout.

    Items that it has no more are added to ``removed``. Items of other types stay, and so do the lines of unchanged
    parts.
    """
    for document in old:
        for name in document if isinstance(document, dict) else ():
            if name in site_types() and name not in types:
                content = {**content, name: document[name]}
    removed += sorted(_labels(old) - _labels([content]))
    text = _to_text(file, content)
    if len(old) != 1 or not isinstance(old[0], dict):
        return text
    before, after = _sorted_content(old[0]), _sorted_content(content)
    if before == after:
        return None
    if to_yaml(old[0]).encode() == there:
        return text
    found = splice(there.decode("utf-8-sig"), before, content)
    try:
        if found is not None and list(map(_sorted_content, documents.parse(found.encode()))) == [after]:
            return found.encode()
    except documents.FileError:
        pass
    return text


def _labels(contents: Iterable[Any]) -> set[str]:
    """Return the labels of the items of some files."""
    return {label(name, full) for name, full, _ in _items(contents)}


def _items(contents: Iterable[Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the items of some files: type, name and fields; not the services within hosts."""
    for content in contents:
        for name, resource in site_types().items() if isinstance(content, dict) else ():
            value = content.get(name)
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, dict):
                    yield name, full_name(resource, item), item


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
    if value.__class__ is str:
        return value  # most are
    if isinstance(value, list) and resource.is_set(name):
        return sorted(value, key=str)
    if isinstance(value, dict):
        return {key: ordered(resource, "", value[key]) for key in sorted(value)}
    return [ordered(resource, "", one) for one in value] if isinstance(value, list) else value
