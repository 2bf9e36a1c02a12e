"""The context of a request: store, caller and rules."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from alignak_backend_embedded.domain.events import Rules
    from alignak_backend_embedded.domain.rights import Caller
    from alignak_backend_embedded.store.access import Store
    from alignak_backend_embedded.store.object_id import ObjectId


class Context:
    """The context of one request, or of the startup.

    Attributes:
        store: the documents.
        caller: the user; None before authentication, and at startup.
        written: the latest etag and date of changed documents, by resource and id, since rules may write a document
            again.
        targets: the services, and some fields of the hosts, of check results in the request, by id.
        own: the own parts of merged fields of new items, by id; see :mod:`..rules.merged`.
    """

    def __init__(self, store: Store, rules: Callable[[], Rules]) -> None:
        """Create the context of a request.

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

    @cached_property
    def rules(self) -> Rules:
        """The rules that run before and after each write."""
        return self._rules()
