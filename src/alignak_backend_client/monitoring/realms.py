"""The tree of realms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from alignak_backend_client.client import Backend
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.filters import PAGE
from alignak_backend_client.items.names.references import show
from alignak_backend_client.monitoring.reading import read_all
from alignak_backend_client.output.suggestions import suggestion


class Realm(NamedTuple):
    """A realm that the user may read.

    Attributes:
        id: its id.
        name: its name.
        level: its depth in the tree; 0 if the user may not read its parent.
    """

    id: str
    name: str
    level: int


class Realms:
    """The realms that the user may read.

    Args:
        items: the realms as the backend returns them. Parents that are not among them are ignored.

    Attributes:
        in_order: the realms in the order of the tree: each before its children, siblings by name.
        names: the names of the realms.
    """

    def __init__(self, items: Iterable[dict[str, Any]]) -> None:
        self._items = {item["_id"]: item for item in items}
        self._below: dict[str | None, list[str]] = {}
        for identity, item in sorted(self._items.items(), key=lambda one: (str(one[1].get("name")), one[0])):
            parent = item.get("_parent")
            self._below.setdefault(parent if parent in self._items else None, []).append(identity)
        self.in_order = self._walk(None)
        self.names = {self.name(identity) for identity in self._items}
        reached = {realm.id for realm in self.in_order}
        # The Alignak backend accepts cycles of realms.
        self.in_order += [
            Realm(identity, self.name(identity), 0) for identity in self._items if identity not in reached
        ]

    @classmethod
    def read(cls, backend: Backend) -> Realms:
        """Read the realms of a backend.

        Raises:
            BackendException: the request failed.
        """
        params = {"projection": {"name": 1, "_parent": 1}, "max_results": PAGE}
        return cls(read_all(backend, "realm", params))

    def require_read_access(self) -> None:
        """Check that the user may read anything at all; otherwise, an empty result would be misleading.

        Raises:
            ItemError: the user may not read any realm.
        """
        if not self.in_order:
            raise ItemError(
                "This user has no read access to realms, hosts or services: an administrator must grant rights"
            )

    def name(self, identity: Any) -> str:
        """Return the name of a realm; its id if the user may not read it."""
        return str(self._items.get(identity, {}).get("name") or identity)

    def subtree_ids(self, name: str) -> frozenset[str]:
        """Return the ids of a realm and of its descendants.

        Raises:
            ItemError: there is no realm with that name.
        """
        found = next((identity for identity, item in self._items.items() if item.get("name") == name), None)
        if found is None:
            known = [realm.name for realm in self.in_order]
            raise ItemError(f"There is no realm {show(name)}: {suggestion(name, known, 'realms')}", 404)
        return frozenset({found, *(realm.id for realm in self._walk(found))})

    def restrict_to(self, names: Sequence[str]) -> Realms:
        """Return the realms with some names and their descendants; all realms if there are no names.

        Raises:
            ItemError: there is no realm with one of the names.
        """
        wanted = {one for name in names for one in self.subtree_ids(name)}
        return Realms(item for identity, item in self._items.items() if identity in wanted) if names else self

    def _walk(self, start: str | None) -> list[Realm]:
        """Return the descendants of a realm (of all realms for None) in the order of the tree, each once."""
        found: list[Realm] = []
        seen = {start}
        stack = [(identity, 0) for identity in reversed(self._below.get(start, []))]
        while stack:
            identity, level = stack.pop()
            if identity in seen:
                continue
            seen.add(identity)
            found.append(Realm(identity, self.name(identity), level))
            stack += [(one, level + 1) for one in reversed(self._below.get(identity, []))]
        return found
