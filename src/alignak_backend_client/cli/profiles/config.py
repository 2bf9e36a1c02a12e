"""The configuration file with profiles, in TOML.

Its content::

    profile = "paris"  # the default profile

    [profiles.paris]
    url = "https://backend.paris.example"
    username = "bob"

Changes edit single lines, which keeps the user's comments and order; no TOML writer is needed.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from alignak_backend_client._files import open_regular
from alignak_backend_client.cli.grammar import NUMBERS, number
from alignak_backend_client.cli.places import ConfigError, config_file, database_of
from alignak_backend_client.client import EMBEDDED, BackendException, check_url
from alignak_backend_client.output.suggestions import suggestion
from alignak_backend_client.output.text import escape_unprintable

KEYS: Final = ("url", "username", "ca_file", "certificate", "timeout", "retries", "jobs")
"""The settings of a profile; each is also an option."""

_LARGEST: Final = 1_000_000
"""Characters of the file; a link may lead to one without end."""

_FILES: Final = ("ca_file", "certificate")
_SECRETS: Final = ("password", "token", "secret")
_NAME: Final = re.compile(r"[A-Za-z0-9_-]+")
_HEADER: Final = re.compile(r"\s*\[\s*profiles\s*\.\s*(['\"]?)(?P<name>.+?)\1\s*\]\s*(#.*)?")


class Config:
    """The content of the configuration file; empty if there is no file.

    Attributes:
        path: the file.
        profiles: name of a profile to its settings, which are validated; file paths are absolute.
        default: name of the default profile, or None.

    Raises:
        ConfigError: the file cannot be read, or is invalid.
    """

    def __init__(self) -> None:
        self.path = Path(config_file())
        try:
            with open(self.path, encoding="utf-8", opener=open_regular) as file:
                self._text = file.read(_LARGEST + 1)
        except FileNotFoundError:
            self._text = ""
        except OSError as error:
            raise ConfigError(f"The configuration {self._display_path} cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise ConfigError(f"The configuration {self._display_path} is not UTF-8: {error.reason}") from error
        if len(self._text) > _LARGEST:
            raise ConfigError(f"The configuration {self._display_path} has more than {_LARGEST:,} characters")
        self._whole = self._parse(self._text)
        self.profiles, self.default = self._validated()

    def settings_of(self, name: str) -> dict[str, Any]:
        """Return the settings of a profile.

        Raises:
            ConfigError: there is no such profile.
        """
        if name not in self.profiles:
            raise ConfigError(f"There is no profile {escape_unprintable(name)!r}: {self._hint(name)}")
        return self.profiles[name]

    def change(self, name: str, values: Mapping[str, Any]) -> None:
        """Change settings of a profile, create it if necessary, and write the file; None removes a setting.

        Raises:
            ConfigError: the name or a setting is invalid.
            ItemError: the file cannot be written.
        """
        if not _NAME.fullmatch(name):
            raise ConfigError(f"A profile name consists of letters, digits, - and _, unlike {name!r}")
        changed = {}
        for key, value in values.items():
            if value is None:
                self._check_key(key)
            changed[key] = None if value is None else self._value(key, value, Path.cwd())
        lines = self._text.splitlines()
        start, end = _section(lines, name)
        if start == end:
            lines += ["", f"[profiles.{name}]"] if lines else [f"[profiles.{name}]"]
            start, end = len(lines) - 1, len(lines)
        _put(lines, start + 1, end, changed)
        profiles = {**self._profiles(), name: _merged(self._profiles().get(name, {}), changed)}
        self._write(lines, {**self._whole, "profiles": profiles})

    def delete(self, name: str) -> None:
        """Delete a profile, and write the file.

        Raises:
            ConfigError: there is no such profile.
            ItemError: the file cannot be written.
        """
        self.settings_of(name)
        lines = self._text.splitlines()
        start, end = _section(lines, name)
        del lines[start:end]
        whole = {
            **self._whole,
            "profiles": {one: old for one, old in self._profiles().items() if one != name},
        }
        if self.default == name:
            _put(lines, 0, _top(lines), {"profile": None})
            del whole["profile"]
        self._write(lines, whole)

    def use(self, name: str | None) -> None:
        """Set the default profile (None: unset it) and write the file.

        Raises:
            ConfigError: there is no such profile.
            ItemError: the file cannot be written.
        """
        if name is not None:
            self.settings_of(name)
        lines = self._text.splitlines()
        _put(lines, 0, _top(lines), {"profile": name})
        self._write(lines, _merged(self._whole, {"profile": name}))

    @property
    def _display_path(self) -> str:
        return escape_unprintable(str(self.path))

    def _hint(self, name: str) -> str:
        if not self.profiles:
            return f"create one with 'profile set {escape_unprintable(name)} url=URL'"
        return suggestion(name, self.profiles, "profiles")

    def _profiles(self) -> dict[str, Any]:
        profiles: dict[str, Any] = self._whole.get("profiles", {})
        return profiles

    def _parse(self, text: str) -> dict[str, Any]:
        """Parse TOML, with errors that name the line."""
        import tomllib

        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            place = re.search(r"\(at line (\d+)", str(error))
            line = int(place[1]) if place else len(text.splitlines())
            reason = str(error).partition(" (at ")[0]
            raise self._error(line, f"{escape_unprintable(reason)}: the file must be TOML") from error

    def _validated(self) -> tuple[dict[str, dict[str, Any]], str | None]:
        """Return the validated profiles and the name of the default profile.

        Raises:
            ConfigError: the content of the file is invalid.
        """
        for key in self._whole:
            if key not in ("profile", "profiles"):
                hint = suggestion(key, ("profile", "profiles"), "keys")
                raise self._error(_line(self._text, key), f"unknown key {escape_unprintable(key)!r}: {hint}")
        tables = self._profiles()
        if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
            raise self._error(_line(self._text, "profiles"), "a profile must be a table, such as [profiles.paris]")
        profiles: dict[str, dict[str, Any]] = {}
        for name, table in tables.items():
            profiles[name] = {}
            for key, value in table.items():
                try:
                    profiles[name][key] = self._value(key, value, self.path.parent)
                except ConfigError as error:
                    raise self._error(_line(self._text, key, name), str(error)) from None
        default = self._whole.get("profile")
        if default is not None and default not in profiles:
            shown = escape_unprintable(str(default))
            raise self._error(_line(self._text, "profile"), f"there is no profile {shown!r}: {self._known(profiles)}")
        return profiles, default

    def _known(self, profiles: Mapping[str, Any]) -> str:
        return f"the profiles are: {', '.join(map(escape_unprintable, profiles))}" if profiles else "the file has none"

    def _error(self, line: int, reason: str) -> ConfigError:
        return ConfigError(f"{self._display_path}:{line}: {reason}")

    @staticmethod
    def _check_key(key: str) -> None:
        if key in KEYS:
            return
        if any(secret in key.lower() for secret in _SECRETS):
            raise ConfigError(
                f"{escape_unprintable(key)}: profiles hold no secrets: remove it, and log in with "
                "'alignak-backend-cli login'"
            )
        raise ConfigError(f"unknown setting {escape_unprintable(key)!r}: {suggestion(key, KEYS, 'settings')}")

    @classmethod
    def _value(cls, key: str, value: Any, folder: Path) -> Any:
        """Return the value of a setting.

        Args:
            key: the setting.
            value: what was given.
            folder: where relative paths start.

        Raises:
            ConfigError: there is no such setting, or it cannot have that value.
        """
        cls._check_key(key)
        if key in NUMBERS:
            try:
                return number(key, str(value))
            except ValueError as error:
                raise ConfigError(f"{key} needs {error}, not {escape_unprintable(str(value))!r}") from None
        if not isinstance(value, str) or not value or not value.isprintable():
            raise ConfigError(f"{key} must be a non-empty string, not {escape_unprintable(repr(value))}")
        if key in _FILES:
            return _absolute(value, folder)
        if key == "url":
            if value.startswith(EMBEDDED):
                file = database_of(value)
                return EMBEDDED + _absolute(file, folder) if file else value
            _check_url(value)
        return value

    def _write(self, lines: list[str], whole: Mapping[str, Any]) -> None:
        """Write the file, after checking that the edited lines parse to the expected content.

        Raises:
            ConfigError: they do not, as in a file with unusual TOML syntax.
            ItemError: the file cannot be written.
        """
        from alignak_backend_client.items.errors import ItemError
        from alignak_backend_client.items.files.dumpfile import open_atomic

        text = "".join(f"{line}\n" for line in lines)
        try:
            is_as_expected = {"profiles": {}} | self._parse(text) == {"profiles": {}} | dict(whole)
        except ConfigError:
            is_as_expected = False
        if not is_as_expected:
            raise ConfigError(
                f"The configuration {self._display_path} is too complex to change automatically: edit it by hand"
            )
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ItemError(f"The configuration {self._display_path} cannot be written: {error.strerror}") from error
        with open_atomic(Path(os.path.realpath(self.path))) as file:  # links to it stay
            file.write(text.encode())
        self._text = text
        self._whole = self._parse(text)
        self.profiles, self.default = self._validated()


def _absolute(path: str, folder: Path) -> str:
    return str(folder / Path(path).expanduser())


def _check_url(url: str) -> None:
    if "@" in url.partition("//")[2].partition("/")[0]:
        raise ConfigError("url: no user names or passwords in URLs: use 'username', and 'alignak-backend-cli login'")
    try:
        check_url(url.rstrip("/"))
    except BackendException as error:
        raise ConfigError(f"url: {error.message}") from None


def _merged(table: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in {**table, **changes}.items() if value is not None}


def _top(lines: list[str]) -> int:
    """Return the number of lines before the first table."""
    return next((at for at, line in enumerate(lines) if line.lstrip().startswith("[")), len(lines))


def _section(lines: list[str], name: str) -> tuple[int, int]:
    """Return the range of lines of a profile's table; two equal numbers if there is none."""
    for at, line in enumerate(lines):
        header = _HEADER.fullmatch(line)
        if header and header["name"] == name:
            return at, at + 1 + _top(lines[at + 1 :])
    return 0, 0


def _put(lines: list[str], start: int, end: int, values: Mapping[str, Any]) -> None:
    """Set keys within a range of lines; None removes a key."""
    for key, value in values.items():
        found = next((at for at in range(start, end) if _sets(lines[at], key)), None)
        if found is not None:
            del lines[found]
            end -= 1
        if value is not None:
            at = found
            if at is None:
                at = next((at for at in range(end, start, -1) if lines[at - 1].strip()), start)
                if at == 0 and lines and lines[0].strip():  # a table follows
                    lines.insert(0, "")
            # TOML takes the texts of JSON.
            lines.insert(at, f"{key} = {json.dumps(value, ensure_ascii=False)}")
            end += 1


def _sets(line: str, key: str) -> bool:
    return re.match(rf"\s*(['\"]?){re.escape(key)}\1\s*[=.]", line) is not None


def _line(text: str, key: str, profile: str | None = None) -> int:
    """Return the number of the line that sets a key; else that of the profile's header, or 1."""
    lines = text.splitlines()
    start, end = (0, len(lines)) if profile is None else _section(lines, profile)
    return next((at + 1 for at in range(start, end) if _sets(lines[at], key)), start + 1)
