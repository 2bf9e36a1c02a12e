"""Reading files and those that they include with ``cfg_file``, ``cfg_dir`` and ``resource_file``, each once.

Links are followed, as the engines do: a main file may name any file, so this gives no more away.
"""

from __future__ import annotations

import configparser
import os
import re
import stat
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from alignak_backend_client.items.names.references import show
from alignak_backend_client.site.cfg.findings import Findings
from alignak_backend_client.site.cfg.parsing import Definition, Setting, parse

_FILES: Final = 50_000
_MOST_FOLDERS: Final = 10_000
_LARGEST: Final = 64 << 20
_BYTES: Final = 128 << 20
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
_LONGEST_PATH: Final = 4096
_DEEPEST: Final = 10
_ABOVE: Final = 3
"""Folders above that of the main file where parts of a copied tree may be."""


class Configuration(NamedTuple):
    """All that the files say.

    Attributes:
        definitions: the objects, in the order of the files.
        settings: by name, the last one of each, with the file where it stands.
        macros: by name the file and line.
        files: the paths of the files that were read.
    """

    definitions: list[Definition]
    settings: dict[str, tuple[str, Setting]]
    macros: dict[str, tuple[str, int]]
    files: list[str]


class _Wanted(NamedTuple):
    """A file to read.

    Attributes:
        path: where it should be.
        said: the file and line that name it; None for one that the user or nobody named.
    """

    path: Path
    said: tuple[str, int] | None = None


def read(paths: Iterable[Path], findings: Findings, progress: Callable[[int, int], None]) -> Configuration:
    """Return what files hold, with those that they name. What cannot be read is added to the findings.

    Args:
        paths: files, main or not, or folders whose ``*.cfg`` are meant.
        findings: what cannot be read is added here.
        progress: called with the number of definitions read, and 0.
    """
    reading = _Reading(findings)
    for path in paths:
        reading.want(path, is_folder=os.path.isdir(path))  # noqa: PTH112 - Path.is_dir() fails on names that are too long
    reading.run(progress)
    return reading.found


class _Reading:
    def __init__(self, findings: Findings) -> None:
        self.found = Configuration([], {}, {}, [])
        self._findings = findings
        self._queue: deque[_Wanted] = deque()
        self._seen: set[str] = set()
        self._folders: set[str] = set()
        self._bytes = 0

    def want(self, path: Path, *, is_folder: bool, said: tuple[str, int] | None = None) -> None:
        """Note a file, or those of a folder."""
        if not is_folder:
            self._queue.append(_Wanted(path, said))
            return
        if not os.path.isdir(path):  # noqa: PTH112 - as above
            self._error(_Wanted(path, said), "there is no such folder")
            return
        for one in self._in_folder(_Wanted(path, said)):
            self._queue.append(_Wanted(one))

    def run(self, progress: Callable[[int, int], None]) -> None:
        """Read what is wanted, and what that wants."""
        while self._queue:
            wanted = self._queue.popleft()
            real = os.path.realpath(wanted.path)
            if real in self._seen:
                continue
            self._seen.add(real)
            if len(self._seen) > _FILES or self._bytes > _BYTES:
                self._error(wanted, f"more than {_FILES} files or {_BYTES >> 20} MiB: import them in parts")
                return
            text = self._text(wanted)
            if text is not None:
                self.found.files.append(str(wanted.path))
                if wanted.path.suffix == ".ini":
                    self._settings_of_alignak(wanted.path, text)
                else:
                    self._parse(wanted.path, text)
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

    def _settings_of_alignak(self, path: Path, text: str) -> None:
        """Read alignak.ini."""
        parser = configparser.RawConfigParser(strict=False)
        try:
            parser.read_string(text)
            found = dict(parser[_ALIGNAK])
        except (configparser.Error, KeyError):
            self._error(_Wanted(path), f"not Alignak's main file: the section [{_ALIGNAK}] is missing")
            return
        lines = [line.partition("=")[0].strip().lower() for line in text.split("\n")]
        for name, value in found.items():
            line = 1 + lines.index(name) if name in lines else 1
            setting = Setting("cfg_file" if name.startswith("cfg") else name, _interpolated(value, found), line)
            if setting.name in _INCLUDES:
                self._include(path, setting)
            else:
                self.found.settings[name] = (str(path), setting)

    def _include(self, path: Path, setting: Setting) -> None:
        said = (str(path), setting.line)
        if not setting.value or "\0" in setting.value:
            self._findings.add("error", *said, f"{setting.name}: the path is missing")
            return
        meant = Path(os.path.normpath(path.parent / setting.value))
        if len(self._queue) > _FILES:
            return  # too many, which is told when they are read
        if not _exists(meant) and Path(setting.value).is_absolute() and (moved := _moved(path.parent, meant)):
            self._findings.add("changed", *said, f"{setting.name}: {show(str(meant))} does not exist: using {moved}")
            meant = moved
        self.want(meant, is_folder=_INCLUDES[setting.name], said=said)

    def _in_folder(self, wanted: _Wanted) -> Iterator[Path]:
        def refused(error: OSError) -> None:
            self._error(_Wanted(Path(error.filename), wanted.said), f"it cannot be read: {error.strerror}")

        for root, folders, files in os.walk(wanted.path, onerror=refused, followlinks=True):
            real = os.path.realpath(root)
            is_new = real not in self._folders
            self._folders.add(real)
            if len(self._folders) > _MOST_FOLDERS:
                self._error(wanted, f"more than {_MOST_FOLDERS} folders: is the path right?")
                return
            folders[:] = sorted(name for name in folders if is_new and not name.startswith("."))
            for name in sorted(files if is_new else ()):
                if name.endswith(".cfg") and not name.startswith("."):
                    yield Path(root) / name

    def _text(self, wanted: _Wanted) -> str | None:
        """Return what a file holds as text; None when it is rejected."""
        path = wanted.path
        try:
            found = path.stat()
            if not stat.S_ISREG(found.st_mode):
                self._error(wanted, "it is not a regular file")
                return None
            if found.st_size > _LARGEST:
                self._error(wanted, f"it is larger than {_LARGEST >> 20} MiB")
                return None
            with path.open("rb") as file:
                content = file.read(_LARGEST)
        except (OSError, ValueError, RuntimeError) as error:
            self._error(wanted, f"it cannot be read: {getattr(error, 'strerror', None) or error}")
            return None
        self._bytes += len(content)
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            self._error(wanted, "it is UTF-16: save it as UTF-8")
            return None
        if b"\0" in content:
            self._error(wanted, "it is a binary file")
            return None
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            self._findings.add("changed", str(path), line, "it is not UTF-8: read as Windows-1252")
            return "\n".join(map(_decoded, content.split(b"\n")))

    def _error(self, wanted: _Wanted, reason: str) -> None:
        if wanted.said is None:
            self._findings.add("error", str(wanted.path), None, reason)
        else:
            self._findings.add("error", *wanted.said, f"{show(str(wanted.path))}: {reason}")


def _decoded(line: bytes) -> str:
    """Return a line as text. In old files, several people have left lines in several encodings."""
    for encoding in ("utf-8", "cp1252"):
        try:
            return line.decode(encoding)
        except UnicodeDecodeError:
            continue
    return line.decode("latin-1")


def _interpolated(text: str, values: Mapping[str, str]) -> str:
    """Return a text with the values that it refers to as ``%(name)s``, which may do so themselves."""
    for _ in range(_DEEPEST):
        text = _INTERPOLATED.sub(lambda match: values.get(match[1].lower(), ""), text)[:_LONGEST_PATH]
    return text


def _exists(path: Path | str) -> bool:
    return os.path.exists(path)  # noqa: PTH110 - Path.exists() fails on names that are too long


def _moved(folder: Path, path: Path) -> Path | None:
    """Return where a path leads whose tree was copied elsewhere: the longest end of it that there is in a folder.

    Above that folder, as in ``nagios3`` next to ``nagios-plugins``, a mere name would be found by chance.
    """
    parts = path.parts[1:]
    folders = [str(one) for one in (folder, *folder.parents[:_ABOVE])]
    for at in range(len(parts)):
        end = "/".join(parts[at:])
        for one in folders if at < len(parts) - 1 else folders[:1]:
            if _exists(found := f"{one}/{end}") and Path(found) != path:
                return Path(found)
    return None
