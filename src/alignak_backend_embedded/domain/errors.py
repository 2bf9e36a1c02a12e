"""Reasons for rejecting a request. :mod:`alignak_backend_embedded.api.errors` maps them to HTTP statuses."""

from __future__ import annotations


class RequestError(Exception):
    """The base class of these errors.

    Attributes:
        message: one line for the client; empty if the status is enough.
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message


class NotAllowedError(RequestError):
    """The user does not have this right."""


class CommandsNotAllowedError(RequestError):
    """The user may not submit commands: acknowledgements, downtimes, forced checks."""


class NotFoundError(RequestError):
    """There is no such item, or the user may not read it."""


class ConflictError(RequestError):
    """The write conflicts with stored data: an ``_id`` that is taken, or a parent whose children are not deleted."""


class EtagError(RequestError):
    """The item has another version than the one in the request: somebody has changed it."""

    def __init__(self) -> None:
        super().__init__("Client and server etags don't match")


class UnprocessableError(RequestError):
    """The request exceeds a limit, which is in the message."""


class RuleError(RequestError):
    """A rule of the backend rejects the write; the message has the reason."""
