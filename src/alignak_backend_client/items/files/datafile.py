"""Reading the data of items from a file or from standard input."""

from __future__ import annotations

import json
import math
import re
import sys
from pathlib import Path
from typing import Any

from alignak_backend_client._text import error_text
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.references import show
from alignak_backend_client.model import Resource, find_resource
from alignak_backend_client.model.order import CREATION_ORDER
from alignak_backend_client.model.storable import MAX_DEPTH, nests_deeper

STDIN = ("stdin", "-")

_MAX_DIGITS = 400


def read(data: str, folder: str | None = None) -> dict[str, Any] | list[dict[str, Any]]:
    """Return the item, or the list of items, that a file holds.

    Args:
        data: path of a JSON file, or ``stdin``.
        folder: the folder of a relative path.

    Raises:
        ItemError: the file cannot be read, or holds something else; the message names it.
    """
    if data in STDIN:
        # sys.stdin is None if the process was started without it.
        source, content = "standard input", sys.stdin.buffer.read() if sys.stdin is not None else b""
    else:
        path = Path(folder, data) if folder else Path(data)
        source = str(path)
        try:
            content = path.read_bytes()
        except (OSError, ValueError) as error:
            raise ItemError(f"Cannot read the data file {source!r}: {error_text(error)}") from error
    return parse(content, source)


def read_folder(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the items of all dumps in a folder by resource, each once, in the order in which they can be added.

    File names show the type of the items: ``alignak-object-list-hosts.json``, ``checks-pack-commands.json``.

    Raises:
        ItemError: there are none, or one of them cannot be read; the message names it.
    """
    found: dict[str, dict[Any, dict[str, Any]]] = {}
    for path in sorted(folder.glob("*.json")):
        resource = _resource_of(path.stem)
        if resource is None:
            example = "'alignak-object-list-hosts.json'"
            raise ItemError(f"The name of {str(path)!r} does not show the type of its items: use one such as {example}")
        content = read(str(path))
        some = found.setdefault(resource.name, {})
        for item in content if isinstance(content, list) else [content]:
            # An item may be both in a list and in a file of its own.
            identity = item.get("_id")
            some.setdefault(identity if isinstance(identity, str) else len(some), item)
    if not found:
        raise ItemError(f"There are no data files (*.json) in the folder {str(folder)!r}")
    return {name: list(found[name].values()) for name in CREATION_ORDER if name in found}


def _resource_of(name: str) -> Resource | None:
    """Return the resource of the items in a dump by the name of the file."""
    found = re.search(r"(?:object|model)-(?:list|dump)-([^-]+)", name)
    words = [found[1]] if found else [word for word in re.split(r"[^a-z]+", name.lower()) if word != "alignak"]
    return next(filter(None, map(find_resource, words)), None)


def parse(content: bytes, source: str) -> dict[str, Any] | list[dict[str, Any]]:
    """Return the item or items that JSON text describes; see :func:`read`."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ItemError(f"{source} is not UTF-8 text (byte {error.start}): save it as UTF-8") from error
    if not text.strip():
        raise ItemError(f"{source} is empty: it must contain an item or a list of items, as JSON")
    try:
        value = json.loads(
            text, object_pairs_hook=_unique_keys, parse_constant=_reject_constant, parse_int=_parse_integer
        )
    except json.JSONDecodeError as error:
        error = _explain_syntax_error(error)
        raise ItemError(f"{source} is not JSON: {error.msg} (line {error.lineno}, column {error.colno})") from error
    except RecursionError as error:
        raise ItemError(f"{source} is nested too deeply") from error
    except ValueError as error:
        raise ItemError(f"{source} is not JSON: {error}") from error
    if isinstance(value, dict | list) and nests_deeper(value, MAX_DEPTH):
        raise ItemError(f"{source} is nested too deeply: databases take {MAX_DEPTH} levels")
    if isinstance(value, dict):
        return value
    if not isinstance(value, list):
        raise ItemError(f"{source} holds {show(value)}: an item ({{...}}) or a list of items is needed")
    for position, item in enumerate(value, start=1):
        if not isinstance(item, dict):
            raise ItemError(f"{source}: entry {position} of the list is {show(item)}: an item ({{...}}) is needed")
    return value


def _explain_syntax_error(error: json.JSONDecodeError) -> json.JSONDecodeError:
    """Return an error that names common mistakes, such as comments and trailing commas, and where they are."""
    text, place = error.doc, error.pos + len(error.doc[error.pos :]) - len(error.doc[error.pos :].lstrip())
    before = text[:place].rstrip()
    if text.startswith(("//", "/*", "#"), place):
        return json.JSONDecodeError("Comments are not allowed", text, place)
    if error.msg.startswith("Illegal trailing comma"):
        before = text[: error.pos + 1]
    if before.endswith(",") and text[len(before) :].lstrip()[:1] in ("}", "]"):
        return json.JSONDecodeError("A comma after the last value is not allowed", text, len(before) - 1)
    if text.startswith("'", place):
        return json.JSONDecodeError("Strings must be in double quotes", text, place)
    return error


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; duplicate keys are an error, since one of the values would be lost."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{show(twice)} appears twice in one item")
    return found


def _parse_integer(digits: str) -> float:
    """Return an integer; huge ones become infinity like 1e999, which the validation of the item rejects."""
    return int(digits) if len(digits) <= _MAX_DIGITS else math.inf


def _reject_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON value")
