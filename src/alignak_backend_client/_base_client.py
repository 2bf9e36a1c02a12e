"""Common base of both clients: construction, the token, and everything that needs no request."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from alignak_backend_client._core import operations, urls
from alignak_backend_client._core.session import (
    DEFAULT_RETRIES,
    DEFAULT_TIMEOUT,
    Certificate,
    Session,
    Timeout,
    check_proxies,
    check_retries,
    parse_timeout,
)
from alignak_backend_client.exceptions import misuse


class BaseClient:
    """The part of a client that sends no requests."""

    _transport: Any = None
    _process = 0

    def __init__(
        self,
        endpoint: str,
        processes: int = 1,
        *,
        timeout: Timeout = DEFAULT_TIMEOUT,
        retries: int = DEFAULT_RETRIES,
        ca_file: str | None = None,
        certificate: Certificate = None,
    ) -> None:
        parse_timeout(timeout)
        check_retries(retries)
        if not isinstance(endpoint, str):
            raise misuse(f"A backend URL is a string such as 'http://127.0.0.1:5000', not {type(endpoint).__name__}")
        self.url_endpoint_root = endpoint.rstrip("/")
        self.processes = processes
        self.timeout = timeout
        self._session = Session(self.url_endpoint_root, retries=retries, ca_file=ca_file, certificate=certificate)

    def __getstate__(self) -> dict[str, Any]:
        """Return the state of a copy: without the connections and the password."""
        import copy

        session = copy.copy(self._session)
        session.credentials = None
        return {**self.__dict__, "_session": session, "_transport": None}

    def _new_transport(self) -> Any:
        raise NotImplementedError

    def _opened(self) -> Any:
        """Return the transport; it is created on first use, in each process.

        A child process must not use the connections of its parent, or locks that were held at the fork.
        """
        if self._transport is None or self._process != os.getpid():
            if self._session.embedded is None:
                self._transport = self._new_transport()
            else:
                from alignak_backend_client._http.embedded import EmbeddedTransport

                self._transport = EmbeddedTransport(self._session.embedded)
            self._process = os.getpid()
        return self._transport

    def _detach_transport(self) -> Any:
        """Forget the login and the transport; return the latter, unless the parent has to close it."""
        self.token = None
        transport, self._transport = self._transport, None
        return transport if self._process == os.getpid() else None

    def __repr__(self) -> str:
        state = "logged in" if self.authenticated else "not logged in"
        return f"<{type(self).__name__} {urls.display_url(self.url_endpoint_root)}, {state}>"

    @property
    def token(self) -> str | None:
        """The backend's token; None when logged out. Setting it logs in without a request."""
        return self._session.token

    @token.setter
    def token(self, token: str | None) -> None:
        self._session.token, self._session.credentials = token or None, None

    def get_token(self) -> str | None:
        """Return the backend's token, or None."""
        return self._session.token

    def set_token(self, token: str | None) -> None:
        """Use a token for the next requests; None logs out locally."""
        self.token = token

    @property
    def authenticated(self) -> bool:
        """True if there is a token."""
        return bool(self._session.token)

    @property
    def proxies(self) -> dict[str, str]:
        """Proxy URL by protocol, ``http`` and ``https``; may be set at any time. Empty: those of the environment.

        Raises:
            BackendException: code 1000; when it is set, a protocol is not supported.
        """
        return self._session.proxies

    @proxies.setter
    def proxies(self, proxies: Mapping[str, str] | None) -> None:
        self._session.proxies = check_proxies(proxies)

    @property
    def retries(self) -> int:
        """Maximum number of repetitions of a request; may be set at any time."""
        return self._session.retries

    @retries.setter
    def retries(self, retries: int) -> None:
        self._session.retries = check_retries(retries)

    def get_url(self, endpoint: str) -> str:
        """Return the full URL of an endpoint.

        Raises:
            BackendException: code 1000; the endpoint leads to another server.
        """
        return urls.build(self._session.root, endpoint)

    @staticmethod
    def decode(response: Any) -> dict[str, Any]:
        """Return the decoded body of a response of this library, or of `requests`.

        Raises:
            BackendException: the response is an error, or is not JSON.
        """
        return operations.decode(response)
