"""Replacing the content of a file while unchanged parts keep their lines, comments and order.

It works on lines, and gives up on files that do not have one line per key or list element. The caller parses the
result, and rewrites the whole file if the content differs from the expected one.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

from alignak_backend_client.output.yaml_text import to_yaml

_BREAKS = ("\r", "\x85", "\u2028", "\u2029")
"""Line breaks of YAML 1.1 other than those of text files."""


class _UnableError(Exception):
    """The layout of the file is not supported."""


def splice(text: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> str | None:
    """Return the text of a file with new content; None if its layout is not supported.

    Args:
        text: the text of the file, with one document.
        old: its content; lists of items with names may be in any order.
        new: the new content.
    """
    import yaml

    end = "\r\n" if "\r\n" in text else "\n"
    text = text.replace(end, "\n")
    if any(sign in text for sign in _BREAKS):
        return None
    lines = text.removesuffix("\n").split("\n")
    try:
        node: Any = yaml.compose(text, Loader=yaml.CSafeLoader)
        if not _is_block(node, "mapping"):
            return None
        first = node.start_mark.line
        found = lines[:first] + _mapping(lines, node, old, new, first, len(lines))
    except (_UnableError, yaml.YAMLError, ValueError, RecursionError):
        return None
    return end.join([*found, ""])


def _is_block(node: Any, kind: str) -> bool:
    return node is not None and node.id == kind and not node.flow_style and bool(node.value)


def _mapping(
    lines: list[str], node: Any, old: Mapping[str, Any], new: Mapping[str, Any], begin: int, end: int
) -> list[str]:
    """Return the lines of a mapping, from ``begin`` to ``end``, with new values."""
    column = node.start_mark.column
    starts = [key.start_mark.line for key, _ in node.value]
    for (key, value), start in zip(node.value, starts, strict=True):
        # Aliases, "? key" and several keys in a line are not supported.
        if key.id != "scalar" or key.start_mark.column != column or lines[start][column : column + 1] == "?":
            raise _UnableError
        if (value.start_mark.line, value.start_mark.column) < (start, column):
            raise _UnableError
    ends = [*_key_starts(lines, starts), end]
    there: dict[str, list[str]] = {}
    for (key, value), start, after in zip(node.value, starts, ends, strict=True):
        name = key.value
        if name in new:
            if name in old and old[name] == new[name]:
                there[name] = lines[begin:after]
            else:
                there[name] = lines[begin:start] + _value(lines, name, value, old.get(name), new[name], start, after)
        begin = after
    wanted = {name: _indent(column, to_yaml({name: value})) for name, value in new.items() if name not in there}
    return _merge_in_order(there, wanted, new)


def _sequence(lines: list[str], node: Any, old: dict[Any, Any], new: dict[Any, Any], begin: int, end: int) -> list[str]:
    """Return the lines of a list of items with names, from ``begin`` to ``end``, with new items."""
    column = node.start_mark.column
    starts = [item.start_mark.line for item in node.value]
    if any(lines[start][column : column + 1] != "-" for start in starts):
        raise _UnableError
    ends = [*_key_starts(lines, starts), end]
    there: dict[Any, list[str]] = {}
    for item, start, after in zip(node.value, starts, ends, strict=True):
        name = _item_name({key.value: value.value for key, value in item.value} if item.id == "mapping" else None)
        if name in new and name in old:
            if old[name] == new[name]:
                there[name] = lines[begin:after]
            elif _is_block(item, "mapping"):
                there[name] = lines[begin:start] + _item(lines, item, old[name], new[name], after)
            else:
                there[name] = (
                    lines[begin:start] + _indent(column, to_yaml([new[name]])) + _trailing_comments(lines, start, after)
                )
        begin = after
    wanted = {name: _indent(column, to_yaml([item])) for name, item in new.items() if name not in there}
    return _merge_in_order(there, wanted, new)


def _item(lines: list[str], node: Any, old: Mapping[str, Any], new: Mapping[str, Any], end: int) -> list[str]:
    """Return the lines of a list element; the first one begins with the ``-``."""
    start, column = node.start_mark.line, node.start_mark.column
    dash = lines[start][:column]
    lines[start] = " " * column + lines[start][column:]
    found = _mapping(lines, node, old, new, start, end)
    if found[0][:column].strip():
        raise _UnableError
    return [dash + found[0][column:], *found[1:]]


def _value(lines: list[str], name: str, node: Any, old: Any, new: Any, start: int, end: int) -> list[str]:
    """Return the lines of a key, from ``start`` to ``end``, with a new value."""
    first = node.start_mark.line
    if isinstance(old, dict) and isinstance(new, dict) and new and _is_block(node, "mapping"):
        return [lines[start], *_mapping(lines, node, old, new, start + 1, end)]
    if (before := _items_by_name(old)) and (after := _items_by_name(new)) and _is_block(node, "sequence"):
        return [lines[start], *_sequence(lines, node, before, after, start + 1, end)]
    line, text = lines[start], _format_inline(node, new)
    if text is not None and first == node.end_mark.line == start and node.id != "mapping":
        return [line[: node.start_mark.column] + text + line[node.end_mark.column :], *lines[start + 1 : end]]
    column = len(line) - len(line.lstrip(" "))
    return _indent(column, to_yaml({name: new})) + _trailing_comments(lines, start, end)


def _format_inline(node: Any, value: Any) -> str | None:
    """Return a value in the form that replaces one in the same line; None if that is not possible."""
    if isinstance(value, list) and node.id == "sequence" and not any(isinstance(one, list | dict) for one in value):
        return f"[{', '.join(to_yaml(one)[:-1] for one in value)}]"
    return to_yaml(value)[:-1] if node.id == "scalar" and node.value and not isinstance(value, list | dict) else None


def _items_by_name(value: Any) -> dict[Any, Any]:
    """Return the items of a list by name; empty for other values, and for lists without unique names."""
    if not isinstance(value, list):
        return {}
    found = {_item_name(item): item for item in value}
    return found if len(found) == len(value) and None not in found else {}


def _item_name(item: Any) -> tuple[str, ...] | None:
    if not isinstance(item, dict) or not isinstance(item.get("name"), str):
        return None
    return (item["name"], item["host"]) if isinstance(item.get("host"), str) else (item["name"],)


def _is_comment(line: str) -> bool:
    return not line.strip() or line.lstrip(" ").startswith("#")


def _key_starts(lines: list[str], starts: list[int]) -> Iterable[int]:
    """Yield the first line of each key except the first, including the comments above it."""
    for before, start in itertools.pairwise(starts):
        begin = start
        while begin - 1 > before and _is_comment(lines[begin - 1]):
            begin -= 1
        yield begin


def _trailing_comments(lines: list[str], start: int, end: int) -> list[str]:
    """Return the comments and empty lines at the end of a range."""
    begin = end
    while begin - 1 > start and _is_comment(lines[begin - 1]):
        begin -= 1
    return lines[begin:end]


def _indent(column: int, text: str) -> list[str]:
    return [" " * column + line for line in text[:-1].split("\n")]


def _merge_in_order(there: Mapping[Any, list[str]], more: Mapping[Any, list[str]], order: Iterable[Any]) -> list[str]:
    """Return the existing lines in their order, with each new part after its predecessor in ``order``."""
    found = list(there)
    last: Any = None
    for name in order:
        if name not in there:
            found.insert(0 if last is None else found.index(last) + 1, name)
        last = name
    return [line for name in found for line in (there[name] if name in there else more[name])]
