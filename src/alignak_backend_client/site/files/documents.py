"""Reading one file: YAML with the meaning of version 1.2 (``no``, ``1:30`` and ``012`` are text), or JSON."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from alignak_backend_client._files import open_regular
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.references import show
from alignak_backend_client.model.storable import MAX_DEPTH, nests_deeper

MAX_SIZE: Final = 32 << 20
"""Maximum size of a file in bytes."""

_SMALL: Final = 64 << 10

_MAX_VALUES: Final = 1_500_000
"""Maximum number of values in a file."""

_BRACKET: Final = re.compile(r"[\[\]{}]")
_DEEP: Final = 5000

_MAX_EXPANDED_VALUES: Final = 1_000_000
"""Maximum number of values in a file after the expansion of aliases."""

_LONG_KEY: Final = re.compile(r'"[^"\n]{1023,}"\s*:')
_CONFLICT: Final = re.compile(r"^<{7} ", re.MULTILINE)
_PLACE: Final = re.compile(r" at line (\d+) column \d+")
_POSITION: Final = re.compile(r" at position (\d+)")

_MARKS: Final = re.compile(r"[!*](?<![^\s\[{,?:-].)\S")
"""Possible tags and aliases, and texts that look like them."""

_TAGS: Final = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "seq", "map"))

_TOO_MUCH: Final = "its aliases (*name) expand to too much data: write out their values"

MISSING: Final = "Reading YAML needs the extra 'site': run pip install 'alignak-backend-client[site]'"


class FileError(Exception):
    """A file that cannot be read.

    Attributes:
        line: the line; None for the whole file.
    """

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.line = line


def check_installed() -> None:
    """Check that YAML can be read.

    Raises:
        ItemError: a package is missing; the message has the command to install it.
    """
    import importlib.util

    # The second one is only imported for lines in messages, which takes 12 ms.
    if not all(map(importlib.util.find_spec, ("ryaml", "yaml"))):
        raise ItemError(MISSING)


def read_content(path: Path) -> bytes:
    """Return the content of a file, even if it is replaced in the meantime.

    Raises:
        FileError: it is too large.
        OSError: it cannot be read, or is not a regular file.
    """
    with open(path, "rb", opener=open_regular) as file:
        found = file.read(_SMALL)  # without memory for the largest file, which takes as long as reading
        if len(found) == _SMALL:
            found += file.read(MAX_SIZE + 1 - _SMALL)
    if len(found) > MAX_SIZE:
        raise FileError(f"it is larger than {MAX_SIZE >> 20} MiB: split it")
    return found


def estimate_size(content: bytes) -> int:
    """Estimate the number of values in a file, before memory is allocated for them."""
    return sum(map(content.count, (b"\n", b"[", b"{", b","))) - content.count(b",\n")


def is_deep(text: str) -> bool:
    """Return True for brackets nested so deeply that parsers take quadratic time."""
    if text.count("[") + text.count("{") <= _DEEP:
        return False
    depth = 0
    for found in _BRACKET.finditer(text):
        depth += 1 if found[0] in "[{" else -1
        if depth > _DEEP:
            return True
    return False


def parse(content: bytes) -> list[Any]:
    """Parse the documents of a file; empty documents are None.

    Raises:
        FileError: it is not valid YAML, or too large.
    """
    import ryaml

    if b"\0" in content[:4096]:
        raise FileError("it is a binary file, not YAML")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FileError("it is not UTF-8 text: save it as UTF-8", line) from error
    if estimate_size(content) > _MAX_VALUES:
        raise FileError("it contains too many values: split it")
    if is_deep(text):
        raise FileError("it is nested too deeply")
    if ("*" in text or "!" in text) and _MARKS.search(text):
        _check_tags_and_aliases(text)
    try:
        documents: list[Any] = ryaml.loads_all(text)  # type: ignore[attr-defined]  # it is in __all__
    except ryaml.InvalidYamlError as error:  # type: ignore[attr-defined]  # likewise
        raise _explain(str(error), text) from error
    except RecursionError as error:
        raise FileError("it is nested too deeply") from error
    except ValueError as error:
        # A key is not hashable.
        raise FileError("a key is a list or a mapping: keys must be text", _find_complex_key(text)) from error
    documents = documents or []  # None for an empty file
    if nests_deeper(documents, MAX_DEPTH + 4):
        raise FileError(f"it is nested too deeply: databases take {MAX_DEPTH} levels")
    return documents


def _check_tags_and_aliases(text: str) -> None:
    """Reject tags for types that JSON does not have, and aliases that expand to too much data.

    The parser expands aliases before their size can be checked.

    Raises:
        FileError: there are such tags or aliases.
    """
    import yaml

    #: Open collections: anchor, number of values, number of characters.
    open_: list[tuple[str | None, int, int]] = [(None, 0, 0)]
    anchors: dict[str, tuple[int, int]] = {}
    try:
        events: Iterable[Any] = yaml.parse(text, Loader=yaml.CSafeLoader)
        for event in events:
            tag, anchor = getattr(event, "tag", None), getattr(event, "anchor", None)
            if tag and tag not in _TAGS and tag != "!":
                raise FileError(f"the tag {show(tag, 60)} is not supported: remove it", event.start_mark.line + 1)
            if isinstance(event, yaml.CollectionStartEvent):
                open_.append((anchor, 1, 0))
                continue
            if isinstance(event, yaml.ScalarEvent):
                added = (1, len(event.value))
                if anchor:
                    anchors[anchor] = added
            elif isinstance(event, yaml.AliasEvent):
                added = anchors.get(str(event.anchor), (0, 0))
            elif isinstance(event, yaml.CollectionEndEvent):
                name, *both = open_.pop()
                added = (both[0], both[1])
                if name:
                    anchors[name] = added
            else:
                continue
            above = open_[-1]
            open_[-1] = (above[0], above[1] + added[0], above[2] + added[1])
            if open_[-1][1] > _MAX_EXPANDED_VALUES or open_[-1][2] > MAX_SIZE:
                raise FileError(_TOO_MUCH, event.start_mark.line + 1)
    except (yaml.YAMLError, ValueError):
        return  # the other parser reports the error


def _find_complex_key(text: str) -> int | None:
    """Return the line of the first key that is a list or a mapping."""
    from alignak_backend_client.site.files.places import nodes

    keys = [key for node in nodes(text) if node.id == "mapping" for key, _ in node.value if key.id != "scalar"]
    return min((int(key.start_mark.line) + 1 for key in keys), default=None)


def _explain(reason: str, text: str) -> FileError:
    """Return the error of a file with a plain explanation."""
    line = int(found[1]) if (found := _PLACE.search(reason)) else None
    if found := _POSITION.search(reason):
        line = text.encode()[: int(found[1])].count(b"\n") + 1
    reason = _POSITION.sub("", _PLACE.sub("", reason))
    if found := _CONFLICT.search(text):
        return FileError("an unresolved merge conflict", text.count("\n", 0, found.start()) + 1)
    if found := _LONG_KEY.search(text):
        line = text.count("\n", 0, found.start()) + 1
        return FileError("a key is longer than 1,024 characters: YAML takes that only after '? '", line)
    if "duplicate entry" in reason:
        from alignak_backend_client.site.files.places import find_duplicate_key

        key = reason.partition("with key ")[2] or "a key"
        return FileError(f"the key {key} appears twice in one mapping", find_duplicate_key(text) or line)
    if "repetition limit" in reason:
        return FileError(_TOO_MUCH, line)
    if "recursion limit" in reason:
        return FileError("it is nested too deeply, or an alias (*name) contains itself", line)
    if "invalid type: integer" in reason:
        return FileError("it contains an integer of more than 64 bits", line)
    if "cannot start any token" in reason and line and "\t" in text.splitlines()[line - 1][:80]:
        return FileError("a tab in the indentation: YAML needs spaces", line)
    return FileError(f"invalid YAML: {reason.splitlines()[0][:160]}", line)
