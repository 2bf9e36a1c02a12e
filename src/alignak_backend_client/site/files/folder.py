"""Reading a folder: the items of all files, and the errors in them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from alignak_backend_client._text import error_text
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.references import SERVICES, full_name, label, show
from alignak_backend_client.model import Resource, find_resource, public_resources
from alignak_backend_client.model.start_documents import TEMPLATE_HOST
from alignak_backend_client.output.suggestions import nearest
from alignak_backend_client.site.files import documents
from alignak_backend_client.site.files.places import Lines, Place

SETTINGS: Final = "site.yml"
"""The file at the top of the folder with the name of the site, which owns the items: ``name: paris``."""

_SUFFIXES: Final = frozenset({".yml", ".yaml", ".json"})
_FILES: Final = 100_000
_BYTES: Final = 128 << 20
_MAX_VALUES: Final = 4_000_000
"""Maximum number of values in a folder: enough for 250,000 services."""


def site_types() -> dict[str, Resource]:
    """Return the resources of site files; rights are part of their users."""
    return {
        name: resource
        for name, resource in public_resources().items()
        if resource.kind == "configuration" and resource.key
    }


class Item(NamedTuple):
    """An item in a file.

    Attributes:
        resource: its resource.
        name: its full name, ``host/service`` for a service.
        data: its fields; links are names.
        place: its position.
    """

    resource: Resource
    name: str
    data: dict[str, Any]
    place: Place

    @property
    def label(self) -> str:
        """Its label in messages."""
        return label(self.resource.name, self.name) if self.name else f"a {self.resource.name} without a name"


class Problem(NamedTuple):
    """An error in a file.

    Attributes:
        place: its position.
        reason: the error, in one line.
        item: the item with the error; None for a whole file.
        line: the line, if it is already known.
    """

    place: Place
    reason: str
    item: Item | None = None
    line: int | None = None


class Folder:
    """The content of a folder.

    Attributes:
        path: its path.
        name: the name of the site, which owns the items; None without site.yml.
        items: all items, in the order of the file names.
        problems: the errors.
        files: the files that were read, relative to the folder.
        lines: looks up line numbers.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name: str | None = None
        self.items: list[Item] = []
        self.problems: list[Problem] = []
        self.files: list[str] = []
        self.lines = Lines(path)


def read(path: Path) -> Folder:
    """Read a folder, with all errors in its files.

    Raises:
        ItemError: there is no such folder, it has no data, or the YAML packages are missing.
    """
    documents.check_installed()
    if not path.is_dir():
        raise ItemError(f"{str(path)!r} is {'a file' if path.exists() else 'not there'}: give the folder of a site")
    folder = Folder(path)
    size, values = 0, 0
    for file in _files(folder):
        folder.files.append(file)
        content = _read_content(folder, file)
        if content is None:
            continue
        size += len(content)
        values += documents.estimate_size(content)
        if len(folder.files) > _FILES or size > _BYTES or values > _MAX_VALUES:
            most = f"{_FILES} files, {_BYTES >> 20} MiB, or {_MAX_VALUES} values"
            raise ItemError(f"{str(path)!r} holds more than {most}: is it the folder of a site?")
        _read_file(folder, file, content)
    if not folder.files:
        raise ItemError(f"There are no files of a site (*.yml, *.yaml, *.json) in {str(path)!r}")
    return folder


def parse_files(path: Path, files: Mapping[str, dict[str, Any]]) -> Folder:
    """Parse the content of a folder whose files are not written yet.

    Args:
        path: the path of the folder.
        files: the content of the files, by their paths within the folder.
    """
    folder = Folder(path)
    for file, content in files.items():
        folder.files.append(file)
        _read_document(folder, content, Place(file, 0, ()))
    return folder


def is_data_file(name: str) -> bool:
    """Return True for the name of a file that belongs to a site; hidden ones do not."""
    return not name.startswith(".") and Path(name).suffix.lower() in _SUFFIXES


def _files(folder: Folder) -> Iterator[str]:
    """Yield the paths of the files, sorted; hidden files are not part of the site."""

    def report(error: OSError) -> None:
        raise ItemError(f"Cannot read the folder {error.filename!r}: {error.strerror}")

    for root, folders, files in os.walk(folder.path, onerror=report):
        for name in sorted(folders):
            if (Path(root) / name).is_symlink():
                _add_problem(
                    folder,
                    os.path.relpath(Path(root) / name, folder.path),
                    "symbolic links to folders are not followed",
                )
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if is_data_file(name):
                yield os.path.relpath(Path(root) / name, folder.path)


def _add_problem(folder: Folder, file: str, reason: str, line: int | None = None) -> None:
    folder.problems.append(Problem(Place(file, 0, ()), reason, None, line))


def _read_content(folder: Folder, file: str) -> bytes | None:
    """Return the content of a file; None if it is rejected."""
    path = folder.path / file
    try:
        if path.is_symlink() and not path.resolve().is_relative_to(folder.path.resolve()):
            _add_problem(folder, file, "the symbolic link leads out of the folder")
            return None
        return documents.read_content(path)
    except documents.FileError as error:
        _add_problem(folder, file, str(error))
    except (OSError, ValueError, RuntimeError) as error:
        _add_problem(folder, file, f"it cannot be read: {error_text(error)}")
    return None


def _read_file(folder: Folder, file: str, content: bytes) -> None:
    try:
        found = documents.parse(content)
    except documents.FileError as error:
        _add_problem(folder, file, str(error), error.line)
        return
    if file == SETTINGS:
        _read_settings(folder, found)
        return
    for number, document in enumerate(found):
        place = Place(file, number, ())
        if isinstance(document, dict):
            _read_document(folder, document, place)
        elif document is not None:
            folder.problems.append(
                Problem(place, f"a mapping of types to lists of items is needed, not {show(document, 60)}")
            )


def _read_settings(folder: Folder, found: list[Any]) -> None:
    settings = found[0] if found else None
    place = Place(SETTINGS, 0, ())
    if len(found) > 1 or not isinstance(settings, dict):
        folder.problems.append(Problem(place, "it must contain only the name of the site, as in 'name: paris'"))
        return
    for key in settings:
        if key != "name":
            folder.problems.append(Problem(place.at(str(key)), f"unknown setting {show(key)}; only name is allowed"))
    name = settings.get("name")
    if not isinstance(name, str) or not name.strip() or name == "unknown" or not name.isprintable():
        folder.problems.append(Problem(place.at("name"), "name: a non-empty string is needed"))
    else:
        folder.name = name


def _read_document(folder: Folder, document: dict[Any, Any], place: Place) -> None:
    types = site_types()
    for word, value in document.items():
        here = place.at(str(word))
        resource = types.get(word) if isinstance(word, str) else None
        if resource is None:
            folder.problems.append(Problem(here, _unknown_type_error(word)))
            continue
        entries = value if isinstance(value, list) else [value] if isinstance(value, dict) else None
        if entries is None:
            if value is not None:
                folder.problems.append(Problem(here, f"{word}: a list of items is needed, not {show(value, 60)}"))
            continue
        for position, data in enumerate(entries):
            _read_item(folder, resource, data, here.at(position) if isinstance(value, list) else here)


def _unknown_type_error(word: Any) -> str:
    if word == "userrestrictrole":
        return "rights belong to their user, in the list _rights"
    types = site_types()
    resource = find_resource(word) if isinstance(word, str) else None
    if resource is not None and resource.name not in types:
        return f"{resource.plural} are not part of a site"
    near = resource.name if resource else nearest(str(word), types)
    return f"unknown type {show(word)}" + (
        f"; did you mean {show(near)}?" if near else f"; there are {', '.join(types)}"
    )


def _read_item(folder: Folder, resource: Resource, data: Any, place: Place, host: str | None = None) -> None:
    if not isinstance(data, dict):
        folder.problems.append(
            Problem(place, f"a mapping with the fields of a {resource.name} is needed, not {show(data, 60)}")
        )
        return
    # Thousands of items have the same keys: a quarter of the memory.
    data = {sys.intern(key) if key.__class__ is str else key: value for key, value in data.items()}
    services = data.pop(SERVICES, None) if resource.name == "host" else None
    if host is not None:
        if "host" in data:
            folder.problems.append(
                Problem(place.at("host"), "host: a service within a host belongs to that host: omit the field")
            )
        data["host"] = host
    elif resource.key == ("host", "name") and "host" not in data and data.get("_is_template") is True:
        data["host"] = TEMPLATE_HOST
    folder.items.append(Item(resource, full_name(resource, data), data, place))
    if services is None:
        return
    if not isinstance(services, list):
        folder.problems.append(Problem(place.at(SERVICES), f"{SERVICES}: a list of services is needed"))
        return
    name = data.get("name")
    service = site_types()["service"]
    for position, one in enumerate(services):
        _read_item(folder, service, one, place.at(SERVICES, position), name if isinstance(name, str) else "")
