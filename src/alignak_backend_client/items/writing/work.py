"""What the verbs that write share."""

from __future__ import annotations

from typing import Any, Final

from alignak_backend_client.client import Backend
from alignak_backend_client.exceptions import BackendException
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.catalog import Catalog
from alignak_backend_client.items.names.finding import find_one
from alignak_backend_client.items.names.references import label
from alignak_backend_client.items.writing.report import Listener
from alignak_backend_client.model import Resource, resources_by_name

OVERTAKEN: Final = "somebody else changed it meanwhile; run the command again"


class Work:
    """A backend to write to.

    Attributes:
        backend: where to write; logged in.
        username: who is logged in.
        check: True to change nothing, and only to say what would be done.
        listener: who is told.
        catalog: names and ids of that backend.
    """

    def __init__(self, backend: Backend, username: str, check: bool, listener: Listener) -> None:
        self.backend = backend
        self.username = username
        self.check = check
        self.listener = listener
        self.catalog = Catalog(backend)
        self._realm: str | None = None

    def own_realm(self) -> str:
        """Return the id of the realm of the user who is logged in.

        Raises:
            ItemError: the user is not found, or has no realm.
        """
        if self._realm is None:
            user = find_one(self.backend, self.catalog, resources_by_name()["user"], self.username)
            realm = user.get("_realm")
            if not isinstance(realm, str):
                raise ItemError(f"The user {self.username!r} has no realm: name the realm of the item in the data")
            self._realm = realm
        return self._realm

    def label(self, resource: Resource, item: dict[str, Any]) -> str:
        """Return how messages call an item of the backend; a service with the name of its host."""
        host = item.get("host")
        if resource.key == ("host", "name") and isinstance(host, str):
            self.catalog.load_ids("host", [host])
            item = {**item, "host": self.catalog.name("host", host) or host}
        return label(resource, item)


def refusal(error: ItemError | BackendException) -> str:
    """Return why an item was not written, in one line."""
    if isinstance(error, ItemError):
        return str(error)
    if error.code == 412 and "_error" in (error.response or ()):
        return OVERTAKEN
    return error.reason


def issues_text(found: dict[str, Any]) -> str:
    """Return validation issues in one line."""
    parts = []
    for name, messages in found.items():
        listed = messages if isinstance(messages, list) else [messages]
        parts.append(f"{name}: {', '.join(str(message) for message in listed)}")
    return "; ".join(parts)
