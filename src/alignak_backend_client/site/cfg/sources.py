"""Reading files and those that they include with ``cfg_file``, ``cfg_dir`` and ``resource_file``, each once.

Symbolic links are followed, as the engines do: a main file may include any file, so this discloses nothing more.
"""

from __future__ import annotations

import configparser
import os
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from alignak_backend_client._files import open_regular
from alignak_backend_client.items.names.references import show
from alignak_backend_client.site.cfg.findings import Findings
from alignak_backend_client.site.cfg.parsing import Definition, Setting, parse
from alignak_backend_client.site.progress import Progress

_MAX_FILES: Final = 50_000
_MAX_FOLDERS: Final = 10_000
_MAX_FILE_SIZE: Final = 64 << 20
_MAX_TOTAL_SIZE: Final = 128 << 20
_INCLUDES: Final = {
    "cfg_file": False,
    "include_file": False,
    "resource_file": False,
    "resource": False,
    "cfg_dir": True,
    "include_dir": True,
}
"""The settings that name further files, and whether they name a folder of them."""

_ALIGNAK: Final = "alignak-configuration"
"""The section of alignak.ini that names the files: ``cfg``, ``cfg2`` and so on."""

_INTERPOLATED: Final = re.compile(r"%\((\w+)\)s", re.ASCII)
_MAX_PATH: Final = 4096
_MAX_DEPTH: Final = 10
_ABOVE: Final = 3
"""Number of parent folders of the main file in which parts of a copied tree are searched."""


class Configuration(NamedTuple):
    """The content of all files.

    Attributes:
        definitions: the objects, in the order of the files.
        settings: by name, the last one of each, with its file.
        macros: by name the file and line.
        files: the paths of the files that were read.
    """

    definitions: list[Definition]
    settings: dict[str, tuple[str, Setting]]
    macros: dict[str, tuple[str, int]]
    files: list[str]


class _Source(NamedTuple):
    """A file to read.

    Attributes:
        path: where it should be.
        origin: the file and line that name it; None for one that the user or nobody named.
    """

    path: Path
    origin: tuple[str, int] | None = None


def read(paths: Iterable[Path], findings: Findings, progress: Progress) -> Configuration:
    """Read files, and the files that they include. Errors are added to the findings.

    Args:
        paths: main files, other configuration files, or folders with ``*.cfg`` files.
        findings: receives the errors.
        progress: called with the number of definitions read, and 0.
    """
    reading = _Reading(findings)
    for path in paths:
        reading.add(path, is_folder=os.path.isdir(path))  # noqa: PTH112 - Path.is_dir() fails on names that are too long
    reading.run(progress)
    return reading.found


class _Reading:
    def __init__(self, findings: Findings) -> None:
        self.found = Configuration([], {}, {}, [])
        self._findings = findings
        self._queue: deque[_Source] = deque()
        self._seen: set[str] = set()
        self._folders: set[str] = set()
        self._bytes = 0

    def add(self, path: Path, *, is_folder: bool, origin: tuple[str, int] | None = None) -> None:
        """Add a file, or the files of a folder, to the queue."""
        if not is_folder:
            self._queue.append(_Source(path, origin))
            return
        if not os.path.isdir(path):  # noqa: PTH112 - as above
            self._report_error(_Source(path, origin), "there is no such folder")
            return
        for one in self._find_files(_Source(path, origin)):
            self._queue.append(_Source(one))

    def run(self, progress: Progress) -> None:
        """Read the files in the queue, and those that they include."""
        while self._queue:
            source = self._queue.popleft()
            real = os.path.realpath(source.path)
            if real in self._seen:
                continue
            self._seen.add(real)
            if len(self._seen) > _MAX_FILES or self._bytes > _MAX_TOTAL_SIZE:
                self._report_error(
                    source, f"more than {_MAX_FILES} files or {_MAX_TOTAL_SIZE >> 20} MiB: import them in parts"
                )
                return
            text = self._read_text(source)
            if text is not None:
                self.found.files.append(str(source.path))
                if source.path.suffix == ".ini":
                    self._parse_alignak_ini(source.path, text)
                else:
                    self._parse(source.path, text)
                progress(len(self.found.definitions), 0)

    def _parse(self, path: Path, text: str) -> None:
        file = str(path)
        parsed = parse(text, file, self._findings)
        self.found.definitions.extend(parsed.definitions)
        for macro, line in parsed.macros.items():
            self.found.macros.setdefault(macro, (file, line))
        for setting in parsed.settings:
            if setting.name in _INCLUDES:
                self._include(path, setting)
            else:
                self.found.settings[setting.name] = (file, setting)

    def _parse_alignak_ini(self, path: Path, text: str) -> None:
        parser = configparser.RawConfigParser(strict=False)
        try:
            parser.read_string(text)
            found = dict(parser[_ALIGNAK])
        except (configparser.Error, KeyError):
            self._report_error(_Source(path), f"not Alignak's main file: the section [{_ALIGNAK}] is missing")
            return
        lines = [line.partition("=")[0].strip().lower() for line in text.split("\n")]
        for name, value in found.items():
            line = 1 + lines.index(name) if name in lines else 1
            setting = Setting("cfg_file" if name.startswith("cfg") else name, _interpolate(value, found), line)
            if setting.name in _INCLUDES:
                self._include(path, setting)
            else:
                self.found.settings[name] = (str(path), setting)

    def _include(self, path: Path, setting: Setting) -> None:
        origin = (str(path), setting.line)
        if not setting.value or "\0" in setting.value:
            self._findings.add("error", *origin, f"{setting.name}: the path is missing")
            return
        target = Path(os.path.normpath(path.parent / setting.value))
        if len(self._queue) > _MAX_FILES:
            return  # too many: reported when they are read
        if not _exists(target) and Path(setting.value).is_absolute() and (moved := _find_moved(path.parent, target)):
            self._findings.add("changed", *origin, f"{setting.name}: {show(str(target))} does not exist: using {moved}")
            target = moved
        self.add(target, is_folder=_INCLUDES[setting.name], origin=origin)

    def _find_files(self, source: _Source) -> Iterator[Path]:
        def report(error: OSError) -> None:
            self._report_error(_Source(Path(error.filename), source.origin), f"it cannot be read: {error.strerror}")

        for root, folders, files in os.walk(source.path, onerror=report, followlinks=True):
            real = os.path.realpath(root)
            is_new = real not in self._folders
            self._folders.add(real)
            if len(self._folders) > _MAX_FOLDERS:
                self._report_error(source, f"more than {_MAX_FOLDERS} folders: is the path right?")
                return
            folders[:] = sorted(name for name in folders if is_new and not name.startswith("."))
            for name in sorted(files if is_new else ()):
                if name.endswith(".cfg") and not name.startswith("."):
                    yield Path(root) / name

    def _read_text(self, source: _Source) -> str | None:
        """Return the text of a file; None if it is rejected."""
        path = source.path
        try:
            with open(path, "rb", opener=open_regular) as file:
                content = file.read(_MAX_FILE_SIZE + 1)
        except (OSError, ValueError, RuntimeError) as error:
            self._report_error(source, f"it cannot be read: {getattr(error, 'strerror', None) or error}")
            return None
        if len(content) > _MAX_FILE_SIZE:
            self._report_error(source, f"it is larger than {_MAX_FILE_SIZE >> 20} MiB")
            return None
        self._bytes += len(content)
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            self._report_error(source, "it is UTF-16: save it as UTF-8")
            return None
        if b"\0" in content:
            self._report_error(source, "it is a binary file")
            return None
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            self._findings.add("changed", str(path), line, "it is not UTF-8: read as Windows-1252")
            return "\n".join(map(_decode_line, content.split(b"\n")))

    def _report_error(self, source: _Source, reason: str) -> None:
        if source.origin is None:
            self._findings.add("error", str(source.path), None, reason)
        else:
            self._findings.add("error", *source.origin, f"{show(str(source.path))}: {reason}")


def _decode_line(line: bytes) -> str:
    """Decode a line; old files may have lines in different encodings."""
    for encoding in ("utf-8", "cp1252"):
        try:
            return line.decode(encoding)
        except UnicodeDecodeError:
            continue
    return line.decode("latin-1")


def _interpolate(text: str, values: Mapping[str, str]) -> str:
    """Replace references such as ``%(name)s`` by values, which may have references themselves."""
    for _ in range(_MAX_DEPTH):
        text = _INTERPOLATED.sub(lambda match: values.get(match[1].lower(), ""), text)[:_MAX_PATH]
    return text


def _exists(path: Path | str) -> bool:
    return os.path.exists(path)  # noqa: PTH110 - Path.exists() fails on names that are too long


def _find_moved(folder: Path, path: Path) -> Path | None:
    """Find a path whose tree was copied elsewhere: the longest end of it that exists in a folder or one of its parents.

    In the parents, a single name is not sufficient, since it may exist by chance.
    """
    parts = path.parts[1:]
    folders = [str(one) for one in (folder, *folder.parents[:_ABOVE])]
    for at in range(len(parts)):
        end = "/".join(parts[at:])
        for one in folders if at < len(parts) - 1 else folders[:1]:
            if _exists(found := f"{one}/{end}") and Path(found) != path:
                return Path(found)
    return None
