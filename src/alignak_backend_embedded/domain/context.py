"""The context of a request: store, caller and rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from alignak_backend_embedded.domain.events import Rules
    from alignak_backend_embedded.domain.rights import Caller
    from alignak_backend_embedded.store.access import Store
    from alignak_backend_embedded.store.object_id import ObjectId


class Context:
    """What one request, or the start, works with.

    Attributes:
        store: the documents.
        caller: who sent the request; None before that is known, and at the start.
        written: etag and date of documents that were changed since, by resource and id: a rule may write a document
            once more after the request did.
        targets: hosts, in part, and services that check results of the request are about, by id.
        own: parts of merged fields of new items that are their own, by id; see :mod:`..rules.merged`.
    """

    def __init__(self, store: Store, rules: Callable[[], Rules]) -> None:
        """Keep what all requests share.

        Args:
            store: the documents.
            rules: returns the rules; called by the first write, since most requests only read.
        """
        self.store = store
        self.caller: Caller | None = None
        self.written: dict[tuple[str, ObjectId], dict[str, Any]] = {}
        self.own: dict[ObjectId, dict[str, dict[Any, Any]]] = {}
        self.targets: dict[ObjectId, dict[str, Any]] = {}
        self._rules = rules

    @property
    def rules(self) -> Rules:
        """What runs before and after each write."""
        return self._rules()
