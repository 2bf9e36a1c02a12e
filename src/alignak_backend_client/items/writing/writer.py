"""The context of writing operations: the backend, the catalog, and the receiver of results."""

from __future__ import annotations

from typing import Any, Final

from alignak_backend_client.client import Backend
from alignak_backend_client.exceptions import BackendException
from alignak_backend_client.items.errors import ItemError
from alignak_backend_client.items.names.catalog import Catalog
from alignak_backend_client.items.names.finding import find_one
from alignak_backend_client.items.names.references import full_name
from alignak_backend_client.items.writing.results import OVERTAKEN, Listener, Report
from alignak_backend_client.items.writing.wording import format_issues
from alignak_backend_client.model import Resource, resources_by_name

_WRONG_PASSWORDS: Final = 5
"""Maximum number of failed password checks per run."""


class Writer:
    """The context of writing operations.

    Attributes:
        backend: the backend; logged in.
        username: the name of the user who is logged in.
        dry_run: True to change nothing, and only find out the expected outcomes.
        listener: receives the results.
        report: the outcomes so far.
        catalog: names and ids of that backend.
    """

    def __init__(self, backend: Backend, username: str, listener: Listener, *, dry_run: bool = False) -> None:
        self.backend = backend
        self.username = username
        self.dry_run = dry_run
        self.listener = listener
        self.report = Report(listener)
        self.catalog = Catalog(backend)
        self._user: dict[str, Any] | None = None
        self._is_embedded: bool | None = None
        self._wrong_passwords = 0

    def own_user(self) -> dict[str, Any]:
        """Return the user who is logged in.

        Raises:
            ItemError: the user is not found.
            BackendException: the request failed.
        """
        if self._user is None:
            self._user = find_one(self.backend, self.catalog, resources_by_name()["user"], self.username)
        return self._user

    def own_realm(self) -> str:
        """Return the id of the realm of the user who is logged in.

        Raises:
            ItemError: the user is not found, or has no realm.
            BackendException: the request failed.
        """
        try:
            realm = self.own_user().get("_realm")
        except ItemError as error:
            raise ItemError(f"The realm of the user {self.username!r} is not known: {error}") from error
        if not isinstance(realm, str):
            raise ItemError(f"The user {self.username!r} has no realm: give the realm of the item in the data")
        return realm

    def is_embedded(self) -> bool:
        """Return True for the embedded backend: object keys can be removed and have dots; lists can be deleted.

        Raises:
            BackendException: the request failed.
        """
        if self._is_embedded is None:
            self._is_embedded = is_embedded(self.backend)
        return self._is_embedded

    def has_password(self, username: str, password: Any) -> bool:
        """Return True if a user has this password; False also if this is unknown.

        This takes a login. Failed ones count as attempts to guess the password, so their number is limited.

        Raises:
            BackendException: the backend cannot be reached.
        """
        if not isinstance(password, str) or not password or self._wrong_passwords >= _WRONG_PASSWORDS:
            return False
        credentials = {"username": username, "password": password}
        accepted = self.backend.get_response("POST", "login", json=credentials).status_code == 200
        self._wrong_passwords += not accepted
        return accepted

    def load_hosts(self, resource: Resource, items: list[dict[str, Any]]) -> None:
        """Look up the hosts of services for :meth:`name` in one step."""
        if resource.key == ("host", "name"):
            self.catalog.load_ids("host", {item["host"] for item in items if isinstance(item.get("host"), str)})

    def name(self, resource: Resource, item: dict[str, Any]) -> str:
        """Return the full name of an item of the backend; empty if it has none. Call :meth:`load_hosts` first."""
        host = item.get("host")
        if resource.key == ("host", "name") and isinstance(host, str):
            item = {**item, "host": self.catalog.name("host", host) or host}
        return full_name(resource, item)


def is_embedded(backend: Backend) -> bool:
    """Return True for the embedded backend; see :meth:`Writer.is_embedded`."""
    # It alone deletes several items at a time, and says so.
    return "DELETION_LIMIT" in backend.get("backendconfig")


def rejection_reason(error: ItemError | BackendException, resource: Resource) -> tuple[str, int | None]:
    """Return why an item was not written, in one line, and the code of the error."""
    if isinstance(error, ItemError):
        return str(error), error.code
    if error.code == 412 and error.response is not None and "_error" in error.response:
        # Rules of the backend also reject with 412, but in plain text.
        return OVERTAKEN, error.code
    return format_issues(resource, error.issues) if error.issues else error.reason, error.code
