"""MongoDB's projections: the fields of a document to return."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from alignak_backend_embedded.store.errors import QueryError

from .matcher import path

Cut = Callable[[dict[str, Any]], dict[str, Any]]
_Tree = dict[str, Any]


def _tree(fields: list[str]) -> _Tree:
    """Return the fields as nested objects; a field whose parent is included is part of it."""
    tree: _Tree = {}
    for field in sorted(fields, key=lambda name: name.count(".")):
        level = tree
        *parents, last = path(field)
        for parent in parents:
            if level.setdefault(parent, {}) is None:
                break
            level = level[parent]
        else:
            level.setdefault(last, None)
    return tree


def _keep(value: Any, tree: _Tree) -> Any:
    """Return an object with only the fields of the tree; lists keep only their objects."""
    if isinstance(value, list):
        return [_keep(item, tree) for item in value if isinstance(item, dict | list)]
    out = {}
    for key, item in value.items():
        if key in tree:
            below = tree[key]
            if below is None:
                out[key] = item
            elif isinstance(item, dict | list):
                out[key] = _keep(item, below)
    return out


def _drop(value: Any, tree: _Tree) -> Any:
    """Return an object, or the objects of a list, without the fields of the tree."""
    if isinstance(value, list):
        return [_drop(item, tree) for item in value]
    if not isinstance(value, dict):
        return value
    out = {}
    for key, item in value.items():
        if key not in tree:
            out[key] = item
        elif tree[key] is not None:
            out[key] = _drop(item, tree[key])
    return out


def compile_projection(projection: Mapping[str, Any] | None) -> Cut | None:
    """Return a function that applies the projection; None if it changes nothing.

    A projection either includes or excludes fields; ``_id`` is included by default, and can be excluded in both cases.
    Fields keep the order of the document, or are sorted, as those of new documents are.

    Raises:
        QueryError: it mixes both, or contains an operator or a computed value.
    """
    if not projection:
        return None
    shown: list[str] = []
    hidden: list[str] = []
    for field, value in projection.items():
        path(field)
        if not isinstance(value, bool | int | float) or field.startswith("$") or ".$" in field:
            raise QueryError("a projection takes 1 or 0 for each field")
        if field != "_id":
            (shown if value else hidden).append(field)
    if shown and hidden:
        raise QueryError("a projection names the fields to hand out or to leave out, not both")
    with_id = bool(projection.get("_id", True))
    if shown or ("_id" in projection and with_id and not hidden):
        tree = _tree(shown + (["_id"] if with_id else []))
        if not any(tree.values()):
            names = sorted(tree)  # as documents are stored: they have a hundred fields
            return lambda document: {name: document[name] for name in names if name in document}
        return lambda document: _keep(document, tree)
    tree = _tree(hidden + ([] if with_id else ["_id"]))
    return lambda document: _drop(document, tree)
