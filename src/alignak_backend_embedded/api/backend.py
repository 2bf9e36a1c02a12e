"""The state shared by all requests."""

from __future__ import annotations

from alignak_backend_embedded.api.admission import Places
from alignak_backend_embedded.api.endpoints.login_throttle import LoginThrottle
from alignak_backend_embedded.api.options import Options
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
        options: the options of the backend.
        throttle: slows down failed logins.
        passwords: recently verified passwords.
        places: the places for costly requests.
    """

    def __init__(self, store: Store, options: Options) -> None:
        self.store = store
        self.options = options
        self.throttle = LoginThrottle()
        self.passwords = VerifiedPasswords()
        self.places = Places()

    def context(self) -> Context:
        """Return the context for a new request."""
        return Context(self.store, _rules)

    def close(self) -> None:
        """Close the database."""
        self.store.close()
