"""mongomock takes what today's pymongo passes to it, once this is imported: ``sort`` with each change of a bulk."""

from __future__ import annotations

from typing import Any, Final

from mongomock.collection import BulkOperationBuilder

_add_update: Final[Any] = BulkOperationBuilder.add_update


def _without_sort(self: Any, selector: Any, change: Any, *rest: Any, sort: Any = None, **options: Any) -> None:
    assert sort is None
    _add_update(self, selector, change, *rest, **options)


setattr(BulkOperationBuilder, "add_update", _without_sort)  # noqa: B010 - an assignment is no method, to mypy
