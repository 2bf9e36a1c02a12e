"""The state shared by all requests."""

from __future__ import annotations

from collections.abc import Sequence

from alignak_backend_embedded.api.admission import Places
from alignak_backend_embedded.api.endpoints.login_throttle import LoginThrottle
from alignak_backend_embedded.api.limits import Limits
from alignak_backend_embedded.domain.context import Context
from alignak_backend_embedded.domain.events import Rules
from alignak_backend_embedded.domain.passwords import VerifiedPasswords
from alignak_backend_embedded.store.access import Store


def _rules() -> Rules:
    # Imported by the first write, since most requests only read.
    from alignak_backend_embedded.rules.order import rules

    return rules()


class Backend:
    """The shared state of all requests.

    Attributes:
        store: the documents.
        page_limit: maximum number of items per page.
        page_default: items per page if the request does not set it.
        cors_origins: web origins whose scripts may use the backend from a browser.
        history_minutes: how long copies of the livesynthesis are kept; 0 keeps them all.
        throttle: slows down failed logins.
        passwords: recently verified passwords.
        is_own: True if it runs in the process of the client, which then gets database errors with details.
        limits: the limits of requests.
        places: the places for costly requests.
    """

    def __init__(
        self,
        store: Store,
        *,
        page_limit: int,
        page_default: int,
        cors_origins: Sequence[str],
        history_minutes: int,
        limits: Limits,
        is_own: bool,
    ) -> None:
        self.store = store
        self.page_limit = page_limit
        self.page_default = page_default
        self.cors_origins = tuple(cors_origins)
        self.history_minutes = history_minutes
        self.throttle = LoginThrottle()
        self.passwords = VerifiedPasswords()
        self.is_own = is_own
        self.limits = limits
        self.places = Places()

    def context(self) -> Context:
        """Return the context for a new request."""
        return Context(self.store, _rules)

    def close(self) -> None:
        """Close the database."""
        self.store.close()
