"""Reasons for rejecting a request. :mod:`alignak_backend_embedded.api.errors` maps them to HTTP statuses."""

from __future__ import annotations


class RequestError(Exception):
    """The base of all reasons.

    Attributes:
        message: one line for whoever sent the request; empty if the kind of error says it all.
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message


class NotAllowedError(RequestError):
    """The user has no right to do this."""


class CommandsNotAllowedError(RequestError):
    """The user may not submit commands: acknowledgements, downtimes, forced checks."""


class NotFoundError(RequestError):
    """There is no such item, or the user may not see it."""


class ConflictError(RequestError):
    """The write conflicts with what is stored: an ``_id`` that is taken, a parent whose children stay."""


class EtagError(RequestError):
    """The item is not in the version that the request names: somebody has changed it."""

    def __init__(self) -> None:
        super().__init__("Client and server etags don't match")


class UnprocessableError(RequestError):
    """The request asks for more than the backend keeps; the message tells how much that is."""


class RuleError(RequestError):
    """A rule of the backend rejects the write; the message tells which."""
